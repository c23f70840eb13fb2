"""Cox models: laws, R's numbers, infinite coefficients, refusals."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evidence.regression.r_models import NAMES, SPECS, fitted

from yttria.evidence.regression.cox import cox, estimable_columns
from yttria.evidence.regression.residuals import score_residuals
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_without_ties_all_three_rules_are_one(ties: Any, patients: Any, covariates: Matrix) -> None:
    rank = np.argsort(np.argsort(patients["time"], kind="stable")).astype(np.float64)
    distinct = TimeToEvent(rank + 1, patients["status"] == 1)
    np.testing.assert_allclose(cox(distinct, covariates, ties=ties).coef, cox(distinct, covariates).coef, rtol=1e-9)


def test_the_score_is_zero_at_the_estimate(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), covariates)
    residual = score_residuals(fit.outcome, covariates, fit.eta, fit.events)
    np.testing.assert_allclose(residual.sum(axis=0), 0, atol=1e-9)


def test_moving_and_scaling_a_covariate_scales_its_coefficient(outcome: Make, covariates: Matrix) -> None:
    plain, moved = cox(outcome(), covariates), cox(outcome(), covariates * [10.0, 1.0, 1.0] + [500.0, 0.0, -3.0])
    np.testing.assert_allclose(moved.coef * [10.0, 1.0, 1.0], plain.coef, rtol=1e-9)
    assert moved.loglik == pytest.approx(plain.loglik, rel=1e-12)


def test_whole_weights_by_breslow_are_repeated_rows(outcome: Make, patients: Any, covariates: Matrix) -> None:
    rows, count = outcome(weight="count"), patients["count"].astype(int)
    plain = outcome()
    many = TimeToEvent(np.repeat(plain.time, count), np.repeat(plain.observed, count))
    repeated = cox(many, np.repeat(covariates, count, axis=0), ties="breslow")
    np.testing.assert_allclose(cox(rows, covariates, ties="breslow").coef, repeated.coef, rtol=1e-9)


def test_without_ties_the_score_test_of_an_arm_is_the_logrank_test(patients: Any) -> None:
    distinct = TimeToEvent(np.arange(48.0) + 1, patients["status"] == 1)
    arm = patients["arm"]
    test = logrank(distinct, arm.astype(int)).test
    assert test is not None
    assert cox(distinct, arm[:, None]).score.chi2 == pytest.approx(test.chi2, rel=1e-9)


def test_splitting_a_follow_up_changes_nothing(outcome: Make, covariates: Matrix) -> None:
    whole = outcome()
    middle = whole.time / 2
    entry = np.concatenate([np.zeros(len(whole)), middle])
    time, observed = np.concatenate([middle, whole.time]), np.concatenate([np.zeros(len(whole)), whole.observed])
    split = TimeToEvent(time, observed == 1, entry=entry)
    halves = cox(split, np.vstack([covariates, covariates]))
    np.testing.assert_allclose(halves.coef, cox(whole, covariates).coef, rtol=1e-8)


@pytest.mark.parametrize("name", SPECS)
def test_models_are_those_of_r(
    name: str, reference: Any, outcome: Make, patients: Any, covariates: Matrix, same: Any
) -> None:
    wanted, fit = reference["cox"][name], fitted(name, outcome, patients, covariates)
    same(fit.coef, wanted["coef"])
    same(fit.variance, wanted["variance"])
    same([fit.loglik_null, fit.loglik], wanted["loglik"])
    same(fit.score.chi2, wanted["score"], 1e-8)
    if "wald" in wanted:
        assert fit.wald is not None
        same(fit.wald.chi2, wanted["wald"], 1e-8)
        same([fit.concordance.c, fit.concordance.se], [*wanted["c"], *wanted["c_se"]])
    if "robust" in wanted:
        same(fit.robust, wanted["robust"], 1e-8)


def test_the_criteria_of_a_model_count_its_events_and_not_its_rows(
    reference: Any, outcome: Make, covariates: Matrix
) -> None:
    # R: AIC and BIC of a coxph, whose nobs is the number of events
    fit, loglik = cox(outcome(), covariates, NAMES), reference["cox"]["efron"]["loglik"][1]
    events = int(outcome().observed.sum())
    assert events < len(outcome())
    assert fit.aic == pytest.approx(-2 * loglik + 2 * 3, rel=1e-9)
    assert fit.bic == pytest.approx(-2 * loglik + 3 * math.log(events), rel=1e-9)


def test_a_constant_covariate_has_no_effect_and_takes_no_degree_of_freedom(outcome: Make, covariates: Matrix) -> None:
    for constant in (1.0, 0.0, 62.5):
        fit = cox(outcome(), np.column_stack([covariates, np.full(len(covariates), constant)]))
        assert np.isnan(fit.coef[3])
        assert not fit.endless[3]
        assert fit.df == 3
        np.testing.assert_allclose(fit.coef[:3], cox(outcome(), covariates).coef, rtol=1e-9)


def test_of_collinear_covariates_the_later_is_left_out(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), np.column_stack([covariates, covariates[:, 0] * 2 - 1]))
    assert np.isnan(fit.coef).tolist() == [False, False, False, True]


def test_an_effect_that_only_one_side_shows_is_infinite() -> None:
    months = TimeToEvent(np.arange(1.0, 9.0), np.array([1, 1, 1, 1, 0, 0, 0, 0]) == 1)
    one = cox(months, np.array([1, 1, 1, 1, 0, 0, 0, 0.0])[:, None])
    assert one.endless.tolist() == [True]
    assert np.isnan(one.coefficient(0).hr)
    assert one.wald is None
    assert (one.df, one.score.df, one.likelihood_ratio.df) == (1, 1, 1)
    assert one.likelihood_ratio.chi2 == pytest.approx(2 * np.log(8 * 7 * 6 * 5 / 24))


def test_an_infinite_effect_leaves_the_others_at_their_limit(outcome: Make, covariates: Matrix) -> None:
    plain = outcome()
    never = (~plain.observed & (np.arange(len(plain)) % 2 == 0)).astype(float)
    both = cox(plain, np.column_stack([covariates, never]))
    without = plain.rows(never == 0)
    assert both.endless.tolist() == [False, False, False, True]
    np.testing.assert_allclose(both.coef[:3], cox(without, covariates[never == 0]).coef, rtol=1e-8)


def test_one_event_is_enough_for_a_model() -> None:
    fit = cox(TimeToEvent(np.array([1.0, 2.0, 3.0]), np.array([False, True, False])), np.array([[0.0], [1.0], [2.0]]))
    assert fit.endless.all() or np.isfinite(fit.coef).all()


def test_pivots_too_small_are_given_up_in_order() -> None:
    assert estimable_columns(np.array([[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 1.0]])).tolist() == [
        True,
        False,
        True,
    ]


def test_a_model_without_events_is_refused(outcome: Make) -> None:
    with pytest.raises(EvidenceError, match="at least one event"):
        cox(outcome("none"), np.ones((3, 1)))


def test_exact_ties_with_weights_are_refused(outcome: Make, covariates: Matrix) -> None:
    with pytest.raises(EvidenceError, match="exact ties take no case weights"):
        cox(outcome(weight="weight"), covariates, ties="exact")


def test_missing_covariates_are_refused(outcome: Make, covariates: Matrix) -> None:
    with pytest.raises(EvidenceError, match="missing or infinite"):
        cox(outcome(), np.where(covariates == covariates[0], np.nan, covariates))


@pytest.mark.parametrize(("size", "words"), [(1e-180, "must vary by more than"), (1e180, "must lie within")])
def test_covariates_whose_squares_leave_the_range_of_a_double_are_refused(
    size: float, words: str, outcome: Make, covariates: Matrix
) -> None:
    with pytest.raises(EvidenceError, match=words):
        cox(outcome(), covariates[:, :1] * size)


def test_errors_of_one_cluster_are_refused(outcome: Make, covariates: Matrix) -> None:
    with pytest.raises(EvidenceError, match="at least two clusters"):
        cox(outcome(), covariates, cluster=np.zeros(len(covariates)))


def test_covariates_of_other_patients_are_refused(outcome: Make, covariates: Matrix) -> None:
    with pytest.raises(EvidenceError, match=r"shape \(48, p\)"):
        cox(outcome(), covariates[:-1])


def test_an_infinite_effect_costs_its_companions_no_digit() -> None:
    months = TimeToEvent(np.array([1.0, 1, 2, 21, 33]), np.array([1, 1, 1, 0, 0]) == 1)
    fit = cox(months, np.array([[0.0, 0], [0, 1], [0, 0], [0, 1], [1, 0]]))
    assert fit.endless.tolist() == [True, False]
    assert fit.coef[1] == pytest.approx(-np.log(2), rel=1e-11)
    assert fit.variance[1, 1] == pytest.approx(1.5, rel=1e-11)


@pytest.mark.parametrize("far", [1e7, -3e9])
def test_covariates_far_from_zero_change_no_error(outcome: Make, covariates: Matrix, far: float) -> None:
    near = cox(outcome(), covariates, robust=True)
    away = cox(outcome(), covariates + np.array([far, 0, 0]), robust=True)
    assert near.robust is not None
    assert away.robust is not None
    np.testing.assert_allclose(away.robust, near.robust, rtol=1e-6)


def test_covariates_without_names_are_numbered_from_one() -> None:
    draw = np.random.default_rng(1)
    fit = cox(TimeToEvent(draw.exponential(1, 30), np.ones(30, dtype=bool)), draw.normal(size=(30, 3)))
    assert fit.names == ("x1", "x2", "x3")
