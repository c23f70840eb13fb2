"""Areas and centroids inside polygons by the even-odd rule."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.physics.geometry.shape_contours import shoelace, star

from yttria.values.errors import GeometryError
from yttria.values.planimetry import planimetry

Points = NDArray[np.float64]


def area(*outlines: Points) -> float:
    return float(planimetry(list(outlines), np.zeros(len(outlines), dtype=np.int64)).area_mm2[0])


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), corners=st.integers(6, 60))
def test_an_area_is_the_shoelace_formula(seed: int, corners: int) -> None:
    outline = star(seed, corners)
    assert area(outline) == pytest.approx(shoelace(outline), rel=1e-9, abs=1e-9)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), x=st.floats(-30, 30), y=st.floats(-30, 30))
def test_a_moved_outline_keeps_its_area(seed: int, x: float, y: float) -> None:
    outline = star(seed, 20)
    assert area(outline + np.array([x, y])) == pytest.approx(area(outline), rel=1e-9)


def test_an_outline_drawn_twice_is_empty_and_thrice_is_full() -> None:
    outline = star(1, 20)
    assert area(outline, outline) == pytest.approx(0, abs=1e-9)
    assert area(outline, outline, outline) == pytest.approx(shoelace(outline))


def test_a_bow_tie_is_two_triangles_though_no_corner_stands_where_its_edges_cross() -> None:
    bow = np.array([[0.0, 0], [4, 4], [4, 0], [0, 4]])
    assert area(bow) == pytest.approx(8)


@pytest.mark.parametrize(("shift", "shared"), [(2.0, 72.0), (9.0, 9.0), (10.0, 0.0)])
def test_squares_that_overlap_hold_what_lies_in_one_of_them_alone(shift: float, shared: float) -> None:
    square = np.array([[0.0, 0], [9, 0], [9, 9], [0, 9]]) * 10 / 9
    other = square + np.array([shift, 10 - shared / (10 - shift) if shift < 10 else 0.0])
    assert area(square, other) == pytest.approx(200 - 2 * shared)


def test_areas_and_centroids_agree_with_points_counted_inside() -> None:
    rng = np.random.default_rng(7)
    outlines = [rng.uniform(0, 10, (7, 2)) for _ in range(3)]
    points = (np.indices((1000, 1000)).reshape(2, -1).T + 0.5) / 100
    odd = np.zeros(len(points), dtype=bool)
    for outline in outlines:
        start, end = outline, np.roll(outline, -1, axis=0)
        for (x0, y0), (x1, y1) in zip(start, end, strict=True):
            odd ^= ((y0 > points[:, 1]) != (y1 > points[:, 1])) & (
                points[:, 0] < x0 + (points[:, 1] - y0) / (y1 - y0) * (x1 - x0)
            )
    found = planimetry(outlines, np.zeros(3, dtype=np.int64))
    assert found.area_mm2[0] == pytest.approx(odd.sum() / 1e4, rel=1e-3)
    assert found.moment_mm3[0] / found.area_mm2[0] == pytest.approx(points[odd].mean(axis=0), abs=5e-3)


def test_planes_are_measured_apart() -> None:
    found = planimetry([star(1, 9), star(2, 12), star(3, 7)], np.array([0, 1, 1]))
    assert found.area_mm2 == pytest.approx([area(star(1, 9)), area(star(2, 12), star(3, 7))])


def test_planes_measured_in_parts_are_the_planes_measured_together(monkeypatch: pytest.MonkeyPatch) -> None:
    outlines = [star(seed, 12) for seed in range(7)]
    plane = np.array([0, 0, 1, 2, 2, 3, 4])
    together = planimetry(outlines, plane)
    monkeypatch.setattr(sys.modules[planimetry.__module__], "MOST_PASSAGES", 200)  # the fullest plane has 158
    parts = planimetry(outlines, plane)
    assert np.array_equal(parts.area_mm2, together.area_mm2)
    assert np.allclose(parts.moment_mm3, together.moment_mm3, rtol=1e-12)


@pytest.mark.parametrize(("most", "measured"), [(12, True), (11, False)])
def test_outlines_that_wind_to_and_fro_more_often_than_is_held_are_refused(
    monkeypatch: pytest.MonkeyPatch, most: int, *, measured: bool
) -> None:
    comb = np.array([[0.0, 0], [6, 0], [6, 3], [4, 1], [2, 2], [0, 4]])  # through its strips to 1, 2, 3, 4: 2, 4, 4, 2
    monkeypatch.setattr(sys.modules[planimetry.__module__], "MOST_PASSAGES", most)
    if measured:
        assert area(comb) == pytest.approx(shoelace(comb))
        return
    with pytest.raises(GeometryError, match=r"the 6 corners here wind to and fro more often"):
        area(comb)
