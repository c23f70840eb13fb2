"""The site file: read strictly, an unknown key refused by its place."""

from pathlib import Path

from yttria.contract.site import SiteCalibration, SiteFile, SiteProduct
from yttria.io.ground.toml_model import read_toml_model
from yttria.values.errors import IntakeError


def read_site(path: Path) -> SiteFile:
    """Read a site file.

    Raises
    ------
    IntakeError
        No file, no TOML, an unknown key (the nearest known one is named), a value that does not fit.
    """
    if not path.is_file():
        raise IntakeError(
            f"expected a site file at {path}, but there is no such file; check --site or $YTTRIA_SITE",
            code="site-file-absent",
        )
    return read_toml_model(path, SiteFile, parts=(SiteProduct, SiteCalibration))
