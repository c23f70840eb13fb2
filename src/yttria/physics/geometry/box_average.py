"""Means over boxes: what a coarse voxel holds of a fine image. Compiled."""

from typing import Any

import numpy as np
from numba import njit

BLOCK = 16  # a corner of a plane that stays in the nearest cache while it is turned


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
def _rows_average(plane: Any, source: Any, curve: Any, y0: Any, wy: Any) -> None:
    """Write the weighted sums of a source slice's rows: (wanted rows, source columns)."""
    plane[:] = 0.0
    for j in range(len(y0)):
        for b in range(wy.shape[1]):
            if wy[j, b] > 0.0:
                _add_row(plane[j], source[y0[j] + b], wy[j, b], curve)


@njit(cache=True, nogil=True)
def _columns_average(out: Any, plane: Any, turned: Any, x0: Any, wx: Any) -> None:
    """Write the weighted sums of a plane's columns, turned so that columns lie together in memory."""
    rows, columns = plane.shape
    for first in range(0, columns, BLOCK):
        for top in range(0, rows, BLOCK):
            for i in range(first, min(first + BLOCK, columns)):
                for j in range(top, min(top + BLOCK, rows)):
                    turned[i, j] = plane[j, i]
    line = np.empty(rows, dtype=np.float32)
    for d in range(len(x0)):
        line[:] = 0.0
        for c in range(min(wx.shape[1], columns - x0[d])):
            weight = wx[d, c]
            if weight > 0.0:
                for j in range(rows):
                    line[j] += weight * turned[x0[d] + c, j]
        for j in range(rows):
            out[j, d] = line[j]


@njit(cache=True, nogil=True)
def box_average(out: Any, values: Any, curve: Any, z0: Any, wz: Any, y0: Any, wy: Any, x0: Any, wx: Any) -> None:
    """Fill `out` with the sum over source cells of weight times value, separable along the axes (z, y, x).

    Rows first, for all of the source goes through them, then slices, then columns.

    Parameters
    ----------
    out
        Wanted cells, float32.
    values
        Source (nz, ny, nx).
    curve
        (least, most, start, slope, plateau, corner, slope beyond): a number h stands for
        min(start + slope h, plateau) + max(slope beyond (h - corner), 0), cut to least .. most; empty: for itself.
    z0, wz, y0, wy, x0, wx
        For each wanted cell along an axis the first source cell and the weights (float32) from there.
    """
    rows, many = len(y0), values.shape[2]
    plane, total = np.zeros((rows, many), dtype=np.float32), np.zeros((rows, many), dtype=np.float32)
    turned = np.zeros((many, rows), dtype=np.float32)
    ready = -1
    for d in range(len(z0)):
        total[:] = 0.0
        for c in range(wz.shape[1]):
            weight = wz[d, c]
            if weight > 0.0:
                if z0[d] + c != ready:
                    ready = z0[d] + c
                    _rows_average(plane, values[ready], curve, y0, wy)
                for j in range(rows):
                    for i in range(many):
                        total[j, i] += weight * plane[j, i]
        _columns_average(out[d], total, turned, x0, wx)


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
            one[0] = 0.0
            _add_row(one, values[w, v, u : u + 1], np.float32(1.0), curve)
            total += one[0]
    return total, met


@njit(cache=True, nogil=True)
def point_average(values: Any, curve: Any, turn: Any, shift: Any, shape: Any, parts: Any) -> Any:
    """Return the mean of source values at regular points of each voxel's box, and the share of its points that meet a source cell.

    Parameters
    ----------
    turn, shift
        Take an index (i, j, k) of the wanted grid to one of the source.
    shape, parts
        Voxels and points a voxel of the wanted grid along (z, y, x).
    """
    out = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    covered = np.zeros((shape[0], shape[1], shape[2]), dtype=np.float32)
    many = parts[0] * parts[1] * parts[2]
    size = np.array([values.shape[2], values.shape[1], values.shape[0]])
    reach = 0.5 * np.array([np.abs(turn[a]).sum() for a in range(3)])
    centre = np.zeros(3)
    for k in range(shape[0]):
        for j in range(shape[1]):
            for i in range(shape[2]):
                near = True
                for a in range(3):
                    centre[a] = turn[a, 0] * i + turn[a, 1] * j + turn[a, 2] * k + shift[a] + 0.5
                    near = near and -reach[a] < centre[a] < size[a] + reach[a]
                if near:
                    total, met = _point_sum(values, curve, centre, turn, parts)
                    out[k, j, i] = total / many
                    covered[k, j, i] = met / many
    return out, covered
