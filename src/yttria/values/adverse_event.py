"""An adverse event of a patient."""

from dataclasses import dataclass

GRADES = (1, 2, 3, 4, 5)
SEVERE = 3
"""Grade from which an event counts as severe; 5 is death (CTCAE version 5.0, NCI 2017)."""
FATAL = 5


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """One event as the table states it.

    Parameters
    ----------
    patient, term, group
        Whose, what, and the group of terms (empty for none).
    grade
        1 to 5.
    serious, related
        As the investigator said.
    row
        Line of the table, for a refusal.
    """

    patient: str
    term: str
    grade: int
    serious: bool
    related: bool
    group: str = ""
    row: int = 0
