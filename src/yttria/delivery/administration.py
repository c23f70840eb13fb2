"""What was given: the vial before and after, and whether it is what was prescribed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share
from yttria.values.nuclide import Nuclide
from yttria.values.time import hours_between
from yttria.values.units import BQ_PER_GBQ, Bq, Share

REPORTABLE_FRACTION = 0.20
"""A total dose or dosage that differs from the prescribed one by this or more is reported: 10 CFR 35.3045(a)(1)."""
EQUAL = 1e-9
"""Fractions that differ by less are equal: what a division of decimal numbers leaves."""
SHARES_EQUAL = 1e-3
"""Shares of a vial may add to 1 within this: three written thirds do."""


def differs_by(of_prescribed: float, fraction: float) -> bool:
    """Return whether what was delivered differs from what was prescribed by a fraction or more.

    Examples
    --------
    >>> [differs_by(share, REPORTABLE_FRACTION) for share in (0.8, 0.8001, 1.1999, 2.64 / 2.2)]
    [True, False, False, True]
    """
    return abs(of_prescribed - 1) >= fraction - EQUAL


def within_tolerance(of_wanted: float, fraction: float) -> bool:
    """Return whether a share of what is wanted differs from one by no more than a fraction.

    Raises
    ------
    QuantityError
        A tolerance that is not a number of zero or more.

    Examples
    --------
    >>> [within_tolerance(share, 0.1) for share in (0.9, 0.8999, 1.1, 1.1001)]
    [True, False, True, False]
    """
    return abs(of_wanted - 1) <= require_not_negative(fraction, what="tolerance (fraction)") + EQUAL


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a survey of the vial before and after says of what arrived.

    Parameters
    ----------
    fraction
        Delivered share of what was assayed, 0..1.
    delivered
        Activity that arrived, at the instant of the assay, Bq.
    of_prescribed
        Delivered over prescribed; None where nothing is prescribed.
    """

    fraction: Share
    delivered: Bq
    of_prescribed: float | None


def delivery_of(
    assayed: Bq, *, before: float, after: float, prescribed: Bq | None = None, background: float = 0.0
) -> Delivery:
    """Return what was delivered, from exposure rates of the vial (then of its waste) in one geometry.

    f = 1 - (after - b) / (before - b); delivered = f A.

    Parameters
    ----------
    assayed
        A in the vial before, Bq.
    before, after
        Rates of the full vial and of all that came back, one unit.
    prescribed
        What should have been given, Bq.
    background
        b, the rate without either, the same unit.

    Raises
    ------
    QuantityError
        A rate that is not a number of zero or more; background above a reading; more after than before.

    Notes
    -----
    Waste lies otherwise than a vial: the geometry factor is taken as 1. Decay between the readings is not corrected.

    Source
    ------
    NRC event notification 56227 (survey before and after).

    Examples
    --------
    >>> arrived = delivery_of(Bq(11.4), before=0.205, after=0.127, prescribed=Bq(10.8))
    >>> round(arrived.fraction, 2), round(arrived.delivered, 2), round(arrived.of_prescribed, 3)
    (0.38, 4.34, 0.402)
    """
    require_positive(assayed, what="assayed activity (Bq)")
    require_not_negative(background, what="background rate")
    net_before = require_positive(before, what="rate before") - background
    net_after = require_not_negative(after, what="rate after") - background
    if net_before <= 0 or net_after < 0:
        raise QuantityError(
            f"rates must be above background, but before is {before:g}, after {after:g} and background {background:g}; survey again",
            code="rates-below-background",
            values={"before": before, "after": after, "background": background},
        )
    if net_after > net_before:
        raise QuantityError(
            f"the rate after must not be above the rate before, but is {after:g} after {before:g}; check their order",
            code="rates-order",
            values={"after": after, "before": before},
        )
    fraction = Share(1 - net_after / net_before)
    delivered = Bq(assayed * fraction)
    share = None if prescribed is None else delivered / require_positive(prescribed, what="prescribed activity (Bq)")
    return Delivery(fraction, delivered, share)


@dataclass(frozen=True, slots=True)
class Measured:
    """An activity that was measured: Bq, at an instant with its zone."""

    activity: Bq
    at: datetime

    def on(self, instant: datetime, nuclide: Nuclide) -> Bq:
        """Return the activity at another instant, by decay, forward or back.

        Examples
        --------
        >>> from datetime import UTC, timedelta
        >>> assay = Measured(Bq(2e9), datetime(2026, 12, 1, 12, tzinfo=UTC))
        >>> round(assay.on(assay.at + timedelta(hours=64.05), Nuclide.named("Y-90")) / 1e9, 6)
        1.0
        """
        return Bq(self.activity * nuclide.remaining(hours=hours_between(self.at, instant)))


@dataclass(frozen=True, slots=True)
class SurveyRates:
    """Exposure rates of a vial and of all that came back, in one geometry and unit.

    Parameters
    ----------
    before, after, background
        Rates; `background` without either.
    before_at, after_at
        Instants with their zones; with both the decay between the readings is corrected.
    """

    before: float
    after: float
    background: float = 0.0
    before_at: datetime | None = None
    after_at: datetime | None = None

    def residual(self, nuclide: Nuclide) -> Share:
        """Return the share that stayed behind: (after - b) 2^(t/T) / (before - b), t from the first reading to the second.

        Raises
        ------
        QuantityError
            One instant without the other; rates in the wrong order, or not above background.
        """
        if (self.before_at is None) != (self.after_at is None):
            raise QuantityError(
                "the instants of both rates are needed to correct decay, or none, but one is given; give both",
                code="rate-instant-absent",
            )
        fraction = delivery_of(Bq(1.0), before=self.before, after=self.after, background=self.background).fraction
        if self.before_at is None or self.after_at is None:
            return Share(1 - fraction)
        hours = hours_between(self.before_at, self.after_at)
        if hours < 0:
            raise QuantityError(
                f"the rate after must be read after the rate before, but is read {-hours:.3g} h earlier; check the instants",
                code="rate-instants-order",
                values={"hours": hours},
            )
        return Share((1 - fraction) / nuclide.remaining(hours=hours))


@dataclass(frozen=True, slots=True)
class VialDelivery:
    """What arrived of a vial, every activity at one reference instant.

    Parameters
    ----------
    dispensed
        In the vial, Bq.
    residual
        What stayed behind, Bq.
    residual_by
        calibrator, survey, or assumed.
    """

    dispensed: Bq
    residual: Bq
    residual_by: Literal["calibrator", "survey", "assumed"]

    @property
    def delivered(self) -> Bq:
        """Return what arrived, Bq."""
        return Bq(self.dispensed - self.residual)

    @property
    def residual_fraction(self) -> Share:
        """Return the share that stayed behind."""
        return Share(self.residual / self.dispensed)


def vial_delivery(
    assay: Measured, residual: Measured | SurveyRates | Share, *, reference: datetime, nuclide: Nuclide
) -> VialDelivery:
    """Return what arrived of a vial, at one reference instant.

    dispensed = assay x 2^(-hours/T) from the assay to the reference; a residual by calibrator is turned to the same instant, one by survey rates or
    an assumed one is a share of what was dispensed; delivered = dispensed - residual.

    Parameters
    ----------
    assay
        Of the full vial.
    residual
        Measured by calibrator, by survey rates, or a share that is assumed.
    reference
        The administration, with its zone.
    nuclide
        What decays.

    Raises
    ------
    QuantityError
        More left behind than was there; a residual measured before the assay; rates that cannot be.

    Source
    ------
    Decay from assay to administration (median 2.20 h, 2.35 % of 90Y): J Vasc Interv Radiol 2018, 345 glass and 317 resin treatments. Survey: NRC event
    notification 56227.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    >>> found = vial_delivery(Measured(Bq(3e9), noon), Share(0.01), reference=noon + timedelta(hours=2.2), nuclide=Nuclide.named("Y-90"))
    >>> round(found.dispensed / 1e9, 4), round(found.delivered / 1e9, 4)
    (2.9294, 2.9001)
    """
    dispensed = assay.on(reference, nuclide)
    if isinstance(residual, SurveyRates):
        return _delivery(dispensed, Bq(dispensed * residual.residual(nuclide)), "survey")
    if not isinstance(residual, Measured):
        return _delivery(dispensed, Bq(dispensed * require_share(residual, what="residual")), "assumed")
    if hours_between(assay.at, residual.at) < 0:
        raise QuantityError(
            f"the residual must be measured after the assay, but is measured {-hours_between(assay.at, residual.at):.3g} h earlier; check the instants",
            code="residual-instant",
            values={"hours": hours_between(assay.at, residual.at)},
        )
    return _delivery(dispensed, residual.on(reference, nuclide), "calibrator")


def _delivery(dispensed: Bq, residual: Bq, by: Literal["calibrator", "survey", "assumed"]) -> VialDelivery:
    if residual > dispensed * (1 + EQUAL):
        raise QuantityError(
            f"no more can stay behind than was there, but {residual / BQ_PER_GBQ:.4g} GBq did of {dispensed / BQ_PER_GBQ:.4g} GBq at the administration; check both measurements",
            code="residual-above-assay",
            values={"residual_gbq": residual / BQ_PER_GBQ, "dispensed_gbq": dispensed / BQ_PER_GBQ},
        )
    return VialDelivery(dispensed, min(residual, dispensed), by)


def split_of(delivered: Bq, shares: Mapping[str, float]) -> dict[str, Bq]:
    """Return what arrived of a vial by injection.

    Raises
    ------
    QuantityError
        Shares that do not add to 1.

    Examples
    --------
    >>> split_of(Bq(2e9), {"right": 0.75, "left": 0.25})
    {'right': 1500000000.0, 'left': 500000000.0}
    """
    whole = sum(shares.values())
    if abs(whole - 1) > SHARES_EQUAL:
        raise QuantityError(
            f"the shares of a vial must add to 1, but add to {whole:g}; correct them",
            code="split-shares",
            values={"whole": whole},
        )
    return {name: Bq(delivered * share / whole) for name, share in shares.items()}
