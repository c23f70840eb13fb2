"""Inverse-probability weights: R's glm, weights, coxph with robust errors, standardised differences."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.logistic import logistic
from yttria.evidence.regression.propensity import Estimand, balance_of, propensity_weights
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


def columns(effects: dict[str, Any]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    table = {k: np.array(v) for k, v in effects["table"].items()}
    x = np.column_stack([table["age"], table["pvt"], table["stage"] == "B", table["stage"] == "C"]).astype(float)
    return table, x


def test_coefficients_and_errors_are_those_of_glm(effects: dict[str, Any]) -> None:
    table, x = columns(effects)
    fit = logistic(x, table["treated"] == 1)
    assert fit.coef == pytest.approx(effects["logistic"]["coef"], rel=1e-9)
    assert np.sqrt(np.diag(fit.variance)) == pytest.approx(effects["logistic"]["se"], rel=1e-9)


@pytest.mark.parametrize(
    ("name", "estimand", "stabilised"),
    [("ATE", "ATE", True), ("plain", "ATE", False), ("ATT", "ATT", True), ("ATT", "ATT", False), ("ATO", "ATO", True)],
)
def test_weights_and_the_weighted_model_are_those_of_r(
    effects: dict[str, Any], name: str, estimand: Estimand, stabilised: bool
) -> None:
    table, x = columns(effects)
    expected, treated = effects["iptw"][name], table["treated"] == 1
    shown = {
        "age": table["age"].astype(float),
        "pvt": table["pvt"].astype(float),
        "stage_A": (table["stage"] == "A") * 1.0,
    }
    made = propensity_weights(x, treated, shown, estimand=estimand, stabilised=stabilised)
    assert made.effective_size(treated) == pytest.approx(expected["ess1"], rel=1e-9)
    assert made.effective_size(~treated) == pytest.approx(expected["ess0"], rel=1e-9)
    assert made.weight.max() == pytest.approx(expected["max_weight"], rel=1e-9)
    for key in shown:
        assert (made.balance[key].before, made.balance[key].after) == pytest.approx(expected[key], rel=1e-8, abs=1e-12)
    outcome = TimeToEvent(table["time"], table["event"] == 1, weight=made.weight)
    fit = cox(outcome, treated[:, None].astype(float), robust=True).coefficient(0)
    assert fit.coef == pytest.approx(expected["coef"], rel=1e-9)
    assert fit.robust_se == pytest.approx(expected["robust_se"], rel=1e-9)
    n = len(treated)
    assert fit.robust_se * np.sqrt(n / (n - 1)) == pytest.approx(expected["survey_se"], rel=1e-9)


def test_overlap_weights_balance_every_mean_exactly(effects: dict[str, Any]) -> None:
    table, x = columns(effects)
    made = propensity_weights(x, table["treated"] == 1, {str(j): x[:, j] for j in range(4)}, estimand="ATO")
    assert [b.after for b in made.balance.values()] == pytest.approx([0] * 4, abs=1e-9)


def test_weights_of_one_change_nothing(effects: dict[str, Any]) -> None:
    table, _ = columns(effects)
    age, treated = table["age"].astype(float), table["treated"] == 1
    same = balance_of(age, treated, np.ones(len(age)))
    assert same.before == pytest.approx(same.after, abs=1e-15)
    assert np.isnan(balance_of(np.ones(len(age)), treated, np.ones(len(age))).before)


def test_arms_that_covariates_separate_are_refused() -> None:
    x = np.arange(20.0)[:, None]
    with pytest.raises(EvidenceError, match="separate"):
        propensity_weights(x, x[:, 0] > 9, {})
    with pytest.raises(EvidenceError, match="two arms"):
        propensity_weights(x, np.ones(20, dtype=bool), {})
    with pytest.raises(EvidenceError, match="follows from"):
        logistic(np.column_stack([x, 2 * x]), np.arange(20) % 2 == 0)
