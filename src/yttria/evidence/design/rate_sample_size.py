"""How many patients a comparison of two response rates needs: the normal approximation, with continuity correction, Fisher's exact test."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtr, ndtri

from yttria.values.errors import EvidenceError

Method = Literal["normal", "continuity", "fisher"]
ROUNDING = 1e-9
"""Patients by which a computed number may exceed a whole one and still be taken for it."""
TIE = 1 + 1e-7
"""Tables whose probability exceeds the observed one by less than this factor count as equally probable, as R's fisher.test has it."""
MOST = 1500
"""Patients of the control arm up to which the exact power is searched."""


@dataclass(frozen=True, slots=True)
class RateComparison:
    """A comparison of two response rates.

    Parameters
    ----------
    control, treated
        Response rates.
    alpha, sides
        Of the test.
    allocation
        Treated patients for one control.

    Raises
    ------
    EvidenceError
        Rates, alpha or allocation that cannot be; equal rates.
    """

    control: float
    treated: float
    alpha: float = 0.05
    sides: int = 2
    allocation: float = 1.0

    def __post_init__(self) -> None:
        for name, value in (("rate of the control arm", self.control), ("rate of the treated arm", self.treated)):
            if not 0 <= value <= 1:
                raise EvidenceError(
                    f"{name} must lie from 0 to 1, but is {value:g}; write per cent as a fraction",
                    code="share-range",
                    values={"value": value},
                )
        if self.control == self.treated:
            raise EvidenceError(
                f"the two rates must differ, but both are {self.control:g}; no trial can show a difference of nothing",
                code="rates-equal",
                values={"control": self.control},
            )
        if not 0 < self.alpha < 1:
            raise EvidenceError(
                f"alpha must lie between 0 and 1, but is {self.alpha:g}; write per cent as a fraction",
                code="alpha-range",
                values={"alpha": self.alpha},
            )
        if self.sides not in (1, 2):
            raise EvidenceError(f"a test has 1 or 2 sides, but {self.sides} were asked; choose one", code="sides-count")
        if not (math.isfinite(self.allocation) and self.allocation > 0):
            raise EvidenceError(
                f"allocation must be above zero, but is {self.allocation:g}; write treated over control, as 2 for 2:1",
                code="allocation-range",
                values={"allocation": self.allocation},
            )

    @property
    def difference(self) -> float:
        """Return the absolute difference of the rates."""
        return abs(self.treated - self.control)

    def normal_control_n(self, power: float) -> float:
        """Return the control patients needed, unrounded: the test's variance pooled under no difference, unpooled under the rates.

        n0 = (z_alpha sqrt(p q (1 + 1/r)) + z_power sqrt(p1 q1 / r + p0 q0))^2 / d^2, p = (r p1 + p0) / (r + 1), r the allocation.

        Source
        ------
        Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, chapter 4; rpact's getSampleSizeRates.
        """
        if not self.alpha < power < 1:
            raise EvidenceError(
                f"power must lie between alpha ({self.alpha:g}) and 1, but is {power:g}; write per cent as a fraction",
                code="power-range",
                values={"alpha": self.alpha, "power": power},
            )
        r = self.allocation
        pooled = (r * self.treated + self.control) / (r + 1)
        null = math.sqrt(pooled * (1 - pooled) * (1 + 1 / r))
        true = math.sqrt(self.treated * (1 - self.treated) / r + self.control * (1 - self.control))
        return ((self._critical * null + float(ndtri(power)) * true) / self.difference) ** 2

    def continuity_control_n(self, power: float) -> float:
        """Return the control patients needed, unrounded, with the continuity correction: n/4 (1 + sqrt(1 + 2 (r + 1)/(n r d)))^2.

        Source
        ------
        Fleiss, Tytun and Ury 1980, doi:10.2307/2529990.
        """
        n, r = self.normal_control_n(power), self.allocation
        return n / 4 * (1 + math.sqrt(1 + 2 * (r + 1) / (n * r * self.difference))) ** 2

    def normal_power(self, treated: int, control: int, *, correction: bool = False) -> float:
        """Return the power of the normal approximation with these numbers of patients, in the direction of the difference."""
        pooled = (treated * self.treated + control * self.control) / (treated + control)
        null = math.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
        true = math.sqrt(self.treated * (1 - self.treated) / treated + self.control * (1 - self.control) / control)
        lost = (1 / treated + 1 / control) / 2 if correction else 0.0
        above = self.difference - lost - self._critical * null
        return float(ndtr(above / true)) if true > 0 else float(above >= 0)

    def fisher_power(self, treated: int, control: int) -> float:
        """Return the exact power: the probability of a table on which fisher.test's P is at most alpha, by enumeration.

        One-sided, the test looks in the direction of the difference.
        """
        rejected = self._rejected(treated, control)
        return float(_binomial(treated, self.treated) @ rejected @ _binomial(control, self.control))

    @property
    def _critical(self) -> float:
        return float(ndtri(1 - self.alpha / self.sides))

    def _rejected(self, treated: int, control: int) -> NDArray[np.float64]:
        """Return which tables reject, shape (treated + 1, control + 1), by responders of each arm."""
        rejected = np.zeros((treated + 1, control + 1))
        ways_treated, ways_control = _ways(treated), _ways(control)
        for total in range(treated + control + 1):
            x = np.arange(max(0, total - control), min(treated, total) + 1)
            log_p = ways_treated[x] + ways_control[total - x]
            p = np.exp(log_p - log_p.max())
            p /= p.sum()
            rejected[x, total - x] = self._p_value(p) <= self.alpha
        return rejected

    def _p_value(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the P of each table of one margin, by responders of the treated arm."""
        if self.sides == 1:
            return p[::-1].cumsum()[::-1] if self.treated > self.control else p.cumsum()
        ranked = np.sort(p)
        sums = np.append(0.0, ranked.cumsum())
        values: NDArray[np.float64] = sums[np.searchsorted(ranked, p * TIE, side="right")]
        return values


@dataclass(frozen=True, slots=True)
class RateSampleSize:
    """Patients of each arm, and the power that these whole numbers have by the method's own formula."""

    treated: int
    control: int
    power: float


def rate_sample_size(comparison: RateComparison, power: float, *, method: Method = "normal") -> RateSampleSize:
    """Return the patients needed to show a difference of two response rates.

    Parameters
    ----------
    comparison
        Rates, test, allocation.
    power
        Wanted.
    method
        normal: each arm rounded up; continuity: with the correction of Fleiss, Tytun and Ury; fisher: the smallest control arm at
        which the exact power reaches the one wanted, the treated arm being allocation times it, rounded up.

    Raises
    ------
    EvidenceError
        A power that is not above alpha; more than MOST control patients for the exact search.

    Examples
    --------
    >>> rate_sample_size(RateComparison(0.36, 0.71), 0.8)
    RateSampleSize(treated=31, control=31, power=0.804...)
    """
    if method == "fisher":
        return _exact_sample_size(comparison, power)
    correction = method == "continuity"
    n = comparison.continuity_control_n(power) if correction else comparison.normal_control_n(power)
    treated, control = _up(comparison.allocation * n), _up(n)
    return RateSampleSize(treated, control, comparison.normal_power(treated, control, correction=correction))


def _exact_sample_size(comparison: RateComparison, power: float) -> RateSampleSize:
    """Return the smallest control arm that reaches the power; none smaller than half the normal one does."""
    expected = comparison.normal_control_n(power)
    if expected > MOST / 1.3:
        raise EvidenceError(
            f"the exact power is searched up to {MOST} control patients, but about {expected:.0f} are needed; take --method continuity",
            code="exact-power-too-large",
            values={"expected": expected},
        )
    for control in range(1, MOST + 1):
        treated = _up(comparison.allocation * control)
        if _most_power(comparison, treated, control) < power:
            continue
        result = comparison.fisher_power(treated, control)
        if result >= power:
            return RateSampleSize(treated, control, result)
    raise EvidenceError(
        f"the exact power does not reach {power:g} with {MOST} control patients; take --method continuity",
        code="exact-power-unreached",
        values={"power": power},
    )


def _most_power(comparison: RateComparison, treated: int, control: int) -> float:
    """Return a bound of the power of every test of this level, by the likelihood ratio of the two rates against one common rate."""
    r = treated / control
    common = (r * comparison.treated + comparison.control) / (r + 1)
    if common in (0, 1):
        return 1.0
    true = np.multiply.outer(_binomial(treated, comparison.treated), _binomial(control, comparison.control)).ravel()
    null = np.multiply.outer(_binomial(treated, common), _binomial(control, common)).ravel()
    order = np.argsort(null / np.maximum(true, 1e-300))
    size = np.searchsorted(null[order].cumsum(), comparison.alpha)
    return float(true[order][: size + 1].sum())


def _ways(n: int) -> NDArray[np.float64]:
    """Return the logarithms of n over 0 … n."""
    k = np.arange(n + 1)
    ways: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return ways


def _binomial(n: int, p: float) -> NDArray[np.float64]:
    """Return the probabilities of 0 … n responders."""
    k = np.arange(n + 1)
    if p in (0, 1):
        certain: NDArray[np.float64] = (k == n * p).astype(np.float64)
        return certain
    chances: NDArray[np.float64] = np.exp(_ways(n) + k * math.log(p) + (n - k) * math.log1p(-p))
    return chances


def _up(n: float) -> int:
    """Return the next whole number of patients."""
    return max(1, math.ceil(n - ROUNDING))
