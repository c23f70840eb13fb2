"""What a gamma camera would see of known activity: a reconstructed SPECT and planar conjugate views.

Both are modelled, not measured: the SPECT in image space (no projector, no reconstruction), the planar views by rays
through the patient. Each function says what it leaves out.
"""

import math
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import ndtri

from yttria.data import table
from yttria.physics.phantom.uptake import Uptake
from yttria.values.errors import GeometryError, QuantityError, require_not_negative, require_positive, require_share
from yttria.values.grid import Grid
from yttria.values.maps import Array, CountMap, CtImage
from yttria.values.planar import PlanarScan
from yttria.values.units import MM3_PER_ML, Share

SIGMA_PER_FWHM = 1 / math.sqrt(8 * math.log(2))
Kernel = NDArray[np.float32]


def averaged_over_boxes(array: Array, source: Grid, target: Grid) -> NDArray[np.float32]:
    """Return the integral of a density (per mL) over each voxel of another grid: what lies where, conserved.

    Both grids lie along the patient's axes; each source voxel is a uniform box.

    Raises
    ------
    GeometryError
        A grid that is oblique.
    """
    for grid in (source, target):
        if not grid.is_axis_aligned:
            raise GeometryError(
                f"the camera needs grids along the patient's axes, but {grid!r} is oblique; resample the CT",
                code="grid-oblique",
            )
    average = array
    for axis in range(3):
        average = averaged(average, overlap_mm(source, target, axis), axis)
    return np.asarray(average / np.float32(MM3_PER_ML), dtype=np.float32)


def averaged(array: Array, weights: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Return sums of an array along one axis, weighted, shape of that axis as the rows of `weights`: out = W a.

    Written out instead of as a matrix product: few weights of a row are not zero, and the order of summation, so every bit
    of the result, is the same on every machine.
    """
    before = math.prod(array.shape[:axis])
    behind = math.prod(array.shape[axis + 1 :])
    flat = np.ascontiguousarray(array, dtype=np.float32).reshape(before, array.shape[axis], behind)
    out = np.zeros((before, len(weights), behind), dtype=np.float32)
    met = weights != 0
    first = np.where(met.any(axis=1), met.argmax(axis=1), 0)
    _weighted(flat, weights, first, first + met.sum(axis=1), out)
    return out.reshape(*array.shape[:axis], len(weights), *array.shape[axis + 1 :])


@njit(cache=True, nogil=True)
def _weighted(flat: Any, weights: Any, first: Any, behind: Any, out: Any) -> None:
    """Add up weighted slices of the middle axis; each row's weights lie from `first` to before `behind`."""
    for a in range(flat.shape[0]):
        for t in range(weights.shape[0]):
            for n in range(first[t], behind[t]):
                weight = weights[t, n]
                for b in range(flat.shape[2]):
                    out[a, t, b] += weight * flat[a, n, b]


def counted(mean: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return Poisson counts of a mean, one uniform number a pixel: a last bit of one mean cannot shift the noise of others.

    The distribution is walked through until it exceeds the uniform number; above 500 counts it is taken as normal.
    """
    uniform = rng.random(mean.shape)
    out = np.empty(mean.shape, dtype=np.float32)
    _walk(np.ascontiguousarray(mean).ravel(), uniform.ravel(), out.reshape(-1))
    many = mean > MANY
    if many.any():
        normal = ndtri(np.clip(uniform[many], 1e-15, 1 - 1e-15))
        out[many] = np.maximum(np.rint(mean[many] + np.sqrt(mean[many]) * normal), 0)
    return out


@njit(cache=True, nogil=True)
def _walk(mean: Any, uniform: Any, out: Any) -> None:
    for at in range(mean.shape[0]):
        expected = np.float64(mean[at])  # float() would keep float32, whose exp(-104) is 0
        count = 0
        if 0.0 < expected <= MANY:
            chance = math.exp(-expected)
            below = chance
            while uniform[at] > below and count < 10 * MANY:
                count += 1
                chance *= expected / count
                below += chance
        out[at] = count


MANY = 500


def overlap_mm(source: Grid, target: Grid, axis: int) -> NDArray[np.float32]:
    """Return the length, mm, over which each target voxel and each source voxel overlap along z, y or x (axis 0, 1, 2)."""
    low_s, high_s = _edges(source, axis)
    low_t, high_t = _edges(target, axis)
    length = np.minimum(high_t[:, None], high_s) - np.maximum(low_t[:, None], low_s)
    return np.asarray(np.maximum(length, 0), dtype=np.float32)


def _edges(grid: Grid, axis: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    along = 2 - axis
    step = grid.matrix[along, along]
    centres = grid.matrix[along, 3] + step * np.arange(grid.shape_zyx[axis])
    return centres - abs(step) / 2, centres + abs(step) / 2


def image_activity(uptake: Uptake, grid: Grid, *, roles: Container[str] | None = None) -> NDArray[np.float32]:
    """Return the share of the administered activity in each voxel of a grid: the true activity, box-averaged.

    Parameters
    ----------
    roles
        Only parts that play one of these; None: all.
    """
    by_grid: dict[Grid, NDArray[np.float32]] = {}
    for part, share in zip(uptake.parts, uptake.activity, strict=True):
        if share > 0 and (roles is None or any(r in roles for r in part.roles)):
            per_ml = uptake.per_ml(part)
            by_grid[part.grid] = by_grid[part.grid] + per_ml if part.grid in by_grid else per_ml
    total = np.zeros(grid.shape_zyx, dtype=np.float32)
    for source, per_ml in by_grid.items():
        total += averaged_over_boxes(per_ml, source, grid)
    return total


def share_within(images: Sequence[NDArray[np.float32]], uptake: Uptake, grid: Grid) -> list[dict[str, float]]:
    """Return how much of each image on `grid` lies within each role, each voxel counting by the share that lies in it."""
    exact = np.stack([image.ravel() for image in images]).astype(np.float64)
    amounts = [exact @ averaged_over_boxes(p.share, p.grid, grid).ravel() / grid.voxel_ml for p in uptake.parts]
    return [
        {
            role: float(sum(h[n] for h, p in zip(amounts, uptake.parts, strict=True) if role in p.roles))
            for role in uptake.roles
        }
        for n in range(len(images))
    ]


@dataclass(frozen=True, slots=True, eq=False)
class SpectView:
    """A SPECT image, and the share of the activity that each voxel would show without noise: by blur alone, with scatter too."""

    image: CountMap
    blurred: NDArray[np.float32]
    scattered: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpectCamera:
    """A reconstructed SPECT as blur, residual scatter and noise.

    Parameters
    ----------
    fwhm_mm
        Resolution of the reconstructed image, isotropic and everywhere the same.
    filter_fwhm_mm
        The part of it that is smoothing after reconstruction: it makes noise of neighbours alike.
    scatter_share
        Share of the counts that scatter correction leaves in the wrong place.
    scatter_fwhm_mm
        How far these spread.
    counts
        Effective counts of the image: the noise is that of so many.
    """

    fwhm_mm: float
    filter_fwhm_mm: float
    scatter_share: float
    scatter_fwhm_mm: float
    counts: float

    def __post_init__(self) -> None:
        require_positive(self.fwhm_mm, what="SPECT resolution (mm)")
        require_positive(self.counts, what="SPECT counts")
        require_share(self.scatter_share, what="residual scatter")
        require_not_negative(self.filter_fwhm_mm, what="smoothing (mm)")

    @classmethod
    def usual(cls, *, fwhm_mm: float | None = None, counts: float | None = None) -> "SpectCamera":
        """Return the camera of the built-in table, with another resolution or other counts where given."""
        row = table("phantom")["spect"]
        width = row["fwhm_mm"] if fwhm_mm is None else fwhm_mm
        return cls(
            fwhm_mm=width,
            filter_fwhm_mm=min(row["filter_fwhm_mm"], width),
            scatter_share=row["scatter_share"],
            scatter_fwhm_mm=row["scatter_fwhm_mm"],
            counts=row["counts"] if counts is None else counts,
        )

    def look(self, activity: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> SpectView:
        """Return the reconstructed image, in whole units that are proportional to counts (its brightest voxel at 30000).

        Counts are Poisson where the detector's own blur has acted; smoothing after reconstruction then makes noise of
        neighbours alike.

        Notes
        -----
        Modelled in image space: a real reconstruction has a resolution that changes with place, overshoots edges when it
        models its own blur, and has noise that follows the projections. Breathing is not modelled.
        """
        steps = grid.spacing_zyx_mm
        halo = _smooth(activity, self.scatter_fwhm_mm, steps) * np.float32(self.scatter_share)
        before = math.sqrt(max(self.fwhm_mm**2 - self.filter_fwhm_mm**2, 0.0))
        mean = np.float32(1 - self.scatter_share) * _smooth(activity, before, steps) + halo
        mean *= np.float32(self.counts / float(mean.sum(dtype=np.float64)))
        smooth = _smooth(counted(mean, rng), self.filter_fwhm_mm, steps)
        image = CountMap(grid, np.rint(smooth * np.float32(BRIGHTEST / float(smooth.max()))), nuclide="Tc-99m")
        blurred = _smooth(activity, self.fwhm_mm, steps)
        return SpectView(image, blurred, np.float32(1 - self.scatter_share) * blurred + halo)


BRIGHTEST = 30000.0


def _smooth(image: NDArray[np.float32], fwhm_mm: float, spacing: Iterable[float]) -> NDArray[np.float32]:
    sigma = [fwhm_mm * SIGMA_PER_FWHM / step for step in spacing]
    return np.asarray(gaussian_filter(image, sigma, mode="constant", truncate=4.0, output=np.float32))


@dataclass(frozen=True, slots=True)
class PlanarCamera:
    """A two-headed camera that scans the body from front and back.

    Parameters
    ----------
    water_per_mm
        Narrow-beam attenuation of water at the photopeak, 1/mm; CT numbers scale it.
    intrinsic_fwhm_mm, fwhm_at_100_mm, hole_mm
        Resolution of the crystal; of the system 100 mm before the collimator; length of its holes.
    scatter_to_primary, scatter_fwhm_mm
        Scatter in the photopeak window against unscattered counts, and how far it spreads.
    main_kev, scatter_kev
        Limits of the two energy windows.
    gap_mm
        Air between the body and either collimator.
    pixel_mm, shape
        Pixels and matrix (rows, columns).
    counts
        Counts of both views together in the photopeak window.
    """

    water_per_mm: float
    intrinsic_fwhm_mm: float
    fwhm_at_100_mm: float
    hole_mm: float
    scatter_to_primary: float
    scatter_fwhm_mm: float
    main_kev: tuple[float, float]
    scatter_kev: tuple[float, float]
    gap_mm: float
    pixel_mm: float
    shape: tuple[int, int]
    counts: float

    @classmethod
    def usual(cls) -> "PlanarCamera":
        """Return the camera of the built-in table."""
        row = table("phantom")["planar"]
        return cls(
            water_per_mm=row["water_per_cm"] / 10,
            intrinsic_fwhm_mm=row["intrinsic_fwhm_mm"],
            fwhm_at_100_mm=row["fwhm_at_100_mm"],
            hole_mm=row["hole_mm"],
            scatter_to_primary=row["scatter_to_primary"],
            scatter_fwhm_mm=row["scatter_fwhm_mm"],
            main_kev=tuple(row["main_kev"]),
            scatter_kev=tuple(row["scatter_kev"]),
            gap_mm=row["gap_mm"],
            pixel_mm=row["pixel_mm"],
            shape=tuple(row["shape"]),
            counts=row["counts"],
        )

    def fwhm_mm(self, distance_mm: float) -> float:
        """Return the resolution at a distance before the collimator: R^2 = Ri^2 + Rc^2, Rc growing as (l + b) / l."""
        at_100 = math.sqrt(self.fwhm_at_100_mm**2 - self.intrinsic_fwhm_mm**2)
        collimator = at_100 * (self.hole_mm + max(distance_mm, 0.0)) / (self.hole_mm + 100.0)
        return math.hypot(self.intrinsic_fwhm_mm, collimator)

    @property
    def window_ratio(self) -> float:
        """Return the width of the photopeak window over that of the scatter window."""
        return (self.main_kev[1] - self.main_kev[0]) / (self.scatter_kev[1] - self.scatter_kev[0])

    def scan(self, uptake: Uptake, ct: CtImage, rng: np.random.Generator) -> tuple[PlanarScan, Share]:
        """Return both views of the patient in both energy windows, and the lung shunt that attenuation alone would show.

        Each view sums, along y, activity times exp(-path) of the tissue before it, blurred by its distance.

        Returns
        -------
        tuple
            The scan; L / (L + V) of geometric means of unscattered counts, had lungs and liver been told apart exactly.

        Notes
        -----
        Scatter is a broad halo in proportion to the unscattered view, the same in front of lung and liver; the lower window
        holds twice the photopeak's scatter per keV, which is what dual-window subtraction takes for granted (Jaszczak et al.,
        J Nucl Med 1984;25:893, k = 0.5). Septal penetration, dead time and the scan's motion are left out.
        """
        grid = self._rays(ct.grid)
        rays = _Rays.through(ct, grid, self.water_per_mm)
        lungs = self._views(image_activity(uptake, grid, roles={"lungs"}), rays, grid)
        liver = self._views(image_activity(uptake, grid, roles={"liver"}), rays, grid)
        mean = [math.sqrt(float(a.sum(dtype=np.float64)) * float(p.sum(dtype=np.float64))) for a, p in (lungs, liver)]
        views = [one + other for one, other in zip(lungs, liver, strict=True)]
        scale = self.counts / sum(float(v.sum(dtype=np.float64)) for v in views) / (1 + self.scatter_to_primary)
        pixel = (self.pixel_mm, self.pixel_mm)
        frames = []
        for view in views:
            primary = self._on_matrix(view * np.float32(scale))
            scatter = _smooth(primary, self.scatter_fwhm_mm, pixel) * np.float32(self.scatter_to_primary)
            low = scatter * np.float32(2 / self.window_ratio)
            frames.append((counted(primary + scatter, rng), counted(low, rng)))
        scan = PlanarScan(
            anterior=frames[0][0],
            posterior=frames[1][0],
            pixel_mm=pixel,
            scatter_anterior=frames[0][1],
            scatter_posterior=frames[1][1],
            window_ratio=self.window_ratio,
            origin_xz_mm=self._corner(grid),
            frame_uid=ct.grid.frame_uid,
        )
        return scan, Share(mean[0] / (mean[0] + mean[1]))

    def _rays(self, ct: Grid) -> Grid:
        """Return the grid in which rays are followed: the camera's pixels across, whole rows of the CT of about `DEPTH_MM` along."""
        low, high = ct.bounds_lps_mm()
        row_mm = ct.spacing_zyx_mm[1]
        rows = max(round(DEPTH_MM / row_mm), 1)
        step = (self.pixel_mm, rows * row_mm, self.pixel_mm)
        size = high - low
        shape = (
            math.ceil(size[2] / self.pixel_mm),
            ct.shape_zyx[1] // rows,
            math.ceil(size[0] / self.pixel_mm),
        )
        first = tuple(float(low[a]) + step[2 - a] / 2 for a in range(3))
        return Grid.aligned(shape, spacing_zyx_mm=step, origin_lps_mm=first, frame_uid=ct.frame_uid)  # type: ignore[arg-type]

    def _views(self, activity: NDArray[np.float32], rays: "_Rays", grid: Grid) -> list[NDArray[np.float32]]:
        """Return unscattered counts from front and from back: slabs weakened, blurred by their distance, summed."""
        pixel = (self.pixel_mm, self.pixel_mm)
        front = np.zeros((grid.shape_zyx[0], grid.shape_zyx[2]), dtype=np.float32)
        back = front.copy()
        for at in np.flatnonzero(activity.any(axis=(0, 2))):
            slab = np.ascontiguousarray(activity[:, at])
            near = (int(at) - rays.first) * grid.spacing_zyx_mm[1] + self.gap_mm
            far = (rays.last - int(at)) * grid.spacing_zyx_mm[1] + self.gap_mm
            front += _smooth(slab * rays.before[:, at], self.fwhm_mm(near), pixel)
            back += _smooth(slab * rays.behind[:, at], self.fwhm_mm(far), pixel)
        return [front, back]

    def _on_matrix(self, view: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a view in the camera's matrix, head at the top, the patient in the middle."""
        rows, columns = self.shape
        image = np.zeros(self.shape, dtype=np.float32)
        height, width = view.shape
        top, left = (rows - height) // 2, (columns - width) // 2
        if top < 0 or left < 0:
            raise GeometryError(
                f"the patient must fit the planar matrix of {rows} x {columns} pixels, but needs {height} x {width}; take larger pixels",
                code="planar-matrix-small",
            )
        image[top : top + height, left : left + width] = view[::-1]
        return image

    def _corner(self, grid: Grid) -> tuple[float, float]:
        """Return LPS x and z of the matrix's first pixel."""
        rows, columns = self.shape
        nz, _, nx = grid.shape_zyx
        x0, _, z0 = grid.origin_lps_mm
        top, left = (rows - nz) // 2, (columns - nx) // 2
        return x0 - left * self.pixel_mm, z0 + (nz - 1 + top) * self.pixel_mm


@dataclass(frozen=True, slots=True, eq=False)
class _Rays:
    """What either camera receives from each place, against no tissue at all, and which slabs along y hold the patient first and last."""

    before: NDArray[np.float32]
    behind: NDArray[np.float32]
    first: int
    last: int

    @classmethod
    def through(cls, ct: CtImage, grid: Grid, water_per_mm: float) -> "_Rays":
        """Return the rays through a CT: mu = mu_water (1 + HU / 1000)."""
        path = water_per_mm * np.maximum(_mean_hu(ct, grid) / np.float32(1000) + 1, 0)
        path = path * np.float32(grid.spacing_zyx_mm[1])
        depth = np.cumsum(path, axis=1, dtype=np.float64)
        before, whole = depth - path / 2, depth[:, -1:]
        inside = np.flatnonzero((path > PATIENT).any(axis=(0, 2)))
        if not len(inside):
            raise QuantityError(
                "a planar scan needs a patient in the CT, but it holds air alone; check its rescale",
                code="ct-without-body",
            )
        near, far = np.exp(-before).astype(np.float32), np.exp(before - whole).astype(np.float32)
        return cls(near, far, int(inside[0]), int(inside[-1]))


DEPTH_MM = 4.8
PATIENT = 0.02
"""Attenuation of a slab that counts as patient (a fortieth of water's)."""


def _mean_hu(ct: CtImage, grid: Grid) -> NDArray[np.float32]:
    """Return mean CT numbers over each voxel of a grid whose slabs are whole rows of the CT; air where the CT does not reach."""
    nz, ny, nx = ct.hu.shape
    slabs = grid.shape_zyx[1]
    rows = ny // slabs
    above_air = np.empty((nz, slabs, nx), dtype=np.float32)
    for k, plane in enumerate(ct.hu):
        above_air[k] = plane[: slabs * rows].reshape(slabs, rows, nx).sum(axis=1, dtype=np.int32)
    above_air = above_air / np.float32(rows) + np.float32(1000)
    mean = averaged(averaged(above_air, overlap_mm(ct.grid, grid, 0), 0), overlap_mm(ct.grid, grid, 2), 2)
    return np.asarray(mean / np.float32(grid.spacing_zyx_mm[0] * grid.spacing_zyx_mm[2]) - 1000, dtype=np.float32)
