"""What speaks against treating: each rule just below, at and just above its threshold, and what is not said."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.data import table
from yttria.planning.contraindications import against_treating, contraindications, excluded_facts, site_judgements
from yttria.planning.possible_facts import ImagedFacts
from yttria.values.errors import QuantityError
from yttria.values.patient import ClinicalFacts, PlanningOptions, SiteJudgement
from yttria.values.plan import Contraindication, Scenario
from yttria.values.product import Product

PRODUCTS = ("glass", "resin", "holmium")
FIT = ClinicalFacts(
    disease="HCC",
    scenario="unilobar",
    bilirubin_mg_dl=0.8,
    child_pugh="A5",
    digestive_shunt=False,
    earlier_radioembolisation=False,
    earlier_external_beam=False,
    main_portal_vein_invasion=False,
    gfr=80.0,
    inr=1.0,
    platelets=200.0,
)
SEEN = ImagedFacts(reserve=0.4, tumour_fraction=0.2, lung_shunt=0.05)


def judged(
    facts: ClinicalFacts = FIT, product: str = "glass", imaged: ImagedFacts = SEEN, *, said: bool = True
) -> dict[str, Contraindication]:
    sphere = Product.named(product)
    found = contraindications(sphere, facts, imaged, PlanningOptions(sphere, sphere.nuclide), earlier_dose_known=said)
    return {c.name: c for c in found}


def against(facts: ClinicalFacts = FIT, product: str = "glass", imaged: ImagedFacts = SEEN) -> set[str]:
    return {f"{c.judgement}: {name}" for name, c in judged(facts, product, imaged).items() if c.judgement != "none"}


def patient(**facts: Any) -> ClinicalFacts:
    return replace(FIT, **facts)


def test_a_fit_patient_of_whom_all_is_said_has_none() -> None:
    for product in PRODUCTS:
        assert against(product=product) == set()


def test_every_contraindication_names_its_source() -> None:
    sources = table("rules")["sources"]
    assert all(rule["source"] in sources for rule in table("rules")["contraindication"])
    assert all(c.source for c in judged().values())


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (patient(digestive_shunt=True), {"stop: digestive shunt"}),
        (patient(child_pugh="C10"), {"stop: Child–Pugh C"}),
        (patient(child_pugh="C10", scenario="segmentectomy"), {"stop: Child–Pugh C"}),
        (patient(child_pugh="B9"), {"stop: Child–Pugh B8 or B9 outside segmentectomy"}),
        (patient(child_pugh="B8"), {"stop: Child–Pugh B8 or B9 outside segmentectomy"}),
        (patient(child_pugh="B8", scenario="segmentectomy"), set()),
        (patient(child_pugh="B7"), {"warning: Child–Pugh B7 outside segmentectomy"}),
        (patient(child_pugh="B7", scenario="segmentectomy"), set()),
        (patient(child_pugh="A6"), set()),
        (patient(child_pugh="B8", scenario=None), {"stop: Child–Pugh B8 or B9 outside segmentectomy"}),
        (patient(child_pugh="A6", ascites=True, encephalopathy=False), {"stop: ascites"}),
        (patient(child_pugh="A6", ascites=False, encephalopathy=True), {"stop: encephalopathy"}),
        (patient(gfr=34.9), {"warning: GFR below 35"}),
        (patient(gfr=35.0), set()),
        (patient(inr=1.5), set()),
        (patient(inr=1.51), {"warning: INR above 1.5"}),
        (patient(platelets=49.9), {"warning: platelets below 50"}),
        (patient(platelets=50.0), set()),
        (patient(earlier_external_beam=True), {"warning: external beam to the liver"}),
        (patient(main_portal_vein_invasion=True), {"stop: main portal vein invaded"}),
    ],
)
def test_each_rule_of_glass_holds_as_the_text_says(facts: ClinicalFacts, expected: set[str]) -> None:
    said = replace(facts, ascites=facts.ascites or False, encephalopathy=facts.encephalopathy or False)
    assert against(said) == expected


@pytest.mark.parametrize(
    ("bilirubin", "scenario", "reversible", "expected"),
    [
        (2.0, "unilobar", None, set()),
        (2.01, "unilobar", None, {"stop: bilirubin above 2 mg/dL outside segmentectomy"}),
        (2.01, "unilobar", False, {"stop: bilirubin above 2 mg/dL outside segmentectomy"}),
        (2.01, "unilobar", True, {"warning: bilirubin above 2 mg/dL with a reversible cause"}),
        (2.01, "segmentectomy", None, {"warning: bilirubin above 2 mg/dL in segmentectomy"}),
        (2.01, None, None, {"stop: bilirubin above 2 mg/dL outside segmentectomy"}),
        (3.0, "segmentectomy", None, {"warning: bilirubin above 2 mg/dL in segmentectomy"}),
        (3.01, "segmentectomy", None, {"stop: bilirubin above 3 mg/dL"}),
        (3.01, "unilobar", True, {"stop: bilirubin above 3 mg/dL"}),
        (10.0, "unilobar", None, {"stop: bilirubin above 3 mg/dL"}),
        (10.01, "unilobar", None, {"stop: bilirubin above 10 mg/dL"}),
    ],
)
def test_bilirubin_is_judged_by_its_cause_and_by_what_is_treated(
    bilirubin: float, scenario: Scenario | None, reversible: bool | None, expected: set[str]
) -> None:
    facts = patient(
        bilirubin_mg_dl=bilirubin,
        scenario=scenario,
        bilirubin_reversible=reversible,
        child_pugh="B7",
        ascites=False,
        encephalopathy=False,
    )
    class_b7 = {"warning: Child–Pugh B7 outside segmentectomy"}
    assert against(facts) - class_b7 == expected


def test_bilirubin_above_ten_asks_for_its_unit() -> None:
    (stop,) = [
        f
        for f in against_treating(tuple(judged(patient(bilirubin_mg_dl=14.0, child_pugh="B8")).values()))
        if "bilirubin" in f.message
    ]
    assert stop.level == "stop"
    assert "µmol/L?" in stop.message


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.5, set()),
        (0.501, {"warning: tumour above 50 % of the liver"}),
        (0.7, {"warning: tumour above 50 % of the liver"}),
        (0.701, {"stop: tumour above 70 % of the liver"}),
    ],
)
@pytest.mark.parametrize("product", PRODUCTS)
def test_tumour_burden_is_judged_for_every_product(product: str, share: float, expected: set[str]) -> None:
    assert against(product=product, imaged=replace(SEEN, tumour_fraction=share)) == expected


@pytest.mark.parametrize(
    ("shunt", "expected"),
    [
        (0.10, set()),
        (0.101, {"warning: lung shunt above 10 % with resin"}),
        (0.20, {"warning: lung shunt above 10 % with resin"}),
        (0.201, {"stop: lung shunt above 20 % with resin"}),
    ],
)
def test_the_lung_shunt_as_such_is_judged_for_resin_alone(shunt: float, expected: set[str]) -> None:
    imaged = replace(SEEN, lung_shunt=shunt)
    assert against(product="resin", imaged=imaged) == expected
    assert against(product="glass", imaged=imaged) == against(product="holmium", imaged=imaged) == set()


@pytest.mark.parametrize(("reserve", "stops"), [(0.299, True), (0.30, True), (0.301, False)])
@pytest.mark.parametrize("disease", ["HCC", "ICC", "mCRC", "NET"])
def test_a_lobectomy_with_resin_asks_for_a_reserve_above_thirty_per_cent(
    disease: str, reserve: float, stops: bool
) -> None:
    imaged = replace(SEEN, reserve=reserve)
    found = judged(patient(scenario="lobectomy", disease=disease), "resin", imaged)[
        "hepatic reserve for a lobectomy with resin"
    ]
    assert found.judgement == ("stop" if stops else "none")
    assert against(patient(scenario="unilobar"), "resin", imaged) == set()


def test_external_beam_and_the_portal_vein_are_judged_by_product() -> None:
    beam = {p: against(patient(earlier_external_beam=True), p) for p in PRODUCTS}
    assert beam["resin"] == {"stop: external beam to the liver before resin"}
    assert beam["holmium"] == {"warning: external beam to the liver"}
    vein = {p: against(patient(main_portal_vein_invasion=True), p) for p in PRODUCTS}
    assert vein["resin"] == vein["holmium"] == {"warning: main portal vein invaded, resin or 166Ho"}
    assert against(patient(main_portal_vein_invasion=True), "glass", replace(SEEN, thrombus_takes_up=True)) == set()


# what is not said


def open_stops(facts: ClinicalFacts, product: str = "glass") -> set[str]:
    found = judged(facts, product, said=False).values()
    return {key for c in found if c.judgement == "open" and c.severe for key in c.missing}


def test_class_a5_settles_ascites_and_encephalopathy_and_an_earlier_treatment_its_dose() -> None:
    assert open_stops(FIT) == set()
    assert open_stops(patient(child_pugh="A6")) == {"ascites", "encephalopathy"}
    assert open_stops(patient(earlier_radioembolisation=None)) == {"earlier_radioembolisation"}


@pytest.mark.parametrize("disease", ["mCRC", "NET"])
def test_outside_hcc_and_icc_liver_function_is_asked_only_with_cirrhosis_and_the_portal_vein_not_at_all(
    disease: str,
) -> None:
    facts = patient(disease=disease, child_pugh=None, main_portal_vein_invasion=None)
    assert open_stops(facts) == set()
    assert open_stops(replace(facts, cirrhosis=True)) == {"child_pugh", "ascites", "encephalopathy"}
    assert open_stops(replace(facts, disease="ICC")) == {
        "child_pugh",
        "ascites",
        "encephalopathy",
        "main_portal_vein_invasion",
    }
    assert open_stops(replace(facts, disease=None)) >= {"child_pugh", "ascites", "encephalopathy"}


def test_a_fact_that_could_only_warn_is_open_but_no_stop() -> None:
    facts = patient(gfr=None, inr=None, platelets=None, earlier_external_beam=None)
    assert open_stops(facts) == set()
    assert {name for name, c in judged(facts).items() if c.judgement == "open"} == {
        "GFR below 35",
        "INR above 1.5",
        "platelets below 50",
        "external beam to the liver",
    }
    assert open_stops(facts, "resin") == {"earlier_external_beam"}
    assert open_stops(patient(main_portal_vein_invasion=None), "holmium") == set()
    assert open_stops(patient(main_portal_vein_invasion=None), "glass") == {"main_portal_vein_invasion"}


def test_a_treatment_before_whose_dose_is_not_said_is_a_stop_and_a_dose_settles_it() -> None:
    name = "dose of an earlier treatment not said"
    assert judged(patient(earlier_radioembolisation=True), said=False)[name].judgement == "stop"
    assert judged(patient(earlier_radioembolisation=True), said=True)[name].judgement == "none"


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(PRODUCTS),
    st.builds(
        ClinicalFacts,
        disease=st.sampled_from(["HCC", "mCRC", "NET", None]),
        scenario=st.sampled_from(["segmentectomy", "unilobar", "bilobar"]),
        bilirubin_mg_dl=st.sampled_from([0.5, 2.5, 4.0, None]),
        child_pugh=st.sampled_from(["A5", "A6", "B7", "B8", "C10", None]),
        ascites=st.sampled_from([None, False, True]),
        digestive_shunt=st.sampled_from([None, False, True]),
        main_portal_vein_invasion=st.sampled_from([None, False, True]),
        earlier_external_beam=st.sampled_from([None, False, True]),
    ),
)
def test_a_stop_stands_whatever_else_is_not_said_and_what_is_open_names_what_settles_it(
    product: str, facts: ClinicalFacts
) -> None:
    for c in judged(facts, product).values():
        if c.judgement == "open":
            assert c.missing
            assert all(getattr(facts, key) is None for key in c.missing)
        else:
            assert c.missing == ()


# a site


def test_a_site_loosens_a_contraindication_by_its_name_and_is_cited_with_the_table() -> None:
    sphere = Product.named("glass")
    name = "Child–Pugh B8 or B9 outside segmentectomy"
    own = PlanningOptions(sphere, sphere.nuclide, contraindications={name: SiteJudgement("warning", "our board, 2026")})
    found = {c.name: c for c in contraindications(sphere, patient(child_pugh="B8"), SEEN, own)}
    assert found[name].judgement == "warning"
    assert "our board, 2026" in found[name].source
    assert "CME handbook" in found[name].source
    assert found["Child–Pugh C"].judgement == "none"


# facts that exclude one another


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        (ClinicalFacts(child_pugh="A5", bilirubin_mg_dl=1.99), 0),
        (ClinicalFacts(child_pugh="A5", bilirubin_mg_dl=2.0), 1),
        (ClinicalFacts(child_pugh="A6", bilirubin_mg_dl=2.0), 0),
        (ClinicalFacts(child_pugh="A6", bilirubin_mg_dl=3.0), 0),
        (ClinicalFacts(child_pugh="A6", bilirubin_mg_dl=3.01), 1),
        (ClinicalFacts(child_pugh="B7", bilirubin_mg_dl=3.01), 0),
        (ClinicalFacts(child_pugh="A5", ascites=True), 1),
        (ClinicalFacts(child_pugh="A5", encephalopathy=True), 1),
        (ClinicalFacts(child_pugh="A6", ascites=True), 0),
        (ClinicalFacts(earlier_radioembolisation=False, earlier_normal_liver_dose_gy=0.0), 0),
        (ClinicalFacts(earlier_radioembolisation=False, earlier_normal_liver_dose_gy=0.1), 1),
        (ClinicalFacts(earlier_radioembolisation=False, earlier_perfused_normal_dose_gy=0.1), 1),
        (ClinicalFacts(earlier_radioembolisation=False, previous_lung_dose_gy=0.1), 1),
        (ClinicalFacts(earlier_radioembolisation=True, earlier_normal_liver_dose_gy=20.0), 0),
    ],
)
def test_facts_that_exclude_one_another_are_a_stop_naming_both(facts: ClinicalFacts, count: int) -> None:
    found = excluded_facts(Product.named("glass"), facts)
    assert [f.level for f in found] == ["stop"] * count
    assert all(" and " in f.message for f in found)


@pytest.mark.parametrize(
    ("name", "own", "loosened"),
    [
        ("ascites", "none", True),
        ("ascites", "warning", True),
        ("ascites", "stop", False),
        ("GFR below 35", "none", True),
        ("GFR below 35", "warning", False),
        ("GFR below 35", "stop", False),
    ],
)
def test_a_site_that_judges_less_severely_than_the_table_is_told_so(name: str, own: Any, loosened: bool) -> None:
    glass = Product.named("glass")
    options = PlanningOptions(glass, glass.nuclide, contraindications={name: SiteJudgement(own, "our board")})
    assert [(f.level, f.code) for f in site_judgements(options)] == [
        ("warning", "site-contraindication-loosened")
    ] * loosened


@pytest.mark.parametrize(
    ("name", "words"), [("ascitis", "did you mean 'ascites'?"), ("0123456789", "known are digestive shunt, ")]
)
def test_a_site_that_judges_what_no_rule_has_is_refused_with_the_nearest_name(name: str, words: str) -> None:
    glass = Product.named("glass")
    options = PlanningOptions(glass, glass.nuclide, contraindications={name: SiteJudgement("none", "our board")})
    with pytest.raises(QuantityError, match=re.escape(f"the contraindication {name!r}, which no rule has; {words}")):
        site_judgements(options)
