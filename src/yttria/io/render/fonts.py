"""The house's typeface, the same on every machine: Source Sans Pro (SIL Open Font License 1.1), brought by a package."""

import atexit
import hashlib
import io
import shutil
import tempfile
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from yttria.io.ground.control_characters import CONTROL
from yttria.io.ground.writable_folder import writable_folder

if TYPE_CHECKING:
    from typst import Fonts

FAMILY = "Source Sans Pro"
CUTS = ("Regular", "Semibold", "Bold")
USUAL = frozenset(
    map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x391, 0x3A2), *range(0x3A3, 0x3CA)))
) | frozenset("ıŒœŠšŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™\u202f−≤≥≈≠√∞→←↑↓■▲✓₀₁₂₃₄₅₆₇₈₉⁰⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖ")
"""Latin and Greek letters, figures, marks of notes and the signs of the field, which nearly every page is written with."""
SIGNATURE = b"wOFF"


@cache
def cut(name: str) -> Path:
    """Return the file of a cut: Regular, Semibold or Bold."""
    return Path(str(files("font_source_sans_pro") / "files" / f"SourceSansPro-{name}.ttf"))


@cache
def spare() -> Path:
    """Return the file of DejaVu Sans, for signs and scripts that the house's typeface lacks."""
    return Path(str(files("matplotlib") / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"))


def page_fonts(*, embedded: bool = False, system: bool = False) -> "Fonts":
    """Return the fonts that pages are set in: the house's cuts and the spare, read once for all pages.

    Parameters
    ----------
    embedded
        Those that typst brings, too.
    system
        Those of this machine, too.
    """
    if not all((_font_folder() / font.name).is_file() for font in _page_files()):
        _font_folder.cache_clear()  # a machine may tidy its temporary files while a process lives
        _page_fonts.cache_clear()
    return _page_fonts(embedded=embedded, system=system)


@cache
def _page_fonts(*, embedded: bool, system: bool) -> "Fonts":
    from typst import Fonts

    return Fonts(include_system_fonts=system, include_embedded_fonts=embedded, font_paths=[str(_font_folder())])


def _page_files() -> tuple[Path, ...]:
    return (*(cut(name) for name in CUTS), spare())


@cache
def _font_folder() -> Path:
    """Return a folder that holds the house's cuts and the spare, and no other font, until the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="yttria-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for font in _page_files():
        shutil.copyfile(font, folder / font.name)
    return folder


@cache
def signs_of(path: Path) -> frozenset[int]:
    """Return the code points that a font draws."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(path)).get_charmap())


@cache
def code_points() -> frozenset[int]:
    """Return the code points that the house's typeface or its spare can draw."""
    result = signs_of(cut("Regular")) | signs_of(spare())
    return frozenset(sign for sign in result if not CONTROL.match(chr(sign)))


def spelled(text: str) -> str:
    """Return the text with each character that no font at hand draws spelled as its code point: nothing is lost in silence.

    Examples
    --------
    >>> spelled("山 Ж")
    '[U+5C71] Ж'
    """
    return "".join(c if c in "\n\t" or ord(c) in code_points() else f"[U+{ord(c):04X}]" for c in text)


@lru_cache(maxsize=8)
def woff_of(name: str, characters: str) -> bytes:
    """Return a cut as WOFF that holds the usual characters, and all of `characters` where it draws them: thirty kilobytes instead of three hundred.

    It is made once and kept in a folder of this user: a page that needs no more than the usual characters finds it there.
    """
    wanted = "".join(sorted(sign for sign in USUAL | set(characters) if ord(sign) in signs_of(cut(name))))
    key = hashlib.sha256(
        f"{version('font-source-sans-pro')} {version('fonttools')} {name} {wanted}".encode()
    ).hexdigest()
    kept = writable_folder("fonts") / f"{key}.woff"
    with suppress(OSError):
        packed = kept.read_bytes()
        if packed[:4] == SIGNATURE and int.from_bytes(packed[8:12], "big") == len(packed):
            return packed
    packed = _subset(name, wanted)
    with suppress(OSError), tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        draft = Path(folder) / kept.name
        draft.write_bytes(packed)
        draft.replace(kept)
    return packed


def _subset(name: str, characters: str) -> bytes:
    """Return a cut as WOFF that holds only `characters`."""
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
