"""Masses and an activity -> doses, without an image: label, partition, several lesions, body surface.

Everything here but the body-surface method is linear in activity; `administered` is what is in the patient.
"""

import math
from dataclasses import dataclass
from typing import Literal

from yttria.data import table
from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share
from yttria.values.nuclide import Nuclide
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gram, Gy, Ml, Share

SurfaceFormula = Literal["dubois", "mosteller"]
NO_SHUNT = Share(0.0)


def retained_in_liver(administered: Bq, shunt: Share) -> Bq:
    """Return the activity that stays in the liver: A (1 - LSF)."""
    require_positive(administered, what="administered activity (Bq)")
    return Bq(administered * (1 - require_share(shunt, what="lung shunt fraction")))


def administered_for(lodging: Bq, shunt: Share) -> Bq:
    """Return the activity to administer for `lodging` to stay in the liver: A_L / (1 - LSF).

    Raises
    ------
    QuantityError
        Everything goes to the lungs.
    """
    require_share(shunt, what="lung shunt fraction")
    if shunt >= 1:
        raise QuantityError(
            "lung shunt fraction must be below 1 for a dose to the liver, but is 1; check the shunt study",
            code="lung-shunt-range",
        )
    return Bq(require_positive(lodging, what="activity in the liver (Bq)") / (1 - shunt))


def injected_of(dispensed: Bq, residual: Share) -> Bq:
    """Return what reaches the patient when the share `residual` of the vial stays behind: A (1 - R)."""
    require_positive(dispensed, what="dispensed activity (Bq)")
    return Bq(dispensed * (1 - require_share(residual, what="residual fraction")))


def dispensed_for(injected: Bq, residual: Share) -> Bq:
    """Return what the vial must hold for `injected` to reach the patient: A / (1 - R).

    Raises
    ------
    QuantityError
        The whole vial stays behind.
    """
    require_share(residual, what="residual fraction")
    if residual >= 1:
        raise QuantityError(
            "residual fraction must be below 1, but is 1: nothing would be given; check the residual",
            code="residual-range",
        )
    return Bq(require_positive(injected, what="injected activity (Bq)") / (1 - residual))


def perfused_dose(administered: Bq, mass: Gram, nuclide: Nuclide, *, shunt: Share = NO_SHUNT) -> Gy:
    """Return the mean dose of the perfused volume as one compartment (the label's formula).

    D = k A (1 - LSF) / m.

    Parameters
    ----------
    administered
        A, in the patient, Bq.
    mass
        m of the whole perfused volume, tumour included, g.
    nuclide
        Holds k.
    shunt
        LSF, 0..1.

    Raises
    ------
    QuantityError
        An activity or a mass that is not above zero; a shunt outside 0..1.

    Notes
    -----
    It cannot tell tumour from liver: against voxel doses the 95 % prediction interval of a tumour's dose is wider than
    +/- 177 Gy (Mikell et al., 2016, PMC5085875).

    Source
    ------
    TheraSphere package insert, v12 (there with k = 50).

    Examples
    --------
    >>> y90 = Nuclide.named("Y-90").with_dose_constant(50)
    >>> round(perfused_dose(Bq(0.629e9), Gram(92.7), y90), 1)
    339.3
    """
    require_positive(mass, what="perfused mass (g)")
    return nuclide.mean_dose(retained_in_liver(administered, shunt), mass)


def activity_for_perfused_dose(dose: Gy, mass: Gram, nuclide: Nuclide, *, shunt: Share = NO_SHUNT) -> Bq:
    """Return the activity to administer for a mean dose of the perfused volume: the inverse of `perfused_dose`.

    A = D m / (k (1 - LSF)).

    Raises
    ------
    QuantityError
        A dose or a mass that is not above zero; a shunt outside 0..1, or 1.

    Examples
    --------
    >>> round(activity_for_perfused_dose(Gy(100), Gram(1030), Nuclide.named("Y-90"), shunt=Share(0.1)) / 1e9, 4)
    2.3041
    """
    kg = require_positive(mass, what="perfused mass (g)") / G_PER_KG
    lodging = require_positive(dose, what="dose (Gy)") * kg / nuclide.joule_per_bq
    return administered_for(Bq(lodging), shunt)


def lung_dose(administered: Bq, shunt: Share, lung_mass: Gram, nuclide: Nuclide) -> Gy:
    """Return the mean lung dose: LD = k A LSF / m_lung.

    Source
    ------
    Limits of 30 Gy a session and 50 Gy together stand on this formula with 1000 g.
    """
    require_positive(lung_mass, what="lung mass (g)")
    require_positive(administered, what="administered activity (Bq)")
    return nuclide.mean_dose(Bq(administered * require_share(shunt, what="lung shunt fraction")), lung_mass)


@dataclass(frozen=True, slots=True)
class Compartments:
    """Lesions and the normal liver around them: all that lodges is shared out by mass and concentration ratio.

    NPLD = k A_L / (m_N + sum r_j m_j); TD_j = r_j NPLD. One lesion is the partition model; r = 1 is the label's formula.

    Parameters
    ----------
    normal_g
        m_N, perfused liver without tumour, g.
    lesion_g
        m_j of each lesion, g.
    ratio
        r_j, tumour-to-normal ratio of concentrations (Bq/g over Bq/g), not of activities.

    Raises
    ------
    QuantityError
        A mass or a ratio that is not above zero; no lesion; another number of ratios than of lesions.

    Notes
    -----
    Each compartment is uniform: nothing is said about D90 or the coldest part.

    Source
    ------
    Ho et al., Eur J Nucl Med 1996;23:947 (one lesion); Moran et al., 2020, PMC7721939 (a ratio per lesion).

    Examples
    --------
    >>> model = Compartments(Gram(1200), (Gram(300),), (4.0,))
    >>> y90 = Nuclide.named("Y-90")
    >>> [round(d, 2) for d in (*model.lesion_doses(Bq(2.85e9), y90), model.normal_dose(Bq(2.85e9), y90))]
    [235.93, 58.98]
    """

    normal_g: Gram
    lesion_g: tuple[Gram, ...]
    ratio: tuple[float, ...]

    def __post_init__(self) -> None:
        require_positive(self.normal_g, what="normal mass (g)")
        if not self.lesion_g or len(self.lesion_g) != len(self.ratio):
            raise QuantityError(
                f"each lesion needs one tumour-to-normal ratio, but there are {len(self.lesion_g)} lesions and {len(self.ratio)} ratios; give one for each",
                code="lesion-ratio-count",
                values={"lesions": len(self.lesion_g), "ratios": len(self.ratio)},
            )
        for mass, ratio in zip(self.lesion_g, self.ratio, strict=True):
            require_positive(mass, what="tumour mass (g)")
            require_positive(ratio, what="tumour-to-normal ratio")

    @property
    def mass_g(self) -> Gram:
        """Return the mass of all compartments, g."""
        return Gram(self.normal_g + sum(self.lesion_g))

    @property
    def weighted_kg(self) -> float:
        """Return m_N + sum r_j m_j, kg: the mass of normal liver that would take the same activity."""
        lesions = sum(m * r for m, r in zip(self.lesion_g, self.ratio, strict=True))
        return (self.normal_g + lesions) / G_PER_KG

    def normal_dose(self, lodging: Bq, nuclide: Nuclide) -> Gy:
        """Return NPLD of the activity that lodges in the liver."""
        return Gy(
            require_positive(lodging, what="activity in the liver (Bq)") * nuclide.joule_per_bq / self.weighted_kg
        )

    def lesion_doses(self, lodging: Bq, nuclide: Nuclide) -> tuple[Gy, ...]:
        """Return TD of each lesion."""
        normal = self.normal_dose(lodging, nuclide)
        return tuple(Gy(r * normal) for r in self.ratio)

    def mean_dose(self, lodging: Bq, nuclide: Nuclide) -> Gy:
        """Return the mean dose of all compartments together, k A_L / m."""
        return perfused_dose(lodging, self.mass_g, nuclide)

    def lodging_for_normal(self, dose: Gy, nuclide: Nuclide) -> Bq:
        """Return the activity in the liver that gives the normal compartment `dose`."""
        return Bq(require_positive(dose, what="normal dose (Gy)") * self.weighted_kg / nuclide.joule_per_bq)

    def lodging_for_lesion(self, dose: Gy, nuclide: Nuclide, *, lesion: int = 0) -> Bq:
        """Return the activity in the liver that gives lesion number `lesion` (from 0) `dose`."""
        require_positive(dose, what="tumour dose (Gy)")
        return self.lodging_for_normal(Gy(dose / self.ratio[lesion]), nuclide)


def body_surface_m2(height_cm: float, weight_kg: float, formula: SurfaceFormula = "dubois") -> float:
    """Return the body surface, m2.

    Du Bois: 0.007184 W^0.425 H^0.725; Mosteller: sqrt(H W / 3600); H in cm, W in kg.

    Source
    ------
    Du Bois and Du Bois, Arch Intern Med 1916;17:863. Mosteller, N Engl J Med 1987;317:1098.

    Examples
    --------
    >>> round(body_surface_m2(180, 80), 3), round(body_surface_m2(180, 80, "mosteller"), 3)
    (1.996, 2.0)
    """
    require_positive(height_cm, what="height (cm)")
    require_positive(weight_kg, what="weight (kg)")
    if not 30 <= height_cm <= 275:
        raise QuantityError(
            f"height must lie from 30 to 275 cm, but is {height_cm:g}; give it in centimetres",
            code="height-range",
            values={"height_cm": height_cm},
        )
    if formula == "mosteller":
        return math.sqrt(height_cm * weight_kg / 3600)
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def body_surface_activity(surface_m2: float, tumour: Ml, liver: Ml) -> Bq:
    """Return the activity of the body-surface method: A [GBq] = BSA - 0.2 + V_T / V_L.

    Parameters
    ----------
    surface_m2
        BSA, m2.
    tumour, liver
        V_T and V_L, mL; the liver includes the tumour.

    Raises
    ------
    QuantityError
        A liver that is not above zero, a tumour below zero or larger than its liver, an activity that is not above zero.

    Notes
    -----
    No dose stands behind it. For lung shunts above 10 % see `shunt_reduction`.

    Source
    ------
    Resin microsphere manual, recalled and not checked against its print (practice.md 2.3): a caller must say so.

    Examples
    --------
    >>> body_surface_activity(1.8, Ml(300), Ml(1500)) / 1e9
    1.8
    """
    require_positive(liver, what="liver volume (mL)")
    if require_not_negative(tumour, what="tumour volume (mL)") > liver:
        raise QuantityError(
            f"liver volume must include the tumour, but liver is {liver:g} mL and tumour {tumour:g} mL; check both",
            code="liver-smaller-than-tumour",
            values={"liver": liver, "tumour": tumour},
        )
    gbq = require_positive(surface_m2, what="body surface (m2)") - 0.2 + tumour / liver
    if gbq <= 0:
        raise QuantityError(
            f"the body-surface method needs a body it was made for, but gives {gbq:.3g} GBq; check height and weight",
            code="body-surface-range",
            values={"gbq": gbq},
        )
    return Bq(gbq * BQ_PER_GBQ)


def shunt_reduction(shunt: Share) -> Share | None:
    """Return by which share the activity of the body-surface method is lowered for a lung shunt; None where nothing is to be given.

    20 % above a shunt of 10 %, 40 % above 15 %, nothing above 20 %.

    Source
    ------
    van Roekel, thesis, p. 41 (second hand; the manual itself was not seen): `data/products.toml`.

    Examples
    --------
    >>> [shunt_reduction(Share(s)) for s in (0.10, 0.12, 0.18, 0.21)]
    [0.0, 0.2, 0.4, None]
    """
    require_share(shunt, what="lung shunt fraction")
    steps = table("products")["resin"]["shunt_reduction"]["steps"]
    less = [step["less"] for step in steps if shunt > step["above"]]
    return None if less and less[-1] >= 1 else Share(less[-1] if less else 0.0)


def conjugate_counts(
    anterior: float, posterior: float, *, background: tuple[float, float], area: float, what: str
) -> float:
    """Return the geometric mean of conjugate counts of one region, background per area taken off each view.

    sqrt((C_a - b_a S) (C_p - b_p S)).

    Raises
    ------
    QuantityError
        Counts that are not a number of zero or more; more background than counts.

    Examples
    --------
    >>> conjugate_counts(900, 400, background=(0, 0), area=0, what="liver")
    600.0
    """
    require_not_negative(area, what=f"area of {what}")
    net = []
    for view, counts, rate in zip(("anterior", "posterior"), (anterior, posterior), background, strict=True):
        require_not_negative(counts, what=f"{view} counts of {what}")
        left = counts - require_not_negative(rate, what=f"{view} background per area") * area
        if left < 0:
            raise QuantityError(
                f"{view} counts of {what} must exceed their background, but are {counts:g} against {counts - left:g}; check counts, background and area",
                code="background-excess",
                values={"counts": counts},
            )
        net.append(left)
    return math.sqrt(net[0] * net[1])


def shunt_of(lung_counts: float, liver_counts: float) -> Share:
    """Return the lung shunt fraction of two conjugate counts: L / (L + V).

    Raises
    ------
    QuantityError
        No counts at all.

    Source
    ------
    Planar geometric mean as in BMC Cancer 2022, s12885-022-10392-y.

    Examples
    --------
    >>> shunt_of(50, 950)
    0.05
    """
    total = require_not_negative(lung_counts, what="lung counts") + require_not_negative(
        liver_counts, what="liver counts"
    )
    if total == 0:
        raise QuantityError(
            "a lung shunt needs counts, but lungs and liver have none; check the regions", code="shunt-counts-absent"
        )
    return Share(lung_counts / total)
