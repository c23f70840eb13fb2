"""The tables of a trial: what a column may hold, and when a visit is due."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

ColumnType = Literal["number", "integer", "text", "date", "yes-no"]
COLUMN_TYPES: tuple[ColumnType, ...] = ("number", "integer", "text", "date", "yes-no")
TABLES = ("baseline", "dosimetry", "lesions", "follow_up", "adverse_events")
REPEATED = ("lesions", "adverse_events")
"""Tables with several rows a patient and visit."""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """What a column may hold.

    Parameters
    ----------
    table, column
        Where.
    type
        number, integer, text, date (YYYY-MM-DD) or yes-no (1 or 0).
    unit, meaning
        For people.
    levels
        Words of a text; none for any.
    least, most
        Bounds of a number, included; infinite for none.
    required
        Whether an empty cell is missing.
    """

    table: str
    column: str
    type: ColumnType
    unit: str = ""
    levels: tuple[str, ...] = ()
    least: float = -math.inf
    most: float = math.inf
    required: bool = False
    meaning: str = ""

    def fault(self, cell: str) -> str | None:
        """Return why a cell that is not empty cannot be, or None where it can.

        Examples
        --------
        >>> ColumnRule("baseline", "inr", "number", least=0.5, most=20).fault("34")
        'inr must be 0.5 to 20, but is 34'
        """
        if self.type == "text":
            wrong = bool(self.levels) and cell not in self.levels
            return f"{self.column} must be one of {', '.join(self.levels)}, but is {cell!r}" if wrong else None
        if self.type == "yes-no":
            return None if cell in {"0", "1"} else f"{self.column} must be 1 or 0, but is {cell!r}"
        if self.type == "date":
            return None if day_of(cell) is not None else f"{self.column} must be a day as 2026-11-30, but is {cell!r}"
        return self._number_fault(cell)

    def _number_fault(self, cell: str) -> str | None:
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            return f"{self.column} must be a number, but is {cell!r}"
        if self.type == "integer" and value != int(value):
            return f"{self.column} must be a whole number, but is {cell}"
        if not self.least <= value <= self.most:
            return f"{self.column} must be {self.least:g} to {self.most:g}{f' {self.unit}' if self.unit else ''}, but is {cell}"
        return None


@dataclass(frozen=True, slots=True)
class VisitWindow:
    """A visit: planned day, first and last day from the baseline, and the tables that it fills."""

    visit: str
    day: int
    first_day: int
    last_day: int
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its line (the heading is 1) and its cells by column, empty where missing."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def day_of(cell: str) -> date | None:
    """Return the day of a cell written as 2026-11-30; None for anything else."""
    try:
        day = date.fromisoformat(cell)
    except ValueError:
        return None
    return day if day.isoformat() == cell else None
