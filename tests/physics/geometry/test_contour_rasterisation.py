"""Contours to shares: volume is kept wherever a contour lies, areas in a plane are exact."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.physics.geometry.shape_contours import CT, EMISSION, oblique, prism, sphere, square

from yttria.physics.geometry import contour_rasterisation
from yttria.physics.geometry.contour_rasterisation import _grid_along, _plane_axis, rasterise_contour, structure_on
from yttria.physics.geometry.regrid import resample_voi
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError
from yttria.values.grid import Grid

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


def test_a_contour_wholly_outside_is_refused() -> None:
    with pytest.raises(GeometryError, match="wholly outside"):
        rasterise_contour(sphere(20, 2, (500, 0, 0)), EMISSION)
    with pytest.raises(GeometryError, match="wholly outside"):
        rasterise_contour(sphere(20, 2, (500, 0, 0)), oblique((20, 30, 40)))


@pytest.mark.parametrize(("tilt_mm", "axis"), [(0.0, 2), (0.0499, 2), (0.0501, None), (0.4, None)])
def test_planes_lie_along_the_voxels_where_no_polygon_leaves_them_by_more_than_a_twentieth_of_a_millimetre(
    tilt_mm: float, axis: int | None
) -> None:
    tilted = square(5) @ np.array([[1, 0, tilt_mm / 10], [0, 1, 0]]) + np.array([0, 0, 7.0])
    contour = Contour("tilted", "tumour", "", (tilted, tilted + np.array([0, 0, 3.0])), 3.0)
    for spacing in ((1.0, 2.0, 2.0), (4.0, 1.0, 3.0)):
        grid = Grid.aligned((30, 40, 40), spacing_zyx_mm=spacing, origin_lps_mm=(-30, -30, -10))
        assert _plane_axis(contour, grid) == axis


def test_an_oblique_contour_is_filled_on_a_grid_of_its_own_planes_with_room_around() -> None:
    turn = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    drawn = prism(square(20), planes=4, spacing=3.0)
    contour = Contour("prism", "tumour", "1.2.3", tuple(p @ turn.T for p in drawn.polygons), 3.0)
    for emission, h in ((Grid.of((9, 9, 9), np.diag([4.4, 6, 6, 1]), "1.2.3"), 1.1), (CT, 0.5)):
        fine = _grid_along(contour, emission)
        assert fine.spacing_zyx_mm == pytest.approx((3, h, h))
        assert fine.frame_uid == emission.frame_uid
        index = fine.index_of(np.concatenate(contour.polygons))
        assert index.min(axis=0) == pytest.approx([1, 1, 1])
        assert index.max(axis=0) == pytest.approx([40 / h + 1, 40 / h + 1, 4])
        assert fine.shape_zyx == (6, np.ceil(40 / h - 1e-9) + 3, np.ceil(40 / h - 1e-9) + 3)
        assert fine.matrix[:3, 2] / 3 == pytest.approx(turn @ [0, 0, 1])


def test_the_shares_of_an_oblique_contour_are_its_own_by_name_and_role() -> None:
    turn = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
    drawn = prism(square(10), planes=10, spacing=2.0)
    contour = Contour("GTV", "tumour-7", "", tuple(p @ turn.T for p in drawn.polygons), 2.0)
    found = structure_on(contour, EMISSION)
    assert (found.name, found.role, found.grid) == ("GTV", "tumour-7", EMISSION)
    assert found.ml == pytest.approx(8.0, rel=1e-2)
    assert found.centroid_lps_mm == pytest.approx((0, -5.4, 7.2), abs=0.1)


def test_a_structure_is_a_contour_or_a_mask() -> None:
    contour = sphere(12, 2)
    assert np.array_equal(structure_on(contour, CT).share, rasterise_contour(contour, CT).share)
    mask = rasterise_contour(contour, CT)
    assert np.array_equal(structure_on(mask, EMISSION).share, resample_voi(mask, EMISSION).share)


def test_a_contour_that_holds_a_thousandth_of_a_voxel_lies_in_the_image() -> None:
    found = rasterise_contour(
        prism(square(0.05, (0.4, 0.4)), planes=1),
        Grid.aligned((1, 1, 1), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0)),
    )
    assert found.share.item() == pytest.approx(0.01, rel=1e-4)
    assert not found.share.flags.writeable


@pytest.mark.parametrize(
    ("axes", "spacing", "lines"),
    [
        ((0, 1, 2), (3.0, 4.0, 5.0), 8),
        ((0, 1, 2), (3.0, 4.1, 5.0), 9),
        ((0, 2, 1), (3.0, 4.0, 5.0), 6),
        ((2, 0, 1), (3.0, 4.0, 5.0), 6),
        ((0, 1, 2), (3.0, 0.2, 5.0), 1),
    ],
)
def test_edges_are_shared_out_in_strips_of_half_a_millimetre(
    axes: tuple[int, int, int], spacing: tuple[float, float, float], lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def fill(share: NDArray[np.float32], *words: object) -> None:
        share[...] = 1
        asked.append(int(str(words[-1])))

    monkeypatch.setattr(contour_rasterisation, "fill_slabs", fill)
    drawn = prism(square(5), planes=2)
    turned = Contour("prism", "tumour", "", tuple(p[:, axes] for p in drawn.polygons), 1.0)
    rasterise_contour(turned, Grid.aligned((9, 9, 9), spacing_zyx_mm=spacing, origin_lps_mm=(-10, -10, -10)))
    assert asked == [lines]
