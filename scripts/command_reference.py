"""Every command with its options and the keys of its result, in docs/commands.md, written from the models of the contract.

./run python -m scripts.command_reference        write it anew, after an option or key was added or means something else
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from typer.main import get_command

from yttria.app.cli.root import COMMANDS, app, command_requests
from yttria.contract.base import Argument, OptionName, Request, options_of
from yttria.contract.schema import RESULTS, schema_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "commands.md"
HEAD = """# Commands

Every option of every command, and every key under `result` of its JSON document (`--json`), with units and meaning. Written from the models that
check them (`yttria.contract`) by `./run python -m scripts.command_reference`; the same words are the help of the command line and the descriptions of
`yttria schema COMMAND`. Every command also takes `--json` and `--help`.

A key in *italics* is absent where it was not asked for. A number may be null where it does not exist.
"""


def page() -> str:
    """Return the whole page."""
    requests = command_requests()
    lines = [HEAD]
    for name in COMMANDS:
        lines += _command(name, {key: r for key, r in sorted(requests.items()) if key.split()[0] == name})
    return "\n".join(lines).rstrip() + "\n"


def _command(name: str, requests: Mapping[str, type[Request]]) -> Iterator[str]:
    """Yield the section of a command: its options, or those of each of its own commands, then its results."""
    yield f"\n## {name}\n\n{COMMANDS[name]}"
    for key, request in requests.items():
        if " " in key:
            yield f"\n### {key}\n\n{_help(key)}"
        yield from options_table(request)
        if " " in key and key in RESULTS:
            yield from result_tables(key)
    if name in RESULTS:
        yield from result_tables(name)


def _help(command: str) -> str:
    """Return what the command line says of a command."""
    found: Any = get_command(app)
    context = found.make_context("yttria", [], resilient_parsing=True)
    for word in command.split():
        found = found.get_command(context, word)
    return str(found.help)


def options_table(request: type[Request]) -> Iterator[str]:
    """Yield the table of a request: one row an argument or option."""
    yield "\n| argument or option | value | meaning |\n|---|---|---|"
    for name, field in options_of(request).items():
        given = next((str(m) for m in field.metadata if isinstance(m, OptionName)), "--" + name.replace("_", "-"))
        written = name.upper() if any(isinstance(m, Argument) for m in field.metadata) else given
        yield f"| `{written}` | {_value(field)} | {_cell(field.description or '')} |"


def _value(field: FieldInfo) -> str:
    """Return what an option takes, and what it is where it is left out."""
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        return f"{_word(field.annotation)}, needed"
    absent = default is None or default in ((), [], False)
    return _word(field.annotation) + ("" if absent else f"; {_shown(default)} where left out")


def _shown(default: object) -> str:
    return f"`{','.join(str(v) for v in default)}`" if isinstance(default, tuple | list) else f"`{default}`"


def _word(kind: Any) -> str:
    """Return the type of an option in words."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return " or ".join(_word(one) for one in inside if one is not NoneType)
    if inside and all(isinstance(one, str) for one in inside):
        return " \\| ".join(f"`{one}`" for one in inside)
    if origin in (tuple, list):
        return f"{_word(inside[0])}s with commas" if origin is tuple else f"{_word(inside[0])}, may be given again"
    if hasattr(kind, "__metadata__"):
        return _word(inside[0])
    return {Path: "path", int: "whole number", float: "number", bool: "yes where given"}.get(kind, "text")


def result_tables(command: str) -> Iterator[str]:
    """Yield a table of keys for the result of a command, and one for each part that it refers to."""
    schema: Any = schema_of(command)
    whole, parts = schema["properties"]["result"], schema["$defs"]
    titles = {name: part.get("title", name) for name, part in parts.items()}
    tables = [whole] if "properties" in whole else []
    written = [
        *(("", table) for table in tables),
        *((titles[name], part) for name, part in parts.items() if "properties" in part),
    ]
    for title, table in written:
        yield f"\n**{title or 'result'}** — {_cell(table.get('description', ''))}\n\n| key | type | meaning |\n|---|---|---|"
        needed = table.get("required", [])
        for key, part in table["properties"].items():
            name = f"`{key}`" if key in needed else f"*`{key}`*"
            yield f"| {name} | {_cell(_type(part))} | {_cell(part.get('description', ''))} |"


def _type(part: Mapping[str, Any]) -> str:
    """Return the type of a key in words; a part of the result by its name."""
    if "$ref" in part:
        return str(part["$ref"]).rsplit("/", 1)[-1]
    if "const" in part or "enum" in part:
        return " | ".join(f"`{word}`" for word in part.get("enum", [part.get("const")]))
    if "anyOf" in part:
        return " or ".join(dict.fromkeys(_type(one) for one in part["anyOf"]))
    if part.get("type") == "array":
        return f"list of {_type(part.get('items', {}))}"
    if part.get("type") == "object":
        return f"by name: {_type(part.get('additionalProperties', {}))}"
    kind = str(part.get("type", "any"))
    return {"integer": "whole number", "string": "text", "boolean": "true or false"}.get(kind, kind)


def _cell(text: str) -> str:
    """Return words for a cell of a table: one line, its bars not columns."""
    return " ".join(text.split()).replace("|", "\\|").replace("\\\\|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
