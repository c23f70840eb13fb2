"""A real anatomy as parts that can take up activity: drawn liver, perfused volume, lesions; lungs drawn or found in the CT."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects, label

from yttria.data import table
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.regrid import resample_voi
from yttria.physics.geometry.volume_algebra import union
from yttria.physics.phantom.uptake import Part
from yttria.physics.quantification.ct_density import density_of
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import Array, CtImage, Voi
from yttria.values.units import Gram

LUNG_BELOW_HU = -500
LUNG_MEAN_HU = (-950, -550)
LEAST_LUNG_ML = 150.0
STRIDE_MM = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ContourAnatomy:
    """Parts of a real patient.

    Parameters
    ----------
    parts
        No two overlap.
    lungs
        The lungs on their own part of the CT's grid, as drawn or as found; None where there are none.
    has_lungs
        Whether the lungs come from CT numbers, not from a drawing.
    whole_lungs_g
        What both lungs are taken to weigh where the CT shows only part of them or none; None where they are whole.
    """

    parts: tuple[Part, ...]
    lungs: Voi | None
    has_lungs: bool
    whole_lungs_g: Gram | None


def contour_anatomy(ct: CtImage, structures: Sequence[Contour | Voi], *, tumour_to_normal: float) -> ContourAnatomy:
    """Return the parts of a real patient.

    The perfused volume is the whole liver where none is drawn; a lesion belongs to the liver; what of it lies outside the
    perfused volume takes up nothing. Liver and lesions weigh 1.06 g/mL (a contrast-enhanced CT does not say), lungs what
    the CT says.

    Parameters
    ----------
    structures
        Contours and masks with roles liver, perfused, tumour, lungs.
    tumour_to_normal
        Uptake per mL of every lesion against normal perfused liver.

    Raises
    ------
    QuantityError
        No liver.
    GeometryError
        A volume that lies outside the CT or in another frame of reference.
    """
    inner = [t for t in structures if t.role != "lungs"]
    room = _room(ct.grid, inner)
    placed = [rasterise_contour(t, room) if isinstance(t, Contour) else resample_voi(t, room) for t in inner]
    parts = _liver_parts(placed, tumour_to_normal)
    lungs, result = _lungs(ct, [t for t in structures if t.role == "lungs"], [p for p in placed if p.role == "liver"])
    usual = Gram(table("tissue")["lungs"]["mass_g"])
    if lungs is None:
        return ContourAnatomy(parts, None, has_lungs=False, whole_lungs_g=usual)
    lung = Part("lungs", ("lungs",), lungs.grid, lungs.share, density_of(_cut(ct, lungs.grid)), 1.0)
    whole = None if not _is_cut(lungs, ct.grid) else Gram(max(usual, lung.mass_g))
    return ContourAnatomy((*parts, lung), lungs, result, whole)


def _is_cut(voi: Voi, ct: Grid) -> bool:
    """Tell whether a volume reaches the first or last slice of the CT."""
    ((_, _, first),) = np.rint(ct.index_of(voi.grid.origin_lps_mm))
    last = first + voi.grid.shape_zyx[0]
    return bool((first <= 0 and voi.share[0].any()) or (last >= ct.shape_zyx[0] and voi.share[-1].any()))


def _liver_parts(placed: Sequence[Voi], tumour_to_normal: float) -> tuple[Part, ...]:
    """Return lesions, normal perfused liver and the rest of the liver as shares that add up to the liver's."""
    by_role: dict[str, list[Voi]] = {}
    for voi in placed:
        by_role.setdefault(voi.role.partition("-")[0], []).append(voi)
    if "liver" not in by_role:
        raise QuantityError(
            "a simulation needs the whole liver, but none is drawn; draw it or name it in [files]", code="liver-absent"
        )
    lesions = sorted(by_role.get("tumour", []), key=lambda v: -v.ml)
    liver = union(by_role["liver"]).share
    for lesion in lesions:
        liver = np.maximum(liver, lesion.share)
    perfused = np.minimum(union(by_role["perfused"]).share, liver) if "perfused" in by_role else liver
    grid, g_per_ml = placed[0].grid, float(table("phantom")["tissue"]["liver"]["g_per_ml"])
    parts: list[Part] = []
    free_in, free_out = perfused.copy(), liver - perfused
    for n, lesion in enumerate(lesions, 1):
        inside = np.minimum(lesion.share, free_in)
        outside = np.minimum(lesion.share - inside, free_out)
        free_in, free_out = free_in - inside, free_out - outside
        own = ("liver", "tumour", f"tumour-{n}")
        parts.append(Part(f"tumour {n}: {lesion.name}", (*own, "perfused"), grid, inside, g_per_ml, tumour_to_normal))
        if float(outside.sum(dtype=np.float64)) * grid.voxel_ml > 0.01:
            parts.append(Part(f"tumour {n}, not perfused", own, grid, outside, g_per_ml, 0.0))
    normal = ("liver", "perfused", "normal-perfused", "normal-liver")
    parts.append(Part("normal liver, perfused", normal, grid, free_in, g_per_ml, 1.0))
    parts.append(Part("normal liver, not perfused", ("liver", "normal-liver"), grid, free_out, g_per_ml, 0.0))
    return tuple(p for p in parts if p.share.any())


def _lungs(ct: CtImage, structures: Sequence[Contour | Voi], liver: Sequence[Voi]) -> tuple[Voi | None, bool]:
    """Return the lungs without what is drawn as liver, and whether they had to be found in the CT."""
    if not structures:
        return lungs_in(ct), True
    room = _room(ct.grid, structures)
    both = union(
        [rasterise_contour(t, room) if isinstance(t, Contour) else resample_voi(t, room) for t in structures],
        role="lungs",
    )
    share = both.share
    for voi in liver:
        with suppress(GeometryError):  # a liver that does not reach the lungs' part of the grid
            share = np.minimum(share, 1 - resample_voi(voi, room).share)
    return Voi(both.name, "lungs", room, share), False


def lungs_in(ct: CtImage) -> Voi | None:
    """Return the lungs as CT numbers show them: the two largest air-filled spaces that the body encloses; None where there are none.

    Below -500 HU, not open to the sides of the image, of 150 mL or more, with a mean from -950 to -550 HU (gas in stomach
    and bowel lies at -1000). Smaller vessels inside them are left out.
    """
    step = [max(round(STRIDE_MM / s), 1) for s in ct.grid.spacing_zyx_mm]
    coarse = ct.hu[:: step[0], :: step[1], :: step[2]]
    voxel_ml = ct.grid.voxel_ml * math.prod(step)
    regions, count = label(coarse < LUNG_BELOW_HU)
    if not count:
        return None
    sides = np.unique(np.concatenate([regions[:, 0], regions[:, -1], regions[:, :, 0], regions[:, :, -1]], axis=None))
    sizes = np.bincount(regions.ravel()) * voxel_ml
    mean = np.bincount(regions.ravel(), weights=coarse.ravel()) / np.maximum(np.bincount(regions.ravel()), 1)
    fits = (sizes >= LEAST_LUNG_ML) & (mean >= LUNG_MEAN_HU[0]) & (mean <= LUNG_MEAN_HU[1])
    fits[sides] = False
    fits[0] = False
    chosen = sorted(np.flatnonzero(fits), key=lambda n: -sizes[n])[:2]
    if not chosen:
        return None
    boxes = list(filter(None, find_objects(regions)))
    spans = [[boxes[n - 1][axis] for n in chosen] for axis in range(3)]
    window = tuple(slice(min(s.start for s in span), max(s.stop for s in span)) for span in spans)
    lungs = np.isin(regions[window], chosen)
    whole = tuple(slice(w.start * s, min(w.stop * s, n)) for w, s, n in zip(window, step, ct.hu.shape, strict=True))
    fine = lungs.repeat(step[0], 0).repeat(step[1], 1).repeat(step[2], 2)
    part = ct.hu[whole]
    share = fine[: part.shape[0], : part.shape[1], : part.shape[2]] & (part < LUNG_BELOW_HU)
    grid = _sub(ct.grid, whole)
    return Voi("lungs (below -500 HU)", "lungs", grid, share.astype(np.float32))


def _room(grid: Grid, structures: Sequence[Contour | Voi]) -> Grid:
    """Return the part of a grid that holds some volumes, a voxel of nothing around."""
    corners = np.concatenate([_corners(t) for t in structures])
    index = grid.index_of(corners)
    low = np.maximum(np.floor(index.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 2, grid.shape_zyx[::-1])
    if (high <= low).any():
        return grid  # outside the CT: the volumes' own refusal says so
    return _sub(grid, tuple(slice(int(a), int(b)) for a, b in zip(low[::-1], high[::-1], strict=True)))


def _corners(structure: Contour | Voi) -> NDArray[np.float64]:
    if isinstance(structure, Contour):
        points = np.concatenate(structure.polygons)
        half = structure.spacing_mm * np.abs(structure.normal)
        return np.stack([points.min(axis=0) - half, points.max(axis=0) + half])
    nz, ny, nx = structure.grid.shape_zyx
    return structure.grid.points_of([(i, j, k) for i in (0, nx - 1) for j in (0, ny - 1) for k in (0, nz - 1)])


def _sub(grid: Grid, window: tuple[slice, ...]) -> Grid:
    z, y, x = window
    affine = grid.matrix
    (affine[:3, 3],) = grid.points_of([(x.start, y.start, z.start)])
    return Grid.of((z.stop - z.start, y.stop - y.start, x.stop - x.start), affine, grid.frame_uid)


def _cut(ct: CtImage, part: Grid) -> Array:
    """Return the CT numbers of a part of its grid."""
    ((i, j, k),) = np.rint(ct.grid.index_of(part.origin_lps_mm)).astype(int)
    nz, ny, nx = part.shape_zyx
    return ct.hu[k : k + nz, j : j + ny, i : i + nx]
