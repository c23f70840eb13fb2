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
from numba import njit
from numpy.typing import NDArray

from yttria.evidence.survival.risk_set import RiskOrder
from yttria.values.cohort import Mask, Numbers

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
    factor = np.ones(0) if pull is None else pull
    value, passed, deaths, sums = _hazard_pass(
        risk, rows.observed, rows.weight, rows.start, rows.begins, rows.leaving, rows.leave, factor, efron
    )
    group = np.flatnonzero(deaths)
    return value, passed, _Steps(group, deaths[group], *sums[:, group])


@njit(cache=True, nogil=True, error_model="numpy")
def _efron_sums(s0: float, e0: float, deaths: int, share: float, efron: bool, sums: Numbers) -> float:
    """Return the sum of log risks; write the five sums of `_Steps`."""
    log, product = 0.0, 1.0
    one, left, square, cross, gone = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(deaths):
        f = k / deaths if efron else 0.0
        risk = s0 - f * e0
        v = 1.0 / risk
        product *= risk
        if product > 1e200 or product < 1e-200:
            log += np.log(product)
            product = 1.0
        one += v
        left += f * v
        square += v * v
        cross += f * v * v
        gone += f * f * v * v
    sums[0], sums[1], sums[2] = one * share, left * share, square * share
    sums[3], sums[4] = cross * share, gone * share
    return float((log + np.log(product)) * share)


@njit(cache=True, nogil=True, error_model="numpy")
def _hazard_pass(
    risk: Numbers,
    observed: Mask,
    weight: Numbers,
    start: Whole,
    begins: Mask,
    leaving: Whole,
    leave: Whole,
    pull: Numbers,
    efron: bool,
) -> tuple[float, Numbers, Whole, Matrix]:
    """Walk the groups from the last time to the first, gathering who is at risk, and back, gathering the hazards that rows pass through."""
    groups = begins.size
    deaths, sums = np.zeros(groups, np.int64), np.zeros((5, groups))
    value, s0, present = 0.0, 0.0, 0
    for g in range(groups):
        if begins[g]:
            present = 0
        if present == 0:
            s0 = 0.0
        e0, dead = 0.0, 0.0
        count, here = 0, 0.0
        for i in range(start[g], start[g + 1]):
            here += risk[i]
            count += observed[i]
            dead += weight[i] * observed[i]
            e0 += risk[i] * observed[i]
        s0 += here
        deaths[g] = count
        for k in range(leave[g], leave[g + 1]):
            s0 -= risk[leaving[k]]
        present += start[g + 1] - start[g] - (leave[g + 1] - leave[g])
        if deaths[g] > 0:
            share = dead / deaths[g]
            if pull.size > 0:
                share *= _pull_of(pull, observed, start[g])
            value -= _efron_sums(s0, e0, count, share, efron, sums[:, g])
    return value, _passed(observed, start, begins, leaving, leave, deaths, sums), deaths, sums


@njit(cache=True, nogil=True)
def _passed(
    observed: Mask, start: Whole, begins: Mask, leaving: Whole, leave: Whole, deaths: Whole, sums: Matrix
) -> Numbers:
    """Return the hazard that each row passes through, summed from the first time on: the small hazards that a row of great risk sees come first.

    From the last time on, they would be what is left of a difference: risks e^19 apart then cost eight digits.
    """
    passed, through = np.zeros(start[-1]), 0.0
    for g in range(begins.size - 1, -1, -1):
        if g + 1 == begins.size or begins[g + 1]:
            through = 0.0
        through += sums[0, g]
        for k in range(leave[g], leave[g + 1]):
            passed[leaving[k]] = -through
        for i in range(start[g], start[g + 1]):
            passed[i] += through
        if deaths[g] > 1:
            _spare(passed, observed, start[g], start[g + 1], sums[1, g])
    return passed


@njit(cache=True, nogil=True)
def _pull_of(pull: Numbers, observed: Mask, at: int) -> float:
    """Return the factor of the first death of a group."""
    while not observed[at]:
        at += 1
    return float(pull[at])


@njit(cache=True, nogil=True)
def _spare(passed: Numbers, observed: Mask, low: int, high: int, less: float) -> None:
    """Take from the dead of a group what those that had left before them did not pass through."""
    for i in range(low, high):
        if observed[i]:
            passed[i] -= less


def _first_moments(rows: RiskOrder, x: Matrix, risk: Numbers, steps: _Steps) -> tuple[Matrix, Matrix]:
    """Return sums of risk times covariates over those at risk and over the dead, shape (p, events)."""
    return _moment_pass(x, risk, risk * rows.observed, rows.start, rows.begins, rows.leaving, rows.leave, steps.group)


@njit(cache=True, nogil=True)
def _moment_pass(
    x: Matrix,
    risk: Numbers,
    dead_risk: Numbers,
    start: Whole,
    begins: Mask,
    leaving: Whole,
    leave: Whole,
    group: Whole,
) -> tuple[Matrix, Matrix]:
    p, groups = x.shape[0], begins.size
    s1, e1 = np.zeros((p, group.size)), np.zeros((p, group.size))
    for a in range(p):
        column = x[a]
        total, m = 0.0, 0
        for g in range(groups):
            if begins[g]:
                total = 0.0
            here, dead = 0.0, 0.0
            for i in range(start[g], start[g + 1]):
                here += risk[i] * column[i]
                dead += dead_risk[i] * column[i]
            total += here
            for k in range(leave[g], leave[g + 1]):
                total -= risk[leaving[k]] * column[leaving[k]]
            if m < group.size and group[m] == g:
                s1[a, m], e1[a, m] = total, dead
                m += 1
    return s1, e1


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
    value, score, upper = _exact_pass(x, eta, rows.observed, rows.start, rows.begins, rows.leaving, rows.leave)
    return Likelihood(value, score, np.triu(upper) + np.triu(upper, 1).T)


@njit(cache=True, nogil=True)
def _subset(b0: Numbers, b1: Matrix, b2: NDArray[np.float64], x: Numbers, r: float) -> None:
    """Let one more row into the sums over all d-subsets of those at risk, and into their derivatives."""
    p = x.size
    for d in range(b0.size - 1, 0, -1):
        for a in range(p):
            for b in range(a, p):
                b2[d, a, b] += r * (
                    b2[d - 1, a, b] + x[a] * b1[d - 1, b] + x[b] * b1[d - 1, a] + x[a] * x[b] * b0[d - 1]
                )
        for a in range(p):
            b1[d, a] += r * (b1[d - 1, a] + x[a] * b0[d - 1])
        b0[d] += r * b0[d - 1]


@njit(cache=True, nogil=True)
def _exact_pass(
    x: Matrix, eta: Numbers, observed: Mask, start: Whole, begins: Mask, leaving: Whole, leave: Whole
) -> tuple[float, Numbers, Matrix]:
    """Return value, score and information by the recursion B(d, m) = B(d, m-1) + r_m B(d-1, m-1)."""
    p, n = x.shape
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    here = np.zeros(n, np.bool_)
    first = 0
    for g in range(begins.size):
        if begins[g]:
            first = start[g]
        here[start[g] : start[g + 1]] = True
        here[leaving[leave[g] : leave[g + 1]]] = False
        dead = np.flatnonzero(observed[start[g] : start[g + 1]]) + start[g]
        if dead.size == 0:
            continue
        present = np.flatnonzero(here[first : start[g + 1]]) + first
        top = eta[present].max()
        b0, b1, b2 = np.zeros(dead.size + 1), np.zeros((dead.size + 1, p)), np.zeros((dead.size + 1, p, p))
        b0[0], scale = 1.0, 0.0
        for j in present:
            _subset(b0, b1, b2, x[:, j].copy(), np.exp(eta[j] - top))
            if b0[dead.size] > 1e100:
                b0, b1, b2, scale = b0 * 1e-100, b1 * 1e-100, b2 * 1e-100, scale + np.log(1e100)
        for j in dead:
            value += eta[j] - top
            score += x[:, j]
        value -= np.log(b0[dead.size]) + scale
        mean = b1[dead.size] / b0[dead.size]
        score -= mean
        information += b2[dead.size] / b0[dead.size] - np.outer(mean, mean)
    return value, score, information
