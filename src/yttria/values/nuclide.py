"""Nuclides: half-life, energy per decay and what follows from them."""

import math
from dataclasses import dataclass, replace

from yttria.data import table
from yttria.values.errors import QuantityError, require_positive
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, JOULE_PER_MEV, SECONDS_PER_HOUR, Bq, Gram, Gy


@dataclass(frozen=True, slots=True)
class Nuclide:
    """A radionuclide whose non-penetrating energy stays where it decays.

    Parameters
    ----------
    name
        As "Y-90".
    half_life_h
        Physical half-life, hours.
    joule_per_bq
        Energy that 1 Bq releases near the decay until nothing is left, J/Bq: k = E T / ln 2.
    source
        Where half-life and energy come from.

    Examples
    --------
    >>> y90 = Nuclide.named("Y-90")
    >>> y90.dose_constant_gy_kg_per_gbq
    49.67
    >>> round(y90.remaining(hours=64.05), 3)
    0.5
    """

    name: str
    half_life_h: float
    joule_per_bq: float
    source: str

    def __post_init__(self) -> None:
        require_positive(self.half_life_h, what=f"half-life of {self.name} (h)")
        require_positive(self.joule_per_bq, what=f"energy per Bq of {self.name} (J)")

    @classmethod
    def named(cls, name: str) -> "Nuclide":
        """Return the nuclide of the built-in table.

        Raises
        ------
        QuantityError
            The table has no such nuclide.
        """
        rows = table("nuclides")
        if name not in rows:
            raise QuantityError(
                f"nuclide must be one of {', '.join(rows)}, but is {name}; name one of them", code="nuclide-unknown"
            )
        row = rows[name]
        joule = dose_constant(row["energy_mev"], row["half_life_h"]) / BQ_PER_GBQ
        return cls(name=name, half_life_h=row["half_life_h"], joule_per_bq=joule, source=row["source"])

    @property
    def dose_constant_gy_kg_per_gbq(self) -> float:
        """Return k, Gy kg/GBq (the same number as J/GBq)."""
        return float(f"{self.joule_per_bq * BQ_PER_GBQ:.12g}")

    def with_dose_constant(self, k_gy_kg_per_gbq: float) -> "Nuclide":
        """Return this nuclide with a chosen dose constant, its source from the table where k stands there.

        Raises
        ------
        QuantityError
            A constant that is more than twice or less than half of E T / ln 2: most likely of another unit or nuclide.
        """
        require_positive(k_gy_kg_per_gbq, what="dose constant k (Gy kg/GBq)")
        own = self.dose_constant_gy_kg_per_gbq
        if not own / 2 <= k_gy_kg_per_gbq <= own * 2:
            raise QuantityError(
                f"dose constant k of {self.name} must lie near {own:g} Gy kg/GBq, but is {k_gy_kg_per_gbq:g}; check its unit and the nuclide",
                code="dose-constant-range",
                values={"own": own, "k_gy_kg_per_gbq": k_gy_kg_per_gbq},
            )
        constants = table("nuclides").get(self.name, {}).get("constants", {})
        source = constants.get(f"{k_gy_kg_per_gbq:g}", "given by the user")
        return replace(self, joule_per_bq=k_gy_kg_per_gbq / BQ_PER_GBQ, source=source)

    def remaining(self, *, hours: float) -> float:
        """Return the fraction left after `hours`; before the reference instant (negative) it is above 1."""
        return math.exp2(-hours / self.half_life_h)

    def mean_dose(self, activity: Bq, mass: Gram) -> Gy:
        """Return the mean dose of a mass in which an activity stays until nothing is left: D = k A / m.

        Examples
        --------
        >>> round(Nuclide.named("Y-90").mean_dose(Bq(1e9), Gram(1000.0)), 2)
        49.67
        """
        return Gy(activity * self.joule_per_bq / (mass / G_PER_KG))


def dose_constant(energy_mev: float, half_life_h: float) -> float:
    """Return k = E T / ln 2, Gy kg/GBq, rounded to the four digits that the energy is known to.

    Examples
    --------
    >>> dose_constant(0.932, 64.05)
    49.67
    """
    joule_per_bq = energy_mev * JOULE_PER_MEV * half_life_h * SECONDS_PER_HOUR / math.log(2)
    return float(f"{joule_per_bq * BQ_PER_GBQ:.4g}")
