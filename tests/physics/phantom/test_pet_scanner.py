"""What the simulated PET scanner sees: nothing is lost, blur and noise are those that it states, the patient lies where he was put."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from yttria.data import table
from yttria.physics.phantom.pet_scanner import (
    PetScanner,
    _fine,
    couch_motion,
    moved_ct,
    pet_ct_grid,
    pet_grid,
    read_moved,
)
from yttria.physics.phantom.uptake import Part, Uptake, uptake_of
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CtImage
from yttria.values.nuclide import Nuclide
from yttria.values.units import Bq, Share

FRAME = Grid.aligned((60, 60, 60), spacing_zyx_mm=(3.0, 3.0, 3.0), origin_lps_mm=(-88.5, -88.5, -88.5), frame_uid="1.1")
ACTIVITY = Bq(2e9)
Y90 = Nuclide.named("Y-90")


def cube(half: int = 8) -> Uptake:
    """Return an uptake of a cube in the middle, everything in it."""
    share = np.zeros(FRAME.shape_zyx, dtype=np.float32)
    share[30 - half : 30 + half, 30 - half : 30 + half, 30 - half : 30 + half] = 1
    return uptake_of((Part("cube", ("liver",), FRAME, share, 1.06, 1.0),), lung_shunt=Share(0.0))


def seen(
    scanner: PetScanner, *, shift: tuple[float, float, float] = (0, 0, 0), turn: float = 0.0, seed: int = 1
) -> ActivityMap:
    motion = couch_motion((0.0, 0.0, 0.0), shift, turn)
    grid = pet_grid(FRAME, "1.2")
    return scanner.look(cube(), FRAME, motion, grid, ACTIVITY, np.random.default_rng(seed))


def centre(image: ActivityMap) -> list[float]:
    k, j, i = np.nonzero(image.bq_per_ml > 0)
    weight = image.bq_per_ml[k, j, i].astype(np.float64)
    return list(image.grid.points_of([np.average(np.stack([i, j, k], axis=1), axis=0, weights=weight)])[0])


def test_all_activity_is_in_the_image() -> None:
    assert seen(PetScanner.usual(minutes=6000)).total == pytest.approx(ACTIVITY, rel=0.01)


def test_the_patient_lies_where_he_was_put() -> None:
    assert centre(seen(PetScanner.usual(minutes=6000), shift=(7, -6, 7.7), turn=4.0)) == pytest.approx(
        [7, -6, 7.7], abs=0.3
    )


def test_a_turn_is_about_its_place_by_its_angle() -> None:
    motion = couch_motion((10.0, 20.0, 30.0), (0.0, 0.0, 0.0), 4.0)
    assert motion @ [10, 20, 30, 1] == pytest.approx([10, 20, 30, 1])
    assert np.degrees(np.arccos((np.trace(motion[:3, :3]) - 1) / 2)) == pytest.approx(4.0)


def test_noise_falls_with_the_root_of_the_time() -> None:
    short, long = (PetScanner.usual(minutes=m) for m in (20.0, 80.0))
    inner = (slice(28, 32), slice(52, 58), slice(52, 58))
    spread = []
    for scanner in (short, long):
        images = np.stack([seen(scanner, seed=s).bq_per_ml[inner] for s in range(6)]).astype(float)
        spread.append(images.std(axis=0).mean() / images.mean())
    assert spread[0] / spread[1] == pytest.approx(2.0, rel=0.25)


def test_counts_are_those_of_the_positrons_less_what_randoms_cost() -> None:
    scanner = PetScanner.usual(minutes=30)
    rate = np.log(2) / Y90.half_life_h
    true = ACTIVITY * 3600 * (1 - np.exp(-rate * 0.5)) / rate * 3.186e-5 * scanner.sensitivity
    assert scanner.effective_counts(ACTIVITY, Y90) == pytest.approx(true / 9)  # randoms 80 % of all: T / (1 + 2 * 4)


def test_a_scan_of_no_time_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"PET scan \(minutes\)"):
        PetScanner.usual(minutes=0)


def test_the_scanner_stands_about_the_middle_of_the_anatomy_wherever_that_lies() -> None:
    for make in (pet_grid, pet_ct_grid):
        aside = Grid.aligned((50, 60, 70), spacing_zyx_mm=(3.0, 3.0, 3.0), origin_lps_mm=(-40.0, 25.0, -300.0))
        low, high = aside.bounds_lps_mm()
        found_low, found_high = make(aside, "1.2").bounds_lps_mm()
        assert (found_low + found_high) / 2 == pytest.approx((low + high) / 2, abs=0.02)
        assert found_high[2] - found_low[2] <= high[2] - low[2]


# the turn and the grids


@pytest.mark.parametrize("angle", [-30.0, 4.0, 120.0])
def test_a_turn_is_the_one_of_its_rotation_vector(angle: float) -> None:
    """Mostly head to feet: 0.3, 0.2, 1; the matrix by scipy, which goes through a quaternion."""
    axis = np.array([0.3, 0.2, 1.0]) / np.sqrt(1.13)
    expected = Rotation.from_rotvec(np.radians(angle) * axis).as_matrix()
    assert couch_motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), angle)[:3, :3] == pytest.approx(expected)


def test_the_scanners_matrix_is_110_of_4_mm_and_as_high_as_the_anatomy() -> None:
    image, ct = pet_grid(FRAME, "1.2"), pet_ct_grid(FRAME, "1.2")
    row = table("phantom")["pet"]
    assert (image.shape_zyx, image.spacing_zyx_mm, image.frame_uid) == ((60, 110, 110), (3.0, 4.0, 4.0), "1.2")
    assert image.origin_lps_mm == pytest.approx((-218.0, -218.0, -88.5))
    assert ct.spacing_zyx_mm == (3.0, row["ct_pixel_mm"], row["ct_pixel_mm"])
    assert ct.shape_zyx == (60, *(int(440 / row["ct_pixel_mm"]),) * 2)


def test_the_truth_is_blurred_on_voxels_of_three_millimetres_that_cover_the_anatomy() -> None:
    fine = _fine(Grid.aligned((10, 20, 31), spacing_zyx_mm=(3.1, 1.0, 1.0), origin_lps_mm=(5.0, 7.0, 9.0)))
    assert fine.shape_zyx == (11, 7, 11)  # 31 x 20 x 31 mm
    assert fine.spacing_zyx_mm == (3.0, 3.0, 3.0)
    assert fine.origin_lps_mm == pytest.approx((5 - 0.5 + 1.5, 7 - 0.5 + 1.5, 9 - 1.55 + 1.5))


def spread_mm(scanner: PetScanner) -> float:
    """Return the standard deviation of the image of a cube along x, mm, from a scan without noise."""
    image = seen(replace(scanner, sensitivity=1e6))
    x = image.grid.points_of([(i, 0, 0) for i in range(110)])[:, 0]
    line = image.bq_per_ml.sum(axis=(0, 1), dtype=float)
    return float(np.sqrt(np.average((x - np.average(x, weights=line)) ** 2, weights=line)))


@pytest.mark.parametrize(("fwhm", "smoothing"), [(6.5, 0.0), (10.0, 0.0), (10.0, 5.0), (10.0, 8.0)])
def test_an_image_is_as_wide_as_its_object_with_the_resolution_that_the_scanner_states(
    fwhm: float, smoothing: float
) -> None:
    """Variances add: a cube of 48 mm, the resolution, and the linear reading of 3 mm voxels (a triangle: h^2 / 6)."""
    scanner = replace(PetScanner.usual(fwhm_mm=fwhm), filter_fwhm_mm=smoothing, scatter_share=0.0)
    variance = 48**2 / 12 + (fwhm / 2.354820045) ** 2 + 3**2 / 6
    assert spread_mm(scanner) ** 2 == pytest.approx(variance, rel=0.006)


def test_residual_scatter_takes_its_share_from_the_middle() -> None:
    """0.5 of it spreads over 150 mm: the middle of the cube keeps a half and a little."""
    clean = replace(PetScanner.usual(), scatter_share=0.0, sensitivity=1e6)
    middle = (30, 55, 55)
    there = float(seen(clean).bq_per_ml[middle])
    assert there == pytest.approx(2e9 / 48**3 * 1000, rel=1e-3)
    half = float(seen(replace(clean, scatter_share=0.5)).bq_per_ml[middle])
    over = math.erf(24 / (math.sqrt(2) * 150 / 2.354820045)) ** 3  # of a wide Gaussian, in the cube
    assert half / there == pytest.approx(0.5 + 0.5 * over, rel=0.01)


def test_a_scanner_sharper_than_its_smoothing_smooths_no_more_than_that() -> None:
    assert PetScanner.usual(fwhm_mm=4.0).filter_fwhm_mm == 4.0
    assert PetScanner.usual(fwhm_mm=6.0).filter_fwhm_mm == 5.0
    usual = PetScanner.usual()
    assert (usual.fwhm_mm, usual.minutes, usual.sensitivity, usual.randoms_share) == (6.5, 30.0, 0.002, 0.8)
    assert (usual.scatter_share, usual.scatter_fwhm_mm) == (0.02, 150.0)


@pytest.mark.parametrize("hu", [-1000.0, 0.0, 200.0, 1000.0])
def test_the_scanners_ct_is_noisy_as_tissue_is_dense(hu: float) -> None:
    """12 HU and so in water 0.95 of it; from 0.15 in air to 1.2 of it in bone."""
    ct = CtImage(FRAME, np.full(FRAME.shape_zyx, hu, dtype=np.int16))
    inner = Grid.aligned((40, 40, 40), spacing_zyx_mm=(3.0,) * 3, origin_lps_mm=(-58.5,) * 3, frame_uid="1.2")
    motion = couch_motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0)
    found = moved_ct(ct, motion, inner, np.random.default_rng(2)).hu.astype(float)
    noise = table("phantom")["pet"]["ct_noise_hu"] * min(max(hu / 1000 + 0.95, 0.15), 1.2)
    assert found.std() == pytest.approx(np.hypot(noise, 12**-0.5), rel=0.03)
    assert found.mean() == pytest.approx(hu, abs=0.3)


@pytest.mark.parametrize(("hu", "low", "high"), [(-1024, -1024, -1000), (3071, 2900, 3071)])
def test_ct_numbers_stay_between_minus_1024_and_3071(hu: int, low: int, high: int) -> None:
    ct = CtImage(FRAME, np.full(FRAME.shape_zyx, hu, dtype=np.int16))
    motion = couch_motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0.0)
    found = moved_ct(ct, motion, FRAME, np.random.default_rng(2)).hu
    assert (found.min() if hu < 0 else found.max()) == hu
    assert low <= found.min()
    assert found.max() <= high


def test_outside_the_planning_ct_the_scanner_sees_air() -> None:
    ct = CtImage(FRAME, np.full(FRAME.shape_zyx, 40, dtype=np.int16))
    motion = couch_motion((0.0, 0.0, 0.0), (400.0, 0.0, 0.0), 0.0)
    found = moved_ct(ct, motion, FRAME, np.random.default_rng(2)).hu
    assert found.mean() == pytest.approx(-1000, abs=0.5)


def test_an_image_is_read_between_voxels_in_proportion() -> None:
    """A ramp of x moved by 1.5 mm along x and read at the same grid is lower by 0.5 voxel of 3 mm."""
    ramp = np.broadcast_to(np.arange(60, dtype=np.float32), FRAME.shape_zyx).copy()
    motion = couch_motion((0.0, 0.0, 0.0), (1.5, 0.0, 0.0), 0.0)
    found = read_moved(ramp, FRAME, motion, FRAME, outside=-7.0)
    assert found[10, 10, 1:] == pytest.approx(np.arange(1, 60) - 0.5)
    assert found[10, 10, 0] == -7.0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fwhm_mm", "PET resolution"),
        ("minutes", "PET scan"),
        ("sensitivity", "PET sensitivity"),
    ],
)
def test_a_scanner_without_resolution_time_or_sensitivity_is_refused(name: str, words: str) -> None:
    with pytest.raises(QuantityError, match=words):
        replace(PetScanner.usual(), **{name: 0.0})
