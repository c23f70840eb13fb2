"""Residuals of a Cox model, by Efron's rule at ties: martingale, deviance, Schoenfeld, score and dfbeta.

At an event time each of the dead goes through less of the baseline hazard than the survivors do, because by Efron's rule part of
the dead have left before it. A residual that forgets this is a Breslow residual (statistics.md: 1e-2 off in robust errors).

Source
------
Therneau, Grambsch and Fleming 1990, doi:10.1093/biomet/77.1.147. Referee: R survival, residuals.coxph.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.regression.partial_likelihood import EventTable
from yttria.values.cohort import Numbers, TimeToEvent

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


def _places(outcome: TimeToEvent, table: EventTable, stratum: NDArray[Any] | None) -> tuple[Whole, Whole, Whole]:
    """Return for each row the first event after its entry, the first after its end, and its own event (-1: none)."""
    n = len(outcome)
    strata = np.zeros(n, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    entered, ended = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for one in np.unique(strata):
        mine = strata == one
        low, high = np.searchsorted(table.stratum, [one, one + 1])
        times = table.time[low:high]
        ended[mine] = low + np.searchsorted(times, outcome.time[mine], side="right")
        entered[mine] = low
        if outcome.entry is not None:
            entered[mine] = low + np.searchsorted(times, outcome.entry[mine], side="right")
    return entered, ended, np.where(outcome.observed, ended - 1, -1)


def _cumulated(increments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return running sums with a zero in front."""
    with np.errstate(invalid="ignore"):  # hazards of predictors too far apart for a float
        return np.concatenate([np.zeros_like(increments[:1]), np.cumsum(increments, axis=0)])


def expected_events(
    outcome: TimeToEvent, eta: Numbers, table: EventTable, stratum: NDArray[Any] | None = None
) -> Numbers:
    """Return how many events the model expects of each row over its own follow-up.

    Parameters
    ----------
    outcome, eta, stratum
        Rows, their linear predictor and their strata.
    table
        Event table of the fit.
    """
    entered, ended, own = _places(outcome, table, stratum)
    through = _cumulated(table.hazard)
    passed = through[ended] - through[entered]
    dead = own >= 0
    passed[dead] -= (table.hazard - table.hazard_own)[own[dead]]
    return np.asarray(np.exp(eta - table.shift) * passed)


def martingale(outcome: TimeToEvent, eta: Numbers, table: EventTable, stratum: NDArray[Any] | None = None) -> Numbers:
    """Return observed minus expected events of each row; parameters as in `expected_events`."""
    return np.asarray(outcome.observed - expected_events(outcome, eta, table, stratum))


def deviance(residual: Numbers, observed: NDArray[np.bool_]) -> Numbers:
    """Return martingale residuals made symmetric: sign(M) sqrt(-2 (M + d ln(d - M)))."""
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # an event that an infinite coefficient predicts has no finite residual
        log = np.where(observed, np.log(np.where(observed, 1.0 - residual, 1.0)), 0.0)
        return np.asarray(np.sign(residual) * np.sqrt(np.maximum(-2 * (residual + log), 0.0)))


def score_residuals(
    outcome: TimeToEvent, x: Matrix, eta: Numbers, table: EventTable, stratum: NDArray[Any] | None = None
) -> Matrix:
    """Return each row's contribution to the score, shape (n, p); without case weights.

    Parameters
    ----------
    outcome, x, eta, stratum
        Rows, covariates, linear predictor and strata.
    table
        Event table of the fit, on the same covariates.
    """
    entered, ended, own = _places(outcome, table, stratum)
    through, pulled = _cumulated(table.hazard), _cumulated(table.pulled)
    with np.errstate(invalid="ignore"):
        passed, pull = through[ended] - through[entered], pulled[ended] - pulled[entered]
        dead = own >= 0
        mine = own[dead]
        passed[dead] -= (table.hazard - table.hazard_own)[mine]
        pull[dead] -= (table.pulled - table.pulled_own)[mine]
    x = x - table.origin
    with np.errstate(all="ignore"):  # where predictors lie too far apart for a float there is no residual
        residual = -np.exp(eta - table.shift)[:, None] * (x * passed[:, None] - pull)
        residual[dead] += x[dead] - table.mean[mine]
    return np.asarray(residual)


def dfbeta(residual: Matrix, variance: Matrix, weight: Numbers | None = None) -> Matrix:
    """Return how far each coefficient moves when a row is left out, to first order: score residuals times weight and V."""
    weighted = residual if weight is None else residual * weight[:, None]
    with np.errstate(invalid="ignore"):  # where a coefficient is infinite its residuals may be no numbers
        return np.asarray(weighted @ variance)


def schoenfeld(
    outcome: TimeToEvent, x: Matrix, table: EventTable, stratum: NDArray[Any] | None = None
) -> tuple[Numbers, Matrix]:
    """Return for each event, in time order, its time and its covariates minus their mean at risk, shape (events, p)."""
    _, _, own = _places(outcome, table, stratum)
    dead = np.flatnonzero(own >= 0)
    dead = dead[np.argsort(outcome.time[dead], kind="stable")]
    return outcome.time[dead], x[dead] - table.origin - table.mean[own[dead]]
