"""A table of adverse events, a row an event: CSV or .xlsx to events."""

from pathlib import Path

from yttria.io.tables.cohort_table import MISSING
from yttria.io.tables.csv_text import Sheet
from yttria.io.tables.workbook import read_table_sheet
from yttria.values.adverse_event import AdverseEvent
from yttria.values.errors import IntakeError

NEEDED = ("patient", "term", "grade", "serious", "related")
FLAGS = {"0": False, "1": True}


def read_adverse_events(path: Path) -> tuple[AdverseEvent, ...]:
    """Read a table of adverse events.

    A heading without rows is a table without events. Columns: patient, term, grade 1 to 5 (CTCAE), serious 0/1, related 0/1; day and group may be there. A cell that is empty or NA is missing.

    Raises
    ------
    IntakeError
        A file that cannot be read; a needed column that is absent; by line: an empty patient or term, a grade that is no whole number, a
        serious or related that is not 0 or 1.
    """
    sheet = read_table_sheet(path, rows_needed=False)
    absent = [name for name in NEEDED if name not in sheet.heading]
    if absent:
        raise IntakeError(
            f"{sheet.name} must have the columns {', '.join(NEEDED)}, but lacks {', '.join(absent)}; rename or add them",
            code="adverse-event-columns",
        )
    return tuple(_event(sheet, line, row) for line, row in sheet.rows)


def _event(sheet: Sheet, line: int, row: tuple[str, ...]) -> AdverseEvent:
    cells = {name: "" if cell in MISSING else cell for name, cell in zip(sheet.heading, row, strict=True)}
    for name in ("patient", "term"):
        if not cells[name]:
            raise IntakeError(f"{sheet.name} line {line}: {name} is empty; fill it in", code="adverse-event-name")
    grade = cells["grade"]
    if not (grade.isascii() and grade.removeprefix("-").isdigit()):
        raise IntakeError(
            f"{sheet.name} line {line}: grade must be a whole number from 1 to 5 (CTCAE), but is {grade!r}; correct it",
            code="adverse-event-grade",
            values={"line": line},
        )
    return AdverseEvent(
        patient=cells["patient"],
        term=cells["term"],
        grade=int(grade),
        serious=_flag(sheet, line, "serious", cells),
        related=_flag(sheet, line, "related", cells),
        group=cells.get("group", ""),
        row=line,
    )


def _flag(sheet: Sheet, line: int, name: str, cells: dict[str, str]) -> bool:
    flag = FLAGS.get(cells[name])
    if flag is None:
        raise IntakeError(
            f"{sheet.name} line {line}: {name} must be 1 or 0, but is {cells[name]!r}; correct it",
            code="adverse-event-flag",
            values={"line": line},
        )
    return flag
