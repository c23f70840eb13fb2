"""Running sums over clusters under infinitesimal-jackknife variances. Compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.cohort import Mask, Numbers

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


@njit(cache=True, nogil=True)
def _move(sums: Matrix, squares: Matrix, cluster: int, by: Numbers) -> None:
    """Move what a cluster holds (risk, shift of log S, fixed part of each F_k), keeping the sums of its products."""
    width = by.size
    for i in range(width):
        for j in range(width):
            old = sums[cluster, i] * sums[cluster, j]
            squares[i, j] += (sums[cluster, i] + by[i]) * (sums[cluster, j] + by[j]) - old
    sums[cluster] += by


@njit(cache=True, nogil=True)
def _sum(squares: Matrix, weight: Numbers) -> float:
    """Return the sum over clusters of (weight . held)^2; what rounding leaves of terms that cancel is zero."""
    total, size = 0.0, 0.0
    for i in range(weight.size):
        for j in range(weight.size):
            term = weight[i] * squares[i, j] * weight[j]
            total += term
            size += abs(term)
    return total if total > 1e-14 * size else 0.0


@njit(cache=True, nogil=True)
def jackknife_sums(
    leaving: Whole,
    coming: Whole,
    time: Numbers,
    entry: Numbers,
    observed: Mask,
    cause: Whole,
    weight: Numbers,
    cluster: Whole,
    at: Numbers,
    n: Numbers,
    d: Numbers,
    by_cause: Matrix,
) -> tuple[Numbers, Matrix]:
    """Return the variances of log S and of each F_k at the times `at`, from running sums over clusters."""
    times, causes = by_cause.shape
    sums, squares = np.zeros((cluster.max() + 1, 2 + causes)), np.zeros((2 + causes, 2 + causes))
    log_s, incidence = np.full(times, np.nan), np.zeros((times, causes))
    b, f, by = np.zeros(causes), np.zeros(causes), np.zeros(2 + causes)
    a, survival, out, inn = 0.0, 1.0, 0, 0
    for j in range(times):
        while inn < coming.size and entry[coming[inn]] < at[j]:
            w = weight[coming[inn]]
            by[0], by[1], by[2:] = w, -w * a, -w * (b - a * f)
            _move(sums, squares, cluster[coming[inn]], by)
            inn += 1
        hazard = by_cause[j] / n[j]
        b += survival * hazard * (a - 1.0 / n[j])
        f += survival * hazard
        left = n[j] - d[j]
        last = d[j] > 0 and left <= 1e-14 * n[j]
        if not last:
            a += d[j] / (n[j] * left)
        while out < leaving.size and time[leaving[out]] == at[j]:
            i = leaving[out]
            c = a - (1.0 / left if observed[i] and not last else 0.0)
            by[0], by[1], by[2:] = -weight[i], weight[i] * c, weight[i] * (b - c * f)
            if cause[i] > 0:
                by[1 + cause[i]] += weight[i] * survival / n[j]
            _move(sums, squares, cluster[i], by)
            out += 1
        if (
            d[j] == 0 and j > 0
        ):  # nothing happened: not a bit may move, for quantiles look for the first time of a flat part
            log_s[j], incidence[j] = log_s[j - 1], incidence[j - 1]
            continue
        look = np.zeros(2 + causes)
        look[0], look[1] = a, 1.0
        if not last:
            log_s[j] = _sum(squares, look)
        for k in range(causes):
            look[:] = 0.0
            look[0], look[1], look[2 + k] = b[k], f[k], 1.0
            incidence[j, k] = _sum(squares, look)
        survival *= left / n[j]
        if last:
            incidence[j:] = incidence[j]
            break
    return log_s, incidence
