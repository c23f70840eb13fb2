"""Bring CT and volumes of interest to the emission grid, keeping volume and mass. Activity is never moved."""

import math
from collections.abc import Sequence

import numpy as np

from yttria.physics.geometry.box_average import followed
from yttria.physics.geometry.grid_average import NO_CURVE, Curve, Points, mean_over_boxes
from yttria.values.contour import Contour
from yttria.values.errors import Finding, GeometryError, Value
from yttria.values.grid import Grid
from yttria.values.maps import Array, CtImage, DensityMap, DoseMap, Voi

AIR_G_PER_ML = 0.001205  # dry air, 20 C, 101.3 kPa: NIST X-ray mass attenuation tables (NISTIR 5632), material 104
CT_OUTSIDE = "ct-outside-image"
LOST_SHARE = 0.005
STEEP = 1000.0  # of a step in CT numbers: whole ones fall on one side of it
COARSE_MM = 6.0  # a rigid motion of the trunk is found on these voxels to a tenth of them


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
    values: dict[str, Value] = {"volume": what, "drawn_ml": own, "on_grid_ml": on_grid.ml, "change_fraction": change}
    return (Finding("warning", "volume-changed" if change > 0 else "volume-cut", message, values),)


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
    require_one_frame(voi.grid.frame_uid, grid.frame_uid, what=f"{voi.role or voi.name} and image")
    if voi.grid == grid:
        return voi
    share, _ = mean_over_boxes(voi.share, NO_CURVE, voi.grid, grid)
    np.clip(share, 0, 1, out=share)
    if share.max() <= 0:
        raise GeometryError(
            f"volume {voi.role or voi.name} must lie in the image, but lies wholly outside it; it was drawn on another image, or the frames of reference differ",
            code="volume-outside-image",
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
            f"{names} must lie in the image, but lie wholly outside it; they were drawn on another image, or the frames of reference differ",
            code="structures-outside-image",
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


def organ_density_on_grid(ct: CtImage, curve: Curve, organ: Voi, grid: Grid) -> tuple[Array, Array]:
    """Return the density of an organ's own part of each voxel of a grid, g/mL, and which share of the voxel that part is.

    rho = mean(s rho_CT) / mean(s) over the voxel's box, s the organ's share of each CT voxel: of a voxel that liver and lung share, the
    liver's part has the liver's density.

    Parameters
    ----------
    ct, curve
        As for `ct_density_on_grid`.
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
    require_one_frame(ct.grid.frame_uid, grid.frame_uid, what="CT and emission image")
    i0, j0, k0 = (round(v) for v in ct.grid.index_of([organ.grid.origin_lps_mm])[0])
    nz, ny, nx = organ.grid.shape_zyx
    part = followed(ct.hu[k0 : k0 + nz, j0 : j0 + ny, i0 : i0 + nx], curve)
    np.maximum(part, np.float32(AIR_G_PER_ML), out=part)
    part *= organ.share
    own, _ = mean_over_boxes(part, NO_CURVE, organ.grid, grid)
    share, _ = mean_over_boxes(organ.share, NO_CURVE, organ.grid, grid)
    in_ct = share > 1e-4
    return np.divide(own, share, out=np.full_like(own, AIR_G_PER_ML), where=in_ct), np.where(in_ct, share, 0)


def density_on_grid(density: DensityMap, grid: Grid) -> tuple[DensityMap, Array]:
    """Return the density on another grid, and which share of each voxel the source covers.

    A voxel's density is the mean over the part of its box that is covered: mass is conserved. A voxel that nothing covers is air.

    Raises
    ------
    GeometryError
        Another frame of reference; no overlap at all.
    """
    return _density_from(density.g_per_ml, NO_CURVE, density.grid, grid)


def dose_on_grid(dose: DoseMap, grid: Grid) -> DoseMap:
    """Return a dose on another grid: its mean over each voxel, 0 where the dose does not reach.

    Raises
    ------
    GeometryError
        Two stated frames of reference that differ.
    """
    require_one_frame(dose.grid.frame_uid, grid.frame_uid, what="dose and grid")
    mean, _ = mean_over_boxes(dose.gy, NO_CURVE, dose.grid, grid)
    return DoseMap(grid, mean)


def ct_density_on_grid(ct: CtImage, curve: Curve, grid: Grid) -> tuple[DensityMap, Array]:
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


def ct_share_on_grid(ct: CtImage, above_hu: float, grid: Grid) -> tuple[Array, Array]:
    """Return which share of each voxel of a grid a CT shows above a CT number, and which share of the voxel the CT covers.

    Raises
    ------
    GeometryError
        Another frame of reference.

    Examples
    --------
    >>> fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(4, 4, 1), origin_lps_mm=(-1.5, 0, 0))
    >>> ct = CtImage(fine, np.array([[[-1000, -300, -299, 40]]], dtype=np.int16))
    >>> share, covered = ct_share_on_grid(ct, -300.0, Grid.aligned((1, 1, 1), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0)))
    >>> float(share[0, 0, 0]), float(covered[0, 0, 0])
    (0.5, 1.0)
    """
    require_one_frame(ct.grid.frame_uid, grid.frame_uid, what="CT and emission image")
    step = np.array([0.0, 1.0, -STEEP * above_hu, STEEP, 1.0, 1e9, 0.0], dtype=np.float32)
    share, covered = mean_over_boxes(ct.hu, step, ct.grid, grid)
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
    kind = np.int32 if ct.hu.dtype.kind == "i" else np.float32
    total = np.empty(shape, kind)
    for plane, slices in zip(total, ct.hu[:z].reshape(shape[0], steps[0], *ct.hu.shape[1:]), strict=True):
        over_z = slices[:, :y, :x].sum(axis=0, dtype=kind)
        plane[...] = over_z.reshape(shape[1], steps[1], shape[2], steps[2]).sum(axis=(1, 3))
    mean = total.astype(np.float32) / np.float32(math.prod(steps))
    affine = ct.grid.matrix
    affine[:3, 3] = ct.grid.points_of([[(s - 1) / 2 for s in reversed(steps)]])[0]
    affine[:3, :3] = affine[:3, :3] * np.array(steps[::-1])
    return CtImage(Grid.of(mean.shape, affine, ct.grid.frame_uid), np.rint(mean).astype(np.int16))


def _density_from(values: Array, curve: Curve, source: Grid, grid: Grid) -> tuple[DensityMap, Array]:
    require_one_frame(source.frame_uid, grid.frame_uid, what="CT and emission image")
    mean, covered = mean_over_boxes(values, curve, source, grid)
    if covered.max(initial=0) <= 0:
        raise GeometryError(
            "CT and emission image must overlap, but do not; use the CT of the same session, or register them first",
            code=CT_OUTSIDE,
        )
    in_ct = covered > 1e-4
    if covered.min() >= 1:
        density = mean
    else:
        density = np.divide(mean, covered, out=np.full_like(mean, AIR_G_PER_ML), where=in_ct)
    np.maximum(density, np.float32(AIR_G_PER_ML), out=density)
    density.flags.writeable = False
    covered[~in_ct] = 0
    covered.flags.writeable = False
    return DensityMap(grid, density), covered


def audit_overlap(covered: Array, weight: Array) -> tuple[Finding, ...]:
    """Return a warning where more than 0.5 % of `weight` (counts, activity, shares) lies in voxels that the CT does not cover."""
    total = float(weight.sum(dtype=np.float64))
    lost = (
        0.0
        if covered.min() >= 1
        else sum(float(np.vdot(1.0 - c.astype(np.float64), w)) for c, w in zip(covered, weight, strict=True))
    )
    outside = lost / total if total > 0 else 0.0
    if outside <= LOST_SHARE:
        return ()
    return (
        Finding(
            "warning",
            "ct-too-short",
            f"{100 * outside:.1f} % of the counts lie where the CT does not reach; density there is taken as air, so no dose outside the CT can be trusted",
            {"outside_fraction": outside},
        ),
    )


def require_one_frame(one: str, other: str, *, what: str) -> None:
    """Refuse two stated frames of reference that differ; an absent one is taken to be the other."""
    if one and other and one != other:
        raise GeometryError(
            f"{what} must lie in one frame of reference, but frame_uid is {one} and {other}; register them first, or use images of one session",
            code="frame-contradiction",
        )
