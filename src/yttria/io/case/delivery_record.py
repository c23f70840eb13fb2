"""The record of a treatment's day: read strictly, an unknown key refused by its place."""

from pathlib import Path

from yttria.contract.delivery import DeliveryFile, InjectionEntry, VialEntry
from yttria.io.ground.regular_files import require_file
from yttria.io.ground.toml_model import read_toml_model


def read_delivery(path: Path) -> DeliveryFile:
    """Read a record of what was assayed, given and left behind.

    Raises
    ------
    IntakeError
        No file, no TOML, an unknown key (the nearest known one is named), a key that is absent, a value that does not fit.
    """
    require_file(path, what="a record", code="record-absent")
    return read_toml_model(path, DeliveryFile, parts=(VialEntry, InjectionEntry))
