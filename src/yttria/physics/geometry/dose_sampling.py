"""A dose under a contour or a volume of interest, finer than the dose's own grid: between the centres of voxels a dose is straight, not a step."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.regrid import bounding_subgrid, resample_voi
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import DoseMap, Voi
from yttria.values.units import MM3_PER_ML

FINEST_MM = 0.5  # contours are drawn no finer
SAMPLES = 200_000  # about as many a structure: D98 stands then on thousands
MOST_PARTS = 9  # of a voxel's edge
ROOT = 1.2207440846057596  # of x^4 = x + 1
ON_CENTRE = 1e-6  # of a voxel: a place this near to a centre is that centre
BATCH = 32_768  # points at a time: their numbers stay in the processor's cache
Array = NDArray[Any]


def values_at(values: Array, grid: Grid, target: Grid) -> NDArray[np.float64]:
    """Return an image read between its voxel centres at the voxel centres of another grid, 0 beyond its outer centres.

    Raises
    ------
    GeometryError
        Another frame of reference.

    Examples
    --------
    >>> grid = Grid.aligned((1, 1, 3), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> shifted = Grid.aligned((1, 1, 3), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0.5, 0, 0))
    >>> values_at(np.array([[[10.0, 20.0, 40.0]]]), grid, shifted).tolist()
    [[[15.0, 30.0, 0.0]]]
    """
    if grid.frame_uid and target.frame_uid and grid.frame_uid != target.frame_uid:
        raise GeometryError(
            f"both grids must lie in one frame of reference, but frame_uid is {grid.frame_uid} and {target.frame_uid}; register them first",
            code="frame-contradiction",
        )
    nz, ny, nx = target.shape_zyx
    k, j, i = np.indices((nz, ny, nx))
    points = target.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))
    index = grid.index_of(points)[:, ::-1].T
    index = np.where(np.abs(index - np.rint(index)) < ON_CENTRE, np.rint(index), index)
    read = map_coordinates(np.asarray(values, dtype=np.float64), index, order=1, mode="constant", cval=0.0)
    return np.asarray(read.reshape(nz, ny, nx), dtype=np.float64)


def dvh_within(dose: DoseMap, structure: Contour | Voi, on_grid: Voi) -> Dvh:
    """Return the DVH of a contour, or of a volume on a grid of its own: its exact shares of parts of voxels, the dose of each read between the voxels' centres.

    A voxel is cut into n^3 equal parts, n so that a structure has about 200 000 and none is under half a millimetre. A part's dose is
    the trilinear value at one point in it; points are spread evenly over all parts (R3 sequence), so that parts of one layer
    do not all say the same dose. Beyond the outermost centres the dose stays as it is there.

    Parameters
    ----------
    dose
        Where it is asked.
    structure
        Closed planar polygons, or shares on another grid than the dose's.
    on_grid
        The same on the dose's grid.

    Raises
    ------
    GeometryError
        Another frame of reference; a structure wholly outside the dose.

    Notes
    -----
    Right for a dose that stands for a field sampled at the voxels' centres. Of a dose that is a mean over each voxel, a
    maximum lower by the curvature between neighbours is said.

    Source
    ------
    Roberts M, The unreasonable effectiveness of quasirandom sequences, 2018 (R_d from the root of x^(d+1) = x + 1).

    Examples
    --------
    >>> square = np.array([[-5.0, -5, 0], [5, -5, 0], [5, 5, 0], [-5, 5, 0]])
    >>> cube = Contour("cube", "", "", tuple(square + [0, 0, z] for z in np.arange(-4.5, 5)), spacing_mm=1.0)
    >>> grid = Grid.aligned((10, 10, 10), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(-18, -18, -18))
    >>> dose = DoseMap(grid, np.ones((10, 10, 1)) * (50 - 18 + 4.0 * np.arange(10)))
    >>> from yttria.physics.geometry.contour_rasterisation import rasterise_contour
    >>> dvh = dvh_within(dose, cube, rasterise_contour(cube, grid))
    >>> from yttria.values.units import Share
    >>> round(dvh.ml, 4), round(dvh.mean, 1), round(dvh.dose_covering(Share(0.98)), 1)  # 2 % of 10 mm above 45 Gy
    (1.0, 50.0, 45.2)
    """
    part = bounding_subgrid([structure], dose.grid)
    i0, j0, k0 = (round(v) for v in dose.grid.index_of([part.matrix[:3, 3]])[0])
    parts = _parts(dose.grid, float(on_grid.ml) * MM3_PER_ML)
    cut = _cut(part, parts)
    fine = rasterise_contour(structure, cut) if isinstance(structure, Contour) else resample_voi(structure, cut)
    gy, share = _sampled(fine.share, dose.gy, (k0, j0, i0), parts)
    order = np.argsort(gy, kind="stable")
    return Dvh(gy[order], share[order].astype(np.float64) * fine.grid.voxel_ml)


def _parts(grid: Grid, mm3: float) -> tuple[int, int, int]:
    """Return into how many parts a voxel is cut along each axis, slowest first."""
    edge = max(FINEST_MM, (mm3 / SAMPLES) ** (1 / 3))
    nz, ny, nx = (min(max(math.ceil(s / edge - 1e-6), 1), MOST_PARTS) for s in grid.spacing_zyx_mm)
    return nz, ny, nx


def _cut(grid: Grid, parts: tuple[int, int, int]) -> Grid:
    """Return a grid with every voxel cut into parts."""
    n = np.array(parts[::-1])
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([0.5 / n - 0.5])[0]
    affine[:3, :3] /= n
    nz, ny, nx = (int(a * b) for a, b in zip(grid.shape_zyx, parts, strict=True))
    return Grid.of((nz, ny, nx), affine, grid.frame_uid)


def _sampled(
    share: Array, dose: Array, first: tuple[int, int, int], parts: tuple[int, int, int]
) -> tuple[Array, Array]:
    """Return dose and share of every part that holds some of the volume, in the order of the parts (z, y, x)."""
    place = np.flatnonzero(share)
    gy = np.empty(len(place), dtype=np.float32)
    for start in range(0, len(place), BATCH):
        some = place[start : start + BATCH]
        gy[start : start + BATCH] = _doses(some, start, share.shape, dose, first, parts)
    return gy, np.take(share, place)


def _doses(
    place: Array,
    start: int,
    shape: tuple[int, ...],
    dose: Array,
    first: tuple[int, int, int],
    parts: tuple[int, int, int],
) -> Array:
    """Return the trilinear dose at one point in each part; `start` parts come before them."""
    number = np.arange(start + 1.0, start + len(place) + 1.0)
    base, rest, steps = np.zeros(len(place), dtype=np.int64), [], []
    left, stride = place, dose.size
    cells = math.prod(shape)
    for axis, (size, extent, n) in enumerate(zip(shape, dose.shape, parts, strict=True)):
        cells, stride = cells // size, stride // extent
        index, left = np.divmod(left, cells)
        inside = (0.5 + number * ROOT ** -(axis + 1.0)) % 1.0
        at = np.clip(first[axis] - 0.5 + (index + inside) / n, 0.0, extent - 1.0)
        low = np.minimum(at.astype(np.int64), max(extent - 2, 0))
        base += low * stride
        rest.append(at - low)
        steps.append(stride if extent > 1 else 0)
    flat = dose.reshape(-1)
    value = [np.take(flat, base + z + y + x) for z in (0, steps[0]) for y in (0, steps[1]) for x in (0, steps[2])]
    for share in reversed(rest):  # along x, then y, then z
        value = [low + (high - low) * share for low, high in zip(value[::2], value[1::2], strict=True)]
    return value[0]
