"""The site file: what this hospital orders and how, each with its source (`--site FILE`, or $YTTRIA_SITE)."""

import datetime as dt
from typing import Annotated

from pydantic import Field

from yttria.contract.base import Contract

Fraction = Annotated[float, Field(ge=0, lt=1)]


class SiteCalibration(Contract):
    """When vials of a product hold their size: once, or every week at one hour of a wall clock."""

    at: dt.datetime | str | None = None
    """An instant with its zone."""
    weekday: str | None = None
    """Monday … Sunday."""
    time: dt.time | None = None
    """What the clock of `zone` shows; noon stays noon over summer time."""
    zone: str | None = None
    """IANA name, as America/New_York."""


class SiteProduct(Contract):
    """How a product is ordered here."""

    vials_gbq: tuple[Annotated[float, Field(gt=0)], ...] | None = None
    """Sizes at calibration that can be had, GBq."""
    most_vials: Annotated[int, Field(ge=1)] | None = None
    """How many a patient may have."""
    residual_fraction: Fraction | None = None
    """Share that stays behind."""
    tolerance_fraction: Annotated[float, Field(ge=0)] | None = None
    """Difference from what is needed that is let pass."""
    shelf_hours: Annotated[float, Field(gt=0)] | None = None
    """A calibration longer before the injection is no choice."""
    calibrations: tuple[SiteCalibration, ...] = ()
    """When vials are calibrated."""
    source: str | None = None
    """Where all this is from."""


class SiteFile(Contract):
    """All that a site file may say."""

    products: dict[str, SiteProduct] = Field(default_factory=dict)
    """By product: glass, resin, holmium."""
