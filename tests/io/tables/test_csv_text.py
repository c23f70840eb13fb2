"""Tables as texts: digits survive, faults are named by line."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from yttria.io.tables import csv_text
from yttria.io.tables.cohort_table import read_table
from yttria.io.tables.csv_text import Sheet, numbers_of, read_sheet
from yttria.values.errors import IntakeError


def sheet(
    tmp_path: Path, text: str, *, heading: bool = True
) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    read = read_sheet(path, heading=heading)
    return read.heading, list(read.rows)


def test_trailing_zeros_and_lines_of_the_file_survive(tmp_path: Path) -> None:
    heading, rows = sheet(tmp_path, "# note\nvalue;low\n\n0.90;0.5\n")
    assert heading == ("value", "low")
    assert rows == [(4, ("0.90", "0.5"))]


def test_a_first_line_of_numbers_is_a_row_where_a_heading_is_not_sure(tmp_path: Path) -> None:
    assert sheet(tmp_path, "0,1\n2,0.9\n", heading=False)[0] == ("column 1", "column 2")
    assert sheet(tmp_path, "time,s\n2,0.9\n", heading=False)[0] == ("time", "s")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"a,b\n\xff,1\n")
    with pytest.raises(IntakeError, match="UTF-8"):
        read_sheet(tmp_path / "t.csv")


# numbers as people write them


def texts(*cells: str) -> Sheet:
    return Sheet("a.csv", ("x",), tuple((line, (cell,)) for line, cell in enumerate(cells, start=2)))


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (("0,16", "98,33"), [0.16, 98.33]),
        (("0,123", "1,234"), [0.123, 1.234]),  # one cell that can only be decimal decides for all
        (("98.3 %", "50%"), [98.3, 50]),
        (("1,234.5", "12"), [1234.5, 12]),
        (("\u22120.5", "1e2"), [-0.5, 100]),
    ],
)
def test_numbers_are_read_with_decimal_commas_and_per_cent(cells: tuple[str, ...], numbers: list[float]) -> None:
    assert numbers_of(cells, texts(*cells)) == numbers


def test_commas_that_may_be_decimal_or_part_thousands_are_refused() -> None:
    with pytest.raises(IntakeError, match=r"may be a decimal one or part thousands; write 1234 or 1\.234"):
        numbers_of(("1,234", "2,000"), texts("1,234", "2,000"))


def test_a_cell_that_is_no_number_is_named_with_its_line() -> None:
    with pytest.raises(IntakeError, match=r"line 3 has 'n\.d\.'"):
        numbers_of(("1", "n.d."), texts("1", "n.d."))


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas_without_a_heading_are_rows_and_no_heading(tmp_path: Path, separator: str) -> None:
    (tmp_path / "a.csv").write_text(f"0{separator}100,00\n0,5{separator}98,3\n")
    sheet = read_sheet(tmp_path / "a.csv", heading=False)
    assert sheet.heading == ("column 1", "column 2")
    assert [row for _, row in sheet.rows] == [("0", "100,00"), ("0,5", "98,3")]


READERS = {"a table read whole": read_sheet, "a cohort": read_table}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "must be UTF-8 text, but byte 0 is not"),
        ("a,b\n1,2\n".encode("utf-16-le"), "holds NUL characters, as UTF-16 does; save it as CSV UTF-8"),
        (b"a,b\n1,2\n3,\xe9\n", "must be UTF-8 text, but byte 10 is not"),
        (b"a,b\n" + b"x" * (1 << 17) + b"x,1\n", "a cell is longer than 131,072 characters"),
        (b"a,b\n" + b"," * (1 << 24), "must have lines of fewer than 16,777,216 characters"),
        (b'a,b\n1,"2\n3,4\n', "a quote is not closed"),
    ],
    ids=["UTF-16", "UTF-16 without its mark", "Latin 1", "a long cell", "a long line", "an open quote"],
)
def test_what_no_table_holds_is_refused_by_its_true_reason(
    read: Callable[[Path], object], held: bytes, words: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(held)
    with pytest.raises(IntakeError, match=words):
        read(tmp_path / "t.csv")


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_of_terabytes_is_refused_without_being_held(read: Callable[[Path], object], tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.truncate(1 << 40)  # a hole on the disk, which reads as zeros
    tracemalloc.start()
    try:
        with pytest.raises(IntakeError, match="must have lines of fewer than"):
            read(tmp_path / "t.csv")
        assert tracemalloc.get_traced_memory()[1] < 128 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("lines", "is_read"), [(4, True), (5, False)])
def test_a_table_read_whole_has_a_limit_of_lines(
    lines: int, is_read: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_text, "MOST_LINES", 4)
    (tmp_path / "t.csv").write_text("a\n" + "1\n" * (lines - 1), encoding="utf-8")
    if is_read:
        assert len(read_sheet(tmp_path / "t.csv").rows) == 3
    else:
        with pytest.raises(IntakeError, match="must hold at most 4 lines"):
            read_sheet(tmp_path / "t.csv")


def test_a_sign_that_only_unicode_takes_for_the_end_of_a_line_ends_no_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\nx\u2028y,1\nz\x0c,2\r\n", encoding="utf-8")
    assert read_sheet(tmp_path / "t.csv").rows == ((2, ("x\u2028y", "1")), (3, ("z", "2")))
