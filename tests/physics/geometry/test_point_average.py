"""Means over boxes that lie oblique to the source."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import maximum_filter, minimum_filter

from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.grid_average import NO_CURVE, overlaps
from yttria.physics.geometry.point_average import _offsets, even_around, point_average
from yttria.physics.quantification.ct_density import curve, density_of

SHAPE, WANTED = (6, 7, 8), (3, 3, 4)
NOT_KNOWN = np.zeros((0, 0, 0), dtype=bool)


def test_points_tend_to_boxes() -> None:
    values = np.ones(SHAPE, dtype=np.float32)
    mean, covered = point_average(values, NO_CURVE, np.eye(3) * 2.5, np.full(3, 0.7), np.array(WANTED), 8000, NOT_KNOWN)
    boxes = np.zeros(WANTED, dtype=np.float32)
    (z0, wz), (y0, wy), (x0, wx) = (overlaps(n, m, scale=2.5, shift=0.7) for n, m in zip(SHAPE, WANTED, strict=True))
    box_average(boxes, values, NO_CURVE, z0, wz, y0, wy, x0, wx)
    assert mean == pytest.approx(covered)
    assert np.allclose(mean, boxes, atol=0.08)
    assert mean.sum() == pytest.approx(boxes.sum(), rel=0.02)


def test_points_follow_the_curve_before_the_mean_is_taken() -> None:
    numbers = np.random.default_rng(1).uniform(-1000, 1500, SHAPE).astype(np.float32)
    turn, shift = np.array([[1.5, 0.4, 0.0], [-0.4, 1.5, 0.0], [0.0, 0.0, 2.0]]), np.full(3, 0.7)
    places = (turn, shift, np.array(WANTED), 60)
    mean, _ = point_average(numbers, curve(), *places, NOT_KNOWN)
    assert np.allclose(mean, point_average(density_of(numbers), NO_CURVE, *places, NOT_KNOWN)[0], atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.tuples(*[st.integers(0, 3)] * 3), st.sampled_from([0.0, 0.02, 0.2]))
def test_a_cell_is_even_where_least_and_most_around_it_are_one_number(
    seed: int, reach: tuple[int, int, int], share: float
) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.random(rng.integers(1, 10, 3)) < share).astype(np.float32)
    size = [2 * n + 1 for n in reach]
    least = minimum_filter(values, size=size, mode="constant", cval=-1.0)
    most = maximum_filter(values, size=size, mode="constant", cval=-2.0)
    assert np.array_equal(even_around(values, np.array(reach)), least == most)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_known_to_be_even_changes_no_mean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.zeros((16, 17, 18), dtype=np.float32)
    values[3:13, 4:12, 2:15] = 1.0
    turn = np.diag(rng.uniform(0.8, 2.0, 3)) + rng.uniform(-0.1, 0.1, (3, 3))
    places = (turn, rng.uniform(-3, 3, 3), np.array([9, 10, 11]), 60)
    reach = np.array([int(np.ceil(0.5 * np.abs(turn[axis]).sum() + 0.5)) for axis in (2, 1, 0)])
    known, unknown = (point_average(values, NO_CURVE, *places, e) for e in (even_around(values, reach), NOT_KNOWN))
    assert np.allclose(known[0], unknown[0], atol=1e-6)
    assert np.allclose(known[1], unknown[1])


def test_a_box_at_the_edge_and_one_within_are_averaged_by_the_same_points() -> None:
    rng = np.random.default_rng(2)
    values = rng.random((9, 9, 9)).astype(np.float32)
    wide = np.pad(values, 3)
    turn, shift = 2.1 * np.eye(3) + rng.uniform(-0.2, 0.2, (3, 3)), rng.uniform(1.2, 1.4, 3)
    edge, covered = point_average(values, NO_CURVE, turn, shift, np.full(3, 5), 64, NOT_KNOWN)
    within, _ = point_average(wide, NO_CURVE, turn, shift + 3, np.full(3, 5), 64, NOT_KNOWN)
    assert covered.min() < 1
    assert np.allclose(edge, within, atol=1e-6)


@pytest.mark.parametrize("points", [28, 64, 216])
def test_points_lie_in_the_box_evenly_about_its_centre(points: int) -> None:
    turn = np.array([[1.5, 0.4, 0.0], [-0.4, 2.5, 0.1], [0.3, 0.0, 3.0]])
    places = _offsets(turn, points) @ np.linalg.inv(turn).T
    assert places.shape == (points, 3)
    assert np.abs(places).max() <= 0.5
    assert places.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-12)
    assert (places**2).mean(axis=0) == pytest.approx(np.full(3, 1 / 12), rel=0.1)


def test_no_plane_through_a_box_parts_its_points_otherwise_than_its_volume() -> None:
    rng = np.random.default_rng(5)
    places, everywhere = _offsets(np.eye(3), 216), rng.uniform(-0.5, 0.5, (40_000, 3))
    for direction in [(1, 0, 0), (1, 1, 0), (2, 1, 0), (1, 1, 1), *rng.normal(size=(40, 3)).tolist()]:
        along = np.asarray(direction) / np.linalg.norm(direction)
        for at in (-0.3, -0.1, 0.0, 0.17, 0.35):
            share, volume = (float(((p @ along) < at).mean()) for p in (places, everywhere))
            assert share == pytest.approx(volume, abs=0.03)
