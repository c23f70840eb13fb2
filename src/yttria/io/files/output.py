"""Where results are written: all files of a command, or none."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yttria.values.errors import IntakeError


@contextmanager
def whole_or_nothing(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` to write into; its files move to `out` only when everything is written.

    Raises
    ------
    IntakeError
        `out` is a file, or cannot be made.
    """
    if out.exists() and not out.is_dir():
        raise IntakeError(f"--out must name a folder, but {out.name} is a file; name another place")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise IntakeError(
            f"--out must be a folder that can be written, but {error.strerror}; name another place"
        ) from error
    try:
        yield draft
        out.mkdir(exist_ok=True)
        for path in sorted(p for p in draft.rglob("*") if p.is_file()):
            place = out / path.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
