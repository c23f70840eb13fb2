"""Compressed frames that pydicom 3.0 does not undo: deflated one by one, and one bit a pixel in RLE."""

import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames, get_frame
from pydicom.uid import UID, RLELossless

DEFLATED_FRAMES = UID("1.2.840.10008.1.2.8.1")
RLE_HEADER = 64
RLE_COPY_MOST, RLE_REPEAT_LEAST = 127, 129  # 128 says nothing (PS3.5 G.3.2)


def is_ours(dataset: FileDataset) -> bool:
    """Tell whether a file's frames are compressed in a way that is undone here."""
    syntax = dataset.file_meta.get("TransferSyntaxUID", "")
    return syntax == DEFLATED_FRAMES or (syntax == RLELossless and int(dataset.get("BitsAllocated") or 0) == 1)


def decoded(dataset: FileDataset, only: int | None = None) -> NDArray[Any]:
    """Return the stored numbers of all frames, shape (frames, rows, columns), or (rows, columns) of a single one.

    Parameters
    ----------
    only
        Index of the one frame that is wanted; None: all.

    Frames of one bit a pixel are packed, first pixel in the lowest bit, each from a byte of its own; RLE may also hold a byte a pixel.

    Raises
    ------
    ValueError
        A frame is not of the size that the header says, is no stream of its kind, or has several numbers a pixel.

    Source
    ------
    DICOM PS3.5 8.2.16 and A.4.13 (Deflated Image Frame Compression), G (RLE Lossless), RFC 1951.
    """
    frames, rows, columns = (
        max(int(dataset.get(k) or 1), 1) if k == "NumberOfFrames" else int(dataset[k].value)
        for k in ("NumberOfFrames", "Rows", "Columns")
    )
    if int(dataset.get("SamplesPerPixel") or 1) != 1:
        raise ValueError("several numbers a pixel")
    bits = int(dataset.BitsAllocated)
    deflated = dataset.file_meta.TransferSyntaxUID == DEFLATED_FRAMES
    if only is None:
        held = list(generate_frames(dataset.PixelData, number_of_frames=frames))
    else:
        held, frames = [get_frame(dataset.PixelData, only, number_of_frames=frames)], 1
    if len(held) != frames:
        raise ValueError(f"{len(held)} frames")
    made = [
        _pixels(_inflated(f, rows * columns * max(bits, 8)) if deflated else _run_lengths(f), bits, rows * columns)
        for f in held
    ]
    kind = f"<{'i' if dataset.get('PixelRepresentation') else 'u'}{max(bits, 8) // 8}"
    stack = np.stack(made).view(kind).reshape(frames, rows, columns)
    return stack if frames > 1 else stack[0]


def _inflated(frame: bytes, most: int) -> bytes:
    """Return what a deflated frame holds, refusing one that grows beyond what any frame can be."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    held = stream.decompress(frame, most + 1)
    if len(held) > most or not stream.eof:
        raise ValueError("a frame that does not end")
    return held


def _run_lengths(frame: bytes) -> bytes:
    """Return the one segment of a run-length encoded frame."""
    count, start = (int.from_bytes(frame[at : at + 4], "little") for at in (0, 4))
    if count != 1 or start != RLE_HEADER:
        raise ValueError(f"{count} segments")
    return b"".join(_runs(frame[start:]))


def _runs(segment: bytes) -> Iterator[bytes]:
    at = 0
    while at + 1 < len(segment):
        size_code = segment[at]
        if size_code <= RLE_COPY_MOST:
            yield segment[at + 1 : at + 2 + size_code]
            at += 2 + size_code
        elif size_code >= RLE_REPEAT_LEAST:
            yield segment[at + 1 : at + 2] * (257 - size_code)
            at += 2
        else:
            at += 1


def _pixels(held: bytes, bits: int, count: int) -> NDArray[np.uint8]:
    """Return the bytes of a frame's numbers, one byte or more a pixel."""
    if bits == 1 and len(held) - -(-count // 8) in {0, 1} and len(held) < count:
        return np.unpackbits(np.frombuffer(held, dtype=np.uint8), count=count, bitorder="little")
    size = count * max(bits, 8) // 8
    if len(held) - size not in {0, 1}:
        raise ValueError(f"{len(held)} bytes")
    pixels = np.frombuffer(held, dtype=np.uint8, count=size)
    if bits == 1 and pixels.max(initial=0) > 1:
        raise ValueError("more than one bit")
    return pixels
