"""Draw figures: values.document.Figure to SVG, PNG or PDF, byte for byte the same for the same figure."""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from yttria.io.ground.writable_folder import writable_folder
from yttria.io.render.fonts import CUTS, FAMILY, cut, page_fonts, spelled
from yttria.io.render.palette import colour
from yttria.values.document import Bars, Figure, Line, Marks, Panel, Picture, Rule

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

MM_PER_INCH = 25.4
HASH_SALT = "yttria"
DOTS_PER_INCH = 300.0
"""What journals ask of a picture."""
HEAD_BYTES = 33
"""Signature and header of a PNG: what says its size in print stands after them."""
UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
PAGE = b"""
#set page(width: float(sys.inputs.width) * 1mm, height: float(sys.inputs.height) * 1mm, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%, height: 100%)
"""
UNSEEN = "\u200b"
"""What keeps equal names of rows apart: drawn as nothing."""
POINT = 8.0
LABEL_PT = 7.2


@lru_cache(maxsize=16)
def svg_of(figure: Figure) -> str:
    """Return the figure as SVG: text stays text, the same figure gives the same bytes. Drawn once, kept for every other form."""
    with figure_style():
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        canvas = draw(figure)
        canvas.set_facecolor("none")
        buffer = io.BytesIO()
        # savefig would draw everything twice, once into nothing, to settle a layout that drawing settles anyhow
        pen: Any = FigureCanvasSVG(canvas)
        pen.print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode("utf-8")


def png_of(figure: Figure) -> bytes:
    """Return the figure as PNG, on white, 300 dots an inch; it says so, and a word processor shows it in its size."""
    page = _set(figure, "png", ppi=DOTS_PER_INCH)
    per_metre = round(DOTS_PER_INCH / MM_PER_INCH * 1000)
    chunk = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk_body = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return page[:HEAD_BYTES] + chunk_body + page[HEAD_BYTES:]


def pdf_of(figure: Figure) -> bytes:
    """Return the figure as PDF, on white, undated; text stays text."""
    return _set(figure, "pdf", timestamp=UNDATED)


def write_figure(figure: Figure, path: Path) -> None:
    """Write the figure as `.svg`, `.png` or `.pdf`, by the name's ending."""
    kind = path.suffix.removeprefix(".").lower()
    if kind == "svg":
        path.write_text(svg_of(figure), encoding="utf-8", newline="")
    else:
        path.write_bytes({"png": png_of, "pdf": pdf_of}[kind](figure))


def _set(figure: Figure, kind: Literal["pdf", "png"], **how: Any) -> bytes:
    """Return the SVG on a page of its size: typst sets it in a tenth of the time of a second and a third drawing."""
    import typst

    given = {"svg": svg_of(figure), "width": str(figure.width_mm), "height": str(figure.height_mm)}
    page = typst.Compiler(PAGE, font_paths=page_fonts(), sys_inputs=given).compile(format=kind, **how)
    assert isinstance(page, bytes)
    return page


def draw(figure: Figure) -> "Canvas":
    """Return the drawing on a matplotlib figure of its own, with nothing global touched."""
    from matplotlib.figure import Figure as Canvas

    from yttria.io.render.image_panel import draw_pictures
    from yttria.io.render.panel_layout import PanelLayout
    from yttria.io.render.plot_panel import draw_panel

    figure = _spelled(figure)
    canvas = Canvas(figsize=(figure.width_mm / MM_PER_INCH, figure.height_mm / MM_PER_INCH))
    pictures = [p for p in figure.panels if isinstance(p, Picture)]
    if pictures:
        draw_pictures(canvas, figure, pictures)
        return canvas
    columns = figure.columns or len(figure.panels)
    rows = -(-len(figure.panels) // columns)
    axes = canvas.subplots(rows, columns, squeeze=False).ravel()
    for ax, panel in zip(axes, figure.panels, strict=False):
        assert isinstance(panel, Panel)
        draw_panel(ax, panel)
    for ax in axes[len(figure.panels) :]:
        ax.set_axis_off()
    canvas.set_layout_engine(PanelLayout(foot_pt=2 * LABEL_PT if figure.label else 0.0))
    if figure.label:
        canvas.supxlabel(figure.label, x=0.995, ha="right", fontsize=LABEL_PT, color=colour("quiet"))
    return canvas


def _spelled(value: Any) -> Any:
    """Return a figure, or a part of it, with each character that no font draws spelled as its code point."""
    if isinstance(value, str):
        return UNSEEN.join(spelled(part) for part in value.split(UNSEEN))
    if isinstance(value, dict):
        return {_spelled(k): _spelled(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_spelled(v) for v in value]
    if isinstance(value, Figure | Panel | Line | Marks | Bars | Rule):
        return replace(value, **{f.name: _spelled(getattr(value, f.name)) for f in fields(value)})
    return value


@contextmanager
def figure_style() -> Iterator[None]:
    """Lend matplotlib the house's settings for one drawing."""
    _prepare()
    from matplotlib import rc_context
    from matplotlib.font_manager import fontManager

    ink, quiet = colour("ink"), colour("quiet")
    with rc_context(
        {
            **_own_settings(),
            "svg.hashsalt": HASH_SALT,
            "svg.fonttype": "none",
            "text.parse_math": False,
            "font.family": [FAMILY, "DejaVu Sans"],
            "font.size": POINT,
            "image.composite_image": False,
            "axes.titlesize": POINT + 1,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.labelsize": POINT,
            "axes.labelcolor": ink,
            "axes.edgecolor": quiet,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.unicode_minus": True,
            "axes.facecolor": "none",
            "xtick.color": quiet,
            "ytick.color": quiet,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.major.size": 3,
            "ytick.major.size": 3,
            "text.color": ink,
            "path.simplify": True,
            "path.simplify_threshold": 0.05,
        }
    ):
        vars(fontManager)["_find_fonts_by_props"] = _font_search()
        try:
            yield
        finally:
            del vars(fontManager)["_find_fonts_by_props"]


def _own_settings() -> dict[Any, Any]:
    """Return matplotlib's own settings where the user's file of them (matplotlibrc, in any folder of a run too) or program says otherwise."""
    from matplotlib import rcParams, rcParamsDefault

    given = dict.items(rcParamsDefault)
    return {k: v for k, v in given if not k.startswith("backend") and dict.get(rcParams, k) != v}


@cache
def _prepare() -> None:
    """Load matplotlib once: its font list lives in our data folder, our typeface is added to it."""
    if "MPLCONFIGDIR" not in os.environ:
        os.environ["MPLCONFIGDIR"] = str(writable_folder("matplotlib"))
    from matplotlib.font_manager import fontManager

    for name in CUTS:
        fontManager.addfont(str(cut(name)))


@cache
def _font_search() -> Any:
    """Return matplotlib's search for a font, answered once: every text asks at each step of a layout, and our settings do not change."""
    from matplotlib.font_manager import fontManager

    return cache(type(fontManager)._find_fonts_by_props.__get__(fontManager))  # noqa: SLF001
