"""Tables as texts: digits survive, faults are named by line."""

from pathlib import Path

import pytest

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
