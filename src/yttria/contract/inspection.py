"""What `yttria inspect` is asked and answers."""

from pathlib import Path
from typing import Annotated

from yttria.contract.base import Argument, Contract, Request, Result


class InspectRequest(Request):
    """What is to be looked at."""

    path: Annotated[Path, Argument()]
    """A folder, a ZIP, or one file."""
    picture: Path | None = None
    """Write a contact sheet (PNG): each series with its outlines, to see flips at a glance."""
    replace: bool = False
    """Write over a picture that Yttria did not write."""


class IgnoredRecord(Contract):
    """A file that plays no part, and why."""

    name: str
    why: str


class FilesRecord(Contract):
    """How many files were read, and which were left."""

    read: int
    ignored: list[IgnoredRecord]


class SeriesRecord(Contract):
    """A series or a dose; what its header does not say is null or empty."""

    uid: str
    modality: str
    description: str
    files: int
    shape_zyx: list[int] | None
    spacing_zyx_mm: list[float] | None
    affine_lps_mm: list[list[float]] | None
    patient_position: str
    frame_uid: str
    unit: str
    nuclide: str
    reference_instant: str | None
    min: float | None
    max: float | None
    sum: float | None
    roles: list[str]
    usable: bool
    reasons: list[str]


class StructureRecord(Contract):
    """A structure or a segment."""

    set: str
    name: str
    role: str
    volume_ml: float | None
    centroid_lps_mm: list[float] | None
    usable: bool
    reasons: list[str]
    key: str
    frame_uid: str


class InspectResult(Result):
    """The result of `yttria inspect`."""

    patients: int
    files: FilesRecord
    series: list[SeriesRecord]
    structures: list[StructureRecord]
    doses: list[SeriesRecord]
