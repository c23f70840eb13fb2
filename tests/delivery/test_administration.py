"""Residual by survey, what is reported and what is let pass: laws, published readings, limits, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.delivery.administration import REPORTABLE_FRACTION, delivery_of, differs_by, within_tolerance
from yttria.values.errors import QuantityError
from yttria.values.units import Bq

# laws


@given(st.floats(0.01, 10), st.floats(0, 1), st.floats(0, 0.005))
def test_background_alone_changes_nothing_that_is_delivered(before: float, left: float, background: float) -> None:
    plain = delivery_of(Bq(1e9), before=before, after=before * left)
    raised = delivery_of(Bq(1e9), before=before + background, after=before * left + background, background=background)
    assert raised.fraction == pytest.approx(plain.fraction, abs=1e-9)


# known answers


def test_the_survey_of_nrc_event_56227_is_met() -> None:
    arrived = delivery_of(Bq(11.4), before=0.205, after=0.127, prescribed=Bq(10.8))
    assert arrived.fraction == pytest.approx(0.38, rel=5e-3)
    assert arrived.delivered == pytest.approx(4.34, rel=5e-3)
    assert arrived.of_prescribed == pytest.approx(0.402, rel=5e-3)


def test_nothing_prescribed_compares_with_nothing() -> None:
    assert delivery_of(Bq(1e9), before=2, after=1).of_prescribed is None


@pytest.mark.parametrize(
    ("share", "reported"),
    [(0.7999, True), (0.8, True), (0.8001, False), (1.0, False), (1.1999, False), (1.2, True), (1.2001, True)],
)
def test_a_difference_of_twenty_per_cent_is_reported_and_less_is_not(share: float, reported: bool) -> None:
    assert differs_by(share, REPORTABLE_FRACTION) is reported


@given(st.integers(1, 400), st.sampled_from([(4, 5), (6, 5)]))
def test_exactly_a_fifth_of_any_activity_is_reported_whatever_the_division_leaves(
    tenths: int, ratio: tuple[int, int]
) -> None:
    prescribed = tenths / 10 * ratio[1]
    assert differs_by(tenths / 10 * ratio[0] / prescribed, REPORTABLE_FRACTION)


@pytest.mark.parametrize(
    ("share", "inside"), [(0.8999, False), (0.9, True), (0.9001, True), (1.1, True), (1.1001, False)]
)
def test_a_tolerance_lets_its_own_limit_pass(share: float, inside: bool) -> None:
    assert within_tolerance(share, 0.1) is inside


# refusals


def test_more_after_than_before_is_refused() -> None:
    with pytest.raises(QuantityError, match="check their order"):
        delivery_of(Bq(1e9), before=0.1, after=0.2)


def test_background_above_a_reading_is_refused() -> None:
    with pytest.raises(QuantityError, match="above background"):
        delivery_of(Bq(1e9), before=0.2, after=0.1, background=0.15)


def test_a_tolerance_below_zero_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"tolerance .* must be zero or more"):
        within_tolerance(1.0, -0.1)
