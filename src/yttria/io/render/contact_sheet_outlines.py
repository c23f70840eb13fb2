"""What a structure looks like in a picture of a series: where a plane of voxels cuts it, or its silhouette from the front."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.contour import Contour, Polygon
from yttria.values.grid import Grid
from yttria.values.maps import Voi

Array = NDArray[Any]
EDGE = 0.5  # share at an outline
FINE_MM = 1.5  # how finely a plane through a volume is looked at
REACH = 20.0  # pixels: the distance to an edge is told no further
GAP = 1.5  # steps: planes further apart than this are not joined
FLAT_PIXELS = 0.5  # a polygon that stays this near to a plane of voxels lies in it


def axial(structure: Contour | Voi, grid: Grid, k: int) -> Iterator[Array]:
    """Return the outlines on slice k as (column, row), shape (n, 2)."""
    if isinstance(structure, Voi):
        yield from _section(structure, grid, 2, k)
        return
    step = grid.spacing_zyx_mm[0]
    for _, index in _flat(structure, grid):
        if abs(float(index[:, 2].mean()) - k) * step <= 0.5 * structure.spacing_mm + 1e-6:
            yield np.vstack([index[:, :2], index[:1, :2]])


def coronal(structure: Contour | Voi, grid: Grid, j: int) -> Iterator[Array]:
    """Return where the plane of row j cuts a structure, as (column, slice)."""
    yield from _section(structure, grid, 1, j) if isinstance(structure, Voi) else _across(structure, grid, j)


def silhouette(structure: Contour | Voi, grid: Grid) -> Iterator[Array]:
    """Return a structure as seen from the front, as (column, slice)."""
    if isinstance(structure, Contour):
        yield from _shadow(structure, grid)
        return
    ahead = structure.grid.matrix[:3, :3] / np.linalg.norm(structure.grid.matrix[:3, :3], axis=0)
    axis = int(np.abs(ahead.T @ grid.matrix[:3, 1]).argmax())
    flat = structure.share.max(axis=2 - axis)
    across = [a for a in (0, 1, 2) if a != axis]
    middle = (np.array(structure.grid.shape_zyx[::-1]) - 1) / 2
    for line in _lines(np.pad(flat, 1)):
        index = np.tile(middle, (len(line), 1))
        index[:, across[0]], index[:, across[1]] = line[:, 0] - 1, line[:, 1] - 1
        yield grid.index_of(structure.grid.points_of(index))[:, [0, 2]]


def _section(voi: Voi, grid: Grid, axis: int, at: int) -> Iterator[Array]:
    """Return the lines at which a plane of voxels of the series halves a volume's voxels."""
    from scipy.ndimage import map_coordinates

    nz, ny, nx = voi.grid.shape_zyx
    corners = [(i, j, k) for i in (-1, nx) for j in (-1, ny) for k in (-1, nz)]
    reach = grid.index_of(voi.grid.points_of(corners))
    first, second = [a for a in (0, 1, 2) if a != axis]
    if not reach[:, axis].min() <= at <= reach[:, axis].max():
        return
    steps = np.linalg.norm(grid.matrix[:3, :3], axis=0)
    u, v = (
        np.arange(reach[:, a].min(), reach[:, a].max(), min(FINE_MM / float(steps[a]), 1.0)) for a in (first, second)
    )
    index = np.empty((len(v), len(u), 3))
    index[..., axis], index[..., first], index[..., second] = at, u, v[:, None]
    where = voi.grid.index_of(grid.points_of(index.reshape(-1, 3)))[:, ::-1].T
    share = map_coordinates(voi.share, where, order=1, mode="constant").reshape(len(v), len(u))
    for line in _lines(share):
        yield np.column_stack(
            [np.interp(line[:, 0], np.arange(len(u)), u), np.interp(line[:, 1], np.arange(len(v)), v)]
        )


def _flat(contour: Contour, grid: Grid) -> Iterator[tuple[Polygon, Array]]:
    """Return the polygons that lie in slices of the series, with their indices."""
    for polygon in contour.polygons:
        index = grid.index_of(polygon)
        if float(np.ptp(index[:, 2])) <= FLAT_PIXELS:
            yield polygon, index


def _across(contour: Contour, grid: Grid, j: int) -> Iterator[Array]:
    """Return the lines at which the distance to the drawn edge, told in each plane along row j, is zero between planes too."""
    planes: dict[float, list[Array]] = {}
    for _, index in _flat(contour, grid):
        planes.setdefault(round(float(index[:, 2].mean()), 2), []).append(index)
    crossed = {k: _crossings(planes[k], j) for k in sorted(planes)}
    ends = np.concatenate([np.zeros(0), *crossed.values()])
    if not len(ends):
        return
    columns = np.arange(ends.min() - 2, ends.max() + 2.5, 0.5)
    known = [(k, _signed(result, columns)) for k, result in crossed.items()]
    closed = list(_closed(known, contour.spacing_mm / grid.spacing_zyx_mm[0]))
    for line in _lines(np.array([row for _, row in closed]), level=0.0):
        at = np.interp(line[:, 1], np.arange(len(closed)), [k for k, _ in closed])
        yield np.column_stack([np.interp(line[:, 0], np.arange(len(columns)), columns), at])


def _closed(known: Sequence[tuple[float, Array]], step: float) -> Iterator[tuple[float, Array]]:
    """Return the planes of a row's distances with one of nothing a step below and above each run, so that it ends half-way."""
    for at, (k, row) in enumerate(known):
        if at == 0 or k - known[at - 1][0] > GAP * step:
            yield k - step, -np.abs(row)
        yield k, row
        if at + 1 == len(known) or known[at + 1][0] - k > GAP * step:
            yield k + step, -np.abs(row)


def _crossings(polygons: Sequence[Array], j: int) -> Array:
    """Return the columns at which the polygons of a plane cross row j."""
    results = []
    for here in polygons:
        there = np.roll(here, -1, axis=0)
        crossed = (here[:, 1] > j) != (there[:, 1] > j)
        a, b = here[crossed], there[crossed]
        results.append(a[:, 0] + (j - a[:, 1]) / (b[:, 1] - a[:, 1]) * (b[:, 0] - a[:, 0]))
    return np.sort(np.concatenate(results))


def _signed(crossings: Array, columns: Array) -> Array:
    """Return the distance to the nearest edge, positive inside."""
    if not len(crossings):
        return np.full(len(columns), -REACH)
    distance = np.abs(columns[:, None] - crossings).min(axis=1)
    inside = np.searchsorted(crossings, columns) % 2 == 1
    return np.asarray(np.clip(np.where(inside, distance, -distance), -REACH, REACH))


def _shadow(contour: Contour, grid: Grid) -> Iterator[Array]:
    """Return the ends of each plane, drawn up one side and down the other."""
    ends: dict[float, tuple[float, float]] = {}
    for _, index in _flat(contour, grid):
        k, low, high = round(float(index[:, 2].mean()), 2), float(index[:, 0].min()), float(index[:, 0].max())
        before = ends.get(k, (low, high))
        ends[k] = (min(low, before[0]), max(high, before[1]))
    planes = sorted(ends)
    if planes:
        around = [(ends[k][0], k) for k in planes] + [(ends[k][1], k) for k in reversed(planes)]
        yield np.array([*around, around[0]])


def _lines(values: Array, level: float = EDGE) -> list[Array]:
    from contourpy import LineType, contour_generator

    generator = contour_generator(z=values, name="serial", line_type=LineType.Separate)
    return [np.asarray(line) for line in generator.lines(level)]
