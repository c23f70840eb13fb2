"""Aims, limits and activities: each judged just below, at and just above what it is held to."""

import pytest

from yttria.values.errors import QuantityError
from yttria.values.treatment import Aim, Limit, LimitCheck, require_activity, require_lung_mass
from yttria.values.units import Gram, Gy


@pytest.mark.parametrize(("dose", "reached"), [(99.99, False), (100.0, True), (100.01, True), (120.0, True)])
def test_an_aim_of_120_within_20_is_reached_from_100_gray_on(dose: float, reached: bool) -> None:
    assert Aim("PLD", Gy(120), "a guideline", tolerance_gy=Gy(20)).reached_by(dose) is reached


def test_a_rounding_error_does_not_miss_an_aim_nor_break_a_limit() -> None:
    assert Aim("TD", Gy(205), "a trial").reached_by(205 * (1 - 1e-12))
    assert LimitCheck(Limit("lung", "LD", Gy(30), "a label"), Gy(30 * (1 + 1e-12))).holds


@pytest.mark.parametrize(("dose", "holds"), [(29.999, True), (30.0, True), (30.001, False)])
def test_a_limit_holds_up_to_its_dose_and_not_beyond(dose: float, holds: bool) -> None:
    assert LimitCheck(Limit("lung", "LD", Gy(30), "a label"), Gy(dose)).holds is holds


def test_a_wish_may_equal_its_aim_but_not_lie_below() -> None:
    assert Aim("TD", Gy(205), "a trial", Gy(205)).wished_gy == Gy(205)
    with pytest.raises(QuantityError, match="a wish must not lie below its aim"):
        Aim("TD", Gy(205), "a trial", Gy(204.9))


def test_an_activity_of_five_of_the_largest_vials_is_the_most_that_is_believed() -> None:
    assert require_activity(100e9, what="activity") == 100e9
    with pytest.raises(QuantityError, match=r"must not exceed 100 GBq.*MBq is meant, write 0\.1001"):
        require_activity(100.1e9, what="activity")


@pytest.mark.parametrize("grams", [100.0, 100.1, 4999.9, 5000.0])
def test_lungs_from_a_tenth_to_five_kilograms_are_believed(grams: float) -> None:
    assert require_lung_mass(grams) == Gram(grams)


@pytest.mark.parametrize("grams", [99.9, 5000.1, float("nan")])
def test_lungs_lighter_or_heavier_than_any_are_refused(grams: float) -> None:
    with pytest.raises(QuantityError, match=r"from 0\.1 to 5 kg"):
        require_lung_mass(grams)
