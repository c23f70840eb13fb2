"""Where Yttria keeps what is its own: caches, later the registry. Nothing else is written unasked."""

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """Return the data folder: `$YTTRIA_HOME`, else the platform's place for a user's data; it need not exist yet."""
    if home := os.environ.get("YTTRIA_HOME"):
        return Path(home)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "yttria"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "yttria"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "yttria"
