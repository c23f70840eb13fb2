"""A measured recovery curve: what it says at its spheres, between and beyond them, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.values.errors import QuantityError
from yttria.values.recovery import RecoveryCurve
from yttria.values.units import Ml

VOLUMES = (0.52, 1.15, 2.57, 5.58, 11.5, 26.5)
LIMIT_PROBABILITY = (0.15, 0.25, 0.35, 0.45, 0.55, 0.65)
CURVE = RecoveryCurve(VOLUMES, LIMIT_PROBABILITY, "NEMA spheres, 2026")


@given(st.floats(0.05, 3000), st.floats(1.001, 3))
def test_a_larger_sphere_keeps_more_and_never_all(volume: float, times: float) -> None:
    assert 0 < CURVE.at(Ml(volume)) < CURVE.at(Ml(volume * times)) < 1


def test_at_its_spheres_the_curve_is_what_was_measured_in_whatever_order_it_is_written() -> None:
    backward = RecoveryCurve(VOLUMES[::-1], LIMIT_PROBABILITY[::-1], "the same")
    for volume, kept in zip(VOLUMES, LIMIT_PROBABILITY, strict=True):
        assert CURVE.at(Ml(volume)) == pytest.approx(kept)
        assert backward.at(Ml(volume)) == pytest.approx(kept)


def test_between_two_spheres_it_lies_between_and_far_beyond_near_one() -> None:
    assert 0.55 < CURVE.at(Ml(17)) < 0.65
    assert CURVE.at(Ml(2000)) > 0.9


def test_a_logistic_curve_is_returned_everywhere() -> None:
    exact = [1 - 1 / (1 + (v / 3.0) ** 0.8) for v in (0.5, 5.0, 50.0)]
    curve = RecoveryCurve((0.5, 5.0, 50.0), tuple(exact), "model")
    for volume in (0.1, 1.0, 20.0, 900.0):
        assert curve.at(Ml(volume)) == pytest.approx(1 - 1 / (1 + (volume / 3.0) ** 0.8), rel=1e-9)


@pytest.mark.parametrize(
    ("volumes", "kept", "source", "words"),
    [
        ((1.0,), (0.5,), "a", "at least two spheres"),
        ((1.0, 2.0), (0.5,), "a", "2 volumes and 1 coefficients"),
        ((1.0, 1.0), (0.5, 0.6), "a", "a volume twice"),
        ((0.0, 1.0), (0.5, 0.6), "a", "sphere_ml"),
        ((1.0, 2.0), (0.5, 1.0), "a", "between 0 and 1, but is 1"),
        ((1.0, 2.0), (0.5, 86.0), "a", "write 0.86 for 86 %"),
        ((1.0, 2.0), (0.6, 0.5), "a", "must rise with the volume"),
        ((1.0, 2.0), (0.5, 0.6), " ", "needs its source"),
    ],
)
def test_a_curve_that_cannot_be_is_refused(
    volumes: tuple[float, ...], kept: tuple[float, ...], source: str, words: str
) -> None:
    with pytest.raises(QuantityError, match=words):
        RecoveryCurve(volumes, kept, source)
