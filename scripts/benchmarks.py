"""The programs of benchmarks/: listed, or run one after another into docs/speed.md.

    ./run bench          the name of each program and what it measures
    ./run bench all      run all of them, write the page

A program is a file of benchmarks/ that can be run by itself. It prints Markdown: the page holds its docstring and what it printed,
and no figure that no program printed. A program that fails, or that is ended after its time, is on the page with what it printed and
why it ended, and the command then ends with 1.
"""

import ast
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ALLOWED_S = 240.0
"""Seconds after which a program is ended: all of them together then end within a quarter of an hour on a quiet machine, and end on any."""
HEAD = """# How fast, how exact, beside whom

Written by `./run bench all`: every figure below was printed by the program above it, in one run on one machine. Each program runs
Yttria and its peers in turn on the same work; a ratio in bold is one where the peer is faster. `./run bench NAME` runs one program.
"""


@dataclass(frozen=True)
class Program:
    """A program of benchmarks/: its file and its docstring."""

    path: Path
    docstring: str

    @property
    def name(self) -> str:
        """Return the name that `./run bench NAME` takes."""
        return self.path.stem

    @property
    def title(self) -> str:
        """Return the first line of the docstring."""
        return self.docstring.partition("\n")[0]

    @property
    def method(self) -> str:
        """Return the docstring below its first line."""
        return self.docstring.partition("\n")[2].strip()


def programs(folder: Path) -> tuple[Program, ...]:
    """Return the files of a folder that can be run by themselves, in the order of their names."""
    found = []
    for path in sorted(folder.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(part, ast.If) and "__main__" in ast.unparse(part.test) for part in tree.body):
            found.append(Program(path, ast.get_docstring(tree) or ""))
    return tuple(found)


def listing(found: Iterable[Program]) -> str:
    """Return a line a program: its name and what it measures."""
    found = tuple(found)
    width = max(len(program.name) for program in found)
    return "\n".join(f"{program.name:<{width}}  {program.title}" for program in found)


def section(program: Program, printed: str, why: str) -> str:
    """Return a program's part of the page: its docstring, what it printed, and why it ended too early where it did."""
    failed = f"\n\n**{why}.**" if why else ""
    return f"## {program.title}\n\n`./run bench {program.name}`\n\n{program.method}\n\n{printed.strip()}{failed}\n"


def printed_by(program: Program, *, allowed_s: float = ALLOWED_S) -> tuple[str, str]:
    """Return what a program prints, and why it ended before its end; empty where it did not.

    It is ended with all that it started, once it has had its time.
    """
    running = subprocess.Popen(
        [sys.executable, str(program.path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(program.path.parent), "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
    with running:
        try:
            printed, _ = running.communicate(timeout=allowed_s)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            printed, _ = running.communicate()
            return printed, f"This program was ended after {allowed_s:g} s"
    return printed, f"This program ended with status {running.returncode}" if running.returncode else ""


def run_all(
    found: Sequence[Program], page: Path, *, tell: Callable[[str], object] = print, allowed_s: float = ALLOWED_S
) -> int:
    """Run the programs one after another, write the page, and return 0, or 1 where one of them failed."""
    sections, failures = [], []
    for program in found:
        tell(f"{program.name}: {program.title}")
        printed, why = printed_by(program, allowed_s=allowed_s)
        tell(printed)
        sections.append(section(program, printed, why))
        if why:
            failures.append(program.name)
    draft = page.with_name(f".{page.name}.draft")
    draft.write_text("\n".join([HEAD, *sections]), encoding="utf-8")
    draft.replace(page)
    if failures:
        tell(f"failed: {', '.join(failures)}; the page says so")
    return 1 if failures else 0


def main() -> int:
    """List the programs, or run them all with the word `all`."""
    found = programs(ROOT / "benchmarks")
    if sys.argv[1:] == ["all"]:
        return run_all(found, ROOT / "docs" / "speed.md")
    print(listing(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
