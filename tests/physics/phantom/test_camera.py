"""physics.phantom.camera: what a SPECT and a planar camera see of known activity."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.phantom.camera import (
    PlanarCamera,
    SpectCamera,
    averaged,
    averaged_over_boxes,
    counted,
    image_activity,
    share_within,
)
from yttria.physics.phantom.uptake import Part, uptake_of
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
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
