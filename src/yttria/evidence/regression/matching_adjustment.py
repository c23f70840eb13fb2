"""Matching-adjusted comparison: our patients weighted until their means are those that another study printed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
ITERATIONS = 200
MET = 1e-12
"""Distance of a standardised mean from its target at which the search stops."""


@dataclass(frozen=True, slots=True)
class Match:
    """A covariate beside its target; `sd_…` are NaN where no standard deviation was printed."""

    target: float
    before: float
    after: float
    sd_target: float
    sd_before: float
    sd_after: float


@dataclass(frozen=True, slots=True, eq=False)
class MatchingAdjustment:
    """Weights of our patients, mean 1, and what they do."""

    weight: Numbers
    balance: Mapping[str, Match]

    @property
    def effective_size(self) -> float:
        """Return (sum w)^2 / sum w^2."""
        return float(self.weight.sum() ** 2 / (self.weight**2).sum())


def matching_adjustment(
    columns: Mapping[str, Numbers], means: Mapping[str, float], sd: Mapping[str, float]
) -> MatchingAdjustment:
    """Return the weights exp(x a) with which the means of the covariates are those of another study.

    Where a standard deviation is given, the mean of squares is matched too, to mean^2 + sd^2. a minimises sum exp((x - target) a), which
    is convex (method of moments).

    Parameters
    ----------
    columns
        Our covariates, one value a patient.
    means, sd
        What the other study printed, by covariate.

    Raises
    ------
    EvidenceError
        No mean; a standard deviation without its mean or not above zero; a mean outside the range, or means together outside the hull, of
        our patients.

    Source
    ------
    Signorovitch et al. 2010, doi:10.2165/11538370-000000000-00000; Phillippo et al. 2016, NICE DSU Technical Support Document 18.
    """
    if not means:
        raise EvidenceError(
            "a matched comparison needs the mean of one covariate at least; give means", code="matched-means-absent"
        )
    for name, value in sd.items():
        if name not in means:
            raise EvidenceError(
                f"the standard deviation of {name} needs its mean, but means has none; give it",
                code="matched-deviation-without-mean",
            )
        if not value > 0:
            raise EvidenceError(
                f"the standard deviation of {name} must be above zero, but is {value:g}; correct it",
                code="matched-deviation-range",
                values={"value": value},
            )
    for name, target in means.items():
        low, high = float(columns[name].min()), float(columns[name].max())
        if not low < target < high:
            raise EvidenceError(
                f"the mean of {name} is to be {target:g}, but our patients lie from {low:g} to {high:g}: no weights reach it; leave it out",
                code="outside-hull",
                values={"covariate": name, "target": target, "low": low, "high": high},
            )
    away = _away(columns, means, sd)
    weight = _weights(away, [*means, *sd])
    balance = {name: _match(columns[name], weight, means[name], sd.get(name)) for name in means}
    return MatchingAdjustment(weight, balance)


def _away(columns: Mapping[str, Numbers], means: Mapping[str, float], sd: Mapping[str, float]) -> Matrix:
    """Return what must have the weighted mean 0, each over its spread: covariates and, where asked for, squares."""
    parts = [columns[name] - target for name, target in means.items()]
    parts += [columns[name] ** 2 - (means[name] ** 2 + value**2) for name, value in sd.items()]
    matrix = np.stack(parts, axis=1)
    spread = matrix.std(axis=0)
    return matrix / np.where(spread > 0, spread, 1.0)


def _weights(away: Matrix, names: list[str]) -> Numbers:
    """Return weights of mean 1 by Newton's method with step halving."""
    _require_inside(away, names)
    a = np.zeros(away.shape[1])
    value = _log_sum(away, a)
    for _ in range(ITERATIONS):
        share = np.exp(away @ a - value)
        gradient = share @ away
        if np.abs(gradient).max() < MET:
            return _of_mean_one(away, a, value)
        curve = (away * share[:, None]).T @ away - np.outer(gradient, gradient)
        step = np.linalg.lstsq(curve, gradient, rcond=None)[0]
        size = 1.0
        while _log_sum(away, a - size * step) > value and size > 1e-12:
            size /= 2
        a = a - size * step
        value = _log_sum(away, a)
    raise EvidenceError(
        f"the means of {', '.join(dict.fromkeys(names))} lie at the edge of what our patients can reach: a few would carry all the weight; leave some out",
        code="outside-hull",
    )


def _of_mean_one(away: Matrix, a: Numbers, log_sum: float) -> Numbers:
    weight: Numbers = np.exp(away @ a - log_sum) * len(away)
    return weight


def _log_sum(away: Matrix, a: Numbers) -> float:
    return float(np.logaddexp.reduce(away @ a))


def _require_inside(away: Matrix, names: list[str]) -> None:
    """Refuse means outside the hull of our patients: no weights of zero or more have them.

    Raises
    ------
    EvidenceError
        Naming the covariate without which the others could be met, where there is one.
    """
    if _reachable(away):
        return
    for name in dict.fromkeys(names):
        rest = away[:, [owner != name for owner in names]]
        if rest.shape[1] and _reachable(rest):
            raise EvidenceError(
                f"the means (and standard deviations) lie outside what our patients can reach together; without {name} they can be met; leave it out",
                code="outside-hull",
                values={"covariate": name},
            )
    raise EvidenceError(
        f"the means of {', '.join(dict.fromkeys(names))} lie outside what our patients can reach together; leave some out",
        code="outside-hull",
    )


def _reachable(away: Matrix) -> bool:
    """Tell whether weights of zero or more, not all zero, give every column the mean 0."""
    equal = np.concatenate([away.T, np.ones((1, len(away)))])
    target = np.concatenate([np.zeros(away.shape[1]), [1.0]])
    from scipy.optimize import linprog  # noqa: PLC0415  a tenth of a second

    return bool(linprog(np.zeros(len(away)), A_eq=equal, b_eq=target, bounds=(0, None), method="highs").status == 0)


def _match(column: Numbers, weight: Numbers, target: float, sd: float | None) -> Match:
    """Return a covariate before and after weighting; deviations as sqrt(mean of squares - mean^2)."""
    nan = float("nan")
    mean = float(np.average(column, weights=weight))
    if sd is None:
        return Match(target, float(column.mean()), mean, nan, nan, nan)
    after = float(np.sqrt(max(np.average(column**2, weights=weight) - mean**2, 0.0)))
    return Match(target, float(column.mean()), mean, sd, float(column.std()), after)
