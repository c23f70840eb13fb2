"""Facts near a threshold are noted with the limits of both sides, up to a tenth of it and no farther."""

from dataclasses import replace

import pytest

from yttria.planning.near_thresholds import near_thresholds
from yttria.planning.possible_facts import ImagedFacts
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product


@pytest.mark.parametrize(
    ("bilirubin", "told"),
    [(0.9899, False), (0.99, True), (1.0, True), (1.21, True), (1.2101, False), (1.7999, False), (1.8, False)],
)
def test_a_bilirubin_within_a_tenth_of_what_changes_a_limit_is_told(bilirubin: float, told: bool) -> None:
    glass = Product.named("glass")
    facts = ClinicalFacts(
        disease="HCC",
        scenario="lobectomy",
        bilirubin_mg_dl=bilirubin,
        child_pugh="A5",
        earlier_radioembolisation=False,
    )
    found = near_thresholds(PlanningOptions(glass, glass.nuclide), facts, ImagedFacts(reserve=0.5))
    assert [f.code for f in found] == ["near-threshold-bilirubin-mg-dl"] * told


@pytest.mark.parametrize(
    ("reserve", "told"), [(0.2699, False), (0.27, True), (0.30, True), (0.33, True), (0.3301, False)]
)
def test_a_reserve_within_a_tenth_of_what_changes_a_limit_is_told(reserve: float, told: bool) -> None:
    glass = Product.named("glass")
    facts = ClinicalFacts(
        disease="HCC", scenario="lobectomy", bilirubin_mg_dl=0.6, child_pugh="A5", earlier_radioembolisation=False
    )
    found = near_thresholds(PlanningOptions(glass, glass.nuclide), facts, ImagedFacts(reserve=reserve))
    assert [f.code for f in found] == ["near-threshold-reserve"] * told


def test_the_note_names_the_fact_the_threshold_and_the_limit_on_either_side() -> None:
    glass = Product.named("glass")
    facts = ClinicalFacts(
        disease="HCC", scenario="lobectomy", bilirubin_mg_dl=1.0, child_pugh="A5", earlier_radioembolisation=False
    )
    (note,) = near_thresholds(PlanningOptions(glass, glass.nuclide), facts, ImagedFacts(reserve=0.5))
    assert (note.values["value"], note.values["threshold"]) == (1.0, 1.1)
    assert note.values["below_gy"] != note.values["above_gy"]
    assert str(note.values["limit"]) in note.message
    assert (
        note.message
        == "bilirubin 1 mg/dL lies within 10 % of 1.1 mg/dL: normal-liver is 90 Gy below it and 50 Gy from there on"
    )
    (reserve,) = near_thresholds(
        PlanningOptions(glass, glass.nuclide), replace(facts, bilirubin_mg_dl=0.6), ImagedFacts(reserve=0.31)
    )
    assert (
        reserve.message
        == "the hepatic reserve, 31.0 %, lies within 10 % of 30 %: normal-perfused is 120 Gy below it and no limit from there on"
    )
    assert (reserve.values["below_gy"], reserve.values["above_gy"]) == (120.0, None)
