"""Aims and limits -> the options of several injections, each judged on the doses of all of them together."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from yttria.planning.aims import Aims
from yttria.planning.injection_options import Course, ErrorsOf, InjectionPlan, KnownErrors
from yttria.planning.planning_case import PlanningCase
from yttria.planning.planning_options import absent_option
from yttria.planning.possible_facts import ImagedFacts, treated_before
from yttria.planning.recommendation import segment_approach
from yttria.values.aims_limits import Aim, Limit
from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Approach, Option
from yttria.values.units import Bq

United = Callable[[Mapping[str, Bq]], AbsorbedDose]


def course_options(
    course: Course, united: United, aims: Aims, choices: PlanningOptions, facts: ClinicalFacts, imaged: ImagedFacts
) -> Iterator[Option | Finding]:
    """Return the options of several injections: each finds an activity for each of them, and is judged on all of them together."""

    def case_of(activities: Mapping[str, Bq]) -> PlanningCase:
        return PlanningCase(united(activities), course.limits, choices, aims.tumour)

    def errors_of(activities: Mapping[str, Bq]) -> KnownErrors:
        case = case_of(activities)
        return KnownErrors(case.errors, None if aims.tumour is None else case.recovered_ratio(aims.tumour.volume))

    goals = list(_goals_of_injections(course, aims, choices, facts, imaged, errors_of))
    pda = next((w.plan for w in goals if w.approach == "PDA"), None)
    if aims.tolerance is not None and (pda is None or not pda.reached):
        goals.append(_tolerance_of_injections(course, aims.tolerance, has_tumour_aim=aims.tumour is not None))
    for one in goals:
        if one.plan is None:
            yield absent_option(
                one.approach, "no injection is left to be planned, or a volume that it needs takes up nothing"
            )
            continue
        case = case_of(one.plan.activities)
        option = case.option(
            one.approach,
            one.aim,
            math.fsum(one.plan.activities.values()),
            extra=one.extra,
            note=one.plan.note,
            decided=True,
        )
        yield replace(
            option,
            reached=one.plan.reached,
            activities_bq=one.plan.activities,
            binding=next(iter(one.plan.binding), ""),
            bindings=one.plan.binding,
        )
        yield from course.below_least(one.approach, one.plan.activities)
    yield from course.unreached_targets()


@dataclass(frozen=True, slots=True)
class _Goal:
    """An option of several injections before it is judged."""

    approach: Approach
    aim: Aim | None
    plan: InjectionPlan | None
    extra: tuple[Limit, ...] = ()


def _goals_of_injections(
    course: Course,
    aims: Aims,
    choices: PlanningOptions,
    facts: ClinicalFacts,
    imaged: ImagedFacts,
    errors_of: ErrorsOf,
) -> Iterator[_Goal]:
    """Return what each approach gives of each injection."""
    if not course.pending:
        yield _Goal("given", None, course.decided_plan())
        return
    if (tumour := aims.tumour) is not None:
        yield _Goal("PDA", tumour, course.sought_plan(tumour, choices, errors_of))
    free = course if imaged.has_tumour_contour or treated_before(facts) is not False else course.without("WLD")
    on_perfused: tuple[tuple[Approach, Aim | None, Course, tuple[Limit, ...]], ...] = (
        ("SDA", aims.perfused, course, ()),
        ("PDA-PLD", aims.perfused_only, free, aims.perfused_only_limits),
    )
    for approach, aim, within, extra in on_perfused:
        if aim is None:
            continue
        if approach == segment_approach(facts, choices.product):
            yield _Goal(approach, aim, course.compartment_plan(aim, choices))
        else:
            yield _Goal(approach, aim, within.perfused_plan(aim, extra=extra), extra)
    if tumour is not None and course.absorbed.relative_uncertainty:
        yield _Goal("probability", tumour, course.probable_plan(tumour, errors_of))
    if aims.label is not None and choices.product.key != "resin":
        yield _Goal("label", aims.label, course.compartment_plan(aims.label, choices, label=True))


def _tolerance_of_injections(course: Course, aim: Aim, *, has_tumour_aim: bool) -> _Goal:
    """Return resin's option where PDA misses its aim or has none: as much as the limits leave, at most the aim."""
    most = aim.wished_gy or aim.dose_gy
    plan = course.tumour_plan(aim, most)
    words = "the aim" if has_tumour_aim else f"{most:g} Gy to the tumours, {aim.source}"
    if plan is not None:
        plan = replace(
            plan, note=f"as much as the limits leave, at most {words}", reached=plan.reached if has_tumour_aim else True
        )
    return _Goal("tolerance", aim if has_tumour_aim else None, plan)
