"""Proportions and two-by-two tables: exact and asymptotic limits and tests, each by its own name."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, chdtrc, gammaln, ndtri, xlogy

from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError

Interval = tuple[float, float]


FISHER_TIE = 1e-7
"""Tables whose chances differ by less than this share are equally likely (R: fisher.test's relErr)."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of how many.

    Parameters
    ----------
    events
        Whole number from 0 to `n`.
    n
        Whole number above zero.

    Raises
    ------
    EvidenceError
        Not whole, negative, nobody asked, more events than patients.

    Examples
    --------
    >>> round(100 * Proportion(143, 162).share, 2)
    88.27
    """

    events: int
    n: int

    def __post_init__(self) -> None:
        for name, count in (("events", self.events), ("n", self.n)):
            if not math.isfinite(count) or count != int(count) or count < 0:
                raise EvidenceError(
                    f"{name} must be a whole number of zero or more, but is {count:g}; give a count",
                    code="count-value",
                    values={"count": count},
                )
        if self.n == 0:
            raise EvidenceError(
                "n must be above zero, but is 0; a proportion of nobody does not exist", code="proportion-of-nobody"
            )
        if self.events > self.n:
            raise EvidenceError(
                f"events must not exceed n, but are {self.events} of {self.n}; swap or correct them",
                code="events-above-n",
            )

    @property
    def share(self) -> float:
        """Return events / n."""
        return self.events / self.n

    def wilson(self, level: float = 0.95) -> Interval:
        """Return Wilson's score limits, without continuity correction.

        (p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n).

        Source
        ------
        Wilson 1927, doi:10.1080/01621459.1927.10502953. R: prop.test(correct = FALSE).

        Examples
        --------
        >>> [round(100 * limit, 2) for limit in Proportion(143, 162).wilson()]
        [82.41, 92.36]
        """
        z = _normal_quantile(level)
        middle = self.share + z * z / (2 * self.n)
        half = z * math.sqrt(self.share * (1 - self.share) / self.n + (z / (2 * self.n)) ** 2)
        scale = 1 + z * z / self.n
        low, high = (middle - half) / scale, (middle + half) / scale
        return (0.0 if self.events == 0 else low), (1.0 if self.events == self.n else high)

    def clopper_pearson(self, level: float = 0.95) -> Interval:
        """Return the exact limits: those shares at which the count, or one further out, has probability (1 - level)/2.

        Source
        ------
        Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404. R: binom.test.

        Examples
        --------
        >>> [round(100 * limit, 2) for limit in Proportion(143, 162).clopper_pearson()]
        [82.29, 92.79]
        """
        tail = _tail(level)
        k, n = self.events, self.n
        low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, tail))
        high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1 - tail))
        return low, high

    def likelihood_ratio(self, level: float = 0.95) -> Interval:
        """Return the limits at which the likelihood has fallen by half the chi-squared quantile: the profile limits of a share.

        Examples
        --------
        >>> [round(100 * limit, 2) for limit in Proportion(143, 162).likelihood_ratio()]
        [82.73, 92.62]

        Source
        ------
        Agresti 2013, Categorical Data Analysis, section 1.4.2.
        """
        drop = _normal_quantile(level) ** 2 / 2
        k, n = self.events, self.n
        peak = xlogy(k, k / n) + xlogy(n - k, 1 - k / n)

        def fallen(share: float) -> float:
            return float(peak - xlogy(k, share) - xlogy(n - k, 1 - share) - drop)

        from scipy.optimize import brentq  # noqa: PLC0415  a tenth of a second

        low = 0.0 if k == 0 else brentq(fallen, 1e-15, k / n)
        high = 1.0 if k == n else brentq(fallen, k / n, 1 - 1e-15)
        return float(low), float(high)


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise EvidenceError(
            f"a level must lie between 0 and 1, as 0.95, but is {level:g}; write per cent as a fraction",
            code="level-range",
            values={"level": level},
        )
    return (1 - level) / 2


def _normal_quantile(level: float) -> float:
    return float(ndtri(1 - _tail(level)))


@dataclass(frozen=True, slots=True)
class TwoByTwo:
    """Two groups and how many of each had the event; effects are those of `a` against `b`.

    Examples
    --------
    >>> response = TwoByTwo(Proportion(20, 28), Proportion(10, 28))
    >>> round(response.pearson()[0], 2), round(response.pearson()[1], 4), round(response.fisher_p(), 4)
    (7.18, 0.0074, 0.0151)
    """

    a: Proportion
    b: Proportion

    @property
    def _cells(self) -> tuple[int, int, int, int]:
        a, b = self.a, self.b
        return int(a.events), int(a.n - a.events), int(b.events), int(b.n - b.events)

    @property
    def least_expected(self) -> float:
        """Return the smallest count expected under no difference; below 5 the chi-squared tests are not trusted."""
        events = self.a.events + self.b.events
        n = self.a.n + self.b.n
        return min(self.a.n, self.b.n) * min(events, n - events) / n

    def pearson(self, *, continuity: bool = False) -> tuple[float, float]:
        """Return Pearson's chi-squared and its P; with Yates's correction when asked.

        Raises
        ------
        EvidenceError
            All or none had the event: there is nothing to compare.
        """
        w, x, y, z = self._cells
        n = w + x + y + z
        if w + y in (0, n):
            raise EvidenceError(
                "both groups must not be all events or no events, but are; there is nothing to test",
                code="groups-without-contrast",
            )
        gap = float(abs(w * z - x * y))
        if continuity:
            gap -= min(n / 2, gap)
        chi2 = n * gap**2 / ((w + x) * (y + z) * (w + y) * (x + z))
        return chi2, float(chdtrc(1, chi2))

    def fisher_p(self) -> float:
        """Return the two-sided exact P: all tables with these margins that are no likelier than this one.

        Source
        ------
        Fisher 1935; R: fisher.test.
        """
        margins = _GivenMargins.of(*self._cells)
        chance = margins.chances(0.0)
        here = chance[margins.observed - margins.least]
        return min(float(chance[chance <= here * (1 + FISHER_TIE)].sum()), 1.0)

    def conditional_odds_ratio(self, level: float = 0.95) -> tuple[float, float, float]:
        """Return the maximum-likelihood odds ratio given the margins, with exact limits; infinite where a cell is empty.

        Source
        ------
        Cornfield 1956; R: fisher.test. R's own root-finder differs in the fifth digit.

        Examples
        --------
        >>> [round(x, 3) for x in TwoByTwo(Proportion(20, 28), Proportion(10, 28)).conditional_odds_ratio()]
        [4.37, 1.282, 16.245]
        """
        margins = _GivenMargins.of(*self._cells)
        tail = _tail(level)
        if margins.least == margins.most:
            return math.nan, 0.0, math.inf
        at_least, at_most = margins.observed == margins.least, margins.observed == margins.most
        value = 0.0 if at_least else math.inf if at_most else margins.ratio_where(margins.mean, margins.observed)
        low = 0.0 if at_least else margins.ratio_where(margins.at_or_above, tail)
        high = math.inf if at_most else margins.ratio_where(margins.above, 1 - tail)
        return value, low, high

    def risk_difference(self, level: float = 0.95) -> tuple[float, float, float]:
        """Return share a - share b with Newcombe's limits (from the Wilson limits of each).

        Source
        ------
        Newcombe 1998, method 10, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
        """
        p, q = self.a.share, self.b.share
        (p_low, p_high), (q_low, q_high) = self.a.wilson(level), self.b.wilson(level)
        low = p - q - math.hypot(p - p_low, q_high - q)
        high = p - q + math.hypot(p_high - p, q - q_low)
        return p - q, low, high

    def risk_ratio(self, level: float = 0.95) -> tuple[float, float, float]:
        """Return share a / share b with log-normal limits; limits are NaN where a group has no event.

        Source
        ------
        Katz et al. 1978, doi:10.2307/2530610.
        """
        k, m = self.a.events, self.b.events
        if m == 0:
            return (math.nan if k == 0 else math.inf), math.nan, math.nan
        ratio = self.a.share / self.b.share
        if k == 0:
            return ratio, math.nan, math.nan
        wide = _normal_quantile(level) * math.sqrt(1 / k - 1 / self.a.n + 1 / m - 1 / self.b.n)
        return ratio, ratio * math.exp(-wide), ratio * math.exp(wide)


@dataclass(frozen=True, slots=True, eq=False)
class _GivenMargins:
    """The first cell of a two-by-two table when its margins are given: Fisher's noncentral hypergeometric distribution.

    P(k) is proportional to C(n_a, k) C(n_b, t - k) ratio^k; one array over all possible k, so that large tables cost no more than a
    sum.
    """

    observed: int
    count: Numbers
    log_ways: Numbers

    @classmethod
    def of(cls, w: int, x: int, y: int, z: int) -> "_GivenMargins":
        events = w + y
        k = np.arange(max(0, events - (y + z)), min(w + x, events) + 1, dtype=np.float64)
        ways = -(gammaln(k + 1) + gammaln(w + x - k + 1) + gammaln(events - k + 1) + gammaln(y + z - events + k + 1))
        return cls(w, k, ways - ways.max())

    @property
    def least(self) -> int:
        return int(self.count[0])

    @property
    def most(self) -> int:
        return int(self.count[-1])

    def chances(self, log_ratio: float) -> Numbers:
        tilted = self.log_ways + log_ratio * self.count
        weight = np.exp(tilted - tilted.max())
        chance: Numbers = weight / weight.sum()
        return chance

    def mean(self, log_ratio: float) -> float:
        return float(self.chances(log_ratio) @ self.count)

    def at_or_above(self, log_ratio: float) -> float:
        return float(self.chances(log_ratio)[self.count >= self.observed].sum())

    def above(self, log_ratio: float) -> float:
        return float(self.chances(log_ratio)[self.count > self.observed].sum())

    def ratio_where(self, rising: Callable[[float], float], value: float) -> float:
        """Return the odds ratio at which a function that rises with its logarithm takes a value."""
        from scipy.optimize import brentq  # noqa: PLC0415  a tenth of a second

        far = 1.0
        while rising(-far) > value or rising(far) < value:
            far *= 2
        return math.exp(brentq(lambda b: rising(b) - value, -far, far, xtol=1e-13))
