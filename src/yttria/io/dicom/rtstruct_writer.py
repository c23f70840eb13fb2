"""Contours -> a DICOM structure set. A hole is joined to what surrounds it by a keyhole: every reader takes it out."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.tag import Tag
from pydicom.uid import UID, ImplicitVRLittleEndian

from yttria.io.dicom.common_modules import decimal, new_dataset, save, uid_of
from yttria.io.dicom.referenced_image import Source
from yttria.values.contour import Contour, Polygon, in_plane_axes
from yttria.values.errors import IntakeError
from yttria.values.patient import PatientIdentity

RT_STRUCTURE_SET_STORAGE = UID("1.2.840.10008.5.1.4.1.1.481.3")
STUDY_COMPONENT = UID("1.2.840.10008.3.1.2.3.1")  # retired class that RTReferencedStudySequence still asks for
CONTOUR_DATA = Tag("ContourData")
# Okabe and Ito's colours, safe for the colour-blind (jfly.uni-koeln.de/color, 2008): green, orange, vermilion, purple, blues.
COLOURS = ((0, 158, 115), (230, 159, 0), (213, 94, 0), (204, 121, 167), (86, 180, 233), (0, 114, 178))


def write_rtstruct(
    path: Path, contours: Sequence[Contour], identity: PatientIdentity, *, label: str, source: Source | None = None
) -> None:
    """Write contours as a structure set, in the patient, study and frame of reference of the identity.

    Parameters
    ----------
    label
        Structure set label, 16 characters at most.
    source
        The image that they were drawn on: the set names its slices, and each contour the slice that it lies on.

    Raises
    ------
    IntakeError
        Nothing to write.
    """
    if not contours:
        raise IntakeError(
            "a structure set must hold a structure, but there is none to write; draw one", code="structures-absent"
        )
    frame = contours[0].frame_uid or identity.frame_uid
    content = hashlib.sha256(b"".join(p.tobytes() for c in contours for p in c.polygons)).hexdigest()
    frame = frame or uid_of("frame", identity.study_uid, content)
    dataset = new_dataset(
        RT_STRUCTURE_SET_STORAGE,
        identity,
        modality="RTSTRUCT",
        description=label,
        series=uid_of("rtstruct-series", identity.study_uid, content),
        instance=uid_of("rtstruct", identity.study_uid, content),
        number=3,
    )
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian  # explicit VR cuts a contour at 64 kB
    dataset.StructureSetLabel = label[:16]
    dataset.StructureSetDate, dataset.StructureSetTime = identity.study_date, identity.study_time
    dataset.InstanceNumber = 1
    dataset.OperatorsName = ""
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = ""
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.ReferencedFrameOfReferenceSequence = Items([_referenced_frame(frame, identity, source)])
    dataset.StructureSetROISequence = Items([_roi(n, c, frame) for n, c in enumerate(contours, 1)])
    dataset.ROIContourSequence = Items([_roi_contours(n, c, source) for n, c in enumerate(contours, 1)])
    dataset.RTROIObservationsSequence = Items([_observation(n) for n, _ in enumerate(contours, 1)])
    save(dataset, path)


def _referenced_frame(frame: str, identity: PatientIdentity, source: Source | None) -> Dataset:
    """Return the frame of reference with the study, series and slices that contours were drawn on."""
    item = Dataset()
    item.FrameOfReferenceUID = frame
    if source is not None:
        series = Dataset()
        series.SeriesInstanceUID = source.series_uid
        series.ContourImageSequence = Items([_image(uid, source) for uid in source.instances])
        study = Dataset()
        study.ReferencedSOPClassUID = STUDY_COMPONENT
        study.ReferencedSOPInstanceUID = identity.study_uid
        study.RTReferencedSeriesSequence = Items([series])
        item.RTReferencedStudySequence = Items([study])
    return item


def _image(uid: str, source: Source) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = source.class_uid
    item.ReferencedSOPInstanceUID = uid
    return item


def _roi(number: int, contour: Contour, frame: str) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame
    item.ROIName = contour.name[:64]
    item.ROIGenerationAlgorithm = "SEMIAUTOMATIC"
    item.ROIVolume = decimal(contour.ml)  # on one plane, or on planes apart, nothing else says how thick they are
    return item


def _roi_contours(number: int, contour: Contour, source: Source | None) -> Dataset:
    roi = Dataset()
    roi.ROIDisplayColor = list(COLOURS[(number - 1) % len(COLOURS)])
    roi.ReferencedROINumber = number
    roi.ContourSequence = Items([_polygon(points, source) for points in with_keyholes(contour)])
    return roi


def _polygon(points: Polygon, source: Source | None) -> Dataset:
    item = Dataset()
    uid = source.slice_at(points[:1]) if source is not None else None
    if uid is not None and source is not None:
        item.ContourImageSequence = Items([_image(uid, source)])
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(points)
    text = "\\".join([f"{v:.3f}" for v in (points.ravel() + 0.0).tolist()]).encode()
    # as bytes, whose VR an implicit file does not write: pydicom would make an object of each number
    item.add_new(CONTOUR_DATA, "OB", text + b" " * (len(text) % 2))
    return item


def _observation(number: int) -> Dataset:
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    item.RTROIInterpretedType = ""
    item.ROIInterpreter = ""
    return item


def with_keyholes(contour: Contour) -> Iterator[Polygon]:
    """Return the polygons of a contour, each hole joined to the polygon around it by a channel without width.

    Source
    ------
    DICOM PS3.3 C.8.8.6.3: an inner hole of a CLOSED_PLANAR contour is drawn by the keyhole technique.

    Examples
    --------
    >>> outer = np.array([[0.0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]])
    >>> inner = outer / 3 + [2, 2, 0]
    >>> (joined,) = with_keyholes(Contour("ring", "", "", (outer, inner), 1.0))
    >>> len(joined)
    10
    """
    for rings in _flattened(contour):
        yield from _joined(rings) if len(rings) > 1 else [rings[0][0]]


def _flattened(contour: Contour) -> Iterator[list[tuple[Polygon, NDArray[np.float64]]]]:
    """Return the polygons of each plane: in space, shape (n, 3), and in the plane, shape (n, 2)."""
    axes, planes = in_plane_axes(contour.normal)[:, :2], contour.planes
    for first, last in pairwise(planes.start):
        yield [(contour.polygons[i], contour.polygons[i] @ axes) for i in planes.order[first:last]]


def _joined(rings: Sequence[tuple[Polygon, NDArray[np.float64]]]) -> Iterator[Polygon]:
    """Return the polygons of one plane with their holes joined; each is given in space and in its plane."""
    around = [
        [b for b, (_, other) in enumerate(rings) if b != a and contains(other, flat)]
        for a, (_, flat) in enumerate(rings)
    ]
    joined = {a: points for a, (points, _) in enumerate(rings) if len(around[a]) % 2 == 0}
    for a, (points, flat) in enumerate(rings):
        owners = [b for b in around[a] if b in joined]
        if a not in joined and not owners:  # each of two that cross holds the other
            joined[a] = points
        elif a not in joined:
            owner = max(owners, key=lambda b: len(around[b]))
            same = _turns_left(flat) == _turns_left(rings[owner][1])
            joined[owner] = _keyhole(joined[owner], points[::-1] if same else points)
    yield from joined.values()


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


def _turns_left(flat: NDArray[np.float64]) -> bool:
    x, y = (flat - flat[0]).T
    return bool(x[:-1] @ y[1:] - y[:-1] @ x[1:] > 0)


def _keyhole(outer: Polygon, hole: Polygon) -> Polygon:
    """Return one polygon: around the outer one to its corner nearest the hole, around the hole the other way, and back."""
    distance = np.array([((outer - corner) ** 2).sum(axis=1).min() for corner in hole])
    there = int(distance.argmin())
    at = int(((outer - hole[there]) ** 2).sum(axis=1).argmin())
    turned = np.roll(hole, -there, axis=0)
    return np.concatenate([outer[: at + 1], turned, turned[:1], outer[at:]])
