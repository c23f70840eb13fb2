"""Cox's model where the likelihood grows for ever: Firth's penalty keeps the estimate finite.

The penalised log-likelihood is l*(b) = l(b) + ln det I(b) / 2. Limits come from its profile, for near a boundary it is far from a
parabola: b_j is a limit where twice the fall of l*, all other coefficients at their best, reaches the chi-squared quantile.

Source
------
Firth 1993, doi:10.1093/biomet/80.1.27; Heinze and Schemper 2001, doi:10.1111/j.0006-341X.2001.00114.x.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.regression.partial_likelihood import Likelihood, partial_likelihood, predictor
from yttria.evidence.survival.chi2 import Chi2
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError

STEP = 3e-3
"""Of the five-point difference of ln det I, in units of the scaled covariates: its error is below 1e-9."""
STILL = 1e-10
LONGEST = 5.0
"""No Newton step moves a scaled coefficient further (as coxphf's maxstep)."""
ITERATIONS = 200
MOST = 12_000
"""Evaluations after which a model is given up."""


@dataclass(frozen=True, slots=True)
class Penalised:
    """One penalised coefficient; limits and P by the profile of the penalised likelihood."""

    coef: float
    se: float
    hr: float
    low: float
    high: float
    p: float


@dataclass(slots=True, eq=False)
class _Hill:
    """The penalised likelihood on covariates scaled to their spread; it counts how often it was asked."""

    likelihood: Callable[[Numbers], Likelihood]
    evaluations: int = 0

    def at(self, beta: Numbers) -> Likelihood:
        self.evaluations += 1
        if self.evaluations > MOST:
            raise EvidenceError(
                "the penalised likelihood is too flat for its top and limits to be found; leave a covariate out",
                code="penalised-likelihood-flat",
            )
        return self.likelihood(beta)

    def value(self, beta: Numbers) -> tuple[float, Likelihood]:
        """Return the height of the penalised likelihood, and the likelihood under it."""
        now = self.at(beta)
        if not np.isfinite(now.information).all():
            return -np.inf, now
        sign, log = np.linalg.slogdet(now.information)
        return now.value + 0.5 * float(log) if sign > 0 else -np.inf, now

    def slope(self, beta: Numbers, now: Likelihood, free: NDArray[Any]) -> Numbers:
        """Return the score of the penalised likelihood for the free coefficients, the penalty's part by a five-point difference."""
        slope: Numbers = now.score[free]
        for k, j in enumerate(free):
            move = np.zeros(len(beta))
            move[j] = STEP
            logs = [np.linalg.slogdet(self.at(beta + m * move).information)[1] for m in (-2, -1, 1, 2)]
            slope[k] += 0.5 * float(logs[0] - 8 * logs[1] + 8 * logs[2] - logs[3]) / (12 * STEP)
        return slope

    def top(self, beta: Numbers, free: NDArray[Any]) -> tuple[Numbers, float]:
        """Return the highest point over the free coefficients, the others held."""
        here = beta.copy()
        value, now = self.value(beta)
        for _ in range(ITERATIONS):
            slope = self.slope(here, now, free)
            step = np.linalg.solve(now.information[np.ix_(free, free)], slope)
            step *= min(1.0, LONGEST / max(float(np.abs(step).max(initial=0.0)), 1e-300))
            if float(np.abs(step).max(initial=0.0)) < STILL:
                return here, value
            for _ in range(30):
                ahead = here.copy()
                ahead[free] += step
                then, there = self.value(ahead)
                if then >= value - 1e-12 * abs(value):
                    break
                step /= 2
            else:
                return here, value  # no step, however short, leads higher
            here, value, now = ahead, then, there
        raise EvidenceError(
            "the penalised likelihood has no top that Newton's method finds; leave a covariate out",
            code="penalised-likelihood-maximum",
        )


@np.errstate(all="ignore")  # steps that are too long give no number, and are halved
def penalised(fit: CoxFit, *, level: float = 0.95, limits: bool = True) -> dict[str, Penalised]:
    """Return the penalised estimate of each coefficient of a model that was fitted without penalty.

    Parameters
    ----------
    fit
        The model; covariates that are constant or collinear are left out.
    level
        Coverage of the limits.
    limits
        Profile limits and P for the endless coefficients; NaN for the others (they cost many fits).

    Raises
    ------
    EvidenceError
        Exact ties, for which the penalty is not defined here; no more events than covariates; no top.

    Examples
    --------
    >>> from yttria.evidence.regression.cox import cox
    >>> from yttria.values.cohort import TimeToEvent
    >>> months = TimeToEvent(np.arange(1.0, 7.0), np.array([True, True, True, False, False, False]))
    >>> fit = cox(months, np.array([[1.0], [1], [1], [0], [0], [0]]), ["arm"])
    >>> bool(np.isnan(fit.coef[0])), round(penalised(fit)["arm"].hr, 2)
    (True, 13.0)
    """
    if fit.ties == "exact":
        raise EvidenceError(
            "Firth's penalty is made for Efron's and Breslow's ties; choose one of them", code="penalty-ties"
        )
    used = np.flatnonzero(fit.estimated | fit.endless)
    if fit.outcome.events <= len(used):
        raise EvidenceError(
            f"the penalty needs more events than covariates, but there are {fit.outcome.events} and {len(used)}; leave some out",
            code="penalty-events-too-few",
            values={"events": fit.outcome.events, "covariates": len(used)},
        )
    hill, scale = _hill(fit, used)
    every = np.arange(len(used))
    beta, top = hill.top(np.zeros(len(used)), every)
    error = np.sqrt(np.diag(np.linalg.inv(hill.at(beta).information))) * scale
    results = {}
    for k, j in enumerate(used):
        low, high, p = float("nan"), float("nan"), float("nan")
        if limits and fit.endless[j]:
            low, high = (_limit(hill, beta, top, k, sign, level) * scale[k] for sign in (-1, 1))
            p = _profile_p(hill, beta, top, k)
        coef = float(beta[k] * scale[k])
        results[fit.names[j]] = Penalised(
            coef, float(error[k]), float(np.exp(coef)), float(np.exp(low)), float(np.exp(high)), p
        )
    return results


def _hill(fit: CoxFit, used: NDArray[Any]) -> tuple[_Hill, Numbers]:
    order = fit.rows.order
    x = np.ascontiguousarray(fit.x[order][:, used].T)
    spread = x.std(axis=1)
    scale = 1 / np.where(spread > 0, spread, 1.0)
    x = (x - x.mean(axis=1, keepdims=True)) * scale[:, None]
    offsets = np.zeros(len(order)) if fit.offset is None else fit.offset[order]

    def at(beta: Numbers) -> Likelihood:
        return partial_likelihood(fit.rows, x, predictor(beta, x) + offsets, efron=fit.ties == "efron")

    return _Hill(at), scale


def _profile_p(hill: _Hill, beta: Numbers, top: float, k: int) -> float:
    """Return P of coefficient `k` being zero, by the penalised likelihood ratio."""
    constrained = beta.copy()
    constrained[k] = 0.0
    _, value = hill.top(constrained, np.delete(np.arange(len(beta)), k))
    return Chi2(max(0.0, 2 * (top - value)), 1).p


def _limit(hill: _Hill, beta: Numbers, top: float, k: int, sign: int, level: float) -> float:
    """Return where the profile of coefficient `k` has fallen by half the chi-squared quantile; infinite if it never does."""
    fall = float(chdtri(1, 1 - level)) / 2
    others = np.delete(np.arange(len(beta)), k)
    constrained = beta.copy()

    def short(distance: float) -> float:
        nonlocal constrained
        start = constrained.copy()
        start[k] = beta[k] + sign * distance
        constrained, value = hill.top(start, others)
        return top - value - fall

    near, far = 0.0, 1.0
    under, over = -fall, short(far)
    while over < 0:
        near, under, far = far, over, 2 * far
        if far > 256:
            return sign * float("inf")
        over = short(far)
    return float(beta[k] + sign * _root(short, near, under, far, over))


def _root(short: Callable[[float], float], near: float, under: float, far: float, over: float) -> float:
    """Return where `short` is zero between `near` (below zero) and `far` (above), by regula falsi (Illinois)."""
    here, side = far, 0
    for _ in range(80):
        last, here = here, (near * over - far * under) / (over - under)
        value = short(here)
        if value == 0 or abs(here - last) < 1e-10 * max(1.0, abs(here)):
            break
        if value < 0:
            near, under, over = here, value, over / 2 if side < 0 else over
            side = -1
        else:
            far, over, under = here, value, under / 2 if side > 0 else under
            side = 1
    return here
