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

from yttria.evidence.riskset import Tally
from yttria.values.cohort import Numbers, TimeToEvent

Matrix = NDArray[np.float64]


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
    cause = outcome.observed.astype(np.int64) * 0
    return _shift(outcome, table, cause, none, cluster)[0]


def incidence_variance(
    outcome: TimeToEvent, table: Tally, cause: NDArray[np.int64], by_cause: Matrix, cluster: NDArray[Any] | None = None
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
    outcome: TimeToEvent, table: Tally, cause: NDArray[np.int64], by_cause: Matrix, cluster: NDArray[Any] | None
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
def _variance(
    leaving: NDArray[np.int64],
    coming: NDArray[np.int64],
    time: Numbers,
    entry: Numbers,
    observed: NDArray[np.bool_],
    cause: NDArray[np.int64],
    weight: Numbers,
    cluster: NDArray[np.int64],
    at: Numbers,
    n: Numbers,
    d: Numbers,
    by_cause: Matrix,
) -> tuple[Numbers, Matrix]:
    """Return the variances of log S and of each F_k at the times `at`, from running sums over clusters."""
    times, causes = by_cause.shape
    clusters = cluster.max() + 1
    risk, shift = np.zeros(clusters), np.zeros(clusters)
    fixed = np.zeros((clusters, causes))
    rr, rs, ss = 0.0, 0.0, 0.0
    rf, sf, ff = np.zeros(causes), np.zeros(causes), np.zeros(causes)
    log_s, incidence = np.full(times, np.nan), np.zeros((times, causes))
    a, survival = 0.0, 1.0
    b, f = np.zeros(causes), np.zeros(causes)
    out, inn = 0, 0
    for j in range(times):
        while inn < coming.size and entry[coming[inn]] < at[j]:
            i = coming[inn]
            c, w = cluster[i], weight[i]
            rr -= risk[c] * risk[c]
            rs -= risk[c] * shift[c]
            ss -= shift[c] * shift[c]
            for k in range(causes):
                rf[k] -= risk[c] * fixed[c, k]
                sf[k] -= shift[c] * fixed[c, k]
                ff[k] -= fixed[c, k] * fixed[c, k]
                fixed[c, k] -= w * (b[k] - a * f[k])
            risk[c] += w
            shift[c] -= w * a
            rr += risk[c] * risk[c]
            rs += risk[c] * shift[c]
            ss += shift[c] * shift[c]
            for k in range(causes):
                rf[k] += risk[c] * fixed[c, k]
                sf[k] += shift[c] * fixed[c, k]
                ff[k] += fixed[c, k] * fixed[c, k]
            inn += 1
        for k in range(causes):
            h = by_cause[j, k] / n[j]
            b[k] += survival * h * (a - 1.0 / n[j])
            f[k] += survival * h
        left = n[j] - d[j]
        last = d[j] > 0 and left <= 1e-14 * n[j]
        if not last:
            a += d[j] / (n[j] * left)
        while out < leaving.size and time[leaving[out]] == at[j]:
            i = leaving[out]
            c, w = cluster[i], weight[i]
            own = 1.0 / left if observed[i] and not last else 0.0
            rr -= risk[c] * risk[c]
            rs -= risk[c] * shift[c]
            ss -= shift[c] * shift[c]
            for k in range(causes):
                rf[k] -= risk[c] * fixed[c, k]
                sf[k] -= shift[c] * fixed[c, k]
                ff[k] -= fixed[c, k] * fixed[c, k]
                fixed[c, k] += w * (b[k] - (a - own) * f[k])
                if cause[i] == k + 1:
                    fixed[c, k] += w * survival / n[j]
            risk[c] -= w
            shift[c] += w * (a - own)
            rr += risk[c] * risk[c]
            rs += risk[c] * shift[c]
            ss += shift[c] * shift[c]
            for k in range(causes):
                rf[k] += risk[c] * fixed[c, k]
                sf[k] += shift[c] * fixed[c, k]
                ff[k] += fixed[c, k] * fixed[c, k]
            out += 1
        if not last:
            log_s[j] = max(0.0, a * a * rr + 2 * a * rs + ss)
        for k in range(causes):
            incidence[j, k] = max(
                0.0,
                b[k] * b[k] * rr
                + f[k] * f[k] * ss
                + ff[k]
                + 2 * b[k] * f[k] * rs
                + 2 * b[k] * rf[k]
                + 2 * f[k] * sf[k],
            )
        survival *= left / n[j]
        if last:
            incidence[j:] = incidence[j]
            break
    return log_s, incidence
