"""Shares -> a DICOM segmentation, by highdicom: fractional where voxels are shared, binary where they are not."""

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from yttria.io.dicom.common_modules import MAKER, NOTICE, decimal, save, uid_of
from yttria.io.dicom.referenced_image import CT_IMAGE_STORAGE, Source, on_axis
from yttria.io.ground.structure_roles import role_by_name
from yttria.values.errors import GeometryError, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.patient import PatientIdentity

FULL = 255  # what a whole voxel is stored as
HALF = 0.5
ORGAN, ABNORMAL, TISSUE = (
    ("91772007", "SCT", "Organ"),
    ("49755003", "SCT", "Morphologically Abnormal Structure"),
    ("85756007", "SCT", "Tissue"),
)
# What a role is: category and type, SNOMED CT (DICOM PS3.16 CID 7150, 7151).
MEANINGS = {
    "liver": (ORGAN, ("10200004", "SCT", "Liver")),
    "lungs": (ORGAN, ("39607008", "SCT", "Lung")),
    "tumour": (ABNORMAL, ("108369006", "SCT", "Neoplasm")),
}
UNSAID = (TISSUE, TISSUE)


def write_seg(
    path: Path,
    vois: Sequence[Voi],
    identity: PatientIdentity,
    *,
    label: str,
    grid: Grid | None = None,
    source: Source | None = None,
    binary: bool = False,
) -> None:
    """Write volumes of interest as one segmentation, in the patient, study and frame of reference of the identity.

    Parameters
    ----------
    vois
        They may overlap. Where every share is 0 or 1 the segmentation is binary, else fractional (occupancy, 255 steps):
        fractions keep the volume, half-and-half rounding does not.
    label
        What the segmentation is called.
    grid
        What the volumes' grids are parts of, and what is written on; None: all lie on one grid.
    source
        The image whose slices it names; None: it names none.
    binary
        Round shares at 1/2, for programs that read no fractions.

    Raises
    ------
    IntakeError
        Nothing to write; a volume that rounds to nothing.
    GeometryError
        Volumes that are no part of one grid, or one whose axes are not at right angles.
    """
    if not vois:
        raise IntakeError(
            "a segmentation must hold a segment, but there is none to write; name a structure", code="segment-value"
        )
    whole = grid or vois[0].grid
    if not on_axis(whole):
        raise GeometryError(
            "a segmentation must lie on a grid with axes at right angles, but this one is sheared", code="grid-oblique"
        )
    fractional = not binary and any(((v.share > 0) & (v.share < 1)).any() for v in vois)
    content = _content(vois, whole, identity.study_uid, fractional, label)
    images = _images(whole, identity, source, content)
    parts = [_written(v, whole, images, content, fractional=fractional) for v in vois]
    dataset = _joined(parts, whole)
    _settle(dataset, identity, content, label=label, source=source)
    save(dataset, path)


def _slices(voi: Voi, whole: Grid, *, fractional: bool) -> tuple[int, NDArray[Any]]:
    """Return the first slice that a volume touches, and from there on its shares or marks on whole slices."""
    z, y, x = voi.grid.offset_in(whole)
    values = voi.share if fractional else voi.share >= HALF
    used = np.flatnonzero(values.any(axis=(1, 2)))
    if not len(used):
        raise IntakeError(
            f"{voi.name} must fill half of a voxel to be marked, but fills less everywhere; write shares (--to seg), or use a finer grid",
            code="structure-too-small",
        )
    low, high = int(used[0]), int(used[-1]) + 1
    pixels = np.zeros((high - low, *whole.shape_zyx[1:]), dtype=np.float32 if fractional else np.uint8)
    _, rows, columns = voi.share.shape
    pixels[:, y : y + rows, x : x + columns] = values[low:high]
    return z + low, pixels


def _content(vois: Sequence[Voi], *words: object) -> str:
    """Return a name for what is written: the SHA-256 of shares, places and what stands around them."""
    digest = hashlib.sha256(repr((words, [(v.name, v.grid) for v in vois])).encode())
    for voi in vois:
        digest.update(voi.share.data)
    return digest.hexdigest()


def _written(voi: Voi, whole: Grid, images: Sequence[Dataset], content: str, *, fractional: bool) -> Any:
    """Return one volume as a segmentation of its own, as highdicom makes it: frames that hold nothing are left out."""
    import highdicom

    first, pixels = _slices(voi, whole, fractional=fractional)
    axes = whole.matrix[:3, :3]
    columns, rows, slices = (float(v) for v in np.linalg.norm(axes, axis=0))
    points = whole.points_of([(0, 0, first + k) for k in range(len(pixels))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return highdicom.seg.Segmentation(
            images,
            pixels,
            "FRACTIONAL" if fractional else "BINARY",
            [_described(voi)],
            uid_of("seg-series", content),
            300,
            uid_of("seg", content),
            1,
            MAKER,
            MAKER,
            NOTICE,
            "0",
            fractional_type="OCCUPANCY",
            max_fractional_value=FULL,
            pixel_measures=highdicom.PixelMeasuresSequence(
                [decimal(rows), decimal(columns)], decimal(slices), decimal(slices)
            ),
            plane_orientation=highdicom.PlaneOrientationSequence(
                "PATIENT", [decimal(v) for v in (*(axes[:, 0] / columns), *(axes[:, 1] / rows))]
            ),
            plane_positions=[highdicom.PlanePositionSequence("PATIENT", [decimal(v) for v in p]) for p in points],
        )


def _joined(parts: Sequence[Any], whole: Grid) -> Any:
    """Return one segmentation of several: made one by one, only the slices of one stand in memory as numbers."""
    dataset = parts[0]
    if len(parts) == 1:
        return dataset
    numbered = [(n, frame) for n, p in enumerate(parts, 1) for frame in p.PerFrameFunctionalGroupsSequence]
    places = [whole.index_of([f.PlanePositionSequence[0].ImagePositionPatient])[0, 2] for _, f in numbered]
    ranks = np.unique(np.rint(places), return_inverse=True)[1]
    for (number, frame), rank in zip(numbered, ranks.tolist(), strict=True):
        segment = Dataset()
        segment.ReferencedSegmentNumber = number
        frame.SegmentIdentificationSequence = Items([segment])
        frame.FrameContentSequence[0].DimensionIndexValues = [number, rank + 1]
    for number, part in enumerate(parts, 1):
        part.SegmentSequence[0].SegmentNumber = number
    dataset.PixelData = _pixel_data(parts)
    dataset.SegmentSequence = Items([part.SegmentSequence[0] for part in parts])
    dataset.PerFrameFunctionalGroupsSequence = Items([frame for _, frame in numbered])
    del dataset.SharedFunctionalGroupsSequence[0].SegmentIdentificationSequence
    dataset.NumberOfFrames = len(numbered)
    dataset.SegmentsOverlap = "UNDEFINED"
    return dataset


def _pixel_data(parts: Sequence[Any]) -> bytes:
    """Return the pixels of all frames, bits of binary ones packed without a gap."""
    size = int(parts[0].Rows) * int(parts[0].Columns)
    if int(parts[0].BitsAllocated) > 1:
        whole = b"".join(p.PixelData[: size * int(p.NumberOfFrames)] for p in parts)
    else:
        bits = [
            np.unpackbits(np.frombuffer(p.PixelData, np.uint8), count=size * int(p.NumberOfFrames), bitorder="little")
            for p in parts
        ]
        whole = np.packbits(np.concatenate(bits), bitorder="little").tobytes()
    return whole + b"\0" * (len(whole) % 2)


def _described(voi: Voi) -> Any:
    """Return what a segment is: its name, and its meaning by its role or its name."""
    from highdicom.seg import SegmentDescription
    from highdicom.sr import CodedConcept

    category, kind = MEANINGS.get(voi.role.partition("-")[0] or role_by_name(voi.name), UNSAID)
    item = SegmentDescription(1, voi.name[:64], CodedConcept(*category), CodedConcept(*kind), "MANUAL")
    item.SegmentAlgorithmType = "SEMIAUTOMATIC"  # drawn by whoever drew it, brought to this grid by us
    item.SegmentAlgorithmName = MAKER
    return item


def _images(whole: Grid, identity: PatientIdentity, source: Source | None, content: str) -> list[Dataset]:
    """Return the slices of the image that was drawn on as far as highdicom asks for them; one that is nobody's where none is known."""
    if source is None:
        return [_image(whole, 0, identity, uid_of("no image", content), uid_of("no series", content), CT_IMAGE_STORAGE)]
    grid = source.grid
    # as CT: of a multi-frame class highdicom asks functional groups, which a tomogram has none of; `_settle` names the true class
    return [_image(grid, k, identity, uid, source.series_uid, CT_IMAGE_STORAGE) for k, uid in enumerate(source.uids)]


def _image(grid: Grid, k: int, identity: PatientIdentity, uid: str, series_uid: str, class_uid: str) -> Dataset:
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = class_uid, uid
    image.SeriesInstanceUID = series_uid
    image.StudyInstanceUID = identity.study_uid or uid_of("study", series_uid)
    image.FrameOfReferenceUID = grid.frame_uid or identity.frame_uid or uid_of("frame", series_uid)
    image.PositionReferenceIndicator = ""
    image.PatientName, image.PatientID = identity.patient_name, identity.patient_id
    image.PatientBirthDate = identity.birth_date
    image.PatientSex = identity.sex if identity.sex in {"M", "F", "O"} else ""
    image.StudyID, image.StudyDate, image.StudyTime = identity.study_id, identity.study_date, identity.study_time
    image.AccessionNumber, image.ReferringPhysicianName = identity.accession, identity.referring
    image.Modality = "CT"
    _, image.Rows, image.Columns = grid.shape_zyx
    axes = grid.matrix[:3, :3]
    columns, rows, slices = (float(v) for v in np.linalg.norm(axes, axis=0))
    image.PixelSpacing, image.SliceThickness = [decimal(rows), decimal(columns)], decimal(slices)
    image.ImageOrientationPatient = [decimal(v) for v in (*(axes[:, 0] / columns), *(axes[:, 1] / rows))]
    image.ImagePositionPatient = [decimal(v) for v in grid.points_of([(0, 0, k)])[0]]
    return image


def _settle(dataset: Any, identity: PatientIdentity, content: str, *, label: str, source: Source | None) -> None:
    """Write what follows from the content alone: the same values make the same bytes; name no image that nobody has."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SeriesDescription = label[:64]
    dataset.ContentLabel = "SEGMENTATION"
    dataset.ContentDescription = label[:64]
    dataset.ContentCreatorName = ""
    if identity.study_date:
        dataset.InstanceCreationDate = dataset.ContentDate = dataset.SeriesDate = identity.study_date
        dataset.InstanceCreationTime = dataset.ContentTime = dataset.SeriesTime = identity.study_time or "000000"
    for item in dataset.get("ContributingEquipmentSequence") or []:
        item.pop("ContributionDateTime", None)
    organisation = uid_of("dimensions", content)
    for item in (*dataset.DimensionOrganizationSequence, *dataset.DimensionIndexSequence):
        item.DimensionOrganizationUID = organisation
    if source is None:
        for keyword in ("ReferencedSeriesSequence", "SourceImageSequence"):
            dataset.pop(keyword, None)
    else:
        for item in _references(dataset):
            item.ReferencedSOPClassUID = source.class_uid
    if source is None or not source.by_slice:
        for frame in dataset.PerFrameFunctionalGroupsSequence:
            frame.DerivationImageSequence = Items([])


def _references(dataset: Dataset) -> Iterator[Dataset]:
    """Return every item that names an instance, wherever it stands."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                if "ReferencedSOPInstanceUID" in item:
                    yield item
                yield from _references(item)
