"""A dose from any file: an RTDOSE, or a volume whose numbers are Gy."""

from dataclasses import dataclass
from pathlib import Path

from yttria.io.dicom.rtdose import MAKER, dose_map, read_stored_dose
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.volumes.volume import DOSE_NOTE, has_note, is_volume, read_volume
from yttria.values.errors import Finding
from yttria.values.maps import DensityMap, DoseMap


@dataclass(frozen=True, slots=True, eq=False)
class DoseFile:
    """A dose as it was read, and whose it is.

    Parameters
    ----------
    dose
        In Gy.
    density
        What it was computed with; None where the file does not hold it.
    computed_here
        Whether Yttria computed it: its numbers are means over voxels then, otherwise values of a field at their centres.
    series
        The DICOM file that it came from; none for a volume.
    """

    dose: DoseMap
    density: DensityMap | None
    computed_here: bool
    series: tuple[Series, ...]
    findings: tuple[Finding, ...]


def read_dose(path: Path) -> tuple[DoseMap, tuple[Series, ...], tuple[Finding, ...]]:
    """Read a dose: in Gy, the DICOM file that it came from (none for a volume), doubts.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        Each refusal of RTDOSE and of volumes; a dose below zero.
    """
    found = read_dose_file(path)
    return found.dose, found.series, found.findings


def read_dose_file(path: Path) -> DoseFile:
    """Read a dose with what its file says of how it was made.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        As `read_dose`.
    """
    if is_volume(path):
        grid, numbers = read_volume(path)
        return DoseFile(DoseMap(grid, numbers), None, has_note(path, DOSE_NOTE), series=(), findings=())
    series = scan(path).series
    stored = read_stored_dose(path)
    density = None if stored.g_per_ml is None else DensityMap(stored.grid, stored.g_per_ml)
    return DoseFile(dose_map(stored), density, stored.maker == MAKER, series, stored.findings)
