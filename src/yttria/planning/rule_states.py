"""Every rule of the table with its state for what is known: holds, assumed, open or falls away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from yttria.data import table
from yttria.planning.contraindications import contraindications
from yttria.planning.earlier_treatment import earlier_dose_known
from yttria.planning.possible_facts import (
    IMAGED,
    ImagedFacts,
    Rule,
    State,
    facts_of_rules,
    holds,
    in_words,
    judged_as,
    known_state,
    possible_states,
    questions,
)
from yttria.planning.rules import deciding_facts, limits_for, source_of
from yttria.values.aims_limits import SITE_VOLUMES, Limit
from yttria.values.patient import ClinicalFacts, PlanningOptions

RuleState = Literal["holds", "assumed", "open", "falls away"]
Kind = Literal["limit", "aim", "contraindication"]
CELL = ("product", "disease", "scenario")
WORDS = {"child_pugh": "Child–Pugh", "gfr": "GFR", "inr": "INR"}


@dataclass(frozen=True, slots=True)
class StatedRule:
    """A rule of the table, or of the site, and its state.

    Parameters
    ----------
    rule
        As the table has it.
    kind, state
        What it is and whether it holds.
    missing
        Keys of case.toml that settle it.
    source
        In full.
    """

    rule: Mapping[str, Any]
    kind: Kind
    state: RuleState
    missing: tuple[str, ...]
    source: str


def stated_rules(facts: ClinicalFacts, choices: PlanningOptions, imaged: ImagedFacts) -> tuple[StatedRule, ...]:
    """Return every rule with its state for one product.

    Parameters
    ----------
    facts, choices
        What a case says; the site's own rules stand after the table's.
    imaged
        What is known of the images; None where they are not read.

    Examples
    --------
    >>> from yttria.values.product import Product
    >>> glass = Product.named("glass")
    >>> facts = ClinicalFacts(disease="HCC", scenario="lobectomy", bilirubin_mg_dl=1.6)
    >>> found = stated_rules(facts, PlanningOptions(glass, glass.nuclide), ImagedFacts())
    >>> [(r.rule["gy"], r.state) for r in found if r.kind == "limit" and r.rule["name"] == "normal-liver" and r.state == "holds"]
    [(50, 'holds')]
    """
    state = known_state(choices.product, facts, imaged)
    limits, _ = limits_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    return (
        *_limits(state, limits),
        *_own(choices, limits),
        *_own_conditional(state, choices, limits),
        *_aims(state),
        *_against(facts, choices, imaged, limits),
    )


def _limits(case_state: State, limits: Sequence[Limit]) -> Iterable[StatedRule]:
    applied = {limit.name: limit for limit in limits}
    for rule in table("rules")["limit"]:
        states = possible_states(case_state, [rule])
        answers = [holds(rule, judged_as(state)) for state in states]
        verdicts = [answer is True for answer in answers]
        missing = _missing(rule, case_state, states, verdicts)
        limit = applied.get(rule["name"])
        open_images = any(case_state[fact] is None for fact in facts_of_rules([rule]) if fact in IMAGED)
        is_applied = limit is not None and limit.limit_gy == rule["gy"] and bool(limit.missing)
        state: RuleState = "assumed" if is_applied and not open_images else "open"
        if all(verdicts) or not any(verdicts):
            state = "holds" if all(verdicts) else "falls away"
        if state == "holds" and limit is not None and limit.limit_gy > rule["gy"]:
            state = "falls away"  # loosened by a site's own words
        if None in answers:  # the dose of the lungs before, which no state assumes
            state, missing = "open", (*missing, "previous_lung_dose_gy")
        yield StatedRule(rule, "limit", state, missing if state in {"assumed", "open"} else (), source_of(rule))


def _missing(rule: Rule, state: State, states: Sequence[State], verdicts: Sequence[bool]) -> tuple[str, ...]:
    if len(set(verdicts)) == 1:
        return ()
    unknown = [name for name in facts_of_rules([rule]) if state[name] is None and name not in IMAGED]
    return deciding_facts(states, verdicts, unknown)


def _own(choices: PlanningOptions, limits: Sequence[Limit]) -> Iterable[StatedRule]:
    """Return the site's own limits: those that count hold, those that a stricter rule overrules fall away."""
    applied = {limit.name: limit for limit in limits}
    for key, gy in choices.limits_gy.items():
        name = key.removesuffix("_gy").replace("_", "-")
        limit = applied.get(name)
        counts = limit is not None and limit.condition == "set by the site" and limit.limit_gy == gy
        volume = limit.volume if limit is not None else ""
        rule = {"name": name, "volume": volume, "gy": float(gy), "condition": "set by the site"}
        yield StatedRule(rule, "limit", "holds" if counts else "falls away", (), choices.limit_sources.get(key, ""))


def _own_conditional(case_state: State, choices: PlanningOptions, limits: Sequence[Limit]) -> Iterable[StatedRule]:
    """Return the site's own limits under conditions: those that count hold, those that a stricter rule overrules fall away."""
    applied = {limit.name: limit for limit in limits}
    for own in map(dict, choices.own_limits):
        name, answer = str(own["name"]), holds(own, case_state)
        limit = applied.get(name)
        state: RuleState = "open" if answer is None else "falls away"
        if answer and limit is not None and limit.limit_gy == own["gy"]:
            state = "holds"
        request = [fact for fact in facts_of_rules([own]) if case_state[fact] is None and fact not in IMAGED]
        words = (condition_of(_own_asks(own)), str(own.get("condition", "")))
        rule = {**own, "volume": SITE_VOLUMES[name], "condition": "; ".join(word for word in words if word)}
        yield StatedRule(rule, "limit", state, tuple(request) if state == "open" else (), str(own["source"]))


def _own_asks(own: Rule) -> Rule:
    """Return a site's limit without a condition in words, so that what it asks is told."""
    return {key: value for key, value in own.items() if key != "condition"}


def _aims(case_state: State) -> Iterable[StatedRule]:
    """Return aims: of one approach the last that holds counts, those before it fall away."""
    rules = table("rules")["aim"]
    verdicts = [holds(rule, case_state) for rule in rules]
    last = {rule["approach"]: n for n, rule in enumerate(rules) if verdicts[n]}
    for number, (rule, verdict) in enumerate(zip(rules, verdicts, strict=True)):
        state: RuleState = "open" if verdict is None else "falls away"
        if verdict and last[rule["approach"]] == number:
            state = "holds"
        names = [name for name in facts_of_rules([rule]) if case_state[name] is None and name not in IMAGED]
        yield StatedRule(rule, "aim", state, tuple(names) if state == "open" else (), source_of(rule))


def _against(
    facts: ClinicalFacts, choices: PlanningOptions, imaged: ImagedFacts, limits: Sequence[Limit]
) -> Iterable[StatedRule]:
    dose_known = earlier_dose_known(limits, facts)
    judged = {
        c.name: c for c in contraindications(choices.product, facts, imaged, choices, earlier_dose_known=dose_known)
    }
    for rule in table("rules")["contraindication"]:
        result = judged.get(rule["name"])
        state: RuleState = "falls away" if result is None or result.judgement == "none" else "open"
        if result is not None and result.judgement in {"stop", "warning"}:
            state = "holds"
        missing = () if result is None else result.missing
        yield StatedRule(rule, "contraindication", state, missing, source_of(rule) if result is None else result.source)


def condition_of(rule: Rule) -> str:
    """Return what a rule asks beyond product, disease and scenario, in words.

    Examples
    --------
    >>> condition_of({"name": "x", "gy": 1, "bilirubin_above_mg_dl": 2, "not_scenario": ["segmentectomy"]})
    'bilirubin above 2 mg/dL; not segmentectomy'
    """
    if "condition" in rule:
        return str(rule["condition"])
    parts = []
    for fact, how, answers in questions(rule):
        negated, plain = how.startswith("not "), how.removeprefix("not ")
        if fact in CELL and not negated:
            continue
        name = "" if fact in CELL else WORDS.get(fact, fact.removesuffix("_mg_dl").replace("_", " "))
        if plain == "in":
            value = " or ".join(answers)
        elif plain == "is":
            name, negated, value = (f"not {name}" if negated is bool(answers) else name), False, ""
        else:
            value = f"{plain} {in_words(fact, answers)}"
        parts.append(" ".join(word for word in (name, "not" if negated else "", value) if word))
    return "; ".join(parts)
