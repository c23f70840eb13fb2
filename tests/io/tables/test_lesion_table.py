"""Tables of lesions: CSV and .xlsx say the same; every bad cell is refused by its line."""

from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from yttria.io.tables.lesion_table import read_lesions
from yttria.values.errors import IntakeError, QuantityError

HEAD = "patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm,node,status,arm,index"
ROW = "P1,2026-01-01,L1,target,80,70.5,60,,0,,PDA,1"


def table(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "lesions.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def workbook(tmp_path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    path = tmp_path / "lesions.xlsx"
    book.save(path)
    return path


def test_a_row_is_read_as_it_is_written(tmp_path: Path) -> None:
    (row,) = read_lesions(table(tmp_path, ROW)).rows
    assert (row.line, row.patient, row.on, row.lesion, row.kind) == (2, "P1", date(2026, 1, 1), "L1", "target")
    assert (row.longest_mm, row.short_mm, row.viable_longest_mm, row.viable_short_mm) == (80, 70.5, 60, None)
    assert (row.node, row.status, row.arm, row.index) == (False, None, "PDA", True)


def test_a_workbook_says_what_its_csv_says(tmp_path: Path) -> None:
    sheet = workbook(
        tmp_path,
        [*HEAD.split(",")],
        ["P1", datetime(2026, 1, 1), "L1", "target", 80, 70.5, 60.0, None, 0, None, "PDA", 1],  # noqa: DTZ001
        [None] * 12,
    )
    assert read_lesions(sheet).rows == read_lesions(table(tmp_path, ROW)).rows


def test_numbers_with_decimal_commas_and_missing_words_are_read(tmp_path: Path) -> None:
    path = table(tmp_path, "P1;2026-01-01;L1;Target;80,5;NA;60,0;;;;;", head=HEAD.replace(",", ";"))
    (row,) = read_lesions(path).rows
    assert (row.longest_mm, row.short_mm, row.viable_longest_mm, row.kind) == (80.5, None, 60.0, "target")


@pytest.mark.parametrize(
    ("cells", "codes"),
    [
        ("P1,2026-01-01,L1,target,80,80,60,60,,,,", set()),
        ("P1,2026-01-01,L1,target,80,80.1,60,60,,,,", {"short-above-longest"}),
        ("P1,2026-01-01,L1,target,80,80,60,60.1,,,,", {"short-above-longest"}),
        ("P1,2026-01-01,L1,target,80,80,80,80,,,,", set()),
        ("P1,2026-01-01,L1,target,80,70,80.1,60,,,,", {"part-above-lesion"}),
        ("P1,2026-01-01,L1,target,80,60,70,60.1,,,,", {"part-above-lesion"}),
    ],
)
def test_sizes_that_contradict_each_other_are_told_by_their_line(tmp_path: Path, cells: str, codes: set[str]) -> None:
    findings = read_lesions(table(tmp_path, cells)).findings
    assert {finding.code for finding in findings} == codes
    assert all("line 2" in finding.message for finding in findings)


def test_a_column_that_says_nothing_here_is_named(tmp_path: Path) -> None:
    (finding,) = read_lesions(table(tmp_path, ROW + ",9", head=HEAD + ",longest_cm")).findings
    assert finding.code == "columns-unused"
    assert "longest_cm" in finding.message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",2026-01-01,L1,target,80,70,60,50,,,,", "patient must be named .* line 3"),
        ("P1,2026-01-01,,target,80,70,60,50,,,,", "lesion must be named .* line 3"),
        ("P1,01/02/2026,L1,target,80,70,60,50,,,,", r"'01/02/2026' in line 3; write year, month and day"),
        ("P1,2026-02-30,L1,target,80,70,60,50,,,,", "'2026-02-30' in line 3"),
        ("P1,20260301,L1,target,80,70,60,50,,,,", "'20260301' in line 3"),
        ("P1,2026-03-01 10:00:00,L1,target,80,70,60,50,,,,", "in line 3"),
        ("P1,NA,L1,target,80,70,60,50,,,,", "'' in line 3"),
        ("P1,2026-01-01,L1,targets,80,70,60,50,,,,", "kind must be one of target, non-target, new, but is 'targets' in line 3"),
        ("P1,2026-01-01,L1,non-target,,,,,,gone,,", "status must be one of present, absent, progressing, but is 'gone' in line 3"),
        ("P1,2026-01-01,L1,target,80,70,60,50,yes,,,", "node must be 1, 0 or empty, but is 'yes' in line 3"),
        ("P1,2026-01-01,L1,target,80,70,60,50,,,,2", "index must be 1, 0 or empty, but is '2' in line 3"),
        ("P1,2026-01-01,L1,target,8cm,70,60,50,,,,", "line 3 has '8cm'"),
        ("P1,2026-01-01,L1,target,80%,70,60,50,,,,", "'80%' in line 3"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_refused_by_its_line(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(IntakeError, match=said):
        read_lesions(table(tmp_path, ROW, row))


@pytest.mark.parametrize("size", ["-1", "nan", "inf", "1e999"])
def test_a_size_below_zero_or_not_finite_is_refused_by_its_line(tmp_path: Path, size: str) -> None:
    with pytest.raises(QuantityError, match="longest_mm must be zero or more, but line 3"):
        read_lesions(table(tmp_path, ROW, f"P1,2026-04-01,L1,target,{size},70,60,50,,,,"))


def test_a_table_without_what_is_needed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="lacks lesion, kind"):
        read_lesions(table(tmp_path, "P1,2026-01-01,80", head="patient,date,longest_mm"))
    with pytest.raises(IntakeError, match="must have a column of sizes"):
        read_lesions(table(tmp_path, "P1,2026-01-01,L1,target,8", head="patient,date,lesion,kind,longest_cm"))
    with pytest.raises(IntakeError, match="at least one row"):
        read_lesions(table(tmp_path))


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="there is no such file"):
        read_lesions(tmp_path / "absent.xlsx")
    for name, said in (("old.xls", "save it as .xlsx"), ("broken.xlsx", "cannot be opened")):
        (tmp_path / name).write_bytes(b"PK\x03\x04 not a workbook")
        with pytest.raises(IntakeError, match=said):
            read_lesions(tmp_path / name)
    with pytest.raises(IntakeError, match="first sheet is empty"):
        read_lesions(workbook(tmp_path))


def test_a_workbook_that_unpacks_to_more_than_any_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, ["patient"], ["P1"])
    monkeypatch.setattr("yttria.io.tables.workbook.LARGEST_BYTES", 100)
    with pytest.raises(IntakeError, match="more than any table"):
        read_lesions(path)
