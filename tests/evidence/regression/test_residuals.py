"""Residuals of a Cox model: they add up to nothing, and are R's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evidence.regression.r_models import fitted

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.residuals import deviance, dfbeta, martingale, schoenfeld, score_residuals
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]


def test_martingale_residuals_sum_to_zero(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome("late"), covariates)
    assert martingale(fit.outcome, fit.eta, fit.events).sum() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", ["efron", "breslow", "late", "strata", "late_strata", "weight", "late_weight"])
def test_residuals_are_those_of_r(
    name: str, reference: Any, outcome: Make, patients: Any, covariates: Matrix, same: Any
) -> None:
    wanted, fit = reference["cox"][name], fitted(name, outcome, patients, covariates)
    stratum = patients["centre"] if "strata" in name else None
    m = martingale(fit.outcome, fit.eta, fit.events, stratum)
    score = score_residuals(fit.outcome, covariates, fit.eta, fit.events, stratum)
    same(m, wanted["martingale"], 1e-8)
    same(deviance(m, fit.outcome.observed), wanted["deviance"], 1e-7)
    same(score, wanted["residual"], 1e-7)
    same(dfbeta(score, fit.variance, fit.outcome.weight), wanted["dfbeta"], 1e-7)
    if stratum is None:
        same(
            np.sort(schoenfeld(fit.outcome, covariates, fit.events)[1], axis=0),
            np.sort(wanted["schoenfeld"], axis=0),
            1e-7,
        )


def test_residuals_of_three_patients_by_hand() -> None:
    # no covariate effect: H = 1/3 after the first death, 1/3 + 1/2 after the second; the third is censored
    months = TimeToEvent(np.array([1.0, 2.0, 3.0]), np.array([True, True, False]))
    fit = cox(months, np.array([[1.0], [1.0], [1.0]]))
    found = martingale(months, fit.eta, fit.events)
    assert found == pytest.approx([1 - 1 / 3, 1 - 5 / 6, -5 / 6])
    # sign(M) sqrt(-2 (M + d ln(d - M)))
    first = np.sqrt(-2 * (2 / 3 + np.log(1 / 3)))
    second = np.sqrt(-2 * (1 / 6 + np.log(5 / 6)))
    assert deviance(found, months.observed) == pytest.approx([first, second, -np.sqrt(2 * 5 / 6)])


def test_dfbeta_is_the_score_residual_times_weight_and_variance() -> None:
    score, variance = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([[2.0, 0.5], [0.5, 1.0]])
    assert dfbeta(score, variance) == pytest.approx(score @ variance)
    assert dfbeta(score, variance, np.array([1.0, 3.0]))[1] == pytest.approx(3 * score[1] @ variance)


def test_dfbeta_is_near_what_leaving_a_row_out_changes(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), covariates)
    moved = dfbeta(score_residuals(fit.outcome, covariates, fit.eta, fit.events), fit.variance)
    kept = np.arange(len(covariates)) != 3
    without = cox(outcome().rows(np.flatnonzero(kept)), covariates[kept])
    assert np.sign(fit.coef - without.coef).tolist() == np.sign(moved[3]).tolist()
    np.testing.assert_allclose(fit.coef - without.coef, moved[3], rtol=0.35)
