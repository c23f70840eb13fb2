"""A function that no longer fits a page is split by the nouns in it."""

import ast
from pathlib import Path

import yttria

SOURCE = Path(yttria.__path__[0])
MOST = 60
"""Lines of a function besides its docstring."""


def lines_of(function: ast.FunctionDef) -> int:
    """Return how many lines a function has, its decorators and docstring left out."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    is_docstring = ast.get_docstring(function) is not None
    return lines - ((first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0)


def test_every_function_fits_a_page() -> None:
    found = {
        f"{path.relative_to(SOURCE).as_posix()}:{node.name}": lines
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (lines := lines_of(node)) > MOST
    }
    assert found == {}
