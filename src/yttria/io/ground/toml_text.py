"""TOML that a person wrote: read to limits, so that no file keeps a program busy."""

import re
import tomllib
from pathlib import Path
from typing import Any

from yttria.io.ground.regular_files import text_within
from yttria.values.errors import IntakeError

MOST_BYTES = 1 << 20  # a case file or a protocol has a few kilobytes
MOST_NESTED = 16  # brackets within each other, or names in one dotted key: a file of ours has 3
_DOTTED = re.compile(rf"(?<![\w.'\"-])(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MOST_NESTED},}}")
_STRINGS = re.compile(r'"""(?s:.*?)"""|\'\'\'(?s:.*?)\'\'\'|"(?:[^"\\\n]|\\.)*+"|\'[^\'\n]*+\'|#[^\n]*+')


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, UTF-8 with or without a byte-order mark.

    Raises
    ------
    IntakeError
        No regular file, more than a mebibyte, no UTF-8, no TOML, nested beyond reason, a number of thousands of digits.
    """
    try:
        text = text_within(path, MOST_BYTES)
        _require_shallow(text, path.name)
        return tomllib.loads(text)
    except (ValueError, OSError, RecursionError) as error:
        why = f"{error.strerror} (the file cannot be read)" if isinstance(error, OSError) else str(error)
        raise IntakeError(f"{path.name} must be TOML, but {why}; correct that line", code="toml-value") from error


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
