"""The grammar of a protocol in docs/analyse.md, written from the model that reads it.

./run python -m scripts.protocol_grammar        write it anew, after a section or key was added or means something else
"""

import datetime as dt
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from yttria.contract.protocol import ProtocolFile

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "analyse.md"
MARKS = ("<!-- written from the model: scripts/protocol_grammar.py -->", "<!-- end of what is written -->")
WORDS = {str: "text", bool: "true or false", int: "number", float: "number", dt.date: "date"}
BOUNDS = (
    (annotated_types.Gt, "gt", "above"),
    (annotated_types.Ge, "ge", "from"),
    (annotated_types.Lt, "lt", "below"),
    (annotated_types.Le, "le", "to"),
)
NAMES = {"populations": "NAME", "labels": "COLUMN", "levels": "COLUMN", "titles": "COLUMN"}


def grammar() -> list[str]:
    """Return the grammar as lines of Markdown: a table of keys for each section, in the order of the model."""
    lines = ["| section and key | value | means |", "|---|---|---|"]
    for name, field in ProtocolFile.model_fields.items():
        lines += _section(name, field)
    return lines


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    """Yield the rows of a section: its name, then its keys."""
    inside, named = _model_in(field.annotation)
    place = f"[{name}.{NAMES.get(name, 'NAME')}]" if named and inside else f"[{name}]"
    if inside is None:
        key, value = _free(field.annotation)
        place = f"[{name}.COLUMN]" if value is None else place
        written = f"`{key} = {value}`" if value else '`"LEVEL" = "words"`'
        yield f"| **`{place}`** | {written} | {field.description} |"
        return
    needed = ", must be there" if field.is_required() else ""
    yield f"| **`{place}`**{needed} | | {field.description} |"
    for key, one in inside.model_fields.items():
        yield _key(one.alias or key, one)


def _key(name: str, field: FieldInfo) -> str:
    """Return the row of a key: what it may hold, what it is where absent, what it means."""
    inside, _ = _model_in(field.annotation)
    keys = ""
    if inside is not None:
        keys = "{ " + ", ".join(f"{one.alias or key} = {_said(one)}" for key, one in inside.model_fields.items()) + " }"
    value = _said(field, keys)
    default = field.get_default(call_default_factory=True)
    absent = "" if field.is_required() or default in ("", None, [], {}) else f"; {_shown(default)} where absent"
    must = "; must be there" if field.is_required() else ""
    return f"| `{name}` | {value}{absent}{must} | {field.description} |"


def _said(field: FieldInfo, keys: str = "") -> str:
    bounds = " ".join(_bounds(field.metadata))
    words = _words(field.annotation, keys)
    return f"{words} {bounds}".strip()


def _words(kind: Any, keys: str = "") -> str:
    """Return a type as words of TOML."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return " ".join([_words(inside[0], keys), *_bounds(inside[1:])])
    if origin is typing.Literal:
        return " \\| ".join(f"`{word}`" for word in inside)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_words(one, keys) for one in inside if one is not type(None)))
    if origin in (list, dict):
        return f"list of {_words(inside[0], keys)}" if origin is list else f"{{ NAME = {_words(inside[1], keys)} }}"
    return WORDS.get(kind) or keys or "table"


def _bounds(metadata: typing.Iterable[Any]) -> Iterator[str]:
    for one in metadata:
        parts = one.metadata if isinstance(one, FieldInfo) else [one]
        for part in parts:
            yield from (f"{word} {getattr(part, name):g}" for kind, name, word in BOUNDS if isinstance(part, kind))


def _shown(value: Any) -> str:
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _model_in(kind: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model inside a type, and whether a name that the user chooses leads to it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind, False
    named = typing.get_origin(kind) is dict
    for one in typing.get_args(kind):
        found, deeper = _model_in(one)
        if found is not None:
            return found, named or deeper
    return None, False


def _free(kind: Any) -> tuple[str, str | None]:
    """Return name and value of a section whose keys are the user's columns; None where they hold a table themselves."""
    value = typing.get_args(kind)[1]
    if typing.get_origin(value) is dict:
        return "COLUMN", None
    return "COLUMN", '"words"' if value is str else '["first", "second"]'


def written(page: str) -> str:
    """Return a page with the grammar between its marks.

    Raises
    ------
    ValueError
        A page without the two marks.
    """
    start, mark, rest = page.partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    if not mark or not end:
        raise ValueError(f"the page must hold {MARKS[0]} and {MARKS[1]}; put them where the grammar belongs")
    return "\n".join([f"{start}{MARKS[0]}", *grammar(), f"{MARKS[1]}{after}"])


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
