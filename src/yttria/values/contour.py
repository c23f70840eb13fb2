"""Contours as drawn: closed planar polygons in patient space, before any grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import GeometryError, QuantityError

Polygon = NDArray[np.float64]


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
        Distance of neighbouring planes: each polygon stands for a slab of this thickness, centred on its plane.

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

    def __repr__(self) -> str:
        return f"Contour({self.name!r} as {self.role or 'undecided'!r}, {len(self.polygons)} polygons, planes {self.spacing_mm:g} mm apart)"


def _vector_area(points: Polygon) -> NDArray[np.float64]:
    """Return half the sum of cross products: normal times signed area, mm2."""
    rel = points - points[0]
    return np.asarray(0.5 * np.cross(rel, np.roll(rel, -1, axis=0)).sum(axis=0))
