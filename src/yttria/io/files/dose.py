"""A dose from any file: an RTDOSE, or a volume whose numbers are Gy."""

from pathlib import Path

from yttria.io.dicom.rtdose import examine_rtdose
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.io.volumes.volume import is_volume, read_volume
from yttria.values.errors import Finding
from yttria.values.maps import DoseMap


def read_dose(path: Path) -> tuple[DoseMap, tuple[Series, ...], tuple[Finding, ...]]:
    """Read a dose: in Gy, the DICOM file that it came from (none for a volume), doubts.

    Raises
    ------
    IntakeError, GeometryError, QuantityError
        Each refusal of RTDOSE and of volumes; a dose below zero.
    """
    if is_volume(path):
        grid, numbers = read_volume(path)
        return DoseMap(grid, numbers), (), ()
    series = scan(path).series
    dose, findings = examine_rtdose(path)
    return dose, series, findings
