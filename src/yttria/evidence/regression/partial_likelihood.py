"""Cox's partial likelihood: value, score and information from one backward pass over risk sets.

Efron's rule for d deaths at one time, with case weights: the k-th of them (k = 0 … d - 1) counts the mean weight of the dead and
sees a risk set from which the share k / d of the dead has left. Breslow's rule lets none leave.

With e the events that the model expects of each row and x̄ the mean covariates at risk, step by step,

    score = X' (d - e),    information = X' diag(e) X - sum over steps of x̄ x̄'

so that the pass carries sums of risks and of risks times covariates, never of their products: O(n p), and O(n p^2) in BLAS.

Source
------
Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Efron 1977, doi:10.1080/01621459.1977.10480613; exact ties:
Gail, Lubin and Rubinstein 1981, doi:10.1093/biomet/68.3.703. Referee: R survival, coxph.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.survival.risk_set import RiskOrder, RiskTables
from yttria.values.cohort import Numbers

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]

BLOCK = 1024
"""Rows of a product at a time: they stay in cache, and are too few for a linear-algebra library to wake its threads for."""


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Log-likelihood with its first derivative and its information (minus the second)."""

    value: float
    score: Numbers
    information: Matrix


def partial_likelihood(
    rows: RiskOrder, x: Matrix, eta: Numbers, *, efron: bool, pull: Numbers | None = None
) -> Likelihood:
    """Return the partial likelihood at the linear predictor `eta`.

    Parameters
    ----------
    rows
        Rows in risk order.
    x
        Covariates in risk order, one row a covariate: shape (p, n).
    eta
        Linear predictor in risk order, offset included.
    efron
        Efron's rule for ties; otherwise Breslow's.
    pull
        A factor for the contribution of each death (the same for deaths at one time of one stratum): tests of proportionality
        weigh them by a function of time.

    Examples
    --------
    >>> from yttria.evidence.survival.risk_set import risk_order
    >>> from yttria.values.cohort import TimeToEvent
    >>> rows = risk_order(TimeToEvent(np.array([1.0, 2.0]), np.array([True, True])))
    >>> round(partial_likelihood(rows, np.array([[0.0, 1.0]]), np.zeros(2), efron=True).value, 4)
    -0.6931
    """
    with np.errstate(all="ignore"):  # a predictor too large for a float is seen by the value, which is then no number
        risk = np.exp(eta)
        risk *= rows.weight
        dead = rows.observed * rows.weight
        if pull is not None:
            dead *= pull
        if rows.few is not None:
            return _few_rows(rows.few, x, eta, risk, dead, efron=efron)
        value, expected, steps = _hazards(rows, risk, efron=efron, pull=pull)
        s1, e1 = _first_moments(rows, x, risk, steps)
        expected *= risk
        second = s1 * steps.square @ s1.T
        if steps.tied:
            mixed = s1 * steps.cross @ e1.T
            second += e1 * steps.gone @ e1.T - mixed - mixed.T
        value += float(np.einsum("i,i->", dead, eta))
        dead -= expected
        score, gram = _moments(x, dead, expected)
        return Likelihood(value, score, gram - second)


def _few_rows(few: RiskTables, x: Matrix, eta: Numbers, risk: Numbers, dead: Numbers, *, efron: bool) -> Likelihood:
    """Return the partial likelihood of few rows as products of the table of who is at risk at each death.

    Parameters
    ----------
    few
        Who is at risk and who dies.
    x, eta
        Covariates (p, n) and linear predictor, in risk order.
    risk, dead
        exp(eta), and one for each death, both times the case weight; deaths times their pull too.
    """
    table = few.by_efron if efron else few.by_breslow
    share = (few.dead @ dead / few.deaths)[few.step]  # each death of one time counts the mean of them
    at_risk = table @ risk
    one = share / at_risk
    expected = one @ table
    expected *= risk
    moments = (x * risk) @ table.T
    information = (x * expected) @ x.T
    information -= (moments * (one / at_risk)) @ moments.T
    return Likelihood(float(dead @ eta - np.log(at_risk) @ share), x @ (dead - expected), information)


def predictor(beta: Numbers, x: Matrix) -> Numbers:
    """Return b' X for covariates in rows, shape (p, n), block by block."""
    eta = np.empty(x.shape[1])
    for start in range(0, len(eta), BLOCK):
        np.dot(beta, x[:, start : start + BLOCK], out=eta[start : start + BLOCK])
    return eta


def _moments(x: Matrix, first: Numbers, second: Numbers) -> tuple[Numbers, Matrix]:
    """Return X' first and X' diag(second) X, block by block."""
    p, n = x.shape
    score, gram = np.zeros(p), np.zeros((p, p))
    for start in range(0, n, BLOCK):
        rows = slice(start, start + BLOCK)
        part = x[:, rows]
        score += part @ first[rows]
        gram += (part * second[rows]) @ part.T
    return score, gram


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Sums over the steps of Efron's rule at each event time, each times the mean weight of the dead.

    Parameters
    ----------
    group
        Which group of the risk order each event time is.
    deaths
        How many die.
    one, left, square, cross, gone
        Sums of v, f v, v^2, f v^2, f^2 v^2, with v one over the risk at a step and f the share of the dead that has left.
    """

    group: Whole
    deaths: Whole
    one: Numbers
    left: Numbers
    square: Numbers
    cross: Numbers
    gone: Numbers

    @property
    def tied(self) -> bool:
        """Return whether any step sees some of the dead gone."""
        return bool(np.any(self.gone != 0))


def _hazards(
    rows: RiskOrder, risk: Numbers, *, efron: bool, pull: Numbers | None = None
) -> tuple[float, Numbers, _Steps]:
    """Return minus the sum of log risks, the hazard that each row passes through, and the steps."""
    if rows.few is not None:
        return _few_hazards(rows, rows.few, risk, efron=efron, pull=pull)
    from yttria.evidence.regression.risk_set_passes import hazard_pass  # noqa: PLC0415  half a second that few rows do not need

    factor = np.ones(0) if pull is None else pull
    value, passed, deaths, sums = hazard_pass(
        risk, rows.observed, rows.weight, rows.start, rows.begins, rows.leaving, rows.leave, factor, efron
    )
    group = np.flatnonzero(deaths)
    return value, passed, _Steps(group, deaths[group], *sums[:, group])


def _few_hazards(
    rows: RiskOrder, few: RiskTables, risk: Numbers, *, efron: bool, pull: Numbers | None
) -> tuple[float, Numbers, _Steps]:
    """Return as `_hazards` what products of the tables of few rows say."""
    share = few.dead @ rows.weight / few.deaths
    if pull is not None:
        share *= few.dead @ (rows.observed * pull) / few.deaths
    s0 = few.at_risk @ risk
    if not few.tied:
        v = 1 / s0
        one, none = v * share, np.zeros(len(s0))
        return (
            -float(np.log(s0) @ share),
            one @ few.at_risk,
            _Steps(few.group, few.deaths, one, none, v * one, none, none),
        )
    part = few.share if efron else np.zeros(len(few.step))
    own = s0[few.step] - part * (few.dead @ risk)[few.step]
    v = 1 / own
    terms = np.stack([v, part * v, v * v, part * v * v, part * part * v * v]) * share[few.step]
    one, left, square, cross, gone = np.add.reduceat(terms, np.cumsum(few.deaths) - few.deaths, axis=1)
    passed = one @ few.at_risk - left @ few.dead
    return -float(np.log(own) @ share[few.step]), passed, _Steps(few.group, few.deaths, one, left, square, cross, gone)


def _first_moments(rows: RiskOrder, x: Matrix, risk: Numbers, steps: _Steps) -> tuple[Matrix, Matrix]:
    """Return sums of risk times covariates over those at risk and over the dead, shape (p, events)."""
    if rows.few is not None:
        weighted = x * risk
        s1 = weighted @ rows.few.at_risk.T
        return s1, weighted @ rows.few.dead.T if rows.few.tied else np.zeros_like(s1)
    from yttria.evidence.regression.risk_set_passes import moment_pass  # noqa: PLC0415

    return moment_pass(x, risk, risk * rows.observed, rows.start, rows.begins, rows.leaving, rows.leave, steps.group)


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """What a fitted model says at each distinct event time, in ascending time within ascending stratum.

    Hazards are those of a patient whose linear predictor is `shift`, and covariates are counted from `origin`: near the patients, so that a
    year of birth or an activity in Bq neither overflows nor cancels.

    Parameters
    ----------
    stratum, time
        Where and when.
    deaths
        How many rows die.
    hazard
        Increment of the baseline hazard.
    hazard_own
        The increment that one of the dead goes through at its own time (less, by Efron's rule).
    pulled, pulled_own
        Increments times the mean covariates at risk, shape (events, p).
    mean
        Mean covariates at risk, over the steps of Efron's rule, shape (events, p).
    square
        Variance of the increment of the baseline hazard at known coefficients.
    shift, origin
        Linear predictor and covariates, shape (p,), that everything above is relative to.
    """

    stratum: Whole
    time: Numbers
    deaths: Whole
    hazard: Numbers
    hazard_own: Numbers
    pulled: Matrix
    pulled_own: Matrix
    mean: Matrix
    square: Numbers
    shift: float
    origin: Numbers


def event_table(rows: RiskOrder, x: Matrix, eta: Numbers, *, efron: bool) -> EventTable:
    """Return the event table at the linear predictor `eta`; parameters as in `partial_likelihood`."""
    shift, origin = float(eta.max()), x.mean(axis=1)
    risk = np.exp(eta - shift) * rows.weight
    _, _, steps = _hazards(rows, risk, efron=efron)
    s1, e1 = _first_moments(rows, x - origin[:, None], risk, steps)
    with np.errstate(all="ignore"):  # predictors too far apart for a float leave events whose risk set weighs nothing
        return _event_table(rows, steps, s1, e1, shift, origin)


def _event_table(rows: RiskOrder, steps: _Steps, s1: Matrix, e1: Matrix, shift: float, origin: Numbers) -> EventTable:
    at = rows.start[steps.group]
    order = np.lexsort((rows.time[at], rows.stratum[at]))
    dead = np.add.reduceat(np.where(rows.observed, rows.weight, 0.0), rows.start[:-1])[steps.group]
    return EventTable(
        stratum=rows.stratum[at][order],
        time=rows.time[at][order],
        deaths=steps.deaths[order],
        hazard=steps.one[order],
        hazard_own=(steps.one - steps.left)[order],
        pulled=(steps.square * s1 - steps.cross * e1).T[order],
        pulled_own=((steps.square - steps.cross) * s1 - (steps.cross - steps.gone) * e1).T[order],
        mean=((steps.one * s1 - steps.left * e1) / dead).T[order],
        square=steps.square[order],
        shift=shift,
        origin=origin,
    )


def exact_likelihood(rows: RiskOrder, x: Matrix, eta: Numbers) -> Likelihood:
    """Return the exact partial likelihood for tied deaths: the chance that these d of those at risk died, not others.

    Parameters as in `partial_likelihood`; weights do not enter.
    """
    from yttria.evidence.regression.risk_set_passes import exact_pass  # noqa: PLC0415

    value, score, upper = exact_pass(x, eta, rows.observed, rows.start, rows.begins, rows.leaving, rows.leave)
    return Likelihood(value, score, np.triu(upper) + np.triu(upper, 1).T)
