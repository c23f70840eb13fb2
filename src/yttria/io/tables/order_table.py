"""A table of orders, a row a patient: CSV or .xlsx."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yttria.io.tables.csv_text import Sheet, numbers_of
from yttria.io.tables.workbook import read_table_sheet
from yttria.values.errors import Finding, IntakeError

NEEDED = ("patient", "product", "needed_gbq", "at")


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order: line of the file, patient, product, activity wanted in the patient (GBq), instant as it is written."""

    line: int
    patient: str
    product: str
    needed_gbq: float
    at: str


def read_orders(path: Path) -> tuple[tuple[OrderRow, ...], tuple[Finding, ...]]:
    """Read a table of orders with the columns patient, product, needed_gbq, at.

    Raises
    ------
    IntakeError
        A file that cannot be read, an absent column; by line: an empty cell, an activity that is no number.
    """
    sheet = read_table_sheet(path)
    absent = [name for name in NEEDED if name not in sheet.heading]
    if absent:
        raise IntakeError(
            f"{sheet.name} must have the columns {', '.join(NEEDED)}, but lacks {', '.join(absent)}; rename or add them",
            code="order-columns",
        )
    rows = list(_rows(sheet))
    activities = numbers_of([row[2] for _, row in rows], sheet)
    unused = [name for name in sheet.heading if name not in NEEDED]
    message = f"columns that are not used: {', '.join(unused)}"
    return (
        tuple(
            OrderRow(line, patient, product, gbq, at)
            for (line, (patient, product, _, at)), gbq in zip(rows, activities, strict=True)
        ),
        (Finding("note", "columns-unused", message),) if unused else (),
    )


def _rows(sheet: Sheet) -> Iterator[tuple[int, tuple[str, str, str, str]]]:
    places = [sheet.heading.index(name) for name in NEEDED]
    for line, row in sheet.rows:
        for name, place in zip(NEEDED, places, strict=True):
            if not row[place]:
                raise IntakeError(
                    f"{name} must be filled in, but is empty in line {line}; fill it in or leave the row out",
                    code="order-cell",
                    values={"line": line, "column": name},
                )
        patient, product, gbq, at = (row[place] for place in places)
        yield line, (patient, product, gbq, at)
