"""One instance in several files: a copy counts once; two contents under one identifier are told apart from copies."""

import filecmp
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from yttria.io.dicom.dataset import open_dataset, open_pixels
from yttria.io.dicom.header import Header

# What a re-sent or re-encoded copy may say otherwise, its content being the same.
CARRIER = {"SpecificCharacterSet", "RetrieveAETitle", "StorageMediaFileSetID", "StorageMediaFileSetUID", "DataSetTrailingPadding"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Instances:
    """Files of a folder, each instance once.

    Parameters
    ----------
    headers
        In their order; of copies the first.
    copies
        Files that repeat one of them.
    contradictory
        How many files carry the identifier and place of another, but another content: they stay.
    """

    headers: tuple[Header, ...]
    copies: tuple[Path, ...]
    contradictory: int


def each_once(headers: Sequence[Header]) -> Instances:
    """Return each instance once: one identifier (or, where it was blanked, the same header) and one content are one instance.

    Notes
    -----
    Bytes are compared first. Where they differ, public elements and decoded pixels are: a copy may come back from an archive in another
    transfer syntax.
    """
    kept: dict[Any, list[Header]] = {}
    first: list[Header] = []
    copies: list[Path] = []
    contradictory = 0
    for header in headers:
        instances = kept.setdefault(_key(header), [])
        if any(_are_one(header, other) for other in instances):
            copies.append(header.path)
            continue
        contradictory += bool(instances and header.text("SOPInstanceUID"))
        instances.append(header)
        first.append(header)
    return Instances(tuple(first), tuple(copies), contradictory)


def _key(header: Header) -> Any:
    """Return what files of one instance agree in; files whose identifiers were blanked agree in everything that a header holds."""
    uid = header.text("SOPInstanceUID")
    place = (header.numbers("ImagePositionPatient"), header.count("InstanceNumber"), header.frames)
    return (uid, place) if uid else tuple(header.tags.items())


def _are_one(one: Header, other: Header) -> bool:
    if filecmp.cmp(one.path, other.path, shallow=False):
        return True
    if not one.text("SOPInstanceUID"):
        return False
    try:
        return _is_one_content(one.path, other.path)
    except Exception:  # noqa: BLE001  what cannot be opened or parsed is no copy of anything; its reader says what is wrong
        return False


def _is_one_content(one: Path, other: Path) -> bool:
    parts = [open_dataset(path) for path in (one, other)]
    if len({part.file_meta.TransferSyntaxUID for part in parts}) > 1 and all("PixelData" in p for p in parts):
        first, second = (open_pixels(part, what="a copy") for part in parts)
        if first.shape != second.shape or not np.array_equal(first, second):
            return False
        for part in parts:
            del part.PixelData
    elements = [
        {e.tag: e.value for e in p if not e.tag.is_private and e.tag.element and e.keyword not in CARRIER}
        for p in parts
    ]
    return elements[0] == elements[1]
