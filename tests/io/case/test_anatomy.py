"""io.anatomy: CT and volumes of a case, whatever emission lies beside them."""

from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.anatomy import read_anatomy
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

GRID = Grid.aligned((6, 8, 10), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(0, 0, 0))


def case(folder: Path, words: str) -> Path:
    share = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    share[1:4, 2:6, 2:6] = 1
    write_volume(folder / "ct.nii.gz", GRID, (50 * share - 20).astype(np.int16))
    write_volume(folder / "liver.nii.gz", GRID, share)
    (folder / "case.toml").write_text(words, encoding="utf-8")
    return folder


def test_structures_and_ct_of_a_case_come_without_its_emission(digital_patient: Path) -> None:
    anatomy = read_anatomy(digital_patient / "patient")
    assert anatomy.ct.hu.shape == (150, 512, 512)
    assert sorted(c.role for c in anatomy.contours) == ["liver", "lungs", "lungs", "perfused", "tumour", "tumour"]
    assert anatomy.identity.patient_id == "YTTRIA-DP-1"


def test_volumes_in_files_are_an_anatomy_too(tmp_path: Path) -> None:
    anatomy = read_anatomy(case(tmp_path, '[files]\nct = "ct.nii.gz"\nliver = "liver.nii.gz"\n'))
    assert [v.role for v in anatomy.volumes] == ["liver"]
    assert anatomy.volumes[0].ml == pytest.approx(48 * 0.012)
    assert anatomy.identity.study_uid == ""


def test_a_case_without_ct_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="expected a CT to simulate in, found none"):
        read_anatomy(case(tmp_path, '[files]\nliver = "liver.nii.gz"\n'))


def test_a_case_without_liver_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="a case needs the whole liver"):
        read_anatomy(case(tmp_path, '[files]\nct = "ct.nii.gz"\ntumour = "liver.nii.gz"\n'))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="found nothing at nowhere"):
        read_anatomy(tmp_path / "nowhere")
