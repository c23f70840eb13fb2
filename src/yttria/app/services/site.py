"""The site file of this hospital: the one that is named, else that of $YTTRIA_SITE."""

import os
from pathlib import Path

from yttria.contract.site import SiteFile

VARIABLE = "YTTRIA_SITE"


def site_path(path: Path | None) -> Path | None:
    """Return the site file's path: the one that is named, else that of $YTTRIA_SITE; None where neither is."""
    variable = os.environ.get(VARIABLE, "")
    return path if path is not None else Path(variable) if variable else None


def site_of(site: Path | None) -> SiteFile:
    """Return what the site file says; nothing where there is none.

    Raises
    ------
    IntakeError
        A file that is not there, or that does not fit.
    """
    path = site_path(site)
    if path is None:
        return SiteFile()
    from yttria.io.case.site_file import read_site

    return read_site(path)
