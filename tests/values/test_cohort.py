"""Outcomes, columns and cohorts: what their constructors refuse, and R's rule for near ties."""

from typing import Any

import numpy as np
import pytest

from yttria.values.cohort import ChosenRows, Cohort, Column, TimeToEvent, same_value
from yttria.values.errors import EvidenceError

YES = np.array([True, True, True])


def test_times_that_differ_in_the_last_bit_are_one_time() -> None:
    near = TimeToEvent(np.array([2.0, 1.0, 1.0 + 1e-12]), YES)
    assert near.time.tolist() == [2.0, 1.0, 1.0]


def test_a_run_of_near_ties_takes_its_smallest_time() -> None:
    assert TimeToEvent(np.array([1.0, 1.0 + 1e-8, 1.0 + 2e-8]), YES).time.tolist() == [1.0, 1.0, 1.0]


def test_times_that_differ_by_more_stay_apart() -> None:
    assert TimeToEvent(np.array([1.0, 1.0 + 1e-7, 2.0]), YES).time[1] > 1.0


def test_an_entry_near_another_end_becomes_that_end() -> None:
    late = TimeToEvent(np.array([1.0, 3.0, 4.0]), YES, entry=np.array([0.0, 1.0 + 1e-12, 2.0]))
    assert late.entry is not None
    assert late.entry[1] == late.time[0]


def test_a_part_is_what_its_rows_would_make() -> None:
    whole = TimeToEvent(
        np.array([3.0, 1.0, 2.0]), np.array([True, False, True]), "months", weight=np.array([1.0, 2.0, 3.0])
    )
    part = whole.rows(np.array([True, False, True]))
    assert part.time.tolist() == [3.0, 2.0]
    assert part.weight is not None
    assert part.weight.tolist() == [1.0, 3.0]
    assert (part.unit, part.events) == ("months", 2)


def test_the_arrays_of_an_outcome_cannot_be_written() -> None:
    outcome = TimeToEvent(np.array([3.0, 1.0]), np.array([True, False]))
    with pytest.raises(ValueError, match="read-only"):
        outcome.time[0] = 5.0


@pytest.mark.parametrize(
    ("time", "more", "words"),
    [
        ([], {}, "at least one row"),
        ([1.0, -1.0], {}, "row 2 has -1"),
        ([1.0, np.nan], {}, "row 2 has nan"),
        ([1.0, np.inf], {}, "finite"),
        ([1.0, 2.0], {"entry": np.array([0.0, 2.0])}, "entry must be before the end of follow-up, but row 2"),
        ([1.0, 2.0], {"entry": np.array([0.0, 2.0 - 1e-12])}, "differ by more"),
        ([1.0, 2.0], {"weight": np.array([0.0, 1.0])}, "weight must be above zero"),
        ([1.0, 2.0], {"weight": np.array([1.0])}, "one value a row"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(time: list[float], more: dict[str, Any], words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        TimeToEvent(np.array(time), np.ones(len(time), dtype=bool), **more)


def test_an_empty_part_is_refused() -> None:
    with pytest.raises(EvidenceError, match="at least one row"):
        TimeToEvent(np.array([1.0]), np.array([True])).rows(np.array([False]))


@pytest.mark.parametrize(
    ("cell", "value", "one"),
    [("2.0", 2, True), ("2", "2", True), ("PDA", "PDA", True), ("PDA", 1, False), ("01", 1.0, True)],
)
def test_a_value_matches_a_cell_as_a_number_or_as_text(cell: str, value: str | float, one: bool) -> None:
    assert same_value(cell, value) is one


def test_levels_that_no_row_has_any_more_are_left_out() -> None:
    arm = Column("arm", np.array([0, 1, 2, -1]), ("A", "B", "C"))
    part = arm.rows(np.array([True, False, True, True]))
    assert part.levels == ("A", "C")
    assert part.codes.tolist() == [0, 1, -1]


def test_a_value_that_no_cell_holds_is_refused_with_those_that_are() -> None:
    with pytest.raises(EvidenceError, match=r"names 'X', but column arm holds A, B"):
        Column("arm", np.array([0, 1]), ("A", "B")).require(["X"], what="[arms]")


def test_a_column_of_other_patients_is_refused() -> None:
    with pytest.raises(EvidenceError, match="must have 1 rows"):
        Cohort(TimeToEvent(np.array([1.0]), np.array([True])), {"arm": Column("arm", np.array([0, 1]), ("A", "B"))})


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    cohort = Cohort(TimeToEvent(np.array([1.0]), np.array([True])), {"arm": Column("arm", np.array([0]), ("A",))})
    with pytest.raises(EvidenceError, match="the columns are arm"):
        cohort["arms"]


def test_the_chosen_rows_of_a_column_are_made_when_the_column_is_named_and_only_then() -> None:
    columns = {name: Column(name, np.array([0, 1, 0]), ("a", "b")) for name in ("arm", "sex")}
    part = Cohort(TimeToEvent(np.array([1.0, 2.0, 3.0]), YES), columns).rows(np.array([True, False, True]))
    assert isinstance(part.columns, ChosenRows)
    assert (list(part.columns), len(part.columns), "sex" in part.columns, "age" in part.columns) == (
        ["arm", "sex"],
        2,
        True,
        False,
    )
    assert not part.columns.made
    assert part["sex"].codes.tolist() == [0, 0]
    assert part["sex"].levels == ("a",)
    assert list(part.columns.made) == ["sex"]
    assert part.rows(np.array([1]))["sex"].codes.tolist() == [0]
