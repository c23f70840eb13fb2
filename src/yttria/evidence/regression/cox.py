"""Cox's proportional-hazards model: fit, errors, tests and what follows from a fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from yttria.evidence.regression.concordance import Concordance, concordance
from yttria.evidence.regression.partial_likelihood import (
    EventTable,
    Likelihood,
    event_table,
    exact_likelihood,
    partial_likelihood,
    predictor,
)
from yttria.evidence.regression.residuals import score_residuals
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.evidence.survival.risk_set import RiskOrder, risk_order
from yttria.values.cohort import Mask, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
Ties = Literal["efron", "breslow", "exact"]

CONVERGED = 1e-14
"""Relative change of the log-likelihood at which the iteration stops: R's referee run, coxph.control(eps = 1e-14)."""
SINGULAR = float(np.finfo(np.float64).eps ** 0.75)
"""A pivot below this share of the largest information makes a coefficient inestimable (R: toler.chol)."""
ENDLESS = 1e-4
"""A last Newton step above this share of the coefficient means that it would grow for ever."""
DRAGGED = 1e-3
"""A coefficient that must move by this much for each unit of an infinite one, for the likelihood to stay, is infinite too."""
ITERATIONS = 100
NO_STEP = 1e-24
"""Square of the last step in standard errors: what is left changes no digit of coefficient or error."""
EXTREME = 1e100
"""Beyond this, and below one over it, squares of covariates leave the range of a double."""
VARIES = 1e-2
"""A covariate whose information per event is below `SINGULAR` times this varies by rounding only: it is constant."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient with the hazard ratio it stands for; NaN where it cannot be estimated."""

    coef: float
    se: float
    robust_se: float
    hr: float
    low: float
    high: float
    z: float
    p: float


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model.

    Parameters
    ----------
    outcome, x, names
        What it was fitted to; names of the p covariates.
    coef
        Log hazard ratios; NaN where the data cannot tell (constant or collinear) and where the estimate is infinite.
    variance
        Inverse information, zero rows for what was not estimated.
    robust
        Sandwich variance; None unless it was asked for.
    loglik_null, loglik
        At zero and at the maximum.
    score
        Score test at zero.
    estimated
        Covariates that count as a degree of freedom: all that the data can tell apart, infinite ones too (R at its default tolerance).
    endless
        Covariates along which the likelihood still grows: the estimate is infinite.
    used
        Coefficients of the linear predictor: zero where not estimated.
    ties, stratum, cluster, rows, offset
        How it was fitted; `rows` is the risk order.
    """

    outcome: TimeToEvent
    x: Matrix
    names: tuple[str, ...]
    coef: Numbers
    variance: Matrix
    robust: Matrix | None
    loglik_null: float
    loglik: float
    score: Chi2
    estimated: Mask
    endless: Mask
    used: Numbers
    ties: Ties
    stratum: NDArray[np.int64] | None
    cluster: NDArray[Any] | None
    rows: RiskOrder
    offset: Numbers | None

    @cached_property
    def eta(self) -> Numbers:
        """Return the linear predictor of each row, offset included."""
        eta = linear(self.x, self.used)
        return eta if self.offset is None else eta + self.offset

    @property
    def df(self) -> int:
        """Return how many coefficients the data tell apart; one whose estimate is infinite is one of them."""
        return int(np.count_nonzero(self.estimated))

    @property
    def likelihood_ratio(self) -> Chi2:
        """Return the likelihood-ratio test of the whole model."""
        return Chi2(2 * (self.loglik - self.loglik_null), self.df)

    @property
    def wald(self) -> Chi2 | None:
        """Return the Wald test of the whole model, with robust errors where they were asked for."""
        return self.wald_of(range(len(self.names)))

    def wald_of(self, columns: Sequence[int]) -> Chi2 | None:
        """Return the Wald test that the named columns have no effect.

        None where none of them was estimated or one is infinite, and where robust errors stand on no more clusters than columns and one.
        """
        indices = [j for j in columns if self.estimated[j]]
        variance = (self.variance if self.robust is None else self.robust)[np.ix_(indices, indices)]
        if not indices or self.endless[indices].any() or not np.isfinite(variance).all():
            return None
        if self.robust is not None and self.clusters <= len(indices) + 1:
            return None
        beta, apart = self.used[indices], estimable_columns(variance)
        return Chi2(float(beta[apart] @ np.linalg.solve(variance[np.ix_(apart, apart)], beta[apart])), len(indices))

    @property
    def clusters(self) -> int:
        """Return how many clusters robust errors stand on: each row its own where none were named."""
        return len(self.outcome) if self.cluster is None else len(np.unique(self.cluster))

    @property
    def aic(self) -> float:
        """Return Akaike's criterion, -2 loglik + 2 df."""
        return -2 * self.loglik + 2 * self.df

    @property
    def bic(self) -> float:
        """Return -2 loglik + df ln(events): the events are what informs a partial likelihood (R: BIC of a coxph)."""
        return -2 * self.loglik + self.df * float(np.log(self.outcome.events))

    def coefficient(self, column: int, *, level: float = 0.95) -> Coefficient:
        """Return one coefficient with its hazard ratio, limits, z and P (robust where asked for)."""
        beta = float(self.coef[column])
        se = float(np.sqrt(self.variance[column, column])) if np.isfinite(beta) else float("nan")
        robust = float("nan") if self.robust is None or np.isnan(beta) else float(np.sqrt(self.robust[column, column]))
        error = se if self.robust is None else robust
        z = beta / error if error > 0 else float("nan")
        wide = normal_quantile(level) * error
        with np.errstate(over="ignore"):
            ratio, low, high = (float(np.exp(beta + far)) for far in (0.0, -wide, wide))
        return Coefficient(beta, se, robust, ratio, low, high, z, 2 * float(ndtr(-abs(z))))

    @cached_property
    def events(self) -> EventTable:
        """Return the increments of the baseline hazard and the mean covariates at each event time (covariates at zero)."""
        order = self.rows.order
        return event_table(
            self.rows,
            np.ascontiguousarray(np.take(self.x, order, axis=0).T),
            self.eta[order],
            efron=self.ties == "efron",
        )

    @cached_property
    def concordance(self) -> Concordance:
        """Return Harrell's C of the linear predictor, by clusters where there are any."""
        return concordance(self.outcome, -self.eta, stratum=self.stratum, cluster=self.cluster)


def cox(
    outcome: TimeToEvent,
    x: Matrix,
    names: Sequence[str] = (),
    *,
    ties: Ties = "efron",
    stratum: NDArray[Any] | None = None,
    cluster: NDArray[Any] | None = None,
    robust: bool = False,
    offset: Numbers | None = None,
) -> CoxFit:
    """Return the Cox model of `outcome` on the covariates `x`, iterated until the likelihood stands still.

    h(t | x) = h0(t) exp(x b); b maximises the partial likelihood by Newton's method with step halving.

    Parameters
    ----------
    outcome
        Times and events; late entry makes it a counting process, case weights multiply contributions.
    x
        Covariates, shape (n, p), finite.
    names
        Of the covariates.
    ties
        Efron's rule, Breslow's, or the exact likelihood (without weights).
    stratum
        Whole numbers: each has its own baseline hazard.
    cluster
        Rows that belong together: the errors are the sandwich over clusters.
    robust
        The sandwich with each row its own cluster.
    offset
        Known part of the linear predictor.

    Raises
    ------
    EvidenceError
        No event; exact ties with weights; covariates that are not finite; one cluster.

    Examples
    --------
    >>> weeks = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False]))
    >>> fit = cox(weeks, np.array([[1.0], [0.0], [1.0], [0.0]]), ["treated"])
    >>> round(fit.coefficient(0).hr, 3)
    2.562

    Source
    ------
    Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x. Referee: R survival, coxph.
    """
    x = _checked(outcome, x, ties)
    if cluster is not None and len(np.unique(cluster)) < 2:
        raise EvidenceError(
            "robust errors need at least two clusters, and some twenty to be trusted, but all rows are of one; leave cluster out",
            code="clusters-too-few",
        )
    rows = risk_order(outcome, stratum)
    scaled, scale = _standardised(x, rows)
    if scale.max() > EXTREME:
        raise EvidenceError(
            f"covariates must vary by more than {1 / EXTREME:g}, but one varies by {1 / scale.max():.3g}; write it in a smaller unit",
            code="covariate-scale-small",
            values={"ratio": float(1 / scale.max())},
        )
    offsets = np.zeros(len(outcome)) if offset is None else np.asarray(offset, dtype=np.float64)[rows.order]

    def at(beta: Numbers) -> Likelihood:
        eta = predictor(beta, scaled)
        if offset is not None:
            eta += offsets
        if ties == "exact":
            return exact_likelihood(rows, scaled, eta)
        return partial_likelihood(
            rows, scaled, eta, efron=ties == "efron"
        )  # a step too long is seen by its value and halved

    start = at(np.zeros(x.shape[1]))
    beta, end = _climb(at, start)
    able = estimable_columns(start.information, floor=SINGULAR * VARIES * outcome.events)
    estimable = able & estimable_columns(end.information)
    variance = _inverse(end.information, estimable)
    step = np.abs(variance @ end.score)
    endless = able & (~estimable | (step > ENDLESS * np.maximum(np.abs(beta), 1.0)))
    endless |= _dragged(end.information, able & ~estimable, estimable)
    variance *= np.outer(scale, scale)
    used = np.where(able, beta, 0.0) * scale
    coef = np.where(able & ~endless, used, np.nan)
    score = Chi2(float(start.score @ _inverse(start.information, able) @ start.score), int(able.sum()))
    labels = tuple(names) if names else tuple(f"x{j + 1}" for j in range(x.shape[1]))
    fit = CoxFit(
        outcome, x, labels, coef, variance, None, start.value, end.value, score, able, endless, used, ties,
        stratum, cluster, rows, None if offset is None else np.asarray(offset, dtype=np.float64),
    )  # fmt: skip
    return _with_sandwich(fit) if robust or cluster is not None else fit


def linear(x: Matrix, beta: Numbers) -> Numbers:
    """Return x b, column by column: rows with equal covariates then have predictors equal to the last bit."""
    eta = np.zeros(len(x))
    for j in range(x.shape[1]):
        eta += x[:, j] * beta[j]
    return eta


def estimable_columns(information: Matrix, *, floor: float = 0.0) -> Mask:
    """Return which coefficients the information can tell apart, in order: a pivot too small is given up (R: cholesky2)."""
    p = len(information)
    least = max(SINGULAR * float(information.diagonal().max(initial=0.0)), floor) or SINGULAR
    try:
        pivots = np.linalg.cholesky(information).diagonal() ** 2 if p > 1 else information[0]
    except np.linalg.LinAlgError:
        pivots = np.zeros(p)
    if np.all(pivots >= least):
        return np.ones(p, dtype=np.bool_)
    a, estimable = information.copy(), np.zeros(p, dtype=np.bool_)
    for j in range(p):
        pivot = a[j, j]
        if not np.isfinite(pivot) or pivot < least:
            continue
        estimable[j] = True
        below = a[j + 1 :, j]
        a[j + 1 :, j + 1 :] -= np.outer(below, below) / pivot
    return estimable


def _checked(outcome: TimeToEvent, x: Matrix, ties: Ties) -> Matrix:
    x = np.ascontiguousarray(x, dtype=np.float64)
    if x.ndim != 2 or len(x) != len(outcome):
        raise EvidenceError(
            f"covariates must have shape ({len(outcome)}, p) as the outcome has rows, but have {x.shape}",
            code="covariate-shape",
            values={"patients": len(outcome)},
        )
    if not x.shape[1]:
        raise EvidenceError(
            "a Cox model needs a covariate that varies, but every factor has one level; leave the model out",
            code="covariate-constant",
        )
    if not np.isfinite(x).all():
        raise EvidenceError(
            "covariates must be numbers, but some are missing or infinite; leave those rows out first",
            code="covariate-not-finite",
        )
    if np.abs(x).max() > EXTREME:
        raise EvidenceError(
            f"covariates must lie within {EXTREME:g}, but one is {np.abs(x).max():.3g}; write it in a larger unit",
            code="covariate-scale-large",
            values={"largest": float(np.abs(x).max())},
        )
    if outcome.events == 0:
        raise EvidenceError(
            "a Cox model needs at least one event, but all rows are censored; nothing can be estimated",
            code="events-absent",
        )
    if ties == "exact" and outcome.weight is not None:
        raise EvidenceError(
            "exact ties take no case weights; choose ties = 'efron' or leave the weights out", code="exact-ties-weights"
        )
    return x


def _standardised(x: Matrix, rows: RiskOrder) -> tuple[Matrix, Numbers]:
    """Return the covariates in risk order, one row a covariate, and the scale that conditions the information well.

    Numbers are centred and divided by their mean distance from the mean; indicators stay as they are (R: nocenter).
    """
    columns = np.ascontiguousarray(np.take(x, rows.order, axis=0).T)
    scale, total = np.ones(len(columns)), rows.weight.sum()
    for j in range(len(columns)):
        if _is_indicator(columns[j]):
            continue
        columns[j] -= np.einsum("i,i->", columns[j], rows.weight) / total
        spread = np.einsum("i,i->", np.abs(columns[j]), rows.weight) / total
        if spread > 0:
            scale[j] = 1 / spread
            columns[j] *= scale[j]
    return columns, scale


def _is_indicator(column: Numbers) -> bool:
    """Return whether a column holds nothing but -1, 0 and 1."""
    if float(column[0]) not in {-1.0, 0.0, 1.0}:
        return False
    return all(bool(np.all((part == 0) | (np.abs(part) == 1))) for part in (column[:64], column))


def _inverse(information: Matrix, estimable: Mask) -> Matrix:
    """Return the inverse over the kept coefficients, zero elsewhere."""
    if estimable.all():
        return _inverted(information)
    where = np.ix_(estimable, estimable)
    inverse = np.zeros_like(information)
    inverse[where] = _inverted(information[where])
    return inverse


def _inverted(information: Matrix) -> Matrix:
    """Return the inverse, or the pseudo-inverse where nothing but rounding is left of the information."""
    try:
        return np.asarray(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information))


def _climb(at: Callable[[Numbers], Likelihood], start: Likelihood) -> tuple[Numbers, Likelihood]:
    """Return where the likelihood stops rising, by Newton's method with step halving (the path of R's coxph).

    It stops where the value stands still, or where the next step is so far below a standard error that nothing would change.
    """
    here, now = np.zeros(len(start.score)), start
    step = _newton(now)
    ahead, halvings = here + step, 0
    for _ in range(ITERATIONS):
        if halvings == 0 and float(step @ now.score) < NO_STEP:
            return ahead, now
        then = at(ahead)
        change = then.value - now.value
        still = abs(change) <= CONVERGED * abs(then.value)
        if still:
            return ahead, then
        if not (np.isfinite(then.value) and change > 0):
            halvings += 1
            ahead = (ahead + halvings * here) / (halvings + 1)
            continue
        halvings, here, now = 0, ahead, then
        step = _newton(now)
        ahead = here + step
    return here, now


def _dragged(information: Matrix, lost: Mask, estimable: Mask) -> Mask:
    """Return which kept coefficients move with a lost one along the direction in which the likelihood no longer changes."""
    dragged = np.zeros(len(estimable), dtype=np.bool_)
    if lost.any() and estimable.any():
        along = _inverse(information, estimable)[estimable][:, estimable] @ information[np.ix_(estimable, lost)]
        dragged[estimable] = (np.abs(along) > DRAGGED).any(axis=1)
    return dragged


def _newton(now: Likelihood) -> Numbers:
    """Return the step to where a parabola through the likelihood has its top."""
    return np.asarray(_inverse(now.information, estimable_columns(now.information)) @ now.score)


def _with_sandwich(fit: CoxFit) -> CoxFit:
    """Return the fit with robust errors: V D' D V over clusters, D the score residuals times case weights."""
    residual = score_residuals(fit.outcome, fit.x, fit.eta, fit.events, fit.stratum)
    if fit.outcome.weight is not None:
        residual = residual * fit.outcome.weight[:, None]
    with np.errstate(invalid="ignore"):  # where a coefficient is infinite its residuals may be no numbers
        pull = residual @ fit.variance
    if fit.cluster is not None:
        codes = np.unique(fit.cluster, return_inverse=True)[1]
        pull = np.stack([np.bincount(codes, weights=pull[:, j]) for j in range(pull.shape[1])], axis=1)
    return CoxFit(**{**{k: getattr(fit, k) for k in fit.__dataclass_fields__}, "robust": pull.T @ pull})
