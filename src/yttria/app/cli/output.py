"""What every command shares: the JSON envelope, the three-line refusal, quiet progress."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import typer

from yttria.app.cli.interruption import is_interrupted
from yttria.app.provenance import envelope, write_json
from yttria.io.ground.control_characters import ascii_json
from yttria.values.errors import YttriaError

if TYPE_CHECKING:
    from yttria.contract.envelope import Answer

__all__ = ["answer", "envelope", "refusals", "say", "write_document", "write_json_text"]


def say(text: str = "") -> None:
    """Write one line for a person to standard error, where progress and logs belong."""
    sys.stderr.write(text + "\n")


def write_document(document: Mapping[str, Any]) -> None:
    """Write a JSON document to standard output; in ASCII where that is not UTF-8."""
    write_json_text(write_json(document))


def write_json_text(text: str) -> None:
    """Write a text of JSON to standard output; in ASCII where that is not UTF-8."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") not in {"", "utf8"}
    sys.stdout.write(ascii_json(text) if plain else text)


def answer(command: str, done: "Answer[Any]", *, as_json: bool) -> None:
    """Write the answer: one JSON document, or aligned lines for a person."""
    record = done.result.model_dump()
    if as_json:
        write_document(envelope(command, record, done.findings))
        return
    lines = flat(record)
    width = max((len(k) for k in lines), default=0)
    for key, value in lines.items():
        sys.stdout.write(f"{key:<{width}}  {_value_text(value)}\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")


def flat(record: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """Return nested results as one line a value: `looks stages 1 events`."""
    lines: dict[str, Any] = {}
    for key, value in record.items():
        label = f"{name} {key}".strip()
        if isinstance(value, Mapping):
            lines |= flat(value, label)
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for number, part in enumerate(value, start=1):
                lines |= flat(part, f"{label} {number}")
        else:
            lines[label] = value
    return lines


def _value_text(value: Any) -> str:
    """Return a value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(_value_text(v) for v in value)
    return "—" if value is None else str(value)


def _fault_words(error: Exception) -> str:
    """Return what the machine could not do, and what to do; or that the fault is our own."""
    if isinstance(error, MemoryError):
        return "this needs more memory than is free; crop the images, or take a larger machine"
    if isinstance(error, ArithmeticError):
        return (
            "numbers of this input are too large or too small to be reckoned with: they lead to a division by zero or beyond what a number holds. "
            "Check them and their units; if they are right, please report it (YTTRIA_DEBUG=1 shows where it happened)"
        )
    if not isinstance(error, OSError):
        fault = f"this input met a fault of Yttria itself ({type(error).__name__}: {error})"
        return f"{fault}.\nPlease report it; YTTRIA_DEBUG=1 shows where it happened."
    name = error.filename if isinstance(error.filename, str) else ""
    what = f"{PurePath(name).name or name} cannot be read or written" if name else "a file cannot be read or written"
    return f"{what}: {error.strerror or next(iter(str(error).splitlines()), 'input error')}; check the place and its permissions"


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a refusal into one clear message on standard error and exit status 1; YTTRIA_DEBUG=1 shows where."""
    try:
        yield
    except YttriaError as error:
        if is_interrupted():
            raise KeyboardInterrupt from error
        if os.environ.get("YTTRIA_DEBUG"):
            raise
        say(f"refused: {error}")
        raise typer.Exit(1) from None
    except (
        typer.Exit,
        typer.Abort,
        KeyboardInterrupt,
        BrokenPipeError,
    ):  # a closed pipe is the reader's wish, as with head
        raise
    except Exception as error:
        if is_interrupted():
            raise KeyboardInterrupt from error
        if os.environ.get("YTTRIA_DEBUG"):
            raise
        say(f"refused: {_fault_words(error)}")
        raise typer.Exit(1) from None
