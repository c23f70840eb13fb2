"""Log-rank tests: laws, R's numbers, ranks of very long times, trend."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.evidence.survival.logrank import logrank, trend_test
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]
rows = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=40)


def of(pairs: list[tuple[int, bool]]) -> TimeToEvent:
    time, observed = zip(*pairs, strict=True)
    return TimeToEvent(np.array(time, dtype=float), np.array(observed))


@given(rows, st.lists(st.integers(0, 2), min_size=40, max_size=40))
def test_the_logrank_test_does_not_care_how_groups_are_numbered(
    pairs: list[tuple[int, bool]], codes: list[int]
) -> None:
    outcome, group = of(pairs), np.array(codes[: len(pairs)])
    here, there = logrank(outcome, group).test, logrank(outcome, 2 - group).test
    assert (here is None) == (there is None)
    if here is not None and there is not None:
        assert here.chi2 == pytest.approx(there.chi2, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("scale", [0.1, 365.25, 1e9])
def test_the_logrank_test_does_not_depend_on_the_unit_of_time(scale: float, outcome: Make, patients: Any) -> None:
    plain, group = outcome(), patients["centre"].astype(int)
    scaled = TimeToEvent(plain.time * scale, plain.observed)
    assert logrank(scaled, group).test == logrank(plain, group).test


def test_one_very_long_time_does_not_tie_the_others() -> None:
    time, group = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 1e7]), np.array([0, 1, 0, 1, 0, 1])
    far = logrank(TimeToEvent(time, np.ones(6, dtype=bool)), group)
    near = logrank(TimeToEvent(np.minimum(time, 6.0), np.ones(6, dtype=bool)), group)
    np.testing.assert_allclose(far.expected, near.expected)


@pytest.mark.parametrize(
    ("name", "column", "rho", "stratum"),
    [("two", "arm", 0, None), ("three", "centre", 0, None), ("rho", "centre", 1, None), ("half", "arm", 0.5, None), ("strata", "arm", 0, "centre")],
)  # fmt: skip
def test_logrank_tests_are_those_of_r(
    name: str, column: str, rho: float, stratum: str | None, reference: Any, outcome: Make, patients: Any, same: Any
) -> None:
    wanted = reference["logrank"][name]
    strata = None if stratum is None else patients[stratum].astype(int)
    found = logrank(outcome(), patients[column].astype(int), rho=rho, stratum=strata)
    same(found.observed, wanted["observed"])
    same(found.expected, wanted["expected"])
    assert found.test is not None
    same(found.test.chi2, wanted["chi2"])


def test_a_trend_over_two_groups_is_the_logrank_test(outcome: Make, patients: Any) -> None:
    plain, arm = outcome(), patients["arm"].astype(int)
    test = logrank(plain, arm).test
    assert test is not None
    assert trend_test(plain, arm).chi2 == pytest.approx(test.chi2)


def test_late_entry_leaves_out_who_has_not_come_yet() -> None:
    time, observed = np.array([5.0, 6.0, 7.0, 8.0]), np.ones(4, dtype=bool)
    group: NDArray[np.int64] = np.array([0, 0, 1, 1])
    late = logrank(TimeToEvent(time, observed, entry=np.array([0.0, 5.5, 0.0, 0.0])), group)
    assert late.expected[0] == pytest.approx(1 / 3 + 1 / 3)


def test_no_event_is_no_test(outcome: Make) -> None:
    assert logrank(outcome("none"), np.array([0, 1, 0])).test is None


def test_a_trend_without_a_second_group_is_refused(outcome: Make) -> None:
    with pytest.raises(EvidenceError, match="two groups"):
        trend_test(outcome("none"), np.array([0, 1, 2]))


def test_a_table_by_hand() -> None:
    # deaths at 1 (of 2 and 2 at risk), 2 (of 1 and 2), 3 (of 0 and 2: no variance), 4
    weeks = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))
    found = logrank(weeks, np.array([0, 0, 1, 1]))
    assert found.observed.tolist() == [2, 2]
    assert found.expected == pytest.approx([1 / 2 + 1 / 3, 1 / 2 + 2 / 3 + 2])
    assert found.variance[0, 0] == pytest.approx(1 / 4 + 2 / 9)
    assert found.variance[0, 1] == pytest.approx(-1 / 4 - 2 / 9)
    assert found.test is not None
    assert found.test.chi2 == pytest.approx((2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9))
    assert found.test.df == 1


def test_a_trend_is_weighted_by_scores_that_are_given(outcome: Make, patients: Any) -> None:
    plain, centre = outcome(), patients["centre"].astype(int)
    found = logrank(plain, centre)
    for scores in (None, [0.0, 1.0, 4.0]):
        s = np.arange(3.0) if scores is None else np.array(scores)
        gap = s @ (found.observed - found.expected)
        assert trend_test(plain, centre, scores).chi2 == pytest.approx(gap**2 / (s @ found.variance @ s))
        assert trend_test(plain, centre, scores).df == 1


def test_three_groups_have_two_degrees_of_freedom(outcome: Make, patients: Any) -> None:
    test = logrank(outcome(), patients["centre"].astype(int)).test
    assert test is not None
    assert test.df == 2


@pytest.mark.parametrize("late", [False, True])
def test_event_times_in_small_blocks_give_the_test_of_all_at_once(late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    time = rng.integers(3, 30, 90).astype(float)
    outcome = TimeToEvent(time, rng.random(90) < 0.7, entry=rng.integers(0, 3, 90).astype(np.float64) if late else None)
    group = rng.integers(0, 3, 90)
    whole = logrank(outcome, group)
    monkeypatch.setattr(sys.modules[logrank.__module__], "CELLS", 6)  # two event times a block
    parted = logrank(outcome, group)
    assert whole.test is not None
    assert parted.test is not None
    assert parted.test.chi2 == pytest.approx(whole.test.chi2, rel=1e-12)
    assert parted.expected == pytest.approx(whole.expected, rel=1e-12)
