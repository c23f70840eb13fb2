"""Residual by survey, what is reported and what is let pass: laws, published readings, limits, refusals."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.delivery.administration import (
    REPORTABLE_FRACTION,
    Measured,
    SurveyRates,
    delivery_of,
    differs_by,
    split_of,
    vial_delivery,
    within_tolerance,
)
from yttria.values.errors import QuantityError
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Share

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


# the day: laws

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
Y90 = Nuclide.named("Y-90")
H = 64.05


@given(st.floats(0.1, 20), st.floats(-200, 200))
def test_an_activity_decays_there_and_back(gbq: float, hours: float) -> None:
    there = Measured(Bq(gbq * 1e9), NOON).on(NOON + timedelta(hours=hours), Y90)
    assert Measured(there, NOON + timedelta(hours=hours)).on(NOON, Y90) == pytest.approx(gbq * 1e9)


@given(st.floats(0.5, 20), st.floats(0, 0.4), st.floats(0, 12), st.floats(-24, 24), st.floats(0.1, 10))
def test_the_reference_instant_only_decays_what_was_delivered_and_scaling_scales_it(
    gbq: float, left: float, later: float, shift: float, factor: float
) -> None:
    residual = Measured(Bq(gbq * left * 1e9 * 2 ** (-later / H)), NOON + timedelta(hours=later))
    assay = Measured(Bq(gbq * 1e9), NOON)
    here = vial_delivery(assay, residual, reference=NOON, nuclide=Y90)
    there = vial_delivery(assay, residual, reference=NOON + timedelta(hours=shift), nuclide=Y90)
    assert here.residual_fraction == pytest.approx(left, abs=1e-9)
    assert there.residual_fraction == pytest.approx(left, abs=1e-9)
    assert there.delivered == pytest.approx(here.delivered * 2 ** (-shift / H))
    more = vial_delivery(
        Measured(Bq(assay.activity * factor), NOON),
        Measured(Bq(residual.activity * factor), residual.at),
        reference=NOON,
        nuclide=Y90,
    )
    assert more.delivered == pytest.approx(factor * here.delivered)


@given(st.floats(0.5, 10), st.floats(0, 0.9), st.floats(0, 0.05))
def test_survey_and_calibrator_agree_where_both_saw_the_same(before: float, left: float, background: float) -> None:
    later = NOON + timedelta(hours=3)
    decayed = left * 2 ** (-3 / H)
    rates = SurveyRates(before + background, before * decayed + background, background, NOON, later)
    by_survey = vial_delivery(Measured(Bq(2e9), NOON), rates, reference=NOON, nuclide=Y90)
    by_calibrator = vial_delivery(
        Measured(Bq(2e9), NOON), Measured(Bq(2e9 * decayed), later), reference=NOON, nuclide=Y90
    )
    assert by_survey.delivered == pytest.approx(by_calibrator.delivered)
    assert (by_survey.residual_by, by_calibrator.residual_by) == ("survey", "calibrator")


# the day: known answers


def test_two_hours_on_the_way_cost_two_per_cent_as_hoang_2018_says() -> None:
    found = vial_delivery(Measured(Bq(1e9), NOON), Share(0), reference=NOON + timedelta(hours=2.2), nuclide=Y90)
    assert 1 - found.delivered / 1e9 == pytest.approx(0.0235, abs=1e-4)


def test_rates_without_instants_are_those_of_the_nrc_event() -> None:
    found = vial_delivery(Measured(Bq(11.4), NOON), SurveyRates(0.205, 0.127), reference=NOON, nuclide=Y90)
    assert found.delivered == pytest.approx(4.34, abs=5e-3)


def test_all_may_stay_behind_and_no_more() -> None:
    assay = Measured(Bq(1e9), NOON)
    assert vial_delivery(assay, Measured(Bq(1e9), NOON), reference=NOON, nuclide=Y90).delivered == Bq(0)
    with pytest.raises(QuantityError, match=r"no more can stay behind than was there, but 1\.001 GBq did of 1 GBq"):
        vial_delivery(assay, Measured(Bq(1.001e9), NOON), reference=NOON, nuclide=Y90)


@pytest.mark.parametrize("shares", [{"a": 0.3333, "b": 0.3333, "c": 0.3333}, {"a": 0.5, "b": 0.5}, {"a": 1.0}])
def test_a_split_gives_away_exactly_what_arrived(shares: dict[str, float]) -> None:
    assert sum(split_of(Bq(2e9), shares).values()) == pytest.approx(2e9, rel=1e-12)


# the day: refusals


@pytest.mark.parametrize("shares", [{"a": 0.5, "b": 0.4}, {"a": 0.6, "b": 0.6}, {"a": 30, "b": 70}])
def test_shares_that_do_not_add_to_one_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(QuantityError, match="must add to 1"):
        split_of(Bq(2e9), shares)


def test_measurements_in_the_wrong_order_are_refused() -> None:
    early = NOON - timedelta(hours=1)
    with pytest.raises(QuantityError, match="residual must be measured after the assay, but is measured 1 h earlier"):
        vial_delivery(Measured(Bq(1e9), NOON), Measured(Bq(1e7), early), reference=NOON, nuclide=Y90)
    with pytest.raises(QuantityError, match="rate after must be read after the rate before"):
        SurveyRates(1, 0.1, 0, NOON, early).residual(Y90)
    with pytest.raises(QuantityError, match="instants of both rates are needed"):
        SurveyRates(1, 0.1, 0, NOON).residual(Y90)


def test_a_percentage_for_an_assumed_share_is_refused() -> None:
    with pytest.raises(QuantityError, match="per cent"):
        vial_delivery(Measured(Bq(1e9), NOON), Share(3), reference=NOON, nuclide=Y90)
