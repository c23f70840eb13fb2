"""scripts.protocol_grammar: the page tells every key that a protocol may have, and no other."""

import re

import pytest

from scripts import protocol_grammar
from yttria.contract.protocol import ProtocolFile


def test_the_page_holds_the_grammar_of_the_model_that_reads_protocols() -> None:
    page = protocol_grammar.PAGE.read_text(encoding="utf-8")
    assert page == protocol_grammar.written(page), "write it anew: ./run python -m scripts.protocol_grammar"


def test_every_section_and_key_is_told_with_its_meaning() -> None:
    rows = protocol_grammar.grammar()[2:]
    sections = [re.sub(r"\W.*", "", row.removeprefix("| **`[")) for row in rows if row.startswith("| **")]
    assert sections == list(ProtocolFile.model_fields)
    assert [row for row in rows if row.rstrip(" |").endswith(("None", "|"))] == []
    told = {row.split("`")[1] for row in rows if not row.startswith("| **")}
    assert {"is_", "where", "data_cut", "zph", "tau"} - told == {"is_"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("conf", "`log` \\| `log-log`"),
        ("level", "number above 0 below 1; `0.95` where absent"),
        ("p_enter", "number above 0 to 1"),
        ("event", "text or { column = text, is = list of text or number }; must be there"),
        ("data_cut", "text or date"),
    ],
)
def test_a_key_says_what_it_may_hold(row: str, words: str) -> None:
    found, *_ = [line for line in protocol_grammar.grammar() if line.startswith(f"| `{row}`")]
    assert words in found


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="put them where the grammar belongs"):
        protocol_grammar.written("# Analyse")
