"""The house's typeface, the same on every machine: Source Sans Pro (SIL Open Font License 1.1), brought by a package."""

import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from yttria.io.ground.control_characters import CONTROL

FAMILY = "Source Sans Pro"
CUTS = ("Regular", "Semibold", "Bold")


@cache
def cut(name: str) -> Path:
    """Return the file of a cut: Regular, Semibold or Bold."""
    return Path(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"))


@cache
def spare() -> Path:
    """Return the file of DejaVu Sans, for signs and scripts that the house's typeface lacks."""
    return Path(str(files("matplotlib") / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"))


@contextmanager
def font_folder() -> Iterator[str]:
    """Lend a folder that holds the house's cuts and the spare, and no other font."""
    with tempfile.TemporaryDirectory() as folder:
        for font in (*(cut(name) for name in CUTS), spare()):
            shutil.copyfile(font, Path(folder) / font.name)
        yield folder


@cache
def drawn() -> frozenset[int]:
    """Return the code points that the house's typeface or its spare can draw."""
    from fontTools.ttLib import TTFont

    found: set[int] = set()
    for path in (cut("Regular"), spare()):
        with TTFont(path, lazy=True) as font:
            found |= set(font.getBestCmap())
    return frozenset(sign for sign in found if not CONTROL.match(chr(sign)))


def spelled(text: str) -> str:
    """Return the text with each character that no font at hand draws spelled as its code point: nothing is lost in silence.

    Examples
    --------
    >>> spelled("山 Ж")
    '[U+5C71] Ж'
    """
    return "".join(c if c in "\n\t" or ord(c) in drawn() else f"[U+{ord(c):04X}]" for c in text)


@lru_cache(maxsize=8)
def woff_of(name: str, characters: str) -> bytes:
    """Return a cut as WOFF that holds only `characters`: ten kilobytes for a page instead of three hundred."""
    from fontTools import subset

    options = subset.Options()
    options.flavor = "woff"
    options.layout_features = []
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG"]
    options.hinting = False
    options.recalc_timestamp = False
    packed = io.BytesIO()
    with subset.load_font(str(cut(name)), options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(text=characters)
        subsetter.subset(font)
        subset.save_font(font, packed, options)
    return packed.getvalue()
