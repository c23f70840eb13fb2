"""Structure sets read: closed planar contours, by structure, in patient space."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.header import floats
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError

CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR"}
CONTOUR_DATA = Tag("ContourData")
FEW_PLANES = 8  # of more, two are neighbours
FLAT_MM = 0.5  # points of one polygon must lie in one plane to this


@dataclass(frozen=True, slots=True, repr=False)
class StructureSet:
    """What a structure set holds: usable contours, and doubts by structure name.

    Parameters
    ----------
    contours
        Structures with at least one closed polygon.
    empty
        Names of structures without one.
    image_uids
        SOP instance UIDs of the images that it was drawn on.
    series_uids
        Their series.
    findings
        Findings.
    """

    contours: tuple[Contour, ...]
    empty: tuple[str, ...]
    series_uids: frozenset[str]
    image_uids: frozenset[str]
    findings: tuple[Finding, ...]


def read_rtstruct(path: Path) -> tuple[Contour, ...]:
    """Read the closed contours of a structure set, without roles.

    Raises
    ------
    IntakeError
        Not a structure set, no closed contour at all, points that are not numbers.
    """
    found = examine_rtstruct(path)
    if not found.contours:
        raise IntakeError(
            f"expected closed contours in the structure set, found {len(found.empty)} structures without any; draw and export them again"
        )
    return found.contours


def examine_rtstruct(path: Path, *, slice_mm: float | None = None) -> StructureSet:
    """Read a structure set with its doubts.

    Parameters
    ----------
    slice_mm
        Slice distance of the image that it was drawn on, for structures drawn on one plane; None where unknown.
    """
    dataset = open_dataset(path, pixels=False)
    if str(dataset.get("Modality", "")) != "RTSTRUCT":
        raise IntakeError(
            f"expected a structure set (RTSTRUCT), found {dataset.get('Modality', 'nothing')}; name another file"
        )
    named = _by_number(dataset.get("StructureSetROISequence") or [], "ROINumber")
    frames = {number: str(roi.get("ReferencedFrameOfReferenceUID", "")) for number, roi in named.items()}
    drawn = _by_number(dataset.get("ROIContourSequence") or [], "ReferencedROINumber")
    contours: list[Contour] = []
    empty: list[str] = []
    findings = _audit_nameless(named, drawn)
    for number, roi in named.items():
        name = str(roi.get("ROIName", "")).strip()
        polygons = _polygons(drawn.get(number), name, findings)
        if not polygons:
            empty.append(name)
            continue
        stated = _slab_mm(roi, drawn[number], polygons)
        spacing = _plane_distance(polygons, slice_mm, stated, name, findings)
        if spacing is None:
            empty.append(name)
            continue
        contours.append(Contour(name, "", frames[number] or _frame(dataset), tuple(polygons), spacing))
    series_uids, image_uids = _references(dataset)
    return StructureSet(tuple(contours), tuple(empty), series_uids, image_uids, tuple(findings))


def _by_number(items: Sequence[Dataset], keyword: str) -> dict[int, Dataset]:
    """Return items by their number, which must be there and be nobody else's: contours find their name by it alone.

    Raises
    ------
    IntakeError
        A number is absent, no number, or occurs twice.
    """
    found: dict[int, Dataset] = {}
    for item in items:
        number = floats(item.get(keyword))
        if len(number) != 1 or int(number[0]) in found:
            raise IntakeError(
                f"every structure of the set must have a number of its own ({keyword}), but {'one has none' if len(number) != 1 else f'{number[0]:g} occurs twice'}; export it again"
            )
        found[int(number[0])] = item
    return found


def _audit_nameless(named: Mapping[int, Dataset], drawn: Mapping[int, Dataset]) -> list[Finding]:
    """Return the doubt that contours without a name raise: they can play no part."""
    count = sum(
        bool(roi.get("ContourSequence")) and not (number in named and str(named[number].get("ROIName", "")).strip())
        for number, roi in drawn.items()
    )
    if not count:
        return []
    told = (
        f"{count} structures of the set are drawn but have no name; they play no part, name them where they were drawn"
    )
    return [Finding("warning", "structure-nameless", told)]


def _frame(dataset: Dataset) -> str:
    for item in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        return str(item.get("FrameOfReferenceUID", ""))
    return str(dataset.get("FrameOfReferenceUID", ""))


def _slab_mm(roi: Dataset, drawn: Dataset, polygons: Sequence[NDArray[np.float64]]) -> float | None:
    """Return for what few planes there are how thick a structure says that they are: by a tag now retired, or by its volume."""
    normal = plane_normal(polygons)
    heights = np.unique(np.round([float((p @ normal).mean()) for p in polygons], 2))
    if len(heights) > FEW_PLANES:
        return None
    thick = {floats(item.get("ContourSlabThickness")) for item in drawn.get("ContourSequence") or []}
    stated = thick.pop() if len(thick) == 1 else ()
    if not stated and (volume := floats(roi.get("ROIVolume"))):
        area = planimetric_ml(Contour("", "", "", tuple(polygons), 1.0))
        stated = (volume[0] / area,) if area > 0 else ()
    return stated[0] if stated and stated[0] > 0 else None


def _polygons(roi: Dataset | None, name: str, findings: list[Finding]) -> list[NDArray[np.float64]]:
    """Return the closed planar polygons of one structure."""
    polygons: list[NDArray[np.float64]] = []
    left_out: dict[str, int] = {}
    for item in (roi.get("ContourSequence") if roi is not None else None) or []:
        kind = str(item.get("ContourGeometricType", "CLOSED_PLANAR")).upper()
        points = _points(item, name)
        stated = floats(item.get("NumberOfContourPoints"))
        if stated and int(stated[0]) not in {len(points), len(points) + 1}:
            _count_told(findings, name)
        if kind not in CLOSED:
            left_out[kind] = left_out.get(kind, 0) + 1
            continue
        if len(points) < 3:
            left_out["fewer than three points"] = left_out.get("fewer than three points", 0) + 1
            continue
        _require_flat(points, name)
        if not _spans(points):
            left_out["without area"] = left_out.get("without area", 0) + 1
            continue
        polygons.append(points)
    for kind, count in sorted(left_out.items()):
        findings.append(
            Finding(
                "note",
                "contour-left-out",
                f"structure {name}: {count} contours are left out ({kind}); only closed ones hold volume",
            )
        )
    return polygons


def _count_told(findings: list[Finding], name: str) -> None:
    """Add, once a structure, the doubt that a contour holds another number of points than it says."""
    told = f"structure {name}: a contour holds another number of points than it states (NumberOfContourPoints); all that are there are used"
    doubt = Finding("warning", "points-differ", told)
    if doubt not in findings:
        findings.append(doubt)


def _spans(points: NDArray[np.float64]) -> bool:
    """Tell whether points span an area: those of a line, or one point many times, do not."""
    return int(np.linalg.matrix_rank(points - points[0], tol=1e-6)) > 1


def _require_flat(points: NDArray[np.float64], name: str) -> None:
    """Refuse a closed contour whose points leave its plane."""
    if not np.ptp(points, axis=0).all():  # one coordinate is the same throughout: an upright plane
        return
    height = points @ plane_normal([points])
    if float(np.ptp(height)) > FLAT_MM:
        raise IntakeError(
            f"each contour of {name} must lie in one plane, but one leaves it by {float(np.ptp(height)):.2g} mm; export planar contours"
        )


def _points(item: Dataset, name: str) -> NDArray[np.float64]:
    """Return the points of one contour, shape (n, 3), the first not repeated at the end."""
    values = _contour_data(item)
    if len(values) % 3 or not np.isfinite(values).all():
        raise IntakeError(
            f"each contour of {name} must be points of three finite numbers, but one is not ({len(values)} numbers); export it again"
        )
    points = values.reshape(-1, 3)
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    return points


def _contour_data(item: Dataset) -> NDArray[np.float64]:
    """Return a contour's numbers, from its bytes where they still are such: pydicom makes an object of each."""
    element = item.get_item(CONTOUR_DATA) if CONTOUR_DATA in item else None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes) or not element.value.strip():
        return np.asarray(floats(item.get("ContourData")), dtype=np.float64)
    text = element.value.decode("ascii", "replace")
    try:
        return np.asarray([float(part) for part in text.split("\\")], dtype=np.float64)
    except ValueError:
        return np.array([np.nan])


def _plane_distance(
    polygons: Sequence[NDArray[np.float64]],
    slice_mm: float | None,
    stated: float | None,
    name: str,
    findings: list[Finding],
) -> float | None:
    """Return the distance of neighbouring planes: the smallest regular one; the image's, or what is stated, for a single plane.

    Where no two planes are neighbours, the smallest distance is a multiple of what is stated, which then holds.
    """
    normal = plane_normal(polygons)
    at = np.sort(np.unique(np.round([float((p @ normal).mean()) for p in polygons], 3)))
    steps = np.diff(at)
    steps = steps[steps > 0.01]
    if not len(steps):
        slice_mm = slice_mm or stated
        if slice_mm is None:
            findings.append(
                Finding(
                    "warning",
                    "single-plane",
                    f"structure {name} is drawn on one plane and the slice distance of its image is unknown; it holds no volume",
                )
            )
            return None
        findings.append(
            Finding(
                "note",
                "single-plane",
                f"structure {name} is drawn on one plane; it is taken to be {slice_mm:g} mm thick",
            )
        )
        return slice_mm
    smallest = float(np.median(steps[steps <= 1.2 * steps.min()]))
    times = round(smallest / stated) if stated else 1
    if stated and times > 1 and abs(smallest / stated - times) < 0.02 * times:
        told = f"structure {name}: its planes lie {smallest:g} mm apart and are taken to be {smallest / times:g} mm thick, as its stated volume or thickness says"
        findings.append(Finding("note", "sparse-planes", told))
        smallest /= times
    gaps = int((steps > 1.5 * smallest).sum())
    if gaps:
        findings.append(
            Finding(
                "note",
                "contour-gaps",
                f"structure {name}: {gaps} planes between its contours are empty; nothing is filled in",
            )
        )
    return float(f"{smallest:.6g}")


def plane_normal(polygons: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return the unit normal of the largest polygon."""
    best, size = np.array([0.0, 0.0, 1.0]), 0.0
    for points in polygons:
        x, y, z = (points - points[0]).T
        vector = 0.5 * np.array(
            [
                y[:-1] @ z[1:] - z[:-1] @ y[1:],
                z[:-1] @ x[1:] - x[:-1] @ z[1:],
                x[:-1] @ y[1:] - y[:-1] @ x[1:],
            ]
        )
        length = float(np.sqrt(vector @ vector))
        if length > size:
            best, size = vector / length, length
    return best


def _references(dataset: Dataset) -> tuple[frozenset[str], frozenset[str]]:
    """Return UIDs of the series and of the images that a structure set was drawn on."""
    series: set[str] = set()
    images: set[str] = set()
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            for item in study.get("RTReferencedSeriesSequence") or []:
                series.add(str(item.get("SeriesInstanceUID", "")))
                images |= {str(i.get("ReferencedSOPInstanceUID", "")) for i in item.get("ContourImageSequence") or []}
    return frozenset(series - {""}), frozenset(images - {""})


def planimetric_ml(contour: Contour) -> float:
    """Return the volume of a contour by planimetry, mL: area of the even-odd polygons of each plane times the plane distance."""
    return sum(area for area, _ in plane_areas(contour)) * contour.spacing_mm / 1000.0


def plane_areas(contour: Contour) -> list[tuple[float, NDArray[np.float64]]]:
    """Return (area, mm2; centroid, LPS mm) of every plane of a contour by the even-odd rule.

    Polygons of a plane that do not cross are nested or apart: each counts with the sign of its depth of nesting.
    """
    normal = plane_normal(contour.polygons)
    u, v = _axes(normal)
    return [_plane_area([points for points, _ in rings], u, v, normal) for rings in flattened(contour)]


def flattened(contour: Contour) -> list[list[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
    """Return the polygons of each plane of a contour: in space, shape (n, 3), and in the plane, shape (n, 2)."""
    normal = plane_normal(contour.polygons)
    u, v = _axes(normal)
    planes: dict[int, list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for points in contour.polygons:
        flat = np.stack([points @ u, points @ v], axis=1)
        planes.setdefault(round(float((points @ normal).mean()) / contour.spacing_mm * 4), []).append((points, flat))
    return list(planes.values())


def _axes(normal: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    other = np.eye(3)[int(np.abs(normal).argmin())]
    u = np.cross(other, normal)
    u = u / np.linalg.norm(u)
    return u, np.cross(normal, u)


def _plane_area(
    polygons: Sequence[NDArray[np.float64]], u: NDArray[np.float64], v: NDArray[np.float64], normal: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    flat = [np.stack([p @ u, p @ v], axis=1) for p in polygons]
    area, moment = 0.0, np.zeros(2)
    for index, polygon in enumerate(flat):
        depth = sum(contains(other, polygon) for at, other in enumerate(flat) if at != index)
        size, first = _area_and_moment(polygon)
        sign = 1.0 if depth % 2 == 0 else -1.0
        area, moment = area + sign * size, moment + sign * first
    height = float(np.mean([(p @ normal).mean() for p in polygons]))
    centre = moment / area if area else np.mean(flat[0], axis=0)
    return area, centre[0] * u + centre[1] * v + height * normal


def _area_and_moment(polygon: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the unsigned area, mm2, and area times centroid, mm3, of a polygon in its plane."""
    origin = polygon[0]
    x, y = (polygon - origin).T
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = 0.5 * float(cross.sum())
    moment = np.array([((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]) / 6
    sign = 1.0 if area >= 0 else -1.0
    return abs(area), sign * moment + abs(area) * origin


def contains(outer: NDArray[np.float64], inner: NDArray[np.float64]) -> bool:
    """Tell whether most vertices of `inner` lie inside `outer` (even-odd ray casting)."""
    if (inner.max(axis=0) < outer.min(axis=0)).any() or (inner.min(axis=0) > outer.max(axis=0)).any():
        return False
    x, y = inner[:, 0, None], inner[:, 1, None]
    x0, y0 = outer[:, 0], outer[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
    inside = (crosses & (x < at)).sum(axis=1) % 2 == 1
    return bool(np.count_nonzero(inside) * 2 > len(inside))
