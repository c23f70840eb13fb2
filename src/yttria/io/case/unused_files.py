"""What lies in a case's folder and plays no part: damaged files, slices set apart by their headers, images nobody asked for."""

from collections.abc import Iterator, Sequence

from yttria.io.dicom.dataset import open_dataset
from yttria.io.dicom.dicomdir import NAME, missing_files
from yttria.io.dicom.scan import Ignored, Scan
from yttria.io.dicom.series import Series
from yttria.io.ground.regular_files import DANGLING, NOT_REGULAR, UNREADABLE
from yttria.values.errors import Finding, IntakeError

NO_IMAGES = {"RTSTRUCT", "SEG", "RTDOSE"}
MOST_LISTED = 6
NOTHING_KNOWN = "not an image, structure set or dose"  # as `header.read_header` says it
DIRECTORY = "1.2.840.10008.1.3.10"  # class of a DICOMDIR


def audit_left_out(scan_result: Scan, used: Sequence[Series]) -> Iterator[Finding]:
    """Return the findings about what a case leaves out: a slice lost by one wrong tag must not go without a word.

    Parameters
    ----------
    scan_result
        All that lies in the folder.
    used
        What was taken of it.
    """
    yield from audit_media(scan_result)
    yield from audit_copies(scan_result)
    yield from audit_unopened(scan_result)
    damaged = sum(_is_damaged(i, scan_result) for i in scan_result.ignored)
    if damaged:
        message = f"{damaged} damaged {_files(damaged)} cannot be read and {_are(damaged)} left out; send them again"
        yield Finding("warning", "damaged-files", message)
    taken = {path for s in used for path in s.paths}
    rest = [s for s in scan_result.series if not taken.intersection(s.paths)]
    uids = {s.uid: s.modality for s in used if s.uid}
    apart = [s for s in rest if s.uid in uids or _is_stray(s, used)]
    lost = [(uids.get(s.uid, s.modality), len(s.paths)) for s in apart]
    lost += [(uids[uid], 1) for h in scan_result.passed_over if (uid := h.text("SeriesInstanceUID")) in uids]
    for modality in dict.fromkeys(m for m, _ in lost):
        count = sum(n for m, n in lost if m == modality)
        message = (
            f"{count} {_files(count)} that may belong to the {modality} {_are(count)} left out: identifier, size, orientation or kind "
            "differ from the rest; make sure that no slice is missing"
        )
        yield Finding("warning", "slices-left-out", message)
    others = [s for s in rest if s not in apart and s.modality not in NO_IMAGES]
    if others:
        names = "; ".join(
            f'{s.modality or "no modality"} "{s.description}" ({len(s.paths)})' for s in others[:MOST_LISTED]
        )
        more = f" and {len(others) - MOST_LISTED} more" if len(others) > MOST_LISTED else ""
        yield Finding(
            "note",
            "series-unused",
            f"{len(others)} image series play no part (files): {names}{more}",
            values={"others": len(others), "more": len(others) - MOST_LISTED},
        )


def _is_damaged(item: Ignored, scan_result: Scan) -> bool:
    """Tell whether an ignored file was an image: it cannot be parsed, or it ends before it says what its first bytes promise."""
    if item.why.startswith("broken DICOM"):
        return True
    if item.why != NOTHING_KNOWN:
        return False
    try:
        dataset = open_dataset(scan_result.root / item.name, pixels=False)
    except IntakeError:
        return True
    promised = str(dataset.file_meta.get("MediaStorageSOPClassUID", ""))
    return promised != DIRECTORY and (promised != "" or dataset.preamble is not None)


def audit_unopened(scan_result: Scan) -> Iterator[Finding]:
    """Return a warning on files and folders that may not be read, and a note on what is no regular file: neither was looked into."""
    if count := sum(i.why.startswith(UNREADABLE) for i in scan_result.ignored):
        message = f"{count} {'file or folder' if count == 1 else 'files or folders'} here cannot be read and {_are(count)} left out; give the right to read them, or check the disk"
        yield Finding("warning", "files-unreadable", message, {"files": count})
    if count := sum(i.why in {NOT_REGULAR, DANGLING} for i in scan_result.ignored):
        message = f"{count} {_files(count)} here {_are(count)} a pipe, a device or a link to nothing and {_are(count)} left out"
        yield Finding("note", "files-not-regular", message, {"files": count})


def audit_media(scan_result: Scan) -> Iterator[Finding]:
    """Return a finding for each DICOMDIR that names files which are not there."""
    for item in scan_result.ignored:
        path = scan_result.root / item.name
        if path.name.upper() != NAME or not (missing := missing_files(path)):
            continue
        text = ", ".join(missing[:MOST_LISTED]) + (" …" if len(missing) > MOST_LISTED else "")
        message = f"{len(missing)} {_files(len(missing))} that the DICOMDIR names {_are(len(missing))} missing: {text}; copy the whole medium"
        yield Finding("warning", "files-missing", message, values={"missing": len(missing)})


def audit_copies(scan_result: Scan) -> Iterator[Finding]:
    """Return a note on files that repeat others, which count once, and a warning on identifiers that stand for two contents."""
    if count := len(scan_result.copies):
        message = f"{count} {_files(count)} {_are(count)} {'copies' if count > 1 else 'a copy'} of others here (one identifier, one content); each instance counts once"
        yield Finding("note", "copies", message)
    if count := scan_result.contradictory:
        message = f"{count} {_files(count)} carry the identifier of another, but another content: one of them was changed; keep the one that holds"
        yield Finding("warning", "contents-differ", message)


def _is_stray(series: Series, used: Sequence[Series]) -> bool:
    """Tell whether a lone slice lies in the folder of a stack: set apart by an identifier, or cut before it says what it is, it may be one of its slices."""
    known = series.first.count("Rows") > 0 or series.modality in {"", *(s.modality for s in used)}
    alone = known and len(series.headers) == 1 and series.first.frames == 1 and series.modality != "NM"
    folders = {p.parent for s in used if len(s.headers) > 1 for p in s.paths}
    return alone and series.first.path.parent in folders


def _files(count: int) -> str:
    return "file" if count == 1 else "files"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
