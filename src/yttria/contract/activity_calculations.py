"""What the kinds of `yttria calc` are asked and answer that speak of activities and counts (CONTRACT: calc)."""

from typing import Annotated, Literal

from pydantic import Field

from yttria.contract.base import OptionName, Request, Result

HalfLife = Annotated[float | None, Field(description="Half-life, h. [default: 64.05, of 90Y]")]


class DecayRequest(Request):
    """What is left after a time, or between two instants."""

    hours: float | None = None
    """Hours that pass."""
    start: Annotated[str | None, OptionName("--from")] = None
    """In place of hours: ISO instant with zone."""
    end: Annotated[str | None, OptionName("--to")] = None
    """ISO instant with zone."""
    half_life_h: HalfLife = None


class DecayResult(Result):
    """What is left."""

    kind: Literal["decay"]
    """Which formula."""
    remaining_fraction: float
    """What remains."""
    decayed_fraction: float
    """What has decayed."""
    hours: float
    """Hours that pass."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where the half-life is from."""


class VialsRequest(Request):
    """Hours until each vial has decayed to what is needed."""

    needed_gbq_at_injection: float
    """Activity needed when it is injected, GBq."""
    vials_gbq: str | None = None
    """Vials at calibration, GBq, with commas. [default: the glass product's sizes]"""
    half_life_h: HalfLife = None
    shelf_hours: float | None = None
    """Hours after calibration for which a vial may be used."""


class VialsResult(Result):
    """When each vial has decayed to what is needed, and whether within its shelf life."""

    kind: Literal["vials"]
    """Which formula."""
    hours_after_calibration: list[float | None]
    """By vial; null where it never held so much."""
    within_shelf: list[bool | None] | None
    """By vial; null where it never held so much, or no life is given."""
    vials_gbq: list[float]
    """Sizes of the vials."""
    vials_source: str
    """Where the sizes are from."""
    half_life_h: float
    """Half-life."""
    half_life_source: str
    """Where the half-life is from."""


class ResidualRequest(Request):
    """What was delivered, by survey of the vial before and after."""

    assayed_mci: float
    """Activity assayed in the vial before, mCi."""
    before_mr_per_h: float
    """Exposure rate of the full vial, mR/h."""
    after_mr_per_h: float
    """Rate of all that came back, in the same geometry, mR/h."""
    prescribed_mci: float | None = None
    """Activity prescribed, mCi."""
    background_mr_per_h: float = 0.0
    """Rate without either, mR/h."""


class ResidualResult(Result):
    """What was delivered."""

    kind: Literal["residual"]
    """Which formula."""
    delivered_fraction: float
    """Share of the vial that was delivered."""
    delivered_mci: float
    """Activity delivered, mCi."""
    delivered_gbq: float
    """The same, GBq."""
    residual_fraction: float
    """Share that came back."""
    delivered_of_prescribed: float | None
    """Delivered over prescribed; null where nothing was prescribed."""


class PlanarShuntRequest(Request):
    """Lung shunt fraction from planar counts, by geometric means."""

    lung_anterior: float
    """Counts of both lungs, anterior view."""
    lung_posterior: float
    """Counts of both lungs, posterior view."""
    liver_anterior: float
    """Counts of the liver, anterior view."""
    liver_posterior: float
    """Counts of the liver, posterior view."""
    background_anterior: float = 0.0
    """Background counts per unit of area, anterior view."""
    background_posterior: float = 0.0
    """The same, posterior view."""
    lung_area: float | None = None
    """Area of the lung region in that unit (pixels, cm2)."""
    liver_area: float | None = None
    """Area of the liver region in that unit."""


class PlanarShuntResult(Result):
    """Lung shunt from planar counts; the counts are geometric means."""

    kind: Literal["shunt"]
    """Which formula."""
    lung_shunt_fraction: float
    """Lung shunt."""
    lung_counts: float
    """Of the lungs."""
    liver_counts: float
    """Of the liver."""
