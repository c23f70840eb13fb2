"""The folder of a running trial: what is written is read back, and what was changed by hand into nonsense is refused by line."""

import math
import shutil
from pathlib import Path

import openpyxl
import pytest

from yttria.io.tables.trial_kit_tables import (
    read_kit_table,
    read_rules,
    read_visits,
    template_rules,
    template_visits,
    write_kit,
)
from yttria.values.errors import IntakeError
from yttria.values.trial_kit import TABLES

NAME = "dosisphere"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    write_kit(folder, NAME)
    return folder


@pytest.fixture
def kit(shipped: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped, tmp_path / "kit"))


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_dictionary_and_windows_are_read_back_as_they_were_written(kit: Path) -> None:
    assert read_rules(kit) == template_rules(NAME)
    assert read_visits(kit) == template_visits(NAME)


def test_every_file_that_is_named_is_there_and_has_its_columns(kit: Path) -> None:
    names = write_kit(kit, NAME)
    assert sorted(names) == sorted(p.name for p in kit.iterdir())
    for place in TABLES:
        columns = [rule.column for rule in template_rules(NAME) if rule.table == place]
        assert (kit / f"{place}.csv").read_text(encoding="utf-8-sig").strip().split(",") == columns
        (sheet,) = openpyxl.load_workbook(kit / f"{place}.xlsx").worksheets
        assert [cell.value for cell in sheet[1]] == columns
        assert sheet.freeze_panes == "A2"


def test_an_empty_table_has_no_row_and_a_workbook_is_read_where_the_csv_has_none(kit: Path) -> None:
    columns = [rule.column for rule in template_rules(NAME) if rule.table == "baseline"]
    assert read_kit_table(kit, "baseline", columns) == []
    book = openpyxl.load_workbook(kit / "baseline.xlsx")
    book.worksheets[0].append(["p1", *[None] * (len(columns) - 1)])
    book.save(kit / "baseline.xlsx")
    (row,) = read_kit_table(kit, "baseline", columns)
    assert (row.line, row.cells[columns[0]], row.cells[columns[1]]) == (2, "p1", "")
    with (kit / "baseline.csv").open("a", encoding="utf-8") as file:
        file.write("p2" + "," * (len(columns) - 1) + "\n")
    assert [r.cells[columns[0]] for r in read_kit_table(kit, "baseline", columns)] == ["p2"]


def test_words_for_nothing_are_empty_cells_and_rows_of_them_are_none(kit: Path) -> None:
    columns = [rule.column for rule in template_rules(NAME) if rule.table == "baseline"]
    with (kit / "baseline.csv").open("a", encoding="utf-8") as file:
        file.write(",".join(["NA"] * len(columns)) + "\n" + ",".join(["p3", *["NA"] * (len(columns) - 1)]) + "\n")
    (row,) = read_kit_table(kit, "baseline", columns)
    assert row.cells[columns[0]] == "p3"
    assert set(list(row.cells.values())[1:]) == {""}


def test_a_bound_that_is_not_written_is_none(kit: Path) -> None:
    bounds = {(r.least, r.most) for r in read_rules(kit)}
    assert (-math.inf, math.inf) in bounds
    assert any(math.isfinite(low) for low, _ in bounds)


@pytest.mark.parametrize(
    ("column", "word", "words"),
    [
        ("type", "decimal", "type must be one of number, integer, text, date, yes-no, but is 'decimal'"),
        ("table", "diary", "table must be one of baseline, .*, but is 'diary'"),
        ("min", "low", "must hold a number, but holds 'low'"),
        ("max", "high", "must hold a number, but holds 'high'"),
    ],
)
def test_a_dictionary_that_is_none_is_refused_by_line(kit: Path, column: str, word: str, words: str) -> None:
    path = kit / "dictionary.csv"
    heading, first, *rest = path.read_text(encoding="utf-8-sig").splitlines()
    cells = first.split(",")
    cells[heading.split(",").index(column)] = word
    path.write_text("\n".join([heading, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(IntakeError, match=rf"dictionary\.csv line 2.*{words}"):
        read_rules(kit)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("v,0,1,0,baseline", "a window ends before it begins; correct first_day or last_day"),
        ("v,0.5,0,1,baseline", "must hold a whole number of days, but holds '0.5'"),
        ("v,day,0,1,baseline", "must hold a whole number of days, but holds 'day'"),
    ],
)
def test_a_window_that_is_none_is_refused_by_line(kit: Path, row: str, words: str) -> None:
    (kit / "visits.csv").write_text(f"visit,day,first_day,last_day,tables\n{row}\n", encoding="utf-8")
    with pytest.raises(IntakeError, match=rf"visits\.csv line 2.*{words}"):
        read_visits(kit)


def test_a_window_of_one_day_is_a_window(kit: Path) -> None:
    (kit / "visits.csv").write_text(
        "visit,day,first_day,last_day,tables\nv,-3,-3,-3,lesions|baseline\n", encoding="utf-8"
    )
    (visit,) = read_visits(kit)
    assert (visit.visit, visit.day, visit.first_day, visit.last_day, visit.tables) == (
        "v",
        -3,
        -3,
        -3,
        ("lesions", "baseline"),
    )


def test_a_column_that_is_lost_is_refused_with_its_name(kit: Path) -> None:
    changed(kit / "visits.csv", "last_day", "end")
    with pytest.raises(IntakeError, match=r"visits\.csv must have the columns .*, but lacks last_day"):
        read_visits(kit)
    changed(kit / "baseline.csv", "patient", "person")
    with pytest.raises(IntakeError, match=r"baseline\.csv must have the columns of the dictionary, but lacks patient"):
        read_kit_table(kit, "baseline", ["patient"])
