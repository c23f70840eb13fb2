"""Rows as CSV for other programs: a cell that a spreadsheet would take for a formula is marked as text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from yttria.io.ground.control_characters import spelled_control

FORMULA = "=+-@\t\r\n\N{MINUS SIGN}\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
"""What a formula begins with.

Source
------
OWASP, CSV Injection (2023): = + - @, tab, carriage return, and the forms in full width.
"""
_NUMBER = r"[-+\u2212]?\d[\d.,\u202f]*(?:e[-+]?\d+)?\s*%?"
NUMBERS = re.compile(rf"{_NUMBER}(?:\s*(?:to|[–(\[,;])\s*{_NUMBER})*[)\]]*", re.IGNORECASE)
"""A number, or one with its interval: -0.3, −0.30 (−0.51–0.12), +4 %."""


def spreadsheet_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before what begins as one and is no number.

    Examples
    --------
    >>> spreadsheet_cell("=1+1"), spreadsheet_cell("-0.3"), spreadsheet_cell("-2+3"), spreadsheet_cell("−0.30 (−0.51–0.12)")
    ("'=1+1", '-0.3', "'-2+3", '−0.30 (−0.51–0.12)')
    """
    label = spelled_control(text)
    return f"'{label}" if label.lstrip(" ")[:1] in FORMULA and label.strip() and not NUMBERS.fullmatch(label) else label


def csv_of(rows: Iterable[Sequence[object]], *, line_end: str = "\n") -> str:
    r"""Return rows as CSV; texts are made safe for spreadsheets, numbers stay.

    Examples
    --------
    >>> csv_of([["arm", "@n"], ["a,b", -1]])
    'arm,\'@n\n"a,b",-1\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerows([spreadsheet_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
