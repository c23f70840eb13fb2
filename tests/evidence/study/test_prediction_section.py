"""Residuals row by row and predicted curves: R's numbers (parity/make_reference.R), and a patient who is not described whole."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.regression.design_matrix import codes_of, design
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.prediction_section import predictions_of, residuals_record
from yttria.values.protocol import ModelSpec

HE = {"he": {"age": 60, "arm": 1, "marker": 0.5}}


@pytest.fixture
def context(context_of: Any, reference: Any) -> Any:
    data = dict(reference["data"])
    names = ("age", "arm", "marker", "time", "centre")
    return context_of({n: data[n] for n in names} | {"event": data["status"], "sex": ["f", "m"] * 24}, arms=False)


def predict(context: Any, *terms: str, facts: Any, strata: tuple[str, ...] = ()) -> Any:
    made = design(context.cohort, terms, strata)
    stratum = codes_of(context.cohort.rows(made.complete), strata) if strata else None
    fit = cox(context.cohort.rows(made.complete).outcome, made.x, made.names, stratum=stratum)
    return predictions_of(context, "full", ModelSpec(terms, strata=strata, predict=facts), made, fit)


def test_the_curve_of_a_described_patient_is_rs(context: Any, reference: Any, same: Any) -> None:
    found = predict(context, "age", "arm", "marker", facts=HE)["he"]["all"]
    wanted = reference["predicted"]["efron"]
    same(found.time, wanted["time"])
    same(found.hazard, wanted["hazard"], 1e-8)
    same(found.hazard_se, wanted["std_err"], 1e-7)
    same(found.survival, np.exp(-np.array(wanted["hazard"])), 1e-8)
    same(found.low, wanted["low"], 1e-7)
    same(found.high, wanted["high"], 1e-7)


def test_nobody_described_has_the_baseline_hazard_of_zeros_and_reference_levels(context: Any) -> None:
    found = predict(
        context, "age", "sex", facts={"base": {}, "zero": {"age": 0, "sex": "f"}, "m": {"age": 0, "sex": "m"}}
    )
    assert found["base"]["all"].survival == found["zero"]["all"].survival
    assert found["m"]["all"].survival != found["zero"]["all"].survival


def test_an_interaction_is_the_product_of_its_covariates(context: Any) -> None:
    made = design(context.cohort, ("age", "sex", "age:sex"))
    fit = cox(context.cohort.outcome, made.x, made.names)
    found = predict(
        context, "age", "sex", "age:sex", facts={"f": {"age": 60, "sex": "f"}, "m": {"age": 60, "sex": "m"}}
    )
    ratio = np.array(found["m"]["all"].hazard) / np.array(found["f"]["all"].hazard)
    by_name = dict(zip(fit.names, fit.coef, strict=True))
    assert list(by_name) == ["age", "sex[m]", "age:sex[m]"]
    assert ratio == pytest.approx(np.exp(by_name["sex[m]"] + 60 * by_name["age:sex[m]"]), rel=1e-9)


def test_each_stratum_with_an_event_has_its_own_curve_by_its_level(context: Any) -> None:
    found = predict(context, "age", facts={"he": {"age": 60}}, strata=("sex",))["he"]
    assert list(found) == ["f", "m"]
    observed, sex = context.cohort.outcome.observed, np.array(["f", "m"] * 24)
    for level in found:
        assert set(found[level].time) == set(context.cohort.outcome.time[observed & (sex == level)])


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"age": 60, "weight": 80}, "weight is no column of its terms; name one of age, arm"),
        ({"age": 60}, "a patient must be described whole, but arm is not said"),
        ({"age": "old", "arm": 1}, "age must be a number, but is 'old'"),
    ],
)
def test_a_patient_who_cannot_be_described_is_null_with_the_reason(facts: Any, words: str, context: Any) -> None:
    assert predict(context, "age", "arm", facts={"he": facts, "she": {"age": 60, "arm": 0}})["he"] is None
    (told,) = context.findings
    assert told.code == "prediction-impossible"
    assert told.message.startswith("model full predicts nothing for he: ")
    assert words in told.message


def test_a_level_that_nobody_has_is_null_with_the_reason(context: Any) -> None:
    assert predict(context, "sex", facts={"he": {"sex": "x"}}) == {"he": None}
    assert "sex" in context.findings[0].message


@pytest.mark.parametrize("holes", [(), (0, 5)])
def test_residuals_are_rs_and_name_their_rows(
    holes: tuple[int, ...], context: Any, reference: Any, same: Any, covariates: Any, patients: Any
) -> None:
    complete = np.ones(48, dtype=np.bool_)
    complete[list(holes)] = False
    fit = cox(context.cohort.rows(complete).outcome, covariates[complete], ["age", "arm", "marker"])
    found, wanted = residuals_record(fit, complete), reference["cox"]["efron"]
    assert found.row == [k + 1 for k in range(48) if k not in holes]
    assert set(found.score) == set(found.dfbeta) == {"age", "arm", "marker"}
    assert list(found.schoenfeld) == ["time", "age", "arm", "marker"]
    assert np.sum(np.array(found.martingale, dtype=float)) == pytest.approx(0, abs=1e-9)
    if not holes:
        same(found.martingale, wanted["martingale"], 1e-8)
        same(found.deviance, wanted["deviance"], 1e-7)
        for j, name in enumerate(("age", "arm", "marker")):
            same(found.score[name], np.array(wanted["residual"])[:, j], 1e-6)
            same(found.dfbeta[name], np.array(wanted["dfbeta"])[:, j], 1e-6)


def test_a_coefficient_without_an_end_has_no_residuals_of_its_own(context: AnalysisContext) -> None:
    alive = (~context.cohort.outcome.observed).astype(float) * (np.arange(48) % 2)
    fit: CoxFit = cox(context.cohort.outcome, np.column_stack([np.arange(48.0) % 7, alive]), ["age", "alive"])
    found = residuals_record(replace(fit), np.ones(48, dtype=np.bool_))
    assert set(found.score) == {"age"}
