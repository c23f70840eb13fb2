"""Stacks of a tilted gantry made upright: each slice is shifted within its own plane by what the table drifted, and nothing else.

Slices of a tilted gantry lie parallel, but each a little further sideways than the one before. On a grid along their rows, columns and
normal each slice belongs to one plane still: the way there is a shift of less than a pixel and a whole number of pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError

BLANK_HU = -1000.0  # air: what no slice covers
UNEVEN_MM = 0.2  # a drift that leaves a straight line further than this is no tilt
STEEPEST_DEG = 45.0  # gantries tilt by 30 degrees at most; a steeper drift is an error of positions
WHOLE = 1e-4  # of a pixel: a shift nearer to a whole number than this is one


@dataclass(frozen=True, slots=True, eq=False)
class Shear:
    """How slices lie in an upright grid.

    Parameters
    ----------
    shift_px
        Shape (slices, 2): where the first pixel of each slice lies in the grid, (columns, rows), zero or more.
    shape
        (rows, columns) of the grid, which holds every slice whole.
    first_px
        Where the grid's first pixel lies, counted from the first slice's, (columns, rows), whole numbers of zero or less.
    tilt_deg
        Angle between the slices' normal and the way from the first to the last.
    """

    shift_px: NDArray[np.float64]
    shape: tuple[int, int]
    first_px: tuple[int, int]
    tilt_deg: float


def shear_of(
    points: NDArray[np.float64],
    axes: tuple[NDArray[np.float64], NDArray[np.float64]],
    spacing_mm: tuple[float, float],
    shape: tuple[int, int],
    *,
    what: str,
) -> Shear:
    """Return the shear of slices in their order.

    Parameters
    ----------
    points
        Centre of the first pixel of each slice, shape (n, 3), LPS mm.
    axes
        Unit directions of rows and of columns.
    spacing_mm
        (row distance, column distance).
    shape
        (rows, columns).

    Raises
    ------
    GeometryError
        A drift that is not even, or steeper than any gantry.
    """
    rel = points - points[0]
    sideways = np.stack([rel @ axes[0], rel @ axes[1]], axis=1)
    along = rel @ np.cross(axes[0], axes[1])
    slope = sideways[-1] / along[-1]
    tilt = float(np.degrees(np.arctan(np.linalg.norm(slope))))
    off = float(np.abs(sideways - np.outer(along, slope)).max())
    if off > UNEVEN_MM or tilt > STEEPEST_DEG:
        why = (
            f"unevenly, by up to {off:.2f} mm from a straight line"
            if off > UNEVEN_MM
            else f"by {tilt:.0f}°, more than a gantry tilts"
        )
        raise GeometryError(
            f"slices of {what} must lie straight above each other or be tilted evenly, but they drift sideways {why}; export the series again",
            code="slice-drift",
            values={"off_mm": off, "tilt_deg": tilt},
        )
    shift = sideways / (spacing_mm[1], spacing_mm[0])
    low = np.floor(shift.min(axis=0) + WHOLE)
    high = np.ceil(shift.max(axis=0) - WHOLE)
    more_columns, more_rows = (int(n) for n in high - low)
    grown = (shape[0] + more_rows, shape[1] + more_columns)
    return Shear(np.maximum(shift - low, 0), grown, (int(low[0]), int(low[1])), tilt)


def upright(values: NDArray[np.generic], shear: Shear, *, blank: float) -> NDArray[np.float32]:
    """Return slices on their upright grid, by linear interpolation within each plane; what none covers is blank.

    Notes
    -----
    A linear change in space comes out exactly. Sharp edges are smoothed by up to half a pixel, within the plane only.
    """
    out = np.full((len(values), *shear.shape), blank, dtype=np.float32)
    for plane, target, (x, y) in zip(values, out, shear.shift_px, strict=True):
        part, column = _shifted(np.asarray(plane, dtype=np.float32), float(x), axis=1)
        part, row = _shifted(part, float(y), axis=0)
        target[row : row + part.shape[0], column : column + part.shape[1]] = part
    return out


def _shifted(plane: NDArray[np.float32], shift: float, *, axis: int) -> tuple[NDArray[np.float32], int]:
    """Return a plane moved by a part of a pixel along an axis, and the whole pixel that its first number now lies at."""
    whole = int(np.floor(shift + WHOLE))
    part = np.float32(shift - whole)
    if abs(part) <= WHOLE:
        return plane, whole
    ahead, behind = (
        np.take(plane, np.arange(*ends), axis=axis) for ends in ((1, plane.shape[axis]), (0, plane.shape[axis] - 1))
    )
    return np.asarray((1 - part) * ahead + part * behind), whole + 1
