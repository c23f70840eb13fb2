"""Group-sequential designs that stop for futility too: one-sided, by a spending function of beta or by conditional power."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.optimize import brentq
from scipy.special import ndtri

from yttria.evidence.design.group_sequential import HAYBITTLE, Kind, boundary, spending_function
from yttria.evidence.design.sequential_path import FAR, SequentialPath
from yttria.values.errors import EvidenceError

Futility = Literal["beta:obf", "beta:pocock", "conditional"]
STEP = 1.1
"""Ratio of the steps in which the drift of a design is looked for, from that of the fixed design upwards."""


@dataclass(frozen=True, slots=True)
class StoppingChances:
    """Chances at each look under one truth.

    Parameters
    ----------
    efficacy, futility
        Chance to stop at each look for either; at the last look every trial stops.
    expected_information
        Information used on average.
    """

    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    expected_information: float


@dataclass(frozen=True, slots=True)
class FutilityDesign:
    """A one-sided design with two boundaries that meet at its end.

    Parameters
    ----------
    information
        Information times of the looks, ascending, the last 1.
    efficacy, futility
        Critical values of Z: from `efficacy` on the trial stops as positive, at or below `futility` as futile.
    alpha, power
        One-sided error, and power at `drift`.
    drift
        Mean of Z at the end that is found with this power, stops for futility counted.
    binding
        Whether a trial must stop for futility, so that alpha may count on it.
    """

    information: tuple[float, ...]
    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    alpha: float
    power: float
    drift: float
    binding: bool

    def stopping(self, drift: float) -> StoppingChances:
        """Return what happens at each look when the truth is `drift`, stops for futility counted."""
        return _stopping(self.information, self.efficacy, self.futility, drift)

    @property
    def alpha_spent(self) -> tuple[float, ...]:
        """Return the alpha spent up to each look; where futility does not bind, as if no trial stopped for it."""
        never = [-math.inf] * (len(self.information) - 1) + [self.futility[-1]]
        lower = self.futility if self.binding else never
        return _sums(_stopping(self.information, self.efficacy, lower, 0.0).efficacy)

    @property
    def beta_spent(self) -> tuple[float, ...]:
        """Return the beta spent up to each look, at the drift of the design."""
        return _sums(self.stopping(self.drift).futility)

    @property
    def inflation(self) -> float:
        """Return the greatest information needed, over that of a trial without looks and with the same alpha and power."""
        return (self.drift / float(ndtri(1 - self.alpha) + ndtri(self.power))) ** 2


def futility_design(
    kind: Kind,
    futility: Futility,
    information: Sequence[float],
    *,
    alpha: float = 0.025,
    power: float = 0.8,
    binding: bool = False,
    conditional_power: float = 0.2,
) -> FutilityDesign:
    """Return a one-sided design with both boundaries.

    Parameters
    ----------
    kind
        Of the efficacy boundary, as `boundary` takes it, without a shape.
    futility
        beta:obf (beta(t) = 2 - 2 Phi(z_{beta/2} / sqrt(t))), beta:pocock (beta ln(1 + (e - 1) t)), or conditional: stop where the
        chance to be positive at the end, should the trend seen go on, is below `conditional_power`:
        z = sqrt(t) (u + sqrt(1 - t) Phi^-1(conditional power)), u the last critical value.
    information
        Information times of the looks: ascending shares, the last 1.
    alpha, power
        One-sided error, and power.
    binding
        Whether alpha counts on the stops for futility; never for conditional power.
    conditional_power
        Of conditional alone.

    Raises
    ------
    EvidenceError
        A power that is not above alpha, a conditional power outside 0 to 1, one that binds, boundaries that cross before the end.

    Source
    ------
    Pampallona, Tsiatis and Kim 2001, Drug Inf J 35:1113; conditional power: Lachin 2005, Stat Med 24:2747. Referee: R rpact.

    Examples
    --------
    >>> design = futility_design("ld-obrien-fleming", "beta:obf", [0.5, 1])
    >>> [round(z, 3) for z in design.efficacy], [round(z, 3) for z in design.futility]
    ([2.963, 1.969], [0.559, 1.969])
    """
    if not alpha < power < 1:
        raise EvidenceError(
            f"power must lie between alpha ({alpha:g}) and 1, but is {power:g}; write per cent as a fraction",
            code="power-range",
            values={"alpha": alpha, "power": power},
        )
    plain = boundary(kind, information, alpha=alpha, sides=1)
    times, fixed = plain.information, float(ndtri(1 - alpha) + ndtri(power))
    if futility == "conditional":
        if binding:
            raise EvidenceError(
                "a limit by conditional power never binds, but --binding true was asked; leave it out",
                code="futility-never-binding",
            )
        lower = _conditional(times, plain.z, conditional_power)
        drift = _root(lambda d: sum(_stopping(times, plain.z, lower, d).efficacy) - power, fixed)
        return FutilityDesign(times, plain.z, lower, alpha, power, drift, binding=False)
    beta = spending_function("ld-obrien-fleming" if futility == "beta:obf" else "ld-pocock", 1 - power, 1, None)
    due = [beta(t) for t in times]
    search = _Search(kind, times, alpha, tuple(due), plain.z, binding)
    drift = _root(search.missed, fixed)
    upper, lower = search.boundaries(drift)
    return FutilityDesign(times, upper, lower, alpha, power, drift, binding)


def _conditional(times: Sequence[float], upper: Sequence[float], power: float) -> tuple[float, ...]:
    """Return the limits by conditional power under the trend seen; the last is the critical value itself."""
    if not 0 < power < 1:
        raise EvidenceError(
            f"conditional power must lie between 0 and 1, but is {power:g}; 0.1 to 0.3 is usual",
            code="conditional-power-range",
            values={"power": power},
        )
    lower = [math.sqrt(t) * (upper[-1] + math.sqrt(1 - t) * float(ndtri(power))) for t in times[:-1]]
    for time, low, high in zip(times, lower, upper, strict=False):
        if low >= high:
            raise EvidenceError(
                f"at information {time:g} the limit for futility ({low:.3f}) lies above that for efficacy ({high:.3f}); take a lower conditional power",
                code="futility-above-efficacy",
                values={"time": time, "low": low, "high": high},
            )
    return (*lower, upper[-1])


@dataclass(frozen=True, slots=True)
class _Search:
    """Both boundaries as functions of the drift."""

    kind: Kind
    times: tuple[float, ...]
    alpha: float
    beta: tuple[float, ...]
    plain: tuple[float, ...]
    binding: bool

    def missed(self, drift: float) -> float:
        """Return by how much the power at this drift exceeds the one wanted."""
        upper, lower = self.boundaries(drift)
        return sum(_stopping(self.times, upper, lower, drift).efficacy) - (1 - self.beta[-1])

    def boundaries(self, drift: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the limits for efficacy and for futility, which are one at the last look."""
        if not self.binding:
            return self.plain, self._futility(drift, self.plain)
        if self.kind in ("pocock", "obrien-fleming", "haybittle-peto"):
            constant = float(brentq(lambda c: self._excess(drift, c), 0.5, FAR, xtol=1e-12))
            upper = self._scaled(constant)
            return upper, self._futility(drift, upper)
        return self._spending_boundaries(drift)

    def _scaled(self, constant: float) -> tuple[float, ...]:
        """Return the boundary of a kind that has one constant."""
        if self.kind == "haybittle-peto":
            return (*[HAYBITTLE] * (len(self.times) - 1), constant)
        return tuple(constant if self.kind == "pocock" else constant / math.sqrt(t) for t in self.times)

    def _excess(self, drift: float, constant: float) -> float:
        """Return by how much a constant spends more than alpha when futility binds."""
        upper = self._scaled(constant)
        return sum(_stopping(self.times, upper, self._futility(drift, upper), 0.0).efficacy) - self.alpha

    def _futility(self, drift: float, upper: Sequence[float]) -> tuple[float, ...]:
        """Return the limits for futility that spend what is due of beta at each look."""
        lower: list[float] = []
        path, before = SequentialPath.start(drift), 0.0
        for time, high, share in zip(self.times[:-1], upper, self.beta, strict=False):
            lower.append(_lower(path, time, high, share - before))
            before = share
            path = path.between(time, lower[-1], high)
        return (*lower, upper[-1])

    def _spending_boundaries(self, drift: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return both boundaries look by look, each spending what is due on the paths that go on."""
        spending = spending_function(self.kind, self.alpha, 1, None)
        null, true = SequentialPath.start(0.0), SequentialPath.start(drift)
        upper: list[float] = []
        lower: list[float] = []
        alpha, beta = 0.0, 0.0
        for time, share in zip(self.times, self.beta, strict=True):
            upper.append(_upper(null, time, spending(time) - alpha))
            lower.append(_lower(true, time, upper[-1], share - beta) if time < 1 else upper[-1])
            alpha, beta = spending(time), share
            null, true = (path.between(time, lower[-1], upper[-1]) for path in (null, true))
        return tuple(upper), tuple(lower)


def _upper(path: SequentialPath, time: float, due: float) -> float:
    """Return the critical value that spends what is due of alpha."""
    if due < 1e-15 or path.above(time, FAR) >= due:
        return FAR
    if path.above(time, -FAR) <= due:  # almost every path has stopped: a drift that no design has
        return -FAR
    return float(brentq(lambda z: path.above(time, z) - due, -FAR, FAR, xtol=1e-12))


def _lower(path: SequentialPath, time: float, high: float, due: float) -> float:
    """Return the limit at or below which what is due of beta is spent; never above the limit for efficacy."""
    if path.below(time, high) <= due:
        return high
    low = -FAR
    if high <= low or path.below(time, low) >= due:
        return min(low, high)
    return float(brentq(lambda z: path.below(time, z) - due, low, high, xtol=1e-12))


def _root(excess: Callable[[float], float], fixed: float) -> float:
    """Return the drift at which the power is the one wanted; `fixed` is that of a trial without looks, which is smaller."""
    low = high = fixed * (1 - 1e-9)
    while excess(high) < 0:
        low, high = high, high * STEP
        if high > STEP**20 * fixed:
            raise EvidenceError(
                "no drift gives the power wanted with these limits: they stop too many trials; take looser limits for futility",
                code="futility-too-strict",
            )
    return high if low == high else float(brentq(excess, low, high, xtol=1e-11))


def _stopping(times: Sequence[float], upper: Sequence[float], lower: Sequence[float], drift: float) -> StoppingChances:
    """Return the chances to stop at each look; at the last, what is not positive is futile."""
    path = SequentialPath.start(drift)
    positive, futile = [], []
    for time, high, low in zip(times, upper, lower, strict=True):
        positive.append(path.above(time, high))
        futile.append(path.below(time, low) if math.isfinite(low) else 0.0)
        path = path.between(time, low, high)
    used = sum(t * (p + f) for t, p, f in zip(times, positive, futile, strict=True))
    return StoppingChances(tuple(positive), tuple(futile), used)


def _sums(values: Sequence[float]) -> tuple[float, ...]:
    """Return running sums."""
    return tuple(float(sum(values[: k + 1])) for k in range(len(values)))
