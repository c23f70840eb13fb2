"""Files under a path grouped into series, with what was ignored and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from yttria.io.dicom.copies import each_once
from yttria.io.dicom.dataset import damaged, well_formed
from yttria.io.dicom.header import Header, read_header
from yttria.io.dicom.series import FAULT, Series
from yttria.io.ground.regular_files import UnopenedFile, folder_files
from yttria.values.errors import IntakeError

COPY = "a copy: the same instance with the same content lies here already"
Progress = Callable[[str, int, int], None]

APART = (
    0.01  # directions that differ by more are of another stack of the series, a scout's; the readers judge what is less
)


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
    "DOC": "an encapsulated document",
    "RTRECORD": "a treatment record",
    "RTIMAGE": "a portal image",
}


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file that was passed over, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, repr=False)
class Scan:
    """All that a folder holds: what was grouped, what was ignored and why, the headers of what is readable but plays no part.

    `copies` are files that repeat an instance; `contradictory` counts those that repeat an identifier with another content.
    """

    root: Path
    series: tuple[Series, ...]
    ignored: tuple[Ignored, ...]
    read: int
    patients: int = field(default=0)
    passed_over: tuple[Header, ...] = ()
    copies: tuple[Path, ...] = ()
    contradictory: int = 0

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
        Called with what is being read, at which of how many.

    Raises
    ------
    IntakeError
        Nothing is there.
    """
    if not path.exists():
        raise IntakeError(
            f"expected a folder or a file with images, found nothing at {path.name}; check the path",
            code="named-file-absent",
        )
    if path.name.upper() == "DICOMDIR":
        path = path.parent  # the files themselves say what they are
    root = path if path.is_dir() else path.parent
    whole: list[Header] = []
    ignored: list[Ignored] = []
    passed_over: list[Header] = []
    files = list(folder_files(path))
    for at, file in enumerate(files):
        if progress:
            progress("headers", at, len(files))
        if isinstance(file, UnopenedFile):
            ignored.append(Ignored(file.path.relative_to(root).as_posix(), file.why))
            continue
        header = read_header(file)
        name = file.relative_to(root).as_posix()
        if isinstance(header, str):
            ignored.append(Ignored(name, header))
        elif why := _passed_over(header):
            ignored.append(Ignored(name, why))
            passed_over.append(header)
        else:
            whole.append(header)
    instances = each_once(whole)
    ignored += [Ignored(copy.relative_to(root).as_posix(), COPY) for copy in instances.copies]
    headers = [frame for header in instances.headers for frame in _frames(header)]
    patients = {_person(h) for h in headers if any(_person(h))}
    return Scan(
        root,
        group(headers),
        tuple(ignored),
        len(instances.headers),
        max(len(patients), int(bool(headers))),
        tuple(passed_over),
        instances.copies,
        instances.contradictory,
    )


def _frames(header: Header) -> list[Header]:
    """Return the frames of an enhanced image as headers of their own; any other file as it is."""
    from yttria.io.dicom.multiframe import frame_headers, is_enhanced

    if not is_enhanced(header):
        return [header]
    try:
        with well_formed("an enhanced image"):
            return list(frame_headers(header))
    except IntakeError as error:  # the readers refuse it for this reason
        return [replace(header, tags={**header.tags, FAULT: str(error)})]
    except Exception:  # noqa: BLE001  one damaged file never ends a scan
        return [replace(header, tags={**header.tags, FAULT: damaged("an enhanced image")})]


def _person(header: Header) -> tuple[str, str]:
    return header.text("PatientID").strip(), header.text("PatientName").strip(" ^").upper()


def _passed_over(header: Header) -> str:
    """Return why a readable file plays no part, or an empty text."""
    why = _PASSED_OVER.get(header.text("SOPClassUID"), "") or _PASSED_OVER_MODALITIES.get(header.modality, "")
    if not why and "LOCALIZER" in header.text("ImageType").upper().split("\\"):
        why = "a localizer: a scout picture, not a volume"
    return why


def group(headers: Sequence[Header]) -> tuple[Series, ...]:
    """Return headers grouped in series: by UID, else by folder; apart in kind, size and direction of the slices."""
    groups: dict[tuple[Any, ...], list[Header]] = {}
    directions: dict[tuple[Any, ...], list[tuple[float, ...]]] = {}
    for header in headers:
        key = _key(header)
        groups.setdefault((*key, _direction(header, directions.setdefault(key, []))), []).append(header)
    return tuple(
        Series(key[0], tuple(sorted(members, key=lambda h: (h.count("InstanceNumber"), h.path.as_posix()))))
        for key, members in groups.items()
    )


def _direction(header: Header, known: list[tuple[float, ...]]) -> int:
    """Return which of the directions of its series a slice has, a new one where it is none of those known."""
    own = header.numbers("ImageOrientationPatient")
    for at, other in enumerate(known):
        if len(own) == len(other) and all(abs(a - b) <= APART for a, b in zip(own, other, strict=True)):
            return at
    known.append(own)
    return len(known) - 1


def _key(header: Header) -> tuple[Any, ...]:
    uid = header.text("SeriesInstanceUID")
    whole = {"NM", "RTSTRUCT", "SEG", "REG"} if uid else {"NM", "RTSTRUCT", "SEG", "REG", "RTDOSE"}
    alone = header.frames > 1 or header.modality in whole  # a dose of one plane a file belongs to its series
    return (
        uid,
        "" if uid else header.path.parent,
        header.path if alone else "",
        header.text("StudyInstanceUID"),
        header.modality,
        header.count("Rows"),
        header.count("Columns"),
    )
