"""Enhanced multi-frame CT, MR and PET: one file opened into the headers of its frames, read on as single slices are.

What holds for a frame stands in its functional groups: its own first, else those shared by all. What a converter found no place
for stands there as "unassigned" attributes, under the tags of a single-frame image.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydicom.dataset import Dataset

from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.header import LIFTED, Header
from yttria.io.dicom.multiframe_pet import PET_STORAGES, frame_tags, image_tags, one_agent
from yttria.values.errors import IntakeError

STORAGES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
        "1.2.840.10008.5.1.4.1.1.2.2",  # Legacy Converted Enhanced CT
        "1.2.840.10008.5.1.4.1.1.4.1",  # Enhanced MR
        "1.2.840.10008.5.1.4.1.1.4.4",  # Legacy Converted Enhanced MR
    }
    | PET_STORAGES
)
# Where each tag of a single-frame image stands in a functional group.
PLACES = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
    "RescaleType": "PixelValueTransformationSequence",
}
CONTENT = {"AcquisitionDateTime": "FrameAcquisitionDateTime", "ActualFrameDuration": "FrameAcquisitionDuration"}
UNASSIGNED_SHARED = "UnassignedSharedConvertedAttributesSequence"
UNASSIGNED = "UnassignedPerFrameConvertedAttributesSequence"


def is_enhanced(header: Header) -> bool:
    """Tell whether a file is an enhanced multi-frame image."""
    return header.text("SOPClassUID") in STORAGES


def frame_headers(header: Header) -> Iterator[Header]:
    """Return the header of each frame of an enhanced image, as if it were a file of its own.

    Raises
    ------
    IntakeError
        The file does not describe each of its frames.
    """
    dataset = open_dataset(header.path, pixels=False)
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    if len(own) != header.frames:
        raise IntakeError(
            f"an enhanced image must describe each of its {header.frames} frames, but describes {len(own)}; export it again",
            code="frame-count",
            values={"groups": len(own)},
        )
    size = header.count("Rows") * header.count("Columns") * header.count("BitsAllocated") // 8
    is_pet = header.text("SOPClassUID") in PET_STORAGES
    whole = {**_lifted(shared, UNASSIGNED_SHARED), **header.tags, **(image_tags(dataset) if is_pet else {})}
    for frame, groups in enumerate(own):
        tags = {**whole, **_timed(whole, _lifted(groups, UNASSIGNED)), **_frame_tags(groups, shared)}
        if is_pet:
            tags |= frame_tags(groups, shared, dataset)
        at = None if header.pixels is None else header.pixels + frame * size
        yield replace(header, tags={**tags, "NumberOfFrames": 1, "InstanceNumber": frame + 1}, pixels=at, frame=frame)


def described(header: Header) -> Dataset:
    """Return a file's data set without pixels; of an enhanced image with what a converter left unassigned, and its one tracer.

    Raises
    ------
    IntakeError
        Frames of several tracers.
    """
    dataset = open_dataset(header.path, pixels=False)
    if not is_enhanced(header):
        return dataset
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
    for item in shared.get(UNASSIGNED_SHARED) or []:
        for element in item:
            if element.tag not in dataset:
                dataset.add(element)
    if header.text("SOPClassUID") in PET_STORAGES:
        one_agent(dataset)
    return dataset


def _lifted(group: Dataset, sequence: str) -> dict[str, str | int]:
    """Return the tags that a converter left unassigned, but for identity and UIDs: those are the file's own."""
    tags: dict[str, str | int] = {}
    for item in group.get(sequence) or []:
        for keyword in LIFTED:
            value = _text(item.get(keyword))
            if value is not None:
                tags[keyword] = value
    return tags


def _timed(whole: dict[str, str | int], own: dict[str, str | int]) -> dict[str, str | int]:
    """Return a frame's own tags; its own time of acquisition stands above the file's date and time in one."""
    if "AcquisitionTime" in own and "AcquisitionDateTime" not in own and "AcquisitionDateTime" in whole:
        return {**own, "AcquisitionDateTime": ""}
    return own


def _frame_tags(own: Dataset, shared: Dataset) -> dict[str, str | int]:
    tags: dict[str, str | int] = {}
    for keyword, sequence in PLACES.items():
        value = next((v for g in (own, shared) if (v := _from(g, sequence, keyword)) is not None), None)
        if value is not None:
            tags[keyword] = value
    for keyword, inner in CONTENT.items():
        if (value := _from(own, "FrameContentSequence", inner)) is not None:
            tags[keyword] = value
    if (source := _from(own, "ConversionSourceAttributesSequence", "ReferencedSOPInstanceUID")) is not None:
        tags["ConvertedFrom"] = source
    return tags


def _from(group: Dataset, sequence: str, keyword: str) -> str | None:
    """Return a tag of a functional group as text, several values joined; None where it is absent."""
    items: Any = group.get(sequence)
    return _text(items[0].get(keyword)) if items else None


def _text(value: Any) -> str | None:
    """Return a value as text, several joined; None where it is absent or empty."""
    if value is None or value == "":
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value)
    return "\\".join(str(v) for v in value)
