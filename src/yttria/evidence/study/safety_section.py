"""The flow of patients and the adverse events of a study, as its result states them."""

from collections.abc import Sequence

from yttria.contract import study as contract
from yttria.evidence.descriptive.adverse_events import adverse_event_table
from yttria.evidence.descriptive.patient_flow import FlowStep
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.results import ALL
from yttria.values.adverse_event import AdverseEvent
from yttria.values.cohort import same_value
from yttria.values.errors import EvidenceError
from yttria.values.protocol import AdverseEventsSpec


def flow_record(flow: Sequence[FlowStep]) -> list[contract.FlowStep]:
    """Return the flow of patients as the result states it."""
    return [contract.FlowStep(label=step.label, n=step.n, arms=dict(step.arms), lost=dict(step.lost)) for step in flow]


def adverse_events_of(
    context: AnalysisContext, spec: AdverseEventsSpec, events: Sequence[AdverseEvent]
) -> contract.AdverseEvents:
    """Return the adverse events of all patients of the cohort, by arm; without [arms] the one arm is `all`.

    Raises
    ------
    EvidenceError
        A patient whom the cohort lacks, a grade other than 1 to 5, by row; a cohort whose patients have no name.
    """
    arm_of, other = _arms(context, spec)
    outside = sum(1 for event in events if event.patient in other)
    if other:
        context.add_finding(
            "adverse-events-other-arms",
            f"{len(other)} patients of neither arm, with {outside} adverse events, are not in the table of safety",
        )
    table = adverse_event_table([event for event in events if event.patient not in other], arm_of)
    return contract.AdverseEvents(
        n=dict(table.n),
        any={
            arm: contract.AdverseEventTotals(
                patients=t.patients, grade3=t.grade3, serious=t.serious, related=t.related, fatal=t.fatal
            )
            for arm, t in table.any.items()
        },
        terms=[
            contract.AdverseEventTerm(
                term=term.term,
                group=term.group,
                arms={
                    arm: contract.AdverseEventCounts(
                        patients=c.patients, grade3=c.grade3, worst={str(g): n for g, n in c.worst.items()}
                    )
                    for arm, c in term.arms.items()
                },
                p_fisher_grade3=term.fisher_p_grade3,
            )
            for term in table.terms
        ],
    )


def _arms(context: AnalysisContext, spec: AdverseEventsSpec) -> tuple[dict[str, str], set[str]]:
    """Return the arm of each patient of the two arms (treated first), and the names of all others."""
    names = context.cohort[spec.id]
    if names.missing.any():
        raise EvidenceError(
            f"[adverse_events] id names column {spec.id}, but some rows have no patient in it; fill it in",
            code="patient-name-absent",
        )
    patients = [names.levels[code] for code in names.codes]
    arms = context.protocol.arms
    if arms is None:
        return dict.fromkeys(patients, ALL), set()
    column = context.cohort[arms.column]
    level_of = {p: "" if code < 0 else column.levels[code] for p, code in zip(patients, column.codes, strict=True)}
    sides = {
        str(side): [p for p, level in level_of.items() if level and same_value(level, side)]
        for side in (arms.treated, arms.control)
    }
    arm_of = {patient: side for side, members in sides.items() for patient in members}
    return arm_of, set(patients) - set(arm_of)
