"""Files that may be opened: regular ones. A pipe waits for ever and a device has no end, so neither is opened."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from yttria.values.errors import IntakeError

NOT_REGULAR = "not a regular file (a pipe, a socket or a device): it is not opened"
DANGLING = "a link to nothing"
REPEATED_FOLDER = "a link to a folder that is read already"
UNREADABLE = "cannot be read"  # how a reason begins that an operating system gave


@dataclass(frozen=True, slots=True)
class UnopenedFile:
    """A file or folder that is not opened, and why."""

    path: Path
    why: str


def is_regular(path: Path) -> bool:
    """Tell whether a path, links followed, is a regular file."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):  # a name that no system takes
        return False


def require_regular(path: Path) -> None:
    """Refuse what is there, but is no regular file.

    Raises
    ------
    IntakeError
        A pipe, a socket, a device or a folder; a link to one of them.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise IntakeError(
            f"{path.name} must be a regular file, but is {_kind(mode)}; name the file itself", code="file-not-regular"
        )


def require_file(path: Path, *, what: str, advice: str = "check the path", code: str = "named-file-absent") -> None:
    """Refuse a path at which no regular file lies that may be read, with what is there instead.

    Parameters
    ----------
    path
        The path as it was named.
    what
        What is looked for, with its article.
    advice
        What to do where nothing is there.
    code
        Code of the refusal where nothing is there.

    Raises
    ------
    IntakeError
        Nothing, a link to nothing or to itself, a folder, a pipe, a socket, a device, a file that this user may not read.
    """
    place = path.name or path
    try:
        mode = path.stat().st_mode
    except OSError as error:
        reason, absent = _absence(path, error)
        raise IntakeError(
            f"expected {what} at {place}, but {reason}; {advice if absent else 'correct that'}",
            code=code if absent else "file-unreadable",
        ) from None
    if not stat.S_ISREG(mode):
        raise IntakeError(
            f"expected {what} at {place}, but that is {_kind(mode)}; name a regular file", code="file-not-regular"
        )
    if not os.access(path, os.R_OK):
        raise IntakeError(
            f"expected {what} at {place}, but this user may not read it; change its permissions", code="file-unreadable"
        )


def _kind(mode: int) -> str:
    """Return what is at a place where no regular file is."""
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe, which is not opened",
        stat.S_IFSOCK: "a socket, which is not opened",
    }
    return kinds.get(stat.S_IFMT(mode), "a device, which is not opened")


def _absence(path: Path, error: OSError) -> tuple[str, bool]:
    """Return why a path leads to no file, and whether that is because nothing is there."""
    if error.errno == errno.ELOOP:
        return "that is a link in a circle of links", False
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return "that is a link to nothing" if path.is_symlink() else "there is no such file", True
    return f"it cannot be read ({error.strerror or 'input error'})", False


def leaves_folder(named: str) -> bool:
    r"""Tell whether a path that a file names leads out of that file's folder: it is absolute, or goes up.

    Examples
    --------
    >>> [leaves_folder(n) for n in ("numbers.raw", "a/numbers.raw", "../numbers.raw", "/numbers.raw", "C:\\\\numbers.raw")]
    [False, False, True, True, True]
    """
    path = PureWindowsPath(named)  # takes both kinds of slashes
    return bool(path.anchor) or ".." in path.parts or named.startswith("~")


def text_within(path: Path, most: int) -> str:
    """Return the text of a UTF-8 file of at most `most` bytes, without a byte-order mark.

    Raises
    ------
    IntakeError
        No regular file; one that is larger.
    UnicodeDecodeError
        Text that is no UTF-8.
    OSError
        It cannot be read.
    """
    require_file(path, what="a file")
    with path.open("rb") as stream:
        held = stream.read(most + 1)
    if len(held) > most:
        raise IntakeError(f"{path.name} must be at most {most:,} bytes, but is larger; shorten it", code="file-size")
    return held.decode("utf-8-sig")


def folder_files(root: Path) -> Iterator[Path | UnopenedFile]:
    """Return every file under a folder in the order of names, hidden ones left out; links to folders are followed, each folder once.

    What cannot be opened is returned with the reason, so that nothing is left out in silence.

    Parameters
    ----------
    root
        A folder, or one file, which is returned alone.
    """
    if not root.is_dir():
        yield _regular(root)
        return
    yield from _below(root, {_place(root)})


def _below(folder: Path, met: set[tuple[int, int]]) -> Iterator[Path | UnopenedFile]:
    try:
        here = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        yield UnopenedFile(folder, f"{UNREADABLE} ({error.strerror or 'input error'})")
        return
    folders: list[Path] = []
    for path in here:
        if path.is_dir():
            folders.append(path)
        else:
            yield _regular(path)
    for path in folders:
        place = _place(path)
        if place in met:
            yield UnopenedFile(path, REPEATED_FOLDER)
        else:
            met.add(place)
            yield from _below(path, met)


def _place(folder: Path) -> tuple[int, int]:
    result = folder.stat()
    return result.st_dev, result.st_ino


def _regular(path: Path) -> Path | UnopenedFile:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        dangling = path.is_symlink()
        return UnopenedFile(path, DANGLING if dangling else f"{UNREADABLE} ({error.strerror or 'input error'})")
    return path if stat.S_ISREG(mode) else UnopenedFile(path, NOT_REGULAR)
