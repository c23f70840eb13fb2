"""The plan: the same whatever activity the doses were computed for, and nothing is advised where nothing may be."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import CHOICES, HCC, absorbed, codes, findings, planned

from yttria.planning.activity_planning import plan_of
from yttria.values.errors import PlanError
from yttria.values.patient import ClinicalFacts
from yttria.values.units import Gy


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
