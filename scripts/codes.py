"""Every code of a refusal and of a finding with its sentences, in docs/codes.md, read from the source.

./run python -m scripts.codes        write it anew, after a refusal or a finding was added or says something else
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yttria.values import errors

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "yttria"
PAGE = ROOT / "docs" / "codes.md"
CLASSES = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, errors.YttriaError)}
LONGEST = 160
HEAD = """# Codes of refusals and findings

A refusal (exit status 1, nothing is written) and a finding (in every JSON document and report) carry a code beside their sentence. Rules, tests and programs
use the code; a sentence may be said better one day. Read from the source by `./run python -m scripts.codes`; `…` stands for what is found in a case.
"""


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """One place that refuses or finds: its code, what kind it is (a class of refusals, or a level of findings), its words."""

    code: str
    kind: str
    words: str
    module: str


def refusals() -> list[Sentence]:
    """Return every refusal that states a code."""
    return sorted({one for path in _files() for one in _refusals_in(path)})


def findings() -> list[Sentence]:
    """Return every finding whose code stands in the source."""
    return sorted({one for path in _files() for one in _findings_in(path)})


def _files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.func.id if isinstance(node.func, ast.Name) else node.func.attr, node


def _refusals_in(path: Path) -> Iterator[Sentence]:
    for name, call in _calls(path):
        code = next((_text(word.value) for word in call.keywords if word.arg == "code"), "")
        if name in CLASSES and code and "…" not in code and call.args:
            yield Sentence(code, name, _text(call.args[0]), _module(path))
        elif name == "require_file" and code:
            what = next((_text(word.value) for word in call.keywords if word.arg == "what"), "…")
            yield Sentence(code, "IntakeError", f"expected {what} at …, but there is no such file; …", _module(path))


def _findings_in(path: Path) -> Iterator[Sentence]:
    for name, call in _calls(path):
        texts = [_text(argument) for argument in call.args]
        if name == "Finding" and len(texts) > 2 and "…" not in texts[1]:
            yield Sentence(texts[1], _level(texts[0]), texts[2], _module(path))
        elif name == "add_finding" and len(texts) > 1 and "…" not in texts[0]:
            yield Sentence(texts[0], _level(texts[2] if len(texts) > 2 else "warning"), texts[1], _module(path))


def _level(text: str) -> str:
    return text if text in errors.LEVELS else "by what is found"


def _module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


def _text(node: ast.expr) -> str:
    """Return a text of the source; … stands for each value in it, and for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return "…"


def page() -> str:
    """Return the whole page."""
    return "\n".join([HEAD, "## Refusals", *_table(refusals()), "", "## Findings", *_table(findings()), ""])


def _table(sentences: list[Sentence]) -> Iterator[str]:
    """Yield a row for each code, with its kinds and its first sentence."""
    by_code: dict[str, list[Sentence]] = defaultdict(list)
    for one in sentences:
        by_code[one.code].append(one)
    yield "\n| code | kind | sentence | modules |\n|---|---|---|---|"
    for code, same in by_code.items():
        words = min((one.words for one in same), key=lambda text: (text == "…", text))
        kinds, modules = (
            ", ".join(dict.fromkeys(sorted(values))) for values in zip(*((o.kind, o.module) for o in same), strict=True)
        )
        yield f"| `{code}` | {kinds} | {_cell(words)} | {modules} |"


def _cell(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|")
    return line if len(line) <= LONGEST else line[:LONGEST].rsplit(" ", 1)[0] + " …"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
