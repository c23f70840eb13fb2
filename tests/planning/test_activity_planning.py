"""The solver: what binds holds with equality, everything scales, every option's doses are its own."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.planning.activity_planning import plan_of
from yttria.planning.compartment_models import Compartments, administered_for
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding, PlanError
from yttria.values.grid import Grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import Administration, LungShunt, Option, Plan
from yttria.values.units import Bq, Gram, Gy, Share

GRID = Grid.aligned((10, 20, 20), spacing_zyx_mm=(8, 8, 8), origin_lps_mm=(0, 0, 0))
DENSITY = 1.03
HCC = ClinicalFacts(
    disease="HCC",
    scenario="unilobar",
    bilirubin_mg_dl=0.8,
    child_pugh="A5",
    earlier_radioembolisation=False,
    main_portal_vein_invasion=False,
    digestive_shunt=False,
)
GLASS = Product.named("glass")
CHOICES = PlanningOptions(GLASS, GLASS.nuclide)


def voi(role: str, rows: slice, columns: slice, slices: slice = slice(None)) -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[slices, rows, columns] = 1
    return Voi(role, role, GRID, share)


def minus(a: Voi, b: Voi, role: str) -> Voi:
    return Voi(role, role, GRID, np.clip(a.share - b.share, 0, 1))


def absorbed(
    *,
    ratio: float = 4.0,
    shunt: float = 0.05,
    columns: int = 12,
    choices: PlanningOptions = CHOICES,
    activity: float = 1e9,
    relative: Mapping[str, Mapping[str, float]] | None = None,
) -> AbsorbedDose:
    """A liver of blocks: `columns` of 20 are perfused, a tumour of 10 x 8 x 4 voxels lies in them, T/N is `ratio`."""
    volumes = {
        "liver": voi("liver", slice(None), slice(None)),
        "perfused": voi("perfused", slice(None), slice(0, columns)),
        "tumour": voi("tumour", slice(4, 12), slice(2, 6)),
    }
    volumes["tumour-1"] = replace(volumes["tumour"], role="tumour-1")
    volumes["normal-perfused"] = minus(volumes["perfused"], volumes["tumour"], "normal-perfused")
    volumes["normal-liver"] = minus(volumes["liver"], volumes["tumour"], "normal-liver")
    density = DensityMap(GRID, np.full(GRID.shape_zyx, DENSITY, np.float32))
    mass = {role: v.mass(density) for role, v in volumes.items()}
    k = choices.nuclide.joule_per_bq * 1000
    normal = k * activity * (1 - shunt) / (mass["normal-perfused"] + ratio * mass["tumour"])
    dose = DoseMap(GRID, (volumes["normal-perfused"].share + ratio * volumes["tumour"].share) * np.float32(normal))
    dvh = {role: Dvh.of(dose, v) for role, v in volumes.items()}
    doses = {
        "TD": ratio * normal,
        "TD_all": ratio * normal,
        "TD_1": ratio * normal,
        "NPLD": normal,
        "PLD": k * activity * (1 - shunt) / mass["perfused"],
        "WNLD": normal * mass["normal-perfused"] / mass["normal-liver"],
        "WLD": k * activity * (1 - shunt) / mass["liver"],
        "LD": k * activity * shunt / 1000.0,
    }
    return AbsorbedDose(
        dose=dose,
        density=density,
        activity_bq=Bq(activity),
        volumes=volumes,
        mass_g=mass,
        doses_gy={n: Gy(d) for n, d in doses.items()},
        dvh=dvh,
        shunt=LungShunt(Share(shunt), "given", Gram(1000), "default 1000 g"),
        reserve=Share(1 - columns / 20),
        index="tumour-1",
        relative_uncertainty=relative or {},
    )


def planned(facts: ClinicalFacts = HCC, choices: PlanningOptions = CHOICES, **how: Any) -> Plan:
    return plan_of(absorbed(choices=choices, **how), facts=facts, choices=choices)[0]


def codes(found: tuple[Finding, ...]) -> set[str]:
    return {f.code for f in found}


def findings(facts: ClinicalFacts = HCC, choices: PlanningOptions = CHOICES, **how: Any) -> tuple[Finding, ...]:
    return plan_of(absorbed(choices=choices, **how), facts=facts, choices=choices)[1]


def holding(option: Option) -> float:
    return next(c.value_gy / c.limit.limit_gy for c in option.checks if c.limit.name == option.binding)


ratios = st.floats(0.3, 20)
shunts = st.floats(0.0, 0.6)
perfused = st.integers(7, 20)


# laws


@settings(max_examples=40, deadline=None)
@given(ratios, shunts, perfused)
def test_no_option_exceeds_a_limit_and_what_binds_is_met_with_equality(r: float, shunt: float, columns: int) -> None:
    for option in planned(ratio=r, shunt=shunt, columns=columns).options:
        assert all(check.holds for check in option.checks)
        if option.binding:
            assert holding(option) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(ratios, shunts, perfused)
def test_an_option_that_nothing_binds_gives_exactly_what_it_wants(r: float, shunt: float, columns: int) -> None:
    for option in planned(ratio=r, shunt=shunt, columns=columns).options:
        if option.approach in {"SDA", "PDA", "PDA-PLD"} and not option.binding:
            assert option.aim is not None
            least, most = option.aim.sought_gy or option.aim.dose_gy, option.aim.wished_gy or option.aim.dose_gy
            assert least * (1 - 1e-9) <= option.doses_gy[option.aim.volume] <= most * (1 + 1e-9)
            assert option.reached
            assert option.wished_activity_bq is None


@settings(max_examples=20, deadline=None)
@given(st.floats(1e6, 1e11))
def test_the_plan_does_not_depend_on_the_activity_that_the_doses_were_computed_for(activity: float) -> None:
    one, other = planned(), planned(activity=activity)
    assert [o.activity_bq for o in one.options] == pytest.approx([o.activity_bq for o in other.options], rel=1e-6)
    assert one.recommended == other.recommended


@settings(max_examples=20, deadline=None)
@given(ratios, shunts)
def test_doses_of_an_option_keep_the_identities_of_the_volumes(r: float, shunt: float) -> None:
    case = absorbed(ratio=r, shunt=shunt)
    mass = case.mass_g
    for option in plan_of(case, facts=HCC, choices=CHOICES)[0].options:
        d = option.doses_gy
        assert d["PLD"] * mass["perfused"] == pytest.approx(
            d["TD"] * mass["tumour"] + d["NPLD"] * mass["normal-perfused"]
        )
        assert d["WNLD"] == pytest.approx(d["NPLD"] * mass["normal-perfused"] / (mass["liver"] - mass["tumour"]))
        assert d["TD"] / d["NPLD"] == pytest.approx(r)
        assert option.dvh["perfused"].mean == pytest.approx(d["PLD"], rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(st.floats(0.001, 0.5), st.floats(1.01, 1.9))
def test_a_larger_shunt_never_allows_more_activity_under_the_lung_limit(shunt: float, more: float) -> None:
    less, extra = planned(shunt=shunt).option("PDA"), planned(shunt=shunt * more).option("PDA")
    if less.binding == extra.binding == "lung":
        assert extra.activity_bq < less.activity_bq


def test_what_a_limit_forbids_is_shown_with_its_cost() -> None:
    pda = planned(shunt=0.3).option("PDA")
    assert pda.binding == "lung"
    assert not pda.reached
    assert pda.aim is not None
    assert pda.wished_activity_bq is not None
    assert pda.wished_doses_gy["TD"] == pytest.approx(205)
    assert pda.wished_doses_gy["LD"] == pytest.approx(30 * pda.wished_activity_bq / pda.activity_bq)


def test_a_wish_that_a_limit_forbids_still_lets_the_aim_be_reached() -> None:
    site = replace(CHOICES, limits_gy={"normal_perfused": Gy(56)}, limit_sources={"normal_perfused": "our board, 2026"})
    pda = planned(choices=site).option("PDA")
    assert (pda.binding, pda.reached) == ("normal-perfused", True)
    assert pda.doses_gy["TD"] == pytest.approx(224)
    assert pda.wished_doses_gy["TD"] == pytest.approx(250)


# known answers


def test_each_approach_reaches_its_own_volume() -> None:
    plan = planned(shunt=0.02)
    assert plan.option("PDA").doses_gy["TD"] == pytest.approx(300)
    assert plan.option("SDA").doses_gy["PLD"] == pytest.approx(120)
    assert plan.recommended == "PDA"
    assert plan.advised
    assert "SDA would give the index lesion" in plan.reason


def test_the_label_is_its_formula_by_hand() -> None:
    case = absorbed(shunt=0.02)
    label = plan_of(case, facts=HCC, choices=CHOICES)[0].option("label")
    by_hand = 120 * case.volumes["perfused"].ml * 1.03e-3 / (49.67 * 0.98)
    assert label.activity_bq / 1e9 == pytest.approx(by_hand)
    assert "1.03 g/mL" in label.note


def test_a_label_without_perfused_volume_is_left_out_and_told() -> None:
    case = absorbed(shunt=0.02)
    bare = replace(case, volumes={role: v for role, v in case.volumes.items() if role != "perfused"})
    _, found = plan_of(bare, facts=HCC, choices=CHOICES)
    assert {"option-absent-label", "option-absent-partition"} <= codes(found)


def test_a_perfused_volume_without_tumour_has_no_partition() -> None:
    case = absorbed(shunt=0.02)
    volumes = {**case.volumes, "normal-perfused": replace(case.volumes["perfused"], role="normal-perfused")}
    mass = {**case.mass_g, "normal-perfused": case.mass_g["perfused"]}
    _, found = plan_of(replace(case, volumes=volumes, mass_g=mass), facts=HCC, choices=CHOICES)
    assert "option-absent-partition" in codes(found)


def test_an_option_whose_volume_took_up_nothing_is_left_out_and_told() -> None:
    case = absorbed(shunt=0.02)
    plan, found = plan_of(replace(case, doses_gy={**case.doses_gy, "TD": Gy(0)}), facts=HCC, choices=CHOICES)
    assert "option-absent-PDA" in codes(found)
    assert "PDA" not in {o.approach for o in plan.options}


def test_partition_of_uniform_compartments_is_the_voxel_model() -> None:
    case = absorbed(shunt=0.02, ratio=5)
    partition = plan_of(case, facts=HCC, choices=CHOICES)[0].option("partition")
    model = Compartments(case.mass_g["normal-perfused"], (case.mass_g["tumour"],), (5.0,))
    wanted = administered_for(model.lodging_for_lesion(Gy(300), GLASS.nuclide), Share(0.02))
    assert partition.activity_bq == pytest.approx(wanted, rel=1e-6)
    assert partition.doses_gy["TD"] == pytest.approx(300, rel=1e-5)


def test_a_partition_has_the_masses_of_its_volumes_at_the_products_density_whatever_the_ct_says() -> None:
    case = absorbed(shunt=0.02, ratio=5)
    heavier = {**case.mass_g, "normal-perfused": Gram(case.mass_g["normal-perfused"] * 1.04)}
    heavier["perfused"] = Gram(heavier["normal-perfused"] + case.mass_g["tumour"])
    normal_g, tumour_g = (case.volumes[role].ml * 1.03 for role in ("normal-perfused", "tumour"))
    per_gram = 300 / 5  # the normal liver's dose where the tumour has its wish
    dose = dict(case.doses_gy)
    dose["PLD"] = Gy(
        (dose["TD"] * case.mass_g["tumour"] + dose["NPLD"] * heavier["normal-perfused"]) / heavier["perfused"]
    )
    plan, _ = plan_of(replace(case, mass_g=heavier, doses_gy=dose), facts=HCC, choices=CHOICES)
    partition = plan.option("partition")
    by_hand = per_gram * (normal_g + 5 * tumour_g) / 1000 / 49.67 / 0.98
    assert partition.activity_bq / 1e9 == pytest.approx(by_hand, rel=1e-5)
    assert f"tumour {tumour_g:.0f} g, normal {normal_g:.0f} g, T/N 5.00" in partition.note
    assert "300 Gy to all tumour and 60 Gy to the perfused normal liver" in partition.note


@pytest.mark.parametrize(("times", "exceeded"), [(0.9999, False), (1.0, False), (1.0001, True)])
def test_a_decided_activity_that_meets_a_limit_exactly_keeps_it(times: float, exceeded: bool) -> None:
    case = absorbed(shunt=0.3)
    at_the_limit = 30.0 / case.doses_gy["LD"] * case.activity_bq
    decided = replace(CHOICES, given=Administration(Bq(at_the_limit * times)))
    plan, found = plan_of(case, facts=HCC, choices=decided)
    assert ("limit-exceeded-lung" in codes(found)) == exceeded
    check = next(c for c in plan.option("given").checks if c.limit.name == "lung")
    assert check.holds is not exceeded


def test_an_activity_that_was_decided_is_checked_but_not_changed() -> None:
    decided = replace(CHOICES, given=Administration(Bq(30e9)))
    plan, found = plan_of(absorbed(shunt=0.1), facts=HCC, choices=decided)
    option = plan.option("given")
    assert option.activity_bq == 30e9
    assert not all(c.holds for c in option.checks)
    assert {"limit-exceeded-lung", "limit-exceeded-normal-liver"} <= codes(found)
    assert plan.recommended is None


def test_the_reserve_rule_of_the_trial_binds_below_thirty_per_cent_of_reserve_only() -> None:
    site = replace(CHOICES, limits_gy={"normal_liver": Gy(120)}, limit_sources={"normal_liver": "our board, 2026"})
    pda = planned(HCC, site, ratio=1.5, shunt=0.0, columns=15).option("PDA")
    assert pda.binding == "normal-perfused"
    assert pda.doses_gy["NPLD"] == pytest.approx(120)
    assert planned(HCC, site, ratio=1.5, shunt=0.0, columns=14).option("PDA").binding != "normal-perfused"


def test_earlier_lung_dose_counts_against_the_cumulative_limit() -> None:
    facts = replace(HCC, previous_lung_dose_gy=35.0)
    pda = planned(facts, shunt=0.3).option("PDA")
    assert pda.binding == "lung-cumulative"
    assert pda.doses_gy["LD"] == pytest.approx(15)
    assert next(c for c in pda.checks if c.limit.name == "lung-cumulative").value_gy == pytest.approx(50)


def test_a_perfused_dose_of_150_gray_keeps_the_whole_liver_below_150() -> None:
    option = planned(ratio=2.0, shunt=0.0, columns=14).option("PDA-PLD")
    assert "whole-liver" in {c.limit.name for c in option.checks}


def test_an_interval_is_two_standard_uncertainties_in_quadrature() -> None:
    case = absorbed(shunt=0.02, relative={"TD": {"contour": 0.12, "activity": 0.05}, "LD": {"shunt": 0.8}})
    pda = plan_of(case, facts=HCC, choices=CHOICES)[0].option("PDA")
    assert pda.uncertainty["TD"].low == pytest.approx(300 * 0.74)
    assert pda.uncertainty["TD"].high == pytest.approx(300 * 1.26)
    assert pda.uncertainty["LD"].low == Gy(0)


def test_resin_aims_lower_and_has_no_label_of_its_own_here() -> None:
    resin = Product.named("resin")
    choices = PlanningOptions(resin, resin.nuclide)
    plan, found = plan_of(absorbed(shunt=0.02, choices=choices), facts=HCC, choices=choices)
    pda = plan.option("PDA")
    assert pda.aim is not None
    assert (pda.aim.dose_gy, pda.aim.wished_gy) == (Gy(100), Gy(120))
    assert pda.doses_gy["NPLD"] <= 40
    assert "option-absent-label" in codes(found)
    assert {o.approach for o in plan.options} == {"PDA", "partition"}


def test_holmium_aims_at_sixty_gray_to_the_perfused_volume() -> None:
    holmium = Product.named("holmium")
    choices = PlanningOptions(holmium, holmium.nuclide)
    plan = planned(choices=choices, shunt=0.0)
    assert plan.option("SDA").doses_gy["PLD"] == pytest.approx(60)
    assert plan.recommended == "SDA"


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


def test_a_limit_of_a_volume_without_dose_is_said_not_to_be_checked() -> None:
    case = absorbed(shunt=0.02)
    bare = replace(case, doses_gy={n: d for n, d in case.doses_gy.items() if n != "WNLD"})
    assert "limit-unchecked-normal-liver" in codes(plan_of(bare, facts=HCC, choices=CHOICES)[1])


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
