"""Tables as texts: digits survive, faults are named by line."""

from pathlib import Path

import pytest

from yttria.io.sheet import read_sheet
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
