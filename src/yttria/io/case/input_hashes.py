"""What came in, for the report: hashes and the lines that say where an input is from. Nothing of a person."""

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from yttria.io.dicom.header import Header
from yttria.io.dicom.series import Series
from yttria.io.ground.regular_files import folder_files
from yttria.io.volumes.stored_numbers import detached_data
from yttria.io.volumes.volume import is_volume
from yttria.values.patient import InputRecord

THREADS = 2  # hashing leaves the interpreter free


def sha256_of(paths: Sequence[Path]) -> str:
    """Return the SHA-256 of a file; of several, that of their sorted hashes, whatever the files are called."""
    with ThreadPoolExecutor(THREADS) as pool:
        each = sorted(pool.map(_sha256, paths))
    return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def series_record(role: str, series: Series, more: Mapping[str, str]) -> InputRecord:
    """Return the record of a DICOM series."""
    return InputRecord(
        role, series.description, len(series.paths), sha256_of(series.paths), {**_origin(series.first), **more}
    )


def file_record(role: str, path: Path, more: Mapping[str, str]) -> InputRecord:
    """Return the record of a file, with the files of numbers that its header names, or of all files of a folder."""
    paths = (
        sorted(p for p in folder_files(path) if isinstance(p, Path))
        if path.is_dir()
        else [path, *(detached_data(path) if is_volume(path) else ())]
    )
    return InputRecord(role, path.name, len(paths), sha256_of(paths), dict(more))


def _origin(header: Header) -> dict[str, str]:
    """Return manufacturer, model, date and time of acquisition where the header states them."""
    names = (header.text("Manufacturer"), header.text("ManufacturerModelName"))
    maker = " ".join(dict.fromkeys(t for t in names if t))
    acquired = header.instant("Acquisition") or header.instant("Series") or header.instant("Study")
    detail = {"modality": header.modality, "scanner": maker}
    if acquired is not None:
        detail["acquired"] = acquired.isoformat(sep=" ", timespec="minutes")
    return {k: v for k, v in detail.items() if v}
