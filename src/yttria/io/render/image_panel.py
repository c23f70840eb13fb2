"""Draw pictures: slices at one scale in rows, CT beneath a wash of dose or counts, its levels and outlines as lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from contourpy import contour_generator
from matplotlib import colormaps, patheffects, rcParams
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform

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
KEYS_MM = 4.0
"""From the lower edge to the middle of the keys."""
OUTLINES: dict[str, tuple[float, Any]] = {"liver": (1.0, "-"), "perfused": (1.0, (0, (4, 1.6))), "tumour": (1.5, "-")}
LINE_CASING: list[patheffects.AbstractPathEffect] = [
    patheffects.withStroke(linewidth=2.2, foreground="black", alpha=0.75)
]
CASING: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.6, foreground="black")]


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """Where one picture stands on the sheet.

    Parameters
    ----------
    sheet
        Axes over the whole drawing, in millimetres from its upper left corner: one for all pictures, for axes cost more than what is on them.
    box_mm
        (left, top, width, height).
    shape
        Rows and columns of the picture.
    """

    sheet: "Axes"
    box_mm: tuple[float, float, float, float]
    shape: tuple[int, int]

    @property
    def step_mm(self) -> tuple[float, float]:
        """Return the distances of columns and of rows on the sheet."""
        rows, columns = self.shape
        return self.box_mm[2] / columns, self.box_mm[3] / rows

    @property
    def pixels(self) -> Transform:
        """Return how places (column, row) come to the sheet."""
        left, top, _, _ = self.box_mm
        return Affine2D().translate(0.5, 0.5).scale(*self.step_mm).translate(left, top) + self.sheet.transData

    @property
    def shares(self) -> Transform:
        """Return how shares of the width, and of the height from below, come to the sheet."""
        left, top, wide, high = self.box_mm
        return Affine2D().scale(wide, -high).translate(left, top + high) + self.sheet.transData

    @property
    def edge(self) -> Rectangle:
        """Return the rectangle beyond which nothing of the picture is drawn."""
        left, top, wide, high = self.box_mm
        return Rectangle((left, top), wide, high, transform=self.sheet.transData)

    def add(self, artist: Line2D | PathPatch) -> None:
        """Draw a line of the picture."""
        self.sheet.add_artist(artist)
        artist.set_clip_path(self.edge)


def draw_pictures(canvas: "Canvas", figure: Figure, pictures: Sequence[Picture]) -> None:
    """Draw the pictures in rows at one scale, the keys beneath them; of several rows each has its scale to the right."""
    columns = figure.columns or len(pictures)
    rows = [pictures[n : n + columns] for n in range(0, len(pictures), columns)]
    side = SIDE_MM if len(rows) > 1 else 0.0
    room = figure.width_mm - side - GAP_MM * (columns - 1)
    scale = room / max(sum(p.grey.shape[1] * p.pixel_mm[1] for p in row) for row in rows)
    sheet = canvas.add_axes((0, 0, 1, 1))
    top = TITLE_MM
    for row in rows:
        left, tallest = 0.0, 0.0
        for picture in row:
            wide, high = (
                n * mm * scale for n, mm in zip(picture.grey.shape[::-1], picture.pixel_mm[::-1], strict=True)
            )
            _draw(_Frame(sheet, (left, top, wide, high), picture.grey.shape), picture)
            left, tallest = left + wide + GAP_MM, max(tallest, high)
        if side:
            _upright_scale(canvas, row[0], (figure.width_mm - side, top, side, tallest))
        top += tallest + GAP_MM
    _keys(sheet, figure)
    sheet.set_axis_off()
    sheet.set_xlim(0, figure.width_mm)
    sheet.set_ylim(figure.height_mm, 0)
    if not side:
        _horizontal_scale(canvas, figure, pictures[0])


def _draw(frame: _Frame, picture: Picture) -> None:
    left, top, wide, high = frame.box_mm
    frame.sheet.imshow(
        _blend(picture), interpolation="bilinear", aspect="auto", extent=(left, left + wide, top + high, top)
    )
    if picture.title:
        frame.sheet.annotate(
            picture.title, (left, top), (0, 3), textcoords="offset points",
            fontsize=rcParams["axes.titlesize"], fontweight=rcParams["axes.titleweight"], va="baseline",
        )  # fmt: skip
    if picture.cross:
        column, row = ((at + 0.5) / n for at, n in zip(picture.cross, frame.shape[::-1], strict=True))
        for x, y in (((column, column), (0, 1)), ((0, 1), (1 - row, 1 - row))):
            frame.add(Line2D(x, y, color="white", linewidth=0.35, alpha=0.55, transform=frame.shares))
    if picture.wash is not None and len(picture.levels):
        (across, down), (rows, columns) = frame.step_mm, frame.shape
        places = left + across * (np.arange(columns) + 0.5), top + down * (np.arange(rows) + 0.5)
        levels = list(picture.levels)
        lines = frame.sheet.contour(*places, picture.wash, levels, colors="white", linewidths=0.5, alpha=0.95)
        for text in frame.sheet.clabel(lines, fmt="%g", fontsize=7, inline=True, inline_spacing=1):
            text.set_path_effects(CASING)
    for role, shares in picture.outlines.items():
        _contour_lines(frame, role, contour_generator(z=shares).lines(0.5))
    for role, polygons in picture.paths.items():
        for polygon in polygons:
            _contour_lines(frame, role, [np.vstack([polygon, polygon[:1]])])
    _letters(frame, picture)
    _scale(frame, picture)


def _contour_lines(frame: _Frame, role: str, lines: Sequence[Any]) -> None:
    """Draw lines through (column, row) as the outline of a role."""
    if not lines:
        return
    width, dash = OUTLINES.get(role, (1.0, "-"))
    path = Path.make_compound_path(*(Path(line, closed=bool((line[0] == line[-1]).all())) for line in lines))
    frame.add(
        PathPatch(path, fill=False, edgecolor=colour(role), linewidth=width, linestyle=dash, zorder=2,
                  transform=frame.pixels, path_effects=LINE_CASING)
    )  # fmt: skip


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


def _letters(frame: _Frame, picture: Picture) -> None:
    places = (
        ((0.02, 0.5), "left", "center"),
        ((0.98, 0.5), "right", "center"),
        ((0.5, 0.98), "center", "top"),
        ((0.5, 0.02), "center", "bottom"),
    )
    for letter, (at, ha, va) in zip(picture.letters, places, strict=True):
        frame.sheet.text(
            *at,
            letter,
            transform=frame.shares,
            ha=ha,
            va=va,
            color="white",
            fontweight="bold",
            fontsize=8,
            path_effects=CASING,
        )


def _scale(frame: _Frame, picture: Picture) -> None:
    rows, columns = picture.grey.shape
    length = SCALE_MM / picture.pixel_mm[1]
    x, y = columns * 0.96 - length, rows * 0.955
    for width, tone in ((3.0, "black"), (1.6, "white")):
        frame.add(
            Line2D([x, x + length], [y, y], color=tone, linewidth=width, solid_capstyle="butt", transform=frame.pixels)
        )
    frame.sheet.text(
        x + length / 2,
        y - rows * 0.02,
        f"{SCALE_MM / 10:g} cm",
        transform=frame.pixels,
        color="white",
        ha="center",
        va="bottom",
        fontsize=7,
        path_effects=CASING,
    )


def _key(role: str, words: str) -> Line2D:
    width, dash = OUTLINES.get(role, (1.0, "-"))
    return Line2D([], [], color=colour(role), linewidth=width + 0.4, linestyle=dash, label=words)


def _keys(sheet: "Axes", figure: Figure) -> None:
    handles = [_key(role, words) for role, words in figure.keys]
    if handles:
        sheet.legend(
            handles=handles,
            loc="center left",
            bbox_to_anchor=(0, figure.height_mm - KEYS_MM),
            bbox_transform=sheet.transData,
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
