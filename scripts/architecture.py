"""docs/architecture.md and its picture, drawn from the imports.

    ./run python -m scripts.architecture        write both anew, after a folder was added or imports another one for the first time

The floors are those of the law (the first contract of import-linter in pyproject.toml). Inside a floor a folder lies above what it
imports, lazy imports included. An arrow that a longer way already says is left out.
"""

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "yttria"
MARKS = ("<!-- drawn from the imports: scripts/architecture.py -->", "<!-- end of what is drawn -->")

WIDTH, MARGIN, GAP = 1080.0, 20.0, 10.0
BOX, ROW, HEAD = 34.0, 62.0, 26.0  # height of a box, from one row of boxes to the next, of a wing's title
STYLE = """
  text { font: 13px "Source Sans 3", "Segoe UI", Helvetica, sans-serif; fill: #1d2733; text-anchor: middle; dominant-baseline: central }
  .title { font-weight: 600; fill: #44546a; text-anchor: start }
  .name { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round }
  .floor { fill: #f4f6f9; stroke: none }
  .box { fill: #ffffff; stroke: #8796a9; stroke-width: 1 }
  .arrow { stroke: #2f6f9f; stroke-width: 1.2; fill: none; opacity: 0.75; marker-end: url(#tip) }
"""

Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Box:
    """A folder in the picture: left, top, width, px."""

    name: str
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """Return the middle across, px."""
        return self.x + self.width / 2


OF_ALL = frozenset({"lazy_exports"})
"""Modules that belong to no folder: every package sets its exports by them."""


def folder_of(module: str, split: frozenset[str]) -> str:
    """Return the folder that a module counts to: of the second level inside the packages of `split`; empty for the public face."""
    parts = module.split(".")[1:]
    if not parts or parts[0].startswith("__") or parts[0] in OF_ALL:
        return ""
    return ".".join(parts[:2]) if parts[0] in split and len(parts) > 1 else parts[0]


def folder_imports(source: Path, package: str = PACKAGE) -> Imports:
    """Return the folders that each folder imports, itself left out.

    Parameters
    ----------
    source
        The folder that holds the package.
    package
        Its name.
    """
    sys.path.insert(0, str(source))
    try:
        graph = grimp.build_graph(package, cache_dir=None)
    finally:
        sys.path.remove(str(source))
    inner = {m for m in graph.modules if m.count(".") == 1}
    split = frozenset(m.split(".")[1] for m in inner if any(graph.find_children(c) for c in graph.find_children(m)))
    found: dict[str, set[str]] = {}
    for module in sorted(graph.modules):
        mine = folder_of(module, split)
        if not mine or mine in split:
            continue
        found.setdefault(mine, set())
        for other in graph.find_modules_directly_imported_by(module):
            theirs = folder_of(other, split)
            if theirs and theirs not in split and theirs != mine:
                found[mine].add(theirs)
    return {name: frozenset(others) for name, others in found.items()}


def reachable(imports: Imports, start: str) -> frozenset[str]:
    """Return all folders that a folder reaches by its imports and theirs."""
    seen: set[str] = set()
    waiting = list(imports.get(start, ()))
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting.extend(imports.get(name, ()))
    return frozenset(seen)


def nearest(imports: Imports) -> Imports:
    """Return the imports without those that a longer way already says.

    Examples
    --------
    >>> {name: sorted(below) for name, below in nearest({"a": {"b", "c"}, "b": {"c"}, "c": set()}).items()}
    {'a': ['b'], 'b': ['c'], 'c': []}
    """
    return {
        name: frozenset(o for o in others if not any(o in reachable(imports, between) for between in others - {o}))
        for name, others in imports.items()
    }


def heights(imports: Imports, among: Iterable[str]) -> dict[str, int]:
    """Return how high each of these folders lies above the lowest that it imports among them."""
    names = frozenset(among)

    def height(name: str) -> int:
        return 1 + max((height(below) for below in imports[name] & names), default=-1)

    return {name: height(name) for name in sorted(names)}


def floors(pyproject: Path) -> tuple[tuple[str, ...], ...]:
    """Return the floors of the law, the highest first, each with the packages that stand on it side by side."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers" and "containers" not in c)
    return tuple(tuple(p.strip().partition(".")[2] for p in layer.split("|")) for layer in layers)


def boxes(imports: Imports, law: Sequence[Sequence[str]]) -> tuple[list[Box], list[Box], float]:
    """Return the boxes of the folders, the boxes of the wings around them, and the height of the picture, px."""
    inner, outer, top = [], [], MARGIN
    for floor in law:
        parts = {p: [n for n in imports if n == p or n.startswith(f"{p}.")] for p in floor}
        parts = {p: names for p, names in parts.items() if names}
        rows = {p: Counter(heights(imports, names).values()) for p, names in parts.items()}
        tall = (
            HEAD + max(map(len, rows.values())) * ROW - (ROW - BOX) + GAP
            if list(parts.values()) != [[p] for p in parts]
            else BOX
        )
        share = {p: 1 + max(row.values()) for p, row in rows.items()}
        left, free = MARGIN, WIDTH - 2 * MARGIN - GAP * (len(parts) - 1)
        for part, names in parts.items():
            wide = free * share[part] / sum(share.values())
            if names != [part]:
                outer.append(Box(part, left, top, wide))
            inner += _rows(names, imports, Box(part, left, top + tall, wide), bare=tall == BOX)
            left += wide + GAP
        top += tall + (ROW - BOX)
    return inner, outer, top - (ROW - BOX) + MARGIN


def _rows(names: Sequence[str], imports: Imports, floor: Box, *, bare: bool) -> list[Box]:
    """Return the boxes of one wing, each row shared by the folders of one height; `floor.y` is the wing's foot."""
    at: dict[int, list[str]] = {}
    for name, height in heights(imports, names).items():
        at.setdefault(height, []).append(name)
    pad = 0 if bare else GAP
    found = []
    for height, row in at.items():
        wide = (floor.width - 2 * pad - 6 * (len(row) - 1)) / len(row)
        y = floor.y - pad - BOX - height * ROW
        found += [Box(name, floor.x + pad + k * (wide + 6), y, wide) for k, name in enumerate(row)]
    return found


def picture(imports: Imports, law: Sequence[Sequence[str]]) -> str:
    """Return the picture as SVG: a box a folder, an arrow to each that it stands on."""
    inner, outer, height = boxes(imports, law)
    place = {box.name: box for box in inner}
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}" role="img" aria-label="Folders of Yttria, each above those that it imports">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#2f6f9f"/></marker></defs>',
        f'<rect width="{WIDTH:g}" height="{height:g}" fill="#ffffff"/>',
    ]
    foot = {part.name: max(b.y for b in inner if b.name.startswith(f"{part.name}.")) + BOX + GAP for part in outer}
    for part in outer:
        lines.append(
            f'<rect class="floor" x="{part.x:.1f}" y="{part.y:.1f}" width="{part.width:.1f}" height="{foot[part.name] - part.y:.1f}" rx="6"/>'
        )
        lines.append(
            f'<text class="title" x="{part.x + GAP:.1f}" y="{part.y + HEAD / 2:.1f}">{escape(part.name)}</text>'
        )
    lines += [
        f'<rect class="box" x="{b.x:.1f}" y="{b.y:.1f}" width="{b.width:.1f}" height="{BOX:g}" rx="4"/>' for b in inner
    ]
    lines += [_arrow(place[a], place[b]) for a, below in sorted(nearest(imports).items()) for b in sorted(below)]
    lines += [
        f'<text class="name" x="{b.middle:.1f}" y="{b.y + BOX / 2:.1f}">{escape(b.name.partition(".")[2] or b.name)}</text>'
        for b in inner
    ]
    return "\n".join([*lines, "</svg>", ""])


def _arrow(upper: Box, lower: Box) -> str:
    """Return an arrow from the foot of one box to the head of another, straight down where they overlap."""
    left, right = max(upper.x, lower.x) + 8, min(upper.x + upper.width, lower.x + lower.width) - 8
    start, end = ((left + right) / 2,) * 2 if left < right else (upper.middle, lower.middle)
    return (
        f'<path class="arrow" d="M{start:.1f} {upper.y + BOX:.1f} {end:.1f} {lower.y - 1:.1f}"/>'
        if lower.y > upper.y
        else f'<path class="arrow upward" d="M{start:.1f} {upper.y:.1f} {end:.1f} {lower.y + BOX:.1f}"/>'
    )


def holds(source: Path, folder: str) -> str:
    """Return the first line of a folder's docstring."""
    text = (source / PACKAGE / folder.replace(".", "/") / "__init__.py").with_suffix(".py")
    path = text if text.exists() else source / PACKAGE / f"{folder.replace('.', '/')}.py"
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def table(imports: Imports, source: Path, law: Sequence[Sequence[str]]) -> str:
    """Return the folders from the top down: what each holds, and the nearest below it that it imports."""
    order = [part for floor in law for part in floor]
    high = {part: heights(imports, [n for n in imports if n.partition(".")[0] == part]) for part in order}
    names = sorted(imports, key=lambda n: (order.index(n.partition(".")[0]), -high[n.partition(".")[0]][n], n))
    below = nearest(imports)
    rows = [f"| `{n}` | {holds(source, n)} | {', '.join(f'`{b}`' for b in sorted(below[n])) or '—'} |" for n in names]
    return "\n".join(["| folder | what it holds | stands on |", "|---|---|---|", *rows])


def page(text: str, drawn: str) -> str:
    """Return a page with what is drawn put between its marks."""
    start, end = MARKS
    before, after = text.partition(start)[0], text.partition(end)[2]
    return f"{before}{start}\n{drawn}\n{end}{after}"


def drawn_files(root: Path) -> dict[Path, str]:
    """Return the page and the picture as they have to be, by their paths."""
    source, law = root / "src", floors(root / "pyproject.toml")
    imports = folder_imports(source)
    path = root / "docs" / "architecture.md"
    return {
        path: page(path.read_text(encoding="utf-8"), table(imports, source, law)),
        root / "docs" / "architecture.svg": picture(imports, law),
    }


def main() -> None:
    """Write the page and the picture anew."""
    for path, text in drawn_files(ROOT).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
