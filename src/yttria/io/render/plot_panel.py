"""Draw one panel: axes with lines, bands, marks and rules."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation

from yttria.io.render.palette import colour
from yttria.io.render.thinning import even_places, mark_places, staircase_places
from yttria.values.document import Band, Bars, Layer, Line, Marks, Panel, Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

DASHES: dict[str, Any] = {
    "solid": "-",
    "dashed": (0, (4, 2)),
    "dotted": (0, (1, 1.6)),
    "dashdot": (0, (6, 2, 1, 2)),
    "longdash": (0, (9, 2.5)),
    "dashdotdot": (0, (6, 1.6, 1, 1.6, 1, 1.6)),
}
SHAPES = {"tick": "|", "dot": "o", "square": "s", "diamond": "D", "triangle": "^"}
SMALL = 7.2
LONG_NAME = 24
SHORT_NAME = 14
"""Names no longer than this stand in one row beneath the axes."""
UNDER_PT = 34.0
LINE_PT = 9.5
BARE, LEAST_SHARE = 1.15, 0.3
"""Height of the axes over that before the layout, without anything beneath them, and at the least."""
LEGEND_PT = 30.0
"""From the axes to the names beneath them: numbers and words of the axis stand between."""
NAME_PT = 9.0
"""Height of a line of a name at the end of a curve."""
NEAR_EDGE = 0.6
NAMES_PT = 14.0
"""From the axes to the names of rows beneath them."""
HEADING_PT, SAMPLE_PT = 46.0, 16.0
"""From the axes to the beginning of a heading's line beneath them, and how long that line is."""
SAMPLE_DROP_PT = 3.9
"""From the top of a heading to the middle of its letters."""
LATE = 0.6
"""Share of the axis from which on the upper corner lies."""
FREE = 0.86
"""Share of the height below which late curves leave the upper corner free."""


def draw_panel(ax: "Axes", panel: Panel) -> None:
    """Draw a panel's layers, then its axes, then the words on it."""
    if panel.x_log:
        ax.set_xscale("log")
    if panel.x_range:
        ax.set_xlim(*panel.x_range)
    if panel.y_range:
        ax.set_ylim(*panel.y_range)
    for layer in panel.layers:
        _add(layer, ax)
    _dress(ax, panel)
    _name_lines(ax, panel)
    _name_rules(ax, panel)
    _write_under(ax, panel)
    _write_side_labels(ax, panel)
    if panel.corner:
        _write_corner(ax, panel)


def _write_corner(ax: "Axes", panel: Panel) -> None:
    """Write words in the upper right corner, or in the lower left one where curves run through the upper."""
    end = ax.get_xlim()[1]
    late = [float(np.max(np.interp(np.linspace(LATE * end, end, 9), n.x, n.y))) for n in _curves_of(panel)]
    upper = max(late, default=0.0) <= FREE * ax.get_ylim()[1]
    place, how = ((1, 1), ("right", "top")) if upper else ((0, 0), ("left", "bottom"))
    move = (-3.0, -3.0) if upper else (4.0, 4.0)
    _write(ax, panel.corner, place, move, "axes fraction", ha=how[0], va=how[1], fontweight="bold", zorder=5,
           bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5})  # fmt: skip


def _curves_of(panel: Panel) -> list[Line]:
    """Return the lines of a panel that are drawn with a name or a sample: the curves, not the lines of medians."""
    return [n for n in panel.layers if isinstance(n, Line) and n.colour != "grey"]


def _add(layer: Layer, ax: "Axes") -> None:
    """Draw one layer by its kind."""
    match layer:
        case Line():
            _line(layer, ax)
        case Band():
            _band(layer, ax)
        case Marks():
            _marks(layer, ax)
        case Bars():
            _bars(layer, ax)
        case Rule():
            _rule(layer, ax)


def _line(layer: Line, ax: "Axes") -> None:
    places = staircase_places(layer.y) if layer.step else even_places(len(layer.x))
    ax.plot(
        layer.x[places],
        layer.y[places],
        color=colour(layer.colour),
        linestyle=DASHES[layer.dash],
        linewidth=layer.width,
        drawstyle="steps-post" if layer.step else "default",
        solid_joinstyle="round",
        zorder=3,
    )
    if layer.mark:
        height = np.interp(layer.mark_at, layer.x, layer.y)
        ax.plot([layer.mark_at], [height], **_symbol(layer), zorder=4)


def _symbol(line: Line) -> dict[str, Any]:
    """Return how the symbol on a curve is drawn: open, so that the curve is seen through it."""
    tone = colour(line.colour)
    return {
        "marker": SHAPES[line.mark],
        "markersize": 5.5,
        "markerfacecolor": "white",
        "markeredgecolor": tone,
        "color": tone,
        "markeredgewidth": 1.1,
    }


def _band(layer: Band, ax: "Axes") -> None:
    places = staircase_places(layer.low, layer.high) if layer.step else even_places(len(layer.x))
    ax.fill_between(
        layer.x[places],
        layer.low[places],
        layer.high[places],
        step="post" if layer.step else None,
        color=colour(layer.colour),
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )


def _bars(layer: Bars, ax: "Axes") -> None:
    """Draw bars: a fill as dark as it is asked for, with an edge in the full colour."""
    tone, length = colour(layer.colour), layer.high - layer.low
    style: dict[str, Any] = {"facecolor": (tone, layer.fill), "edgecolor": tone, "linewidth": 0.6, "zorder": 2}
    if layer.horizontal:
        ax.barh(layer.x, length, layer.width, left=layer.low, **style)
    else:
        ax.bar(layer.x, length, layer.width, bottom=layer.low, **style)
    for at, middle, text in zip(layer.x, (layer.low + layer.high) / 2, layer.texts, strict=False):
        place = (float(middle), float(at)) if layer.horizontal else (float(at), float(middle))
        _write(ax, text, place, (0, 0), "data", ha="center", va="center", zorder=5,
               bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0})  # fmt: skip


def _marks(layer: Marks, ax: "Axes") -> None:
    tone = colour(layer.colour)
    if layer.low is not None and layer.high is not None:
        _whiskers(layer, ax, tone)
    size = 18.0 if layer.size is None else layer.size
    if layer.shape == "tick":
        places = mark_places(layer.x, layer.y)
        ax.scatter(layer.x[places], layer.y[places], s=22, marker=SHAPES["tick"], color=tone, linewidths=0.7, zorder=4)
    else:
        ax.scatter(layer.x, layer.y, s=size, marker=SHAPES[layer.shape], color=tone, linewidths=0, zorder=4)


def _whiskers(layer: Marks, ax: "Axes", tone: str) -> None:
    """Draw intervals; one that leaves the axes ends in an arrow at their edge."""
    assert layer.low is not None
    assert layer.high is not None
    left, right = ax.get_xlim()
    low, high = np.asarray(layer.low, dtype=float), np.asarray(layer.high, dtype=float)
    ax.hlines(layer.y, np.clip(low, left, right), np.clip(high, left, right), color=tone, linewidth=1.0, zorder=2)
    for edge, beyond, arrow in ((left, low < left, "<"), (right, high > right, ">")):
        rows = np.asarray(layer.y)[beyond]
        ax.scatter(
            np.full(len(rows), edge), rows, s=16, marker=arrow, color=tone, linewidths=0, clip_on=False, zorder=4
        )


def _rule(layer: Rule, ax: "Axes") -> None:
    tone, dash = colour(layer.colour), DASHES[layer.dash]
    if layer.axis == "x":
        ax.axvline(layer.at, color=tone, linestyle=dash, linewidth=0.9, zorder=1)
        return
    ax.axhline(layer.at, color=tone, linestyle=dash, linewidth=0.9, zorder=1)
    ax.annotate(
        layer.label,
        (1, layer.at),
        xycoords=("axes fraction", "data"),
        xytext=(-1, 2),
        textcoords="offset points",
        color=tone,
        fontsize=SMALL,
        ha="right",
    )


def _size_pt(ax: "Axes") -> tuple[float, float]:
    """Return width and height of the axes, points, before the last touch of the layout."""
    box = ax.get_window_extent()
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(box.width) * 72 / figure.dpi, float(box.height) * 72 / figure.dpi


def _height_pt(ax: "Axes", panel: Panel) -> float:
    """Return about how high the axes will be, points, once the layout has made room for the rows beneath them."""
    height = _size_pt(ax)[1]
    return max(BARE * height - LINE_PT * len(panel.under) - UNDER_PT, LEAST_SHARE * height, 1.0)


def _name_rules(ax: "Axes", panel: Panel) -> None:
    """Write the words of upright rules above the axes, one row higher where two would touch."""
    rules = sorted((r for r in panel.layers if isinstance(r, Rule) and r.axis == "x" and r.label), key=lambda r: r.at)
    width, _ = _size_pt(ax)
    taken: list[float] = []
    for rule in rules:
        at = float(ax.transAxes.inverted().transform(ax.transData.transform((rule.at, 0)))[0]) * width
        half = len(rule.label) * SMALL * 0.24
        row = next((n for n, end in enumerate(taken) if at - half > end + 3), len(taken))
        taken[row : row + 1] = [at + half]
        ax.annotate(
            rule.label,
            (rule.at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2 + 8.5 * row),
            textcoords="offset points",
            color=colour(rule.colour),
            fontsize=SMALL,
            ha="center",
            va="bottom",
            annotation_clip=False,
        )


def _dress(ax: "Axes", panel: Panel) -> None:
    ax.set_xlabel(panel.x_label)
    ax.set_ylabel(panel.y_label)
    if panel.title:
        ruled = any(isinstance(layer, Rule) and layer.axis == "x" and layer.label for layer in panel.layers)
        # a place that is said is not sought again at each step of the layout; only numbers with an exponent above the axes can push it up
        plain = panel.y_percent or bool(len(panel.y_tick_labels))
        ax.set_title(panel.title, pad=14 if ruled else 6, y=1.0 if plain else None)
    if len(panel.x_ticks):
        ax.xaxis.set_major_locator(FixedLocator(list(panel.x_ticks)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        ax.xaxis.set_minor_locator(FixedLocator([]))
    if len(panel.y_ticks):
        ax.yaxis.set_major_locator(FixedLocator(list(panel.y_ticks)))
    if len(panel.y_tick_labels):
        ax.yaxis.set_major_formatter(FixedFormatter(list(panel.y_tick_labels)))
    elif panel.y_percent:
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y * 100:g} %"))
    ax.grid(visible=True, axis="both" if not panel.y_tick_labels else "x", color=colour("grid"), linewidth=0.5)
    ax.set_axisbelow(True)


def _name_lines(ax: "Axes", panel: Panel) -> None:
    """Name the labelled lines: beneath the axes where the panel asks for a legend, else at their ends, moved apart where they meet."""
    named = [layer for layer in panel.layers if isinstance(layer, Line) and layer.label]
    if panel.legend:
        _write_legend(ax, panel)
        return
    if not named:
        return
    low, high = ax.get_ylim()
    point = (high - low) / _height_pt(ax, panel)
    ends = sorted(((n, *_end(n, ax.get_xlim()[1])) for n in named), key=lambda end: end[2])
    tall = [point * NAME_PT * (1 + n.label.count("\n")) for n, _, _ in ends]
    for (line, right, _), height in zip(ends, _moved_apart([end[2] for end in ends], tall, high), strict=True):
        ax.annotate(
            line.label,
            (right, height),
            xytext=(4, 0),
            textcoords="offset points",
            color=colour(line.colour),
            fontsize=SMALL + 0.5,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _write_legend(ax: "Axes", panel: Panel) -> None:
    """Name labelled lines and bars beneath the axes, each name once."""
    layers = {n.label: n for n in panel.layers if isinstance(n, Line | Bars) and n.label}
    if not layers:
        return
    keys = [_key(layer) for layer in layers.values()]
    figure = ax.get_figure(root=True)
    assert figure is not None
    beneath = ax.transAxes + ScaledTranslation(0, -LEGEND_PT / 72, figure.dpi_scale_trans)
    ax.legend(
        handles=keys,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=beneath,
        ncols=_columns(layers),
        frameon=False,
        fontsize=SMALL + 0.3,
        handlelength=2.0,
        columnspacing=1.4,
        borderaxespad=0,
    )


def _columns(layers: "Mapping[str, Line | Bars]") -> int:
    """Return how many names stand in a row: one long one, two of lines, all of bars with short names."""
    if max(map(len, layers)) > LONG_NAME:
        return 1
    return len(layers) if all(isinstance(n, Bars) and len(n.label) <= SHORT_NAME for n in layers.values()) else 2


def _key(layer: Line | Bars) -> Any:
    """Return the sample of a line or of bars."""
    if isinstance(layer, Bars):
        tone = colour(layer.colour)
        return Patch(facecolor=(tone, layer.fill), edgecolor=tone, linewidth=0.6, label=layer.label)
    return Line2D(
        [],
        [],
        **(_symbol(layer) if layer.mark else {"color": colour(layer.colour)}),
        linestyle=DASHES[layer.dash],
        linewidth=layer.width,
        label=layer.label,
    )


def _moved_apart(wanted: "Sequence[float]", tall: "Sequence[float]", high: float) -> list[float]:
    """Return the middles of names, lowest first, as near to where they are wanted as their heights allow, none above the axes."""
    middles: list[float] = []
    for i, (middle, height) in enumerate(zip(wanted, tall, strict=True)):
        floor = middles[-1] + (tall[i - 1] + height) / 2 if i else -float("inf")
        middles.append(max(middle, floor))
    roof = high
    for i in reversed(range(len(middles))):
        middles[i] = min(middles[i], roof - tall[i] / 2)
        roof = middles[i] - tall[i] / 2
    return middles


def _end(line: Line, right: float) -> tuple[float, float]:
    """Return the last point of a line that the axes still show; the edge of the axes where it ends not far from it, clear of other lines."""
    x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
    last = max(int(np.searchsorted(x, right, side="right")) - 1, 0)
    end = min(float(x[-1]), right)
    return right if end > NEAR_EDGE * right else end, float(y[last])


def _write_under(ax: "Axes", panel: Panel) -> None:
    """Write rows of texts under the ticks (numbers at risk), below the axis label; a row of none is the heading of the next."""
    last = len(panel.under) - 1
    for row, (name, texts) in enumerate(panel.under.items()):
        drop = -(UNDER_PT + LINE_PT * row)
        if not texts and panel.samples:
            _write_heading(ax, panel, name, drop)
            continue
        weight = "normal" if any(texts) else "bold"
        _write(ax, name, (0, 0), (-NAMES_PT, drop), "axes fraction", ha="right", va="top", fontweight=weight)
        for tick, text in zip(panel.x_ticks, texts, strict=False):
            # the room beneath the axes ends under the last row: only its numbers are measured
            how = {"ha": "center", "va": "top", "in_layout": row == last}
            _write(ax, text, (tick, 0), (0, drop), ("data", "axes fraction"), **how)


def _write_heading(ax: "Axes", panel: Panel, name: str, drop: float) -> None:
    """Write the name of a curve over its rows, with a piece of its line before it; it may run on beneath the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    left = -HEADING_PT
    if name in panel.samples:
        tone, dash = panel.samples[name]
        points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans + ScaledTranslation(0, 0, BboxTransformTo(ax.bbox))
        height = drop - SAMPLE_DROP_PT
        ax.add_line(
            Line2D([left, left + SAMPLE_PT], [height, height], color=colour(tone), linestyle=DASHES[dash], linewidth=1.4,
                   transform=points, clip_on=False, solid_capstyle="butt")
        )  # fmt: skip
    _write(ax, name, (0, 0), (left + SAMPLE_PT + 4, drop), "axes fraction", ha="left", va="top", fontweight="bold")


def _write_side_labels(ax: "Axes", panel: Panel) -> None:
    """Write columns of texts right of the axes, each as wide as its longest line."""
    start = 10.0
    for heading, texts in panel.text_columns.items():
        _write(ax, heading, (1, 1), (start, 3), "axes fraction", ha="left", va="bottom", fontweight="bold")
        for tick, text in zip(panel.y_ticks, texts, strict=False):
            _write(ax, text, (1, tick), (start, 0), ("axes fraction", "data"), ha="left", va="center")
        lines = [line for t in (heading, *texts) for line in t.split("\n")]
        start += max(len(line) for line in lines) * SMALL * 0.5 + 8


def _write(ax: "Axes", text: str, at: tuple[float, float], move: tuple[float, float], where: Any, **how: Any) -> None:
    """Write words at a place of the axes, moved by points; they take part in the layout."""
    ax.annotate(
        text, at, xycoords=where, xytext=move, textcoords="offset points", fontsize=SMALL, annotation_clip=False, **how
    )
