"""A ZIP as a folder: unpacked beside nothing of the user's, gone when the program ends."""

import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from yttria.values.errors import IntakeError

LARGEST_BYTES = 32 << 30  # of all files unpacked: more than any patient, less than a disk
MOST_MEMBERS = 200_000  # files of one patient: a few thousand slices
LOCKED = 1  # bit of a member's flags (APPNOTE 4.4.4)
FREE_SHARE = 0.9  # of the disk that a ZIP may fill
_FAULTS = (
    zipfile.BadZipFile,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zlib.error,
    struct.error,
    ValueError,
)
_kept: dict[tuple[Path, float], TemporaryDirectory[str]] = {}


def is_archive(path: Path) -> bool:
    """Tell whether a file is a ZIP."""
    return path.is_file() and path.suffix.lower() == ".zip"


def unpacked(path: Path) -> Path:
    """Return the folder that a ZIP holds, unpacked once a program; its one folder where it holds nothing else.

    Raises
    ------
    IntakeError
        Damaged, locked by a password, larger than any patient or than the disk, holding links, or one name twice.
    """
    key = (path.resolve(), path.stat().st_mtime)
    if key not in _kept:
        place = TemporaryDirectory(prefix="yttria-")
        try:
            _unpack(path, Path(place.name))
        except IntakeError:
            place.cleanup()
            raise
        except _FAULTS as error:
            place.cleanup()
            raise IntakeError(
                f"{path.name} must be a whole ZIP, but is damaged, or packed in a way that is not known here; pack or send it again",
                code="archive-damaged",
            ) from error
        _kept[key] = place
    root = Path(_kept[key].name)
    inside = [p for p in root.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else root


def _unpack(path: Path, place: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _require_room(path.name, members, place)
        _require_own_names(path.name, members)
        for number, member in enumerate(members, start=1):
            if member.flag_bits & LOCKED:
                raise IntakeError(
                    f"{path.name} must be open to read, but is locked by a password; pack it again without one",
                    code="archive-locked",
                )
            if stat.S_ISLNK(member.external_attr >> 16):
                raise IntakeError(
                    f"{path.name} must hold files only, but holds a link; pack it again", code="archive-link"
                )
            try:
                archive.extract(member, place)
            except (zipfile.BadZipFile, zlib.error, EOFError) as error:
                raise IntakeError(
                    f"{path.name} must be a whole ZIP, but its member {number} of {len(members)} is damaged; pack or send it again",
                    code="archive-damaged",
                    values={"members": len(members)},
                ) from error


def _require_room(name: str, members: list[zipfile.ZipInfo], place: Path) -> None:
    """Refuse a ZIP that holds more than any patient, or than the disk has room for; no member is read beyond the size that it states."""
    size, free = sum(m.file_size for m in members), shutil.disk_usage(place).free
    if size > LARGEST_BYTES or len(members) > MOST_MEMBERS:
        raise IntakeError(
            f"{name} would unpack to more than {LARGEST_BYTES >> 30} GiB or {MOST_MEMBERS:,} files; unpack it yourself and name the folder",
            code="archive-size",
        )
    if size > FREE_SHARE * free:
        raise IntakeError(
            f"{name} would unpack to {size >> 20:,} MiB, but {free >> 20:,} MiB are free on the temporary disk; make room, or set TMPDIR to a larger one",
            code="archive-size",
        )


def _require_own_names(name: str, members: list[zipfile.ZipInfo]) -> None:
    """Refuse a ZIP of which two members would be unpacked into one file: the first would be left out in silence.

    Names that differ in capitals alone count as one: which of them stays would depend on the disk.
    """
    met: dict[str, int] = {}
    for number, member in enumerate(members, start=1):
        if member.is_dir():
            continue
        parts = [p for p in member.filename.replace("\\", "/").split("/") if p not in {"", ".", ".."}]
        first = met.setdefault("/".join(parts).lower(), number)
        if first != number:
            raise IntakeError(
                f"each file of {name} must have a name of its own, but members {first} and {number} have one name; pack it again",
                code="archive-name-duplicate",
            )
