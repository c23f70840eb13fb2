"""Draw pictures: slices at one scale in a row, CT beneath the dose wash, isodoses and outlines as lines."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps, patheffects
from matplotlib.lines import Line2D

from yttria.io.render.palette import colour
from yttria.values.document import Figure, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

MM_PER_INCH = 25.4
GAP_MM = 3.0
TITLE_MM = 5.0
WASH = "inferno"
SCALE_MM = 50.0
OUTLINES: dict[str, tuple[float, Any]] = {"liver": (1.0, "-"), "perfused": (1.0, (0, (4, 1.6))), "tumour": (1.5, "-")}
LINE_CASING: list[patheffects.AbstractPathEffect] = [
    patheffects.withStroke(linewidth=2.2, foreground="black", alpha=0.75)
]
CASING: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.6, foreground="black")]


def draw_pictures(canvas: "Canvas", figure: Figure, pictures: Sequence[Picture]) -> None:
    """Draw the pictures side by side at one scale, the keys beneath them."""
    widths = [p.grey.shape[1] * p.pixel_mm[1] for p in pictures]
    scale = (figure.width_mm - GAP_MM * (len(pictures) - 1)) / sum(widths)
    left = 0.0
    for picture, width in zip(pictures, widths, strict=True):
        height = picture.grey.shape[0] * picture.pixel_mm[0] * scale
        ax = _axes_at(canvas, (left, TITLE_MM, width * scale, height))
        _draw(ax, picture)
        left += width * scale + GAP_MM
    _keys(canvas, figure, pictures[0])


def _draw(ax: "Axes", picture: Picture) -> None:
    rows, columns = picture.grey.shape
    ax.imshow(_blend(picture), interpolation="bilinear", aspect="auto", extent=(-0.5, columns - 0.5, rows - 0.5, -0.5))
    ax.set_axis_off()
    ax.set_title(picture.title, pad=3)
    if picture.cross:
        ax.axvline(picture.cross[0], color="white", linewidth=0.35, alpha=0.55)
        ax.axhline(picture.cross[1], color="white", linewidth=0.35, alpha=0.55)
    if picture.wash_gy is not None and len(picture.isodoses_gy):
        lines = ax.contour(
            picture.wash_gy, levels=list(picture.isodoses_gy), colors="white", linewidths=0.5, alpha=0.95
        )
        for text in ax.clabel(lines, fmt="%g", fontsize=7, inline=True, inline_spacing=1):
            text.set_path_effects(CASING)
    for role, shares in picture.outlines.items():
        width, dash = OUTLINES.get(role, (1.0, "-"))
        ax.contour(shares, levels=[0.5], colors=[colour(role)], linewidths=width, linestyles=[dash]).set_path_effects(
            LINE_CASING
        )
    for role, polygons in picture.paths.items():
        width, dash = OUTLINES.get(role, (1.0, "-"))
        for polygon in polygons:
            closed = np.vstack([polygon, polygon[:1]])
            ax.plot(
                closed[:, 0],
                closed[:, 1],
                color=colour(role),
                linewidth=width,
                linestyle=dash,
                path_effects=LINE_CASING,
            )
    ax.set_xlim(-0.5, columns - 0.5)
    ax.set_ylim(rows - 0.5, -0.5)
    _letters(ax, picture)
    _scale(ax, picture)


def _blend(picture: Picture) -> Any:
    """Return RGB: grey beneath, wash over it where there is dose."""
    grey = np.repeat(picture.grey[..., None], 3, axis=2)
    if picture.wash_gy is None or picture.wash_max_gy <= 0:
        return grey
    dose = np.nan_to_num(picture.wash_gy, nan=0.0)
    share = np.clip(dose / picture.wash_max_gy, 0, 1)
    rgb = colormaps[WASH](share)[..., :3]
    opacity = 0.62 * np.clip((dose - picture.wash_from_gy) / (2 * max(picture.wash_from_gy, 1)), 0, 1)
    mixed = grey * (1 - opacity[..., None]) + rgb * opacity[..., None]
    return np.round(mixed * 255).astype(np.uint8)


def _letters(ax: "Axes", picture: Picture) -> None:
    places = (
        ((0.02, 0.5), "left", "center"),
        ((0.98, 0.5), "right", "center"),
        ((0.5, 0.98), "center", "top"),
        ((0.5, 0.02), "center", "bottom"),
    )
    for letter, (at, ha, va) in zip(picture.letters, places, strict=True):
        ax.text(
            *at,
            letter,
            transform=ax.transAxes,
            ha=ha,
            va=va,
            color="white",
            fontweight="bold",
            fontsize=8,
            path_effects=CASING,
        )


def _scale(ax: "Axes", picture: Picture) -> None:
    rows, columns = picture.grey.shape
    length = SCALE_MM / picture.pixel_mm[1]
    x, y = columns * 0.96 - length, rows * 0.955
    for width, tone in ((3.0, "black"), (1.6, "white")):
        ax.plot([x, x + length], [y, y], color=tone, linewidth=width, solid_capstyle="butt")
    ax.text(
        x + length / 2,
        y - rows * 0.02,
        f"{SCALE_MM / 10:g} cm",
        color="white",
        ha="center",
        va="bottom",
        fontsize=7,
        path_effects=CASING,
    )


def _key(role: str, words: str) -> Line2D:
    width, dash = OUTLINES.get(role, (1.0, "-"))
    return Line2D([], [], color=colour(role), linewidth=width + 0.4, linestyle=dash, label=words)


def _keys(canvas: "Canvas", figure: Figure, picture: Picture) -> None:
    ax = _axes_at(canvas, (0, figure.height_mm - 7.5, figure.width_mm, 7))
    ax.set_axis_off()
    handles = [_key(role, words) for role, words in figure.keys]
    if handles:
        ax.legend(
            handles=handles,
            loc="center left",
            ncols=len(handles),
            frameon=False,
            fontsize=7.5,
            handlelength=1.6,
            borderaxespad=0,
            columnspacing=1.4,
        )
    if picture.wash_gy is None:
        return
    bar = _axes_at(canvas, (figure.width_mm - 66, figure.height_mm - 6.2, 60, 2.4))
    ramp = np.linspace(0, 1, 256)[None, :]
    bar.imshow(colormaps[WASH](ramp), aspect="auto", extent=(0, picture.wash_max_gy, 0, 1))
    bar.set_yticks([])
    bar.set_xticks([0, *[level for level in picture.isodoses_gy if level <= picture.wash_max_gy]])
    bar.tick_params(labelsize=7, length=2, pad=1)
    bar.annotate(
        "Gy", (1, 0.5), xycoords="axes fraction", xytext=(3, 0), textcoords="offset points", va="center", fontsize=7
    )


def _axes_at(canvas: "Canvas", box_mm: tuple[float, float, float, float]) -> "Axes":
    """Return axes at (left, top, width, height) in millimetres from the canvas' upper left corner."""
    width, height = canvas.get_size_inches() * MM_PER_INCH
    left, top, wide, high = box_mm
    return canvas.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))
