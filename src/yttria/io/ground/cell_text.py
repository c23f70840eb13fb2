"""Cells as texts: what both pages share, so that PDF and HTML say the same."""

import math
import re
from dataclasses import dataclass

from yttria.values.document import Cell, Column, Entry, Estimate, Table

DASH = "\u2014"
THIN = "\u202f"
MINUS = "\u2212"
SCRIPT = re.compile(r"(?P<level>[\^_])(?:\{(?P<braced>[^}]*)\}|(?P<single>.))|(?P<plain>[^\^_]+|[\^_])")
HEAD = re.compile(rf"^(?P<whole>[^\d]?\d[\d{THIN}]*)(?P<rest>\.\d.*|[^\d].*)?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Set:
    """A cell as it is set: a sign, the part before the decimal point, the rest, a quiet second line."""

    whole: str
    rest: str = ""
    under: str = ""
    sign: str = ""
    strong: bool = False
    kind: str = "words"

    @property
    def is_number(self) -> bool:
        """Tell whether the cell aligns at its decimal point."""
        return self.kind != "free" and any(c.isdigit() for c in self.whole)

    @property
    def text(self) -> str:
        """Return the first line in one piece."""
        return self.whole + self.rest


def set_cell(cell: Cell, column: Column) -> Set:
    """Return a cell as texts, split at the decimal point where its column aligns there."""
    if isinstance(cell, Entry):
        whole, rest = (cell.text, "") if cell.kind == "free" else _split(cell.text, column)
        return Set(whole, rest, cell.under, cell.sign, cell.strong, cell.kind)
    if isinstance(cell, Estimate):
        whole, rest = _split(_estimate(cell, column), column)
        return Set(whole, rest)
    if isinstance(cell, str):
        return Set(*_split(cell, column))
    return Set(*_split(_number(cell, column.decimals), column))


def widths(table: Table) -> list[tuple[int, int]]:
    """Return, by column, the most characters before and after the decimal point; zeros where nothing is aligned."""
    results = []
    for index, column in enumerate(table.columns):
        sets = [set_cell(row[index], column) for row in table.rows] if column.align == "decimal" else []
        numbers = [s for s in sets if s.is_number]
        results.append(
            (max((len(s.whole) for s in numbers), default=0), max((len(s.rest) for s in numbers), default=0))
        )
    return results


def _split(text: str, column: Column) -> tuple[str, str]:
    match = HEAD.match(text) if column.align == "decimal" else None
    return (match["whole"], match["rest"] or "") if match else (text, "")


def _number(value: float | None, decimals: int | None) -> str:
    if value is None or not math.isfinite(value):
        return DASH
    places = decimals if decimals is not None else (0 if float(value).is_integer() else 2)
    text = f"{abs(value):,.{places}f}".replace(",", THIN)
    return f"{MINUS}{text}" if value < 0 and any(c in "123456789" for c in text) else text


def _estimate(estimate: Estimate, column: Column) -> str:
    if estimate.value is None:
        return DASH
    value = _number(estimate.value, column.decimals)
    if estimate.low is None and estimate.high is None:
        return value
    return f"{value} ({_number(estimate.low, column.decimals)}–{_number(estimate.high, column.decimals)})"


def pieces(formula: str) -> list[tuple[str, str]]:
    """Return a formula as (text, level) with level "", "sub" or "sup".

    Examples
    --------
    >>> pieces("u^2 = Σ u_j^2 / m_{lungs}")
    [('u', ''), ('2', 'sup'), (' = Σ u', ''), ('j', 'sub'), ('2', 'sup'), (' / m', ''), ('lungs', 'sub')]
    """
    results = []
    for match in SCRIPT.finditer(formula):
        raised, text = match["level"], match["braced"] or match["single"] or match["plain"]
        results.append((text, {"^": "sup", "_": "sub"}.get(raised or "", "")))
    return results
