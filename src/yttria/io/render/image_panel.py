"""Draw pictures: slices at one scale in rows, CT beneath a wash of dose or counts, its levels and outlines as lines."""

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
RAMPS = {"dose": "inferno", "counts": "viridis", "difference": "RdBu_r"}
SIDE_MM, SCALE_AT_MM = 27.0, 3.5
"""Right of several rows the scale of each, and how far from the pictures."""
SCALE_MM = 50.0
OUTLINES: dict[str, tuple[float, Any]] = {"liver": (1.0, "-"), "perfused": (1.0, (0, (4, 1.6))), "tumour": (1.5, "-")}
LINE_CASING: list[patheffects.AbstractPathEffect] = [
    patheffects.withStroke(linewidth=2.2, foreground="black", alpha=0.75)
]
CASING: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.6, foreground="black")]


def draw_pictures(canvas: "Canvas", figure: Figure, pictures: Sequence[Picture]) -> None:
    """Draw the pictures in rows at one scale, the keys beneath them; of several rows each has its scale to the right."""
    columns = figure.columns or len(pictures)
    rows = [pictures[n : n + columns] for n in range(0, len(pictures), columns)]
    side = SIDE_MM if len(rows) > 1 else 0.0
    room = figure.width_mm - side - GAP_MM * (columns - 1)
    scale = room / max(sum(p.grey.shape[1] * p.pixel_mm[1] for p in row) for row in rows)
    top = TITLE_MM
    for row in rows:
        left, tallest = 0.0, 0.0
        for picture in row:
            wide, high = (
                n * mm * scale for n, mm in zip(picture.grey.shape[::-1], picture.pixel_mm[::-1], strict=True)
            )
            _draw(_axes_at(canvas, (left, top, wide, high)), picture)
            left, tallest = left + wide + GAP_MM, max(tallest, high)
        if side:
            _upright_scale(canvas, row[0], (figure.width_mm - side, top, side, tallest))
        top += tallest + GAP_MM
    _keys(canvas, figure)
    if not side:
        _horizontal_scale(canvas, figure, pictures[0])


def _draw(ax: "Axes", picture: Picture) -> None:
    rows, columns = picture.grey.shape
    ax.imshow(_blend(picture), interpolation="bilinear", aspect="auto", extent=(-0.5, columns - 0.5, rows - 0.5, -0.5))
    ax.set_axis_off()
    if picture.title:
        ax.set_title(picture.title, pad=3)
    if picture.cross:
        ax.axvline(picture.cross[0], color="white", linewidth=0.35, alpha=0.55)
        ax.axhline(picture.cross[1], color="white", linewidth=0.35, alpha=0.55)
    if picture.wash is not None and len(picture.levels):
        lines = ax.contour(picture.wash, levels=list(picture.levels), colors="white", linewidths=0.5, alpha=0.95)
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
    if picture.wash is None or picture.wash_most <= 0:
        return grey
    dose = np.nan_to_num(picture.wash, nan=0.0)
    least = _least(picture)
    share = np.clip((dose - least) / (picture.wash_most - least), 0, 1)
    rgb = colormaps[RAMPS[picture.ramp]](share)[..., :3]
    dose = np.abs(dose)
    opacity = 0.62 * np.clip((dose - picture.wash_from) / (2 * max(picture.wash_from, 1)), 0, 1)
    mixed = grey * (1 - opacity[..., None]) + rgb * opacity[..., None]
    return np.round(mixed * 255).astype(np.uint8)


def _least(picture: Picture) -> float:
    """Return where the scale of a wash begins: a difference goes as far below zero as above it."""
    return -picture.wash_most if picture.ramp == "difference" else 0.0


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


def _keys(canvas: "Canvas", figure: Figure) -> None:
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


def _horizontal_scale(canvas: "Canvas", figure: Figure, picture: Picture) -> None:
    """Draw the scale of a wash beneath the pictures."""
    if picture.wash is None:
        return
    bar = _axes_at(canvas, (figure.width_mm - 66, figure.height_mm - 6.2, 60, 2.4))
    ramp = np.linspace(0, 1, 256)[None, :]
    bar.imshow(colormaps[RAMPS[picture.ramp]](ramp), aspect="auto", extent=(_least(picture), picture.wash_most, 0, 1))
    bar.set_yticks([])
    bar.set_xticks(_ticks(picture))
    bar.tick_params(labelsize=7, length=2, pad=1)
    bar.annotate(
        picture.wash_unit,
        (1, 0.5),
        xycoords="axes fraction",
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
    )


def _upright_scale(canvas: "Canvas", picture: Picture, box_mm: tuple[float, float, float, float]) -> None:
    """Draw the scale of a row's wash to its right, its unit above it."""
    if picture.wash is None:
        return
    left, top, _, high = box_mm
    lines = picture.wash_unit.split("\n")
    over = 3.2 * len(lines) + 1.5
    bar = _axes_at(canvas, (left + SCALE_AT_MM, top + over, 3.0, high - over - 1.0))
    ramp = np.linspace(1, 0, 256)[:, None]
    bar.imshow(colormaps[RAMPS[picture.ramp]](ramp), aspect="auto", extent=(0, 1, _least(picture), picture.wash_most))
    bar.set_xticks([])
    bar.yaxis.tick_right()
    bar.set_yticks(_ticks(picture))
    bar.tick_params(labelsize=7, length=2, pad=1)
    for spine in bar.spines.values():
        spine.set_visible(False)
    for number, line in enumerate(lines):
        at = (0.0, 1 + (over - 2.4 - 3.2 * number) / (high - over - 1.0))
        bar.text(*at, line, transform=bar.transAxes, fontsize=7.5, fontweight="bold" if number == 0 else "normal")


def _ticks(picture: Picture) -> list[float]:
    """Return the places on the scale that are named: the levels that lines are drawn at, else quarters."""
    if not picture.levels:
        least = _least(picture)
        return [least + (picture.wash_most - least) * part / 4 for part in range(5)]
    return [0.0, *[float(level) for level in picture.levels if level <= picture.wash_most]]


def _axes_at(canvas: "Canvas", box_mm: tuple[float, float, float, float]) -> "Axes":
    """Return axes at (left, top, width, height) in millimetres from the canvas' upper left corner."""
    width, height = canvas.get_size_inches() * MM_PER_INCH
    left, top, wide, high = box_mm
    return canvas.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))
