"""Enhanced multi-frame CT, MR and PET: one file opened into the headers of its frames, read on as single slices are.

What holds for a frame stands in its functional groups: its own first, else those shared by all.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pydicom.dataset import Dataset

from yttria.io.dicom.header import Header
from yttria.io.dicom.opened import open_dataset
from yttria.values.errors import IntakeError

STORAGES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.2.1",  # Enhanced CT
        "1.2.840.10008.5.1.4.1.1.2.2",  # Legacy Converted Enhanced CT
        "1.2.840.10008.5.1.4.1.1.4.1",  # Enhanced MR
        "1.2.840.10008.5.1.4.1.1.4.4",  # Legacy Converted Enhanced MR
        "1.2.840.10008.5.1.4.1.1.128.1",  # Legacy Converted Enhanced PET
        "1.2.840.10008.5.1.4.1.1.130",  # Enhanced PET
    }
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
CONTENT = {"AcquisitionDateTime": "FrameAcquisitionDateTime"}


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
            f"an enhanced image must describe each of its {header.frames} frames, but describes {len(own)}; export it again"
        )
    size = header.count("Rows") * header.count("Columns") * header.count("BitsAllocated") // 8
    for frame, groups in enumerate(own):
        tags = {**header.tags, **_frame_tags(groups, shared), "NumberOfFrames": 1, "InstanceNumber": frame + 1}
        at = None if header.pixels is None else header.pixels + frame * size
        yield replace(header, tags=tags, pixels=at, frame=frame)


def _frame_tags(own: Dataset, shared: Dataset) -> dict[str, str | int]:
    tags: dict[str, str | int] = {}
    for keyword, sequence in PLACES.items():
        value = next((v for g in (own, shared) if (v := _from(g, sequence, keyword)) is not None), None)
        if value is not None:
            tags[keyword] = value
    for keyword, inner in CONTENT.items():
        if (value := _from(own, "FrameContentSequence", inner)) is not None:
            tags[keyword] = value
    return tags


def _from(group: Dataset, sequence: str, keyword: str) -> str | None:
    """Return a tag of a functional group as text, several values joined; None where it is absent."""
    items: Any = group.get(sequence)
    value = items[0].get(keyword) if items else None
    if value is None or value == "":
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return str(value)
    return "\\".join(str(v) for v in value)
