"""Printed numbers beside ours: counted by place, those that differ with their reason, and enough digits to judge a print by."""

from typing import Any

import pytest

from yttria.report.study.published_numbers import (
    OtherNumber,
    Published,
    PublishedNumber,
    number_text,
    published_document,
    published_section,
    published_table,
)
from yttria.values.document import Entry, Paragraph, Table

CELLS = (
    PublishedNumber("table 2", "median, PDA", "value", "26.6", 26.58, "agrees"),
    PublishedNumber("table 2", "median, PDA", "low", "11.7", 11.79, "truncated"),
    PublishedNumber("table 2", "median, SDA", "high", "15.0", 14.2, "differs", "another day of cut"),
    PublishedNumber("abstract", "hazard ratio", "p", "0.0096", 0.00961, "agrees"),
)
PUBLISHED = Published(CELLS, "Garin 2024", (OtherNumber("text", "safety population", "2 of 27", "all treated"),))


def cell(value: Any) -> str:
    return value.text if isinstance(value, Entry) else str(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (16.3265, "16.33"),
        (0.00021, "0.00021"),
        (None, "not reached"),
        (-0.6931, "−0.6931"),
        (0.0000123, "1.2e-05"),
        (12345.6, "12 346"),
        (0.0, "0"),
    ],
)
def test_ours_has_four_digits(value: float | None, text: str) -> None:
    assert number_text(value).replace("\u202f", " ").replace("\u00a0", " ") == text


def test_the_section_counts_all_and_names_where_they_are_printed() -> None:
    first, source, *_ = published_section(PUBLISHED)
    assert isinstance(first, Paragraph)
    assert first.text == "Of 4 printed numbers 3 come out of this cohort, by rounding or by truncation; 1 do not."
    assert isinstance(source, Paragraph)
    assert source.text == "The numbers are printed in Garin 2024."


def test_each_place_has_its_counts_and_the_last_row_their_sum() -> None:
    table = published_section(PUBLISHED)[2]
    assert isinstance(table, Table)
    assert [list(row) for row in table.rows] == [["table 2", 3, 1, 1, 1], ["abstract", 1, 1, 0, 0], ["all", 4, 2, 1, 1]]
    assert table.emphasised == {2}


def test_what_differs_stands_with_its_reason_and_what_is_not_compared_with_its_own() -> None:
    *_, differing, left = published_section(PUBLISHED)
    assert isinstance(differing, Table)
    assert isinstance(left, Table)
    (row,) = differing.rows
    assert [cell(c) for c in row] == ["table 2", "median, SDA", "15.0", "14.2", "another day of cut"]
    assert isinstance(row[1], Entry)
    assert row[1].under == "upper limit"
    assert [cell(c) for c in left.rows[0]] == ["text", "safety population", "2 of 27", "all treated"]


def test_without_numbers_there_is_no_section_and_without_a_difference_no_table_of_it() -> None:
    assert published_section(Published()) == ()
    assert len(published_section(Published(CELLS[:1]))) == 2


def test_the_table_for_programs_has_every_number_and_then_those_that_are_not_compared() -> None:
    rows = [[cell(c) for c in row] for row in published_table(PUBLISHED).rows]
    assert [row[5] for row in rows] == ["agrees", "truncated", "differs", "agrees", "not compared"]
    assert rows[1][:5] == ["table 2", "median, PDA", "lower limit", "11.7", "11.79"]


def test_the_document_has_a_section_a_place_with_a_sign_a_verdict() -> None:
    document = published_document(PUBLISHED, title="T", subtitle="S", notice="N", version="Yttria 1")
    assert [s.heading for s in document.sections] == ["Summary", "Table 2", "Abstract"]
    table = document.sections[1].blocks[0]
    assert isinstance(table, Table)
    assert [cell(row[0]) for row in table.rows] == ["median, PDA", "", "median, SDA"]
    signs = [(row[4].sign, row[4].text, row[4].strong) for row in table.rows if isinstance(row[4], Entry)]
    assert signs == [("✓", "rounded", False), ("✓", "truncated", False), ("✗", "differs", True)]
    assert table.ruled == {0, 2}
