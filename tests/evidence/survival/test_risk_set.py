"""Risk tables and risk order."""

from collections.abc import Callable
from typing import Any

import numpy as np

from yttria.evidence.survival.risk_set import risk_order, tally
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]


def test_the_table_counts_who_is_there(outcome: Make, patients: Any) -> None:
    late = outcome("late", "weight")
    table = tally(late)
    for t, at_risk in zip(table.time, table.at_risk, strict=True):
        there = (patients["entry"] < t) & (patients["time"] >= t)
        np.testing.assert_allclose(at_risk, patients["weight"][there].sum())


def test_the_last_of_a_weighted_group_leaves_nobody() -> None:
    table = tally(TimeToEvent(np.array([1.0, 2.0]), np.array([True, True]), weight=np.array([0.1, 0.7])))
    assert table.survival[-1] == 0.0
    assert table.censored.tolist() == [0.0, 0.0]


def test_rows_leave_before_the_first_group_that_they_had_not_entered(outcome: Make, patients: Any) -> None:
    late = outcome("late")
    rows = risk_order(late, patients["centre"].astype(int))
    gone = np.zeros(len(late), dtype=bool)
    for g in range(len(rows.begins)):
        if rows.begins[g]:
            gone[:] = False
        gone[rows.leaving[rows.leave[g] : rows.leave[g + 1]]] = True
        first = rows.start[g]
        mine = (rows.stratum == rows.stratum[first]) & (np.arange(len(late)) < rows.start[g + 1])
        there = patients["entry"][rows.order] < rows.time[first]
        assert np.array_equal(mine & ~gone, mine & there)


def test_groups_hold_one_stratum_and_one_time(outcome: Make, patients: Any) -> None:
    rows = risk_order(outcome(), patients["centre"].astype(int))
    for low, high in zip(rows.start[:-1], rows.start[1:], strict=True):
        assert len({*zip(rows.stratum[low:high], rows.time[low:high], strict=True)}) == 1
    assert rows.begins.sum() == 3
