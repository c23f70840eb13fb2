"""What each package exports: the names that others use of it, written into its `__init__`.

./run python -m scripts.package_exports        write them anew, after a name of a package is first used outside it
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "yttria"
USERS = (SOURCE,)
BY_HAND = ("yttria", "yttria.app.cli", "yttria.data")


def packages() -> list[str]:
    """Return every package whose exports are written by this script."""
    folders = sorted(path.parent for path in SOURCE.rglob("__init__.py"))
    named = [".".join(["yttria", *folder.relative_to(SOURCE).parts]) for folder in folders]
    return [name for name in named if name not in BY_HAND]


def exports(package: str) -> dict[str, list[str]]:
    """Return the names that others import of the modules of a package, by module; packages within it without names.

    A name that several modules make is left to its module.
    """
    folder = _folder(package)
    inner: dict[str, list[str]] = {
        path.name: [] for path in sorted(folder.iterdir()) if (path / "__init__.py").is_file()
    }
    used: dict[str, set[str]] = defaultdict(set)
    for user, module, name in _imports():
        parent, _, last = module.rpartition(".")
        if user.startswith(f"{package}.") or name.startswith("_"):
            continue
        if parent == package:
            used[last].add(name)
        elif module == package and name not in inner and not (folder / f"{name}.py").is_file():
            used[_home(folder, name)].add(name)
    made = [name for module in used for name in used[module] if name in _made_by(folder / f"{module}.py")]
    once = {name for name in made if made.count(name) == 1}
    return inner | {module: sorted(used[module] & once) for module in sorted(used) if used[module] & once}


def _home(folder: Path, name: str) -> str:
    """Return the module of a package that makes a name."""
    return next(path.stem for path in sorted(folder.glob("[a-z]*.py")) if name in _made_by(path))


_SEEN: list[tuple[str, str, str]] = []


def _imports() -> list[tuple[str, str, str]]:
    """Return each import of a name of Yttria: who imports, from which module, what."""
    if not _SEEN:
        for folder in USERS:
            for path in sorted(folder.rglob("*.py")):
                root = "yttria" if folder == SOURCE else folder.name
                user = ".".join([root, *path.relative_to(folder).with_suffix("").parts])
                _SEEN.extend((user, module, name) for module, name in _names_in(path))
    return _SEEN


def _names_in(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("yttria."):
            yield from ((node.module, alias.name) for alias in node.names)


def _made_by(path: Path) -> set[str]:
    """Return the names that a module itself makes."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else ():
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return found


def _folder(package: str) -> Path:
    return SOURCE.joinpath(*package.split(".")[1:])


def written(package: str) -> str:
    """Return the `__init__` of a package: its sentence, and what it exports."""
    text = (_folder(package) / "__init__.py").read_text(encoding="utf-8")
    sentence = ast.get_docstring(ast.parse(text), clean=False)
    names = exports(package)
    if not names:
        return f'"""{sentence}"""\n\n__all__: list[str] = []\n'
    everything = sorted(
        [*(module for module in names if not names[module]), *(name for n in names.values() for name in n)]
    )
    typed = [
        f"    from {package} import {module}" if not named else f"    from {package}.{module} import {', '.join(named)}"
        for module, named in names.items()
    ]
    by_module = {module: " ".join(named) for module, named in names.items()}
    lines = [
        f'"""{sentence}"""',
        "",
        "from typing import TYPE_CHECKING",
        "",
        "from yttria.lazy_exports import set_lazy_exports",
        "",
        "if TYPE_CHECKING:",
        *typed,
        "",
        f"__all__ = {everything!r}",
        "",
        f"set_lazy_exports(__name__, {by_module!r})",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import subprocess
    import sys

    for one in packages():
        (_folder(one) / "__init__.py").write_text(written(one), encoding="utf-8")
    changed = [str(_folder(one) / "__init__.py") for one in packages()]
    subprocess.run([sys.executable, "-m", "ruff", "check", "--fix", "--quiet", *changed], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *changed], check=True)
