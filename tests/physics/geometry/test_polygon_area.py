"""Areas of polygons by the even-odd rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.physics.geometry.shape_contours import shoelace, star

from yttria.physics.geometry import polygon_area
from yttria.physics.geometry.polygon_area import _touched, fill_slabs

Points = NDArray[np.float64]


def filled(*outlines: Points, lines: int = 1) -> NDArray[np.float32]:
    share = np.zeros((1, 24, 22), dtype=np.float32)
    starts = np.cumsum([0, *(len(o) for o in outlines)]).astype(np.int64)
    planes = np.array([0, len(outlines)], dtype=np.int64)
    fill_slabs(share, np.concatenate(outlines), starts, planes, np.zeros(1), 1.0, lines)
    return np.asarray(share[0])


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), corners=st.integers(6, 60), lines=st.integers(1, 9))
def test_the_pixels_add_up_to_the_area(seed: int, corners: int, lines: int) -> None:
    outline = star(seed, corners)
    found = filled(outline, lines=lines)
    assert found.sum(dtype=np.float64) == pytest.approx(shoelace(outline), rel=1e-4, abs=1e-3)
    assert found.min() >= 0
    assert found.max() <= 1


def test_what_lies_beyond_the_grid_is_cut_and_the_rest_is_right() -> None:
    wide = np.array([[-50.0, 5.5], [80, 5.5], [80, 9.5], [-50, 9.5]])
    found = filled(wide)
    assert found[6:10].min() == 1
    assert found.sum() == pytest.approx(4 * 22)
    assert filled(wide + np.array([500, 0])).sum() == 0


def three_planes() -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Fill slabs of 1.5 slices at 0, 2.25 and 7 (beyond): a box, a box with a hole beside another, nothing; and say what is right."""

    def box(u: float, v: float, wide: float, high: float) -> Points:
        return np.array([[u, v], [u + wide, v], [u + wide, v + high], [u, v + high]])

    outlines = [
        box(0.5, 1.5, 2, 1),
        box(4.5, 0.5, 4, 3),
        box(5.5, 1.5, 1.5, 1),
        box(1.0, 5.5, 2, 2),
        box(0.5, 0.5, 1, 1),
    ]
    share = np.zeros((4, 9, 12), dtype=np.float32)
    starts = np.arange(6, dtype=np.int64) * 4
    planes = np.array([0, 1, 4, 5], dtype=np.int64)
    fill_slabs(share, np.concatenate(outlines), starts, planes, np.array([0, 2.25, 7]), 1.5, 2)
    areas = np.zeros((2, 9, 12))
    areas[0, 2, 1:3] = 1
    areas[1, 1:4, 5:9] = 1
    areas[1, 2, 6:8] = [0, 0.5]
    areas[1, 6:8, 1:4] = [0.5, 1, 0.5]
    slabs = np.array([[1, 0.25, 0, 0], [0, 0, 1, 0.5]])
    return share, np.einsum("pk,pvu->kvu", slabs, areas)


def test_each_plane_fills_the_slices_of_its_slab_with_its_own_polygons() -> None:
    found, right = three_planes()
    assert found == pytest.approx(right, abs=1e-6)


@pytest.mark.parametrize("pixels", [1, 2, 3, 10, 50])
def test_planes_are_the_same_however_many_are_worked_out_together(pixels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygon_area, "PIXELS", pixels)
    found, right = three_planes()
    assert found == pytest.approx(right, abs=1e-6)


def test_two_slabs_that_overlap_fill_a_slice_once() -> None:
    share = np.zeros((1, 3, 3), dtype=np.float32)
    corners = np.array([[-0.5, -0.5], [2.5, -0.5], [2.5, 1.5], [-0.5, 1.5]])
    fill_slabs(share, np.concatenate([corners] * 2), np.array([0, 4, 8]), np.arange(3), np.array([-0.2, 0.3]), 1.0, 1)
    assert share[0].tolist() == [[1, 1, 1], [1, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("low", "high", "pixels"),
    [
        (-0.5, 0.5, (0, 1)),
        (-0.51, 0.51, (0, 2)),
        (1.49, 2.51, (1, 4)),
        (1.5, 2.5, (2, 3)),
        (-9, 40, (0, 5)),
        (7, 9, (5, 5)),
        (-9, -7, (0, 0)),
    ],
)
def test_pixels_are_touched_from_the_least_corner_to_the_greatest(
    low: float, high: float, pixels: tuple[int, int]
) -> None:
    assert _touched(np.array([high, low, low]), 5) == slice(*pixels)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), lines=st.integers(1, 4))
def test_each_row_holds_what_finer_rows_hold(seed: int, lines: int) -> None:
    outline = star(seed, 17)
    fine = np.zeros((1, 96, 88), dtype=np.float32)
    fill_slabs(fine, outline * 4 + 1.5, np.array([0, 17]), np.array([0, 1]), np.zeros(1), 1.0, 1)
    rows = fine[0].sum(axis=1, dtype=np.float64).reshape(24, 4).sum(axis=1) / 16
    assert filled(outline, lines=lines).sum(axis=1) == pytest.approx(rows, abs=1e-3)
