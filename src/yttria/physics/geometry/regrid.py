"""Bring CT and volumes of interest to the emission grid, keeping volume and mass. Activity is never moved."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.polygon_area import fill_slabs
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import Array, CtImage, DensityMap, DoseMap, Voi

AIR_G_PER_ML = 0.001205  # dry air, 20 C, 101.3 kPa: NIST X-ray mass attenuation tables (NISTIR 5632), material 104
STRIP_MM = 0.5  # how finely the edge of a round shape is shared out between voxels; areas are exact whatever it is
FLAT_MM = 0.05  # points of a polygon this near to one plane of voxels lie in it
LOST_SHARE = 0.005
STEEP = 1000.0  # of a step in CT numbers: whole ones fall on one side of it
MOST_POINTS = (
    6  # along an edge of a voxel that lies oblique to shares: 216 points tell a voxel at the surface to 1 % of it
)
COARSE_MM = 6.0  # a rigid motion of the trunk is found on these voxels to a tenth of them
Points = NDArray[np.float64]
Overlaps = tuple[NDArray[np.int64], NDArray[np.float32]]
Curve = NDArray[np.float32]
NO_CURVE: Curve = np.zeros(0, dtype=np.float32)


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
    _require_one_frame(contour.frame_uid, grid.frame_uid, what=f"contour {contour.name} and image")
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
            f"contour {contour.name} must lie in the image, but lies wholly outside it; it was drawn on another image, or the frames of reference differ"
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


def audit_coverage(whole: Contour | Voi, on_grid: Voi) -> tuple[Finding, ...]:
    """Return a warning where a volume came to a grid with a loss or gain above 0.5 %.

    Parameters
    ----------
    whole
        The contour as drawn, or the volume on the grid it came from.
    on_grid
        The same volume on the other grid.
    """
    own = whole.ml
    change = on_grid.ml / own - 1
    if abs(change) <= LOST_SHARE:
        return ()
    what = on_grid.role or on_grid.name
    if change > 0:
        message = f"{what} holds {on_grid.ml:.1f} mL on the image's grid, but {own:.1f} mL as drawn; check the distance of its planes"
    else:
        message = f"{what} lies with {-100 * change:.1f} % of its {own:.1f} mL outside the image (or where its planes overlap); doses are of what lies inside"
    return (Finding("warning", "volume-changed" if change > 0 else "volume-cut", message),)


def resample_voi(voi: Voi, grid: Grid) -> Voi:
    """Return a volume of interest on another grid: each voxel's share is the mean over its own box.

    Exact for grids along the same axes (either way); sampled at 1/2 of the finer voxel otherwise. The volume is conserved as
    far as it lies in the grid.

    Raises
    ------
    GeometryError
        Another frame of reference; a volume wholly outside the grid.

    Examples
    --------
    >>> fine = Grid.aligned((4, 4, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> coarse = Grid.aligned((2, 2, 2), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(1, 1, 1))
    >>> round(resample_voi(Voi("cube", "tumour", fine, np.ones((4, 4, 4))), coarse).ml, 6)
    0.064
    """
    _require_one_frame(voi.grid.frame_uid, grid.frame_uid, what=f"{voi.role or voi.name} and image")
    if voi.grid == grid:
        return voi
    share, _ = _mean_over_boxes(voi.share, NO_CURVE, voi.grid, grid)
    np.clip(share, 0, 1, out=share)
    if share.max() <= 0:
        raise GeometryError(
            f"volume {voi.role or voi.name} must lie in the image, but lies wholly outside it; it was drawn on another image, or the frames of reference differ"
        )
    share.flags.writeable = False
    return Voi(voi.name, voi.role, grid, share)


def bounding_subgrid(structures: Sequence[Contour | Voi], grid: Grid) -> Grid:
    """Return the part of a grid that holds contours and volumes, a voxel of nothing around: lungs on a CT need a third of it.

    Raises
    ------
    GeometryError
        They lie wholly outside the grid.

    Examples
    --------
    >>> grid = Grid.aligned((90, 90, 90), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> inner = Grid.aligned((4, 4, 4), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(20, 30, 40))
    >>> bounding_subgrid([Voi("cube", "tumour", inner, np.ones((4, 4, 4)))], grid)
    Grid(11 x 11 x 11 zyx, 1 x 1 x 1 mm, origin (18.0, 28.0, 38.0) mm LPS)
    >>> triangle = np.array([[10.0, 10, 5], [14, 10, 5], [14, 14, 5]])
    >>> bounding_subgrid([Contour("c", "lungs", "", (triangle,), spacing_mm=2.0)], grid)
    Grid(5 x 7 x 7 zyx, 1 x 1 x 1 mm, origin (9.0, 9.0, 3.0) mm LPS)
    """
    points = np.concatenate([_reach(structure) for structure in structures])
    index = grid.index_of(points)
    last = np.array(grid.shape_zyx[::-1]) - 1
    low = np.clip(np.floor(index.min(axis=0) + 0.5).astype(int) - 1, 0, last + 1)
    high = np.clip(np.ceil(index.max(axis=0) - 0.5).astype(int) + 1, -1, last)
    if (low > high).any():
        names = ", ".join(t.role or t.name for t in structures)
        raise GeometryError(
            f"{names} must lie in the image, but lie wholly outside it; they were drawn on another image, or the frames of reference differ"
        )
    affine = grid.matrix
    affine[:3, 3] = grid.points_of([low])[0]
    nx, ny, nz = (int(n) for n in high - low + 1)
    return Grid.of((nz, ny, nx), affine, grid.frame_uid)


def _reach(structure: Contour | Voi) -> Points:
    """Return points, LPS mm, whose bounds hold a contour's slabs or a volume's voxels."""
    if isinstance(structure, Contour):
        half = structure.normal * structure.spacing_mm / 2
        points = np.concatenate(structure.polygons)
        return np.concatenate([points - half, points + half])
    small = trimmed(structure).grid
    nz, ny, nx = small.shape_zyx
    return small.points_of([(i, j, k) for i in (-0.5, nx - 0.5) for j in (-0.5, ny - 0.5) for k in (-0.5, nz - 0.5)])


def trimmed(voi: Voi) -> Voi:
    """Return the same volume on the smallest part of its grid that holds it."""
    z, y, x = voi.box
    affine = voi.grid.matrix
    affine[:3, 3] = voi.grid.points_of([(x.start, y.start, z.start)])[0]
    part = voi.share[z, y, x]
    return Voi(voi.name, voi.role, Grid.of(part.shape, affine, voi.grid.frame_uid), part)


def organ_density_onto(ct: CtImage, curve: Curve, organ: Voi, grid: Grid) -> tuple[Array, Array]:
    """Return the density of an organ's own part of each voxel of a grid, g/mL, and which share of the voxel that part is.

    rho = mean(s rho_CT) / mean(s) over the voxel's box, s the organ's share of each CT voxel: of a voxel that liver and lung share, the
    liver's part has the liver's density.

    Parameters
    ----------
    ct, curve
        As for `ct_density_onto`.
    organ
        On the CT's grid or a part of it, as `part_around` cuts it out.
    grid
        Where.

    Returns
    -------
    tuple
        Density, air where the share is zero; share, 0..1.

    Raises
    ------
    GeometryError
        Another frame of reference.
    """
    _require_one_frame(ct.grid.frame_uid, grid.frame_uid, what="CT and emission image")
    i0, j0, k0 = (round(v) for v in ct.grid.index_of([organ.grid.origin_lps_mm])[0])
    nz, ny, nx = organ.grid.shape_zyx
    hu = CtImage(organ.grid, ct.hu[k0 : k0 + nz, j0 : j0 + ny, i0 : i0 + nx])
    own, _ = _mean_over_boxes(
        organ.share * ct_density_onto(hu, curve, organ.grid)[0].g_per_ml, NO_CURVE, organ.grid, grid
    )
    share, _ = _mean_over_boxes(organ.share, NO_CURVE, organ.grid, grid)
    known = share > 1e-4
    return np.divide(own, share, out=np.full_like(own, AIR_G_PER_ML), where=known), np.where(known, share, 0)


def density_onto(density: DensityMap, grid: Grid) -> tuple[DensityMap, Array]:
    """Return the density on another grid, and which share of each voxel the source covers.

    A voxel's density is the mean over the part of its box that is covered: mass is conserved. A voxel that nothing covers is air.

    Raises
    ------
    GeometryError
        Another frame of reference; no overlap at all.
    """
    return _density_from(density.g_per_ml, NO_CURVE, density.grid, grid)


def dose_onto(dose: DoseMap, grid: Grid) -> DoseMap:
    """Return a dose on another grid: its mean over each voxel, 0 where the dose does not reach.

    Raises
    ------
    GeometryError
        Two stated frames of reference that differ.
    """
    _require_one_frame(dose.grid.frame_uid, grid.frame_uid, what="dose and grid")
    mean, _ = _mean_over_boxes(dose.gy, NO_CURVE, dose.grid, grid)
    return DoseMap(grid, mean)


def ct_density_onto(ct: CtImage, curve: Curve, grid: Grid) -> tuple[DensityMap, Array]:
    """Return the density of a CT on another grid in one pass: density first, then the mean, so that mass is conserved.

    Parameters
    ----------
    ct
        CT numbers.
    curve
        From HU to g/mL, as `box_average` reads it.
    grid
        Where.

    Raises
    ------
    GeometryError
        Another frame of reference; no overlap at all.
    """
    return _density_from(ct.hu, curve, ct.grid, grid)


def ct_share_onto(ct: CtImage, above_hu: float, grid: Grid) -> tuple[Array, Array]:
    """Return which share of each voxel of a grid a CT shows above a CT number, and which share of the voxel the CT covers.

    Raises
    ------
    GeometryError
        Another frame of reference.

    Examples
    --------
    >>> fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(4, 4, 1), origin_lps_mm=(-1.5, 0, 0))
    >>> ct = CtImage(fine, np.array([[[-1000, -300, -299, 40]]], dtype=np.int16))
    >>> share, covered = ct_share_onto(ct, -300.0, Grid.aligned((1, 1, 1), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0)))
    >>> float(share[0, 0, 0]), float(covered[0, 0, 0])
    (0.5, 1.0)
    """
    _require_one_frame(ct.grid.frame_uid, grid.frame_uid, what="CT and emission image")
    step = np.array([0.0, 1.0, -STEEP * above_hu, STEEP, 1.0, 1e9, 0.0], dtype=np.float32)
    share, covered = _mean_over_boxes(ct.hu, step, ct.grid, grid)
    return np.clip(np.divide(share, covered, out=np.zeros_like(share), where=covered > 1e-4), 0, 1), covered


def coarse_ct(ct: CtImage, voxel_mm: float = COARSE_MM) -> CtImage:
    """Return a CT on coarser voxels of its own axes, averaged over whole voxels: what a registration needs of it.

    Examples
    --------
    >>> fine = Grid.aligned((4, 8, 8), spacing_zyx_mm=(2, 1, 1), origin_lps_mm=(0, 0, 0))
    >>> coarse_ct(CtImage(fine, np.zeros((4, 8, 8), dtype=np.int16))).grid
    Grid(1 x 1 x 1 zyx, 6 x 6 x 6 mm, origin (2.5, 2.5, 2.0) mm LPS)
    """
    steps = [max(round(voxel_mm / s), 1) for s in ct.grid.spacing_zyx_mm]
    shape = [n // s for n, s in zip(ct.grid.shape_zyx, steps, strict=True)]
    if min(shape) < 1:
        return ct
    z, y, x = (n * s for n, s in zip(shape, steps, strict=True))
    blocks = ct.hu[:z, :y, :x].reshape(shape[0], steps[0], shape[1], steps[1], shape[2], steps[2])
    mean = blocks.mean(axis=(1, 3, 5), dtype=np.float32)
    affine = ct.grid.matrix
    affine[:3, 3] = ct.grid.points_of([[(s - 1) / 2 for s in reversed(steps)]])[0]
    affine[:3, :3] = affine[:3, :3] * np.array(steps[::-1])
    return CtImage(Grid.of(mean.shape, affine, ct.grid.frame_uid), np.rint(mean).astype(np.int16))


def _density_from(values: Array, curve: Curve, source: Grid, grid: Grid) -> tuple[DensityMap, Array]:
    _require_one_frame(source.frame_uid, grid.frame_uid, what="CT and emission image")
    mean, covered = _mean_over_boxes(values, curve, source, grid)
    if covered.max(initial=0) <= 0:
        raise GeometryError(
            "CT and emission image must overlap, but do not; use the CT of the same session, or register them first"
        )
    known = covered > 1e-4
    if covered.min() >= 1:
        density = mean
    else:
        density = np.divide(mean, covered, out=np.full_like(mean, AIR_G_PER_ML), where=known)
    np.maximum(density, np.float32(AIR_G_PER_ML), out=density)
    density.flags.writeable = False
    covered[~known] = 0
    covered.flags.writeable = False
    return DensityMap(grid, density), covered


def audit_overlap(covered: Array, weight: Array) -> tuple[Finding, ...]:
    """Return a warning where more than 0.5 % of `weight` (counts, activity, shares) lies in voxels that the CT does not cover."""
    total = float(weight.sum(dtype=np.float64))
    outside = float(np.vdot(1.0 - covered.astype(np.float64), weight)) / total if total > 0 else 0.0
    if outside <= LOST_SHARE:
        return ()
    return (
        Finding(
            "warning",
            "ct-too-short",
            f"{100 * outside:.1f} % of the counts lie where the CT does not reach; density there is taken as air, so no dose outside the CT can be trusted",
        ),
    )


def _require_one_frame(one: str, other: str, *, what: str) -> None:
    """Refuse two stated frames of reference that differ; an absent one is taken to be the other."""
    if one and other and one != other:
        raise GeometryError(
            f"{what} must lie in one frame of reference, but frame_uid is {one} and {other}; register them first, or use images of one session"
        )


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
    parts = [grid.index_of(p) for p in contour.polygons]
    for axis in (2, 1, 0):
        step = _step_along(grid, axis)
        if max(float(np.ptp(p[:, axis])) for p in parts) * step <= FLAT_MM:
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


def _mean_over_boxes(
    values: Array, curve: Curve, source: Grid, grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of `values` over each voxel's box (uncovered parts count as zero), and the covered share."""
    turn = np.linalg.inv(source.matrix[:3, :3]) @ grid.matrix[:3, :3]
    shift = source.index_of([grid.matrix[:3, 3]])[0]
    order = _permutation(turn, grid)
    if order is None:
        from yttria.physics.geometry.point_average import point_average  # noqa: PLC0415  half a second that grids along the same axes do not need

        ratio = np.linalg.norm(turn, axis=0)
        parts = np.clip(np.ceil(2 * ratio), 2, 12 if len(curve) else MOST_POINTS).astype(np.int64)
        even = _even_around(values, turn) if len(curve) == 0 else np.zeros((0, 0, 0), dtype=bool)
        mean, covered = point_average(values, curve, turn, shift, np.asarray(grid.shape_zyx), parts[::-1].copy(), even)
        return mean, covered
    weights = [
        overlaps(source.shape_zyx[2 - s], grid.shape_zyx[2 - d], scale=float(turn[s, d]), shift=float(shift[s]))
        for d, s in zip((2, 1, 0), reversed(order), strict=True)
    ]
    mean, covered = np.zeros(grid.shape_zyx, dtype=np.float32), np.zeros(grid.shape_zyx, dtype=np.float32)
    here = tuple(_met(part) for _, part in weights)
    weights = [(first[at], part[at]) for (first, part), at in zip(weights, here, strict=True)]
    moved = np.ascontiguousarray(np.transpose(values, [2 - s for s in reversed(order)]))
    moved.flags.writeable = False
    (z0, wz), (y0, wy), (x0, wx) = weights
    box_average(mean[here], moved, curve, z0, wz, y0, wy, x0, wx)
    cz, cy, cx = (np.minimum(part.sum(axis=1, dtype=np.float32), np.float32(1)) for _, part in weights)
    covered[here] = cz[:, None, None] * (cy[:, None] * cx)
    return mean, covered


def _even_around(values: Array, turn: Points) -> NDArray[np.bool_]:
    """Return the source cells around which all that a wanted voxel can reach is one number: most of a share is 0 or 1."""
    reach = [2 * math.ceil(0.5 * float(np.abs(turn[axis]).sum()) + 0.5) + 1 for axis in (2, 1, 0)]
    least = minimum_filter(values, size=reach, mode="constant", cval=-1.0)
    return np.asarray(least == maximum_filter(values, size=reach, mode="constant", cval=-2.0))


def _met(part: NDArray[np.float32]) -> slice:
    """Return the range of wanted cells that overlap the source."""
    met = np.flatnonzero(part.any(axis=1))
    return slice(int(met[0]), int(met[-1]) + 1) if len(met) else slice(0, 0)


def _permutation(turn: Points, grid: Grid) -> Sequence[int] | None:
    """Return for each axis (i, j, k) of `grid` the source axis it runs along; None where the two are oblique.

    Oblique means that some voxel of the grid lies more than 1 % of a source voxel elsewhere than along the axes.
    """
    order = [int(np.abs(turn[:, d]).argmax()) for d in range(3)]
    if sorted(order) != [0, 1, 2]:
        return None
    off = np.abs(turn).copy()
    off[order, [0, 1, 2]] = 0
    return order if (off * np.array(grid.shape_zyx[::-1])).max() <= 0.01 else None


def overlaps(source: int, wanted: int, *, scale: float, shift: float) -> Overlaps:
    """Return which source cells each wanted cell overlaps along one axis: the first, and the share of the wanted cell in each.

    Cell w covers source positions `shift` + `scale` (w - 0.5 .. w + 0.5); source cell s covers s - 0.5 .. s + 0.5.
    """
    centre = shift + scale * np.arange(wanted)
    half = abs(scale) / 2
    low = np.clip(centre - half, -0.5, source - 0.5)
    high = np.clip(centre + half, -0.5, source - 0.5)
    first = np.clip(np.floor(low + 0.5).astype(np.int64), 0, source - 1)
    many = int(np.clip(np.ceil(high + 0.5).astype(np.int64) - first, 1, None).max())
    cells = first[:, None] + np.arange(many)
    part = np.minimum(high[:, None], cells + 0.5) - np.maximum(low[:, None], cells - 0.5)
    part = np.where(cells < source, np.clip(part, 0, None), 0) / (2 * half)
    part[part < 1e-7] = 0
    return first, part.astype(np.float32)
