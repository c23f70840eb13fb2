"""Who is at risk when: the one pass over sorted times that stands under every estimator.

Conventions (R survival): at risk at t are rows with entry < t <= time; an event at t comes before a censoring at t.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.cohort import Mask, Numbers, TimeToEvent

Whole = NDArray[np.int64]

_NONE = np.empty(0)


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
    if outcome.weight is None:
        deaths = outcome.time[outcome.observed]
        deaths.sort()
        streams = (outcome.ascending, _NONE, deaths, _NONE)
    else:
        order = np.argsort(outcome.time, kind="stable")
        exits, weight = outcome.time[order], outcome.weight[order]
        died = outcome.observed[order]
        streams = (exits, weight, exits[died], weight[died])
    late, late_weight = _entries(outcome)
    made = Tally(*_tally(*streams, late, late_weight))
    return made if outcome.continued is None else replace(made, censored=made.censored - _carried(outcome, made.time))


def _carried(outcome: TimeToEvent, time: Numbers) -> Numbers:
    """Return at each time how many rows (how much weight) end there without an event while their patient is followed on."""
    on = np.flatnonzero(~outcome.last & ~outcome.observed)
    weight = None if outcome.weight is None else outcome.weight[on]
    return np.bincount(np.searchsorted(time, outcome.time[on]), weights=weight, minlength=len(time)).astype(np.float64)


def _entries(outcome: TimeToEvent) -> tuple[Numbers, Numbers]:
    """Return late entries in ascending order with their weights."""
    if outcome.entry is None:
        return _NONE, _NONE
    order = np.argsort(outcome.entry, kind="stable")
    return outcome.entry[order], _NONE if outcome.weight is None else outcome.weight[order]


@njit(cache=True, nogil=True)
def _tally(
    exits: Numbers,
    exit_weight: Numbers,
    deaths: Numbers,
    death_weight: Numbers,
    entries: Numbers,
    entry_weight: Numbers,
) -> tuple[Numbers, Numbers, Numbers, Numbers, Numbers, Numbers]:
    """Return the columns of a `Tally` from three ascending streams walked from the last time backwards; no weight is one each.

    Backwards, so that the last risk set is a sum and not a difference: S reaches exactly 0 when all have died.
    """
    n = exits.size
    time, at_risk, events, censored = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    i, j, k, m = n - 1, deaths.size - 1, entries.size - 1, n
    risk, weighted = 0.0, exit_weight.size > 0
    while i >= 0:
        now = exits[i]
        left, died, rows = 0.0, 0.0, 0
        while i >= 0 and exits[i] == now:
            left += exit_weight[i] if weighted else 1.0
            rows += 1
            i -= 1
        while j >= 0 and deaths[j] == now:
            died += death_weight[j] if weighted else 1.0
            rows -= 1
            j -= 1
        risk += left
        while k >= 0 and entries[k] >= now:
            risk -= entry_weight[k] if weighted else 1.0
            k -= 1
        m -= 1
        time[m], at_risk[m], events[m] = now, risk, died
        censored[m] = left - died if rows > 0 else 0.0
    survival, greenwood = _product_limit(at_risk[m:], events[m:])
    return time[m:], at_risk[m:], events[m:], censored[m:], survival, greenwood


@njit(cache=True, nogil=True)
def _product_limit(at_risk: Numbers, events: Numbers) -> tuple[Numbers, Numbers]:
    """Return S and the running Greenwood sum."""
    survival, greenwood = np.empty(at_risk.size), np.empty(at_risk.size)
    s, v = 1.0, 0.0
    for j in range(at_risk.size):
        left = at_risk[j] - events[j]
        s *= left / at_risk[j]
        if left > 0:
            v += events[j] / (at_risk[j] * left)
        survival[j], greenwood[j] = s, v
    return survival, greenwood


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
    return RiskOrder(order, time, outcome.observed[order], weight, strata, start, begins, leaving, leave, stays)


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
