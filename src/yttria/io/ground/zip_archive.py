"""A ZIP as a folder: unpacked beside nothing of the user's, gone when the program ends."""

import stat
import zipfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from yttria.values.errors import IntakeError

LARGEST_BYTES = 32 << 30  # of all files unpacked: more than any patient, less than a disk
_kept: dict[tuple[Path, float], TemporaryDirectory[str]] = {}


def is_archive(path: Path) -> bool:
    """Tell whether a file is a ZIP."""
    return path.is_file() and path.suffix.lower() == ".zip"


def unpacked(path: Path) -> Path:
    """Return the folder that a ZIP holds, unpacked once a program; its one folder where it holds nothing else.

    Raises
    ------
    IntakeError
        Damaged, locked by a password, larger than any patient, or holding links.
    """
    key = (path.resolve(), path.stat().st_mtime)
    if key not in _kept:
        place = TemporaryDirectory(prefix="yttria-")
        try:
            _unpack(path, Path(place.name))
        except IntakeError:
            place.cleanup()
            raise
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
            place.cleanup()
            raise IntakeError(
                f"expected a ZIP that can be unpacked, found {type(error).__name__} in {path.name}; pack it again without a password"
            ) from error
        _kept[key] = place
    root = Path(_kept[key].name)
    inside = [p for p in root.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else root


def _unpack(path: Path, place: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(m.file_size for m in members) > LARGEST_BYTES:
            raise IntakeError(
                f"{path.name} would unpack to more than {LARGEST_BYTES >> 30} GiB; unpack it yourself and name the folder"
            )
        for member in members:
            if stat.S_ISLNK(member.external_attr >> 16):
                raise IntakeError(f"{path.name} must hold files only, but holds a link; pack it again")
            with suppress(FileExistsError):
                archive.extract(member, place)
