"""Where the numbers of a NRRD or a MetaImage lie, and that they are as many as its header says.

Asked before ITK opens the file: it trusts a header of a hundred thousand dimensions, takes what numbers come first, and reads from any path that is named.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from yttria.io.ground.memory import require_memory
from yttria.io.ground.regular_files import is_regular, leaves_folder
from yttria.io.volumes.volume_header import HEADER_BYTES, LONGEST_NUMBER, header_of, metaimage_fields, nrrd_fields
from yttria.values.errors import GeometryError, IntakeError

CHUNK = 1 << 20  # bytes unpacked at a time
MOST_FILES = 10_000  # that one header names: a slice a file
MOST_CHANNELS = 1000  # numbers a voxel: layers of a segmentation
# MetaIO, metaTypes.h (MET_ValueTypeSize).
META_BYTES = {
    "MET_CHAR": 1, "MET_UCHAR": 1, "MET_SHORT": 2, "MET_USHORT": 2, "MET_INT": 4, "MET_UINT": 4, "MET_LONG": 4, "MET_ULONG": 4,
    "MET_LONG_LONG": 8, "MET_ULONG_LONG": 8, "MET_FLOAT": 4, "MET_DOUBLE": 8,
}  # fmt: skip
# NRRD, field "type" (teem.sourceforge.net/nrrd/format.html).
NRRD_BYTES = {
    **dict.fromkeys(("signed char", "int8", "int8_t", "uchar", "unsigned char", "uint8", "uint8_t"), 1),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t", "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), 2),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t", "uint", "unsigned int", "uint32", "uint32_t", "float"), 4),
    **dict.fromkeys(("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t", "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t", "double"), 8),
}  # fmt: skip
UPRIGHT = 1e-3  # a direction whose length or angle is further off is none


@dataclass(frozen=True, slots=True)
class StoredNumbers:
    """What a header says of its numbers.

    Parameters
    ----------
    files
        Where they lie, in order; the header's own file where they follow it.
    offset
        First byte in each file; None: they are its last bytes.
    count
        How many numbers there are.
    size
        Bytes of one.
    encoding
        raw, gzip (zlib streams too), text or hex.
    """

    files: tuple[Path, ...]
    offset: int | None
    count: int
    size: int
    encoding: str

    @property
    def promised(self) -> int:
        """Return the bytes of all numbers."""
        return self.count * self.size


def detached_data(path: Path) -> tuple[Path, ...]:
    """Return the files of numbers that the header of a NRRD or a MetaImage names; none where they follow it, or for another format.

    Raises
    ------
    IntakeError
        As `stored_numbers`.
    """
    if not path.name.lower().endswith((".nrrd", ".nhdr", ".mha", ".mhd")):
        return ()
    return tuple(p for p in stored_numbers(path).files if p != path)


def stored_numbers(path: Path) -> StoredNumbers:
    """Return what the header of a NRRD or a MetaImage says of its numbers.

    Raises
    ------
    IntakeError
        A field that is absent, repeated, or moves or scales numbers in a way that is not read here; files that are absent, no regular ones, or lie
        outside the header's folder.
    """
    return _of_nrrd(path) if path.name.lower().endswith((".nrrd", ".nhdr")) else _of_metaimage(path)


def require_as_promised(path: Path) -> None:
    """Refuse a NRRD or a MetaImage whose numbers are not exactly as many as its header says; hold nothing of them.

    Raises
    ------
    IntakeError
        As `stored_numbers`; too few or too many numbers; more than fit into memory.
    """
    fields = stored_numbers(path)
    smallest = sum(p.stat().st_size for p in fields.files)
    if fields.promised > smallest * (MOST_INFLATED if fields.encoding == "gzip" else 1) * (
        fields.size if fields.encoding == "text" else 1
    ):
        raise _unlike(path, "fewer")
    require_memory(fields.promised, what=path.name)
    share = fields.promised // len(fields.files)
    for file in fields.files:
        result = _bytes_in(file, fields, share)
        if result != share:
            raise _unlike(path, "fewer" if result < share else "more")


MOST_INFLATED = 1032  # bytes that deflate makes of one, at most (zlib.net/zlib_tech.html)


def _unlike(path: Path, how: str) -> IntakeError:
    return IntakeError(
        f"the numbers of {path.name} must be as many as its header says, but {how} are there; the header or the file is damaged, write it again",
        code="volume-size",
    )


def _bytes_in(file: Path, fields: StoredNumbers, share: int) -> int:
    """Return how many bytes of numbers a file holds; of packed ones at most one more than were promised."""
    with file.open("rb") as stream:
        if fields.encoding == "raw":
            held = file.stat().st_size
            return held - fields.offset if fields.offset is not None else min(held, share)
        stream.seek(fields.offset or 0)
        if fields.encoding == "gzip":
            return inflated_bytes(stream, share, name=file.name)
        text = stream.read(share * LONGEST_NUMBER + CHUNK)  # more is more than was promised, however it is written
    if fields.encoding == "hex":
        return len(re.sub(rb"\s", b"", text)) // 2
    words = re.findall(rb"[^\s,]+", text)
    if max(map(len, words), default=0) > LONGEST_NUMBER:
        raise IntakeError(
            f"numbers of {file.name} must have at most {LONGEST_NUMBER} letters, but one is longer; write it again",
            code="volume-size",
        )
    return len(words) * fields.size


def inflated_bytes(stream: BinaryIO, most: int, *, name: str) -> int:
    """Return how many bytes a gzip or zlib stream holds, counted up to one more than `most`, a little in memory at a time.

    Raises
    ------
    IntakeError
        The stream is damaged or cut.
    """
    count = 0
    for part in inflated(stream, most, name=name):
        count += len(part)
    return count


def inflated(stream: BinaryIO, most: int, *, name: str) -> Iterator[bytes]:
    """Return what a gzip or zlib stream holds, part by part, up to one byte more than `most`.

    Raises
    ------
    IntakeError
        The stream is damaged or cut.
    """
    left, inflater = most + 1, zlib.decompressobj(zlib.MAX_WBITS | 32)
    packed = stream.read(CHUNK)
    try:
        while left > 0:
            part = inflater.decompress(packed, min(CHUNK, left))
            left -= len(part)
            if part:
                yield part
            if inflater.eof:
                rest = inflater.unused_data.strip(b"\0") or stream.read(CHUNK).strip(b"\0")
                if not rest:
                    return
                packed, inflater = rest, zlib.decompressobj(zlib.MAX_WBITS | 32)  # a gzip may have several members
                continue
            packed = inflater.unconsumed_tail or stream.read(CHUNK)
            if not packed and not part:
                break
    except zlib.error as error:
        raise IntakeError(
            f"expected a readable volume, found a damaged one in {name}; write it again", code="volume-damaged"
        ) from error
    if left > 0:
        raise IntakeError(
            f"expected a readable volume, found a damaged one, cut short, in {name}; write it again",
            code="volume-damaged",
        )


def _whole(fields: Mapping[str, str], key: str, name: str) -> list[int]:
    """Return the whole numbers above zero that a field lists."""
    words = fields.get(key, "").split()
    if not words or len(words) > MOST_CHANNELS or any(not re.fullmatch(r"\d{1,9}", w) or int(w) < 1 for w in words):
        raise IntakeError(
            f"{name} must list whole numbers above zero in {key}, but it is {fields.get(key, '')[:40] or 'absent'}; write it again",
            code="volume-size",
        )
    return [int(w) for w in words]


def _numbers(fields: Mapping[str, str], key: str, count: int, name: str) -> list[float]:
    """Return the numbers that a field lists, so many."""
    words = fields[key].split()
    try:
        result = [float(w) for w in words] if len(words) == count else []
    except ValueError:
        result = []
    if not result or not np.isfinite(result).all():
        raise IntakeError(
            f"{name} must state {count} numbers in {key}, but states {fields[key][:40] or 'none'}; write it again",
            code="volume-size",
        )
    return result


def _of_metaimage(path: Path) -> StoredNumbers:
    """Return what a MetaImage says of its numbers.

    Source
    ------
    MetaIO (itk.org/Wiki/MetaIO/Documentation): NDims, DimSize, ElementType, HeaderSize, ElementDataFile, ElementToIntensityFunction.
    """
    name = path.name
    fields = metaimage_fields(header_of(path, "MetaImage"), name)
    if fields.get("ndims") != "3":
        raise IntakeError(
            f"{name} must have three dimensions (NDims), but has {fields.get('ndims', 'none')[:20]}; split it",
            code="volume-dimensions",
        )
    sizes = _whole(fields, "dimsize", name)
    if len(sizes) != 3:
        raise IntakeError(
            f"{name} must state 3 sizes in DimSize, but states {len(sizes)}; write it again",
            code="volume-size",
            values={"sizes": len(sizes)},
        )
    _require_places(fields, name)
    scale = [float(fields.get(f"elementtointensityfunction{k}", d) or d) if re.fullmatch(r"[-+.\deE]*", fields.get(f"elementtointensityfunction{k}", d)) else 2.0
             for k, d in (("slope", "1"), ("offset", "0"))]  # fmt: skip
    if scale != [1.0, 0.0]:
        raise IntakeError(
            f"{name} must store its numbers as they are, but asks to scale them (ElementToIntensityFunctionSlope, Offset); write the scaled numbers",
            code="volume-scale",
        )
    channels = _whole(
        {"elementnumberofchannels": fields.get("elementnumberofchannels", "1")}, "elementnumberofchannels", name
    )[0]
    size = META_BYTES.get(fields.get("elementtype", "").upper())
    if size is None or channels > MOST_CHANNELS:
        raise IntakeError(
            f"{name} must hold one real number a voxel, but its ElementType is {fields.get('elementtype', 'absent')[:30]}; convert it",
            code="volume-data-type",
        )
    files, inside = _metaimage_files(path, fields)
    skip = fields.get("headersize", "0")
    if not re.fullmatch(r"-1|\d{1,12}", skip):
        raise IntakeError(
            f"{name} must state a whole number in HeaderSize, but it is {skip[:30]}; write it again",
            code="volume-offset",
        )
    offset: int | None = None if skip == "-1" else int(skip) or inside
    if offset is not None and inside and offset < inside:
        raise IntakeError(
            f"the numbers of {name} must lie behind its header, but HeaderSize says that they begin within it; write it again",
            code="volume-offset",
        )
    packed, text = (fields.get(k, "").lower() in {"true", "t", "1"} for k in ("compresseddata", "asciidata"))
    if packed:
        _require_packed_size(path, fields, files, inside)
    text = text or fields.get("binarydata", "true").lower() in {"false", "f", "0"}
    return StoredNumbers(
        files,
        offset,
        channels * int(np.prod([float(n) for n in sizes])),
        size,
        "gzip" if packed else "text" if text else "raw",
    )


def _require_packed_size(path: Path, fields: Mapping[str, str], files: tuple[Path, ...], inside: int) -> None:
    """Refuse packed numbers of another size than is stated, or of none behind a header: MetaIO then returns whatever lay in memory."""
    stated, held = fields.get("compresseddatasize", ""), files[0].stat().st_size - inside
    if len(files) > 1 or (stated != str(held) and (inside or stated)):
        raise IntakeError(
            f"{path.name} must state how many bytes its packed numbers have (CompressedDataSize {held}, in one file), but states {stated[:30] or 'none'}; "
            "it is damaged, or write it again",
            code="volume-size",
        )


def _require_places(fields: Mapping[str, str], name: str) -> None:
    """Refuse a MetaImage whose spacing, place or directions are not three-dimensional ones: ITK reads what it finds."""
    for key in ("offset", "position", "origin"):
        if key in fields:
            _numbers(fields, key, 3, name)
    if "elementspacing" in fields and min(_numbers(fields, "elementspacing", 3, name)) <= 0:
        raise GeometryError(
            f"{name} must have distances of voxels above zero (ElementSpacing), but states {fields['elementspacing']}; write it again",
            code="voxel-spacing",
        )
    for key in ("transformmatrix", "rotation", "orientation"):
        if key in fields:
            turn = np.reshape(_numbers(fields, key, 9, name), (3, 3))
            if np.abs(turn @ turn.T - np.eye(3)).max() > UPRIGHT:
                raise GeometryError(
                    f"the directions of {name} (TransformMatrix) must have length one and lie at right angles, but do not; write it again",
                    code="orientation-value",
                )


def _metaimage_files(path: Path, fields: Mapping[str, str]) -> tuple[tuple[Path, ...], int]:
    """Return the files of numbers, and the first byte behind the header where they follow it (else 0)."""
    named = fields["elementdatafile"]
    with path.open("rb") as stream:
        start = stream.read(HEADER_BYTES)
    end = re.search(rb"ElementDataFile\s*=[^\n]*\n?", start)
    behind = end.end() if end else 0
    if named.upper() == "LOCAL":
        return (path,), behind
    if named.upper().split()[:1] == ["LIST"]:
        if named.upper().split()[1:] not in ([], ["2D"], ["2"]):
            raise IntakeError(
                f"{path.name} must list one file a slice, but says {named[:40]}; join the files",
                code="volume-number-files",
            )
        lines = start[behind:].decode("utf-8", "replace").splitlines()
        return _named_files(path, [line.strip() for line in lines if line.strip()]), 0
    return _named_files(path, _by_pattern(named, path.name) or [named]), 0


def _of_nrrd(path: Path) -> StoredNumbers:
    """Return what a NRRD says of its numbers.

    Source
    ------
    Definition of the NRRD file format (teem.sourceforge.net/nrrd/format.html): sizes, type, encoding, data file, line skip, byte skip, old min.
    """
    name = path.name
    header = header_of(path, "NRRD")
    fields = {k.replace(" ", "") if k != "type" else k: v for k, v in nrrd_fields(header).items()}
    sizes = _whole(fields, "sizes", name)
    if len(sizes) not in {3, 4} or fields.get("dimension") != str(len(sizes)):
        raise IntakeError(
            f"{name} must have three dimensions, or four of a list, with as many sizes, but states {fields.get('dimension', 'none')[:20]} and {len(sizes)} sizes; split it",
            code="volume-dimensions",
            values={"sizes": len(sizes)},
        )
    size = NRRD_BYTES.get(fields.get("type", "").lower())
    if size is None:
        raise IntakeError(
            f"{name} must hold one real number a voxel, but its type is {fields.get('type', 'absent')[:30]}; convert it",
            code="volume-data-type",
        )
    if {"oldmin", "oldmax"} & fields.keys():
        raise IntakeError(
            f"{name} must store its numbers as they are, but says that they were quantised (old min, old max); write the numbers themselves",
            code="volume-scale",
        )
    encoding = {"gz": "gzip", "txt": "text", "ascii": "text"}.get(
        fields.get("encoding", "").lower(), fields.get("encoding", "").lower()
    )
    skip = fields.get("byteskip", "0") or "0"
    if (
        fields.get("lineskip", "0") not in {"", "0"}
        or not re.fullmatch(r"-1|\d{1,12}", skip)
        or (skip != "0" and encoding != "raw")
    ):
        raise IntakeError(
            f"the numbers of {name} must follow without a gap (line skip, byte skip), but do not; write it again",
            code="volume-offset",
        )
    files, inside = _nrrd_files(path, header, fields)
    offset = None if skip == "-1" else inside + int(skip)
    return StoredNumbers(files, offset, int(np.prod([float(n) for n in sizes])), size, encoding)


def _nrrd_files(path: Path, header: str, fields: Mapping[str, str]) -> tuple[tuple[Path, ...], int]:
    named = fields.get("datafile")
    if named is None:
        with path.open("rb") as stream:
            result = re.search(rb"\r?\n\r?\n", stream.read(HEADER_BYTES))
        return (path,), result.end() if result else 0
    if named.upper().split()[:1] == ["LIST"]:
        _, _, listed = re.sub(r"\r", "", header).partition(re.search(r"(?i)data ?file:[^\n]*\n?", header)[0])  # type: ignore[index]
        return _named_files(path, [line.strip() for line in listed.split("\n") if line.strip()]), 0
    return _named_files(path, _by_pattern(named, path.name) or [named]), 0


def _by_pattern(named: str, name: str) -> list[str]:
    """Return the files that a pattern names ("slice%03d.raw 1 20 1"); none where it is no pattern."""
    if "%" not in named:
        return []
    result = re.fullmatch(r"([^%]*%0?\d{0,2}d[^%]*?)\s+(\d{1,6})\s+(\d{1,6})\s+(\d{1,6})(?:\s+\d)?", named)
    if result is None or int(result[4]) < 1:
        raise IntakeError(
            f"{name} must name its files of numbers by a pattern as slice%03d.raw 1 20 1, but names {named[:40]}; name one file",
            code="volume-number-files",
        )
    first, last, step = int(result[2]), int(result[3]), int(result[4])
    return [result[1] % n for n in range(first, min(last, first + MOST_FILES * step) + 1, step)]


def _named_files(path: Path, named: list[str]) -> tuple[Path, ...]:
    """Return files that a header names, each a regular one in its folder or below."""
    if not named or len(named) > MOST_FILES:
        raise IntakeError(
            f"{path.name} must name 1 to {MOST_FILES:,} files of numbers, but names {len(named):,}; write it again",
            code="volume-number-files",
        )
    if len(set(named)) != len(named):
        raise IntakeError(
            f"{path.name} must name each file of numbers once, but names one twice; write it again",
            code="volume-number-files",
        )
    results = []
    for word in named:
        if leaves_folder(word):
            raise IntakeError(
                f"the numbers of {path.name} must lie beside it, but its header names a file outside its folder; put it there and name it without a path",
                code="volume-number-files",
            )
        file = path.parent / word
        if not is_regular(file):
            raise IntakeError(
                f"{path.name} names {word[:60]} for its numbers, but no regular file lies there; send both",
                code="volume-number-files",
            )
        results.append(file)
    return tuple(results)
