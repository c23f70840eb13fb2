"""The planes that the contours of one structure lie on: their direction, their distance, and the contours that fit neither.

A distance is that of a contour to the next one that lies over it, weighed by area: islands that are drawn at heights of their own, and specks,
have no say in each other's distance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from yttria.values.contour import (
    ONE_PLANE_SHARE,
    SAME_HEIGHT_MM,
    Contour,
    Outlines,
    Planes,
    Polygon,
    planes_of,
    vector_areas,
)
from yttria.values.errors import Finding, IntakeError, Value, numbered

Array = NDArray[np.float64]
FLAT_MM = 0.5  # points of one polygon must lie in one plane to this
MAIN_SHARE = 0.75  # of all area must lie in one direction: of less, no direction is the structure's
STEEP_COSINE = 0.999  # normals within 2.6 degrees are one direction
ONE_DISTANCE = 1.1  # distances within a tenth are one, rounded: 1.2 and 1.3 for 1.25 mm
OFFSET_SHARE = 0.2  # of another distance: a smaller one, where that is about as frequent, is an offset of islands
FREQUENT_SHARE = 0.4
REGULAR_SHARE = 0.9  # of the weight: where so much has one distance to half a per cent, the rest is no rounding
CLOSE, WIDE = 0.75, 1.5  # of the distance: nearer contours stand for the same slab, wider ones leave a plane out
LEFT_OUT_PLANES = 3.5  # of the distance: a gap up to this is a plane or two that may have been forgotten
CHANGED_SHARE = 0.01  # of a volume: what changes it by more is a warning
ROUNDED_SHARE = 0.1  # of the distance: planes nearer than this to even heights were rounded
EVEN_SHARE = 1e-3  # of the distance: planes nearer than this are even
PLANES_IN_MESSAGE = 8  # that are named where planes are missing
MOST_CONTOURS, MOST_IN_ONE_PLANE = (
    20_000,
    2000,
)  # of one structure: a liver of a thousand slices has a few thousand, of a few in a plane
PAIRS = 2000  # polygons compared with each other at a time


@dataclass(frozen=True, slots=True, eq=False)
class ClosedContour:
    """One closed contour as stored.

    Parameters
    ----------
    points
        Shape (n, 3), LPS mm.
    exclusive
        Whether its type says that it combines by exclusive or (CLOSEDPLANAR_XOR).
    """

    points: Polygon
    exclusive: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Closed contours of one direction, as stored and measured."""

    contours: tuple[ClosedContour, ...]
    measured: Outlines

    @classmethod
    def of(cls, contours: Sequence[ClosedContour], normal: Array) -> "Shapes":
        """Return contours measured across a direction."""
        return cls(tuple(contours), Outlines.of([c.points for c in contours], normal))

    @property
    def axes(self) -> Array:
        """Return two unit vectors in the planes and the normal, as columns."""
        return self.measured.axes

    @property
    def height(self) -> Array:
        """Return the height of each, mm."""
        return self.measured.height_mm

    @property
    def area(self) -> Array:
        """Return the area of each, mm2."""
        return self.measured.area_mm2

    def planes(self, step_mm: float) -> Planes:
        """Return them by plane, for planes of a distance."""
        return planes_of(self.measured, ONE_PLANE_SHARE * step_mm)

    def only(self, kept: NDArray[np.bool_]) -> "Shapes":
        """Return some of them."""
        return Shapes.of([c for c, keep in zip(self.contours, kept, strict=True) if keep], self.axes[:, 2])

    def levelled(self, step_mm: float) -> "Shapes":
        """Return them with all of a plane at the height of its largest."""
        planes = self.planes(step_mm)
        height = self.height.copy()
        height[planes.order] = self.height[planes.largest][planes.number]
        return replace(self, measured=replace(self.measured, height_mm=height))

    def rises(self, least_mm: float) -> tuple[Array, Array]:
        """Return for each outline that another lies over how much higher the next one is, mm, and the smaller of both areas.

        Parameters
        ----------
        least_mm
            Heights that differ by less are of one plane.
        """
        distance, weight = np.full(len(self.area), np.inf), np.zeros(len(self.area))
        for at, higher, over in self._neighbours():
            rise = np.where(over & (higher > least_mm), higher, np.inf)
            nearest = rise.argmin(axis=1)
            rows = np.arange(len(at))
            distance[at] = rise[rows, nearest]
            same_part = over & (rise <= distance[at][:, None] + SAME_HEIGHT_MM)
            weight[at] = np.minimum(np.where(same_part, self.area, 0).max(axis=1), self.area[at])
        met = np.isfinite(distance)
        return distance[met], weight[met]

    def pairs(self, low_mm: float, high_mm: float) -> Array:
        """Return the pairs of outlines, shape (n, 2), whose boxes overlap and of which the second lies so much higher."""
        results = [np.zeros((0, 2))]
        for at, rise, over in self._neighbours():
            first, second = np.nonzero(over & (rise > low_mm) & (rise < high_mm))
            results.append(np.column_stack([at[first], second]))
        return np.concatenate(results).astype(np.int64)

    def _neighbours(self) -> Iterator[tuple[NDArray[np.int64], Array, NDArray[np.bool_]]]:
        """Return, some outlines at a time, their indices, how much higher every other one lies, and whether their boxes overlap."""
        for first in range(0, len(self.area), PAIRS):
            at = np.arange(first, min(first + PAIRS, len(self.area)))
            over = np.ones((len(at), len(self.area)), dtype=np.bool_)
            for axis in (0, 1):
                over &= self.measured.low_mm[at, None, axis] < self.measured.high_mm[None, :, axis]
                over &= self.measured.low_mm[None, :, axis] < self.measured.high_mm[at, None, axis]
            yield at, self.height[None, :] - self.height[at, None], over


def parallel_shapes(name: str, contours: Sequence[ClosedContour], findings: list[Finding]) -> Shapes:
    """Return the outlines that lie in the structure's planes; those that stand across them are left out with a warning.

    Raises
    ------
    IntakeError
        No direction holds three quarters of the area; a contour that lies in no plane; more contours than anybody draws.
    """
    _require_number(name, len(contours), MOST_CONTOURS, "in all")
    vectors = vector_areas([o.points for o in contours])
    area = np.linalg.norm(vectors, axis=1)
    normals = vectors / np.where(area > 0, area, 1)[:, None]
    largest = np.argsort(-area, kind="stable")[:PAIRS]
    main = largest[int(((np.abs(normals[largest] @ normals.T) > STEEP_COSINE) @ area).argmax())]
    normal = normals[main] if normals[main][np.abs(normals[main]).argmax()] > 0 else -normals[main]
    height = np.sort([float(o.points[0] @ normal) for o in contours])
    in_one = np.searchsorted(height, height + SAME_HEIGHT_MM, side="right") - np.arange(len(height))
    _require_number(name, int(in_one.max()), MOST_IN_ONE_PLANE, "in one plane")
    depth = np.array([float(np.ptp(o.points @ normal)) for o in contours])
    fits = depth <= FLAT_MM
    for i in np.flatnonzero(~fits).tolist():
        _require_flat(contours[i].points, normals[i], name)
    if fits.all():
        return Shapes.of(contours, normal)
    others = int((~fits).sum())
    if area[fits].sum() < MAIN_SHARE * area.sum():
        raise IntakeError(
            f"contours of structure {name} must lie in parallel planes, but {others} of {len(contours)} stand across the others, with "
            f"{100 * area[~fits].sum() / area.sum():.0f} % of their area; export contours of one direction",
            code="contour-plane",
            values={"area_fraction": float(area[~fits].sum() / area.sum())},
        )
    message = (
        f"structure {name}: {others} of its {len(contours)} contours {'stands' if others == 1 else 'stand'} across the planes of the others "
        f"({area[~fits].sum() / 100:.3g} cm2) and {'is' if others == 1 else 'are'} left out; delete {'it' if others == 1 else 'them'} where they were drawn"
    )
    findings.append(
        Finding("warning", "contour-across", message, {"contours": others, "area_cm2": float(area[~fits].sum() / 100)})
    )
    return Shapes.of([o for o, fit in zip(contours, fits, strict=True) if fit], normal)


def _require_number(name: str, count: int, most: int, where: str) -> None:
    """Refuse more contours than anybody draws: each is compared with every other."""
    if count > most:
        raise IntakeError(
            f"structure {name} must have at most {most:,} contours {where}, but has {count:,}; it is damaged, or export it as a segmentation",
            code="contour-count",
            values={"count": count},
        )


def _require_flat(points: Polygon, normal: Array, name: str) -> None:
    """Refuse a closed contour whose points leave its plane."""
    off = float(np.ptp(points @ normal))
    if off > FLAT_MM:
        raise IntakeError(
            f"each contour of {name} must lie in one plane, but one leaves it by {off:.2g} mm; export planar contours",
            code="contour-plane",
            values={"off_mm": off},
        )


def plane_distance(shapes: Shapes) -> float | None:
    """Return the most frequent distance of planes, mm; None where no outline lies over another.

    Distances count by area. A small one that is no rarer than one five times as large is the offset of islands that are drawn
    at heights of their own.
    """
    least = SAME_HEIGHT_MM
    for _ in range(3):
        distance, weight = shapes.rises(least)
        if not len(distance):
            return None
        best, share = _modes(distance, weight)
        step = float(best[share.argmax()])
        larger = best[(best * OFFSET_SHARE >= step) & (share >= FREQUENT_SHARE * share.max())]
        if not len(larger):
            break
        least = OFFSET_SHARE * float(larger.min())
    best, share = _modes(*shapes.levelled(step).rises(ONE_PLANE_SHARE * step))
    return float(best[share.argmax()])


def _modes(distance: Array, weight: Array) -> tuple[Array, Array]:
    """Return the distances that occur, those within a tenth taken together, and the weight of each."""
    order = np.argsort(distance, kind="stable")
    distance, weight = distance[order], np.maximum(weight[order], 1e-9)
    best, share = [], []
    for first in np.flatnonzero(np.concatenate([[True], np.diff(distance) > SAME_HEIGHT_MM / 10])).tolist():
        last = int(np.searchsorted(distance, distance[first] * ONE_DISTANCE, side="right"))
        best.append(_middle(distance[first:last], weight[first:last]))
        share.append(float(weight[first:last].sum()))
    return np.array(best), np.array(share)


def _middle(distance: Array, weight: Array) -> float:
    """Return the median where nearly all agree with it, else the mean: positions that are rounded have it in common."""
    median = float(distance[int(np.searchsorted(np.cumsum(weight), weight.sum() / 2))])
    near = np.abs(distance / median - 1) < 0.005
    if weight[near].sum() >= REGULAR_SHARE * weight.sum():
        distance, weight = distance[near], weight[near]
    return float(distance @ weight / weight.sum())


def isolated_distance(shapes: Shapes) -> float | None:
    """Return the smallest distance of planes that no two outlines share an area across, mm; None of a single plane."""
    height = np.sort(shapes.height)
    steps = np.diff(height)
    steps = steps[steps > SAME_HEIGHT_MM]
    return float(steps.min()) if len(steps) else None


def regular_shapes(name: str, shapes: Shapes, step_mm: float, findings: list[Finding]) -> Shapes:
    """Return the outlines without those that lie between the planes, over what these stand for already; they are told.

    Of two outlines nearer than 3/4 of the distance that lie over each other, that one stays whose planes (those a distance above and below,
    and so on) hold more area.
    """
    near = ONE_PLANE_SHARE * step_mm
    clash = shapes.pairs(near, CLOSE * step_mm)
    if not len(clash):
        return shapes
    linked = shapes.pairs(step_mm - near, step_mm + near)
    same = shapes.pairs(-1e-9, near)
    hold = _held(shapes.area, np.concatenate([linked, same]))
    first, second = clash.T
    losers = np.where(hold[first] < hold[second], first, second)[hold[first] != hold[second]]
    kept = np.ones(len(shapes.area), dtype=np.bool_)
    kept[losers] = False
    if kept.all():
        return shapes
    count, share = int((~kept).sum()), float(shapes.area[~kept].sum() / shapes.area.sum())
    heights = np.unique(np.round(shapes.height[~kept], 2))[:4]
    places = ", ".join(f"{h:.2f}" for h in heights)
    message = (
        f"structure {name}: {count} of its {len(kept)} contours {'lies' if count == 1 else 'lie'} between its planes, which lie {step_mm:.4g} mm apart (at {places} mm along their normal; "
        f"{100 * share:.2g} % of all area), and {'is' if count == 1 else 'are'} left out; delete them where they were drawn"
    )
    findings.append(
        Finding(
            "warning" if share > CHANGED_SHARE else "note",
            "contour-leftover",
            message,
            {"contours": count, "step_mm": step_mm, "share": share, **numbered("height_mm", heights)},
        )
    )
    return shapes.only(kept)


def _held(area: Array, linked: NDArray[np.int64]) -> Array:
    """Return for each outline the area of all that are linked with it."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(len(area), len(area)))
    _, group = connected_components(graph, directed=False)
    return np.asarray(np.bincount(group, area)[group], dtype=np.float64)


def even_distance(name: str, shapes: Shapes, step_mm: float, findings: list[Finding]) -> float:
    """Return the distance that planes stand for: the most frequent, or the mean where they are uneven, with a warning.

    What planes are left out is told as well: as a warning where filling them in would change the volume by more than 1 %.
    """
    distance, weight = shapes.levelled(step_mm).rises(ONE_PLANE_SHARE * step_mm)
    next_to = (distance >= CLOSE * step_mm) & (distance <= WIDE * step_mm)
    if next_to.any():
        mean = float(distance[next_to] @ weight[next_to] / weight[next_to].sum())
        if abs(mean / step_mm - 1) > CHANGED_SHARE:
            message = (
                f"structure {name}: its planes lie {distance[next_to].min():.3g} to {distance[next_to].max():.3g} mm apart; each is taken to be as thick as their mean, "
                f"{mean:.4g} mm (with the most frequent distance, {step_mm:.4g} mm, its volume would be {100 * (step_mm / mean - 1):+.1f} %)"
            )
            findings.append(
                Finding(
                    "warning",
                    "planes-uneven",
                    message,
                    {
                        "mean": mean,
                        "step_mm": step_mm,
                        "least_mm": float(distance[next_to].min()),
                        "most_mm": float(distance[next_to].max()),
                    },
                )
            )
            step_mm = mean
    _audit_gaps(name, shapes, step_mm, (distance, weight), findings)
    return float(f"{step_mm:.6g}")


def even_shapes(name: str, shapes: Shapes, step_mm: float, findings: list[Finding]) -> tuple[Shapes, float]:
    """Return the outlines with planes whose heights were rounded at the even heights that fit them, and the distance of these.

    Slices 1.25 mm apart are written 1.2 and 1.3 mm apart where heights have one decimal: slabs would overlap here and leave a slit there.
    Planes further than a tenth of their distance from even ones stay as they are.
    """
    planes = shapes.planes(step_mm)
    level = shapes.height[planes.largest]
    number = np.rint((level - level[0]) / step_mm)
    if len(level) < 2 or (np.diff(number) < 1).any():
        return shapes, step_mm
    even_mm, first = np.polyfit(number, level, 1)
    off = level - (first + even_mm * number)
    if np.abs(off).max() > ROUNDED_SHARE * step_mm or np.abs(off).max() < EVEN_SHARE * step_mm:
        return shapes, step_mm
    message = f"structure {name}: its planes lie up to {np.abs(off).max():.2g} mm from even heights, {even_mm:.4g} mm apart; heights were rounded, and the even ones are taken"
    findings.append(
        Finding("note", "planes-rounded", message, {"even_mm": even_mm, "off_mm": float(np.abs(off).max())})
    )
    down = np.empty(len(shapes.height))
    down[planes.order] = off[planes.number]
    normal = shapes.axes[:, 2]
    moved = [replace(o, points=o.points - d * normal) for o, d in zip(shapes.contours, down.tolist(), strict=True)]
    return Shapes.of(moved, normal), float(f"{even_mm:.6g}")


def _audit_gaps(name: str, shapes: Shapes, step_mm: float, rises: tuple[Array, Array], findings: list[Finding]) -> None:
    """Add the finding that planes between contours are empty, with their places and what is at stake where they may have been left out.

    A plane or three without a contour, between contours that lie over each other, is a warning in a structure of any size; parts that lie far above
    each other are a note.
    """
    planes = shapes.planes(step_mm)
    level = shapes.height[planes.largest]
    missing = [
        float(low + step_mm * n)
        for low, gap in zip(level[:-1].tolist(), np.diff(level).tolist(), strict=True)
        if gap > WIDE * step_mm
        for n in range(1, int(np.rint(gap / step_mm)))
    ]
    if not missing:
        return
    distance, weight = rises
    wide = distance > WIDE * step_mm
    times = np.rint(distance / step_mm)
    repeated = np.isin(times, [n for n in np.unique(times[wide]) if (times == n).sum() > 2])
    doubtful = wide & ((distance <= LEFT_OUT_PLANES * step_mm) | repeated)
    ml = float(shapes.area.sum()) * step_mm / 1000
    more = float((distance[doubtful] - step_mm) @ weight[doubtful]) / 1000
    values: dict[str, Value] = {
        "planes": len(missing),
        "first_mm": round(missing[0], 3),
        "last_mm": round(missing[-1], 3),
        "step_mm": step_mm,
        **numbered("plane_mm", missing[:PLANES_IN_MESSAGE]),
    }
    message = f"structure {name}: {_missing_planes(missing, shapes.axes[:, 2])}; nothing is filled in"
    if more > CHANGED_SHARE * ml:
        message += f" (its planes lie {step_mm:.4g} mm apart, some {distance[doubtful].min():.4g} mm: filled in, it would hold about {100 * more / ml:.0f} % more, {more:.3g} mL)"
        values |= {"distance_mm": float(distance[doubtful].min()), "held_ml": ml, "missing_ml": more}
    findings.append(Finding("warning" if doubtful.any() else "note", "contour-gaps", message, values))


def _missing_planes(heights_mm: Sequence[float], normal: Array) -> str:
    """Return in words which planes hold no contour, by their z, or by their height along the normal of planes that are not axial."""
    axis = "z" if abs(normal[2]) > STEEP_COSINE else "height along the normal"
    text = ", ".join(f"{h:.1f}" for h in heights_mm[:PLANES_IN_MESSAGE]) + (
        " …" if len(heights_mm) > PLANES_IN_MESSAGE else ""
    )
    count = (
        "1 plane between its contours is"
        if len(heights_mm) == 1
        else f"{len(heights_mm)} planes between its contours are"
    )
    return f"{count} empty, at {axis} {text} mm"


def contour_on(shapes: Shapes, contour: Contour) -> Contour:
    """Return a contour with these outlines."""
    return replace(contour, polygons=tuple(o.points for o in shapes.contours))
