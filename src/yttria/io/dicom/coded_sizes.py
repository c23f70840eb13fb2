"""How large a compressed frame or data set says that it is, asked before it is unpacked: a few bytes can stand for gigabytes."""

import struct
import zlib
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames

from yttria.values.errors import IntakeError

LARGEST_INFLATED = 256 << 20  # bytes of a deflated data set: structures and planar images have a few
CHUNK = 1 << 20
CODESTREAM = b"\xff\x4f\xff\x51"  # how JPEG 2000 begins: SOC, SIZ
JPEG = b"\xff\xd8"
STARTS_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {
    0xC4,
    0xC8,
    0xCC,
}  # JPEG and JPEG-LS; the others are tables and reserved


def coded_size(frame: bytes) -> tuple[int, int] | None:
    """Return rows and columns that a JPEG, JPEG-LS or JPEG 2000 frame says it has; None for another kind.

    Raises
    ------
    struct.error
        The frame ends within its header.

    Source
    ------
    ISO 10918-1 B.2.2 (frame header), ISO 14495-1 C.2.2, ISO 15444-1 A.5.1 (SIZ).
    """
    at = frame.find(CODESTREAM, 0, 4096)
    if at >= 0:
        right, bottom, left, top = struct.unpack_from(">4I", frame, at + 8)
        return bottom - top, right - left
    if not frame.startswith(JPEG):
        return None
    at = 2
    while True:
        mark, kind = struct.unpack_from(">BB", frame, at)
        if mark != 0xFF:
            raise ValueError("a JPEG frame whose markers are damaged")
        if kind == 0xFF:  # fill
            at += 1
            continue
        (length,) = struct.unpack_from(">H", frame, at + 2)
        if kind in STARTS_OF_FRAME:
            rows, columns = struct.unpack_from(">2H", frame, at + 5)
            return rows, columns
        at += 2 + max(length, 2)


def require_coded_sizes(dataset: Dataset) -> None:
    """Refuse compressed frames of another size than Rows and Columns say.

    Raises
    ------
    ValueError
        A frame says that it has others.
    """
    wanted = (int(dataset.Rows), int(dataset.Columns))
    for frame in generate_frames(dataset.PixelData, number_of_frames=max(int(dataset.get("NumberOfFrames") or 1), 1)):
        result = coded_size(frame)
        if result not in {None, wanted}:
            raise ValueError(f"a frame of {result} pixels instead of {wanted}")


def require_inflatable(path: Path, at: int) -> None:
    """Refuse a deflated data set that unpacks to more than any that is read here.

    Parameters
    ----------
    at
        First byte of the data set, behind the file's meta information.

    Raises
    ------
    IntakeError
        It is larger; the stream is damaged.
    """
    inflater, count = zlib.decompressobj(-zlib.MAX_WBITS), 0
    try:
        with path.open("rb") as stream:
            stream.seek(at)
            packed = stream.read(CHUNK)
            while packed and not inflater.eof:
                count += len(inflater.decompress(packed, CHUNK))
                if count > LARGEST_INFLATED:
                    raise IntakeError(
                        f"a deflated DICOM file must unpack to at most {LARGEST_INFLATED >> 20} MiB, but {path.name} holds more; export it uncompressed",
                        code="archive-size",
                    )
                packed = inflater.unconsumed_tail or stream.read(CHUNK)
    except zlib.error as error:
        raise IntakeError(
            f"expected a whole deflated DICOM file, found a damaged one in {path.name}; send it again",
            code="dicom-damaged",
        ) from error
