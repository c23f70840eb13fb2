"""Aims: every cell of the published tables, none borrowed, and what a site sets itself."""

from dataclasses import replace

import pytest
from tests.planning.block_case import options_of

from yttria.planning.aims import Aims, aims_for
from yttria.planning.possible_facts import SCENARIOS, ImagedFacts
from yttria.planning.rules import limits_for
from yttria.values.aims_limits import Aim
from yttria.values.errors import Finding, QuantityError
from yttria.values.patient import ClinicalFacts
from yttria.values.plan import Scenario
from yttria.values.units import Gy, Share

PRODUCTS = ("glass", "resin", "holmium")
DISEASES = ("HCC", "ICC", "mCRC", "NET")
FIT = ClinicalFacts(bilirubin_mg_dl=0.8, child_pugh="A5", earlier_radioembolisation=False)
GOOD = replace(FIT, disease="HCC", scenario="lobectomy")


def aims(product: str, facts: ClinicalFacts, reserve: float = 0.4, *, tumour: bool = True) -> Aims:
    mine = options_of(product)
    return aims_for(mine.product, facts, Share(reserve), mine, ImagedFacts(has_tumour_contour=tumour))[0]


def doses(aim: Aim | None) -> tuple[float, float | None, float | None] | None:
    return None if aim is None else (float(aim.dose_gy), aim.sought_gy, aim.wished_gy)


@pytest.mark.parametrize(
    ("product", "disease", "scenario", "tumour"),
    [
        ("glass", None, None, None),
        ("glass", None, "unilobar", None),
        ("glass", "NET", "unilobar", None),
        ("glass", "HCC", None, (205, None, None)),
        ("glass", "HCC", "segmentectomy", None),
        ("glass", "HCC", "lobectomy", (205, 250, 300)),
        ("glass", "HCC", "unilobar", (205, 250, 300)),
        ("glass", "HCC", "bilobar", (205, None, None)),
        ("glass", "ICC", "unilobar", (260, None, None)),
        ("glass", "ICC", "segmentectomy", None),
        ("glass", "mCRC", "bilobar", (189, None, None)),
        ("resin", "HCC", "unilobar", (100, 100, 120)),
        ("resin", "ICC", "unilobar", (100, 100, 120)),
        ("resin", "mCRC", "bilobar", (100, None, None)),
        ("resin", "NET", "bilobar", None),
        ("resin", None, "bilobar", None),
        ("resin", "HCC", "segmentectomy", None),
        ("holmium", "HCC", "unilobar", None),
        ("holmium", "ICC", "unilobar", (150, None, None)),
        ("holmium", "mCRC", "unilobar", (90, None, None)),
        ("holmium", "mCRC", "segmentectomy", None),
    ],
)
def test_tumour_aims_are_those_of_the_tables_and_none_is_borrowed(
    product: str,
    disease: str | None,
    scenario: Scenario | None,
    tumour: tuple[float, float | None, float | None] | None,
) -> None:
    assert doses(aims(product, ClinicalFacts(disease=disease, scenario=scenario)).tumour) == tumour


@pytest.mark.parametrize(
    ("product", "facts", "alone", "label"),
    [
        ("glass", ClinicalFacts(), None, 120),
        ("glass", ClinicalFacts(disease="HCC", scenario="segmentectomy"), 400, 400),
        ("glass", ClinicalFacts(disease="HCC", scenario="lobectomy", child_pugh="A6"), 150, 140),
        ("glass", ClinicalFacts(disease="HCC", scenario="lobectomy", child_pugh="B7"), None, 140),
        ("glass", ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="A5"), 150, 120),
        ("glass", ClinicalFacts(disease="HCC", scenario="unilobar"), None, 120),
        ("glass", ClinicalFacts(disease="HCC", scenario="bilobar", child_pugh="A5"), None, 120),
        ("glass", ClinicalFacts(disease="NET", scenario="unilobar", child_pugh="A5"), None, 120),
        ("glass", ClinicalFacts(disease="ICC", scenario="bilobar"), None, 120),
        ("glass", ClinicalFacts(disease="mCRC", scenario="segmentectomy"), 400, 400),
        ("resin", ClinicalFacts(disease="HCC", scenario="segmentectomy"), 150, None),
        ("resin", ClinicalFacts(disease="HCC", scenario="unilobar"), None, None),
        ("holmium", ClinicalFacts(disease="HCC", scenario="unilobar"), None, 60),
    ],
)
def test_one_compartment_aims_are_those_of_the_tables(
    product: str, facts: ClinicalFacts, alone: float | None, label: float | None
) -> None:
    found = aims(product, facts)
    assert (found.perfused_only and found.perfused_only.dose_gy) == alone
    assert (found.label and found.label.dose_gy) == label


@pytest.mark.parametrize(("reserve", "there"), [(0.299, False), (0.30, True), (0.301, True)])
def test_a_perfused_dose_of_150_needs_thirty_per_cent_of_reserve(reserve: float, there: bool) -> None:
    facts = ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="A5")
    assert (aims("glass", facts, reserve).perfused_only is not None) is there


@pytest.mark.parametrize(("bilirubin", "there"), [(None, False), (1.09, True), (1.1, False)])
def test_without_a_tumour_a_perfused_dose_of_150_also_needs_bilirubin_below_1_1_stated(
    bilirubin: float | None, there: bool
) -> None:
    facts = ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="A5", bilirubin_mg_dl=bilirubin)
    assert (aims("glass", facts, tumour=False).perfused_only is not None) is there


def test_the_standard_dose_is_120_within_20_for_glass_and_60_within_20_for_holmium() -> None:
    glass, holmium = aims("glass", ClinicalFacts()).perfused, aims("holmium", ClinicalFacts()).perfused
    assert glass is not None
    assert holmium is not None
    assert (glass.dose_gy, glass.tolerance_gy, holmium.dose_gy) == (Gy(120), Gy(20), Gy(60))
    assert glass.reached_by(100)
    assert not glass.reached_by(99.9)
    assert holmium.reached_by(40)
    assert not holmium.reached_by(39.9)
    assert aims("resin", ClinicalFacts()).perfused is None


@pytest.mark.parametrize(("dose", "reached"), [(194.74, False), (194.75, True), (195.0, True)])
def test_an_aim_is_reached_from_95_per_cent_on(dose: float, reached: bool) -> None:
    tumour = aims("glass", ClinicalFacts(disease="HCC", scenario="unilobar")).tumour
    assert tumour is not None
    assert tumour.reached_by(dose) is reached


def test_a_perfused_dose_of_150_is_pursued_while_the_whole_liver_stays_below_150() -> None:
    (extra,) = aims("glass", ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="A5")).perfused_only_limits
    assert (extra.volume, extra.limit_gy) == ("WLD", Gy(150))
    assert not aims("glass", ClinicalFacts(scenario="segmentectomy")).perfused_only_limits


@pytest.mark.parametrize(
    ("product", "facts", "reserve", "gray"),
    [
        ("glass", ClinicalFacts(disease="HCC", scenario="lobectomy"), 0.30, 88),
        ("glass", ClinicalFacts(disease="HCC", scenario="lobectomy"), 0.29, None),
        ("glass", ClinicalFacts(disease="HCC", scenario="lobectomy", earlier_radioembolisation=True), 0.4, None),
        ("glass", ClinicalFacts(disease="mCRC", scenario="lobectomy"), 0.4, None),
        ("glass", ClinicalFacts(disease="HCC"), 0.4, None),
        ("resin", ClinicalFacts(disease="mCRC", scenario="lobectomy"), 0.31, 70),
        ("resin", ClinicalFacts(scenario="unilobar"), 0.31, None),
    ],
)
def test_a_lobectomy_wishes_a_dose_that_makes_the_other_lobe_grow(
    product: str, facts: ClinicalFacts, reserve: float, gray: float | None
) -> None:
    growth = aims(product, facts, reserve).hypertrophy
    assert (growth and growth.dose_gy) == gray


@pytest.mark.parametrize(
    ("disease", "volume", "least", "most"),
    [("mCRC", "TD", 60, 100), ("ICC", "TD", 86, 100), ("NET", "TD_all", 120, 120), (None, "TD_all", 120, 120)],
)
def test_resin_gives_what_the_limits_leave_from_the_dose_of_its_table_on(
    disease: str | None, volume: str, least: float, most: float
) -> None:
    found = aims("resin", ClinicalFacts(disease=disease, scenario="unilobar")).tolerance
    assert found is not None
    assert (found.volume, found.dose_gy, found.wished_gy) == (volume, least, most)
    assert aims("resin", ClinicalFacts(disease=disease, scenario="segmentectomy")).tolerance is None
    assert aims("glass", ClinicalFacts(disease=disease, scenario="unilobar")).tolerance is None


def said(facts: ClinicalFacts, product: str = "glass") -> dict[str, Finding]:
    mine = options_of(product)
    return {f.code: f for f in aims_for(mine.product, facts, Share(0.4), mine)[1]}


def test_aims_that_wait_for_a_fact_are_told_in_one_note() -> None:
    found = said(ClinicalFacts())
    assert "PDA 205 Gy (TD) if HCC" in found["aims-open"].message
    assert "give [patient] disease, scenario" in found["aims-open"].message
    assert "no-aim-PDA" in found


def test_a_disease_that_the_rules_do_not_know_is_told() -> None:
    found = said(ClinicalFacts(disease="NET", scenario="unilobar"))
    assert found["disease-without-rules"].level == "warning"
    assert "house" in found["disease-without-rules"].message


def test_an_aim_that_a_scenario_takes_away_is_told() -> None:
    assert set(said(ClinicalFacts(disease="HCC", scenario="segmentectomy"))) == {"no-aim-PDA"}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("disease", DISEASES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_full_case_leaves_nothing_assumed_and_no_aim_open(product: str, disease: str, scenario: Scenario) -> None:
    facts = replace(FIT, disease=disease, scenario=scenario)
    mine = options_of(product)
    assert {limit.state for limit in limits_for(mine.product, facts, Share(0.2), mine)[0]} == {"holds"}
    assert "aims-open" not in said(facts, product)


def test_a_site_sets_its_aims_and_borrows_no_wish() -> None:
    mine = replace(options_of(), aims_gy={"tumour_gy": Gy(220), "perfused_gy": Gy(110), "perfused_only_gy": Gy(160)})
    found, _ = aims_for(mine.product, GOOD, Share(0.4), mine)
    assert doses(found.tumour) == (220, None, None)
    assert doses(found.perfused) == (110, None, None)
    assert doses(found.perfused_only) == (160, None, None)


def test_a_site_wishes_more_for_the_aim_of_the_rules() -> None:
    mine = replace(options_of(), aims_gy={"wished_gy": Gy(320)})
    assert doses(aims_for(mine.product, GOOD, Share(0.4), mine)[0].tumour) == (205, None, 320)


def test_a_disease_without_rows_has_the_tumour_aim_that_the_site_gives() -> None:
    mine = replace(options_of(), aims_gy={"tumour_gy": Gy(150)})
    facts = ClinicalFacts(disease="NET", scenario="lobectomy")
    assert doses(aims_for(mine.product, facts, Share(0.4), mine)[0].tumour) == (150, None, None)


def test_a_wish_below_its_aim_is_refused() -> None:
    mine = replace(options_of(), aims_gy={"tumour_gy": Gy(220), "wished_gy": Gy(200)})
    with pytest.raises(QuantityError, match="a wish must not lie below its aim"):
        aims_for(mine.product, ClinicalFacts(), Share(0.4), mine)


@pytest.mark.parametrize(
    ("key", "within"),
    [("tumour_gy", 190.0), ("perfused_gy", 20.0), ("perfused_only_gy", 190.0)],  # the standard's own ± 20 Gy
)
def test_an_aim_of_the_site_is_reached_from_95_per_cent_on_or_within_the_standards_range(
    key: str, within: float
) -> None:
    mine = replace(options_of(), aims_gy={key: Gy(200)})
    found, _ = aims_for(mine.product, GOOD, Share(0.4), mine)
    aim = {"tumour_gy": found.tumour, "perfused_gy": found.perfused, "perfused_only_gy": found.perfused_only}[key]
    assert aim is not None
    assert aim.tolerance_gy == pytest.approx(within if key == "perfused_gy" else 0.05 * 200)


@pytest.mark.parametrize(
    ("site", "facts", "label"),
    [
        (None, {"scenario": "lobectomy"}, 140),
        (110, {"scenario": "lobectomy"}, 140),
        (145, {"scenario": "lobectomy"}, 145),
        (160, {"scenario": "lobectomy"}, 150),
        (None, {"scenario": None}, 120),
        (110, {"scenario": None}, 110),
    ],
)
def test_the_labels_dose_is_the_standards_inside_the_range_of_the_scenario(
    site: float | None, facts: dict[str, Scenario | None], label: float
) -> None:
    mine = replace(options_of(), aims_gy={} if site is None else {"perfused_gy": Gy(site)})
    found, _ = aims_for(mine.product, replace(GOOD, scenario=facts["scenario"]), Share(0.4), mine)
    assert found.label is not None
    assert found.label.dose_gy == pytest.approx(label)
    assert found.label.tolerance_gy == pytest.approx(0.05 * label)


def test_tolerance_has_the_sites_aim_for_a_disease_without_a_row_and_its_own_range_for_one_with() -> None:
    mine = replace(options_of("resin"), aims_gy={"tumour_gy": Gy(110)})
    net = aims_for(mine.product, replace(GOOD, disease="NET", scenario="unilobar"), Share(0.4), mine)[0].tolerance
    assert net is not None
    assert (net.volume, doses(net)) == ("TD", (110, None, None))
    assert net.tolerance_gy == pytest.approx(0.05 * 110)
    icc = aims_for(mine.product, replace(GOOD, disease="ICC", scenario="unilobar"), Share(0.4), mine)[0].tolerance
    assert icc is not None
    assert doses(icc) == (86, None, 110)
    low = replace(options_of("resin"), aims_gy={"tumour_gy": Gy(80)})
    lower = aims_for(low.product, replace(GOOD, disease="ICC", scenario="unilobar"), Share(0.4), low)[0].tolerance
    assert lower is not None
    assert doses(lower) == (80, None, 80)


@pytest.mark.parametrize(
    ("product", "disease", "message"),
    [
        (
            "resin",
            None,
            "no tumour aim is pursued: the disease is not given; give [patient] disease or [aims] tumour_gy in case.toml",
        ),
        (
            "holmium",
            "HCC",
            "no tumour aim is pursued: no source gives one for HCC with holmium; give [aims] tumour_gy in case.toml",
        ),
    ],
)
def test_a_case_without_a_tumour_aim_says_why_and_what_gives_one(
    product: str, disease: str | None, message: str
) -> None:
    assert said(ClinicalFacts(disease=disease, scenario="unilobar"), product)["no-aim-PDA"].message == message


def test_an_aim_of_the_site_waits_for_no_fact() -> None:
    mine = replace(options_of(), aims_gy={"tumour_gy": Gy(220)})
    _, found = aims_for(mine.product, ClinicalFacts(scenario="unilobar"), Share(0.4), mine)
    assert "PDA 205" not in next(f.message for f in found if f.code == "aims-open")
    assert "no-aim-PDA" not in {f.code for f in found}
