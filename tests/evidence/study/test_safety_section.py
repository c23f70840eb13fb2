"""Adverse events and the flow of patients as a result states them: by arm, by grade, and who is left out."""

from typing import Any

import pytest

from yttria.evidence.descriptive.patient_flow import FlowStep
from yttria.evidence.study.safety_section import adverse_events_of, flow_record
from yttria.values.adverse_event import AdverseEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import AdverseEventsSpec

SPEC = AdverseEventsSpec("", "name")
ROWS: dict[str, list[Any]] = {
    "name": ["a", "b", "c", "d", "e"],
    "treated": [1, 1, 0, 0, 2],
    "time": [5, 6, 7, 8, 9],
    "event": [1, 0, 1, 0, 1],
}
EVENTS = (
    AdverseEvent("a", "Ascites", 3, serious=True, related=False, group="Liver"),
    AdverseEvent("a", "Ascites", 2, serious=False, related=False, group="Liver"),
    AdverseEvent("b", "Fatigue", 1, serious=False, related=True),
    AdverseEvent("c", "Fatigue", 5, serious=True, related=True),
)


def test_patients_are_counted_by_arm_and_by_their_worst_grade(context_of: Any) -> None:
    context = context_of({name: cells[:4] for name, cells in ROWS.items()})
    found = adverse_events_of(context, SPEC, EVENTS)
    assert found.n == {"1": 2, "0": 2}
    assert list(found.n) == ["1", "0"]  # the treated arm first
    totals = {arm: (t.patients, t.grade3, t.serious, t.related, t.fatal) for arm, t in found.any.items()}
    assert totals == {"1": (2, 1, 1, 1, 0), "0": (1, 1, 1, 1, 1)}
    by_term = {term.term: term for term in found.terms}
    ascites = by_term["Ascites"]
    assert ascites.group == "Liver"
    assert (ascites.arms["1"].patients, ascites.arms["1"].grade3) == (1, 1)
    assert ascites.arms["1"].worst == {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0}
    assert ascites.p_fisher_grade3 == pytest.approx(1.0)  # R: fisher.test(matrix(c(1, 1, 0, 2), 2))
    assert by_term["Fatigue"].arms["0"].worst["5"] == 1
    assert context.findings == []


def test_patients_of_no_arm_are_left_out_and_counted_with_their_events(context_of: Any) -> None:
    context = context_of(ROWS)
    found = adverse_events_of(context, SPEC, (*EVENTS, AdverseEvent("e", "Ascites", 4, serious=False, related=False)))
    assert sum(found.n.values()) == 4
    ascites = next(term for term in found.terms if term.term == "Ascites")
    assert {arm: counts.patients for arm, counts in ascites.arms.items()} == {"1": 1, "0": 0}
    assert [(f.code, f.message) for f in context.findings] == [
        (
            "adverse-events-other-arms",
            "1 patients of neither arm, with 1 adverse events, are not in the table of safety",
        )
    ]


def test_without_arms_all_patients_are_one_arm_and_nothing_is_compared(context_of: Any) -> None:
    found = adverse_events_of(context_of(ROWS, arms=False), SPEC, EVENTS)
    assert found.n == {"all": 5}
    assert {term.p_fisher_grade3 for term in found.terms} == {None}


def test_the_flow_is_stated_step_by_step() -> None:
    found = flow_record(
        [FlowStep("randomised", 8, {"1": 4, "0": 4}, {}), FlowStep("treated", 6, {"1": 3, "0": 3}, {"death": 2})]
    )
    assert [(s.label, s.n, s.arms, s.lost) for s in found] == [
        ("randomised", 8, {"1": 4, "0": 4}, {}),
        ("treated", 6, {"1": 3, "0": 3}, {"death": 2}),
    ]


def test_a_patient_without_a_name_is_refused(context_of: Any) -> None:
    context = context_of({**ROWS, "name": ["a", "b", "", "d", "e"]})
    with pytest.raises(EvidenceError, match="id names column name, but some rows have no patient in it"):
        adverse_events_of(context, SPEC, EVENTS)


def test_an_event_of_a_patient_whom_the_cohort_lacks_is_refused(context_of: Any) -> None:
    stranger = AdverseEvent("z", "Ascites", 1, serious=False, related=False, row=7)
    with pytest.raises(EvidenceError, match="row 7"):
        adverse_events_of(context_of(ROWS), SPEC, (stranger,))
