"""A sheet of an Excel workbook (.xlsx) as texts, as a CSV is read."""

import zipfile
import zlib
from datetime import date, datetime, time
from pathlib import Path

from yttria.io.ground.regular_files import require_file
from yttria.io.tables.csv_text import Sheet, checked_sheet, read_sheet
from yttria.values.errors import IntakeError

LARGEST_BYTES = 256 << 20
"""Of a workbook unpacked: more than any table of patients."""
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    SyntaxError,
    OSError,
)
"""What zipfile and openpyxl raise of a damaged workbook; both parsers of XML raise a SyntaxError."""


def read_table_sheet(path: Path, *, rows_needed: bool = True) -> Sheet:
    """Read a CSV, or the first sheet of an .xlsx, as texts.

    Raises
    ------
    IntakeError
        As of `read_sheet`, `read_workbook`; a workbook of the older kind (.xls).
    """
    kind = path.suffix.lower()
    if kind in {".xls", ".xlsb", ".ods"}:
        raise IntakeError(
            f"expected a CSV or an .xlsx, but {path.name} is {kind}; save it as .xlsx or as CSV UTF-8",
            code="table-kind",
        )
    if kind == ".xlsx":
        return read_workbook(path, rows_needed=rows_needed)
    return read_sheet(path, rows_needed=rows_needed)


def read_workbook(path: Path, *, rows_needed: bool = True) -> Sheet:
    """Read the first sheet of an .xlsx as texts: values as they are stored, dates as YYYY-MM-DD, empty rows left out.

    Raises
    ------
    IntakeError
        No file, no workbook, one that unpacks to more than any table, no row, a row longer than its heading, a heading twice.

    Notes
    -----
    A formula counts as the value that was stored with it; one that was never computed is an empty cell.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    require_file(path, what="a table")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size > LARGEST_BYTES:
            raise IntakeError(
                f"{path.name} would unpack to {size >> 20:,} MiB, more than any table of patients; save the rows as CSV",
                code="archive-size",
            )
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            cells = [tuple(map(_text, row)) for row in book.worksheets[0].iter_rows(values_only=True)]
        finally:
            book.close()
    except (InvalidFileException, *_FAULTS) as error:
        raise IntakeError(
            f"{path.name} must be an Excel workbook (.xlsx), but cannot be opened as one ({type(error).__name__}); save it again",
            code="table-kind",
        ) from None
    rows = [(line, row) for line, row in enumerate(cells, start=1) if any(row)]
    if not rows:
        raise IntakeError(
            f"{path.name} must hold rows, but its first sheet is empty; check the file", code="table-empty"
        )
    heading = _without_tail(rows[0][1])
    return checked_sheet(
        Sheet(path.name, heading, tuple((n, _fitted(row, len(heading))) for n, row in rows[1:])),
        rows_needed=rows_needed,
    )


def _without_tail(row: tuple[str, ...]) -> tuple[str, ...]:
    """Return a row without the empty cells at its end."""
    last = max((i for i, cell in enumerate(row) if cell), default=-1)
    return row[: last + 1]


def _fitted(row: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Return a row as wide as the heading where what is beyond is empty."""
    row = _without_tail(row)
    return row + ("",) * (width - len(row))


def _text(value: object) -> str:
    """Return a cell as a CSV would write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()
