"""physics.phantom.camera: what a SPECT and a planar camera see of known activity."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import poisson

from yttria.data import table
from yttria.physics.phantom.camera import (
    PlanarCamera,
    SpectCamera,
    averaged,
    averaged_over_boxes,
    counted,
    image_activity,
    overlap_mm,
    share_within,
)
from yttria.physics.phantom.uptake import Part, uptake_of
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.planar import PlanarScan
from yttria.values.units import Share

FINE = Grid.aligned((40, 50, 60), spacing_zyx_mm=(3, 0.8, 0.7), origin_lps_mm=(-20, -20, -60), frame_uid="1.2.3")
COARSE = Grid.aligned((36, 24, 24), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-55, -52, -78), frame_uid="1.2.3")
RNG = np.random.default_rng(3)


def test_activity_is_conserved_from_grid_to_grid() -> None:
    density = RNG.random(FINE.shape_zyx).astype(np.float32)
    boxed = averaged_over_boxes(density, FINE, COARSE)
    assert float(boxed.sum(dtype=float)) == pytest.approx(float(density.sum(dtype=float)) * FINE.voxel_ml, rel=1e-6)


def test_activity_outside_a_grid_is_not_moved_into_it() -> None:
    half = Grid.aligned((10, 24, 24), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-55, -52, -57.79))
    density = np.ones(FINE.shape_zyx, dtype=np.float32)
    inside = 10 * 4.42 * 40 * 42 / 1000  # ten slices from z = -60 of a body of 40 x 42 mm
    assert float(averaged_over_boxes(density, FINE, half).sum(dtype=float)) == pytest.approx(inside, rel=1e-5)


def test_a_grid_that_counts_downwards_is_met_where_it_lies() -> None:
    density = RNG.random(FINE.shape_zyx).astype(np.float32)
    affine = FINE.matrix
    affine[:3, 3] = FINE.points_of([(0, 0, 39)])[0]
    affine[2, 2] = -3
    turned = Grid.of(FINE.shape_zyx, affine, FINE.frame_uid)
    assert averaged_over_boxes(density[::-1], turned, COARSE) == pytest.approx(
        averaged_over_boxes(density, FINE, COARSE), abs=1e-6
    )


def test_averaging_is_a_matrix_product_along_an_axis() -> None:
    array, weights = RNG.random((4, 7, 5)).astype(np.float32), np.zeros((3, 7), dtype=np.float32)
    weights[0, 1:4], weights[2, 3:] = RNG.random(3), RNG.random(4)
    assert averaged(array, weights, 1) == pytest.approx(np.einsum("tn,anb->atb", weights, array), abs=1e-6)


def test_counts_have_the_mean_and_variance_of_poisson() -> None:
    for mean in (0.3, 4.0, 90.0, 300.0, 800.0):
        drawn = counted(np.full((400, 500), mean, dtype=np.float32), np.random.default_rng(11))
        n = drawn.size
        assert drawn.mean() == pytest.approx(mean, abs=5 * math.sqrt(mean / n))
        assert drawn.var() == pytest.approx(mean, rel=5 * math.sqrt((2 + 1 / mean) / n))
        assert (drawn == np.rint(drawn)).all()


def test_noise_of_one_pixel_does_not_hang_on_its_neighbours() -> None:
    mean = np.full((20, 30), 12.0, dtype=np.float32)
    other = mean.copy()
    other[3, 4] = 400
    one, two = (counted(m, np.random.default_rng(2)) for m in (mean, other))
    assert np.array_equal(np.delete(one.ravel(), 3 * 30 + 4), np.delete(two.ravel(), 3 * 30 + 4))


def sphere(radius_mm: float) -> NDArray[np.float32]:
    """Return a sphere of activity in the middle of a grid of 2 mm voxels."""
    at = (np.arange(64) - 31.5) * 2
    r = np.sqrt(at[:, None, None] ** 2 + at[None, :, None] ** 2 + at**2)
    return np.asarray(np.clip((radius_mm - r) / 2 + 0.5, 0, 1), dtype=np.float32)


def test_a_sphere_keeps_what_a_gaussian_leaves_in_it() -> None:
    # the share that stays: the kernel weighted by the overlap of the sphere with itself moved by each lag
    radius, fwhm = 15.0, 12.0
    grid = Grid.aligned((64, 64, 64), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-63, -63, -63))
    activity = sphere(radius)
    camera = SpectCamera(fwhm, 6.0, 0.0, 120.0, 1e9)
    sight = camera.look(activity, grid, np.random.default_rng(1))
    s = fwhm / math.sqrt(8 * math.log(2))
    lag = np.linspace(0, 2 * radius, 4001)
    overlap = 1 - 0.75 * lag / radius + (lag / radius) ** 3 / 16
    weight = 4 * math.pi * lag**2 * np.exp(-(lag**2) / (2 * s * s)) / (2 * math.pi * s * s) ** 1.5
    expected = float(np.trapezoid(overlap * weight, lag))
    kept = float(np.vdot(sight.blurred, activity) / activity.sum())
    assert kept == pytest.approx(expected, abs=0.01)


def test_scatter_moves_counts_and_makes_none() -> None:
    grid = Grid.aligned((64, 64, 64), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    activity = sphere(10)
    sight = SpectCamera(12, 6, 0.1, 60, 1e6).look(activity, grid, np.random.default_rng(1))
    assert float(sight.scattered.sum(dtype=float)) == pytest.approx(float(sight.blurred.sum(dtype=float)), rel=2e-3)
    assert sight.scattered.max() < sight.blurred.max()


def test_more_counts_mean_less_noise() -> None:
    grid = Grid.aligned((64, 64, 64), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    activity, core = sphere(50), sphere(25) == 1
    spread = []
    for counts in (1e6, 1e8):
        image = SpectCamera(12, 6, 0.03, 120, counts).look(activity, grid, np.random.default_rng(5)).image.counts
        spread.append(float(image[core].std() / image[core].mean()))
    assert spread[0] > 5 * spread[1]


BODY = Grid.aligned((60, 40, 60), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-147.5, -97.5, -147.5), frame_uid="1.2.3")


def water(half_y: int = 20) -> CtImage:
    """Return a slab of water, 10 mm each `half_y`, right across the image, air around."""
    hu = np.full(BODY.shape_zyx, -1000, dtype=np.int16)
    hu[:, 20 - half_y : 20 + half_y] = 0
    return CtImage(BODY, hu)


def point(role: str, at: tuple[int, int, int]) -> Part:
    share = np.zeros(BODY.shape_zyx, dtype=np.float32)
    share[at] = 1
    return Part(role, (role,), BODY, share, 1.0, 1.0)


def test_views_are_weakened_by_the_water_before_the_source() -> None:
    camera = PlanarCamera.usual()
    parts = (point("liver", (30, 25, 30)), point("lungs", (50, 25, 30)))
    scan, _ = camera.scan(uptake_of(parts, lung_shunt=Share(0.5)), water(20), np.random.default_rng(1))
    front, back = 25 * 5 + 2.5, 14 * 5 + 2.5
    expected = math.exp(-camera.water_per_mm * (front - back))
    assert scan.anterior.sum(dtype=float) / scan.posterior.sum(dtype=float) == pytest.approx(expected, rel=0.02)


def test_lungs_in_air_look_hotter_than_they_are() -> None:
    ct = water(20)
    hu = ct.hu.copy()
    hu[40:] = -740
    parts = (point("liver", (15, 20, 30)), point("lungs", (50, 20, 30)))
    uptake = uptake_of(parts, lung_shunt=Share(0.05))
    _, shunt = PlanarCamera.usual().scan(uptake, CtImage(BODY, hu), np.random.default_rng(1))
    _, even = PlanarCamera.usual().scan(uptake, ct, np.random.default_rng(1))
    assert even == pytest.approx(0.05, abs=0.001)
    # both views cross 200 mm: the geometric mean gains exp(mu * 0.74 * 200 / 2)
    gain = math.exp(PlanarCamera.usual().water_per_mm * 0.74 * 200 / 2)
    assert shunt == pytest.approx(0.05 * gain / (0.05 * gain + 0.95), rel=0.03)


def test_dual_window_subtraction_gives_the_unscattered_counts_back() -> None:
    camera = PlanarCamera.usual()
    uptake = uptake_of((point("liver", (30, 20, 30)), point("lungs", (50, 20, 30))), lung_shunt=Share(0.1))
    scan, _ = camera.scan(uptake, water(), np.random.default_rng(1))
    assert scan.scatter_anterior is not None
    assert scan.window_ratio is not None
    left = scan.anterior.sum(dtype=float) - 0.5 * scan.window_ratio * scan.scatter_anterior.sum(dtype=float)
    assert left / scan.anterior.sum(dtype=float) == pytest.approx(1 / (1 + camera.scatter_to_primary), rel=0.01)


def test_the_planar_picture_says_where_it_lies() -> None:
    uptake = uptake_of((point("liver", (12, 20, 45)), point("lungs", (50, 20, 10))), lung_shunt=Share(0.01))
    scan, _ = PlanarCamera.usual().scan(uptake, water(), np.random.default_rng(1))
    row, column = np.unravel_index(int(scan.anterior.argmax()), scan.anterior.shape)
    assert scan.origin_xz_mm is not None
    x = scan.origin_xz_mm[0] + column * scan.pixel_mm[1]
    z = scan.origin_xz_mm[1] - row * scan.pixel_mm[0]
    assert (x, z) == pytest.approx((-147.5 + 45 * 5, -147.5 + 12 * 5), abs=4)
    assert scan.frame_uid == "1.2.3"


def test_resolution_is_the_stated_one_at_ten_centimetres_and_falls_off_behind() -> None:
    camera = PlanarCamera.usual()
    assert camera.fwhm_mm(100) == pytest.approx(7.4)
    assert camera.fwhm_mm(0) < camera.fwhm_mm(100) < camera.fwhm_mm(200)


def test_what_lies_within_a_role_adds_up_from_its_parts() -> None:
    uptake = uptake_of((point("liver", (15, 20, 30)), point("lungs", (50, 20, 30))), lung_shunt=Share(0.25))
    within = share_within([image_activity(uptake, BODY)], uptake, BODY)[0]
    assert within == pytest.approx({"liver": 0.75, "lungs": 0.25})


def test_an_oblique_grid_is_refused() -> None:
    affine = BODY.matrix
    affine[:2, :2] = [[4.9, -1], [1, 4.9]]
    with pytest.raises(GeometryError, match="is oblique; resample the CT"):
        averaged_over_boxes(np.ones(BODY.shape_zyx, dtype=np.float32), Grid.of(BODY.shape_zyx, affine), COARSE)


def test_a_ct_of_air_is_refused() -> None:
    uptake = uptake_of((point("liver", (15, 20, 30)), point("lungs", (50, 20, 30))), lung_shunt=Share(0.1))
    with pytest.raises(QuantityError, match="holds air alone"):
        PlanarCamera.usual().scan(uptake, CtImage(BODY, np.full(BODY.shape_zyx, -1000, dtype=np.int16)), RNG)


def test_no_counts_and_a_scatter_in_per_cent_are_refused() -> None:
    with pytest.raises(QuantityError, match="SPECT counts must be a number above zero"):
        SpectCamera(12, 6, 0.03, 120, 0)
    with pytest.raises(QuantityError, match=r"write 0\.03"):
        SpectCamera(12, 6, 3, 120, 1e6)


# the SPECT camera


GRID_4 = Grid.aligned((64, 64, 64), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))


def dot() -> NDArray[np.float32]:
    """Return all activity in one voxel."""
    activity = np.zeros((64, 64, 64), dtype=np.float32)
    activity[32, 32, 32] = 1
    return activity


def variance_mm2(image: NDArray[np.float32], step: float = 4.0) -> float:
    """Return the variance of an image along x, mm^2."""
    line = image.sum(axis=tuple(range(image.ndim - 1)), dtype=float)
    at = step * np.arange(len(line))
    return float(np.average((at - np.average(at, weights=line)) ** 2, weights=line))


@pytest.mark.parametrize("smoothing", [0.0, 9.0, 14.0])
def test_a_point_is_as_wide_as_the_camera_states_however_much_of_it_is_smoothing(smoothing: float) -> None:
    camera = SpectCamera(18.0, smoothing, 0.0, 120.0, 1e13)
    sight = camera.look(dot(), GRID_4, np.random.default_rng(1))
    assert sight.blurred == pytest.approx(sight.scattered)
    for image in (sight.blurred, sight.image.counts):
        assert variance_mm2(image) == pytest.approx((18 / 2.354820045) ** 2, rel=0.01)
    assert float(sight.image.counts.max()) == 30000.0
    assert (sight.image.counts == np.rint(sight.image.counts)).all()


def test_scatter_has_its_share_and_its_width() -> None:
    sight = SpectCamera(12.0, 6.0, 0.25, 40.0, 1e13).look(dot(), GRID_4, np.random.default_rng(1))
    mixture = 0.75 * (12 / 2.354820045) ** 2 + 0.25 * (40 / 2.354820045) ** 2
    assert variance_mm2(sight.scattered) == pytest.approx(mixture, rel=0.01)
    assert variance_mm2(sight.image.counts) == pytest.approx(mixture, rel=0.02)  # whole units cut the tails
    assert float(sight.blurred.sum(dtype=float)) == pytest.approx(1.0, rel=1e-4)


def test_the_noise_is_that_of_the_counts() -> None:
    """A uniform image of 1e6 counts in 64^3 voxels without smoothing: 3.8 a voxel, 51 %."""
    flat = np.ones((64, 64, 64), dtype=np.float32)
    counts = SpectCamera(12.0, 0.0, 0.0, 120.0, 1e6).look(flat, GRID_4, np.random.default_rng(4)).image.counts
    inner = counts[12:-12, 12:-12, 12:-12].astype(float)
    assert inner.std() / inner.mean() == pytest.approx((1e6 / 64**3 * 1.0) ** -0.5, rel=0.06)


def test_a_camera_sharper_than_its_smoothing_smooths_no_more_than_that() -> None:
    row = table("phantom")["spect"]
    assert SpectCamera.usual(fwhm_mm=3.0).filter_fwhm_mm == 3.0
    usual = SpectCamera.usual()
    assert (usual.fwhm_mm, usual.filter_fwhm_mm, usual.counts) == (row["fwhm_mm"], row["filter_fwhm_mm"], row["counts"])
    assert SpectCamera.usual(counts=5e6).counts == 5e6


# counts


@pytest.mark.parametrize(
    ("mean", "uniform", "count"),
    [
        (2.0, 0.1353, 0),  # e^-2 = 0.13534
        (2.0, 0.1354, 1),
        (2.0, 0.4060, 1),  # 3 e^-2 = 0.40601
        (2.0, 0.4061, 2),
        (2.0, 0.9999, 9),
        (0.0, 0.9999, 0),
        (500.0, 0.5, 500),
        (500.01, 0.5, 500),  # the normal's middle
        (900.0, 0.841344746, 930),  # one standard deviation
        (900.0, 0.158655254, 870),
    ],
)
def test_a_count_is_the_quantile_of_its_uniform_number(mean: float, uniform: float, count: int) -> None:
    class Drawn:
        """A generator that draws one number."""

        def random(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
            return np.full(shape, uniform)

    found = counted(np.full((2, 3), mean, dtype=np.float32), Drawn())  # type: ignore[arg-type]
    assert (found == count).all()


@pytest.mark.parametrize("mean", [0.5, 7.3, 120.0, 499.0])
def test_counts_are_the_quantiles_of_scipys_poisson(mean: float) -> None:
    rng = np.random.default_rng(21)
    uniform = np.random.default_rng(21).random((50, 40))
    assert np.array_equal(
        counted(np.full((50, 40), mean, dtype=np.float32), rng), poisson.ppf(uniform, np.float32(mean))
    )


# boxes


def test_lengths_of_overlap_are_those_of_intervals() -> None:
    fine = Grid.aligned((1, 1, 5), spacing_zyx_mm=(1, 1, 2), origin_lps_mm=(1, 0, 0))  # 0..10 mm in steps of 2
    wide = Grid.aligned((1, 1, 3), spacing_zyx_mm=(1, 1, 3), origin_lps_mm=(0.5, 0, 0))  # -1..8 mm in steps of 3
    assert overlap_mm(fine, wide, 2) == pytest.approx(
        np.array([[2, 0, 0, 0, 0], [0, 2, 1, 0, 0], [0, 0, 1, 2, 0]], dtype=float)
    )
    assert overlap_mm(fine, wide, 0) == pytest.approx(np.array([[1.0]]))


def test_rows_without_any_weight_are_zero() -> None:
    weights = np.zeros((2, 3), dtype=np.float32)
    weights[1, 2] = 2
    assert averaged(np.ones((2, 3), dtype=np.float32), weights, 1).tolist() == [[0, 2], [0, 2]]


# the planar camera


PLANAR = PlanarCamera.usual()


def test_the_usual_planar_camera_is_that_of_the_table() -> None:
    row = table("phantom")["planar"]
    assert PLANAR.water_per_mm == pytest.approx(row["water_per_cm"] / 10)
    assert PLANAR.window_ratio == pytest.approx(
        (row["main_kev"][1] - row["main_kev"][0]) / (row["scatter_kev"][1] - row["scatter_kev"][0])
    )


@pytest.mark.parametrize("distance", [-5.0, 0.0, 100.0, 250.0])
def test_the_collimators_part_of_the_resolution_grows_from_its_holes_on(distance: float) -> None:
    """Rc = Rc(100) (l + b) / (l + 100) and R^2 = Ri^2 + Rc^2, nearer than the collimator as at its face."""
    camera = replace(PLANAR, intrinsic_fwhm_mm=3.0, fwhm_at_100_mm=5.0, hole_mm=25.0)
    collimator = 4.0 * (25 + max(distance, 0)) / 125
    assert camera.fwhm_mm(distance) == pytest.approx(math.hypot(3.0, collimator))


def seen(camera: PlanarCamera, part: Part, ct: CtImage) -> PlanarScan:
    elsewhere = point("lungs", (50, 20, 30))
    return camera.scan(uptake_of((part, elsewhere), lung_shunt=Share(0.0)), ct, np.random.default_rng(1))[0]


CLEAN = replace(PLANAR, counts=1e12, scatter_to_primary=0.0)


def test_a_source_is_blurred_by_its_distance_from_either_head() -> None:
    """100 mm of water in the middle; the source 25 mm behind its front: 27.5 mm, and the gap, from the anterior head."""
    scan = seen(CLEAN, point("liver", (30, 15, 30)), water(10))
    pixel = CLEAN.pixel_mm
    box = (5.0**2 + pixel**2) / 12  # of the source's voxel and of the pixel it is read in
    for view, near in ((scan.anterior, 25.0), (scan.posterior, 70.0)):
        sigma2 = (CLEAN.fwhm_mm(near + CLEAN.gap_mm) / 2.354820045) ** 2
        assert variance_mm2(view, pixel) == pytest.approx(sigma2 + box, rel=0.06)


def test_both_views_together_have_the_counts_of_the_camera_scatter_included() -> None:
    scan = seen(PLANAR, point("liver", (30, 20, 30)), water())
    whole = scan.anterior.sum(dtype=float) + scan.posterior.sum(dtype=float)
    assert whole == pytest.approx(PLANAR.counts, rel=0.01)


def test_the_lower_window_holds_twice_the_scatter_of_the_photopeak_a_kilo_electronvolt() -> None:
    camera = replace(PLANAR, counts=1e12, scatter_to_primary=0.5, scatter_fwhm_mm=30.0)
    scan = seen(camera, point("liver", (30, 20, 30)), water())
    assert scan.scatter_anterior is not None
    scatter = scan.anterior.sum(dtype=float) / 3  # a half of the unscattered
    assert scan.scatter_anterior.sum(dtype=float) == pytest.approx(2 * scatter / camera.window_ratio, rel=1e-3)
    wide = (30 / 2.354820045) ** 2 + variance_mm2(
        seen(CLEAN, point("liver", (30, 20, 30)), water()).anterior, camera.pixel_mm
    )
    assert variance_mm2(scan.scatter_anterior, camera.pixel_mm) == pytest.approx(wide, rel=0.01)


def test_what_is_not_wholly_water_weakens_by_its_ct_number() -> None:
    """Lung of -700 HU: 0.3 of water's attenuation."""
    ct = water(20)
    thin = CtImage(BODY, np.where(ct.hu == 0, -700, ct.hu).astype(np.int16))
    scan = seen(CLEAN, point("liver", (30, 10, 30)), thin)
    expected = math.exp(-CLEAN.water_per_mm * 0.3 * (10 * 5 + 2.5 - (29 * 5 + 2.5)))
    assert scan.anterior.sum(dtype=float) / scan.posterior.sum(dtype=float) == pytest.approx(expected, rel=1e-3)


def test_a_patient_larger_than_the_matrix_is_refused_with_both_sizes() -> None:
    small = replace(PLANAR, shape=(20, 200), pixel_mm=5.0)
    with pytest.raises(GeometryError, match="planar matrix of 20 x 200 pixels, but needs 60 x 60; take larger pixels"):
        seen(small, point("liver", (30, 20, 30)), water())
    narrow = replace(PLANAR, shape=(200, 59), pixel_mm=5.0)
    with pytest.raises(GeometryError, match="200 x 59 pixels, but needs 60 x 60"):
        seen(narrow, point("liver", (30, 20, 30)), water())
    assert seen(
        replace(PLANAR, shape=(60, 60), pixel_mm=5.0), point("liver", (30, 20, 30)), water()
    ).anterior.shape == (60, 60)


def test_only_the_parts_of_a_role_are_imaged_and_two_on_one_grid_together() -> None:
    uptake = uptake_of(
        (point("liver", (15, 20, 30)), point("liver", (16, 20, 30)), point("lungs", (50, 20, 30))),
        lung_shunt=Share(0.2),
    )
    liver, lungs = (image_activity(uptake, BODY, roles={role}) for role in ("liver", "lungs"))
    assert liver[15:17, 20, 30] == pytest.approx([0.4, 0.4])
    assert float(lungs.sum(dtype=float)) == pytest.approx(0.2)
    assert image_activity(uptake, BODY) == pytest.approx(liver + lungs)


def test_the_planar_matrix_lies_about_the_patient_with_its_first_pixel_at_the_head() -> None:
    """60 pixels of 5 mm in 70 rows and 66 columns: 5 rows above the head, 3 columns beside the right."""
    scan = seen(replace(PLANAR, shape=(70, 66), pixel_mm=5.0), point("liver", (30, 20, 30)), water())
    assert scan.origin_xz_mm == pytest.approx((-147.5 - 3 * 5, -147.5 + (59 + 5) * 5))
