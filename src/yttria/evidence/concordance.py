"""Harrell's concordance with its infinitesimal-jackknife error, O(n log n)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.evidence.riskset import risk_order
from yttria.values.cohort import Mask, Numbers, TimeToEvent

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Concordance:
    """Share of comparable pairs in which the higher prediction lives longer; ties in the prediction count one half."""

    c: float
    se: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    outcome: TimeToEvent,
    prediction: Numbers,
    *,
    stratum: NDArray[Any] | None = None,
    cluster: NDArray[Any] | None = None,
) -> Concordance:
    """Return Harrell's C of a prediction of survival: higher means longer.

    A pair counts when one had the event while the other was at risk and was not gone at the same time with the event too.

    Parameters
    ----------
    outcome
        Times and events; weights multiply pairs, late entry limits them.
    prediction
        One a row; minus the linear predictor of a Cox model.
    stratum
        Pairs are taken within strata.
    cluster
        Rows that belong together, for the error.

    Returns
    -------
    Concordance
        NaN where no pair can be compared.

    Examples
    --------
    >>> months = TimeToEvent(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))
    >>> concordance(months, np.array([0.1, 0.2, 0.3])).c
    1.0

    Source
    ------
    Harrell et al. 1982, doi:10.1001/jama.1982.03320430047030. Referee: R survival, concordance.
    """
    rows = risk_order(outcome, stratum)
    rank = np.unique(prediction, return_inverse=True)[1].astype(np.int64)[rows.order]
    counts, pull = _pairs(rank, rows.time, rows.observed, rows.weight, rows.stratum, rows.entry, rows.leaving)
    pairs = counts.sum()
    if not pairs > 0:
        return Concordance(*(float("nan"),) * 2, 0.0, 0.0, 0.0)
    somers = (counts[0] - counts[1]) / pairs
    moved = np.empty(len(rank))
    moved[rows.order] = rows.weight * ((pull[:, 0] - pull[:, 1]) - somers * pull.sum(axis=1)) / pairs
    if cluster is not None:
        moved = np.bincount(np.unique(cluster, return_inverse=True)[1], weights=moved)
    se = 0.5 * float(np.sqrt(np.sum(moved**2)))
    return Concordance(float((somers + 1) / 2), se, *(float(c) for c in counts))


@njit(cache=True, nogil=True)
def _add(tree: Numbers, at: int, weight: float) -> None:
    """Add a weight at a rank of a Fenwick tree."""
    at += 1
    while at < tree.size:
        tree[at] += weight
        at += at & -at


@njit(cache=True, nogil=True)
def _below(tree: Numbers, at: int) -> float:
    """Return the weight at ranks below `at`."""
    total = 0.0
    while at > 0:
        total += tree[at]
        at -= at & -at
    return total


@njit(cache=True, nogil=True)
def _meet(pull: NDArray[np.float64], row: int, rank: int, fallen: Numbers, total: float, sign: float) -> None:
    """Add `sign` times the deaths so far that ranked below, above and at the row's own rank."""
    low = _below(fallen, rank)
    high = total - _below(fallen, rank + 1)
    pull[row, 0] += sign * low
    pull[row, 1] += sign * high
    pull[row, 2] += sign * (total - low - high)


@njit(cache=True, nogil=True)
def _pairs(
    rank: Whole, time: Numbers, observed: Mask, weight: Numbers, stratum: Whole, entry: Numbers, leaving: Whole
) -> tuple[Numbers, NDArray[np.float64]]:
    """Return weighted concordant, discordant and tied pairs, and each row's share in them.

    Rows come from the last time to the first. `held` has the weights of those at risk by rank; `fallen` those of the deaths so far:
    a row meets the deaths that fell between its arrival in the risk set (its end) and its departure from it (its entry).
    """
    n = rank.size
    top = rank.max() + 2
    held, fallen = np.zeros(top), np.zeros(top)
    all_held, all_fallen = 0.0, 0.0
    counts, pull = np.zeros(3), np.zeros((n, 3))
    present = np.zeros(n, np.bool_)
    i, k, first = 0, 0, 0
    while i < n:
        here, now, start = stratum[i], time[i], i
        while i < n and time[i] == now and stratum[i] == here:
            if not observed[i]:
                _add(held, rank[i], weight[i])
                all_held += weight[i]
                present[i] = True
                _meet(pull, i, rank[i], fallen, all_fallen, -1.0)
            i += 1
        while k < leaving.size and stratum[leaving[k]] == here and entry[leaving[k]] >= now:
            row = leaving[k]
            _add(held, rank[row], -weight[row])
            all_held -= weight[row]
            present[row] = False
            _meet(pull, row, rank[row], fallen, all_fallen, 1.0)
            k += 1
        for j in range(start, i):
            if observed[j]:
                low = _below(held, rank[j])
                high = all_held - _below(held, rank[j] + 1)
                equal = all_held - low - high
                counts += weight[j] * np.array([high, low, equal])
                pull[j] += np.array([high, low, equal])
        for j in range(start, i):
            if observed[j]:
                _add(fallen, rank[j], weight[j])
                all_fallen += weight[j]
        for j in range(start, i):
            if observed[j]:
                _add(held, rank[j], weight[j])
                all_held += weight[j]
                present[j] = True
                _meet(pull, j, rank[j], fallen, all_fallen, -1.0)
        if i == n or stratum[i] != here:
            for j in range(first, i):
                if present[j]:
                    _meet(pull, j, rank[j], fallen, all_fallen, 1.0)
            held[:], fallen[:] = 0.0, 0.0
            all_held, all_fallen, first = 0.0, 0.0, i
            while k < leaving.size and stratum[leaving[k]] == here:
                k += 1
    return counts, pull
