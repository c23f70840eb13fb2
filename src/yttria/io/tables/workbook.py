"""A sheet of an Excel workbook (.xlsx) as texts, as a CSV is read."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

from yttria.io.ground.regular_files import require_file
from yttria.io.tables.csv_text import Sheet, checked_sheet, read_sheet
from yttria.values.errors import IntakeError

LARGEST_BYTES = 128 << 20
"""Of a workbook unpacked: more than any table of patients."""
MOST_ROWS = 1 << 20
"""Lines of a sheet (Excel's own limit)."""
MOST_CELLS = 10_000_000
"""Of a sheet, empty ones between others included."""
XML = (".xml", ".rels", ".vml")
SHEETS = "xl/worksheets/sheet"
ROOTS = {
    "[Content_Types].xml": "Types",
    "xl/workbook.xml": "workbook",
    SHEETS: "worksheet",
    "xl/styles.xml": "styleSheet",
    "xl/sharedStrings.xml": "sst",
    "xl/_rels/workbook.xml.rels": "Relationships",
}
"""How the parts that cells are read from begin (ECMA-376 part 1, 18)."""
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
"""What zipfile and openpyxl raise of a damaged workbook; its parsers of XML raise a SyntaxError."""


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
    require_file(path, what="a table")
    _require_sound(path)
    try:
        rows = _rows(path)
    except _FAULTS:
        raise _damaged(path.name, "its parts contradict each other") from None
    if not rows:
        raise IntakeError(
            f"{path.name} must hold rows, but its first sheet is empty; check the file", code="table-empty"
        )
    heading = rows[0][1]
    return checked_sheet(
        Sheet(path.name, heading, tuple((n, _fitted(row, len(heading))) for n, row in rows[1:])),
        rows_needed=rows_needed,
    )


def _require_sound(path: Path) -> None:
    """Refuse a workbook of which a part is damaged, declares entities, stands twice or unpacks to more than any table."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > LARGEST_BYTES:
                raise IntakeError(
                    f"{path.name} would unpack to {size >> 20:,} MiB, more than any table of patients; save the rows as CSV",
                    code="archive-size",
                )
            met: set[str] = set()
            for member in members:
                if member.filename.lower() in met:
                    raise _damaged(path.name, f"its part {member.filename} stands there twice")
                met.add(member.filename.lower())
                if member.filename.lower().endswith(XML):
                    _require_plain_xml(path.name, member.filename, _part(archive, member, path.name))
    except _FAULTS:
        raise IntakeError(
            f"{path.name} must be an Excel workbook (.xlsx), but cannot be opened as one: it is no whole ZIP; save or send it again",
            code="table-kind",
        ) from None


def _part(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    try:
        return archive.read(member)
    except _FAULTS:
        raise _damaged(name, f"its part {member.filename} cannot be unpacked") from None


def _require_plain_xml(name: str, part: str, held: bytes) -> None:
    """Refuse XML that is not whole, and a declaration of a document type: entities could stand for gigabytes, or for other files.

    Source
    ------
    ECMA-376 part 2, 7.3.3: no part of an Office document declares a document type.
    """

    def refuse(*_: object) -> None:
        raise IntakeError(
            f"{name} must be an Excel workbook (.xlsx), but its part {part} declares a document type, as none does; save it again in Excel",
            code="table-kind",
        )

    def begin(tag: str, _: object) -> None:
        parser.StartElementHandler = _CellOrder(name, part).meet if part.startswith(SHEETS) else None
        expected = next((root for place, root in ROOTS.items() if part.startswith(place)), "")
        if expected and tag.rpartition(":")[2] != expected:
            raise _damaged(name, f"its part {part} holds something else")

    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begin
    try:
        parser.Parse(held, True)
    except ExpatError:
        raise _damaged(name, f"its part {part} is no whole XML") from None


class _CellOrder:
    """Refuses rows and cells that do not stand in the order of their numbers: of such, openpyxl leaves some out without a word.

    Source
    ------
    ECMA-376 part 1, 18.3.1.73 (row) and 18.3.1.4 (c): `r` is the number of the row, the place of the cell; each may be left out.
    """

    def __init__(self, name: str, part: str) -> None:
        self.name, self.part = name, part
        self.row, self.column = 0, (0, "")

    def meet(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the next element that begins."""
        kind, place = tag.rpartition(":")[2], attributes.get("r", "")
        if kind == "row":
            number = int(place) if re.fullmatch(r"\d{1,18}", place) else 0 if place else self.row + 1
            self._require(f"row {place} stands behind row {self.row}", in_order=number > self.row)
            self.row, self.column = number, (0, "")
        elif kind == "c" and place:
            letters = place.rstrip("0123456789")
            column = (len(letters), letters)
            in_order = column > self.column and place == f"{letters}{self.row}"
            self._require(f"cell {place} does not stand in its place of row {self.row}", in_order=in_order)
            self.column = column

    def _require(self, why: str, *, in_order: bool) -> None:
        if not in_order:
            raise _damaged(self.name, f"in its part {self.part[:60]}, {why[:80]}")


def _damaged(name: str, why: str) -> IntakeError:
    return IntakeError(
        f"{name} must be an Excel workbook (.xlsx), but is damaged: {why}; save or send it again", code="table-kind"
    )


def _rows(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows of the first sheet that are not empty, each with its line and without the empty cells at its end.

    Raises
    ------
    IntakeError
        A part or sheet is named, but not there; more cells than any table of patients.
    """
    from openpyxl.reader.excel import ExcelReader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what only Excel shows, as a list to choose from
        reader = ExcelReader(path, read_only=True, data_only=True, keep_links=False)
        reader.read()
        book = reader.wb
        try:
            parts = [part.PartName.lstrip("/") for part in reader.package.Override]
            lost = next((part for part in parts if part.startswith("xl/") and part not in reader.valid_files), None)
            if lost is not None:
                raise _damaged(path.name, f"its part {lost} is named, but not there")
            named = [sheet.name for sheet in reader.parser.sheets if sheet.state == "visible"]
            there = {sheet.title: sheet for sheet in book.worksheets}
            absent = next((name for name in named if name not in {*there, *(s.title for s in book.chartsheets)}), None)
            if absent is not None or not there:
                raise _damaged(path.name, f"its sheet {absent!r} is named, but not there")
            sheet = next(there[name] for name in named if name in there)
            sheet.reset_dimensions()  # what is stated of them may be anything
            return _filled(path.name, sheet.iter_rows(values_only=True))
        finally:
            book.close()


def _filled(name: str, rows: Iterable[Sequence[object]]) -> list[tuple[int, tuple[str, ...]]]:
    results, cells = [], 0
    for line, row in enumerate(rows, start=1):
        cells += len(row)
        if line > MOST_ROWS or cells > MOST_CELLS:
            raise IntakeError(
                f"{name} must hold at most {MOST_ROWS:,} lines and {MOST_CELLS:,} cells, but its first sheet holds more; save the rows as CSV",
                code="archive-size",
            )
        if texts := _without_tail(tuple(map(_text, row))):
            results.append((line, texts))
    return results


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
