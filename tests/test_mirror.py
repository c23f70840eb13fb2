"""Tests mirror the source: each module with logic has tests/FOLDER/test_MODULE.py, so that `./run mutate` knows what to run first."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE, TESTS = ROOT / "src" / "yttria", ROOT / "tests"
MOST = 3
"""How many modules may stand in the list below: it may only shrink."""
HELD_BY = {  # a module without a mirror, and the tests through which it is held
    "app/services/digital_course.py": "app/services/test_digital_injections.py",
    "app/services/verify.py": "test_story_verification.py",
    "report/study/effect_figures.py": "report/study/test_effect_sections.py",
}


def modules() -> list[Path]:
    """Return the modules that hold more than fields: a function or a method."""
    found = [p for p in sorted(PACKAGE.rglob("*.py")) if p.name != "__init__.py"]
    return [p.relative_to(PACKAGE) for p in found if has_logic(p.read_text(encoding="utf-8"))]


def has_logic(source: str) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source)))


def mirror_of(module: Path) -> Path:
    return TESTS / module.parent / f"test_{module.name}"


@pytest.mark.parametrize(
    ("source", "logic"),
    [("def f(): ...", True), ("class A:\n    def f(self): ...", True), ("class A:\n    x: int", False)],
)
def test_a_module_of_fields_alone_holds_no_logic(source: str, logic: bool) -> None:
    assert has_logic(source) is logic


def test_each_module_with_logic_is_mirrored_by_tests_of_its_own() -> None:
    bare = [m.as_posix() for m in modules() if not mirror_of(m).is_file() and m.as_posix() not in HELD_BY]
    assert bare == [], "write tests/FOLDER/test_MODULE.py for each"


def test_what_is_held_elsewhere_is_there_has_no_mirror_and_is_held_by_tests_that_are_there() -> None:
    known = {m.as_posix() for m in modules()}
    assert [m for m in HELD_BY if m not in known or mirror_of(Path(m)).is_file()] == [], "take these out of the list"
    assert [t for t in HELD_BY.values() if not (TESTS / t).is_file()] == []


def test_the_list_of_modules_without_a_mirror_only_shrinks() -> None:
    assert len(HELD_BY) == MOST, "lower MOST with the list"
    assert list(HELD_BY) == sorted(HELD_BY)
