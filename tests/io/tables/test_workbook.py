"""A sheet of a workbook reads as the CSV of the same cells; what is no workbook is refused."""

import zipfile
from contextlib import suppress
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


@pytest.mark.parametrize(
    "member", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"]
)
def test_a_workbook_of_which_a_part_is_cut_is_refused(member: str, tmp_path: Path) -> None:
    whole = saved(tmp_path / "whole.xlsx", ["a", "b"], [1, "x"])
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "cut.xlsx", "w") as new:
        for name in old.namelist():
            held = old.read(name)
            new.writestr(name, held[: len(held) // 2] if name == member else held)
    with pytest.raises(IntakeError, match=r"cut\.xlsx must be an Excel workbook \(\.xlsx\)"):
        read_workbook(tmp_path / "cut.xlsx")


def test_a_workbook_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    held = saved(tmp_path / "whole.xlsx", ["a", "b"], [1, "x"]).read_bytes()
    damaged = tmp_path / "damaged.xlsx"
    for place in range(0, len(held), 61):
        damaged.write_bytes(held[:place] + bytes([held[place] ^ 0x5A]) + held[place + 1 :])
        with suppress(IntakeError):
            read_workbook(damaged)
