"""Scenario, index lesion, liver and perfused volume must fit each other: every threshold of the house from both sides."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import HCC, absorbed

from yttria.planning.activity_planning import plan_of
from yttria.planning.scenario_fit import audit_scenario
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.plan import Scenario
from yttria.values.product import Product
from yttria.values.units import Share

SCENARIOS: tuple[Scenario | None, ...] = ("segmentectomy", "lobectomy", "unilobar", "bilobar", None)


def perfusing(share: float) -> AbsorbedDose:
    """Return the blocks as if so much of the liver were perfused."""
    return replace(absorbed(), reserve=Share(1 - share))


def found(case: AbsorbedDose, scenario: Scenario | None = "unilobar") -> dict[str, str]:
    return {f.code: f.level for f in audit_scenario(case, replace(HCC, scenario=scenario))}


# ---- laws


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 1.0), st.sampled_from(SCENARIOS))
def test_each_scenario_has_its_share_of_the_liver(share: float, scenario: Scenario | None) -> None:
    expected = {
        "segmentectomy": "stop" if share > 0.35 + 1e-6 else None,
        "lobectomy": "stop" if share > 0.9 + 1e-6 else None,
        "unilobar": "stop" if share > 0.9 + 1e-6 else None,
        "bilobar": "warning" if share < 0.5 - 1e-6 else None,
    }.get(scenario or "")
    assert found(perfusing(share), scenario) == ({f"scenario-{scenario}": expected} if expected else {})


@pytest.mark.parametrize("product", ["glass", "resin", "holmium"])
@pytest.mark.parametrize("disease", ["HCC", "ICC", "mCRC", None])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_advised_where_scenario_and_drawing_do_not_fit_whatever_product_and_disease(
    product: str, disease: str | None, scenario: Scenario | None
) -> None:
    sphere = Product.named(product)
    choices = PlanningOptions(sphere, sphere.nuclide)
    facts = replace(HCC, disease=disease, scenario=scenario)
    case = replace(absorbed(choices=choices, columns=20), has_perfused_contour=False)
    told = audit_scenario(case, facts)
    plan, _ = plan_of(case, facts=facts, choices=choices, findings=told)
    assert [(f.level, f.code) for f in told] == ([] if scenario == "bilobar" else [("stop", "perfused-needed")])
    assert plan.advised is False or scenario == "bilobar"


# ---- thresholds


@pytest.mark.parametrize(
    ("scenario", "share", "level"),
    [
        ("segmentectomy", 0.3499, None),
        ("segmentectomy", 0.35, None),
        ("segmentectomy", 0.3501, "stop"),
        ("lobectomy", 0.8999, None),
        ("lobectomy", 0.9, None),
        ("lobectomy", 0.9001, "stop"),
        ("unilobar", 0.9, None),
        ("unilobar", 0.9001, "stop"),
        ("bilobar", 0.4999, "warning"),
        ("bilobar", 0.5, None),
        ("bilobar", 0.5001, None),
        (None, 0.99, None),
    ],
)
def test_the_perfused_share_is_judged_by_the_scenario(
    scenario: Scenario | None, share: float, level: str | None
) -> None:
    told = audit_scenario(perfusing(share), replace(HCC, scenario=scenario))
    assert [f.level for f in told] == ([] if level is None else [level])
    for finding in told:
        assert finding.values["perfused_fraction"] == pytest.approx(share)
        assert f"{100 * share:.1f} % of the liver" in finding.message
        assert str(scenario) in finding.message


@pytest.mark.parametrize(("outside", "stop"), [(0.4999, False), (0.5, False), (0.5001, True), (1.0, True)])
def test_an_index_lesion_mostly_outside_the_perfused_volume_is_a_stop(outside: float, stop: bool) -> None:
    case = absorbed()
    lesion = case.volumes["tumour-1"]
    perfused = Voi("perfused", "perfused", lesion.grid, lesion.share * np.float32(1 - outside) + (1 - lesion.share))
    told = audit_scenario(replace(case, volumes={**case.volumes, "perfused": perfused}), HCC)
    assert [(f.level, f.code) for f in told] == ([("stop", "index-outside-perfused")] if stop else [])
    if stop:
        assert told[0].values["outside_fraction"] == pytest.approx(outside, abs=1e-6)


def test_without_a_lesion_no_index_is_outside() -> None:
    case = absorbed()
    volumes = {role: voi for role, voi in case.volumes.items() if not role.startswith("tumour")}
    assert found(replace(case, volumes=volumes, index="")) == {}


@pytest.mark.parametrize(
    ("ml", "level"),
    [
        (199.9, "stop"),
        (200.0, "warning"),
        (200.1, "warning"),
        (399.9, "warning"),
        (400.0, None),
        (400.1, None),
        (5999.9, None),
        (6000.0, None),
        (6000.1, "warning"),
        (9999.9, "warning"),
        (10_000.0, "warning"),
        (10_000.1, "stop"),
    ],
)
def test_a_liver_has_400_to_6000_ml_and_none_has_less_than_200_or_more_than_10_000(
    ml: float, level: str | None
) -> None:
    case = absorbed()
    share = np.zeros((1, 1, 1001))
    grid = Grid.aligned((1, 1, 1001), spacing_zyx_mm=(100, 100, 1), origin_lps_mm=(0, 0, 0))
    whole, part = divmod(ml / 10, 1)
    share[0, 0, : int(whole)], share[0, 0, int(whole)] = 1, part
    liver = Voi("Liver", "liver", grid, share)
    told = audit_scenario(replace(case, volumes={**case.volumes, "liver": liver}), HCC)
    assert [(f.level, f.code) for f in told] == ([] if level is None else [(level, "liver-volume")])
    if level:
        assert f"{ml:.0f} mL" in told[0].message
        assert ("below" in told[0].message) == (ml < 1000)


def test_several_misfits_are_all_told() -> None:
    case = absorbed()
    lesion = case.volumes["tumour-1"]
    elsewhere = Voi("perfused", "perfused", lesion.grid, 1 - lesion.share)
    both = replace(case, volumes={**case.volumes, "perfused": elsewhere}, reserve=Share(0.05))
    assert found(both, "lobectomy") == {"scenario-lobectomy": "stop", "index-outside-perfused": "stop"}


@pytest.mark.parametrize(
    ("scenario", "share", "message"),
    [
        (
            "segmentectomy",
            0.4,
            "segmentectomy treats two segments at most, but the perfused volume is 40.0 % of the liver, above 35 % (house); name the scenario that is meant, or draw what is treated",
        ),
        (
            "unilobar",
            0.95,
            "unilobar treats one lobe, but the perfused volume is 95.0 % of the liver, above 90 % (house): a lobe is not the whole liver; name the scenario that is meant, or draw what is treated",
        ),
        (
            "bilobar",
            0.25,
            "bilobar treatment, but the perfused volume is 25.0 % of the liver, below 50 % (house); right for a second session or a selective one, else name the scenario that is meant",
        ),
    ],
)
def test_a_misfit_says_share_and_threshold_in_per_cent(scenario: Scenario, share: float, message: str) -> None:
    (finding,) = audit_scenario(perfusing(share), replace(HCC, scenario=scenario))
    assert finding.message == message


def test_an_index_lesion_that_is_not_perfused_is_told_with_its_volume_and_the_share_outside() -> None:
    case = absorbed()
    lesion = case.volumes["tumour-1"]
    perfused = Voi("perfused", "perfused", lesion.grid, lesion.share * np.float32(0.25) + (1 - lesion.share))
    (finding,) = audit_scenario(replace(case, volumes={**case.volumes, "perfused": perfused}), HCC)
    assert lesion.ml == pytest.approx(163.84)
    assert 'the index lesion "tumour" lies with 75 % of its 164 mL outside the perfused volume' in finding.message


@pytest.mark.parametrize(("slices", "bound", "words"), [(1, 200.0, "below 200 mL"), (2, 400.0, "below 400 mL")])
def test_a_liver_too_small_says_which_bound_it_misses(slices: int, bound: float, words: str) -> None:
    case = absorbed()
    share = np.zeros(case.volumes["liver"].share.shape, np.float32)
    share[:slices, :, :15] = 1  # 153.6 mL a slice
    liver = Voi("Liver", "liver", case.volumes["liver"].grid, share)
    (finding,) = audit_scenario(replace(case, volumes={**case.volumes, "liver": liver}), HCC)
    assert f"the liver has {153.6 * slices:.0f} mL, {words} (house)" in finding.message
    assert finding.values["bound_ml"] == bound
