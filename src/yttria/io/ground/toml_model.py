"""A TOML file as a model: strict, an unknown key or a value that does not fit refused by its place."""

import difflib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from yttria.io.ground.toml_text import read_toml
from yttria.values.errors import IntakeError

M = TypeVar("M", bound=BaseModel)


def read_toml_model(path: Path, model: type[M], *, parts: tuple[type[BaseModel], ...] = ()) -> M:
    """Read a TOML file as a model.

    Parameters
    ----------
    path
        The file.
    model
        What it holds.
    parts
        Models within it, whose keys are known too.

    Raises
    ------
    IntakeError
        No TOML, an unknown key (the nearest known one is named), a key that is absent, a value that does not fit.
    """
    stated = read_toml(path)
    try:
        return model.model_validate(stated)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        first = next(
            (one for one in errors if one["type"] == "extra_forbidden"), errors[0]
        )  # a key misspelt is also one absent
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            models: tuple[type[BaseModel], ...] = (model, *parts)
            known = [key for one in models for key in one.model_fields]
            near = difflib.get_close_matches(str(first["loc"][-1]), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise IntakeError(f"{path.name} has an unknown key {place}; {hint}", code="toml-key") from None
        if first["type"] == "missing":
            raise IntakeError(f"{path.name} needs {place}, but lacks it; add it", code="toml-absent") from None
        expected = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        raise IntakeError(
            f"{path.name}: {place} must be {expected}, but is {first['input']!r}; correct it", code="toml-value"
        ) from None
