"""The plan: the same whatever activity the doses were computed for, and nothing is advised where nothing may be."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import CHOICES, HCC, absorbed, codes, findings, planned
from tests.planning.test_injection_options import course, voi

from yttria.planning.activity_planning import decided_option, imaged_facts, plan_of
from yttria.values.errors import Finding, PlanError
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Plan
from yttria.values.treatment import Administration
from yttria.values.units import Bq, Gram, Gy, Share


@settings(max_examples=20, deadline=None)
@given(st.floats(1e6, 1e11))
def test_the_plan_does_not_depend_on_the_activity_that_the_doses_were_computed_for(activity: float) -> None:
    one, other = planned(), planned(activity=activity)
    assert [o.activity_bq for o in one.options] == pytest.approx([o.activity_bq for o in other.options], rel=1e-6)
    assert one.recommended == other.recommended


# what is not advised


def test_lungs_that_forbid_every_aim_leave_nothing_advised() -> None:
    plan, found = plan_of(absorbed(shunt=0.6), facts=HCC, choices=CHOICES)
    assert not plan.advised
    assert "PDA misses its aim, TD 45 of 205 Gy: lung binds at 30 Gy" in plan.reason
    assert [f.level for f in found if f.code == "no-option"] == ["stop"]


def test_a_site_that_lets_the_lungs_have_more_is_told_what_the_trial_allowed() -> None:
    site = replace(CHOICES, limits_gy={"lung": Gy(60)})
    assert "not-eligible-lung-dose" in codes(findings(choices=site, shunt=0.5))


def test_a_digestive_shunt_leaves_nothing_advised() -> None:
    plan = planned(replace(HCC, digestive_shunt=True), shunt=0.02)
    assert not plan.advised
    assert "digestive shunt: yes" in plan.reason


def test_a_tumour_colder_than_its_liver_leaves_nothing_advised() -> None:
    assert not planned(ratio=0.5, shunt=0.02).advised


def test_a_standard_in_place_of_a_missed_pda_says_that_the_index_lesion_stays_below_its_aim() -> None:
    site = replace(CHOICES, limits_gy={"perfused": Gy(125)})
    plan, found = plan_of(absorbed(choices=site, ratio=1.5, shunt=0.0), facts=HCC, choices=site)
    assert (plan.recommended, plan.option("PDA").reached) == ("SDA", False)
    assert "; PDA misses its aim, TD " in plan.reason
    assert plan.reason.startswith("SDA reaches its aim")
    assert "; PDA" not in planned(shunt=0.02).reason
    (below,) = [f for f in found if f.code == "index-below-aim"]
    assert below.level == "warning"
    assert "below its aim of 205 Gy" in below.message


# doubts


def test_a_case_that_says_nothing_is_planned_by_the_strictest_and_told_what_to_give() -> None:
    plan, found = plan_of(absorbed(shunt=0.02), facts=ClinicalFacts(), choices=CHOICES)
    liver = next(c for c in plan.shown.checks if c.limit.volume == "WNLD")
    assert (liver.limit.limit_gy, liver.limit.state) == (Gy(50), "assumed")
    assert {"conditional", "aims-open", "no-aim-PDA"} <= codes(found)
    assert set(plan.conditional) >= {"disease", "scenario", "bilirubin_mg_dl", "child_pugh", "digestive_shunt"}
    assert f"conditional on {len(plan.conditional)} lines" in plan.reason


def test_a_full_case_is_not_conditional() -> None:
    plan, found = plan_of(absorbed(shunt=0.02), facts=HCC, choices=CHOICES)
    assert codes(found) == {"no-probabilities", "facts-not-given"}
    assert plan.conditional == ()
    assert "conditional" not in plan.reason


def test_a_lobectomy_that_spares_the_lobe_it_should_shrink_is_told() -> None:
    assert "hypertrophy-not-reached" in codes(findings(replace(HCC, scenario="lobectomy"), ratio=8.0, shunt=0.0))


def test_lungs_that_have_had_their_fill_leave_no_activity_and_a_stop() -> None:
    facts = replace(HCC, previous_lung_dose_gy=50.0, earlier_radioembolisation=True, earlier_normal_liver_dose_gy=0.0)
    plan, found = plan_of(absorbed(), facts=facts, choices=CHOICES)
    assert {float(option.activity_bq) for option in plan.options} == {0.0}
    assert not plan.advised
    assert "no-option" in codes(found)


# refusals


def test_a_case_without_any_aim_or_dose_is_refused() -> None:
    case = replace(absorbed(), doses_gy={"LD": Gy(1.0)})
    with pytest.raises(PlanError, match="no approach has both"):
        plan_of(case, facts=HCC, choices=CHOICES)


# several injections


def united_case(**how: Any) -> tuple[AbsorbedDose, Callable[[Mapping[str, Bq]], AbsorbedDose]]:
    """Return a course of a right and a left injection, and the doses of their activities together."""
    here = course(**how)
    drawn = {
        "perfused": slice(0, 10),
        "tumour": slice(0, 3),
        "normal-perfused": slice(3, 6),
        "normal-liver": slice(3, 6),
    }
    volumes = {**here.absorbed.volumes, **{role: voi(role, columns) for role, columns in drawn.items()}}
    mass = {role: Gram(one.ml * 1.05) for role, one in volumes.items()}
    absorbed = replace(here.absorbed, volumes=volumes, mass_g=mass)

    def united(activities: Mapping[str, Bq]) -> AbsorbedDose:
        doses = {
            name: Gy(sum(i.doses_gy[name] * activities[i.name] / 1e9 for i in here.injections))
            for name in absorbed.doses_gy
        }
        return replace(absorbed, activity_bq=Bq(sum(activities.values()) or 1.0), doses_gy=doses)

    return absorbed, united


def course_plan(choices: PlanningOptions = CHOICES, **how: Any) -> tuple[Plan, tuple[Finding, ...], dict[str, float]]:
    """Plan both lobes, and return the marks of the window in GBq beside."""
    absorbed, united = united_case(**how)
    facts = replace(HCC, scenario="bilobar")
    plan, found = plan_of(absorbed, facts=facts, choices=choices, united=united)
    assert plan.window is not None
    return plan, found, {m.at: m.activity_bq / 1e9 for m in plan.window.marks}


def test_a_plan_of_two_injections_has_the_marks_of_their_sum_in_the_shares_of_what_is_shown() -> None:
    """205 Gy to both lesions: 2.05 and 2.5625 GBq give 41 Gy of WNLD, 14.35 Gy of LD and 112.75 Gy of PLD."""
    plan, _, marks = course_plan()
    given = {name: bq / 1e9 for name, bq in plan.option("PDA").activities_bq.items()}
    assert given == pytest.approx({"right": 2.05, "left": 2.5625})
    assert {name: bq / 1e9 for name, bq in plan.option("SDA").activities_bq.items()} == pytest.approx(
        {"right": 2.0, "left": 2.4}
    )
    total = 4.6125
    assert marks["TD 205"] == pytest.approx(total)
    assert marks["limit:normal-liver"] == pytest.approx(total * 90 / 41)
    assert marks["limit:lung"] == pytest.approx(total * 30 / 14.35)
    assert marks["SDA"] == pytest.approx(total * 120 / 112.75)
    assert plan.clash == {}


def test_a_course_given_in_part_begins_there_and_counts_it_in_every_mark() -> None:
    """1 GBq on the right gave 10 Gy of WNLD and 2 Gy of LD; the left gives 8 and 4 Gy/GBq."""
    plan, found, marks = course_plan(right={"given": 1e9})
    assert plan.recommended == "SDA"
    assert marks["SDA"] == pytest.approx(1 + 2.4)
    assert marks["limit:lung"] == pytest.approx(1 + 28 / 4)
    assert marks["limit:normal-liver"] == pytest.approx(1 + 80 / 8)
    assert marks["label"] == pytest.approx(1 + 120 * 40 * 1.03e-3 / (49.67 * 0.95), rel=1e-4)
    assert plan.window is not None
    assert plan.window.activity_bq[0] == 1e9
    assert "target-not-reached" in codes(found)


def test_a_course_whose_limits_forbid_the_aim_says_what_would_have_to_give() -> None:
    """205 Gy in both lesions cost 41 Gy of the whole normal liver."""
    site = replace(CHOICES, limits_gy={"normal_liver": Gy(30)})
    plan, _, _ = course_plan(site)
    assert dict(plan.clash) == pytest.approx({"normal-liver": 11.0})


def test_what_was_given_beyond_a_limit_is_a_stop_of_the_course() -> None:
    absorbed, united = united_case(right={"given": 10e9})  # 100 Gy
    _, found = plan_of(absorbed, facts=replace(HCC, scenario="bilobar"), choices=CHOICES, united=united)
    (stop,) = [f for f in found if f.code == "limit-exceeded-normal-liver"]
    assert stop.level == "stop"
    assert stop.message.startswith("what was given brings WNLD to 100.0 Gy, above its limit of 90 Gy")


def test_an_injection_that_the_plan_leaves_out_is_told() -> None:
    """Its least activity would break the limit on the lungs."""
    absorbed, united = united_case(left={"least_bq": Bq(9e9)})
    _, found = plan_of(absorbed, facts=replace(HCC, scenario="bilobar"), choices=CHOICES, united=united)
    assert "injection-unused" in codes(found)


# the window of one injection


def window_marks(case: AbsorbedDose) -> dict[str, tuple[float, float]]:
    plan, _ = plan_of(case, facts=HCC, choices=CHOICES)
    assert plan.window is not None
    return {m.at: (m.activity_bq, m.probability) for m in plan.window.marks}


def test_the_window_marks_aims_standard_label_and_limits_where_they_are_met() -> None:
    case = absorbed(shunt=0.02)
    marks = window_marks(case)
    for at, name, gy in (
        ("TD 205", "TD", 205),
        ("TD 250", "TD", 250),
        ("TD 300", "TD", 300),
        ("SDA", "PLD", 120),
        ("limit:lung", "LD", 30),
        ("limit:normal-liver", "WNLD", 90),
    ):
        assert marks[at][0] == pytest.approx(gy / case.doses_gy[name] * 1e9), at
    assert marks["label"][0] / 1e9 == pytest.approx(
        120 * case.volumes["perfused"].ml * 1.03e-3 / (49.67 * 0.98), rel=1e-4
    )


def test_without_a_tumour_the_window_pursues_the_perfused_dose_and_not_the_standard() -> None:
    case = without_tumour(absorbed(shunt=0.02, relative={"PLD": {"activity": 0.1}}))
    assert window_marks(case)["PLD 150"][1] == pytest.approx(0.5, abs=0.01)


def without_tumour(case: AbsorbedDose) -> AbsorbedDose:
    doses = {name: dose for name, dose in case.doses_gy.items() if not name.startswith("TD")}
    doses |= {"NPLD": doses["PLD"], "WNLD": doses["WLD"]}
    volumes = {name: one for name, one in case.volumes.items() if not name.startswith("tumour")}
    return replace(case, doses_gy=doses, volumes=volumes, index="")


# what the images say


@pytest.mark.parametrize(("thrombus", "takes_up"), [(49.99, False), (50.0, False), (50.01, True), (None, False)])
def test_a_thrombus_takes_up_where_it_has_more_than_the_perfused_normal_liver(
    thrombus: float | None, takes_up: bool
) -> None:
    doses = {**absorbed().doses_gy, "NPLD": Gy(50)}
    doses |= {} if thrombus is None else {"thrombus": Gy(thrombus)}
    assert imaged_facts(replace(absorbed(), doses_gy=doses)).thrombus_takes_up is takes_up


@pytest.mark.parametrize(
    ("shunt", "method", "found"),
    [(0.0, "given", 0.0), (0.0, "absent", None), (0.1, "absent", 0.1), (0.05, "given", 0.05)],
)
def test_a_shunt_of_nothing_is_known_only_where_it_was_given_or_measured(
    shunt: float, method: Any, found: float | None
) -> None:
    case = absorbed(shunt=shunt)
    assert imaged_facts(replace(case, shunt=replace(case.shunt, method=method))).lung_shunt == found


def test_a_share_is_compared_to_nine_digits() -> None:
    assert imaged_facts(replace(absorbed(), reserve=Share(0.3 - 4e-10))).reserve == 0.3
    assert imaged_facts(replace(absorbed(), reserve=Share(0.3 - 6e-10))).reserve == 0.299999999


def test_an_option_below_the_least_of_an_injection_says_that_it_cannot_be_given_so() -> None:
    """PDA can give the left its least of 3 GBq within 43 Gy, but not the right its 2.5 besides."""
    site = replace(CHOICES, limits_gy={"normal_liver": Gy(43)})
    plan, found, _ = course_plan(site, left={"least_bq": Bq(3e9)}, right={"least_bq": Bq(2.5e9)})
    assert not plan.advised
    (refusal,) = [f.message for f in found if f.code == "no-option"]
    assert (
        "SDA cannot be given as it stands (PLD 108 of 120 Gy): a part of the lesion misses it, or an injection would be below its least"
        in refusal
    )
    assert [f.message for f in found if f.code == "injection-unused"] == [
        'injection "right" is left at 0 GBq: "seg 8" is then not treated'
    ]


def test_the_standard_in_place_of_pda_may_give_the_index_lesion_its_aim_where_another_target_holds_pda_down() -> None:
    """38.9 Gy of the normal liver leave both lesions 194.5 Gy, below 95 % of 205; SDA's 38.9 of 39.2 give the index 198.5."""
    plan, found, _ = course_plan(replace(CHOICES, limits_gy={"normal_liver": Gy(38.9)}))
    assert (plan.recommended, plan.option("PDA").reached) == ("SDA", False)
    (below,) = [f.message for f in found if f.code == "index-below-aim"]
    assert below == (
        "SDA in place of PDA: the index lesion gets 198 Gy although PDA, which raises the least of its targets first, misses its aim of 205 Gy; normal-liver binds at 38.9 Gy"
    )


def test_what_was_given_is_judged_by_the_limits_and_the_aims_whose_doses_are_there() -> None:
    case = absorbed(shunt=0.02)
    given = replace(CHOICES, given=Administration(Bq(3e9)))
    option, aims = decided_option(case, facts=HCC, choices=given)
    assert (option.approach, option.activity_bq) == ("given", 3e9)
    assert {c.limit.name for c in option.checks} == {"lung", "normal-liver"}
    assert [(a.volume, a.dose_gy) for a in aims] == [("TD", Gy(205)), ("PLD", Gy(120))]
    _, without = decided_option(without_tumour(case), facts=HCC, choices=given)
    assert [a.volume for a in without] == ["PLD"]


def test_an_activity_that_was_not_given_cannot_be_judged() -> None:
    with pytest.raises(PlanError, match=r"but \[given\] is absent; add it to case.toml"):
        decided_option(absorbed(), facts=HCC, choices=CHOICES)


def test_an_earlier_treatment_of_unsaid_dose_says_what_four_doses_would_leave() -> None:
    """75 Gy to the whole normal liver of a second treatment with glass, less 0, 20, 40 and 60 Gy."""
    case = absorbed(shunt=0.02)
    facts = replace(HCC, earlier_radioembolisation=True, earlier_product="glass", previous_lung_dose_gy=1.0)
    _, found = plan_of(case, facts=facts, choices=CHOICES)
    (stop,) = [f.message for f in found if f.code == "earlier-dose-missing"]
    for dose in (0, 20, 40, 60):
        assert f"{dose} Gy would leave {(75 - dose) / case.doses_gy['WNLD']:.2f} GBq (normal-liver)" in stop
