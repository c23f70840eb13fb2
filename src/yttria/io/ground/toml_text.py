"""TOML that a person wrote: read to limits, so that no file keeps a program busy."""

import math
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from yttria.io.ground.regular_files import text_within
from yttria.values.errors import IntakeError

MOST_BYTES = 1 << 20  # a case file or a protocol has a few kilobytes
MOST_NESTED = 16  # brackets within each other, or names in one dotted key: a file of ours has 3
MOST_DIGITS = 100  # of a number, or a bare name: a double in full has 24, a UID 64
_DOTTED = re.compile(rf"(?<![\w.'\"-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MOST_NESTED},}}")
_DIGITS = re.compile(rf"[\d_]{{{MOST_DIGITS + 1}}}")
_STRINGS = re.compile(r'"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+')


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, UTF-8 with or without a byte-order mark.

    Raises
    ------
    IntakeError
        No regular file, more than a mebibyte, no UTF-8, no TOML, nested beyond reason, a number of more than a hundred digits, infinite or none.
    """
    try:
        text = text_within(path, MOST_BYTES)
        _require_shallow(text, path.name)
        held = tomllib.loads(text)
    except (ValueError, OSError, RecursionError) as error:
        why = f"{error.strerror} (the file cannot be read)" if isinstance(error, OSError) else str(error)
        raise IntakeError(f"{path.name} must be TOML, but {why}; correct that line", code="toml-value") from error
    _require_finite(held, path.name)
    return held


def _require_finite(value: object, name: str, keys: Sequence[str] = ()) -> None:
    """Refuse a number that is infinite (1e400 is) or none, with the key that holds it."""
    if isinstance(value, dict):
        for key, held in value.items():
            _require_finite(held, name, (*keys, str(key)))
    elif isinstance(value, list):
        for held in value:
            _require_finite(held, name, keys)
    elif isinstance(value, float) and not math.isfinite(value):
        section = f"[{'.'.join(keys[:-1])}] " if keys[:-1] else ""
        raise IntakeError(
            f"{name}: {section}{keys[-1]}: input should be a finite number, but is {value}; correct it",
            code="toml-value",
            values={"value": value},
        )


def _require_shallow(text: str, name: str) -> None:
    """Refuse what a parser would take for ever for, or would fall over: brackets in brackets, keys of many parts."""
    bare = _STRINGS.sub("s", text)
    depth = most = 0
    for sign in re.findall(r"[\[\]{}]", bare):
        depth += 1 if sign in "[{" else -1
        most = max(most, depth)
    if most > MOST_NESTED or _DOTTED.search(bare):
        raise IntakeError(
            f"{name} must nest at most {MOST_NESTED} levels, but nests more; write it flat", code="toml-value"
        )
    if _DIGITS.search(bare):
        raise IntakeError(
            f"numbers of {name} must have at most {MOST_DIGITS} digits, but one has more; correct it", code="toml-value"
        )
