"""What the document of a study is made from."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass

from yttria.contract.study import StudyResult
from yttria.report.study.column_titles import title_of
from yttria.values.errors import Finding
from yttria.values.protocol import Protocol

MOST_LEVELS = 6
"""Curves that one figure can tell apart."""


@dataclass(frozen=True, slots=True)
class StudyPaper:
    """What a study's document is made from.

    Parameters
    ----------
    result
        What the analysis found (CONTRACT: analyse).
    protocol
        What was asked.
    findings
        Findings.
    titles
        What a person calls each column.
    """

    result: StudyResult
    protocol: Protocol
    findings: Sequence[Finding]
    titles: Mapping[str, str]

    @property
    def unit(self) -> str:
        """Return the unit of time."""
        return self.protocol.outcome.unit


def arm_column(paper: StudyPaper) -> str:
    """Return the column of the arms; empty where the study has none."""
    return "" if paper.protocol.arms is None else paper.protocol.arms.column


def undrawn_words(paper: StudyPaper, factor: str, curves: Sized) -> str:
    """Return why a factor's curves are in the table alone."""
    return (
        f"Curves by {title_of(paper.titles, factor)} are not drawn: it has {len(curves)} levels, and a figure tells no more than {MOST_LEVELS} curves apart; "
        "the table has them all. Fewer levels, or a cut of a number, would be drawn."
    )
