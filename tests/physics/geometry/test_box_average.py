"""Means over boxes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from yttria.physics.geometry.box_average import box_average, followed
from yttria.physics.geometry.grid_average import NO_CURVE, overlaps
from yttria.physics.quantification.ct_density import curve, density_of

Numbers = NDArray[np.float32]
Stored = NDArray[np.int16] | NDArray[np.float32]
SHAPE = (6, 7, 8)


def source(seed: int = 1) -> Numbers:
    numbers = np.random.default_rng(seed).uniform(-1000, 1500, SHAPE).astype(np.float32)
    numbers.flags.writeable = False
    return numbers


def averaged(values: Stored, wanted: tuple[int, int, int], scale: float, shift: float, way: Numbers) -> Numbers:
    out = np.zeros(wanted, dtype=np.float32)
    (z0, wz), (y0, wy), (x0, wx) = (
        overlaps(n, m, scale=scale, shift=shift) for n, m in zip(values.shape, wanted, strict=True)
    )
    box_average(out, values, way, z0, wz, y0, wy, x0, wx)
    return out


def dense(n: int, m: int, scale: float, shift: float) -> NDArray[np.float64]:
    """Return the weights by their definition, as a full matrix."""
    found = np.zeros((m, n))
    for w in range(m):
        ends = sorted((shift + scale * (w - 0.5), shift + scale * (w + 0.5)))
        for s in range(n):
            found[w, s] = max(min(ends[1], s + 0.5) - max(ends[0], s - 0.5), 0) / abs(scale)
    return found


@settings(deadline=None)
@given(scale=st.floats(0.3, 4) | st.floats(-4, -0.3), shift=st.floats(-3, 9))
def test_weights_are_the_shares_of_the_wanted_cell(scale: float, shift: float) -> None:
    first, part = overlaps(8, 5, scale=scale, shift=shift)
    found = np.zeros((5, 8 + part.shape[1]))
    found[np.arange(5)[:, None], first[:, None] + np.arange(part.shape[1])] = part
    assert np.allclose(found[:, :8], dense(8, 5, scale, shift), atol=1e-6)


@settings(deadline=None)
@given(scale=st.floats(0.3, 4) | st.floats(-4, -0.3), shift=st.floats(-3, 9))
def test_a_mean_is_the_product_of_three_matrices(scale: float, shift: float) -> None:
    values, wanted = source(), (5, 4, 6)
    wz, wy, wx = (dense(n, m, scale, shift) for n, m in zip(SHAPE, wanted, strict=True))
    expected = np.einsum("kz,jy,ix,zyx->kji", wz, wy, wx, values.astype(np.float64))
    assert np.allclose(averaged(values, wanted, scale, shift, NO_CURVE), expected, atol=2e-3)


def test_a_curve_is_followed_before_the_mean_is_taken() -> None:
    values = source()
    known = np.ascontiguousarray(density_of(values))
    known.flags.writeable = False
    found = averaged(values, (3, 3, 4), 2.1, 0.4, curve())
    assert np.allclose(found, averaged(known, (3, 3, 4), 2.1, 0.4, NO_CURVE), atol=1e-6)


def test_whole_numbers_average_as_their_values() -> None:
    whole = source().astype(np.int16)
    whole.flags.writeable = False
    real = whole.astype(np.float32)
    real.flags.writeable = False
    assert np.allclose(averaged(whole, (3, 3, 4), 2.1, 0.4, curve()), averaged(real, (3, 3, 4), 2.1, 0.4, curve()))


CURVE = np.array([0.25, 9.0, 1.0, 2.0, 3.0, 4.0, 0.5], dtype=np.float32)


@pytest.mark.parametrize(
    ("number", "meant"),
    [(-5, 0.25), (-0.375, 0.25), (-0.25, 0.5), (0.5, 2), (1, 3), (2, 3), (4, 3), (6, 4), (16, 9), (17, 9), (100, 9)],
)
def test_a_curve_rises_to_its_plateau_and_again_beyond_its_corner_between_its_limits(
    number: float, meant: float
) -> None:
    assert followed(np.array([number, 0.5]), CURVE).tolist() == [meant, 2.0]
    assert followed(np.array([number]), NO_CURVE).tolist() == [number]


def test_nothing_follows_a_curve_to_nothing() -> None:
    assert followed(np.zeros((0, 3)), CURVE).shape == (0, 3)


def test_cells_of_no_weight_take_no_part_wherever_they_stand() -> None:
    """A wanted cell of no weight at all is nothing; weights may start behind the first cell and lie apart from each other."""
    values = np.arange(1.0, 8.0, dtype=np.float32).reshape(1, 1, 7)
    first, weights = np.array([0, 2, 5]), np.array([[0, 0.5, 0.5], [0, 0, 0], [1, 0, 0]], dtype=np.float32)
    nil, one = np.zeros(1, dtype=np.int64), np.ones((1, 1), dtype=np.float32)
    for axis in range(3):
        moved = np.moveaxis(values, 2, axis)
        out = np.full(np.moveaxis(np.zeros((1, 1, 3)), 2, axis).shape, 9, dtype=np.float32)
        parts = [(nil, one), (nil, one)]
        parts.insert(axis, (first, weights))
        (z0, wz), (y0, wy), (x0, wx) = parts
        box_average(out, moved, NO_CURVE, z0, wz, y0, wy, x0, wx)
        assert out.ravel().tolist() == [2.5, 0.0, 6.0]
