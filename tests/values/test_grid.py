"""Grids: laws of the affine, equality of place, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.values.errors import GeometryError
from yttria.values.grid import Grid, require_same_grid

LENGTH = st.floats(0.2, 20)
PLACE = st.floats(-500, 500)


@given(LENGTH, LENGTH, LENGTH, PLACE, PLACE, PLACE, st.floats(-3, 3))
def test_index_and_point_are_inverse_whatever_the_orientation(
    dx: float, dy: float, dz: float, x: float, y: float, z: float, angle: float
) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([dx, dy, dz])
    affine[:3, 3] = x, y, z
    grid = Grid.of((3, 4, 5), affine)
    index = np.array([[0, 0, 0], [4, 3, 2], [1.5, 0.25, 1]])
    assert np.allclose(grid.index_of(grid.points_of(index)), index, atol=1e-6)
    assert grid.voxel_ml == pytest.approx(dx * dy * dz / 1000)
    assert grid.spacing_zyx_mm == pytest.approx((dz, dy, dx))


def test_two_frames_of_reference_are_never_one_grid() -> None:
    one, other = (
        Grid.aligned((2, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0), frame_uid=u)
        for u in ("1.2.3", "1.2.4")
    )
    assert one != other
    with pytest.raises(
        GeometryError,
        match=r"activity and density must lie on one grid, but frame_uid is 1\.2\.3 and 1\.2\.4; align one",
    ):
        require_same_grid(one, other, what="activity and density")


def test_a_grid_equals_its_copy_and_can_be_hashed() -> None:
    one, copy = (Grid.aligned((2, 3, 4), spacing_zyx_mm=(1, 2, 3), origin_lps_mm=(0.1, 0, 0)) for _ in range(2))
    assert one == copy
    assert hash(one) == hash(copy)


def test_bounds_are_the_outer_faces_of_the_voxels() -> None:
    low, high = Grid.aligned((1, 2, 3), spacing_zyx_mm=(4, 2, 1), origin_lps_mm=(10, 20, 30)).bounds_lps_mm()
    assert low.tolist() == [9.5, 19, 28]
    assert high.tolist() == [12.5, 23, 32]


@pytest.mark.parametrize("spacing", [(0, 1, 1), (1, 1, 0)])
def test_a_flat_grid_is_refused(spacing: tuple[float, float, float]) -> None:
    with pytest.raises(GeometryError, match="a grid must have volume"):
        Grid.aligned((2, 2, 2), spacing_zyx_mm=spacing, origin_lps_mm=(0, 0, 0))


def test_an_empty_axis_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"one voxel or more, but its shape is \(0, 2, 2\)"):
        Grid.aligned((0, 2, 2), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))


def test_a_nan_in_the_affine_is_refused() -> None:
    with pytest.raises(GeometryError, match="4 x 4 finite numbers"):
        Grid.aligned((2, 2, 2), spacing_zyx_mm=(1, float("nan"), 1), origin_lps_mm=(0, 0, 0))


def test_the_edge_of_a_voxel_is_that_of_a_cube_of_its_volume() -> None:
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(8, 2, 4), origin_lps_mm=(0, 0, 0))
    assert grid.voxel_edge_mm == pytest.approx(4.0)
