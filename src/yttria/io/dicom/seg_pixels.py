"""Frames of a segmentation as they are stored, a bit or a number a pixel, and the boxes that segments fill of them.

A CT's plane is forty times the liver's box: bits stay packed until the box is known, and only the box becomes numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yttria.io.dicom.dataset import open_pixels
from yttria.io.dicom.pixels import seal


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """The smallest part of a grid that holds a segment.

    Parameters
    ----------
    first
        Index (i, j, k) of its first voxel.
    values
        Stored numbers, shape (slices, rows, columns), float32, sealed; of a label, 0 or 1.
    """

    first: tuple[int, int, int]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """Frames as stored.

    Parameters
    ----------
    stored
        Shape (frames, rows, columns); where `packed`, (frames, rows, bytes) with the first pixel in the lowest bit.
    """

    stored: NDArray[Any]
    packed: bool

    def box(self, slice_of: Mapping[int, int]) -> Box | None:
        """Return what frames hold, each laid on its slice, the higher number where two meet; None where they hold nothing.

        Parameters
        ----------
        slice_of
            Slice of each frame that counts.
        """
        held = [f for f in slice_of if self.stored[f].any()]
        if not held:
            return None
        union = np.zeros_like(self.stored[0])
        for f in held:
            np.bitwise_or(union, self.stored[f], out=union)
        rows, columns = (_span(np.asarray(self._numbers(union).any(axis=a))) for a in (1, 0))
        low, high = min(slice_of[f] for f in held), max(slice_of[f] for f in held)
        values = np.zeros((high - low + 1, rows.stop - rows.start, columns.stop - columns.start), dtype=np.float32)
        for f in held:
            on = values[slice_of[f] - low]
            np.maximum(on, self._cut(self.stored[f], rows, columns), out=on, casting="same_kind")
        return Box((columns.start, rows.start, low), seal(values))

    def label_boxes(self, slice_of: Mapping[int, int]) -> Mapping[int, Box]:
        """Return each label of a label map, 0 apart, as ones where it stands."""
        from scipy.ndimage import find_objects

        boxes: dict[int, Box] = {}
        for label, region in enumerate(find_objects(self.stored), 1):
            if region is None:
                continue
            frames, rows, columns = region
            mine = Masks((self.stored[region] == label).view(np.uint8), packed=False)
            box = mine.box({f - frames.start: slice_of[f] for f in range(frames.start, frames.stop)})
            if box is not None:
                i, j, k = box.first
                boxes[label] = Box((i + columns.start, j + rows.start, k), box.values)
        return boxes

    def _numbers(self, plane: NDArray[Any]) -> NDArray[Any]:
        return np.unpackbits(plane, axis=1, bitorder="little") if self.packed else plane

    def _cut(self, plane: NDArray[Any], rows: slice, columns: slice) -> NDArray[Any]:
        """Return a part of a plane as numbers."""
        if not self.packed:
            return plane[rows, columns]
        skipped = columns.start // 8
        part = self._numbers(plane[rows, skipped : -(-columns.stop // 8)])
        return part[:, columns.start - 8 * skipped : columns.stop - 8 * skipped]


def _span(marked: NDArray[np.bool_]) -> slice:
    """Return the range from the first to the last mark."""
    at = np.flatnonzero(marked)
    return slice(int(at[0]), int(at[-1]) + 1)


def open_masks(dataset: FileDataset, *, what: str) -> Masks:
    """Return the frames of a segmentation: the file's own bytes where they are plain, decoded ones otherwise.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short, too many or in a compression that cannot be undone here.
    """
    bits = int(dataset.get("BitsAllocated") or 0)
    shape = tuple(int(dataset.get(k) or 0) for k in ("NumberOfFrames", "Rows", "Columns"))
    size = int(np.prod(shape)) * bits // 8
    plain = dataset.file_meta.get("TransferSyntaxUID") in {ExplicitVRLittleEndian, ImplicitVRLittleEndian}
    raw = dataset.get("PixelData") if plain else None
    if raw is None or len(raw) - size not in {0, 1} or bits not in {1, 8} or (bits == 1 and shape[2] % 8) or not size:
        decoded = open_pixels(dataset, what=what)
        return Masks(decoded if decoded.ndim == 3 else decoded[np.newaxis], packed=False)
    stored = np.frombuffer(raw, dtype=np.uint8, count=size).reshape(*shape[:2], -1)
    return Masks(stored, packed=bits == 1)
