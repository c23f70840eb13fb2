"""Outlines of drawn contours in a plane of the patient: along the drawing as drawn, across it between its planes."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.values.contour import Contour, Polygon

Array = NDArray[Any]
FLAT_MM = 0.5
REACH_MM = 12.0


def is_axial(contour: Contour) -> bool:
    """Tell whether every polygon lies in an axial plane."""
    return all(np.ptp(polygon[:, 2]) < FLAT_MM for polygon in contour.polygons)


def along(contour: Contour, z_mm: float) -> list[Polygon]:
    """Return the polygons that stand for the axial plane at z: those drawn within half a plane distance."""
    near = [(abs(float(p[:, 2].mean()) - z_mm), p) for p in contour.polygons]
    closest = min(distance for distance, _ in near)
    if closest > contour.spacing_mm / 2 + 1e-6:
        return []
    return [polygon for distance, polygon in near if distance <= closest + FLAT_MM]


def across(contour: Contour, axis: int, at_mm: float, columns_mm: Array, rows_mm: Array) -> Array:
    """Return what an upright plane cuts out of a contour drawn on axial planes, as shares that cross 0.5 at its edge.

    In each drawn plane the signed distance to the edge is known along the row; between planes it is interpolated, so that
    the edge runs smoothly from one drawn plane to the next.

    Parameters
    ----------
    axis, at_mm
        The LPS axis that the plane is normal to (0 or 1) and its place, mm.
    columns_mm, rows_mm
        LPS places of the picture's columns (along the other horizontal axis) and rows (along z), mm.

    Returns
    -------
    Array
        Shape (rows, columns); 0.5 at the edge.
    """
    planes: dict[float, list[Polygon]] = {}
    for polygon in contour.polygons:
        planes.setdefault(round(float(polygon[:, 2].mean()), 2), []).append(polygon)
    heights = sorted(planes)
    inside = [_signed(_crossings(planes[z], axis, at_mm), columns_mm) for z in heights]
    nothing = np.full(len(columns_mm), -REACH_MM)
    first, last = heights[0] - contour.spacing_mm, heights[-1] + contour.spacing_mm
    heights, inside = [first, *heights, last], [nothing, *inside, nothing]
    distance = _between(heights, inside, rows_mm, contour.spacing_mm)
    return np.asarray(0.5 + distance / (2 * REACH_MM), dtype=np.float32)


def _between(heights: Sequence[float], inside: Sequence[Array], rows_mm: Array, spacing_mm: float) -> Array:
    """Return the signed distance at each row, linear between neighbouring drawn planes; nothing in a gap."""
    distance = np.full((len(rows_mm), len(inside[0])), -REACH_MM)
    for (low, below), (high, above) in pairwise(zip(heights, inside, strict=True)):
        rows = (rows_mm >= low) & (rows_mm < high)
        if high - low > 1.5 * spacing_mm or not rows.any():
            continue
        share = ((rows_mm[rows] - low) / (high - low))[:, None]
        distance[rows] = below * (1 - share) + above * share
    return distance


def _crossings(polygons: Sequence[Polygon], axis: int, at_mm: float) -> Array:
    """Return where the edges of a plane's polygons cross a line, along the line, ascending."""
    other = 1 - axis
    places = []
    for polygon in polygons:
        here, there = polygon, np.roll(polygon, -1, axis=0)
        crossed = (here[:, axis] > at_mm) != (there[:, axis] > at_mm)
        a, b = here[crossed], there[crossed]
        share = (at_mm - a[:, axis]) / (b[:, axis] - a[:, axis])
        places.append(a[:, other] + share * (b[:, other] - a[:, other]))
    return np.sort(np.concatenate(places))


def _signed(crossings: Array, columns_mm: Array) -> Array:
    """Return the distance to the nearest crossing, positive inside (even-odd), clipped to a short reach."""
    if len(crossings) == 0:
        return np.full(len(columns_mm), -REACH_MM)
    distance = np.abs(columns_mm[:, None] - crossings[None, :]).min(axis=1)
    odd = np.searchsorted(crossings, columns_mm) % 2 == 1
    return np.asarray(np.clip(np.where(odd, distance, -distance), -REACH_MM, REACH_MM))
