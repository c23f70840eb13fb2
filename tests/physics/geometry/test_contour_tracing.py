"""physics.trace: contours from shares keep volume and place, whatever the shape and the grid."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.contour_tracing import contour_of
from yttria.values.grid import Grid
from yttria.values.maps import Voi

Points = NDArray[np.float64]
TILT = np.array([[1.0, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]) @ np.array([[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1]])
CENTRE = np.array([0.4, -0.7, 1.1])
PARTS = 4  # a side: points per voxel that make a share


def grid(*, tilted: bool = False, spacing: tuple[float, float, float] = (3.0, 1.2, 1.0)) -> Grid:
    axes = (TILT if tilted else np.eye(3)) @ np.diag(spacing[::-1])
    affine = np.eye(4)
    affine[:3, :3] = axes
    affine[:3, 3] = CENTRE - axes @ (19.6, 17.3, 7.8)
    return Grid.of((16, 36, 40), affine, "1.2.3")


def shares(where: Grid, inside: Callable[[Points], Any], parts: int = PARTS) -> Voi:
    """Return the share of each voxel that lies inside, by `parts`^3 points a voxel."""
    nz, ny, nx = where.shape_zyx
    k, j, i = np.meshgrid(np.arange(nz), np.arange(ny), np.arange(nx), indexing="ij")
    whole = np.stack([i, j, k], axis=-1).reshape(-1, 3)
    steps = (np.arange(parts) + 0.5) / parts - 0.5
    total = np.zeros(len(whole))
    for a in steps:
        for b in steps:
            for c in steps:
                total += inside(where.points_of(whole + np.array([a, b, c])) - CENTRE)
    return Voi("shape", "tumour", where, (total / parts**3).reshape(where.shape_zyx))


def ball(p: Points, r: float = 11.0) -> Any:
    return (p**2).sum(axis=1) < r * r


def ellipsoid(p: Points) -> Any:
    return ((p / (14, 9, 12)) ** 2).sum(axis=1) < 1


def ring(p: Points) -> Any:
    across = np.hypot(p[:, 0], p[:, 1])
    return (across < 14) & (across > 6) & (np.abs(p[:, 2]) < 9)


def two(p: Points) -> Any:
    return ball(p - (8, 0, 0), 7) | ball(p - (-9, 0, 0), 5)


def centre(voi: Voi) -> Points:
    """Return the centre of a volume as an index (i, j, k)."""
    weights = [voi.share.sum(axis=axes, dtype=np.float64) for axes in ((0, 1), (0, 2), (1, 2))]
    return np.array([w @ np.arange(len(w)) / w.sum() for w in weights])


@pytest.mark.parametrize("inside", [ball, ellipsoid, ring, two])
@pytest.mark.parametrize("tilted", [False, True])
def test_volume_and_place_are_kept(inside: Callable[[Points], Any], tilted: bool) -> None:
    voi = shares(grid(tilted=tilted), inside)
    drawn = contour_of(voi)
    back = rasterise_contour(drawn, voi.grid)
    assert drawn.ml == pytest.approx(float(voi.ml), rel=1e-3)
    assert float(back.ml) == pytest.approx(float(voi.ml), rel=1e-3)
    assert np.abs(centre(back) - centre(voi)).max() < 0.05


def test_the_edge_runs_where_it_ran() -> None:
    voi = shares(grid(), ring)
    whole = [p for p in contour_of(voi).polygons if abs(p[0, 2] - CENTRE[2]) < 7]  # in slabs that it fills along z
    assert len(whole) == 10
    for points in whole:
        away = np.hypot(*(points - CENTRE).T[:2])
        edge = 14 if away.mean() > 10 else 6
        assert np.abs(away - edge).max() < 0.2


def test_marks_of_whole_voxels_keep_their_volume() -> None:
    marks = shares(grid(), two).share >= 0.5
    voi = Voi("marks", "tumour", grid(), marks)
    back = rasterise_contour(contour_of(voi), voi.grid)
    assert float(back.ml) == pytest.approx(float(voi.ml), rel=1e-3)
    assert np.abs(centre(back) - centre(voi)).max() < 0.01


@pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
def test_a_slab_filled_in_part_is_drawn_smaller_in_its_own_middle(part: float) -> None:
    share = np.zeros(grid().shape_zyx)
    share[5:9, 8:28, 6:30] = 1
    share[9, 8:28, 6:30] = part
    voi = Voi("block", "tumour", grid(), share)
    back = rasterise_contour(contour_of(voi), voi.grid)
    assert float(back.share[9].sum()) == pytest.approx(part * 480, rel=2e-3)
    assert np.abs(centre(back) - centre(voi)).max() < 0.02


def test_a_hole_stays_empty() -> None:
    voi = shares(grid(), ring)
    drawn = contour_of(voi)
    assert len(drawn.polygons) == 2 * len({round(float(p[:, 2].mean()), 3) for p in drawn.polygons})
    assert float(rasterise_contour(drawn, voi.grid).share[8, 17, 19]) == 0


@pytest.mark.parametrize(("faint", "drawn"), [(0.0004, False), (0.0006, True)])
def test_a_slice_that_holds_less_than_a_two_thousandth_of_the_volume_is_left_out(faint: float, drawn: bool) -> None:
    grid = Grid.aligned((4, 60, 60), spacing_zyx_mm=(4, 2, 2), origin_lps_mm=(0, 0, 0))
    share = np.zeros(grid.shape_zyx, np.float32)
    share[1:3, 5:55, 5:55] = 1  # two slices of 2500 voxels
    share[3, 28:30, 28:30] = 5000 * faint / (1 - faint) / 4
    heights = {round(float(p[0, 2]), 3) for p in contour_of(Voi("GTV", "tumour-1", grid, share)).polygons}
    assert (12.0 in heights) is drawn
    assert {4.0, 8.0} <= heights


@pytest.mark.parametrize(("held", "drawn"), [(0.0499, False), (0.0501, True)])
def test_a_speck_of_less_than_a_twentieth_of_a_pixel_is_not_drawn(held: float, drawn: bool) -> None:
    share = np.zeros(grid().shape_zyx)
    share[5:9, 8:28, 6:24] = 1
    share[7, 12, 30] = held
    polygons = contour_of(Voi("block", "tumour", grid(), share)).polygons
    assert len(polygons) == 4 + drawn
    middle = grid().points_of([[30, 12, 7]])[0]
    assert any(np.abs(p.mean(axis=0) - middle).max() < 0.1 for p in polygons) is drawn


@pytest.mark.parametrize("tilted", [False, True])
def test_slices_stand_apart_by_their_distance_along_the_normal(tilted: bool) -> None:
    drawn = contour_of(shares(grid(tilted=tilted), ball, parts=2))
    assert drawn.spacing_mm == 3.0
    assert (drawn.name, drawn.role, drawn.frame_uid) == ("shape", "tumour", "1.2.3")
    leaning = np.array([[1.0, 0, 1.5, 0], [0, 1.0, 0, 0], [0, 0, 2.5, 0], [0, 0, 0, 1]])
    share = np.zeros((4, 9, 9))
    share[1:3, 2:7, 2:7] = 1
    assert contour_of(Voi("block", "tumour", Grid.of((4, 9, 9), leaning), share)).spacing_mm == 2.5


@pytest.mark.parametrize("part", [0.02, 0.1])
def test_a_slab_hardly_filled_is_drawn_small_and_keeps_its_area(part: float) -> None:
    share = np.zeros(grid().shape_zyx)
    share[5:9, 8:28, 6:30] = 1
    share[9, 8:28, 6:30] = part
    drawn = contour_of(Voi("block", "tumour", grid(), share))
    last = [p for p in drawn.polygons if p[0, 2] > grid().points_of([[0, 0, 8.5]])[0, 2]]
    x, y = np.concatenate(last)[:, :2].T
    area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    assert area == pytest.approx(part * 480 * 1.2, rel=2e-3)
    assert (x.min() + x.max()) / 2 == pytest.approx(grid().points_of([[17.5, 0, 0]])[0, 0], abs=0.05)
    assert (y.min() + y.max()) / 2 == pytest.approx(grid().points_of([[0, 17.5, 0]])[0, 1], abs=0.05)
    # drawn inwards from its edge by as much along both axes, in mm: 24 mm wide and 24 mm high stay alike
    assert x.max() - x.min() == pytest.approx(y.max() - y.min(), abs=0.3)
