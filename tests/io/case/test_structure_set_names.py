"""Structure sets of one name are told apart, and each by a word that [roles] takes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.io.case.structure_set_names import TAIL, audit_namesakes, label_of, roles_key, set_names
from yttria.io.dicom.scan import Scan, scan

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
Sets = Callable[..., Scan]


@pytest.fixture
def sets(make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> Sets:
    """Return a maker of structure sets by file name with changed tags."""

    def make(**files: dict[str, Any]) -> Scan:
        for name, changes in files.items():
            make_rtstruct(tmp_path / f"{name}.dcm", {"Liver": [circle((0, 0), 9.0, 0.0)]}, **changes)
        return scan(tmp_path)

    return make


def names(found: Scan) -> dict[str, str]:
    return {path.stem: name for path, name in set_names(found).items()}


def test_a_set_with_a_name_of_its_own_is_called_by_it(sets: Sets) -> None:
    found = sets(a={"StructureSetLabel": "plan"}, b={"StructureSetLabel": "organs"})
    assert names(found) == {"a": "plan", "b": "organs"}
    assert [roles_key(s, found) for s in found.series] == [label_of(s) for s in found.series]
    assert list(audit_namesakes(found)) == []


def test_namesakes_are_told_apart_by_when_they_were_made_and_the_end_of_their_uid(sets: Sets) -> None:
    found = sets(
        a={"StructureSetLabel": "plan", "StructureSetDate": "20260302", "StructureSetTime": "101500", "SeriesInstanceUID": "1.2.3.111122223333"},
        b={"StructureSetLabel": "PLAN ", "StructureSetDate": "20260303", "StructureSetTime": "090000", "SeriesInstanceUID": "1.2.3.444455556666"},
    )  # fmt: skip
    assert TAIL == 8
    assert names(found) == {"a": "plan (2026-03-02 10:15, …22223333)", "b": "PLAN (2026-03-03 09:00, …55556666)"}
    assert [roles_key(s, found) for s in found.of("RTSTRUCT")] == ["1.2.3.111122223333", "1.2.3.444455556666"]


def test_a_note_says_how_one_of_the_namesakes_is_left_out(sets: Sets) -> None:
    found = sets(
        a={"StructureSetLabel": "plan", "SeriesInstanceUID": "1.2.3.111122223333"},
        b={"StructureSetLabel": "plan", "SeriesInstanceUID": "1.2.3.444455556666"},
    )
    (told,) = audit_namesakes(found)
    assert (told.level, told.code) == ("note", "sets-alike")
    assert told.message.startswith('2 structure sets are called "plan": plan (2026-03-01 09:00, …22223333); plan (')
    assert told.message.endswith('[roles] "1.2.3.111122223333" = "ignore"')


def test_sets_of_one_series_are_told_by_their_files(sets: Sets) -> None:
    one = {"StructureSetLabel": "plan", "SeriesInstanceUID": "1.2.3.4"}
    found = sets(first=one, second=one)
    assert {name.rpartition("…")[2] for name in names(found).values()} == {"irst.dcm)", "cond.dcm)"}
    assert sorted(roles_key(s, found) for s in found.series) == ["first.dcm", "second.dcm"]


def test_a_file_that_may_name_the_person_is_not_shown(sets: Sets) -> None:
    one = {"StructureSetLabel": "plan", "SeriesInstanceUID": "1.2.3.4"}
    found = sets(secret_person=one, other=one)
    assert all("secret" not in text.lower() and "person)" not in text for text in names(found).values())
    assert "(name withheld)" in [roles_key(s, found) for s in found.series]


def test_a_label_that_names_the_person_is_no_word_for_roles(sets: Sets) -> None:
    found = sets(a={"StructureSetLabel": "Secret Person organs", "SeriesInstanceUID": "1.2.3.9"})
    (series,) = found.series
    assert "secret" not in label_of(series).lower()
    assert roles_key(series, found) == "1.2.3.9"
