"""Which option is advised, why, and on what the advice depends: what is advised reaches its own aim within every limit."""

from collections.abc import Sequence
from dataclasses import dataclass

from yttria.planning.eligibility import RESERVE
from yttria.planning.possible_facts import ImagedFacts
from yttria.values.aims_limits import Limit, limits_in_words
from yttria.values.errors import Finding, Value
from yttria.values.patient import ClinicalFacts, PlanningOptions
from yttria.values.plan import Approach, Contraindication, Criterion, Option, Plan
from yttria.values.product import Product
from yttria.values.treatment import SHUNT_KEY
from yttria.values.units import BQ_PER_GBQ, Gy

ORDER: tuple[Approach, ...] = ("PDA", "PDA-PLD", "tolerance", "SDA", "label")
HOLMIUM_MOST_GY = 60.0
OF_LIVER = 0.90
IN_ONE_SESSION_GY = 75.0
WITH_A_VALUE = {
    "disease": '"HCC", "ICC", "mCRC" or another',
    "scenario": '"segmentectomy", "lobectomy", "unilobar" or "bilobar"',
    "child_pugh": '"A5" to "C15"',
    "bilirubin_mg_dl": "mg/dL",
}
YES_OR_NO = "false or true"
ELSEWHERE = {
    "perfused_confirmed": ("[case]", "perfused_confirmed = true"),
    SHUNT_KEY: ("[shunt]", "fraction = # 0 to 1"),
}
"""Lines that a plan may depend on and that stand outside [patient], ready to paste."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a recommendation stands on.

    Parameters
    ----------
    facts, choices, imaged
        What is known.
    options
        Side by side; limits are checked in each.
    against
        Contraindications with their judgement.
    eligibility
        The trial's criteria.
    findings
        All that was found before; nothing is advised while one of them is a stop.
    """

    facts: ClinicalFacts
    choices: PlanningOptions
    imaged: ImagedFacts
    options: tuple[Option, ...]
    against: tuple[Contraindication, ...]
    eligibility: tuple[Criterion, ...]
    findings: tuple[Finding, ...]

    def option(self, approach: Approach) -> Option | None:
        """Return the option of an approach, or None."""
        return next((o for o in self.options if o.approach == approach), None)


def segment_approach(facts: ClinicalFacts, product: Product) -> Approach | None:
    """Return the approach that a segmentectomy pursues; None elsewhere."""
    if facts.scenario != "segmentectomy":
        return None
    return "SDA" if product.key == "holmium" else "PDA-PLD"


def recommended_plan(basis: Basis) -> tuple[Plan, tuple[Finding, ...]]:
    """Return the plan with what is advised and why, and the findings that come with it.

    Order outside segmentectomy: PDA; PDA-PLD where no index lesion is drawn; the tolerance option; SDA; label. In segmentectomy its
    own option alone. While a stop stands nothing is advised; nothing that qualifies is itself a stop.
    """
    candidates = _candidates(basis)
    good = next((o for o in candidates if _qualifies(o, basis)), None)
    option = good or _nearest(candidates, basis.options)
    stops = [f for f in basis.findings if f.level == "stop"]
    exceeded = [
        f
        for f in _exceeded([o for o in basis.options if o.approach != "label"])
        if f.code not in {stop.code for stop in stops}
    ]
    stops += exceeded
    advice = _advice_findings(basis, option) if good is not None else []
    if good is None:
        refusal = Finding(
            "stop", "no-option", f"no option qualifies: {_best(basis, option)}", _best_values(basis, option)
        )
        stops.append(refusal)
        advice.append(refusal)
    lines = conditional_lines(basis, option)
    conditional = f"; {conditional_words(lines)}" if lines else ""
    if stops:
        why = "; ".join(dict.fromkeys(_short(f.message) for f in stops))
        reason = f"no treatment is recommended: {why}; limits at {option.approach}: {limits_in_words(option.checks)}{conditional}"
    else:
        reason = f"{_reason(basis, option)}; {limits_in_words(option.checks)}{conditional}{_outside(basis.eligibility)}"
    plan = Plan(
        basis.options,
        option.approach,
        reason,
        basis.eligibility,
        advised=not stops,
        contraindications=basis.against,
        conditional=tuple(lines),
    )
    return plan, (*advice, *exceeded, *_conditional(basis, lines), *_unmet(basis.eligibility))


# --------------------------------------------------------------- what is advised


def _candidates(basis: Basis) -> list[Option]:
    """Return the options that may be advised, in their order."""
    if all(o.approach == "given" for o in basis.options):
        return list(basis.options)
    segment = segment_approach(basis.facts, basis.choices.product)
    order = ORDER if segment is None else (segment,)
    if segment is None and basis.imaged.has_tumour_contour:
        order = tuple(a for a in order if a != "PDA-PLD")
    pursuing = [
        o for o in basis.options if o.aim is not None or o.approach != "label"
    ]  # body surface is shown, never advised
    return [o for approach in order for o in pursuing if o.approach == approach]


def _qualifies(option: Option, basis: Basis) -> bool:
    """Return whether an option reaches its own aim within every limit; the tolerance option also needs a named disease."""
    if not all(check.holds for check in option.checks) or option.activity_bq <= 0:
        return False
    if option.approach == "tolerance":
        return option.reached and basis.facts.disease is not None
    return option.reached


def _nearest(candidates: Sequence[Option], options: Sequence[Option]) -> Option:
    """Return the option that is shown where none qualifies: of those that may be advised the first, which would give the tumour most."""
    return next(iter([*candidates, *options]))


def _best(basis: Basis, option: Option) -> str:
    """Return the best that can be had and why it is not enough."""
    tried = _candidates(basis) or [option]
    parts = [f"{o.approach} {_misses(o)}" for o in tried]
    if option.approach == "tolerance" and basis.facts.disease is None:
        parts.append("the disease is not given, so that what the limits leave cannot be judged")
    return "; ".join(parts)


def _best_values(basis: Basis, option: Option) -> dict[str, Value]:
    """Return the numbers of what was tried, with the approach in the key."""
    values: dict[str, Value] = {}
    for tried in _candidates(basis) or [option]:
        name = tried.approach.lower().replace("-", "_")
        if tried.aim is not None:
            values |= {f"{name}_gy": tried.doses_gy[tried.aim.volume], f"{name}_aim_gy": tried.aim.dose_gy}
        values |= {f"{name}_{key}": value for key, value in _binding_values(tried).items()}
    return values


def _misses(option: Option) -> str:
    broken = [c.limit.name for c in option.checks if not c.holds]
    if option.aim is None:
        return f"exceeds {', '.join(broken)}" if broken else "has no aim"
    value = f"{option.aim.volume} {option.doses_gy[option.aim.volume]:.0f} of {option.aim.dose_gy:g} Gy"
    if broken:
        return f"exceeds {', '.join(broken)} ({value})"
    if option.reached:
        return f"reaches {value}"
    if option.aim.reached_by(option.doses_gy[option.aim.volume]):
        return f"cannot be given as it stands ({value}): a part of the lesion misses it, or an injection would be below its least"
    return f"misses its aim, {value}: {_held_by(option)}"


def _binding_limit(option: Option) -> Limit | None:
    """Return the limit that holds an option's activity down, or None."""
    return next((c.limit for c in option.checks if c.limit.name == option.binding), None)


def _binding_values(option: Option) -> dict[str, Value]:
    """Return the numbers of the limit that binds, as `_held_by` says them."""
    limit = _binding_limit(option)
    if limit is None:
        return {}
    return {"binding": limit.name, "binding_gy": limit.limit_gy, "already_gy": limit.already_gy}


def _held_by(option: Option) -> str:
    """Return which limit binds, and at which dose."""
    limit = _binding_limit(option)
    if limit is None:
        return "no limit binds"
    before = f", {limit.already_gy:.1f} Gy of them received before" if limit.already_gy else ""
    return f"{limit.name} binds at {limit.limit_gy:g} Gy{before}"


def _reason(basis: Basis, option: Option) -> str:
    """Return why the option is advised, and what it gains over the standard."""
    aim = option.aim
    if option.approach == "given":
        words = "given: all was decided before, within all limits"
    elif aim is None:
        words = f"{option.approach} gives as much as the limits leave: {_held_by(option)}"
    else:
        value = f"{aim.volume} {option.doses_gy[aim.volume]:.0f} Gy"
        limit = f" ({_held_by(option)})" if option.binding else ""
        within = "the limits whose dose is known" if option.unknown_doses else "all limits"
        words = f"{option.approach} reaches its aim of {aim.dose_gy:g} Gy ({value}) within {within}{limit}"
    missed = basis.option("PDA")
    if missed is not None and missed is not option and not missed.reached:
        words += f"; PDA {_misses(missed)}"
    standard = basis.option("SDA")
    if standard is None or standard is option or "TD" not in option.doses_gy:
        return words
    return f"{words}; SDA would give the index lesion {standard.doses_gy['TD']:.0f} Gy instead of {option.doses_gy['TD']:.0f} Gy"


def _short(message: str) -> str:
    """Return a finding's first clauses: what was found, without its sources."""
    return message.split(" (", maxsplit=1)[0] if len(message) > 160 and " (" in message else message


def _outside(eligibility: Sequence[Criterion]) -> str:
    outside = [c.name for c in eligibility if c.met is False]
    return f"; outside the trial's criteria: {', '.join(outside)}" if outside else ""


# --------------------------------------------------------------- conditional


def conditional_lines(basis: Basis, option: Option) -> list[str]:
    """Return the keys of case.toml on which the plan depends: of assumed limits, of facts that could be a stop, of the territory."""
    keys = [key for check in option.checks for key in check.limit.missing]
    keys += [key for c in basis.against if c.judgement == "open" and c.severe for key in c.missing]
    if _territory_open(basis):
        keys.append("perfused_confirmed")
    first = ["earlier_radioembolisation"]
    unique = dict.fromkeys(keys)
    return [key for key in first if key in unique] + [key for key in unique if key not in first]


def _territory_open(basis: Basis) -> bool:
    """Tell whether a person has yet to confirm the perfused volume."""
    return any(f.values.get("missing") == "perfused_confirmed" for f in basis.findings)


def conditional_words(lines: Sequence[str]) -> str:
    """Return on how many lines of case.toml a plan depends, and which.

    Examples
    --------
    >>> conditional_words(["digestive_shunt"])
    'conditional on 1 line (digestive_shunt)'
    """
    return f"conditional on {len(lines)} {'line' if len(lines) == 1 else 'lines'} ({', '.join(lines)})"


def _conditional(basis: Basis, lines: Sequence[str]) -> list[Finding]:
    """Return the lines on which the plan depends, ready to paste, and those that could only warn."""
    findings = []
    if lines:
        patient = [f"{key} = # {WITH_A_VALUE.get(key, YES_OR_NO)}" for key in lines if key not in ELSEWHERE]
        sections = ["[patient]", *patient] if patient else []
        sections += [line for key, pasted in ELSEWHERE.items() if key in lines for line in pasted]
        words = conditional_words(lines).split(" (", maxsplit=1)[0]
        pasted = "\n".join(sections)
        message = f"{words} of case.toml; give in it:\n{pasted}"
        findings.append(Finding("warning", "conditional", message, {"lines": len(lines)}))
    quiet = [k for c in basis.against if c.judgement == "open" and not c.severe for k in c.missing if k not in lines]
    if quiet:
        message = f"not given, and could only be a warning: [patient] {', '.join(dict.fromkeys(quiet))}"
        findings.append(Finding("note", "facts-not-given", message))
    return findings


# ------------------------------------------------------------------ findings


def _advice_findings(basis: Basis, option: Option) -> list[Finding]:
    """Return the warnings that go with what is advised."""
    findings, pda = _aim_findings(basis, option), basis.option("PDA")
    if option.approach in {"SDA", "label", "tolerance"} and pda is not None and not pda.reached and pda.aim is not None:
        index_gy = option.doses_gy["TD"]
        met = pda.aim.reached_by(index_gy)
        words = "although PDA, which raises the least of its targets first, misses" if met else "and stays below"
        findings.append(
            Finding(
                "warning",
                "index-below-aim",
                f"{option.approach} in place of PDA: the index lesion gets {index_gy:.0f} Gy {words} its aim of {pda.aim.dose_gy:g} Gy; {_held_by(pda)}",
                {"index_gy": index_gy, "aim_gy": pda.aim.dose_gy, **_binding_values(pda)},
            )
        )
    if option.approach == "tolerance":
        findings.append(
            Finding(
                "warning",
                "tolerance",
                f"tolerance: {option.note}; TD {option.doses_gy.get('TD', Gy(0)):.0f} Gy, {_held_by(option)}",
                {"td_gy": option.doses_gy.get("TD"), **_binding_values(option)},
            )
        )
    perfused = option.doses_gy.get("PLD", Gy(0))
    if option.approach == "PDA" and basis.choices.product.key == "holmium" and perfused > HOLMIUM_MOST_GY:
        findings.append(
            Finding(
                "warning",
                "perfused-above-standard",
                f"PDA puts {perfused:.0f} Gy on the perfused volume, above the {HOLMIUM_MOST_GY:g} Gy of 166Ho's standard",
                {"perfused": perfused},
            )
        )
    return findings + _normal_liver_warnings(basis, option)


def _aim_findings(basis: Basis, option: Option) -> list[Finding]:
    """Return a warning where what is advised stays below its aim, within what counts as reached."""
    findings = []
    aim = option.aim
    short = aim is not None and option.doses_gy[aim.volume] < aim.dose_gy * (1 - 1e-9)
    if aim is not None and short and segment_approach(basis.facts, basis.choices.product) is None:
        value = f"{aim.volume} {option.doses_gy[aim.volume]:.0f} of {aim.dose_gy:g} Gy"
        within = (
            "its range of 120 ± 20 Gy"
            if option.approach == "SDA" and basis.choices.product.key == "glass"
            else "what counts as reached (house)"
        )
        findings.append(
            Finding(
                "warning",
                "aim-nearly-reached",
                f"{option.approach} stays below its aim, within {within}: {value}; {_held_by(option)}",
                {"dose_gy": option.doses_gy[aim.volume], "aim_gy": aim.dose_gy, **_binding_values(option)},
            )
        )
    elif aim is not None and option.binding and option.wished_activity_bq and not _whole(option):
        findings.append(
            Finding(
                "warning",
                "aim-nearly-reached",
                f"{option.approach} is lowered below its aim of {aim.dose_gy:g} Gy, within what counts as reached (house): {option.note}; {_held_by(option)}",
                {
                    "dose_gy": option.doses_gy[aim.volume],
                    "aim_gy": aim.dose_gy,
                    "activity_gbq": option.activity_bq / BQ_PER_GBQ,
                    "sought_gbq": option.wished_activity_bq / BQ_PER_GBQ,
                    **_binding_values(option),
                },
            )
        )
    return findings


def _whole(option: Option) -> bool:
    return (
        option.wished_activity_bq is None
        or option.activity_bq >= option.wished_activity_bq * (1 - 1e-9)
        or (option.aim is not None and option.aim.wished_gy is not None)
    )


def _normal_liver_warnings(basis: Basis, option: Option) -> list[Finding]:
    """Return the warnings about the normal liver that lower nothing."""
    glass, facts = basis.choices.product.key == "glass", basis.facts
    value = next(
        (c.value_gy for c in option.checks if c.limit.volume in {"WNLD", "WLD"}), option.doses_gy.get("WNLD", Gy(0))
    )
    findings = []
    if glass and facts.scenario == "segmentectomy":
        bound = 75.0 if facts.bilirubin_mg_dl is not None and facts.bilirubin_mg_dl < 1.1 else 50.0
        if value > bound:
            findings.append(
                Finding(
                    "warning",
                    "segmentectomy-normal-liver",
                    f"the whole normal liver has {value:.0f} Gy in a segmentectomy, above {bound:g} Gy (house): a warning that lowers nothing",
                    {"value": value, "bound": bound},
                )
            )
    elif glass and basis.imaged.judged_reserve < 1 - OF_LIVER and value > IN_ONE_SESSION_GY:
        findings.append(
            Finding(
                "warning",
                "whole-liver-one-session",
                f"more than {100 * OF_LIVER:g} % of the liver is treated in one session and the whole normal liver has {value:.0f} Gy, above {IN_ONE_SESSION_GY:g} Gy: 90 Gy stand on unilobar treatments (Weber et al., EJNMMI 2022;49:1682, table 2)",
                {"value": value},
            )
        )
    small = basis.imaged.judged_reserve < RESERVE
    if glass and small and any(c.limit.name == "normal-perfused" for c in option.checks):
        reserve = f"the hepatic reserve of {100 * basis.imaged.judged_reserve:.0f} % lies below 30 %"
        if _territory_open(basis):
            reserve = "the hepatic reserve counts as not met until the perfused volume is confirmed"
        findings.append(
            Finding(
                "warning",
                "reserve-below-30",
                f"{reserve}: the perfused normal liver is limited to 120 Gy, and growth of the other lobe is not pursued",
            )
        )
    return findings


def _exceeded(options: Sequence[Option]) -> list[Finding]:
    """Return a stop for each limit that an activity breaks."""
    return [
        Finding(
            "stop",
            f"limit-exceeded-{c.limit.name}",
            f"{option.approach} gives {c.limit.volume} {c.value_gy:.1f} Gy, above its limit of {c.limit.limit_gy:g} Gy ({c.limit.source}); {'what is given cannot be taken back: add nothing, and watch this organ' if option.approach == 'given' else 'lower the activity'}",
            {"value_gy": c.value_gy, "limit_gy": c.limit.limit_gy},
        )
        for option in options
        for c in option.checks
        if not c.holds
    ]


def _unmet(eligibility: Sequence[Criterion]) -> list[Finding]:
    return [
        Finding(
            "warning",
            f"not-eligible-{c.name.replace(' ', '-')}",
            f"the trial asked for {c.requirement}, found: {c.found} ({c.source})",
        )
        for c in eligibility
        if c.met is False
    ]
