"""A sheet of a workbook reads as the CSV of the same cells; what is no workbook is refused."""

import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from yttria.io.tables import workbook
from yttria.io.tables.workbook import read_table_sheet, read_workbook
from yttria.values.errors import IntakeError


def saved(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_cells_are_texts_as_a_csv_would_write_them(tmp_path: Path) -> None:
    made = saved(
        tmp_path / "t.xlsx",
        ["patient", "dose", "event", "day", "seen", None],
        ["P1", 205.0, True, datetime(2026, 11, 30), datetime(2026, 11, 30, 14, 5), None],  # noqa: DTZ001
        [None, None, None, None, None, None],
        [" P2 ", 0.1, False, None, 12, None],
    )
    sheet = read_workbook(made)
    assert sheet.heading == ("patient", "dose", "event", "day", "seen")
    assert sheet.rows == (
        (2, ("P1", "205", "1", "2026-11-30", "2026-11-30 14:05:00")),
        (4, ("P2", "0.1", "0", "", "12")),
    )


def test_a_csv_and_a_workbook_of_the_same_cells_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,x\n2.5,\n")
    made = saved(tmp_path / "t.xlsx", ["a", "b"], [1, "x"], [2.5, None])
    one, two = read_table_sheet(tmp_path / "t.csv"), read_table_sheet(made)
    assert (one.heading, one.rows) == (two.heading, two.rows)


@pytest.mark.parametrize("ending", ["xls", "xlsb", "ods"])
def test_older_workbooks_are_refused_with_what_to_do(ending: str, tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match=rf"t\.{ending} is \.{ending}; save it as \.xlsx or as CSV"):
        read_table_sheet(tmp_path / f"t.{ending}")


def test_what_is_no_workbook_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="there is no such file"):
        read_workbook(tmp_path / "absent.xlsx")
    (tmp_path / "text.xlsx").write_text("a,b")
    with pytest.raises(IntakeError, match=r"must be an Excel workbook \(\.xlsx\), but cannot be opened as one"):
        read_workbook(tmp_path / "text.xlsx")
    with pytest.raises(IntakeError, match="its first sheet is empty"):
        read_workbook(saved(tmp_path / "empty.xlsx"))


def changed(path: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """Write a workbook with two sheets and shared strings, of which each part goes through `change`; None leaves it out."""
    book = Workbook()
    book.create_sheet("second").append(["other"])
    whole = path.with_suffix(".whole")
    book.save(whole)
    with zipfile.ZipFile(whole) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", SHARED_TYPE + b"</Types>")
    parts["xl/worksheets/sheet1.xml"] = SHARED_CELLS
    parts["xl/sharedStrings.xml"] = SHARED
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, held in parts.items():
            if (kept := change(name, held)) is not None:
                new.writestr(name, kept)
    whole.unlink()
    return path


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED_TYPE = (
    b'<Override PartName="/xl/sharedStrings.xml" '
    b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
SHARED = f'<?xml version="1.0"?><sst xmlns="{MAIN}">{"".join(f"<si><t>{s}</t></si>" for s in "abxy")}</sst>'.encode()
SHARED_CELLS = (
    f'<?xml version="1.0"?><worksheet xmlns="{MAIN}"><dimension ref="A1:B2"/><sheetData>'
    '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v>3</v></c></row></sheetData></worksheet>'
).encode()


PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/sharedStrings.xml",
    "[Content_Types].xml",
)


@pytest.mark.parametrize("member", PARTS)
@pytest.mark.parametrize("kind", ["cut", "other XML", "empty", "absent"])
def test_a_workbook_of_which_a_part_is_damaged_is_refused_in_one_sentence(
    member: str, kind: str, tmp_path: Path
) -> None:
    damage: dict[str, Callable[[bytes], bytes | None]] = {
        "cut": lambda held: held[: len(held) // 2],
        "other XML": lambda _: b"<html><body>not found</body></html>",
        "empty": lambda _: b"",
        "absent": lambda _: None,
    }
    path = changed(tmp_path / "t.xlsx", lambda name, held: damage[kind](held) if name == member else held)
    with pytest.raises(
        IntakeError, match=r"^t\.xlsx must be an Excel workbook \(\.xlsx\), but is damaged: .*again$"
    ) as refusal:
        read_workbook(path)
    assert "Error" not in str(refusal.value)
    if kind in {"cut", "empty"}:
        assert f"its part {member} is no whole XML" in str(refusal.value)


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("member", PARTS)
@pytest.mark.parametrize("prolog", [LAUGHS, OUTSIDE, b'<!DOCTYPE w SYSTEM "http://127.0.0.1/w.dtd">'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_part_of_a_workbook_declares_entities(member: str, prolog: bytes, encoding: str, tmp_path: Path) -> None:
    def change(name: str, held: bytes) -> bytes:
        if name != member:
            return held
        body = held.partition(b"?>")[2] if held.startswith(b"<?xml") else held
        return (
            (prolog + body)
            .decode("utf-8")
            .replace('version="1.0"', f'version="1.0" encoding="{encoding}"')
            .encode(encoding)
        )

    with pytest.raises(IntakeError, match="declares a document type"):
        read_workbook(changed(tmp_path / "t.xlsx", change))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="1001"><c r="A1001"><v>1</v></c></row>', "at most 1,000 lines"),
        ('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>', "at most 1,000 lines"),
        ("".join(f'<row r="{k}"><c r="XFD{k}"><v>1</v></c></row>' for k in range(1, 9)), "100,000 cells"),
        ('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>', "its parts contradict"),
        (f'<row r="1"><c r="A1"><v>{"9" * 5000}</v></c></row>', "its parts contradict"),
        ('<row r="1"><c r="A1" t="s"><v>7</v></c></row>', "its parts contradict"),
        ("x" * (2 << 20), "would unpack to 2 MiB"),
    ],
)
def test_a_sheet_that_claims_more_than_a_table_has_is_refused_at_once(
    rows: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 1000)
    monkeypatch.setattr(workbook, "MOST_CELLS", 100_000)
    monkeypatch.setattr(workbook, "LARGEST_BYTES", 1 << 20)
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    path = changed(tmp_path / "t.xlsx", lambda name, held: sheet.encode() if name.endswith("sheet1.xml") else held)
    with pytest.raises(IntakeError, match=words):
        read_workbook(path)


def test_a_stated_size_of_the_sheet_is_not_believed(tmp_path: Path) -> None:
    huge = changed(
        tmp_path / "t.xlsx",
        lambda name, held: (
            held.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"') if name.endswith("sheet1.xml") else held
        ),
    )
    assert read_workbook(huge).rows == ((2, ("x", "y")),)


def test_a_part_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = changed(tmp_path / "t.xlsx", lambda _, held: held)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    with pytest.raises(IntakeError, match=r"its part xl/worksheets/sheet1\.xml stands there twice"):
        read_workbook(path)


def test_a_sheet_that_is_hidden_is_not_taken_for_the_first(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["old"])
    book.worksheets[0].append([1])
    book.worksheets[0].sheet_state = "hidden"
    seen = book.create_sheet("seen")
    seen.append(["new"])
    seen.append([2])
    book.active = seen
    book.save(tmp_path / "t.xlsx")
    assert read_workbook(tmp_path / "t.xlsx").heading == ("new",)


def test_a_workbook_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    held = saved(tmp_path / "whole.xlsx", ["a", "b"], [1, "x"]).read_bytes()
    damaged = tmp_path / "damaged.xlsx"
    for place in range(0, len(held), 61):
        damaged.write_bytes(held[:place] + bytes([held[place] ^ 0x5A]) + held[place + 1 :])
        with suppress(IntakeError):
            read_workbook(damaged)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b'<row r="3"', b'<row r="1"'), "row 1 stands behind row 2"),
        ((b'<row r="3"', b'<row r="2"'), "row 2 stands behind row 2"),
        ((b'<row r="3"', b'<row r="x"'), "row x stands behind row 2"),
        ((b'<c r="A3"', b'<c r="B3"'), "cell B3 does not stand in its place of row 3"),
        ((b'<c r="A3"', b'<c r="A7"'), "cell A7 does not stand in its place of row 3"),
        ((b'<c r="B3"', b'<c r="A3"'), "cell A3 does not stand in its place of row 3"),
    ],
)
def test_rows_and_cells_out_of_their_order_of_which_some_would_be_lost_are_refused(
    tmp_path: Path, change: tuple[bytes, bytes], why: str
) -> None:
    place = _changed(saved(tmp_path / "t.xlsx", ["a", "b"], [1, "x"], [2, "y"]), *change)
    with pytest.raises(IntakeError, match=why):
        read_workbook(place)


@pytest.mark.parametrize("change", [(b' r="3"', b""), (b' r="B3"', b""), (b'<row r="3"', b'<row r="30"')])
def test_rows_and_cells_without_a_number_or_after_a_gap_are_read(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    place = saved(tmp_path / "t.xlsx", ["a", "b"], [1, "x"], [2, "y"])
    moved = _changed(place, *change)
    if b"30" in change[1]:
        _changed(moved, b'"A3"', b'"A30"')
        _changed(moved, b'"B3"', b'"B30"')
    assert [row for _, row in read_workbook(moved).rows] == [("1", "x"), ("2", "y")]


def test_columns_beyond_z_are_in_their_order(tmp_path: Path) -> None:
    heading: list[object] = [f"c{i}" for i in range(60)]
    assert len(read_workbook(saved(tmp_path / "t.xlsx", heading, list(range(60)))).heading) == 60


def _changed(path: Path, old: bytes, new: bytes) -> Path:
    """Return a workbook after a change of the text of its first sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(old, new, 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, held in parts.items():
            archive.writestr(name, held)
    return path
