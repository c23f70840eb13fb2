"""physics.phantom.shape: fields, their algebra, and what they fill."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from yttria.physics.phantom import digital_anatomy
from yttria.physics.phantom.implicit_shapes import (
    Shape,
    _field,
    around,
    column,
    comb,
    ellipsoid,
    half_space,
    outline,
    paint,
    share_of,
    tube,
)
from yttria.values.grid import Grid

GRID = Grid.aligned((40, 60, 60), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(-29.5, -29.3, -58.0))
SHAPES = {
    "turned ellipsoid": ellipsoid((1, -2, 3), (22, 13, 30), turned=(20, 30, 40)),
    "tapering tube": tube([(-20, 0, -40), (15, 10, 0), (0, -15, 40)], [9, 4, 7]),
    "leaning column": column((0, 3), (20, 14), z=(-30, 30), taper=(-0.3, -0.1), roundness=1.2),
    "slabs": comb(period_mm=20, half_mm=6, slope=0.4) & ellipsoid((0, 0, 0), (25, 25, 50)),
    "wall": ellipsoid((0, 0, 0), (20, 22, 40)).shell(4),
    "rounded": ellipsoid((-8, 0, 0), (14, 14, 30))
    .blended(ellipsoid((10, 0, 5), (12, 16, 25)), 10)
    .without(tube([(0, -30, 0), (0, 30, 0)], [6, 6]), 4),
}


def value(shape: Shape, points: NDArray[np.float64]) -> NDArray[np.float64]:
    code, stack = shape.code(), np.empty(12)
    return np.array([_field(code, x, y, z, stack) for x, y, z in points])


@pytest.mark.parametrize("name", SHAPES)
def test_a_field_never_changes_faster_than_distance(name: str) -> None:
    rng = np.random.default_rng(7)
    one = rng.uniform(-30, 30, (3000, 3))
    other = one + rng.normal(0, 2, one.shape)
    moved = np.linalg.norm(other - one, axis=1)
    assert (np.abs(value(SHAPES[name], one) - value(SHAPES[name], other)) <= moved * (1 + 1e-9)).all()


@pytest.mark.parametrize("organ", ["LIVER", "LUNG_LEFT", "RIBS", "PORTAL_VEIN", "STOMACH", "BODY"])
def test_the_organs_of_the_patient_keep_that_law(organ: str) -> None:
    shape: Shape = getattr(digital_anatomy, organ)
    rng = np.random.default_rng(8)
    one = rng.uniform([-180, -120, -220], [180, 120, 220], (4000, 3))
    other = one + rng.normal(0, 4, one.shape)
    moved = np.linalg.norm(other - one, axis=1)
    assert (np.abs(value(shape, one) - value(shape, other)) <= moved * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", SHAPES)
def test_tiles_fill_what_voxel_after_voxel_would(name: str) -> None:
    labels = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    paint(labels, SHAPES[name], 9, GRID)
    nz, ny, nx = GRID.shape_zyx
    index = np.stack(np.meshgrid(np.arange(nx), np.arange(ny), np.arange(nz), indexing="ij"), axis=-1)
    inside = value(SHAPES[name], GRID.points_of(index.reshape(-1, 3))).reshape(nx, ny, nz).T < 0
    assert inside.any()
    assert np.array_equal(labels == 9, inside)


def test_an_ellipsoid_has_its_volume() -> None:
    shape = ellipsoid((0.3, -0.2, 0.7), (21, 17, 25), turned=(10, 20, 30))
    room = around(shape, GRID)
    ml = float(share_of(shape, room, parts_xyz=(2, 2, 3)).sum(dtype=float)) * room.voxel_ml
    assert ml == pytest.approx(4 / 3 * math.pi * 21 * 17 * 25 / 1000, rel=2e-4)


def test_shares_of_apart_and_joined_solids_obey_set_algebra() -> None:
    one, other = ellipsoid((-6, 0, 0), (16, 12, 20)), ellipsoid((7, 3, 4), (13, 15, 22))
    ml = [
        float(share_of(s, GRID, parts_xyz=(2, 2, 3)).sum(dtype=float))
        for s in (one, other, one | other, one & other, one - other)
    ]
    assert ml[2] == pytest.approx(ml[0] + ml[1] - ml[3], rel=1e-6)
    assert ml[4] == pytest.approx(ml[0] - ml[3], rel=1e-6)


def test_rounding_an_edge_adds_to_a_union_and_takes_from_an_intersection() -> None:
    one, other = ellipsoid((-8, 0, 0), (16, 12, 20)), ellipsoid((9, 0, 0), (13, 15, 22))

    def ml(shape: Shape) -> float:
        return float(share_of(shape, GRID, parts_xyz=(1, 1, 3)).sum(dtype=float))

    assert ml(one.blended(other, 8)) > ml(one | other)
    assert ml(one.within(other, 8)) < ml(one & other)
    assert ml(one.without(other, 8)) < ml(one - other)


def test_an_outline_encloses_the_area_of_the_cut() -> None:
    curves = outline(ellipsoid((3, -4, 0), (40, 40, 40)), 24.0, pitch_mm=1.5)
    assert len(curves) == 1
    x, y, z = curves[0].T
    assert (z == 24.0).all()
    area = 0.5 * abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)))
    assert area == pytest.approx(math.pi * (40**2 - 24**2), rel=1e-3)


def test_an_outline_of_a_wall_has_two_curves_and_none_beyond_its_ends() -> None:
    wall = ellipsoid((0, 0, 0), (30, 30, 30)).shell(4)
    assert len(outline(wall, 0.0, pitch_mm=1.0)) == 2
    assert outline(wall, 50.0, pitch_mm=1.0) == []


def test_a_half_space_keeps_what_lies_behind_its_plane() -> None:
    below = half_space((0, 0, 5), (0, 0, 2))
    assert value(below, np.array([[9.0, 9, 4], [0, 0, 6]])).tolist() == pytest.approx([-1, 1])
    assert below.high[2] == 5


def test_a_ball_rounded_into_itself_grows_by_a_quarter_of_the_radius_and_its_box_holds_it() -> None:
    ball = ellipsoid((0.3, -0.2, 0.7), (12, 12, 12))
    grown = ball.blended(ball, 8)
    assert grown.low == pytest.approx((0.3 - 14, -0.2 - 14, 0.7 - 14))
    assert grown.high == pytest.approx((0.3 + 14, -0.2 + 14, 0.7 + 14))
    room = around(grown, GRID)
    ml = float(share_of(grown, room, parts_xyz=(2, 2, 3)).sum(dtype=float)) * room.voxel_ml
    assert ml == pytest.approx(4 / 3 * math.pi * 14**3 / 1000, rel=1e-3)


# fields by hand


def at(shape: Shape, *points: tuple[float, float, float]) -> list[float]:
    return [float(v) for v in value(shape, np.array(points, dtype=float))]


def test_an_ellipsoid_lies_along_the_axes_where_no_turn_is_given() -> None:
    shape = ellipsoid((1, 2, 3), (20, 10, 5))
    assert shape.low == pytest.approx((-19, -8, -2))
    assert shape.high == pytest.approx((21, 12, 8))
    # (|p / axes| - 1) times the smallest axis
    assert at(shape, (1, 2, 3), (21, 2, 3), (1, 22, 3), (1, 2, 13), (41, 2, 3)) == pytest.approx([-5, 0, 5, 5, 5])


@pytest.mark.parametrize("turned", [(30.0, 0.0, 0.0), (0.0, 30.0, 0.0), (0.0, 0.0, 30.0), (20.0, -35.0, 50.0)])
def test_a_turn_is_about_x_then_y_then_z_and_the_box_is_as_tight_as_it_can_be(
    turned: tuple[float, float, float],
) -> None:
    shape = ellipsoid((1, 2, 3), (20, 10, 5), turned=turned)
    rotation = Rotation.from_euler("xyz", turned, degrees=True).as_matrix()
    directions = np.random.default_rng(3).normal(size=(200_000, 3))
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    surface = directions * [20, 10, 5] @ rotation.T + [1, 2, 3]
    assert value(shape, surface[:50]) == pytest.approx(np.zeros(50), abs=1e-9)
    assert shape.low == pytest.approx(surface.min(axis=0), abs=0.01)
    assert shape.high == pytest.approx(surface.max(axis=0), abs=0.01)


@pytest.mark.parametrize(
    ("normal", "low", "high"),
    [
        ((0, 0, 3), (-1e6, -1e6, -1e6), (1e6, 1e6, 5)),
        ((0, 0, -3), (-1e6, -1e6, 5), (1e6, 1e6, 1e6)),
        ((1, 0, 0), (-1e6, -1e6, -1e6), (7, 1e6, 1e6)),
        ((1, 1, 0), (-1e6, -1e6, -1e6), (1e6, 1e6, 1e6)),
    ],
)
def test_only_a_plane_along_the_axes_bounds_the_box_of_a_half_space(
    normal: tuple[float, float, float], low: tuple[float, float, float], high: tuple[float, float, float]
) -> None:
    shape = half_space((7, 6, 5), normal)
    assert (shape.low, shape.high) == (low, high)


def test_a_column_grows_with_height_and_ends_flat() -> None:
    shape = column((1, 2), (20, 10), z=(-50, 150), taper=(0.1, 0.02), z_of_axes=50, roundness=1.0)
    # at z = 150 the axes are 1 + 0.1 + 0.02 times as long, at -50 1 - 0.1 + 0.02 times
    for z, times in ((50.0, 1.0), (149.0, 1 + 0.099 + 0.02 * 0.99**2), (-49.0, 1 - 0.099 + 0.02 * 0.99**2)):
        assert at(shape, (1 + 20 * times, 2, z), (1, 2 + 10 * times, z)) == pytest.approx([0, 0], abs=1e-9)
        # X^4 + Y^4 + X^2 Y^2 = 1 on the diagonal: X^4 = 1 / 3
        u = 3**-0.25 * times
        assert at(shape, (1 - 20 * u, 2 + 10 * u, z)) == pytest.approx([0], abs=1e-9)
    assert at(shape, (1, 2, 160), (1, 2, -53), (1, 2, 50)) == pytest.approx([10, 3, -9.7])
    assert shape.low == pytest.approx((1 - 20 * 1.12, 2 - 10 * 1.12, -50))
    assert shape.high == pytest.approx((1 + 20 * 1.12, 2 + 10 * 1.12, 150))


def test_a_column_is_upright_at_its_axes_height_of_zero_and_boxy_where_nothing_else_is_said() -> None:
    shape = column((0, 0), (20, 10), z=(-5, 5))
    assert at(shape, (20, 0, 4), (0, 10, -4)) == pytest.approx([0, 0], abs=1e-9)
    assert at(shape, (20 * 3**-0.25, 10 * 3**-0.25, 0)) == pytest.approx([0], abs=1e-9)
    grown = column((0, 0), (20, 10), z=(-5, 200), taper=(0.1, 0.0))
    assert at(grown, (22, 0, 100)) == pytest.approx([0], abs=1e-9)


def test_a_widest_height_inside_a_column_bounds_its_box() -> None:
    """1 + 0.2 t - 0.1 t^2 is largest at t = 1: 1.1."""
    shape = column((0, 0), (20, 10), z=(0, 200), taper=(0.2, -0.1))
    assert shape.high[:2] == pytest.approx((22, 11), abs=0.02)


def test_a_piece_of_a_tube_is_a_capsule() -> None:
    shape = tube([(0, 0, 0), (0, 0, 30)], [4, 4])
    assert at(shape, (0, 0, 15), (6, 0, 15), (0, 3, 34), (0, -5, -12), (0, 0, 31)) == pytest.approx([-4, 2, 1, 9, -3])
    assert (shape.low, shape.high) == ((-4, -4, -4), (4, 4, 34))


def test_a_tapering_piece_has_its_radii_and_a_field_that_is_no_steeper_than_distance() -> None:
    shape = tube([(0, 0, 0), (0, 0, 40)], [2, 12])
    slope = 1 / math.hypot(1, 10 / 40)
    assert at(shape, (7, 0, 20), (0, 0, 20), (0, 5, 0), (12, 0, 40)) == pytest.approx([0, -7 * slope, 3 * slope, 0])
    assert (shape.low, shape.high) == ((-12, -12, -2), (12, 12, 52))


def test_slabs_come_each_period_and_rise_towards_the_back() -> None:
    flat = comb(period_mm=20, half_mm=6, phase_mm=3)
    assert at(flat, (0, 0, 3), (0, 0, 9), (5, 9, 13), (0, 0, 23), (0, 0, -17)) == pytest.approx([-6, 0, 4, -6, -6])
    rising = comb(period_mm=20, half_mm=6, slope=0.75)
    assert at(rising, (0, 8, 6), (0, 8, 16)) == pytest.approx([-6 / 1.25, 4 / 1.25])
    assert at(comb(period_mm=20, half_mm=6), (0, 8, 0), (0, 0, 10)) == pytest.approx([-6, 4])


def test_a_wall_has_half_its_width_on_either_side() -> None:
    wall = ellipsoid((0, 0, 0), (10, 10, 10)).shell(3)
    assert at(wall, (10, 0, 0), (13, 0, 0), (0, 7, 0), (0, 0, 0)) == pytest.approx([-3, 0, 0, 7])
    assert (wall.low, wall.high) == ((-13, -13, -13), (13, 13, 13))


def test_edges_are_rounded_by_a_parabola_of_their_radius() -> None:
    """Of two fields a and b: max + (r - |a - b|)^2 / 4 r where they differ by less than r; a union is its mirror."""
    one, other = half_space((0, 0, 0), (1, 0, 0)), half_space((0, 0, 0), (0, 1, 0))  # fields x and y
    points = ((2.0, 2.0, 0.0), (2.0, -1.0, 0.0), (-1.0, 2.0, 0.0), (6.0, -6.0, 0.0))
    assert at(one.within(other, 8), *points) == pytest.approx([2 + 2, 2 + 25 / 32, 2 + 25 / 32, 6])
    assert at(one.blended(other, 8), *points) == pytest.approx([2 - 2, -1 - 25 / 32, -1 - 25 / 32, -6])
    # what is left of one outside the other: x and -y
    assert at(one.without(other, 8), *points) == pytest.approx([2 + 16 / 32, 2 + 49 / 32, -1 + 49 / 32, 6 + 2])
    for joined, expected in ((one & other, [2, 2, 2, 6]), (one | other, [2, -1, -1, -6]), (one - other, [2, 2, -1, 6])):
        assert at(joined, *points) == pytest.approx(expected)


def test_boxes_of_joined_solids_are_those_of_set_algebra() -> None:
    one, other = ellipsoid((0, 0, 0), (10, 10, 10)), ellipsoid((5, -4, 2), (10, 10, 10))
    assert ((one | other).low, (one | other).high) == ((-10, -14, -10), (15, 10, 12))
    assert ((one & other).low, (one & other).high) == ((-5, -10, -8), (10, 6, 10))
    assert ((one - other).low, (one - other).high) == (one.low, one.high)
    assert (one.within(other, 6).low, one.without(other, 6).high) == ((-5, -10, -8), (10, 10, 10))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("parts", [(2, 2, 3), (1, 3, 1), (1, 1, 2)])
def test_a_voxels_share_is_the_share_of_its_points(name: str, parts: tuple[int, int, int]) -> None:
    grid = Grid.aligned((22, 34, 34), spacing_zyx_mm=(5, 2, 2), origin_lps_mm=(-33, -33, -52.0))
    axes = [
        (np.arange(n * p) + 0.5) / p - 0.5 for n, p in zip(grid.shape_zyx[::-1], parts, strict=True)
    ]  # of each voxel its points, evenly inside
    i, j, k = np.meshgrid(*axes, indexing="ij")
    fine = value(SHAPES[name], grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))) < 0
    (nx, ny, nz), (a, b, c) = grid.shape_zyx[::-1], parts
    expected = fine.reshape(nx, a, ny, b, nz, c).mean(axis=(1, 3, 5)).T
    assert share_of(SHAPES[name], grid, parts_xyz=parts) == pytest.approx(expected, abs=1e-6)


def test_the_part_around_a_shape_is_its_box_and_a_voxel_and_never_beyond_the_grid() -> None:
    grid = Grid.aligned((40, 40, 40), spacing_zyx_mm=(4, 2, 1), origin_lps_mm=(-20, -40, -80), frame_uid="1.2")
    room = around(ellipsoid((0.5, 1, 2), (5, 6, 10)), grid)
    assert room.frame_uid == "1.2"
    assert room.origin_lps_mm == pytest.approx((-20 + 14, -40 + 2 * 16, -80 + 4 * 17))  # -4.5, -5, -8 less a voxel
    assert room.shape_zyx == (8, 10, 14)
    edge = around(ellipsoid((-20, -40, -80), (5, 6, 10)), grid)
    assert edge.origin_lps_mm == pytest.approx((-20, -40, -80))
    assert edge.shape_zyx == (5, 5, 7)


@pytest.mark.parametrize(("z", "there"), [(-40.0, False), (-39.9, True), (39.9, True), (40.0, False)])
def test_an_outline_is_drawn_between_a_shapes_ends_and_not_at_them(z: float, there: bool) -> None:
    rod = tube([(0, 0, -30), (0, 0, 30)], [10, 10])
    assert bool(outline(rod, z, pitch_mm=0.2)) is there


@pytest.mark.parametrize("pitch", [0.7, 1.5, 4.0])
def test_an_outline_is_closed_once_and_lies_on_the_surface(pitch: float) -> None:
    ball = ellipsoid((3.3, -4.1, 0), (40, 40, 40))
    (curve,) = outline(ball, 10.0, pitch_mm=pitch)
    radius = np.hypot(curve[:, 0] - 3.3, curve[:, 1] + 4.1)
    assert radius == pytest.approx(np.full(len(curve), math.sqrt(1500)), abs=pitch**2 / 200)
    steps = np.linalg.norm(np.diff(np.vstack([curve, curve[:1]]), axis=0), axis=1)
    assert steps.min() > 0
    assert steps.max() < 1.5 * pitch
