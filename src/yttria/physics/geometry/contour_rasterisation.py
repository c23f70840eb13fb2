"""Contours -> the share of each voxel that lies inside."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yttria.physics.geometry.grid_average import Points
from yttria.physics.geometry.polygon_area import fill_slabs
from yttria.physics.geometry.regrid import require_one_frame, resample_voi
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import Voi

STRIP_MM = 0.5  # how finely the edge of a round shape is shared out between voxels; areas are exact whatever it is
FLAT_MM = 0.05  # points of a polygon this near to one plane of voxels lie in it


def rasterise_contour(contour: Contour, grid: Grid) -> Voi:
    """Return which share of each voxel lies inside a contour.

    Each polygon stands for a slab of `spacing_mm` centred on its plane; polygons of one plane combine by the even-odd
    rule. In a plane, areas are exact; along the planes' normal, exact overlap.

    Parameters
    ----------
    contour
        Closed planar polygons, LPS mm.
    grid
        Where the shares are wanted; it may lie in any direction to the planes.

    Returns
    -------
    Voi
        With the contour's own (planimetric) volume as far as it lies in the grid: `audit_coverage` tells what is lost.

    Raises
    ------
    GeometryError
        Another frame of reference; a contour wholly outside the grid.

    Notes
    -----
    The slab rule adds or takes up to (spacing / r)^2 / 4 of a sphere's volume: draw small lesions on thin slices.

    Examples
    --------
    >>> square = np.array([[-5.0, -5, 0], [5, -5, 0], [5, 5, 0], [-5, 5, 0]])
    >>> contour = Contour("cube", "tumour", "", tuple(square + [0, 0, z] for z in range(10)), spacing_mm=1.0)
    >>> grid = Grid.aligned((4, 8, 8), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-15, -15, -2))
    >>> round(rasterise_contour(contour, grid).ml, 6)
    1.0
    """
    require_one_frame(contour.frame_uid, grid.frame_uid, what=f"contour {contour.name} and image")
    axis = _plane_axis(contour, grid)
    if axis is None:
        fine = _grid_along(contour, grid)
        return replace(resample_voi(rasterise_contour(contour, fine), grid), name=contour.name, role=contour.role)
    share = np.zeros([grid.shape_zyx[2 - a] for a in _axes(axis)], dtype=np.float32)
    planes = _planes_of(grid.index_of(np.concatenate(contour.polygons)), contour, axis)
    thick = contour.spacing_mm / _step_along(grid, axis)
    u_axis, v_axis = _axes(axis)[2], _axes(axis)[1]
    v_mm = grid.spacing_zyx_mm[2 - v_axis]
    fill_slabs(
        share,
        np.ascontiguousarray(planes.points[:, [u_axis, v_axis]]),
        planes.polygon_start,
        planes.plane_start,
        planes.at,
        thick,
        max(math.ceil(v_mm / STRIP_MM), 1),
    )
    if axis != 2:
        share = np.array(np.transpose(share, np.argsort([2 - a for a in _axes(axis)])), order="C")
    if share.max() <= 0:
        raise GeometryError(
            f"contour {contour.name} must lie in the image, but lies wholly outside it; it was drawn on another image, or the frames of reference differ",
            code="contour-outside-image",
        )
    share.flags.writeable = False
    return Voi(contour.name, contour.role, grid, share)


def structure_on(structure: Contour | Voi, grid: Grid) -> Voi:
    """Return a structure as drawn, or a mask, as shares of a grid.

    Raises
    ------
    GeometryError
        Another frame of reference; wholly outside the grid.
    """
    return resample_voi(structure, grid) if isinstance(structure, Voi) else rasterise_contour(structure, grid)


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
    """Polygons ordered by plane: points, where each polygon and each plane starts, where each plane lies along the axis."""

    points: Points
    polygon_start: NDArray[np.int64]
    plane_start: NDArray[np.int64]
    at: Points


def _planes_of(points: Points, contour: Contour, axis: int) -> _Planes:
    sizes = [len(p) for p in contour.polygons]
    parts = np.split(points, np.cumsum(sizes)[:-1])
    planes = contour.planes
    return _Planes(
        points=np.concatenate([parts[i] for i in planes.order]),
        polygon_start=np.concatenate([[0], np.cumsum([sizes[i] for i in planes.order])]).astype(np.int64),
        plane_start=planes.start,
        at=np.array([float(parts[i][:, axis].mean()) for i in planes.largest]),
    )


def _axes(axis: int) -> tuple[int, int, int]:
    """Return index axes (0 = i, 1 = j, 2 = k) slowest first: the planes' axis, then the two in the plane."""
    return {2: (2, 1, 0), 1: (1, 2, 0), 0: (0, 2, 1)}[axis]


def _step_along(grid: Grid, axis: int) -> float:
    """Return the distance of neighbouring planes of voxels along their normal, mm."""
    return float(1 / np.linalg.norm(np.linalg.inv(grid.matrix[:3, :3])[axis]))


def _plane_axis(contour: Contour, grid: Grid) -> int | None:
    """Return the index axis that every polygon is constant along; None where the planes are oblique to the grid."""
    points = grid.index_of(np.concatenate(contour.polygons))
    start = np.cumsum([0, *(len(p) for p in contour.polygons[:-1])])
    reach = (np.maximum.reduceat(points, start, axis=0) - np.minimum.reduceat(points, start, axis=0)).max(axis=0)
    for axis in (2, 1, 0):
        if float(reach[axis]) * _step_along(grid, axis) <= FLAT_MM:
            return axis
    return None


def _grid_along(contour: Contour, grid: Grid) -> Grid:
    """Return a fine grid in the contour's planes: slices are its slabs, voxels in them half a millimetre or more."""
    normal = contour.normal
    first = np.cross(normal, np.eye(3)[int(np.abs(normal).argmin())])
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    axes = np.stack([first, second, normal], axis=1)
    along = np.concatenate(contour.polygons) @ axes
    h = max(0.5, min(grid.spacing_zyx_mm) / 4)
    spacing = np.array([h, h, contour.spacing_mm])
    low, high = along.min(axis=0), along.max(axis=0)
    shape = np.ceil((high - low) / spacing).astype(int) + 3
    affine = np.eye(4)
    affine[:3, :3] = axes * spacing
    affine[:3, 3] = axes @ (low - spacing * np.array([1, 1, 1]))
    nx, ny, nz = (int(n) for n in shape)
    return Grid.of((nz, ny, nx), affine, grid.frame_uid)
