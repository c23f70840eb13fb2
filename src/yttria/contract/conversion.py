"""What `yttria convert` is asked and answers."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Argument, Contract, Request, Result


class ConvertRequest(Request):
    """Structures to be written as another kind of file."""

    structures: Annotated[Path, Argument()]
    """RTSTRUCT, SEG, or a volume of labels (0 is nothing)."""
    out: Path
    """The file to write: .dcm, or .nii.gz, .nrrd … for labels."""
    to: str | None = None
    """seg (shares, keeps volumes), binary-seg (rounded at half a voxel), rtstruct or labels. [default: labels where --out is a volume]"""
    like: Path | None = None
    """The image (DICOM or a volume) whose grid, patient and frame of reference the result takes. [default: those of the structures]"""
    only: list[str] = Field(default_factory=list)
    """Name of a structure to write; again for another. [default: all]"""
    same_patient: str | None = None
    """Who states that structures and image of two patient IDs are of one patient."""
    replace: bool = False
    """Write over a file that Yttria did not write for this input."""


class StructureRecord(Contract):
    """One structure: as drawn, as read back from what was written, how far its centre moved; `label` in a volume of labels."""

    drawn_ml: float
    """Volume as drawn, mL."""
    written_ml: float
    """Volume of what was written, read back, mL."""
    moved_mm: float
    """How far the centre moved, mm."""
    label: int | None
    """Number of the label; null where the file holds none."""


class ConvertResult(Result):
    """What `yttria convert` answers; the grid is null where contours are written as they were drawn."""

    to: str
    """Kind of the file."""
    out: str
    """Name of the file that was written."""
    shape_zyx: list[int] | None
    """Size of its grid, voxels; null for contours without a grid."""
    spacing_zyx_mm: list[float] | None
    """Spacing of its grid, mm; null for contours without a grid."""
    structures: dict[str, StructureRecord]
    """Structures by name."""
