"""What speaks against treating: rules of the same table as limits, and facts that exclude one another."""

import difflib
import re
from collections.abc import Mapping

from yttria.data import table
from yttria.planning.possible_facts import (
    DERIVED,
    IMAGED,
    SCENARIOS,
    ImagedFacts,
    Rule,
    State,
    contradictions,
    facts_of_rules,
    holds,
    in_words,
    known_state,
    possible_states,
    questions,
)
from yttria.planning.rules import deciding_facts, source_of
from yttria.values.errors import Finding, QuantityError
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.plan import Contraindication, Judgement
from yttria.values.product import Product

CELL = ("product", "disease", "scenario")
OUTSIDE_SEGMENTECTOMY = tuple(s for s in SCENARIOS if s != "segmentectomy")
"""What a scenario that is not given may be: a plan without one is no segmentectomy."""


def contraindications(
    product: Product,
    facts: ClinicalFacts,
    imaged: ImagedFacts,
    choices: PlanningOptions,
    *,
    earlier_dose_known: bool = True,
) -> tuple[Contraindication, ...]:
    """Return each rule against treating with its judgement: a stop or warning while it holds, open while a fact is missing, none.

    Parameters
    ----------
    product, facts, imaged
        What is known.
    choices
        A site's own judgement of a rule, by its name.
    earlier_dose_known
        Whether the dose of an earlier treatment is known as far as limits ask for it.

    Examples
    --------
    >>> glass = Product.named("glass")
    >>> facts = ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="C11", digestive_shunt=False)
    >>> found = contraindications(glass, facts, ImagedFacts(), PlanningOptions(glass, glass.nuclide))
    >>> [(c.name, c.found) for c in found if c.judgement == "stop"]
    [('Child–Pugh C', 'C11')]
    """
    state = known_state(product, facts, imaged, earlier_dose_known=earlier_dose_known)
    rules = [rule for rule in table("rules")["contraindication"] if product.key in rule.get("product", [product.key])]
    return tuple(_judged(rule, state, choices) for rule in rules)


def _judged(rule: Rule, case_state: State, choices: PlanningOptions) -> Contraindication:
    states = possible_states(case_state, [rule], scenarios=OUTSIDE_SEGMENTECTOMY)
    verdicts = [bool(holds(rule, state)) for state in states]
    severity, source = rule["judgement"], source_of(rule)
    if (own := choices.contraindications.get(rule["name"])) is not None:
        severity, source = own.judgement, f"set by the site: {own.source} (the table: {rule['judgement']}, {source})"
    result = _fact_text(rule, case_state)
    judgement: Judgement = severity if all(verdicts) else "open" if any(verdicts) and severity != "none" else "none"
    unknown = [name for name in facts_of_rules([rule]) if case_state[name] is None and name not in IMAGED]
    missing = deciding_facts(states, verdicts, unknown) if judgement == "open" else ()
    message = f"{rule['name']}: {result}; {rule['words']} ({source})"
    return Contraindication(rule["name"], result, judgement, source, message, missing, severity == "stop")


def _fact_text(rule: Rule, state: State) -> str:
    """Return what is known of the first thing that a rule asks beyond product, disease and scenario."""
    fact = next(name for name, _, _ in questions(rule) if name not in CELL)
    for name in DERIVED.get(fact, ()):
        fact = name
    return in_words(fact, state[fact])


SEVERITY = {"none": 0, "warning": 1, "stop": 2}


def site_judgements(choices: PlanningOptions) -> tuple[Finding, ...]:
    """Return a warning for each contraindication that the site judges less severely than the table; a name that no rule has is refused.

    Raises
    ------
    QuantityError
        An unknown name: the nearest known one is named.
    """
    table_says = {rule["name"]: rule["judgement"] for rule in table("rules")["contraindication"]}
    findings = []
    for name, own in choices.contraindications.items():
        if name not in table_says:
            near = difflib.get_close_matches(name, table_says, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(table_says)}"
            raise QuantityError(
                f"the site judges the contraindication {name!r}, which no rule has; {hint}",
                code="contraindication-unknown",
            )
        if SEVERITY[own.judgement] < SEVERITY[table_says[name]]:
            message = f"the site judges {name!r} as {own.judgement}, the table as {table_says[name]} ({own.source})"
            findings.append(Finding("warning", "site-contraindication-loosened", message))
    return tuple(findings)


def against_treating(results: tuple[Contraindication, ...]) -> tuple[Finding, ...]:
    """Return a finding for each contraindication that holds."""
    return tuple(
        Finding(c.judgement, f"contraindication-{_slug(c.name)}", c.message)
        for c in results
        if c.judgement in {"stop", "warning"}
    )


def _slug(name: str) -> str:
    plain = name.lower().replace("–", "-").replace("¹⁶⁶", "166").replace("%", "percent")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def excluded_facts(product: Product, facts: ClinicalFacts) -> tuple[Finding, ...]:
    """Return a stop for each pair of facts that exclude one another.

    Examples
    --------
    >>> (only,) = excluded_facts(Product.named("glass"), ClinicalFacts(child_pugh="A5", bilirubin_mg_dl=5.0))
    >>> only.message
    'Child–Pugh A5 and bilirubin 5 mg/dL exclude one another; correct the one that is wrong in [patient] of case.toml'
    """
    pairs = contradictions(known_state(product, facts, ImagedFacts()))
    doses: Mapping[str, float | None] = {
        name: getattr(facts, name)
        for name in ("earlier_normal_liver_dose_gy", "earlier_perfused_normal_dose_gy", "previous_lung_dose_gy")
    }
    if facts.earlier_radioembolisation is False:
        pairs += [("earlier_radioembolisation = false", f"{name} = {dose:g}") for name, dose in doses.items() if dose]
    return tuple(
        Finding(
            "stop",
            "facts-exclude-one-another",
            f"{one} and {other} exclude one another; correct the one that is wrong in [patient] of case.toml",
        )
        for one, other in pairs
    )
