"""What a survey says of each series, structure and dose."""

from dataclasses import dataclass, field

from yttria.io.dicom.pixels import Range
from yttria.io.dicom.scan import Ignored
from yttria.values.errors import Finding
from yttria.values.grid import Affine, Grid


@dataclass(slots=True)
class SeriesSurvey:
    """One series (or dose): what it is, where it lies, what it holds, what it could be, why it cannot be used."""

    uid: str
    modality: str
    description: str
    files: int
    shape_zyx: tuple[int, ...] | None = None
    spacing_zyx_mm: tuple[float, ...] | None = None
    affine_lps_mm: Affine | None = None
    patient_position: str = ""
    frame_uid: str = ""
    unit: str = "unknown"
    nuclide: str = ""
    reference_instant: str | None = None
    min: float | None = None
    max: float | None = None
    sum: float | None = None
    roles: list[str] = field(default_factory=list)
    usable: bool = True
    reasons: list[str] = field(default_factory=list)

    def place(self, grid: Grid) -> None:
        """Take geometry from a grid."""
        self.shape_zyx, self.spacing_zyx_mm = grid.shape_zyx, grid.spacing_zyx_mm
        self.affine_lps_mm, self.frame_uid = grid.affine_lps_mm, grid.frame_uid

    def hold(self, numbers: Range) -> None:
        """Take the range of the numbers."""
        self.min, self.max, self.sum = numbers.low, numbers.high, numbers.total

    def refuse(self, why: str) -> None:
        """Note why it cannot be used."""
        self.usable = False
        if why not in self.reasons:
            self.reasons.append(why)


@dataclass(slots=True)
class StructureSurvey:
    """One structure: which set holds it, how large it is and where, and the words by which [roles] speaks of it alone."""

    set: str
    name: str
    role: str
    volume_ml: float | None
    centroid_lps_mm: tuple[float, ...] | None
    usable: bool = True
    reasons: list[str] = field(default_factory=list)
    key: str = ""
    frame_uid: str = ""


@dataclass(slots=True)
class Survey:
    """Everything under a path."""

    patients: int
    read: int
    ignored: tuple[Ignored, ...]
    series: list[SeriesSurvey]
    structures: list[StructureSurvey]
    doses: list[SeriesSurvey]
    findings: tuple[Finding, ...]
