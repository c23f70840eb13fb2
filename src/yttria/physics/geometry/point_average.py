"""Means over boxes that lie oblique to the source: at regular points of each. Compiled."""

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _add_row(total: Any, row: Any, weight: Any, curve: Any) -> None:
    """Add a weighted source row to `total`: straight loops that the compiler turns to vectors."""
    if len(curve) == 0:
        for i in range(len(row)):
            total[i] += weight * np.float32(row[i])
    else:
        least, most, start, slope, plateau, corner, beyond = curve
        for i in range(len(row)):
            number = np.float32(row[i])
            found = min(start + slope * number, plateau) + max(beyond * (number - corner), np.float32(0.0))
            total[i] += weight * min(max(found, least), most)


@njit(cache=True, nogil=True)
def _point_sum(values: Any, curve: Any, centre: Any, turn: Any, parts: Any) -> tuple[float, int]:
    """Return the sum of source values at regular points of one voxel's box, and how many points meet a source cell."""
    nz, ny, nx = values.shape
    total, met = 0.0, 0
    one = np.empty(1, dtype=np.float32)
    for point in range(parts[0] * parts[1] * parts[2]):
        a, rest = point % parts[2], point // parts[2]
        b, c = rest % parts[1], rest // parts[1]
        di, dj, dk = (a + 0.5) / parts[2] - 0.5, (b + 0.5) / parts[1] - 0.5, (c + 0.5) / parts[0] - 0.5
        u = int(np.floor(centre[0] + turn[0, 0] * di + turn[0, 1] * dj + turn[0, 2] * dk))
        v = int(np.floor(centre[1] + turn[1, 0] * di + turn[1, 1] * dj + turn[1, 2] * dk))
        w = int(np.floor(centre[2] + turn[2, 0] * di + turn[2, 1] * dj + turn[2, 2] * dk))
        if 0 <= u < nx and 0 <= v < ny and 0 <= w < nz:
            met += 1
            if len(curve) == 0:
                total += values[w, v, u]
            else:
                one[0] = 0.0
                _add_row(one, values[w, v, u : u + 1], np.float32(1.0), curve)
                total += one[0]
    return total, met


@njit(cache=True, nogil=True)
def point_average(values: Any, curve: Any, turn: Any, shift: Any, shape: Any, parts: Any, even: Any) -> Any:
    """Return the mean of source values at regular points of each voxel's box, and the share of its points that meet a source cell.

    Parameters
    ----------
    turn, shift
        Take an index (i, j, k) of the wanted grid to one of the source.
    shape, parts
        Voxels and points a voxel of the wanted grid along (z, y, x).
    even
        Source cells around which all that a wanted voxel reaches is one number; of no size where that is not known.
    """
    out = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    covered = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    many = parts[0] * parts[1] * parts[2]
    size = np.array([values.shape[2], values.shape[1], values.shape[0]])
    reach = 0.5 * np.array([np.abs(turn[a]).sum() for a in range(3)])
    centre = np.zeros(3)
    known = even.size > 0
    for k in range(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                near = True
                for a in range(3):
                    centre[a] = turn[a, 0] * i + turn[a, 1] * j + turn[a, 2] * k + shift[a] + 0.5
                    near = near and -reach[a] < centre[a] < size[a] + reach[a]
                inside = known
                for a in range(3):
                    inside = inside and 0 <= centre[a] < size[a]
                if inside and even[int(centre[2]), int(centre[1]), int(centre[0])]:
                    out[k, j, i] = values[int(centre[2]), int(centre[1]), int(centre[0])]
                    covered[k, j, i] = 1.0
                elif near:
                    total, met = _point_sum(values, curve, centre, turn, parts)
                    out[k, j, i] = total / many
                    covered[k, j, i] = met / many
    return out, covered
