"""MaxCombo: the largest of four weighted log-rank statistics, by their joint normal law.

Weights are Fleming and Harrington's S(t-)^rho (1 - S(t-))^gamma with (0, 0), (0, 1), (1, 0) and (1, 1). Because S + (1 - S) = 1, the
first statistic is the sum of the second and the third: the four have a law of three dimensions.
"""

import math
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, roots_legendre

from yttria.values.cohort import Numbers

WEIGHTS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
"""Powers (rho, gamma) of the four tests."""
NODES = 24
"""Gauss-Legendre nodes a stretch: the integrand is analytic within it, and 24 nodes reach 1e-9."""
ANGLES = 20_000
"""Directions of the plane where the law has two dimensions alone."""
RANK = 1e-9
"""Share of the largest eigenvalue of the correlations below which a direction has no spread."""
_SUMS = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""The four statistics from those with weights (0, 1), (1, 0) and (1, 1)."""

Table = NDArray[np.float64]


def maxcombo_p(statistic: Table, covariance: Table) -> Numbers:
    """Return the two-sided P of the largest |z| of four weighted log-rank tests.

    Parameters
    ----------
    statistic
        Observed less expected events with the weights (0, 1), (1, 0), (1, 1), shape (tests, 3).
    covariance
        Of these, shape (tests, 3, 3).

    Returns
    -------
    Numbers
        Shape (tests,); NaN where no statistic has a variance.

    Source
    ------
    Karrison 2016, Stata Journal 16:678; Lin et al. 2020, Statistics in Biopharmaceutical Research 12:187.

    Examples
    --------
    >>> float(maxcombo_p(np.array([[1.96, 1.96, 1.96]]), np.eye(3)[None])[0]).__round__(4)
    0.0199
    """
    largest = np.full(len(statistic), np.nan)
    z = np.abs(z_scores(statistic, covariance))
    rows = np.isfinite(z).any(axis=1)
    largest[rows] = np.nanmax(z[rows], axis=1)
    result = np.full(len(statistic), np.nan)
    eigen = np.linalg.eigvalsh(_correlation(covariance))
    whole = rows & (eigen[:, 0] > RANK)
    if whole.any():
        result[whole] = 1 - _inside(largest[whole], covariance[whole])
    for row in np.flatnonzero(rows & ~whole):
        result[row] = 1 - _inside_plane(float(largest[row]), covariance[row])
    np.clip(result, 0.0, 1.0, out=result)
    return result


def z_scores(statistic: Table, covariance: Table) -> Table:
    """Return the four standardised statistics in the order of WEIGHTS, shape (tests, 4); NaN where one has no variance."""
    variance = np.einsum("ij,tjk,ik->ti", _SUMS, covariance, _SUMS)
    largest = variance.max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores: Table = np.where(variance > RANK * largest, (statistic @ _SUMS.T) / np.sqrt(variance), np.nan)
    return scores


def _correlation(covariance: Table) -> Table:
    """Return correlations; a statistic without variance has none with the others."""
    spread = np.sqrt(np.einsum("tii->ti", covariance))
    safe = np.where(spread > 0, spread, 1.0)
    return covariance / safe[:, :, None] / safe[:, None, :]


def _inside(largest: Numbers, covariance: Table) -> Numbers:
    """Return the chance that all four |z| stay below `largest`: over (1, 0), over (0, 1) within it, (1, 1) given both.

    The law is symmetric, so the first half of the outer integral counts twice; it is cut where the limits of the inner one bend.
    """
    a, b, c = (largest * np.sqrt(covariance[:, k, k]) for k in (1, 0, 2))
    total = largest * np.sqrt(covariance[:, 0, 0] + covariance[:, 1, 1] + 2 * covariance[:, 0, 1])
    bend = np.clip(total - b, 0.0, a)
    inside = np.zeros(len(largest))
    for low, high in ((np.zeros_like(a), bend), (bend, a)):
        x, weight = _stretch(low, high)
        y, inner = _stretch(np.maximum(-b[:, None], -total[:, None] - x), np.minimum(b[:, None], total[:, None] - x))
        inside += 2 * np.einsum("ti,tij,tij->t", weight, inner, _density(x, y, c, covariance))
    return cast("Numbers", inside)


def _stretch(low: Table, high: Table) -> tuple[Table, Table]:
    """Return nodes and weights from `low` to `high`, one more dimension; nothing where they are crossed."""
    node, weight = _rule()
    half = np.maximum(high - low, 0.0)[..., None] / 2
    return low[..., None] + half * (1 + node), half * weight


def _density(x: Table, y: Table, c: Numbers, covariance: Table) -> Table:
    """Return the density of (1, 0) at x and (0, 1) at y, times the chance that |(1, 1)| stays below c given both."""
    pair = covariance[:, [1, 0]][:, :, [1, 0]]
    inverse = np.linalg.inv(pair)
    slope = np.einsum("tij,tj->ti", inverse, covariance[:, [1, 0], 2])
    rest = np.sqrt(covariance[:, 2, 2] - np.einsum("ti,ti->t", slope, covariance[:, [1, 0], 2]))
    x = x[:, :, None]
    one, two, both = (inverse[:, i, j, None, None] for i, j in ((0, 0), (1, 1), (0, 1)))
    density = np.exp(-(one * x * x + two * y * y + 2 * both * x * y) / 2)
    density /= (2 * math.pi * np.sqrt(np.linalg.det(pair)))[:, None, None]
    mean = slope[:, 0, None, None] * x + slope[:, 1, None, None] * y
    c, rest = c[:, None, None], rest[:, None, None]
    return cast("Table", density * (ndtr((c - mean) / rest) - ndtr((-c - mean) / rest)))


def _inside_plane(largest: float, covariance: Table) -> float:
    """Return the same chance where the law has two dimensions or one: the polygon around the origin, by its distance in each direction."""
    full = _SUMS @ covariance @ _SUMS.T
    spread = np.sqrt(np.diag(full))
    directions = spread > math.sqrt(RANK) * spread.max()
    correlation = full[np.ix_(directions, directions)] / np.outer(spread[directions], spread[directions])
    values, vectors = np.linalg.eigh(correlation)
    axes = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 0.0))
    if len(values) < 2 or values[-2] <= RANK:
        return float(2 * ndtr(largest) - 1)
    angle = (np.arange(ANGLES) + 0.5) * (math.pi / ANGLES)
    reach = largest / np.abs(axes @ np.stack([np.cos(angle), np.sin(angle)])).max(axis=0)
    return float(1 - np.exp(-reach * reach / 2).mean())


@cache
def _rule() -> tuple[Numbers, Numbers]:
    """Return nodes and weights of Gauss and Legendre's rule on -1 to 1; reckoned when first asked for, since it loads linear algebra."""
    nodes, weights = roots_legendre(NODES)
    return nodes, weights
