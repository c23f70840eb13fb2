"""The site file: what this hospital orders and how, each with its source (`--site FILE`, or $YTTRIA_SITE)."""

import datetime as dt
from typing import Annotated, Literal

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


Names = tuple[str, ...]
Dose = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SiteLimit(Contract):
    """A limit of this hospital under conditions, in the words of the rule table: stricter in silence, looser only for what it asks."""

    name: str
    """lung, lung-cumulative, normal-perfused, normal-liver, perfused or whole-liver."""
    gy: Dose
    """The highest dose, Gy."""
    source: Annotated[str, Field(min_length=1)]
    """Where it is from."""
    condition: str = ""
    """Why it applies, in words."""
    product: Names | None = None
    """glass, resin, holmium."""
    disease: Names | None = None
    """HCC, ICC, mCRC."""
    scenario: Names | None = None
    """segmentectomy, lobectomy, unilobar, bilobar."""
    not_scenario: Names | None = None
    """Falls away in these."""
    child_pugh: Names | None = None
    """Classes as B, or scores as B7."""
    bilirubin_from_mg_dl: float | None = None
    """At least, mg/dL."""
    bilirubin_above_mg_dl: float | None = None
    """Above, mg/dL."""
    bilirubin_to_mg_dl: float | None = None
    """At most, mg/dL."""
    bilirubin_below_mg_dl: float | None = None
    """Below, mg/dL."""
    reserve_from: Fraction | None = None
    """Hepatic reserve at least."""
    reserve_below: Fraction | None = None
    """Hepatic reserve below."""
    treated_before: bool | None = None
    """Whether there was an earlier radioembolisation."""
    naive_and_fit: bool | None = None
    """Bilirubin below 1.1 mg/dL, Child–Pugh A and no earlier treatment, each stated."""
    compromised: bool | None = None
    """Child–Pugh B or C, or bilirubin above 2 mg/dL."""


class SiteContraindication(Contract):
    """How this hospital judges a contraindication of the rule table."""

    name: str
    """Of the rule, as `yttria rules` prints it."""
    judgement: Literal["stop", "warning", "none"]
    """What it is while it holds."""
    source: Annotated[str, Field(min_length=1)]
    """Where that is from."""


class SiteAims(Contract):
    """Doses that this hospital aims at, Gy."""

    tumour_gy: Dose | None = None
    """Index lesion, PDA."""
    wished_gy: Dose | None = None
    """Sought within the limits as they stand."""
    perfused_gy: Dose | None = None
    """Perfused volume, SDA."""
    perfused_only_gy: Dose | None = None
    """Perfused volume, PDA-PLD."""


class SiteRecovery(Contract):
    """How blur is corrected for here, and whether corrected doses judge."""

    sphere_ml: tuple[Dose, ...] = ()
    """Volumes of the spheres of a measured curve, mL; without them the geometric transfer matrix corrects."""
    coefficient: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = ()
    """Recovery coefficient of each sphere."""
    source: str = ""
    """Phantom, camera, reconstruction, date."""
    judges: Literal["uncorrected", "corrected"] = "uncorrected"
    """Doses that aims and limits are judged by."""


class SiteDelivery(Contract):
    """What this hospital lets pass between what was prescribed and what was delivered."""

    tolerance_fraction: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Difference from what was prescribed; what is more is a warning. The record of a day stands above it."""
    source: str = ""
    """Where that is from."""


class SiteFile(Contract):
    """All that a site file, or [site] of a case, may say."""

    limits: dict[str, Dose | str] = Field(default_factory=dict)
    """NAME_gy = Gy and NAME_source, or source for all, as [limits] of a case: `normal_liver_gy = 60`."""
    aims: SiteAims = SiteAims()
    """As [aims] of a case."""
    limit: tuple[SiteLimit, ...] = ()
    """Limits under conditions, [[limit]] each."""
    contraindication: tuple[SiteContraindication, ...] = ()
    """Judgements of contraindications, [[contraindication]] each."""

    recovery: SiteRecovery | None = None
    """Partial volume: a measured curve, and which doses judge."""
    delivery: SiteDelivery = SiteDelivery()
    """The day of a treatment: what may differ from what was prescribed."""
    products: dict[str, SiteProduct] = Field(default_factory=dict)
    """By product: glass, resin, holmium."""
