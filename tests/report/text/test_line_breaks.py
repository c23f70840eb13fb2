"""Words broken into lines: nothing is lost, nothing is wider than the line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.report.text.line_breaks import broken, width_of


@given(st.text(alphabet="abc -/山x", max_size=60), st.integers(8, 30))
def test_no_letter_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = broken(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width_of(line) <= width for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("a-b c", 3, ["a-b", "c"]),
        ("pre-post", 5, ["pre-", "post"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("", 4, [""]),
        ("山山", 8, ["山", "山"]),
    ],
)
def test_lines_break_between_words_after_hyphens_and_else_within(text: str, width: int, lines: list[str]) -> None:
    assert broken(text, width) == lines
