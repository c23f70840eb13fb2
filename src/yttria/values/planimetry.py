"""Areas inside polygons by the even-odd rule, whatever they do: nest, cross, touch, or turn back on themselves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError

Array = NDArray[np.float64]
CROSSED_MM = 1e-6  # edges that pass each other by less than this only touch
MOST_PASSAGES = 2_000_000
"""Of edges through the strips of one plane, and at one time: an outline of 20 000 corners has 40 000, one that winds to and fro their square."""


@dataclass(frozen=True, slots=True, eq=False)
class Planimetry:
    """What polygons enclose, plane by plane.

    Parameters
    ----------
    area_mm2
        Shape (planes,).
    moment_mm3
        Area times centroid, shape (planes, 2).
    """

    area_mm2: Array
    moment_mm3: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Edges that rise, from (u0, v0) with `slope`, through strips `first` to `last` - 1."""

    u0: Array
    v0: Array
    slope: Array
    first: NDArray[np.int64]
    last: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Passages:
    """Where edges pass through strips, in the order of the strips and from left to right in each: u at the strip's lower and upper bound."""

    strip: NDArray[np.int64]
    low: Array
    high: Array


def planimetry(polygons: list[Array], plane: NDArray[np.int64]) -> Planimetry:
    """Return area and first moment of polygons by plane, exactly.

    A plane is cut into strips at every corner and every crossing: in a strip, edges are straight and in one order, and
    what lies between the first and the second, the third and the fourth … is inside.

    Parameters
    ----------
    polygons
        Corners (u, v) of each, shape (n, 2), mm, the first not repeated at the end.
    plane
        The plane of each polygon, numbered from 0, ascending.

    Raises
    ------
    GeometryError
        Outlines of a plane that wind to and fro more often than memory holds.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    >>> found = planimetry([square, square + 5], np.array([0, 0]))
    >>> found.area_mm2, found.moment_mm3 / found.area_mm2[:, None]
    (array([150.]), array([[7.5, 7.5]]))
    """
    sizes = np.array([len(p) for p in polygons])
    start, corner_plane = np.concatenate(polygons), np.repeat(plane, sizes)
    corners = np.bincount(corner_plane)
    origin = np.add.reduceat(start, np.cumsum(corners) - corners) / corners[:, None]
    start = start - origin[corner_plane]
    end = start[_next_corner(sizes)]
    cuts = np.column_stack([corner_plane, start[:, 1]]).astype(np.float64)
    for _ in range(2):
        cut_plane, cut_v, rank = _ranked(cuts)
        edges = _edges(start, end, rank[: len(start)], sizes)
        if int((edges.last - edges.first).sum()) > MOST_PASSAGES:
            return _in_parts(polygons, plane, len(origin))
        passages = _passages(edges, cut_v)
        if not len(more := _crossings(passages, cut_plane, cut_v)):
            break
        cuts = np.concatenate([cuts, more])
    return _summed(passages, cut_plane, cut_v, origin)


def _in_parts(polygons: list[Array], plane: NDArray[np.int64], planes: int) -> Planimetry:
    """Return what `planimetry` does, half of the planes at a time."""
    if planes == 1:
        raise GeometryError(
            f"outlines of one plane must pass its corners' heights at most {MOST_PASSAGES:,} times, but the {sum(map(len, polygons)):,} corners here wind to "
            "and fro more often; they are damaged, or draw them with fewer corners",
            code="contour-count",
            values={"corners": sum(map(len, polygons))},
        )
    half = planes // 2
    split = int(np.searchsorted(plane, half))
    parts = (planimetry(polygons[:split], plane[:split]), planimetry(polygons[split:], plane[split:] - half))
    return Planimetry(
        np.concatenate([part.area_mm2 for part in parts]), np.concatenate([part.moment_mm3 for part in parts])
    )


def _next_corner(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the index of the corner that follows each around its polygon."""
    following = np.arange(1, int(sizes.sum()) + 1)
    ends = np.cumsum(sizes)
    following[ends - 1] = ends - sizes
    return following


def _ranked(cuts: Array) -> tuple[NDArray[np.int64], Array, NDArray[np.int64]]:
    """Return plane and height of the distinct cuts in order, and the place of each given one among them."""
    order = np.lexsort((cuts[:, 1], cuts[:, 0]))
    ordered = cuts[order]
    new = np.concatenate([[True], (np.diff(ordered, axis=0) != 0).any(axis=1)])
    rank = np.empty(len(cuts), dtype=np.int64)
    rank[order] = np.cumsum(new) - 1
    return ordered[new, 0].astype(np.int64), ordered[new, 1], rank


def _edges(start: Array, end: Array, rank: NDArray[np.int64], sizes: NDArray[np.int64]) -> _Edges:
    """Return the edges that are not level, each from its lower end."""
    other = rank[_next_corner(sizes)]
    rises = rank != other
    falls = (rank > other)[rises, None]
    start, end = start[rises], end[rises]
    low, high = np.where(falls, end, start), np.where(falls, start, end)
    first, last = np.minimum(rank, other)[rises], np.maximum(rank, other)[rises]
    slope = (high[:, 0] - low[:, 0]) / (high[:, 1] - low[:, 1])
    return _Edges(low[:, 0], low[:, 1], slope, first, last)


def _passages(edges: _Edges, cut_v: Array) -> _Passages:
    """Return every passage of an edge through a strip, ordered."""
    count = edges.last - edges.first
    edge = np.repeat(np.arange(len(count)), count)
    strip = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + edges.first[edge]
    low = edges.u0[edge] + (cut_v[strip] - edges.v0[edge]) * edges.slope[edge]
    high = edges.u0[edge] + (cut_v[strip + 1] - edges.v0[edge]) * edges.slope[edge]
    order = np.lexsort((low + high, strip))
    return _Passages(strip[order], low[order], high[order])


def _crossings(passages: _Passages, cut_plane: NDArray[np.int64], cut_v: Array) -> Array:
    """Return (plane, v) of the crossings within strips, shape (n, 2): none where edges keep their order through every strip."""
    strip, low, high = passages.strip, passages.low, passages.high
    turned = (strip[1:] == strip[:-1]) & ((low[:-1] > low[1:] + CROSSED_MM) | (high[:-1] > high[1:] + CROSSED_MM))
    results: list[tuple[float, float]] = []
    for s in np.unique(strip[1:][turned]).tolist():
        a, b = np.searchsorted(strip, [s, s + 1])
        apart_low = low[a:b] - low[a:b, None]
        apart_high = high[a:b] - high[a:b, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = apart_low / (apart_low - apart_high)
        inside = np.unique(part[(apart_low * apart_high < 0) & (part > 0) & (part < 1)])
        results += [(float(cut_plane[s]), float(v)) for v in cut_v[s] + inside * (cut_v[s + 1] - cut_v[s])]
    return np.array(results, dtype=np.float64).reshape(-1, 2)


def _summed(passages: _Passages, cut_plane: NDArray[np.int64], cut_v: Array, origin: Array) -> Planimetry:
    """Return the integrals of 1, u and v over what lies inside: trapezia between every second passage and the next."""
    planes = len(origin)
    sign = np.where(np.arange(len(passages.strip)) % 2 == 0, -1.0, 1.0)  # every strip has an even number of passages
    tall = sign * (cut_v[passages.strip + 1] - cut_v[passages.strip])
    v0, v1 = cut_v[passages.strip], cut_v[passages.strip + 1]
    low, high, at = passages.low, passages.high, cut_plane[passages.strip]
    area = np.bincount(at, tall * (low + high) / 2, minlength=planes)
    first = np.bincount(at, tall * (low**2 + low * high + high**2) / 6, minlength=planes)
    second = np.bincount(at, tall * (v0 * (2 * low + high) + v1 * (low + 2 * high)) / 6, minlength=planes)
    return Planimetry(np.asarray(area, dtype=np.float64), np.column_stack([first, second]) + area[:, None] * origin)
