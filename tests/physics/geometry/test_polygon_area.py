"""Areas of polygons by the even-odd rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.physics.geometry.polygon_area import fill_slabs

Points = NDArray[np.float64]


def star(seed: int, corners: int) -> Points:
    """Return a star-shaped outline of random radii: it never crosses itself."""
    rng = np.random.default_rng(seed)
    angle = (np.arange(corners) + rng.uniform(0, 1, corners)) * 2 * np.pi / corners
    radius = rng.uniform(2, 9, corners)
    return np.stack([10 + radius * np.cos(angle), 11 + radius * np.sin(angle)], axis=1)


def shoelace(outline: Points) -> float:
    x, y = outline.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


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
