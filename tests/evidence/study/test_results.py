"""Numbers of survival and regression as the contract states them: each under its key, and a key absent where nobody looked."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.regression.subgroups import Interaction, Subgroup
from yttria.evidence.study.results import (
    coefficient_record,
    curve_record,
    followup_record,
    model_record,
    patients_of,
    subgroups_record,
)
from yttria.evidence.study.results import test_record as chi2_record
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import follow_up, kaplan_meier
from yttria.values.cohort import TimeToEvent

MONTHS = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]), unit="months")
INTERVALS = TimeToEvent(
    np.array([2.0, 5.0, 3.0, 7.0]), np.array([False, True, False, False]), entry=np.array([0.0, 2.0, 0.0, 3.0]),
    patient=np.array([0, 0, 1, 1]),
)  # fmt: skip


@pytest.fixture(scope="module")
def fit(patients: Any, covariates: Any, outcome: Any) -> CoxFit:
    return cox(outcome(), covariates, ["age", "arm", "marker"])


def record(fit: CoxFit, **more: Any) -> Any:
    asked: dict[str, Any] = {"zph": None, "over_time": None, "firth": None, "residuals": None, "predicted": {}} | more
    return model_record(fit, n=48, dropped=2, **asked)


def test_a_curve_has_the_median_rates_and_restricted_mean_of_its_product_limit() -> None:
    """By hand: S is 3/4 after 1, 1/2 after 2, 0 after 4; the area to 4 is 1 + 3/4 + 2/2; the median lies between 2 and 4."""
    km = kaplan_meier(MONTHS)
    found = curve_record(km, [2.5, 3.5], km.restricted_mean(4.0), [0.25])
    assert (found.n, found.events, found.patients) == (4, 3, None)
    assert found.median == 3.0
    assert [(r.time, r.at_risk, r.survival) for r in found.rates] == [(2.5, 2, 0.5), (3.5, 1, 0.5)]
    assert found.rates[0].std_err == pytest.approx(0.25)
    assert found.curve.survival == [0.75, 0.5, 0.5, 0.0]
    assert (found.curve.at_risk, found.curve.events, found.curve.censored) == ([4, 3, 2, 1], [1, 1, 0, 1], [0, 0, 1, 0])
    assert (found.rmst.tau, found.rmst.mean) == (4.0, 2.75)
    assert found.quantiles is not None
    assert (found.quantiles[0].share, found.quantiles[0].time) == (0.25, 1.5)


def test_limits_of_a_curve_stand_under_their_own_keys() -> None:
    km = kaplan_meier(MONTHS)
    found = curve_record(km, [1.0], km.restricted_mean(4.0))
    low, high = 0.75 * np.exp(-1.959964 * np.sqrt(1 / 12)), 1.0
    assert (found.rates[0].low, found.rates[0].high) == pytest.approx((low, high), rel=1e-6)
    assert (found.curve.low[0], found.curve.high[0]) == pytest.approx((low, high), rel=1e-6)
    assert found.curve.std_err[0] == pytest.approx(0.75 * np.sqrt(1 / 12))
    assert found.quantiles is None


def test_patients_are_counted_only_where_rows_are_intervals_of_them() -> None:
    assert patients_of(MONTHS) is None
    assert patients_of(INTERVALS) == 2


def test_follow_up_spans_the_ends_of_patients_and_not_of_their_intervals() -> None:
    found = followup_record(follow_up(INTERVALS), INTERVALS)
    assert (found.min, found.max) == (5.0, 7.0)
    assert found.median == 7.0


def test_a_model_has_rs_coefficients_tests_and_concordance(fit: CoxFit, reference: Any, same: Any) -> None:
    wanted, found = reference["cox"]["efron"], record(fit)
    assert list(found.terms) == ["age", "arm", "marker"]
    same([t.coef for t in found.terms.values()], wanted["coef"])
    same([t.se**2 for t in found.terms.values()], np.diag(wanted["variance"]))
    same([t.hr for t in found.terms.values()], np.exp(wanted["coef"]))
    same([t.z for t in found.terms.values()], wanted["coef"] / np.sqrt(np.diag(wanted["variance"])))
    same([found.loglik_null, found.loglik], wanted["loglik"])
    same(found.tests.lr.chi2, 2 * (wanted["loglik"][1] - wanted["loglik"][0]))
    same(found.tests.wald.chi2, wanted["wald"], 1e-7)
    same(found.tests.score.chi2, wanted["score"])
    same([found.concordance.c, found.concordance.se], [wanted["c"], wanted["c_se"]])
    assert found.aic == pytest.approx(2 * 3 - 2 * wanted["loglik"][1])
    assert found.bic == pytest.approx(np.log(found.events) * 3 - 2 * wanted["loglik"][1])
    assert (found.n, found.dropped, found.events) == (48, 2, fit.outcome.events)
    for term in found.terms.values():
        assert term.low < term.hr < term.high
        assert term.robust_se is None


def test_a_model_without_a_coefficient_states_neither_tests_nor_criteria(fit: CoxFit) -> None:
    found = record(cox(fit.outcome, np.ones((len(fit.outcome), 1)), ["constant"]))
    assert found.terms["constant"].coef is None
    assert {found.tests, found.loglik, found.loglik_null, found.aic, found.bic, found.concordance} == {None}


def test_what_nobody_looked_for_has_no_key_and_what_could_not_be_had_is_null(fit: CoxFit) -> None:
    plain = record(fit).model_dump()
    assert plain["zph"] is None  # a model with coefficients whose proportionality could not be tested
    assert "firth" not in plain
    assert "predicted" not in plain
    endless = replace(fit, endless=np.array([True, False, False]))
    assert record(endless).model_dump()["firth"] is None
    assert record(fit, predicted={"he": None}).model_dump()["predicted"] == {"he": None}
    nothing = cox(fit.outcome, np.ones((len(fit.outcome), 1)), ["constant"])
    assert "zph" not in record(nothing).model_dump()
    tested = record(fit, zph={"age": Chi2(2.5, 1), "arm": None}).model_dump()["zph"]
    assert tested["age"]["chi2"] == 2.5
    assert tested["age"]["p"] == pytest.approx(0.11384629800665)  # R: pchisq(2.5, 1, lower = FALSE)
    assert tested["arm"] == {"chi2": None, "df": None, "p": None}


def test_where_nothing_was_tested_or_estimated_every_number_is_null() -> None:
    assert set(chi2_record(None).model_dump().values()) == {None}
    assert set(coefficient_record(None).model_dump().values()) == {None}


def test_a_subgroup_has_rows_and_events_of_each_arm_and_nulls_where_an_arm_is_empty(fit: CoxFit) -> None:
    effect = fit.coefficient(1)
    groups = [Subgroup("A", MONTHS, MONTHS, None, effect), Subgroup("B", INTERVALS, None, INTERVALS, None)]
    found = subgroups_record(groups, Interaction(lr_p=0.25, wald_p=0.5))
    first, second = found.levels["A"], found.levels["B"]
    assert effect is not None
    assert (first.hr, first.low, first.high) == (effect.hr, effect.low, effect.high)
    assert (first.n, first.events, first.treated.n, first.treated.events) == (4, 3, 4, 3)
    assert (first.control.n, first.control.events) == (0, 0)
    assert (second.hr, second.patients, second.control.patients, second.control.n) == (None, 2, 2, 4)
    assert (found.interaction.lr_p, found.interaction.wald_p) == (0.25, 0.5)
