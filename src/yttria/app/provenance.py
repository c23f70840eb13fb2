"""The impure facts: version, platform, hashes. Nothing of it decides a number."""

import hashlib
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from yttria import __version__

RESEARCH_USE = "For research use only. Not a medical device; not for clinical decisions."


def provenance() -> dict[str, object]:
    """Return what made a result: versions of Yttria, Python and the libraries that touch a number."""
    libraries = ("numpy", "scipy", "numba", "pydicom")
    return {
        "version": __version__,
        "python": platform.python_version(),
        "platform": sys.platform,
        "libraries": {name: version(name) for name in libraries},
        "notice": RESEARCH_USE,
    }


def sha256_of(paths: Iterable[Path]) -> str:
    """Return one SHA-256 over the contents of files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()
