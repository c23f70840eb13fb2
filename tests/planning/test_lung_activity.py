"""What the lungs bear: the label's 0.61 GBq of glass, and the shunt up to which a plan holds where none is known."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import absorbed
from tests.planning.test_recommendation import FIT

from yttria.planning.activity_planning import plan_of
from yttria.planning.lung_activity import LABEL_GBQ, audit_lung_activity
from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Plan, Scenario
from yttria.values.product import Product
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Gy, Share
from yttria.values.uptake import LungConventions


def options(product: str) -> PlanningOptions:
    sphere = Product.named(product)
    return PlanningOptions(sphere, sphere.nuclide)


def with_lungs(case: AbsorbedDose, *shunts: float, stated: str = "") -> AbsorbedDose:
    """Return the case with these shunts found on 1 kg, the first judged."""
    pairs = {f"way{n}": LungShunt(Share(f), "spect", Gram(1000.0), "CT") for n, f in enumerate(shunts)}
    return replace(case, lungs=LungConventions(pairs, "way0", Gram(1000.0), statement=stated))


def without_shunt(case: AbsorbedDose, mass_g: float = 1000.0) -> AbsorbedDose:
    pair = LungShunt(Share(0.0), "absent", Gram(mass_g), "default")
    doses = {**case.doses_gy, "LD": Gy(0.0)}
    return replace(
        case,
        shunt=pair,
        doses_gy=doses,
        lungs=LungConventions({"absent-default": pair}, "absent-default", Gram(mass_g)),
    )


def planned(
    case: AbsorbedDose, product: str = "glass", facts: ClinicalFacts = FIT
) -> tuple[Plan, tuple[Finding, ...], tuple[Finding, ...]]:
    choices = options(product)
    plan, found = plan_of(case, facts=facts, choices=choices)
    return plan, found, audit_lung_activity(case, plan, choices)


def giving(gbq: float) -> tuple[AbsorbedDose, Plan]:
    case = absorbed(choices=options("glass"), shunt=0.05)
    plan, _ = plan_of(case, facts=FIT, choices=options("glass"))
    shown = replace(plan.shown, activity_bq=Bq(gbq * 1e9))
    return case, replace(plan, options=tuple(shown if o is plan.shown else o for o in plan.options))


# ---- the label


def test_the_label_of_glass_has_0_61_gbq() -> None:
    assert LABEL_GBQ == 0.61
    assert round(LABEL_GBQ * 1000 / 37, 1) == 16.5  # mCi, as the label has it


@pytest.mark.parametrize(("gbq", "warned"), [(6.09, False), (6.1, False), (6.11, True)])
def test_more_than_0_61_gbq_of_glass_in_the_lungs_is_a_warning(gbq: float, warned: bool) -> None:
    case, plan = giving(gbq)
    found = audit_lung_activity(with_lungs(case, 0.1), plan, options("glass"))
    assert [f.code for f in found] == (["lung-activity"] if warned else [])
    if warned:
        assert found[0].level == "warning"
        assert found[0].values["lung_activity_gbq"] == pytest.approx(gbq / 10)


@pytest.mark.parametrize("product", ["resin", "holmium"])
def test_the_label_of_glass_is_no_other_products(product: str) -> None:
    case, plan = giving(50)
    assert audit_lung_activity(with_lungs(case, 0.2), plan, options(product)) == ()


@pytest.mark.parametrize(("stated", "warned"), [("", True), ("given", False)])
def test_the_largest_shunt_found_counts_unless_the_case_states_one(stated: str, warned: bool) -> None:
    case, plan = giving(6.0)
    found = audit_lung_activity(with_lungs(case, 0.05, 0.2, stated=stated), plan, options("glass"))
    assert bool(found) == warned


@settings(max_examples=20, deadline=None)
@given(st.floats(0.1, 20), st.floats(0.0, 0.5))
def test_the_label_judges_activity_times_shunt_whatever_the_lungs_weigh(gbq: float, shunt: float) -> None:
    case, plan = giving(gbq)
    found = audit_lung_activity(with_lungs(case, shunt), plan, options("glass"))
    assert bool(found) == (gbq * shunt > 0.61 * (1 + 1e-9))


# ---- no shunt known


@pytest.mark.parametrize("product", ["glass", "resin", "holmium"])
@pytest.mark.parametrize("scenario", ["segmentectomy", "lobectomy", "unilobar", "bilobar", None])
@pytest.mark.parametrize("disease", ["HCC", "ICC", "mCRC", None])
def test_without_a_shunt_the_lung_limit_is_assumed_and_the_plan_conditional(
    product: str, scenario: Scenario | None, disease: str | None
) -> None:
    facts = replace(FIT, scenario=scenario, disease=disease)
    case = absorbed(choices=options(product), columns=6, shunt=0.0)
    plan, found, lungs = planned(without_shunt(case), product, facts)
    limits = [c.limit for c in plan.shown.checks if c.limit.volume == "LD"]
    assert limits
    assert {(x.state, x.missing[-1]) for x in limits} == {("assumed", "[shunt] fraction")}
    assert "[shunt] fraction" in plan.conditional
    assert "lungs not known of" in plan.reason
    assert "lungs 0.0 of" not in plan.reason
    pasted = next(f.message for f in found if f.code == "conditional")
    assert "[shunt]\nfraction = # 0 to 1" in pasted
    assert [f.code for f in lungs] == ["shunt-allowed"]
    known, _, of_known = planned(case, product, facts)
    assert "[shunt] fraction" not in known.conditional
    assert of_known == ()


@settings(max_examples=15, deadline=None)
@given(st.floats(500, 2000), st.floats(1, 29))
def test_the_shunt_up_to_which_a_plan_holds_brings_the_lungs_to_their_limit(mass_g: float, before: float) -> None:
    case = without_shunt(absorbed(choices=options("glass"), shunt=0.0), mass_g)
    facts = replace(FIT, previous_lung_dose_gy=before, earlier_radioembolisation=True, earlier_normal_liver_dose_gy=0.0)
    plan, _, lungs = planned(case, facts=facts)
    shunt = float(str(lungs[0].values["shunt_fraction"]))
    dose = options("glass").nuclide.mean_dose(Bq(plan.shown.activity_bq * shunt), Gram(mass_g))
    assert dose == pytest.approx(min(30.0, 50.0 - before), rel=1e-6)  # 30 Gy a session, 50 Gy over all


def test_a_limit_that_is_used_up_leaves_no_shunt_at_all() -> None:
    facts = replace(FIT, previous_lung_dose_gy=50.0, earlier_radioembolisation=True, earlier_normal_liver_dose_gy=0.0)
    _, _, lungs = planned(without_shunt(absorbed(choices=options("glass"), shunt=0.0)), facts=facts)
    assert lungs[0].values["shunt_fraction"] == 0


def test_resin_without_a_shunt_leaves_its_contraindication_open() -> None:
    case = without_shunt(absorbed(choices=options("resin"), columns=6, shunt=0.0))
    plan, _, _ = planned(case, "resin")
    judged = {c.name: c.judgement for c in plan.contraindications if "shunt" in c.name and "digestive" not in c.name}
    assert judged
    assert set(judged.values()) == {"open"}


def test_each_finding_says_activity_shunt_and_mass() -> None:
    case, plan = giving(8.0)
    (label,) = audit_lung_activity(with_lungs(case, 0.1), plan, options("glass"))
    assert label.message == (
        "PDA would bring 0.80 GBq to the lungs (shunt 10.0%), above the 0.61 GBq (16.5 mCi) of the label of the glass microspheres, whatever the lungs' mass"
    )
    _, plan = giving(6.0)
    (allowed,) = audit_lung_activity(without_shunt(case, 900.0), plan, options("glass"))
    share = 30 * 0.9 / (49.67 * 6)  # 30 Gy to 0.9 kg
    assert allowed.message.startswith(
        f"no lung shunt is known: PDA with 6.00 GBq keeps the lungs within their limit up to a shunt of {100 * share:.1f} % only (0.90 kg)"
    )
    assert allowed.values["shunt_fraction"] == pytest.approx(share, rel=1e-4)
    assert allowed.values["activity_gbq"] == 6.0


@pytest.mark.parametrize(("gbq", "share"), [(0.2, 1.0), (1.0, 30 / 49.67)])
def test_all_of_a_small_activity_may_go_to_the_lungs(gbq: float, share: float) -> None:
    case, plan = giving(gbq)
    (allowed,) = audit_lung_activity(without_shunt(case), plan, options("glass"))
    assert allowed.values["shunt_fraction"] == pytest.approx(share, rel=1e-4)


def test_a_plan_without_activity_or_without_a_limit_on_the_lungs_allows_no_shunt() -> None:
    case, plan = giving(0.0)
    assert audit_lung_activity(without_shunt(case), plan, options("glass")) == ()
    _, plan = giving(2.0)
    bare = replace(plan.shown, checks=tuple(c for c in plan.shown.checks if c.limit.volume != "LD"))
    plan = replace(plan, options=tuple(bare if o is plan.shown else o for o in plan.options))
    assert audit_lung_activity(without_shunt(case), plan, options("glass")) == ()
