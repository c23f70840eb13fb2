"""Draw one panel: axes with lines, bands, marks and rules."""

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from yttria.io.render.palette import colour
from yttria.values.document import Band, Layer, Line, Marks, Panel, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES: dict[str, Any] = {"solid": "-", "dashed": (0, (4, 2)), "dotted": (0, (1, 1.6)), "dashdot": (0, (6, 2, 1, 2))}
SHAPES = {"tick": "|", "dot": "o", "square": "s", "diamond": "D", "triangle": "^"}
SMALL = 7.2
LONG_NAME = 24
UNDER_PT = 34.0
LINE_PT = 9.5
NEAR_EDGE = 0.6


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
    _write_beside(ax, panel)


def _add(layer: Layer, ax: "Axes") -> None:
    """Draw one layer by its kind."""
    match layer:
        case Line():
            _line(layer, ax)
        case Band():
            _band(layer, ax)
        case Marks():
            _marks(layer, ax)
        case Rule():
            _rule(layer, ax)


def _line(layer: Line, ax: "Axes") -> None:
    ax.plot(
        layer.x,
        layer.y,
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
    ax.fill_between(
        layer.x,
        layer.low,
        layer.high,
        step="post" if layer.step else None,
        color=colour(layer.colour),
        alpha=0.16,
        linewidth=0,
        zorder=1,
    )


def _marks(layer: Marks, ax: "Axes") -> None:
    tone = colour(layer.colour)
    if layer.low is not None and layer.high is not None:
        _whiskers(layer, ax, tone)
    size = 18.0 if layer.size is None else layer.size
    if layer.shape == "tick":
        ax.scatter(layer.x, layer.y, s=22, marker=SHAPES["tick"], color=tone, linewidths=0.7, zorder=4)
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
        ax.set_title(panel.title, pad=14 if ruled else 6)
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
    if not named:
        return
    if panel.legend:
        keys = [
            Line2D(
                [],
                [],
                **(_symbol(n) if n.mark else {"color": colour(n.colour)}),
                linestyle=DASHES[n.dash],
                linewidth=n.width,
                label=n.label,
            )
            for n in named
        ]
        ax.legend(
            handles=keys,
            loc="upper left",
            bbox_to_anchor=(0, -34 / max(_size_pt(ax)[1], 1)),
            ncols=1 if max(len(n.label) for n in named) > LONG_NAME else 2,
            frameon=False,
            fontsize=SMALL + 0.3,
            handlelength=2.0,
            columnspacing=1.4,
            borderaxespad=0,
        )
        return
    low, high = ax.get_ylim()
    apart = (high - low) * 9 / max(_size_pt(ax)[1], 1)
    lowest = -float("inf")
    ends = [(n, *_end(n, ax.get_xlim()[1])) for n in named]
    for line, right, height in sorted(ends, key=lambda end: end[2]):
        lowest = max(height, lowest + apart)
        ax.annotate(
            line.label,
            (right, lowest),
            xytext=(4, 0),
            textcoords="offset points",
            color=colour(line.colour),
            fontsize=SMALL + 0.5,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _end(line: Line, right: float) -> tuple[float, float]:
    """Return the last point of a line that the axes still show; the edge of the axes where it ends not far from it, clear of other lines."""
    x, y = np.asarray(line.x, dtype=float), np.asarray(line.y, dtype=float)
    last = max(int(np.searchsorted(x, right, side="right")) - 1, 0)
    end = min(float(x[-1]), right)
    return right if end > NEAR_EDGE * right else end, float(y[last])


def _write_under(ax: "Axes", panel: Panel) -> None:
    """Write rows of texts under the ticks (numbers at risk), below the axis label."""
    for row, (name, texts) in enumerate(panel.under.items()):
        drop = -(UNDER_PT + LINE_PT * row)
        weight = "normal" if any(texts) else "bold"
        _write(ax, name, (0, 0), (-14, drop), "axes fraction", ha="right", va="top", fontweight=weight)
        for tick, text in zip(panel.x_ticks, texts, strict=False):
            _write(ax, text, (tick, 0), (0, drop), ("data", "axes fraction"), ha="center", va="top")


def _write_beside(ax: "Axes", panel: Panel) -> None:
    """Write columns of texts right of the axes, each as wide as its longest text."""
    start = 10.0
    for heading, texts in panel.beside.items():
        _write(ax, heading, (1, 1), (start, 3), "axes fraction", ha="left", va="bottom", fontweight="bold")
        for tick, text in zip(panel.y_ticks, texts, strict=False):
            _write(ax, text, (1, tick), (start, 0), ("axes fraction", "data"), ha="left", va="center")
        start += max(len(t) for t in (heading, *texts)) * SMALL * 0.5 + 8


def _write(ax: "Axes", text: str, at: tuple[float, float], move: tuple[float, float], where: Any, **how: Any) -> None:
    """Write words at a place of the axes, moved by points; they take part in the layout."""
    ax.annotate(
        text, at, xycoords=where, xytext=move, textcoords="offset points", fontsize=SMALL, annotation_clip=False, **how
    )
