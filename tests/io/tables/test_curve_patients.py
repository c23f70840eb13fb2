"""Patients of a reconstructed curve: time and event of each row."""

from pathlib import Path

import pytest

from yttria.io.tables.curve_patients import read_curve_patients
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import IntakeError


def read(tmp_path: Path, text: str) -> TimeToEvent:
    path = tmp_path / "patients.csv"
    path.write_text(text)
    return read_curve_patients(path)


def test_time_and_event_of_each_row_are_kept_in_order(tmp_path: Path) -> None:
    found = read(tmp_path, "time,event\n3.5,1\n1,0\n7.25,1\n")
    assert found.time.tolist() == [3.5, 1.0, 7.25]
    assert found.observed.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,died\n1,1\n", "must have the columns time and event, but has time, died"),
        ("time,event\n1,1\n,0\n", "time must be a number in every row"),
        ("time,event\n1,1\n2,x\n", "event must be a number in every row"),
        ("time,event\n1,1\n2,2\n", "event must be 0 or 1 in every row"),
    ],
)
def test_other_tables_are_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=words):
        read(tmp_path, text)
