"""A table of lesions, a row a lesion and date: CSV or .xlsx to measurements."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from yttria.io.tables.cohort_table import MISSING
from yttria.io.tables.csv_text import Sheet, numbers_of
from yttria.io.tables.workbook import read_table_sheet
from yttria.values.errors import Finding, IntakeError
from yttria.values.lesion import LESION_KINDS, LESION_STATUSES, LesionMeasurement

NEEDED = ("patient", "date", "lesion", "kind")
SIZES = ("longest_mm", "short_mm", "viable_longest_mm", "viable_short_mm")
WORDS = ("organ", "status", "arm")
FLAGS = ("node", "index")
DOSE = "dose_gy"
KNOWN = (*NEEDED, *WORDS, *FLAGS, *SIZES, DOSE)
FLAG_WORDS: Mapping[str, bool] = {"": False, "0": False, "1": True}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LesionTable:
    """Measurements, the columns that the table has, and what is doubtful of it."""

    rows: tuple[LesionMeasurement, ...]
    columns: frozenset[str]
    findings: tuple[Finding, ...]


def read_lesions(path: Path) -> LesionTable:
    """Read a table of lesions.

    Columns: patient, date, lesion, kind are needed; organ, node, status, arm, index, dose_gy and the sizes longest_mm, short_mm, viable_longest_mm,
    viable_short_mm where they are known. A cell that is empty or NA is missing.

    Raises
    ------
    IntakeError
        A file that cannot be read, no rows, a needed column that is absent, no column of sizes; by line: an empty name, a date that is none, an
        unknown kind or status, a node or index that is not 0 or 1, a size that is no number.
    QuantityError
        A size below zero, by line.
    """
    sheet = read_table_sheet(path)
    _require_columns(sheet)
    cells = {name: _column(sheet, name) for name in KNOWN}
    numbers = {name: _numbers(sheet, name, cells[name]) for name in (*SIZES, DOSE)}
    rows = tuple(_row(i, line, cells, numbers) for i, (line, _) in enumerate(sheet.rows))
    return LesionTable(rows, frozenset(sheet.heading), tuple(_findings(sheet, rows)))


def _require_columns(sheet: Sheet) -> None:
    absent = [name for name in NEEDED if name not in sheet.heading]
    if absent:
        raise IntakeError(
            f"{sheet.name} must have the columns {', '.join(NEEDED)}, but lacks {', '.join(absent)}; rename or add them",
            code="lesion-columns",
        )
    if not any(name in sheet.heading for name in SIZES):
        raise IntakeError(
            f"{sheet.name} must have a column of sizes ({', '.join(SIZES)}), but has none; add those that were measured, in mm",
            code="lesion-sizes-absent",
        )


def _column(sheet: Sheet, name: str) -> tuple[str, ...]:
    """Return the cells of a column, missing ones empty; of an absent column all are."""
    if name not in sheet.heading:
        return ("",) * len(sheet.rows)
    place = sheet.heading.index(name)
    return tuple("" if row[place] in MISSING else row[place] for _, row in sheet.rows)


def _numbers(sheet: Sheet, name: str, cells: Sequence[str]) -> tuple[float | None, ...]:
    """Return the numbers of a column; None where a cell is missing."""
    filled = [i for i, cell in enumerate(cells) if cell]
    for i in filled:
        if "%" in cells[i]:
            raise _refused("number in mm" if name != DOSE else "number in Gy", sheet, i, name, cells[i])
    there = Sheet(f"column {name} of {sheet.name}", sheet.heading, tuple(sheet.rows[i] for i in filled))
    values = dict(zip(filled, numbers_of([cells[i] for i in filled], there), strict=True))
    return tuple(values.get(i) for i in range(len(cells)))


def _row(
    i: int, line: int, cells: Mapping[str, Sequence[str]], numbers: Mapping[str, Sequence[float | None]]
) -> LesionMeasurement:
    patient, lesion = (_name(cells[name][i], name, line) for name in ("patient", "lesion"))
    status = cells["status"][i].lower()
    return LesionMeasurement(
        line=line,
        patient=patient,
        lesion=lesion,
        on=_day(cells["date"][i], line),
        kind=_one_of(cells["kind"][i].lower(), LESION_KINDS, "kind", line),
        node=_flag(cells["node"][i], "node", line),
        status=_one_of(status, LESION_STATUSES, "status", line) if status else None,
        organ=cells["organ"][i],
        arm=cells["arm"][i],
        index=_flag(cells["index"][i], "index", line),
        longest_mm=numbers["longest_mm"][i],
        short_mm=numbers["short_mm"][i],
        viable_longest_mm=numbers["viable_longest_mm"][i],
        viable_short_mm=numbers["viable_short_mm"][i],
        dose_gy=numbers[DOSE][i],
    )


def _name(cell: str, column: str, line: int) -> str:
    if not cell:
        raise IntakeError(
            f"{column} must be named in every row, but is empty in line {line}; fill it in",
            code="lesion-name",
            values={"line": line, "column": column},
        )
    return cell


def _day(cell: str, line: int) -> date:
    text = cell.removesuffix(" 00:00:00").removesuffix("T00:00:00")
    with suppress(ValueError):
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
    raise IntakeError(
        f"date must be a day as 2026-11-30, but is {cell!r} in line {line}; write year, month and day in that order",
        code="lesion-date",
        values={"line": line},
    )


def _one_of(word: str, known: Sequence[T], column: str, line: int) -> T:
    for one in known:
        if word == one:
            return one
    raise IntakeError(
        f"{column} must be one of {', '.join(map(str, known))}, but is {word!r} in line {line}; correct it",
        code=f"lesion-{column}",
        values={"line": line},
    )


def _flag(cell: str, column: str, line: int) -> bool:
    flag = FLAG_WORDS.get(cell)
    if flag is None:
        raise IntakeError(
            f"{column} must be 1, 0 or empty, but is {cell!r} in line {line}; correct it",
            code=f"lesion-{column}",
            values={"line": line},
        )
    return flag


def _refused(wanted: str, sheet: Sheet, i: int, column: str, cell: str) -> IntakeError:
    line = sheet.rows[i][0]
    return IntakeError(
        f"{column} must be a {wanted}, but is {cell!r} in line {line}; correct it",
        code="lesion-size",
        values={"line": line, "column": column},
    )


def _findings(sheet: Sheet, rows: Sequence[LesionMeasurement]) -> Iterator[Finding]:
    """Return what is doubtful of single rows, and which columns say nothing here."""
    unused = [name for name in sheet.heading if name not in KNOWN]
    if unused:
        message = f"columns that are not used: {', '.join(unused)}; those of sizes are {', '.join(SIZES)}"
        yield Finding("note", "columns-unused", message)
    for row in rows:
        pairs = ((row.longest_mm, row.short_mm, ""), (row.viable_longest_mm, row.viable_short_mm, "viable_"))
        for longest, short, part in pairs:
            if longest is not None and short is not None and short > longest:
                message = f"{part}short_mm is above {part}longest_mm in line {row.line} ({short:g} above {longest:g}); swap or correct them"
                yield Finding(
                    "warning",
                    "short-above-longest",
                    message,
                    {"line": row.line, "short_mm": short, "longest_mm": longest},
                )
        parts = (("longest_mm", row.viable_longest_mm, row.longest_mm), ("short_mm", row.viable_short_mm, row.short_mm))
        for name, part_mm, whole_mm in parts:
            if part_mm is not None and whole_mm is not None and part_mm > whole_mm:
                message = f"viable_{name} is above {name} in line {row.line} ({part_mm:g} above {whole_mm:g}): no part is larger than its lesion; correct one"
                yield Finding(
                    "warning",
                    "part-above-lesion",
                    message,
                    {"line": row.line, "part_mm": part_mm, "whole_mm": whole_mm},
                )
