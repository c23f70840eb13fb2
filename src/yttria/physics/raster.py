"""Polygons to areas: even-odd scanlines whose ends are exact. Compiled."""

from typing import Any

import numpy as np
from numba import njit

TINY = 1e-5


@njit(cache=True, nogil=True)
def _scan_edges(points: Any, polygon: Any, lines: float, low: float, at: Any, cross: Any) -> None:
    """Walk one polygon's edges over the scanlines: count crossings a line in `at`, or, with `cross`, put each at its line's place."""
    counting = len(cross) == 0
    before = polygon[1] - 1
    for p in range(polygon[0], polygon[1]):
        u0, v0 = points[before, 0], (points[before, 1] - low) * lines - 0.5
        u1, v1 = points[p, 0], (points[p, 1] - low) * lines - 0.5
        before = p
        if v0 > v1:
            u0, v0, u1, v1 = u1, v1, u0, v0
        for t in range(max(int(np.ceil(v0)), 0), min(int(np.ceil(v1)), len(at))):
            if not counting:
                cross[at[t]] = u0 + (t - v0) * (u1 - u0) / (v1 - v0)
            at[t] += 1


@njit(cache=True, nogil=True)
def _sort(part: Any) -> None:
    """Sort a few numbers, in place."""
    for a in range(1, len(part)):
        value = part[a]
        b = a - 1
        while b >= 0 and part[b] > value:
            part[b + 1] = part[b]
            b -= 1
        part[b + 1] = value


@njit(cache=True, nogil=True)
def _crossings(points: Any, polygon_start: Any, first: int, last: int, lines: float, many: int, low: float) -> Any:
    """Return where polygons `first` .. `last` cross each scanline, sorted along it: offsets by line, then u.

    Scanline t lies at v = low + (t + 0.5) / lines; an edge holds its lower end and not its upper one.
    """
    at = np.zeros(many, dtype=np.int64)
    none = np.zeros(0)
    for q in range(first, last):
        _scan_edges(points, polygon_start[q : q + 2], lines, low, at, none)
    begin = np.zeros(many + 1, dtype=np.int64)
    for t in range(many):
        begin[t + 1] = begin[t] + at[t]
        at[t] = begin[t]
    cross = np.empty(begin[many])
    if begin[many] > 0:
        for q in range(first, last):
            _scan_edges(points, polygon_start[q : q + 2], lines, low, at, cross)
    for t in range(many):
        _sort(cross[begin[t] : begin[t + 1]])
    return begin, cross


@njit(cache=True, nogil=True)
def _add_plane(share: Any, plane: Any, at: float, thick: float, box: Any) -> None:
    """Add one plane's coverage to each slice that its slab overlaps, by the share of the slice inside the slab."""
    low, high = at - 0.5 * thick, at + 0.5 * thick
    k0, k1 = max(int(np.floor(low + 0.5)), 0), min(int(np.ceil(high + 0.5)), share.shape[0])
    for k in range(k0, k1):
        weight = min(high, k + 0.5) - max(low, k - 0.5)
        if weight < TINY:
            continue
        for j in range(box[0], box[1]):
            for i in range(box[2], box[3]):
                value = share[k, j, i] + weight * plane[j, i]
                share[k, j, i] = 1.0 if value > 1.0 - TINY else value


@njit(cache=True, nogil=True)
def _cover_rows(plane: Any, step: Any, begin: Any, cross: Any, lines: int, box: Any) -> None:
    """Write the covered share of each pixel in the rows and columns of `box`."""
    columns = plane.shape[1]
    for j in range(box[0], box[1]):
        step[:] = 0.0
        for t in range((j - box[0]) * lines, (j - box[0] + 1) * lines):
            sign = 1.0
            for a in range(begin[t], begin[t + 1]):
                u = min(max(cross[a] + 0.5, 0.0), float(columns))
                i = min(int(u), columns - 1)
                step[i] += sign * (1.0 - (u - i))
                step[i + 1] += sign * (u - i)
                sign = -sign
        total = 0.0
        for i in range(box[2], box[3]):
            total += step[i]
            plane[j, i] = 0.0 if total < TINY * lines else total / lines


@njit(cache=True, nogil=True)
def fill_slabs(
    share: Any, points: Any, polygon_start: Any, plane_start: Any, at: Any, thick: float, lines: int
) -> None:
    """Fill `share` (slices, rows, columns), in place, with the part of each voxel inside the slabs of all planes.

    Parameters
    ----------
    points
        (u, v) = (column, row) as fractional indices, all polygons one after another.
    polygon_start, plane_start
        Where each polygon starts in `points`, and each plane in the polygons; one more at the end.
    at, thick
        Position of each plane and thickness of its slab, in slices.
    lines
        Scanlines a row.
    """
    rows, columns = share.shape[1], share.shape[2]
    plane, step = np.zeros((rows, columns)), np.zeros(columns + 1)
    box = np.zeros(4, dtype=np.int64)
    for n in range(len(at)):
        first, last = plane_start[n], plane_start[n + 1]
        mine = points[polygon_start[first] : polygon_start[last]]
        box[0] = min(max(int(np.floor(mine[:, 1].min() + 0.5)), 0), rows)
        box[1] = min(max(int(np.ceil(mine[:, 1].max() + 0.5)), 0), rows)
        box[2] = min(max(int(np.floor(mine[:, 0].min() + 0.5)), 0), columns)
        box[3] = min(max(int(np.ceil(mine[:, 0].max() + 0.5)), 0), columns)
        if box[0] < box[1] and box[2] < box[3]:
            many, low = (box[1] - box[0]) * lines, box[0] - 0.5
            begin, cross = _crossings(points, polygon_start, first, last, float(lines), many, low)
            _cover_rows(plane, step, begin, cross, lines, box)
            _add_plane(share, plane, at[n], thick, box)


@njit(cache=True, nogil=True)
def covered_areas(points: Any, polygon_start: Any, plane_start: Any, pitch: float) -> Any:
    """Return the area inside by the even-odd rule of each plane: `points` in mm, scanlines `pitch` mm apart or less."""
    areas = np.zeros(len(plane_start) - 1)
    for n in range(len(areas)):
        first, last = plane_start[n], plane_start[n + 1]
        mine = points[polygon_start[first] : polygon_start[last], 1]
        low, high = mine.min(), mine.max()
        many = max(int(np.ceil((high - low) / pitch)), 64)
        lines = many / max(high - low, 1e-9)
        begin, cross = _crossings(points, polygon_start, first, last, lines, many, low)
        for t in range(many):
            for a in range(begin[t], begin[t + 1] - 1, 2):
                areas[n] += (cross[a + 1] - cross[a]) / lines
    return areas
