"""values.time: hours that pass, whatever summer time does to the clock."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.values.errors import QuantityError
from yttria.values.time import hours_between, hours_on_one_clock

PARIS = ZoneInfo("Europe/Paris")
SPRING = datetime(2026, 3, 28, 12, tzinfo=PARIS)
EARLY, LATE = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2050-01-01")
AUTUMN = datetime(2026, 10, 24, 12, tzinfo=PARIS)

# laws


@given(
    st.datetimes(EARLY, LATE, timezones=st.just(PARIS)),
    st.datetimes(EARLY, LATE, timezones=st.just(PARIS)),
)
def test_hours_are_those_of_universal_time_and_turn_their_sign_with_the_order(one: datetime, other: datetime) -> None:
    by_utc = (other.astimezone(UTC) - one.astimezone(UTC)) / timedelta(hours=1)
    assert hours_between(one, other) == pytest.approx(by_utc, abs=1e-9)
    assert hours_between(other, one) == -hours_between(one, other)


# known answers


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23.0), (AUTUMN, 25.0), (SPRING.replace(day=1), 24.0)])
def test_a_day_of_the_clock_has_the_hours_that_summer_time_leaves_it(start: datetime, hours: float) -> None:
    assert hours_between(start, start + timedelta(days=1)) == hours


def test_zones_and_fractions_of_a_second_count() -> None:
    start = datetime(2026, 1, 1, 12, 0, 0, 500_000, tzinfo=timezone(timedelta(hours=-5)))
    assert hours_between(start, datetime(2026, 1, 1, 18, tzinfo=UTC)) == pytest.approx(1 - 0.5 / 3600, abs=1e-12)


def test_readings_of_one_clock_need_no_zone_and_may_lack_one() -> None:
    start, end = (datetime.fromisoformat(t) for t in ("2026-03-01T09:00", "2026-03-01T10:30"))
    assert hours_between(start, end) == 1.5
    assert hours_on_one_clock(start, end.replace(tzinfo=PARIS)) == 1.5
    assert hours_on_one_clock(SPRING, SPRING + timedelta(days=1)) == 23


def test_the_ends_of_the_calendar_have_their_hours_in_any_zone() -> None:
    first, last = (
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=12))),
    )
    assert hours_between(first, first.replace(tzinfo=UTC)) == 14
    assert hours_between(last, last.replace(tzinfo=UTC)) == -12
    assert hours_between(first, last) == pytest.approx(26 + 3_652_059 * 24)


# refusals


@pytest.mark.parametrize("turned", [False, True])
def test_a_zone_on_one_side_only_is_refused(turned: bool) -> None:
    pair = (datetime.fromisoformat("2026-01-01"), datetime(2026, 1, 2, tzinfo=UTC))
    with pytest.raises(QuantityError, match="2026-01-01T00:00:00 has none"):
        hours_between(*(pair[::-1] if turned else pair))
