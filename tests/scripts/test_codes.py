"""scripts.codes: every code has one meaning and stands in docs/codes.md."""

import re
from collections import defaultdict

import pytest

from scripts import codes
from yttria.values import errors

KEBAB = re.compile(r"[a-z0-9]+(-[A-Za-z0-9]+)*")
"""Small letters with dashes; the name of an approach (PDA) keeps its capitals."""
DEFAULTS = {getattr(errors, name).kind for name in codes.CLASSES}


def test_the_page_holds_every_code_of_the_source() -> None:
    assert codes.PAGE.read_text(encoding="utf-8") == codes.page(), "write it anew: ./run python -m scripts.codes"


@pytest.mark.parametrize("sentences", [codes.refusals(), codes.findings()], ids=["refusals", "findings"])
def test_a_code_is_a_name_in_small_letters_with_dashes(sentences: list[codes.Sentence]) -> None:
    assert len(sentences) > 100
    assert [one.code for one in sentences if not KEBAB.fullmatch(one.code)] == []


def test_a_refusal_of_its_own_code_does_not_take_that_of_a_class() -> None:
    assert {one.code for one in codes.refusals()} & DEFAULTS == set()


def test_one_sentence_of_a_module_has_one_code() -> None:
    codes_of: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in codes.refusals():
        codes_of[one.module, one.words].add(one.code)
    assert {place: sorted(found) for place, found in codes_of.items() if len(found) > 1 and place[1] != "…"} == {}


def test_every_refusal_of_the_source_states_its_code() -> None:
    bare = [
        f"{codes._module(path)}:{call.lineno}"
        for path in codes._files()
        for name, call in codes._calls(path)
        if name in codes.CLASSES and not any(word.arg in {"code", None} for word in call.keywords)
    ]
    assert bare == []


def test_every_finding_of_the_source_states_its_level_code_and_sentence() -> None:
    bare = [
        f"{codes._module(path)}:{call.lineno}"
        for path in codes._files()
        for name, call in codes._calls(path)
        if name == "Finding" and len(call.args) + len(call.keywords) < 3
    ]
    assert bare == []
