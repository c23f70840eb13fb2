"""Rules as data: every cell of the published tables, what is open, what a site sets itself."""

from dataclasses import replace

import pytest

from yttria.data import table
from yttria.planning.rules import SITE_VOLUMES, Aims, aims_for, limits_for
from yttria.values.errors import PlanError, QuantityError
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import Aim, Scenario
from yttria.values.units import Gy, Share

SCENARIOS: tuple[Scenario, ...] = ("segmentectomy", "lobectomy", "unilobar", "bilobar")


def choices(product: str = "glass") -> PlanningOptions:
    sphere = Product.named(product)
    return PlanningOptions(sphere, sphere.nuclide)


def limits(product: str, facts: ClinicalFacts, reserve: float = 0.4) -> dict[str, tuple[str, float]]:
    mine = choices(product)
    found, _ = limits_for(mine.product, replace(facts, previous_lung_dose_gy=0.0), Share(reserve), mine)
    return {x.name: (x.volume, float(x.limit_gy)) for x in found if x.name != "lung"}


def aims(product: str, facts: ClinicalFacts, reserve: float = 0.4) -> Aims:
    mine = choices(product)
    return aims_for(mine.product, facts, Share(reserve), mine)[0]


def doses(aim: Aim | None) -> tuple[float, float | None] | None:
    return None if aim is None else (float(aim.dose_gy), aim.wished_gy)


# laws


def test_every_rule_names_a_source_that_the_table_holds() -> None:
    rules = table("rules")
    for rule in rules["limit"] + rules["aim"]:
        assert rule["source"] in rules["sources"]
        assert rule["volume"] in {"LD", "NPLD", "WNLD", "WLD", "PLD", "TD"}
    assert {rule["source"] for rule in rules["limit"] + rules["aim"]} | {"eanm_trial"} == set(rules["sources"])


def test_no_rule_asks_anything_that_nobody_judges() -> None:
    asks = {"product", "disease", "scenario", "not_disease", "not_scenario", "reserve_below", "reserve_from"}
    asks |= {"bilirubin_from_mg_dl", "bilirubin_below_mg_dl", "treated_before", "previous_lung_dose"}
    says = {"name", "approach", "volume", "gy", "source", "condition", "doubt"}
    says |= {"wished_gy", "sought_gy", "tolerance_gy", "up_to_gy", "none", "while"}
    for rule in table("rules")["limit"] + table("rules")["aim"]:
        assert set(rule) <= asks | says
        assert set(rule.get("disease", ())) | set(rule.get("not_disease", ())) <= {"HCC", "ICC", "mCRC"}
        assert set(rule.get("scenario", ())) | set(rule.get("not_scenario", ())) <= set(SCENARIOS)


def test_every_limit_of_the_rules_can_be_set_by_a_site() -> None:
    assert {rule["name"]: rule["volume"] for rule in table("rules")["limit"]}.items() <= dict(SITE_VOLUMES).items()


def test_normal_liver_means_the_whole_for_glass_and_holmium_and_the_perfused_for_resin() -> None:
    facts = ClinicalFacts(disease="HCC", scenario="bilobar", bilirubin_mg_dl=0.8)
    assert {x[0] for x in limits("glass", facts).values()} == {"WNLD"}
    assert {x[0] for x in limits("holmium", facts).values()} == {"WNLD"}
    assert {x[0] for x in limits("resin", facts).values()} == {"NPLD"}


@pytest.mark.parametrize("product", ["glass", "resin", "holmium"])
def test_the_lungs_are_always_limited(product: str) -> None:
    mine = choices(product)
    found, _ = limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    assert [(x.volume, x.limit_gy) for x in found if x.name == "lung"] == [("LD", Gy(30))]


# known answers: the guideline's tables


@pytest.mark.parametrize(
    ("disease", "scenario", "bilirubin", "gray"),
    [
        ("HCC", "segmentectomy", 0.8, None),
        ("HCC", "lobectomy", None, 75),
        ("HCC", "lobectomy", 0.8, 90),
        ("HCC", "lobectomy", 1.5, 50),
        ("HCC", "unilobar", None, 75),
        ("HCC", "unilobar", 0.8, 90),
        ("HCC", "unilobar", 1.1, 50),
        ("HCC", "bilobar", None, None),
        ("HCC", "bilobar", 0.8, 90),
        ("HCC", "bilobar", 1.5, 50),
        ("ICC", "segmentectomy", None, 75),
        ("ICC", "bilobar", 0.8, 75),
        ("ICC", "bilobar", 1.5, 50),
        ("mCRC", "lobectomy", 0.8, 75),
        ("mcrc", "unilobar", 1.5, 50),
    ],
)
def test_glass_limits_the_whole_normal_liver_as_the_table_says(
    disease: str, scenario: Scenario, bilirubin: float | None, gray: float | None
) -> None:
    found = limits("glass", ClinicalFacts(disease=disease, scenario=scenario, bilirubin_mg_dl=bilirubin))
    assert found.get("normal-liver") == (None if gray is None else ("WNLD", gray))


def test_an_earlier_treatment_keeps_the_stricter_limit_whatever_the_bilirubin() -> None:
    mine = choices()
    facts = ClinicalFacts(disease="HCC", scenario="unilobar", bilirubin_mg_dl=0.8, previous_lung_dose_gy=4.0)
    found, _ = limits_for(mine.product, facts, Share(0.4), mine)
    assert [x.limit_gy for x in found if x.name == "normal-liver"] == [Gy(75)]


@pytest.mark.parametrize(
    ("disease", "scenario", "reserve", "holds"),
    [
        (None, None, 0.299, True),
        (None, None, 0.30, False),
        ("HCC", "unilobar", 0.1, True),
        ("HCC", "segmentectomy", 0.1, False),
        ("mCRC", "unilobar", 0.1, False),
    ],
)
def test_perfused_normal_liver_is_limited_to_120_gray_below_thirty_per_cent_of_reserve(
    disease: str | None, scenario: Scenario | None, reserve: float, holds: bool
) -> None:
    found = limits("glass", ClinicalFacts(disease=disease, scenario=scenario), reserve)
    assert found.get("normal-perfused") == (("NPLD", 120) if holds else None)


@pytest.mark.parametrize(
    ("scenario", "gray"), [("segmentectomy", None), ("lobectomy", None), ("unilobar", 40), ("bilobar", 40)]
)
def test_resin_limits_the_perfused_normal_liver_as_the_table_says(scenario: Scenario, gray: float | None) -> None:
    found = limits("resin", ClinicalFacts(scenario=scenario))
    assert found == ({} if gray is None else {"normal-perfused": ("NPLD", gray)})


def test_resin_in_a_pretreated_bilobar_liver_is_limited_to_thirty() -> None:
    mine = choices("resin")
    found, _ = limits_for(mine.product, ClinicalFacts(scenario="bilobar", previous_lung_dose_gy=2.0), Share(0.2), mine)
    assert [x.limit_gy for x in found if x.name == "normal-perfused"] == [Gy(30)]


@pytest.mark.parametrize(("scenario", "gray"), [(None, 60), ("unilobar", 60), ("bilobar", 40)])
def test_holmium_limits_the_whole_normal_liver_as_the_table_says(scenario: Scenario | None, gray: float) -> None:
    assert limits("holmium", ClinicalFacts(scenario=scenario))["normal-liver"] == ("WNLD", gray)


@pytest.mark.parametrize(
    ("product", "disease", "scenario", "tumour"),
    [
        ("glass", None, None, (205, 300)),
        ("glass", "HCC", "segmentectomy", None),
        ("glass", "HCC", "lobectomy", (205, 300)),
        ("glass", "HCC", "unilobar", (205, 300)),
        ("glass", "HCC", "bilobar", (205, None)),
        ("glass", "ICC", "unilobar", (260, None)),
        ("glass", "ICC", "segmentectomy", None),
        ("glass", "mCRC", "bilobar", (189, None)),
        ("resin", "HCC", "unilobar", (100, 120)),
        ("resin", "mCRC", "bilobar", (100, None)),
        ("resin", "HCC", "segmentectomy", None),
        ("holmium", "HCC", "unilobar", None),
        ("holmium", "ICC", "unilobar", (150, None)),
        ("holmium", "mCRC", "unilobar", (90, None)),
    ],
)
def test_tumour_aims_are_those_of_the_tables(
    product: str, disease: str | None, scenario: Scenario | None, tumour: tuple[float, float | None] | None
) -> None:
    assert doses(aims(product, ClinicalFacts(disease=disease, scenario=scenario)).tumour) == tumour


@pytest.mark.parametrize(
    ("product", "disease", "scenario", "alone", "label"),
    [
        ("glass", None, None, 150, 120),
        ("glass", "HCC", "segmentectomy", 400, 400),
        ("glass", "HCC", "lobectomy", 150, 140),
        ("glass", "HCC", "unilobar", 150, 120),
        ("glass", "ICC", "bilobar", None, 120),
        ("glass", "mCRC", "segmentectomy", 400, 400),
        ("resin", "HCC", "segmentectomy", 150, None),
        ("resin", "HCC", "unilobar", None, None),
        ("holmium", "HCC", "unilobar", None, 60),
    ],
)
def test_one_compartment_aims_are_those_of_the_tables(
    product: str, disease: str | None, scenario: Scenario | None, alone: float | None, label: float | None
) -> None:
    found = aims(product, ClinicalFacts(disease=disease, scenario=scenario))
    assert (found.perfused_only and found.perfused_only.dose_gy) == alone
    assert (found.label and found.label.dose_gy) == label


def test_the_standard_dose_is_120_within_20_for_glass_and_60_for_holmium() -> None:
    glass, holmium = aims("glass", ClinicalFacts()).perfused, aims("holmium", ClinicalFacts()).perfused
    assert glass is not None
    assert holmium is not None
    assert (glass.dose_gy, glass.tolerance_gy, holmium.dose_gy) == (Gy(120), Gy(20), Gy(60))
    assert glass.reached_by(100)
    assert not glass.reached_by(99.9)
    assert aims("resin", ClinicalFacts()).perfused is None


def test_a_perfused_dose_of_150_is_pursued_while_the_whole_liver_stays_below_150() -> None:
    (extra,) = aims("glass", ClinicalFacts(disease="HCC", scenario="unilobar")).perfused_only_limits
    assert (extra.volume, extra.limit_gy) == ("WLD", Gy(150))
    assert not aims("glass", ClinicalFacts(scenario="segmentectomy")).perfused_only_limits


@pytest.mark.parametrize(
    ("product", "reserve", "gray"), [("glass", 0.1, 88), ("resin", 0.31, 70), ("resin", 0.29, None)]
)
def test_a_lobectomy_wishes_a_dose_that_makes_the_other_lobe_grow(
    product: str, reserve: float, gray: float | None
) -> None:
    growth = aims(product, ClinicalFacts(scenario="lobectomy"), reserve).hypertrophy
    assert (growth and growth.dose_gy) == gray


# doubts


def test_a_rule_that_cannot_be_judged_says_what_to_give() -> None:
    mine = choices()
    _, found = limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    by_code = {f.code: f for f in found}
    liver = by_code["limit-open-normal-liver"]
    assert liver.level == "warning"
    assert "75 Gy" in liver.message
    assert "[patient] scenario, disease, bilirubin_mg_dl" in liver.message
    assert by_code["limit-open-lung-cumulative"].level == "note"


def test_an_open_rule_that_is_looser_than_what_holds_is_only_a_note() -> None:
    mine = choices()
    facts = ClinicalFacts(scenario="unilobar", bilirubin_mg_dl=0.8, previous_lung_dose_gy=0.0)
    _, (only,) = limits_for(mine.product, facts, Share(0.4), mine)
    assert (only.code, only.level) == ("limit-open-normal-liver", "note")
    assert "give [patient] disease" in only.message


def test_open_aims_are_told_in_one_finding() -> None:
    mine = choices()
    _, (only,) = aims_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    assert only.code == "aims-open"
    assert "PDA 205 Gy (TD) if HCC and bilobar" in only.message
    assert "give [patient] disease, scenario" in only.message


def test_a_disease_that_the_rules_do_not_know_is_told() -> None:
    mine = choices()
    _, found = aims_for(mine.product, ClinicalFacts(disease="NET", scenario="unilobar"), Share(0.4), mine)
    assert [f.code for f in found] == ["disease-without-rules"]


def test_an_aim_that_a_scenario_takes_away_is_told() -> None:
    mine = choices()
    _, found = aims_for(mine.product, ClinicalFacts(disease="HCC", scenario="segmentectomy"), Share(0.4), mine)
    assert [f.code for f in found] == ["no-aim-PDA"]


@pytest.mark.parametrize("product", ["glass", "resin", "holmium"])
@pytest.mark.parametrize("disease", ["HCC", "ICC", "mCRC"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_full_case_leaves_nothing_open(product: str, disease: str, scenario: Scenario) -> None:
    mine = choices(product)
    facts = ClinicalFacts(disease=disease, scenario=scenario, bilirubin_mg_dl=0.8, previous_lung_dose_gy=0.0)
    assert not limits_for(mine.product, facts, Share(0.2), mine)[1]
    assert not [f for f in aims_for(mine.product, facts, Share(0.2), mine)[1] if f.code == "aims-open"]


# a site's own


def test_a_site_replaces_a_limit_with_its_own_source_and_adds_others() -> None:
    mine = replace(
        choices(),
        limits_gy={"lung": Gy(25), "perfused": Gy(140)},
        limit_sources={"lung": "our lung board, 2026"},
    )
    found, _ = limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    by_name = {x.name: x for x in found}
    assert (by_name["lung"].limit_gy, by_name["lung"].source) == (Gy(25), "our lung board, 2026")
    assert (by_name["perfused"].volume, by_name["perfused"].source) == ("PLD", "the site's own (case.toml)")


def test_a_limit_that_a_site_sets_is_no_longer_open() -> None:
    mine = replace(choices(), limits_gy={"normal_liver": Gy(70)})
    _, found = limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    assert [f.code for f in found] == ["limit-open-lung-cumulative"]


def test_a_site_sets_its_aims_and_borrows_no_wish_of_the_rules() -> None:
    mine = replace(choices(), aims_gy={"tumour_gy": Gy(220), "perfused_gy": Gy(110), "perfused_only_gy": Gy(160)})
    found, _ = aims_for(mine.product, ClinicalFacts(), Share(0.4), mine)
    assert doses(found.tumour) == (220, None)
    assert doses(found.perfused) == (110, None)
    assert doses(found.perfused_only) == (160, None)
    higher = replace(mine, aims_gy={"tumour_gy": Gy(300)})
    assert doses(aims_for(higher.product, ClinicalFacts(), Share(0.4), higher)[0].tumour) == (300, None)


def test_a_site_wishes_more_for_the_aim_of_the_rules() -> None:
    mine = replace(choices(), aims_gy={"wished_gy": Gy(300)})
    assert doses(aims_for(mine.product, ClinicalFacts(), Share(0.4), mine)[0].tumour) == (205, 300)


# refusals


def test_a_limit_of_an_unknown_name_is_refused_with_the_nearest() -> None:
    mine = replace(choices(), limits_gy={"normal_perfuse": Gy(100)})
    with pytest.raises(QuantityError, match=r"did you mean normal_perfused_gy\?"):
        limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)


def test_a_limit_of_a_name_like_none_is_refused_with_all() -> None:
    mine = replace(choices(), limits_gy={"xyz": Gy(100)})
    with pytest.raises(QuantityError, match="known are lung_gy, lung_cumulative_gy"):
        limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)


def test_a_wish_below_its_aim_is_refused() -> None:
    mine = replace(choices(), aims_gy={"tumour_gy": Gy(220), "wished_gy": Gy(200)})
    with pytest.raises(QuantityError, match="a wish must not lie below its aim"):
        aims_for(mine.product, ClinicalFacts(), Share(0.4), mine)


def test_lungs_without_room_are_refused() -> None:
    mine = choices()
    with pytest.raises(PlanError, match="lung-cumulative allows 50 Gy, but 60 Gy were received before"):
        limits_for(mine.product, ClinicalFacts(previous_lung_dose_gy=60.0), Share(0.4), mine)
