"""Who is at risk when: the one pass over sorted times that stands under every estimator.

Conventions (R survival): at risk at t are rows with entry < t <= time; an event at t comes before a censoring at t.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.cohort import Mask, Numbers, TimeToEvent

Whole = NDArray[np.int64]
FEW_CELLS = 100_000
"""Rows times events up to which tables of risk sets are made: products of such matrices take microseconds, loading a compiler half a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What happens at each distinct time: how many (or how much case weight) at risk, events, censored.

    Parameters
    ----------
    time
        Distinct ends of follow-up, ascending.
    at_risk, events, censored
        Sums of case weights; plain counts without weights. A row after which its patient is followed on is not censored.
    survival
        Product limit: S just after each time.
    greenwood
        Running sum of d / (n (n - d)), which is the variance of log S; nothing is added where all at risk die.
    """

    time: Numbers
    at_risk: Numbers
    events: Numbers
    censored: Numbers
    survival: Numbers
    greenwood: Numbers


def tally(outcome: TimeToEvent) -> Tally:
    """Return the risk table of one group.

    Parameters
    ----------
    outcome
        Times, events, late entries and case weights.

    Notes
    -----
    Without weights plain sorted numbers suffice; no permutation is ever built.

    Examples
    --------
    >>> tally(TimeToEvent(np.array([2.0, 3.0, 3.0]), np.array([True, True, False]))).at_risk
    array([3., 2.])
    """
    n = len(outcome)
    if outcome.weight is None:
        ascending, died = _in_order(outcome)
        start = _first_places(ascending)
        time = ascending[start]
        left: Numbers | float = 1.0
        if len(time) < n:
            died = np.add.reduceat(died, start)
            left = np.empty(len(time))
            np.subtract(start[1:], start[:-1], out=left[:-1])
            left[-1] = n - start[-1]
        events = died.astype(np.float64)
        censored = left - events
    else:
        order = np.argsort(outcome.time, kind="stable")
        ascending, weight, observed = outcome.time[order], outcome.weight[order], outcome.observed[order]
        start = _first_places(ascending)
        time = ascending[start]
        left, events = np.add.reduceat(weight, start), np.add.reduceat(np.where(observed, weight, 0.0), start)
        censored = np.where(np.logical_and.reduceat(observed, start), 0.0, left - events)
    if outcome.weight is None and outcome.entry is None:
        at_risk = (n - start).astype(np.float64)
    else:  # from the last time backwards: the last risk set is a sum and not a difference, so that S reaches exactly 0 when all have died
        at_risk = np.cumsum(np.subtract(left, _entered(outcome, time))[::-1])[::-1]
    made = Tally(time, at_risk, events, censored, *_product_limit(at_risk, events))
    return made if outcome.continued is None else replace(made, censored=made.censored - _carried(outcome, made.time))


def _first_places(ascending: Numbers) -> Whole:
    """Return where each distinct number begins."""
    fresh = np.empty(len(ascending), dtype=np.bool_)
    fresh[0] = True
    np.not_equal(ascending[1:], ascending[:-1], out=fresh[1:])
    return fresh.nonzero()[0]


def _in_order(outcome: TimeToEvent) -> tuple[Numbers, Whole]:
    """Return the times ascending, and for each row in that order whether the event ended it, as 0 and 1.

    The bits of a number of zero or more sort as the number does, and the one of its sign is free for the event: one plain sort does.
    """
    words = outcome.time.view(np.int64) << 1
    words |= outcome.observed
    words = words.view(np.uint64)
    words.sort()
    died = (words & np.uint64(1)).view(np.int64)
    words >>= np.uint64(1)
    return words.view(np.float64), died


def _entered(outcome: TimeToEvent, time: Numbers) -> Numbers | float:
    """Return how many rows (how much weight) enter from each time on, before the next."""
    if outcome.entry is None:
        return 0.0
    place = np.searchsorted(time, outcome.entry, side="right")
    return np.bincount(place, weights=outcome.weight, minlength=len(time) + 1)[1:].astype(np.float64)


def _product_limit(at_risk: Numbers, events: Numbers) -> tuple[Numbers, Numbers]:
    """Return S and the running Greenwood sum."""
    survivors = at_risk - events
    survival = (survivors / at_risk).cumprod()
    survivors *= at_risk
    if np.minimum.reduce(survivors) > 0:
        return survival, (events / survivors).cumsum()
    return survival, np.divide(events, survivors, out=np.zeros(len(events)), where=survivors > 0).cumsum()


def _carried(outcome: TimeToEvent, time: Numbers) -> Numbers:
    """Return at each time how many rows (how much weight) end there without an event while their patient is followed on."""
    on = np.flatnonzero(~outcome.last & ~outcome.observed)
    weight = None if outcome.weight is None else outcome.weight[on]
    return np.bincount(np.searchsorted(time, outcome.time[on]), weights=weight, minlength=len(time)).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class RiskOrder:
    """Rows in the order in which risk sets grow: by stratum, then from the last time to the first, tied rows in one group.

    Parameters
    ----------
    order
        Positions of the rows in that order; everything below is sorted so.
    time, observed, weight, stratum
        Of the sorted rows.
    start
        Where each group of one stratum and time starts; one more at the end.
    begins
        Whether a group is the first of its stratum.
    leaving, leave
        Sorted rows with a late entry by the group before which they leave (entry >= its time); group g is left by
        `leaving[leave[g]:leave[g + 1]]`.
    stays
        Which rows never leave.
    few
        The same as tables, where these are small: sums over risk sets then are products of matrices.
    """

    order: Whole
    time: Numbers
    observed: Mask
    weight: Numbers
    stratum: Whole
    start: Whole
    begins: Mask
    leaving: Whole
    leave: Whole
    stays: Mask
    few: "RiskTables | None"


@dataclass(frozen=True, eq=False)
class RiskTables:
    """Risk sets and deaths of few rows, as tables of event times (in the order of their groups) by rows, zero or one.

    Parameters
    ----------
    group
        Which group of the risk order each event time is.
    deaths
        How many die.
    at_risk, dead
        Who is at risk, and who dies, at each event time.
    step, share
        For each death, in the order of the groups, which event time it is of, and the part of that time's dead who died before it.
    """

    group: Whole
    deaths: Whole
    at_risk: NDArray[np.float64]
    dead: NDArray[np.float64]
    step: Whole
    share: Numbers

    @property
    def tied(self) -> bool:
        """Return whether several die at one time."""
        return len(self.step) > len(self.group)

    @cached_property
    def by_efron(self) -> NDArray[np.float64]:
        """Return who is at risk at each death, shape (deaths, rows): from the dead of that time the part that died before is taken."""
        if not self.tied:
            return self.at_risk
        return self.at_risk[self.step] - self.share[:, None] * self.dead[self.step]

    @cached_property
    def by_breslow(self) -> NDArray[np.float64]:
        """Return who is at risk at each death, shape (deaths, rows)."""
        return self.at_risk[self.step] if self.tied else self.at_risk


def risk_order(outcome: TimeToEvent, stratum: NDArray[Any] | None = None) -> RiskOrder:
    """Return the rows sorted and grouped for a backward pass over risk sets.

    Parameters
    ----------
    outcome
        Times and events.
    stratum
        Small whole numbers, one a row; None for one stratum.
    """
    n = len(outcome)
    if stratum is None:
        order = np.ascontiguousarray(np.argsort(outcome.time)[::-1])
        strata = np.zeros(n, dtype=np.int64)
        time = outcome.time[order]
        fresh = time[1:] != time[:-1]
        begins = np.zeros(np.count_nonzero(fresh) + 1, dtype=np.bool_)
        begins[0] = True
    else:
        order = np.lexsort((-outcome.time, stratum))
        strata, time = np.asarray(stratum, dtype=np.int64)[order], outcome.time[order]
        other = strata[1:] != strata[:-1]
        fresh = other | (time[1:] != time[:-1])
        begins = np.concatenate([[True], other[fresh]])
    start = np.concatenate([[0], np.flatnonzero(fresh) + 1, [n]])
    weight = np.ones(n) if outcome.weight is None else outcome.weight[order]
    leaving, leave, stays = _departures(outcome, order, start, begins)
    observed = outcome.observed[order]
    few = _tables(observed, start, begins, leaving, leave) if n * np.count_nonzero(observed) <= FEW_CELLS else None
    return RiskOrder(order, time, observed, weight, strata, start, begins, leaving, leave, stays, few)


def _tables(observed: Mask, start: Whole, begins: Mask, leaving: Whole, leave: Whole) -> "RiskTables":
    """Return risk sets and deaths as tables: a row is at risk from its own group until it leaves or its stratum ends."""
    size = start[1:] - start[:-1]
    mine = np.repeat(np.arange(len(size)), size)
    deaths = np.add.reduceat(observed.astype(np.int64), start[:-1])
    group = deaths.nonzero()[0]
    many = deaths[group]
    last = np.append(begins.nonzero()[0], len(size))
    gone = np.repeat(last[1:], start[last[1:]] - start[last[:-1]])
    gone[leaving] = np.repeat(np.arange(len(size)), leave[1:] - leave[:-1])
    at = group[:, None]
    own = mine == at
    step = np.repeat(np.arange(len(group)), many)
    before = np.arange(len(step)) - np.repeat(many.cumsum() - many, many)
    return RiskTables(
        group,
        many,
        ((mine <= at) & (at < gone)).astype(np.float64),
        (own & observed).astype(np.float64),
        step,
        before / many[step],
    )


def _departures(outcome: TimeToEvent, order: Whole, start: Whole, begins: Mask) -> tuple[Whole, Whole, Mask]:
    """Return which rows leave before which group, and which never do."""
    groups = len(begins)
    if outcome.entry is None:
        return np.empty(0, dtype=np.int64), np.zeros(groups + 1, dtype=np.int64), np.ones(len(order), dtype=np.bool_)
    entry, when = outcome.entry[order], outcome.time[order][start[:-1]]
    first = np.append(np.flatnonzero(begins), groups)
    place, last = np.empty(len(order), dtype=np.int64), np.empty(len(order), dtype=np.int64)
    for low, high in pairwise(first):
        rows = slice(int(start[low]), int(start[high]))
        place[rows] = low + np.searchsorted(-when[low:high], -entry[rows], side="left")
        last[rows] = high
    stays = place == last
    leaving = np.flatnonzero(~stays)
    leaving = leaving[np.argsort(place[leaving], kind="stable")]
    return leaving, np.searchsorted(place[leaving], np.arange(groups + 1)), stays
