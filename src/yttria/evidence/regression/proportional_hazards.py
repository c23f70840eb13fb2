"""Are hazards proportional? The score test of a coefficient that changes with time (R survival >= 3.0, cox.zph).

For each term the model b(t) = b + c (g(t) - mean g) is tested for c = 0 at the fitted b: with V_k the information of event time k,
the information of (b, c) is [sum V, sum g V; sum g V, sum g^2 V], and the score of c is the sum of g times Schoenfeld residuals.

Source
------
Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515; Therneau, survival 3.0 NEWS (the exact score test).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.regression.partial_likelihood import partial_likelihood
from yttria.evidence.regression.residuals import schoenfeld
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.risk_set import tally
from yttria.values.cohort import Numbers, TimeToEvent

Matrix = NDArray[np.float64]
Transform = Literal["km", "rank", "identity", "log"]
SINGULAR = float(np.finfo(np.float64).eps)
"""Reciprocal condition below which R's solve() gives up."""


def transformed(outcome: TimeToEvent, transform: Transform) -> Numbers:
    """Return g(t) of each row's end of follow-up: 1 - S(t-), its rank, t itself, or ln t."""
    time = outcome.time
    if transform == "identity":
        return time
    if transform == "log":
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(time))
    if transform == "rank":
        ordered = np.sort(time)
        first, last = np.searchsorted(ordered, time, side="left"), np.searchsorted(ordered, time, side="right")
        return np.asarray((first + last + 1) / 2, dtype=np.float64)
    table = tally(TimeToEvent(time, outcome.observed, entry=outcome.entry))
    survival = np.concatenate([[1.0], table.survival])
    return np.asarray(1 - survival[np.searchsorted(table.time, time, side="left")])


def proportionality(
    fit: CoxFit, terms: Mapping[str, Sequence[int]], transform: Transform = "km"
) -> dict[str, Chi2] | None:
    """Return the test of each term and, under "GLOBAL", of all together.

    Parameters
    ----------
    fit
        A fitted model; terms of which nothing was estimated are left out.
    terms
        Columns of each term.
    transform
        g(t).

    Returns
    -------
    dict
        None where the information is singular or nothing was estimated.

    Examples
    --------
    >>> from yttria.evidence.regression.cox import cox
    >>> weeks = TimeToEvent(np.arange(1.0, 9.0), np.ones(8, dtype=bool))
    >>> fit = cox(weeks, np.array([[1.0], [0], [1], [1], [0], [1], [0], [0]]), ["arm"])
    >>> round(proportionality(fit, {"arm": (0,)})["GLOBAL"].chi2, 3)
    0.13
    """
    columns = np.flatnonzero(np.isfinite(fit.coef))
    if not len(columns):
        return None
    g = transformed(fit.outcome, transform)
    died = g[fit.outcome.observed]
    if not np.isfinite(died).all():
        return None
    g = g - died.mean()
    score, information = _augmented(fit, columns, np.where(np.isfinite(g), g, 0.0))
    p = len(columns)
    tests: dict[str, Chi2] = {}
    for term, span in terms.items():
        mine = np.flatnonzero(np.isin(columns, span))
        if len(mine):
            tests[term] = _tested(score, information, mine, p)
    tests["GLOBAL"] = _tested(score, information, np.arange(p), p)
    return None if any(np.isnan(t.chi2) for t in tests.values()) else tests


def _augmented(fit: CoxFit, columns: NDArray[Any], g: Numbers) -> tuple[Numbers, Matrix]:
    """Return the score of the time-dependent coefficients and the information of all 2p."""
    order = fit.rows.order
    x = fit.x[order][:, columns]
    spread = np.abs(x - x.mean(axis=0)).mean(axis=0)
    x = np.ascontiguousarray(((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).T)
    eta, pull, efron = fit.eta[order] - fit.eta.mean(), g[order], fit.ties == "efron"
    plain = partial_likelihood(fit.rows, x, eta, efron=efron)
    once = partial_likelihood(fit.rows, x, eta, efron=efron, pull=pull)
    twice = partial_likelihood(fit.rows, x, eta, efron=efron, pull=pull**2)
    information = np.block([[plain.information, once.information], [once.information, twice.information]])
    return once.score, information


def _tested(score: Numbers, information: Matrix, mine: NDArray[Any], p: int) -> Chi2:
    """Return the score test that the chosen time-dependent coefficients are zero."""
    chosen = np.concatenate([np.arange(p), p + mine])
    u = np.concatenate([np.zeros(p), score[mine]])
    part = information[np.ix_(chosen, chosen)]
    if not np.isfinite(part).all() or np.linalg.cond(part, 1) * SINGULAR > 1:
        return Chi2(float("nan"), len(mine))
    return Chi2(float(u @ np.linalg.solve(part, u)), len(mine))


@dataclass(frozen=True, slots=True, eq=False)
class OverTime:
    """How each coefficient looks at each event: scaled Schoenfeld residuals around the fitted value.

    Parameters
    ----------
    time, g
        Of each event, ascending, and its transform.
    beta
        b + d V r for each event and coefficient, shape (events, p); NaN for what was not estimated.
    """

    time: Numbers
    g: Numbers
    beta: Matrix


def coefficients_over_time(fit: CoxFit, transform: Transform = "km") -> OverTime:
    """Return scaled Schoenfeld residuals: their trend over g(t) is the trend of the coefficient.

    Parameters
    ----------
    fit
        A fitted model.
    transform
        g(t).

    Source
    ------
    Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515. Referee: R survival, cox.zph(terms = FALSE)$y.
    """
    time, residual = schoenfeld(fit.outcome, fit.x, fit.events, fit.stratum)
    dead = np.flatnonzero(fit.outcome.observed)
    g = transformed(fit.outcome, transform)[dead[np.argsort(fit.outcome.time[dead], kind="stable")]]
    scaled = len(time) * residual @ fit.variance
    return OverTime(time, g, np.where(np.isfinite(fit.coef), fit.coef + scaled, np.nan))
