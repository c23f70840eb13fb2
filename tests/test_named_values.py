"""A finding and a refusal carry the numbers of its sentence as named values: tests, rules and pages need not read prose."""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import yttria
from yttria.values.errors import YttriaError

SOURCE = Path(yttria.__path__[0])
NUMBER = re.compile(r"[gfe%d]$")
"""How a format of a number ends (`.3g`, `.1%`)."""
MAKERS = {"Finding", "YttriaError", *(kind.__name__ for kind in YttriaError.__subclasses__())}
Function = ast.FunctionDef | ast.Module


def calls_in(path: Path) -> Iterator[tuple[ast.Call, Function]]:
    """Yield each finding and refusal that a module makes, with the innermost function around it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            around = [f for f in functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
            yield node, max(around, key=lambda f: f.lineno, default=tree)


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """Return an argument by its place or its name."""
    return call.args[place] if len(call.args) > place else next((k.value for k in call.keywords if k.arg == name), None)


def assigned(name: str, function: Function, line: int) -> list[ast.expr]:
    """Return what a local variable was last set to before a line, and what it was extended by."""
    before = [n for n in ast.walk(function) if isinstance(n, ast.stmt) and n.lineno <= line]
    set_ = [(n.lineno, n.value) for n in before if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name] + [
        (n.lineno, n.value)
        for n in before
        if isinstance(n, ast.AnnAssign) and n.value and ast.unparse(n.target) == name
    ]
    last, values = max(set_, key=lambda pair: pair[0], default=(line, None))
    more = [
        n.value for n in before if isinstance(n, ast.AugAssign) and ast.unparse(n.target) == name and n.lineno > last
    ]
    return ([] if values is None else [values]) + more


def names(node: ast.AST) -> set[str]:
    """Return the names of an expression that stand for something measured: no functions of Python, no constants."""
    called = {n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    seen = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return {name for name in seen - called if not hasattr(builtins, name) and not name.lstrip("_").isupper()}


def parts(node: ast.AST) -> set[str]:
    """Return what an expression is put together of, each as it is written: `option.doses_gy[name]`, `value`."""
    if isinstance(node, ast.Name):
        return {node.id} if names(node) else set()
    whole = {ast.unparse(node)} if isinstance(node, ast.Attribute | ast.Subscript | ast.Call) else set()
    if isinstance(node, ast.Attribute | ast.Subscript):
        return whole if names(node) else set()
    return whole.union(*(parts(child) for child in ast.iter_child_nodes(node)))


def origins(node: ast.expr, function: Function, line: int, depth: int = 2) -> set[str]:
    """Return the parts of an expression and of what its local variables were set to."""
    found = parts(node)
    if depth:
        for name in names(node):
            for text in assigned(name, function, line):
                found |= origins(text, function, max(text.lineno - 1, 1), depth - 1)
    return found


def called(call: ast.Call, functions: Sequence[ast.FunctionDef]) -> ast.FunctionDef | None:
    """Return the function of the same module that a call runs, if it is one."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", None)
    return next((f for f in functions if f.name == name), None)


def says_numbers(function: ast.FunctionDef, functions: Sequence[ast.FunctionDef], depth: int = 2) -> bool:
    """Tell whether a function returns text that formats a number, by itself or by what it calls."""
    for node in ast.walk(function):
        text = node.value if isinstance(node, ast.Return) else None
        if text is None or any(isinstance(n, ast.Call) and getattr(n.func, "id", "") in MAKERS for n in ast.walk(text)):
            continue
        if any(True for _ in numbers(text, function, text.lineno)):
            return True
        inner = [
            f for n in ast.walk(text) if isinstance(n, ast.Call) and (f := called(n, functions)) not in {None, function}
        ]
        if depth and any(f is not None and says_numbers(f, functions, depth - 1) for f in inner):
            return True
    return False


def is_count(node: ast.expr) -> bool:
    """Tell whether an expression counts things: `len(rows)`, `int(mask.sum())`, `len(rows) - 1`."""
    if isinstance(node, ast.BinOp):
        return is_count(node.left) or is_count(node.right)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"len", "int", "sum"}


def numbers(message: ast.expr, function: Function, line: int) -> Iterator[ast.expr]:
    """Yield each number that a sentence formats, in the texts too that it is put together of; not those of a list of things."""
    each = {n for c in ast.walk(message) if isinstance(c, ast.comprehension) for n in names(c.target)}
    for node in ast.walk(message):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            form = "".join(str(v.value) for v in node.format_spec.values if isinstance(v, ast.Constant))
            if NUMBER.search(form) and names(node.value) and not names(node.value) & each:
                yield node.value
        elif isinstance(node, ast.FormattedValue) and is_count(node.value) and not names(node.value) & each:
            yield node.value
        elif isinstance(node, ast.Name) and node.id not in each:
            for text in assigned(node.id, function, line):
                if any(isinstance(part, ast.JoinedStr) for part in ast.walk(text)) and text is not message:
                    yield from numbers(text, function, text.lineno - 1)


def unnamed(path: Path) -> dict[str, list[str]]:
    """Return the numbers of each sentence that no value beside it names, and the calls that format one where there are no values."""
    lacks: dict[str, list[str]] = {}
    functions = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)]
    for call, function in calls_in(path):
        is_finding = isinstance(call.func, ast.Name) and call.func.id == "Finding"
        message = argument(call, 2 if is_finding else 0, "message")
        values = argument(call, 3 if is_finding else len(call.args), "values")
        line = call.lineno
        given = set() if values is None else origins(values, function, line)
        if message is not None:
            bare = [ast.unparse(n) for n in numbers(message, function, line) if not origins(n, function, line) & given]
            if values is None:
                texts = [message, *(t for n in names(message) for t in assigned(n, function, line))]
                inner = [n for text in texts for n in ast.walk(text) if isinstance(n, ast.Call)]
                bare += [ast.unparse(n) for n in inner if (f := called(n, functions)) and says_numbers(f, functions)]
            if bare:
                lacks[f"{path.name}:{call.lineno}"] = bare
    return lacks


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_number_that_a_finding_or_refusal_says_is_among_its_values(path: Path) -> None:
    assert unnamed(path) == {}


@pytest.mark.parametrize(
    ("body", "lacks"),
    [
        ('Finding("note", "a", f"{dose:.1f} Gy")', ["dose"]),
        ('Finding("note", "a", f"{dose:.1f} Gy", {"dose_gy": dose})', []),
        ('Finding("note", "a", f"{dose:.1f} of {limit:g} Gy", {"dose_gy": dose})', ["limit"]),
        ('text = f"{dose:.1f} Gy"\n    Finding("note", "a", f"too much: {text}")', ["dose"]),
        ('values = {"dose_gy": dose}\n    Finding("note", "a", f"{dose:.1f} Gy", values)', []),
        ('Finding("note", "a", ", ".join(f"{d:.1f} Gy" for d in doses))', []),
        ('Finding("note", "a", f"{name} is absent")', []),
        ('Finding("note", "a", f"{len(doses)} doses")', ["len(doses)"]),
        ('Finding("note", "a", f"{len(doses) - 1} more", {"more": len(doses) - 1})', []),
        ('Finding("note", "a", f"{name.dose_gy:.1f} Gy", {"name": name.text})', ["name.dose_gy"]),
        ('Finding("note", "a", f"at {words(dose)}")', ["words(dose)"]),
        ('text = sentence(dose)\n    Finding("note", "a", text)', ["sentence(dose)"]),
        ('Finding("note", "a", f"at {words(dose)}", {"dose_gy": dose})', []),
        ('Finding("note", "a", plain(name))', []),
        ('raise PlanError(f"{dose:.1f} Gy", code="a")', ["dose"]),
        ('raise PlanError(f"{dose:.1f} Gy", code="a", values={"dose_gy": dose})', []),
    ],
)
def test_the_rule_sees_numbers_and_values(body: str, lacks: list[str], tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    helpers = 'def words(x):\n    return f"{x:.1f} Gy"\n\ndef sentence(x):\n    return "at " + words(x)\n\ndef plain(x):\n    return f"of {x}"\n'
    path.write_text(f"{helpers}\ndef check(dose, limit, doses, name):\n    {body}\n", encoding="utf-8")
    assert [number for numbers in unnamed(path).values() for number in numbers] == lacks
