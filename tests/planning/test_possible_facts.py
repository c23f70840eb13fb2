"""What may be true of a patient: answers of rules, derived facts, values of missing ones, and what excludes itself."""

from typing import Any

import pytest

from yttria.planning.possible_facts import (
    ImagedFacts,
    answer,
    asks_liver_function,
    contradictions,
    derived,
    facts_of_rules,
    holds,
    in_words,
    judged_as,
    known_disease,
    known_state,
    possible_states,
    questions,
    treated_before,
)
from yttria.values.patient import ClinicalFacts
from yttria.values.product import Product
from yttria.values.units import Share

GLASS = Product.named("glass")


def state(**facts: Any) -> dict[str, Any]:
    """Return what is known of a patient with HCC of class A5, bilirubin 0.8 mg/dL, never treated, with changes."""
    imaged = {k: facts.pop(k) for k in ("reserve", "tumour_fraction", "lung_shunt", "has_tumour_contour") if k in facts}
    said: dict[str, Any] = {
        "disease": "HCC",
        "scenario": "lobectomy",
        "bilirubin_mg_dl": 0.8,
        "child_pugh": "A5",
        "earlier_radioembolisation": False,
    } | facts
    return dict(known_state(GLASS, ClinicalFacts(**said), ImagedFacts(**imaged)))


# laws


@pytest.mark.parametrize("fact", ["naive_and_fit", "compromised", "treated_before"])
def test_nothing_derived_is_known_while_all_that_decides_it_is_missing(fact: str) -> None:
    nothing = known_state(GLASS, ClinicalFacts(), ImagedFacts())
    assert derived(nothing, fact) is None


def test_every_possible_state_answers_what_the_rule_asks_and_keeps_what_is_known() -> None:
    rule = {"disease": ["HCC"], "bilirubin_from_mg_dl": 1.1, "child_pugh": ["A"]}
    known = state(bilirubin_mg_dl=None, child_pugh=None)
    states = possible_states(known, [rule])
    assert {holds(rule, s) for s in states} == {True, False}
    assert all(s["disease"] == "HCC" and s["scenario"] == "lobectomy" for s in states)
    assert possible_states(state(), [rule]) == [state()]


def test_no_possible_state_excludes_itself() -> None:
    rule = {"child_pugh": ["A"], "bilirubin_from_mg_dl": 1.1, "ascites": True, "encephalopathy": True}
    states = possible_states(state(bilirubin_mg_dl=None, child_pugh=None), [rule])
    assert states
    assert [s for s in states if contradictions(s)] == []
    assert not any(s["child_pugh"] == "A5" and s["ascites"] for s in states)


# thresholds: just below, at, just above


@pytest.mark.parametrize(
    ("how", "below", "at", "above"),
    [
        ("from", False, True, True),
        ("above", False, False, True),
        ("to", True, True, False),
        ("below", True, False, False),
    ],
)
def test_a_number_meets_a_threshold_as_its_word_says(how: str, below: bool, at: bool, above: bool) -> None:
    for fact, key, step in (
        ("bilirubin_mg_dl", f"bilirubin_{how}_mg_dl", 1e-9),
        ("gfr", f"gfr_{how}", 1e-9),
        ("inr", f"inr_{how}", 1e-9),
        ("platelets", f"platelets_{how}", 1e-9),
    ):
        found = [holds({key: 1.5}, state(**{fact: 1.5 + shift})) for shift in (-step, 0.0, step)]
        assert found == [below, at, above], key
        assert [holds({f"not_{key}": 1.5}, state(**{fact: 1.5 + s})) for s in (-step, 0.0, step)] == [
            not below,
            not at,
            not above,
        ]


@pytest.mark.parametrize(("bilirubin", "fit"), [(1.0999, True), (1.1, False), (1.1001, False)])
def test_naive_and_fit_ends_at_a_bilirubin_of_1_1(bilirubin: float, fit: bool) -> None:
    assert derived(state(bilirubin_mg_dl=bilirubin), "naive_and_fit") is fit


@pytest.mark.parametrize(("bilirubin", "compromised"), [(1.9999, False), (2.0, False), (2.0001, True)])
def test_compromised_begins_above_a_bilirubin_of_2(bilirubin: float, compromised: bool) -> None:
    assert derived(state(bilirubin_mg_dl=bilirubin, child_pugh="A6"), "compromised") is compromised


@pytest.mark.parametrize(
    ("score", "bilirubin", "excluded"),
    [
        ("A5", 1.9999, False), ("A5", 2.0, True), ("A5", 2.0001, True),
        ("A6", 2.9999, False), ("A6", 3.0, False), ("A6", 3.0001, True),
        ("B7", 3.0001, False), ("C10", 30.0, False),
    ],
)  # fmt: skip
def test_a_score_excludes_the_bilirubin_that_alone_gives_more_points(
    score: str, bilirubin: float, excluded: bool
) -> None:
    found = contradictions(state(child_pugh=score, bilirubin_mg_dl=bilirubin))
    assert found == [(f"Child–Pugh {score}", f"bilirubin {bilirubin:g} mg/dL")] * excluded


def test_class_a5_excludes_ascites_and_encephalopathy_and_a6_does_not() -> None:
    both = {"ascites": True, "encephalopathy": True}
    assert contradictions(state(child_pugh="A5", **both)) == [
        ("Child–Pugh A5", "ascites"),
        ("Child–Pugh A5", "encephalopathy"),
    ]
    assert contradictions(state(child_pugh="A6", **both)) == []
    assert contradictions(state(child_pugh=None, **both)) == []


def test_a_missing_number_takes_each_threshold_and_both_sides_of_it() -> None:
    rules = [{"inr_above": 1.5}, {"inr_from": 2.5}]
    assert [s["inr"] for s in possible_states(state(inr=None), rules)] == pytest.approx([0.75, 1.5, 2.0, 2.5, 2.75])
    assert [
        s["bilirubin_mg_dl"]
        for s in possible_states(state(bilirubin_mg_dl=None, child_pugh="B7"), [{"bilirubin_above_mg_dl": 2}])
    ] == pytest.approx([0.55, 1.1, 1.55, 2.0, 2.5, 3.0, 3.3])


# derived facts


@pytest.mark.parametrize(
    ("facts", "fit"),
    [
        ({}, True),
        ({"child_pugh": "B7"}, False),
        ({"earlier_radioembolisation": True}, False),
        ({"previous_lung_dose_gy": 3.0}, False),
        ({"child_pugh": None}, None),
        ({"bilirubin_mg_dl": None}, None),
        ({"earlier_radioembolisation": None}, None),
        ({"bilirubin_mg_dl": 2.5, "child_pugh": None}, False),
        ({"disease": "mCRC", "child_pugh": None}, True),
        ({"disease": "mCRC", "child_pugh": "B7"}, False),
        ({"disease": "mCRC", "child_pugh": None, "cirrhosis": True}, False),
        ({"disease": None, "child_pugh": None}, None),
    ],
)
def test_naive_and_fit_asks_bilirubin_class_and_no_earlier_treatment(facts: dict[str, Any], fit: bool | None) -> None:
    assert derived(state(**facts), "naive_and_fit") is fit


@pytest.mark.parametrize(
    ("facts", "compromised"),
    [
        ({}, False),
        ({"child_pugh": "B7"}, True),
        ({"child_pugh": "C10", "bilirubin_mg_dl": None}, True),
        ({"child_pugh": None}, None),
        ({"bilirubin_mg_dl": None}, None),
        ({"disease": "mCRC", "child_pugh": None}, False),
        ({"disease": "mCRC", "child_pugh": None, "cirrhosis": True}, None),
        ({"disease": "mCRC", "child_pugh": None, "bilirubin_mg_dl": 2.1}, True),
    ],
)
def test_compromised_is_class_b_or_c_or_a_high_bilirubin(facts: dict[str, Any], compromised: bool | None) -> None:
    assert derived(state(**facts), "compromised") is compromised


@pytest.mark.parametrize(
    ("disease", "cirrhosis", "asked"),
    [
        ("HCC", None, True),
        ("ICC", None, True),
        (None, None, True),
        ("mCRC", None, False),
        ("mCRC", True, True),
        ("NET", False, False),
    ],
)
def test_liver_function_is_asked_of_cirrhotic_diseases_and_of_cirrhosis(
    disease: str | None, cirrhosis: bool | None, asked: bool
) -> None:
    assert asks_liver_function(state(disease=disease, cirrhosis=cirrhosis)) is asked


@pytest.mark.parametrize(
    ("dose", "said", "before"),
    [
        (None, None, None),
        (None, False, False),
        (0.0, False, False),
        (0.1, False, True),
        (None, True, True),
    ],
)
@pytest.mark.parametrize(
    "key", ["earlier_normal_liver_dose_gy", "earlier_perfused_normal_dose_gy", "previous_lung_dose_gy"]
)
def test_any_earlier_dose_is_an_earlier_treatment(
    key: str, dose: float | None, said: bool | None, before: bool | None
) -> None:
    facts: dict[str, Any] = {key: dose, "earlier_radioembolisation": said}
    assert treated_before(ClinicalFacts(**facts)) is before


@pytest.mark.parametrize(
    ("dose", "said", "had"),
    [(None, None, None), (None, True, None), (None, False, False), (0.0, True, False), (2.0, None, True)],
)
def test_lungs_had_a_dose_unless_the_case_says_otherwise(
    dose: float | None, said: bool | None, had: bool | None
) -> None:
    found = state(previous_lung_dose_gy=dose, earlier_radioembolisation=said)
    assert found["previous_lung_dose"] is had


# questions and answers


def test_a_rule_holds_where_all_is_met_falls_where_one_is_not_and_is_open_where_one_is_missing() -> None:
    rule = {"name": "x", "gy": 9, "source": "s", "disease": ["HCC"], "ascites": True}
    assert holds(rule, state(ascites=True)) is True
    assert holds(rule, state(ascites=False)) is False
    assert holds(rule, state(ascites=None)) is None
    assert holds(rule, state(ascites=None, disease="ICC")) is False
    assert holds({**rule, "verified": False}, state(ascites=True)) is False


def test_a_negated_question_is_met_while_its_fact_is_missing() -> None:
    (question,) = questions({"not_scenario": ["segmentectomy"]})
    assert question == ("scenario", "not in", ["segmentectomy"])
    assert answer(state(scenario=None), question) is True
    assert answer(state(scenario="segmentectomy"), question) is False
    assert answer(state(scenario="bilobar"), question) is True


@pytest.mark.parametrize(
    ("score", "wanted", "met"),
    [
        ("B8", ["B"], True),
        ("B8", ["B8", "B9"], True),
        ("B7", ["B8", "B9"], False),
        ("A6", ["B", "C"], False),
    ],
)
def test_a_class_is_met_by_its_scores_and_a_score_by_itself(score: str, wanted: list[str], met: bool) -> None:
    assert holds({"child_pugh": wanted}, state(child_pugh=score)) is met


def test_asked_facts_are_those_behind_derived_ones_disease_and_scenario_first() -> None:
    rule = {"naive_and_fit": True, "scenario": ["bilobar"], "lung_shunt_above": 0.2}
    assert facts_of_rules([rule]) == (
        "disease",
        "scenario",
        "bilirubin_mg_dl",
        "child_pugh",
        "earlier_radioembolisation",
        "lung_shunt",
    )


def test_diseases_are_spelt_as_the_rules_do_and_one_without_rows_is_judged_as_metastases() -> None:
    assert [known_disease(ClinicalFacts(disease=d)) for d in ("hcc", " ICC ", "MCRC", "NET")] == [
        "HCC",
        "ICC",
        "mCRC",
        "NET",
    ]
    assert known_disease(ClinicalFacts()) is None
    assert judged_as(state(disease="NET"))["disease"] == "mCRC"
    assert judged_as(state(disease="ICC"))["disease"] == "ICC"


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("reserve", 0.3, "30 %"), ("tumour_fraction", 0.125, "12.5 %"), ("lung_shunt", 0.2, "20 %"),
        ("bilirubin_mg_dl", 1.1, "1.1 mg/dL"), ("gfr", 30.0, "30 mL/min/1.73 m²"), ("platelets", 50.0, "50 ·10⁹/L"),
        ("inr", 1.5, "1.5"), ("scenario", "bilobar", "bilobar"), ("ascites", False, "no"),
    ],
)  # fmt: skip
def test_facts_are_said_with_their_units(fact: str, value: Any, words: str) -> None:
    assert in_words(fact, value) == words


def test_without_images_no_reserve_is_judged() -> None:
    assert ImagedFacts().judged_reserve == Share(0)
    assert ImagedFacts(reserve=0.31).judged_reserve == Share(0.31)


@pytest.mark.parametrize(
    ("fact", "facts", "values"),
    [
        ("digestive_shunt", {}, [False, True]),
        ("ascites", {"disease": "HCC"}, [False, True]),
        ("ascites", {"disease": "mCRC"}, [False]),
        ("main_portal_vein_invasion", {"disease": "HCC"}, [False, True]),
        ("main_portal_vein_invasion", {"disease": "mCRC"}, [False]),
        ("cirrhosis", {"disease": "mCRC"}, [False]),
        ("bilirubin_reversible", {}, [False]),
    ],
)
def test_a_missing_yes_or_no_may_be_either_where_the_disease_lets_it(
    fact: str, facts: dict[str, Any], values: list[bool]
) -> None:
    found = possible_states(state(**{"child_pugh": "A6", **facts, fact: None}), [{fact: True}])
    assert [one[fact] for one in found] == values
