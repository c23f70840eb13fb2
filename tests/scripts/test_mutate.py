"""scripts.mutate: a change that a test notices is killed, one that none notices has survived, and the working tree is left as it was."""

import ast
from pathlib import Path

import pytest

from scripts import mutate

MODULE = '''"""Doses."""
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    LIMIT = 1 + 1


@cache
def allowed(gy: "float | None", limit: int | float = 30) -> bool | None:
    """Return whether a dose is allowed."""
    return None if gy is None else gy < limit
'''
BLIND = """from yttria.planning.gate import allowed


def test_little() -> None:
    assert allowed(1.0, 30.0)
"""
SHARP = (
    BLIND
    + """    assert not allowed(30.0, 30.0)
    assert not allowed(31.0, 30.0)
    assert allowed(29.0)
    assert not allowed(30.0)
    assert allowed(29.5)
    assert not allowed(30.5)
    assert allowed(None) is None
"""
)
GATE = Path("src/yttria/planning/gate.py")


def tree(folder: Path, tests: str) -> Path:
    root = folder / "tree"
    for path, text in {
        "src/yttria/__init__.py": "",
        "src/yttria/planning/__init__.py": "",
        str(GATE): MODULE,
        "tests/planning/test_gate.py": tests,
        "pyproject.toml": "[tool.pytest.ini_options]\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_sharp_tests_kill_every_change_of_a_decorated_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(tmp_path, SHARP)
    assert mutate.main(["planning", "--sample", "9", "--jobs", "1"], root) == 0
    told = capsys.readouterr().out
    assert "planning                           4         0         0         0         0   100%" in told
    assert told.endswith("sample of 4 places, seed 1\n")


def test_what_no_test_notices_has_survived_and_the_tree_is_as_it_was(tmp_path: Path) -> None:
    root = tree(tmp_path, BLIND)
    told: list[object] = []
    change = next(c for c in mutate.changes_of(GATE, root) if c.start[0] == 10)
    (outcome,) = mutate.run_changes([change], root, jobs=1, tell=told.append)
    assert outcome.verdict == "survived"
    line = MODULE.splitlines()[9]
    assert [text for text in str(told[0]).splitlines() if text.startswith(("survived", "-def", "+def"))] == [
        "survived",
        f"-{line}",
        f"+{line.replace(' 30', ' 31')}",
    ]
    assert "/" + str(GATE) not in str(told[0]).replace(f"a/{GATE}", "").replace(f"b/{GATE}", "")
    assert (root / GATE).read_text() == MODULE
    assert [p.name for p in root.rglob("*.pyc")] == []


def test_tests_that_fail_already_are_refused(tmp_path: Path) -> None:
    root = tree(tmp_path, "def test_red() -> None:\n    assert False\n")
    with pytest.raises(SystemExit, match=r"the tests of src/yttria/planning/gate\.py fail on the unchanged source"):
        mutate.main(["planning", "--jobs", "1", "--sample", "1"], root)


def test_every_change_of_a_module_without_tests_has_survived(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(tmp_path, BLIND)
    (root / "tests" / "planning" / "test_gate.py").unlink()
    mutate.main(["planning", "--jobs", "1"], root)
    told = capsys.readouterr().out
    assert f"{GATE}:12: " in told
    assert told.count(": no test runs it") == 4
    assert "all                                0         0         0         0         4   0%" in told


def test_what_the_mirrored_tests_miss_is_held_against_those_of_the_wing_that_run_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tree(tmp_path, BLIND)
    (root / "tests" / "planning" / "test_other.py").write_text(SHARP.replace("test_little", "test_much"))
    (root / "tests" / "planning" / "test_red_when_changed.py").write_text(
        "from pathlib import Path\n\nimport yttria.planning\n\n\ndef test_the_text() -> None:\n"
        "    assert 'gy < limit' in Path(yttria.planning.__file__).with_name('gate.py').read_text()\n"
    )
    changes = [c for c in mutate.changes_of(GATE, root) if c.start[0] == 12 and "Comparison" in c.operator]
    outcomes = mutate.run_changes(changes, root, jobs=2, tell=print)
    assert {o.verdict for o in outcomes} == {"killed", "wing"}
    (root / "tests" / "planning" / "test_other.py").unlink()
    blind = mutate.run_changes(changes, root, jobs=1, tell=print)
    assert "survived" in {o.verdict for o in blind}  # test_the_text does not run the function


def test_a_seed_decides_the_sample_and_no_place_is_drawn_twice(tmp_path: Path) -> None:
    changes = mutate.changes_of(GATE, tree(tmp_path, BLIND))
    once, again = mutate.sampled(changes, 3, seed=7), mutate.sampled(changes, 3, seed=7)
    assert once == again
    assert len({change.start for change in once}) == 3
    assert any(mutate.sampled(changes, 3, seed=s) != once for s in range(20))


def test_nothing_that_does_not_run_is_changed(tmp_path: Path) -> None:
    lines = {change.start[0] for change in mutate.changes_of(GATE, tree(tmp_path, BLIND))}
    assert lines == {10, 12}
    columns = {c.start[1] for c in mutate.changes_of(GATE, tree(tmp_path, BLIND)) if c.start[0] == 10}
    assert columns == {MODULE.splitlines()[9].index("30")}


def test_what_the_wing_misses_is_held_against_stories_that_run_it(tmp_path: Path) -> None:
    root = tree(tmp_path, BLIND)
    (root / "tests" / "test_story_doses.py").write_text(SHARP.replace("test_little", "test_much"))
    changes = [c for c in mutate.changes_of(GATE, root) if c.start[0] == 12 and "Comparison" in c.operator]
    outcomes = mutate.run_changes(changes, root, jobs=2, tell=print)
    assert {o.verdict for o in outcomes} == {"killed", "story"}
    assert f"{sum(o.verdict == 'story' for o in outcomes):>10}         0         0   100%" in mutate.summary(
        outcomes, 1
    )


@pytest.mark.parametrize(
    "line",
    [
        "zip(a, b, strict=True)",
        "x: int | str = 1",
        "def f(x: int | str) -> int | str: ...",
        "@cache(size=1 + 1)\nclass A: ...",
    ],
)
def test_annotations_and_decorators_are_felt_by_nothing(line: str) -> None:
    assert list(mutate.unfelt(ast.parse(line)))


@pytest.mark.parametrize("signature", ["(*, x=2 * 3)", "(a=1 * 4, *, x=2 * 3)", "(\n    a,\n    *,\n    x=2 * 3,\n)"])
def test_the_star_before_arguments_by_name_is_felt_by_nothing_and_a_product_beside_it_is(
    signature: str, tmp_path: Path
) -> None:
    root = tree(tmp_path, BLIND)
    (root / GATE).write_text(f"def f{signature}:\n    return x\n")
    places = {c.start for c in mutate.changes_of(GATE, root) if c.operator == "core/ReplaceBinaryOperator_Mul_Div"}
    assert len(places) == signature.count(" * ")


def test_a_module_is_mirrored_by_its_folder_and_name(tmp_path: Path) -> None:
    root = tree(tmp_path, BLIND)
    assert mutate.mirrored_tests(GATE, root) == (Path("tests/planning/test_gate.py"),)
    (root / GATE).write_text('"""Doses.\n\n>>> 1\n1\n"""\n')
    assert mutate.mirrored_tests(GATE, root) == (Path("tests/planning/test_gate.py"), GATE)


@pytest.mark.parametrize("path", ["planning/nothing.py", "tests/planning"])
def test_a_path_outside_the_package_is_refused(path: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=f"expected modules or folders of src/yttria, found {path}"):
        mutate.main([path], tree(tmp_path, BLIND))
