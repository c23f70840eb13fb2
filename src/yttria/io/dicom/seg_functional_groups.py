"""Functional groups of a segmentation: where each frame lies and which segment it shows.

A frame's groups are a few dozen bytes, and there may be ten thousand frames: where the file states lengths, the bytes are
walked here, in a fiftieth of the time that pydicom takes to make objects of them. A test holds both ways to the same answer.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag

from yttria.io.dicom.header import ITEM, UNDEFINED, after_sequence, element_at, floats

PER_FRAME = Tag("PerFrameFunctionalGroupsSequence")
POSITION, ORIENTATION, SEGMENT = 0x00200032, 0x00200037, 0x0062000B
# Where each stands: the sequence in the functional groups.
PLACES = {0x00209113: POSITION, 0x00209116: ORIENTATION, 0x0062000A: SEGMENT}
KEYWORDS = {
    POSITION: ("PlanePositionSequence", "ImagePositionPatient"),
    ORIENTATION: ("PlaneOrientationSequence", "ImageOrientationPatient"),
    SEGMENT: ("SegmentIdentificationSequence", "ReferencedSegmentNumber"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame says of itself, or all frames together: empty or None where neither does."""

    position: tuple[float, ...]
    orientation: tuple[float, ...]
    segment: int | None


def frames_of(dataset: FileDataset) -> tuple[Frame, ...]:
    """Return what each frame of a segmentation says: its own groups first, else those shared by all."""
    shared = _parsed(shared_groups(dataset))
    try:
        own = list(_walked(dataset))
    except (struct.error, IndexError, ValueError):  # not plain: pydicom reads it
        own = [_parsed(groups) for groups in dataset.get("PerFrameFunctionalGroupsSequence") or []]
    return tuple(
        Frame(
            f.position or shared.position,
            f.orientation or shared.orientation,
            shared.segment if f.segment is None else f.segment,
        )
        for f in own
    )


def shared_groups(dataset: Dataset) -> Dataset:
    """Return the functional groups that all frames share; an empty data set where there are none."""
    shared = dataset.get("SharedFunctionalGroupsSequence")
    return Dataset(shared[0]) if shared else Dataset()


def _parsed(groups: Dataset) -> Frame:
    results: dict[int, Any] = {}
    for tag, (sequence, keyword) in KEYWORDS.items():
        items = groups.get(sequence)
        results[tag] = items[0].get(keyword) if items else None
    number = results[SEGMENT]
    return Frame(floats(results[POSITION]), floats(results[ORIENTATION]), None if number is None else int(number))


def _walked(dataset: FileDataset) -> Iterator[Frame]:
    """Return what each frame says, from the bytes of the file.

    Raises
    ------
    struct.error, IndexError, ValueError
        The bytes are not at hand, or not what they should be.
    """
    element = dataset.get_item(PER_FRAME) if PER_FRAME in dataset else None
    if not isinstance(element, RawDataElement) or not isinstance(element.value, bytes) or not element.is_little_endian:
        raise ValueError(PER_FRAME)
    raw, explicit = element.value, not element.is_implicit_VR
    at = 0
    while at < len(raw):
        start, at = _item(raw, at)
        results: dict[int, bytes] = {}
        for tag, value, length in _elements(raw, start, at, explicit=explicit):
            if (inner := PLACES.get(tag)) is not None and length:
                results |= _first(raw, value, inner, explicit=explicit)
        yield Frame(_numbers(results.get(POSITION)), _numbers(results.get(ORIENTATION)), _whole(results.get(SEGMENT)))


def _item(raw: bytes, at: int) -> tuple[int, int]:
    """Return where an item's elements start and where they end."""
    tag, start, length = element_at(raw, at, explicit=False)
    if tag != ITEM or length == UNDEFINED or start + length > len(raw):
        raise ValueError(tag)
    return start, start + length


def _elements(raw: bytes, at: int, end: int, *, explicit: bool) -> Iterator[tuple[int, int, int]]:
    """Return (tag, first byte of the value, length) of the elements between two bytes."""
    while at < end:
        tag, start, length = element_at(raw, at, explicit=explicit)
        yield tag, start, length
        at = after_sequence(raw, start, explicit=explicit) if length == UNDEFINED else start + length
    if at != end:
        raise ValueError(at)


def _first(raw: bytes, at: int, wanted: int, *, explicit: bool) -> dict[int, bytes]:
    """Return one element's bytes from the first item of a sequence; nothing where it is absent."""
    start, end = _item(raw, at)
    for tag, value, length in _elements(raw, start, end, explicit=explicit):
        if tag == wanted:
            return {tag: raw[value : value + length]}
    return {}


def _numbers(raw: bytes | None) -> tuple[float, ...]:
    text = raw.decode("ascii").strip(" \0") if raw else ""
    return tuple(float(part) for part in text.split("\\")) if text else ()


def _whole(raw: bytes | None) -> int | None:
    return None if raw is None or len(raw) < 2 else int.from_bytes(raw[:2], "little")
