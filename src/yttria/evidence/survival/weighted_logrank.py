"""Weighted log-rank tests of two groups: Fleming and Harrington's family, and MaxCombo over four of them."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from yttria.evidence.survival.maxcombo import WEIGHTS, maxcombo_p, z_scores
from yttria.evidence.survival.risk_set import Tally, tally
from yttria.values.cohort import Mask, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True)
class WeightedTest:
    """One test: z above zero where the second group has more events than expected, P two-sided.

    Where every event lies where the weight is zero, or one group is never at risk beside the other, both are NaN.
    """

    rho: float
    gamma: float
    z: float
    p: float


@dataclass(frozen=True, slots=True)
class WeightedTests:
    """The four tests, and the P of the largest |z| by their joint normal law."""

    tests: tuple[WeightedTest, ...]
    maxcombo_p: float


def weighted_logrank(outcome: TimeToEvent, second: Mask) -> WeightedTests:
    """Return the weighted log-rank tests of the rows in `second` against the others.

    z = sum w (d1 - d n1/n) / sqrt(sum w^2 d (n - d)/(n - 1) n1 n0 / n^2), w = S(t-)^rho (1 - S(t-))^gamma, S of both groups together.

    Parameters
    ----------
    outcome
        Times, events and late entries; case weights do not enter.
    second
        One value a row.

    Raises
    ------
    EvidenceError
        A group without rows.

    Source
    ------
    Harrington and Fleming 1982, doi:10.1093/biomet/69.3.553; Fleming and Harrington 1991, Counting Processes and Survival Analysis.

    Examples
    --------
    >>> weeks = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))
    >>> round(weighted_logrank(weeks, np.array([True, True, False, False])).tests[0].z, 3)
    1.698
    """
    if second.all() or not second.any():
        raise EvidenceError(
            "a weighted test compares two groups, but all rows lie in one; check the factor",
            code="weighted-test-one-group",
        )
    plain = replace(outcome, weight=None)
    pooled, part = tally(plain), tally(plain.rows(np.flatnonzero(second)))
    happens = pooled.events > 0
    events, at_risk = pooled.events[happens], pooled.at_risk[happens]
    before = np.append(1.0, pooled.survival[:-1])[happens]
    died, alive = _in_group(part, plain, second, pooled.time[happens])
    with np.errstate(divide="ignore", invalid="ignore"):
        tie = np.where(at_risk > 1, (at_risk - events) / (at_risk - 1), 1.0)
    spread = events * tie * alive * (at_risk - alive) / at_risk**2
    weight = np.stack([before**rho * (1 - before) ** gamma for rho, gamma in WEIGHTS[1:]])
    statistic = weight @ (died - events * alive / at_risk)
    covariance = (weight * spread) @ weight.T
    z = z_scores(statistic[None], covariance[None])[0]
    tests = tuple(
        WeightedTest(rho, gamma, float(score), 2 * float(ndtr(-abs(score))))
        for (rho, gamma), score in zip(WEIGHTS, z, strict=True)
    )
    return WeightedTests(tests, float(maxcombo_p(statistic[None], covariance[None])[0]) if spread.any() else math.nan)


def _in_group(part: Tally, outcome: TimeToEvent, second: Mask, time: Numbers) -> tuple[Numbers, Numbers]:
    """Return events and rows at risk of the second group at each time of an event."""
    place = np.searchsorted(part.time, time)
    there = np.append(part.time, np.inf)[place] == time
    died = np.where(there, np.append(part.events, 0.0)[place], 0.0)
    ends = np.sort(outcome.time[second])
    alive = len(ends) - np.searchsorted(ends, time, side="left")
    if outcome.entry is not None:
        entries = np.sort(outcome.entry[second])
        alive = alive - (len(entries) - np.searchsorted(entries, time, side="left"))
    return died, alive.astype(np.float64)
