"""Contours as drawn: closed planar polygons in patient space, before any grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, QuantityError
from yttria.values.planimetry import Planimetry, planimetry
from yttria.values.units import MM3_PER_ML, Ml

Polygon = NDArray[np.float64]
# Of the distance of planes: polygons nearer than this lie on one plane. A tenth is met in files (0.3 mm at slices of 3 mm).
ONE_PLANE_SHARE = 0.15
TOUCHING_MM = 1e-6
SAME_HEIGHT_MM = 0.01  # heights that differ by less are written differently, not drawn differently


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """Polygons of one direction, measured.

    Parameters
    ----------
    axes
        Two unit vectors in their planes and the normal, as columns.
    height_mm, area_mm2
        Of each, along the normal and inside.
    low_mm, high_mm
        Bounds of each in its plane, shape (n, 2).
    """

    axes: NDArray[np.float64]
    height_mm: NDArray[np.float64]
    area_mm2: NDArray[np.float64]
    low_mm: NDArray[np.float64]
    high_mm: NDArray[np.float64]

    @classmethod
    def of(cls, polygons: Sequence[Polygon], normal: NDArray[np.float64]) -> "Outlines":
        """Return polygons measured across a direction."""
        axes = in_plane_axes(normal)
        sizes = np.array([len(p) for p in polygons])
        start = np.cumsum(sizes) - sizes
        flat = np.concatenate(polygons) @ axes
        return cls(
            axes,
            np.add.reduceat(flat[:, 2], start) / sizes,
            np.abs(vector_areas(polygons) @ normal),
            np.minimum.reduceat(flat[:, :2], start),
            np.maximum.reduceat(flat[:, :2], start),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """The polygons of a contour by plane.

    Parameters
    ----------
    order
        Indices of the polygons, plane by plane, along the normal.
    start
        Where each plane starts in `order`; one more at the end.
    largest
        Index of the largest polygon of each plane: its height is the plane's.
    """

    order: NDArray[np.int64]
    start: NDArray[np.int64]
    largest: NDArray[np.int64]

    @property
    def number(self) -> NDArray[np.int64]:
        """Return the plane of each polygon of `order`, numbered from 0."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


@dataclass(frozen=True, eq=False)
class Contour:
    """A structure drawn on parallel planes; several polygons of a plane combine by the even-odd rule (holes, keyholes).

    Parameters
    ----------
    name
        As the structure set calls it.
    role
        What it is in this case; empty while undecided.
    frame_uid
        Frame of reference that the points lie in.
    polygons
        Each of shape (n, 3), LPS mm, n >= 3, not repeated at the end.
    spacing_mm
        Distance of neighbouring planes: each polygon stands for a slab of this thickness, centred on its plane. Polygons
        nearer to each other than 15 % of it lie on one plane.

    Raises
    ------
    GeometryError, QuantityError
        Points that are not finite or not (n, 3); no polygon; a spacing that is not above zero.
    """

    name: str
    role: str
    frame_uid: str
    polygons: tuple[Polygon, ...]
    spacing_mm: float

    def __post_init__(self) -> None:
        if not self.polygons:
            raise QuantityError(
                f"contour {self.name} must hold a closed polygon, but is empty; draw it or leave it out",
                code="contour-empty",
            )
        if not self.spacing_mm > 0:
            raise QuantityError(
                f"contour {self.name} needs a plane distance above zero, but it is {self.spacing_mm}; draw it on two planes or name the slice thickness",
                code="contour-plane-distance",
            )
        owned = []
        for points in self.polygons:
            if points.ndim != 2 or points.shape[1] != 3 or len(points) < 3 or not np.isfinite(points).all():
                raise GeometryError(
                    f"a polygon of {self.name} must be three or more finite points (n, 3), but is {points.shape}; export the contour again",
                    code="contour-points",
                )
            mine = np.array(points, dtype=np.float64, copy=True)
            mine.flags.writeable = False
            owned.append(mine)
        object.__setattr__(self, "polygons", tuple(owned))

    @cached_property
    def normal(self) -> NDArray[np.float64]:
        """Return the unit normal of the planes, LPS, its largest component positive."""
        vectors = vector_areas(self.polygons)
        vector = vectors[int((vectors**2).sum(axis=1).argmax())]
        if not np.linalg.norm(vector):
            raise GeometryError(
                f"contour {self.name} must enclose an area, but all its polygons are flat; draw it again",
                code="contour-without-area",
            )
        unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
        return unit if unit[np.abs(unit).argmax()] > 0 else -unit

    @cached_property
    def planes(self) -> Planes:
        """Return its polygons by plane: heights are clustered, the largest polygon first, which says where its plane lies."""
        return planes_of(Outlines.of(self.polygons, self.normal), ONE_PLANE_SHARE * self.spacing_mm)

    @property
    def ml(self) -> Ml:
        """Return the volume by planimetry: area inside each plane, by the even-odd rule, times the distance of planes.

        Examples
        --------
        >>> square = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]])
        >>> Contour("cube", "", "", tuple(square + [0, 0, z] for z in range(10)), spacing_mm=1.0).ml
        1.0
        """
        return Ml(float(f"{float(self._measured[0].area_mm2.sum()) * self.spacing_mm / MM3_PER_ML:.12g}"))

    @property
    def centroid_lps_mm(self) -> tuple[float, float, float]:
        """Return the centre of its volume; the mean of its corners where it encloses none."""
        result, axes, height = self._measured
        area = float(result.area_mm2.sum())
        if not area > 0:
            x, y, z = np.concatenate(self.polygons).mean(axis=0)
        else:
            u, v = result.moment_mm3.sum(axis=0) / area
            x, y, z = axes @ np.array([u, v, float(result.area_mm2 @ height) / area])
        return float(x), float(y), float(z)

    @cached_property
    def _measured(self) -> tuple[Planimetry, NDArray[np.float64], NDArray[np.float64]]:
        """Return what each plane encloses, the axes (u, v, normal) as columns, and the planes' heights along the normal."""
        axes, planes = in_plane_axes(self.normal), self.planes
        flat = [self.polygons[i] @ axes for i in planes.order]
        height = np.array([float((self.polygons[i] @ axes[:, 2]).mean()) for i in planes.largest])
        return planimetry([p[:, :2] for p in flat], planes.number), axes, height

    def __repr__(self) -> str:
        return f"Contour({self.name!r} as {self.role or 'undecided'!r}, {len(self.polygons)} polygons, planes {self.spacing_mm:g} mm apart)"


def vector_areas(polygons: Sequence[Polygon]) -> NDArray[np.float64]:
    """Return half the sum of cross products of each polygon's corners: its normal times its signed area, mm2, shape (n, 3).

    Examples
    --------
    >>> square = np.array([[0.0, 0, 7], [10, 0, 7], [10, 10, 7], [0, 10, 7]])
    >>> vector_areas([square, square[::-1]])
    array([[   0.,    0.,  100.],
           [   0.,    0., -100.]])
    """
    sizes = np.array([len(p) for p in polygons])
    start = np.cumsum(sizes) - sizes
    points = np.concatenate(polygons)
    points = points - np.repeat(points[start], sizes, axis=0)
    after = np.arange(1, len(points) + 1)
    after[start + sizes - 1] = start
    return np.asarray(0.5 * np.add.reduceat(np.cross(points, points[after]), start), dtype=np.float64)


def in_plane_axes(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit axes as columns: two in the plane, then the normal."""
    first = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first), normal], axis=1)


def planes_of(outlines: Outlines, near_mm: float) -> Planes:
    """Return polygons by plane: the largest says where a plane lies, and what lies over it within `near_mm` is on that plane.

    Polygons apart from each other are of one plane where their heights are the same but for rounding: islands at heights of their own
    keep these.

    Examples
    --------
    >>> square = np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]])
    >>> drawn = [square, square + [0, 0, 3], square / 9 + [4, 4, 0.3], square + [20, 0, 0.3]]
    >>> found = planes_of(Outlines.of(drawn, np.array([0.0, 0, 1])), near_mm=0.45)
    >>> found.order, found.start, found.largest
    (array([0, 2, 3, 1]), array([0, 2, 3, 4]), array([0, 3, 1]))
    """
    height, low, high = outlines.height_mm, outlines.low_mm, outlines.high_mm
    size = np.round(outlines.area_mm2 / max(float(outlines.area_mm2.max()), TOUCHING_MM), 3)
    leader = np.full(len(height), -1)
    for i in np.lexsort((height, -size)):
        if leader[i] < 0:
            rise = np.abs(height - height[i])
            over = ((low < high[i]) & (low[i] < high)).all(axis=1)
            near = rise <= np.where(over, near_mm + TOUCHING_MM, SAME_HEIGHT_MM)
            leader[near & (leader < 0)] = i
    order = np.lexsort((leader, height[leader]))
    start = np.concatenate([[0], np.flatnonzero(np.diff(leader[order])) + 1, [len(order)]])
    return Planes(order.astype(np.int64), start.astype(np.int64), leader[order[start[:-1]]].astype(np.int64))
