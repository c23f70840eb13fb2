"""Tables of patients: CSV to columns."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from yttria.io.tables.csv_text import THOUSANDS, text_of
from yttria.values.cohort import Column, number_in
from yttria.values.errors import IntakeError

MISSING = ("", "NA")
"""Cells that stand for nothing in every column (contract: an empty cell, or NA)."""
SIGNIFICANT = 15
"""Decimal digits that a double carries in any case; a cell that writes more is a computed number, as 0.30000000000000004 for 0.3."""
DECIMAL_COMMA = re.compile(r"[+\-\u2212]?\d+(,\d+)?", re.ASCII)

DOTTED_THOUSANDS = re.compile(r"[+\-\u2212]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
POINTED = re.compile(r"[+\-\u2212]?\d*\.\d+", re.ASCII)


def read_table(path: Path, *, missing: Sequence[str] = ()) -> dict[str, Column]:
    """Read a CSV (comma, semicolon or tab; UTF-8) with one heading line as columns.

    A column whose every cell is a number is numeric; levels are the distinct cells in code-point order. A column of
    numbers with decimal commas ("12,5") is read as numbers, written with points; only if one of them, or of the file where commas do not
    separate its cells, cannot part thousands ("1,430").

    Parameters
    ----------
    path
        The file.
    missing
        Texts that stand for nothing, besides an empty cell and NA.

    Raises
    ------
    IntakeError
        No file, no row, a heading twice or empty, a row of another length, text that is no UTF-8, dots that may part thousands.
    """
    rows, separator = _rows(path)
    if len(rows) < 2:
        raise IntakeError(
            f"{path.name} must have a heading and at least one row, but has {len(rows)} lines; check the file",
            code="table-empty",
        )
    heading = [name.strip() for name in rows[0]]
    for i, name in enumerate(heading):
        if not name or name in heading[:i]:
            raise IntakeError(
                f"each column of {path.name} must have a heading of its own, but column {i + 1} is {name or 'empty'!r}; rename it",
                code="table-columns",
            )
    for line, row in enumerate(rows[1:], start=2):
        if len(row) != len(heading):
            raise IntakeError(
                f"each row of {path.name} must have {len(heading)} cells, but line {line} has {len(row)}; check separators and quotes",
                code="table-row",
            )
    blank = {*MISSING, *missing}
    columns = {
        name: [c.strip() for c in cells] for name, cells in zip(heading, zip(*rows[1:], strict=True), strict=True)
    }
    decimal = any(_is_decimal_comma(cell) for cells in columns.values() for cell in cells)
    if decimal and separator != ",":
        _refuse_dots_between_thousands(path.name, columns)
    return {
        name: column_of(name, _pointed(cells, blank, certain=decimal and separator != ","), blank)
        for name, cells in columns.items()
    }


def _is_decimal_comma(cell: str) -> bool:
    """Return whether the comma of a cell can only be a decimal one: 12,5 and 0,875, but not 1,430."""
    return "," in cell and DECIMAL_COMMA.fullmatch(cell) is not None and THOUSANDS.fullmatch(cell) is None


def _refuse_dots_between_thousands(file: str, columns: Mapping[str, Sequence[str]]) -> None:
    """Refuse a column whose every dot may part thousands, where other cells of the file have decimal commas."""
    for name, cells in columns.items():
        dotted = [cell for cell in cells if POINTED.fullmatch(cell)]
        if dotted and all(DOTTED_THOUSANDS.fullmatch(cell) for cell in dotted):
            raise IntakeError(
                f"the dot in {dotted[0]!r} (column {name} of {file}) may part thousands or be a decimal one, for other cells have decimal commas; "
                f"write {dotted[0].replace('.', '')} or {dotted[0].replace('.', ',')}",
                code="table-number",
            )


def _rows(path: Path) -> tuple[list[list[str]], str]:
    """Return the rows that are not blank, and what separates their cells."""
    text = text_of(path)
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        return [row for row in reader if any(row)], separator
    except csv.Error as error:
        raise IntakeError(
            f"{path.name} must be a CSV, but a quote is not closed ({error}); check the file", code="table-kind"
        ) from None


def _pointed(cells: list[str], blank: set[str], *, certain: bool) -> list[str]:
    """Return the cells with decimal points, where most are numbers, some have decimal commas and none a decimal point.

    Unless the file's commas are certain to be decimal ones, one of the column must be unable to part thousands.
    """
    filled = [cell for cell in cells if cell not in blank]
    if not certain and not any(_is_decimal_comma(cell) for cell in filled):
        return cells
    matched = sum(DECIMAL_COMMA.fullmatch(cell) is not None for cell in filled)
    if (
        any("," in cell for cell in filled)
        and 2 * matched > len(filled)
        and not any(POINTED.fullmatch(cell) for cell in filled)
    ):
        return [
            cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) and cell not in blank else cell for cell in cells
        ]
    return cells


def column_of(name: str, cells: Sequence[str], blank: set[str]) -> Column:
    """Return texts as a column: codes of its distinct cells, and numbers where all of them are.

    Cells that are one number written in two ways ("1" and "1.0") are one level, written as in the first of them. A number of more digits
    than a double carries is the shorter one that it was computed from.

    Examples
    --------
    >>> column_of("ecog", ["1", "0", "", "1.0"], {""}).levels
    ('0', '1')
    """
    distinct = dict.fromkeys(cells)
    values: dict[str, float] = {}
    numeric = True
    for cell in distinct:
        if cell in blank:
            continue
        number = number_in(cell)
        if number is None:
            numeric = False
            break
        values[cell] = number if len(cell) <= SIGNIFICANT else float(f"{number:.{SIGNIFICANT}g}")
    same: dict[float, str] = {}
    written = {c: same.setdefault(values[c], c) if numeric else c for c in distinct if c not in blank}
    levels = tuple(sorted(set(written.values())))
    place = {level: i for i, level in enumerate(levels)}
    codes = np.array([-1 if c in blank else place[written[c]] for c in cells], dtype=np.int64)
    numbers = np.array([values.get(c, np.nan) for c in cells]) if numeric and values else None
    if not values and numeric:
        numbers = np.full(len(cells), np.nan)
    return Column(name, codes, levels, numbers)
