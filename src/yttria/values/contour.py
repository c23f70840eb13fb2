"""Contours as drawn: closed planar polygons in patient space, before any grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, QuantityError
from yttria.values.planimetry import Planimetry, planimetry
from yttria.values.units import MM3_PER_ML, Ml

Polygon = NDArray[np.float64]
# Of the distance of planes: polygons nearer than this lie on one plane. A tenth is met in files (0.3 mm at slices of 3 mm).
ONE_PLANE_SHARE = 0.15
TOUCHING_MM = 1e-6


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


@dataclass(frozen=True, slots=True, eq=False)
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
                f"contour {self.name} must hold a closed polygon, but is empty; draw it or leave it out"
            )
        if not self.spacing_mm > 0:
            raise QuantityError(
                f"contour {self.name} needs a plane distance above zero, but it is {self.spacing_mm}; draw it on two planes or name the slice thickness"
            )
        owned = []
        for points in self.polygons:
            if points.ndim != 2 or points.shape[1] != 3 or len(points) < 3 or not np.isfinite(points).all():
                raise GeometryError(
                    f"a polygon of {self.name} must be three or more finite points (n, 3), but is {points.shape}; export the contour again"
                )
            mine = np.array(points, dtype=np.float64, copy=True)
            mine.flags.writeable = False
            owned.append(mine)
        object.__setattr__(self, "polygons", tuple(owned))

    @property
    def normal(self) -> NDArray[np.float64]:
        """Return the unit normal of the planes, LPS, its largest component positive."""
        area = sum((np.abs(_vector_area(p)) for p in self.polygons), np.zeros(3))
        largest = max(self.polygons, key=lambda p: float(np.linalg.norm(_vector_area(p))))
        vector = _vector_area(largest)
        if not np.linalg.norm(area):
            raise GeometryError(
                f"contour {self.name} must enclose an area, but all its polygons are flat; draw it again"
            )
        unit = vector / np.linalg.norm(vector)
        return unit if unit[np.abs(unit).argmax()] > 0 else -unit

    @property
    def planes(self) -> Planes:
        """Return its polygons by plane: heights are clustered, the largest polygon first, which says where its plane lies."""
        normal = self.normal
        height = np.array([float((p @ normal).mean()) for p in self.polygons])
        size = np.array([float(np.linalg.norm(_vector_area(p))) for p in self.polygons])
        return planes_of(height, size, ONE_PLANE_SHARE * self.spacing_mm)

    @property
    def ml(self) -> Ml:
        """Return the volume by planimetry: area inside each plane, by the even-odd rule, times the distance of planes.

        Examples
        --------
        >>> square = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 10, 0]])
        >>> Contour("cube", "", "", tuple(square + [0, 0, z] for z in range(10)), spacing_mm=1.0).ml
        1.0
        """
        return Ml(float(f"{float(self._measured()[0].area_mm2.sum()) * self.spacing_mm / MM3_PER_ML:.12g}"))

    @property
    def centroid_lps_mm(self) -> tuple[float, float, float]:
        """Return the centre of its volume; the mean of its corners where it encloses none."""
        found, axes, height = self._measured()
        area = float(found.area_mm2.sum())
        if not area > 0:
            x, y, z = np.concatenate(self.polygons).mean(axis=0)
        else:
            u, v = found.moment_mm3.sum(axis=0) / area
            x, y, z = axes @ np.array([u, v, float(found.area_mm2 @ height) / area])
        return float(x), float(y), float(z)

    def _measured(self) -> tuple[Planimetry, NDArray[np.float64], NDArray[np.float64]]:
        """Return what each plane encloses, the axes (u, v, normal) as columns, and the planes' heights along the normal."""
        axes, planes = in_plane_axes(self.normal), self.planes
        flat = [self.polygons[i] @ axes for i in planes.order]
        height = np.array([float((self.polygons[i] @ axes[:, 2]).mean()) for i in planes.largest])
        return planimetry([p[:, :2] for p in flat], planes.number), axes, height

    def __repr__(self) -> str:
        return f"Contour({self.name!r} as {self.role or 'undecided'!r}, {len(self.polygons)} polygons, planes {self.spacing_mm:g} mm apart)"


def _vector_area(points: Polygon) -> NDArray[np.float64]:
    """Return half the sum of cross products: normal times signed area, mm2."""
    rel = points - points[0]
    return np.asarray(0.5 * np.cross(rel, np.roll(rel, -1, axis=0)).sum(axis=0))


def in_plane_axes(normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return unit axes as columns: two in the plane, then the normal."""
    first = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first), normal], axis=1)


def planes_of(height_mm: NDArray[np.float64], size: NDArray[np.float64], near_mm: float) -> Planes:
    """Return things of given heights by plane: the largest says where a plane lies, and what is `near_mm` to it lies on it.

    Parameters
    ----------
    size
        What each weighs: its area.

    Examples
    --------
    >>> found = planes_of(np.array([0.0, 3.0, 0.3, 6.0]), np.array([9.0, 9.0, 0.1, 9.0]), near_mm=0.45)
    >>> found.order, found.start, found.largest
    (array([0, 2, 1, 3]), array([0, 2, 3, 4]), array([0, 1, 3]))
    """
    leader = np.full(len(height_mm), -1)
    for i in np.argsort(-size, kind="stable"):
        if leader[i] < 0:
            leader[(leader < 0) & (np.abs(height_mm - height_mm[i]) <= near_mm + TOUCHING_MM)] = i
    order = np.argsort(height_mm[leader], kind="stable")
    start = np.concatenate([[0], np.flatnonzero(np.diff(leader[order])) + 1, [len(order)]])
    return Planes(order.astype(np.int64), start.astype(np.int64), leader[order[start[:-1]]].astype(np.int64))
