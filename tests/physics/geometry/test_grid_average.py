"""Mean of one grid over the voxels of another: volumes are kept, shared axes exact, oblique ones by points."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.geometry.grid_average import NO_CURVE, _permutation, _reach_of, mean_over_boxes, overlaps
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


def test_a_voxel_that_reaches_beyond_along_every_axis_holds_the_product_of_its_parts() -> None:
    """The last source voxel is 191, centred at (15, 11, 10.5): a quarter in x, half in y and a third in z lie within."""
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(3, 2, 2), origin_lps_mm=(16.5, 12, 12.5))
    found, covered = mean(grid)
    assert covered.item() == pytest.approx(1 / 4 * 1 / 2 * 1 / 3)
    assert found.item() == pytest.approx(191 / 24)


@pytest.mark.parametrize("axes", [(1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0)])
def test_a_box_whose_axes_are_exchanged_keeps_each_voxel(axes: tuple[int, int, int]) -> None:
    affine = np.eye(4)
    affine[:3, :3] = FINE.matrix[:3, :3][:, axes]
    affine[:3, 3] = FINE.matrix[:3, 3]
    shape = tuple(np.array(FINE.shape_zyx[::-1])[list(axes)][::-1])
    found, covered = mean(Grid.of((int(shape[0]), int(shape[1]), int(shape[2])), affine))
    assert np.array_equal(found, np.transpose(VALUES, [2 - a for a in reversed(axes)]))
    assert covered.min() == covered.max() == 1


@pytest.mark.parametrize(("cells", "along"), [(9, True), (10, True), (11, False)])
def test_grids_are_oblique_where_a_voxel_lies_more_than_a_hundredth_of_a_source_voxel_off(
    cells: int, along: bool
) -> None:
    turn = np.eye(3)
    turn[1, 0] = 0.001  # along x, a thousandth in y a voxel
    wide = Grid.aligned((2, 3, cells), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    assert _permutation(turn, wide) == ([0, 1, 2] if along else None)
    assert _permutation(
        turn[:, [1, 0, 2]], Grid.aligned((2, cells, 3), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0,) * 3)
    ) == ([1, 0, 2] if along else None)
    diagonal = np.array([[1, 1, 0], [-0.9, 0.9, 0], [0, 0, 1.0]])
    assert _permutation(diagonal, wide) is None  # two axes would run along one


@pytest.mark.parametrize(("shift", "share"), [(0.99e-7, []), (1.2e-7, [1])])
def test_less_than_a_ten_millionth_of_a_cell_is_rounding(shift: float, share: list[int]) -> None:
    _, part = overlaps(8, 1, scale=1.0, shift=2 + shift)
    assert np.flatnonzero(part[0]).tolist() == [0, *share]


@pytest.mark.parametrize(
    ("shift", "first"), [(-0.75, 0), (-0.5, 0), (7.0, 7), (7.5, 7), (7.75, 7), (40.0, 7), (-9.0, 0)]
)
def test_a_cell_at_either_end_overlaps_what_is_there(shift: float, first: int) -> None:
    found, part = overlaps(8, 1, scale=1.0, shift=shift)
    assert found.tolist() == [first]
    inside = max(min(shift + 0.5, 7.5) - max(shift - 0.5, -0.5), 0.0)
    assert part.sum() == pytest.approx(inside, abs=1e-6)


def test_a_wide_cell_overlaps_each_source_cell_by_its_part_of_the_cell() -> None:
    found, part = overlaps(3, 2, scale=5.0, shift=1.0)
    assert found.tolist() == [0, 2]
    assert part == pytest.approx(np.array([[0.2, 0.2, 0.2], [0, 0, 0]]))


def test_an_even_image_with_a_curve_and_without_is_even_on_an_oblique_grid() -> None:
    block = Grid.aligned((12, 12, 12), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(-11, -11, -11))
    values = np.full((12, 12, 12), 5, np.float32)
    wide = turned(17, (3, 3, 3), 4, (0, 0, 0))
    oblique = turned(17, (3, 3, 3), 4, tuple(-wide.points_of([[1, 1, 1]])[0]))
    for curve, meant in ((NO_CURVE, 5.0), (np.array([0, 9, 1, 1, 100, 100, 0], np.float32), 6.0)):
        found, covered = mean_over_boxes(values, curve, block, oblique)
        assert found == pytest.approx(np.full((3, 3, 3), meant))
        assert covered == pytest.approx(np.ones((3, 3, 3)))


@pytest.mark.parametrize(
    ("turn", "reach"),
    [
        (np.eye(3), [1, 1, 1]),
        (np.diag([1.0, 1.02, 3.0]), [2, 2, 1]),
        (np.array([[1, 0.5, -0.5], [0, 1, 0], [3, 0, 2.5]]), [4, 1, 2]),
    ],
)
def test_a_voxel_reaches_half_of_all_its_edges_and_half_a_cell_from_its_centre(
    turn: NDArray[np.float64], reach: list[int]
) -> None:
    assert _reach_of(turn).tolist() == reach
