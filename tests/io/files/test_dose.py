"""io.dose: RTDOSE and volumes in Gy."""

from pathlib import Path

import numpy as np
import pytest

from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.files.dose import read_dose
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap
from yttria.values.patient import PatientIdentity

GRID = Grid.aligned((4, 6, 8), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(5, -6, 7))
GY = np.arange(GRID.shape_zyx[0] * 48, dtype=np.float32).reshape(GRID.shape_zyx)


def test_one_dose_is_the_same_from_dicom_and_from_a_volume(tmp_path: Path) -> None:
    write_rtdose(
        tmp_path / "d.dcm", DoseMap(GRID, GY), PatientIdentity(study_uid="1.2.3", patient_id="S1"), comment="x"
    )
    write_volume(tmp_path / "d.nii.gz", GRID, GY)
    (one, series, _), (other, none, _) = read_dose(tmp_path / "d.dcm"), read_dose(tmp_path / "d.nii.gz")
    assert np.allclose(one.gy, other.gy, atol=1e-6)
    assert np.allclose(one.grid.matrix, other.grid.matrix)
    assert [s.first.text("PatientID") for s in series] == ["S1"]
    assert none == ()


def test_a_dose_below_zero_is_refused(tmp_path: Path) -> None:
    write_volume(tmp_path / "d.nii.gz", GRID, GY - 1)
    with pytest.raises(QuantityError, match="dose must lie from 0"):
        read_dose(tmp_path / "d.nii.gz")


def test_a_folder_of_one_dose_is_read_and_of_two_or_none_refused(tmp_path: Path) -> None:
    folder = tmp_path / "doses"
    folder.mkdir()
    with pytest.raises(IntakeError, match="expected one RTDOSE in doses, of one file or one file a plane, found none"):
        read_dose(folder)
    identity = PatientIdentity(study_uid="1.2.3", patient_id="S1")
    write_rtdose(folder / "a.dcm", DoseMap(GRID, GY), identity, comment="x")
    assert np.allclose(read_dose(folder)[0].gy, GY, atol=1e-6)
    write_rtdose(folder / "b.dcm", DoseMap(GRID, GY + 1), identity, comment="y")
    with pytest.raises(
        IntakeError, match=r'found "x" \(1 files\); "y" \(1 files\); name the file or the folder of one'
    ):
        read_dose(folder)
