"""Table 1: what the patients were like at baseline, by arm, with the usual tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.evidence.survival.chi2 import Chi2
from yttria.values.cohort import Column, Numbers


@dataclass(frozen=True, slots=True)
class Summary:
    """A number in one group: mean, standard deviation and quartiles (R: type 7); NaN where there is nobody."""

    n: int
    missing: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Test:
    """A test by its name."""

    name: str
    statistic: float
    p: float


def summary(numbers: Numbers) -> Summary:
    """Return what a column of numbers is like; NaN cells are counted as missing."""
    finite = numbers[~np.isnan(numbers)]
    missing = len(numbers) - len(finite)
    if not len(finite):
        return Summary(0, missing, *(float("nan"),) * 7)
    q1, median, q3 = (float(v) for v in np.quantile(finite, [0.25, 0.5, 0.75]))
    sd = float(finite.std(ddof=1)) if len(finite) > 1 else float("nan")
    return Summary(
        len(finite), missing, float(finite.mean()), sd, median, q1, q3, float(finite.min()), float(finite.max())
    )


def compare_numbers(groups: list[Numbers]) -> tuple[Test, ...]:
    """Return the tests that numbers are alike in all groups: Welch's t and Wilcoxon's for two, Kruskal-Wallis for more.

    Source
    ------
    Referee: R t.test, wilcox.test(exact = FALSE), kruskal.test.

    Examples
    --------
    >>> one, two = np.array([1.0, 2, 3, 4]), np.array([3.0, 4, 5, 6])
    >>> [(t.name, round(t.p, 4)) for t in compare_numbers([one, two])]
    [('Welch t', 0.071), ('Wilcoxon', 0.1081)]
    """
    samples = [g[~np.isnan(g)] for g in groups]
    if len(samples) < 2 or any(len(g) < 2 for g in samples):
        return ()
    if len(samples) == 2:
        return (*_welch(*samples), *_wilcoxon(*samples))
    return _kruskal(samples)


def _welch(one: Numbers, two: Numbers) -> tuple[Test, ...]:
    a, b = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    if a + b == 0:
        return ()
    t = float((one.mean() - two.mean()) / np.sqrt(a + b))
    df = float((a + b) ** 2 / (a**2 / (len(one) - 1) + b**2 / (len(two) - 1)))
    return (Test("Welch t", t, 2 * float(stdtr(df, -abs(t)))),)


def _ranks(values: Numbers) -> tuple[Numbers, Numbers]:
    """Return mid-ranks and the sizes of ties."""
    _, place, ties = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(ties) - (ties - 1) / 2)[place], ties.astype(np.float64)


def _wilcoxon(one: Numbers, two: Numbers) -> tuple[Test, ...]:
    m, n = len(one), len(two)
    rank, ties = _ranks(np.concatenate([one, two]))
    w = float(rank[:m].sum() - m * (m + 1) / 2)
    z = w - m * n / 2
    total = m + n
    sigma = float(np.sqrt(m * n / 12 * ((total + 1) - np.sum(ties**3 - ties) / (total * (total - 1)))))
    if sigma == 0:
        return ()
    z = (z - np.sign(z) * 0.5) / sigma
    return (Test("Wilcoxon", w, 2 * float(min(ndtr(z), ndtr(-z)))),)


def _kruskal(groups: list[Numbers]) -> tuple[Test, ...]:
    rank, ties = _ranks(np.concatenate(groups))
    total = len(rank)
    bounds = np.cumsum([len(g) for g in groups])[:-1]
    h = sum(float(r.sum()) ** 2 / len(r) for r in np.split(rank, bounds))
    h = (12 * h / (total * (total + 1)) - 3 * (total + 1)) / (1 - float(np.sum(ties**3 - ties)) / (total**3 - total))
    return (Test("Kruskal-Wallis", h, Chi2(h, len(groups) - 1).p),)


def compare_levels(table: NDArray[Any]) -> tuple[Test, ...]:
    """Return the tests that levels are alike in all groups, from counts of shape (levels, groups).

    Pearson's chi-squared without correction; Fisher's exact test too where the table is two by two.

    Source
    ------
    Referee: R chisq.test(correct = FALSE), fisher.test.

    Examples
    --------
    >>> [(t.name, round(t.p, 4)) for t in compare_levels(np.array([[10, 5], [3, 12]]))]
    [('chi-squared', 0.0099), ('Fisher exact', 0.0253)]
    """
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return ()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / counts.sum()
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    tests = [Test("chi-squared", statistic, Chi2(statistic, (counts.shape[0] - 1) * (counts.shape[1] - 1)).p)]
    if counts.shape == (2, 2):
        (w, x), (y, z) = counts.astype(np.int64).tolist()
        exact = TwoByTwo(Proportion(w, w + x), Proportion(y, y + z)).fisher_p()
        tests.append(Test("Fisher exact", float("nan"), exact))
    return tuple(tests)


def crossed(column: Column, group: Column) -> NDArray[np.int64]:
    """Return how many rows have each level of `column` in each level of `group`."""
    counts = np.zeros((len(column.levels), len(group.levels)), dtype=np.int64)
    rows = ~(column.missing | group.missing)
    np.add.at(counts, (column.codes[rows], group.codes[rows]), 1)
    return counts


def difference_of_means(one: Summary, two: Summary) -> float | None:
    """Return how many standard deviations two means lie apart, second minus first; None where nothing varies.

    d = (m2 - m1) / sqrt((s1^2 + s2^2) / 2), free of the number of patients: what to read in Table 1 of a randomised study.

    Source
    ------
    Austin 2009, doi:10.1002/sim.3697.
    """
    spread = float(np.sqrt((one.sd**2 + two.sd**2) / 2))
    return (two.mean - one.mean) / spread if spread > 0 else None


def difference_of_levels(table: NDArray[Any]) -> float | None:
    """Return how many standard deviations the shares of levels lie apart in two groups, from counts of shape (levels, 2).

    Two levels keep their sign (last level, second group minus first); more have the length of the difference. None where nothing varies.

    Source
    ------
    Yang and Dalton 2012, SAS Global Forum, paper 335.

    Examples
    --------
    >>> round(difference_of_levels(np.array([[10, 5], [10, 15]])), 3)
    0.535
    """
    counts = np.asarray(table, dtype=np.float64)
    counts = counts[counts.sum(axis=1) > 0]
    if len(counts) < 2 or (counts.sum(axis=0) == 0).any():
        return None
    shares = (counts / counts.sum(axis=0))[1:]
    spread = sum((np.diag(p) - np.outer(p, p)) / 2 for p in shares.T)
    gap = shares[:, 1] - shares[:, 0]
    length = float(np.sqrt(max(0.0, float(gap @ np.linalg.pinv(spread) @ gap))))
    return float(np.copysign(length, gap[0])) if len(counts) == 2 else length
