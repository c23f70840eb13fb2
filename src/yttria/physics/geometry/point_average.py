"""Means over boxes that lie oblique to the source: at evenly spread points of each. Compiled.

The points follow a Kronecker sequence, each beside its mirror image in the centre: no plane through a box, however it is turned, meets rows of them,
as it meets those of a regular lattice at 26.6 or 45 degrees (a quarter of a block of two source cells was lost or gained there).
"""

from typing import Any

import numpy as np
from numba import njit

STEPS = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
"""1/g, 1/g^2, 1/g^3 of the root of g^4 = g + 1: steps of the sequence along the three axes of a box, in edges."""


@njit(cache=True, nogil=True)
def _density_of(number: Any, curve: Any) -> Any:
    """Return what a curve makes of one number; the number itself where there is none."""
    if len(curve) == 0:
        return np.float32(number)
    least, most, start, slope, plateau, corner, beyond = curve
    value = np.float32(number)
    result = min(start + slope * value, plateau) + max(beyond * (value - corner), np.float32(0.0))
    return min(max(result, least), most)


@njit(cache=True, nogil=True)
def _point_sum(values: Any, curve: Any, centre: Any, offsets: Any) -> tuple[float, int]:
    """Return the sum of source values at the points of one voxel's box, and how many of them meet a source cell."""
    nz, ny, nx = values.shape
    total, met = 0.0, 0
    for point in range(len(offsets)):
        u = int(np.floor(centre[0] + offsets[point, 0]))
        v = int(np.floor(centre[1] + offsets[point, 1]))
        w = int(np.floor(centre[2] + offsets[point, 2]))
        if 0 <= u < nx and 0 <= v < ny and 0 <= w < nz:
            met += 1
            total += _density_of(values[w, v, u], curve)
    return total, met


@njit(cache=True, nogil=True)
def _inner_sum(values: Any, centre: Any, offsets: Any) -> float:
    """Return the sum of source values at the points of one voxel's box that lies wholly within the source."""
    total = 0.0
    for point in range(len(offsets)):
        u = int(centre[0] + offsets[point, 0])
        v = int(centre[1] + offsets[point, 1])
        w = int(centre[2] + offsets[point, 2])
        total += values[w, v, u]
    return total


@njit(cache=True, nogil=True)
def _offsets(turn: Any, points: Any) -> Any:
    """Return where the points of a box lie about its centre, in source cells, shape (points, 3) in the order (i, j, k)."""
    result = np.zeros((points, 3))
    for point in range(points):
        side = 1.0 if point % 2 == 0 else -1.0
        for d in range(3):
            place = side * ((0.5 + (point // 2 + 1) * STEPS[d]) % 1.0 - 0.5)
            for axis in range(3):
                result[point, axis] += turn[axis, d] * place
    return result


@njit(cache=True, nogil=True)
def _even_along_rows(values: Any, reach: int) -> Any:
    """Return the cells (y, x) from which all within `reach` cells along x lies in the source and is one number."""
    rows, columns = values.shape
    even = np.zeros((rows, columns), dtype=np.bool_)
    for j in range(rows):
        count = 0
        for i in range(columns):
            count = count + 1 if i > 0 and values[j, i] == values[j, i - 1] else 1
            if count > 2 * reach:
                even[j, i - reach] = True
    return even


@njit(cache=True, nogil=True)
def _even_down_columns(values: Any, is_even: Any, reach: int, even: Any) -> None:
    """Mark the cells from which all within `reach` cells down a column is known to be even, and is one number."""
    rows, columns = values.shape
    count = np.zeros(columns, dtype=np.int64)
    for j in range(rows):
        for i in range(columns):
            same = count[i] > 0 and values[j, i] == values[j - 1, i]
            count[i] = (count[i] + 1 if same else 1) if is_even[j, i] else 0
            if count[i] > 2 * reach:
                even[j - reach, i] = True


@njit(cache=True, nogil=True)
def even_around(values: Any, reach: Any) -> Any:
    """Return the cells from which all within `reach` cells (z, y, x) lies in the source and is one number.

    Parameters
    ----------
    values
        Contiguous, shape (nz, ny, nx).
    """
    nz, ny, nx = values.shape
    square = np.zeros((nz, ny, nx), dtype=np.bool_)
    for k in range(nz):
        _even_down_columns(values[k], _even_along_rows(values[k], reach[2]), reach[1], square[k])
    even = np.zeros((nz, ny * nx), dtype=np.bool_)
    _even_down_columns(values.reshape(nz, ny * nx), square.reshape(nz, ny * nx), reach[0], even)
    return even.reshape(nz, ny, nx)


@njit(cache=True, nogil=True)
def point_average(values: Any, curve: Any, turn: Any, shift: Any, shape: Any, points: Any, even: Any) -> Any:
    """Return the mean of source values at evenly spread points of each voxel's box, and the share of its points that meet a source cell.

    Parameters
    ----------
    turn, shift
        Take an index (i, j, k) of the wanted grid to one of the source.
    shape
        Voxels of the wanted grid along (z, y, x).
    points
        Of each voxel, an even number.
    even
        Source cells around which all that a wanted voxel reaches is one number; of no size where that is not known.
    """
    out = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    covered = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    offsets = _offsets(turn, points)
    size = np.array([values.shape[2], values.shape[1], values.shape[0]])
    reach = 0.5 * np.array([np.abs(turn[a]).sum() for a in range(3)])
    centre = np.zeros(3)
    is_even, plain = even.size > 0, len(curve) == 0
    for k in range(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                near, inside, within = True, is_even, plain
                for a in range(3):
                    centre[a] = turn[a, 0] * i + turn[a, 1] * j + turn[a, 2] * k + shift[a] + 0.5
                    near = near and -reach[a] < centre[a] < size[a] + reach[a]
                    inside = inside and 0 <= centre[a] < size[a]
                    within = within and reach[a] <= centre[a] < size[a] - reach[a]
                if inside and even[int(centre[2]), int(centre[1]), int(centre[0])]:
                    out[k, j, i] = values[int(centre[2]), int(centre[1]), int(centre[0])]
                    covered[k, j, i] = 1.0
                elif within:
                    out[k, j, i] = _inner_sum(values, centre, offsets) / points
                    covered[k, j, i] = 1.0
                elif near:
                    total, met = _point_sum(values, curve, centre, offsets)
                    out[k, j, i] = total / points
                    covered[k, j, i] = met / points
    return out, covered
