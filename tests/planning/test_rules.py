"""The table of limits: every cell of the published tables, what is unknown, what a site sets itself."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product as every_combination
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import options_of

from yttria.data import table
from yttria.planning.possible_facts import (
    DERIVED,
    IMAGED,
    NUMBERS,
    SCENARIOS,
    YES_NO,
    ImagedFacts,
    contradictions,
    known_state,
    questions,
)
from yttria.planning.rules import limits_for
from yttria.values.aims_limits import SITE_VOLUMES, Limit
from yttria.values.errors import Finding, QuantityError
from yttria.values.patient import ClinicalFacts
from yttria.values.plan import Scenario
from yttria.values.units import Gy, Share

PRODUCTS = ("glass", "resin", "holmium")
DISEASES = ("HCC", "ICC", "mCRC", "NET")
FIT = ClinicalFacts(bilirubin_mg_dl=0.8, child_pugh="A5", earlier_radioembolisation=False)
KINDS = ("limit", "aim", "contraindication")


def judged(product: str, facts: ClinicalFacts, reserve: float = 0.4) -> dict[str, Limit]:
    mine = options_of(product)
    return {limit.name: limit for limit in limits_for(mine.product, facts, Share(reserve), mine)[0]}


def limits(product: str, facts: ClinicalFacts, reserve: float = 0.4) -> dict[str, tuple[str, float]]:
    return {
        name: (limit.volume, float(limit.limit_gy))
        for name, limit in judged(product, facts, reserve).items()
        if name != "lung"
    }


def by_the_text(product: str, facts: ClinicalFacts) -> dict[str, tuple[str, float]]:
    """Return the limits on the normal liver as laws 2 and 3 say them, written beside the table and not from it; every fact is known."""
    bilirubin, score, treated = facts.bilirubin_mg_dl, facts.child_pugh, facts.earlier_radioembolisation
    assert bilirubin is not None
    cirrhotic = facts.disease in {"HCC", "ICC"}
    class_a = (
        score is not None and score[0] == "A" if cirrhotic else not facts.cirrhosis and score in {None, "A5", "A6"}
    )
    fit = bilirubin < 1.1 and class_a and not treated
    worse = score is not None and score[0] != "A"
    if product == "holmium":
        return {"normal-liver": ("WNLD", 40 if facts.scenario == "bilobar" and not fit else 60)}
    if product == "resin":
        if facts.scenario in {"lobectomy", "segmentectomy"}:
            return {"normal-liver": ("WNLD", 40)}
        strict = facts.scenario == "bilobar" and (treated or worse or bilirubin > 2)
        return {"normal-perfused": ("NPLD", 30 if strict else 40)}
    if facts.scenario == "segmentectomy":
        return {"normal-liver": ("WNLD", 90 if fit else 75)}
    if worse or bilirubin >= 1.1 or (treated and facts.scenario == "bilobar"):
        return {"normal-liver": ("WNLD", 50)}
    return {"normal-liver": ("WNLD", 75 if treated or facts.disease != "HCC" else 90)}


diseases = st.sampled_from(DISEASES)
scenarios = st.sampled_from(SCENARIOS)
known_facts = st.builds(
    ClinicalFacts,
    disease=diseases,
    scenario=scenarios,
    bilirubin_mg_dl=st.sampled_from([0.5, 1.09, 1.1, 1.6, 1.99, 2.0, 2.01, 2.9, 3.0, 3.01]) | st.floats(0.1, 9.9),
    child_pugh=st.sampled_from(["A5", "A6", "B7", "B8", "B9", "C11"]),
    earlier_radioembolisation=st.booleans(),
    cirrhosis=st.sampled_from([None, False, True]),
)
FACTS = ("disease", "scenario", "bilirubin_mg_dl", "child_pugh", "earlier_radioembolisation")


VALUES: Mapping[str, tuple[Any, ...]] = {
    "disease": DISEASES,
    "scenario": SCENARIOS,
    "bilirubin_mg_dl": (0.5, 1.6, 2.0, 2.5, 3.0, 4.0),
    "child_pugh": ("A5", "A6", "B7", "C10"),
    "earlier_radioembolisation": (False, True),
}


def with_facts(facts: ClinicalFacts, said: Mapping[str, Any]) -> ClinicalFacts:
    return replace(facts, **said)


def consistent(facts: ClinicalFacts) -> bool:
    return not contradictions(known_state(options_of().product, facts, ImagedFacts()))


# laws of the table


def test_every_rule_names_a_source_that_the_table_holds_and_every_source_is_used() -> None:
    rules = table("rules")
    named = [rule for kind in KINDS for rule in rules[kind]] + [
        rule["while"] for rule in rules["aim"] if "while" in rule
    ]
    for rule in named:
        assert rule["source"] in rules["sources"]
    for rule in rules["limit"] + rules["aim"]:
        assert rule["volume"] in {"LD", "NPLD", "WNLD", "WLD", "PLD", "TD", "TD_all"}
    assert {rule["source"] for rule in named} == set(rules["sources"])


def test_no_rule_asks_anything_that_nobody_judges() -> None:
    known = {*YES_NO, *NUMBERS.values(), *IMAGED, *DERIVED, "product", "disease", "scenario", "child_pugh"}
    for kind in KINDS:
        for rule in table("rules")[kind]:
            assert {fact for fact, _, _ in questions(rule)} <= known
            assert set(rule.get("disease", ())) <= {"HCC", "ICC", "mCRC"}
            assert {*rule.get("scenario", ()), *rule.get("not_scenario", ())} <= set(SCENARIOS)


def test_every_limit_of_the_rules_can_be_set_by_a_site() -> None:
    assert {rule["name"]: rule["volume"] for rule in table("rules")["limit"]}.items() <= dict(SITE_VOLUMES).items()


def test_a_rule_that_was_not_seen_in_print_never_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = table("rules")
    recalled = {"name": "normal-liver", "volume": "WNLD", "gy": 20, "source": "trial", "verified": False}
    monkeypatch.setattr("yttria.planning.rules.table", lambda _: {**rules, "limit": [*rules["limit"], recalled]})
    facts = replace(FIT, disease="HCC", scenario="unilobar", child_pugh="A6")
    assert limits("glass", facts)["normal-liver"] == ("WNLD", 90)


# law 1: unknown tightens, never loosens


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PRODUCTS), known_facts, st.sets(st.sampled_from(FACTS)), st.sampled_from([0.1, 0.29, 0.30, 0.6]))
def test_what_is_unknown_is_the_strictest_that_it_could_bring_and_no_stricter(
    product: str, facts: ClinicalFacts, hidden: set[str], reserve: float
) -> None:
    if not consistent(facts):
        return
    unknown = with_facts(facts, dict.fromkeys(hidden))
    values = {name: VALUES[name] for name in sorted(hidden)}
    could = [with_facts(unknown, dict(zip(values, row, strict=True))) for row in every_combination(*values.values())]
    unasked = [f for f in could if f.disease in {"mCRC", "NET"} and not f.cirrhosis]  # Child–Pugh is no score of theirs
    asked = [f for f in could if consistent(f) and ("child_pugh" not in hidden or f not in unasked)]
    asked += [replace(f, child_pugh=None) for f in unasked if "child_pugh" in hidden]
    found = judged(product, unknown, reserve)
    all_limits = [limits(product, f, reserve) for f in asked]
    strictest = {
        name: min(here[name][1] for here in all_limits if name in here) for name in {n for h in all_limits for n in h}
    }
    assert {name: float(x.limit_gy) for name, x in found.items() if name != "lung"} == strictest
    for name, limit in found.items():
        if name == "lung":
            continue
        settled = len({here.get(name) for here in all_limits}) == 1
        assert limit.state == ("holds" if settled else "assumed")
        assert set(limit.missing) <= hidden
        assert bool(limit.missing) is not settled


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PRODUCTS), known_facts, st.sets(st.sampled_from(FACTS)), st.sampled_from(FACTS))
def test_a_fact_that_is_given_never_lowers_a_limit(
    product: str, facts: ClinicalFacts, hidden: set[str], fact: str
) -> None:
    takes_away = fact == "child_pugh" and facts.disease not in {"HCC", "ICC"} and not facts.cirrhosis
    if not consistent(facts) or takes_away:
        return
    less = with_facts(facts, dict.fromkeys({*hidden, fact}))
    more = with_facts(less, {fact: getattr(facts, fact)})
    before, after = judged(product, less), judged(product, more)
    for name, limit in after.items():
        assert name in before
        assert limit.limit_gy >= before[name].limit_gy


# laws 2 and 3: known answers, product x disease x scenario x facts


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PRODUCTS), known_facts)
def test_the_normal_liver_is_limited_as_the_text_says(product: str, facts: ClinicalFacts) -> None:
    if consistent(facts):
        assert limits(product, facts) == by_the_text(product, facts)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("disease", DISEASES)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_cell_is_without_a_limit_on_the_normal_liver(product: str, disease: str, scenario: Scenario) -> None:
    assert {"normal-liver", "normal-perfused"} & limits(
        product, replace(FIT, disease=disease, scenario=scenario)
    ).keys()


def test_a_cell_that_the_table_leaves_empty_has_the_strictest_of_the_other_scenarios(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules = table("rules")
    kept = [rule for rule in rules["limit"] if rule.get("scenario") != ["segmentectomy"]]
    monkeypatch.setattr("yttria.planning.rules.table", lambda _: {**rules, "limit": kept})
    facts = replace(FIT, disease="HCC", scenario="segmentectomy", child_pugh="A6", bilirubin_mg_dl=0.81)
    assert limits("glass", facts)["normal-liver"] == ("WNLD", 90)
    assert judged("resin", facts)["normal-perfused"].source.startswith("house: ")
    assert limits("resin", facts) == {"normal-liver": ("WNLD", 40), "normal-perfused": ("NPLD", 40)}


@pytest.mark.parametrize(("bilirubin", "gray"), [(1.09, 90), (1.1, 50), (1.11, 50)])
def test_bilirubin_from_1_1_keeps_fifty(bilirubin: float, gray: float) -> None:
    facts = replace(FIT, disease="HCC", scenario="unilobar", bilirubin_mg_dl=bilirubin)
    assert limits("glass", facts)["normal-liver"] == ("WNLD", gray)


@pytest.mark.parametrize(("bilirubin", "gray"), [(1.99, 40), (2.0, 40), (2.01, 30)])
def test_resin_keeps_thirty_in_a_bilobar_treatment_above_two(bilirubin: float, gray: float) -> None:
    facts = replace(FIT, disease="HCC", scenario="bilobar", child_pugh="A6", bilirubin_mg_dl=bilirubin)
    assert limits("resin", facts)["normal-perfused"] == ("NPLD", gray)


@pytest.mark.parametrize(("reserve", "holds"), [(0.299, True), (0.30, False), (0.301, False)])
@pytest.mark.parametrize("scenario", ["lobectomy", "unilobar"])
@pytest.mark.parametrize("disease", DISEASES)
def test_perfused_normal_liver_is_limited_to_120_gray_below_thirty_per_cent_of_reserve(
    disease: str, scenario: Scenario, reserve: float, holds: bool
) -> None:
    found = limits("glass", replace(FIT, disease=disease, scenario=scenario), reserve)
    assert found.get("normal-perfused") == (("NPLD", 120) if holds else None)
    for other in ("bilobar", "segmentectomy"):
        assert "normal-perfused" not in limits("glass", replace(FIT, disease=disease, scenario=other), reserve)


def test_a_case_that_says_nothing_has_the_strictest_with_the_keys_that_settle_it() -> None:
    found = judged("glass", ClinicalFacts())["normal-liver"]
    assert (found.limit_gy, found.state) == (Gy(50), "assumed")
    assert set(found.missing) == set(FACTS)
    assert "bilirubin_mg_dl" in found.condition


def test_class_a5_says_that_bilirubin_is_below_two() -> None:
    facts = ClinicalFacts(disease="HCC", scenario="bilobar", child_pugh="A5", earlier_radioembolisation=False)
    assert (judged("resin", facts)["normal-perfused"].limit_gy, judged("resin", facts)["normal-perfused"].state) == (
        Gy(40),
        "holds",
    )
    worse = judged("resin", replace(facts, child_pugh="A6"))["normal-perfused"]
    assert (worse.limit_gy, worse.missing) == (Gy(30), ("bilirubin_mg_dl",))


def test_metastases_without_cirrhosis_are_not_asked_for_child_pugh() -> None:
    facts = ClinicalFacts(disease="mCRC", scenario="unilobar", bilirubin_mg_dl=0.8, earlier_radioembolisation=False)
    assert judged("glass", facts)["normal-liver"].state == "holds"
    with_cirrhosis = judged("glass", replace(facts, cirrhosis=True))["normal-liver"]
    assert (with_cirrhosis.limit_gy, with_cirrhosis.missing) == (Gy(50), ("child_pugh",))


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_lungs_are_always_limited_and_over_all_sessions_where_they_had_a_dose(product: str) -> None:
    session = judged(product, replace(FIT, disease="HCC", scenario="unilobar"))["lung"]
    assert (session.limit_gy, session.state) == (Gy(30), "holds")
    for before, there in ((None, False), (0.0, False), (0.01, True)):
        found = judged(product, ClinicalFacts(previous_lung_dose_gy=before))
        assert ("lung-cumulative" in found) is there
    assert found["lung-cumulative"].limit_gy == Gy(50)


# law 15: the site may be stricter in silence, looser only in words

GOOD = replace(FIT, disease="HCC", scenario="lobectomy")


def at_site(
    facts: ClinicalFacts, gy: float, *, name: str = "normal_liver", source: str = "our protocol", product: str = "glass"
) -> tuple[Limit | None, list[str]]:
    mine = replace(options_of(product), limits_gy={name: Gy(gy)}, limit_sources={name: source} if source else {})
    found, told = limits_for(mine.product, facts, Share(0.4), mine)
    return next((x for x in found if x.name == name.replace("_", "-")), None), [f.level for f in told]


@pytest.mark.parametrize(
    ("gy", "source", "limit", "levels"),
    [
        (60, "", 60, []),
        (90, "", 90, []),
        (90.1, "", 90, ["stop"]),
        (90.1, "our protocol", 90.1, ["warning"]),
        (134.9, "our protocol", 134.9, ["warning"]),
        (135.0, "our protocol", 135, ["warning"]),
        (135.1, "our protocol", 90, ["stop"]),
    ],
)
def test_a_site_is_stricter_in_silence_and_looser_only_with_a_source_and_at_most_half_as_much_again(
    gy: float, source: str, limit: float, levels: list[str]
) -> None:
    found, told = at_site(GOOD, gy, source=source)
    assert found is not None
    assert (found.limit_gy, told) == (limit, levels)


@pytest.mark.parametrize(
    "facts",
    [
        replace(GOOD, bilirubin_mg_dl=1.6),
        replace(GOOD, child_pugh="B7"),
        replace(GOOD, earlier_radioembolisation=True),
        replace(GOOD, bilirubin_mg_dl=None),
        replace(GOOD, disease="mCRC"),
        replace(GOOD, disease=None),
    ],
)
@pytest.mark.parametrize("gy", [90, 120])
def test_a_bare_number_loosens_only_the_most_relaxed_rule(facts: ClinicalFacts, gy: float) -> None:
    found, told = at_site(facts, gy)
    assert found is not None
    assert found.limit_gy == judged("glass", facts)["normal-liver"].limit_gy
    assert told == ([] if gy == 90 else ["warning"])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(PRODUCTS),
    known_facts,
    st.floats(5, 200),
    st.floats(5, 200),
    st.sampled_from(["lung", "normal_liver"]),
)
def test_a_looser_site_never_lowers_a_limit(
    product: str, facts: ClinicalFacts, one: float, other: float, name: str
) -> None:
    low, high = sorted((one, other))
    strict, _ = at_site(facts, low, name=name, product=product)
    loose, told = at_site(facts, high, name=name, product=product)
    if "stop" not in told and strict is not None and loose is not None:
        assert loose.limit_gy >= strict.limit_gy


def test_a_site_names_both_numbers_where_it_is_looser() -> None:
    mine = replace(options_of(), limits_gy={"lung": Gy(40)}, limit_sources={"lung": "our lung board, 2026"})
    _, (only,) = limits_for(mine.product, GOOD, Share(0.4), mine)
    assert "40 Gy" in only.message
    assert "30 Gy" in only.message
    assert "our lung board" in only.message


def test_a_site_limits_a_volume_that_no_rule_limits() -> None:
    found, told = at_site(GOOD, 140, name="perfused")
    assert found is not None
    assert (found.volume, found.limit_gy, told) == ("PLD", Gy(140), [])


# refusals


def test_a_limit_of_an_unknown_name_is_refused_with_the_nearest() -> None:
    mine = replace(options_of(), limits_gy={"normal_perfuse": Gy(100)})
    with pytest.raises(QuantityError, match=r"did you mean normal_perfused_gy\?"):
        limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)


def test_a_limit_of_a_name_like_none_is_refused_with_all() -> None:
    mine = replace(options_of(), limits_gy={"xyz": Gy(100)})
    with pytest.raises(QuantityError, match="known are lung_gy, lung_cumulative_gy"):
        limits_for(mine.product, ClinicalFacts(), Share(0.4), mine)


# a site's limits with conditions


def own(*rules: Mapping[str, object], facts: ClinicalFacts = GOOD) -> tuple[dict[str, float], dict[str, Finding]]:
    """Return the limits with a site's own on the normal liver of glass, and what is told of them."""
    usual = {"name": "normal-liver", "volume": "WNLD", "source": "our board"}
    mine = replace(options_of("glass"), own_limits=tuple(tuple({**usual, **rule}.items()) for rule in rules))
    found, told = limits_for(mine.product, facts, Share(0.4), mine)
    return {x.name: float(x.limit_gy) for x in found}, {f.code: f for f in told}


ALL_ASKED = {
    "disease": ("HCC",),
    "scenario": ("lobectomy", "unilobar"),
    "bilirubin_below_mg_dl": 1.1,
    "child_pugh": ("A",),
    "not_treated_before": True,
}


@pytest.mark.parametrize(
    ("rule", "limit", "codes"),
    [
        ({"gy": 40}, 40, []),
        ({"gy": 90}, 90, []),
        ({"gy": 95}, 90, ["site-limit-unused-normal-liver"]),
        ({"gy": 95, **ALL_ASKED}, 95, ["site-limit-above-normal-liver"]),
        ({"gy": 135, **ALL_ASKED}, 135, ["site-limit-above-normal-liver"]),
        (
            {"gy": 135.1, **ALL_ASKED},
            135.1,
            ["site-limit-far-above-normal-liver", "site-limit-above-normal-liver"],
        ),
        ({"gy": 95, **ALL_ASKED, "child_pugh": ("B",)}, 90, []),  # does not hold here
    ],
)
def test_a_sites_condition_is_stricter_in_silence_and_looser_only_where_it_asks_all_that_the_rule_stands_on(
    rule: dict[str, object], limit: float, codes: list[str]
) -> None:
    found, told = own(rule)
    assert found["normal-liver"] == limit
    assert list(told) == codes


def test_of_two_conditions_of_a_site_the_stricter_counts() -> None:
    assert own({"gy": 60}, {"gy": 40})[0]["normal-liver"] == 40
    assert own({"gy": 40}, {"gy": 60})[0]["normal-liver"] == 40


def test_a_condition_on_a_volume_that_no_rule_limits_counts_and_is_not_told() -> None:
    found, told = own({"name": "perfused", "volume": "PLD", "gy": 500})
    assert (found["perfused"], told) == (500, {})


def test_a_looser_condition_says_both_limits_and_what_it_does_not_ask() -> None:
    unused = own({"gy": 60, "bilirubin_from_mg_dl": 1.1}, facts=replace(GOOD, bilirubin_mg_dl=1.6))[1]
    message = unused["site-limit-unused-normal-liver"].message
    assert message == (
        "the site's [[limit]] normal-liver of 60 Gy does not count: 50 Gy hold here, and stand on scenario, which it does not ask; let it ask them too, or lower it"
    )
    above = own({"gy": 95, **ALL_ASKED, "condition": "first treatments"})[1]["site-limit-above-normal-liver"]
    assert above.level == "warning"
    assert above.message == (
        "the site's limit normal-liver of 95 Gy (first treatments) lies above the guideline's 90 Gy here (our board)"
    )
    assert above.values == {"site_gy": 95.0, "guideline_gy": 90.0}


@pytest.mark.parametrize(
    ("name", "gy", "source", "code", "message"),
    [
        (
            "normal_liver",
            140,
            "our board",
            "site-limit-far-above-normal-liver",
            "[limits] normal_liver_gy = 140 is more than 1.5 times (house) the guideline's most relaxed limit of 90 Gy; it is not applied: lower it",
        ),
        (
            "normal_liver",
            100,
            "",
            "site-limit-without-source-normal-liver",
            "[limits] normal_liver_gy = 100 lies above the guideline's most relaxed limit of 90 Gy and names no source; it is not applied: give source in [limits], or lower it",
        ),
    ],
)
def test_a_sites_number_that_is_not_applied_says_why(
    name: str, gy: float, source: str, code: str, message: str
) -> None:
    mine = replace(options_of(), limits_gy={name: Gy(gy)}, limit_sources={name: source} if source else {})
    _, (only,) = limits_for(mine.product, GOOD, Share(0.4), mine)
    assert (only.level, only.code, only.message) == ("stop", code, message)
