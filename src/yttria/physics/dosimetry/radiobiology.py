"""Dose -> effect: what a decaying source does against repair. Linear-quadratic, no presets: every parameter is named."""

from yttria.values.errors import require_not_negative, require_positive
from yttria.values.units import Gy


def lea_catcheside(repair_half_time_h: float, half_life_h: float) -> float:
    """Return the dose-protraction factor G of a source that decays where it lodges, followed to its end.

    G = T_rep / (T_rep + T), with mono-exponential repair.

    Raises
    ------
    QuantityError
        A time that is not above zero.

    Source
    ------
    Dale, Br J Radiol 1985;58:515; Dale, Phys Med Biol 1996;41:1871. G -> 1 for an instant dose, 0 for an endless one.

    Examples
    --------
    >>> round(lea_catcheside(1.5, 64.1), 5), round(lea_catcheside(2.5, 64.1), 5)
    (0.02287, 0.03754)
    """
    repair = require_positive(repair_half_time_h, what="repair half-time (h)")
    return repair / (repair + require_positive(half_life_h, what="half-life (h)"))


def biologically_effective_dose(dose: Gy, *, alpha_beta: Gy, repair_half_time_h: float, half_life_h: float) -> Gy:
    """Return the biologically effective dose of a uniform dose from a source that decays where it lodges.

    BED = D (1 + G D / (alpha/beta)).

    Parameters
    ----------
    dose
        D, the whole absorbed dose, Gy.
    alpha_beta
        Gy; tissue's own, with its source.
    repair_half_time_h, half_life_h
        Hours.

    Raises
    ------
    QuantityError
        A negative dose; a parameter that is not above zero.

    Notes
    -----
    The linear-quadratic model is not validated at 200 Gy and beyond. BED of a mean dose is not the mean of voxel BED.

    Examples
    --------
    >>> round(biologically_effective_dose(Gy(205), alpha_beta=Gy(10), repair_half_time_h=1.5, half_life_h=64.1), 2)
    301.09
    """
    require_not_negative(dose, what="dose (Gy)")
    ratio = require_positive(alpha_beta, what="alpha/beta (Gy)")
    return Gy(dose * (1 + lea_catcheside(repair_half_time_h, half_life_h) * dose / ratio))


def equivalent_dose_in_2_gy(bed: Gy, *, alpha_beta: Gy) -> Gy:
    """Return the dose in fractions of 2 Gy with the same effect: EQD2 = BED / (1 + 2 / (alpha/beta)).

    Examples
    --------
    >>> equivalent_dose_in_2_gy(Gy(60), alpha_beta=Gy(10))
    50.0
    """
    require_not_negative(bed, what="BED (Gy)")
    return Gy(bed / (1 + 2 / require_positive(alpha_beta, what="alpha/beta (Gy)")))
