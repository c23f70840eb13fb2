"""What blur leaves of a sphere's activity inside it: the partial-volume effect of a Gaussian camera."""

import math

from yttria.values.errors import require_positive
from yttria.values.units import Ml, Mm, Share

_PER_FWHM = 4 * math.sqrt(math.log(2))  # a = sqrt 2 r / sigma = 4 sqrt(ln 2) r / FWHM
SMALLEST = 0.05  # below, the terms of the formula cancel; the limit a^3 / (6 sqrt(pi)) is right to 0.1 %


def diameter_of(volume: Ml) -> Mm:
    """Return the diameter of a sphere of that volume.

    Examples
    --------
    >>> round(diameter_of(Ml(14.137)), 2)
    30.0
    """
    return Mm((6000 * require_positive(volume, what="volume (mL)") / math.pi) ** (1 / 3))


def recovery(diameter: Mm, fwhm_mm: float) -> Share:
    """Return the share of a uniform sphere's activity that a Gaussian blur leaves inside it.

    RC = erf(a) - [3/a - 2/a^3 - (1/a - 2/a^3) e^(-a^2)] / sqrt(pi), a = 2 sqrt(ln 2) d / FWHM.

    Notes
    -----
    A cold surrounding. In a background the mean falls by (1 - RC)(1 - background/sphere). Derived from the overlap of a ball
    with itself displaced, averaged over the blur.

    Examples
    --------
    >>> round(recovery(Mm(30), 12), 3), round(recovery(Mm(30), 6), 3)
    (0.609, 0.799)
    """
    a = _scaled(diameter, fwhm_mm)
    if a < SMALLEST:
        return Share(a**3 / (6 * math.sqrt(math.pi)))
    fall = 3 / a - 2 / a**3 - (1 / a - 2 / a**3) * math.exp(-a * a)
    return Share(math.erf(a) - fall / math.sqrt(math.pi))


def count_slope(diameter: Mm, fwhm_mm: float) -> float:
    """Return how the counts inside follow a contour's volume: d ln C / d ln V = phi / (2 RC).

    phi = erf(a) - 2 (1 - e^(-a^2)) / (a sqrt(pi)): twice the concentration at the sphere's edge over that inside.

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456, doi:10.1007/s00259-018-4136-7.

    Examples
    --------
    >>> round(count_slope(Mm(30), 12), 3)
    0.598
    """
    a = _scaled(diameter, fwhm_mm)
    phi = math.erf(a) - 2 * -math.expm1(-a * a) / (a * math.sqrt(math.pi))
    return phi / (2 * recovery(diameter, fwhm_mm))


def recovery_slope(diameter: Mm, fwhm_mm: float) -> float:
    """Return how recovery follows the sphere's volume: d ln RC / d ln V = phi / RC - 1.

    Where sphere and contour grow together the counts inside rise by twice what the contour alone would add, since either could be the
    other: d ln (V RC) / d ln V = phi / RC.

    Source
    ------
    Gear et al., EJNMMI 2018;45:2456 (there by the fitted curve); the identity holds for any symmetric blur.

    Examples
    --------
    >>> round(recovery_slope(Mm(30), 12), 3)
    0.197
    """
    return 2 * count_slope(diameter, fwhm_mm) - 1


def _scaled(diameter: Mm, fwhm_mm: float) -> float:
    return (
        _PER_FWHM
        * require_positive(diameter, what="diameter (mm)")
        / 2
        / require_positive(fwhm_mm, what="resolution FWHM (mm)")
    )
