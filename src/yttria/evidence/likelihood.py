"""Cox's partial likelihood: value, score and information in one backward pass over risk sets, O(n p^2).

Efron's rule for d deaths at one time, with case weights: the k-th of them (k = 0 … d - 1) counts the mean weight of the dead and
sees a risk set from which the share k / d of the dead has left. Breslow's rule lets none leave.

Source
------
Cox 1972, doi:10.1111/j.2517-6161.1972.tb00899.x; Efron 1977, doi:10.1080/01621459.1977.10480613; exact ties:
Gail, Lubin and Rubinstein 1981, doi:10.1093/biomet/68.3.703. Referee: R survival, coxph.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from yttria.evidence.riskset import RiskOrder
from yttria.values.cohort import Mask, Numbers

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Log-likelihood with its first derivative and its information (minus the second)."""

    value: float
    score: Numbers
    information: Matrix


def partial_likelihood(
    rows: RiskOrder, x: Matrix, eta: Numbers, *, efron: bool, pull: Numbers | None = None
) -> Likelihood:
    """Return the partial likelihood at the linear predictor `eta`.

    Parameters
    ----------
    rows
        Rows in risk order.
    x
        Covariates in risk order, shape (n, p).
    eta
        Linear predictor in risk order, offset included.
    efron
        Efron's rule for ties; otherwise Breslow's.
    pull
        A factor for the contribution of each death (the same for deaths at one time of one stratum): tests of proportionality
        weigh them by a function of time.

    Examples
    --------
    >>> from yttria.evidence.riskset import risk_order
    >>> from yttria.values.cohort import TimeToEvent
    >>> rows = risk_order(TimeToEvent(np.array([1.0, 2.0]), np.array([True, True])))
    >>> round(partial_likelihood(rows, np.array([[0.0], [1.0]]), np.zeros(2), efron=True).value, 4)
    -0.6931
    """
    factor = np.ones(0) if pull is None else pull
    value, score, upper = _sums(
        x,
        rows.time,
        rows.observed,
        rows.weight,
        rows.stratum,
        rows.entry,
        rows.leaving,
        eta,
        np.exp(eta) * rows.weight,
        factor,
        efron,
    )
    return Likelihood(value, score, np.triu(upper) + np.triu(upper, 1).T)


@njit(cache=True, nogil=True)
def _sums(
    x: Matrix,
    time: Numbers,
    observed: Mask,
    weight: Numbers,
    stratum: Whole,
    entry: Numbers,
    leaving: Whole,
    eta: Numbers,
    risk: Numbers,
    pull: Numbers,
    efron: bool,
) -> tuple[float, Numbers, Matrix]:
    n, p = x.shape
    late, pulled = leaving.size > 0, pull.size > 0
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    s0, s1, s2 = 0.0, np.zeros(p), np.zeros((p, p))
    e0, e1, e2 = 0.0, np.zeros(p), np.zeros((p, p))
    mean = np.zeros(p)
    i, k, present = 0, 0, 0
    while i < n:
        if i == 0 or stratum[i] != stratum[i - 1] or present == 0:
            s0, present = 0.0, 0
            s1[:] = 0.0
            s2[:] = 0.0
            while late and k < leaving.size and stratum[leaving[k]] < stratum[i]:
                k += 1
        now, here = time[i], stratum[i]
        deaths, weights, factor = 0, 0.0, 1.0
        while i < n and time[i] == now and stratum[i] == here:
            r = risk[i]
            s0 += r
            present += 1
            for a in range(p):
                ra = r * x[i, a]
                s1[a] += ra
                for b in range(a, p):
                    s2[a, b] += ra * x[i, b]
            if observed[i]:
                if deaths == 0:
                    e0 = 0.0
                    e1[:] = 0.0
                    e2[:] = 0.0
                    factor = pull[i] if pulled else 1.0
                deaths += 1
                weights += weight[i]
                value += factor * weight[i] * eta[i]
                e0 += r
                for a in range(p):
                    score[a] += factor * weight[i] * x[i, a]
                    ra = r * x[i, a]
                    e1[a] += ra
                    for b in range(a, p):
                        e2[a, b] += ra * x[i, b]
            i += 1
        while late and k < leaving.size and stratum[leaving[k]] == here and entry[leaving[k]] >= now:
            row = leaving[k]
            r = risk[row]
            s0 -= r
            present -= 1
            for a in range(p):
                ra = r * x[row, a]
                s1[a] -= ra
                for b in range(a, p):
                    s2[a, b] -= ra * x[row, b]
            k += 1
        if deaths == 0:
            continue
        share = factor * weights / deaths
        one, left, square, cross, gone = 0.0, 0.0, 0.0, 0.0, 0.0
        for m in range(deaths):
            f = m / deaths if efron else 0.0
            inverse = 1.0 / (s0 - f * e0)
            value += share * np.log(inverse)
            one += inverse
            left += f * inverse
            square += inverse * inverse
            cross += f * inverse * inverse
            gone += f * f * inverse * inverse
        for a in range(p):
            score[a] -= share * (one * s1[a] - left * e1[a])
            for b in range(a, p):
                second = one * s2[a, b] - left * e2[a, b]
                first = square * s1[a] * s1[b] - cross * (s1[a] * e1[b] + e1[a] * s1[b]) + gone * e1[a] * e1[b]
                information[a, b] += share * (second - first)
    return value, score, information


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """What a fitted model says at each distinct event time, in ascending time within ascending stratum.

    Parameters
    ----------
    stratum, time
        Where and when.
    deaths
        How many rows die.
    hazard
        Increment of the baseline hazard.
    hazard_own
        The increment that one of the dead goes through at its own time (less, by Efron's rule).
    pulled, pulled_own
        Increments times the mean covariates at risk, shape (events, p).
    mean
        Mean covariates at risk, over the steps of Efron's rule, shape (events, p).
    """

    stratum: Whole
    time: Numbers
    deaths: Whole
    hazard: Numbers
    hazard_own: Numbers
    pulled: Matrix
    pulled_own: Matrix
    mean: Matrix


def event_table(rows: RiskOrder, x: Matrix, eta: Numbers, *, efron: bool) -> EventTable:
    """Return the event table at the linear predictor `eta`; parameters as in `partial_likelihood`."""
    raw = _events(
        x,
        rows.time,
        rows.observed,
        rows.weight,
        rows.stratum,
        rows.entry,
        rows.leaving,
        np.exp(eta) * rows.weight,
        efron,
    )
    order = np.lexsort((raw[1], raw[0]))
    return EventTable(*(column[order] for column in raw))


@njit(cache=True, nogil=True)
def _events(
    x: Matrix,
    time: Numbers,
    observed: Mask,
    weight: Numbers,
    stratum: Whole,
    entry: Numbers,
    leaving: Whole,
    risk: Numbers,
    efron: bool,
) -> tuple[Whole, Numbers, Whole, Numbers, Numbers, Matrix, Matrix, Matrix]:
    n, p = x.shape
    late = leaving.size > 0
    size = 0
    for i in range(n):
        size += observed[i]
    where, when, dead = np.empty(size, np.int64), np.empty(size), np.empty(size, np.int64)
    hazard, own = np.zeros(size), np.zeros(size)
    pulled, pulled_own, mean = np.zeros((size, p)), np.zeros((size, p)), np.zeros((size, p))
    s0, s1 = 0.0, np.zeros(p)
    e0, e1 = 0.0, np.zeros(p)
    i, k, m, present = 0, 0, 0, 0
    while i < n:
        if i == 0 or stratum[i] != stratum[i - 1] or present == 0:
            s0, present = 0.0, 0
            s1[:] = 0.0
            while late and k < leaving.size and stratum[leaving[k]] < stratum[i]:
                k += 1
        now, here = time[i], stratum[i]
        deaths, weights = 0, 0.0
        while i < n and time[i] == now and stratum[i] == here:
            s0 += risk[i]
            present += 1
            for a in range(p):
                s1[a] += risk[i] * x[i, a]
            if observed[i]:
                if deaths == 0:
                    e0 = 0.0
                    e1[:] = 0.0
                deaths += 1
                weights += weight[i]
                e0 += risk[i]
                for a in range(p):
                    e1[a] += risk[i] * x[i, a]
            i += 1
        while late and k < leaving.size and stratum[leaving[k]] == here and entry[leaving[k]] >= now:
            row = leaving[k]
            s0 -= risk[row]
            present -= 1
            for a in range(p):
                s1[a] -= risk[row] * x[row, a]
            k += 1
        if deaths == 0:
            continue
        where[m], when[m], dead[m] = here, now, deaths
        for step in range(deaths):
            f = step / deaths if efron else 0.0
            inverse = 1.0 / (s0 - f * e0)
            jump = weights / deaths * inverse
            hazard[m] += jump
            own[m] += (1.0 - f) * jump
            for a in range(p):
                bar = (s1[a] - f * e1[a]) * inverse
                mean[m, a] += bar / deaths
                pulled[m, a] += bar * jump
                pulled_own[m, a] += (1.0 - f) * bar * jump
        m += 1
    return where[:m], when[:m], dead[:m], hazard[:m], own[:m], pulled[:m], pulled_own[:m], mean[:m]


def exact_likelihood(rows: RiskOrder, x: Matrix, eta: Numbers) -> Likelihood:
    """Return the exact partial likelihood for tied deaths: the chance that these d of those at risk died, not others.

    Parameters as in `partial_likelihood`; weights do not enter.
    """
    value, score, upper = _exact(x, rows.time, rows.observed, rows.stratum, rows.entry, eta)
    return Likelihood(value, score, np.triu(upper) + np.triu(upper, 1).T)


@njit(cache=True, nogil=True)
def _exact(
    x: Matrix, time: Numbers, observed: Mask, stratum: Whole, entry: Numbers, eta: Numbers
) -> tuple[float, Numbers, Matrix]:
    """Return value, score and information by the recursion over subsets: B(d, m) = B(d, m-1) + r_m B(d-1, m-1)."""
    n, p = x.shape
    value, score, information = 0.0, np.zeros(p), np.zeros((p, p))
    start, i = 0, 0
    while i < n:
        if i > 0 and stratum[i] != stratum[i - 1]:
            start = i
        now, here, deaths = time[i], stratum[i], 0
        top = -np.inf
        while i < n and time[i] == now and stratum[i] == here:
            if observed[i]:
                deaths += 1
                value += eta[i]
                for a in range(p):
                    score[a] += x[i, a]
            i += 1
        if deaths == 0:
            continue
        for j in range(start, i):
            top = max(top, eta[j])
        b0, b1, b2 = np.zeros(deaths + 1), np.zeros((deaths + 1, p)), np.zeros((deaths + 1, p, p))
        b0[0] = 1.0
        scale = 0.0
        for j in range(start, i):
            if entry.size > 0 and entry[j] >= now:
                continue
            r = np.exp(eta[j] - top)
            for d in range(deaths, 0, -1):
                for a in range(p):
                    xa = x[j, a]
                    for b in range(a, p):
                        b2[d, a, b] += r * (
                            b2[d - 1, a, b] + xa * b1[d - 1, b] + x[j, b] * b1[d - 1, a] + xa * x[j, b] * b0[d - 1]
                        )
                for a in range(p):
                    b1[d, a] += r * (b1[d - 1, a] + x[j, a] * b0[d - 1])
                b0[d] += r * b0[d - 1]
            if b0[deaths] > 1e100:
                b0, b1, b2, scale = b0 * 1e-100, b1 * 1e-100, b2 * 1e-100, scale + np.log(1e100)
        value -= np.log(b0[deaths]) + scale + deaths * top
        for a in range(p):
            first = b1[deaths, a] / b0[deaths]
            score[a] -= first
            for b in range(a, p):
                information[a, b] += b2[deaths, a, b] / b0[deaths] - first * b1[deaths, b] / b0[deaths]
    return value, score, information
