"""One panel drawn: lines, bands, bars, marks and rules lie where their numbers say, and words where the panel asks for them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation

from yttria.io.render.figure import figure_style
from yttria.io.render.plot_panel import draw_panel
from yttria.values.document import Bars, Layer, Line, Marks, Panel, Rule

X = np.array([0.0, 10.0, 20.0])


@pytest.fixture
def axes() -> Iterator[Axes]:
    with figure_style():
        yield Canvas(figsize=(4, 3)).add_subplot()


def drawn(axes: Axes, *layers: Layer, **more: Any) -> Axes:
    draw_panel(axes, Panel(layers, "x", "y", **more))
    return axes


def texts(axes: Axes) -> dict[str, Annotation]:
    return {t.get_text(): t for t in axes.texts if isinstance(t, Annotation)}


@pytest.mark.parametrize(("step", "style"), [(True, "steps-post"), (False, "default")])
def test_a_line_goes_through_its_points_as_a_staircase_or_straight(step: bool, style: str, axes: Axes) -> None:
    (line,) = drawn(axes, Line(X, np.array([1.0, 0.5, 0.25]), step=step)).get_lines()
    assert np.asarray(line.get_xdata()).tolist() == [0, 10, 20]
    assert np.asarray(line.get_ydata()).tolist() == [1, 0.5, 0.25]
    assert line.get_drawstyle() == style


def test_a_symbol_stands_on_its_curve(axes: Axes) -> None:
    drawn(axes, Line(X, np.array([1.0, 0.5, 0.25]), mark="square", mark_at=5.0))
    (symbol,) = [n for n in axes.get_lines() if n.get_marker() == "s"]
    assert (np.asarray(symbol.get_xdata())[0], np.asarray(symbol.get_ydata())[0]) == (5.0, 0.75)


@pytest.mark.parametrize("horizontal", [False, True])
def test_bars_reach_from_low_to_high(horizontal: bool, axes: Axes) -> None:
    drawn(
        axes,
        Bars(np.array([1.0, 2.0]), np.array([-30.0, 0.0]), np.array([0.0, 20.0]), width=0.5, horizontal=horizontal),
    )
    boxes = [p for p in axes.patches if isinstance(p, Rectangle)]
    ends = [(b.get_x(), b.get_width(), b.get_y(), b.get_height()) for b in boxes]
    wanted = [(-30.0, 30.0, 0.75, 0.5), (0.0, 20.0, 1.75, 0.5)]
    assert ends == (wanted if horizontal else [(y, h, x, w) for x, w, y, h in wanted])


def test_an_interval_within_the_axes_is_whole_and_one_beyond_ends_in_an_arrow_at_their_edge(axes: Axes) -> None:
    marks = Marks(np.array([1.0, 2.0]), np.array([1.0, 0.0]), low=np.array([0.5, 0.05]), high=np.array([1.5, 9.0]))
    drawn(axes, marks, x_range=(0.1, 4.0))
    (lines,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    spans = [(float(s[0][0]), float(s[-1][0])) for s in lines.get_segments()]
    assert spans == [(0.5, 1.5), (0.1, 4.0)]
    arrows = [np.asarray(c.get_offsets()).tolist() for c in axes.collections if isinstance(c, PathCollection)]
    assert [[0.1, 0.0]] in arrows
    assert [[4.0, 0.0]] in arrows


def test_ticks_and_their_words_are_those_of_the_panel(axes: Axes) -> None:
    drawn(axes, Line(X, X / 20), x_ticks=(0, 12, 24), y_ticks=(0.0, 0.5, 1.0), y_percent=True)
    axes.figure.canvas.draw()
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "12", "24"]
    assert [t.get_text().replace("\u00a0", " ") for t in axes.get_yticklabels()] == ["0 %", "50 %", "100 %"]


def test_a_line_is_named_at_its_end_or_in_a_legend(axes: Axes) -> None:
    named = Line(X, np.array([1.0, 0.5, 0.25]), "PDA")
    assert texts(drawn(axes, named, x_range=(0, 20), y_range=(0, 1)))["PDA"].xy == pytest.approx((20.0, 0.25))
    other = Canvas(figsize=(4, 3)).add_subplot()
    drawn(other, named, legend=True)
    legend = other.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["PDA"]
    assert "PDA" not in texts(other)


def test_names_of_two_lines_that_end_together_are_moved_apart(axes: Axes) -> None:
    lines = [Line(X, np.array([1.0, 0.5, end]), name) for name, end in (("PDA", 0.30), ("SDA", 0.29))]
    found = texts(drawn(axes, *lines, x_range=(0, 20), y_range=(0, 1)))
    assert found["PDA"].xy[1] - found["SDA"].xy[1] > 0.03


def test_numbers_beneath_stand_at_their_ticks(axes: Axes) -> None:
    found = texts(drawn(axes, Line(X, X), x_ticks=(0, 10, 20), under={"At risk": ("28", "14", "6")}))
    assert [found[t].xy[0] for t in ("28", "14", "6")] == [0, 10, 20]
    assert found["At risk"].xy == (0, 0)


@pytest.mark.parametrize(("late", "corner"), [(0.85, (1, 1)), (0.86, (1, 1)), (0.87, (0, 0))])
def test_words_of_the_corner_leave_the_curves_free(late: float, corner: tuple[int, int], axes: Axes) -> None:
    """Curves that run above 86 % of the height late leave the upper corner to themselves."""
    found = texts(drawn(axes, Line(X, np.full(3, late)), x_range=(0, 20), y_range=(0, 1), corner="HR 0.5"))
    assert found["HR 0.5"].xy == corner


def test_an_upright_rule_is_named_above_the_axes_one_row_higher_where_two_would_touch(axes: Axes) -> None:
    drawn(
        axes,
        Rule(10.0, label="no difference"),
        Rule(10.5, label="another rule"),
        Rule(5.0, axis="y", label="limit"),
        x_range=(0, 20),
        y_range=(0, 10),
    )
    found = texts(axes)
    first, second = (found[name].xyann[1] for name in ("no difference", "another rule"))
    assert second > first
    assert found["limit"].xy == (1, 5.0)


def test_a_logarithmic_axis_is_one(axes: Axes) -> None:
    assert drawn(axes, Line(X + 1, X), x_log=True).get_xscale() == "log"
