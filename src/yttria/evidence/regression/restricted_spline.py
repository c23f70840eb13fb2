"""Restricted cubic splines in a Cox model: a ratio that may bend with a number, straight beyond the outer knots."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import Numbers, TimeToEvent
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
FEW = 100
"""Values below which the outer knots are the fifth from each end, not quantiles."""
FIFTH = 4
POINTS = 201
"""Points of the curve, the smallest and the largest value among them."""


def harrell_knots(values: Numbers, knots: int) -> tuple[float, ...]:
    """Return the knots where rms's `rcs` places them.

    Quantiles from 0.10 to 0.90 (3 knots), 0.05 to 0.95 (4 to 6), 0.025 to 0.975 (7), evenly spaced; below 100 values the outer two are
    the fifth value from each end.

    Parameters
    ----------
    values
        All known ones.
    knots
        3 to 7.

    Raises
    ------
    EvidenceError
        Another number of knots; too few or too equal values.

    Source
    ------
    Harrell 2015, Regression Modeling Strategies, section 2.4.6; Hmisc, rcspline.eval.

    Examples
    --------
    >>> harrell_knots(np.arange(1.0, 201), 3)
    (20.9, 100.5, 180.1)
    """
    if not 3 <= knots <= 7:
        raise EvidenceError(
            f"a restricted cubic spline has 3 to 7 knots, but {knots} were asked; 4 is usual", code="knot-count"
        )
    outer = 0.10 if knots == 3 else 0.05 if knots <= 6 else 0.025
    ordered = np.sort(values)
    if len(ordered) < 2 * FIFTH + 1:
        raise EvidenceError(
            f"knots need at least {2 * FIFTH + 1} values, but there are {len(ordered)}; state them with at = [...]",
            code="knot-values-too-few",
            values={"knots": len(ordered)},
        )
    result = np.quantile(ordered, np.linspace(outer, 1 - outer, knots))
    if len(ordered) < FEW:
        result[0], result[-1] = ordered[FIFTH], ordered[-FIFTH - 1]
    if (np.diff(result) <= 0).any():
        raise EvidenceError(
            "the values have too many ties for so many knots; take fewer, or state them with at = [...]",
            code="knot-ties",
        )
    return tuple(float(round(knot, 12)) for knot in result)


def spline_basis(x: Numbers, knots: Sequence[float]) -> Matrix:
    """Return the k - 1 columns of a restricted cubic spline: x itself, then the cubic terms over the square of the knots' range.

    Raises
    ------
    EvidenceError
        Fewer than three knots, or knots that do not ascend.

    Source
    ------
    Stone and Koo 1985; Hmisc, rcspline.eval with norm = 2.
    """
    t = np.asarray(knots, dtype=np.float64)
    if len(t) < 3 or (np.diff(t) <= 0).any() or not np.isfinite(t).all():
        raise EvidenceError(
            f"a spline needs three ascending knots or more, but has {list(knots)}; correct them", code="knots-order"
        )
    cube = np.maximum(x[:, None] - t, 0.0) ** 3
    last = t[-1] - t[-2]
    bent = cube[:, :-2] - cube[:, -2:-1] * (t[-1] - t[:-2]) / last + cube[:, -1:] * (t[-2] - t[:-2]) / last
    return np.column_stack([x, bent / (t[-1] - t[0]) ** 2])


@dataclass(frozen=True, eq=False)
class SplineFit:
    """A Cox model in which one number enters as a spline.

    Parameters
    ----------
    fit
        Columns of the spline first, then the adjustment.
    knots, reference
        Where the spline bends, and where the ratio is 1.
    values
        Of the number, in the rows of the model.
    """

    fit: CoxFit
    knots: tuple[float, ...]
    reference: float
    values: Numbers

    @property
    def overall(self) -> Chi2 | None:
        """Return the Wald test that the number has no effect."""
        return self.fit.wald_of(range(len(self.knots) - 1))

    @property
    def nonlinear(self) -> Chi2 | None:
        """Return the Wald test that its effect is a straight line."""
        return self.fit.wald_of(range(1, len(self.knots) - 1))

    def curve(self, *, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return x from the smallest to the largest value, and the ratio against the reference with its limits there."""
        x = np.linspace(self.values.min(), self.values.max(), POINTS)
        count = len(self.knots) - 1
        away = spline_basis(x, self.knots) - spline_basis(np.array([self.reference]), self.knots)
        log_ratio = away @ self.fit.coef[:count]
        variance = (self.fit.variance if self.fit.robust is None else self.fit.robust)[:count, :count]
        wide = normal_quantile(level) * np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", away, variance, away), 0.0))
        with np.errstate(over="ignore"):
            return x, np.exp(log_ratio), np.exp(log_ratio - wide), np.exp(log_ratio + wide)


def spline_model(
    outcome: TimeToEvent,
    values: Numbers,
    knots: Sequence[float],
    *,
    reference: float | None = None,
    adjust: Matrix | None = None,
    cluster: NDArray[np.int64] | None = None,
) -> SplineFit:
    """Return the Cox model of a number as a restricted cubic spline, adjusted for other covariates.

    Parameters
    ----------
    outcome, values
        Rows in which all is known.
    knots
        As `harrell_knots` places them, or stated.
    reference
        Where the ratio is 1; the median of the values unless stated.
    adjust
        Other covariates, shape (n, q).
    cluster
        Rows that belong together, for robust errors.

    Raises
    ------
    EvidenceError
        What `cox` and `spline_basis` refuse; fewer events than coefficients.

    Source
    ------
    Referee: R rms, cph with rcs.
    """
    basis = spline_basis(values, knots)
    x = basis if adjust is None else np.concatenate([basis, adjust], axis=1)
    if outcome.events <= x.shape[1]:
        raise EvidenceError(
            f"a spline of {len(knots)} knots has {x.shape[1]} coefficients here, but there are {outcome.events} events; take fewer knots",
            code="spline-events-too-few",
            values={"knots": len(knots)},
        )
    fit = cox(outcome, x, cluster=cluster)
    return SplineFit(fit, tuple(knots), float(np.median(values)) if reference is None else reference, values)
