"""What is printed of one group: bounds over all times of censoring, medians against rates."""

from itertools import combinations

import numpy as np
import pytest

from yttria.evidence.claim import Claim, claim_of
from yttria.evidence.group_claims import group_of, median_flags, upper_limits
from yttria.evidence.survival import kaplan_meier
from yttria.values.cohort import TimeToEvent


def rate(time: float, value: str, low: str, high: str, n: str = "11") -> Claim:
    cells = {
        "kind": "rate",
        "subject": "g",
        "time": f"{time:g}",
        "n": n,
        "value": value,
        "low": low,
        "high": high,
        "decimals": "1",
    }
    return claim_of(cells, int(time))


def median(value: str, low: str, high: str) -> Claim:
    return claim_of({"kind": "median", "subject": "g", "unit": "months", "value": value, "low": low, "high": high}, 2)


RESECTED = (rate(24, "81.8", "61.9", "100"), rate(36, "63.6", "40.7", "99.5"), rate(60, "53.0", "29.9", "94"))


# laws


@pytest.mark.parametrize(("n", "deaths", "censored"), [(8, 3, 2), (9, 4, 3), (7, 5, 1)])
def test_bounds_of_the_upper_limit_are_those_of_all_orders(n: int, deaths: int, censored: int) -> None:
    seen = []
    for chosen in combinations(range(deaths + censored), deaths):
        observed = np.zeros(n, dtype=bool)
        observed[list(chosen)] = True
        km = kaplan_meier(TimeToEvent(np.arange(1.0, n + 1), observed))
        seen.append(km.at(deaths + censored + 0.5).high)
    assert upper_limits(n, deaths, censored) == pytest.approx((min(seen), max(seen)))


# known answers: DOSISPHERE-01


def test_a_median_limit_before_a_rate_whose_limit_is_above_one_half_is_found() -> None:
    (flag,) = median_flags(median("NR", "21.2", "NR"), group_of(RESECTED, None))
    assert flag.code == "median-low-against-rates"
    assert "after 24 and up to 36" in flag.agrees


def test_a_median_limit_in_its_place_is_let_pass() -> None:
    assert median_flags(median("NR", "31.2", "NR"), group_of(RESECTED, None)) == []


def test_a_median_reached_although_half_are_alive_is_found() -> None:
    (flag,) = median_flags(median("40", "31.2", "NR"), group_of(RESECTED, None))
    assert flag.code == "median-value-against-rates"


def test_the_one_wrong_limit_is_named_with_the_right_one() -> None:
    rates = (
        rate(24, "22.2", "12.8", "38.4", "45"),
        rate(36, "15", "7.8", "30.5", "45"),
        rate(60, "2.5", "0.3", "17.1", "45"),
    )
    group = group_of(rates, None)
    (flag,) = group.flags
    assert (flag.code, flag.lines) == ("rate-impossible", (36,))
    assert flag.agrees == "7.4 (exactly 7.39) would agree"
    assert group.counts is not None
    assert group.counts.order == "35d|1d 1c 2d|5d"


# flags of order


def test_rates_that_rise_and_limits_that_do_not_hold_their_rate_are_found() -> None:
    rising = group_of((rate(24, "50.0", "30", "80"), rate(36, "60.0", "40", "90")), None)
    outside = group_of((rate(24, "50.0", "55", "80"),), None)
    assert [f.code for f in (*rising.flags, *outside.flags)] == ["rate-rises", "rate-outside-limits"]
    assert [f.code for f in median_flags(median("10", "12", "20"), None)] == ["median-outside-limits"]
