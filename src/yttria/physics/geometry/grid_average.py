"""Mean of one grid over the voxels of another: exact along shared axes, by points where the two are oblique."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from yttria.physics.geometry.box_average import box_average
from yttria.values.grid import Grid
from yttria.values.maps import Array

LEAST_PARTS, MOST_PARTS = 3, 6
"""Points for an edge of a voxel that lies oblique to shares: 216 tell a block of the voxel's edge to 2 % of it however it is turned."""
MOST_PARTS_CURVE = 12
Points = NDArray[np.float64]
Overlaps = tuple[NDArray[np.int64], NDArray[np.float32]]
Curve = NDArray[np.float32]
NO_CURVE: Curve = np.zeros(0, dtype=np.float32)


def mean_over_boxes(
    values: Array, curve: Curve, source: Grid, grid: Grid
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of `values` over each voxel's box (uncovered parts count as zero), and the covered share."""
    turn = np.linalg.inv(source.matrix[:3, :3]) @ grid.matrix[:3, :3]
    shift = source.index_of([grid.matrix[:3, 3]])[0]
    order = _permutation(turn, grid)
    if order is None:
        from yttria.physics.geometry.point_average import (  # noqa: PLC0415  half a second that grids along the same axes do not need
            even_around,
            point_average,
        )

        ratio = np.linalg.norm(turn, axis=0)
        least, most = (2, MOST_PARTS_CURVE) if len(curve) else (LEAST_PARTS, MOST_PARTS)
        points = int(np.clip(np.ceil(least * ratio), least, most).prod())
        even = (
            even_around(np.ascontiguousarray(values), _reach_of(turn))
            if len(curve) == 0
            else np.zeros((0, 0, 0), dtype=bool)
        )
        mean, covered = point_average(values, curve, turn, shift, np.asarray(grid.shape_zyx), points + points % 2, even)
        return mean, covered
    weights = [
        overlaps(source.shape_zyx[2 - s], grid.shape_zyx[2 - d], scale=float(turn[s, d]), shift=float(shift[s]))
        for d, s in zip((2, 1, 0), reversed(order), strict=True)
    ]
    mean, covered = np.zeros(grid.shape_zyx, dtype=np.float32), np.zeros(grid.shape_zyx, dtype=np.float32)
    here = tuple(_met(part) for _, part in weights)
    weights = [(first[at], part[at]) for (first, part), at in zip(weights, here, strict=True)]
    moved = np.ascontiguousarray(np.transpose(values, [2 - s for s in reversed(order)]))
    moved.flags.writeable = False
    (z0, wz), (y0, wy), (x0, wx) = weights
    box_average(mean[here], moved, curve, z0, wz, y0, wy, x0, wx)
    cz, cy, cx = (np.minimum(part.sum(axis=1, dtype=np.float32), np.float32(1)) for _, part in weights)
    covered[here] = cz[:, None, None] * (cy[:, None] * cx)
    return mean, covered


def _reach_of(turn: Points) -> NDArray[np.int64]:
    """Return how many source cells (z, y, x) from the one that holds its centre a wanted voxel can reach."""
    return np.array([math.ceil(0.5 * float(np.abs(turn[axis]).sum()) + 0.5) for axis in (2, 1, 0)])


def _met(part: NDArray[np.float32]) -> slice:
    """Return the range of wanted cells that overlap the source."""
    met = np.flatnonzero(part.any(axis=1))
    return slice(int(met[0]), int(met[-1]) + 1) if len(met) else slice(0, 0)


def _permutation(turn: Points, grid: Grid) -> Sequence[int] | None:
    """Return for each axis (i, j, k) of `grid` the source axis it runs along; None where the two are oblique.

    Oblique means that some voxel of the grid lies more than 1 % of a source voxel elsewhere than along the axes.
    """
    order = [int(np.abs(turn[:, d]).argmax()) for d in range(3)]
    if sorted(order) != [0, 1, 2]:
        return None
    off = np.abs(turn).copy()
    off[order, [0, 1, 2]] = 0
    return order if (off * np.array(grid.shape_zyx[::-1])).max() <= 0.01 else None


def overlaps(source: int, target: int, *, scale: float, shift: float) -> Overlaps:
    """Return which source cells each wanted cell overlaps along one axis: the first, and the share of the wanted cell in each.

    Cell w covers source positions `shift` + `scale` (w - 0.5 .. w + 0.5); source cell s covers s - 0.5 .. s + 0.5.
    """
    centre, half = shift + scale * np.arange(target), abs(scale) / 2
    low, high = centre - half, np.minimum(centre + half, source - 0.5)
    first = np.clip(np.floor(low + 0.5).astype(np.int64), 0, source - 1)
    many = max(int((np.ceil(high + 0.5).astype(np.int64) - first).max()), 1)
    cells = first[:, None] + np.arange(many)
    common = np.minimum(high[:, None], cells + 0.5) - np.maximum(low[:, None], cells - 0.5)
    part = np.maximum(common, 0) / abs(scale)
    part[part < 1e-7] = 0
    return first, part.astype(np.float32)
