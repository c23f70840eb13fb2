"""Concordant, discordant and tied pairs of many rows by trees of ranks, O(n log n). Compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.cohort import Mask, Numbers

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


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
def _meet(pull: Matrix, row: int, rank: int, fallen: Numbers, total: float, sign: float) -> None:
    """Add `sign` times the deaths so far that ranked below, above and at the row's own rank."""
    low = _below(fallen, rank)
    high = total - _below(fallen, rank + 1)
    pull[row, 0] += sign * low
    pull[row, 1] += sign * high
    pull[row, 2] += sign * (total - low - high)


@njit(cache=True, nogil=True)
def _arrive(
    pull: Matrix, rank: Whole, weight: Numbers, rows: Whole, masses: Numbers, fallen: Numbers, totals: Numbers
) -> None:
    """Let rows into the risk set: they have not met the deaths so far."""
    for i in rows:
        _add(masses, rank[i], weight[i])
        totals[0] += weight[i]
        _meet(pull, i, rank[i], fallen, totals[1], -1.0)


@njit(cache=True, nogil=True)
def _die(
    pull: Matrix,
    counts: Numbers,
    rank: Whole,
    weight: Numbers,
    rows: Whole,
    masses: Numbers,
    fallen: Numbers,
    totals: Numbers,
) -> None:
    """Compare each death with those at risk who do not die now, then count it among the fallen."""
    for i in rows:
        low = _below(masses, rank[i])
        high = totals[0] - _below(masses, rank[i] + 1)
        pairs = np.array([high, low, totals[0] - low - high])
        counts += weight[i] * pairs
        pull[i] += pairs
    for i in rows:
        _add(fallen, rank[i], weight[i])
        totals[1] += weight[i]


@njit(cache=True, nogil=True)
def concordant_pairs(
    rank: Whole,
    observed: Mask,
    weight: Numbers,
    start: Whole,
    begins: Mask,
    leaving: Whole,
    leave: Whole,
    stays: Mask,
) -> tuple[Numbers, Matrix]:
    """Return weighted concordant, discordant and tied pairs, and each row's share in them.

    Rows come from the last time to the first. `held` has the weights of those at risk by rank; `fallen` those of the deaths so far:
    a row meets the deaths that fell between its arrival in the risk set (its end) and its departure from it (its entry).
    """
    masses, fallen, totals = np.zeros(rank.max() + 2), np.zeros(rank.max() + 2), np.zeros(2)
    counts, pull = np.zeros(3), np.zeros((rank.size, 3))
    first = 0
    for g in range(begins.size):
        if begins[g]:
            masses[:], fallen[:], totals[:], first = 0.0, 0.0, 0.0, start[g]
        died = observed[start[g] : start[g + 1]]
        dead, alive = np.flatnonzero(died) + start[g], np.flatnonzero(~died) + start[g]
        _arrive(pull, rank, weight, alive, masses, fallen, totals)
        for i in leaving[leave[g] : leave[g + 1]]:
            _add(masses, rank[i], -weight[i])
            totals[0] -= weight[i]
            _meet(pull, i, rank[i], fallen, totals[1], 1.0)
        _die(pull, counts, rank, weight, dead, masses, fallen, totals)
        _arrive(pull, rank, weight, dead, masses, fallen, totals)
        if g + 1 == begins.size or begins[g + 1]:
            for i in range(first, start[g + 1]):
                if stays[i]:
                    _meet(pull, i, rank[i], fallen, totals[1], 1.0)
    return counts, pull
