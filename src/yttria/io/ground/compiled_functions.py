"""Where numba keeps the functions that it compiles: beside their source, else in the data folder, else in a temporary folder of the user."""

import os
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
FOLDERS = ("physics/geometry", "physics/phantom", "delivery", "evidence/regression", "evidence/survival")
"""Of the package: those whose modules compile functions."""


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
    from yttria.io.ground.writable_folder import writable_folder  # most installations never need it

    os.environ[VARIABLE] = str(writable_folder("compiled"))


def _may_be_written(folder: Path) -> bool:
    cache = folder / "__pycache__"
    return os.access(cache if cache.exists() else folder, os.W_OK)
