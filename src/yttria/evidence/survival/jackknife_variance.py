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
from numpy.typing import NDArray

from yttria.evidence.survival.risk_set import Tally
from yttria.values.cohort import Numbers, TimeToEvent

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
    from yttria.evidence.survival.jackknife_sums import jackknife_sums  # noqa: PLC0415  half a second that plain errors do not need

    n = len(outcome)
    codes = np.arange(n) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    order = np.argsort(outcome.time, kind="stable")
    entry = np.full(n, -1.0) if outcome.entry is None else outcome.entry
    weight = np.ones(n) if outcome.weight is None else outcome.weight
    return jackknife_sums(
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
