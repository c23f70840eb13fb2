"""io.tables.csv_writer: no cell of ours is a formula in a spreadsheet, and every number stays one."""

import csv
import io

import pytest

from yttria.io.tables.csv_writer import csv_of, spreadsheet_cell


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|'/C calc'!A0",
        "+1+1",
        "@SUM(A1)",
        "-2+3",
        "-2-3",
        "+",
        "-",
        "−x",
        "＝1+1",
        "＠A1",
        " =1+1",
        "\t=1+1",
        "-1;=2",
        "-(1)",
        "-0.3*2",
    ],
)
def test_what_begins_as_a_formula_and_is_no_number_has_an_apostrophe(text: str) -> None:
    assert spreadsheet_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "-0.3",
        "+4",
        "-1e-5",
        "−0.30",
        "−0.30 (−0.51–0.12)",
        "-3 to -1",
        "-12 %",
        "-1,5",
        "a=b",
        "1+1",
        "",
        " ",
        "'=1",
        "—",
        "PDA - SDA",
    ],
)
def test_numbers_and_other_words_stay(text: str) -> None:
    assert spreadsheet_cell(text) == text


def test_a_sign_of_control_is_spelled_and_a_number_is_written_as_it_is() -> None:
    rows: list[list[object]] = [["a\x1bb", "=x"], [-1, -0.5]]
    assert list(csv.reader(io.StringIO(csv_of(rows)))) == [["a[U+001B]b", "'=x"], ["-1", "-0.5"]]
