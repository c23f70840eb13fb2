"""Structure sets that are called alike, told apart: by when they were made and by the end of their UIDs, with what [roles] takes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from yttria.io.dicom.identity_words import IdentityWords
from yttria.io.dicom.scan import Scan
from yttria.io.dicom.series import WITHHELD, Series
from yttria.values.errors import Finding

TAIL = 8  # digits of a UID that tell two apart


def label_of(series: Series) -> str:
    """Return what a structure set or segmentation calls itself, without the patient's name."""
    return series.veiled(series.first.text("StructureSetLabel")) or series.description


def set_names(scan_result: Scan) -> Mapping[Path, str]:
    """Return what each structure set is called here, by file: its label; with date and end of UID where another is called the same.

    Notes
    -----
    The UID is that of the series, or of the object where sets share a series: two files never show the same, whatever they are called.
    """
    sets = scan_result.of("RTSTRUCT", "SEG")
    count = Counter(label_of(s).strip().lower() for s in sets)
    return {
        s.first.path: label_of(s) if count[label_of(s).strip().lower()] == 1 else _apart(s, scan_result) for s in sets
    }


def _apart(series: Series, scan_result: Scan) -> str:
    when = series.first.instant("StructureSet") or series.first.instant("Content") or series.first.instant("Series")
    tail = _key(series, scan_result)[-TAIL:]
    return f"{label_of(series)} ({f'{when:%Y-%m-%d %H:%M}, ' if when else ''}…{tail})"


def _key(series: Series, scan_result: Scan) -> str:
    """Return what tells a set from every other: its series, else itself, else its file's name."""
    if series.uid and sum(s.uid == series.uid for s in scan_result.of("RTSTRUCT", "SEG")) == 1:
        return series.uid
    name = series.first.path.name
    return WITHHELD if IdentityWords.of(series.headers).stand_in(name) else name


def roles_key(series: Series, scan_result: Scan) -> str:
    """Return the word by which [roles] speaks of this set alone: label, series UID, or file name."""
    namesakes = sum(
        label_of(s).strip().lower() == label_of(series).strip().lower() for s in scan_result.of("RTSTRUCT", "SEG")
    )
    label = series.first.text("StructureSetLabel") or series.first.text("SeriesDescription")
    return label_of(series) if namesakes == 1 and series.veiled(label) == label else _key(series, scan_result)


def audit_namesakes(scan_result: Scan) -> Iterator[Finding]:
    """Return a finding for each name that several structure sets share, with the words that choose one."""
    sets: dict[str, list[Series]] = {}
    for series in scan_result.of("RTSTRUCT", "SEG"):
        sets.setdefault(label_of(series).strip().lower(), []).append(series)
    for namesakes in sets.values():
        if len(namesakes) < 2:
            continue
        text = "; ".join(f"{_apart(s, scan_result)}" for s in namesakes[:6])
        message = (
            f'{len(namesakes)} structure sets are called "{label_of(namesakes[0])}": {text}; where both hold a structure that plays a role, leave one out in case.toml: '
            f'[roles] "{_key(namesakes[0], scan_result)}" = "ignore"'
        )
        yield Finding("note", "sets-alike", message, values={"namesakes": len(namesakes)})
