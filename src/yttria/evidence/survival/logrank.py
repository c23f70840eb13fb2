"""Log-rank and G-rho tests, stratified tests and the test for trend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import Matrix, Whole
from yttria.values.cohort import ONE_TIME, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError

ROUNDING = 1e-13
"""A variance of O - E below this share of E is zero: the group is never at risk beside another."""


_NOBODY = np.empty(0, dtype=np.int64)


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
        observed, expected, variance = _compared(outcome, codes, groups, rho)
    else:
        observed, expected, variance = np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
        for one in np.unique(stratum):
            inside = np.flatnonzero(stratum == one)
            part = _compared(outcome.rows(inside), codes[inside], groups, rho)
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
        raise EvidenceError("a trend needs two groups at risk of an event, but there is one; widen the groups")
    return Chi2(float(score @ (result.observed - result.expected)) ** 2 / variance, 1)


def _chi2(observed: Numbers, expected: Numbers, variance: Matrix) -> Chi2 | None:
    used = np.flatnonzero(expected > 0)
    if len(used) < 2:
        return None
    rest = used[1:]
    gap, part = (observed - expected)[rest], variance[np.ix_(rest, rest)]
    if (np.diag(part) <= ROUNDING * expected[rest]).any() or np.linalg.matrix_rank(part) < len(rest):
        return None
    return Chi2(float(gap @ np.linalg.solve(part, gap)), len(rest))


def _compared(outcome: TimeToEvent, group: Whole, groups: int, rho: float) -> tuple[Numbers, Numbers, Matrix]:
    """Return observed, expected and variance of O - E in one stratum."""
    outcome = _spread_apart(outcome, groups)
    words, bits = _words(outcome, group, groups)
    if outcome.entry is None:
        return _logrank(words, bits, _NOBODY, _NOBODY, groups, rho)
    order = np.argsort(outcome.entry, kind="stable")
    return _logrank(words, bits, _whole(outcome.entry[order]), group[order], groups, rho)


def _spread_apart(outcome: TimeToEvent, groups: int) -> TimeToEvent:
    """Return the outcome, or its ranks in place of times where the longest is so far from the mean that `_words` could tie two."""
    lost = float(outcome.ascending[-1]) * groups * 4 * np.finfo(np.float64).eps
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


@njit(cache=True, nogil=True)
def _logrank(
    words: Whole, bits: int, entries: Whole, entry_group: Whole, groups: int, rho: float
) -> tuple[Numbers, Numbers, Matrix]:
    """Return observed, expected and variance of O - E, walking the sorted rows from the first time to the last."""
    observed, expected, variance = np.zeros(groups), np.zeros(groups), np.zeros((groups, groups))
    risk, dead, gone = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    late = entries.size > 0
    mask = (1 << (bits - 1)) - 1
    if not late:
        for word in words:
            risk[(word >> 1) & mask] += 1.0
    survival, i, k = 1.0, 0, 0
    while i < words.size:
        now = words[i] >> bits
        while late and k < entries.size and entries[k] >> bits < now:
            risk[entry_group[k]] += 1.0
            k += 1
        for g in range(groups):
            dead[g] = gone[g] = 0.0
        while i < words.size and words[i] >> bits == now:
            g = (words[i] >> 1) & mask
            gone[g] += 1.0
            dead[g] += float(words[i] & 1)
            i += 1
        d, n = 0.0, 0.0
        for g in range(groups):
            d += dead[g]
            n += risk[g]
        if d > 0:
            _count(observed, expected, variance, risk, dead, n, d, 1.0 if rho == 0.0 else survival**rho)
            survival *= (n - d) / n
        for g in range(groups):
            risk[g] -= gone[g]
    return observed, expected, variance


@njit(cache=True, nogil=True)
def _count(
    observed: Numbers,
    expected: Numbers,
    variance: Matrix,
    risk: Numbers,
    dead: Numbers,
    n: float,
    d: float,
    weight: float,
) -> None:
    """Add one event time: the hypergeometric mean and variance of deaths by group, given their number."""
    factor = weight * weight * d * (n - d) / (n - 1) if n > 1 else 0.0
    part = 1.0 / n
    for g in range(risk.size):
        share = risk[g] * part
        observed[g] += weight * dead[g]
        expected[g] += weight * d * share
        if share > 0:
            variance[g, g] += factor * share
            for h in range(risk.size):
                variance[g, h] -= factor * share * (risk[h] * part)
