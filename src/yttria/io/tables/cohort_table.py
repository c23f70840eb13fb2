"""Tables of patients: CSV to columns."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yttria.io.ground.memory import require_memory_left
from yttria.io.tables.csv_text import THOUSANDS, csv_fault, not_utf8, text_lines
from yttria.values.cohort import Column, number_in
from yttria.values.errors import IntakeError

MISSING = ("", "NA")
"""Cells that stand for nothing in every column (contract: an empty cell, or NA)."""
SIGNIFICANT = 15
"""Decimal digits that a double carries in any case; a cell that writes more is a computed number, as 0.30000000000000004 for 0.3."""
DECIMAL_COMMA = re.compile(r"[+\-\u2212]?\d+(,\d+)?", re.ASCII)
BLOCK, BLOCK_CELLS = 50_000, 2_000_000
"""Rows, and cells, that are read at a time at most."""
MOST_COLUMNS = 16_384
"""Of a table: as many as a sheet of Excel has."""
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
        No file, no row, a heading twice or empty, a row of another length, text that is no UTF-8, dots that may part thousands, more than the machine's memory holds.
    """
    heading, coded, separator = _read(path)
    blank = {*MISSING, *missing}
    decimal = any(_is_decimal_comma(cell) for one in coded for cell in one.cells)
    certain = decimal and separator != ","
    if certain:
        _refuse_dots_between_thousands(path.name, {name: one.cells for name, one in zip(heading, coded, strict=True)})
    return {
        name: _column(name, _pointed(one, blank, certain=certain), blank)
        for name, one in zip(heading, coded, strict=True)
    }


@dataclass(frozen=True, slots=True, eq=False)
class _CodedCells:
    """The cells of a column: the distinct texts in the order in which they first stand there, and which of them each row holds.

    A million rows then take four bytes each, and every rule is asked once a text.
    """

    cells: Sequence[str]
    codes: NDArray[np.int32]


def _read(path: Path) -> tuple[list[str], list[_CodedCells], str]:
    """Return heading and cells of a file, some thousand rows at a time, and what separates them.

    Raises
    ------
    IntakeError
        As `read_table`.
    """
    lines = text_lines(path)
    try:
        first = next(lines, "")
        separator = max(",;\t", key=first.count)
        reader = csv.reader(chain([first], lines), delimiter=separator, strict=True)
        filled = filter(any, reader)
        heading = [name.strip() for name in next(filled, [])]
        _check_heading(path.name, heading)
        return heading, _coded(path.name, heading, filled), separator
    except csv.Error as error:
        raise csv_fault(path.name, error) from None
    except UnicodeDecodeError:
        raise not_utf8(path) from None


def _check_heading(file: str, heading: Sequence[str]) -> None:
    """Refuse a heading that is empty or stands twice."""
    if len(heading) > MOST_COLUMNS:
        raise IntakeError(
            f"{file} must have at most {MOST_COLUMNS:,} columns, but has {len(heading):,}; leave out those that are not needed",
            code="table-columns",
        )
    met: set[str] = set()
    for i, name in enumerate(heading):
        if not name or name in met:
            raise IntakeError(
                f"each column of {file} must have a heading of its own, but column {i + 1} is {name or 'empty'!r}; rename it",
                code="table-columns",
            )
        met.add(name)


def _coded(file: str, heading: Sequence[str], rows: Iterator[list[str]]) -> list[_CodedCells]:
    """Return the cells of each column, refusing a table without a row and a row of another length."""
    known: list[dict[str, int]] = [_Places() for _ in heading]
    codes: list[list[NDArray[np.int32]]] = [[] for _ in heading]
    count = 0
    size = max(1, min(BLOCK, BLOCK_CELLS // max(len(heading), 1)))
    while block := list(islice(rows, size)):
        require_memory_left(what=file)
        if set(map(len, block)) != {len(heading)}:
            line, row = next((n, r) for n, r in enumerate(block, start=count + 2) if len(r) != len(heading))
            raise IntakeError(
                f"each row of {file} must have {len(heading)} cells, but line {line} has {len(row)}; check separators and quotes",
                code="table-row",
                values={"columns": len(heading), "cells": len(row)},
            )
        count += len(block)
        for place, kept, cells in zip(known, codes, zip(*block, strict=True), strict=True):
            kept.append(np.fromiter(map(place.__getitem__, cells), dtype=np.int32, count=len(cells)))
    if not count:
        raise IntakeError(
            f"{file} must have a heading and at least one row, but has {int(bool(heading))} lines; check the file",
            code="table-empty",
            values={"lines": int(bool(heading))},
        )
    return [_stripped(list(place), np.concatenate(kept)) for place, kept in zip(known, codes, strict=True)]


class _Places(dict[str, int]):
    """Numbers texts in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = place = len(self)
        return place


def _stripped(cells: Sequence[str], codes: NDArray[np.int32]) -> _CodedCells:
    """Return cells without the blanks around them; texts that are then one are one."""
    bare = [cell.strip() for cell in cells]
    if len(set(bare)) == len(bare):
        return _CodedCells(bare, codes)
    place = _Places()
    joined = np.array([place[cell] for cell in bare], dtype=np.int32)
    return _CodedCells(list(place), joined[codes])


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


def _pointed(one: _CodedCells, blank: set[str], *, certain: bool) -> _CodedCells:
    """Return the cells with decimal points, where most are numbers, some have decimal commas and none a decimal point.

    Unless the file's commas are certain to be decimal ones, one of the column must be unable to part thousands.
    """
    filled = [i for i, cell in enumerate(one.cells) if cell not in blank]
    if not any("," in one.cells[i] for i in filled) or any(POINTED.fullmatch(one.cells[i]) for i in filled):
        return one
    if not certain and not any(_is_decimal_comma(one.cells[i]) for i in filled):
        return one
    counts = np.bincount(one.codes, minlength=len(one.cells))
    matched = {i for i in filled if DECIMAL_COMMA.fullmatch(one.cells[i])}
    if 2 * int(counts[list(matched)].sum()) <= int(counts[filled].sum()):
        return one
    return _stripped([cell.replace(",", ".") if i in matched else cell for i, cell in enumerate(one.cells)], one.codes)


def column_of(name: str, cells: Sequence[str], blank: set[str]) -> Column:
    """Return texts as a column: codes of its distinct cells, and numbers where all of them are.

    Cells that are one number written in two ways ("1" and "1.0") are one level, written as in the first of them. A number of more digits
    than a double carries is the shorter one that it was computed from.

    Examples
    --------
    >>> column_of("ecog", ["1", "0", "", "1.0"], {""}).levels
    ('0', '1')
    """
    place = _Places()
    codes = np.fromiter(map(place.__getitem__, cells), dtype=np.int32, count=len(cells))
    return _column(name, _CodedCells(list(place), codes), blank)


def _column(name: str, one: _CodedCells, blank: set[str]) -> Column:
    """Return coded cells as a column, as `column_of`."""
    values: dict[str, float] = {}
    numeric = True
    for cell in one.cells:
        if cell in blank:
            continue
        number = number_in(cell)
        if number is None:
            numeric = False
            break
        values[cell] = number if len(cell) <= SIGNIFICANT else float(f"{number:.{SIGNIFICANT}g}")
    same: dict[float, str] = {}
    written = [None if c in blank else same.setdefault(values[c], c) if numeric else c for c in one.cells]
    levels = tuple(sorted({text for text in written if text is not None}))
    place = {level: i for i, level in enumerate(levels)}
    codes = np.array([-1 if text is None else place[text] for text in written], dtype=np.int64)[one.codes]
    if not numeric:
        return Column(name, codes, levels, None)
    return Column(name, codes, levels, np.array([values.get(c, np.nan) for c in one.cells])[one.codes])
