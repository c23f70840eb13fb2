"""DICOMDIR: the list of what lies on a medium. The files themselves are read; the list only says which of them are missing."""

from collections.abc import Iterator
from pathlib import Path

from yttria.io.dicom.dataset import open_dataset, well_formed
from yttria.io.ground.regular_files import folder_files
from yttria.values.errors import IntakeError

NAME = "DICOMDIR"


def missing_files(directory: Path) -> tuple[str, ...]:
    """Return the files that a DICOMDIR names and that are not there, as it names them; nothing where it cannot be read.

    Media are written in capitals and read in any case, so case counts for nothing.

    Source
    ------
    DICOM PS3.10 8 (DICOM File Service), PS3.3 F.3.2.2 (Referenced File ID).
    """
    try:
        named = tuple(_named(directory))
    except IntakeError:
        return ()
    if all(directory.parent.joinpath(*parts).is_file() for parts in named):
        return ()
    root = directory.parent
    here = {p.relative_to(root).as_posix().upper() for p in folder_files(root) if isinstance(p, Path)}
    return tuple("/".join(parts) for parts in named if "/".join(parts).upper() not in here)


def _named(directory: Path) -> Iterator[tuple[str, ...]]:
    """Return the path of each file that the list names, part by part."""
    with well_formed("the DICOMDIR"):
        for record in open_dataset(directory).get("DirectoryRecordSequence") or []:
            parts = record.get("ReferencedFileID")
            if parts:
                yield (parts,) if isinstance(parts, str) else tuple(str(part) for part in parts)
