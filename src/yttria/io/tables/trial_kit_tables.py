"""The folder of a running trial: tables to fill, the dictionary of their columns, the windows of their visits."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from yttria.data import table
from yttria.io.ground.regular_files import require_file
from yttria.io.tables.cohort_table import MISSING
from yttria.io.tables.csv_text import Sheet, read_sheet
from yttria.io.tables.csv_writer import csv_of
from yttria.io.tables.toml_writer import toml_text
from yttria.io.tables.workbook import read_table_sheet
from yttria.values.cohort import number_in
from yttria.values.errors import IntakeError
from yttria.values.trial_kit import COLUMN_TYPES, TABLES, ColumnRule, ColumnType, TableRow, VisitWindow

DICTIONARY = ("table", "column", "type", "unit", "levels", "min", "max", "required", "meaning")
COHORT_COLUMNS: Mapping[str, ColumnType] = {
    "os_months": "number",
    "os_event": "yes-no",
    "pfs_months": "number",
    "pfs_event": "yes-no",
    "easl_index_3m": "text",
    "easl_3m": "text",
    "derived": "text",
}
"""Columns of cohort.csv that are made of several tables."""
VISITS = ("visit", "day", "first_day", "last_day", "tables")


def template_rules(name: str) -> tuple[ColumnRule, ...]:
    """Return the columns of a shipped kit."""
    return tuple(
        ColumnRule(
            table=place,
            column=row["column"],
            type=row["type"],
            unit=row.get("unit", ""),
            levels=tuple(row.get("levels", ())),
            least=float(row.get("min", -math.inf)),
            most=float(row.get("max", math.inf)),
            required=bool(row.get("required", False)),
            meaning=row["meaning"],
        )
        for place, rows in table(f"trial_kit_{name}")["columns"].items()
        for row in rows
    )


def template_visits(name: str) -> tuple[VisitWindow, ...]:
    """Return the visits of a shipped kit."""
    return tuple(
        VisitWindow(row["visit"], row["day"], row["first_day"], row["last_day"], tuple(row["tables"]))
        for row in table(f"trial_kit_{name}")["visits"]
    )


def write_kit(folder: Path, name: str) -> tuple[str, ...]:
    """Write the tables of a shipped kit, each as CSV and .xlsx with its heading alone, their dictionary, windows and protocol; return the names."""
    rules, visits = template_rules(name), template_visits(name)
    written = ["protocol.toml", "MAP.toml", "dictionary.csv", "visits.csv"]
    (folder / "protocol.toml").write_text(table(f"trial_kit_{name}")["protocol"]["text"].lstrip(), encoding="utf-8")
    (folder / "MAP.toml").write_text(_map_of(rules), encoding="utf-8")
    cells = [[_cell(rule, key) for key in DICTIONARY] for rule in rules]
    (folder / "dictionary.csv").write_text(csv_of([DICTIONARY, *cells]), encoding="utf-8")
    windows = [[v.visit, v.day, v.first_day, v.last_day, "|".join(v.tables)] for v in visits]
    (folder / "visits.csv").write_text(csv_of([VISITS, *windows]), encoding="utf-8")
    for place in TABLES:
        heading = [rule.column for rule in rules if rule.table == place]
        (folder / f"{place}.csv").write_text(csv_of([heading]), encoding="utf-8")
        _write_workbook(folder / f"{place}.xlsx", place, heading)
        written += [f"{place}.csv", f"{place}.xlsx"]
    return tuple(written)


def _cell(rule: ColumnRule, key: str) -> object:
    """Return a cell of the dictionary."""
    bounds = {"min": rule.least, "max": rule.most}
    if key in bounds:
        return f"{bounds[key]:g}" if math.isfinite(bounds[key]) else ""
    if key == "levels":
        return "|".join(rule.levels)
    return int(rule.required) if key == "required" else getattr(rule, key)


def _write_workbook(path: Path, title: str, heading: Sequence[str]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    (sheet,) = book.worksheets
    sheet.title = title
    sheet.append(list(heading))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for number, name in enumerate(heading, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(10, len(name) + 2)
    book.save(path)


def _map_of(rules: Sequence[ColumnRule]) -> str:
    """Return MAP.toml for the columns of cohort.csv."""
    columns = [rule for rule in rules if rule.table in TABLES[:2] and rule.column not in {"patient", "visit", "date"}]
    entries = {}
    for rule in columns:
        entry: dict[str, object] = {"from": rule.column, "type": rule.type}
        entry |= {"min": rule.least} if math.isfinite(rule.least) else {}
        entry |= {"max": rule.most} if math.isfinite(rule.most) else {}
        entry |= {"levels": list(rule.levels)} if rule.levels else {}
        entry |= {"yes": ["1"], "no": ["0"]} if rule.type == "yes-no" else {}
        entries[rule.column] = entry
    for name, kind in COHORT_COLUMNS.items():
        entries[name] = {"from": name, "type": kind} | ({"yes": ["1"], "no": ["0"]} if kind == "yes-no" else {})
    return 'patient = "patient"\n\n' + toml_text({"columns": entries})


def read_rules(folder: Path) -> tuple[ColumnRule, ...]:
    """Read the dictionary of a kit.

    Raises
    ------
    IntakeError
        No dictionary, a column of it that is absent, a table that no kit has, a type that is none, a bound that is no number.
    """
    sheet = _sheet(folder / "dictionary.csv", DICTIONARY)
    return tuple(_rule(sheet, line, row) for line, row in sheet.rows)


def _rule(sheet: Sheet, line: int, row: tuple[str, ...]) -> ColumnRule:
    cells = dict(zip(sheet.heading, row, strict=True))
    kinds: dict[str, ColumnType] = {kind: kind for kind in COLUMN_TYPES}
    if cells["type"] not in kinds:
        raise IntakeError(
            f"{sheet.name} line {line}: type must be one of {', '.join(COLUMN_TYPES)}, but is {cells['type']!r}; correct it",
            code="table-value",
        )
    if cells["table"] not in TABLES:
        raise IntakeError(
            f"{sheet.name} line {line}: table must be one of {', '.join(TABLES)}, but is {cells['table']!r}; correct it",
            code="table-value",
        )
    return ColumnRule(
        table=cells["table"],
        column=cells["column"],
        type=kinds[cells["type"]],
        unit=cells["unit"],
        levels=tuple(word for word in cells["levels"].split("|") if word),
        least=_number(sheet, line, cells["min"], -math.inf),
        most=_number(sheet, line, cells["max"], math.inf),
        required=cells["required"] == "1",
        meaning=cells["meaning"],
    )


def _number(sheet: Sheet, line: int, cell: str, absent: float) -> float:
    if not cell:
        return absent
    number = number_in(cell)
    if number is None:
        raise IntakeError(
            f"{sheet.name} line {line} must hold a number, but holds {cell!r}; correct it", code="table-number"
        )
    return number


def _day(sheet: Sheet, line: int, cell: str) -> int:
    number = number_in(cell)
    if number is None or not number.is_integer():
        raise IntakeError(
            f"{sheet.name} line {line} must hold a whole number of days, but holds {cell!r}; correct it",
            code="table-number",
        )
    return int(number)


def read_visits(folder: Path) -> tuple[VisitWindow, ...]:
    """Read the windows of the visits of a kit.

    Raises
    ------
    IntakeError
        No such table, a column of it that is absent, a day that is no whole number, a window that ends before it begins.
    """
    sheet = _sheet(folder / "visits.csv", VISITS)
    visits = []
    for line, row in sheet.rows:
        cells = dict(zip(sheet.heading, row, strict=True))
        day, first, last = (_day(sheet, line, cells[key]) for key in ("day", "first_day", "last_day"))
        if not first <= last:
            raise IntakeError(
                f"{sheet.name} line {line}: a window ends before it begins; correct first_day or last_day",
                code="table-value",
            )
        visits.append(VisitWindow(cells["visit"], day, first, last, tuple(w for w in cells["tables"].split("|") if w)))
    return tuple(visits)


def read_kit_table(folder: Path, name: str, columns: Sequence[str]) -> list[TableRow]:
    """Read one table of a kit: its CSV, or its .xlsx where the CSV has no rows.

    Raises
    ------
    IntakeError
        A file that cannot be read; a heading that lacks a column of the dictionary.
    """
    for path in (folder / f"{name}.csv", folder / f"{name}.xlsx"):
        if not path.is_symlink() and not path.exists():
            continue
        require_file(path, what="a table")
        sheet = read_table_sheet(path, rows_needed=False)
        absent = [column for column in columns if column not in sheet.heading]
        if absent:
            raise IntakeError(
                f"{path.name} must have the columns of the dictionary, but lacks {', '.join(absent)}; add them",
                code="table-columns",
            )
        rows = [(line, tuple("" if cell in MISSING else cell for cell in row)) for line, row in sheet.rows]
        if any(any(row) for _, row in rows):
            return [TableRow(line, dict(zip(sheet.heading, row, strict=True))) for line, row in rows if any(row)]
    return []


def _sheet(path: Path, columns: Sequence[str]) -> Sheet:
    sheet = read_sheet(path)
    absent = [column for column in columns if column not in sheet.heading]
    if absent:
        raise IntakeError(
            f"{path.name} must have the columns {', '.join(columns)}, but lacks {', '.join(absent)}; add them",
            code="table-columns",
        )
    return sheet
