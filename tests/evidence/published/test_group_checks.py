"""What is printed of one group: bounds over all times of censoring, medians against rates."""

from itertools import combinations

import numpy as np
import pytest

from yttria.evidence.published.claim import Claim, claim_of
from yttria.evidence.published.group_checks import group_of, median_flags, upper_limits
from yttria.evidence.published.limit_scale import SCALES, Scale
from yttria.evidence.survival.kaplan_meier import kaplan_meier
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


# scales of limits


def printed_arm(scale: Scale, *, early: int = 0) -> tuple[Claim, ...]:
    """Print an arm of 20 at 5.5 and 11.5, on a scale, with some censored before the first event."""
    observed = np.array(
        [False] * early + [True, True, False, True, True, True, False, True, True, True, False] + [False] * (9 - early)
    )
    km = kaplan_meier(TimeToEvent(np.arange(1.0, 21.0), observed), conf=scale)
    return tuple(
        rate(time, f"{100 * found.survival:.1f}", f"{100 * found.low:.1f}", f"{100 * found.high:.1f}", "20")
        for time in (6, 13)
        for found in (km.at(time),)
    )


@pytest.mark.parametrize("scale", SCALES)
def test_honest_limits_are_let_pass_on_every_scale_and_the_scale_is_named(scale: Scale) -> None:
    group = group_of(printed_arm(scale), None)
    assert group.flags == ()
    assert scale in group.scales


@pytest.mark.parametrize("scale", SCALES)
def test_a_limit_that_no_scale_explains_is_still_found(scale: Scale) -> None:
    first, second = printed_arm(scale)
    assert second.low
    wrong = rate(
        13,
        second.value.text if second.value else "",
        f"{second.low.value + 4:.1f}",
        second.high.text if second.high else "",
        "20",
    )
    group = group_of((first, wrong), None)
    assert [flag.code for flag in group.flags] in (["rate-impossible"], ["rates-impossible"])


def test_patients_censored_before_the_first_event_contradict_no_printed_n() -> None:
    group = group_of(printed_arm("log", early=2), None)
    assert group.flags == ()
    assert group.counts is not None
    assert group.counts.n == 18


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [("Clopper–Pearson", "42.8", "94.5"), ("Wilson", "46.8", "91.1"), ("profile", "47.2", "93.1")],
)
def test_binomial_limits_of_a_group_of_which_nobody_was_censored_are_let_pass(method: str, low: str, high: str) -> None:
    group = group_of((rate(24, "75.0", low, high, "12"),), None)
    assert group.flags == ()
    assert method in group.scales


def test_limits_too_unequal_for_any_scale_are_found_whatever_the_number_of_patients() -> None:
    honest = group_of((rate(24, "40.0", "34.0", "45.9", "400"),), None)
    wrong = group_of((rate(24, "40.0", "38.0", "49.9", "400"),), None)
    assert honest.flags == ()
    assert [flag.code for flag in wrong.flags] == ["limits-impossible"]


def test_limits_as_far_below_as_above_a_median_are_not_held_against_plain_rates() -> None:
    group = group_of((rate(12, "61.9", "41.1", "82.7", "21"), rate(24, "32.5", "10.0", "55.0", "21")), None)
    assert group.scales == ("plain",)
    assert median_flags(median("17.2", "13.2", "21.2"), group) == []
    codes = [flag.code for flag in median_flags(median("17.2", "12.5", "23.2"), group)]
    assert codes == ["median-low-against-rates", "median-high-against-rates"]
