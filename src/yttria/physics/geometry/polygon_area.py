"""Polygons to areas by the even-odd rule.

Scanlines run through the middle of every strip between two heights at which a corner lies (or a row ends): edges are straight
across a strip, so lengths there times heights are areas, exactly (unless edges cross inside a strip). All planes of a contour are
worked out together, as many at a time as a processor keeps at hand.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TINY = 1e-5
PIXELS = 1_000_000
"""Pixels of the planes that are worked out together: eight megabytes."""
Points = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Plane:
    """The polygons of one plane inside the image: the range of their edges, and the rows and columns that they touch."""

    edges: slice
    rows: slice
    columns: slice

    @property
    def shape(self) -> tuple[int, int]:
        """Return how many rows and columns the polygons touch."""
        return self.rows.stop - self.rows.start, self.columns.stop - self.columns.start


def fill_slabs(
    share: NDArray[np.float32],
    points: Points,
    polygon_start: Whole,
    plane_start: Whole,
    at: Points,
    thick: float,
    lines: int,
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
    before = np.arange(len(points)) - 1
    before[polygon_start[:-1]] = polygon_start[1:] - 1
    edges = np.concatenate([points[before], points], axis=1)
    _, rows, columns = share.shape
    batch: list[tuple[_Plane, float]] = []
    pixels = 0
    for n, place in enumerate(at):
        part = slice(int(polygon_start[plane_start[n]]), int(polygon_start[plane_start[n + 1]]))
        mine = points[part]
        plane = _Plane(part, _touched(mine[:, 1], rows), _touched(mine[:, 0], columns))
        tall, wide = plane.shape
        if tall <= 0 or wide <= 0:
            continue
        if batch and pixels + tall * wide > PIXELS:
            _fill(share, edges, batch, thick, lines)
            batch, pixels = [], 0
        batch.append((plane, float(place)))
        pixels += tall * wide
    if batch:
        _fill(share, edges, batch, thick, lines)


def _touched(along: Points, size: int) -> slice:
    """Return the pixels of an axis that corners reach from the least to the greatest."""
    low, high = np.floor(along.min() + 0.5), np.ceil(along.max() + 0.5)
    return slice(int(min(max(low, 0), size)), int(min(max(high, 0), size)))


def _fill(
    share: NDArray[np.float32], edges: Points, batch: list[tuple[_Plane, float]], thick: float, lines: int
) -> None:
    """Work out the planes of a batch and add each to the slices that its slab overlaps."""
    planes = [plane for plane, _ in batch]
    flat = _covered(edges, planes, lines)
    start = 0
    for plane, place in batch:
        tall, wide = plane.shape
        size = tall * (wide + 1)
        covered = flat[start : start + size].reshape(tall, wide + 1)[:, :wide]
        start += size
        _add(share[:, plane.rows, plane.columns], covered, place, thick)


def _add(share: NDArray[np.float32], covered: Points, at: float, thick: float) -> None:
    """Add one plane's coverage to each slice that its slab overlaps, by the share of the slice inside the slab."""
    low, high = at - 0.5 * thick, at + 0.5 * thick
    for k in range(max(int(np.floor(low + 0.5)), 0), min(int(np.ceil(high + 0.5)), len(share))):
        weight = min(high, k + 0.5) - max(low, k - 0.5)
        if weight >= TINY:
            value = share[k] + weight * covered
            value[value > 1.0 - TINY] = 1.0
            share[k] = value


def _covered(edges: Points, planes: list[_Plane], lines: int) -> Points:
    """Return the covered share of each pixel that each plane touches, plane after plane, a column more at the end of each row."""
    cuts, number, corner = _cuts(edges, planes, lines)
    strip, cross = _crossings(edges, planes, cuts, corner)
    tall = np.array([plane.shape[0] for plane in planes])
    wide = np.array([plane.shape[1] for plane in planes])
    first = np.concatenate([[0], np.cumsum(tall * (wide + 1))])
    thickness = np.diff(cuts, append=cuts[-1])
    middle = cuts + 0.5 * thickness
    row = np.minimum(np.floor(middle + 0.5).astype(np.int64) - _starts(planes, "rows")[number], tall[number] - 1)
    begin = first[number] + row * (wide[number] + 1)  # of each strip: where its row of pixels starts
    odd = _odd(strip, len(cuts))
    weight = np.where(odd, -thickness[strip], thickness[strip])
    mine = number[strip]
    u = np.clip(cross + 0.5 - _starts(planes, "columns")[mine], 0.0, wide[mine])
    column = np.minimum(u.astype(np.int64), wide[mine] - 1)
    beyond = u - column
    place = begin[strip] + column
    step = np.zeros(int(first[-1]))
    step += np.bincount(place, weights=weight * (1.0 - beyond), minlength=len(step))
    step += np.bincount(place + 1, weights=weight * beyond, minlength=len(step))
    for n, plane in enumerate(planes):
        part = step[first[n] : first[n + 1]].reshape(plane.shape[0], -1)
        np.cumsum(part, axis=1, out=part)
    step[step < TINY] = 0.0
    return step


def _starts(planes: list[_Plane], axis: str) -> Whole:
    return np.array([getattr(plane, axis).start for plane in planes], dtype=np.int64)


def _cuts(edges: Points, planes: list[_Plane], lines: int) -> tuple[Points, Whole, Whole]:
    """Return the heights that bound strips, ascending plane after plane, the plane of each, and which of them each end of an edge is.

    Every corner bounds strips, and `lines` even heights a row; an end beyond the image stands at its edge. The last height of a
    plane bounds no strip: what is said of a strip there is of nothing.
    """
    heights, numbers = [], []
    for n, plane in enumerate(planes):
        low, high = plane.rows.start - 0.5, plane.rows.stop - 0.5
        even = low + np.arange(plane.shape[0] * lines + 1) / lines
        corners = np.clip(edges[plane.edges][:, [1, 3]].ravel(), low, high)
        heights += [even, corners]
        numbers.append(np.full(len(even) + len(corners), n))
    height, number = np.concatenate(heights), np.concatenate(numbers)
    order = np.argsort(height + 2.0 * (height.max() + 1.0) * number)  # near ties may change places: they bound nothing
    height, number = height[order], number[order]
    fresh = np.concatenate([[True], (height[1:] != height[:-1]) | (number[1:] != number[:-1])])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.cumsum(fresh) - 1
    corner, start = [], 0
    for even, corners in zip(heights[::2], heights[1::2], strict=True):
        corner.append(rank[start + len(even) : start + len(even) + len(corners)])
        start += len(even) + len(corners)
    return height[fresh], number[fresh], np.concatenate(corner).reshape(-1, 2)


def _crossings(edges: Points, planes: list[_Plane], cuts: Points, corner: Whole) -> tuple[Whole, Points]:
    """Return where edges cross the middle of strips, in the order of strips and along each: the strip, and u."""
    mine = np.concatenate([edges[plane.edges] for plane in planes])
    low, high = corner.min(axis=1), corner.max(axis=1)
    many = high - low
    edge = np.repeat(np.arange(len(mine)), many)
    strip = np.arange(len(edge)) + np.repeat(low - (np.cumsum(many) - many), many)
    down = (mine[:, 1] > mine[:, 3])[:, None]
    upward = np.where(down, mine[:, [2, 3, 0, 1]], mine)
    rise = upward[:, 3] - upward[:, 1]
    slope = np.divide(upward[:, 2] - upward[:, 0], rise, out=np.zeros(len(mine)), where=rise > 0)
    middle = 0.5 * (cuts[strip] + cuts[np.minimum(strip + 1, len(cuts) - 1)])
    cross = upward[edge, 0] + (middle - upward[edge, 1]) * slope[edge]
    order = np.argsort(strip + 0.5 * _share_of_range(cross))  # near ties may change places: nothing lies between them
    return strip[order], cross[order]


def _share_of_range(values: Points) -> Points:
    """Return where each value lies between the least (0) and the greatest (1)."""
    if not len(values):
        return values
    low, high = float(values.min()), float(values.max())
    return np.asarray((values - low) / max(high - low, TINY))


def _odd(strip: Whole, many: int) -> NDArray[np.bool_]:
    """Return which crossings of sorted strips leave the polygons: every second one of a strip."""
    count = np.bincount(strip, minlength=many)
    first = np.cumsum(count) - count
    return ((np.arange(len(strip)) - first[strip]) & 1).astype(np.bool_)
