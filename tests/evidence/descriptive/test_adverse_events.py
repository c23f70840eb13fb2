"""Adverse events: a patient once a term, by the worst grade; refusals by row."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.descriptive.adverse_events import adverse_event_table
from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.values.adverse_event import AdverseEvent
from yttria.values.errors import EvidenceError

ARMS = {f"p{k}": "PDA" if k % 2 else "SDA" for k in range(1, 21)}


def event(
    patient: str, term: str, grade: int, *, serious: bool = False, related: bool = False, row: int = 2
) -> AdverseEvent:
    return AdverseEvent(patient, term, grade, serious, related, "Liver", row)


def test_a_patient_counts_once_a_term_by_the_worst_grade_whatever_the_order() -> None:
    events = [
        event("p1", "Ascites", 2),
        event("p1", "Ascites", 4),
        event("p1", "Ascites", 1),
        event("p2", "Ascites", 2),
    ]
    expected = adverse_event_table(events, ARMS)
    counts = expected.terms[0].arms["PDA"]
    assert (counts.patients, counts.grade3, counts.worst) == (1, 1, {1: 0, 2: 0, 3: 0, 4: 1, 5: 0})
    random.Random(1).shuffle(events)
    assert adverse_event_table(events, ARMS) == expected


@pytest.mark.parametrize(("grade", "severe", "fatal"), [(2, 0, 0), (3, 1, 0), (4, 1, 0), (5, 1, 1)])
def test_severe_is_from_grade_three_and_fatal_is_five(grade: int, severe: int, fatal: int) -> None:
    table = adverse_event_table([event("p1", "Ascites", grade, serious=True)], ARMS)
    totals = table.any["PDA"]
    assert (totals.patients, totals.grade3, totals.serious, totals.related, totals.fatal) == (1, severe, 1, 0, fatal)
    assert table.any["SDA"].patients == 0
    assert table.n == {"PDA": 10, "SDA": 10}


def test_the_exact_p_stands_on_all_patients_of_both_arms() -> None:
    events = [event(f"p{k}", "Bilirubin", 3) for k in (1, 3, 5, 7, 9, 11)]
    table = adverse_event_table(events, ARMS)
    assert table.terms[0].fisher_p_grade3 == pytest.approx(TwoByTwo(Proportion(6, 10), Proportion(0, 10)).fisher_p())
    assert adverse_event_table(events, dict.fromkeys(ARMS, "all")).terms[0].fisher_p_grade3 is None


@given(st.lists(st.tuples(st.integers(1, 20), st.sampled_from("abc"), st.integers(1, 5)), max_size=60))
def test_sums_over_grades_are_the_patients(rows: list[tuple[int, str, int]]) -> None:
    table = adverse_event_table([event(f"p{p}", term, grade) for p, term, grade in rows], ARMS)
    for term in table.terms:
        for arm, counts in term.arms.items():
            assert sum(counts.worst.values()) == counts.patients
            assert counts.patients == len({p for p, t, _ in rows if t == term.term and ARMS[f"p{p}"] == arm})
    totals = [sum(c.patients for c in t.arms.values()) for t in table.terms]
    assert totals == sorted(totals, reverse=True)


def test_what_the_cohort_lacks_and_other_grades_are_refused_by_row() -> None:
    with pytest.raises(EvidenceError, match=r"row 7: the patient nobody"):
        adverse_event_table([event("nobody", "Ascites", 2, row=7)], ARMS)
    for grade in (0, 6):
        with pytest.raises(
            EvidenceError, match=rf"row 3: the grade of Ascites must be 1 to 5 \(CTCAE\), but is {grade}"
        ):
            adverse_event_table([event("p1", "Ascites", grade, row=3)], ARMS)
    other = AdverseEvent("p2", "Ascites", 2, False, False, "Gut", 9)
    with pytest.raises(EvidenceError, match="row 9: Ascites is in group"):
        adverse_event_table([event("p1", "Ascites", 2), other], ARMS)
