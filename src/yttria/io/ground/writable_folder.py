"""A folder for caches that this user can write and no other: the home may be read-only."""

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from yttria.io.ground.data_folder import data_folder

OWNER_ONLY = 0o700


def writable_folder(name: str) -> Path:
    """Return a folder that is there and that only this user can write: in the data folder; else temporary, the same in each run; else for this run alone.

    Parameters
    ----------
    name
        What it holds.
    """
    user = getattr(os, "getuid", lambda: "user")()
    for folder in (data_folder() / name, Path(tempfile.gettempdir()) / f"yttria-{name}-{user}"):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
            if _is_private(folder):
                tempfile.TemporaryFile(dir=folder).close()
                return folder
    alone = Path(tempfile.mkdtemp(prefix=f"yttria-{name}-"))
    atexit.register(shutil.rmtree, alone, ignore_errors=True)
    return alone


def _is_private(folder: Path) -> bool:
    """Tell whether a folder is one, no link, of this user, and closed to the writing of others."""
    status = folder.lstat()
    own = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and own and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
