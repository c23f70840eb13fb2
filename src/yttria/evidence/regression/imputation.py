"""Covariates missing at random: multiple imputation by chained equations, and Rubin's rules for what the completed tables say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from yttria.evidence.regression.logistic import logistic, multinomial_chances
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
ROUNDS = 10
"""Passes over the incomplete covariates before a table is taken (mice: 5)."""
DONORS = 5
"""Rows whose prediction is nearest, of which one gives its value (mice: 5)."""
RIDGE = 1e-5
"""Share of the diagonal that is added to it, so that a collinear predictor does no harm (mice: 1e-5)."""
LEAST_SHARE = 1e-4
"""Share of the variance that lies between tables, at least, where degrees of freedom are reckoned (mice, barnard.rubin)."""
LOGISTIC_RIDGE = 0.1
"""Penalty on standardised coefficients of a factor's model: separation does not end it."""


@dataclass(frozen=True, slots=True, eq=False)
class Incomplete:
    """A covariate with missing values.

    Parameters
    ----------
    values
        Numbers, or codes of levels from 0; NaN where missing, shape (n,).
    levels
        How many levels a factor has; 0 for a number.
    """

    values: Numbers
    levels: int = 0


def imputed_tables(
    covariates: Mapping[str, Incomplete], also: Matrix, *, imputations: int, seed: int
) -> tuple[dict[str, Numbers], ...]:
    """Return completed tables, each covariate as numbers or codes without a missing value.

    Numbers are imputed by predictive mean matching, factors of two levels by logistic regression and of more by multinomial logistic
    regression, each given all other covariates and `also`; parameters are drawn anew for numbers and two levels.

    Parameters
    ----------
    covariates
        All covariates of the models; those that are complete predict alone.
    also
        Predictors that are known, shape (n, k): the event and the Nelson-Aalen cumulative hazard.
    imputations
        How many tables.
    seed
        Of the random numbers: the same seed gives the same tables.

    Raises
    ------
    EvidenceError
        No table asked for; a covariate that is never known, or with one level known.

    Source
    ------
    van Buuren and Groothuis-Oudshoorn 2011, doi:10.18637/jss.v045.i03; White and Royston 2009, doi:10.1002/sim.3618 (the outcome among
    the predictors); Little 1988 (predictive mean matching).
    """
    if imputations < 2:
        raise EvidenceError(
            f"multiple imputation needs two tables or more, but {imputations} were asked; 20 is usual",
            code="imputation-count",
        )
    for name, one in covariates.items():
        values = one.values[~np.isnan(one.values)]
        if len(values) < 2 or (one.levels and len(np.unique(values)) < 2):
            raise EvidenceError(
                f"{name} is hardly ever known, so that it cannot be imputed; leave it out of the models",
                code="imputation-column-unknown",
            )
    return tuple(_one_table(covariates, also, np.random.default_rng([seed, number])) for number in range(imputations))


def _one_table(covariates: Mapping[str, Incomplete], also: Matrix, random: "np.random.Generator") -> dict[str, Numbers]:
    """Return one completed table."""
    missing = {name: np.isnan(one.values) for name, one in covariates.items()}
    table = {name: one.values.copy() for name, one in covariates.items()}
    order = sorted((n for n in table if missing[n].any()), key=lambda n: int(missing[n].sum()))
    for name in order:
        gap = missing[name]
        table[name][gap] = random.choice(table[name][~gap], int(gap.sum()))
    for _ in range(ROUNDS if len(order) > 1 else 1):
        for name in order:
            x = _predictors(table, covariates, name, also)
            table[name][missing[name]] = _imputed(covariates[name], table[name], missing[name], x, random)
    return table


def _predictors(
    table: Mapping[str, Numbers], covariates: Mapping[str, Incomplete], left_out: str, also: Matrix
) -> Matrix:
    """Return all other covariates as numbers and indicators, and what is known besides."""
    parts = [also]
    for name, one in covariates.items():
        if name == left_out:
            continue
        values = table[name]
        parts.append(np.eye(one.levels)[values.astype(int)][:, 1:] if one.levels else values[:, None])
    x = np.concatenate(parts, axis=1)
    spread = x.std(axis=0)
    varying = spread > 0
    predictors: Matrix = (x[:, varying] - x[:, varying].mean(axis=0)) / spread[varying]
    return predictors


def _imputed(
    one: Incomplete, values: Numbers, gap: NDArray[np.bool_], x: Matrix, random: "np.random.Generator"
) -> Numbers:
    """Return values for the gaps of one covariate, given its others."""
    donors, y = x[~gap], values[~gap]
    if not one.levels:
        return _matched(donors, y, x[gap], random)
    if one.levels == 2:
        fit = logistic(donors, y == 1, ridge=LOGISTIC_RIDGE)
        coef = random.multivariate_normal(fit.coef, fit.variance)
        chance = 1 / (1 + np.exp(-np.clip(coef[0] + x[gap] @ coef[1:], -700, 700)))
        return np.where(random.random(len(chance)) < chance, 1.0, 0.0)
    chances = multinomial_chances(donors, y.astype(np.int64), one.levels, x[gap], ridge=LOGISTIC_RIDGE)
    present = np.isin(np.arange(one.levels), y)
    chances = np.where(present, chances, 0.0)
    level = (random.random((len(chances), 1)) > np.cumsum(chances / chances.sum(axis=1, keepdims=True), axis=1)).sum(
        axis=1
    )
    return np.asarray(np.minimum(level, one.levels - 1), dtype=np.float64)


def _matched(x: Matrix, y: Numbers, at: Matrix, random: "np.random.Generator") -> Numbers:
    """Return values of donors whose prediction is nearest to a prediction with drawn coefficients."""
    z, ahead = (np.concatenate([np.ones((len(part), 1)), part], axis=1) for part in (x, at))
    square = z.T @ z
    inverse = np.linalg.inv(square + RIDGE * np.diag(np.diag(square)))
    coef = inverse @ z.T @ y
    rest = y - z @ coef
    free = max(len(y) - z.shape[1], 1)
    sigma = math.sqrt(float(rest @ rest) / random.chisquare(free))
    root = np.linalg.cholesky((inverse + inverse.T) / 2)
    coefficients = coef + sigma * root @ random.normal(size=len(coef))
    donors = nearest_donors(z @ coef, ahead @ coefficients)
    pick = random.integers(donors.shape[1], size=len(at))
    return y[donors[np.arange(len(at)), pick]]


def nearest_donors(donors: Numbers, recipients: Numbers, count: int = DONORS) -> NDArray[np.int64]:
    """Return the rows whose prediction is nearest to each wanted one, by one sort: memory grows with the rows, not with their square.

    Examples
    --------
    >>> nearest_donors(np.array([5.0, 1.0, 3.0]), np.array([3.2]), 2).tolist()
    [[2, 0]]
    """
    order = np.argsort(donors, kind="stable")
    ordered, count = donors[order], min(count, len(donors))
    first = np.searchsorted(ordered, recipients)[:, None] + np.arange(-count, count)[None, :]
    inside = (first >= 0) & (first < len(donors))
    place = np.clip(first, 0, len(donors) - 1)
    away = np.where(inside, np.abs(ordered[place] - recipients[:, None]), np.inf)
    best = np.argsort(away, axis=1, kind="stable")[:, :count]
    return np.asarray(order[np.take_along_axis(place, best, axis=1)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Pooled:
    """One coefficient over all completed tables.

    Parameters
    ----------
    coef, se
        Mean, and the square root of within + (1 + 1/m) between.
    hr, low, high, p
        exp(coef) with limits, and the two-sided P, by Student's t.
    df
        Barnard and Rubin's degrees of freedom.
    fmi
        Fraction of information that is missing.
    within, between
        Mean variance, and variance of the means.
    """

    coef: float
    se: float
    hr: float
    low: float
    high: float
    df: float
    p: float
    fmi: float
    within: float
    between: float


def pooled(coef: Sequence[float], variance: Sequence[float], *, complete_df: float, level: float = 0.95) -> Pooled:
    """Return one coefficient by Rubin's rules.

    Parameters
    ----------
    coef, variance
        Of each completed table.
    complete_df
        Degrees of freedom were nothing missing: events less coefficients.

    Source
    ------
    Rubin 1987, Multiple Imputation for Nonresponse in Surveys; Barnard and Rubin 1999, doi:10.1093/biomet/86.4.948. Referee: R mice, pool.

    Examples
    --------
    >>> round(pooled([0.5, 0.7], [0.04, 0.06], complete_df=50).se, 4)
    0.2828
    """
    estimates, m = np.asarray(coef, dtype=np.float64), len(coef)
    mean, within = float(estimates.mean()), float(np.mean(variance))
    between = float(estimates.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    share = max(extra / total, LEAST_SHARE)
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    df = 1 / (share**2 / (m - 1) + 1 / observed)
    riv = extra / within
    fmi = (riv + 2 / (df + 3)) / (riv + 1)
    se = math.sqrt(total)
    wide = float(stdtrit(df, (1 + level) / 2)) * se
    p = 2 * float(stdtr(df, -abs(mean) / se))
    return Pooled(mean, se, math.exp(mean), math.exp(mean - wide), math.exp(mean + wide), df, p, fmi, within, between)
