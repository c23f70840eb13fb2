"""The house's typeface, the same on every machine: Source Sans Pro (SIL Open Font License 1.1), brought by a package."""

from functools import cache
from importlib.resources import files
from pathlib import Path

FAMILY = "Source Sans Pro"
CUTS = ("Regular", "Semibold", "Bold")


@cache
def cut(name: str) -> Path:
    """Return the file of a cut: Regular, Semibold or Bold."""
    return Path(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"))
