"""Tests of proportional hazards and coefficients over time: R's numbers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.evidence.regression.r_models import SPECS, fitted

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.proportional_hazards import (
    Transform,
    coefficients_over_time,
    proportionality,
    transformed,
)
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]
Matrix = NDArray[np.float64]


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
@pytest.mark.parametrize("name", [name for name in SPECS if name != "late_exact"])
def test_tests_of_proportionality_are_those_of_r(
    name: str, transform: Transform, reference: Any, outcome: Make, patients: Any, covariates: Matrix, same: Any
) -> None:
    fit = fitted(name, outcome, patients, covariates)
    tests = proportionality(fit, {"age": (0,), "arm": (1,), "marker": (2,)}, transform)
    assert tests is not None
    same([test.chi2 for test in tests.values()], reference["cox"][name][f"zph_{transform}"], 1e-8)


@pytest.mark.parametrize("name", ["efron", "breslow", "late"])
def test_coefficients_over_time_are_those_of_r(
    name: str, reference: Any, outcome: Make, patients: Any, covariates: Matrix, same: Any
) -> None:
    found = coefficients_over_time(fitted(name, outcome, patients, covariates))
    wanted = np.array(reference["cox"][name]["over_time"])
    same(np.sort(found.beta, axis=0), np.sort(wanted, axis=0), 1e-7)
    same(found.beta.mean(axis=0), wanted.mean(axis=0), 1e-7)


def test_time_is_transformed_by_survival_before_it_by_rank_and_by_its_logarithm() -> None:
    months = TimeToEvent(np.array([2.0, 1.0, 2.0, 4.0]), np.array([True, True, False, True]))
    assert transformed(months, "identity").tolist() == [2, 1, 2, 4]
    assert transformed(months, "log") == pytest.approx(np.log([2, 1, 2, 4]))
    assert transformed(months, "rank").tolist() == [2.5, 1, 2.5, 4]  # ties share their mean rank
    # S(t-): 1 before 1, 3/4 before 2, 3/4 * 2/3 before 4
    assert transformed(months, "km") == pytest.approx([0.25, 0, 0.25, 0.5])


def test_events_in_an_order_that_turns_halfway_are_not_proportional() -> None:
    # all of one arm die first, then the hazard turns: the coefficient over time falls
    time = np.arange(1.0, 41.0)
    arm = np.where(time <= 14, 1.0, np.where(time <= 34, 0.0, 1.0))
    months = TimeToEvent(time, np.ones(40, dtype=bool))
    fit = cox(months, arm[:, None], ["arm"])
    tests = proportionality(fit, {"arm": (0,)})
    assert tests is not None
    assert tests["arm"].p < 0.01
    assert tests["arm"] == tests["GLOBAL"]
    over = coefficients_over_time(fit)
    assert over.time.tolist() == time.tolist()
    assert np.polyfit(over.g, over.beta[:, 0], 1)[0] < 0


def test_a_model_of_which_nothing_is_estimated_has_no_test(outcome: Make, covariates: Matrix) -> None:
    fit = cox(outcome(), np.ones((len(covariates), 1)), ["same"])
    assert proportionality(fit, {"same": (0,)}) is None
