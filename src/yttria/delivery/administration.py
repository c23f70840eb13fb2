"""What was given: the vial before and after, and whether it is what was prescribed."""

from dataclasses import dataclass

from yttria.values.errors import QuantityError, require_not_negative, require_positive
from yttria.values.units import Bq, Share

REPORTABLE_FRACTION = 0.20
"""A total dose or dosage that differs from the prescribed one by this or more is reported: 10 CFR 35.3045(a)(1)."""
EQUAL = 1e-9
"""Fractions that differ by less are equal: what a division of decimal numbers leaves."""


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
            f"rates must be above background, but before is {before:g}, after {after:g} and background {background:g}; survey again"
        )
    if net_after > net_before:
        raise QuantityError(
            f"the rate after must not be above the rate before, but is {after:g} after {before:g}; check their order"
        )
    fraction = Share(1 - net_after / net_before)
    delivered = Bq(assayed * fraction)
    share = None if prescribed is None else delivered / require_positive(prescribed, what="prescribed activity (Bq)")
    return Delivery(fraction, delivered, share)
