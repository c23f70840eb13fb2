"""Names are nouns of the field: words of talking and of a house name nothing in the source."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import yttria

SOURCE = Path(yttria.__path__[0])
TALK = {"told", "spoken", "speaks", "foretold", "foretell", "foretells", "alike", "redrawn", "handed", "luggage", "desk", "leftover"}  # fmt: skip

WORDS = TALK | {"doubt", "doubts", "sight", "house", "said", "asked", "lying", "onto"}
PARTICIPLES = {"found", "shown", "seen", "beside", "together", "opened", "compared", "corrected", "untold", "undone", "printed", "drawn", "shortfall"}  # fmt: skip
"""What was done to a thing names no thing: `findings`, `option`, `estimate` do. Beside a noun (`drawn_ml`) they are adjectives."""
ADJECTIVES = {"shown", "drawn", "seen", "beside", "compared"}
"""No part of a name either, outside keys of a document."""
STATES = {"given", "known", "kept", "held", "taken", "wanted", "stated", "spent"}
"""No name of its own where a dose, an activity, evidence or a report is: `administration`, `state`, `rows`, `goals` are."""
STATE_FOLDERS = ("planning/", "physics/", "delivery/", "evidence/", "report/")
KEYS = {
    ("values/plan.py", "found"),  # of a criterion and a contraindication
    ("values/plan.py", "shown"),  # the option that a plan shows, in Python's public face
    ("values/protocol.py", "printed"),  # [figures] of a protocol
    ("evidence/published/claim.py", "printed"),  # of a contradiction
    ("evidence/published/cohort_comparison.py", "printed"),
    ("evidence/published/rounding.py", "Printed"),  # a printed number, in Python's public face
    ("report/study/published_numbers.py", "printed"),
}
"""Keys of a document that users read, where they stand outside the contract: they stay."""
PROSE = re.compile(
    r"\b(foretells?|foretold|luggage|redrawn|on the pile|this door|every door|each door)\b", re.IGNORECASE
)


def names_in(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each name that a module makes, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_name_is_a_word_of_talking(path: Path) -> None:
    parts = {
        (line, name): {word.lower() for word in re.split(r"_|(?<=[a-z])(?=[A-Z])", name)}
        for line, name in names_in(path)
        if not is_key(path, name)
    }
    assert {place: sorted(words & WORDS) for place, words in parts.items() if words & WORDS} == {}


def is_key(path: Path, name: str) -> bool:
    """Tell whether a name is a key that users read."""
    place = path.relative_to(SOURCE).as_posix()
    return place.startswith("contract/") or (place, name) in KEYS


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_thing_is_named_by_what_was_done_to_it(path: Path) -> None:
    names = [(line, name) for line, name in names_in(path) if not is_key(path, name)]
    assert [(line, name) for line, name in names if name.strip("_").lower() in PARTICIPLES] == []


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_name_has_a_participle_for_a_part(path: Path) -> None:
    names = {(line, name) for line, name in names_in(path) if not is_key(path, name)}
    assert [(line, name) for line, name in sorted(names) if set(name.lower().split("_")) & ADJECTIVES] == []


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SOURCE.rglob("*.py")) if path.relative_to(SOURCE).as_posix().startswith(STATE_FOLDERS)],
    ids=lambda path: path.relative_to(SOURCE).as_posix(),
)
def test_no_number_of_a_dose_or_a_study_is_named_by_its_state(path: Path) -> None:
    names = [(line, name) for line, name in names_in(path) if not is_key(path, name)]
    assert [(line, name) for line, name in names if name.strip("_").lower() in STATES] == []


def test_every_key_that_may_stay_is_still_there() -> None:
    named = {(place, name) for place, _ in KEYS for _, name in names_in(SOURCE / place)}
    assert named >= KEYS


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_sentence_foretells_or_stands_in_a_house(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if PROSE.search(line)] == []
