"""What every request and result is built of: frozen models that refuse unknown keys, and numbers that JSON can say.

One model is the check, the JSON schema, the help of the command line and the documentation of a command: a key that is not in
the model cannot be asked for nor answered.
"""

import math
import re
from collections.abc import Mapping
from inspect import get_annotations
from pathlib import Path
from typing import Annotated, Self, TypeAlias, TypeVar, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo

from yttria.values.errors import IntakeError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What JSON can say."""


class Contract(BaseModel):
    """A frozen record with named fields; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)


OUTPUTS = frozenset({"out", "picture", "blind", "pdf", "html", "ics"})
"""Fields of a request that name what is written; every other path is read."""


class Request(Contract):
    """The arguments and options of a command, one field each; a tuple may come as one text with commas."""

    @property
    def input_paths(self) -> tuple[Path, ...]:
        """Return every file and folder that is read, so that none of them is written over."""
        named = (getattr(self, name) for name in type(self).model_fields if name not in OUTPUTS)
        return tuple(path for path in named if isinstance(path, Path))

    @model_validator(mode="before")
    @classmethod
    def _split(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        tuples = {name for name, field in cls.model_fields.items() if get_origin(field.annotation) is tuple}
        return {k: _words(v) if k in tuples and isinstance(v, str) else v for k, v in values.items()}


def _words(text: str) -> list[str]:
    """Return the words of a text with commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def options_of(model: type[Request]) -> dict[str, FieldInfo]:
    """Return the fields of a request in the order in which they are read: its own, then those that it shares with others."""
    own_first = [name for kind in model.__mro__ for name in get_annotations(kind) if name in model.model_fields]
    return {name: model.model_fields[name] for name in own_first}


class Result(Contract):
    """What a command answers under `result` of its JSON document."""


class StatedKeys(Result):
    """A part of a result with null where a number was looked for in vain, and without the key where nobody looked."""

    def without(self, *keys: str) -> Self:
        """Return the part without keys under which nobody looked for anything.

        Raises
        ------
        KeyError
            No such key.
        """
        kept = {key: getattr(self, key) for key in type(self).model_fields if key in self.model_fields_set}
        for key in keys:
            del kept[key]
        return type(self).model_construct(**kept)

    @model_serializer(mode="wrap", return_type=dict)
    def _stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Json]:
        return {key: value for key, value in handler(self).items() if key in self.model_fields_set}


class Argument:
    """Marks a field of a request that the command line takes by its place instead of by an option."""


class OptionName(str):
    """Marks a field of a request whose option on the command line is called otherwise than the field (`--k`)."""

    __slots__ = ()


def _finite(value: object) -> object:
    """Return a number, and null in place of one that is not finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _listed(value: object) -> object:
    """Return an array as a list with null where a number is not finite."""
    values = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(values, list) and set(map(type, values)) <= {float, int} and all(map(math.isfinite, values)):
        return values
    return [_finite(v) for v in values] if isinstance(values, list | tuple) else values


def is_absent(value: object) -> bool:
    """Tell whether a section has nothing to say, so that its key is left out."""
    return value is None


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number; null where it does not exist (a median not reached, an infinite limit)."""
Numbers = Annotated[list[float | None], BeforeValidator(_listed)]
"""Numbers by position; null where one does not exist."""
Floats = Annotated[list[float], BeforeValidator(_listed)]
"""Numbers by position, all of which exist."""
Counts = Annotated[list[int], BeforeValidator(_listed)]
"""Counts by position."""
T = TypeVar("T")
Absent = Annotated[T | None, Field(exclude_if=is_absent)]
"""A key that is absent where it was not asked for: `name: Absent[float] = None`."""
R = TypeVar("R", bound=Contract)


def checked(model: type[R], values: Mapping[str, object], *, name: str = "--{}") -> R:
    """Return a model of `values`, refusing the first value that does not fit.

    Parameters
    ----------
    model
        The request (or another part of a contract).
    values
        Values by field name.
    name
        How a field is called in a message; `{}` stands for its name with dashes.

    Raises
    ------
    IntakeError
        A value that the model refuses: what was expected, what was found.

    Examples
    --------
    >>> class Dose(Request):
    ...     gray: Annotated[float, Field(gt=0)]
    >>> checked(Dose, {"gray": 2})
    Dose(gray=2.0)
    """
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = str(first["loc"][0]).replace("_", "-") if first["loc"] else "the request"
        result = first["input"]
        expected = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        if first["type"] == "literal_error":
            expected = "one of " + ", ".join(re.findall(r"'([^']*)'", expected))
        raise IntakeError(
            f"{name.format(place)} must be {expected}, but is {result}; correct it",
            code="request-value",
            values={"field": place, "expected": expected, "found": str(result)},
        ) from None
