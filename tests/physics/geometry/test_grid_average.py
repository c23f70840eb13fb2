"""Mean of one grid over the voxels of another: volumes are kept, shared axes exact, oblique ones by points."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.geometry.grid_average import NO_CURVE, mean_over_boxes, overlaps
from yttria.values.grid import Grid

FINE = Grid.aligned((4, 6, 8), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(1, 1, 1.5))
VALUES = np.arange(4 * 6 * 8, dtype=np.float32).reshape(4, 6, 8)


def turned(degrees: float, shape: tuple[int, int, int], spacing: float, origin: tuple[float, float, float]) -> Grid:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) * spacing
    affine[:3, 3] = origin
    return Grid.of(shape, affine)


# overlaps


@pytest.mark.parametrize(
    ("scale", "shift", "first", "parts"),
    [
        (1.0, 0.0, [0, 1, 2], [[1, 0], [1, 0], [1, 0]]),
        (2.0, 0.5, [0, 2, 4], [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]),
        (1.0, 0.25, [0, 1, 2], [[0.75, 0.25], [0.75, 0.25], [0.75, 0.25]]),
        (1.0, -0.5, [0, 0, 1], [[0.5, 0], [0.5, 0.5], [0.5, 0.5]]),  # half of the first lies before the source
        (-1.0, 2.0, [2, 1, 0], [[1, 0], [1, 0], [1, 0]]),
    ],
)
def test_a_cell_overlaps_each_source_cell_by_their_common_length(
    scale: float, shift: float, first: list[int], parts: list[list[float]]
) -> None:
    found, share = overlaps(8, 3, scale=scale, shift=shift)
    dense = np.zeros((3, 10))
    for n in range(3):
        dense[n, found[n] : found[n] + share.shape[1]] += share[n]
    wanted = np.zeros((3, 10))
    for n in range(3):
        wanted[n, first[n] : first[n] + 2] += parts[n]
    assert dense == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("shift", [-3.0, 8.6, 40.0])
def test_a_cell_beyond_the_source_overlaps_nothing(shift: float) -> None:
    _, share = overlaps(8, 1, scale=1.0, shift=shift)
    assert share.sum() == 0


# means


def mean(grid: Grid, values: NDArray[np.float32] = VALUES) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return mean_over_boxes(values, NO_CURVE, FINE, grid)


def test_the_mean_over_the_same_grid_is_the_grid() -> None:
    found, covered = mean(FINE)
    assert found == pytest.approx(VALUES)
    assert covered == pytest.approx(np.ones(FINE.shape_zyx))


def test_voxels_twice_as_large_hold_the_mean_of_eight() -> None:
    found, covered = mean(Grid.aligned((2, 3, 4), spacing_zyx_mm=(6, 4, 4), origin_lps_mm=(2, 2, 3)))
    assert found == pytest.approx(VALUES.reshape(2, 2, 3, 2, 4, 2).mean(axis=(1, 3, 5)), rel=1e-6)
    assert covered == pytest.approx(np.ones((2, 3, 4)))


def test_a_voxel_that_leaves_the_source_counts_what_is_beyond_as_zero_and_says_how_much_is_covered() -> None:
    found, covered = mean(Grid.aligned((1, 1, 1), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(0, 1, 1.5)))
    assert covered[0, 0, 0] == pytest.approx(0.5)
    whole, _ = mean(Grid.aligned((1, 1, 1), spacing_zyx_mm=(3, 2, 1), origin_lps_mm=(0.5, 1, 1.5)), VALUES + 7)
    halved, _ = mean(Grid.aligned((1, 1, 1), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(0, 1, 1.5)), VALUES + 7)
    assert whole[0, 0, 0] == pytest.approx(7.0)
    assert halved[0, 0, 0] == pytest.approx(3.5)
    assert found[0, 0, 0] == pytest.approx(0.0)


@pytest.mark.parametrize("degrees", [90.0, 180.0, 270.0])
def test_axes_that_are_exchanged_or_turned_round_lose_nothing(degrees: float) -> None:
    cube = Grid.aligned((4, 4, 4), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-3, -3, 0))
    values = np.random.default_rng(2).random((4, 4, 4)).astype(np.float32)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    corner = np.array([-3, -3, 0]) @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    found, covered = mean_over_boxes(values, NO_CURVE, cube, turned(degrees, (4, 4, 4), 2, tuple(corner)))
    assert covered == pytest.approx(np.ones((4, 4, 4)), abs=1e-5)
    assert found == pytest.approx(np.rot90(values, -round(degrees / 90), axes=(2, 1)), abs=1e-5)


@pytest.mark.parametrize("degrees", [0.0, 0.01, 12.0, 31.0])
def test_oblique_voxels_keep_what_they_cover_whole(degrees: float) -> None:
    block = Grid.aligned((10, 10, 10), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-9, -9, -9))
    values = np.zeros((10, 10, 10), np.float32)
    values[3:7, 3:7, 3:7] = 1  # 512 mm3
    wide = turned(degrees, (8, 8, 8), 4, (0, 0, 0))
    middle = wide.points_of([[3.5, 3.5, 3.5]])[0]
    found, _ = mean_over_boxes(values, NO_CURVE, block, turned(degrees, (8, 8, 8), 4, tuple(-middle)))
    assert found.sum() * 64 == pytest.approx(512, rel=0.02 if degrees > 0.1 else 1e-5)


@pytest.mark.parametrize("moved", [0.0, 0.3, 0.77])
@pytest.mark.parametrize("degrees", [1.0, 12.0, 22.5, 26.565, 36.87, 44.9, 45.0, 60.0])
def test_a_small_block_is_kept_however_the_voxels_are_turned(degrees: float, moved: float) -> None:
    block = Grid.aligned((10, 10, 10), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-9 + moved, -9 + moved / 2, -9))
    values = np.zeros((10, 10, 10), np.float32)
    values[3:7, 3:7, 3:7] = 1  # 8 mm along each edge, two of the voxels that it is brought to
    wide = turned(degrees, (8, 8, 8), 4, (0, 0, 0))
    middle = wide.points_of([[3.5, 3.5, 3.5]])[0]
    found, _ = mean_over_boxes(values, NO_CURVE, block, turned(degrees, (8, 8, 8), 4, tuple(-middle)))
    assert found.sum() * 64 == pytest.approx(512, rel=0.015)
