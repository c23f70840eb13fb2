"""One DICOM file opened: its dataset and its pixels, every fault of it as one refusal."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import FileDataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from yttria.io.dicom.coded_sizes import require_coded_sizes
from yttria.io.dicom.compressed_frames import DEFLATED_FRAMES, decoded, is_ours
from yttria.io.dicom.header import Header, require_bounded
from yttria.io.dicom.stored_bits import Tags, keep_stored, overlay_bits_of, spare_bits
from yttria.io.ground.memory import require_memory
from yttria.io.ground.regular_files import require_regular
from yttria.values.errors import IntakeError

_SYNTAXES: dict[Any, UID] = {  # by (is implicit, is little-endian)
    (True, True): ImplicitVRLittleEndian,
    (False, True): ExplicitVRLittleEndian,
    (False, False): ExplicitVRBigEndian,
}
# What a parser, or a number made of a tag, raises where a data set is malformed.
MALFORMED = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, TypeError, ValueError, struct.error)


@contextmanager
def well_formed(what: str) -> Iterator[None]:
    """Refuse a data set whose tags are not what they must be, in one message, whatever they raise where they are used.

    Tags are parsed when they are asked for: a word where a number belongs shows itself deep in a reader.

    Raises
    ------
    IntakeError
        A tag is malformed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except MALFORMED as error:
        raise IntakeError(damaged(what), code="dicom-damaged") from error


def damaged(what: str) -> str:
    """Return what is said of a data set that a parser fell over; nothing of its bytes, which may be a person's."""
    return f"tags of {what} must be numbers and words as DICOM has them, but one is malformed; export it again"


def open_dataset(path: Path, *, pixels: bool = True) -> FileDataset:
    """Read one file whole, every fault of it as one refusal.

    Raises
    ------
    IntakeError
        It is not readable DICOM.
    """
    require_regular(path)
    try:
        require_bounded(path)
        if pixels:
            require_memory(path.stat().st_size, what=path.name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path, stop_before_pixels=not pixels, force=True)
    except IntakeError:
        raise
    except Exception as error:
        raise IntakeError(
            f"expected a readable DICOM file, but {path.name} is damaged; export it again",
            code="dicom-damaged",
        ) from error
    if not dataset.file_meta.get("TransferSyntaxUID"):  # without its preamble a file is as the parser found it
        dataset.file_meta.TransferSyntaxUID = _SYNTAXES.get(dataset.original_encoding, ImplicitVRLittleEndian)
    return dataset


def open_pixels(dataset: FileDataset, *, what: str) -> Any:
    """Return the stored pixel values as an array, compressed or not, every fault as one refusal.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here; bits above the stored ones change a value.
    """
    words = open_words(dataset, what=what)
    if spare_bits(dataset) <= 0 or words.dtype.kind not in "iu" or not words.size:
        return words
    kept = np.array(words)
    keep_stored(kept, dataset, overlay_bits=lambda: overlay_bits_of(dataset), what=what)
    return kept


def open_words(dataset: FileDataset, *, what: str) -> Any:
    """Return the words of the pixels with all their bits, also those above the stored ones.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here.
    """
    if "PixelData" not in dataset:
        raise IntakeError(f"expected pixels in {what}, found none; export it again", code="pixels-absent")
    _require_fitting(dataset, what=what)
    _require_room(dataset, what=what)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if is_ours(dataset):
                return decoded(dataset)
            if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
                require_coded_sizes(dataset)
            return pixel_array(dataset, **_all_bits(dataset))
    except Exception as error:
        syntax = dataset.file_meta.get("TransferSyntaxUID", "no transfer syntax")
        unlike = "they are not as many as rows, columns, frames and bits say: send it again"
        advice = unlike if syntax in _SYNTAXES.values() else "export it uncompressed"
        raise IntakeError(
            f"expected pixels that can be decoded in {what}, but those there cannot ({syntax}); {advice}",
            code="pixels-undecodable",
        ) from error


def open_frame(header: Header, *, what: str) -> Any:
    """Return the words of one frame of an enhanced image, with all their bits.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if header.syntax == DEFLATED_FRAMES:
                return decoded(pydicom.dcmread(header.path), header.frame)
            if UID(header.syntax).is_encapsulated:
                _require_frames_fit((header.path, header.path.stat().st_mtime_ns))
            return pixel_array(header.path, index=header.frame, **_all_bits(header.tags))
    except Exception as error:
        raise IntakeError(
            f"expected pixels that can be decoded in {what}, but those there cannot ({header.syntax}); export it uncompressed",
            code="pixels-undecodable",
        ) from error


def _require_room(dataset: FileDataset, *, what: str) -> None:
    """Refuse pixels that, by rows, columns, frames and bits, would not fit into memory."""
    try:
        row = int(dataset.Columns) * int(dataset.BitsAllocated) * int(dataset.get("SamplesPerPixel") or 1)
        promised = int(dataset.Rows) * row * max(int(dataset.get("NumberOfFrames") or 1), 1) // 8
    except (AttributeError, TypeError, ValueError):  # the decoder says what is missing
        return
    require_memory(promised, what=what)


@lru_cache(maxsize=64)
def _require_frames_fit(file: tuple[Path, int]) -> None:
    """Refuse a file (path, time of its last change) of which one compressed frame has another size than its header says; each is asked once."""
    require_coded_sizes(pydicom.dcmread(file[0]))


def _all_bits(tags: Tags) -> dict[str, Any]:
    """Return what makes the decoder keep the bits above the stored ones, which it would cut off in silence."""
    return {"bits_stored": int(tags.get("BitsAllocated") or 0)} if spare_bits(tags) > 0 else {}


def _require_fitting(dataset: FileDataset, *, what: str) -> None:
    """Refuse plain pixels of which a row or more is left over, and stored bits that contradict each other: neither raises by itself.

    Raises
    ------
    IntakeError
        Rows, Columns or NumberOfFrames count fewer pixels than are there; HighBit does not end BitsStored.
    """
    try:
        stored, high = int(dataset.BitsStored), int(dataset.get("HighBit", dataset.BitsStored - 1))
        plain = not dataset.file_meta.TransferSyntaxUID.is_compressed
        row = int(dataset.Columns) * int(dataset.BitsAllocated) * int(dataset.get("SamplesPerPixel") or 1)
        frame, frames = int(dataset.Rows) * row, int(dataset.get("NumberOfFrames") or 1)
        beyond = 8 * len(dataset.PixelData) - frames * frame
    except (AttributeError, TypeError, ValueError):  # the decoder says what is missing
        return
    if high != stored - 1:
        raise IntakeError(
            f"stored bits of {what} must end at its highest bit, but BitsStored is {stored} and HighBit {high}; export it again",
            code="stored-bits",
        )
    if plain and row and beyond >= max(row, 16):
        left = f"{beyond // frame} frames" if frame and beyond >= frame else f"{beyond // 8} bytes"
        raise IntakeError(
            f"pixels of {what} must be as many as its header says, but {left} more are there; export it again",
            code="pixels-incomplete",
        )
