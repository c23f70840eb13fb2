"""Rules as data: which limits and aims hold for this case, and what the case must say for the others to be judged.

A rule that cannot be judged is neither applied nor dropped in silence: it stays open, with the facts it waits for.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from yttria.data import table
from yttria.values.errors import Finding, Level, PlanError, QuantityError
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import NO_DOSE, Aim, DoseName, Limit
from yttria.values.units import Gy, Share

Rule = Mapping[str, Any]

SITE_VOLUMES: Mapping[str, DoseName] = {
    "lung": "LD",
    "lung-cumulative": "LD",
    "normal-perfused": "NPLD",
    "normal-liver": "WNLD",
    "perfused": "PLD",
    "whole-liver": "WLD",
}
SITE_APPROACHES = {"tumour_gy": "PDA", "perfused_gy": "SDA", "perfused_only_gy": "PDA-PLD"}
DISEASES = {"hcc": "HCC", "icc": "ICC", "mcrc": "mCRC"}
SITE_SOURCE = "the site's own (case.toml)"


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """A limit that may hold: the case does not say what it asks.

    Parameters
    ----------
    name, volume
        As of a limit.
    could_be
        The limits that it could be, by what the case would have to say.
    missing
        Keys of `[patient]` in case.toml that would settle it.
    level
        How much it matters: only a note where all that it could be is looser than what holds.
    """

    name: str
    volume: DoseName
    could_be: tuple[Limit, ...]
    missing: tuple[str, ...]
    level: Level

    def finding(self, approach: str = "", value_gy: float | None = None) -> Finding:
        """Return what the case must say, and what the option that comes first gives in that volume."""
        cases = " or ".join(f"{x.limit_gy:g} Gy ({x.condition})" for x in self.could_be)
        sources = "; ".join(dict.fromkeys(x.source for x in self.could_be))
        seen = "" if value_gy is None else f"; {approach} gives {value_gy:.0f} Gy"
        return Finding(
            self.level,
            f"limit-open-{self.name}",
            f"{self.volume} may be limited to {cases}{seen}; to have it judged, give [patient] {', '.join(self.missing)} in case.toml ({sources})",
        )


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
    perfused_only_limits
        Limits that hold for PDA-PLD alone.
    """

    tumour: Aim | None = None
    perfused: Aim | None = None
    perfused_only: Aim | None = None
    label: Aim | None = None
    hypertrophy: Aim | None = None
    perfused_only_limits: tuple[Limit, ...] = ()


def limits_for(
    product: Product, facts: ClinicalFacts, reserve: Share, choices: PlanningOptions
) -> tuple[tuple[Limit, ...], tuple[Finding, ...]]:
    """Return the limits that hold, and a finding for each that the case does not let us judge.

    Parameters
    ----------
    product
        Glass, resin or holmium: the same words mean other volumes for each.
    facts
        What the case says: disease, scenario, bilirubin, earlier lung dose.
    reserve
        Untreated share of the liver.
    choices
        A site's own limits replace those of the same name.

    Raises
    ------
    QuantityError
        A site's limit of an unknown name.
    PlanError
        An earlier lung dose that leaves no room.

    Examples
    --------
    >>> glass = Product.named("glass")
    >>> facts = ClinicalFacts(disease="HCC", scenario="unilobar", bilirubin_mg_dl=0.8, previous_lung_dose_gy=0)
    >>> limits, doubts = limits_for(glass, facts, Share(0.25), PlanningOptions(glass, glass.nuclide))
    >>> [(x.name, x.volume, x.limit_gy) for x in limits], doubts
    ([('lung', 'LD', 30), ('normal-perfused', 'NPLD', 120), ('normal-liver', 'WNLD', 90)], ())
    """
    limits, undecided = judged_limits(product, facts, reserve, choices)
    return limits, tuple(u.finding() for u in undecided)


def judged_limits(
    product: Product, facts: ClinicalFacts, reserve: Share, choices: PlanningOptions
) -> tuple[tuple[Limit, ...], tuple[OpenLimit, ...]]:
    """Return the limits that hold and those that stay open."""
    site = _site_limits(choices, facts)
    holding: dict[str, Limit] = {}
    waiting: dict[str, list[Waiting]] = {}
    for rule, verdict, missing in _judged("limit", product, facts, reserve):
        limit = _limit(rule, facts)
        if limit.name in site:
            continue
        if verdict is None:
            waiting.setdefault(limit.name, []).append(Waiting(limit, missing, rule.get("doubt") == "note"))
        elif verdict:
            holding[limit.name] = limit
    holding |= site
    _require_room(holding.values())
    undecided = (_open_limit(name, found, holding.get(name)) for name, found in waiting.items())
    return tuple(holding.values()), tuple(u for u in undecided if u is not None)


def aims_for(
    product: Product, facts: ClinicalFacts, reserve: Share, choices: PlanningOptions
) -> tuple[Aims, tuple[Finding, ...]]:
    """Return what each approach pursues, and a finding where the case does not say enough.

    Raises
    ------
    QuantityError
        A site's wish below its aim.

    Examples
    --------
    >>> glass = Product.named("glass")
    >>> aims, _ = aims_for(glass, ClinicalFacts(disease="HCC", scenario="unilobar"), Share(0.4), PlanningOptions(glass, glass.nuclide))
    >>> aims.tumour.dose_gy, aims.tumour.wished_gy, aims.perfused.dose_gy, aims.perfused_only.dose_gy
    (205, 300, 120, 150)
    """
    rules: dict[str, Rule] = {}
    waiting: dict[str, list[tuple[Rule, tuple[str, ...]]]] = {}
    for rule, verdict, missing in _judged("aim", product, facts, reserve):
        if verdict:
            rules[rule["approach"]] = rule
        elif verdict is None:
            waiting.setdefault(rule["approach"], []).append((rule, missing))
    aims = _with_site({name: _aim(rule) for name, rule in rules.items() if "none" not in rule}, choices)
    findings = [_no_aim(name, rule) for name, rule in rules.items() if name not in aims]
    findings += _open_aims({name: found for name, found in waiting.items() if not _set_by_site(name, choices)})
    findings += _other_disease(facts)
    extra = _while(rules.get("PDA-PLD", {}), facts) if "PDA-PLD" in aims else ()
    label = _label(aims.get("SDA"), rules.get("label"))
    return (
        Aims(aims.get("PDA"), aims.get("SDA"), aims.get("PDA-PLD"), label, aims.get("hypertrophy"), extra),
        tuple(findings),
    )


def known_disease(facts: ClinicalFacts) -> str | None:
    """Return the disease as the rules spell it, another one as the case spells it, or None."""
    if facts.disease is None:
        return None
    return DISEASES.get(facts.disease.strip().lower(), facts.disease)


class Waiting(NamedTuple):
    """A limit of an open rule, the facts it waits for, and whether it asks to be said quietly."""

    limit: Limit
    missing: tuple[str, ...]
    quiet: bool


# ------------------------------------------------------------------ judging


def _judged(
    kind: str, product: Product, facts: ClinicalFacts, reserve: Share
) -> Iterator[tuple[Rule, bool | None, tuple[str, ...]]]:
    """Yield each rule of this product with its verdict (None: open) and the facts it waits for."""
    for rule in table("rules")[kind]:
        if product.key not in rule.get("product", [product.key]):
            continue
        answers = _answers(rule, facts, reserve)
        if any(answer is False for _, answer in answers):
            yield rule, False, ()
        else:
            missing = tuple(key for key, answer in answers if answer is None)
            yield rule, None if missing else True, missing


def _answers(rule: Rule, facts: ClinicalFacts, reserve: Share) -> list[tuple[str, bool | None]]:
    """Return, for each thing that a rule asks, the key of `[patient]` that answers it and the answer."""
    disease, scenario, bilirubin = known_disease(facts), facts.scenario, facts.bilirubin_mg_dl
    before = facts.previous_lung_dose_gy
    asked: dict[str, tuple[str, bool | None]] = {
        "disease": ("disease", None if disease is None else disease in rule.get("disease", ())),
        "scenario": ("scenario", None if scenario is None else scenario in rule.get("scenario", ())),
        "not_disease": ("disease", disease not in rule.get("not_disease", ())),
        "not_scenario": ("scenario", scenario not in rule.get("not_scenario", ())),
        "reserve_below": ("", reserve < rule.get("reserve_below", 0)),
        "reserve_from": ("", reserve >= rule.get("reserve_from", 0)),
        "bilirubin_from_mg_dl": ("bilirubin_mg_dl", _at_least(bilirubin, rule.get("bilirubin_from_mg_dl", 0))),
        "bilirubin_below_mg_dl": ("bilirubin_mg_dl", _below(bilirubin, rule.get("bilirubin_below_mg_dl", 0))),
        "treated_before": ("", ((before or 0) > 0) == rule.get("treated_before")),
        "previous_lung_dose": ("previous_lung_dose_gy", None if before is None else before > 0),
    }
    return [answer for key, answer in asked.items() if key in rule]


def _at_least(value: float | None, bound: float) -> bool | None:
    return None if value is None else value >= bound


def _below(value: float | None, bound: float) -> bool | None:
    return None if value is None else value < bound


def _source(rule: Rule) -> str:
    return str(table("rules")["sources"][rule["source"]])


# ------------------------------------------------------------------- limits


def _limit(rule: Rule, facts: ClinicalFacts) -> Limit:
    already = Gy(facts.previous_lung_dose_gy or 0.0) if rule["name"] == "lung-cumulative" else NO_DOSE
    return Limit(rule["name"], rule["volume"], Gy(rule["gy"]), _source(rule), rule.get("condition", ""), already)


def _site_limits(choices: PlanningOptions, facts: ClinicalFacts) -> dict[str, Limit]:
    """Return the site's own limits by the rules' names, refusing a name that no volume has."""
    limits = {}
    for key, gy in choices.limits_gy.items():
        name = key.removesuffix("_gy").replace("_", "-")
        if name not in SITE_VOLUMES:
            known = [f"{n.replace('-', '_')}_gy" for n in SITE_VOLUMES]
            near = difflib.get_close_matches(f"{key.removesuffix('_gy')}_gy", known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise QuantityError(f"[limits] {key} names no volume that can be limited; {hint}")
        already = Gy(facts.previous_lung_dose_gy or 0.0) if name == "lung-cumulative" else NO_DOSE
        source = choices.limit_sources.get(key, SITE_SOURCE)
        limits[name] = Limit(name, SITE_VOLUMES[name], gy, source, "set by the site", already)
    return limits


def _require_room(limits: Iterable[Limit]) -> None:
    for limit in limits:
        if limit.already_gy >= limit.limit_gy:
            raise PlanError(
                f"{limit.name} allows {limit.limit_gy:g} Gy, but {limit.already_gy:g} Gy were received before: no activity can be planned; check [patient] previous_lung_dose_gy"
            )


def _open_limit(name: str, found: Sequence[Waiting], holding: Limit | None) -> OpenLimit | None:
    """Return what a limit could still be, or None where it would change nothing."""
    other = [w for w in found if holding is None or w.limit.limit_gy != holding.limit_gy]
    fewest: dict[float, Waiting] = {}
    for one in other:
        known = fewest.get(one.limit.limit_gy)
        if known is None or len(one.missing) < len(known.missing):
            fewest[one.limit.limit_gy] = one
    if not fewest:
        return None
    could_be = tuple(w.limit for w in fewest.values())
    missing = tuple(dict.fromkeys(key for w in fewest.values() for key in w.missing))
    looser = holding is not None and all(x.limit_gy > holding.limit_gy for x in could_be)
    level: Level = "note" if looser or all(w.quiet for w in other) else "warning"
    return OpenLimit(name, could_be[0].volume, could_be, missing, level)


# --------------------------------------------------------------------- aims


def _aim(rule: Rule) -> Aim:
    wished = rule.get("wished_gy")
    return Aim(
        rule["volume"],
        Gy(rule["gy"]),
        _source(rule),
        None if wished is None else Gy(wished),
        Gy(rule.get("tolerance_gy", NO_DOSE)),
        Gy(rule["sought_gy"]) if "sought_gy" in rule else None,
    )


def _with_site(aims: dict[str, Aim], choices: PlanningOptions) -> dict[str, Aim]:
    """Return the aims with the site's own in place of the rules'; an aim of the site has the wish that the site states, or none."""
    site = {k if k.endswith("_gy") else f"{k}_gy": v for k, v in choices.aims_gy.items()}
    mine = dict(aims)
    for key, approach in SITE_APPROACHES.items():
        if key in site:
            mine[approach] = Aim("TD" if approach == "PDA" else "PLD", site[key], SITE_SOURCE)
    if "PDA" in mine and "wished_gy" in site:
        mine["PDA"] = replace(mine["PDA"], wished_gy=site["wished_gy"], sought_gy=None)
    return mine


def _while(rule: Rule, facts: ClinicalFacts) -> tuple[Limit, ...]:
    """Return the limits under which alone a rule's aim may be pursued."""
    return (_limit(rule["while"], facts),) if "while" in rule else ()


def _label(standard: Aim | None, rule: Rule | None) -> Aim | None:
    """Return the label's aim: the standard dose, taken inside the guideline's range where it gives one."""
    if rule is None:
        return standard
    if standard is None:
        return _aim(rule)
    dose = min(max(standard.dose_gy, rule["gy"]), rule.get("up_to_gy", max(standard.dose_gy, rule["gy"])))
    return standard if dose == standard.dose_gy else Aim("PLD", Gy(dose), _source(rule))


def _set_by_site(approach: str, choices: PlanningOptions) -> bool:
    site = {k if k.endswith("_gy") else f"{k}_gy" for k in choices.aims_gy}
    return any(key in site for key, of in SITE_APPROACHES.items() if of == approach)


def _no_aim(approach: str, rule: Rule) -> Finding:
    return Finding("note", f"no-aim-{approach}", f"{approach} has no aim here: {rule['none']} ({_source(rule)})")


def _open_aims(waiting: Mapping[str, Sequence[tuple[Rule, tuple[str, ...]]]]) -> list[Finding]:
    """Return one finding with all that the aims could be besides, and what the case must say."""
    said = {name: found for name, found in waiting.items() if name != "hypertrophy"}
    if not said:
        return []
    cases = "; ".join(
        f"{name} {', '.join(f'{_wanted(rule)} if {_words(rule)}' for rule, _ in found)}" for name, found in said.items()
    )
    keys = ", ".join(sorted({key for found in said.values() for _, missing in found for key in missing}))
    message = f"the aims are general ones and could be others ({cases}); give [patient] {keys} in case.toml"
    return [Finding("note", "aims-open", message)]


def _other_disease(facts: ClinicalFacts) -> list[Finding]:
    disease = known_disease(facts)
    if disease is None or disease in DISEASES.values():
        return []
    message = f"the rules know {', '.join(DISEASES.values())}, but the disease is {disease}: general aims and limits are used; set [aims] and [limits] if the site has its own"
    return [Finding("warning", "disease-without-rules", message)]


def _wanted(rule: Rule) -> str:
    return "none" if "none" in rule else f"{rule['gy']:g} Gy ({rule['volume']})"


def _words(rule: Rule) -> str:
    return " and ".join(" or ".join(rule[key]) for key in ("disease", "scenario") if key in rule)
