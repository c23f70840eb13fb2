"""Numbers as a person reads them."""

from datetime import UTC, datetime

import pytest

from yttria.report.text.number_format import DASH, MINUS, gbq, gy, gy_range, instant, ml, number, percent
from yttria.values.plan import Estimated
from yttria.values.units import Gy


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (231.4827, "231"),
        (10.0, "10"),
        (9.94, "9.9"),
        (9.96, "10"),
        (0.04, "0.0"),
        (1234.4, "1\u202f234"),
        (None, DASH),
        (float("nan"), DASH),
    ],
)
def test_a_dose_is_whole_from_ten_up_and_has_one_decimal_below(value: float | None, shown: str) -> None:
    assert gy(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(3.4191e9, "3.42"), (0.0421e9, "0.042"), (0.1e9, "0.10"), (None, DASH)])
def test_an_activity_has_two_decimals_and_three_below_a_tenth(value: float | None, shown: str) -> None:
    assert gbq(value) == shown


def test_an_interval_takes_the_decimals_of_its_value() -> None:
    assert gy_range(Estimated(Gy(12.2), Gy(8.7), Gy(15.9), {})) == "9–16"
    assert gy_range(Estimated(Gy(6.4), Gy(4.9), Gy(12.1), {})) == "4.9–12.1"


def test_a_minus_is_a_minus_and_never_stands_before_zero() -> None:
    assert number(-3.14, 1) == f"{MINUS}3.1"
    assert number(-0.04, 1) == "0.0"


def test_volumes_and_shares_keep_their_decimals() -> None:
    assert (ml(9.96), ml(4.31), ml(1834.2)) == ("10", "4.3", "1\u202f834")
    assert percent(0.0423) == "4.2\xa0%"


def test_an_instant_carries_its_zone_or_says_that_it_has_none() -> None:
    assert instant(datetime(2026, 11, 30, 14, 0, tzinfo=UTC)) == "2026-11-30 14:00 +00:00"
    assert instant(datetime.fromisoformat("2026-11-30T14:00")) == "2026-11-30 14:00 (no time zone given)"
    assert instant(None) == DASH
