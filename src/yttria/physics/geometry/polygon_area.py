"""Polygons to areas by the even-odd rule. Compiled.

Scanlines run through the middle of every strip between two heights at which a corner lies (or a row ends): edges are straight
across a strip, so lengths there times heights are areas, exactly (unless edges cross inside a strip).
"""

from typing import Any

import numpy as np
from numba import njit

TINY = 1e-5


@njit(cache=True, nogil=True)
def _walk(points: Any, polygon: Any, cuts: Any, at: Any, cross: Any) -> None:
    """Walk one polygon's edges over the strips: count crossings a strip in `at`, or, with `cross`, put each at its strip's place."""
    counting = len(cross) == 0
    before = polygon[1] - 1
    for p in range(polygon[0], polygon[1]):
        u0, v0, u1, v1 = points[before, 0], points[before, 1], points[p, 0], points[p, 1]
        before = p
        if v0 > v1:
            u0, v0, u1, v1 = u1, v1, u0, v0
        if v1 <= cuts[0] or v0 >= cuts[-1] or v0 == v1:
            continue
        slope = (u1 - u0) / (v1 - v0)
        t = _first_from(cuts, v0)
        while t < len(at) and cuts[t] < v1:
            if not counting:
                cross[at[t]] = u0 + (0.5 * (cuts[t] + cuts[t + 1]) - v0) * slope
            at[t] += 1
            t += 1


@njit(cache=True, nogil=True)
def _sort(part: Any) -> None:
    """Sort numbers, in place: Shell's way, whose code is short to compile."""
    gap = 1
    while 3 * gap < len(part):
        gap = 3 * gap + 1
    while gap > 0:
        for a in range(gap, len(part)):
            value = part[a]
            b = a - gap
            while b >= 0 and part[b] > value:
                part[b + gap] = part[b]
                b -= gap
            part[b + gap] = value
        gap //= 3


@njit(cache=True, nogil=True)
def _distinct(numbers: Any, many: int) -> Any:
    """Return the first `many` numbers ascending, each once; they are sorted in place."""
    _sort(numbers[:many])
    kept = min(many, 1)
    for a in range(1, many):
        if numbers[a] != numbers[kept - 1]:
            numbers[kept] = numbers[a]
            kept += 1
    return numbers[:kept]


@njit(cache=True, nogil=True)
def _first_from(cuts: Any, value: float) -> int:
    """Return the index of the first cut that is not below a value."""
    low, high = 0, len(cuts)
    while low < high:
        middle = (low + high) // 2
        if cuts[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def _crossings(points: Any, polygon_start: Any, first: int, last: int, cuts: Any) -> Any:
    """Return where polygons `first` .. `last` cross the middle of each strip, sorted along it: offsets by strip, then u."""
    many = len(cuts) - 1
    at = np.zeros(many, dtype=np.int64)
    none = np.zeros(0)
    for q in range(first, last):
        _walk(points, polygon_start[q : q + 2], cuts, at, none)
    begin = np.zeros(many + 1, dtype=np.int64)
    for t in range(many):
        begin[t + 1] = begin[t] + at[t]
        at[t] = begin[t]
    cross = np.empty(begin[many])
    if begin[many] > 0:
        for q in range(first, last):
            _walk(points, polygon_start[q : q + 2], cuts, at, cross)
    for t in range(many):
        _sort(cross[begin[t] : begin[t + 1]])
    return begin, cross


@njit(cache=True, nogil=True)
def _cuts(heights: Any, low: float, high: float, lines: int) -> Any:
    """Return the heights, ascending, that bound strips from `low` to `high`: every corner, and `lines` even ones a unit."""
    even = int(np.round((high - low) * lines))
    found = np.empty(even + 1 + len(heights))
    for t in range(even + 1):
        found[t] = low + t / lines
    many = even + 1
    for v in heights:
        if low < v < high:
            found[many] = v
            many += 1
    return _distinct(found, many)


@njit(cache=True, nogil=True)
def _cover_rows(plane: Any, step: Any, begin: Any, cross: Any, cuts: Any, box: Any) -> None:
    """Write the covered share of each pixel in the rows and columns of `box`."""
    columns = plane.shape[1]
    t = 0
    for j in range(box[0], box[1]):
        step[:] = 0.0
        while t < len(cuts) - 1 and cuts[t + 1] < j + 0.5 + 1e-9:
            sign = cuts[t + 1] - cuts[t]
            for a in range(begin[t], begin[t + 1]):
                u = min(max(cross[a] + 0.5, 0.0), float(columns))
                i = min(int(u), columns - 1)
                step[i] += sign * (1.0 - (u - i))
                step[i + 1] += sign * (u - i)
                sign = -sign
            t += 1
        total = 0.0
        for i in range(box[2], box[3]):
            total += step[i]
            plane[j, i] = 0.0 if total < TINY else total


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
        Strips a row, at least.
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
            cuts = _cuts(mine[:, 1], box[0] - 0.5, box[1] - 0.5, lines)
            begin, cross = _crossings(points, polygon_start, first, last, cuts)
            _cover_rows(plane, step, begin, cross, cuts, box)
            _add_plane(share, plane, at[n], thick, box)
