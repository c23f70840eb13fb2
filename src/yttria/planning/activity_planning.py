"""Aims and limits -> a plan: the options side by side, the one that is recommended and why."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yttria.planning.activity_window import EarlierActivity, activity_window
from yttria.planning.aims import Aims, aims_for
from yttria.planning.contraindications import against_treating, contraindications, excluded_facts, site_judgements
from yttria.planning.course_options import United, course_options
from yttria.planning.earlier_treatment import ASSUMED_GY, earlier_dose_known, earlier_dose_missing, with_earlier_doses
from yttria.planning.eligibility import criteria
from yttria.planning.harm_order import by_harm
from yttria.planning.injection_options import Course, limits_of_injections
from yttria.planning.near_thresholds import near_thresholds
from yttria.planning.planning_case import PlanningCase
from yttria.planning.planning_options import (
    aim_options,
    formula_options,
    given_option,
    label_activity,
    probability_options,
)
from yttria.planning.possible_facts import ImagedFacts, treated_before
from yttria.planning.recommendation import Basis, recommended_plan
from yttria.planning.rules import limits_for
from yttria.planning.target_probability import audit_limit_probability
from yttria.planning.targeting import audit_targeting
from yttria.values.aims_limits import Aim, Limit
from yttria.values.errors import Finding, PlanError
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import ActivityWindow, Contraindication, Option, Plan
from yttria.values.treatment import SHUNT_KEY
from yttria.values.units import Bq, Gy

EXACT = 9
"""Decimals of a share that is compared with a threshold: a sum's last bit decides nothing."""


EARLIER_DOSE = "contraindication-dose-of-an-earlier-treatment-not-said"


def plan_of(
    absorbed: AbsorbedDose,
    *,
    facts: ClinicalFacts,
    choices: PlanningOptions,
    findings: Sequence[Finding] = (),
    united: United | None = None,
) -> tuple[Plan, tuple[Finding, ...]]:
    """Return the options side by side with what binds each, the one that is recommended and why.

    A = min(D_wish / d, min over limits (L - L_before) / d_L), with d the dose per Bq administered.

    Parameters
    ----------
    absorbed
        Doses of a known activity; maps and means hold (1 - LSF) already.
    facts, choices
        What decides which rules hold; a site's own aims and limits; an activity already decided.
    findings
        What was found on the way to the dose: while one of them is a stop, nothing is recommended.
    united
        With several injections: the absorbed dose of their activities, Bq by name, together.

    Returns
    -------
    tuple
        Plan and findings: aims and limits that the case does not let us judge, what is not reached, what is left out.

    Raises
    ------
    PlanError
        No approach has an aim and a dose here.
    QuantityError
        A site's limit of an unknown name.

    Notes
    -----
    Options of the label and of the partition model find their activity by their own formula; the doses shown are those of
    the voxel model at that activity, so that all options compare; what the formula itself predicts stands in `note`.

    Source
    ------
    Aims and limits carry theirs. Highest activity within limits: Chiesa et al., EJNMMI Phys 2021;8:77.
    """
    imaged = imaged_facts(absorbed)
    limits, site, earlier = applied_limits(facts, choices, imaged)
    aims, open_aims = aims_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    course = None if united is None else Course(absorbed, limits_of_injections(limits, absorbed))
    case = PlanningCase(absorbed, limits if course is None else course.limits, choices, aims.tumour)
    result = (
        list(course_options(course, united, aims, choices, facts, imaged))
        if course is not None and united is not None
        else _single_options(case, aims, facts, imaged)
    )
    options = tuple(o for o in result if isinstance(o, Option))
    if not options:
        raise PlanError(
            "a plan needs an aim and a dose in its volume, but no approach has both; set [aims] in case.toml or check the volumes",
            code="aim-absent",
        )
    stated_before = earlier_dose_known(limits, facts)
    against = contraindications(choices.product, facts, imaged, choices, earlier_dose_known=stated_before)
    judged = (*_case_judgements(case, facts, against, earlier_stated=stated_before), *site, *site_judgements(choices))
    judged = (*judged, *audit_targeting(absorbed, facts), *(() if course is None else course.exceeded()))
    eligibility = criteria(absorbed, facts=facts, choices=choices)
    basis = Basis(facts, choices, imaged, options, against, eligibility, (*findings, *judged))
    plan, advice = recommended_plan(basis)
    if course is not None and united is not None:
        clash = course.clash(aims.tumour) if aims.tumour is not None else None
        plan = replace(plan, clash={} if clash is None else clash.least_gy)
        result += course.unused(plan.shown.activities_bq)
        case = PlanningCase(united(plan.shown.activities_bq), course.limits, choices, aims.tumour)
    plan = replace(plan, window=_window(case, aims, options, course, plan.shown))
    near = audit_limit_probability(plan.shown) if plan.advised else ()
    unjudged = (*earlier, *case.unchecked(), *near_thresholds(choices, facts, imaged), *open_aims)
    absent = (o for o in result if isinstance(o, Finding))
    return plan, by_harm((*judged, *advice, *near, *unjudged, *absent, *_asides(plan, aims)))


def _single_options(
    case: PlanningCase, aims: Aims, facts: ClinicalFacts, imaged: ImagedFacts
) -> list[Option | Finding]:
    """Return the options of one injection and the notes on those that are absent."""
    options = (*aim_options(case, aims, facts, imaged), *probability_options(case))
    return [*options, *formula_options(case, aims, facts), *given_option(case)]


def _case_judgements(
    case: PlanningCase, facts: ClinicalFacts, against: tuple[Contraindication, ...], *, earlier_stated: bool
) -> Iterator[Finding]:
    """Yield what speaks against treating at all: excluded facts, contraindications, an earlier treatment of unknown dose."""
    yield from excluded_facts(case.choices.product, facts)
    yield from (f for f in against_treating(against) if f.code != EARLIER_DOSE)
    if treated_before(facts) and not earlier_stated:
        yield _earlier_dose_missing(case)


def applied_limits(
    facts: ClinicalFacts, choices: PlanningOptions, imaged: ImagedFacts
) -> tuple[tuple[Limit, ...], tuple[Finding, ...], tuple[Finding, ...]]:
    """Return the limits with what was received before, what is to be said of the site's own, and of earlier doses.

    Raises
    ------
    QuantityError
        A site's limit of an unknown name.
    """
    limits, site = limits_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    limits = limits if imaged.has_tumour_contour else tuple(_on_whole_liver(limit) for limit in limits)
    limits, earlier = with_earlier_doses(limits, choices.product, facts)
    limits = limits if imaged.shunt_known else tuple(_on_unknown_shunt(limit) for limit in limits)
    return limits, site, earlier


def imaged_facts(absorbed: AbsorbedDose) -> ImagedFacts:
    """Return what the images say for the rules: reserve, tumour burden, lung shunt, whether a thrombus takes up."""
    doses = absorbed.doses_gy
    thrombus, normal = doses.get("thrombus"), doses.get("NPLD")
    shunt = _most_shunt(absorbed)
    return ImagedFacts(
        reserve=round(float(absorbed.judged_reserve), EXACT),
        tumour_fraction=round(float(absorbed.tumour_share), EXACT),
        lung_shunt=round(shunt, EXACT) if absorbed.shunt_known or shunt > 0 else None,
        has_tumour_contour="TD" in doses,
        thrombus_takes_up=thrombus is not None and normal is not None and thrombus > normal,
        shunt_known=absorbed.shunt_known,
        several_sessions=len({i.session for i in absorbed.injections}) > 1,
    )


def _most_shunt(absorbed: AbsorbedDose) -> float:
    """Return the largest lung shunt found: of several injections that of any of them, its own where the case gives one."""
    whole = float(absorbed.shunt.fraction if absorbed.lungs is None else absorbed.lungs.most_fraction)
    pairs = [shunt for i in absorbed.injections for shunt in (i.shunt, i.shunt.lung_pair)]
    shunts = [float(shunt.fraction) for shunt in pairs]
    own = shunts and all(i.injection.shunt_fraction is not None for i in absorbed.injections)
    return max(shunts) if own else max([whole, *shunts])


def _on_unknown_shunt(limit: Limit) -> Limit:
    """Return a limit on the lungs as assumed, with the line that settles it, where no shunt is known."""
    if limit.volume != "LD":
        return limit
    return replace(limit, state="assumed", missing=tuple(dict.fromkeys((*limit.missing, SHUNT_KEY))))


def _on_whole_liver(limit: Limit) -> Limit:
    """Return a limit on the whole normal liver as one on the whole liver, where no tumour is drawn."""
    if limit.volume != "WNLD":
        return limit
    words = f"{limit.condition}; tumour included, an upper bound of the whole normal liver"
    return replace(limit, name="whole-liver", volume="WLD", condition=words)


def _earlier_dose_missing(case: "PlanningCase") -> Finding:
    """Return the stop for an earlier treatment of unsaid dose, with the activity that several doses would leave."""
    leaves = []
    for dose in ASSUMED_GY:
        limits = [
            replace(limit, already_gy=Gy(dose)) if limit.volume in {"WNLD", "WLD", "NPLD"} else limit
            for limit in case.limits
        ]
        top, binding = case.highest(limits)
        leaves.append((Gy(dose), Bq(top), binding))
    return earlier_dose_missing(leaves)


def decided_option(
    absorbed: AbsorbedDose, *, facts: ClinicalFacts, choices: PlanningOptions
) -> tuple[Option, tuple[Aim, ...]]:
    """Return the option of the activity that was given, each limit checked, and the aims that its doses can be held against.

    Raises
    ------
    PlanError
        No activity is given.
    QuantityError
        A site's limit of an unknown name.
    """
    imaged = imaged_facts(absorbed)
    limits, _, _ = applied_limits(facts, choices, imaged)
    aims, _ = aims_for(choices.product, facts, imaged.judged_reserve, choices, imaged)
    options = given_option(PlanningCase(absorbed, limits, choices, aims.tumour))
    if not options:
        raise PlanError(
            "an activity must be given to be judged, but [given] is absent; add it to case.toml", code="given-absent"
        )
    return options[0], tuple(aim for aim in (aims.tumour, aims.perfused) if aim and aim.volume in absorbed.doses_gy)


def _window(
    case: PlanningCase, aims: Aims, options: Sequence[Option], course: Course | None, option: Option
) -> ActivityWindow | None:
    """Return the plan's window: its own aims, standard, label and limits along the activity.

    Where a part of the course is given, the axis begins there, and only what is still to be given grows along it, in the shares of the
    option that is shown.
    """
    own = [aims.tumour, aims.perfused_only, aims.hypertrophy]
    steps = [(a.volume, gy) for a in own if a for gy in (a.dose_gy, a.sought_gy, a.wished_gy) if gy is not None]
    standard = {
        name: float(aim.dose_gy / case.per_bq[aim.volume])
        for name, aim in (("SDA", aims.perfused),)
        if aim and case.per_bq.get(aim.volume)
    }
    label = next((o for o in options if o.approach == "label"), None)
    if label is not None:
        standard["label"] = float(label.activity_bq if label.aim is None else label_activity(case, label.aim))
    in_order = (aims.tumour, aims.perfused_only, aims.perfused)
    pursued = next((aim for aim in in_order if aim and case.per_bq.get(aim.volume)), None)
    per_bq, earlier = case.per_bq, None
    if course is not None and course.decided_activities and course.pending:
        before = math.fsum(course.decided_activities.values())
        added = option.activity_bq - before
        if added <= 0:
            return None
        earlier = EarlierActivity(before, {name: course.already(name) for name in case.per_bq})
        per_bq = {name: (option.doses_gy[name] - earlier.doses_gy[name]) / added for name in case.per_bq}
        standard = _standard_of_course(course, aims, case.choices, options, before)
    return activity_window(
        per_bq, goals=steps, limits=case.limits, standard=standard, errors=case.errors, aim=pursued, earlier=earlier
    )


def _standard_of_course(
    course: Course, aims: Aims, choices: PlanningOptions, options: Sequence[Option], before: float
) -> dict[str, float]:
    """Return the standard activities of a course that is given in part, limits aside: what is given and what each volume still to be treated asks for."""
    activities = {"SDA": {} if aims.perfused is None else course.perfused_activities(aims.perfused)}
    if aims.label is not None and any(o.approach == "label" for o in options):
        activities["label"] = course.compartment_activities(aims.label, choices, label=True)
    return {name: before + math.fsum(injections.values()) for name, injections in activities.items() if injections}


def _asides(plan: Plan, aims: Aims) -> tuple[Finding, ...]:
    """Return what stands beside the plan: the dose for growth, what no verified model exists for."""
    findings = []
    option, growth = plan.shown, aims.hypertrophy
    if growth is not None and not growth.reached_by(option.doses_gy.get(growth.volume, math.inf)):
        words = f"{growth.volume} is {option.doses_gy[growth.volume]:.0f} Gy; for the other lobe to grow, {growth.dose_gy:g} Gy or more is wanted ({growth.source})"
        findings.append(
            Finding(
                "note",
                "hypertrophy-not-reached",
                words,
                {"volume": growth.volume, "dose_gy": option.doses_gy[growth.volume], "wanted_gy": growth.dose_gy},
            )
        )
    words = "TCP and NTCP are not stated: no preset is verified for planning on MAA images"
    return (*findings, Finding("note", "no-probabilities", words))
