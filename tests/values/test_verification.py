"""What was delivered beside what was planned: differences, limits of agreement, aims at equality."""

import pytest

from yttria.values.aims_limits import Aim
from yttria.values.errors import QuantityError
from yttria.values.units import Gy
from yttria.values.verification import AimResult, DoseComparison, GammaCriteria, VoxelAgreement


@pytest.mark.parametrize(("found", "met"), [(204.99, False), (205.0, True), (205.01, True)])
def test_an_aim_is_met_at_its_dose_without_its_tolerance(found: float, met: bool) -> None:
    assert AimResult(Aim("TD", Gy(205), "trial", tolerance_gy=Gy(20)), Gy(found)).met is met


def test_a_difference_is_delivered_minus_predicted() -> None:
    found = DoseComparison(Gy(250), Gy(200), Gy(180))
    assert found.difference_gy == pytest.approx(-20)
    assert found.ratio == pytest.approx(0.9)
    assert DoseComparison(None, Gy(0), Gy(3)).ratio is None


def test_limits_of_agreement_are_196_standard_deviations_from_the_bias() -> None:
    found = VoxelAgreement(100, 12, 6, -3.0, 10.0, 0.9, GammaCriteria(10, 5), 80, 0.8)
    assert (found.low_gy, found.high_gy) == pytest.approx((-22.6, 16.6))


@pytest.mark.parametrize(("dose", "distance", "words"), [(0, 5, r"dose difference of gamma \(%\)"), (10, 0, r"distance of gamma \(mm\)")])  # fmt: skip
def test_criteria_of_nothing_are_refused(dose: float, distance: float, words: str) -> None:
    with pytest.raises(QuantityError, match=words):
        GammaCriteria(dose, distance)
