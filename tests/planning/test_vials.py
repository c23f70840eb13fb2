"""Decay and vials: laws, published readings, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.vials import hours_until_needed, remaining_fraction, within_shelf
from yttria.values.errors import QuantityError
from yttria.values.units import Bq

hours = st.floats(0, 1000)
halves = st.floats(0.1, 10_000)


# laws


@given(hours, hours, halves)
def test_decay_over_two_spans_is_decay_over_both(a: float, b: float, half: float) -> None:
    assert remaining_fraction(a + b, half) == pytest.approx(remaining_fraction(a, half) * remaining_fraction(b, half))


@given(st.floats(1e8, 1e10), st.floats(1, 20), halves)
def test_a_vial_holds_what_is_needed_at_its_hour(needed: float, times: float, half: float) -> None:
    (hour,) = hours_until_needed([Bq(needed * times)], Bq(needed), half)
    assert hour is not None
    assert needed * times * remaining_fraction(hour, half) == pytest.approx(needed)


# known answers


@pytest.mark.parametrize(("hour", "inside"), [(287.9, True), (288.0, True), (288.1, False), (None, None)])
def test_a_vial_may_be_used_until_its_shelf_life_ends(hour: float | None, inside: bool | None) -> None:
    assert within_shelf([hour], 288.0) == (inside,)


@pytest.mark.parametrize(("vial", "hour"), [(3.001e9, 0.0308), (3.0e9, 0.0), (2.999e9, None)])
def test_a_vial_of_exactly_what_is_needed_is_used_at_calibration(vial: float, hour: float | None) -> None:
    (found,) = hours_until_needed([Bq(vial)], Bq(3e9), 64.1)
    assert found == (None if hour is None else pytest.approx(hour, abs=5e-5))


def test_two_hours_twelve_decay_as_hoang_2018_says() -> None:
    assert 1 - remaining_fraction(2.2, 64.1) == pytest.approx(0.02351, rel=1e-3)


def test_the_worked_vials_are_met() -> None:
    found = hours_until_needed([Bq(v * 1e9) for v in (3, 5, 7, 10, 15, 20)], Bq(2.304e9), 64.1)
    assert found == pytest.approx((24.4, 71.6, 102.8, 135.7, 173.2, 199.8), rel=2e-3)


def test_a_smaller_vial_has_no_hour() -> None:
    assert hours_until_needed([Bq(1e9), Bq(2e9)], Bq(2e9), 64.05) == (None, 0.0)


# refusals


def test_negative_hours_are_refused() -> None:
    with pytest.raises(QuantityError, match="hours must be zero or more"):
        remaining_fraction(-1, 64.05)


def test_no_vial_is_refused() -> None:
    with pytest.raises(QuantityError, match="there is none"):
        hours_until_needed([], Bq(1e9), 64.05)
