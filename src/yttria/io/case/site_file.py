"""The site file: read strictly, an unknown key refused by its place."""

from pathlib import Path

from yttria.contract.site import SiteCalibration, SiteFile, SiteProduct
from yttria.io.ground.regular_files import require_file
from yttria.io.ground.toml_model import read_toml_model


def read_site(path: Path) -> SiteFile:
    """Read a site file.

    Raises
    ------
    IntakeError
        No file, no TOML, an unknown key (the nearest known one is named), a value that does not fit.
    """
    require_file(path, what="a site file", advice="check --site or $YTTRIA_SITE", code="site-file-absent")
    return read_toml_model(path, SiteFile, parts=(SiteProduct, SiteCalibration))
