"""physics.phantom.shape: fields, their algebra, and what they fill."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

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
