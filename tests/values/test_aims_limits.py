"""Aims and limits: a rounding error misses neither."""

import pytest

from yttria.values.aims_limits import Aim, Limit, LimitCheck
from yttria.values.errors import QuantityError
from yttria.values.units import Gy


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


@pytest.mark.parametrize(
    ("missing", "dose", "unknown"),
    [(("[shunt] fraction",), 0.0, True), (("[shunt] fraction",), 1e-6, False), ((), 0.0, False)],
)
def test_a_dose_of_zero_is_unknown_only_where_the_shunt_is(
    missing: tuple[str, ...], dose: float, unknown: bool
) -> None:
    assert Limit("lung", "LD", Gy(30), "a label", missing=missing).is_unknown(dose) is unknown
