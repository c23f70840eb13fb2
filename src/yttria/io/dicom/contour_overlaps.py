"""Contours of one plane that say the same, or that lie over each other in part: counted once, and joined.

Source
------
DICOM PS3.3 C.8.8.6.3: CLOSEDPLANAR_XOR contours combine by exclusive or. What CLOSED_PLANAR contours of one plane mean that overlap in part is not
said: some programs take the union (plastimatch), others the exclusive or.
"""

from functools import reduce

import numpy as np
from numpy.typing import NDArray

from yttria.io.dicom.contour_planes import ClosedContour, Shapes, contour_on
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.planimetry import planimetry

Array = NDArray[np.float64]
SAME_SHARE = 0.01  # of its area: a contour that differs by less from another is that one stored again
PART_SHARE = 0.01  # of the smaller area: an overlap of less is an edge that two share, one of all but so much is a hole
ROUNDING = 1e-9
CHANGED_SHARE = 0.001  # of a volume


def distinct_contour(name: str, shapes: Shapes, contour: Contour, findings: list[Finding]) -> Contour:
    """Return the contour with every outline once, and those that overlap in part joined.

    Parameters
    ----------
    contour
        Name, frame of reference and plane distance; its polygons are those of `shapes`.

    Raises
    ------
    IntakeError
        Outlines that cancel each other out.
    """
    pairs = _touching_pairs(shapes, contour.spacing_mm)
    if len(pairs):
        shapes = _without_copies(name, shapes, pairs, findings)
        contour = contour_on(shapes, contour)
        pairs = _touching_pairs(shapes, contour.spacing_mm)
        contour = _united(name, shapes, pairs, contour, findings)
    if not contour.ml > 0:
        raise IntakeError(
            f"contours of structure {name} must enclose an area, but those of each plane cancel each other out by exclusive or; export each once",
            code="contour-without-area",
        )
    return contour


def _touching_pairs(shapes: Shapes, step_mm: float) -> NDArray[np.int64]:
    """Return pairs of outlines of one plane, shape (n, 2), of which an edge of the larger reaches into the box of the smaller."""
    heights = shapes.planes(step_mm)
    results = []
    for a, b in zip(heights.start[:-1], heights.start[1:], strict=True):
        if b - a > 1:
            mine = heights.order[a:b]
            low, high = shapes.measured.low_mm[mine], shapes.measured.high_mm[mine]
            over = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2)
            results += [(int(mine[i]), int(mine[j])) for i, j in np.argwhere(np.triu(over, 1))]
    return np.array([p for p in results if _touch(shapes, *p)], dtype=np.int64).reshape(-1, 2)


def _touch(shapes: Shapes, first: int, second: int) -> bool:
    """Tell whether an edge of the larger outline reaches into the box of the smaller: else they are nested or apart."""
    outer, inner = (first, second) if shapes.area[first] >= shapes.area[second] else (second, first)
    here = shapes.contours[outer].points @ shapes.axes[:, :2]
    there = np.roll(here, -1, axis=0)
    low, high = np.minimum(here, there), np.maximum(here, there)
    return bool(((low <= shapes.measured.high_mm[inner]) & (high >= shapes.measured.low_mm[inner])).all(axis=1).any())


def _exclusive_areas(shapes: Shapes, pairs: NDArray[np.int64]) -> Array:
    """Return the area inside exactly one of each pair, mm2."""
    polygons = [shapes.contours[i].points @ shapes.axes[:, :2] for i in pairs.ravel()]
    return planimetry(polygons, np.repeat(np.arange(len(pairs)), 2)).area_mm2


def _areas(shapes: Shapes, of: NDArray[np.int64]) -> Array:
    """Return the area inside single outlines by the even-odd rule, mm2."""
    if not len(of):
        return np.zeros(0)
    return planimetry([shapes.contours[i].points @ shapes.axes[:, :2] for i in of], np.arange(len(of))).area_mm2


def _without_copies(name: str, shapes: Shapes, pairs: NDArray[np.int64], findings: list[Finding]) -> Shapes:
    """Return the outlines without those that are stored again; of those that combine by exclusive or both stay, and cancel."""
    first, second = _areas(shapes, pairs[:, 0]), _areas(shapes, pairs[:, 1])
    copies = pairs[_exclusive_areas(shapes, pairs) <= SAME_SHARE * np.minimum(first, second)]
    exclusive = np.array([o.exclusive for o in shapes.contours])
    cancel = exclusive[copies].any(axis=1)
    if cancel.any():
        message = f"structure {name}: {int(cancel.sum())} of its contours are stored twice as CLOSEDPLANAR_XOR and cancel each other out, as exclusive or says; export each once"
        findings.append(Finding("warning", "contour-cancelled", message, values={"contours": int(cancel.sum())}))
    kept = np.ones(len(exclusive), dtype=np.bool_)
    kept[copies[~cancel, 1]] = False
    if not kept.all():
        message = f"structure {name}: {int((~kept).sum())} of its {len(kept)} contours are stored more than once; each counts once (by exclusive or, they would cancel each other out)"
        findings.append(
            Finding(
                "warning", "contour-twice", message, values={"contours": int((~kept).sum()), "all_contours": len(kept)}
            )
        )
    return shapes.only(kept)


def _united(name: str, shapes: Shapes, pairs: NDArray[np.int64], contour: Contour, findings: list[Finding]) -> Contour:
    """Return the contour with outlines that overlap in part replaced by their union, with a finding that states both volumes.

    Those that combine by exclusive or are replaced by what that leaves: no edges of a plane cross afterwards.
    """
    pairs = _partial(shapes, pairs)
    if not len(pairs):
        return contour
    exclusive = np.array([o.exclusive for o in shapes.contours])
    joined = contour_on(_replaced(shapes, pairs, exclusive), contour)
    unsaid = pairs[~exclusive[pairs].any(axis=1)]
    if len(unsaid):
        ml, other_ml = joined.ml, contour.ml
        change = float(ml / other_ml - 1) if other_ml > 0 else np.inf
        planes = len(np.unique(np.round(shapes.height[unsaid[:, 0]], 2)))
        message = (
            f"structure {name}: contours overlap in part on {planes} {'plane' if planes == 1 else 'planes'}; they are taken together (union, {ml:.4g} mL; "
            f"by exclusive or it would hold {other_ml:.4g} mL); draw it without overlaps"
        )
        findings.append(
            Finding(
                "warning" if abs(change) > CHANGED_SHARE else "note",
                "contour-overlap",
                message,
                {"ml": ml, "other_ml": other_ml},
            )
        )
    return joined


def _partial(shapes: Shapes, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the pairs that overlap in part: not nested, not apart, but for a hundredth of the smaller."""
    if not len(pairs):
        return pairs
    first, second = _areas(shapes, pairs[:, 0]), _areas(shapes, pairs[:, 1])
    shared = (first + second - _exclusive_areas(shapes, pairs)) / 2 / np.minimum(first, second)
    return pairs[np.minimum(shared, 1 - shared) > PART_SHARE + ROUNDING]


def _replaced(shapes: Shapes, pairs: NDArray[np.int64], exclusive: NDArray[np.bool_]) -> Shapes:
    """Return the outlines with those that the pairs connect replaced by what they enclose together, outer outlines and holes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    many = len(shapes.contours)
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(many, many))
    _, group = connected_components(graph, directed=False)
    connected = np.unique(group[pairs[:, 0]])
    outlines = [o for o, g in zip(shapes.contours, group, strict=True) if g not in connected]
    for g in connected:
        members = np.flatnonzero(group == g)
        outlines += _combined(shapes, members, exclusive=bool(exclusive[members].any()))
    return Shapes.of(outlines, shapes.axes[:, 2])


def _combined(shapes: Shapes, members: NDArray[np.int64], *, exclusive: bool) -> list[ClosedContour]:
    """Return the outlines of the union of some outlines of one plane, or of what lies in an odd number of them."""
    import shapely

    height = float(shapes.height[members[0]])
    parts = [shapely.make_valid(shapely.Polygon(shapes.contours[i].points @ shapes.axes[:, :2])) for i in members]
    region = reduce(shapely.symmetric_difference, parts) if exclusive else shapely.union_all(parts)
    rings = [r for p in shapely.get_parts(region) if p.geom_type == "Polygon" for r in (p.exterior, *p.interiors)]
    points = [shapely.get_coordinates(r)[:-1] for r in rings]
    return [ClosedContour(np.column_stack([p, np.full(len(p), height)]) @ shapes.axes.T) for p in points]
