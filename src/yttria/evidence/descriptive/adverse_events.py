"""Adverse events: each patient once a term, by the worst grade, in each arm."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.values.adverse_event import FATAL, GRADES, SEVERE, AdverseEvent
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class ArmTotals:
    """Patients of one arm with any event, one of grade 3 or more, a serious, a related, a fatal one."""

    patients: int
    grade3: int
    serious: int
    related: int
    fatal: int


@dataclass(frozen=True, slots=True)
class TermCounts:
    """Patients of one arm with a term, with grade 3 or more, and by worst grade."""

    patients: int
    grade3: int
    worst: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Term:
    """One term by arm, with the exact P of grade 3 or more between two arms (None without two)."""

    term: str
    group: str
    arms: Mapping[str, TermCounts]
    fisher_p_grade3: float | None


@dataclass(frozen=True, slots=True)
class AdverseEventTable:
    """Patients of each arm, with or without events, and what they had; terms from the most frequent on."""

    n: Mapping[str, int]
    any: Mapping[str, ArmTotals]
    terms: tuple[Term, ...]


def adverse_event_table(events: Sequence[AdverseEvent], arm_of: Mapping[str, str]) -> AdverseEventTable:
    """Return how many patients had each event, by arm.

    Parameters
    ----------
    events
        Of patients of the cohort.
    arm_of
        The arm of each patient of the cohort, in the order in which arms are to stand.

    Raises
    ------
    EvidenceError
        An event of a patient whom the cohort lacks; a grade other than 1 to 5; one term in two groups.

    Examples
    --------
    >>> events = [AdverseEvent("a", "Fatigue", 1, False, True), AdverseEvent("a", "Fatigue", 3, False, True)]
    >>> table = adverse_event_table(events, {"a": "PDA", "b": "SDA"})
    >>> table.terms[0].arms["PDA"].worst, table.any["PDA"].grade3
    ({1: 0, 2: 0, 3: 1, 4: 0, 5: 0}, 1)
    """
    group_of: dict[str, str] = {}
    worst: dict[str, dict[str, int]] = defaultdict(dict)
    for event in events:
        _require_known(event, arm_of)
        if group_of.setdefault(event.term, event.group) != event.group:
            raise EvidenceError(
                f"row {event.row}: {event.term} is in group {event.group!r}, but in {group_of[event.term]!r} before; give a term one group",
                code="adverse-event-group",
            )
        worst[event.term][event.patient] = max(event.grade, worst[event.term].get(event.patient, 0))
    arms = tuple(dict.fromkeys(arm_of.values()))
    n = {arm: sum(1 for other in arm_of.values() if other == arm) for arm in arms}
    counted = [_term(term, group_of[term], grades, arm_of, n) for term, grades in worst.items()]
    ranked = sorted(counted, key=lambda t: (-sum(c.patients for c in t.arms.values()), t.term))
    return AdverseEventTable(n, {arm: _totals(events, arm_of, arm) for arm in arms}, tuple(ranked))


def _require_known(event: AdverseEvent, arm_of: Mapping[str, str]) -> None:
    """Refuse an event that no patient of the cohort can have had.

    Raises
    ------
    EvidenceError
        A patient whom the cohort lacks; a grade other than 1 to 5.
    """
    if event.patient not in arm_of:
        raise EvidenceError(
            f"row {event.row}: the patient {event.patient} of an adverse event is not in the cohort; correct the name, or add the patient",
            code="adverse-event-patient",
            values={"row": event.row},
        )
    if event.grade not in GRADES:
        raise EvidenceError(
            f"row {event.row}: the grade of {event.term} must be 1 to 5 (CTCAE), but is {event.grade}; correct it",
            code="adverse-event-grade",
            values={"row": event.row},
        )


def _totals(events: Sequence[AdverseEvent], arm_of: Mapping[str, str], arm: str) -> ArmTotals:
    """Return the patients of one arm with at least one event of each kind."""
    mine = [e for e in events if arm_of[e.patient] == arm]
    return ArmTotals(
        len({e.patient for e in mine}),
        len({e.patient for e in mine if e.grade >= SEVERE}),
        len({e.patient for e in mine if e.serious}),
        len({e.patient for e in mine if e.related}),
        len({e.patient for e in mine if e.grade == FATAL}),
    )


def _term(term: str, group: str, grades: Mapping[str, int], arm_of: Mapping[str, str], n: Mapping[str, int]) -> Term:
    """Return one term, each patient by the worst grade."""
    arms = {}
    for arm in n:
        mine = [grade for patient, grade in grades.items() if arm_of[patient] == arm]
        by_grade = {grade: mine.count(grade) for grade in GRADES}
        arms[arm] = TermCounts(len(mine), sum(1 for grade in mine if grade >= SEVERE), by_grade)
    p = None
    if len(n) == 2:
        one, other = (Proportion(arms[arm].grade3, n[arm]) for arm in n)
        p = TwoByTwo(one, other).fisher_p()
    return Term(term, group, arms, p)
