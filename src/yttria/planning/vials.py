"""Decay, vials and what stays behind: how much is there when, and how much of it arrived."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from yttria.values.errors import QuantityError, require_not_negative, require_positive
from yttria.values.units import Bq, Share


def remaining_fraction(hours: float, half_life_h: float) -> Share:
    """Return the fraction left after `hours`: 2^(-t/T).

    Raises
    ------
    QuantityError
        Negative hours or a half-life that is not above zero.

    Examples
    --------
    >>> round(1 - remaining_fraction(2.2, 64.1), 4)
    0.0235
    """
    require_not_negative(hours, what="hours")
    return Share(math.exp2(-hours / require_positive(half_life_h, what="half-life (h)")))


def hours_until_needed(vials: Sequence[Bq], needed: Bq, half_life_h: float) -> tuple[float | None, ...]:
    """Return, for each vial, the hours after calibration at which it has decayed to `needed`.

    t = T log2(A_vial / A_needed); None where the vial never held so much.

    Raises
    ------
    QuantityError
        No vial; an activity or a half-life that is not above zero.

    Examples
    --------
    >>> [t and round(t, 1) for t in hours_until_needed([Bq(3e9), Bq(2e9)], Bq(2.304e9), 64.1)]
    [24.4, None]
    """
    require_positive(needed, what="needed activity (Bq)")
    require_positive(half_life_h, what="half-life (h)")
    if not vials:
        raise QuantityError("vials must name one activity or more, but there is none; give the sizes that can be had")
    sizes = [require_positive(v, what="vial (Bq)") for v in vials]
    return tuple(half_life_h * math.log2(v / needed) if v >= needed else None for v in sizes)


def within_shelf(hours: Sequence[float | None], shelf_hours: float) -> tuple[bool | None, ...]:
    """Return, for each vial, whether it has decayed to what is needed before its shelf life ends; None where it never held so much.

    Raises
    ------
    QuantityError
        A shelf life that is not above zero.

    Examples
    --------
    >>> within_shelf([24.4, 288.0, 288.1, None], 288)
    (True, True, False, None)
    """
    require_positive(shelf_hours, what="shelf life (h)")
    return tuple(None if h is None else h <= shelf_hours for h in hours)


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
