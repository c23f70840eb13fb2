"""Printed rates to whole patients: brute force, the trial's groups, refusals."""

from itertools import permutations

import numpy as np
import pytest

from yttria.evidence.published.rate_counts import PrintedRate, possible_counts
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
    by_hand = set()
    for deaths in range(n):
        for censored in range(n - deaths):
            for letters in set(permutations("d" * deaths + "c" * censored)):
                order = "".join(letters)
                if order and (order[-1] == "c" or order[0] == "c"):
                    continue
                at = exact(order, n, len(order))
                prints = (target.rate, target.low, target.high)
                if all(p and p.how(100 * x) for p, x in zip(prints, (at.survival, at.low, at.high), strict=True)):
                    by_hand.add((deaths, censored))
    assert (3, 1) in by_hand
    assert {(s.intervals[0].deaths, s.intervals[0].censored) for s in possible_counts([target], n).solutions} == by_hand


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
