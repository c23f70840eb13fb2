"""Splines and weights of a protocol: R's numbers (parity/make_effects.R), what a finding says at its threshold, and null where none can be had."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.propensity import Balance, PropensityWeights
from yttria.evidence.study.effect_section import splines_of, weights_of
from yttria.values.protocol import Arms, SplineSpec, WeightsSpec

ARMS = Arms("treated", 1, 0)
SPEC = WeightsSpec(("age", "pvt", "stage"))


@pytest.mark.parametrize(
    ("key", "estimand", "stabilised"),
    [("ATE", "ATE", True), ("plain", "ATE", False), ("ATT", "ATT", True), ("ATO", "ATO", True)],
)
def test_a_weighted_comparison_has_rs_ratio_error_balance_and_sizes(
    key: str, estimand: Any, stabilised: bool, context_of: Any, effects: Any
) -> None:
    context = context_of(weights={"w": WeightsSpec(SPEC.covariates, estimand, stabilised)})
    found, wanted = weights_of(context, ARMS)["w"], effects["iptw"][key]
    assert found is not None
    term = found.model.terms["treated[1]"]
    assert (term.coef, term.robust_se) == pytest.approx((wanted["coef"], wanted["robust_se"]), rel=1e-8)
    assert found.ess == pytest.approx({"1": wanted["ess1"], "0": wanted["ess0"]}, rel=1e-8)
    assert (found.balance["age"].before, found.balance["age"].after) == pytest.approx(wanted["age"], rel=1e-7)
    assert (found.n, found.model.dropped) == (140, 0)


def test_the_greatest_weight_and_rows_without_a_covariate_are_stated(context_of: Any, effects: Any) -> None:
    """With one covariate of 0 and 1 the chance is the share of its level, and the ATE's weight the one over the other."""
    table = dict(effects["table"], pvt=["", "", *effects["table"]["pvt"][2:]])
    context = context_of(table, weights={"w": WeightsSpec(("pvt",), stabilised=False)})
    found = weights_of(context, ARMS)["w"]
    assert found is not None
    pvt, treated = np.array(table["pvt"][2:], dtype=float), np.array(table["treated"][2:])
    shares = [treated[pvt == level].mean() for level in (0, 1)]
    assert found.max_weight == pytest.approx(max(1 / s for share in shares for s in (share, 1 - share)), rel=1e-6)
    assert (found.n, found.model.dropped) == (138, 2)


@pytest.fixture
def stated(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, Any], None]:
    """Return a setter of what the weights are and leave: thresholds are met exactly."""

    def state(weight: Any, after: Any) -> None:
        balance = {name: Balance(0.5, value) for name, value in after.items()}

        def made(_x: Any, treated: Any, _levels: Any, **_how: Any) -> PropensityWeights:
            return PropensityWeights(np.full(len(treated), 0.5), np.resize(weight, len(treated)), treated, balance)

        monkeypatch.setattr("yttria.evidence.study.effect_section.propensity_weights", made)

    return state


@pytest.mark.parametrize(
    ("after", "told"), [(0.0999, False), (0.1, True), (0.1001, True), (-0.0999, False), (-0.1, True)]
)
def test_a_difference_that_weights_leave_is_told_from_a_tenth_on(
    after: float, told: bool, context_of: Any, stated: Callable[[Any, Any], None]
) -> None:
    stated([1.0], {"age": after, "pvt": 0.02})
    context = context_of(weights={"w": SPEC})
    weights_of(context, ARMS)
    assert [f.message for f in context.findings] == (
        [f"weights w leave standardised differences of 0.1 or more in age ({after:+.2f})"] if told else []
    )


@pytest.mark.parametrize(("heavy", "told"), [(5.99, False), (6.0, False), (6.01, True)])
def test_an_arm_that_keeps_less_than_half_of_its_information_is_told(
    heavy: float, told: bool, context_of: Any, effects: Any, stated: Callable[[Any, Any], None]
) -> None:
    """Ten patients, one of whom weighs 6: (9 + 6)^2 / (9 + 36) = 5, a half (Kish 1965)."""
    stated([heavy] + [1.0] * 19, {"age": 0.0})
    rows = {name: cells[:20] for name, cells in effects["table"].items()} | {"treated": [1] * 10 + [0] * 10}
    context = context_of(rows, weights={"w": SPEC})
    found = weights_of(context, ARMS)["w"]
    assert found is not None
    assert found.ess == pytest.approx({"1": (9 + heavy) ** 2 / (9 + heavy**2), "0": 10.0})
    few = [f.message for f in context.findings if f.code == "weights-few"]
    assert few == (["weights w leave arm 1 the information of 5.0 of its 10 patients"] if told else [])


def test_weights_and_case_weights_multiply(context_of: Any) -> None:
    context = context_of(weights={"w": SPEC})
    plain = weights_of(context, ARMS)["w"]
    outcome = context.cohort.outcome
    doubled = replace(outcome, weight=np.where(np.arange(140) % 2, 2.0, 1.0))
    again = weights_of(context.at("", context.cohort.with_outcome(doubled)), ARMS)["w"]
    assert plain is not None
    assert again is not None
    assert again.model.terms["treated[1]"].coef != pytest.approx(plain.model.terms["treated[1]"].coef, rel=1e-3)
    assert again.max_weight == pytest.approx(plain.max_weight)


def test_arms_that_a_covariate_separates_have_no_weights_and_a_finding_says_why(context_of: Any, effects: Any) -> None:
    table = dict(effects["table"], site=effects["table"]["treated"])
    context = context_of(table, weights={"w": WeightsSpec(("site",))})
    assert weights_of(context, ARMS) == {"w": None}
    assert [(f.code, f.level) for f in context.findings] == [("weights-impossible", "warning")]
    assert context.findings[0].message.startswith("weights w could not be had: ")


@pytest.mark.parametrize("key", ["three", "four", "five", "six", "seven"])
def test_a_spline_has_rs_knots_curve_and_tests(key: str, context_of: Any, effects: Any) -> None:
    wanted = effects["spline"][key]
    knots = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}[key]
    rows = {name: cells[:80] for name, cells in effects["table"].items()} if knots == 3 else effects["table"]
    context = context_of(rows, splines={"dose": SplineSpec("dose", knots, adjust=("pvt",) if knots == 5 else ())})
    found = splines_of(context)["dose"]
    assert found.knots == pytest.approx(wanted["knots"])
    assert (found.tests.overall.chi2, found.tests.nonlinear.chi2) == pytest.approx(
        (wanted["overall"], wanted["nonlinear"]), rel=1e-6
    )
    assert (found.tests.overall.df, found.tests.nonlinear.df) == (knots - 1, knots - 2)
    assert found.n == len(rows["dose"])
    for column, theirs in ((found.hr, "hr"), (found.low, "low"), (found.high, "high")):
        ours = np.interp(wanted["at"], found.x, np.log(np.array(column, dtype=float)))
        assert np.exp(ours) == pytest.approx(wanted[theirs], rel=2e-3)
    assert context.findings == []


def test_the_ratio_is_one_at_the_reference_and_knots_stand_where_they_are_stated(context_of: Any) -> None:
    context = context_of(splines={"dose": SplineSpec("dose", at=(120.0, 180.0, 260.0), reference=205.0)})
    found = splines_of(context)["dose"]
    assert (found.reference, found.knots) == (205.0, [120.0, 180.0, 260.0])
    assert np.interp(205.0, found.x, np.array(found.hr, dtype=float)) == pytest.approx(1.0, abs=1e-3)


def test_a_reference_outside_the_values_is_told_and_one_at_their_end_is_not(context_of: Any, effects: Any) -> None:
    low, high = float(min(effects["table"]["dose"])), float(max(effects["table"]["dose"]))
    for reference, told in ((low - 0.1, 1), (low, 0), (high, 0), (high + 0.1, 1)):
        context = context_of(splines={"dose": SplineSpec("dose", reference=reference)})
        splines_of(context)
        assert len(context.findings) == told, reference
        assert all("lies outside the values of its rows" in f.message for f in context.findings)


def test_rows_without_value_or_covariate_are_left_out_of_a_spline(context_of: Any, effects: Any) -> None:
    table = effects["table"]
    holed = dict(table, dose=["", *table["dose"][1:]], stage=[*table["stage"][:-1], ""])
    found = splines_of(context_of(holed, splines={"dose": SplineSpec("dose", adjust=("stage",))}))["dose"]
    assert found.n == 138


def test_a_spline_of_a_constant_is_empty_and_a_finding_says_why(context_of: Any, effects: Any) -> None:
    context = context_of(dict(effects["table"], dose=[100] * 140), splines={"dose": SplineSpec("dose")})
    found = splines_of(context)["dose"]
    assert (found.knots, found.x, found.hr, found.reference) == ([], [], [], None)
    assert found.tests.overall.chi2 is None
    assert [f.code for f in context.findings] == ["spline-impossible"]
