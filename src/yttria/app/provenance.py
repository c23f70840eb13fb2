"""The impure facts: version, platform; and the envelope that carries them beside every result."""

import math
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from yttria import __version__
from yttria.io.ground.control_characters import escaped_control
from yttria.values.errors import Finding, ranked

RESEARCH_USE = "For research use only. Not a medical device; not for clinical decisions."
MANY = 1000
"""Numbers of a list from which on they are looked at together."""
SIGNIFICANT = sys.float_info.dig
LIBRARIES = ("numpy", "scipy", "numba", "pydicom")


def provenance() -> dict[str, Any]:
    """Return what made a result: versions of Yttria, Python and the libraries that touch a number."""
    from importlib.metadata import version  # noqa: PLC0415  costs more than the help of a command

    return {
        "version": __version__,
        "python": platform.python_version(),
        "platform": sys.platform,
        "libraries": {name: getattr(sys.modules.get(name), "__version__", None) or version(name) for name in LIBRARIES},
        "notice": RESEARCH_USE,
    }


def plain(value: Any) -> Any:
    """Return `value` as JSON knows it: arrays as lists, what is not finite as null.

    Numbers have the fifteen digits that a double carries in any case: 0.9, not 0.8999999999999999.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT}g}") if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        if set(map(type, value)) == {float}:
            return _plain_numbers(list(value))
        return [plain(v) for v in value]
    return value


def _plain_numbers(values: Sequence[float]) -> list[float | None]:
    """Return numbers with fifteen digits, null where one is not finite.

    Of a curve's million numbers most are times and counts: k / 10^6 with a whole k below 10^15 has no more than fifteen digits as it is.
    """
    plain: list[float | None] = list(values)
    others: Iterable[int] = range(len(plain))
    if len(plain) >= MANY:
        import numpy as np  # noqa: PLC0415  a short list needs none

        numbers = np.asarray(values)
        with np.errstate(all="ignore"):
            short = (np.abs(numbers) < 1e9) & (np.rint(numbers * 1e6) / 1e6 == numbers)
        others = np.flatnonzero(~short).tolist()
    for i in others:
        plain[i] = float(f"{values[i]:.{SIGNIFICANT}g}") if math.isfinite(values[i]) else None
    return plain


def envelope(command: str, result: Mapping[str, Any], findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """Return the document that every command answers with under --json."""
    return {
        "yttria": __version__,
        "command": command,
        "result": plain(result),
        "findings": [asdict(f) for f in ranked(findings)],
        "provenance": provenance(),
    }


def write_json(document: Mapping[str, Any]) -> str:
    """Return the one JSON text of a document: no NaN, no sign of control that is not escaped, one trailing newline."""
    from pydantic_core import to_json  # noqa: PLC0415  help needs none; ten times as fast as Python's own with indents

    return escaped_control(to_json(document, indent=2, inf_nan_mode="null").decode()) + "\n"
