"""Log-rank and G-rho tests, stratified tests and the test for trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import Matrix, Whole
from yttria.values.cohort import ONE_TIME, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError

ROUNDING = 1e-13
"""A variance of O - E below this share of E is zero: the group is never at risk beside another."""


CELLS = 1 << 20
"""Event times times groups that are worked out at once: eight megabytes."""


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """A log-rank test: observed and expected events of each group, and the test."""

    observed: Numbers
    expected: Numbers
    variance: Matrix
    test: Chi2 | None


def logrank(
    outcome: TimeToEvent, group: NDArray[Any], *, stratum: NDArray[Any] | None = None, rho: float = 0.0
) -> LogRank:
    """Return the test that survival is the same in all groups.

    (O - E)' V^- (O - E) with weights S(t-)^rho of the pooled curve; rho = 0 is the log-rank test.

    Parameters
    ----------
    outcome
        Times and events; case weights do not enter (R: survdiff). Late entry does.
    group
        Small whole numbers from 0, one a row.
    stratum
        Small whole numbers: groups are compared within strata.
    rho
        Power of S(t-): 1 is the Peto-Peto form of the Gehan-Wilcoxon test.

    Returns
    -------
    LogRank
        `test` is None where fewer than two groups are ever at risk of an event, or all die at once.

    Examples
    --------
    >>> weeks = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4, dtype=bool))
    >>> round(logrank(weeks, np.array([0, 0, 1, 1])).test.chi2, 3)
    2.882

    Source
    ------
    Harrington and Fleming 1982, doi:10.1093/biomet/69.3.553. Referee: R survival, survdiff.
    """
    codes = np.asarray(group, dtype=np.int64)
    groups = int(codes.max()) + 1
    if stratum is None:
        observed, expected, variance = _stratum_sums(outcome, codes, groups, rho)
    else:
        observed, expected, variance = np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
        order = np.argsort(stratum, kind="stable")
        for inside in np.split(order, np.flatnonzero(np.diff(np.asarray(stratum)[order])) + 1):
            part = _stratum_sums(outcome.rows(inside), codes[inside], groups, rho)
            observed, expected, variance = observed + part[0], expected + part[1], variance + part[2]
    return LogRank(observed, expected, variance, _chi2(observed, expected, variance))


def trend_test(outcome: TimeToEvent, group: NDArray[Any], scores: Sequence[float] | None = None) -> Chi2:
    """Return the log-rank test for trend over ordered groups, with scores 0, 1, 2 … unless given.

    Source
    ------
    Tarone 1975, doi:10.1093/biomet/62.3.679.
    """
    result = logrank(outcome, group)
    score = (
        np.arange(len(result.observed), dtype=np.float64) if scores is None else np.asarray(scores, dtype=np.float64)
    )
    variance = float(score @ result.variance @ score)
    if not variance > 0:
        raise EvidenceError(
            "a trend needs two groups at risk of an event, but there is one; widen the groups", code="trend-one-group"
        )
    return Chi2(float(score @ (result.observed - result.expected)) ** 2 / variance, 1)


def _chi2(observed: Numbers, expected: Numbers, variance: Matrix) -> Chi2 | None:
    used = np.flatnonzero(expected > 0)
    if len(used) < 2:
        return None
    rest = used[1:]
    gap, part = (observed - expected)[rest], variance[np.ix_(rest, rest)]
    if (part.diagonal() <= ROUNDING * expected[rest]).any():
        return None
    if len(rest) > 1 and np.linalg.matrix_rank(part) < len(rest):
        return None
    return Chi2(float(gap @ np.linalg.solve(part, gap)), len(rest))


def _stratum_sums(outcome: TimeToEvent, group: Whole, groups: int, rho: float) -> tuple[Numbers, Numbers, Matrix]:
    """Return observed, expected and variance of O - E in one stratum, event times block by block."""
    sums, survival = _Sums.none(groups), 1.0
    rows = _ordered_rows(_spread_apart(outcome, groups), group, groups)
    block = max(CELLS // groups, 1)
    for low in range(0, len(rows.event), block):
        risk, dead = rows.between(low, low + block, groups)
        survival = sums.add(risk, dead, rho, survival)
    return sums.observed, sums.expected, sums.variance


@dataclass(frozen=True, slots=True, eq=False)
class _OrderedRows:
    """Rows by ascending end.

    Parameters
    ----------
    group, died
        Of each row, its group and whether the event ended it.
    event
        At which row each event time begins.
    time
        The event times, as whole numbers that sort as they do.
    entries
        Late entries of each group, ascending, as such numbers; None where all are there from the beginning.
    gone
        Rows of each group before those that are asked for next.
    """

    group: Whole
    died: NDArray[np.bool_]
    event: Whole
    time: Whole
    entries: list[Whole] | None
    gone: Whole

    def between(self, low: int, high: int, groups: int) -> tuple[Matrix, Matrix]:
        """Return how many of each group are at risk and die at the event times from `low` on, the next ones after those asked for before."""
        event = self.event[low:high]
        rows = slice(int(event[0]) if low else 0, int(self.event[high]) if high < len(self.event) else None)
        group, died, place = self.group[rows], self.died[rows], event - (rows.start or 0)
        risk, dead = np.empty((groups, len(event))), np.empty((groups, len(event)))
        for g in range(groups):
            mine = group == g
            through = mine.cumsum()
            there = len(self.group) if self.entries is None else self.entries[g].searchsorted(self.time[low:high])
            risk[g] = there - self.gone[g] - through[place] + mine[place]
            dead[g] = np.add.reduceat((mine & died).view(np.int8), place, dtype=np.int64)
            self.gone[g] += through[-1]
        return risk, dead


def _ordered_rows(outcome: TimeToEvent, group: Whole, groups: int) -> _OrderedRows:
    words, bits = _words(outcome, group, groups)
    died, now = (words & 1).astype(np.bool_), words >> bits
    start = np.flatnonzero(np.append(True, now[1:] != now[:-1]))
    event = start[np.logical_or.reduceat(died, start)]
    group_of_row = (words >> 1) & ((1 << (bits - 1)) - 1)
    gone, entries = np.zeros(groups, dtype=np.int64), None
    if outcome.entry is None:
        gone += len(words) - np.bincount(group_of_row, minlength=groups)
    else:
        late = _whole(outcome.entry) >> bits
        entries = [np.sort(late[group == g]) for g in range(groups)]
    return _OrderedRows(group_of_row, died, event, now[event], entries, gone)


def _spread_apart(outcome: TimeToEvent, groups: int) -> TimeToEvent:
    """Return the outcome, or its ranks in place of times where the longest is so far from the mean that `_words` could tie two."""
    lost = float(outcome.time.max()) * groups * 4 * np.finfo(np.float64).eps
    if lost < ONE_TIME / 2:
        return outcome
    every = np.unique(outcome.time if outcome.entry is None else np.concatenate([outcome.time, outcome.entry]))
    entry = None if outcome.entry is None else np.searchsorted(every, outcome.entry).astype(np.float64)
    return TimeToEvent(np.searchsorted(every, outcome.time).astype(np.float64), outcome.observed, outcome.unit, entry)


def _words(outcome: TimeToEvent, group: Whole, groups: int) -> tuple[Whole, int]:
    """Return time, group and event of each row in one sortable whole number, sorted, and how many bits are not time.

    The bits of a float of zero or more sort as the float does. The last bits make room for group and event: distinct times differ by
    1.5e-8 of the mean time, far more than those bits. One plain sort then does the work of a permutation and three look-ups.
    """
    bits = int(groups - 1).bit_length() + 1
    words = _whole(outcome.time)
    words &= -1 << bits
    words |= group << 1
    words |= outcome.observed
    words.sort()
    return words, bits


def _whole(time: Numbers) -> Whole:
    """Return the bits of times as whole numbers that sort as the times do; what is below zero counts as zero."""
    return np.maximum(time, 0.0).view(np.int64)


@dataclass(slots=True, eq=False)
class _Sums:
    """Observed, expected and variance of O - E up to an event time."""

    observed: Numbers
    expected: Numbers
    variance: Matrix

    @classmethod
    def none(cls, groups: int) -> "_Sums":
        """Return the sums before the first event."""
        return cls(np.zeros(groups), np.zeros(groups), np.zeros((groups, groups)))

    def add(self, risk: Matrix, dead: Matrix, rho: float, survival: float) -> float:
        """Add event times: the hypergeometric mean and variance of deaths by group, given their number; shapes (groups, times).

        Before them `survival` of all are left; what is left after them is returned.
        """
        n, d = risk.sum(axis=0), dead.sum(axis=0)
        risk /= n
        left = n - d
        factor = d * left
        factor /= np.maximum(n - 1, 1)
        if rho != 0.0:
            after = survival * np.cumprod(left / n)
            weight = np.concatenate([[survival], after[:-1]]) ** rho
            dead, d, factor, survival = dead * weight, d * weight, factor * weight**2, float(after[-1])
        self.observed += dead.sum(axis=1)
        self.expected += risk @ d
        weighted = risk * factor
        spread = weighted @ risk.T
        np.fill_diagonal(spread, 0.0)
        self.variance -= spread
        self.variance.flat[:: len(risk) + 1] += (weighted * (1 - risk)).sum(axis=1)
        return survival
