"""Aims and limits -> the options of one injection. Every dose is linear in activity, so each question is one division."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from yttria.planning.activity_window import PERFUSED_NORMAL_GY, Sought, sought_activity
from yttria.planning.aims import Aims
from yttria.planning.compartment_models import (
    Compartments,
    activity_for_perfused_dose,
    administered_for,
    body_surface_activity,
    body_surface_m2,
    retained_in_liver,
    shunt_reduction,
)
from yttria.planning.planning_case import PlanningCase
from yttria.planning.possible_facts import ImagedFacts
from yttria.planning.recommendation import segment_approach
from yttria.planning.target_probability import most_probable_activity
from yttria.values.aims_limits import Aim
from yttria.values.errors import Finding, QuantityError, Value
from yttria.values.patient import ClinicalFacts
from yttria.values.plan import Approach, Option
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Gy, Ml


def aim_options(case: PlanningCase, aims: Aims, facts: ClinicalFacts, imaged: ImagedFacts) -> list[Option | Finding]:
    """Return the options that pursue an aim in the voxel model: PDA, SDA, PDA-PLD, tolerance.

    In segmentectomy the aim on the perfused volume is meant for one compartment: its sources reckoned so.
    """
    pursued: tuple[tuple[Approach, Aim | None], ...] = (
        ("PDA", aims.tumour),
        ("SDA", aims.perfused),
        ("PDA-PLD", aims.perfused_only),
    )
    findings: list[Option | Finding] = []
    for approach, aim in pursued:
        if aim is None:
            continue
        per_bq = case.per_bq.get(aim.volume, 0.0)
        if per_bq <= 0:
            findings.append(absent_option(approach, f"{aim.volume} has no dose here; check the volume and its uptake"))
        elif approach == segment_approach(facts, case.choices.product) and "perfused" in case.absorbed.mass_g:
            findings.append(_one_compartment(case, approach, aim))
        elif approach == "PDA":
            sought = pda_activity(case, aim)
            findings.append(case.option(approach, aim, sought.activity, note=sought.why))
        else:
            within = case if approach == "SDA" or imaged.has_tumour_contour else case.without_upper_bound(facts)
            extra = aims.perfused_only_limits if approach == "PDA-PLD" else ()
            findings.append(within.option(approach, aim, aim.dose_gy / per_bq, extra=extra))
    return [*findings, *_tolerance(case, aims, findings)]


def _one_compartment(case: PlanningCase, approach: Approach, aim: Aim) -> Option:
    """Return segmentectomy's option: A = D m / (k (1 - LSF)) with m the perfused volume's mass; the image's PLD stands beside."""
    shunt, mass = case.absorbed.shunt.fraction, case.absorbed.mass_g["perfused"]
    activity = activity_for_perfused_dose(aim.dose_gy, mass, case.choices.nuclide, shunt=shunt)
    option = case.option(approach, aim, activity)
    inside = aim.dose_gy * option.activity_bq / activity
    note = f"one compartment of {mass:.0f} g, as the aim's sources reckon it: {inside:.0f} of {aim.dose_gy:g} Gy; the image's PLD is {option.doses_gy['PLD']:.0f} Gy"
    return replace(option, reached=aim.reached_by(inside), note=note)


def _tolerance(case: PlanningCase, aims: Aims, findings: Sequence[Option | Finding]) -> list[Option | Finding]:
    """Return resin's option where PDA misses its aim or has none: as much as the limits leave, at most the aim."""
    aim = aims.tolerance
    missed = all(not (isinstance(o, Option) and o.approach == "PDA" and o.reached) for o in findings)
    if aim is None or not missed or case.per_bq.get(aim.volume, 0.0) <= 0:
        return []
    most = aim.wished_gy or aim.dose_gy
    has_tumour_aim = aims.tumour is not None
    option = case.option("tolerance", aim if has_tumour_aim else None, most / case.per_bq[aim.volume])
    words = "the aim" if has_tumour_aim else f"{most:g} Gy to the tumours, {aim.source}"
    return [replace(option, note=f"as much as the limits leave, at most {words}")]


def pda_activity(case: PlanningCase, aim: Aim) -> Sought:
    """Return what PDA asks for before limits hold it down."""
    glass = case.choices.product.key == "glass"
    return sought_activity(
        aim,
        case.per_bq,
        case.limits,
        case.errors,
        recovered_ratio=case.recovered_ratio(aim.volume),
        perfused_normal_gy=PERFUSED_NORMAL_GY if glass else None,
    )


def probability_options(case: PlanningCase) -> list[Option | Finding]:
    """Return the option that most probably reaches the aim of every treated lesion while each limit is kept with 90 %."""
    aim, aims = case.tumour_aim, case.lesion_aims()
    if aim is None or not aims or not case.absorbed.relative_uncertainty:
        return []
    if any(x.is_unknown(case.per_bq.get(x.volume, 0.0)) for x in case.limits):
        return []  # whether a limit is kept with 90 % cannot be told
    activity, probable = most_probable_activity(case.errors, case.per_bq, aims, case.limits)
    count = "the lesion's aim" if len(aims) == 1 else f"the aims of all {len(aims)} lesions"
    note = f"{count} ({aim.dose_gy:g} Gy) are reached with {100 * probable:.0f} %, each limit kept with 90 % or more"
    return [case.option("probability", aim, activity, note=note)]


def formula_options(case: PlanningCase, aims: Aims, facts: ClinicalFacts) -> list[Option | Finding]:
    """Return the options whose activity a formula without voxels finds: label (resin: body surface) and partition."""
    resin = case.choices.product.key == "resin"
    return [_body_surface(case, facts) if resin else _label(case, aims.label), _partition(case, aims.tumour)]


def _body_surface(case: PlanningCase, facts: ClinicalFacts) -> Option | Finding:
    """Return resin's standard, the body-surface method, for the treated share of the liver: shown, never advised, lowered by no limit."""
    absorbed = case.absorbed
    if facts.height_cm is None or facts.weight_kg is None:
        return absent_option("label", "the body-surface method of resin needs [patient] height_cm and weight_kg")
    if "perfused" not in absorbed.volumes:
        return absent_option("label", "it needs a perfused volume")
    liver, perfused = absorbed.volumes["liver"].ml, absorbed.volumes["perfused"].ml
    shunt = absorbed.shunt.fraction if absorbed.lungs is None else absorbed.lungs.most_fraction
    less = shunt_reduction(shunt)
    if less is None:
        return absent_option(
            "label", f"the body-surface method gives nothing at a lung shunt of {shunt:.1%}", {"shunt_fraction": shunt}
        )
    try:
        surface = body_surface_m2(facts.height_cm, facts.weight_kg)
        whole = body_surface_activity(surface, Ml(liver * absorbed.tumour_share), liver)
    except QuantityError as error:
        return absent_option("label", str(error), error.values)
    reduced = f", less {less:.0%} for a lung shunt of {shunt:.1%}" if less else ""
    note = (
        f"body-surface method, BSA - 0.2 + V_T/V_L = {whole / BQ_PER_GBQ:.2f} GBq (BSA {surface:.2f} m2, Du Bois), times the perfused share of the liver, "
        f"{perfused / liver:.0%}{reduced}: recalled, not checked against the manual's print; no dose stands behind it; shown, never advised"
    )
    return case.option("label", None, whole * perfused / liver * (1 - less), note=note, decided=True)


def _label(case: PlanningCase, aim: Aim | None) -> Option | Finding:
    """Return the label's option: one compartment of the perfused volume at the product's density."""
    product, perfused = case.choices.product, case.absorbed.volumes.get("perfused")
    if aim is None or perfused is None or "PLD" not in case.per_bq:
        return absent_option("label", "it needs a perfused volume and an aim for it")
    activity = label_activity(case, aim)
    note = f"{product.formula}: {perfused.ml:.0f} mL at {product.density_g_per_ml:g} g/mL ({product.density_source}) need {activity / BQ_PER_GBQ:.3g} GBq for {aim.dose_gy:g} Gy"
    return case.option("label", aim, activity, note=note)


def label_activity(case: PlanningCase, aim: Aim) -> Bq:
    """Return the activity of the label's formula: the perfused volume at the product's density."""
    mass = Gram(case.absorbed.volumes["perfused"].ml * case.choices.product.density_g_per_ml)
    return activity_for_perfused_dose(aim.dose_gy, mass, case.choices.nuclide, shunt=case.absorbed.shunt.fraction)


def _partition(case: PlanningCase, aim: Aim | None) -> Option | Finding:
    """Return the partition model's option: all tumour in the perfused volume as one, T/N from the same image."""
    model = _two_compartments(case)
    if aim is None or model is None or case.per_bq[aim.volume] <= 0:
        return absent_option(
            "partition", "it needs a tumour aim, and tumour and normal liver with uptake in the perfused volume"
        )
    nuclide, shunt = case.choices.nuclide, case.absorbed.shunt.fraction
    dose = Gy(pda_activity(case, aim).activity * case.per_bq[aim.volume])
    lodging = model.lodging_for_lesion(dose, nuclide)
    option = case.option("partition", aim, administered_for(lodging, shunt))
    if option.activity_bq <= 0:
        return option
    inside = retained_in_liver(option.activity_bq, shunt)
    tumour, normal = model.lesion_doses(inside, nuclide)[0], model.normal_dose(inside, nuclide)
    note = f"tumour {model.lesion_g[0]:.0f} g, normal {model.normal_g:.0f} g, T/N {model.ratio[0]:.2f}: the model itself predicts {tumour:.0f} Gy to all tumour and {normal:.0f} Gy to the perfused normal liver at this activity"
    return replace(option, note=note)


def _two_compartments(case: PlanningCase) -> Compartments | None:
    """Return the partition model of the perfused volume: masses at the product's density, T/N of the mean doses."""
    volumes, mass = case.absorbed.volumes, case.absorbed.mass_g
    if not {"perfused", "normal-perfused"} <= set(volumes) or not {"TD", "PLD", "NPLD"} <= set(case.per_bq):
        return None
    tumour_g = mass["perfused"] - mass["normal-perfused"]
    in_tumour = case.per_bq["PLD"] * mass["perfused"] - case.per_bq["NPLD"] * mass["normal-perfused"]
    tumour_ml = Ml(volumes["perfused"].ml - volumes["normal-perfused"].ml)
    if min(tumour_g, tumour_ml, in_tumour, case.per_bq["NPLD"]) <= 0:
        return None
    density = case.choices.product.density_g_per_ml
    ratio = in_tumour / tumour_g / case.per_bq["NPLD"]
    return Compartments(Gram(volumes["normal-perfused"].ml * density), (Gram(tumour_ml * density),), (ratio,))


def given_option(case: PlanningCase) -> tuple[Option, ...]:
    """Return the option of an activity that is already decided; no limit holds it down, each is checked."""
    administration = case.choices.given
    return () if administration is None else (case.option("given", None, administration.activity_bq, decided=True),)


def absent_option(approach: str, why: str, values: Mapping[str, Value] | None = None) -> Finding:
    """Return the note that an option is left out, and why, with the numbers of the reason."""
    return Finding("note", f"option-absent-{approach}", f"option {approach} is left out: {why}", values or {})
