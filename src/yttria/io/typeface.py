"""The house's typeface, the same on every machine: Source Sans Pro (SIL Open Font License 1.1), brought by a package."""

import io
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

FAMILY = "Source Sans Pro"
CUTS = ("Regular", "Semibold", "Bold")


@cache
def cut(name: str) -> Path:
    """Return the file of a cut: Regular, Semibold or Bold."""
    return Path(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"))


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
