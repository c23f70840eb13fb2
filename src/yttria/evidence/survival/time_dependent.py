"""What becomes true during follow-up: rows cut at the change, landmarks, and follow-up cut at another event.

A later intervention taken for a baseline fact credits it with the time that patients had to survive to receive it (immortal time).
Cut rows put that time where it belongs; a landmark asks only what was known by then.

Source
------
Simon and Makuch 1984, doi:10.1002/sim.4780030106; Mantel and Byar 1974, doi:10.1080/01621459.1974.10480131;
Anderson, Cain and Gelber 1983, doi:10.1200/JCO.1983.1.11.710. Referee: R survival, tmerge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.cohort import Cohort, Column, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Rows cut at a change: the outcome in intervals, which row each comes from, and whether the change has happened."""

    outcome: TimeToEvent
    source: NDArray[np.int64]
    changed: NDArray[np.bool_]


def cut_at(outcome: TimeToEvent, change: Numbers) -> Cut:
    """Return the rows cut where something becomes true for them.

    A row (entry, time] with entry < change < time becomes (entry, change], censored, and (change, time]; the change counts only
    after its instant, so that an event at that instant is not credited to it.

    Parameters
    ----------
    outcome
        Whole rows.
    change
        When it becomes true, NaN for never, shape (n,).

    Examples
    --------
    >>> cut = cut_at(TimeToEvent(np.array([5.0, 8.0]), np.array([True, True])), np.array([np.nan, 3.0]))
    >>> cut.outcome.time, cut.changed
    (array([5., 3., 8.]), array([False, False,  True]))
    """
    entry = np.zeros(len(outcome)) if outcome.entry is None else outcome.entry
    split = (change > entry) & (change < outcome.time)
    already = change <= entry
    source = np.repeat(np.arange(len(outcome)), 1 + split)
    second = np.concatenate([[False], source[1:] == source[:-1]])
    first = split[source] & ~second
    start = np.where(second, change[source], entry[source])
    end = np.where(first, change[source], outcome.time[source])
    late = bool(np.any(start > 0))
    cut = TimeToEvent(
        end,
        outcome.observed[source] & ~first,
        unit=outcome.unit,
        entry=start if late else None,
        weight=None if outcome.weight is None else outcome.weight[source],
        patient=source if outcome.patient is None else outcome.patient[source],
    )
    return Cut(cut, source, second | already[source])


def factor_of(name: str, flag: NDArray[np.bool_], label: str = "") -> Column:
    """Return a yes/no fact as a numeric column with the levels "0" and "1" that occur."""
    levels = np.unique(flag)
    codes = np.searchsorted(levels, flag)
    return Column(name, codes.astype(np.int64), tuple(str(int(v)) for v in levels), flag.astype(np.float64), label)


def cohort_cut(cohort: Cohort, name: str, change: Numbers) -> Cohort:
    """Return the cohort cut at a change, with the fact `name` as a column."""
    cut = cut_at(cohort.outcome, change)
    columns = {n: c.rows(cut.source) for n, c in cohort.columns.items()}
    return Cohort(cut.outcome, {**columns, name: factor_of(name, cut.changed)})


def cohort_naive(cohort: Cohort, name: str, change: Numbers) -> Cohort:
    """Return the cohort with a later fact taken, wrongly, for a baseline one."""
    return Cohort(cohort.outcome, {**cohort.columns, name: factor_of(name, ~np.isnan(change))})


def cohort_at_landmark(cohort: Cohort, at: float, changes: dict[str, Numbers]) -> Cohort:
    """Return those still followed at the landmark, their time counted from it, with what was known by then.

    Parameters
    ----------
    cohort
        Whole rows.
    at
        The landmark, in the outcome's unit; who had the event or was censored by then is left out.
    changes
        For each fact, when it becomes true, NaN for never.

    Raises
    ------
    EvidenceError
        Nobody is followed beyond the landmark.
    """
    outcome = cohort.outcome
    rows = outcome.time > at
    if not rows.any():
        raise EvidenceError(
            f"a landmark needs patients followed beyond it, but all follow-up ends by {at:g} {outcome.unit}; choose an earlier one",
            code="landmark-beyond-follow-up",
            values={"at": at},
        )
    entry = None if outcome.entry is None else np.maximum(outcome.entry[rows] - at, 0.0)
    after = TimeToEvent(
        outcome.time[rows] - at,
        outcome.observed[rows],
        unit=outcome.unit,
        entry=entry if entry is not None and bool(np.any(entry > 0)) else None,
        weight=None if outcome.weight is None else outcome.weight[rows],
        patient=None if outcome.patient is None else outcome.patient[rows],
    )
    part = cohort.rows(rows)
    facts = {name: factor_of(name, change[rows] <= at) for name, change in changes.items()}
    return Cohort(after, {**part.columns, **facts})


def cohort_censored_at(cohort: Cohort, change: Numbers) -> Cohort:
    """Return the cohort with follow-up cut at `change` (NaN: not cut); an event after it, or at it, becomes censored there, its cause too.

    Parameters
    ----------
    cohort
        Whole rows; one that enters after its cut is left out.
    change
        When follow-up is cut, shape (n,).

    Raises
    ------
    EvidenceError
        Nobody is followed before the cut.
    """
    outcome = cohort.outcome
    cut = change <= outcome.time
    time = np.where(cut, change, outcome.time)
    rows = np.ones(len(outcome), dtype=np.bool_) if outcome.entry is None else time > outcome.entry
    if not rows.any():
        raise EvidenceError(
            "follow-up must begin before it is cut, but nobody's does; correct the column of the cut",
            code="follow-up-cut-before-start",
        )
    shorter = TimeToEvent(
        time[rows],
        (outcome.observed & ~cut)[rows],
        unit=outcome.unit,
        entry=None if outcome.entry is None else outcome.entry[rows],
        weight=None if outcome.weight is None else outcome.weight[rows],
        patient=None if outcome.patient is None else outcome.patient[rows],
    )
    part = cohort.rows(rows)
    causes = tuple(None if c else cause for c, cause in zip(cut[rows], part.causes, strict=True)) if part.causes else ()
    return part.with_outcome(shorter, causes)
