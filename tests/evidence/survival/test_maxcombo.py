"""MaxCombo: the joint law of four weighted tests, against drawn normal numbers and in its limits."""

import numpy as np
import pytest
from scipy.special import ndtr

from yttria.evidence.survival.maxcombo import maxcombo_p, z_scores

SUMS = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def covariance_of(events: int, last: float) -> np.ndarray:
    before = np.linspace(1, last, events)
    weight = np.stack([1 - before, before, before * (1 - before)])
    return (weight * 0.25) @ weight.T


@pytest.mark.parametrize(("events", "last"), [(60, 0.2), (25, 0.6), (3, 0.8), (2, 0.8)])
@pytest.mark.parametrize("size", [1.3, 2.2, 2.9])
def test_p_is_that_of_drawn_statistics(events: int, last: float, size: float) -> None:
    covariance = covariance_of(events, last)
    statistic = np.zeros((1, 3))
    statistic[0, 1] = 1.0  # only the scale of the largest z matters: it is set to `size` below
    statistic *= size / np.nanmax(np.abs(z_scores(statistic, covariance[None])))
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    drawn = np.random.default_rng(5).normal(size=(400_000, 3)) @ root.T @ SUMS.T
    spread = np.sqrt(np.diag(SUMS @ covariance @ SUMS.T))
    beyond = (np.abs(drawn / spread).max(axis=1) >= size).mean()
    error = 5 * np.sqrt(beyond * (1 - beyond) / len(drawn))
    assert maxcombo_p(statistic, covariance[None])[0] == pytest.approx(beyond, abs=error)


def test_p_lies_between_that_of_one_test_and_four_times_it() -> None:
    covariance = np.repeat(covariance_of(40, 0.3)[None], 50, axis=0)
    statistic = np.random.default_rng(2).normal(size=(50, 3))
    largest = np.nanmax(np.abs(z_scores(statistic, covariance)), axis=1)
    alone = 2 * ndtr(-largest)
    p = maxcombo_p(statistic, covariance)
    assert ((alone < p) & (p < np.minimum(4 * alone, 1))).all()


def test_one_event_is_the_log_rank_test_alone() -> None:
    z = z_scores(np.array([[0.0, 0.98, 0.0]]), covariance_of(1, 1.0)[None])
    assert z[0, 0] == z[0, 2] == pytest.approx(1.96)
    assert np.isnan(z[0, [1, 3]]).all()
    assert maxcombo_p(np.array([[0.0, 0.98, 0.0]]), covariance_of(1, 1.0)[None])[0] == pytest.approx(0.05, abs=1e-5)


def test_nothing_that_varies_has_no_p() -> None:
    assert np.isnan(maxcombo_p(np.zeros((1, 3)), np.zeros((1, 3, 3))))[0]
