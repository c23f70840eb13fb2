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
    """Write over a picture that Yttria did not write for this folder."""


class IgnoredRecord(Contract):
    """A file that plays no part, and why."""

    name: str
    """A number and the file's ending: a name may name a patient."""
    why: str
    """Why it plays no part."""


class FilesRecord(Contract):
    """How many files were read, and which were left."""

    read: int
    """Files that were read."""
    ignored: list[IgnoredRecord]
    """Files that play no part."""


class SeriesRecord(Contract):
    """A series or a dose; what its header does not say is null or empty."""

    uid: str
    """Series Instance UID; the file's name where it is no DICOM."""
    modality: str
    """Modality, as CT, NM, PT, RTDOSE."""
    description: str
    """Series description, without what names a patient."""
    files: int
    """Files of the series."""
    shape_zyx: list[int] | None
    """Size, voxels."""
    spacing_zyx_mm: list[float] | None
    """Spacing, mm."""
    affine_lps_mm: list[list[float]] | None
    """From index (x, y, z) to patient space, LPS, mm: 4 by 4."""
    patient_position: str
    """Patient position, as HFS."""
    frame_uid: str
    """Frame of reference."""
    unit: str
    """Unit of the numbers, as HU, counts, Bq/mL, Gy."""
    nuclide: str
    """Nuclide, as Tc-99m."""
    reference_instant: str | None
    """Instant that decay is corrected to, ISO 8601."""
    min: float | None
    """Least number, in that unit."""
    max: float | None
    """Largest number."""
    sum: float | None
    """Sum of all numbers."""
    roles: list[str]
    """Roles that it can play."""
    usable: bool
    """Whether it can be used as it is."""
    reasons: list[str]
    """What is wrong."""


class StructureRecord(Contract):
    """A structure or a segment."""

    set: str
    """Label of the structure set."""
    name: str
    """Name as drawn."""
    role: str
    """Role by its name; empty where none is known."""
    volume_ml: float | None
    """Volume, mL; null where it holds none."""
    centroid_lps_mm: list[float] | None
    """Centre of volume, LPS, mm."""
    usable: bool
    """Whether it can be used."""
    reasons: list[str]
    """What is wrong."""
    key: str
    """What names it in [roles] of case.toml."""
    frame_uid: str
    """Frame of reference."""


class InspectResult(Result):
    """The result of `yttria inspect`."""

    patients: int
    """How many patients the files are of."""
    files: FilesRecord
    """Files read and left."""
    series: list[SeriesRecord]
    """Series of images."""
    structures: list[StructureRecord]
    """Structures and segments."""
    doses: list[SeriesRecord]
    """Doses."""
