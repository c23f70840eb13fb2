"""Rules as data: which limits hold for this case; what is unknown is judged by the strictest that it could bring."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from yttria.data import table
from yttria.planning.possible_facts import (
    DISEASES,
    SCENARIOS,
    ImagedFacts,
    Rule,
    State,
    facts_of_rules,
    holds,
    judged_as,
    known_state,
    possible_states,
    questions,
)
from yttria.values.aims_limits import SITE_VOLUMES, Limit
from yttria.values.errors import Finding, QuantityError
from yttria.values.patient import ClinicalFacts, OwnLimit, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import Gy, Share

NORMAL_LIVER = ("normal-liver", "normal-perfused")
SITE_SOURCE = "the site's own (case.toml)"
MOST_ABOVE = 1.5
"""A site's limit above this many times the guideline's most relaxed is a stop (house)."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The rule of one limit that counts in one state of facts."""

    rule: Rule
    gy: float
    source: str


def limits_for(
    product: Product,
    facts: ClinicalFacts,
    reserve: Share,
    choices: PlanningOptions,
    imaged: ImagedFacts | None = None,
) -> tuple[tuple[Limit, ...], tuple[Finding, ...]]:
    """Return the limits that are applied, and what is to be said of a site's own.

    While a fact that decides a limit is missing, the strictest limit that any value of it could bring is applied, with the state
    "assumed" and the keys of case.toml that settle it.

    Parameters
    ----------
    product
        Glass, resin or holmium: the same words mean other volumes for each.
    facts
        What the case says.
    reserve
        Untreated share of the liver.
    choices
        A site's own limits: stricter in silence, looser only in words.
    imaged
        What else the images say.

    Raises
    ------
    QuantityError
        A site's limit of an unknown name.

    Examples
    --------
    >>> glass = Product.named("glass")
    >>> facts = ClinicalFacts(disease="HCC", scenario="unilobar", bilirubin_mg_dl=0.8, child_pugh="A5", earlier_radioembolisation=False)
    >>> limits, findings = limits_for(glass, facts, Share(0.25), PlanningOptions(glass, glass.nuclide))
    >>> [(x.name, x.volume, x.limit_gy, x.state) for x in limits], findings
    ([('lung', 'LD', 30.0, 'holds'), ('normal-perfused', 'NPLD', 120.0, 'holds'), ('normal-liver', 'WNLD', 90.0, 'holds')], ())
    >>> limits, _ = limits_for(glass, ClinicalFacts(disease="HCC", scenario="unilobar"), Share(0.4), PlanningOptions(glass, glass.nuclide))
    >>> [(x.name, x.limit_gy, x.state, x.missing) for x in limits if x.volume == "WNLD"]
    [('normal-liver', 50.0, 'assumed', ('bilirubin_mg_dl', 'child_pugh', 'earlier_radioembolisation'))]
    """
    site, findings = _site_limits(product, choices)
    imaged_facts = replace(imaged or ImagedFacts(), reserve=float(reserve))
    table_alone = strictest_limits(product, facts, imaged_facts)
    limits = strictest_limits(product, facts, imaged_facts, choices.own_limits) if choices.own_limits else table_alone
    findings += _own_findings(product, limits, table_alone, choices)
    findings += _own_unused(known_state(product, facts, imaged_facts), choices)
    in_force = {limit.name: limit for limit in limits}
    for name, own in site.items():
        in_force[name] = _with_own(own, in_force.get(name), most_relaxed(name, product))
    return tuple(in_force.values()), findings


@lru_cache(maxsize=4096)
def strictest_limits(
    product: Product, facts: ClinicalFacts, imaged: ImagedFacts, own: tuple[OwnLimit, ...] = ()
) -> tuple[Limit, ...]:
    """Return the limits of the table, and a site's own with conditions: of each name the strictest over all that may be."""
    case_state = known_state(product, facts, imaged)
    of_site = [dict(rule) for rule in own]
    rules = [*table("rules")["limit"], *of_site]
    states = possible_states(case_state, rules)
    limits = [_with_own_rules(in_force(state), of_site, state) for state in states]
    names = dict.fromkeys(rule["name"] for rule in rules if any(rule["name"] in here for here in limits))
    unknown = [name for name in facts_of_rules(rules) if name in case_state and case_state[name] is None]
    return tuple(_strictest(name, states, limits, unknown) for name in names)


def in_force(state: State) -> dict[str, InForce]:
    """Return of each name the strictest limit that holds in a state where every fact is known.

    Where no rule limits the normal liver of a scenario, the strictest of the product's other scenarios counts (house).
    """
    here = dict(_holding(state))
    if not any(name in here for name in NORMAL_LIVER):
        others = [dict(_holding({**state, "scenario": other})) for other in SCENARIOS if other != state["scenario"]]
        for name in NORMAL_LIVER:
            of_others = [other[name] for other in others if name in other]
            if of_others:
                least = min(of_others, key=lambda one: one.gy)
                words = f"of {least.rule['condition']}: the table has no limit on the normal liver here"
                here[name] = InForce({**least.rule, "condition": words}, least.gy, f"house: {least.source}")
    return here


def _with_own_rules(here: dict[str, InForce], own: Sequence[Rule], state: State) -> dict[str, InForce]:
    """Return what is in force with a site's own rules that hold.

    A stricter one counts; a looser one only where it asks every fact that the rule it loosens stands on.
    """
    limits = dict(here)
    for rule in sorted((r for r in own if holds(r, state)), key=lambda r: -float(r["gy"])):
        one, name = InForce(rule, float(rule["gy"]), str(rule["source"])), str(rule["name"])
        against = here.get(name)
        looser = against is not None and one.gy > against.gy
        if not looser or (
            against is not None and set(facts_of_rules([against.rule])) <= {*facts_of_rules([rule]), "product"}
        ):
            limits[name] = one
    return limits


def _own_findings(
    product: Product, limits: Sequence[Limit], table_alone: Sequence[Limit], choices: PlanningOptions
) -> tuple[Finding, ...]:
    """Return a warning where a site's own conditions loosen a limit, a stop where they go beyond 1.5 times the most relaxed."""
    before = {limit.name: limit.limit_gy for limit in table_alone}
    findings = []
    for rule in map(dict, choices.own_limits):
        relaxed = most_relaxed(str(rule["name"]), product)
        if relaxed is not None and float(rule["gy"]) > MOST_ABOVE * relaxed * (1 + 1e-9):  # type: ignore[arg-type]
            findings.append(_above_guideline(str(rule["name"]), float(rule["gy"]), relaxed, str(rule["source"])))  # type: ignore[arg-type]
    for limit in limits:
        if limit.name in before and limit.limit_gy > before[limit.name]:
            message = f"the site's limit {limit.name} of {limit.limit_gy:g} Gy ({limit.condition}) lies above the guideline's {before[limit.name]:g} Gy here ({limit.source})"
            values = {"site_gy": float(limit.limit_gy), "guideline_gy": float(before[limit.name])}
            findings.append(Finding("warning", f"site-limit-above-{limit.name}", message, values))
    return tuple(findings)


def _own_unused(state: State, choices: PlanningOptions) -> tuple[Finding, ...]:
    """Return a warning for each looser limit of a site that holds and does not count, for it does not ask all that the limit it would loosen stands on."""
    findings, here = [], in_force(state) if choices.own_limits else {}
    for rule in map(dict, choices.own_limits):
        name, gy = str(rule["name"]), float(rule["gy"])  # type: ignore[arg-type]
        against = here.get(name)
        if against is None or gy <= against.gy or not holds(rule, state):
            continue
        unasked = [fact for fact in facts_of_rules([against.rule]) if fact not in {*facts_of_rules([rule]), "product"}]
        if unasked:
            message = f"the site's [[limit]] {name} of {gy:g} Gy does not count: {against.gy:g} Gy hold here, and stand on {', '.join(unasked)}, which it does not ask; let it ask them too, or lower it"
            findings.append(
                Finding("warning", f"site-limit-unused-{name}", message, {"site_gy": gy, "holding_gy": against.gy})
            )
    return tuple(findings)


def _holding(state: State) -> Iterator[tuple[str, InForce]]:
    """Yield the strictest limit of each name; a disease without rows of its own has those of another (house)."""
    rules = table("rules")
    has_rules = state["disease"] in DISEASES.values()
    judged = judged_as(state)
    strict: dict[str, InForce] = {}
    for rule in rules["limit"]:
        if not holds(rule, judged):
            continue
        asks_disease = any(fact == "disease" for fact, _, _ in questions(rule))
        source = (
            source_of(rule)
            if has_rules or not asks_disease
            else f"house, as for {judged['disease']}: {source_of(rule)}"
        )
        one = InForce(rule, float(rule["gy"]), source)
        if rule["name"] not in strict or one.gy < strict[rule["name"]].gy:
            strict[rule["name"]] = one
    yield from strict.items()


def _strictest(
    name: str, states: Sequence[State], limits: Sequence[Mapping[str, InForce]], unknown: Sequence[str]
) -> Limit:
    """Return the strictest limit of a name over all states, and the missing facts that decide it."""
    least = min((here[name] for here in limits if name in here), key=lambda one: one.gy)
    values = [here[name].gy if name in here else None for here in limits]
    missing = deciding_facts(states, values, unknown) if len(set(values)) > 1 else ()
    words = str(least.rule.get("condition", ""))
    if missing:
        others = sorted({f"{value:g}" for value in values if value is not None and value != least.gy}, key=float)
        could = f", else {' or '.join(others)} Gy" if others else ", else no limit"
        words = (
            f"{words}: the strictest while {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not given{could}"
        )
    state = "assumed" if missing else "holds"
    return Limit(name, least.rule["volume"], Gy(least.gy), least.source, words, state=state, missing=missing)  # type: ignore[arg-type]


def deciding_facts(states: Sequence[State], values: Sequence[Any], unknown: Sequence[str]) -> tuple[str, ...]:
    """Return the missing facts that alone change a value somewhere; all of them where only several together do."""
    deciding = []
    for name in unknown:
        others = [key for key in unknown if key != name]
        by_answer: dict[tuple[Any, ...], set[Any]] = {}
        for state, value in zip(states, values, strict=True):
            by_answer.setdefault(tuple(state[key] for key in others), set()).add(value)
        if any(len(answers) > 1 for answers in by_answer.values()):
            deciding.append(name)
    return tuple(deciding or unknown)


def source_of(rule: Rule) -> str:
    """Return a rule's source in full."""
    return str(table("rules")["sources"].get(rule["source"], rule["source"]))


# ---------------------------------------------------------------- the site


def most_relaxed(name: str, product: Product) -> float | None:
    """Return the highest limit of a name that any rule gives this product, Gy; None where none limits it."""
    rules = table("rules")
    every = [*rules["limit"], *(rule["while"] for rule in rules["aim"] if "while" in rule)]
    return max(
        (float(r["gy"]) for r in every if r["name"] == name and product.key in r.get("product", [product.key])),
        default=None,
    )


def _site_limits(product: Product, choices: PlanningOptions) -> tuple[dict[str, Limit], tuple[Finding, ...]]:
    """Return the site's own limits by name, and what is to be said of those above the guideline's most relaxed."""
    limits, findings = {}, []
    for key, gy in choices.limits_gy.items():
        name = _site_name(key)
        relaxed = most_relaxed(name, product)
        source = choices.limit_sources.get(key, choices.limit_sources.get(key.removesuffix("_gy"), ""))
        finding = None if relaxed is None or gy <= relaxed else _above_guideline(name, gy, relaxed, source)
        findings += [finding] if finding else []
        if finding is None or finding.level != "stop":
            limits[name] = Limit(name, SITE_VOLUMES[name], gy, source or SITE_SOURCE, "set by the site")
    return limits, tuple(findings)


def _site_name(key: str) -> str:
    name = key.removesuffix("_gy").replace("_", "-")
    if name in SITE_VOLUMES:
        return name
    keys = [f"{n.replace('-', '_')}_gy" for n in SITE_VOLUMES]
    near = difflib.get_close_matches(f"{key.removesuffix('_gy')}_gy", keys, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}"
    raise QuantityError(f"[limits] {key} names no volume that can be limited; {hint}", code="limit-volume-unknown")


def _above_guideline(name: str, gy: float, relaxed: float, source: str) -> Finding:
    key = f"[limits] {name.replace('-', '_')}_gy"
    values = {"site_gy": float(gy), "guideline_gy": relaxed}
    if gy > MOST_ABOVE * relaxed * (1 + 1e-9):
        message = f"{key} = {gy:g} is more than {MOST_ABOVE:g} times (house) the guideline's most relaxed limit of {relaxed:g} Gy; it is not applied: lower it"
        return Finding("stop", f"site-limit-far-above-{name}", message, values)
    if not source:
        message = f"{key} = {gy:g} lies above the guideline's most relaxed limit of {relaxed:g} Gy and names no source; it is not applied: give source in [limits], or lower it"
        return Finding("stop", f"site-limit-without-source-{name}", message, values)
    message = f"the site's limit {name} of {gy:g} Gy lies above the guideline's most relaxed limit of {relaxed:g} Gy ({source}); it loosens that one alone, no limit that stands on bilirubin, Child–Pugh, earlier treatment or an unknown fact"
    return Finding("warning", f"site-limit-above-{name}", message, values)


def _with_own(own: Limit, guideline: Limit | None, relaxed: float | None) -> Limit:
    """Return the limit that counts: the site's where it is stricter, or where it loosens only the most relaxed rule."""
    if guideline is None or own.limit_gy <= guideline.limit_gy:
        return own
    return own if guideline.limit_gy == relaxed and guideline.state == "holds" else guideline
