"""How many events and patients the next trial needs: Schoenfeld, Freedman, and the chance of an event under accrual and dropout."""

import math
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class Aim:
    """What a comparison of two arms by the log-rank test should show.

    Parameters
    ----------
    hazard_ratio
        Treated against control, not 1.
    alpha
        Chance of a false positive.
    sides
        1 or 2.
    treated_share
        Share of patients in the treated arm; 0.5 for 1:1.

    Raises
    ------
    EvidenceError
        A ratio of 1 or not above zero; alpha or share outside 0 to 1; other sides.
    """

    hazard_ratio: float
    alpha: float = 0.05
    sides: int = 2
    treated_share: float = 0.5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.hazard_ratio) and self.hazard_ratio > 0) or self.hazard_ratio == 1:
            raise EvidenceError(
                f"the hazard ratio to be shown must be above zero and not 1, but is {self.hazard_ratio:g}; no trial can show a ratio of 1",
                code="hazard-ratio-range",
                values={"hazard_ratio": self.hazard_ratio},
            )
        for name, share in (("alpha", self.alpha), ("share of the treated arm", self.treated_share)):
            _require_inside(share, name)
        if self.sides not in (1, 2):
            raise EvidenceError(f"a test has 1 or 2 sides, but {self.sides} were asked; choose one", code="sides-count")

    @property
    def critical(self) -> float:
        """Return the z beyond which the test is positive."""
        return float(ndtri(1 - self.alpha / self.sides))

    def schoenfeld_events(self, power: float) -> int:
        """Return the events needed: (z_alpha + z_power)^2 / (q (1 - q) ln^2 HR), q the treated share.

        Source
        ------
        Schoenfeld 1981, doi:10.1093/biomet/68.1.316.

        Examples
        --------
        >>> Aim(0.5).schoenfeld_events(0.8)
        66
        """
        q = self.treated_share
        return math.ceil(self._both(power) ** 2 / (q * (1 - q) * math.log(self.hazard_ratio) ** 2))

    def freedman_events(self, power: float) -> int:
        """Return the events needed: (z_alpha + z_power)^2 (1 + r HR)^2 / (r (1 - HR)^2), r treated patients for one control.

        Source
        ------
        Freedman 1982, doi:10.1002/sim.4780010204.

        Examples
        --------
        >>> Aim(0.5).freedman_events(0.8)
        71
        """
        r = self.treated_share / (1 - self.treated_share)
        return math.ceil(self._both(power) ** 2 * (1 + r * self.hazard_ratio) ** 2 / (r * (1 - self.hazard_ratio) ** 2))

    def schoenfeld_power(self, events: float) -> float:
        """Return the power that a number of events gives, by Schoenfeld's formula.

        Raises
        ------
        EvidenceError
            No event.

        Examples
        --------
        >>> round(Aim(0.51).schoenfeld_power(48), 2)
        0.65
        """
        if not (math.isfinite(events) and events >= 1):
            raise EvidenceError(
                f"events must be 1 or more, but are {events:g}; without an event nothing can be shown",
                code="events-count",
                values={"events": events},
            )
        q = self.treated_share
        drift = math.sqrt(events * q * (1 - q)) * abs(math.log(self.hazard_ratio))
        other = float(ndtr(-drift - self.critical)) if self.sides == 2 else 0.0
        return float(ndtr(drift - self.critical)) + other

    def _both(self, power: float) -> float:
        _require_inside(power, "power")
        if power <= self.alpha:
            raise EvidenceError(
                f"power must be above alpha ({self.alpha:g}), but is {power:g}; 0.8 or 0.9 is usual: write per cent as a fraction",
                code="power-range",
                values={"alpha": self.alpha, "power": power},
            )
        return self.critical + float(ndtri(power))


def _require_inside(share: float, name: str) -> None:
    if not 0 < share < 1:
        raise EvidenceError(
            f"{name} must lie between 0 and 1, but is {share:g}; write per cent as a fraction",
            code="share-range",
            values={"share": share},
        )


def event_chance(hazard: float, *, accrual: float, follow_up: float, dropout: float = 0.0) -> float:
    """Return the chance that a patient has the event during the trial.

    h/(h + d) (1 - (e^(-(h + d) F) - e^(-(h + d)(A + F))) / ((h + d) A)), entries uniform over the accrual A, all followed until F
    after its end, hazards of event h and of dropout d constant.

    Parameters
    ----------
    hazard, dropout
        Per unit of time.
    accrual, follow_up
        Time over which patients enter, and time from the last entry to the analysis.

    Raises
    ------
    EvidenceError
        A negative time or hazard; no time at all.

    Source
    ------
    Lachin and Foulkes 1986, doi:10.2307/2531201.

    Examples
    --------
    >>> round(event_chance(0.0693, accrual=0, follow_up=10), 3)
    0.5
    """
    for name, value in (("hazard", hazard), ("accrual", accrual), ("follow-up", follow_up), ("dropout", dropout)):
        if not (math.isfinite(value) and value >= 0):
            raise EvidenceError(
                f"{name} must be zero or more, but is {value:g}; check the entry",
                code="quantity-negative",
                values={"value": value},
            )
    if accrual + follow_up == 0:
        raise EvidenceError(
            "accrual and follow-up must not both be zero: no patient would be observed; give one of them",
            code="observation-empty",
        )
    total = hazard + dropout
    if total == 0:
        return 0.0
    end = math.exp(-total * follow_up)
    if accrual > 0:
        end *= -math.expm1(-total * accrual) / (total * accrual)
    return hazard / total * (1 - end)


def patients_for(
    events: int, aim: Aim, *, control_hazard: float, accrual: float, follow_up: float, dropout: float = 0.0
) -> int:
    """Return how many patients give that many events on average, both arms with constant hazards.

    Raises
    ------
    EvidenceError
        Nobody can have an event in that time.

    Examples
    --------
    >>> patients_for(66, Aim(0.5), control_hazard=0.0648, accrual=24, follow_up=24)
    84
    """
    chances = [
        event_chance(h, accrual=accrual, follow_up=follow_up, dropout=dropout)
        for h in (control_hazard * aim.hazard_ratio, control_hazard)
    ]
    mean = aim.treated_share * chances[0] + (1 - aim.treated_share) * chances[1]
    if mean <= 0:
        raise EvidenceError(
            "no event can happen with these hazards and times; lengthen the follow-up or check the hazard",
            code="events-impossible",
        )
    return math.ceil(events / mean - 1e-9)
