"""Everything under a folder, by its headers alone, grouped in series. No pixel is read here.

A header keeps the few tags that decide what a file is and where it lies; the readers open the files again for the rest.
"""

import re
import struct
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pydicom
from pydicom import config
from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.multival import MultiValue
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from yttria.values.errors import IntakeError

# Files in the world break value rules that do not concern us; what concerns us is checked where it is used.
config.settings.reading_validation_mode = config.IGNORE

Progress = Callable[[str, int, int], None]

_KEYWORDS: str = (
    "SpecificCharacterSet ImageType SOPClassUID SOPInstanceUID StudyDate SeriesDate AcquisitionDate ContentDate "
    "AcquisitionDateTime StudyTime SeriesTime AcquisitionTime ContentTime AccessionNumber Modality Manufacturer "
    "ReferringPhysicianName TimezoneOffsetFromUTC SeriesDescription ManufacturerModelName PatientName PatientID "
    "PatientBirthDate PatientSex SliceThickness SpacingBetweenSlices ActualFrameDuration GantryDetectorTilt "
    "PatientPosition StudyInstanceUID SeriesInstanceUID StudyID SeriesNumber AcquisitionNumber InstanceNumber "
    "ImagePositionPatient ImageOrientationPatient FrameOfReferenceUID SamplesPerPixel PhotometricInterpretation "
    "NumberOfFrames Rows Columns PixelSpacing CorrectedImage BitsAllocated BitsStored HighBit PixelRepresentation "
    "RescaleIntercept RescaleSlope RescaleType Units CountsSource DecayCorrection FrameReferenceTime DecayFactor "
    "StructureSetLabel DoseUnits DoseSummationType DoseGridScaling"
)
_TAGS = {int(tag): keyword_for_tag(tag) for tag in (tag_for_keyword(k) for k in _KEYWORDS.split()) if tag is not None}
_WANTED: list[Any] = list(_TAGS)
_WHOLE = {"SamplesPerPixel", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"}
_PIXEL_DATA = b"\xe0\x7f\x10\x00"

# What no dose can be planned on, by class UID, and how it is called when it is passed over.
_PASSED_OVER = {
    "1.2.840.10008.1.3.10": "a DICOMDIR: the files themselves are read",
    "1.2.840.10008.5.1.4.1.1.481.5": "a treatment plan (RTPLAN): doses and structures are read, plans are not",
    "1.2.840.10008.5.1.4.1.1.481.8": "an ion treatment plan: doses and structures are read, plans are not",
    "1.2.840.10008.5.1.4.1.1.7": "a secondary capture: a picture, not a measurement",
    "1.2.840.10008.5.1.4.1.1.104.1": "an encapsulated PDF",
}
_PASSED_OVER_MODALITIES = {
    "SR": "a structured report",
    "PR": "a presentation state",
    "KO": "a key object selection",
    "OT": "a picture of no stated kind",
    "SC": "a secondary capture: a picture, not a measurement",
    "RTPLAN": "a treatment plan (RTPLAN): doses and structures are read, plans are not",
    "REG": "a registration: it is not read yet",
    "DOC": "an encapsulated document",
    "RTRECORD": "a treatment record",
    "RTIMAGE": "a portal image",
}


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
    """

    path: Path
    syntax: str
    tags: Mapping[str, str | int]
    pixels: int | None = None

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
        joined = self.text(f"{what}DateTime") or (
            self.text(f"{what}Date") + (self.text(f"{what}Time") or "x") if self.text(f"{what}Date") else ""
        )
        return instant_of(joined, zone=self.text("TimezoneOffsetFromUTC"))

    @property
    def modality(self) -> str:
        """Return the modality as the file says it."""
        return self.text("Modality")

    def __repr__(self) -> str:
        return f"Header({self.modality or 'unknown'}, {self.path.name})"


@dataclass(frozen=True, slots=True, repr=False)
class Series:
    """Files that make one object: a stack of slices, or one multi-frame file, structure set or dose.

    Parameters
    ----------
    uid
        Series instance UID; empty where it was blanked.
    headers
        In the order of their instance numbers; order in space is the reader's.
    """

    uid: str
    headers: tuple[Header, ...]

    @property
    def first(self) -> Header:
        """Return the first header, which speaks for what all share."""
        return self.headers[0]

    @property
    def modality(self) -> str:
        """Return the modality."""
        return self.first.modality

    @property
    def description(self) -> str:
        """Return the series description, or the folder's name where there is none."""
        return self.first.text("SeriesDescription") or self.first.text("StructureSetLabel") or self.folder

    @property
    def folder(self) -> str:
        """Return the name of the folder that holds the first file."""
        return self.first.path.parent.name

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the files."""
        return tuple(h.path for h in self.headers)

    def __repr__(self) -> str:
        return f"Series({self.modality or 'unknown'}, {len(self.headers)} files)"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that was passed over, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, repr=False)
class Scan:
    """All that a folder holds."""

    root: Path
    series: tuple[Series, ...]
    ignored: tuple[Ignored, ...]
    read: int
    patients: int = field(default=0)

    def of(self, *modalities: str) -> tuple[Series, ...]:
        """Return the series of these modalities."""
        return tuple(s for s in self.series if s.modality in modalities)

    def __repr__(self) -> str:
        return f"Scan({len(self.series)} series, {self.read} files, {len(self.ignored)} ignored)"


def scan(path: Path, *, progress: Progress | None = None) -> Scan:
    """Read the headers of everything under a folder (or of one file), grouped in series.

    Parameters
    ----------
    progress
        Told what is being read, how many of how many.

    Raises
    ------
    IntakeError
        Nothing is there.
    """
    if not path.exists():
        raise IntakeError(f"expected a folder or a file with images, found nothing at {path.name}; check the path")
    root = path if path.is_dir() else path.parent
    headers: list[Header] = []
    ignored: list[Ignored] = []
    files = list(_files(path))
    for at, file in enumerate(files):
        if progress:
            progress("headers", at, len(files))
        header = read_header(file)
        name = file.relative_to(root).as_posix()
        if isinstance(header, str):
            ignored.append(Ignored(name, header))
        elif why := _passed_over(header):
            ignored.append(Ignored(name, why))
        else:
            headers.append(header)
    patients = {_person(h) for h in headers if any(_person(h))}
    return Scan(root, group(headers), tuple(ignored), len(headers), max(len(patients), int(bool(headers))))


def _person(header: Header) -> tuple[str, str]:
    return header.text("PatientID").strip(), header.text("PatientName").strip(" ^").upper()


def _files(path: Path) -> Iterator[Path]:
    """Return all files in the order of their names, hidden ones left out."""
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if not any(part.startswith(".") for part in file.relative_to(path).parts) and file.is_file():
            yield file


def read_header(path: Path) -> Header | str:
    """Return a file's header, or in words why it has none. Never raises for what a file holds."""
    try:
        with path.open("rb") as stream:
            start = stream.read(132)
            bare = start[128:132] != b"DICM"
            if bare and not _looks_bare(start):
                return "not DICOM"
            stream.seek(0)
            dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=_WANTED, force=bare)
            syntax = str(dataset.file_meta.get("TransferSyntaxUID", "")) or ImplicitVRLittleEndian
            tags = _tags(dataset)
            pixels = _pixel_start(stream, syntax, tags)
    except OSError as error:
        return f"cannot be read ({error.strerror or 'input error'})"
    except Exception as error:  # noqa: BLE001  a broken file may raise anything in the parser; it is named, not fatal
        return f"broken DICOM ({type(error).__name__})"
    if not tags.get("SOPClassUID") and not tags.get("Modality"):
        return "not an image, structure set or dose"
    return Header(path, str(syntax), tags, pixels)


def _looks_bare(start: bytes) -> bool:
    """Tell whether bytes may be a DICOM data set without its preamble: it then starts with group 2 or 8."""
    return len(start) >= 8 and start[:2] in (b"\x02\x00", b"\x08\x00") and start[3] == 0


def _tags(dataset: FileDataset) -> dict[str, str | int]:
    """Return the wanted tags as text or whole numbers, from raw bytes where these are plain."""
    found: dict[str, str | int] = {}
    for tag in dataset.keys():  # noqa: SIM118  iterating a pydicom data set would convert every element
        keyword = _TAGS.get(int(tag))
        if keyword is None:
            continue
        element = dataset.get_item(tag)
        if isinstance(element, RawDataElement) and isinstance(element.value, bytes):
            value = _plain(element, whole=keyword in _WHOLE)
            if value is not None:
                found[keyword] = value
                continue
        found[keyword] = _converted(dataset, keyword)
    return found


def _plain(element: RawDataElement, *, whole: bool) -> str | int | None:
    """Return a raw element's value when it is one short or ASCII text; None when pydicom must convert it."""
    raw = element.value or b""
    if whole:
        return int(struct.unpack("<H" if element.is_little_endian else ">H", raw)[0]) if len(raw) == 2 else None
    if element.VR in {"SQ", "UN", "UL", "FD", "FL"} or not raw.isascii() or b"\x1b" in raw:
        return None
    return raw.decode("ascii").strip(" \0")


def _converted(dataset: FileDataset, keyword: str) -> str | int:
    """Return a value that pydicom converts (character sets, odd encodings); empty where it cannot."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = dataset.get(keyword)
    if value is None:
        return ""
    if isinstance(value, MultiValue | list | tuple):
        return "\\".join(str(v) for v in value)
    return int(value) if isinstance(value, int) else str(value).strip(" \0")


def _pixel_start(stream: Any, syntax: str, tags: Mapping[str, str | int]) -> int | None:
    """Return the byte at which plain little-endian pixels start, or None."""
    known = pydicom.uid.UID(syntax)
    if not tags.get("Rows") or syntax in (DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian):
        return None
    if known.is_transfer_syntax and known.is_compressed:
        return None
    at = int(stream.tell())
    start = stream.read(12)
    if len(start) < 12 or start[:4] != _PIXEL_DATA:
        return None
    explicit = start[4:6] in (b"OW", b"OB")
    length = int.from_bytes(start[8:12] if explicit else start[4:8], "little")
    pixels = int(tags["Rows"]) * int(tags.get("Columns") or 0) * int(tags.get("BitsAllocated") or 0) // 8
    return at + (12 if explicit else 8) if pixels <= length < 0xFFFFFFFF else None


def _passed_over(header: Header) -> str:
    """Return why a readable file plays no part, or an empty text."""
    why = _PASSED_OVER.get(header.text("SOPClassUID"), "") or _PASSED_OVER_MODALITIES.get(header.modality, "")
    if not why and "LOCALIZER" in header.text("ImageType").upper().split("\\"):
        why = "a localizer: a scout picture, not a volume"
    return why


def group(headers: Sequence[Header]) -> tuple[Series, ...]:
    """Return headers grouped in series: by UID, else by folder; apart in kind, size and direction of the slices."""
    groups: dict[tuple[Any, ...], list[Header]] = {}
    for header in headers:
        groups.setdefault(_key(header), []).append(header)
    return tuple(
        Series(key[0], tuple(sorted(members, key=lambda h: (h.count("InstanceNumber"), h.path.as_posix()))))
        for key, members in groups.items()
    )


def _key(header: Header) -> tuple[Any, ...]:
    uid = header.text("SeriesInstanceUID")
    alone = header.frames > 1 or header.modality in {"NM", "RTSTRUCT", "RTDOSE", "SEG"}
    return (
        uid,
        "" if uid else header.path.parent,
        header.path if alone else "",
        header.text("StudyInstanceUID"),
        header.modality,
        header.count("Rows"),
        header.count("Columns"),
        tuple(round(v, 2) + 0.0 for v in header.numbers("ImageOrientationPatient")),
    )


def instant_of(text: str, *, zone: str = "") -> datetime | None:
    """Return a DICOM DT (or DA joined with TM) as an instant; None where it is not one. Without a zone it stays the scanner's clock.

    Examples
    --------
    >>> instant_of("20181115092200.000000")
    datetime.datetime(2018, 11, 15, 9, 22)
    """
    match = re.fullmatch(r"(\d{4})\.?(\d\d)\.?(\d\d)(\d\d):?(\d\d):?(\d\d)?(\.\d{1,6})?([+-]\d{4})?", text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    said = offset or (zone.strip() if re.fullmatch(r"[+-]\d{4}", zone.strip()) else "")
    try:
        place = timezone(timedelta(hours=int(said[:3]), minutes=int(said[0] + said[3:]))) if said else None
        micro = round(float(fraction or 0) * 1e6)
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(int(second or 0), 59), micro, place
        )
    except ValueError:
        return None


def open_dataset(path: Path, *, pixels: bool = True) -> FileDataset:
    """Read one file whole, every fault of it as one refusal.

    Raises
    ------
    IntakeError
        It is not readable DICOM.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(path, stop_before_pixels=not pixels, force=True)
    except Exception as error:
        raise IntakeError(
            f"expected a readable DICOM file, found {type(error).__name__} in {path.name}; export it again"
        ) from error


def open_pixels(dataset: FileDataset, *, what: str) -> Any:
    """Return the stored pixel values as an array, compressed or not, every fault as one refusal.

    Raises
    ------
    IntakeError
        The pixels are missing, cut short or in a compression that cannot be undone here.
    """
    if "PixelData" not in dataset:
        raise IntakeError(f"expected pixels in {what}, found none; export it again")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dataset.pixel_array
    except Exception as error:
        raise IntakeError(
            f"expected pixels that can be decoded in {what}, found {type(error).__name__} "
            f"({dataset.file_meta.get('TransferSyntaxUID', 'no transfer syntax')}); export it uncompressed"
        ) from error
