"""Looking at a trial before its end: boundaries that stop for efficacy, exact by integration over every look, and what stopping does."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from yttria.evidence.design.sequential_path import FAR, SequentialPath
from yttria.values.errors import EvidenceError, numbered

Kind = Literal[
    "pocock", "obrien-fleming", "haybittle-peto", "ld-obrien-fleming", "ld-pocock", "power", "hwang-shih-decani"
]
HAYBITTLE = 3.0
"""Critical value of every look but the last (Haybittle 1971, Br J Radiol 44:793; Peto et al. 1976, Br J Cancer 34:585)."""


@dataclass(frozen=True, slots=True, eq=False)
class Boundary:
    """Where to stop for efficacy.

    Parameters
    ----------
    information
        Information times of the looks, ascending, the last 1.
    z
        Critical values of |Z| (two sides) or Z (one side).
    alpha, sides
        What is spent in all.
    kind
        How it was made.
    """

    information: tuple[float, ...]
    z: tuple[float, ...]
    alpha: float
    sides: int
    kind: Kind

    @property
    def nominal_p(self) -> tuple[float, ...]:
        """Return the P at which each look stops."""
        return tuple(self.sides * float(ndtr(-z)) for z in self.z)

    @property
    def spending(self) -> tuple[float, ...]:
        """Return the alpha spent up to each look."""
        return tuple(float(x) for x in np.cumsum(self.stopping(0.0).crossed))

    def stopping(self, drift: float) -> "Stopping":
        """Return what happens at each look when the truth is `drift`: the mean of Z at the end."""
        return _stopping(self.information, self.z, self.sides, drift)

    def power(self, drift: float) -> float:
        """Return the chance to stop for efficacy on the side of the drift."""
        return sum(self.stopping(drift).right)

    def beyond(self, stage: int, z: float, drift: float) -> float:
        """Return the chance of an outcome as good as stopping at a look with Z = z, or better: an earlier stop is better.

        Source
        ------
        Stagewise ordering: Tsiatis, Rosner and Mehta 1984, doi:10.2307/2531078.
        """
        path, chance = SequentialPath.start(drift), 0.0
        for time, critical in zip(self.information[:stage], self.z, strict=False):
            chance += path.above(time, critical)
            path = self._goes_on(path, time, critical)
        return chance + path.above(self.information[stage], z)

    def stopping_at(self, stage: int, drift: float) -> tuple[float, float]:
        """Return the chance to stop for efficacy at one look, and the mean of the estimated drift among those trials."""
        path = SequentialPath.start(drift)
        for time, critical in zip(self.information[:stage], self.z, strict=False):
            path = self._goes_on(path, time, critical)
        time, critical = self.information[stage], self.z[stage]
        above = path.above(time, critical)
        return above, path.mean_above(time, critical) / above / math.sqrt(time) if above > 1e-300 else math.nan

    def mean_estimate(self, drift: float) -> float:
        """Return the mean of the estimated drift over all trials, each estimated where it stops.

        Examples
        --------
        >>> limits = boundary("obrien-fleming", [0.5, 1])
        >>> abs(limits.mean_estimate(0.0)) < 1e-12, limits.mean_estimate(2.8) > 2.8
        (True, True)
        """
        path, mean = SequentialPath.start(drift), 0.0
        for time, critical in zip(self.information[:-1], self.z, strict=False):
            high, low = path.mean_above(time, critical), 0.0
            if self.sides == 2:
                low = path.mean_below(time, -critical)
            mean += (high + low) / math.sqrt(time)
            path = self._goes_on(path, time, critical)
        return mean + path.mean(self.information[-1]) / math.sqrt(self.information[-1])

    def _goes_on(self, path: SequentialPath, time: float, critical: float) -> SequentialPath:
        """Return the paths that do not stop at a look."""
        return path.between(time, -critical if self.sides == 2 else -math.inf, critical)

    def drift_for(self, power: float) -> float:
        """Return the drift that is found with this power.

        Raises
        ------
        EvidenceError
            A power outside alpha to 1.
        """
        if not self.alpha < power < 1:
            raise EvidenceError(
                f"power must lie between alpha ({self.alpha:g}) and 1, but is {power:g}; write per cent as a fraction",
                code="power-range",
                values={"alpha": self.alpha, "power": power},
            )
        return float(brentq(lambda d: self.power(d) - power, 0.0, 15.0, xtol=1e-12))

    def inflation(self, power: float) -> float:
        """Return the greatest information needed, over that of a trial without looks and with the same alpha and power."""
        fixed = float(ndtri(1 - self.alpha / self.sides) + ndtri(power))
        return (self.drift_for(power) / fixed) ** 2


@dataclass(frozen=True, slots=True)
class Stopping:
    """Chances and estimates at each look under one truth.

    Parameters
    ----------
    crossed
        Chance to stop at each look, either side.
    right
        Chance to stop on the side of the drift.
    estimate
        Mean of the estimated drift among the trials that stop there on that side; NaN where none does.
    expected_information
        Information used on average.
    """

    crossed: tuple[float, ...]
    right: tuple[float, ...]
    estimate: tuple[float, ...]
    expected_information: float


def boundary(
    kind: Kind, information: Sequence[float], *, alpha: float = 0.05, sides: int = 2, shape: float | None = None
) -> Boundary:
    """Return the boundary of a kind at these looks, spending exactly alpha.

    Parameters
    ----------
    kind
        pocock (z_k = c), obrien-fleming (z_k = c / sqrt(t_k)), haybittle-peto (3, and what is left at the last look); or by a spending function of Lan and DeMets: ld-obrien-fleming
        (2 - 2 Phi(z_{a/2} / sqrt(t)), a = alpha / sides, once a side), ld-pocock (alpha ln(1 + (e - 1) t)), power (alpha t^shape),
        hwang-shih-decani (alpha (1 - e^(-shape t)) / (1 - e^(-shape))).
    information
        Information times of the looks: ascending shares of the events, the last 1.
    alpha
        Spent in all.
    sides
        1 or 2 (symmetric).
    shape
        Of power (3 when None) and hwang-shih-decani (-4 when None).

    Raises
    ------
    EvidenceError
        Times that do not ascend to 1, an alpha outside 0 to 1, other sides, a shape that cannot be or that the kind has not.

    Source
    ------
    Pocock 1977, doi:10.1093/biomet/64.2.191; O'Brien and Fleming 1979, doi:10.2307/2530245; Haybittle 1971; Lan and DeMets 1983,
    doi:10.1093/biomet/70.3.659; Hwang, Shih and DeCani 1990; Armitage, McPherson and Rowe 1969, doi:10.2307/2343787.

    Examples
    --------
    >>> [round(z, 3) for z in boundary("pocock", [0.5, 1]).z], [round(z, 3) for z in boundary("obrien-fleming", [0.5, 1]).z]
    ([2.178, 2.178], [2.797, 1.977])
    """
    times = _looks(information)
    if not 0 < alpha < 1:
        raise EvidenceError(
            f"alpha must lie between 0 and 1, but is {alpha:g}; write per cent as a fraction",
            code="alpha-range",
            values={"alpha": alpha},
        )
    if sides not in (1, 2):
        raise EvidenceError(f"a boundary has 1 or 2 sides, but {sides} were asked; choose one", code="sides-count")
    if shape is not None and kind not in ("power", "hwang-shih-decani"):
        raise EvidenceError(
            f"{kind} has no shape, but {shape:g} was given; leave it out, or choose power",
            code="boundary-shape",
            values={"shape": shape},
        )
    if kind == "haybittle-peto":
        return Boundary(times, _haybittle(times, alpha, sides), alpha, sides, kind)
    if kind in ("pocock", "obrien-fleming"):
        shape_of = [1.0 if kind == "pocock" else 1 / math.sqrt(t) for t in times]
        constant = brentq(
            lambda c: sum(_stopping(times, [c * s for s in shape_of], sides, 0.0).crossed) - alpha,
            0.1,
            12.0,
            xtol=1e-12,
        )
        return Boundary(times, tuple(float(constant) * s for s in shape_of), alpha, sides, kind)
    spending = spending_function(kind, alpha, sides, shape)
    return Boundary(times, _spending_boundary(times, spending, sides), alpha, sides, kind)


def _haybittle(times: Sequence[float], alpha: float, sides: int) -> tuple[float, ...]:
    """Return 3 at every look but the last, and there what keeps alpha."""
    early = [HAYBITTLE] * (len(times) - 1)
    alpha_before = sum(_stopping(times, [*early, FAR], sides, 0.0).crossed)
    if alpha_before >= alpha:
        raise EvidenceError(
            f"looks at z = {HAYBITTLE:g} spend {alpha_before:.4f}, which leaves nothing of alpha {alpha:g} for the end; take another kind",
            code="alpha-spent",
            values={"spent": alpha_before, "alpha": alpha},
        )
    last = brentq(lambda c: sum(_stopping(times, [*early, c], sides, 0.0).crossed) - alpha, 0.0, FAR, xtol=1e-12)
    return (*early, float(last))


def _looks(information: Sequence[float]) -> tuple[float, ...]:
    times = tuple(float(t) for t in information)
    if not times or any(not 0 < t <= 1 for t in times) or any(b <= a for a, b in pairwise(times)):
        raise EvidenceError(
            f"information times must ascend within 0 to 1, but are {', '.join(f'{t:g}' for t in times) or 'none'}",
            code="information-order",
            values=numbered("information", times),
        )
    if abs(times[-1] - 1) > 1e-12:
        raise EvidenceError(
            f"the last look is the end of the trial, at information 1, but is {times[-1]:g}; divide by it",
            code="information-end",
            values={"last_share": times[-1]},
        )
    return times


def spending_function(kind: Kind, alpha: float, sides: int, shape: float | None) -> Callable[[float], float]:
    """Return the alpha spent up to an information time."""
    if kind == "ld-obrien-fleming":
        quantile = float(ndtri(1 - alpha / sides / 2))
        return lambda t: sides * 2 * float(ndtr(-quantile / math.sqrt(t)))
    if kind == "ld-pocock":
        return lambda t: alpha * math.log1p((math.e - 1) * t)
    if kind == "power":
        rho = 3.0 if shape is None else shape
        if not rho > 0:
            raise EvidenceError(
                f"the power of a spending function must be above zero, but is {rho:g}; 1 to 3 is usual",
                code="spending-power-range",
                values={"rho": rho},
            )
        return lambda t: alpha * t**rho
    gamma = -4.0 if shape is None else shape
    if gamma == 0:
        return lambda t: alpha * t
    return lambda t: alpha * math.expm1(-gamma * t) / math.expm1(-gamma)


def _spending_boundary(times: Sequence[float], spending: Callable[[float], float], sides: int) -> tuple[float, ...]:
    """Return critical values look by look, each spending what is due at it."""
    results: list[float] = []
    path = SequentialPath.start(0.0)
    before = 0.0
    for time in times:
        due = max(spending(time) - before, 0.0)
        before += due
        if due < 1e-15:
            results.append(FAR)
        else:
            results.append(float(brentq(_missing, 0.0, FAR, args=(path, time, due, sides), xtol=1e-12)))
        path = path.between(time, -results[-1] if sides == 2 else -math.inf, results[-1])
    return tuple(results)


def _missing(critical: float, path: SequentialPath, time: float, due: float, sides: int) -> float:
    """Return by how much a critical value spends more than is due."""
    return path.above(time, critical) + (path.below(time, -critical) if sides == 2 else 0.0) - due


def _stopping(times: Sequence[float], z: Sequence[float], sides: int, drift: float) -> Stopping:
    path = SequentialPath.start(abs(drift))
    crossed, right, estimate = [], [], []
    for time, critical in zip(times, z, strict=True):
        above = path.above(time, critical)
        below = path.below(time, -critical) if sides == 2 else 0.0
        crossed.append(above + below)
        right.append(above)
        estimate.append(path.mean_above(time, critical) / above / math.sqrt(time) if above > 1e-300 else math.nan)
        path = path.between(time, -critical if sides == 2 else -math.inf, critical)
    last = 1 - sum(crossed[:-1])
    used = sum(t * p for t, p in zip(times[:-1], crossed[:-1], strict=True)) + times[-1] * last
    return Stopping(tuple(crossed), tuple(right), tuple(estimate), used)
