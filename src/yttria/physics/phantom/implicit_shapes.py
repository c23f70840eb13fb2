"""Implicit shapes in patient space: a field that is below zero inside, and the algebra that joins shapes.

A shape is a short program for a stack machine, so that one compiled function evaluates every shape at every point.
Fields never change faster than distance does: |f| is a lower bound of the distance to the surface, mm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.grid import Grid

Point = tuple[float, float, float]
Row = tuple[float, ...]
WIDTH = 16
DEPTH = 12
ELLIPSOID, HALF_SPACE, COLUMN, TUBE, COMB, UNION, INTERSECTION, DIFFERENCE, ONION = range(9)
EVERYWHERE = 1e6
TILE = 16
PATCH = 4
LEANING = 0.97
"""Factor on a column's field: its walls lean, and no field may rise by more than 1 per mm."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A solid as a program and the box that holds it.

    Parameters
    ----------
    program
        Rows of an operation and its numbers, in the order of a stack machine.
    low, high
        Corners of a box around the solid, LPS mm.
    """

    program: tuple[Row, ...]
    low: Point
    high: Point

    def __or__(self, other: "Shape") -> "Shape":
        return self.blended(other, 0.0)

    def __and__(self, other: "Shape") -> "Shape":
        return self.within(other, 0.0)

    def __sub__(self, other: "Shape") -> "Shape":
        return self.without(other, 0.0)

    def blended(self, other: "Shape", radius_mm: float) -> "Shape":
        """Return the union, its inner edge rounded over `radius_mm`."""
        low = tuple(min(a, b) - radius_mm / 4 for a, b in zip(self.low, other.low, strict=True))
        high = tuple(max(a, b) + radius_mm / 4 for a, b in zip(self.high, other.high, strict=True))
        return self._joined(other, UNION, radius_mm, low, high)

    def within(self, other: "Shape", radius_mm: float) -> "Shape":
        """Return the intersection, its edge rounded over `radius_mm`."""
        low = tuple(max(a, b) for a, b in zip(self.low, other.low, strict=True))
        high = tuple(min(a, b) for a, b in zip(self.high, other.high, strict=True))
        return self._joined(other, INTERSECTION, radius_mm, low, high)

    def without(self, other: "Shape", radius_mm: float) -> "Shape":
        """Return what is left of this solid outside the other, its edge rounded over `radius_mm`."""
        return self._joined(other, DIFFERENCE, radius_mm, self.low, self.high)

    def shell(self, half_mm: float) -> "Shape":
        """Return the wall of twice `half_mm` around this solid's surface."""
        return replace(
            self,
            program=(*self.program, (float(ONION), half_mm)),
            low=_moved(self.low, -half_mm),
            high=_moved(self.high, half_mm),
        )

    def _joined(self, other: "Shape", code: int, radius: float, low: Any, high: Any) -> "Shape":
        return Shape((*self.program, *other.program, (float(code), radius)), low, high)

    def code(self) -> NDArray[np.float64]:
        """Return the program as one array, shape (rows, 16)."""
        rows = np.zeros((len(self.program), WIDTH))
        for at, row in enumerate(self.program):
            rows[at, : len(row)] = row
        return rows


def _moved(point: Point, by: float) -> Point:
    return point[0] + by, point[1] + by, point[2] + by


def ellipsoid(centre: Point, axes: Point, *, turned: Point = (0.0, 0.0, 0.0)) -> Shape:
    """Return an ellipsoid.

    Parameters
    ----------
    centre
        LPS mm.
    axes
        Semi-axes along x, y, z before turning, mm.
    turned
        Angles about x, then y, then z, degrees.
    """
    rotation = _rotation(turned)
    scaled = np.diag(1 / np.asarray(axes)) @ rotation.T
    reach = np.sqrt((rotation**2) @ (np.asarray(axes) ** 2))
    row = (float(ELLIPSOID), *centre, *scaled.ravel().tolist(), min(axes))
    low = tuple(c - r for c, r in zip(centre, reach, strict=True))
    high = tuple(c + r for c, r in zip(centre, reach, strict=True))
    return Shape((row,), low, high)


def _rotation(turned: Point) -> NDArray[np.float64]:
    a, b, c = np.radians(turned)
    about_x = np.array([[1, 0, 0], [0, math.cos(a), -math.sin(a)], [0, math.sin(a), math.cos(a)]])
    about_y = np.array([[math.cos(b), 0, math.sin(b)], [0, 1, 0], [-math.sin(b), 0, math.cos(b)]])
    about_z = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, dtype=np.float64)


def half_space(point: Point, normal: Point) -> Shape:
    """Return all that lies behind the plane through `point`, away from where `normal` points."""
    unit = np.asarray(normal) / np.linalg.norm(normal)
    row = (float(HALF_SPACE), *unit.tolist(), float(unit @ np.asarray(point)))
    low = tuple(p if u <= -1 else -EVERYWHERE for u, p in zip(unit, point, strict=True))
    high = tuple(p if u >= 1 else EVERYWHERE for u, p in zip(unit, point, strict=True))
    return Shape((row,), low, high)  # type: ignore[arg-type]


def column(
    centre: tuple[float, float],
    axes: tuple[float, float],
    *,
    z: tuple[float, float],
    taper: tuple[float, float] = (0.0, 0.0),
    z_of_axes: float = 0.0,
    roundness: float = 1.0,
) -> Shape:
    """Return an upright column: X^4 + Y^4 + c X^2 Y^2 = 1, an ellipse for c = 2, boxier below.

    Parameters
    ----------
    axes
        Semi-axes along x and y at height `z_of_axes`, mm.
    z
        Lowest and highest z, mm (the ends are flat).
    taper
        Growth of both axes per 100 mm of height, linear and quadratic.
    roundness
        c, 0..2.
    """
    row = (float(COLUMN), *centre, *axes, *taper, z_of_axes, roundness)
    widest = max(
        1 + taper[0] * t + taper[1] * t * t for t in np.linspace((z[0] - z_of_axes) / 100, (z[1] - z_of_axes) / 100, 21)
    )
    reach_x, reach_y = axes[0] * widest, axes[1] * widest
    endless = Shape(
        (row,),
        (centre[0] - reach_x, centre[1] - reach_y, -EVERYWHERE),
        (centre[0] + reach_x, centre[1] + reach_y, EVERYWHERE),
    )
    ends = half_space((0, 0, z[1]), (0, 0, 1)) & half_space((0, 0, z[0]), (0, 0, -1))
    return replace(endless & ends, low=(*endless.low[:2], z[0]), high=(*endless.high[:2], z[1]))


def tube(points: Sequence[Point], radii: Sequence[float]) -> Shape:
    """Return a chain of tapering round pieces through `points` with these radii, mm."""
    pieces = [
        Shape(
            ((float(TUBE), *p, *q, a, b, 1 / math.hypot(1, (b - a) / math.dist(p, q))),),
            tuple(min(u - a, v - b) for u, v in zip(p, q, strict=True)),  # type: ignore[arg-type]
            tuple(max(u + a, v + b) for u, v in zip(p, q, strict=True)),  # type: ignore[arg-type]
        )
        for p, q, a, b in zip(points[:-1], points[1:], radii[:-1], radii[1:], strict=True)
    ]
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = whole | piece
    return whole


def comb(*, period_mm: float, half_mm: float, phase_mm: float = 0.0, slope: float = 0.0) -> Shape:
    """Return slabs of twice `half_mm`, one each `period_mm` of height; they rise by `slope` towards the back."""
    row = (float(COMB), period_mm, half_mm, phase_mm, slope)
    return Shape((row,), (-EVERYWHERE,) * 3, (EVERYWHERE,) * 3)


@njit(cache=True, nogil=True)
def _joined(kind: int, mine: float, other: float, radius: float) -> float:
    """Return the field of two solids joined, the edge between them rounded over `radius`."""
    if kind == UNION:
        mine, other = -mine, -other
    elif kind == DIFFERENCE:
        other = -other
    most = max(mine, other)
    near = radius - abs(mine - other)
    if near > 0.0:
        most += near * near / (4.0 * radius)
    return -most if kind == UNION else most


@njit(cache=True, nogil=True)
def _field(code: Any, x: float, y: float, z: float, stack: Any) -> float:
    """Return a program's value at a point."""
    top = -1
    for at in range(code.shape[0]):
        row = code[at]
        kind = int(row[0])
        if kind == ELLIPSOID:
            dx, dy, dz = x - row[1], y - row[2], z - row[3]
            u = row[4] * dx + row[5] * dy + row[6] * dz
            v = row[7] * dx + row[8] * dy + row[9] * dz
            w = row[10] * dx + row[11] * dy + row[12] * dz
            top += 1
            stack[top] = (math.sqrt(u * u + v * v + w * w) - 1.0) * row[13]
        elif kind == HALF_SPACE:
            top += 1
            stack[top] = row[1] * x + row[2] * y + row[3] * z - row[4]
        elif kind == COLUMN:
            t = (z - row[7]) / 100.0
            grown = 1.0 + row[5] * t + row[6] * t * t
            a, b = row[3] * grown, row[4] * grown
            u = (x - row[1]) / a
            v = (y - row[2]) / b
            u, v = u * u, v * v
            top += 1
            stack[top] = (math.sqrt(math.sqrt(u * u + v * v + row[8] * u * v)) - 1.0) * min(a, b) * LEANING
        elif kind == TUBE:
            px, py, pz = x - row[1], y - row[2], z - row[3]
            dx, dy, dz = row[4] - row[1], row[5] - row[2], row[6] - row[3]
            t = (px * dx + py * dy + pz * dz) / (dx * dx + dy * dy + dz * dz)
            t = min(max(t, 0.0), 1.0)
            px, py, pz = px - t * dx, py - t * dy, pz - t * dz
            top += 1
            stack[top] = (math.sqrt(px * px + py * py + pz * pz) - (row[7] + t * (row[8] - row[7]))) * row[9]
        elif kind == COMB:
            height = (z - row[4] * y - row[3]) / row[1]
            top += 1
            stack[top] = (abs(height - math.floor(height + 0.5)) * row[1] - row[2]) / math.sqrt(1.0 + row[4] * row[4])
        elif kind == ONION:
            stack[top] = abs(stack[top]) - row[1]
        else:
            top -= 1
            stack[top] = _joined(kind, stack[top], stack[top + 1], row[1])
    return float(stack[0])


@njit(cache=True, nogil=True)
def _reach(step: Any, nx: int, ny: int, nz: int) -> float:
    """Return how far the field must be from zero at the centre of nx * ny * nz voxels for all of them to lie on one side."""
    x, y, z = nx * step[0], ny * step[1], nz * step[2]
    return 0.5 * math.sqrt(x * x + y * y + z * z)


@njit(cache=True, nogil=True)
def _points_inside(code: Any, x: float, y: float, z: float, step: Any, parts: Any, stack: Any) -> int:
    """Return how many of a voxel's points lie inside."""
    inside = 0
    for c in range(parts[2]):
        for b in range(parts[1]):
            for a in range(parts[0]):
                at_x = x + step[0] * ((a + 0.5) / parts[0] - 0.5)
                at_y = y + step[1] * ((b + 0.5) / parts[1] - 0.5)
                at_z = z + step[2] * ((c + 0.5) / parts[2] - 0.5)
                if _field(code, at_x, at_y, at_z, stack) < 0.0:
                    inside += 1
    return inside


@njit(cache=True, nogil=True)
def _side(code: Any, corner: Any, step: Any, i: int, j: int, size: int, thick: int, stack: Any) -> int:
    """Return -1 where a square of `size` voxels lies wholly inside, 1 where wholly outside, 0 where neither is sure."""
    x = corner[0] + step[0] * (i + 0.5 * (size - 1))
    y = corner[1] + step[1] * (j + 0.5 * (size - 1))
    value = _field(code, x, y, corner[2], stack)
    reach = _reach(step, size, size, thick)
    if value < -reach:
        return -1
    return 1 if value > reach else 0


@njit(cache=True, nogil=True)
def _small(plane: Any, mark: int, code: Any, corner: Any, step: Any, parts: Any, box: Any, stack: Any) -> None:
    """Write `mark`, or the number of points inside, into the voxels of a small box, one by one."""
    points = parts[0] * parts[1] * parts[2]
    for j in range(box[0], box[1]):
        y = corner[1] + step[1] * j
        for i in range(box[2], box[3]):
            x = corner[0] + step[0] * i
            side = 0 if points == 1 else _side(code, corner, step, i, j, 1, 1, stack)
            if side < 0:
                plane[j, i] = mark
            elif side == 0:
                inside = _points_inside(code, x, y, corner[2], step, parts, stack)
                if points > 1:
                    plane[j, i] = inside
                elif inside:
                    plane[j, i] = mark


@njit(cache=True, nogil=True)
def _fill(array: Any, mark: int, code: Any, first: Any, step: Any, parts: Any, box: Any) -> None:
    """Write `mark` into the box of an array where it lies inside; with several `parts` a voxel, surface voxels get their count.

    Slices are filled in large tiles, then small ones, then voxels only where the surface may cross.
    """
    stack = np.empty(DEPTH)
    corner = first.copy()
    thick = 1 if parts[2] > 1 else 0
    inner = np.empty(4, dtype=np.int64)
    for k in range(box[0], box[1]):
        corner[2] = first[2] + step[2] * k
        plane = array[k]
        for j in range(box[2], box[3], TILE):
            for i in range(box[4], box[5], TILE):
                side = _side(code, corner, step, i, j, TILE, thick, stack)
                if side < 0:
                    plane[j : min(j + TILE, box[3]), i : min(i + TILE, box[5])] = mark
                if side != 0:
                    continue
                for b in range(j, min(j + TILE, box[3]), PATCH):
                    for a in range(i, min(i + TILE, box[5]), PATCH):
                        side = _side(code, corner, step, a, b, PATCH, thick, stack)
                        inner[0], inner[1] = b, min(b + PATCH, box[3])
                        inner[2], inner[3] = a, min(a + PATCH, box[5])
                        if side < 0:
                            plane[inner[0] : inner[1], inner[2] : inner[3]] = mark
                        elif side == 0:
                            _small(plane, mark, code, corner, step, parts, inner, stack)


@njit(cache=True, nogil=True)
def _plane(field: Any, code: Any, first: Any, step: float) -> None:
    """Fill the field on one transverse plane: exactly near its zero, elsewhere by one value a tile, which has the right sign."""
    stack = np.empty(DEPTH)
    size = TILE // 2
    far = (0.5 * size * math.sqrt(2.0) + 1.0) * step
    for j in range(0, field.shape[0], size):
        j1 = min(j + size, field.shape[0])
        for i in range(0, field.shape[1], size):
            i1 = min(i + size, field.shape[1])
            x, y = first[0] + step * (i + 0.5 * (size - 1)), first[1] + step * (j + 0.5 * (size - 1))
            value = _field(code, x, y, first[2], stack)
            field[j:j1, i:i1] = value
            if abs(value) <= far:
                for b in range(j, j1):
                    for a in range(i, i1):
                        field[b, a] = _field(code, first[0] + step * a, first[1] + step * b, first[2], stack)


def _box(shape: Shape, grid: Grid, *, margin: int = 1) -> tuple[int, ...]:
    """Return the index ranges (z, y, x) of the voxels that a shape may touch."""
    ranges: list[int] = []
    for axis, count in zip((2, 1, 0), grid.shape_zyx, strict=True):
        step, start = grid.spacing_zyx_mm[2 - axis], grid.origin_lps_mm[axis]
        low = math.floor((shape.low[axis] - start) / step) - margin
        high = math.ceil((shape.high[axis] - start) / step) + margin + 1
        ranges += [min(max(low, 0), count), min(max(high, 0), count)]
    return tuple(ranges)


def _steps(grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.asarray(grid.origin_lps_mm), np.asarray(grid.spacing_zyx_mm[::-1])


def paint(labels: NDArray[np.uint8], shape: Shape, label: int, grid: Grid) -> None:
    """Write `label` into `labels`, in place, where voxel centres lie inside the shape."""
    first, step = _steps(grid)
    _fill(labels, label, shape.code(), first, step, np.array([1, 1, 1]), np.asarray(_box(shape, grid)))


def around(shape: Shape, grid: Grid) -> Grid:
    """Return the part of a grid along the patient's axes that holds a shape."""
    z0, z1, y0, y1, x0, x1 = _box(shape, grid)
    affine = grid.matrix
    (affine[:3, 3],) = grid.points_of([(x0, y0, z0)])
    return Grid.of((z1 - z0, y1 - y0, x1 - x0), affine, grid.frame_uid)


def share_of(shape: Shape, grid: Grid, *, parts_xyz: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return the share of each voxel that lies inside the shape.

    Parameters
    ----------
    grid
        Along the patient's axes.
    parts_xyz
        Points a voxel along each axis at the surface, 255 in all at most.
    """
    points = math.prod(parts_xyz)
    inside = np.zeros(grid.shape_zyx, dtype=np.uint8)
    first, step = _steps(grid)
    _fill(inside, points, shape.code(), first, step, np.asarray(parts_xyz), np.asarray(_box(shape, grid)))
    return inside * np.float32(1 / points)


def outline(shape: Shape, z_mm: float, *, pitch_mm: float) -> list[NDArray[np.float64]]:
    """Return the closed curves (n, 3), LPS mm, in which the shape's surface cuts the plane z = `z_mm`."""
    from contourpy import contour_generator  # noqa: PLC0415  only who draws pays for it

    if not shape.low[2] < z_mm < shape.high[2]:
        return []
    first = np.array([shape.low[0] - 2.5 * pitch_mm, shape.low[1] - 2.5 * pitch_mm, z_mm])
    counts = [math.ceil((shape.high[a] + 2.5 * pitch_mm - first[a]) / pitch_mm) + 1 for a in (1, 0)]
    field = np.empty(counts)
    _plane(field, shape.code(), first, pitch_mm)
    curves = [np.asarray(line, dtype=np.float64) for line in contour_generator(z=field).lines(0.0)]
    return [
        np.column_stack([first[:2] + pitch_mm * curve[:-1], np.full(len(curve) - 1, z_mm)])
        for curve in curves
        if len(curve) > 4
    ]
