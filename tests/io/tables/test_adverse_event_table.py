"""Adverse events of a table: what a row is, and what is refused by its line."""

from pathlib import Path

import pytest

from yttria.io.tables.adverse_event_table import read_adverse_events
from yttria.values.adverse_event import AdverseEvent
from yttria.values.errors import IntakeError

HEAD = "patient,term,grade,serious,related,group\n"


def read(tmp_path: Path, text: str) -> tuple[AdverseEvent, ...]:
    path = tmp_path / "events.csv"
    path.write_text(text)
    return read_adverse_events(path)


def test_a_row_is_an_event_with_its_line(tmp_path: Path) -> None:
    one, two = read(tmp_path, HEAD + "P1,nausea,2,0,1,SDA\nP2,ascites,5,1,0,NA\n")
    assert one == AdverseEvent("P1", "nausea", 2, serious=False, related=True, group="SDA", row=2)
    assert (two.grade, two.serious, two.related, two.group, two.row) == (5, True, False, "", 3)


def test_a_heading_alone_is_a_table_without_events(tmp_path: Path) -> None:
    assert read(tmp_path, HEAD) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient,term\nP1,x\n", "lacks grade, serious, related"),
        (HEAD + ",nausea,2,0,1,\n", "line 2: patient is empty"),
        (HEAD + "P1,NA,2,0,1,\n", "line 2: term is empty"),
        (HEAD + "P1,nausea,2.5,0,1,\n", "line 2: grade must be a whole number from 1 to 5"),
        (HEAD + "P1,nausea,\u0662,0,1,\n", "line 2: grade must be a whole number"),
        (HEAD + "P1,nausea,2,yes,1,\n", "line 2: serious must be 1 or 0, but is 'yes'"),
        (HEAD + "P1,nausea,2,0,,\n", "line 2: related must be 1 or 0, but is ''"),
    ],
)
def test_what_cannot_be_is_refused_by_its_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        read(tmp_path, text)
