"""What every section of a protocol is built of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Word = str | int | float
Unit = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0)]


class ProtocolSection(BaseModel):
    """A section of a protocol; unknown keys and values of another type are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
