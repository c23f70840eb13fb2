"""The gamma index of two dose distributions: does each point agree in dose, or does a point near enough have its dose."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.errors import QuantityError, require_positive
from yttria.values.verification import GammaCriteria

Doses = NDArray[np.floating[Any]]
STEPS_PER_DISTANCE = 10
"""How finely the space within the distance criterion is searched: steps of a tenth of it (Low et al., Med Phys 1998, in practice)."""


def gamma_index(
    reference: Doses,
    evaluated: Doses,
    spacing_zyx_mm: tuple[float, float, float],
    criteria: GammaCriteria,
    *,
    within: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Return the gamma index of each point of a reference dose, NaN where none is asked for.

    gamma(r) = min over r' of sqrt(|r - r'|^2 / distance^2 + (D_e(r') - D_r(r))^2 / dose^2); up to 1 is agreement. The evaluated dose is
    interpolated linearly between its voxel centres; r' is searched within twice the distance, nearest first, and the search of a point
    ends when no farther point can be better. A gamma above 2 is only known to exceed 2.

    Parameters
    ----------
    reference, evaluated
        Gy, of one shape (nz, ny, nx), on one grid.
    spacing_zyx_mm
        Of that grid.
    within
        Points that are asked for; all where it is left out.

    Raises
    ------
    QuantityError
        Two shapes; a reference without dose.

    Source
    ------
    Low et al., Med Phys 1998;25:656, doi:10.1118/1.598248.

    Examples
    --------
    >>> dose = np.full((5, 5, 5), 100.0)
    >>> float(gamma_index(dose, dose * 1.05, (4.0, 4.0, 4.0), GammaCriteria(10.0, 4.0)).max())
    0.5
    """
    if reference.shape != evaluated.shape:
        raise QuantityError(
            f"two doses must have one shape to be compared, but have {reference.shape} and {evaluated.shape}; bring them to one grid",
            code="dose-shapes",
        )
    most = require_positive(float(reference.max()), what="largest reference dose (Gy)")
    judged = reference >= most * criteria.threshold_percent / 100
    if within is not None:
        judged &= within
    offsets, distances = _search(criteria.distance_mm, spacing_zyx_mm)
    points = np.argwhere(judged).astype(np.int64)
    least = np.empty(len(points))
    own = reference[judged].astype(np.float64)
    allowed = (own if criteria.local else np.full(len(own), most)) * criteria.dose_percent / 100
    _least(np.ascontiguousarray(evaluated, dtype=np.float64), points, own, allowed, offsets, distances, least)
    gamma = np.full(reference.shape, np.nan)
    gamma[judged] = least
    return gamma


def pass_fraction(gamma: NDArray[np.float64]) -> float | None:
    """Return the share of points with a gamma of 1 or less; None where no point was asked for."""
    finite = np.isfinite(gamma)
    return float(np.count_nonzero(gamma[finite] <= 1 + 1e-9)) / int(finite.sum()) if finite.any() else None


def _search(distance_mm: float, spacing: tuple[float, float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where to look around a point, in voxels, the nearest first, and how far that is in units of the distance."""
    step = distance_mm / STEPS_PER_DISTANCE
    ticks = np.arange(-2 * STEPS_PER_DISTANCE, 2 * STEPS_PER_DISTANCE + 1) * step
    z, y, x = np.meshgrid(ticks, ticks, ticks, indexing="ij")
    points = np.stack([z.ravel(), y.ravel(), x.ravel()], axis=1)
    far = np.linalg.norm(points, axis=1) / distance_mm
    near = far <= 2
    order = np.argsort(far[near], kind="stable")
    return points[near][order] / np.asarray(spacing), far[near][order]


@njit(cache=True, nogil=True)
def _least(evaluated: Any, points: Any, own: Any, allowed: Any, offsets: Any, distances: Any, least: Any) -> None:
    """Fill `least` with the least gamma of each point; the search ends where distance alone exceeds what was found."""
    for at in range(len(points)):
        best = 4.0  # of the squared gamma
        for n in range(len(offsets)):
            away = distances[n] * distances[n]
            if away >= best:
                break
            dose = _between(
                evaluated,
                points[at, 0] + offsets[n, 0],
                points[at, 1] + offsets[n, 1],
                points[at, 2] + offsets[n, 2],
            )
            if dose >= 0.0:
                off = (dose - own[at]) / allowed[at]
                best = min(best, away + off * off)
        least[at] = best**0.5


@njit(cache=True, nogil=True)
def _between(values: Any, z: float, y: float, x: float) -> float:
    """Return the trilinear value at a place, in voxels; -1 outside the outer voxel centres."""
    nz, ny, nx = values.shape
    if z < 0 or y < 0 or x < 0 or z > nz - 1 or y > ny - 1 or x > nx - 1:
        return -1.0
    k, j, i = min(int(z), max(nz - 2, 0)), min(int(y), max(ny - 2, 0)), min(int(x), max(nx - 2, 0))
    c, b, a = z - k, y - j, x - i
    total = 0.0
    for dk in range(2):
        for dj in range(2):
            for di in range(2):
                weight = (c if dk else 1 - c) * (b if dj else 1 - b) * (a if di else 1 - a)
                if weight > 0.0:
                    total += weight * values[k + dk, j + dj, i + di]
    return total
