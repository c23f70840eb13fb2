"""A sheet of a workbook reads as the CSV of the same cells; what is no workbook is refused."""

from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from yttria.io.tables.workbook import read_table_sheet, read_workbook
from yttria.values.errors import IntakeError


def saved(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_cells_are_texts_as_a_csv_would_write_them(tmp_path: Path) -> None:
    made = saved(
        tmp_path / "t.xlsx",
        ["patient", "dose", "event", "day", "seen", None],
        ["P1", 205.0, True, datetime(2026, 11, 30), datetime(2026, 11, 30, 14, 5), None],  # noqa: DTZ001
        [None, None, None, None, None, None],
        [" P2 ", 0.1, False, None, 12, None],
    )
    sheet = read_workbook(made)
    assert sheet.heading == ("patient", "dose", "event", "day", "seen")
    assert sheet.rows == (
        (2, ("P1", "205", "1", "2026-11-30", "2026-11-30 14:05:00")),
        (4, ("P2", "0.1", "0", "", "12")),
    )


def test_a_csv_and_a_workbook_of_the_same_cells_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2.5,\n")
    made = saved(tmp_path / "t.xlsx", ["a", "b"], [1, "x"], [2.5, None])
    one, two = read_table_sheet(tmp_path / "t.csv"), read_table_sheet(made)
    assert (one.heading, one.rows) == (two.heading, two.rows)


@pytest.mark.parametrize("ending", ["xls", "xlsb", "ods"])
def test_older_workbooks_are_refused_with_what_to_do(ending: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=rf"t\.{ending} is \.{ending}; save it as \.xlsx or as CSV"):
        read_table_sheet(tmp_path / f"t.{ending}")


def test_what_is_no_workbook_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="there is no such file"):
        read_workbook(tmp_path / "absent.xlsx")
    (tmp_path / "text.xlsx").write_text("a,b")
    with pytest.raises(IntakeError, match=r"must be an Excel workbook \(\.xlsx\), but cannot be opened as one"):
        read_workbook(tmp_path / "text.xlsx")
    with pytest.raises(IntakeError, match="its first sheet is empty"):
        read_workbook(saved(tmp_path / "empty.xlsx"))
