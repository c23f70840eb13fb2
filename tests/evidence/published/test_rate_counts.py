"""Printed rates to whole patients: brute force, the trial's groups, refusals."""

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from yttria.evidence.published.limit_scale import Scale
from yttria.evidence.published.rate_counts import Interval, PrintedRate, possible_counts, rate_scales
from yttria.evidence.published.rounding import Printed
from yttria.evidence.survival.kaplan_meier import Rate, kaplan_meier
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def printed(time: float, rate: str, low: str, high: str) -> PrintedRate:
    return PrintedRate(time, *(Printed.of(x, decimals=1) for x in (rate, low, high)))


def exact(order: str, n: int, end: int) -> Rate:
    """Return the rate after `end` steps of an order of deaths and censorings."""
    observed = np.array([letter == "d" for letter in order.ljust(n, "c")])
    return kaplan_meier(TimeToEvent(np.arange(1.0, n + 1), observed)).at(end + 0.5)


def rates_of(order: str, n: int, ends: tuple[int, ...]) -> list[PrintedRate]:
    """Print the curve of an order of deaths and censorings, at the given numbers of steps."""
    rates = [exact(order, n, end) for end in ends]
    return [
        printed(end, *(f"{100 * x:.1f}" for x in (rate.survival, rate.low, rate.high)))
        for end, rate in zip(ends, rates, strict=True)
    ]


# laws


@pytest.mark.parametrize("seed", range(12))
def test_the_true_counts_are_always_among_the_solutions(seed: int) -> None:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(10, 26))
    order = "d" + "".join(draw.choice(["d", "c"], size=n - 4, p=[0.85, 0.15]))
    ends = (len(order) // 2, len(order))
    found = possible_counts(rates_of(order, n, ends), n)
    assert found.complete
    truth = (order[: ends[0]].count("d"), order[ends[0] :].count("d"))
    assert truth in {tuple(i.deaths for i in s.intervals) for s in found.solutions}


def test_no_solution_is_missed_or_invented_beside_brute_force() -> None:
    n = 7
    (target,) = rates_of("dcdd", n, (4,))
    by_hand: Counter[tuple[int, int]] = Counter()
    for deaths in range(n):
        for censored in range(n - deaths):
            for letters in set(permutations("d" * deaths + "c" * censored)):
                order = "".join(letters)
                if order and (order[-1] == "c" or order[0] == "c"):
                    continue
                at = exact(order, n, len(order))
                prints = (target.rate, target.low, target.high)
                if all(p and p.how(100 * x) for p, x in zip(prints, (at.survival, at.low, at.high), strict=True)):
                    by_hand[deaths, censored] += 1
    assert (3, 1) in by_hand
    found = possible_counts([target], n).solutions
    assert {(s.intervals[0].deaths, s.intervals[0].censored): s.orders for s in found} == by_hand


# known answers: DOSISPHERE-01, Table 2


@pytest.mark.parametrize(
    ("n", "rows", "order"),
    [
        (28, (("17.8", "8", "39.5"), ("13.3", "5", "35.5"), ("8.9", "2.5", "31.5")), "23d|1c 1d|1d"),
        (18, (("44.4", "26.5", "74.5"), ("33.3", "17.3", "64.1"), ("5.6", "0.8", "37.3")), "10d|2d|5d"),
        (11, (("81.8", "61.9", "100"), ("63.6", "40.7", "99.5"), ("53.0", "29.9", "94")), "2d|2d|1c 1d"),
    ],
)
def test_three_printed_rates_give_one_sequence_of_patients(
    n: int, rows: tuple[tuple[str, str, str], ...], order: str
) -> None:
    found = possible_counts([printed(t, *row) for t, row in zip((24, 36, 60), rows, strict=True)], n)
    assert [s.order for s in found.solutions] == [order]


def test_an_unprinted_n_is_found() -> None:
    rows = (("48.5", "34.1", "68.9"), ("35.7", "22.4", "56.8"), ("18.3", "8.5", "39.1"))
    found = possible_counts([printed(t, *row) for t, row in zip((24, 36, 60), rows, strict=True)], range(2, 57))
    assert found.sizes == (33,)
    assert found.solutions[0].order == "17d|1d 1c 3d|2d 1c 3d"


def test_a_misprinted_rate_has_no_whole_patients() -> None:
    rows = (("50.0", "34.5", "72.4"), ("35.7", "21.7", "58.7"), ("16.4", "6.8", "38.9"))
    found = possible_counts([printed(t, *row) for t, row in zip((24, 36, 60), rows, strict=True)], 28)
    assert found.complete
    assert found.solutions == ()


def test_a_search_that_is_too_wide_says_so() -> None:
    found = possible_counts([PrintedRate(1, Printed.of("50"))], 60, enough=50)
    assert not found.complete
    assert found.undecided == (60,)


# refusals


def test_rates_out_of_order_are_refused() -> None:
    with pytest.raises(EvidenceError, match="ascending order"):
        possible_counts([printed(2, "50.0", "30", "80"), printed(1, "60.0", "30", "80")], 10)


def test_no_rate_is_refused() -> None:
    with pytest.raises(EvidenceError, match="at least one printed rate"):
        possible_counts([], 10)


@pytest.mark.parametrize(("level", "scale"), [(0.9, "log"), (0.95, "plain"), (0.99, "log-log"), (0.9, "logit"), (0.95, "arcsin")])  # fmt: skip
def test_limits_of_every_level_and_scale_lead_back_to_the_patients(level: float, scale: Scale) -> None:
    observed = np.array([letter == "d" for letter in "dddcddcccccc"])
    rate = kaplan_meier(TimeToEvent(np.arange(1.0, 13), observed), conf=scale, level=level).at(6.5)
    row = printed(6, *(f"{100 * x:.1f}" for x in (rate.survival, rate.low, rate.high)))
    found = possible_counts([row], 12, level=level)
    (solution,) = [s for s in found.solutions if s.order.count("c") == 1 and s.deaths == 5 and scale in s.scales]
    interval = solution.intervals[0]
    assert (interval.censored, interval.at_risk) == (1, 6)
    assert scale in rate_scales(row, level=level)
    if solution.scales[0] == scale:
        assert number_of(interval) == pytest.approx([100 * x for x in (rate.survival, rate.low, rate.high)], abs=0.05)


def number_of(interval: Interval) -> list[float]:
    return [interval.rate, interval.low, interval.high]


def test_limits_alone_lead_to_their_rate() -> None:
    (row,) = rates_of("dd", 11, (2,))
    found = possible_counts([PrintedRate(2, None, row.low, Printed.of("99"))], 11)
    assert "2d" not in {s.order for s in found.solutions}  # its upper limit is cut at 100
    found = possible_counts([PrintedRate(2, None, row.low, row.high)], 11)
    assert "2d" in {s.order for s in found.solutions}


@pytest.mark.parametrize(("high", "deaths"), [("100", {2}), ("99", set())])
def test_an_upper_limit_printed_as_100_may_have_been_cut_there(high: str, deaths: set[int]) -> None:
    # 9 of 11: 81.8 (61.9 to 108.3)
    found = possible_counts([printed(2, "81.8", "61.9", high)], 11, scales=("log",))
    assert {s.deaths for s in found.solutions} == deaths


def test_larger_sizes_are_left_after_three_in_a_row_that_are_too_wide() -> None:
    found = possible_counts([PrintedRate(1, Printed.of("50"))], range(58, 70), enough=50, scales=("log",))
    assert found.undecided == (58, 59, 60)


@pytest.mark.parametrize("n", [1, 2])
def test_the_last_patient_may_die(n: int) -> None:
    found = possible_counts([PrintedRate(1, Printed.of("0"))], n, scales=("log",))
    assert f"{n}d" in {s.order for s in found.solutions}
    assert all(np.isnan(s.intervals[0].low) for s in found.solutions)


def test_equal_times_are_refused_as_such_out_of_order_are() -> None:
    with pytest.raises(EvidenceError, match="ascending order"):
        possible_counts([printed(1, "60.0", "30", "80"), printed(1, "60.0", "30", "80")], 10)
