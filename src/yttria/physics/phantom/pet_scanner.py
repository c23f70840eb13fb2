"""What a PET scanner would see of a treated patient who lies otherwise than on the planning CT: 90Y in Bq/mL with the noise of its positrons."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from yttria.data import table
from yttria.physics.phantom.camera import SIGMA_PER_FWHM, counted, image_activity
from yttria.physics.phantom.uptake import Uptake
from yttria.values.errors import require_not_negative, require_positive, require_share
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CtImage
from yttria.values.nuclide import Nuclide
from yttria.values.units import SECONDS_PER_HOUR, Bq

FINE_MM = 3.0
"""Voxels on which the true activity is blurred, in the patient's own frame: a blur that is the same in all directions may turn with him."""
AXIS = (0.3, 0.2, 1.0)
"""About which a patient turns on another couch: mostly head to feet."""
Matrix = NDArray[np.float64]
Image = NDArray[np.float32]


def couch_motion(
    centre_lps_mm: tuple[float, float, float], moved_mm: tuple[float, float, float], turned_deg: float
) -> Matrix:
    """Return what takes points of the planning frame to the scanner's: a turn about a place and a shift of it, 4 x 4, LPS mm.

    Examples
    --------
    >>> couch_motion((10.0, 0.0, 0.0), (1.0, 2.0, 3.0), 0.0)[:3, 3].tolist()
    [1.0, 2.0, 3.0]
    """
    x, y, z = np.array(AXIS) / np.linalg.norm(AXIS)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = math.radians(turned_deg)
    matrix = np.eye(4)
    matrix[:3, :3] += math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    matrix[:3, 3] = np.array(centre_lps_mm) - matrix[:3, :3] @ np.array(centre_lps_mm) + np.array(moved_mm)
    return matrix


@dataclass(frozen=True, slots=True)
class PetScanner:
    """A PET scanner as blur and noise.

    Parameters
    ----------
    fwhm_mm, filter_fwhm_mm
        Resolution of the reconstructed image, and the part of it that is smoothing after reconstruction.
    minutes
        Of the scan.
    sensitivity
        True coincidences a positron.
    randoms_share
        Of all coincidences.
    scatter_share, scatter_fwhm_mm
        What scatter correction leaves in the wrong place, and how far it spreads.
    """

    fwhm_mm: float
    filter_fwhm_mm: float
    minutes: float
    sensitivity: float
    randoms_share: float
    scatter_share: float
    scatter_fwhm_mm: float

    def __post_init__(self) -> None:
        require_positive(self.fwhm_mm, what="PET resolution (mm)")
        require_positive(self.minutes, what="PET scan (minutes)")
        require_positive(self.sensitivity, what="PET sensitivity")
        require_share(self.randoms_share, what="randoms")
        require_share(self.scatter_share, what="residual scatter")
        require_not_negative(self.filter_fwhm_mm, what="smoothing (mm)")

    @classmethod
    def usual(cls, *, fwhm_mm: float | None = None, minutes: float | None = None) -> "PetScanner":
        """Return the scanner of the built-in table, with another resolution or time where given."""
        row = table("phantom")["pet"]
        width = row["fwhm_mm"] if fwhm_mm is None else fwhm_mm
        return cls(
            fwhm_mm=width,
            filter_fwhm_mm=min(row["filter_fwhm_mm"], width),
            minutes=row["minutes"] if minutes is None else minutes,
            sensitivity=row["sensitivity"],
            randoms_share=row["randoms_share"],
            scatter_share=row["scatter_share"],
            scatter_fwhm_mm=row["scatter_fwhm_mm"],
        )

    def effective_counts(self, activity: Bq, nuclide: Nuclide) -> float:
        """Return the noise-equivalent counts of a scan: T^2 / (T + 2 R), R the randoms, T = A f s t.

        Source
        ------
        Strother et al., IEEE Trans Nucl Sci 1990;37:783 (noise-equivalent counts; randoms measured in a delayed window).
        """
        fraction = table("pet_tracers")[nuclide.name]["positron_fraction"]
        hours = self.minutes / 60
        rate = math.log(2) / nuclide.half_life_h
        decays = activity * SECONDS_PER_HOUR * -math.expm1(-rate * hours) / rate
        true = decays * fraction * self.sensitivity
        randoms = true * self.randoms_share / (1 - self.randoms_share)
        return float(true / (1 + 2 * randoms / true))

    def look(
        self, uptake: Uptake, frame: Grid, motion: Matrix, grid: Grid, activity: Bq, rng: np.random.Generator
    ) -> ActivityMap:
        """Return the reconstructed image, Bq/mL at the start of the scan.

        Parameters
        ----------
        uptake
            Where the activity lodges, in the planning frame.
        frame
            The anatomy's grid in that frame.
        motion
            Takes points of it to the scanner's frame.
        grid
            The scanner's, in its own frame.
        activity
            In the patient at the start of the scan, Bq.

        Notes
        -----
        Modelled in image space: noise goes with the signal, as iterative reconstruction has it; its bias in cold regions, breathing, and a
        resolution that changes with place are left out.
        """
        fine = _fine(frame)
        true = image_activity(uptake, fine) * np.float32(activity / fine.voxel_ml)
        before = math.sqrt(max(self.fwhm_mm**2 - self.filter_fwhm_mm**2, 0.0))
        blurred = np.float32(1 - self.scatter_share) * _smooth(true, before, fine)
        blurred += np.float32(self.scatter_share) * _smooth(true, self.scatter_fwhm_mm, fine)
        there = read_moved(blurred, fine, motion, grid, outside=0.0)
        whole = float(there.sum(dtype=np.float64))
        nuclide = Nuclide.named("Y-90")
        per_count = whole / self.effective_counts(activity, nuclide)
        noisy = counted(there / np.float32(per_count), rng) * np.float32(per_count)
        return ActivityMap(grid, _smooth(noisy, self.filter_fwhm_mm, grid), nuclide)


def pet_grid(frame: Grid, frame_uid: str) -> Grid:
    """Return the scanner's grid about the middle of the anatomy: its matrix across, as many slices as the height needs."""
    row = table("phantom")["pet"]
    return _grid_around(frame, frame_uid, row["pixel_mm"], row["slice_mm"], int(row["matrix"]))


def pet_ct_grid(frame: Grid, frame_uid: str) -> Grid:
    """Return the grid of the scanner's own CT."""
    row = table("phantom")["pet"]
    pixel = row["ct_pixel_mm"]
    return _grid_around(frame, frame_uid, pixel, row["slice_mm"], int(row["matrix"] * row["pixel_mm"] / pixel))


def _grid_around(frame: Grid, frame_uid: str, pixel: float, height: float, across: int) -> Grid:
    low, high = frame.bounds_lps_mm()
    slices = int((high[2] - low[2]) / height)
    middle = (low + high) / 2
    first = (
        round(float(middle[0]) - pixel * (across - 1) / 2, 2),
        round(float(middle[1]) - pixel * (across - 1) / 2, 2),
        round(float(middle[2]) - height * (slices - 1) / 2, 2),
    )
    return Grid.aligned(
        (slices, across, across), spacing_zyx_mm=(height, pixel, pixel), origin_lps_mm=first, frame_uid=frame_uid
    )


def moved_ct(ct: CtImage, motion: Matrix, grid: Grid, rng: np.random.Generator) -> CtImage:
    """Return the CT of the scanner: the same patient where he lies there, with noise of its own."""
    hu = read_moved(ct.hu.astype(np.float32), ct.grid, motion, grid, outside=-1000.0)
    noise = np.float32(table("phantom")["pet"]["ct_noise_hu"]) * rng.standard_normal(grid.shape_zyx, dtype=np.float32)
    noise *= np.clip(hu / np.float32(1000) + np.float32(0.95), np.float32(0.15), np.float32(1.2))
    return CtImage(grid, np.clip(np.rint(hu + noise), -1024, 3071).astype(np.int16))


def read_moved(image: Image, source: Grid, motion: Matrix, grid: Grid, *, outside: float) -> Image:
    """Return an image read between its voxel centres where a moved grid's voxels lie, slice by slice."""
    back = np.linalg.inv(motion)
    nz, ny, nx = grid.shape_zyx
    j, i = np.indices((ny, nx))
    result = np.empty(grid.shape_zyx, dtype=np.float32)
    for k in range(nz):
        points = grid.points_of(np.stack([i.ravel(), j.ravel(), np.full(i.size, k)], axis=1))
        index = source.index_of(points @ back[:3, :3].T + back[:3, 3])[:, ::-1].T
        result[k] = map_coordinates(image, index, order=1, mode="constant", cval=outside, output=np.float32).reshape(
            ny, nx
        )
    return result


def _fine(frame: Grid) -> Grid:
    low, high = frame.bounds_lps_mm()
    shape = tuple(math.ceil(float(s) / FINE_MM) for s in (high - low)[::-1])
    first = tuple(float(v) + FINE_MM / 2 for v in low)
    return Grid.aligned(shape, spacing_zyx_mm=(FINE_MM,) * 3, origin_lps_mm=first, frame_uid=frame.frame_uid)  # type: ignore[arg-type]


def _smooth(image: Image, fwhm_mm: float, grid: Grid) -> Image:
    sigma = [fwhm_mm * SIGMA_PER_FWHM / step for step in grid.spacing_zyx_mm]
    return np.asarray(gaussian_filter(image, sigma, mode="constant", truncate=4.0, output=np.float32))
