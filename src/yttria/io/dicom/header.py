"""The head of a file: the few tags that decide what it is and where it lies, and where its pixels start.

A plain header is walked here element by element, which takes a tenth of the time of a full parse; whatever is not plain
(deflated, big-endian, without a preamble, odd) goes by pydicom. Both give the same tags, and a test holds them to it.
"""

import re
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pydicom
from pydicom import config
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import tag_for_keyword
from pydicom.multival import MultiValue
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from yttria.io.dicom.coded_sizes import require_inflatable
from yttria.values.errors import IntakeError

# Files in the world break value rules that do not concern us; what concerns us is checked where it is used.
config.settings.reading_validation_mode = config.IGNORE

_KEYWORDS: str = (
    "SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID StudyDate SeriesDate AcquisitionDate ContentDate "
    "AcquisitionDateTime StudyTime SeriesTime AcquisitionTime ContentTime AccessionNumber Modality Manufacturer "
    "ReferringPhysicianName TimezoneOffsetFromUTC SeriesDescription ManufacturerModelName PatientName PatientID "
    "PatientBirthDate PatientSex SliceThickness SpacingBetweenSlices ActualFrameDuration GantryDetectorTilt "
    "PatientPosition StudyInstanceUID SeriesInstanceUID StudyID SeriesNumber AcquisitionNumber InstanceNumber "
    "TemporalPositionIdentifier "
    "ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID SamplesPerPixel PhotometricInterpretation "
    "NumberOfFrames Rows Columns PixelSpacing CorrectedImage BitsAllocated BitsStored HighBit PixelRepresentation "
    "PixelPaddingValue PixelPaddingRangeLimit "
    "RescaleIntercept RescaleSlope RescaleType Units CountsSource DecayCorrection FrameReferenceTime DecayFactor "
    "StructureSetLabel StructureSetDate StructureSetTime DoseUnits DoseSummationType DoseGridScaling"
)
# What a frame of a converted image may state for itself: all but whose it is, and the UIDs that say what belongs together.
LIFTED = tuple(
    k
    for k in _KEYWORDS.split()
    if not k.startswith("Patient") and not k.endswith("UID") and k not in {"SpecificCharacterSet", "NumberOfFrames"}
)
_TAGS = {int(tag): k for k in _KEYWORDS.split() if (tag := tag_for_keyword(k)) is not None}
_WANTED: list[Any] = list(_TAGS)
_WHOLE = {
    "SamplesPerPixel", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "PixelPaddingRangeLimit",
}  # fmt: skip

_EITHER_SIGN = {"PixelPaddingValue", "PixelPaddingRangeLimit"}  # words whose sign is PixelRepresentation's
_SWALLOWED = re.compile(r"\0[^\\\0 ]")  # text goes on after a zero byte: its length has gone wrong

HEAD_BYTES = 1 << 15  # most headers fit; a longer one is read whole
MOST_HEAD_BYTES = 64 << 20  # before the pixels of an enhanced image of thousands of frames
PREAMBLE = 132
PIXEL_DATA = 0x7FE00010
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF
LONG_VR = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_EXPLICIT = struct.Struct("<HH2sH")
_IMPLICIT = struct.Struct("<HHI")
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True, repr=False)
class Header:
    """One file: the tags that decide what it is, and where its pixels start. Prints nothing of a person.

    Parameters
    ----------
    path
        Where it lies.
    syntax
        Transfer syntax UID.
    tags
        Text, whole number or nothing by keyword; several values stay joined by a backslash.
    pixels
        Byte at which plain little-endian pixels start; None where they must be decoded or there are none.
    frame
        Which frame of an enhanced image this is, counted from 0; None for a whole file.
    """

    path: Path
    syntax: str
    tags: Mapping[str, str | int]
    pixels: int | None = None
    frame: int | None = None

    def text(self, keyword: str) -> str:
        """Return a tag as text; empty where it is absent or empty."""
        return str(self.tags.get(keyword, ""))

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """Return a tag as numbers; empty where it is absent, empty or not a number."""
        try:
            return tuple(float(part) for part in self.text(keyword).split("\\"))
        except ValueError:
            return ()

    def number(self, keyword: str) -> float | None:
        """Return the first number of a tag, or None."""
        values = self.numbers(keyword)
        return values[0] if values else None

    def count(self, keyword: str) -> int:
        """Return a whole number of a tag; 0 where it is absent or not a number."""
        value = self.number(keyword)
        return int(value) if value is not None and abs(value) < 2**31 else 0

    @property
    def frames(self) -> int:
        """Return the number of frames: 1 where the tag is absent."""
        return max(self.count("NumberOfFrames"), 1)

    def instant(self, what: str) -> datetime | None:
        """Return the instant of "Acquisition", "Series", "Study" or "Content": date and time, with the zone where the file states one."""
        joined = self.text(f"{what}DateTime")
        if not joined and self.text(f"{what}Date") and self.text(f"{what}Time"):
            joined = self.text(f"{what}Date") + self.text(f"{what}Time")
        return instant_of(joined, zone=self.text("TimezoneOffsetFromUTC"))

    @property
    def modality(self) -> str:
        """Return the modality as the file says it."""
        return self.text("Modality")

    def __repr__(self) -> str:
        return f"Header({self.modality or 'unknown'})"


def instant_of(text: str, *, zone: str = "") -> datetime | None:
    """Return a DICOM DT (or DA joined with TM) as an instant; None where it is not one. Without a zone it stays the scanner's clock.

    Examples
    --------
    >>> instant_of("20181115092200.000000")
    datetime.datetime(2018, 11, 15, 9, 22)
    """
    match = re.fullmatch(
        r"(\d{4})\.?(\d\d)\.?(\d\d)(\d\d)(?::?(\d\d)(?::?(\d\d)(\.\d{1,6})?)?)?([+-]\d{4})?",
        text.strip().replace(" ", ""),
    )
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    offset_text = offset or (zone.strip() if re.fullmatch(r"[+-]\d{4}", zone.strip()) else "")
    try:
        place = (
            timezone(timedelta(hours=int(offset_text[:3]), minutes=int(offset_text[0] + offset_text[3:])))
            if offset_text
            else None
        )
        micro = int(f"{(fraction or '.')[1:]:0<6}")
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute or 0), min(int(second or 0), 59), micro, place
        )
    except ValueError:
        return None


def read_header(path: Path) -> Header | str:
    """Return a file's header, or in words why it has none. Never raises for what a file holds."""
    try:
        with path.open("rb", buffering=0) as stream:
            head = stream.read(HEAD_BYTES)
            bare = head[128:PREAMBLE] != b"DICM"
            if not _looks_bare(head if bare else head[PREAMBLE:]):
                return "not DICOM" if bare else "broken DICOM (no data set behind its preamble)"
            header = None if bare else _walked(path, head)
            if header is None and not bare and len(head) == HEAD_BYTES:
                header = _walked(path, head + stream.read(MOST_HEAD_BYTES))
        if header is None:
            header = parsed(path, bare=bare)
    except OSError as error:
        return f"cannot be read ({error.strerror or 'input error'})"
    except Exception as error:  # noqa: BLE001  a broken file may raise anything in the parser; it is named, not fatal
        return f"broken DICOM ({error if isinstance(error, IntakeError) else 'its tags cannot be read'})"
    if any(isinstance(value, str) and _SWALLOWED.search(value) for value in header.tags.values()):
        return "broken DICOM (a tag holds the bytes of those after it)"  # the patient's, it may be
    if not header.tags.get("SOPClassUID") and not header.tags.get("Modality"):
        return "not an image, structure set or dose"
    return header


def _looks_bare(start: bytes) -> bool:
    """Tell whether bytes may be a DICOM data set without its preamble: it then starts with group 2 or 8."""
    return len(start) >= 8 and start[:2] in (b"\x02\x00", b"\x08\x00") and start[3] == 0


def _walked(path: Path, head: bytes) -> Header | None:
    """Return the header of a plain file from its first bytes; None where they do not reach or are not plain."""
    try:
        syntax, at = _file_meta(head)
        known = UID(syntax)
        if syntax in (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian) or not known.is_transfer_syntax:
            return None
        result, pixels = _elements(head, at, explicit=syntax != ImplicitVRLittleEndian)
    except (struct.error, IndexError, ValueError):
        return None
    tags = _decoded(result)
    plain = pixels is not None and not known.is_compressed and _holds(tags, pixels[1])
    return Header(path, syntax, tags, pixels[0] if plain and pixels else None)


def _file_meta(head: bytes) -> tuple[str, int]:
    """Return the transfer syntax and the byte at which the data set starts."""
    at, syntax = PREAMBLE, ""
    while True:
        group, element, vr, length = _EXPLICIT.unpack_from(head, at)
        if group != 2:
            return syntax, at
        start = at + 8
        if vr in LONG_VR:
            length, start = _LENGTH.unpack_from(head, at + 8)[0], at + 12
        if element == 0x10:
            syntax = head[start : start + length].decode("ascii").strip(" \0")
        at = start + length


def _elements(head: bytes, at: int, *, explicit: bool) -> tuple[dict[str, bytes], tuple[int, int] | None]:
    """Return the wanted elements' bytes by keyword, and (first byte, length) of the pixels.

    Raises
    ------
    struct.error, ValueError
        The bytes end before the pixels, or are not what they should be.
    """
    results: dict[str, bytes] = {}
    before = 0
    while at < len(head):
        tag, start, length = element_at(head, at, explicit=explicit)
        if tag <= before:  # elements ascend; anything else is not plain
            raise ValueError(tag)
        before = tag
        if tag == PIXEL_DATA:
            return results, (start, length)
        if length == UNDEFINED:
            at = after_sequence(head, start, explicit=explicit)
            continue
        at = start + length
        keyword = _TAGS.get(tag)
        if keyword is not None:
            if at > len(head):
                raise ValueError(tag)
            results[keyword] = head[start:at]
    if at > len(head) or len(head) == HEAD_BYTES:
        raise ValueError(at)
    return results, None


def element_at(head: bytes, at: int, *, explicit: bool) -> tuple[int, int, int]:
    """Return (tag, first byte of the value, length) of the element at a byte."""
    if not explicit:
        group, element, length = _IMPLICIT.unpack_from(head, at)
        return group << 16 | element, at + 8, length
    group, element, vr, length = _EXPLICIT.unpack_from(head, at)
    if vr in LONG_VR:
        return group << 16 | element, at + 12, _LENGTH.unpack_from(head, at + 8)[0]
    if group == 0xFFFE:  # items carry no VR
        return group << 16 | element, at + 8, _LENGTH.unpack_from(head, at + 4)[0]
    if not (vr.isalpha() and vr.isupper()):
        raise ValueError(vr)
    return group << 16 | element, at + 8, length


def after_sequence(head: bytes, at: int, *, explicit: bool) -> int:
    """Return the byte after a sequence of undefined length that starts at a byte."""
    while True:
        tag, start, length = element_at(head, at, explicit=explicit)
        if tag == SEQUENCE_END:
            return start
        if tag != ITEM:
            raise ValueError(tag)
        at = start + length if length != UNDEFINED else _after_item(head, start, explicit=explicit)


def _after_item(head: bytes, at: int, *, explicit: bool) -> int:
    while True:
        tag, start, length = element_at(head, at, explicit=explicit)
        if tag == ITEM_END:
            return start
        at = start + length if length != UNDEFINED else after_sequence(head, start, explicit=explicit)


def _decoded(results: Mapping[str, bytes]) -> dict[str, str | int]:
    """Return elements as text or whole numbers."""
    tags: dict[str, str | int] = {}
    for keyword, raw in results.items():
        if keyword in _WHOLE:
            tags[keyword] = int.from_bytes(raw[:2], "little") if len(raw) >= 2 else ""
        elif raw.isascii() and b"\x1b" not in raw:
            tags[keyword] = raw.decode("ascii").strip(" \0")
        else:
            tags[keyword] = _in_charset(raw, results.get("SpecificCharacterSet", b""))
    return tags


def _in_charset(raw: bytes, charset: bytes) -> str:
    """Return text in the character set that the file states."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        offset_text = [c.strip() for c in charset.decode("ascii", "replace").strip(" \0").split("\\")]
        return decode_bytes(raw, convert_encodings(offset_text), set()).strip(" \0")


def _holds(tags: Mapping[str, str | int], length: int) -> bool:
    """Tell whether plain pixels of this many bytes are what the header says, with less than a row over."""
    row = int(tags.get("Columns") or 0) * int(tags.get("BitsAllocated") or 0) // 8
    frames = str(tags.get("NumberOfFrames") or 1)
    size = int(tags.get("Rows") or 0) * row * max(int(frames), 1) if frames.isdigit() else 0
    return 0 < size <= length < min(size + max(row, 2), UNDEFINED)


def require_bounded(path: Path) -> None:
    """Refuse a deflated file that unpacks to more than any that is read here, before a parser unpacks it whole.

    Raises
    ------
    IntakeError
        As `require_inflatable`.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if head[128:PREAMBLE] != b"DICM":
        return
    try:
        syntax, at = _file_meta(head)
    except (struct.error, IndexError, ValueError):
        return
    if syntax == DeflatedExplicitVRLittleEndian:
        require_inflatable(path, at)


def parsed(path: Path, *, bare: bool = False) -> Header:
    """Return a file's header by pydicom."""
    require_bounded(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_WANTED, force=bare)
        syntax = str(dataset.file_meta.get("TransferSyntaxUID", "")) or ImplicitVRLittleEndian
        tags = {keyword: _text(dataset.get(keyword)) for keyword in _TAGS.values() if keyword in dataset}
        for keyword in _EITHER_SIGN & tags.keys():
            value = tags[keyword]
            tags[keyword] = value & 0xFFFF if isinstance(value, int) else ""  # the bare word, as it is walked
    return Header(path, str(syntax), tags)


def _text(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, MultiValue | list | tuple):
        return "\\".join(str(v) for v in value)
    return value if type(value) is int else str(value).strip(" \0")


def floats(value: Any) -> tuple[float, ...]:
    """Return a tag's value as numbers; empty where it is absent or not numbers."""
    if value is None or value == "":
        return ()
    try:
        return tuple(
            float(v) for v in (value if hasattr(value, "__iter__") and not isinstance(value, str) else [value])
        )
    except (TypeError, ValueError):
        return ()
