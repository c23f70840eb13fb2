"""What `yttria order` is asked and answers: vials for an activity at an hour."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from yttria.contract.base import Absent, Request, Result


class OrderRequest(Request):
    """Vials that deliver an activity at an instant."""

    needed_gbq: Annotated[float | None, Field(gt=0)] = None
    """Activity wanted in the patient at that instant, GBq."""
    at: str | None = None
    """Instant of the injection, with its zone, as 2026-11-30T14:00+01:00."""
    product: str | None = None
    """glass, resin or holmium."""
    table: Path | None = None
    """In place of these three: CSV or .xlsx with a row a patient (patient, product, needed_gbq, at)."""
    calibrated: list[str] = Field(default_factory=list)
    """Instant at which vials hold their size, with its zone; again for each. [default: the site's calendar]"""
    vials_gbq: tuple[Annotated[float, Field(gt=0)], ...] = ()
    """Sizes of vials at calibration, GBq, with commas. [default: the site's, else the product's]"""
    most_vials: Annotated[int | None, Field(ge=1)] = None
    """How many vials a patient may have. [default: the site's, else 1]"""
    residual_fraction: Annotated[float | None, Field(ge=0, lt=1)] = None
    """Share that stays behind, 0 to 1. [default: the site's, else 0.01]"""
    tolerance_fraction: Annotated[float | None, Field(ge=0)] = None
    """Difference from what is needed that is let pass. [default: the site's, else 0.10]"""
    site: Path | None = None
    """Site file with calendars, sizes and tolerances. [default: $YTTRIA_SITE]"""
    ics: Path | None = None
    """Calendar file to write, with an event that begins at the injection."""
    pdf: Path | None = None
    """Order form to write, a sheet a day."""
    html: Path | None = None
    """The same as one HTML file."""
    replace: bool = False
    """Replace these files even where Yttria did not write them for this order."""

    @field_validator("calibrated", mode="before")
    @classmethod
    def _instants(cls, words: object) -> object:
        if isinstance(words, str):
            words = [words]
        if not isinstance(words, list | tuple):
            return words
        return [part.strip() for word in words for part in str(word).split(",") if part.strip()]


class VialChoiceRecord(Result):
    """Vials of one calibration."""

    vials_gbq: list[float]
    """Sizes at calibration, ascending."""
    calibrated_at: str
    """Instant at which they hold their size."""
    at: str
    """Instant of the injection."""
    hours: float
    """From calibration to injection; negative where the calibration comes after."""
    dispensed_gbq: float
    """In the vials at the injection."""
    delivered_gbq: float
    """Of it in the patient."""
    of_needed_fraction: float
    """Delivered over needed."""
    spheres: float
    """In the vials."""
    spheres_delivered: float
    """In the patient."""
    within_tolerance: bool
    """Whether the difference from what is needed is let pass."""


class OrderResult(Result):
    """Choices of vials for one patient, the nearest to what is needed first."""

    patient: Absent[str] = None
    """As the table names the patient."""
    product: str
    """Which product."""
    needed_gbq: float
    """Wanted in the patient."""
    at: str
    """Instant of the injection."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where it is from."""
    residual_fraction: float
    """Share that stays behind."""
    tolerance_fraction: float
    """Difference that is let pass."""
    vials_source: str
    """Where the sizes are from."""
    calibrations_source: str
    """Where the calibrations are from."""
    bq_per_sphere: float
    """Activity of a sphere at calibration."""
    choices: list[VialChoiceRecord]
    """Every choice, sorted."""
    chosen: VialChoiceRecord | None
    """The first within tolerance."""


class OrdersResult(Result):
    """Orders of a table, one a row."""

    orders: list[OrderResult]
    """In the order of the rows."""


OrderDocument = OrderResult | OrdersResult
