"""The verdict: three lines that say what is recommended, what limits it, what it wins and costs."""

from dataclasses import replace

import pytest

from yttria.report.plan.verdict import verdict
from yttria.values.patient import ClinicalFacts, Result
from yttria.values.plan import Option
from yttria.values.units import Gy


def test_three_lines_name_activity_limit_and_price(planned: Result) -> None:
    (_, give), (_, limited), (_, against), *_ = verdict(planned).lines
    assert give == "4.92\xa0GBq, personalised (PDA): index lesion 252\xa0Gy (217–287)"
    assert limited.startswith("Lungs, at most 30\xa0Gy")
    assert "the wished 300\xa0Gy would need 5.86\xa0GBq and bring 36\xa0Gy to the lungs" in limited
    assert against.startswith("+19\xa0% activity (4.12 → 4.92\xa0GBq): index lesion +41\xa0Gy (211 → 252)")


def test_an_unreached_aim_is_priced_as_the_aim(planned: Result) -> None:
    options = tuple(replace(o, reached=o.approach != "PDA") for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert "the aim of 205\xa0Gy would need" in limited


def test_where_nothing_is_advised_the_verdict_says_so_first(planned: Result) -> None:
    reason = "no treatment is recommended: no option reaches its aim within the limits"
    plan = replace(planned.plan, advised=False, reason=reason)
    lines = verdict(replace(planned, plan=plan)).lines
    assert lines[0][1] == "No activity is advised"
    assert lines[1][1] == "No option reaches its aim within the limits"
    assert lines[2][0] == "Nearest to its aim, not advised"
    assert not any("ecommended" in text for line in lines for text in line)


def test_every_limit_stands_with_its_value_and_the_facts_that_chose_the_rules_as_given_or_not(planned: Result) -> None:
    lines = dict(verdict(planned).lines)
    for check in planned.plan.shown.checks:
        assert f" of {check.limit.limit_gy:g}" in lines["Limits"]
    assert "Depends on" not in lines
    bare = replace(planned, patient_case=replace(planned.patient_case, facts=ClinicalFacts(child_pugh="B7")))
    words = dict(verdict(bare).lines)["Rules chosen by"]
    assert (
        words
        == "Disease not given; scenario not given; Child–Pugh B7; bilirubin not given; earlier treatments not given"
    )


def test_a_conditional_plan_counts_and_names_its_lines(planned: Result) -> None:
    plan = replace(planned.plan, conditional=("earlier_radioembolisation", "digestive_shunt"))
    lines = dict(verdict(replace(planned, plan=plan)).lines)
    assert lines["Depends on"] == "Conditional on 2 lines of case.toml: earlier_radioembolisation, digestive_shunt"


def reaching_the_wish(option: Option) -> Option:
    """Return an option that no limit binds and that brings the index lesion what is wished."""
    return replace(option, binding="", doses_gy={**option.doses_gy, "TD": Gy(300.0)})


def test_no_limit_is_counted_where_none_applies(planned: Result) -> None:
    options = tuple(replace(reaching_the_wish(o), checks=()) for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert limited.endswith("is reached and no limit applies")


def test_the_standard_is_not_compared_with_itself(planned: Result) -> None:
    lines = verdict(replace(planned, plan=replace(planned.plan, first="SDA"))).lines
    assert lines[2] == ("Against standard", "This is the standard activity")


@pytest.mark.parametrize(("gy", "reached"), [(299.69, False), (299.71, True), (300.0, True)])
def test_a_wish_is_said_to_be_reached_only_where_it_is(planned: Result, gy: float, reached: bool) -> None:
    why = "more than 250 Gy is sought, but not the wish of 300 Gy: beyond, lung would be kept with less than 90 %"
    options = tuple(
        replace(o, binding="", note=why, doses_gy={**o.doses_gy, "TD": Gy(gy)}) for o in planned.plan.options
    )
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert (limited == "M" + why[1:]) != reached
    assert ("is reached within" in limited) == reached


def test_without_a_reason_the_verdict_still_claims_no_wish_that_is_not_reached(planned: Result) -> None:
    options = tuple(replace(o, binding="", note="") for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert limited == "No limit, and the wish of 300\xa0Gy to the index lesion is not sought: it gets 252\xa0Gy"


def test_where_no_limit_binds_the_wish_decides(planned: Result) -> None:
    options = tuple(reaching_the_wish(o) for o in planned.plan.options)
    limited = verdict(replace(planned, plan=replace(planned.plan, options=options))).lines[1][1]
    assert limited == "No limit: the wish of 300\xa0Gy to the index lesion is reached within all three limits"


def test_resin_s_standard_is_the_body_surface_method_and_is_called_so(planned: Result) -> None:
    options = tuple(
        replace(o, approach="label", aim=None) if o.approach == "SDA" else o
        for o in planned.plan.options
        if o.approach != "label"
    )
    lines = dict(verdict(replace(planned, plan=replace(planned.plan, options=options))).lines)
    assert lines["Against standard"].startswith(
        "+19\xa0% activity against the body-surface method, which no dose stands behind (4.12 → 4.92"
    )
