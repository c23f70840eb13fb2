"""Which dose each approach pursues in this case: the rules' aims and the site's own; a rule whose facts are missing does not hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from yttria.data import table
from yttria.planning.possible_facts import (
    DISEASES,
    ImagedFacts,
    Rule,
    State,
    answer,
    holds,
    known_disease,
    known_state,
    questions,
)
from yttria.planning.rules import SITE_SOURCE, source_of
from yttria.values.aims_limits import Aim, Limit
from yttria.values.errors import Finding, numbered
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.units import Gy, Share

SITE_APPROACHES = {"tumour_gy": "PDA", "perfused_gy": "SDA", "perfused_only_gy": "PDA-PLD"}
REACHED = 0.05
"""How far below an aim still counts as reached: house, of the aim."""


@dataclass(frozen=True, slots=True)
class Aims:
    """What each approach pursues in this case; None where it has no aim here.

    Parameters
    ----------
    tumour, perfused, perfused_only
        Of PDA, SDA and PDA-PLD.
    label
        Dose that the label's one compartment is asked for.
    hypertrophy
        Dose that the perfused normal liver should reach before surgery; said, never solved for.
    tolerance
        The most that resin gives the tumours within the limits; its aim is the dose from which on that is worth advising.
    perfused_only_limits
        Limits that hold for PDA-PLD alone.
    """

    tumour: Aim | None = None
    perfused: Aim | None = None
    perfused_only: Aim | None = None
    label: Aim | None = None
    hypertrophy: Aim | None = None
    tolerance: Aim | None = None
    perfused_only_limits: tuple[Limit, ...] = ()


def aims_for(
    product: Product,
    facts: ClinicalFacts,
    reserve: Share,
    choices: PlanningOptions,
    imaged: ImagedFacts | None = None,
) -> tuple[Aims, tuple[Finding, ...]]:
    """Return what each approach pursues, and a finding where the case does not say enough.

    A rule whose facts are missing does not hold: nothing is borrowed from another disease or scenario.

    Raises
    ------
    QuantityError
        A site's wish below its aim.

    Examples
    --------
    >>> glass = Product.named("glass")
    >>> facts = ClinicalFacts(disease="HCC", scenario="unilobar", child_pugh="A5")
    >>> aims, _ = aims_for(glass, facts, Share(0.4), PlanningOptions(glass, glass.nuclide))
    >>> aims.tumour.dose_gy, aims.tumour.wished_gy, aims.perfused.dose_gy, aims.perfused_only.dose_gy
    (205, 300, 120, 150)
    """
    state = known_state(product, facts, replace(imaged or ImagedFacts(), reserve=float(reserve)))
    rules: dict[str, Rule] = {}
    waiting: list[Rule] = []
    for rule in table("rules")["aim"]:
        verdict = holds(rule, state)
        if verdict:
            rules[rule["approach"]] = rule
        elif verdict is None and rule["approach"] != "hypertrophy":
            waiting.append(rule)
    aims = _with_site({name: _aim(rule) for name, rule in rules.items()}, choices)
    own = _own_approaches(choices)
    findings = [
        *_open_aims([rule for rule in waiting if rule["approach"] not in own], state),
        *_no_tumour_aim(product, facts, aims),
    ]
    extra = _while(rules.get("PDA-PLD", {})) if "PDA-PLD" in aims else ()
    result = Aims(
        tumour=aims.get("PDA"),
        perfused=aims.get("SDA"),
        perfused_only=aims.get("PDA-PLD"),
        label=_label(aims.get("SDA"), rules.get("label")),
        hypertrophy=aims.get("hypertrophy"),
        tolerance=_tolerance(rules.get("tolerance"), aims.get("PDA")),
        perfused_only_limits=extra,
    )
    return result, tuple(findings)


def _aim(rule: Rule) -> Aim:
    wished, sought = rule.get("wished_gy"), rule.get("sought_gy")
    return Aim(
        rule["volume"],
        Gy(rule["gy"]),
        source_of(rule),
        None if wished is None else Gy(wished),
        Gy(rule.get("tolerance_gy", REACHED * rule["gy"])),
        None if sought is None else Gy(sought),
    )


def _with_site(aims: dict[str, Aim], choices: PlanningOptions) -> dict[str, Aim]:
    """Return the aims with the site's own in place of the rules', which bring no wish of the rules with them."""
    site = {k if k.endswith("_gy") else f"{k}_gy": v for k, v in choices.aims_gy.items()}
    mine = dict(aims)
    for key, approach in SITE_APPROACHES.items():
        if key in site:
            volume = "TD" if approach == "PDA" else "PLD"
            within = aims["SDA"].tolerance_gy if approach == "SDA" and "SDA" in aims else Gy(REACHED * site[key])
            mine[approach] = Aim(volume, site[key], SITE_SOURCE, tolerance_gy=within)
    if "PDA" in mine and "wished_gy" in site:
        mine["PDA"] = replace(mine["PDA"], wished_gy=site["wished_gy"], sought_gy=None)
    return mine


def _own_approaches(choices: PlanningOptions) -> set[str]:
    site = {k if k.endswith("_gy") else f"{k}_gy" for k in choices.aims_gy}
    return {approach for key, approach in SITE_APPROACHES.items() if key in site}


def _while(rule: Rule) -> tuple[Limit, ...]:
    """Return the limits under which alone a rule's aim may be pursued."""
    if "while" not in rule:
        return ()
    extra = rule["while"]
    return (Limit(extra["name"], extra["volume"], Gy(extra["gy"]), source_of(extra), extra["condition"]),)


def _label(standard: Aim | None, rule: Rule | None) -> Aim | None:
    """Return the label's aim: the standard dose, taken inside the guideline's range where it gives one."""
    if rule is None:
        return None if standard is None else replace(standard, tolerance_gy=Gy(REACHED * standard.dose_gy))
    if standard is None:
        return _aim(rule)
    dose = min(max(standard.dose_gy, rule["gy"]), rule.get("up_to_gy", max(standard.dose_gy, rule["gy"])))
    source = standard.source if dose == standard.dose_gy else source_of(rule)
    return Aim("PLD", Gy(dose), source, tolerance_gy=Gy(REACHED * dose))


def _tolerance(rule: Rule | None, tumour: Aim | None) -> Aim | None:
    """Return the most that resin gives where PDA misses or has no aim: the wish is that, the aim the dose from which it is advised."""
    if rule is None:
        return None
    if tumour is not None and "from_gy" not in rule:  # an aim of the site's for a disease that has no row
        return Aim("TD", tumour.dose_gy, tumour.source, tolerance_gy=Gy(REACHED * tumour.dose_gy))
    most = Gy(rule["gy"]) if tumour is None else tumour.dose_gy
    least = Gy(min(rule.get("from_gy", rule["gy"]), most))
    return Aim(rule["volume"], least, source_of(rule), most)


def _open_aims(waiting: Sequence[Rule], state: State) -> list[Finding]:
    """Return one finding with all that could be pursued besides, and what the case must say."""
    if not waiting:
        return []
    cases = "; ".join(
        dict.fromkeys(f"{r['approach']} {r['gy']:g} Gy ({r['volume']}) if {_words(r, state)}" for r in waiting)
    )
    keys = dict.fromkeys(
        fact for r in waiting for fact, _, _ in questions(r) if answer(state, (fact, "in", ())) is None
    )
    message = f"more could be pursued ({cases}); give [patient] {', '.join(keys)} in case.toml"
    aims_gy = dict.fromkeys((r["approach"], r["volume"], r["gy"]) for r in waiting)
    return [Finding("note", "aims-open", message, numbered("aim_gy", (gy for _, _, gy in aims_gy)))]


def _words(rule: Rule, state: State) -> str:
    """Return what a rule asks of facts that are missing."""
    open_questions = [
        (fact, answers)
        for fact, how, answers in questions(rule)
        if not how.startswith("not ") and state.get(fact) is None
    ]
    return " and ".join(
        " or ".join(answers) if isinstance(answers, list) else f"{fact} {answers}" for fact, answers in open_questions
    )


def _no_tumour_aim(product: Product, facts: ClinicalFacts, aims: Mapping[str, Aim]) -> list[Finding]:
    """Return why there is no tumour aim: none is borrowed from another disease, a segmentectomy has its own."""
    disease, findings = known_disease(facts), []
    if facts.scenario == "segmentectomy":
        words = "PDA has no aim here: a segmentectomy aims at the perfused volume, not at the tumour"
        return [] if "PDA" in aims else [Finding("note", "no-aim-PDA", words)]
    if disease is not None and disease not in DISEASES.values():
        borrowed = table("rules")["limits_of_other_diseases"]
        message = f"the rules know {', '.join(DISEASES.values())}, but the disease is {disease}: the limits of {borrowed} hold (house), and a tumour aim is the site's alone ([aims] tumour_gy)"
        findings.append(Finding("warning", "disease-without-rules", message))
    elif "PDA" not in aims:
        why = "the disease is not given" if disease is None else f"no source gives one for {disease} with {product.key}"
        message = f"no tumour aim is pursued: {why}; give {'[patient] disease or ' if disease is None else ''}[aims] tumour_gy in case.toml"
        findings.append(Finding("note", "no-aim-PDA", message))
    return findings
