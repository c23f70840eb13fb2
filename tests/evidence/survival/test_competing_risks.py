"""Competing risks: Aalen-Johansen, Gray, Fine-Gray."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.competing_risks import cause_codes, cumulative_incidence, fine_gray_rows, gray_test
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

Make = Callable[..., TimeToEvent]


def causes(patients: Any) -> Any:
    return patients["cause"].astype(int)


def test_incidences_and_survival_add_up_to_one(outcome: Make, patients: Any) -> None:
    plain = outcome()
    found = cumulative_incidence(plain, causes(patients), 2)
    np.testing.assert_allclose(found.estimate.sum(axis=1) + kaplan_meier(plain).survival, 1)


def test_one_cause_alone_is_one_minus_survival_with_its_error(outcome: Make) -> None:
    plain = outcome()
    found, km = cumulative_incidence(plain, plain.observed.astype(int), 1), kaplan_meier(plain)
    np.testing.assert_allclose(found.estimate[:, 0], 1 - km.survival)
    alive = km.survival > 0
    np.testing.assert_allclose(found.std_err[alive, 0], km.std_err[alive], rtol=1e-9)


def test_incidences_are_those_of_r(outcome: Make, patients: Any, reference: Any, same: Any) -> None:
    wanted = reference["competing"]
    found = cumulative_incidence(outcome(), causes(patients), 2)
    same(found.time, wanted["time"])
    same(found.estimate, wanted["estimate"])
    same(found.std_err, wanted["std_err"], 1e-8)


def test_weighted_incidences_are_those_of_r(outcome: Make, patients: Any, reference: Any, same: Any) -> None:
    found = cumulative_incidence(outcome(weight="weight"), causes(patients), 2)
    same(found.estimate, reference["competing"]["weighted"])
    same(found.std_err, reference["competing"]["weighted_se"], 1e-8)


@pytest.mark.parametrize(("column", "key"), [("centre", "gray_three"), ("arm", "gray_two")])
def test_grays_tests_are_those_of_cmprsk(
    column: str, key: str, outcome: Make, patients: Any, reference: Any, same: Any
) -> None:
    tests = [gray_test(outcome(), causes(patients), k, patients[column].astype(int)) for k in (1, 2)]
    same([test.chi2 for test in tests if test is not None], reference["competing"][key], 1e-9)


def test_with_one_cause_and_no_censoring_gray_is_near_the_logrank_test() -> None:
    time, group = np.arange(1.0, 41.0), np.arange(40) % 2
    all_die = TimeToEvent(time, np.ones(40, dtype=bool))
    gray, log = gray_test(all_die, np.ones(40, dtype=int), 1, group), logrank(all_die, group).test
    assert gray is not None
    assert log is not None
    assert gray.chi2 == pytest.approx(log.chi2, rel=0.1)


@pytest.mark.parametrize(("k", "key"), [(1, "fine_gray_one"), (2, "fine_gray_two")])
def test_fine_gray_models_are_those_of_r(
    k: int, key: str, outcome: Make, patients: Any, reference: Any, same: Any
) -> None:
    wanted, x = reference["competing"][key], np.column_stack([patients["age"], patients["arm"]])
    rows = fine_gray_rows(outcome(), causes(patients), k)
    fit = cox(rows.outcome, x[rows.source], cluster=rows.source)
    assert len(rows.source) == wanted["rows"][0]
    same(fit.coef, wanted["coef"], 1e-9)
    same(fit.variance, wanted["variance"], 1e-8)
    same(fit.robust, wanted["robust"], 1e-8)
    same([fit.loglik_null, fit.loglik], wanted["loglik"])


def test_without_another_cause_fine_gray_is_cox(outcome: Make, patients: Any, covariates: Any) -> None:
    plain = outcome()
    rows = fine_gray_rows(plain, plain.observed.astype(int), 1)
    np.testing.assert_allclose(cox(rows.outcome, covariates[rows.source]).coef, cox(plain, covariates).coef, rtol=1e-12)


def test_causes_get_numbers_in_the_order_of_their_names() -> None:
    assert cause_codes(("liver", None, "other"), ["other", "liver"]).tolist() == [2, 0, 1]


def test_a_cause_that_never_happens_cannot_be_compared(outcome: Make, patients: Any) -> None:
    assert gray_test(outcome(), causes(patients), 3, patients["arm"].astype(int)) is None


def test_fine_gray_with_late_entry_is_refused(outcome: Make, patients: Any) -> None:
    late = replace(outcome("late"), observed=patients["cause"] > 0)
    with pytest.raises(EvidenceError, match="late entry"):
        fine_gray_rows(late, causes(patients), 1)


def test_an_event_at_time_zero_stays_in_the_fine_gray_model() -> None:
    outcome = TimeToEvent(np.array([0.0, 1, 2, 3, 4]), np.array([1, 1, 0, 1, 1]) == 1)
    rows = fine_gray_rows(outcome, np.array([1, 2, 0, 1, 1]), 1)
    assert rows.outcome.events == 3
    assert rows.outcome.entry is not None
    assert rows.outcome.entry.min() < 0
