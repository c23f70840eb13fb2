"""Decay and vials: how much is there when."""

import math
from collections.abc import Sequence

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
        raise QuantityError(
            "vials must name one activity or more, but there is none; give the sizes that can be had",
            code="vial-sizes-absent",
        )
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
