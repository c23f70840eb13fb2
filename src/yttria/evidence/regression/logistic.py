"""Logistic regression: the chance of a yes or of one of several levels as a function of covariates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
ITERATIONS = 50
CONVERGED = 1e-12
"""Relative change of the deviance at which the iteration stops (R: glm stops at 1e-8, and is then one step behind)."""
SEPARATED = 25.0
"""A linear predictor beyond this (a chance of 1e-11) says that the covariates separate the responses."""


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """A fitted model of p covariates after a constant.

    Parameters
    ----------
    coef
        Constant first, shape (p + 1,).
    variance
        Inverse of the expected information.
    """

    coef: Numbers
    variance: Matrix

    def chance(self, x: Matrix) -> Numbers:
        """Return the chance of yes of each row."""
        chance: Numbers = expit(_with_constant(x) @ self.coef)
        return chance


def logistic(x: Matrix, yes: NDArray[np.bool_], *, ridge: float = 0.0) -> LogisticFit:
    """Return the logistic model by maximum likelihood (iteratively reweighted least squares).

    Parameters
    ----------
    x
        Covariates, shape (n, p), without the constant.
    yes
        Shape (n,).
    ridge
        A penalty on the squares of standardised coefficients; 0 for none.

    Raises
    ------
    EvidenceError
        One response alone; covariates that separate the responses, or of which one follows from others.

    Source
    ------
    McCullagh and Nelder 1989. Referee: R glm.
    """
    if yes.all() or not yes.any():
        raise EvidenceError(
            "a logistic model needs both responses, but all rows have the same one; leave the model out",
            code="responses-all-equal",
        )
    x, back = _standardised(x)
    y = yes.astype(np.float64)
    beta = np.zeros(x.shape[1])
    penalty = np.diag([0.0] + [ridge] * (x.shape[1] - 1))
    before = np.inf
    for _ in range(ITERATIONS):
        p = expit(x @ beta)
        information = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = _solved(information, x.T @ (y - p) - penalty @ beta)
        beta = beta + step
        eta = x @ beta
        deviance = 2 * float(np.logaddexp(0, np.where(yes, -eta, eta)).sum())
        if abs(before - deviance) <= CONVERGED * (deviance + 0.1):
            break
        before = deviance
    if not ridge and np.abs(x @ beta).max() > SEPARATED:
        raise EvidenceError(
            "the covariates separate the two responses, so that no odds ratio is finite; leave out the covariate that one arm alone has",
            code="responses-separated",
        )
    p = expit(x @ beta)
    variance = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x + penalty)
    return LogisticFit(back @ beta, back @ variance @ back.T)


def multinomial_chances(x: Matrix, level: NDArray[np.int64], levels: int, at: Matrix, *, ridge: float) -> Matrix:
    """Return the chance of each level at the rows of `at`, by a multinomial logistic model with a ridge penalty.

    Parameters
    ----------
    x, level
        Covariates and levels from 0, shapes (n, p) and (n,).
    levels
        How many there are.
    at
        Shape (k, p).
    ridge
        Penalty on the squares of standardised coefficients, above 0: every level then has finite coefficients.

    Returns
    -------
    Matrix
        Shape (k, levels).
    """
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    z, target = _with_constant((x - mean) / spread), np.eye(levels)[level]
    p = z.shape[1]
    beta = np.zeros((p, levels))
    penalty = np.full(p, ridge)
    penalty[0] = 1e-8  # constants of all levels may shift together
    for _ in range(ITERATIONS):
        chance = softmax(z @ beta, axis=1)
        gradient = z.T @ (target - chance) - penalty[:, None] * beta
        weight = np.einsum("na,ab->nab", chance, np.eye(levels)) - np.einsum("na,nb->nab", chance, chance)
        information = np.einsum("ni,nj,nab->iajb", z, z, weight).reshape(p * levels, p * levels)
        information += np.diag(np.repeat(penalty, levels))
        step = np.linalg.solve(information, gradient.ravel()).reshape(p, levels)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    chances: Matrix = softmax(_with_constant((at - mean) / spread) @ beta, axis=1)
    return chances


def _with_constant(x: Matrix) -> Matrix:
    return np.concatenate([np.ones((len(x), 1)), x], axis=1)


def _standardised(x: Matrix) -> tuple[Matrix, Matrix]:
    """Return a constant and covariates of mean 0 and spread 1, and the matrix that takes coefficients back."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    back = np.diag(np.concatenate([[1.0], 1 / spread]))
    back[0, 1:] = -mean / spread
    return _with_constant((x - mean) / spread), back


def _solved(information: Matrix, score: Numbers) -> Numbers:
    """Return the Newton step.

    Raises
    ------
    EvidenceError
        Covariates of which one follows from the others.
    """
    if np.linalg.matrix_rank(information, hermitian=True) < len(information):
        raise EvidenceError(
            "one covariate follows from the others (or is constant), so that its odds ratio is not defined; leave it out",
            code="covariates-dependent",
        )
    return np.asarray(np.linalg.solve(information, score))
