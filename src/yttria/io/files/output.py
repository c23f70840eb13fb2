"""The one place that writes: beside its place, read back, then moved as a whole.

Whatever goes wrong on the way, what was there before is there afterwards. A folder that Yttria wrote holds a mark: which commands, for
which case or study, and the SHA-256 of each file. What the mark does not know, or what was changed since, is somebody else's and is
not overwritten unless that is asked for.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from yttria.io.ground.regular_files import folder_files, is_regular, leaves_folder, require_regular, text_within
from yttria.io.volumes.stored_numbers import detached_data
from yttria.values.errors import IntakeError, YttriaError

MARK = ".yttria.json"
PRIVATE = 0o600
"""Permission of files that name a patient: their owner alone reads them."""
LARGEST_MARK = 64 << 20
"""Bytes of a mark: more than a million files have."""
DRAFT = "yttria-draft"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(slots=True)
class Draft:
    """A folder to write into, beside the one that it becomes.

    Parameters
    ----------
    path
        Where to write.
    subject
        Whose results these are: of one case or study; set before the folder is left.
    """

    path: Path
    subject: str = ""


@contextmanager
def output_folder(
    out: Path, *, command: str, inputs: Iterable[Path], replace: bool = False, private: Iterable[str] = ()
) -> Iterator[Draft]:
    """Give a folder beside `out` to write into; its entries take their places in `out` when everything is written, or none does.

    Parameters
    ----------
    out
        The folder that is asked for; made when it is not there.
    command
        What writes.
    inputs
        Files, and folders of files, that are read: none of them is written over, by whatever name, not even with `replace`. What the mark
        of `out` knows is no input where it merely lies in such a folder.
    replace
        Whether files that Yttria did not write for this subject may be replaced.
    private
        Names of files, or of folders of files, that name a patient: only their owner may read them.

    Raises
    ------
    IntakeError
        `out` is a file, or cannot be written; an entry would replace an input, or what Yttria did not write for the same subject.
    """
    if out.exists() and not out.is_dir():
        raise IntakeError(
            f"--out must name a folder, but {out.name} is {'a file' if is_regular(out) else 'a pipe or a device'}; name another place",
            code="output-is-a-file",
        )
    with _true_refusals(out):
        folder = out if out.is_dir() else out.parent  # a folder that is there may be a disk of its own
        folder.mkdir(parents=True, exist_ok=True)
        _remove_left_drafts(folder, out.name)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-{DRAFT}-{os.getpid()}-", dir=folder))
    try:
        given = Draft(draft)
        with _true_refusals(out, of=FULL):  # what else goes wrong here may be of what is read
            yield given
        with _true_refusals(out):
            _keep(draft, private)
            known = _mark(out)
            (draft / MARK).unlink(
                missing_ok=True
            )  # of single files that were written into the draft: this one is of all
            names = sorted(path.name for path in draft.iterdir())
            _require_no_input([out / name for name in names], inputs, [out / name for name in _marked(known)])
            for name in names if not replace else ():
                _require_ours(out / name, known, command, given.subject)
            (draft / MARK).write_text(_mark_text(draft, command, given.subject, known), encoding="utf-8")
            _keep(draft, ())
            new = not out.exists()
            out.mkdir(exist_ok=True)
            try:
                _exchange([(draft / name, out / name) for name in (*names, MARK)])
            except BaseException:
                if new:
                    with suppress(OSError):
                        out.rmdir()
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def output_file(
    out: Path, *, command: str, subject: str, inputs: Iterable[Path], replace: bool = False
) -> Iterator[Path]:
    """Give a file beside `out` to write, of the same name; it takes its place when it is written, with what a format puts beside it.

    Parameters
    ----------
    out
        The file that is asked for, in a folder that is there.
    command, subject, inputs, replace
        As of `output_files`.

    Raises
    ------
    IntakeError
        As `output_files`.
    """
    with output_files([out], command=command, subject=subject, inputs=inputs, replace=replace) as drafts:
        yield drafts[0]


@contextmanager
def output_files(
    outs: Sequence[Path], *, command: str, subject: str, inputs: Iterable[Path], replace: bool = False
) -> Iterator[Sequence[Path]]:
    """Give a file beside each of `outs` to write, of the same name; all take their places when they are written, or none does.

    Parameters
    ----------
    outs
        The files that are asked for, in folders that are there.
    command
        What writes.
    subject
        Whose results these are, as `subject_of`.
    inputs
        Files, and folders of files, that are read: none of them is written over, by whatever name, not even with `replace`.
    replace
        Whether files that Yttria did not write for this subject may be replaced.

    Raises
    ------
    IntakeError
        A place is a folder, a pipe or a device, an input, or holds what Yttria did not write for the same subject; its folder is not there or
        cannot be written.
    """
    read = tuple(inputs)
    for out in outs:
        _require_file_place(out)
        _require_no_input([out], read)
        if not replace:
            _require_ours(out, _mark(out.parent), command, subject)
    drafts: dict[str, tuple[Path, Path]] = {}
    try:
        for out in outs:
            with _true_refusals(out):
                _remove_left_drafts(out.parent, out.name)
                if (place := os.path.realpath(out.parent)) not in drafts:
                    start = f".{out.name}-{DRAFT}-{os.getpid()}-"
                    drafts[place] = (out.parent, Path(tempfile.mkdtemp(prefix=start, dir=out.parent)))
        with _true_refusals(outs[0], of=FULL):  # what else goes wrong here may be of what is read
            yield [drafts[os.path.realpath(out.parent)][1] / out.name for out in outs]
        moves: list[tuple[Path, Path]] = []
        with _true_refusals(outs[0]):
            for folder, draft in drafts.values():
                _keep(draft, ())
                known = _mark(folder)
                names = sorted(path.name for path in draft.iterdir())
                _require_no_input([folder / name for name in names], read)
                for name in names if not replace else ():
                    _require_ours(folder / name, known, command, subject)
                (draft / MARK).write_text(_mark_text(draft, command, subject, known), encoding="utf-8")
                moves += [(draft / name, folder / name) for name in (*names, MARK)]
            _exchange(moves)
    finally:
        for _, draft in drafts.values():
            shutil.rmtree(draft, ignore_errors=True)


def _require_file_place(out: Path) -> None:
    """Refuse a place where no file can come to stand."""
    if out.is_dir() or not out.parent.is_dir():
        raise IntakeError(
            f"{out.name} must be a file in a folder that is there, but {'is a folder itself' if out.is_dir() else 'its folder is not there'}; name a file, or make the folder first",
            code="output-place",
        )
    require_regular(out)


def subject_of(*parts: str) -> str:
    """Return the name of a case or study in a mark: a hash, so that the mark names nobody.

    Examples
    --------
    >>> subject_of("1.2.3") == subject_of("1.2.3"), len(subject_of("1.2.3"))
    (True, 16)
    """
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def place_subject(place: Path) -> str:
    """Return the name of a case or study in a mark by where it lies, as what is read names none.

    Parameters
    ----------
    place
        The file or folder that is read.
    """
    return subject_of(os.path.realpath(place))


@contextmanager
def _true_refusals(out: Path, of: frozenset[int] | None = None) -> Iterator[None]:
    """Turn a disk that is full, a place that may not be written and the like into one sentence; only errors `of` these numbers where they are given."""
    try:
        yield
    except OSError as error:
        number = _number(error)
        if of is not None and number not in of:
            raise
        why = {
            errno.ENOSPC: "no space is left on the disk",
            errno.EDQUOT: "the quota of the disk is used up",
            errno.EFBIG: "a file would be larger than may be written",
            errno.EROFS: "the disk is read-only",
            errno.EACCES: "its folder may not be written",
            errno.EPERM: "its folder may not be written",
            errno.ENOTDIR: "a file stands where a folder is needed",
            errno.EEXIST: "a file, or a link to nothing, stands where a folder is needed",
            errno.ELOOP: "its place is a link in a circle of links",
            errno.ENAMETOOLONG: "the name is too long",
        }.get(number, error.strerror or str(error))
        raise IntakeError(
            f"{out.name} cannot be written: {why}; what was there is as it was. Name another place, or make room",
            code="output-cannot-be-written",
            values={"errno": number},
        ) from error


def _number(error: BaseException | None) -> int:
    """Return the number of a system's error, also of one that a library wrapped (pydicom does)."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        error = error.__cause__ or error.__context__
    return 0


def _keep(folder: Path, private: Iterable[str]) -> None:
    """Make the disk hold what was written (a full one says so here at the latest), and hide what names a patient."""
    hidden = set(private)
    for path in folder.rglob("*"):
        if path.is_file():
            if hidden.intersection(path.relative_to(folder).parts):
                path.chmod(PRIVATE)
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _remove_left_drafts(folder: Path, name: str) -> None:
    """Remove the drafts of runs that were killed."""
    start = f".{name}-{DRAFT}-"
    for path in (p for p in folder.iterdir() if p.name.startswith(start)):
        number = path.name.removeprefix(start).partition("-")[0]
        if not (number.isdigit() and _runs(int(number))):
            shutil.rmtree(path, ignore_errors=True)


def _runs(number: int) -> bool:
    """Tell whether a process is alive."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@dataclass(frozen=True, slots=True)
class _Written:
    """What a mark knows of one command and subject: the SHA-256 of each file by its path in the folder."""

    command: str
    subject: str
    files: Mapping[str, str]


def _mark(out: Path) -> Sequence[_Written]:
    """Return what the mark of a folder says; nothing where there is none that can be read."""
    with suppress(OSError, ValueError, RecursionError, IntakeError, KeyError, TypeError, AttributeError):
        held = json.loads(text_within(out / MARK, LARGEST_MARK))
        return [
            _Written(
                str(one["command"]),
                str(one["subject"]),
                {str(name): str(sha) for name, sha in one["files"].items() if not leaves_folder(name)},
            )
            for one in held["yttria"]
        ]
    return ()


def _mark_text(folder: Path, command: str, subject: str, known: Sequence[_Written]) -> str:
    """Return the mark of a folder: the hash of every file by command and subject, those that stay from before included."""
    files = {str(p.relative_to(folder).as_posix()): _sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}
    new = {path.name for path in folder.iterdir()}
    stay = [
        _Written(one.command, one.subject, {n: sha for n, sha in one.files.items() if n.split("/")[0] not in new})
        for one in known
    ]
    ours = _Written(command, subject, {**_known_files(stay, command, subject), **files})
    others = [one for one in stay if one.files and (one.command, one.subject) != (command, subject)]
    return json.dumps({"yttria": [asdict(one) for one in (*others, ours)]}, indent=1, sort_keys=True) + "\n"


def _known_files(known: Sequence[_Written], command: str, subject: str) -> Mapping[str, str]:
    """Return the files that a mark knows of the same command and subject, with their hashes."""
    same = (one.files for one in known if (one.command, one.subject) == (command, subject))
    return next(same, {})


def _marked(known: Sequence[_Written]) -> Iterable[str]:
    """Return the names of all files that a mark knows, whatever they were written for."""
    return [name for one in known for name in one.files]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _require_ours(place: Path, known: Sequence[_Written], command: str, subject: str) -> None:
    """Refuse to write over what Yttria did not write for the same subject; a pipe, a device or a link to nothing is none of its files."""
    files = _known_files(known, command, subject)
    for path in _files_at(place):
        written = files.get(path.relative_to(place.parent).as_posix())
        if written is None or not is_regular(path) or written != _sha256(path):
            raise IntakeError(
                f"{place.parent.name or place.parent}/{path.relative_to(place.parent)} is there already, and Yttria did not write it for this "
                "case or study (or it was changed since); name another place, or say --replace",
                code="output-not-ours",
                values={"name": path.name},
            )


def _files_at(place: Path) -> list[Path]:
    """Return what is at a place: a file, a pipe, a device, a link, or all that the folder there holds, folders left out."""
    if not place.is_dir():
        return [place] if _is_there(place) else []
    return [path for path in place.rglob("*") if path.is_symlink() or not path.is_dir()]


def _is_there(place: Path) -> bool:
    """Tell whether a name is taken, a link to nothing included."""
    return place.is_symlink() or place.exists()


def _require_no_input(places: Iterable[Path], inputs: Iterable[Path], marked: Iterable[Path] = ()) -> None:
    """Refuse to write over an input, by whatever name."""
    there = {identity: path for place in places for path in _files_at(place) if (identity := _identity(path))}
    if not there:
        return
    ours = {_identity(path) for path in marked}
    for given in inputs:
        for path in _read_files(given):
            identity = _identity(path)
            if identity in there and (path == given or identity not in ours):
                raise IntakeError(
                    f"what is written must not be an input, but {there[identity].name} is one; choose another name",
                    code="output-is-an-input",
                    values={"name": there[identity].name},
                )


def _read_files(given: Path) -> Iterator[Path]:
    """Yield a file, or what a folder holds, and the files of numbers that a header there names."""
    for path in (p for p in folder_files(given) if isinstance(p, Path)):
        yield path
        with suppress(YttriaError, OSError):
            yield from detached_data(path)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file of which disk a name leads to; None where it leads to none."""
    with suppress(OSError):
        result = path.stat()
        return result.st_dev, result.st_ino
    return None


def _exchange(moves: Sequence[tuple[Path, Path]]) -> None:
    """Move each draft (before) to its place (behind it); on any fault everything is as it was."""
    kept = {folder: Path(tempfile.mkdtemp(prefix="before-", dir=folder)) for folder in {one.parent for one, _ in moves}}
    begun: list[tuple[Path, Path]] = []
    try:
        for draft, place in moves:
            if _is_there(place):
                place.rename(kept[draft.parent] / place.name)
            begun.append((draft, place))
            draft.rename(place)
    except BaseException:
        for draft, place in begun:
            if _is_there(place) and not draft.exists():
                place.rename(draft)
        for draft, place in moves:
            if _is_there(before := kept[draft.parent] / place.name):
                before.rename(place)
        raise
