"""The passes over risk sets under Cox's partial likelihood, for many rows and for exact ties. Compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.values.cohort import Mask, Numbers

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def _efron_sums(s0: float, e0: float, deaths: int, share: float, efron: bool, sums: Numbers) -> float:
    """Return the sum of log risks; write the five sums of `_Steps`."""
    log, product = 0.0, 1.0
    one, left, square, cross, gone = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(deaths):
        f = k / deaths if efron else 0.0
        risk = s0 - f * e0
        v = 1.0 / risk
        product *= risk
        if product > 1e200 or product < 1e-200:
            log += np.log(product)
            product = 1.0
        one += v
        left += f * v
        square += v * v
        cross += f * v * v
        gone += f * f * v * v
    sums[0], sums[1], sums[2] = one * share, left * share, square * share
    sums[3], sums[4] = cross * share, gone * share
    return float((log + np.log(product)) * share)


@njit(cache=True, nogil=True, error_model="numpy")
def hazard_pass(
    risk: Numbers,
    observed: Mask,
    weight: Numbers,
    start: Whole,
    begins: Mask,
    leaving: Whole,
    leave: Whole,
    pull: Numbers,
    efron: bool,
) -> tuple[float, Numbers, Whole, Matrix]:
    """Walk the groups from the last time to the first, gathering who is at risk, and back, gathering the hazards that rows pass through."""
    groups = begins.size
    deaths, sums = np.zeros(groups, np.int64), np.zeros((5, groups))
    value, s0, present = 0.0, 0.0, 0
    for g in range(groups):
        if begins[g]:
            present = 0
        if present == 0:
            s0 = 0.0
        e0, dead = 0.0, 0.0
        count, here = 0, 0.0
        for i in range(start[g], start[g + 1]):
            here += risk[i]
            count += observed[i]
            dead += weight[i] * observed[i]
            e0 += risk[i] * observed[i]
        s0 += here
        deaths[g] = count
        for k in range(leave[g], leave[g + 1]):
            s0 -= risk[leaving[k]]
        present += start[g + 1] - start[g] - (leave[g + 1] - leave[g])
        if deaths[g] > 0:
            share = dead / deaths[g]
            if pull.size > 0:
                share *= _pull_of(pull, observed, start[g])
            value -= _efron_sums(s0, e0, count, share, efron, sums[:, g])
    return value, _passed(observed, start, begins, leaving, leave, deaths, sums), deaths, sums


@njit(cache=True, nogil=True)
def _passed(
    observed: Mask, start: Whole, begins: Mask, leaving: Whole, leave: Whole, deaths: Whole, sums: Matrix
) -> Numbers:
    """Return the hazard that each row passes through, summed from the first time on: the small hazards that a row of great risk sees come first.

    From the last time on, they would be what is left of a difference: risks e^19 apart then cost eight digits.
    """
    passed, through = np.zeros(start[-1]), 0.0
    for g in range(begins.size - 1, -1, -1):
        if g + 1 == begins.size or begins[g + 1]:
            through = 0.0
        through += sums[0, g]
        for k in range(leave[g], leave[g + 1]):
            passed[leaving[k]] = -through
        for i in range(start[g], start[g + 1]):
            passed[i] += through
        if deaths[g] > 1:
            _spare(passed, observed, start[g], start[g + 1], sums[1, g])
    return passed


@njit(cache=True, nogil=True)
def _pull_of(pull: Numbers, observed: Mask, at: int) -> float:
    """Return the factor of the first death of a group."""
    while not observed[at]:
        at += 1
    return float(pull[at])


@njit(cache=True, nogil=True)
def _spare(passed: Numbers, observed: Mask, low: int, high: int, less: float) -> None:
    """Take from the dead of a group what those that had left before them did not pass through."""
    for i in range(low, high):
        if observed[i]:
            passed[i] -= less


@njit(cache=True, nogil=True)
def moment_pass(
    x: Matrix,
    risk: Numbers,
    dead_risk: Numbers,
    start: Whole,
    begins: Mask,
    leaving: Whole,
    leave: Whole,
    group: Whole,
) -> tuple[Matrix, Matrix]:
    """Return sums of risk times covariates over those at risk and over the dead at each event time, shape (p, events)."""
    p, groups = x.shape[0], begins.size
    s1, e1 = np.zeros((p, group.size)), np.zeros((p, group.size))
    for a in range(p):
        column = x[a]
        total, m = 0.0, 0
        for g in range(groups):
            if begins[g]:
                total = 0.0
            here, dead = 0.0, 0.0
            for i in range(start[g], start[g + 1]):
                here += risk[i] * column[i]
                dead += dead_risk[i] * column[i]
            total += here
            for k in range(leave[g], leave[g + 1]):
                total -= risk[leaving[k]] * column[leaving[k]]
            if m < group.size and group[m] == g:
                s1[a, m], e1[a, m] = total, dead
                m += 1
    return s1, e1


@njit(cache=True, nogil=True)
def _subset(b0: Numbers, b1: Matrix, b2: NDArray[np.float64], x: Numbers, r: float) -> None:
    """Let one more row into the sums over all d-subsets of those at risk, and into their derivatives."""
    p = x.size
    for d in range(b0.size - 1, 0, -1):
        for a in range(p):
            for b in range(a, p):
                b2[d, a, b] += r * (
                    b2[d - 1, a, b] + x[a] * b1[d - 1, b] + x[b] * b1[d - 1, a] + x[a] * x[b] * b0[d - 1]
                )
        for a in range(p):
            b1[d, a] += r * (b1[d - 1, a] + x[a] * b0[d - 1])
        b0[d] += r * b0[d - 1]


@njit(cache=True, nogil=True)
def exact_pass(
    x: Matrix, eta: Numbers, observed: Mask, start: Whole, begins: Mask, leaving: Whole, leave: Whole
) -> tuple[float, Numbers, Matrix]:
    """Return value, score and information by the recursion B(d, m) = B(d, m-1) + r_m B(d-1, m-1)."""
    p, n = x.shape
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    here = np.zeros(n, np.bool_)
    first = 0
    for g in range(begins.size):
        if begins[g]:
            first = start[g]
        here[start[g] : start[g + 1]] = True
        here[leaving[leave[g] : leave[g + 1]]] = False
        dead = np.flatnonzero(observed[start[g] : start[g + 1]]) + start[g]
        if dead.size == 0:
            continue
        present = np.flatnonzero(here[first : start[g + 1]]) + first
        top = eta[present].max()
        b0, b1, b2 = np.zeros(dead.size + 1), np.zeros((dead.size + 1, p)), np.zeros((dead.size + 1, p, p))
        b0[0], scale = 1.0, 0.0
        for j in present:
            _subset(b0, b1, b2, x[:, j].copy(), np.exp(eta[j] - top))
            if b0[dead.size] > 1e100:
                b0, b1, b2, scale = b0 * 1e-100, b1 * 1e-100, b2 * 1e-100, scale + np.log(1e100)
        for j in dead:
            value += eta[j] - top
            score += x[:, j]
        value -= np.log(b0[dead.size]) + scale
        mean = b1[dead.size] / b0[dead.size]
        score -= mean
        information += b2[dead.size] / b0[dead.size] - np.outer(mean, mean)
    return value, score, information
