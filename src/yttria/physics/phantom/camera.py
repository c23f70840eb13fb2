"""What a gamma camera would see of known activity: a reconstructed SPECT and planar conjugate views.

Both are modelled, not measured: the SPECT in image space (no projector, no reconstruction), the planar views by rays
through the patient. Each function says what it leaves out.
"""

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.data import table
from yttria.physics.phantom.uptake import Uptake
from yttria.values.errors import GeometryError, require_not_negative, require_positive, require_share
from yttria.values.grid import Grid
from yttria.values.maps import Array, CountMap, CtImage
from yttria.values.planar import PlanarScan
from yttria.values.units import MM3_PER_ML, Share

SIGMA_PER_FWHM = 1 / math.sqrt(8 * math.log(2))
Kernel = NDArray[np.float32]


def onto_boxes(array: Array, source: Grid, target: Grid) -> NDArray[np.float32]:
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
                f"the camera needs grids along the patient's axes, but {grid!r} is oblique; resample the CT"
            )
    lengths = [overlap_mm(source, target, axis) for axis in range(3)]
    met = [np.flatnonzero(length.any(axis=1)) for length in lengths]
    total = np.zeros(target.shape_zyx, dtype=np.float32)
    if not all(len(m) for m in met):
        return total
    room = tuple(slice(int(m[0]), int(m[-1]) + 1) for m in met)
    z, y, x = (length[here] for length, here in zip(lengths, room, strict=True))
    part = np.tensordot(z, array.astype(np.float32, copy=False), axes=(1, 0))
    nz, ny, nx = part.shape
    part = (part.reshape(nz * ny, nx) @ x.T).reshape(nz, ny, len(x))
    total[room] = np.matmul(y, part) / np.float32(MM3_PER_ML)
    return np.asarray(total, dtype=np.float32)


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


def seen_activity(uptake: Uptake, grid: Grid, *, roles: Container[str] | None = None) -> NDArray[np.float32]:
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
        total += onto_boxes(per_ml, source, grid)
    return total


def share_within(image: NDArray[np.float32], uptake: Uptake, grid: Grid) -> dict[str, float]:
    """Return how much of an image on `grid` lies within each role, each voxel counting by the share that lies in it."""
    exact = image.astype(np.float64)
    held = [float(np.vdot(exact, onto_boxes(p.share, p.grid, grid))) / grid.voxel_ml for p in uptake.parts]
    return {role: sum(h for h, p in zip(held, uptake.parts, strict=True) if role in p.roles) for role in uptake.roles}


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

    def blurred(self, activity: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
        """Return what the camera would show of activity without noise and without scatter."""
        return _smooth(activity, self.fwhm_mm, grid.spacing_zyx_mm)

    def scattered(self, activity: NDArray[np.float32], grid: Grid) -> NDArray[np.float32]:
        """Return where the scatter lies that correction has left."""
        return _smooth(activity, self.scatter_fwhm_mm, grid.spacing_zyx_mm) * np.float32(self.scatter_share)

    def image(self, activity: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> CountMap:
        """Return the reconstructed image, in whole units that are proportional to counts (its brightest voxel at 30000).

        Counts are Poisson where the detector's own blur has acted; smoothing after reconstruction then makes noise of
        neighbours alike.

        Notes
        -----
        Modelled in image space: a real reconstruction has a resolution that changes with place, overshoots edges when it
        models its own blur, and has noise that follows the projections. Breathing is not modelled.
        """
        before = math.sqrt(max(self.fwhm_mm**2 - self.filter_fwhm_mm**2, 0.0))
        mean = (1 - self.scatter_share) * _smooth(activity, before, grid.spacing_zyx_mm) + self.scattered(
            activity, grid
        )
        mean *= np.float32(self.counts / float(mean.sum(dtype=np.float64)))
        noisy = rng.poisson(np.maximum(mean, 0)).astype(np.float32)
        smooth = _smooth(noisy, self.filter_fwhm_mm, grid.spacing_zyx_mm)
        return CountMap(grid, np.rint(smooth * np.float32(BRIGHTEST / float(smooth.max()))), nuclide="Tc-99m")


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
        lungs = self._views(seen_activity(uptake, grid, roles={"lungs"}), rays, grid)
        liver = self._views(seen_activity(uptake, grid, roles={"liver"}), rays, grid)
        mean = [math.sqrt(float(a.sum(dtype=np.float64)) * float(p.sum(dtype=np.float64))) for a, p in (lungs, liver)]
        views = [one + other for one, other in zip(lungs, liver, strict=True)]
        scale = self.counts / sum(float(v.sum(dtype=np.float64)) for v in views) / (1 + self.scatter_to_primary)
        pixel = (self.pixel_mm, self.pixel_mm)
        frames = []
        for view in views:
            primary = self._on_matrix(view * np.float32(scale))
            scatter = _smooth(primary, self.scatter_fwhm_mm, pixel) * np.float32(self.scatter_to_primary)
            low = scatter * np.float32(2 / self.window_ratio)
            frames.append((rng.poisson(primary + scatter), rng.poisson(low)))
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
            front += _smooth(slab * np.exp(-rays.before[:, at]), self.fwhm_mm(near), pixel)
            back += _smooth(slab * np.exp(-rays.behind[:, at]), self.fwhm_mm(far), pixel)
        return [front, back]

    def _on_matrix(self, view: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a view in the camera's matrix, head at the top, the patient in the middle."""
        rows, columns = self.shape
        image = np.zeros(self.shape, dtype=np.float32)
        height, width = view.shape
        top, left = (rows - height) // 2, (columns - width) // 2
        if top < 0 or left < 0:
            raise GeometryError(
                f"the patient must fit the planar matrix of {rows} x {columns} pixels, but needs {height} x {width}; take larger pixels"
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
    """Attenuation between each place and either camera, and which slabs along y hold the patient first and last."""

    before: NDArray[np.float32]
    behind: NDArray[np.float32]
    first: int
    last: int

    @classmethod
    def through(cls, ct: CtImage, grid: Grid, water_per_mm: float) -> "_Rays":
        """Return the rays through a CT: mu = mu_water (1 + HU / 1000)."""
        path = water_per_mm * np.maximum(_mean_hu(ct, grid) / np.float32(1000) + 1, 0)
        path = path * np.float32(grid.spacing_zyx_mm[1])
        before = np.cumsum(path, axis=1) - path / 2
        inside = np.flatnonzero((path > PATIENT).any(axis=(0, 2)))
        return cls(before, path.sum(axis=1, keepdims=True) - before, int(inside[0]), int(inside[-1]))


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
    z, x = overlap_mm(ct.grid, grid, 0), overlap_mm(ct.grid, grid, 2)
    mean = np.tensordot(z, above_air, axes=(1, 0)) @ x.T
    return np.asarray(mean / np.float32(grid.spacing_zyx_mm[0] * grid.spacing_zyx_mm[2]) - 1000, dtype=np.float32)
