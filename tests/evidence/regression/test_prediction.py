"""What a Cox model predicts: R's curves, and what it refuses."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evidence.regression.r_models import NAMES, fitted

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.prediction import predicted
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]


@pytest.mark.parametrize("name", ["efron", "breslow", "late", "weight"])
def test_predicted_curves_are_those_of_r(
    name: str, reference: Any, outcome: Make, patients: Any, covariates: Matrix, same: Any
) -> None:
    wanted = reference["predicted"][name]
    curve = predicted(fitted(name, outcome, patients, covariates), np.array([60.0, 1.0, 0.5]))
    for key in ("time", "hazard", "std_err", "low", "high"):
        same(getattr(curve, key), wanted[key], 1e-8)


def test_a_prediction_needs_every_covariate(outcome: Make, covariates: Matrix) -> None:
    with pytest.raises(EvidenceError, match="needs the covariates age, arm, marker"):
        predicted(cox(outcome(), covariates, NAMES), np.array([1.0]))


def test_survival_and_its_limits_are_on_the_log_scale(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), covariates, NAMES)
    curve = predicted(fit, np.array([60.0, 1.0, 0.5]), level=0.9)
    assert curve.survival == pytest.approx(np.exp(-curve.hazard))
    assert curve.low == pytest.approx(np.exp(-curve.hazard - 1.6448536 * curve.std_err))
    assert curve.high == pytest.approx(np.minimum(np.exp(-curve.hazard + 1.6448536 * curve.std_err), 1))
    assert (np.diff(curve.survival) <= 0).all()


def test_a_patient_of_twice_the_hazard_has_the_square_of_the_survival(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), covariates, NAMES)
    here = np.array([60.0, 1.0, 0.5])
    there = here + np.array([0.0, 0.0, np.log(2) / fit.coef[2]])
    assert predicted(fit, there).survival == pytest.approx(predicted(fit, here).survival ** 2)


def test_nothing_is_predicted_from_an_infinite_effect_or_without_an_event() -> None:
    months = TimeToEvent(np.array([1.0, 1, 2, 21, 33]), np.array([1, 1, 1, 0, 0]) == 1)
    endless = cox(months, np.array([[0.0], [0], [0], [0], [1]]))
    with pytest.raises(EvidenceError, match="a model with an infinite coefficient predicts nothing"):
        predicted(endless, np.array([0.0]))
    fit = cox(months, np.array([[0.0], [1], [1], [0], [1]]))
    with pytest.raises(EvidenceError, match="stratum 3 has no event, so that nothing is predicted in it"):
        predicted(fit, np.array([0.0]), stratum=3)
