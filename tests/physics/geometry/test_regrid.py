"""Volumes, mass and shares on the way to the emission grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.physics.geometry.regrid import (
    audit_coverage,
    audit_overlap,
    bounding_subgrid,
    density_onto,
    rasterise_contour,
    resample_voi,
    trimmed,
)
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid
from yttria.values.maps import DensityMap, Voi

EMISSION = Grid.aligned((40, 40, 40), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-85, -87, -86))
CT = Grid.aligned((72, 160, 160), spacing_zyx_mm=(1.5, 0.78, 0.78), origin_lps_mm=(-62, -62, -54))
Points = NDArray[np.float64]


def turned(angles_deg: Sequence[float]) -> Points:
    """Return a rotation about x, then y, then z."""
    a, b, c = np.radians(angles_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def oblique(angles_deg: Sequence[float], *, count: int = 40, step: float = 4.42) -> Grid:
    affine = np.eye(4)
    affine[:3, :3] = turned(angles_deg) * step
    affine[:3, 3] = -affine[:3, :3] @ np.full(3, (count - 1) / 2)
    return Grid.of((count, count, count), affine)


def sphere(radius: float, spacing: float, centre: Sequence[float] = (1.3, -2.1, 0.7), corners: int = 360) -> Contour:
    """Return a sphere drawn on planes that lie at multiples of `spacing` from its centre."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    polygons = []
    for n in range(-int(radius / spacing), int(radius / spacing) + 1):
        r = float(np.sqrt(max(radius**2 - (n * spacing) ** 2, 0)))
        if r > 0:
            ring = np.stack([r * np.cos(angle), r * np.sin(angle), np.full(corners, n * spacing)], axis=1)
            polygons.append(ring + np.asarray(centre))
    return Contour("sphere", "tumour", "", tuple(polygons), spacing)


def prism(*outlines: Any, planes: int = 10, spacing: float = 1.0) -> Contour:
    """Return outlines in (x, y) drawn on each of some planes from z = 0 up."""
    polygons = tuple(
        np.column_stack([np.asarray(o, dtype=float), np.full(len(o), n * spacing)])
        for n in range(planes)
        for o in outlines
    )
    return Contour("prism", "tumour", "", polygons, spacing)


def square(half: float, centre: Sequence[float] = (0, 0)) -> Points:
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    return np.asarray(corners + np.asarray(centre))


# ---- laws


@settings(max_examples=25, deadline=None)
@given(
    radius=st.floats(4, 30),
    spacing=st.floats(1, 3),
    x=st.floats(-20, 20),
    y=st.floats(-20, 20),
    z=st.floats(-20, 20),
)
def test_shares_keep_the_planimetric_volume_wherever_the_contour_lies(
    radius: float, spacing: float, x: float, y: float, z: float
) -> None:
    contour = sphere(radius, spacing, (x, y, z))
    assert rasterise_contour(contour, EMISSION).ml == pytest.approx(contour.ml, rel=1e-4)


@pytest.mark.parametrize("angles", [(0, 0, 30), (12, 0, 0), (20, -35, 50), (90, 0, 90)])
def test_an_oblique_grid_keeps_the_planimetric_volume_within_half_a_per_cent(angles: Sequence[float]) -> None:
    contour = sphere(12, 2)
    assert rasterise_contour(contour, oblique(angles)).ml == pytest.approx(contour.ml, rel=5e-3)


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
    moved, covered = density_onto(density, EMISSION)
    before = float(density.g_per_ml.sum(dtype=np.float64)) * CT.voxel_ml
    after = float(np.vdot(moved.g_per_ml.astype(np.float64), covered)) * EMISSION.voxel_ml
    assert after == pytest.approx(before, rel=1e-5)


def test_flipping_an_axis_flips_the_shares_and_nothing_else() -> None:
    contour = sphere(11, 2)
    flipped = Grid.of(
        EMISSION.shape_zyx,
        EMISSION.matrix @ np.array([[-1, 0, 0, 39], [0, 1, 0, 0], [0, 0, -1, 39], [0, 0, 0, 1.0]]),
    )
    assert np.allclose(
        rasterise_contour(contour, flipped).share[::-1, :, ::-1], rasterise_contour(contour, EMISSION).share, atol=1e-6
    )
    voi = rasterise_contour(contour, CT)
    assert np.allclose(resample_voi(voi, flipped).share[::-1, :, ::-1], resample_voi(voi, EMISSION).share, atol=1e-6)


@pytest.mark.parametrize("axes", [(1, 2, 0), (2, 0, 1), (0, 2, 1)])
def test_a_sagittal_or_coronal_contour_fills_as_an_axial_one_turned(axes: tuple[int, int, int]) -> None:
    contour = sphere(11, 2, (3, 1, -2))
    moved = Contour("sphere", "tumour", "", tuple(p[:, axes] for p in contour.polygons), contour.spacing_mm)
    grid = Grid.aligned((40, 40, 40), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(-86, -86, -86))
    expected = np.transpose(rasterise_contour(contour, grid).share, [2 - a for a in reversed(axes)])
    assert np.allclose(rasterise_contour(moved, grid).share, expected, atol=1e-3)


def test_the_order_and_the_sense_of_polygons_do_not_matter() -> None:
    contour = sphere(9, 1)
    mixed = tuple(p[::-1] if n % 2 else p for n, p in enumerate(reversed(contour.polygons)))
    other = Contour("sphere", "tumour", "", mixed, contour.spacing_mm)
    assert np.allclose(rasterise_contour(other, EMISSION).share, rasterise_contour(contour, EMISSION).share, atol=1e-6)


# ---- known answers


@pytest.mark.parametrize("grid", [EMISSION, CT], ids=["4.42 mm", "CT"])
@pytest.mark.parametrize(("radius", "spacing"), [(6, 1), (10, 1), (20, 1), (20, 2), (20, 3), (40, 2), (40, 3)])
def test_a_sphere_has_its_volume_within_one_per_cent(radius: float, spacing: float, grid: Grid) -> None:
    assert rasterise_contour(sphere(radius, spacing), grid).ml == pytest.approx(
        4 / 3 * np.pi * radius**3 / 1000, rel=0.01
    )


def test_a_square_covers_exactly_the_part_of_each_voxel_that_it_covers() -> None:
    grid = Grid.aligned((1, 3, 3), spacing_zyx_mm=(1, 2, 2), origin_lps_mm=(0, 0, 0))
    found = rasterise_contour(prism([[0, 0.5], [3, 0.5], [3, 2], [0, 2]], planes=1), grid).share[0]
    assert found == pytest.approx(np.array([[0.125, 0.25, 0], [0.25, 0.5, 0], [0, 0, 0]]), abs=1e-6)


def test_a_triangle_covers_half_of_the_voxels_on_its_long_side() -> None:
    grid = Grid.aligned((1, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0.5, 0.5, 0))
    found = rasterise_contour(prism([[0, 0], [2, 0], [0, 2]], planes=1), grid).share[0]
    assert found == pytest.approx(np.array([[1, 0.5], [0.5, 0]]), abs=1e-6)


def test_a_slab_reaches_half_its_thickness_beyond_its_plane() -> None:
    grid = Grid.aligned((6, 1, 1), spacing_zyx_mm=(1, 10, 10), origin_lps_mm=(0, 0, 0))
    found = rasterise_contour(prism(square(5), planes=1, spacing=2.5), grid)
    assert found.share[:, 0, 0] == pytest.approx([1, 0.75, 0, 0, 0, 0])


@pytest.mark.parametrize("sense", [1, -1])
def test_a_hole_is_empty_whichever_way_it_is_drawn(sense: int) -> None:
    ring = prism(square(20), square(10)[::sense])
    assert ring.ml == pytest.approx((1600 - 400) * 10 / 1000)
    found = rasterise_contour(ring, EMISSION)
    assert found.ml == pytest.approx(12.0, rel=1e-5)
    i, j, k = EMISSION.index_of([(0, 0, 5)])[0].round().astype(int)
    assert found.share[k, j, i] == 0


def test_a_keyhole_is_a_hole() -> None:
    outer, inner = square(20), square(10)[::-1]
    keyhole = np.concatenate([outer, outer[:1], inner, inner[:1]])
    assert rasterise_contour(prism(keyhole), EMISSION).ml == pytest.approx(12.0, rel=1e-5)


def test_an_island_in_a_hole_is_filled_again() -> None:
    island = prism(square(20), square(10), square(5))
    assert rasterise_contour(island, EMISSION).ml == pytest.approx(12.0 + 1.0, rel=1e-5)


def test_a_ragged_outline_agrees_with_points_in_the_polygon() -> None:
    rng = np.random.default_rng(11)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 60))
    radius = rng.uniform(8, 30, 60)
    outline = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    grid = Grid.aligned((1, 16, 16), spacing_zyx_mm=(1, 4, 4), origin_lps_mm=(-30, -30, 0))
    found = rasterise_contour(prism(outline, planes=1), grid).share[0]
    many = 20
    at = (np.arange(16 * many) + 0.5) / many * 4 - 32
    inside = np.zeros((16 * many, 16 * many), dtype=bool)
    x, y = np.meshgrid(at, at)
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        inside ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0 + 1e-300) + x0)
    expected = inside.reshape(16, many, 16, many).mean(axis=(1, 3))
    assert np.abs(found - expected).max() < 0.03
    assert found.sum() == pytest.approx(expected.sum(), rel=3e-3)


def test_density_is_the_mean_over_the_box() -> None:
    fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_onto(DensityMap(fine, np.array([[[0.2, 0.4, 1.0, 1.4]]])), coarse)
    assert moved.g_per_ml[0, 0] == pytest.approx([0.3, 1.2, 0.001205])
    assert covered[0, 0] == pytest.approx([1, 1, 0])


def test_a_partly_covered_voxel_takes_the_mean_of_what_covers_it() -> None:
    fine = Grid.aligned((1, 1, 3), spacing_zyx_mm=(2, 2, 1), origin_lps_mm=(0.5, 1, 1))
    coarse = Grid.aligned((1, 1, 2), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 1, 1))
    moved, covered = density_onto(DensityMap(fine, np.array([[[1.0, 1.0, 0.5]]])), coarse)
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
    _, covered = density_onto(DensityMap(CT, np.ones(CT.shape_zyx)), EMISSION)
    assert audit_overlap(covered, rasterise_contour(sphere(20, 2), EMISSION).share) == ()
    (finding,) = audit_overlap(covered, np.ones(EMISSION.shape_zyx))
    assert finding.code == "ct-too-short"


def test_a_contour_wholly_outside_is_refused() -> None:
    with pytest.raises(GeometryError, match="wholly outside"):
        rasterise_contour(sphere(20, 2, (500, 0, 0)), EMISSION)
    with pytest.raises(GeometryError, match="wholly outside"):
        rasterise_contour(sphere(20, 2, (500, 0, 0)), oblique((20, 30, 40)))


def test_a_volume_wholly_outside_is_refused() -> None:
    far = Grid.aligned((4, 4, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(900, 0, 0))
    with pytest.raises(GeometryError, match="wholly outside"):
        resample_voi(Voi("far", "liver", far, np.ones((4, 4, 4))), EMISSION)
    with pytest.raises(GeometryError, match="wholly outside"):
        bounding_subgrid([sphere(9, 1, (900, 0, 0))], EMISSION)
    with pytest.raises(GeometryError, match="must overlap"):
        density_onto(DensityMap(far, np.ones((4, 4, 4))), EMISSION)


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
