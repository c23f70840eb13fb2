"""Words that begin a sentence."""

import pytest

from yttria.report.text.capitals import capital


@pytest.mark.parametrize(
    ("words", "text"),
    [("", ""), ("lungs of TACE", "Lungs of TACE"), ("90Y", "90Y"), ("éclat", "Éclat"), ("A b", "A b")],
)
def test_the_first_letter_alone_is_made_a_capital(words: str, text: str) -> None:
    assert capital(words) == text
