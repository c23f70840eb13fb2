"""Vial calendars and choices: laws, the wall clock over summer time, brute force, sorting, limits, refusals."""

import itertools
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.planning.vial_calendar import VialTerms, WeeklyCalibration, spheres_factor, vial_choices, weekday_of
from yttria.values.errors import PlanError, QuantityError
from yttria.values.product import Product
from yttria.values.units import Bq, Share

GLASS = Product.named("glass")
NEW_YORK, PARIS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 29, 12, tzinfo=NEW_YORK)
AT = datetime(2026, 12, 1, 14, tzinfo=PARIS)


def terms(*gbq: float, most: int = 1, residual: float = 0.01, tolerance: float = 0.1) -> VialTerms:
    return VialTerms(tuple(Bq(size * 1e9) for size in gbq), most, Share(residual), tolerance)


# laws


@given(st.floats(0.5, 20), st.floats(-100, 300), st.floats(0, 0.5))
def test_what_is_delivered_decays_back_to_the_vial(size: float, hours: float, residual: float) -> None:
    (choice,) = vial_choices(
        Bq(1e9), NOON + timedelta(hours=hours), calibrations=[NOON], terms=terms(size, residual=residual), product=GLASS
    )
    assert choice.delivered / (1 - residual) * 2 ** (choice.hours / 64.05) == pytest.approx(size * 1e9)


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_scaling_need_and_vials_together_changes_no_order(needed: float, factor: float) -> None:
    one = vial_choices(Bq(needed * 1e9), AT, calibrations=[NOON], terms=terms(3, 5, 7, most=2), product=GLASS)
    more = terms(*(factor * size for size in (3, 5, 7)), most=2)
    other = vial_choices(Bq(needed * factor * 1e9), AT, calibrations=[NOON], terms=more, product=GLASS)
    assert [c.of_needed for c in one] == pytest.approx([c.of_needed for c in other])


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([1.5, 3, 5, 7, 10]), min_size=1, max_size=4, unique=True), st.integers(1, 3),
    st.lists(st.integers(-48, 280), min_size=1, max_size=3, unique=True), st.floats(0.2, 12),
)  # fmt: skip
def test_choices_are_all_multisets_in_the_order_of_the_contract_by_brute_force(
    sizes: list[float], most: int, before: list[int], needed: float
) -> None:
    calibrations = [AT - timedelta(hours=h) for h in before]
    found = vial_choices(Bq(needed * 1e9), AT, calibrations=calibrations, terms=terms(*sizes, most=most), product=GLASS)
    forced = {
        (tuple(sorted(vials)), hours): abs(sum(vials) * 0.5 ** (hours / 64.05) * 0.99 / needed - 1)
        for hours in before
        for count in range(1, most + 1)
        for vials in itertools.product(sizes, repeat=count)
    }
    assert {(tuple(v / 1e9 for v in c.vials), round(c.hours, 6)) for c in found} == {(v, float(h)) for v, h in forced}
    for a, b in itertools.pairwise(found):
        near, far = (abs(c.of_needed - 1) for c in (a, b))
        assert near <= far + 2e-9
        if abs(near - far) < 1e-10:
            assert (len(a.vials), a.hours, a.spheres) <= (len(b.vials), b.hours, b.spheres)


# known answers: the wall clock


@pytest.mark.parametrize(
    ("at", "zone", "found"),
    [
        ("2026-03-10T14:00+00:00", NEW_YORK, ["2026-03-08T12:00:00-04:00", "2026-03-01T12:00:00-05:00"]),
        ("2026-11-03T14:00+00:00", NEW_YORK, ["2026-11-01T12:00:00-05:00", "2026-10-25T12:00:00-04:00"]),
        ("2026-03-31T09:00+02:00", PARIS, ["2026-03-29T12:00:00+02:00", "2026-03-22T12:00:00+01:00"]),
        ("2026-10-27T09:00+01:00", PARIS, ["2026-10-25T12:00:00+01:00", "2026-10-18T12:00:00+02:00"]),
    ],
)
def test_noon_stays_noon_over_summer_time(at: str, zone: ZoneInfo, found: list[str]) -> None:
    calendar = WeeklyCalibration(6, time(12), zone)
    assert [c.isoformat() for c in calendar.before(datetime.fromisoformat(at), 240)] == found


@pytest.mark.parametrize(("change", "hours"), [("2026-03-09", 23.0), ("2026-11-02", 25.0), ("2026-06-01", 24.0)])
def test_hours_are_those_that_pass_where_the_clock_is_set_in_between(change: str, hours: float) -> None:
    """From Saturday noon to Sunday noon in New York: summer time begins on 8 March and ends on 1 November 2026."""
    monday = datetime.fromisoformat(change).replace(hour=12, tzinfo=NEW_YORK)
    saturday, sunday = monday - timedelta(days=2), monday - timedelta(days=1)
    (choice,) = vial_choices(Bq(1e9), sunday, calibrations=[saturday], terms=terms(3), product=GLASS)
    assert choice.hours == hours
    assert choice.dispensed == pytest.approx(3e9 * 2 ** (-hours / 64.05))


@pytest.mark.parametrize(("hours", "count"), [(287.99, 1), (288.0, 2), (288.01, 2)])
def test_a_calendar_reaches_back_as_far_as_the_shelf_life_that_hour_included(hours: float, count: int) -> None:
    calendar = WeeklyCalibration(6, time(12), ZoneInfo("UTC"))
    at = datetime(2026, 12, 4, 12, tzinfo=UTC)
    assert len(calendar.before(at, hours)) == count


@pytest.mark.parametrize(("minute", "day"), [(59, 22), (0, 29)])
def test_a_calibration_counts_from_its_own_minute_on(minute: int, day: int) -> None:
    at = datetime(2026, 11, 29, 11 if minute else 12, minute, tzinfo=UTC)
    assert WeeklyCalibration(6, time(12), ZoneInfo("UTC")).before(at, 168)[0].day == day


def test_an_hour_that_summer_time_leaves_out_has_no_calibration_that_week() -> None:
    early = WeeklyCalibration(6, time(2, 30), NEW_YORK)
    found = early.before(datetime(2026, 3, 9, tzinfo=UTC), 200)
    assert [c.isoformat() for c in found] == ["2026-03-01T02:30:00-05:00"]


def test_of_an_hour_that_comes_twice_the_first_counts() -> None:
    early = WeeklyCalibration(6, time(1, 30), NEW_YORK)
    assert early.before(datetime(2026, 11, 2, tzinfo=UTC), 100)[0].isoformat() == "2026-11-01T01:30:00-04:00"


# known answers: choices


def test_a_choice_is_that_of_the_formula_by_hand() -> None:
    best = vial_choices(Bq(3.2e9), AT, calibrations=[NOON], terms=terms(3, 5, 7), product=GLASS)[0]
    assert [v / 1e9 for v in best.vials] == [5]
    assert best.hours == 44
    assert best.dispensed / 1e9 == pytest.approx(5 * 2 ** (-44 / 64.05))
    assert best.of_needed == pytest.approx(5 * 2 ** (-44 / 64.05) * 0.99 / 3.2)
    assert (best.spheres, best.spheres_delivered) == pytest.approx((2e6, 1.98e6))


def test_the_second_week_has_six_times_the_spheres() -> None:
    assert spheres_factor(168, GLASS) == pytest.approx(6.16, abs=0.005)
    first, second = (
        vial_choices(
            Bq(1e9), NOON + timedelta(hours=h), calibrations=[NOON], terms=terms(2 ** ((h) / 64.05)), product=GLASS
        )[0]
        for h in (24, 192)
    )
    assert first.dispensed == pytest.approx(second.dispensed)
    assert second.spheres / first.spheres == pytest.approx(spheres_factor(168, GLASS))


@pytest.mark.parametrize(
    ("needed", "inside"), [(2.699, True), (2.7, True), (2.701, True), (3.3, True), (3.3001, True), (3.301, True)]
)
def test_a_choice_that_is_near_is_within_tolerance(needed: float, inside: bool) -> None:
    (choice,) = vial_choices(
        Bq(needed * 1e9), NOON, calibrations=[NOON], terms=terms(3, residual=0, tolerance=0.12), product=GLASS
    )
    assert choice.within_tolerance is inside


@pytest.mark.parametrize(
    ("size", "inside"), [(0.8999, False), (0.9, True), (0.9001, True), (1.0999, True), (1.1, True), (1.1001, False)]
)
def test_the_tolerance_lets_its_own_limit_pass(size: float, inside: bool) -> None:
    (choice,) = vial_choices(Bq(1e9), NOON, calibrations=[NOON], terms=terms(size, residual=0), product=GLASS)
    assert choice.within_tolerance is inside


def test_equally_near_choices_are_sorted_by_vials_then_calibration_then_spheres() -> None:
    found = vial_choices(Bq(6e9), NOON, calibrations=[NOON], terms=terms(3, 6, most=2, residual=0), product=GLASS)
    assert [[v / 1e9 for v in c.vials] for c in found[:2]] == [[6], [3, 3]]
    half = NOON - timedelta(hours=64.05)
    found = vial_choices(Bq(3e9), NOON, calibrations=[half, NOON], terms=terms(3, 6, residual=0), product=GLASS)
    assert [(c.vials[0] / 1e9, c.hours) for c in found[:2]] == [(3, 0), (6, pytest.approx(64.05))]
    found = vial_choices(Bq(4e9), NOON, calibrations=[NOON], terms=terms(3, 5, residual=0), product=GLASS)
    assert [c.vials[0] / 1e9 for c in found] == [3, 5]


def test_a_calibration_after_the_injection_has_negative_hours_and_more_activity() -> None:
    (choice,) = vial_choices(Bq(1e9), NOON - timedelta(hours=64.05), calibrations=[NOON], terms=terms(3), product=GLASS)
    assert (choice.hours, choice.dispensed / 1e9) == pytest.approx((-64.05, 6))


@pytest.mark.parametrize(("name", "number"), [("Monday", 0), ("sunday", 6), (" Wednesday ", 2)])
def test_days_of_the_week_are_read_whatever_their_capitals(name: str, number: int) -> None:
    assert weekday_of(name) == number


# refusals


def test_more_choices_than_anybody_reads_are_refused() -> None:
    many = terms(*(3 + i / 2 for i in range(35)), most=4)
    with pytest.raises(
        PlanError,
        match="at most 100,000 choices, but 35 sizes, 4 vials and 2 calibrations make 164,500; let fewer sizes or vials",
    ):
        vial_choices(Bq(3e9), AT, calibrations=[NOON, NOON - timedelta(days=7)], terms=many, product=GLASS)


@pytest.mark.parametrize(
    ("sizes", "most", "residual", "tolerance", "said"),
    [
        ((), 1, 0.01, 0.1, "there is none"), ((0.0,), 1, 0.01, 0.1, "vial .* above zero"), ((3.0,), 0, 0.01, 0.1, "one vial or more"),
        ((3.0,), 1, 1.0, 0.1, "below 1"), ((3.0,), 1, 5.0, 0.1, "per cent"), ((3.0,), 1, 0.01, -0.1, "tolerance .* zero or more"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused(
    sizes: tuple[float, ...], most: int, residual: float, tolerance: float, said: str
) -> None:
    with pytest.raises(QuantityError, match=said):
        terms(*sizes, most=most, residual=residual, tolerance=tolerance)


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(QuantityError, match="weekday must be one of Monday"):
        weekday_of("Sonntag")


def test_an_instant_without_zone_beside_one_with_it_is_refused() -> None:
    with pytest.raises(QuantityError, match="both instants must have a zone"):
        vial_choices(Bq(1e9), datetime(2026, 12, 1), calibrations=[NOON], terms=terms(3), product=GLASS)  # noqa: DTZ001
