"""Facts that lie so near a threshold that a small error of measurement would change a limit."""

from dataclasses import replace

from yttria.data import table
from yttria.planning.possible_facts import A_BILIRUBIN_MG_DL, ImagedFacts, questions
from yttria.planning.rules import limits_for
from yttria.values.errors import Finding, Value
from yttria.values.patient import ClinicalFacts, PlanningOptions

NEAR = 0.10
"""Relative distance to a threshold within which both sides are said (house)."""


def near_thresholds(choices: PlanningOptions, facts: ClinicalFacts, imaged: ImagedFacts) -> tuple[Finding, ...]:
    """Return a note for each fact within 10 % of a threshold that would change a limit, with both limits."""
    bounds = {
        (fact, float(threshold))
        for rule in table("rules")["limit"]
        for fact, how, threshold in questions(rule)
        if how not in {"in", "is", "not in", "not is"} and fact in {"bilirubin_mg_dl", "reserve"}
    } | {("bilirubin_mg_dl", 1.1), ("bilirubin_mg_dl", 2.0)}
    findings = []
    for fact, bound in sorted(bounds):
        value = facts.bilirubin_mg_dl if fact == "bilirubin_mg_dl" else imaged.reserve
        if value is None or abs(value - bound) > NEAR * bound * (1 + 1e-9) or bound > A_BILIRUBIN_MG_DL:
            continue
        sides = [_limits_at(choices, facts, imaged, fact, bound * times) for times in (1 - 1e-6, 1 + 1e-6)]
        for name in sorted(sides[0].keys() | sides[1].keys()):
            below, above = (side.get(name) for side in sides)
            if below != above:
                findings.append(_near(fact, value, bound, name, below, above))
    return tuple(findings)


def _limits_at(
    choices: PlanningOptions, facts: ClinicalFacts, imaged: ImagedFacts, fact: str, value: float
) -> dict[str, float]:
    if fact == "reserve":
        imaged = replace(imaged, reserve=value)
    else:
        facts = replace(facts, bilirubin_mg_dl=value)
    limits, _ = limits_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    return {limit.name: float(limit.limit_gy) for limit in limits}


def _near(fact: str, value: float, bound: float, name: str, below: float | None, above: float | None) -> Finding:
    what = f"bilirubin {value:g} mg/dL" if fact == "bilirubin_mg_dl" else f"the hepatic reserve, {100 * value:.1f} %,"
    threshold = f"{bound:g} mg/dL" if fact == "bilirubin_mg_dl" else f"{100 * bound:g} %"
    either = [f"{gy:g} Gy" if gy is not None else "no limit" for gy in (below, above)]
    message = f"{what} lies within 10 % of {threshold}: {name} is {either[0]} below it and {either[1]} from there on"
    values: dict[str, Value] = {"value": value, "threshold": bound, "limit": name, "below_gy": below, "above_gy": above}
    return Finding("note", f"near-threshold-{fact.replace('_', '-')}", message, values)
