"""A verification on a terminal: the numbers of the result in 80 columns, beside the plan and without one."""

import pytest
from tests.test_story_verification import EXACT_GY, PERFUSED

from yttria.report.delivery.terminal import verification_lines
from yttria.report.delivery.verification_result import verification_result
from yttria.values.verification import Verification


def plain(verification: Verification) -> list[str]:
    lines = verification_lines(verification_result(verification))
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


@pytest.fixture(scope="module")
def lines(verified: Verification) -> list[str]:
    return plain(verified)


def test_each_dose_is_told_as_predicted_delivered_and_their_difference(lines: list[str]) -> None:
    (row,) = [line.split() for line in lines if line.startswith("TD (Gy)")]
    assert row[-3:] == [f"{EXACT_GY['TD']:.0f}", f"{0.5 * EXACT_GY['TD']:.0f}", f"−{0.5 * EXACT_GY['TD']:.0f}"]
    assert next(line.split()[0] for line in lines if " (Gy)" in line) == "TD"


def test_contrast_shunt_and_voxels_are_told(lines: list[str]) -> None:
    assert "tumour to normal liver: predicted 6.00, delivered 3.00" in lines
    (gamma,) = [line for line in lines if line.startswith("gamma 10 % (global), 5 mm: ")]
    assert gamma.endswith(
        f"of {PERFUSED.sum():,} voxels pass".replace(",", " ")
    )  # the others got less than a tenth of the largest dose
    assert any(line.startswith("lung shunt: predicted ") for line in lines)


def test_limits_say_what_more_could_be_given_and_aims_whether_they_are_met(
    lines: list[str], verified: Verification
) -> None:
    (lung,) = [line for line in lines if line.startswith("lung: ")]
    assert lung.startswith(f"lung: LD {EXACT_GY['LD']:.1f} Gy keeps 30 Gy, ")
    assert lung.endswith(" GBq more could be given")
    aims = [line for line in lines if line.startswith("aim: ")]
    assert len(aims) == len(verified.aims)
    assert all(("reaches" in line) is aim.met for line, aim in zip(aims, verified.aims, strict=True))
    assert "Aims and limits are judged by doses as the image has them." in lines


def test_no_line_of_numbers_is_wider_than_eighty_columns(lines: list[str]) -> None:
    assert max(len(line) for line in lines) <= 80


def test_without_a_plan_only_what_was_delivered_stands_there(alone: Verification) -> None:
    lines = plain(alone)
    (row,) = [line.split() for line in lines if line.startswith("TD (Gy)")]
    assert row == ["TD", "(Gy)", f"{0.5 * EXACT_GY['TD']:.0f}"]
    assert not any(line.startswith(("Against", "gamma", "voxels")) for line in lines)
