"""A table as texts: every cell as it stands in the file, with its line, so that printed digits survive."""

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yttria.io.ground.regular_files import require_file
from yttria.values.errors import IntakeError

SEPARATORS = "\t;,"
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
LONGEST_LINE = 1 << 24
"""Characters of a line: a hundred times a row of ten thousand columns."""
MOST_LINES = 1 << 20
MOST_CHARACTERS = 1 << 26
"""Of a table that is read whole, as lesions, orders, curves are; cohorts are read by blocks and have no such limit."""
DECODED_BYTES = 1 << 20
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A heading and rows of texts.

    Parameters
    ----------
    name
        Of the file.
    heading
        One a column.
    rows
        Line of the file and cells, one a column.
    """

    name: str
    heading: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def text_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a table's file as they are read, without a byte order mark: no more than a line is held.

    Raises
    ------
    IntakeError
        No regular file that may be read; a line longer than any table's; NUL characters.
    UnicodeDecodeError
        Text that is no UTF-8.
    """
    require_file(path, what="a table")
    with path.open(encoding="utf-8-sig") as stream:
        while line := stream.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise IntakeError(
                    f"{path.name} must have lines of fewer than {LONGEST_LINE:,} characters, but has a longer one; check the file",
                    code="table-size",
                )
            if "\0" in line:
                raise IntakeError(
                    f"{path.name} must be UTF-8 text, but holds NUL characters, as UTF-16 does; save it as CSV UTF-8",
                    code="table-kind",
                )
            yield line


def text_of(path: Path) -> str:
    """Return the text of a table's file, without a byte order mark.

    Raises
    ------
    IntakeError
        As `text_lines`; more than a table of this kind has; text that is no UTF-8.
    """
    lines, size = [], 0
    try:
        for line in text_lines(path):
            lines.append(line)
            size += len(line)
            if size > MOST_CHARACTERS or len(lines) > MOST_LINES:
                raise IntakeError(
                    f"{path.name} must hold at most {MOST_LINES:,} lines and {MOST_CHARACTERS:,} characters, but holds more; check the file",
                    code="table-size",
                )
    except UnicodeDecodeError:
        raise not_utf8(path) from None
    return "".join(lines)


def not_utf8(path: Path) -> IntakeError:
    """Return the refusal of a text that is no UTF-8, with the place of its first other byte."""
    decoder, place = getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as stream:
        while held := stream.read(DECODED_BYTES):
            try:
                decoder.decode(held)
            except UnicodeDecodeError as error:
                place += error.start
                break
            place += len(held)
    return IntakeError(
        f"{path.name} must be UTF-8 text, but byte {place} is not; save it as CSV UTF-8", code="table-kind"
    )


def csv_fault(name: str, error: csv.Error) -> IntakeError:
    """Return the refusal of a text that is no CSV."""
    why = (
        f"a cell is longer than {csv.field_size_limit():,} characters"
        if "field limit" in str(error)
        else f"a quote is not closed ({error})"
    )
    return IntakeError(f"{name} must be a CSV, but {why}; check the file", code="table-kind")


def read_sheet(path: Path, *, heading: bool = True, rows_needed: bool = True) -> Sheet:
    """Read a CSV (comma, semicolon or tab; UTF-8) as texts; lines that begin with "#" and empty lines are left out.

    Parameters
    ----------
    path
        The file.
    heading
        False where the first line may be a row: it is a heading only when it holds a cell that is no number.
    rows_needed
        False for a table that may hold its heading alone.

    Raises
    ------
    IntakeError
        No file, text that is no UTF-8 or longer than such a table, an open quote, no row, a row of another length, a heading twice.
    """
    text = text_of(path)
    lines = [
        (number, line)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise IntakeError(f"{path.name} must hold rows, but is empty; check the file", code="table-empty")
    separator = _separator([line for _, line in lines])
    try:
        cells = list(csv.reader((line for _, line in lines), delimiter=separator, strict=True))
    except csv.Error as error:
        raise csv_fault(path.name, error) from None
    if len(cells) != len(lines):
        raise IntakeError(
            f"each row of {path.name} must stand on one line, but a cell is broken over two; join it", code="table-kind"
        )
    rows = [(number, tuple(c.strip() for c in row)) for (number, _), row in zip(lines, cells, strict=True)]
    first = rows[0][1]
    named = heading or not all(is_number(cell) for cell in first)
    names = first if named else tuple(f"column {i + 1}" for i in range(len(first)))
    return checked_sheet(Sheet(path.name, names, tuple(rows[1:] if named else rows)), rows_needed=rows_needed)


def _separator(lines: Sequence[str]) -> str:
    """Return what parts the cells: the tab or semicolon that stands equally often in each line, else the sign most frequent in the first.

    Commas come last, because they may be decimal ones.
    """
    for separator in SEPARATORS[:2]:
        counts = {line.count(separator) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return separator
    return max(SEPARATORS[::-1], key=lines[0].count)


def numbers_of(texts: Sequence[str], sheet: Sheet) -> list[float]:
    """Return the cells of a column as numbers: with decimal points, or all with decimal commas; a sign of per cent is left out.

    Parameters
    ----------
    texts
        One cell a row of the sheet, top down.
    sheet
        For messages.

    Raises
    ------
    IntakeError
        A cell that is no number, or commas that may be decimal ones or part thousands.

    Examples
    --------
    >>> numbers_of(["0,16", "98,33 %"], Sheet("a.csv", ("s",), ((2, ("0,16",)), (3, ("98,33 %",)))))
    [0.16, 98.33]
    """
    bare = [text.removesuffix("%").strip().replace("\N{MINUS SIGN}", "-") for text in texts]
    commas = [text for text in bare if "," in text]
    decimal = any(DECIMAL_COMMA.fullmatch(text) and not THOUSANDS.fullmatch(text) for text in commas)
    thousands = not decimal and any("." in text for text in commas)
    if commas and not decimal and not thousands and all(THOUSANDS.fullmatch(text) for text in commas):
        raise IntakeError(
            f"the comma in {commas[0]!r} of {sheet.name} may be a decimal one or part thousands; write {commas[0].replace(',', '')} or "
            f"{commas[0].replace(',', '.')}",
            code="table-number",
        )
    results = []
    for (line, _), text in zip(sheet.rows, bare, strict=False):
        written = text.replace(",", ".") if decimal else text.replace(",", "") if THOUSANDS.fullmatch(text) else text
        try:
            results.append(float(written))
        except ValueError:
            raise IntakeError(
                f"{sheet.name} must hold numbers, but line {line} has {text!r}; correct it", code="table-number"
            ) from None
    return results


def checked_sheet(sheet: Sheet, *, rows_needed: bool = True) -> Sheet:
    """Return a sheet, refusing a heading twice, no row (where rows are needed), and a row of another length than the heading."""
    if len(set(sheet.heading)) != len(sheet.heading):
        twice = next(name for i, name in enumerate(sheet.heading) if name in sheet.heading[:i])
        raise IntakeError(
            f"each column of {sheet.name} must have a heading of its own, but {twice!r} stands twice",
            code="table-columns",
        )
    if rows_needed and not sheet.rows:
        raise IntakeError(
            f"{sheet.name} must hold at least one row below its heading, but has none; check the file",
            code="table-empty",
        )
    for line, row in sheet.rows:
        if len(row) != len(sheet.heading):
            raise IntakeError(
                f"each row of {sheet.name} must have {len(sheet.heading)} cells, but line {line} has {len(row)}; check separators and quotes "
                "(decimal commas need cells parted by semicolons, or in quotes)",
                code="table-row",
                values={"columns": len(sheet.heading), "cells": len(row)},
            )
    return sheet


def is_number(text: str) -> bool:
    """Return whether a cell is a number, with a decimal point or comma, in per cent or not."""
    bare = text.removesuffix("%").strip()
    try:
        float(bare.replace(",", ".") if DECIMAL_COMMA.fullmatch(bare) else bare)
    except ValueError:
        return False
    return True
