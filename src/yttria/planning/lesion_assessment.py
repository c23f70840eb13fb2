"""Every lesion counts: dose, aim, what blur hides, what is cold, what is not treated."""

import math
from collections.abc import Sequence
from dataclasses import replace

from yttria.values.aims_limits import DoseName
from yttria.values.errors import Finding, Value
from yttria.values.patient import AbsorbedDose, ClinicalFacts
from yttria.values.plan import Lesion, Option, PartDose, Plan
from yttria.values.units import BQ_PER_GBQ, Gy, Ml, Share

REACHED_ML, REACHED_SHARE = 10.0, 0.1
"""A perfused volume that holds 10 mL or a tenth of a lesion reaches it (house)."""
ROUNDING = 1e-9


def with_lesions(plan: Plan, absorbed: AbsorbedDose, facts: ClinicalFacts) -> tuple[Plan, tuple[Finding, ...]]:
    """Return the plan with every lesion by the option that it shows, and what is to be said of them."""
    lesions = assess_lesions(absorbed, plan, facts)
    return replace(plan, lesions=lesions), audit_lesions(lesions, absorbed)


def assess_lesions(absorbed: AbsorbedDose, plan: Plan, facts: ClinicalFacts) -> tuple[Lesion, ...]:
    """Return every lesion with its dose by the option that the plan shows, the largest first.

    The aim of a lesion is PDA's aim; segmentectomy has none. A lesion that the perfused volume does not reach is not treated, and stays
    below its aim whatever the image shows there.

    Parameters
    ----------
    absorbed
        Volumes, doses with blur undone, cold parts.
    plan
        Its options; the recommended one, else the first, is shown.
    facts
        The scenario.
    """
    aim = None if facts.scenario == "segmentectomy" else _tumour_aim(plan)
    roles = [role for role in absorbed.volumes if role.startswith("tumour-")]
    return tuple(_lesion(role, absorbed, plan.shown, aim) for role in roles)


def audit_lesions(lesions: Sequence[Lesion], absorbed: AbsorbedDose) -> tuple[Finding, ...]:
    """Return the lesions that are not treated, those that stay below their aim, and the cold parts, each as a warning."""
    findings = [_untreated(x) for x in lesions if not x.treated]
    below = [x for x in lesions if x.below_aim]
    if below:
        findings.append(_below(below, len(lesions)))
    return (*findings, *(_cold(x, absorbed) for x in lesions if x.cold_ml > 0 and x.treated))


def _tumour_aim(plan: Plan) -> Gy | None:
    aims = [o.aim for o in plan.options if o.approach == "PDA" and o.aim is not None]
    return aims[0].dose_gy if aims else None


def _lesion(role: str, absorbed: AbsorbedDose, option: Option, aim: Gy | None) -> Lesion:
    voi, perfused = absorbed.volumes[role], absorbed.volumes["perfused"]
    name: DoseName = role.replace("tumour-", "TD_")
    times = option.activity_bq / absorbed.activity_bq
    dose = option.doses_gy[name]
    inside = voi.overlap_ml(perfused)
    treated = inside >= REACHED_ML * (1 - ROUNDING) or inside >= REACHED_SHARE * voi.ml * (1 - ROUNDING)
    cold = absorbed.cold.get(role)
    recovered = absorbed.recovered_gy.get(name)
    parts = _parts(role, absorbed, option)
    dvh, probability = option.dvh.get(role), option.probability
    least = min((p.dose_gy for p in parts), default=dose)
    return Lesion(
        role=role,
        name=voi.name,
        ml=voi.ml,
        aim_gy=aim,
        dose_gy=dose,
        treated=treated,
        below_aim=aim is not None and (not treated or least < aim * (1 - ROUNDING)),
        cold_ml=Ml(0.0) if cold is None else cold.ml,
        rest_gy=None if cold is None or cold.rest_gy is None else Gy(cold.rest_gy * times),
        recovered_gy=None if recovered is None else Gy(recovered * times),
        parts=parts,
        activity_share=_activity_share(role, name, absorbed),
        tumour_to_normal=_over_normal(name, absorbed),
        d95_gy=None if dvh is None else dvh.dose_covering(Share(0.95)),
        d70_gy=None if dvh is None else dvh.dose_covering(Share(0.70)),
        v205=None if dvh is None else dvh.share_above(Gy(205.0)),
        aim_probability=None if aim is None or probability is None else probability.aim.get(name),
    )


def _activity_share(role: str, name: DoseName, absorbed: AbsorbedDose) -> Share | None:
    """Return a lesion's share of the liver's activity as the image has it: D m over that of the liver, by local deposition."""
    doses = absorbed.uncorrected_gy or absorbed.doses_gy
    liver = doses.get("WLD", 0.0) * absorbed.mass_g.get("liver", 0.0)
    return Share(doses[name] * absorbed.mass_g[role] / liver) if liver > 0 else None


def _over_normal(name: DoseName, absorbed: AbsorbedDose) -> float | None:
    """Return T/N: the dose of a lesion over that of the perfused normal liver."""
    normal = absorbed.doses_gy.get("NPLD", 0.0)
    return absorbed.doses_gy[name] / normal if normal > 0 else None


def _parts(role: str, absorbed: AbsorbedDose, option: Option) -> tuple[PartDose, ...]:
    """Return the parts of a lesion that several injections treat, with their doses by the option; none with one injection."""
    activities = option.activities_bq
    return tuple(
        PartDose(p.injection, p.ml, Gy(math.fsum(p.per_gbq[name] * bq / BQ_PER_GBQ for name, bq in activities.items())))
        for p in absorbed.parts
        if p.lesion == role and activities
    )


def _untreated(lesion: Lesion) -> Finding:
    message = f'"{lesion.name}" ({lesion.ml:.1f} mL) is not treated: no perfused volume reaches it; it needs an injection of its own, or another treatment'
    return Finding("warning", "lesion-not-treated", message, {"lesion": lesion.role, "ml": lesion.ml})


def _below(below: Sequence[Lesion], many: int) -> Finding:
    """Return how many lesions stay below their aim, and each with its dose and the recovered one beside."""
    aim = below[0].aim_gy or Gy(0)
    each = "; ".join(_dose_words(x) for x in sorted(below, key=lambda x: x.dose_gy))
    message = (
        f"{len(below)} of {many} {'lesion stays' if many == 1 else 'lesions stay'} below the aim of {aim:g} Gy: {each}"
    )
    values: dict[str, Value] = {"below": len(below), "lesions": many, "aim_gy": aim}
    for lesion in below:
        values[f"{lesion.role}_gy"] = lesion.dose_gy
        if lesion.recovered_gy is not None:
            values[f"{lesion.role}_recovered_gy"] = lesion.recovered_gy
    return Finding("warning", "lesions-below-aim", message, values)


def _dose_words(lesion: Lesion) -> str:
    dose = f'"{lesion.name}" {lesion.dose_gy:.0f} Gy'
    if not lesion.treated:
        return f"{dose}, not treated"
    if lesion.recovered_gy is None:
        return dose
    return (
        f"{dose} ({lesion.recovered_gy:.0f} with blur undone{', below by blur alone' if lesion.by_blur_alone else ''})"
    )


def _cold(lesion: Lesion, absorbed: AbsorbedDose) -> Finding:
    share = absorbed.cold[lesion.role].share
    rest = (
        ""
        if lesion.rest_gy is None
        else f"; the rest has {lesion.rest_gy:.0f} Gy, which reaches no aim unless the part is drawn and named necrosis in [roles]"
    )
    message = (
        f'"{lesion.name}": {lesion.cold_ml:.0f} mL ({100 * share:.0f} %) take up less than the perfused normal liver, cold: dead, or fed by an artery that was not '
        f"injected; the arterial phase decides{rest}"
    )
    values: dict[str, Value] = {"lesion": lesion.role, "cold_ml": lesion.cold_ml, "cold_fraction": share}
    values |= {} if lesion.rest_gy is None else {"rest_gy": lesion.rest_gy}
    return Finding("warning", "lesion-cold", message, values)
