"""The site file: read strictly, an unknown key refused by its place."""

import difflib
from pathlib import Path

from pydantic import ValidationError

from yttria.contract.site import SiteCalibration, SiteFile, SiteProduct
from yttria.io.ground.toml_text import read_toml
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
    stated = read_toml(path)
    try:
        return SiteFile.model_validate(stated)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            name = str(first["loc"][-1])
            models = (SiteFile, SiteProduct, SiteCalibration)
            known = [key for model in models for key in model.model_fields]
            near = difflib.get_close_matches(name, known, 1)
            what = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"
            raise IntakeError(f"{path.name} has an unknown key {place}{what}", code="site-key") from None
        expected = first["msg"].removeprefix("Input should be ")
        raise IntakeError(
            f"{path.name}: {place} must be {expected}, but is {first['input']!r}; correct it", code="site-value"
        ) from None
