"""Inverse-probability weights: the chance to be treated given covariates, the weights that balance the arms, and how well they do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.regression.logistic import logistic
from yttria.values.cohort import Mask, Numbers
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
Estimand = Literal["ATE", "ATT", "ATO"]


@dataclass(frozen=True, slots=True)
class Balance:
    """Standardised mean difference of a covariate, treated less control, before and after weighting; NaN where it never varies."""

    before: float
    after: float


@dataclass(frozen=True, slots=True, eq=False)
class PropensityWeights:
    """Weights of each row.

    Parameters
    ----------
    chance
        To be treated, given the covariates.
    weight
        Above zero.
    treated
        Which rows are.
    balance
        Of each covariate, every level of a factor as its own.
    """

    chance: Numbers
    weight: Numbers
    treated: Mask
    balance: Mapping[str, Balance]

    def effective_size(self, rows: Mask) -> float:
        """Return the effective sample size of some rows: (sum w)^2 / sum w^2 (Kish 1965)."""
        w = self.weight[rows]
        return float(w.sum() ** 2 / (w * w).sum())


def propensity_weights(
    x: Matrix, treated: Mask, values: Mapping[str, Numbers], *, estimand: Estimand = "ATE", stabilised: bool = True
) -> PropensityWeights:
    """Return the weights that make the arms alike in their covariates.

    ATE: 1/e and 1/(1 - e), times the arm's share of the rows where stabilised; ATT: 1 and e/(1 - e); ATO: 1 - e and e (treated, control).

    Parameters
    ----------
    x
        Covariates of the logistic model, shape (n, p): factors as indicators against their first level.
    treated
        Shape (n,).
    values
        Columns whose balance is told: numbers, and every level of a factor.
    estimand
        Effect in all, in the treated, in the overlap.
    stabilised
        For ATE alone.

    Raises
    ------
    EvidenceError
        One arm alone; covariates that separate the arms.

    Source
    ------
    Rosenbaum and Rubin 1983, doi:10.1093/biomet/70.1.41; Li, Morgan and Zaslavsky 2018, doi:10.1080/01621459.2016.1260466;
    Austin 2009, doi:10.1002/sim.3697 (standardised differences).
    """
    if treated.all() or not treated.any():
        raise EvidenceError("weights need two arms, but all rows lie in one; check [arms]", code="weights-one-arm")
    e = logistic(x, treated).chance(x)
    if estimand == "ATE":
        weight = np.where(treated, 1 / e, 1 / (1 - e))
        if stabilised:
            share = treated.mean()
            weight = weight * np.where(treated, share, 1 - share)
    elif estimand == "ATT":
        weight = np.where(treated, 1.0, e / (1 - e))
    else:
        weight = np.where(treated, 1 - e, e)
    balance = {name: balance_of(column, treated, weight) for name, column in values.items()}
    return PropensityWeights(e, weight, treated, balance)


def balance_of(column: Numbers, treated: Mask, weight: Numbers) -> Balance:
    """Return the difference of means over sqrt((s1^2 + s0^2) / 2) of the unweighted rows, before and after weighting.

    s^2 with n - 1; p (1 - p) for columns of 0 and 1.
    """
    ones, zeros = column[treated], column[~treated]
    spread = float(np.sqrt((_variance(ones, column) + _variance(zeros, column)) / 2))
    if not spread > 0:
        return Balance(float("nan"), float("nan"))
    before = float(ones.mean() - zeros.mean())
    after = float(np.average(ones, weights=weight[treated]) - np.average(zeros, weights=weight[~treated]))
    return Balance(before / spread, after / spread)


def _variance(part: Numbers, column: Numbers) -> float:
    """Return the variance of one arm: p (1 - p) where the whole column is 0 or 1."""
    if np.isin(column, (0.0, 1.0)).all():
        return float(part.mean() * (1 - part.mean()))
    return float(part.var(ddof=1)) if len(part) > 1 else 0.0
