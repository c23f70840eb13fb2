"""Who is at risk when: the one pass over sorted times that stands under every estimator.

Conventions (R survival): at risk at t are rows with entry < t <= time; an event at t comes before a censoring at t.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.cohort import Numbers, TimeToEvent

_NONE = np.empty(0)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What happens at each distinct time: how many (or how much case weight) at risk, events, censored.

    Parameters
    ----------
    time
        Distinct ends of follow-up, ascending.
    at_risk, events, censored
        Sums of case weights; plain counts without weights.
    """

    time: Numbers
    at_risk: Numbers
    events: Numbers
    censored: Numbers


def tally(outcome: TimeToEvent) -> Tally:
    """Return the risk table of one group.

    Parameters
    ----------
    outcome
        Times, events, late entries and case weights.

    Notes
    -----
    Without weights two sorts of plain numbers suffice; no permutation is ever built.

    Examples
    --------
    >>> tally(TimeToEvent(np.array([2.0, 3.0, 3.0]), np.array([True, True, False]))).at_risk
    array([3., 2.])
    """
    if outcome.weight is None:
        exits, deaths = np.sort(outcome.time), np.sort(outcome.time[outcome.observed])
        streams = (exits, np.ones(len(exits)), deaths, np.ones(len(deaths)))
    else:
        order = np.argsort(outcome.time, kind="stable")
        exits, weight = outcome.time[order], outcome.weight[order]
        died = outcome.observed[order]
        streams = (exits, weight, exits[died], weight[died])
    late, late_weight = _entries(outcome)
    return Tally(*_tally(*streams, late, late_weight))


def _entries(outcome: TimeToEvent) -> tuple[Numbers, Numbers]:
    """Return late entries in ascending order with their weights."""
    if outcome.entry is None:
        return _NONE, _NONE
    order = np.argsort(outcome.entry, kind="stable")
    weight = np.ones(len(order)) if outcome.weight is None else outcome.weight[order]
    return outcome.entry[order], weight


@njit(cache=True, nogil=True)
def _tally(
    exits: Numbers,
    exit_weight: Numbers,
    deaths: Numbers,
    death_weight: Numbers,
    entries: Numbers,
    entry_weight: Numbers,
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return time, at risk, events and censored, from three ascending streams walked from the last time backwards.

    Backwards, so that the last risk set is a sum and not a difference: S reaches exactly 0 when all have died.
    """
    n = exits.size
    time, at_risk, events, censored = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    i, j, k, m = n - 1, deaths.size - 1, entries.size - 1, n
    risk = 0.0
    while i >= 0:
        now = exits[i]
        left, died, rows = 0.0, 0.0, 0
        while i >= 0 and exits[i] == now:
            left += exit_weight[i]
            rows += 1
            i -= 1
        while j >= 0 and deaths[j] == now:
            died += death_weight[j]
            rows -= 1
            j -= 1
        risk += left
        while k >= 0 and entries[k] >= now:
            risk -= entry_weight[k]
            k -= 1
        m -= 1
        time[m], at_risk[m], events[m] = now, risk, died
        censored[m] = left - died if rows > 0 else 0.0
    return time[m:], at_risk[m:], events[m:], censored[m:]


@dataclass(frozen=True, slots=True, eq=False)
class RiskOrder:
    """Rows in the order in which risk sets grow: by stratum, then from the last time to the first.

    Parameters
    ----------
    order
        Positions of the rows in that order.
    time, observed, weight, stratum
        Sorted so.
    entry
        Entries sorted so; empty without late entry.
    leaving
        Positions *in the sorted rows* by stratum and then from the last entry to the first; empty without late entry.
    """

    order: NDArray[np.int64]
    time: Numbers
    observed: NDArray[np.bool_]
    weight: Numbers
    stratum: NDArray[np.int64]
    entry: Numbers
    leaving: NDArray[np.int64]


def risk_order(outcome: TimeToEvent, stratum: NDArray[Any] | None = None) -> RiskOrder:
    """Return the rows sorted for a backward pass over risk sets.

    Parameters
    ----------
    outcome
        Times and events.
    stratum
        Small whole numbers, one a row; None for one stratum.
    """
    n = len(outcome)
    if stratum is None:
        order = np.argsort(outcome.time)[::-1]
        strata = np.zeros(n, dtype=np.int64)
    else:
        order = np.lexsort((-outcome.time, stratum))
        strata = np.asarray(stratum, dtype=np.int64)[order]
    order = np.ascontiguousarray(order)
    weight = np.ones(n) if outcome.weight is None else outcome.weight[order]
    entry, leaving = _NONE, np.empty(0, dtype=np.int64)
    if outcome.entry is not None:
        entry = outcome.entry[order]
        leaving = np.lexsort((-entry, strata))
    return RiskOrder(order, outcome.time[order], outcome.observed[order], weight, strata, entry, leaving)
