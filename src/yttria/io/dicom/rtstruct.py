"""Structure sets read: closed planar contours, by structure, in patient space."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from yttria.io.dicom.contour_overlaps import distinct_contour
from yttria.io.dicom.contour_planes import (
    CHANGED_SHARE,
    ClosedContour,
    Shapes,
    even_distance,
    even_shapes,
    isolated_distance,
    parallel_shapes,
    plane_distance,
    regular_shapes,
)
from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.empty_structure import EmptyStructure
from yttria.io.dicom.header import floats
from yttria.io.dicom.referenced_image import Slices
from yttria.values.contour import SAME_HEIGHT_MM, Contour, vector_areas
from yttria.values.errors import Finding, GeometryError, IntakeError, Level

CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR"}
WITHOUT_AREA = "without area"
CONTOUR_DATA = Tag("ContourData")
FEW_PLANES = 8  # of more, two are neighbours
MANY_SLICES = 3  # drawn on every second or third slice is practice; on fewer, a finding


@dataclass(frozen=True, slots=True, repr=False)
class StructureSet:
    """What a structure set holds: usable contours, and findings by structure name.

    Parameters
    ----------
    contours
        Structures with at least one closed polygon.
    empty
        Structures without one, and those whose contours cannot be used.
    image_uids
        SOP instance UIDs of the images that it was drawn on.
    series_uids
        Their series.
    findings
        Findings.
    """

    contours: tuple[Contour, ...]
    empty: tuple[EmptyStructure, ...]
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
    result = examine_rtstruct(path)
    if not result.contours:
        why = "".join(f"; structure {e.name} {e.reason}" for e in result.empty[:4])
        raise IntakeError(
            f"expected closed contours in the structure set, found {len(result.empty)} structures without any{why}; draw and export them again",
            code="contours-absent",
            values={"structures": len(result.empty)},
        )
    return result.contours


def examine_rtstruct(path: Path, *, image: Slices | None = None) -> StructureSet:
    """Read a structure set with its findings. A structure that cannot be used is a finding, and the others are read.

    Parameters
    ----------
    image
        Slices of the image that it was drawn on, for structures whose own planes do not tell their distance; None where unknown.
    """
    dataset = open_dataset(path, pixels=False)
    if str(dataset.get("Modality", "")) != "RTSTRUCT":
        raise IntakeError(
            f"expected a structure set (RTSTRUCT), found {dataset.get('Modality', 'nothing')}; name another file",
            code="object-kind",
        )
    named = _by_number(dataset.get("StructureSetROISequence") or [], "ROINumber")
    contour_items = _by_number(dataset.get("ROIContourSequence") or [], "ReferencedROINumber")
    contours: list[Contour] = []
    empty: list[EmptyStructure] = []
    findings = _audit_nameless(named, contour_items)
    for number, roi in named.items():
        name = str(roi.get("ROIName", "")).strip()
        frame = str(roi.get("ReferencedFrameOfReferenceUID", "")) or _frame(dataset)
        try:
            result = _contour(roi, contour_items.get(number), name, image, findings)
        except (IntakeError, GeometryError) as error:
            result = _unusable(name, f"cannot be used: {error}", findings)
        if isinstance(result, Contour):
            contours.append(replace(result, frame_uid=frame))
        else:
            empty.append(result)
    series_uids, image_uids = _references(dataset)
    return StructureSet(tuple(contours), tuple(empty), series_uids, image_uids, tuple(findings))


def _contour(
    roi: Dataset, contour_item: Dataset | None, name: str, image: Slices | None, findings: list[Finding]
) -> Contour | EmptyStructure:
    """Return the contour of one structure: in parallel planes at one distance, every outline once.

    Raises
    ------
    IntakeError
        Contours that cannot be used.
    """
    items = list((contour_item.get("ContourSequence") if contour_item is not None else None) or [])
    outlines, left_out = _outlines(items, name, findings)
    if not outlines:
        return _without_contour(name, left_out, findings)
    shapes = parallel_shapes(name, outlines, findings)
    step = plane_distance(shapes)
    image_mm = image.distance_along(shapes.axes[:, 2]) if image is not None else None
    stated = _slab_mm(roi, items, shapes)
    if step is None:
        step = _isolated_mm(name, shapes, image_mm, stated, findings)
        if step is None:
            reason = "is drawn on one plane, and the slice distance of its image is unknown"
            return _unusable(name, reason, findings, code="single-plane")
    elif stated and _are_multiples(shapes, stated):
        message = f"structure {name}: its planes lie {step:.4g} mm apart and are taken to be {stated:.4g} mm thick, as its stated volume or thickness says"
        findings.append(Finding("note", "sparse-planes", message, {"stated": stated, "step_mm": step}))
        step = float(f"{stated:.6g}")
    else:
        shapes = regular_shapes(name, shapes, step, findings)
        step = even_distance(name, shapes, step, findings)
        shapes, step = even_shapes(name, shapes, step, findings)
        _audit_sparse(name, step, image_mm, findings)
    contour = Contour(name, "", "", tuple(o.points for o in shapes.contours), step)
    return distinct_contour(name, shapes, contour, findings)


def _by_number(items: Sequence[Dataset], keyword: str) -> dict[int, Dataset]:
    """Return items by their number, which must be there and be nobody else's: contours find their name by it alone.

    Raises
    ------
    IntakeError
        A number is absent, no number, or occurs twice.
    """
    results: dict[int, Dataset] = {}
    for item in items:
        number = floats(item.get(keyword))
        if len(number) != 1 or int(number[0]) in results:
            raise IntakeError(
                f"every structure of the set must have a number of its own ({keyword}), but {'one has none' if len(number) != 1 else f'{number[0]:g} occurs twice'}; export it again",
                code="structure-number",
                values={"number": number[0]},
            )
        results[int(number[0])] = item
    return results


def _audit_nameless(named: Mapping[int, Dataset], contour_items: Mapping[int, Dataset]) -> list[Finding]:
    """Return the finding that contours without a name raise: they can play no part."""
    count = sum(
        bool(roi.get("ContourSequence")) and not (number in named and str(named[number].get("ROIName", "")).strip())
        for number, roi in contour_items.items()
    )
    if not count:
        return []
    message = (
        f"{count} structures of the set are drawn but have no name; they play no part, name them where they were drawn"
    )
    return [Finding("warning", "structure-nameless", message)]


def _frame(dataset: Dataset) -> str:
    for item in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        return str(item.get("FrameOfReferenceUID", ""))
    return str(dataset.get("FrameOfReferenceUID", ""))


def _slab_mm(roi: Dataset, items: Sequence[Dataset], shapes: Shapes) -> float | None:
    """Return for what few planes there are how thick a structure says that they are: by a tag now retired, or by its volume."""
    if len(np.unique(np.round(shapes.height, 2))) > FEW_PLANES:
        return None
    thick = {floats(item.get("ContourSlabThickness")) for item in items}
    stated = thick.pop() if len(thick) == 1 else ()
    if not stated and (volume := floats(roi.get("ROIVolume"))):
        ml = Contour("", "", "", tuple(o.points for o in shapes.contours), 1.0).ml
        stated = (volume[0] / ml,) if ml > 0 else ()
    return stated[0] if stated and stated[0] > 0 else None


def _isolated_mm(
    name: str, shapes: Shapes, image_mm: float | None, stated: float | None, findings: list[Finding]
) -> float | None:
    """Return how thick planes are of which none lies over another: as the image's slices, as is stated, else as the planes lie apart."""
    apart = isolated_distance(shapes)
    step = image_mm or stated or apart
    if apart is None:
        if step is not None:
            message = f"structure {name} is drawn on one plane; it is taken to be {step:g} mm thick"
            findings.append(Finding("note", "single-plane", message, {"step_mm": step}))
        return step
    source = "as the slices of its image" if image_mm else "as is stated" if stated else "as the nearest two lie apart"
    message = (
        f"structure {name}: none of its contours lies over another; each is taken to be {step:.4g} mm thick, {source}"
    )
    findings.append(Finding("note" if image_mm or stated else "warning", "planes-isolated", message, {"step_mm": step}))
    return step


def _are_multiples(shapes: Shapes, stated: float) -> bool:
    """Tell whether planes lie at multiples of a stated thickness, some at more than once that: planes are left out then."""
    distance, _ = shapes.rises(SAME_HEIGHT_MM)
    times = np.rint(distance / stated)
    return bool((times >= 1).all() and times.max() > 1 and (np.abs(distance / stated - times) < 0.02 * times).all())


def _audit_sparse(name: str, step: float, image_mm: float | None, findings: list[Finding]) -> None:
    """Add that a structure is drawn on every second, third … slice of its image: each contour stands for the slices to the next."""
    times = round(step / image_mm) if image_mm else 1
    if image_mm and times > 1 and abs(step / image_mm - times) < 0.1:
        message = (
            f"structure {name}: its planes lie {step:.4g} mm apart, the slices of its image {image_mm:.4g} mm; each contour is taken to stand for {times} slices, "
            f"not for one alone (its volume would be {100 / times:.0f} % of that)"
        )
        findings.append(
            Finding(
                "note" if times <= MANY_SLICES else "warning",
                "planes-sparse",
                message,
                {"image_mm": image_mm, "step_mm": step, "slices": times},
            )
        )


def _outlines(
    items: Sequence[Dataset], name: str, findings: list[Finding]
) -> tuple[list[ClosedContour], Mapping[str, Sequence[NDArray[np.float64]]]]:
    """Return the closed planar contours of one structure, and the others by what they are."""
    outlines: list[ClosedContour] = []
    left_out: dict[str, list[NDArray[np.float64]]] = {}
    unknown: Counter[str] = Counter()
    for item in items:
        kind = " ".join(str(item.get("ContourGeometricType") or "CLOSED_PLANAR").upper().split())
        points = _points(item, name)
        stated = floats(item.get("NumberOfContourPoints"))
        if stated and int(stated[0]) not in {len(points), len(points) + 1}:
            _count_findings(findings, name)
        if why := _no_area(kind, points):
            left_out.setdefault(why, []).append(points)
            continue
        if kind not in CLOSED:
            unknown[kind] += 1
        outlines.append(ClosedContour(points, exclusive="XOR" in kind))
    for kind, count in sorted(unknown.items()):
        message = f"structure {name}: {count} of its contours are of type {kind}, which DICOM does not know; they are read as closed planes like drawn ones, make sure that they are"
        findings.append(Finding("warning", "contour-type-unknown", message))
    if outlines:
        _audit_left_out(name, outlines, left_out, findings)
    return outlines, left_out


def _no_area(kind: str, points: NDArray[np.float64]) -> str:
    """Return why a contour holds no area; nothing where it does."""
    if kind == "POINT" or kind.startswith("OPEN"):
        return kind
    if len(points) < 3:
        return "fewer than three points"
    return "" if _spans(points) else WITHOUT_AREA


def _audit_left_out(
    name: str,
    outlines: Sequence[ClosedContour],
    left_out: Mapping[str, Sequence[NDArray[np.float64]]],
    findings: list[Finding],
) -> None:
    """Add what is left out beside closed contours: as a warning where, closed, it would change the volume by more than 1 %."""
    area = _area([o.points for o in outlines])
    for kind, several in sorted(left_out.items()):
        more = _area([p for p in several if len(p) > 2])
        level: Level = "warning" if more > CHANGED_SHARE * area else "note"
        message = f"structure {name}: {len(several)} contours are left out ({kind}); only closed ones hold volume"
        findings.append(Finding(level, "contour-left-out", message, values={"structures": len(several)}))


def _area(polygons: Sequence[NDArray[np.float64]]) -> float:
    """Return the area inside polygons, closed by a straight line where they are open, mm2."""
    return float(np.linalg.norm(vector_areas(polygons), axis=1).sum()) if polygons else 0.0


def _without_contour(
    name: str, left_out: Mapping[str, Sequence[NDArray[np.float64]]], findings: list[Finding]
) -> EmptyStructure:
    """Return a structure without a closed contour, with what it holds instead: points alone, as an isocentre, are no finding."""
    if not left_out:
        return EmptyStructure(name, "has no contour", blank=True)
    kinds = " and ".join(_counted(kind, len(several)) for kind, several in sorted(left_out.items()))
    level: Level = "note" if set(left_out) == {"POINT"} else "warning"
    return _unusable(name, f"has no closed contour, but {kinds}; only closed ones hold volume", findings, level=level)


def _unusable(
    name: str, reason: str, findings: list[Finding], *, level: Level = "warning", code: str = "structure-unusable"
) -> EmptyStructure:
    """Return a structure that is drawn and holds no volume, and say so."""
    findings.append(Finding(level, code, f"structure {name}: it {reason}"))
    return EmptyStructure(name, reason)


def _counted(kind: str, count: int) -> str:
    """Return contours of a kind as words: "21 open ones (OPEN_PLANAR)"."""
    one = count == 1
    if kind.startswith("OPEN"):
        return f"{count} open {'one' if one else 'ones'} ({kind})"
    if kind == "POINT":
        return f"{count} {'point' if one else 'points'} (POINT)"
    return f"{count} {kind}" if kind == WITHOUT_AREA else f"{count} of {kind}"


def _count_findings(findings: list[Finding], name: str) -> None:
    """Add, once a structure, the finding that a contour holds another number of points than it says."""
    message = f"structure {name}: a contour holds another number of points than it states (NumberOfContourPoints); all that are there are used"
    finding = Finding("warning", "points-differ", message)
    if finding not in findings:
        findings.append(finding)


def _spans(points: NDArray[np.float64]) -> bool:
    """Tell whether points span an area: those of a line, or one point many times, do not."""
    return int(np.linalg.matrix_rank(points - points[0], tol=1e-6)) > 1


def _points(item: Dataset, name: str) -> NDArray[np.float64]:
    """Return the points of one contour, shape (n, 3), the first not repeated at the end."""
    values = _contour_data(item)
    if len(values) % 3 or not np.isfinite(values).all():
        raise IntakeError(
            f"each contour of {name} must be points of three finite numbers, but one is not ({len(values)} numbers); export it again",
            code="contour-points",
            values={"values": len(values)},
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
