"""What each row does to a curve: infinitesimal-jackknife variances of S and of cumulative incidences, in one pass.

With A(t) = sum d_j / (n_j (n_j - d_j)), a row at risk since e moves log S(t) by A(t) - A(e), and its own event at T by
-1 / (n_T - d_T) more; after T it moves it no further. Cumulative incidence of cause k moves by

    at risk     B_k(t) - B_k(e) - A(e) (F_k(t) - F_k(e)),   B_k(t) = sum S(t_j-) h_kj (A(t_j-) - 1 / n_j)
    after T     what it was at T, + S(T-) / n_T for its own event, + c (F_k(t) - F_k(T)), c its final shift of log S

Each is linear in (A, 1) and in (B_k, F_k, 1), so the sum over clusters of squares needs only running sums: O(n), not O(n^2).

Source
------
Referee: R survival, survfit with robust errors and survfit of a multi-state outcome. Theory: Aalen, Borgan and Gjessing 2008.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.evidence.survival.risk_set import Tally
from yttria.values.cohort import Mask, Numbers, TimeToEvent

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


def survival_variance(outcome: TimeToEvent, table: Tally, cluster: NDArray[Any] | None = None) -> Numbers:
    """Return the robust variance of log S at each time of `table`; NaN from where S = 0.

    Parameters
    ----------
    outcome
        Times, events and weights.
    table
        Its risk table.
    cluster
        Rows that belong together; None for each on its own.
    """
    none = np.zeros((len(table.time), 0))
    return _shift(outcome, table, np.zeros(len(outcome), dtype=np.int64), none, cluster)[0]


def incidence_variance(
    outcome: TimeToEvent, table: Tally, cause: Whole, by_cause: Matrix, cluster: NDArray[Any] | None = None
) -> Matrix:
    """Return the variance of each cumulative incidence at each time of `table`, shape (times, causes).

    Parameters
    ----------
    outcome
        Times and events of any cause.
    table
        Its risk table.
    cause
        0 for censored, 1 … K for the cause, one a row.
    by_cause
        Events (their weight) by time and cause, shape (times, K).
    cluster
        Rows that belong together; None for each on its own.
    """
    return _shift(outcome, table, cause, by_cause, cluster)[1]


def _shift(
    outcome: TimeToEvent, table: Tally, cause: Whole, by_cause: Matrix, cluster: NDArray[Any] | None
) -> tuple[Numbers, Matrix]:
    n = len(outcome)
    codes = np.arange(n) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    order = np.argsort(outcome.time, kind="stable")
    entry = np.full(n, -1.0) if outcome.entry is None else outcome.entry
    weight = np.ones(n) if outcome.weight is None else outcome.weight
    return _variance(
        order,
        np.argsort(entry, kind="stable"),
        outcome.time,
        entry,
        outcome.observed,
        np.asarray(cause, dtype=np.int64),
        weight,
        codes.astype(np.int64),
        table.time,
        table.at_risk,
        table.events,
        by_cause,
    )


@njit(cache=True, nogil=True)
def _move(held: Matrix, squares: Matrix, cluster: int, by: Numbers) -> None:
    """Move what a cluster holds (risk, shift of log S, fixed part of each F_k), keeping the sums of its products."""
    width = by.size
    for i in range(width):
        for j in range(width):
            old = held[cluster, i] * held[cluster, j]
            squares[i, j] += (held[cluster, i] + by[i]) * (held[cluster, j] + by[j]) - old
    held[cluster] += by


@njit(cache=True, nogil=True)
def _sum(squares: Matrix, weight: Numbers) -> float:
    """Return the sum over clusters of (weight . held)^2; what rounding leaves of terms that cancel is zero."""
    total, size = 0.0, 0.0
    for i in range(weight.size):
        for j in range(weight.size):
            term = weight[i] * squares[i, j] * weight[j]
            total += term
            size += abs(term)
    return total if total > 1e-14 * size else 0.0


@njit(cache=True, nogil=True)
def _variance(
    leaving: Whole,
    coming: Whole,
    time: Numbers,
    entry: Numbers,
    observed: Mask,
    cause: Whole,
    weight: Numbers,
    cluster: Whole,
    at: Numbers,
    n: Numbers,
    d: Numbers,
    by_cause: Matrix,
) -> tuple[Numbers, Matrix]:
    """Return the variances of log S and of each F_k at the times `at`, from running sums over clusters."""
    times, causes = by_cause.shape
    held, squares = np.zeros((cluster.max() + 1, 2 + causes)), np.zeros((2 + causes, 2 + causes))
    log_s, incidence = np.full(times, np.nan), np.zeros((times, causes))
    b, f, by = np.zeros(causes), np.zeros(causes), np.zeros(2 + causes)
    a, survival, out, inn = 0.0, 1.0, 0, 0
    for j in range(times):
        while inn < coming.size and entry[coming[inn]] < at[j]:
            w = weight[coming[inn]]
            by[0], by[1], by[2:] = w, -w * a, -w * (b - a * f)
            _move(held, squares, cluster[coming[inn]], by)
            inn += 1
        hazard = by_cause[j] / n[j]
        b += survival * hazard * (a - 1.0 / n[j])
        f += survival * hazard
        left = n[j] - d[j]
        last = d[j] > 0 and left <= 1e-14 * n[j]
        if not last:
            a += d[j] / (n[j] * left)
        while out < leaving.size and time[leaving[out]] == at[j]:
            i = leaving[out]
            c = a - (1.0 / left if observed[i] and not last else 0.0)
            by[0], by[1], by[2:] = -weight[i], weight[i] * c, weight[i] * (b - c * f)
            if cause[i] > 0:
                by[1 + cause[i]] += weight[i] * survival / n[j]
            _move(held, squares, cluster[i], by)
            out += 1
        if (
            d[j] == 0 and j > 0
        ):  # nothing happened: not a bit may move, for quantiles look for the first time of a flat part
            log_s[j], incidence[j] = log_s[j - 1], incidence[j - 1]
            continue
        look = np.zeros(2 + causes)
        look[0], look[1] = a, 1.0
        if not last:
            log_s[j] = _sum(squares, look)
        for k in range(causes):
            look[:] = 0.0
            look[0], look[1], look[2 + k] = b[k], f[k], 1.0
            incidence[j, k] = _sum(squares, look)
        survival *= left / n[j]
        if last:
            incidence[j:] = incidence[j]
            break
    return log_s, incidence
