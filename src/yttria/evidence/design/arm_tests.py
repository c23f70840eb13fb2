"""The log-rank test and hazard ratio of two arms, of many simulated trials at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.design.simulation import Table
from yttria.values.cohort import Mask, Numbers
from yttria.values.errors import EvidenceError

STEPS = 25
"""Newton steps for a hazard ratio; five or six are taken."""
SETTLED = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class ArmTests:
    """The test and the ratio of each of many trials.

    Parameters
    ----------
    z
        Signed log-rank statistic, negative where the treated live longer; NaN where nothing can be tested.
    log_ratio, std_err
        Cox estimate and its standard error; infinite, or NaN, where one arm has no event.
    events
        Events in each trial.
    """

    z: Numbers
    log_ratio: Numbers
    std_err: Numbers
    events: NDArray[np.int64]


def two_arm_tests(time: Table, event: NDArray[np.bool_], treated: Mask) -> ArmTests:
    """Return a log-rank test and a Cox hazard ratio of treated against control for each of many trials.

    Log-rank: z = sum over events of (x - p) / sqrt(sum of p (1 - p)), p the treated share at risk. Cox: the same sum is zero with
    p = w n1 / (w n1 + n0), w the ratio; Newton's method on all trials together.

    Parameters
    ----------
    time
        Follow-up, shape (trials, patients).
    event
        Whether it ends with the event; the same shape.
    treated
        Shape (patients,).

    Raises
    ------
    EvidenceError
        Shapes that do not fit.

    Notes
    -----
    Times of events are taken as distinct, as drawn ones are; a table with ties belongs to `survival.logrank` and `hazard.cox`.

    Examples
    --------
    >>> tests = two_arm_tests(np.array([[3.0, 4, 1, 2]]), np.ones((1, 4), dtype=bool), np.array([True, True, False, False]))
    >>> round(float(tests.z[0]), 3)
    -1.698
    """
    if time.ndim != 2 or time.shape != event.shape or treated.shape != (time.shape[1],):
        raise EvidenceError(
            f"times and events must be one table and arms one row of it, but have {time.shape}, {event.shape}, {treated.shape}",
            code="simulated-table-shape",
        )
    order = np.argsort(time, axis=1)
    died = np.take_along_axis(event, order, axis=1)
    x = treated[order]
    at_risk = np.arange(time.shape[1], 0, -1, dtype=np.float64)
    ones = np.cumsum(x[:, ::-1], axis=1, dtype=np.float64)[:, ::-1]
    share = ones / at_risk
    observed = np.count_nonzero(died & x, axis=1).astype(np.float64)
    spread = np.einsum("ij,ij->i", share * (1 - share), died)
    expected = np.einsum("ij,ij->i", share, died)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (observed - expected) / np.sqrt(spread)
    log_ratio, std_err = _ratios(ones, at_risk - ones, died, observed)
    return ArmTests(z, log_ratio, std_err, np.count_nonzero(died, axis=1))


def _ratios(ones: Table, zeros: Table, died: NDArray[np.bool_], observed: Numbers) -> tuple[Numbers, Numbers]:
    """Return the log ratio and its error of each trial, by Newton's method; infinite where one arm has no informative event."""
    weight = (died & (ones > 0) & (zeros > 0)).astype(np.float64)
    certain = np.count_nonzero(died & (zeros == 0), axis=1)
    target, most = observed - certain, weight.sum(axis=1)
    beta = np.zeros(len(ones))
    finite = (target > 0) & (target < most)
    beta[~finite] = np.where(target <= 0, -np.inf, np.inf)[~finite]
    beta[most == 0] = np.nan
    information = np.full(len(ones), np.nan)
    rows = np.flatnonzero(finite)
    a, b, w, t = ones[rows], zeros[rows], weight[rows], target[rows]
    here = np.zeros(len(rows))
    spread = np.ones(len(rows))
    for _ in range(STEPS):
        lifted = a * np.exp(here)[:, None]
        share = lifted / (lifted + b)
        expected = np.einsum("ij,ij->i", share, w)
        spread = expected - np.einsum("ij,ij,ij->i", share, share, w)
        step = np.clip((t - expected) / spread, -2.0, 2.0)
        here += step
        if np.max(np.abs(step), initial=0.0) < SETTLED:
            break
    beta[rows], information[rows] = here, spread
    with np.errstate(divide="ignore", invalid="ignore"):
        return beta, 1 / np.sqrt(information)
