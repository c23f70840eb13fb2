"""What is given and where it lodges: an activity at an instant, the lung shunt, the mass of the lungs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from yttria.values.errors import QuantityError, require_not_negative, require_positive, require_share
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gram, Share

ShuntMethod = Literal["given", "planar", "spect", "absent"]
SHUNT_KEY = "[shunt] fraction"
"""The line of case.toml that settles a lung shunt that is neither given nor measured."""


@dataclass(frozen=True, slots=True)
class LungShunt:
    """The share of the administered activity that lodges in the lungs, how it is known, and the mass it is spread over.

    Parameters
    ----------
    fraction
        0..1.
    method
        given, planar, spect or absent.
    lung_mass_g
        Mass for the lung dose, g.
    lung_mass_source
        "CT", "given" or "default 1000 g".
    uncertainty
        Standard uncertainty of `fraction`, absolute.
    judged
        The pair of shunt and mass that the lung dose stands on, where it is another than this one.
    """

    fraction: Share
    method: ShuntMethod
    lung_mass_g: Gram
    lung_mass_source: str
    uncertainty: float = 0.0
    detail: Mapping[str, float] = field(default_factory=dict)
    judged: "LungShunt | None" = None

    @property
    def lung_pair(self) -> "LungShunt":
        """Return the shunt and mass that the lung dose stands on."""
        return self.judged or self

    def __post_init__(self) -> None:
        require_share(self.fraction, what="lung shunt fraction")
        require_positive(self.lung_mass_g, what="lung mass (g)")
        require_not_negative(self.uncertainty, what="uncertainty of the lung shunt")


MOST_ACTIVITY = Bq(100e9)
"""Five of the largest vials (20 GBq: NRC registry NR-0220-D-849-S): a guard against MBq typed for GBq."""


def require_activity(value: float, *, what: str) -> Bq:
    """Return an activity, Bq, refusing what is not above zero, or more than anybody gives.

    Raises
    ------
    QuantityError
        Not above zero; above 100 GBq.

    Examples
    --------
    >>> require_activity(3e9, what="administered activity")
    3000000000.0
    """
    require_positive(value, what=f"{what} (Bq)")
    if value > MOST_ACTIVITY:
        raise QuantityError(
            f"{what} must not exceed {MOST_ACTIVITY / BQ_PER_GBQ:g} GBq, but is {value / BQ_PER_GBQ:g} GBq; if {value / BQ_PER_GBQ:g} MBq is meant, write {value / BQ_PER_GBQ / 1000:g}",
            code="activity-range",
            values={"value_gbq": value / BQ_PER_GBQ},
        )
    return Bq(float(value))


LUNG_MASS_G = (100.0, 5000.0)
"""What lungs can weigh, from a small child's to an adult's flooded ones: a guard against grams typed for kilograms."""


def require_lung_mass(value: float) -> Gram:
    """Return a lung mass, g, refusing what no lungs weigh.

    Raises
    ------
    QuantityError
        Below 0.1 or above 5 kg.

    Examples
    --------
    >>> require_lung_mass(1000.0)
    1000.0
    """
    low, high = LUNG_MASS_G
    if not low <= value <= high:
        raise QuantityError(
            f"a lung mass must lie from {low / G_PER_KG:g} to {high / G_PER_KG:g} kg, but is {value / G_PER_KG:g} kg; check its unit",
            code="lung-mass-range",
            values={"value_kg": value / G_PER_KG, "least_kg": low / G_PER_KG, "most_kg": high / G_PER_KG},
        )
    return Gram(value)


@dataclass(frozen=True, slots=True)
class Administration:
    """What was given: activity in the patient, Bq, at an instant with its zone."""

    activity_bq: Bq
    at: datetime | None = None

    def __post_init__(self) -> None:
        require_activity(self.activity_bq, what="administered activity")
