"""Large curves at the resolution of paper: what no eye can tell apart is drawn once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 2000
FINEST = 1 / 4000  # of the range that is drawn: 0.02 mm of 80
TICK = 1 / 1000  # a tick is three times as wide as this of 80 mm
Places = NDArray[np.int64]


def staircase_places(*values: NDArray[Any]) -> Places:
    """Return which points of a staircase are drawn: where a value comes to another four-thousandth of their common range.

    A staircase of 2000 points or fewer is drawn whole. The first and the last point always stay, so that no drawn value is further
    than a four-thousandth of the range from its own.

    Examples
    --------
    >>> len(staircase_places(np.linspace(1, 0, 1000)))
    1000
    >>> 4000 <= len(staircase_places(np.linspace(1, 0, 61_000))) <= 4002
    True
    """
    n = len(values[0])
    if n <= MOST_POINTS:
        return np.arange(n)
    known = [np.asarray(v, dtype=np.float64) for v in values]
    ends = [(np.nanmin(v), np.nanmax(v)) for v in known if np.isfinite(v).any()]
    if not ends:
        return np.array([0, n - 1])
    low, high = min(a for a, _ in ends), max(b for _, b in ends)
    step = (high - low) * FINEST or 1.0
    moved = np.zeros(n, dtype=np.bool_)
    moved[[0, -1]] = True
    for value in known:
        level = np.where(np.isfinite(value), np.floor((np.nan_to_num(value) - low) / step), -1.0)
        moved[1:] |= level[1:] != level[:-1]
    return np.flatnonzero(moved)


def mark_places(x: NDArray[Any], y: NDArray[Any]) -> Places:
    """Return which ticks are drawn: of those that fall on one thousandth of both ranges, the first.

    Examples
    --------
    >>> mark_places(np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 1.0])).tolist()
    [0, 1, 2]
    >>> len(mark_places(np.repeat(np.arange(100.0), 50), np.zeros(5000)))
    100
    """
    if len(x) <= MOST_POINTS:
        return np.arange(len(x))
    cells = np.stack([_cells(x), _cells(y)], axis=1)
    return np.sort(np.unique(cells, axis=0, return_index=True)[1])


def _cells(values: NDArray[Any]) -> NDArray[np.float64]:
    result = np.asarray(values, dtype=np.float64)
    step = float(np.nanmax(result) - np.nanmin(result)) * TICK or 1.0
    return np.asarray(np.floor((result - np.nanmin(result)) / step))


def even_places(n: int, most: int = MOST_POINTS) -> Places:
    """Return `most` places spread evenly over n, both ends among them; all of them where there are no more.

    Examples
    --------
    >>> even_places(5).tolist(), even_places(9, 3).tolist()
    ([0, 1, 2, 3, 4], [0, 4, 8])
    """
    return np.arange(n) if n <= most else np.rint(np.linspace(0, n - 1, most)).astype(np.int64)
