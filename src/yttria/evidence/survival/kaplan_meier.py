"""Kaplan-Meier, reverse Kaplan-Meier, restricted mean and the log-rank family."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.survival.jackknife_variance import survival_variance
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.evidence.survival.risk_set import Tally, tally
from yttria.values.cohort import ONE_TIME, Numbers, TimeToEvent

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]
Limits = Literal["log", "log-log", "plain", "logit", "arcsin", "none"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Survival at one time with its standard error and limits; NaN where they do not exist."""

    time: float
    at_risk: float
    survival: float
    std_err: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean survival time up to `tau` with its standard error, in the outcome's unit."""

    tau: float
    mean: float
    se: float


@dataclass(frozen=True, eq=False)
class KaplanMeier:
    """The product-limit curve of one group.

    Parameters
    ----------
    outcome
        The group.
    table
        Its risk table.
    survival
        S at each time of the table.
    std_err
        Standard error of S itself; NaN where S = 0.
    low, high
        Limits; NaN where they do not exist (R: NA).
    conf, level
        Kind and coverage of the limits.
    robust
        Whether the errors are robust.
    """

    outcome: TimeToEvent
    table: Tally
    survival: Numbers
    std_err: Numbers
    low: Numbers
    high: Numbers
    conf: Limits
    level: float
    robust: bool = False

    def quantile(self, share: float) -> tuple[float, float, float]:
        """Return the time by which `share` had the event, with its limits; NaN where not reached.

        Where S equals 1 - share exactly (to 1.5e-8), the midpoint of the flat part is taken (R: quantile.survfit).

        Examples
        --------
        >>> from yttria.values.cohort import TimeToEvent
        >>> even = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))
        >>> kaplan_meier(even).quantile(0.5)[0]
        2.5
        """
        time = np.concatenate([[0.0], self.table.time])
        low, high = self.low, self.high
        if (
            self.robust and self.conf == "plain"
        ):  # R: robust plain limits of S = 0 are 0, so that the curves of limits end there
            low, high = (np.where(self.survival <= 0, 0.0, limit) for limit in (low, high))
        first, second, third = (
            _crossing(time, np.concatenate([[0.0], 1 - curve]), share) for curve in (self.survival, low, high)
        )
        return first, second, third

    @cached_property
    def median(self) -> tuple[float, float, float]:
        """Return the median with its limits; NaN where not reached."""
        return self.quantile(0.5)

    def at(self, time: float) -> Rate:
        """Return S at one time; after the last one the last value is kept with nobody at risk (R: extend = TRUE)."""
        row = int(np.searchsorted(self.table.time, time, side="right")) - 1
        at_risk = self._at_risk(time)
        if row < 0:
            edge = float("nan") if self.conf == "none" else 1.0
            return Rate(time, at_risk, 1.0, 0.0, edge, edge)
        values = (self.survival, self.std_err, self.low, self.high)
        return Rate(time, at_risk, *(float(v[row]) for v in values))

    def _at_risk(self, time: float) -> float:
        """Return how many (how much case weight) are at risk at one time: entry < time <= follow-up."""
        outcome = self.outcome
        if outcome.entry is None:
            ahead = int(np.searchsorted(self.table.time, time, side="left"))
            return float(self.table.at_risk[ahead]) if ahead < len(self.table.time) else 0.0
        there = (outcome.entry < time) & (time <= outcome.time)
        return float(np.sum(there if outcome.weight is None else outcome.weight[there]))

    @property
    def known_until(self) -> float:
        """Return up to when the curve is known: its last time, and without end where the last of all had the event."""
        return float("inf") if self.survival[-1] <= 0 else float(self.table.time[-1])

    def supported_until(self, share: float, least: int) -> float:
        """Return the last time with at least this share of the patients, and this many, at risk; NaN where there never are."""
        outcome, time = self.outcome, self.table.time
        at_risk = len(outcome) - np.searchsorted(np.sort(outcome.time), time, side="left")
        if outcome.entry is not None:
            at_risk = at_risk - (len(outcome) - np.searchsorted(np.sort(outcome.entry), time, side="left"))
        enough = np.flatnonzero(at_risk >= max(float(least), share * outcome.patients))
        return float(time[enough[-1]]) if len(enough) else float("nan")

    @cached_property
    def emptied(self) -> tuple[float, int] | None:
        """Return the first time after which nobody is at risk though others enter later, and how many do; None where there is none.

        What the curve says from there on is not about those: where all at risk had the event it stays at 0 for good.
        """
        outcome = self.outcome
        if outcome.entry is None:
            return None
        entry, end = np.sort(outcome.entry), np.sort(outcome.time)
        entered = np.searchsorted(entry, self.table.time, side="right")
        gone = np.searchsorted(end, self.table.time, side="right")
        empty = np.flatnonzero((entered == gone) & (gone < len(outcome)))
        if not len(empty):
            return None
        at = float(self.table.time[empty[0]])
        later = outcome.entry > at
        return at, int(later.sum()) if outcome.patient is None else len(np.unique(outcome.patient[later]))

    def restricted_mean(self, tau: float | None = None) -> RestrictedMean:
        """Return the area under the curve up to `tau`, the last time when None.

        se^2 = sum over events of (area after t)^2 d / (n (n - d)), areas up to tau.

        Source
        ------
        R survival, print.rmean (survmean); Klein and Moeschberger 2003, section 4.5.
        """
        end = float(self.table.time[-1]) if tau is None else tau
        rows = self.table.time <= end
        edges = np.concatenate([[0.0], self.table.time[rows], [end]])
        area = np.diff(edges) * np.concatenate([[1.0], self.survival[rows]])
        after = np.cumsum(area[:0:-1])[::-1]
        variance = float(np.sum(after**2 * np.diff(self.table.greenwood, prepend=0.0)[rows]))
        return RestrictedMean(end, float(area.sum()), variance**0.5)


def kaplan_meier(
    outcome: TimeToEvent,
    *,
    conf: Limits = "log",
    level: float = 0.95,
    cluster: NDArray[Any] | None = None,
    robust: bool | None = None,
) -> KaplanMeier:
    """Return the Kaplan-Meier curve with Greenwood errors, or robust ones.

    S(t) = prod over t_j <= t of (1 - d_j / n_j);  var log S = sum d_j / (n_j (n_j - d_j)).

    Parameters
    ----------
    outcome
        Times and events of one group.
    conf
        Scale of the limits; upper ones are cut at 1.
    level
        Coverage.
    cluster
        Rows that belong together, for robust errors.
    robust
        Infinitesimal-jackknife errors; None takes R's rule: with clusters, or when a case weight is no whole number.

    Examples
    --------
    >>> km = kaplan_meier(TimeToEvent(np.array([6.0, 7.0, 10.0]), np.array([True, False, True])))
    >>> km.survival.round(3)
    array([0.667, 0.667, 0.   ])

    Source
    ------
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452; Greenwood 1926. Referee: R survival, survfit.
    """
    table = tally(outcome)
    survival = table.survival
    if robust is None:
        fractional = outcome.weight is not None and bool(np.any(outcome.weight % 1 != 0))
        robust = cluster is not None or fractional
    log_error = np.sqrt(survival_variance(outcome, table, cluster) if robust else table.greenwood)
    if survival[-1] <= 0:
        log_error[survival <= 0] = np.nan
    low, high = _limits(survival, log_error, conf, level)
    std_err = log_error * survival
    return KaplanMeier(outcome, table, survival, std_err, low, high, conf, level, bool(robust))


def follow_up(outcome: TimeToEvent, *, conf: Limits = "log", level: float = 0.95) -> KaplanMeier:
    """Return the reverse Kaplan-Meier curve, whose median is the median follow-up.

    Source
    ------
    Schemper and Smith 1996, doi:10.1016/0197-2456(96)00075-X.
    """
    return kaplan_meier(outcome.censored_instead(), conf=conf, level=level)


def _limits(survival: Numbers, log_error: Numbers, conf: Limits, level: float) -> tuple[Numbers, Numbers]:
    """Return the limits of S from the error of log S on the asked scale; NaN where that error is (R: survfit_confint)."""
    wide = normal_quantile(level) * log_error
    if conf == "none":
        return np.full_like(survival, np.nan), np.full_like(survival, np.nan)
    if conf == "log":
        ratio = np.exp(wide)
        return survival / ratio, np.minimum(survival * ratio, 1.0)
    if conf == "plain":
        wide *= survival
        return np.maximum(survival - wide, 0.0), np.minimum(survival + wide, 1.0)
    s = np.where((survival > 0) & (survival < 1), survival, np.nan)
    if conf == "log-log":
        step, middle = wide / np.log(s), np.log(-np.log(s))
        return np.exp(-np.exp(middle - step)), np.exp(-np.exp(middle + step))
    if conf == "logit":
        step, middle = wide / (1 - s), np.log(s / (1 - s))
        return 1 - 1 / (1 + np.exp(middle - step)), 1 - 1 / (1 + np.exp(middle + step))
    step, middle = 0.5 * wide * np.sqrt(s / (1 - s)), np.arcsin(np.sqrt(s))
    low, high = np.maximum(0.0, middle - step), np.minimum(np.pi / 2, middle + step)
    return np.sin(low) ** 2, np.sin(high) ** 2


def _crossing(time: Numbers, failed: Numbers, share: float) -> float:
    """Return where a curve of the share that failed reaches `share`, by R's rule for flat parts (findq)."""
    finite = ~np.isnan(failed)
    if not finite.any() or failed[finite].max() < share:
        return float("nan")
    _, first = np.unique(failed[finite], return_index=True)
    keep = np.sort(first)
    when, value = time[finite][keep], failed[finite][keep]
    order = np.argsort(value, kind="stable")
    ranked = value[order]
    one = int(np.searchsorted(ranked + ONE_TIME, share, side="left"))
    two = int(np.searchsorted(ranked - ONE_TIME, share, side="left"))
    start = float(when[order[min(one, len(order) - 1)]])
    if finite.all() and abs(share - value[-1]) < ONE_TIME:
        return (start + float(time[-1])) / 2
    return (start + float(when[order[two]])) / 2 if two < len(order) else float("nan")
