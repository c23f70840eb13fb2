"""The CT and the planar scan of a case: one of each, named where several could be it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from yttria.io.case.patient_case import read_patient_case
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
Patient = Callable[..., Path]


def test_masks_named_by_the_case_are_no_candidates_for_the_ct(make_ct: Maker, patient: Patient) -> None:
    mask = np.zeros((20, 40, 40), np.int16)
    mask[5:15, 10:30, 10:30] = 255
    folder = patient(words='[files]\nliver = "masks/liver"\n')
    make_ct(folder / "masks" / "liver", mask, spacing=(3, 3, 3), origin=(-60, -60, -30), RescaleIntercept=0)
    assert [v.role for v in read_patient_case(folder).volumes] == ["liver"]


def test_two_cts_are_refused_until_the_case_names_one(patient: Patient, make_ct: Maker) -> None:
    folder = patient()
    make_ct(folder / "late", np.full((20, 40, 40), 1024, np.int16), spacing=(3, 3, 3), origin=(-60, -60, -30))
    with pytest.raises(IntakeError, match=r"one series must be the ct, but 2 could be: .*choose in case.toml"):
        read_patient_case(folder)
    (folder / "case.toml").write_text('[roles]\n"late" = "ct"\n')
    ct = read_patient_case(folder).ct
    assert ct is not None
    assert int(ct.hu.max()) == 0


@pytest.mark.parametrize("sides", [(135.0, 315.0), (90.0, 270.0)])
def test_oblique_and_lateral_planar_images_play_no_part_with_a_warning(
    patient: Patient, sides: tuple[float, float]
) -> None:
    folder = patient(planar={"sides": sides})
    case = read_patient_case(folder)
    assert case.planar is None
    (told,) = [f.message for f in case.findings if f.code == "planar-views"]
    assert all(f"a view at {side:g}°" in told for side in sides)
    (folder / "case.toml").write_text('[roles]\n"planar" = "planar"\n')
    with pytest.raises(IntakeError, match="must hold an anterior and a posterior view"):
        read_patient_case(folder)


def test_without_ct_and_planar_a_case_still_stands(patient: Patient) -> None:
    folder = patient()
    shutil.rmtree(folder / "ct")
    (folder / "planar.dcm").unlink()
    case = read_patient_case(folder)
    assert case.ct is None
    assert case.planar is None
