"""Dose-response curves of a protocol: R's glm (parity/make_reference.R), what is left out and counted, and null where nothing can be fitted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.study.dose_response_section import STEPS, responses_of
from yttria.values.protocol import ResponseSpec


def rows(reference: Any, **more: list[Any]) -> dict[str, list[Any]]:
    response = reference["response"]
    n = len(response["dose"])
    return {"td": response["dose"], "y": response["y"], "time": [5] * n, "event": [1] * n, **more}


@pytest.mark.parametrize(
    ("key", "link", "scale"), [("logit", "logit", "dose"), ("probit", "probit", "dose"), ("log_logit", "logit", "log")]
)
def test_a_curve_has_rs_line_deviances_test_and_doses(
    key: str, link: Any, scale: Any, context_of: Any, reference: Any
) -> None:
    wanted = reference["response"][key]
    spec = ResponseSpec("td", "y", link=link, scale=scale)
    found = responses_of(context_of(rows(reference), arms=False, dose_response={"TD": spec}))["TD"]
    assert (found.n, found.dropped, found.responses) == (14, 0, 7)
    fit = found.fit
    assert fit is not None
    assert (fit.link, fit.scale) == (link, scale)
    assert (fit.coef.intercept, fit.coef.slope) == pytest.approx(wanted["coef"], rel=1e-8)
    assert (fit.se.intercept, fit.se.slope) == pytest.approx(
        (wanted["variance"][0][0] ** 0.5, wanted["variance"][1][1] ** 0.5), rel=1e-7
    )
    deviance, null = wanted["deviance"][0], wanted["null"][0]
    assert (fit.deviance, fit.null_deviance, fit.aic) == pytest.approx((deviance, null, deviance + 4), rel=1e-9)
    assert fit.test.chi2 == pytest.approx(null - deviance, rel=1e-7)
    assert fit.test.df == 1
    assert [(n.share, n.dose) for n in fit.needed] == [
        (0.5, None),
        (0.8, None),
    ]  # a slope that is not shown bounds no dose


@pytest.mark.parametrize(
    ("key", "share", "link", "scale"),
    [
        ("logit50", 0.5, "logit", "dose"),
        ("logit80", 0.8, "logit", "dose"),
        ("probit50", 0.5, "probit", "dose"),
        ("log50", 0.5, "logit", "log"),
    ],
)
def test_the_dose_that_a_share_needs_has_rs_limits(
    key: str, share: float, link: Any, scale: Any, context_of: Any, kinds: Any
) -> None:
    table = {"td": kinds["dose"]["td"], "y": kinds["dose"]["hit"], "time": [5] * 70, "event": [1] * 70}
    spec = ResponseSpec("td", "y", link=link, scale=scale, shares=(share,))
    fit = responses_of(context_of(table, arms=False, dose_response={"TD": spec}))["TD"].fit
    wanted = kinds["response"][key]
    assert fit is not None
    (found,) = fit.needed
    assert found.share == share
    assert found.dose == pytest.approx(wanted["dose"], rel=1e-7)
    assert (found.low, found.high) == pytest.approx((wanted["low"], wanted["high"]), rel=1e-4)
    if scale == "dose":
        assert found.se == pytest.approx(kinds["response"]["se"][link][0 if share == 0.5 else 1], rel=1e-6)


def test_the_p_of_the_slope_is_the_upper_tail_of_one_degree_of_freedom(context_of: Any, reference: Any) -> None:
    """R: pchisq(19.4081210556785 - 16.8684430038896, 1, lower.tail = FALSE) = 0.1110136."""
    context = context_of(rows(reference), arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    fit = responses_of(context)["TD"].fit
    assert fit is not None
    assert fit.test.p == pytest.approx(0.1110136, rel=1e-4)


def test_the_curve_runs_from_the_least_dose_to_the_greatest_in_fifty_steps(context_of: Any, reference: Any) -> None:
    context = context_of(rows(reference), arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    fit = responses_of(context)["TD"].fit
    assert fit is not None
    assert (len(fit.curve.dose), STEPS, fit.curve.dose[0], fit.curve.dose[-1]) == (50, 50, 40.0, 400.0)
    a, b = reference["response"]["logit"]["coef"]
    assert fit.curve.share == pytest.approx(1 / (1 + np.exp(-(a + b * np.array(fit.curve.dose)))), rel=1e-7)
    assert all(
        low < share < high for low, share, high in zip(fit.curve.low, fit.curve.share, fit.curve.high, strict=True)
    )


def test_data_are_told_at_each_dose_with_how_many_responded(context_of: Any) -> None:
    table = {"td": [50, 50, 100, 100, 100], "y": [0, 1, 1, 1, 0], "time": [5] * 5, "event": [1] * 5}
    found = responses_of(context_of(table, arms=False, dose_response={"TD": ResponseSpec("td", "y")}))["TD"]
    assert (found.data.dose, found.data.n, found.data.responses) == ([50, 100], [2, 3], [1, 2])


def test_the_area_and_the_best_threshold_are_those_of_the_pairs(context_of: Any, reference: Any) -> None:
    table = rows(reference)
    found = responses_of(context_of(table, arms=False, dose_response={"TD": ResponseSpec("td", "y")}))["TD"].roc
    dose, hit = np.array(table["td"]), np.array(table["y"]) == 1
    pairs = np.sign(dose[hit][:, None] - dose[~hit])
    assert found is not None
    assert found.auc == pytest.approx((pairs.mean() + 1) / 2)
    youden = {at: (dose[hit] >= at).mean() + (dose[~hit] < at).mean() - 1 for at in dose}
    assert found.youden == pytest.approx(max(youden.values()))
    assert len(found.threshold) == len(found.sensitivity) == len(found.specificity)


def test_rows_without_dose_or_response_are_left_out_and_counted_and_words_may_be_responses(context_of: Any) -> None:
    table = {
        "td": [50, "", 100, 150, 200, 250], "y": ["PD", "CR", "CR", "", "PD", "PR"], "time": [5] * 6, "event": [1] * 6,
    }  # fmt: skip
    spec = ResponseSpec("td", "y", response_is=("CR", "PR"))
    found = responses_of(context_of(table, arms=False, dose_response={"TD": spec}))["TD"]
    assert (found.n, found.dropped, found.responses) == (4, 2, 2)
    assert found.data.dose == [50, 100, 200, 250]


def test_without_a_row_that_has_both_nothing_is_fitted_and_a_finding_says_so(context_of: Any) -> None:
    table: dict[str, list[Any]] = {"td": ["", 90], "y": [1, ""], "time": [5, 6], "event": [1, 0]}
    context = context_of(table, arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    found = responses_of(context)["TD"]
    assert (found.n, found.dropped, found.responses, found.fit, found.roc) == (0, 2, 0, None, None)
    assert [(f.code, f.message) for f in context.findings] == [
        ("response-impossible", "dose-response TD: no row has both td and y")
    ]


def test_where_everybody_responds_there_is_no_curve_and_the_data_are_kept(context_of: Any, reference: Any) -> None:
    context = context_of(rows(reference, y=[1] * 14), arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    found = responses_of(context)["TD"]
    assert (found.fit, found.roc, found.responses, sum(found.data.n)) == (None, None, 14, 14)
    (told,) = [f for f in context.findings if f.code == "response-impossible"]
    assert told.message.startswith("dose-response TD could not be fitted: ")


def test_findings_of_a_curve_name_it(context_of: Any, reference: Any) -> None:
    falling = [1 - y for y in reference["response"]["y"]]
    context = context_of(rows(reference, y=falling), arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    responses_of(context)
    assert context.findings
    assert all(f.message.startswith("dose-response TD: ") for f in context.findings)


def test_intervals_of_one_patient_count_once(context_of: Any, reference: Any) -> None:
    context = context_of(rows(reference), arms=False, dose_response={"TD": ResponseSpec("td", "y")})
    outcome = replace(
        context.cohort.outcome,
        time=np.array([5.0, 9.0] * 7), entry=np.array([0.0, 5.0] * 7), patient=np.repeat(np.arange(7), 2),
        observed=np.array([False, True] * 7),
    )  # fmt: skip
    found = responses_of(context.at("", context.cohort.with_outcome(outcome)))["TD"]
    assert (found.n, found.dropped) == (7, 0)
    assert found.data.dose == sorted(reference["response"]["dose"][::2])
