"""Doses that are wanted and doses that are forbidden. Doses are named, never bare.

TD index lesion, TD_all all tumours, TD_n lesion n · PLD perfused liver with tumour · NPLD perfused minus tumour ·
WNLD liver minus tumour · WLD whole liver · LD lungs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from yttria.values.errors import QuantityError, require_not_negative, require_positive
from yttria.values.treatment import SHUNT_KEY
from yttria.values.units import Gy

DoseName = str


NO_DOSE = Gy(0.0)


FEW_GY = 10.0  # below it a dose in words has a decimal


DOSE_WORDS: Mapping[DoseName, str] = {
    "TD": "index lesion",
    "TD_all": "all tumours",
    "PLD": "perfused liver",
    "NPLD": "perfused normal liver",
    "WNLD": "whole normal liver",
    "WLD": "whole liver",
    "LD": "lungs",
    "thrombus": "thrombus",
}
"""What a dose name speaks of."""


SITE_VOLUMES: Mapping[str, DoseName] = {
    "lung": "LD",
    "lung-cumulative": "LD",
    "normal-perfused": "NPLD",
    "normal-liver": "WNLD",
    "perfused": "PLD",
    "whole-liver": "WLD",
}
"""Names of limits, a site's too, with the dose that each speaks of."""


LimitState = Literal["holds", "assumed"]


@dataclass(frozen=True, slots=True)
class Aim:
    """A dose that is wanted in a named volume.

    Parameters
    ----------
    volume
        Dose name that it speaks of: TD, PLD …
    dose_gy
        What must be reached.
    wished_gy
        What is wished if the limits allow; None where nothing more is wished.
    source
        Paper, guideline or label with year; or the site's own words.
    tolerance_gy
        How far below `dose_gy` still counts as reached: 20 for "120 +/- 20 Gy".
    sought_gy
        What is sought within the limits as they stand before the way goes on to `wished_gy`; None: the wish itself.
    """

    volume: DoseName
    dose_gy: Gy
    source: str
    wished_gy: Gy | None = None
    tolerance_gy: Gy = NO_DOSE
    sought_gy: Gy | None = None

    def __post_init__(self) -> None:
        require_positive(self.dose_gy, what=f"aim for {self.volume} (Gy)")
        require_not_negative(self.tolerance_gy, what=f"tolerance of the aim for {self.volume} (Gy)")
        if self.wished_gy is not None and not self.wished_gy >= self.dose_gy:
            raise QuantityError(
                f"a wish must not lie below its aim, but {self.wished_gy:g} Gy is wished and {self.dose_gy:g} Gy aimed at in {self.volume}; raise the wish or lower the aim",
                code="wish-below-aim",
                values={"wished_gy": self.wished_gy, "dose_gy": self.dose_gy},
            )

    def reached_by(self, value_gy: float) -> bool:
        """Tell whether a dose meets the aim (to a rounding error)."""
        return value_gy >= (self.dose_gy - self.tolerance_gy) * (1 - 1e-9)


@dataclass(frozen=True, slots=True)
class Limit:
    """A dose that must not be exceeded in a named volume, and when it applies.

    Parameters
    ----------
    name
        Stable name: "lung", "normal-perfused" …
    volume
        Dose name that it speaks of: LD, NPLD, WNLD …
    limit_gy
        The highest dose allowed.
    source
        Paper, guideline or label with year.
    condition
        Why it applies here, in words.
    already_gy
        What the volume has received before: it counts against the limit.
    state
        "holds", or "assumed": the strictest that a missing fact could bring.
    missing
        Keys of case.toml that settle an assumed limit.
    """

    name: str
    volume: DoseName
    limit_gy: Gy
    source: str
    condition: str = ""
    already_gy: Gy = NO_DOSE
    state: LimitState = "holds"
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_positive(self.limit_gy, what=f"limit {self.name} (Gy)")
        require_not_negative(self.already_gy, what=f"dose before, for limit {self.name} (Gy)")

    def is_unknown(self, dose: float) -> bool:
        """Tell whether the dose of this treatment is not known: 0 only because nobody said or measured the shunt."""
        return SHUNT_KEY in self.missing and dose <= 0


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """A limit beside the value that it judges: this treatment's dose and what the volume had before; beside it the same corrected for blur."""

    limit: Limit
    value_gy: Gy
    corrected_gy: Gy | None = None

    @property
    def is_known(self) -> bool:
        """Tell whether the dose of this treatment is known."""
        return not self.limit.is_unknown(self.value_gy - self.limit.already_gy)

    @property
    def holds(self) -> bool:
        """Tell whether the value stays at or below the limit (to a rounding error)."""
        return self.value_gy <= self.limit.limit_gy * (1 + 1e-9)


def unknown_lung_doses(doses_gy: Mapping[DoseName, float], *, shunt_known: bool) -> frozenset[DoseName]:
    """Return the lung doses that are 0 only because nobody gave or measured the shunt.

    Examples
    --------
    >>> sorted(unknown_lung_doses({"TD": 250.0, "LD": 0.0}, shunt_known=False))
    ['LD']
    >>> unknown_lung_doses({"TD": 250.0, "LD": 0.0}, shunt_known=True)
    frozenset()
    """
    if shunt_known:
        return frozenset()
    return frozenset(name for name, dose in doses_gy.items() if name.partition("[")[0] == "LD" and dose <= 0)


def _decimals(value: float, limit: float) -> int:
    """Return how many decimals a dose needs so that it reads as within its limit exactly where it is."""
    first, over = 0 if value >= FEW_GY else 1, value > limit * (1 + 1e-9)
    return next((n for n in range(first, 3) if (round(value, n) > limit) == over), 3)


def limits_in_words(checks: Iterable[LimitCheck]) -> str:
    """Return each limit as value of limit.

    Examples
    --------
    >>> lungs, liver = Limit("lung", "LD", Gy(30), "label"), Limit("normal-liver", "WNLD", Gy(50), "table", state="assumed")
    >>> limits_in_words([LimitCheck(lungs, Gy(7.84)), LimitCheck(liver, Gy(42.2))])
    'lungs 7.8 of 30, whole normal liver 42 of 50 (assumed) Gy'
    >>> limits_in_words([LimitCheck(Limit("normal-liver", "WNLD", Gy(50), "table"), Gy(50.2))])
    'whole normal liver 50.2 of 50 Gy'
    """
    parts = []
    for check in checks:
        limit, value = check.limit, check.value_gy
        whole, bracket, own = limit.volume.partition("[")
        of = " of session " if whole == "LD" else " of "
        volume = DOSE_WORDS.get(whole, whole) + (f"{of}{own.removesuffix(']')}" if bracket else "")
        over = " over all sessions" if limit.name == "lung-cumulative" else ""
        assumed = " (assumed)" if limit.state == "assumed" else ""
        text = f"{value:.{_decimals(value, limit.limit_gy)}f}"
        if not check.is_known:
            text, assumed = "not known", ""
        parts.append(f"{volume}{over} {text} of {limit.limit_gy:g}{assumed}")
    return f"{', '.join(parts)} Gy" if parts else "no limit has a dose here"
