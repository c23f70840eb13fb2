"""Logistic models: the closed form of one binary covariate, the score equations, refusals."""

import numpy as np
import pytest

from yttria.evidence.regression.logistic import logistic, multinomial_chances
from yttria.values.errors import EvidenceError

# 12 of 20 with, 5 of 25 without
TREATED = np.repeat([1.0, 1.0, 0.0, 0.0], [12, 8, 5, 20])[:, None]
YES = np.repeat([True, False, True, False], [12, 8, 5, 20])


def test_one_binary_covariate_is_the_log_odds_ratio_with_woolfs_error() -> None:
    fit = logistic(TREATED, YES)
    assert fit.coef == pytest.approx([np.log(5 / 20), np.log(12 * 20 / (8 * 5))])
    assert fit.variance[1, 1] == pytest.approx(1 / 12 + 1 / 8 + 1 / 5 + 1 / 20)
    assert fit.variance[0, 0] == pytest.approx(1 / 5 + 1 / 20)
    assert fit.variance[0, 1] == pytest.approx(-1 / 5 - 1 / 20)
    assert fit.chance(np.array([[1.0], [0.0]])) == pytest.approx([12 / 20, 5 / 25])


def test_the_expected_responses_are_those_that_were_seen() -> None:
    random = np.random.default_rng(4)
    x = random.normal(size=(80, 3)) * [1, 10, 0.1] + [0, 500, -3]
    yes = random.random(80) < 0.4
    fit = logistic(x, yes)
    gap = yes - fit.chance(x)
    assert gap.sum() == pytest.approx(0, abs=1e-9)
    assert gap @ x == pytest.approx(np.zeros(3), abs=1e-6)


def test_a_penalty_shrinks_effects_towards_zero_and_bears_separation() -> None:
    plain, shrunk = logistic(TREATED, YES), logistic(TREATED, YES, ridge=5.0)
    assert 0 < shrunk.coef[1] < plain.coef[1]
    # the penalised score: sum of z (y - p) = ridge * coefficient of the standardised covariate
    spread, mean = TREATED.std(), TREATED.mean()
    gap = (TREATED[:, 0] - mean) / spread @ (YES - shrunk.chance(TREATED))
    assert gap == pytest.approx(5.0 * shrunk.coef[1] * spread)
    parted = np.array([[0.0], [0.0], [1.0], [1.0]])
    assert np.isfinite(logistic(parted, np.array([False, False, True, True]), ridge=1.0).coef).all()


def test_two_levels_of_a_multinomial_model_with_next_to_no_penalty_are_the_logistic_model() -> None:
    at = np.array([[0.0], [1.0]])
    found = multinomial_chances(TREATED, YES.astype(np.int64), 2, at, ridge=1e-6)
    assert found.sum(axis=1) == pytest.approx([1, 1])
    assert found[:, 1] == pytest.approx([5 / 25, 12 / 20], abs=1e-5)


def test_three_levels_keep_the_shares_of_each_group() -> None:
    x = np.repeat([0.0, 1.0], [10, 20])[:, None]
    level = np.repeat([0, 1, 2, 0, 1, 2], [5, 3, 2, 4, 4, 12])
    found = multinomial_chances(x, level, 3, np.array([[0.0], [1.0]]), ridge=1e-6)
    assert found == pytest.approx(np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]), abs=1e-4)


@pytest.mark.parametrize("same", [True, False])
def test_one_response_alone_is_refused(same: bool) -> None:
    with pytest.raises(EvidenceError, match="a logistic model needs both responses"):
        logistic(TREATED, np.full(45, same))


def test_separation_and_covariates_that_follow_from_others_are_refused() -> None:
    parted = np.array([[0.0], [0.0], [1.0], [1.0]])
    with pytest.raises(EvidenceError, match="the covariates separate the two responses"):
        logistic(parted, np.array([False, False, True, True]))
    with pytest.raises(EvidenceError, match="one covariate follows from the others"):
        logistic(np.concatenate([TREATED, 2 * TREATED + 1], axis=1), YES)
    with pytest.raises(EvidenceError, match=r"one covariate follows from the others \(or is constant\)"):
        logistic(np.ones((45, 1)), YES)


def test_a_covariate_that_never_varies_changes_no_chance_of_a_level() -> None:
    x = np.repeat([0.0, 1.0], [10, 20])[:, None]
    level = np.repeat([0, 1, 2, 0, 1, 2], [5, 3, 2, 4, 4, 12])
    at = np.array([[0.0], [1.0]])
    alone = multinomial_chances(x, level, 3, at, ridge=1e-3)
    beside = multinomial_chances(np.c_[x, np.full(30, 7.0)], level, 3, np.c_[at, [7.0, 7.0]], ridge=1e-3)
    assert beside == pytest.approx(alone, abs=1e-9)
