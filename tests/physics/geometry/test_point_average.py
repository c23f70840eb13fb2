"""Means over boxes that lie oblique to the source."""

import numpy as np
import pytest

from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.grid_average import NO_CURVE, overlaps
from yttria.physics.geometry.point_average import point_average
from yttria.physics.quantification.ct_density import curve, density_of

SHAPE, WANTED = (6, 7, 8), (3, 3, 4)
NOT_KNOWN = np.zeros((0, 0, 0), dtype=bool)


def test_points_tend_to_boxes() -> None:
    values = np.ones(SHAPE, dtype=np.float32)
    mean, covered = point_average(
        values, NO_CURVE, np.eye(3) * 2.5, np.full(3, 0.7), np.array(WANTED), np.full(3, 20), NOT_KNOWN
    )
    boxes = np.zeros(WANTED, dtype=np.float32)
    (z0, wz), (y0, wy), (x0, wx) = (overlaps(n, m, scale=2.5, shift=0.7) for n, m in zip(SHAPE, WANTED, strict=True))
    box_average(boxes, values, NO_CURVE, z0, wz, y0, wy, x0, wx)
    assert mean == pytest.approx(covered)
    assert np.allclose(mean, boxes, atol=0.08)
    assert mean.sum() == pytest.approx(boxes.sum(), rel=0.02)


def test_points_follow_the_curve_before_the_mean_is_taken() -> None:
    numbers = np.random.default_rng(1).uniform(-1000, 1500, SHAPE).astype(np.float32)
    turn, shift = np.array([[1.5, 0.4, 0.0], [-0.4, 1.5, 0.0], [0.0, 0.0, 2.0]]), np.full(3, 0.7)
    places = (turn, shift, np.array(WANTED), np.array([3, 4, 5]))
    mean, _ = point_average(numbers, curve(), *places, NOT_KNOWN)
    assert np.allclose(mean, point_average(density_of(numbers), NO_CURVE, *places, NOT_KNOWN)[0], atol=1e-6)
