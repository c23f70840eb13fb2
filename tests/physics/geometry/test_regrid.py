"""Volumes, mass and shares on the way to the emission grid."""

import numpy as np
import pytest
from tests.physics.geometry.drawn_shapes import CT, EMISSION, oblique, prism, sphere, square

from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.regrid import (
    audit_coverage,
    audit_overlap,
    bounding_subgrid,
    coarse_ct,
    density_on_grid,
    resample_voi,
    trimmed,
)
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DensityMap, Voi


@pytest.mark.parametrize(
    "grid", [EMISSION, oblique((0, 0, 0), count=80, step=1.1), oblique((180, 0, 0)), oblique((0, 90, 0))]
)
def test_a_volume_keeps_its_millilitres_on_every_grid_along_its_axes(grid: Grid) -> None:
    voi = rasterise_contour(sphere(15, 1.5), CT)
    assert resample_voi(voi, grid).ml == pytest.approx(voi.ml, rel=1e-6)


def test_a_volume_keeps_its_millilitres_on_an_oblique_grid_within_half_a_per_cent() -> None:
    voi = rasterise_contour(sphere(15, 1.5), CT)
    assert resample_voi(voi, oblique((20, -35, 50))).ml == pytest.approx(voi.ml, rel=5e-3)


def test_mass_is_conserved_from_ct_to_emission_grid() -> None:
    rng = np.random.default_rng(3)
    density = DensityMap(CT, rng.uniform(0.2, 1.8, CT.shape_zyx))
    moved, covered = density_on_grid(density, EMISSION)
    before = float(density.g_per_ml.sum(dtype=np.float64)) * CT.voxel_ml
    after = float(np.vdot(moved.g_per_ml.astype(np.float64), covered)) * EMISSION.voxel_ml
    assert after == pytest.approx(before, rel=1e-5)


def test_density_is_the_mean_over_the_box() -> None:
    fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_on_grid(DensityMap(fine, np.array([[[0.2, 0.4, 1.0, 1.4]]])), coarse)
    assert moved.g_per_ml[0, 0] == pytest.approx([0.3, 1.2, 0.001205])
    assert covered[0, 0] == pytest.approx([1, 1, 0])


def test_a_partly_covered_voxel_takes_the_mean_of_what_covers_it() -> None:
    fine = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 2), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_on_grid(DensityMap(fine, np.array([[[1.0, 1.0, 0.5]]])), coarse)
    assert moved.g_per_ml[0, 0, 1] == pytest.approx(0.5)
    assert covered[0, 0] == pytest.approx([1, 0.5])


def test_a_trimmed_volume_is_the_same_volume() -> None:
    voi = rasterise_contour(sphere(9, 1), CT)
    small = trimmed(voi)
    assert small.ml == pytest.approx(voi.ml)
    assert small.grid.shape_zyx < voi.grid.shape_zyx
    assert np.allclose(resample_voi(small, EMISSION).share, resample_voi(voi, EMISSION).share, atol=1e-6)


@pytest.mark.parametrize(
    "grid", [CT, oblique((20, -35, 50), count=90, step=1.1), oblique((180, 0, 0), count=90, step=1.1)]
)
def test_a_part_of_a_grid_holds_all_of_what_it_is_made_around(grid: Grid) -> None:
    contours = [sphere(9, 1, (-8, 0, 3)), sphere(7, 2, (12, -9, 0))]
    part = bounding_subgrid(contours, grid)
    assert np.prod(part.shape_zyx) < 0.5 * np.prod(grid.shape_zyx)
    for contour in contours:
        assert rasterise_contour(contour, part).ml == pytest.approx(rasterise_contour(contour, grid).ml, rel=1e-6)
        coarse = rasterise_contour(contour, EMISSION)
        assert resample_voi(coarse, bounding_subgrid([coarse], grid)).ml == pytest.approx(coarse.ml, rel=5e-3)


# ---- doubts and refusals


def test_a_contour_half_outside_is_cut_with_a_warning() -> None:
    contour = sphere(20, 2, (-87, 0, 0))
    found = rasterise_contour(contour, EMISSION)
    (finding,) = audit_coverage(contour, found)
    assert finding.code == "volume-cut"
    lost = 100 * (1 - found.ml / contour.ml)
    assert 30 < lost < 60
    assert f"{lost:.1f} %" in finding.message


def test_a_volume_that_lies_inside_raises_no_doubt() -> None:
    contour = sphere(20, 2)
    assert audit_coverage(contour, rasterise_contour(contour, EMISSION)) == ()
    voi = rasterise_contour(contour, CT)
    assert audit_coverage(voi, resample_voi(voi, EMISSION)) == ()


def test_planes_that_stand_closer_than_said_raise_a_doubt() -> None:
    contour = prism(square(10), planes=10, spacing=1.0)
    thick = Contour("prism", "tumour", "", contour.polygons, 2.0)
    (finding,) = audit_coverage(thick, rasterise_contour(thick, EMISSION))
    assert finding.code == "volume-cut"


def test_counts_beyond_the_ct_raise_a_doubt() -> None:
    _, covered = density_on_grid(DensityMap(CT, np.ones(CT.shape_zyx)), EMISSION)
    assert audit_overlap(covered, rasterise_contour(sphere(20, 2), EMISSION).share) == ()
    (finding,) = audit_overlap(covered, np.ones(EMISSION.shape_zyx))
    assert finding.code == "ct-too-short"


def test_a_volume_wholly_outside_is_refused() -> None:
    far = Grid.aligned((4, 4, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(900, 0, 0))
    with pytest.raises(GeometryError, match="wholly outside"):
        resample_voi(Voi("far", "liver", far, np.ones((4, 4, 4))), EMISSION)
    with pytest.raises(GeometryError, match="wholly outside"):
        bounding_subgrid([sphere(9, 1, (900, 0, 0))], EMISSION)
    with pytest.raises(GeometryError, match="must overlap"):
        density_on_grid(DensityMap(far, np.ones((4, 4, 4))), EMISSION)


def test_another_frame_of_reference_is_refused_and_an_absent_one_is_not() -> None:
    here = Grid.of(EMISSION.shape_zyx, EMISSION.affine_lps_mm, "1.2.3")
    there = sphere(10, 2)
    with pytest.raises(GeometryError, match=r"one frame of reference.*1\.2\.4 and 1\.2\.3"):
        rasterise_contour(Contour("sphere", "tumour", "1.2.4", there.polygons, 2), here)
    with pytest.raises(GeometryError, match="one frame of reference"):
        resample_voi(
            Voi("liver", "liver", Grid.of(CT.shape_zyx, CT.affine_lps_mm, "1.2.4"), np.ones(CT.shape_zyx)), here
        )
    assert rasterise_contour(there, here).grid.frame_uid == "1.2.3"


@pytest.mark.parametrize(("outside", "told"), [(9, False), (10, False), (11, True)])
def test_counts_beyond_the_ct_are_told_above_half_a_per_cent(outside: int, told: bool) -> None:
    covered, weight = np.ones((10, 20, 10), np.float32), np.ones((10, 20, 10), np.float32)
    covered.ravel()[:outside] = 0
    assert [f.code for f in audit_overlap(covered, weight)] == ["ct-too-short"] * told


@pytest.mark.parametrize(("spacing", "steps"), [(4.0, 2), (5.9, 1), (6.0, 1), (9.0, 1)])
def test_a_ct_for_registration_keeps_voxels_that_are_coarse_already(spacing: float, steps: int) -> None:
    fine = Grid.aligned((4, 4, 4), spacing_zyx_mm=(spacing,) * 3, origin_lps_mm=(1, 2, 3))
    hu = np.arange(64, dtype=np.int16).reshape(4, 4, 4)
    found = coarse_ct(CtImage(fine, hu))
    assert found.grid.spacing_zyx_mm == pytest.approx((spacing * steps,) * 3)
    assert found.hu.shape == (4 // steps,) * 3
    if steps == 1:
        assert np.array_equal(found.hu, hu)


def test_planes_that_follow_in_steps_longer_than_a_voxel_are_averaged_from_their_own_slices() -> None:
    values = np.zeros((6, 1, 1), dtype=np.float32)
    values[:, 0, 0] = [1, 2, 4, 8, 16, 32]
    out = np.zeros((4, 1, 1), dtype=np.float32)
    first, one = np.array([4, 0, 1, 3]), np.ones((1, 1), dtype=np.float32)
    weights = np.array([[0.25, 0.75], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]], dtype=np.float32)
    nil = np.zeros(1, dtype=np.int64)
    box_average(out, values, np.zeros(0, dtype=np.float32), first, weights, nil, one, nil, one)
    assert out[:, 0, 0].tolist() == [28.0, 1.5, 3.0, 16.0]
