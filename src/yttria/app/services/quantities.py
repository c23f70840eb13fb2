"""Words to quantities: what an option says becomes a value in the house's units, or a refusal."""

import math
from collections.abc import Sequence
from datetime import datetime

from yttria.data import table
from yttria.values.errors import Finding, IntakeError, QuantityError, require_positive
from yttria.values.nuclide import Nuclide
from yttria.values.product import Product
from yttria.values.time import hours_between
from yttria.values.treatment import require_activity, require_lung_mass
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gram, Gy, Share

DEFAULT_LUNG_KG = 1.0
HEAVIEST_G_PER_ML = 25.0  # as in DensityMap: beyond it the unit is wrong
HEAVIEST_KG = 10.0  # no part of a liver weighs more: a guard against grams typed for kilograms


def bq_of(gbq: float, what: str) -> Bq:
    """Return an activity given in GBq, refusing what is not above zero or more than anybody gives."""
    return require_activity(require_positive(gbq, what=f"{what} (GBq)") * BQ_PER_GBQ, what=what)


def gram_of(kg: float, what: str) -> Gram:
    """Return a mass given in kg, refusing what is not above zero or more than any liver weighs.

    Examples
    --------
    >>> gram_of(0.3, "tumour mass")
    300.0
    """
    if require_positive(kg, what=f"{what} (kg)") > HEAVIEST_KG:
        raise QuantityError(
            f"{what} must not exceed {HEAVIEST_KG:g} kg, but is {kg:g} kg; if {kg:g} g is meant, write {kg / G_PER_KG:g}",
            code="mass-range",
            values={"kg": kg},
        )
    return Gram(kg * G_PER_KG)


def one_of(**inputs: float | None) -> tuple[str, float]:
    """Return the name and the value of the one exclusive option that was given.

    Raises
    ------
    IntakeError
        None or several; the options are named.
    """
    names = {name: "--" + name.replace("_", "-") for name in inputs}
    inputs_given = {name: value for name, value in inputs.items() if value is not None}
    if len(inputs_given) != 1:
        text = f"{' and '.join(names[n] for n in inputs_given)} were given" if inputs_given else "none was given"
        raise IntakeError(
            f"exactly one of {', '.join(names.values())} is needed, but {text}; keep one", code="one-quantity-needed"
        )
    return next(iter(inputs_given.items()))


def mass_of(volume_ml: float | None, density_g_per_ml: float | None, mass_kg: float | None) -> Gram:
    """Return the mass, from itself or from volume and density.

    Raises
    ------
    IntakeError, QuantityError
        Both ways or neither; a volume without density; a number that is not above zero; a density above 25 g/mL.
    """
    one_of(mass_kg=mass_kg, volume_ml=volume_ml)
    if mass_kg is not None:
        if density_g_per_ml is not None:
            raise IntakeError(
                "--density-g-per-ml belongs to --volume-ml, but --mass-kg was given; keep one of the two",
                code="quantities-conflict",
            )
        return gram_of(mass_kg, "mass")
    if volume_ml is None or density_g_per_ml is None:
        raise IntakeError(
            "--volume-ml needs --density-g-per-ml, but it was not given; give it (soft tissue is near 1.03)",
            code="density-absent",
        )
    volume = require_positive(volume_ml, what="volume (mL)")
    if require_positive(density_g_per_ml, what="density (g/mL)") > HEAVIEST_G_PER_ML:
        raise QuantityError(
            f"density must be given in g/mL (soft tissue is near 1.03), but is {density_g_per_ml:g}; divide kg/m3 by 1000",
            code="density-range",
            values={"density_g_per_ml": density_g_per_ml},
        )
    return gram_of(volume * density_g_per_ml / G_PER_KG, "mass")


def shunt_or_none(fraction: float | None, findings: list[Finding]) -> Share:
    """Return the lung shunt; 0, with a finding, where it was left out."""
    if fraction is None:
        findings.append(
            Finding("warning", "shunt-absent", "no lung shunt was given, so 0 is used; give --lung-shunt-fraction")
        )
    return Share(0.0 if fraction is None else fraction)


def lungs_or_default(kg: float | None, shunt: Share, findings: list[Finding]) -> Gram:
    """Return the lung mass; 1 kg, with a finding when it matters, where it was left out."""
    if kg is None and shunt > 0:
        findings.append(
            Finding(
                "warning", "lung-mass-default", "lung mass is the 1 kg default; give --lung-mass-kg for this patient's"
            )
        )
    return require_lung_mass(gram_of(DEFAULT_LUNG_KG if kg is None else kg, "lung mass"))


def nuclide_with(name: str, k: float | None) -> Nuclide:
    """Return the nuclide with the chosen dose constant, or with its own."""
    nuclide = Nuclide.named(name)
    return nuclide if k is None else nuclide.with_dose_constant(k)


def lung_finding(dose: Gy) -> list[Finding]:
    """Return a warning where a lung dose exceeds what one session allows."""
    from yttria.planning.rules import limits_for
    from yttria.values.patient import ClinicalFacts, PlanningOptions

    glass = Product.named("glass")
    limits, _ = limits_for(glass, ClinicalFacts(), Share(1.0), PlanningOptions(glass, glass.nuclide))
    return [
        Finding(
            "warning",
            "lung-limit",
            f"lung dose {dose:.1f} Gy exceeds {x.limit_gy:g} Gy ({x.source}); lower the activity",
            {"dose": dose, "limit_gy": x.limit_gy},
        )
        for x in limits
        if x.name == "lung" and dose > x.limit_gy
    ]


def reduction_finding(shunt: float | None, less: Share | None, activity: Bq) -> Finding:
    """Return what the lung shunt asks of an activity by the body-surface method."""
    source = table("products")["resin"]["shunt_reduction"]["source"]
    if shunt is None:
        message = f"no lung shunt was given; above 10 % resin is lowered by 20 %, above 15 % by 40 %, above 20 % it is not given ({source})"
        return Finding("warning", "bsa-shunt-absent", message)
    if less is None:
        message = f"at a lung shunt of {shunt:.1%} (above 20 %) resin is not given ({source})"
        return Finding("warning", "bsa-shunt-forbids", message, {"shunt_fraction": shunt})
    if less > 0:
        message = f"a lung shunt of {shunt:.1%} asks for {less:.0%} less: {activity * (1 - less) / BQ_PER_GBQ:.3f} GBq in place of {activity / BQ_PER_GBQ:.3f} GBq ({source}); activity_gbq is before that"
        return Finding(
            "warning",
            "bsa-shunt-reduction",
            message,
            {"shunt_fraction": shunt, "reduction_fraction": less, "reduced_gbq": activity * (1 - less) / BQ_PER_GBQ},
        )
    return Finding(
        "note",
        "bsa-shunt-low",
        f"a lung shunt of {shunt:.1%} (10 % or less) asks for no reduction ({source})",
        {"shunt": shunt},
    )


def half_life_or_own(hours: float | None) -> tuple[float, str]:
    """Return a half-life, h, and its source; that of 90Y where it was left out."""
    if hours is None:
        y90 = Nuclide.named("Y-90")
        return y90.half_life_h, y90.source
    return require_positive(hours, what="half-life (h)"), "given by the user"


def vials_or_product(text: str | None) -> tuple[Sequence[float], str]:
    """Return vial sizes, GBq, and their source; the glass product's where they were left out.

    Raises
    ------
    IntakeError
        An entry that is not a number.
    """
    if text is None:
        glass = Product.named("glass")
        return glass.vials_gbq, f"sizes of {glass.name}"
    try:
        return [float(word) for word in text.split(",")], "given by the user"
    except ValueError:
        raise IntakeError(
            f"--vials-gbq must be numbers with commas, as 3,5,7, but is {text!r}", code="number-list"
        ) from None


FIRST_YEAR, LAST_YEAR = 1900, 2199  # of an instant; at the ends of the calendar hours cannot be reckoned


def instant_of(text: str, option: str) -> datetime:
    """Return an ISO instant with its zone.

    Raises
    ------
    IntakeError
        Not an ISO instant, one without a zone, or of a year in which nobody was or will be treated.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise IntakeError(
            f"{option} must be an ISO instant with zone, as 2026-11-30T14:00+01:00, but is {text!r}",
            code="instant-value",
        ) from None
    if instant.utcoffset() is None:
        raise IntakeError(
            f"{option} needs its zone, but {text} has none; write {instant.isoformat()}+01:00 or …Z",
            code="instant-time-zone",
        )
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise IntakeError(
            f"{option} must lie in the years {FIRST_YEAR} to {LAST_YEAR}, but is {text}; correct its year",
            code="instant-value",
            values={"year": instant.year},
        )
    return instant


def hours_of(hours: float | None, start: str | None, end: str | None) -> float:
    """Return hours as given, or between two instants.

    Raises
    ------
    IntakeError, QuantityError
        Both ways or neither; one instant alone; an instant without zone; an end before its start.
    """
    if hours is not None and start is None and end is None:
        return hours
    if hours is not None or start is None or end is None:
        raise IntakeError(
            "either --hours is needed, or --from and --to together; give one of the two", code="decay-time-absent"
        )
    first, last = instant_of(start, "--from"), instant_of(end, "--to")
    passed = hours_between(first, last)
    if passed < 0:
        raise QuantityError(
            f"the end must not lie before the start, but {last.isoformat()} is {-passed:.4g} h before {first.isoformat()}; swap them",
            code="instants-order",
            values={"passed": passed},
        )
    return passed


def decayed_fraction(hours: float, half_life_h: float) -> float:
    """Return 1 - 2^(-t/T), exact for short times too."""
    return -math.expm1(-hours / half_life_h * math.log(2))
