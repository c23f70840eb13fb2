"""Where numba keeps the functions that it compiles: beside their source, else in the data folder, else in a temporary folder of the user."""

import atexit
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from yttria.io.ground.data_folder import data_folder

VARIABLE = "NUMBA_CACHE_DIR"
FOLDERS = ("physics/geometry", "physics/phantom", "evidence/regression", "evidence/survival")
"""Of the package: those whose modules compile functions."""
OWNER_ONLY = 0o700


def set_compiled_folder(package: Path) -> None:
    """Say to numba where to keep compiled functions, where the package itself may not be written and nobody said another place.

    numba reads a cache as code: a folder that others may write is never used.

    Parameters
    ----------
    package
        The folder of the installed package.
    """
    if VARIABLE in os.environ or all(_may_be_written(package / name) for name in FOLDERS):
        return
    os.environ[VARIABLE] = str(_first_that_works())


def _may_be_written(folder: Path) -> bool:
    cache = folder / "__pycache__"
    return os.access(cache if cache.exists() else folder, os.W_OK)


def _first_that_works() -> Path:
    """Return a folder that only this user can write: in the data folder; else temporary, the same in each run; else for this run alone."""
    user = getattr(os, "getuid", lambda: "user")()
    for folder in (data_folder() / "compiled", Path(tempfile.gettempdir()) / f"yttria-compiled-{user}"):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
            if _is_private(folder):
                tempfile.TemporaryFile(dir=folder).close()
                return folder
    alone = Path(tempfile.mkdtemp(prefix="yttria-compiled-"))
    atexit.register(shutil.rmtree, alone, ignore_errors=True)
    return alone


def _is_private(folder: Path) -> bool:
    """Tell whether a folder is one, no link, of this user, and closed to the writing of others."""
    message = folder.lstat()
    own = not hasattr(os, "getuid") or message.st_uid == os.getuid()
    return stat.S_ISDIR(message.st_mode) and own and not message.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
