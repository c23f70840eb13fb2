"""Running sums over clusters: against incidences and their errors by definition, causes and clusters each by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.evidence.survival.jackknife_sums import jackknife_sums

WORD = NDArray[np.float64]


def sums(
    time: list[float], cause: list[int], *, cluster: list[int] | None = None, weight: list[float] | None = None
) -> tuple[WORD, WORD]:
    """Return variances of log S and of each F at the distinct times, everybody there from the beginning."""
    t, c = np.array(time), np.array(cause)
    w = np.ones(len(t)) if weight is None else np.array(weight)
    at = np.unique(t)
    n = np.array([w[t >= x].sum() for x in at])
    by_cause = np.array([[w[(t == x) & (c == k)].sum() for k in range(1, max(c.max(), 1) + 1)] for x in at])
    order = np.argsort(t, kind="stable")
    return jackknife_sums(
        order,
        np.arange(len(t)),
        t,
        np.full(len(t), -1.0),
        c > 0,
        c,
        w,
        np.arange(len(t)) if cluster is None else np.array(cluster),
        at,
        n,
        by_cause.sum(axis=1),
        by_cause,
    )


def test_without_weights_the_variance_of_log_survival_is_greenwoods() -> None:
    log_s, _ = sums([1, 2, 3, 4], [1, 1, 0, 1])
    greenwood = np.cumsum([1 / (4 * 3), 1 / (3 * 2), 0])
    assert log_s[:3] == pytest.approx(greenwood)
    assert np.isnan(log_s[3])  # nobody is left: no logarithm


def test_before_the_first_censoring_an_incidence_is_a_proportion() -> None:
    _, incidence = sums([1, 2, 3, 4, 5], [1, 2, 1, 2, 1])
    share = np.array([1, 1, 2, 2, 3]) / 5
    assert incidence[:, 0] == pytest.approx(share * (1 - share) / 5)
    other = np.array([0, 1, 1, 2, 2]) / 5
    assert incidence[:, 1] == pytest.approx(other * (1 - other) / 5)


def test_rows_of_one_cluster_move_together() -> None:
    alone, _ = sums([1, 1, 2, 2], [1, 1, 0, 0])
    pairs, _ = sums([1, 1, 2, 2], [1, 1, 0, 0], cluster=[0, 0, 1, 1])
    # each row moves log S by 1/4 at risk less 1/2 where it dies: two dead -1/4 each, two left 1/4 each
    assert alone[0] == pytest.approx(4 * (1 / 4) ** 2)
    assert pairs[0] == pytest.approx(2 * (2 / 4) ** 2)


def test_a_weight_counts_in_full_and_not_as_rows() -> None:
    weighted, _ = sums([1, 2], [1, 0], weight=[3, 5])
    # n = 8, d = 3: each row moves log S by d / (n (n - d)) at risk, the dead also by -1 / (n - d); times its weight
    first, second = 3 * (3 / 40 - 1 / 5), 5 * (3 / 40)
    assert weighted[0] == pytest.approx(first**2 + second**2)
