"""A dose from any file: an RTDOSE, or a volume whose numbers are Gy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yttria.io.case.unused_files import audit_copies
from yttria.io.dicom.image_choice import scan_image
from yttria.io.dicom.rtdose import MAKER, dose_map, read_stored_dose, stored_dose_of
from yttria.io.dicom.series import Series
from yttria.io.ground.zip_archive import is_archive, unpacked
from yttria.io.volumes.volume import DOSE_NOTE, has_note, is_volume, read_volume
from yttria.values.errors import Finding, IntakeError
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
    """Read a dose: in Gy, the DICOM file that it came from (none for a volume), findings.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        Each refusal of RTDOSE and of volumes; a dose below zero.
    """
    result = read_dose_file(path)
    return result.dose, result.series, result.findings


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
    here = scan_image(unpacked(path) if is_archive(path) else path, _doses)
    if not here.series and path.is_file() and not is_archive(path):
        read_stored_dose(path)  # says what the file is instead
    series = here.series
    if len(series) != 1:
        text = "; ".join(f'"{s.description}" ({len(s.paths)} files)' for s in series[:6])
        raise IntakeError(
            f"expected one RTDOSE in {path.name}, of one file or one file a plane, found {text or 'none'}; name the file or the folder of one",
            code="dose-ambiguous",
        )
    stored = stored_dose_of(series[0])
    density = None if stored.g_per_ml is None else DensityMap(stored.grid, stored.g_per_ml)
    return DoseFile(dose_map(stored), density, stored.maker == MAKER, series, (*stored.findings, *audit_copies(here)))


def _doses(series: Sequence[Series]) -> list[Series]:
    return [s for s in series if s.modality == "RTDOSE"]
