"""What may be true of a patient: the facts that are known, and every value of a missing one that a rule tells apart.

A state maps each fact to a value. A fact of the case that is missing takes, one after another, a value on each side of every
threshold and each class; states that exclude themselves (Child–Pugh A5 at a bilirubin of 3 mg/dL) are left out.
"""

import itertools
import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from yttria.data import table
from yttria.values.patient import ClinicalFacts
from yttria.values.product import Product
from yttria.values.units import Share

State = Mapping[str, Any]
Rule = Mapping[str, Any]

DISEASES = {"hcc": "HCC", "icc": "ICC", "mcrc": "mCRC"}
CIRRHOTIC = ("HCC", "ICC")
"""Diseases of which Child–Pugh, ascites, encephalopathy and the main portal vein are asked whatever is said of cirrhosis."""
OTHER_DISEASE = "another disease"
SCENARIOS = ("segmentectomy", "lobectomy", "unilobar", "bilobar")
SCORES = ("A5", "A6", "B7", "B8", "C10")
FIT_BILIRUBIN_MG_DL = 1.1
COMPROMISED_BILIRUBIN_MG_DL = 2.0
A5_BILIRUBIN_MG_DL = 2.0  # from here on bilirubin alone gives 2 points, so that the sum is 6 or more
A_BILIRUBIN_MG_DL = 3.0  # above it 3 points, so that the sum is 7 or more

YES_NO = (
    "digestive_shunt",
    "earlier_radioembolisation",
    "earlier_external_beam",
    "ascites",
    "encephalopathy",
    "cirrhosis",
    "bilirubin_reversible",
    "main_portal_vein_invasion",
)
NUMBERS = {"bilirubin": "bilirubin_mg_dl", "gfr": "gfr", "inr": "inr", "platelets": "platelets"}
IMAGED_NUMBERS = {"reserve": "reserve", "tumour_fraction": "tumour_fraction", "lung_shunt": "lung_shunt"}
IMAGED = (*IMAGED_NUMBERS, "has_tumour_contour", "thrombus_takes_up")
DERIVED: Mapping[str, tuple[str, ...]] = {
    "treated_before": ("earlier_radioembolisation",),
    "naive_and_fit": ("disease", "bilirubin_mg_dl", "child_pugh", "earlier_radioembolisation"),
    "compromised": ("disease", "bilirubin_mg_dl", "child_pugh"),
    "previous_lung_dose": (),
    "earlier_dose_known": (),
}
"""Facts that follow from others, and those of the case that they wait for."""
THRESHOLD = re.compile(r"(.+?)_(from|above|to|below)(?:_mg_dl)?")
RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "is": operator.eq,
    "from": operator.ge,
    "above": operator.gt,
    "to": operator.le,
    "below": operator.lt,
}
NO_QUESTION = frozenset(
    [
        "name",
        "approach",
        "volume",
        "gy",
        "source",
        "condition",
        "wished_gy",
        "sought_gy",
        "from_gy",
        "tolerance_gy",
        "up_to_gy",
        "none",
        "while",
        "judgement",
        "words",
        "verified",
    ]
)


@dataclass(frozen=True, slots=True)
class ImagedFacts:
    """What the images and the injections say of the patient; None where there are none.

    Parameters
    ----------
    reserve
        Hepatic reserve, the smaller of the one with and the one without tumour; 0 while the perfused volume is not confirmed.
    tumour_fraction
        Tumour, thrombus included, over liver.
    lung_shunt
        The larger of the shunts found; None where none is known.
    shunt_known
        Whether it is given or measured.
    has_tumour_contour
        Whether a lesion is drawn.
    thrombus_takes_up
        Whether a drawn thrombus takes up more than the perfused normal liver.
    several_sessions
        Whether the injections of the course lie in more than one session: the dose of the lungs then adds over them.
    """

    reserve: float | None = None
    tumour_fraction: float | None = None
    lung_shunt: float | None = None
    has_tumour_contour: bool = True
    thrombus_takes_up: bool = False
    shunt_known: bool = True
    several_sessions: bool = False

    @property
    def judged_reserve(self) -> Share:
        """Return the reserve that rules judge; none without images."""
        return Share(self.reserve or 0.0)


def known_disease(facts: ClinicalFacts) -> str | None:
    """Return the disease as the rules spell it, another one as the case spells it, or None."""
    if facts.disease is None:
        return None
    return DISEASES.get(facts.disease.strip().lower(), facts.disease)


def treated_before(facts: ClinicalFacts) -> bool | None:
    """Return whether there was an earlier treatment: said, or any earlier dose above 0; None where nothing says so."""
    doses = (facts.earlier_normal_liver_dose_gy, facts.earlier_perfused_normal_dose_gy, facts.previous_lung_dose_gy)
    if any(dose for dose in doses):
        return True
    return facts.earlier_radioembolisation


def known_state(
    product: Product, facts: ClinicalFacts, imaged: ImagedFacts, *, earlier_dose_known: bool = True
) -> State:
    """Return what is known, missing facts as None."""
    fact_values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return fact_values | {
        "product": product.key,
        "disease": known_disease(facts),
        "earlier_radioembolisation": treated_before(facts),
        "previous_lung_dose": imaged.several_sessions or _previous_lung_dose(facts),
        "earlier_dose_known": earlier_dose_known,
        **{name: getattr(imaged, name) for name in IMAGED},
    }


def _previous_lung_dose(facts: ClinicalFacts) -> bool | None:
    """Return whether the lungs have had a dose before; None where it is not said and may be."""
    if facts.previous_lung_dose_gy is None and facts.earlier_radioembolisation is not False:
        return None
    return bool(facts.previous_lung_dose_gy)


# --------------------------------------------------------------- questions


def questions(rule: Rule) -> Iterator[tuple[str, str, Any]]:
    """Yield what a rule asks: a fact, how ("in", "is", "from", "above", "to", "below", each also as "not …") and of what."""
    for key, answers in rule.items():
        if key in NO_QUESTION:
            continue
        name, negated = (key.removeprefix("not_"), "not ") if key.startswith("not_") else (key, "")
        result = THRESHOLD.fullmatch(name)
        if result and result[1] in {**NUMBERS, **IMAGED_NUMBERS}:
            yield {**NUMBERS, **IMAGED_NUMBERS}[result[1]], negated + result[2], answers
        else:
            yield name, negated + ("in" if isinstance(answers, list | tuple) else "is"), answers


def facts_of_rules(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Return the facts that rules depend on, those behind derived ones included, disease and scenario first."""
    results = {name for rule in rules for fact, _, _ in questions(rule) for name in DERIVED.get(fact, (fact,))}
    return tuple(sorted(results, key=lambda name: (name != "disease", name != "scenario", name)))


def answer(state: State, question: tuple[str, str, Any]) -> bool | None:
    """Return whether a state meets a question; None where the fact is missing."""
    fact, how, answers = question
    value = derived(state, fact)
    if value is None:
        return True if how.startswith("not ") else None
    met = _met(fact, value, how.removeprefix("not "), answers)
    return not met if how.startswith("not ") else met


def holds(rule: Rule, state: State) -> bool | None:
    """Return whether all that a rule asks is met; None where no answer is no but one is missing."""
    if rule.get("verified") is False:
        return False
    answers = [answer(state, question) for question in questions(rule)]
    return False if False in answers else None if None in answers else True


def _met(fact: str, value: Any, how: str, answers: Any) -> bool:
    if fact == "child_pugh":
        return value in answers or value[0] in answers
    if how == "in":
        return value in answers
    return bool(RELATIONS[how](value, answers))


def derived(state: State, fact: str) -> Any:
    """Return a fact, or one that follows from others; None where a fact that decides it is missing."""
    if fact == "treated_before":
        return state["earlier_radioembolisation"]
    if fact == "naive_and_fit":
        parts = (
            _below(state["bilirubin_mg_dl"], FIT_BILIRUBIN_MG_DL),
            _class_a(state),
            _not(state["earlier_radioembolisation"]),
        )
        return False if False in parts else None if None in parts else True
    if fact == "compromised":
        score, bilirubin = state["child_pugh"], state["bilirubin_mg_dl"]
        high = None if bilirubin is None else bilirubin > COMPROMISED_BILIRUBIN_MG_DL
        worse = None if score is None else score[0] != "A"
        if score is None and not asks_liver_function(state):
            worse = False
        return True if True in (high, worse) else None if None in (high, worse) else False
    return state[fact]


def _class_a(state: State) -> bool | None:
    """Return whether Child–Pugh is A; outside HCC and ICC, whether neither cirrhosis nor another class is said."""
    score = state["child_pugh"]
    if state["disease"] in {*CIRRHOTIC, None}:
        return None if score is None else bool(score[0] == "A")
    return not state["cirrhosis"] and (score is None or score[0] == "A")


def _below(value: float | None, bound: float) -> bool | None:
    return None if value is None else value < bound


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def asks_liver_function(state: State) -> bool:
    """Return whether Child–Pugh, ascites and encephalopathy are asked: in HCC, ICC and an unknown disease, elsewhere with cirrhosis."""
    return state["disease"] in {*CIRRHOTIC, None} or bool(state["cirrhosis"])


def in_words(fact: str, value: Any) -> str:
    """Return a fact as a person says it.

    Examples
    --------
    >>> in_words("lung_shunt", 0.22), in_words("bilirubin_mg_dl", None), in_words("ascites", True)
    ('22 %', 'not given', 'yes')
    """
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if fact in {"reserve", "tumour_fraction", "lung_shunt"}:
        return f"{100 * value:.3g} %"
    unit = {"bilirubin_mg_dl": " mg/dL", "gfr": " mL/min/1.73 m²", "platelets": " ·10⁹/L"}.get(fact, "")
    return f"{value:g}{unit}" if fact in NUMBERS.values() else str(value)


def judged_as(state: State) -> State:
    """Return a state with the disease whose limits count: another's for one without rows of its own (house)."""
    if state["disease"] in DISEASES.values():
        return state
    return {**state, "disease": table("rules")["limits_of_other_diseases"]}


# ------------------------------------------------------------------ states


def possible_states(case_state: State, rules: Sequence[Rule], *, scenarios: Sequence[str] = SCENARIOS) -> list[State]:
    """Return every state that may be, as far as rules tell states apart; one state where nothing that they ask is missing.

    Parameters
    ----------
    case_state
        From `known_state`.
    rules
        Whose questions decide which facts vary.
    scenarios
        What a missing scenario may be.
    """
    missing = [name for name in facts_of_rules(rules) if name in case_state and case_state[name] is None]
    states: list[State] = [case_state]
    for name in missing:
        states = [{**state, name: value} for state in states for value in _values(name, state, rules, scenarios)]
    contradiction_count = len(contradictions(case_state))  # what is said already excludes itself in every state
    return [state for state in states if len(contradictions(state)) <= contradiction_count]


def _values(name: str, state: State, rules: Sequence[Rule], scenarios: Sequence[str]) -> Collection[Any]:
    """Return the values that a missing fact may have; one, where nobody asks for it."""
    no_yes: Collection[Any] = (False, True)
    liver_function, cirrhotic = asks_liver_function(state), state["disease"] in {*CIRRHOTIC, None}
    values: Mapping[str, Collection[Any]] = {
        "disease": (*DISEASES.values(), OTHER_DISEASE),
        "scenario": scenarios,
        "child_pugh": SCORES if liver_function else (None,),
        "main_portal_vein_invasion": no_yes if cirrhotic else (False,),
        "cirrhosis": (False,),
        "bilirubin_reversible": (False,),
    } | dict.fromkeys(("ascites", "encephalopathy"), no_yes if liver_function else (False,))
    return values.get(name) or (no_yes if name in YES_NO else _around(name, rules))


def _around(name: str, rules: Sequence[Rule]) -> list[float]:
    """Return each threshold of a number and a value on both sides of it."""
    bounds = {float(bound) for rule in rules for fact, how, bound in questions(rule) if fact == name and how != "is"}
    if name == "bilirubin_mg_dl":
        bounds |= {FIT_BILIRUBIN_MG_DL, A5_BILIRUBIN_MG_DL, A_BILIRUBIN_MG_DL}
    ordered = sorted(bounds)
    between = [(a + b) / 2 for a, b in itertools.pairwise(ordered)]
    return sorted([ordered[0] / 2, *ordered, *between, ordered[-1] * 1.1]) if ordered else [0.0]


def contradictions(state: State) -> list[tuple[str, str]]:
    """Return the facts that exclude one another, by pairs, in words.

    Source
    ------
    Child–Pugh gives bilirubin 1 point below 2 mg/dL, 2 up to 3 and 3 above, and each of five items 1 at least.
    """
    score, bilirubin = state["child_pugh"], state["bilirubin_mg_dl"]
    results = []
    if score is not None and bilirubin is not None:
        points = int(score[1:])
        if (points < 6 and bilirubin >= A5_BILIRUBIN_MG_DL) or (points < 7 and bilirubin > A_BILIRUBIN_MG_DL):
            results.append((f"Child–Pugh {score}", f"bilirubin {bilirubin:g} mg/dL"))
    if score == "A5":
        results += [("Child–Pugh A5", name) for name in ("ascites", "encephalopathy") if state[name]]
    return results
