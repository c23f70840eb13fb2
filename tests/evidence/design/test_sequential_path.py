"""The density of Z from look to look: against the binormal distribution, and chances that add up to one."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import multivariate_normal, norm

from yttria.evidence.design.sequential_path import SequentialPath


@pytest.mark.parametrize(("time", "drift", "z"), [(0.5, 0.0, 1.96), (1.0, 2.0, 1.96), (0.25, 3.0, -0.5)])
def test_the_first_look_is_normal_with_mean_drift_times_root_t(time: float, drift: float, z: float) -> None:
    start = SequentialPath.start(drift)
    mean = drift * math.sqrt(time)
    assert start.above(time, z) == pytest.approx(ndtr(mean - z))
    assert start.below(time, z) == pytest.approx(ndtr(z - mean))
    assert start.mean(time) == pytest.approx(mean)
    density = math.exp(-((z - mean) ** 2) / 2) / math.sqrt(2 * math.pi)
    assert start.mean_above(time, z) == pytest.approx(mean * ndtr(mean - z) + density)
    assert start.mean_below(time, z) == pytest.approx(mean * ndtr(z - mean) - density)


@pytest.mark.parametrize("drift", [0.0, 2.8])
def test_the_second_look_on_the_paths_that_go_on_is_binormal(drift: float) -> None:
    path = SequentialPath.start(drift).between(0.4, -1.0, 2.2)
    means = [drift * math.sqrt(0.4), drift]
    joint = multivariate_normal(means, [[1, math.sqrt(0.4)], [math.sqrt(0.4), 1]])
    below = joint.cdf([2.2, 1.9]) - joint.cdf([-1.0, 1.9])
    assert path.below(1.0, 1.9) == pytest.approx(below, abs=1e-6)
    held = ndtr(2.2 - means[0]) - ndtr(-1.0 - means[0])
    assert path.mass.sum() == pytest.approx(held)
    assert path.above(1.0, 1.9) + path.below(1.0, 1.9) == pytest.approx(held)
    assert path.mean_above(1.0, 1.9) + path.mean_below(1.0, 1.9) == pytest.approx(path.mean(1.0))


def test_a_look_that_stops_nobody_changes_nothing() -> None:
    through = SequentialPath.start(1.5).between(0.3, -np.inf, np.inf)
    assert through.above(1.0, 1.96) == pytest.approx(ndtr(1.5 - 1.96), abs=1e-10)


@pytest.mark.parametrize("drift", [0.0, 1.7, -0.8])
@pytest.mark.parametrize("first", [0.2, 0.5, 0.8])
def test_the_second_look_is_the_integral_over_the_paths_that_went_on(first: float, drift: float) -> None:
    low, high, limit = -0.7, 1.9, 1.3

    def over(what: Callable[[float], float]) -> float:
        """Return the integral of what happens at the end over the Z of the first look, between its limits."""
        return float(quad(lambda z: norm.pdf(z - drift * math.sqrt(first)) * what(z), low, high, epsabs=1e-12)[0])

    def law(z: float) -> tuple[float, float]:
        return math.sqrt(first) * z + drift * (1 - first), math.sqrt(1 - first)

    def beyond(z: float, sign: int) -> float:
        mean, sd = law(z)
        return float(norm.sf(sign * (limit - mean) / sd))

    def mean_beyond(z: float, sign: int) -> float:
        mean, sd = law(z)
        u = (limit - mean) / sd
        return mean * float(norm.sf(sign * u)) + sign * sd * float(norm.pdf(u))

    path = SequentialPath.start(drift).between(first, low, high)
    assert path.above(1.0, limit) == pytest.approx(over(lambda z: beyond(z, 1)), abs=1e-8)
    assert path.below(1.0, limit) == pytest.approx(over(lambda z: beyond(z, -1)), abs=1e-8)
    assert path.mean_above(1.0, limit) == pytest.approx(over(lambda z: mean_beyond(z, 1)), abs=1e-8)
    assert path.mean_below(1.0, limit) == pytest.approx(over(lambda z: mean_beyond(z, -1)), abs=1e-8)
    assert path.mean(1.0) == pytest.approx(over(lambda z: law(z)[0]), abs=1e-8)
