"""What a fitted Cox model predicts: the baseline hazard and the survival of a patient with given covariates."""

from dataclasses import dataclass

import numpy as np

from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """A predicted curve: S(t | x) = exp(-H(t | x)) with the standard error of H and limits on the log scale."""

    time: Numbers
    hazard: Numbers
    std_err: Numbers
    survival: Numbers
    low: Numbers
    high: Numbers


def predicted(fit: CoxFit, x: Numbers, *, stratum: int = 0, level: float = 0.95) -> Predicted:
    """Return the survival that a model predicts for the covariates `x`.

    H(t | x) = r sum h_k with r = exp(x b); var H = r^2 (sum of h's own variance + q' V q), q = sum (x - x̄_k) h_k.

    Parameters
    ----------
    fit
        The model.
    x
        Covariates in its order, shape (p,).
    stratum
        Whose baseline hazard.
    level
        Coverage of the limits.

    Raises
    ------
    EvidenceError
        A model with an infinite coefficient, covariates of another length, a stratum without events.

    Examples
    --------
    >>> from yttria.evidence.regression.cox import cox
    >>> from yttria.values.cohort import TimeToEvent
    >>> weeks = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, True, False]))
    >>> fit = cox(weeks, np.array([[1.0], [0.0], [1.0], [0.0]]), ["treated"])
    >>> predicted(fit, np.array([0.0])).survival.round(3)
    array([0.869, 0.698, 0.527])

    Source
    ------
    Tsiatis 1981, doi:10.1214/aos/1176345335; Link 1984, doi:10.2307/2530922. Referee: R survival, survfit of a coxph.
    """
    x = np.asarray(x, dtype=np.float64)
    if x.shape != (len(fit.names),):
        raise EvidenceError(
            f"a prediction needs the covariates {', '.join(fit.names)}, but {x.size} were given",
            code="prediction-covariates",
        )
    if fit.endless.any():
        raise EvidenceError(
            "a model with an infinite coefficient predicts nothing; leave that covariate out or penalise it",
            code="prediction-infinite",
        )
    table = fit.events
    mine = table.stratum == stratum
    if not mine.any():
        raise EvidenceError(
            f"stratum {stratum} has no event, so that nothing is predicted in it; choose another",
            code="prediction-stratum-without-events",
        )
    with np.errstate(over="ignore"):
        ratio = float(np.exp(x @ fit.used - table.shift))
    hazard = np.cumsum(table.hazard[mine])
    q = (x - table.origin)[None, :] * hazard[:, None] - np.cumsum(table.pulled[mine], axis=0)
    variance = np.cumsum(table.square[mine]) + np.einsum(
        "ij,jk,ik->i", q, fit.variance if fit.robust is None else fit.robust, q
    )
    error = ratio * np.sqrt(variance)
    total = ratio * hazard
    wide = normal_quantile(level) * error
    with np.errstate(over="ignore", invalid="ignore"):  # covariates far from every patient's
        high = np.minimum(np.exp(-total + wide), 1.0)
        return Predicted(table.time[mine], total, error, np.exp(-total), np.exp(-total - wide), high)
