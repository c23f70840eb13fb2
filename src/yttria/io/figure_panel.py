"""Draw one panel: axes with lines, bands, marks and rules."""

from typing import TYPE_CHECKING, Any

from matplotlib import patheffects
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

from yttria.io.palette import colour
from yttria.values.document import Band, Layer, Line, Marks, Panel, Rule

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHES: dict[str, Any] = {"solid": "-", "dashed": (0, (4, 2)), "dotted": (0, (1, 1.6)), "dashdot": (0, (6, 2, 1, 2))}
SHAPES = {"tick": "|", "dot": "o", "square": "s", "diamond": "D"}
HALO = [patheffects.withStroke(linewidth=2.4, foreground="white")]


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
    _write_under(ax, panel)


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
        ax.hlines(layer.y, layer.low, layer.high, color=tone, linewidth=1.0, zorder=2)
    size = 18.0 if layer.size is None else layer.size
    if layer.shape == "tick":
        ax.scatter(layer.x, layer.y, s=22, marker=SHAPES["tick"], color=tone, linewidths=0.7, zorder=4)
    else:
        ax.scatter(layer.x, layer.y, s=size, marker=SHAPES[layer.shape], color=tone, linewidths=0, zorder=4)


def _rule(layer: Rule, ax: "Axes") -> None:
    tone, dash = colour(layer.colour), DASHES[layer.dash]
    if layer.axis == "x":
        ax.axvline(layer.at, color=tone, linestyle=dash, linewidth=0.8, zorder=1)
        if layer.label:
            ax.annotate(
                layer.label,
                (layer.at, 1),
                xycoords=("data", "axes fraction"),
                xytext=(2, -1),
                textcoords="offset points",
                color=tone,
                fontsize=7,
                va="top",
                rotation=90,
                path_effects=HALO,
                zorder=5,
            )
    else:
        ax.axhline(layer.at, color=tone, linestyle=dash, linewidth=0.8, zorder=1)
        if layer.label:
            ax.annotate(
                layer.label,
                (1, layer.at),
                xycoords=("axes fraction", "data"),
                xytext=(-1, 2),
                textcoords="offset points",
                color=tone,
                fontsize=7,
                ha="right",
                path_effects=HALO,
                zorder=5,
            )


def _dress(ax: "Axes", panel: Panel) -> None:
    ax.set_xlabel(panel.x_label)
    ax.set_ylabel(panel.y_label)
    if panel.title:
        ax.set_title(panel.title)
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
    """Name each labelled line at its end, moved apart where the ends meet."""
    named = [
        (layer, float(layer.x[-1]), float(layer.y[-1]))
        for layer in panel.layers
        if isinstance(layer, Line) and layer.label
    ]
    if not named:
        return
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], color=colour(layer.colour), linestyle=DASHES[layer.dash], linewidth=layer.width, label=layer.label
        )
        for layer, _, _ in named
    ]
    ax.legend(
        handles=handles, loc="upper right", frameon=False, fontsize=POINT_LEGEND, handlelength=1.8, borderaxespad=0.2
    )


POINT_LEGEND = 7.5


def _write_under(ax: "Axes", panel: Panel) -> None:
    """Write rows of texts under the ticks (numbers at risk)."""
    for row, (name, texts) in enumerate(panel.under.items()):
        drop = -(30 + 10 * row)
        ax.annotate(
            name,
            (0, 0),
            xycoords="axes fraction",
            xytext=(-8, drop),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=7,
        )
        for tick, text in zip(panel.x_ticks, texts, strict=False):
            ax.annotate(
                text,
                (tick, 0),
                xycoords=("data", "axes fraction"),
                xytext=(0, drop),
                textcoords="offset points",
                ha="center",
                va="top",
                fontsize=7,
            )
