"""The pages of docs/how-to do what they say: their code is written into a copy of the tree, checked and run there."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs" / "how-to").glob("add-*.md"))
STEP = re.compile(r"^(Write|Append to|In) `([^`]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One thing that a page writes: "Write" a new file, "Append to" one, or change a hunk "In" one."""

    verb: str
    path: str
    text: str

    def apply(self, tree: Path) -> None:
        path = tree / self.path
        if self.verb == "Write":
            assert not path.exists(), f"{self.path} is there already: the page appends to it, or takes another name"
            path.write_text(self.text)
        elif self.verb == "Append to":
            apart = "\n\n" if path.suffix == ".py" else "\n"
            path.write_text(path.read_text() + apart + self.text)
        else:
            lines = self.text.splitlines(keepends=True)
            before, after = ("".join(x[1:] for x in lines if x[0] in signs) for signs in (" -", " +"))
            found = path.read_text()
            assert found.count(before) == 1, (
                f"the hunk of {self.path} must be found once, not {found.count(before)} times"
            )
            path.write_text(found.replace(before, after))


def steps(page: Path) -> list[Step]:
    return [Step(*found) for found in STEP.findall(page.read_text())]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield what a page runs, with this interpreter in place of `./run`; `test` runs the tests that it names."""
    for block in COMMANDS.findall(page.read_text()):
        for line in block.splitlines():
            run, verb, *words = shlex.split(line)
            assert run == "./run"
            tests = [*("-m", "pytest", "-q", "-n", "0", "--no-cov", "-p", "no:cacheprovider")]
            yield [sys.executable, *{"test": tests, "python": [], "yttria": ["-m", "yttria"]}[verb], *words]


def copy_of_the_tree(folder: Path) -> Path:
    for name in ("src", "tests", "scripts", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def ran(words: Sequence[str], tree: Path) -> "subprocess.CompletedProcess[str]":
    path = f"PYTHONPATH={tree / 'src'}"
    return subprocess.run(["env", path, *words], cwd=tree, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_works_as_it_is_written_and_its_test_needs_its_source(page: Path, tmp_path: Path) -> None:
    tree, todo = copy_of_the_tree(tmp_path), steps(page)
    tests = [step for step in todo if step.path.startswith("tests/")]
    assert tests
    for step in tests:
        step.apply(tree)
    first = next(commands(page))
    assert "pytest" in first
    without = ran(first, tree)
    assert without.returncode in (1, 2, 4), f"the tests of the page pass without its source:\n{without.stdout}"
    for step in todo:
        if step not in tests:
            step.apply(tree)
    for command in commands(page):
        done = ran(command, tree)
        assert done.returncode == 0, f"{shlex.join(command[1:])}\n{done.stdout}{done.stderr}"


def test_what_all_pages_write_passes_the_checks_of_the_gate(tmp_path: Path) -> None:
    tree = copy_of_the_tree(tmp_path)
    known = Path(".mypy_cache", f"{sys.version_info.major}.{sys.version_info.minor}")
    if (ROOT / known).is_dir():  # as the gate has left it
        shutil.copytree(ROOT / known, tree / known)
    todo = [step for page in PAGES for step in steps(page)]
    for step in todo:
        step.apply(tree)
    sources = sorted({step.path for step in todo if step.path.endswith(".py")})
    tools = Path(sys.executable).parent
    for words in (
        [str(tools / "ruff"), "format", "--check", *sources],
        [str(tools / "ruff"), "check", *sources],
        [str(tools / "lint-imports")],
        [str(tools / "mypy"), *sources],
    ):
        done = ran(words, tree)
        assert done.returncode == 0, f"{words[0]}\n{done.stdout}{done.stderr}"


def test_every_page_is_listed_and_nothing_else_is() -> None:
    listed = re.findall(r"\]\((add-[\w-]+\.md)\)", (ROOT / "docs" / "how-to" / "README.md").read_text())
    assert listed
    assert sorted(listed) == [page.name for page in PAGES]


def test_a_hunk_that_is_not_there_once_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.toml").write_text("[a]\n[a]\n")
    with pytest.raises(AssertionError, match="must be found once, not 2 times"):
        Step("In", "file.toml", " [a]\n+b = 1\n").apply(tmp_path)


def test_a_page_overwrites_no_file(tmp_path: Path) -> None:
    (tmp_path / "file.py").touch()
    with pytest.raises(AssertionError, match="is there already"):
        Step("Write", "file.py", "").apply(tmp_path)
