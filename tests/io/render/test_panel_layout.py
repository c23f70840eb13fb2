"""Room around axes: every word inside the figure, one size of axes, margins by column and row, the foot left free."""

from collections.abc import Iterator
from unittest import mock

import matplotlib.figure
import pytest
from matplotlib.axes import Axes
from matplotlib.transforms import BboxBase

from yttria.io.render.figure import figure_style
from yttria.io.render.panel_layout import LEAST_SHARE, PAD_PT, POINTS_PER_INCH, PanelLayout

WIDTH_IN, HEIGHT_IN = 7.0, 5.0


def laid_out(
    rows: int, columns: int, *, foot_pt: float = 0.0, labels: tuple[str, ...] = ()
) -> matplotlib.figure.Figure:
    with figure_style():
        canvas = matplotlib.figure.Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        axes = canvas.subplots(rows, columns, squeeze=False).ravel()
        for ax, label in zip(axes, labels, strict=False):
            ax.set_ylabel(label)
            ax.set_xlabel("Time")
        canvas.set_layout_engine(PanelLayout(foot_pt))
        canvas.draw_without_rendering()
    return canvas


def words(canvas: matplotlib.figure.Figure) -> list[BboxBase]:
    with figure_style():  # how many ticks there are follows from the size of their words
        boxes = [ax.get_tightbbox() for ax in canvas.axes]
    return [box for box in boxes if box is not None]


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 3), (2, 2), (3, 1)])
def test_words_end_a_pad_from_the_edges(rows: int, columns: int) -> None:
    canvas = laid_out(rows, columns, labels=("Survival\nof all", "", "Dose"))
    boxes = words(canvas)
    pad = PAD_PT * canvas.dpi / POINTS_PER_INCH
    assert min(b.x0 for b in boxes) == pytest.approx(pad, abs=0.01)
    assert min(b.y0 for b in boxes) == pytest.approx(pad, abs=0.01)
    assert max(b.x1 for b in boxes) == pytest.approx(canvas.bbox.width - pad, abs=0.01)
    assert max(b.y1 for b in boxes) == pytest.approx(canvas.bbox.height - pad, abs=0.01)


def test_axes_are_alike_and_a_column_s_words_take_room_from_all() -> None:
    canvas = laid_out(2, 3, labels=("", "two\nlines\nof words", "", "", "", ""))
    boxes = [ax.get_window_extent() for ax in canvas.axes]
    assert {round(b.width, 6) for b in boxes} == {round(boxes[0].width, 6)}
    assert {round(b.height, 6) for b in boxes} == {round(boxes[0].height, 6)}
    assert [b.x0 for b in boxes[:3]] == pytest.approx([b.x0 for b in boxes[3:]])
    first, second, third = boxes[:3]
    assert second.x0 - first.x1 > third.x0 - second.x1 + 20
    assert words(canvas)[1].y0 > words(canvas)[4].y1


def test_the_foot_is_left_free() -> None:
    low = min(box.y0 for box in words(laid_out(1, 2, foot_pt=30.0)))
    assert low * POINTS_PER_INCH / laid_out(1, 1).dpi == pytest.approx(30.0 + PAD_PT, abs=0.01)


def test_words_without_end_leave_the_axes_their_least_share() -> None:
    canvas = laid_out(1, 1, labels=("\n".join("word" for _ in range(80)),))
    assert canvas.axes[0].get_position().width == pytest.approx(LEAST_SHARE)


@pytest.fixture
def measured() -> Iterator[mock.Mock]:
    with mock.patch.object(Axes, "get_tightbbox", autospec=True, side_effect=Axes.get_tightbbox) as calls:
        yield calls


def test_given_ticks_are_measured_once_and_ticks_that_follow_from_the_length_once_more(measured: mock.Mock) -> None:
    with figure_style():
        canvas = matplotlib.figure.Figure(figsize=(WIDTH_IN, HEIGHT_IN))
        ax = canvas.subplots()
        ax.set_xticks([0.0, 0.5, 1.0])
        canvas.set_layout_engine(PanelLayout())
        canvas.draw_without_rendering()
        assert measured.call_count == 2
        ax.set_yticks([0.0, 0.5, 1.0])
        canvas.draw_without_rendering()
    assert measured.call_count == 3
