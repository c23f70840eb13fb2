"""What `yttria delivery` is asked and answers: the day of a treatment, from assay and residual to what was delivered."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import Argument, Contract, Request, Result

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Instant = datetime | str


class VialEntry(Contract):
    """A vial, before and after; what stayed behind by calibrator, by survey rates, or as a share that is assumed."""

    assayed_gbq: Positive
    """Activity measured in the vial before, GBq."""
    assayed_at: Instant
    """Instant of that measurement, with its zone."""
    residual_gbq: NotNegative | None = None
    """Activity measured in vial, lines and waste after, GBq."""
    residual_at: Instant | None = None
    """Instant of that measurement, with its zone."""
    rate_before: Positive | None = None
    """In place of these: rate of the full vial."""
    rate_after: NotNegative | None = None
    """Rate of all that came back, in the same unit and geometry."""
    rate_background: NotNegative = 0.0
    """Rate without either."""
    rate_before_at: Instant | None = None
    """Instant of the first rate, with its zone; with that of the second the decay between them is corrected."""
    rate_after_at: Instant | None = None
    """Instant of the second rate, with its zone."""
    residual_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None
    """In place of a measurement: the share that is assumed to stay behind."""
    injection: str | None = None
    """Which injection the vial was for."""
    split: dict[str, Positive] | None = None
    """In place of that: shares of the vial by injection; they add to 1."""
    stasis: bool = False
    """Whether the injection ended because flow stopped."""


class InjectionEntry(Contract):
    """An injection."""

    prescribed_gbq: Positive | None = None
    """Activity prescribed for it, GBq, at the reference instant."""


class DeliveryFile(Contract):
    """The record of a treatment's day."""

    product: str
    """glass, resin or holmium."""
    at: Instant
    """The reference instant, with its zone: that of the administration. Every activity is turned to it."""
    patient: str = ""
    """As the hospital names the patient."""
    prescribed_gbq: Positive | None = None
    """Activity prescribed, GBq, at the reference instant. [default: the sum of the injections']"""
    tolerance_fraction: NotNegative | None = None
    """Difference from what was prescribed that this site lets pass. [default: the site file's]"""
    injections: dict[str, InjectionEntry] = Field(default_factory=dict)
    """By name."""
    vials: Annotated[tuple[VialEntry, ...], Field(min_length=1)]
    """One or more."""


class DeliveryRequest(Request):
    """The day of a treatment: from assay and residual to what was delivered."""

    record: Annotated[Path, Argument()]
    """TOML file with the vials, their assays and residuals, and what was prescribed."""
    site: Path | None = None
    """Site file; its [delivery] says what may differ from what was prescribed. [default: the file named by $YTTRIA_SITE]"""
    out: Path | None = None
    """Folder for delivery.json, given.toml, report.pdf, report.html; made when it is not there."""
    replace: bool = False
    """Replace what is in the folder even where Yttria did not write it for this record."""


class VialDeliveryRecord(Result):
    """What arrived of one vial; activities at the reference instant."""

    assayed_gbq: float
    """As measured, at its own instant."""
    assayed_at: str
    """Instant of that measurement."""
    hours: float
    """From it to the reference instant."""
    dispensed_gbq: float
    """What the vial held."""
    residual_gbq: float
    """What stayed behind."""
    residual_fraction: float
    """Its share of the vial."""
    residual_by: Literal["calibrator", "survey", "assumed"]
    """How it is known."""
    delivered_gbq: float
    """What arrived."""
    injections: dict[str, float]
    """What arrived by injection, GBq; empty where none is named."""
    stasis: bool
    """Whether the injection ended because flow stopped."""


class DeliveredAmount(Result):
    """What arrived beside what was prescribed."""

    delivered_gbq: float
    """What arrived, at the reference instant."""
    prescribed_gbq: float | None
    """What was prescribed; null where nothing was stated."""
    of_prescribed_fraction: float | None
    """Delivered over prescribed."""
    reportable: bool | None
    """Whether it differs by 20 % or more (10 CFR 35.3045)."""
    within_tolerance: bool | None
    """Whether it differs by no more than the site's own fraction; null where none is stated."""


class DeliveryResult(DeliveredAmount):
    """What was delivered, in all, by vial and by injection."""

    at: str
    """The reference instant."""
    product: str
    """Which product."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where it is from."""
    residual_fraction: float
    """Share of all vials that stayed behind."""
    stasis: bool
    """Whether an injection ended because flow stopped."""
    vials: list[VialDeliveryRecord]
    """By vial."""
    injections: dict[str, DeliveredAmount]
    """By injection."""
