"""Means over boxes: what a coarse voxel holds of a fine image."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Whole = NDArray[np.int64]


def box_average(
    out: Image,
    values: NDArray[Any],
    curve: Image,
    z0: Whole,
    wz: Image,
    y0: Whole,
    wy: Image,
    x0: Whole,
    wx: Image,
) -> None:
    """Fill `out` with the sum over source cells of weight times value, separable along the axes (z, y, x).

    Rows first, for all of the source goes through them, then slices, then columns; one slice of the source is at hand at a time.

    Parameters
    ----------
    out
        Wanted cells, float32.
    values
        Source (nz, ny, nx).
    curve
        (least, most, start, slope, plateau, corner, slope beyond): a number h stands for
        min(start + slope h, plateau) + max(slope beyond (h - corner), 0), cut to least .. most; empty: for itself.
    z0, wz, y0, wy, x0, wx
        For each wanted cell along an axis the first source cell and the weights (float32) from there.
    """
    rows, columns = _axis(y0, wy), _axis(x0, wx)
    part = values[:, rows.reach, columns.reach]
    ready, plane = -1, np.zeros(0, dtype=np.float32)
    total = np.empty((len(y0), part.shape[2]), dtype=np.float32)
    for d, (first, weights) in enumerate(zip(z0.tolist(), wz, strict=True)):
        total[:] = 0.0
        for c in np.flatnonzero(weights > 0).tolist():
            if first + c != ready:
                ready = first + c
                plane = rows.mean(followed(part[ready], curve), axis=0)
            total += weights[c] * plane
        out[d] = columns.mean(total, axis=1)


def followed(numbers: NDArray[Any], curve: Image) -> Image:
    """Return what numbers stand for by a curve, as `box_average` reads it."""
    if not len(curve):
        return np.asarray(numbers, dtype=np.float32)
    least, most, start, slope, plateau, corner, beyond = curve
    line: Image = np.multiply(numbers, slope, dtype=np.float32)
    line += start
    np.minimum(line, plateau, out=line)
    if numbers.size and numbers.max() > corner:
        more = np.subtract(numbers, corner, dtype=np.float32)
        more *= beyond
        line += np.maximum(more, np.float32(0), out=more)
    np.clip(line, least, most, out=line)
    return line


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """The weights along one axis: the range of the source that counts, and one after another a source cell (in that range) for each wanted cell with its weight.

    Cells that follow each other are a slice; weights that are all one are None.
    """

    reach: slice
    steps: Sequence[tuple[slice | Whole, Image | None]]

    def mean(self, plane: Image, *, axis: int) -> Image:
        """Return the weighted sums of a plane along an axis of it."""
        parts = (_weighted(plane, cells, weight, axis) for cells, weight in self.steps)
        return reduce(np.add, parts)


def _weighted(plane: Image, cells: slice | Whole, weight: Image | None, axis: int) -> Image:
    if isinstance(cells, slice):
        columns = plane[cells] if axis == 0 else plane[:, cells]
    else:
        columns = np.take(plane, cells, axis=axis)
    return columns if weight is None else columns * (weight[:, None] if axis == 0 else weight)


def _axis(first: Whole, part: Image) -> _Axis:
    """Return the weights of each wanted cell, those of no weight left out."""
    lead = (part > 0).argmax(axis=1)[:, None]
    place = lead + np.arange(part.shape[1])
    there = place < part.shape[1]
    place = np.where(there, place, 0)
    weights = np.where(there, np.take_along_axis(part, place, axis=1), np.float32(0))
    weights = weights[:, : int((weights > 0).sum(axis=1).max(initial=1))]
    cells = first[:, None] + lead + np.arange(weights.shape[1])
    met = cells[weights > 0]
    reach = slice(int(met.min()), int(met.max()) + 1) if len(met) else slice(0, 1)
    inside = np.clip(cells - reach.start, 0, reach.stop - reach.start - 1)
    return _Axis(reach, [_step(inside[:, c], weights[:, c]) for c in range(weights.shape[1])])


def _step(cells: Whole, weight: Image) -> tuple[slice | Whole, Image | None]:
    ones = None if bool((weight == 1).all()) else weight
    if len(cells) and bool((np.diff(cells) == 1).all()):
        return slice(int(cells[0]), int(cells[-1]) + 1), ones
    return cells, ones
