"""Shares -> Contour: polygons on the slices of a grid, at sub-voxel place, that keep the volume."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from contourpy import LineType, contour_generator
from numpy.typing import NDArray

from yttria.values.contour import Contour, Polygon
from yttria.values.maps import Voi

EDGE = 0.5  # where an edge runs through a voxel that it halves
FLAT = 0.9  # of a slice's highest share: a level above it would trace noise, not the edge
CLOSE = 1e-4  # of its area: how well a slice keeps it
DUST = 0.0005  # of the volume: slices that hold less than this together are left out, the emptiest first
SPECK = 0.05  # of a pixel: a part of a slice that holds less is left out
STEPS = 24
FINER = 4  # a side: pixels in which a part-filled slab is drawn smaller
Array = NDArray[Any]


def contour_of(voi: Voi) -> Contour:
    """Return the contour of a volume of interest: in every slice the line at which it keeps its area.

    In a slice, shares are linear between voxel centres, and the line runs where they equal one level: about 1/2, moved
    until the area inside is the sum of the shares. So volume and place along the slices are kept exactly, the edge to a
    small part of a voxel. A slab that the volume fills in part only (its shares are flat and low) has no such line: what
    fills it evenly is drawn smaller, from its edge inwards, until the area is kept.

    Parameters
    ----------
    voi
        Shares on any grid; the contour lies in the planes of its slices.

    Returns
    -------
    Contour
        Holes are polygons of their own: the even-odd rule of `Contour` takes them out.

    Notes
    -----
    A structure thinner than two voxels keeps its area, not its shape.

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> z, y, x = np.indices((9, 21, 21)) - np.array([4, 10, 10])[:, None, None, None]
    >>> ball = Voi("ball", "tumour", Grid.aligned((9, 21, 21), spacing_zyx_mm=(4, 2, 2), origin_lps_mm=(0, 0, 0)),
    ...     np.clip(6.5 - np.sqrt(4 * z * z + y * y + x * x), 0, 1))
    >>> drawn = contour_of(ball)
    >>> len(drawn.polygons), drawn.spacing_mm
    (7, 4.0)
    """
    rings: list[Polygon] = []
    areas = voi.share.sum(axis=(1, 2), dtype=np.float64)
    for k in _drawing_slices(areas):
        result = _rings(voi.share[k], _sampling(voi))
        rings += [voi.grid.points_of(np.column_stack([ring, np.full(len(ring), float(k))])) for ring in result]
    return Contour(voi.name, voi.role, voi.grid.frame_uid, tuple(rings), _step_mm(voi))


def _drawing_slices(areas: Array) -> Array:
    """Return the slices to draw: all but the emptiest."""
    order = np.argsort(areas, kind="stable")
    return np.sort(order[np.cumsum(areas[order]) > DUST * areas.sum()])


def _step_mm(voi: Voi) -> float:
    """Return the distance of neighbouring slices along their normal."""
    columns, rows, slices = voi.grid.matrix[:3, :3].T
    normal = np.cross(columns, rows)
    return float(f"{abs(slices @ normal) / np.linalg.norm(normal):.9g}")


def _sampling(voi: Voi) -> tuple[float, float]:
    """Return the distances of neighbouring rows and columns."""
    _, dy, dx = voi.grid.spacing_zyx_mm
    return dy, dx


def _rings(share: Array, sampling: tuple[float, float]) -> Iterator[Array]:
    """Return the closed polygons of one slice as (column, row), outer ones and holes; each part keeps its own area."""
    from scipy.ndimage import find_objects, label  # noqa: PLC0415  a tenth of a second that plans do not need

    parts, _ = label(share > 0, structure=np.ones((3, 3)))
    for number, (rows, columns) in enumerate(filter(None, find_objects(parts)), 1):
        part = np.pad(np.where(parts[rows, columns] == number, share[rows, columns], 0).astype(np.float64), 1)
        if part.sum() > SPECK:
            for line in _outline(part, sampling):
                yield line + np.array([columns.start - 1, rows.start - 1])


def _outline(part: Array, sampling: tuple[float, float]) -> Iterator[Array]:
    """Return the lines around one part of a slice that hold its area, as (column, row) of that part."""
    top, area, fine = float(part.max()), float(part.sum()), 1
    if _area(_lines(part, FLAT * top)) > area:
        part, fine = _depth(part, EDGE * top, sampling), FINER
        top, area = float(part.max()) / FLAT, area * FINER**2
    for line in _lines(part, _level(part, area, top)):
        if len(line) > 3:
            yield (line[:-1] + 0.5) / fine - 0.5


def _depth(part: Array, edge: float, sampling: tuple[float, float]) -> Array:
    """Return on finer pixels how deep each lies inside, from its edge: levels of it are the region drawn smaller."""
    from scipy.ndimage import distance_transform_edt, zoom  # noqa: PLC0415

    inside = zoom(part, FINER, order=1, grid_mode=True, mode="nearest") > edge
    return np.asarray(distance_transform_edt(inside, sampling=sampling), dtype=np.float64)


def _level(part: Array, area: float, top: float) -> float:
    """Return the level whose lines hold the wanted area, by halving: the area falls as the level rises."""
    low, high, level = 0.0, FLAT * top, min(EDGE, FLAT * top)
    for _ in range(STEPS):
        inside = _area(_lines(part, level))
        if abs(inside - area) <= CLOSE * area:
            break
        low, high = (level, high) if inside > area else (low, level)
        level = 0.5 * (low + high)
    return level


def _lines(part: Array, level: float) -> list[Array]:
    """Return the closed lines at a level: around what is higher one way, around holes the other way."""
    generator = contour_generator(z=part, name="serial", line_type=LineType.Separate)
    return [np.asarray(line) for line in generator.lines(level)]


def _area(lines: list[Array]) -> float:
    """Return the area inside lines, holes taken out, in pixels."""
    total = 0.0
    for line in lines:
        x, y = (line - line[0]).T
        total += 0.5 * float(x[:-1] @ y[1:] - x[1:] @ y[:-1])
    return abs(total)
