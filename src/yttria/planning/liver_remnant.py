"""The future liver remnant: its share of a total liver volume, and how fast it grows."""

from dataclasses import dataclass

from yttria.planning.compartment_models import body_surface_m2
from yttria.values.errors import QuantityError, require_not_negative, require_positive
from yttria.values.units import Ml

TLV_INTERCEPT_ML = -794.0
TLV_ML_PER_M2 = 1267.28
TLV_SOURCE = "TLV = -794 + 1267.28 BSA, mL (Vauthey et al. 2002), BSA by Mosteller (N Engl J Med 1987;317:1098)"


def total_liver_volume(height_cm: float, weight_kg: float) -> Ml:
    """Return the liver volume that a body of this surface has on average: TLV = -794 + 1267.28 BSA, mL.

    Raises
    ------
    QuantityError
        A height or weight that cannot be, or so small a body that the formula gives no volume.

    Notes
    -----
    Fitted on adults; a small child's surface makes it negative.

    Source
    ------
    Vauthey et al. 2002, as tabulated in PMC6422720, table 1; body surface by Mosteller 1987.

    Examples
    --------
    >>> round(total_liver_volume(180, 80), 2)
    1740.56
    """
    surface = body_surface_m2(height_cm, weight_kg, "mosteller")
    volume = TLV_INTERCEPT_ML + TLV_ML_PER_M2 * surface
    if volume <= 0:
        raise QuantityError(
            f"the formula of the liver volume holds for adults, but a body surface of {surface:.2f} m2 makes it {volume:.0f} mL; give the measured liver",
            code="body-surface-range",
            values={"surface": surface, "volume": volume},
        )
    return Ml(volume)


def functional_liver_volume(liver: Ml, tumour: Ml) -> Ml:
    """Return the measured liver without its tumour, mL.

    Raises
    ------
    QuantityError
        A volume that cannot be; a tumour that is not smaller than the liver that holds it.
    """
    require_positive(liver, what="liver (mL)")
    require_not_negative(tumour, what="tumour (mL)")
    if tumour >= liver:
        raise QuantityError(
            f"the liver must be larger than its tumour, but is {liver:g} mL with {tumour:g} mL of tumour; the liver is given with its tumour",
            code="liver-smaller-than-tumour",
            values={"liver": liver, "tumour": tumour},
        )
    return Ml(liver - tumour)


@dataclass(frozen=True, slots=True)
class Hypertrophy:
    """How much a remnant grew.

    Parameters
    ----------
    points
        Growth of the remnant's share of the total liver volume, percentage points; None without that volume.
    percent
        Growth in per cent of the remnant's former volume.
    points_per_week
        The kinetic growth rate; None without weeks or without a total liver volume.
    """

    points: float | None
    percent: float
    points_per_week: float | None


def hypertrophy(before: Ml, after: Ml, *, total: Ml | None = None, weeks: float | None = None) -> Hypertrophy:
    """Return the growth of a remnant from `before` to `after`, by one total liver volume.

    points = 100 (after - before) / TLV; per cent = 100 (after - before) / before; rate = points / weeks.

    Raises
    ------
    QuantityError
        A volume or a number of weeks that is not above zero.

    Notes
    -----
    Both meanings of "degree of hypertrophy" are in use: points of the standardised remnant, and per cent of the former volume (PMC5901738).

    Source
    ------
    Kinetic growth rate as degree of hypertrophy over weeks: Shindoh et al. 2013.

    Examples
    --------
    >>> grown = hypertrophy(Ml(400), Ml(520), total=Ml(1600), weeks=3)
    >>> grown.points, grown.percent, grown.points_per_week
    (7.5, 30.0, 2.5)
    """
    require_positive(before, what="remnant (mL)")
    require_positive(after, what="remnant after (mL)")
    growth = after - before
    points = None if total is None else 100 * growth / require_positive(total, what="total liver volume (mL)")
    rate = None
    if weeks is not None:
        require_positive(weeks, what="weeks")
        rate = None if points is None else points / weeks
    return Hypertrophy(points, 100 * growth / before, rate)
