"""What a column of a trial may hold, cell by cell."""

import pytest

from yttria.values.trial_kit import ColumnRule, ColumnType, TableRow, day_of


@pytest.mark.parametrize(
    ("kind", "cell", "fault"),
    [
        ("number", "0.5", None), ("number", "20", None), ("number", "0.499", "x must be 0.5 to 20 mg, but is 0.499"),
        ("number", "20.01", "x must be 0.5 to 20 mg, but is 20.01"), ("number", "nan", "x must be a number, but is 'nan'"),
        ("number", "inf", "x must be a number, but is 'inf'"), ("number", "a", "x must be a number, but is 'a'"),
        ("integer", "3", None), ("integer", "3.0", None), ("integer", "3.5", "x must be a whole number, but is 3.5"),
        ("yes-no", "0", None), ("yes-no", "1", None), ("yes-no", "yes", "x must be 1 or 0, but is 'yes'"),
        ("date", "2026-11-30", None), ("date", "2026-02-29", "x must be a day as 2026-11-30, but is '2026-02-29'"),
        ("date", "20261130", "x must be a day as 2026-11-30, but is '20261130'"),
        ("text", "A", None), ("text", "C", "x must be one of A, B, but is 'C'"),
    ],
)  # fmt: skip
def test_a_cell_is_judged_by_the_type_and_bounds_of_its_column(kind: ColumnType, cell: str, fault: str | None) -> None:
    rule = ColumnRule("baseline", "x", kind, unit="mg", levels=("A", "B"), least=0.5, most=20)
    assert rule.fault(cell) == fault


def test_a_text_without_levels_may_be_any_and_a_number_without_bounds_too() -> None:
    assert ColumnRule("baseline", "x", "text").fault("anything") is None
    assert ColumnRule("baseline", "x", "number").fault("-1e9") is None


def test_a_day_is_written_one_way() -> None:
    assert [day_of(c) is not None for c in ("2026-11-30", "2026-1-30", "30.11.2026", "")] == [True, False, False, False]


def test_a_cell_that_is_not_there_is_empty() -> None:
    assert TableRow(2, {"a": "1"})["a"] == "1"
    assert TableRow(2, {"a": "1"})["b"] == ""
