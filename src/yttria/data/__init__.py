"""Tables as text with their sources; nothing here imports another part of Yttria."""

from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["table"]


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `name` (a TOML file of this folder) as plain values.

    Source
    ------
    Each table names the source of each of its numbers.

    Examples
    --------
    >>> table("nuclides")["Y-90"]["half_life_h"]
    64.05
    """
    import tomllib  # noqa: PLC0415  the help of a command needs no table

    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))
