"""The case of a plan: what binds holds with equality, everything scales, doses keep the identities of their volumes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import CHOICES, HCC, absorbed, codes, holding, perfused, planned, ratios, shunts

from yttria.planning.activity_planning import plan_of
from yttria.planning.planning_case import PlanningCase
from yttria.values.aims_limits import Aim, Limit
from yttria.values.maps import Voi
from yttria.values.treatment import Administration
from yttria.values.units import Bq, Gy

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


def test_an_interval_is_two_standard_uncertainties_in_quadrature() -> None:
    case = absorbed(shunt=0.02, relative={"TD": {"contour": 0.12, "activity": 0.05}, "LD": {"shunt": 0.8}})
    pda = plan_of(case, facts=HCC, choices=CHOICES)[0].option("PDA")
    assert pda.uncertainty["TD"].low == pytest.approx(300 * 0.74)
    assert pda.uncertainty["TD"].high == pytest.approx(300 * 1.26)
    assert pda.uncertainty["LD"].low == Gy(0)


def test_a_limit_of_a_volume_without_dose_is_said_not_to_be_checked() -> None:
    case = absorbed(shunt=0.02)
    bare = replace(case, doses_gy={n: d for n, d in case.doses_gy.items() if n != "WNLD"})
    assert "limit-unchecked-normal-liver" in codes(plan_of(bare, facts=HCC, choices=CHOICES)[1])


@pytest.mark.parametrize(
    ("lesion_ml", "held_ml", "aimed"),
    [
        (200.0, 9.99, False), (200.0, 10.0, True), (200.0, 10.01, True),  # 10 mL of a large one
        (50.0, 4.99, False), (50.0, 5.0, True), (50.0, 5.01, True),  # 10 % of a small one
    ],
)  # fmt: skip
def test_a_lesion_has_an_aim_from_ten_millilitres_or_a_tenth_of_it_in_the_perfused_volume_on(
    lesion_ml: float, held_ml: float, aimed: bool
) -> None:
    case = absorbed()
    share = np.zeros(case.volumes["liver"].share.shape, np.float32)
    voxel = case.volumes["liver"].grid.voxel_ml
    first, rest = held_ml / voxel / 40, (lesion_ml - held_ml) / voxel / 750
    share[0, :2, :] = first  # forty voxels that the perfused volume holds
    share[2:4].reshape(-1)[:750] = rest
    perfused_share = np.zeros_like(share)
    perfused_share[0, :2, :] = 1
    grid = case.volumes["liver"].grid
    volumes = {
        **case.volumes,
        "tumour-1": Voi("lesion", "tumour-1", grid, share),
        "perfused": Voi("perfused", "perfused", grid, perfused_share),
    }
    found = PlanningCase(replace(case, volumes=volumes), (), CHOICES, Aim("TD", Gy(205), "trial"))
    assert ("TD_1" in found.lesion_aims()) is aimed


def undone(**recovered: float) -> PlanningCase:
    """Return the blocks with doses corrected for blur, as shares of those that the image shows."""
    case = absorbed()
    known = {name: Gy(case.doses_gy[name] * times) for name, times in recovered.items()}
    return PlanningCase(replace(case, recovered_gy=known), (), CHOICES, Aim("TD", Gy(205), "trial"))


@pytest.mark.parametrize(
    ("recovered", "name", "ratio"),
    [
        ({"TD_1": 1.2}, "TD", 1.2),  # the index lesion's
        ({"TD_1": 1.2, "TD": 1.1}, "TD", 1.1),  # its own before that
        ({"TD_1": 1.2}, "TD_1", 1.2),
        ({"TD_1": 1.2}, "NPLD", None),
        ({}, "TD", None),
    ],
)
def test_a_dose_with_blur_undone_over_the_same_as_seen(
    recovered: dict[str, float], name: str, ratio: float | None
) -> None:
    assert undone(**recovered).recovered_ratio(name) == (None if ratio is None else pytest.approx(ratio))


def test_a_dose_of_nothing_has_no_ratio() -> None:
    case = undone(TD_1=1.2)
    cold = replace(case, absorbed=replace(case.absorbed, doses_gy={**case.absorbed.doses_gy, "TD_1": Gy(0)}))
    assert cold.recovered_ratio("TD_1") is None
    assert cold.recovered_ratio("TD_7") is None


def test_corrected_and_uncorrected_doses_go_with_the_activity() -> None:
    """Of twice the activity that the doses were computed for they are twice as high."""
    case = undone(TD_1=1.2, NPLD=0.9)
    seen = case.absorbed.doses_gy
    assert case.corrected_doses(2e9) == pytest.approx(
        {"TD": 2.4 * seen["TD"], "TD_1": 2.4 * seen["TD"], "NPLD": 1.8 * seen["NPLD"]}
    )
    before = replace(case, absorbed=replace(case.absorbed, uncorrected_gy={"TD": Gy(50)}))
    assert before.uncorrected(3e9) == pytest.approx({"TD": 150})


def test_a_limit_without_uptake_allows_any_activity_and_one_used_up_none() -> None:
    case = undone()
    cold = replace(case, absorbed=replace(case.absorbed, doses_gy={**case.absorbed.doses_gy, "LD": Gy(0)}))
    assert cold.highest([Limit("lung", "LD", Gy(30), "label")]) == (math.inf, "")
    used = Limit("normal-perfused", "NPLD", Gy(40), "site", already_gy=Gy(50))
    assert case.highest([used])[0] < 0
    option = case.option("SDA", None, 1e9, extra=(used,))
    assert (option.activity_bq, option.binding) == (0.0, "normal-perfused")


def test_an_option_exactly_at_its_limit_is_held_by_none() -> None:
    case = undone()
    per_bq = case.per_bq["NPLD"]
    (at,) = (case.option("SDA", None, 40 / per_bq, extra=(Limit("n", "NPLD", Gy(40), "site"),)),)
    assert (at.binding, at.wished_activity_bq) == ("", None)


def test_what_a_limit_forbids_is_the_aim_itself_or_where_that_is_met_the_wish() -> None:
    case, limit = undone(), Limit("n", "NPLD", Gy(40), "site")  # 160 Gy to the tumour
    missed = case.option("PDA", Aim("TD", Gy(205), "trial"), 300 / case.per_bq["TD"], extra=(limit,))
    met = case.option("PDA", Aim("TD", Gy(150), "trial"), 300 / case.per_bq["TD"], extra=(limit,))
    assert missed.wished_doses_gy["TD"] == pytest.approx(205)
    assert met.wished_doses_gy["TD"] == pytest.approx(300)
    assert met.dvh["tumour"].mean == pytest.approx(160, rel=1e-5)


def test_a_limit_is_checked_on_what_was_received_before_too_as_seen_and_corrected() -> None:
    case = undone(NPLD=0.5)
    limit = Limit("n", "NPLD", Gy(40), "site", already_gy=Gy(10))
    (check,) = case.option("SDA", None, 20 / case.per_bq["NPLD"], extra=(limit,)).checks
    assert check.value_gy == pytest.approx(30)
    assert check.corrected_gy == pytest.approx(20)


def test_a_limit_without_its_volume_says_what_was_not_checked() -> None:
    case = replace(undone(), limits=(Limit("whole", "WLD_9", Gy(150), "trial"), Limit("n", "NPLD", Gy(40), "site")))
    (finding,) = case.unchecked()
    assert (finding.level, finding.code, finding.values) == ("warning", "limit-unchecked-whole", {"limit_gy": 150})
    assert finding.message == "WLD_9 has no dose here, so its limit of 150 Gy (trial) was not checked; give the volume"
