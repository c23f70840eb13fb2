"""Room for the words around the axes of a figure, measured once."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.layout_engine import LayoutEngine
from matplotlib.ticker import FixedLocator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.gridspec import SubplotSpec
    from numpy.typing import NDArray

POINTS_PER_INCH = 72.0
PAD_PT = 3.0
"""From the edge of the figure, and between what belongs to two axes on either side."""
LEAST_SHARE = 0.05
"""Of the width or height of the figure, what is left to axes whose words leave no room."""


class PanelLayout(LayoutEngine):
    """Places axes in a grid: each column and row leaves room for the widest words beside its axes, all axes have one width and one height.

    matplotlib's own engines measure every word twice, because the words of an axis may change with its length. Those of given ticks do not.

    Parameters
    ----------
    foot_pt
        Height to leave free at the foot of the figure, points.
    """

    _adjust_compatible = False
    _colorbar_gridspec = False

    def __init__(self, foot_pt: float = 0.0) -> None:
        super().__init__()
        self.foot_pt = foot_pt

    def execute(self, fig: "Canvas") -> None:
        """Place the axes; once more where their ticks follow from their length."""
        axes = [(ax, spec) for ax in fig.axes if (spec := ax.get_subplotspec()) is not None]
        self._place(fig, axes)
        if not all(
            isinstance(axis.get_major_locator(), FixedLocator) for ax, _ in axes for axis in (ax.xaxis, ax.yaxis)
        ):
            self._place(fig, axes)

    def _place(self, fig: "Canvas", axes: "Sequence[tuple[Axes, SubplotSpec]]") -> None:
        grid = axes[0][1].get_gridspec()
        margins = np.zeros((2, 2, max(grid.nrows, grid.ncols)))  # across or down, before or after, column or row
        for ax, spec in axes:
            inner, outer = ax.get_window_extent(), ax.get_tightbbox(for_layout_only=True)
            if outer is None:
                continue
            for axis, place, sides in (
                (0, spec.colspan.start, (inner.x0 - outer.x0, outer.x1 - inner.x1)),
                (1, spec.rowspan.start, (outer.y1 - inner.y1, inner.y0 - outer.y0)),
            ):
                margins[axis, :, place] = np.maximum(margins[axis, :, place], sides)
        margins += PAD_PT * fig.dpi / POINTS_PER_INCH
        wide, high = fig.bbox.width, fig.bbox.height
        left, width = _places(margins[0, :, : grid.ncols], wide)
        top, height = _places(margins[1, :, : grid.nrows], high - self.foot_pt * fig.dpi / POINTS_PER_INCH)
        for ax, spec in axes:
            x, y = left[spec.colspan.start], high - top[spec.rowspan.start] - height
            ax.set_position((x / wide, y / high, width / wide, height / high))


def _places(margins: "NDArray[np.float64]", room: float) -> tuple[list[float], float]:
    """Return where each of several axes in a line begins, and how long all are, from the margins before and after each."""
    many = margins.shape[1]
    length = max((room - float(margins.sum())) / many, LEAST_SHARE * room)
    begins = [n * length + float(margins[0, : n + 1].sum() + margins[1, :n].sum()) for n in range(many)]
    return begins, length
