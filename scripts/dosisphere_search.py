"""Kernels of the search for a cohort that prints as the trial report does: curves, ratios, annealing. No times are tied in it."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Wholes = NDArray[np.int64]
Random = np.random.Generator

Z = 1.959963984540054
TIMES = (24.0, 36.0, 48.0, 60.0)
MEDIAN = 3 * len(TIMES)
"""Place of the median among the numbers of a curve; its limits follow, then the day on which the curve comes to rest at one half."""
ARM, RESECTED, PVT, TD, PLD = range(5)
NEVER = 1000.0
HALF = 1.5e-8
"""Stands for a median or a limit that is not reached."""


@njit(cache=True)
def curve(order: Wholes, time: Reals, event: Wholes, member: Wholes, out: Reals) -> None:
    """Write rates with log limits at 24, 36, 48 and 60 months (per cent), the median with its limits by R's rule, and where the curve rests."""
    risk, reached = member.sum(), 0
    survival, wide, variance, rest = 1.0, 1.0, 0.0, -1.0
    out[MEDIAN:] = NEVER
    for i in order:
        while reached < len(TIMES) and time[i] > TIMES[reached]:
            write_rate(survival, wide, out[3 * reached : 3 * reached + 3])
            reached += 1
        if member[i] and event[i]:
            if rest >= 0 and out[MEDIAN] == NEVER:
                out[MEDIAN], out[MEDIAN + 3] = (rest + time[i]) / 2, rest
            survival *= (risk - 1) / risk
            variance += 1.0 / (risk * max(risk - 1, 1))
            wide = math.exp(Z * math.sqrt(variance))
            rest = time[i] if abs(survival - 0.5) < HALF else rest
            write_crossings(survival, wide, time[i], out)
        risk -= member[i]
    for k in range(reached, len(TIMES)):
        write_rate(survival, wide, out[3 * k : 3 * k + 3])


@njit(cache=True)
def write_rate(survival: float, wide: float, out: Reals) -> None:
    """Write a rate with its log limits, per cent."""
    out[0] = 100 * survival
    out[1] = 100 * survival / wide
    out[2] = min(100.0, 100 * survival * wide)


@njit(cache=True)
def write_crossings(survival: float, wide: float, now: float, out: Reals) -> None:
    """Write where the curve and its limits first fall below one half."""
    if out[MEDIAN] == NEVER and survival < 0.5 - HALF:
        out[MEDIAN] = now
    if out[MEDIAN + 1] == NEVER and survival / wide < 0.5:
        out[MEDIAN + 1] = now
    if out[MEDIAN + 2] == NEVER and survival > 0 and survival * wide < 0.5:
        out[MEDIAN + 2] = now


@njit(cache=True)
def score(
    order: Wholes, event: Wholes, x: Wholes, y: Wholes, member: Wholes, b: float, c: float
) -> tuple[float, float, float, float, float]:
    """Return the score and the information of two yes/no facts at their log ratios, by one walk from the last time to the first."""
    count = np.zeros((2, 2))
    ux, uy, ixx, iyy, ixy = 0.0, 0.0, 0.0, 0.0, 0.0
    p, q = math.exp(b), math.exp(c)
    for i in order[::-1]:
        if not member[i]:
            continue
        count[x[i], y[i]] += 1
        if event[i]:
            whole = count[0, 0] + count[1, 0] * p + count[0, 1] * q + count[1, 1] * p * q
            mx = (count[1, 0] * p + count[1, 1] * p * q) / whole
            my = (count[0, 1] * q + count[1, 1] * p * q) / whole
            ux += x[i] - mx
            uy += y[i] - my
            ixx += mx * (1 - mx)
            iyy += my * (1 - my)
            ixy += count[1, 1] * p * q / whole - mx * my
    return ux, uy, ixx, iyy, ixy


@njit(cache=True)
def ratios(order: Wholes, event: Wholes, x: Wholes, y: Wholes, member: Wholes, two: bool, out: Reals) -> None:
    """Write HR, limits and Wald P of x (and, with `two`, of y beside it), then the log-rank P of x alone (place 8)."""
    b, c, xx, yy = 0.0, 0.0, 0.0, 0.0
    out[:] = np.nan
    for turn in range(30):
        ux, uy, ixx, iyy, ixy = score(order, event, x, y, member, b, c)
        if not two:
            uy, iyy, ixy = 0.0, 1.0, 0.0
        det = ixx * iyy - ixy * ixy
        if det < 1e-9:
            return
        if turn == 0:
            out[8] = math.erfc(abs(ux) / math.sqrt(2.0 * ixx))
        sx, sy = (iyy * ux - ixy * uy) / det, (ixx * uy - ixy * ux) / det
        b += max(-1.0, min(1.0, sx))
        c += max(-1.0, min(1.0, sy))
        xx, yy = iyy / det, ixx / det
        if abs(sx) + abs(sy) < 1e-9:
            break
    write_ratio(b, math.sqrt(xx), out[0:4])
    write_ratio(c, math.sqrt(yy), out[4:8])


@njit(cache=True)
def write_ratio(beta: float, error: float, out: Reals) -> None:
    """Write a ratio with its limits and Wald P."""
    out[0] = math.exp(beta)
    out[1] = math.exp(beta - Z * error)
    out[2] = math.exp(beta + Z * error)
    out[3] = math.erfc(abs(beta) / error / math.sqrt(2.0))


@njit(cache=True)
def missed(values: Reals, wanted: Reals) -> float:
    """Return how far numbers lie outside what their prints allow: rows of `wanted` are low, high, one digit, weight."""
    total = 0.0
    for k in range(values.size):
        low, high, digit, weight = wanted[k, 0], wanted[k, 1], wanted[k, 2], wanted[k, 3]
        if weight == 0:
            continue
        value = values[k]
        if not low - 1e-9 <= value <= high + 1e-9:
            gap = 600.0 if math.isnan(value) else max(low - value, value - high) / digit
            total += weight * (0.25 + math.log1p(gap))
    return total


@njit(cache=True)
def chosen(who: Wholes, column: int, value: int, other: int, wanted: int, member: Wholes) -> None:
    """Write who has a value in a column, and, where `other` is a column, another there."""
    for i in range(len(who)):
        member[i] = int((column < 0 or who[i, column] == value) and (other < 0 or who[i, other] == wanted))


@njit(cache=True)
def energy(
    clock: Reals,
    event: Wholes,
    who: Wholes,
    groups: Wholes,
    contrasts: Wholes,
    curves: Reals,
    hazards: Reals,
    threshold: float,
) -> float:
    """Return how far the main part of the cohort is from the report; counting stops beyond the threshold.

    `clock` holds death or censoring, then surgery; the last two groups and the last contrast are of follow-up cut at surgery.
    """
    n = len(who)
    member, line, out = np.zeros(n, np.int64), np.zeros(MEDIAN + 4), np.zeros(9)
    cut, alive = clock[:, 0].copy(), event.copy()
    for i in range(n):
        if who[i, RESECTED]:
            cut[i], alive[i] = min(clock[i, 1], clock[i, 0] - 0.05), 0
    orders = (np.argsort(clock[:, 0]), np.argsort(cut))
    total = 0.0
    for g in range(len(groups)):
        if total > threshold:
            return total
        chosen(who, groups[g, 0], groups[g, 1], groups[g, 2], groups[g, 3], member)
        if groups[g, 4]:
            curve(orders[1], cut, alive, member, line)
        else:
            curve(orders[0], clock[:, 0], event, member, line)
        total += missed(line, curves[g])
    for k in range(len(contrasts)):
        if total > threshold:
            return total
        chosen(who, contrasts[k, 1], contrasts[k, 2], -1, 0, member)
        x = np.maximum(who[:, contrasts[k, 0]], 0)
        if contrasts[k, 0] == TD:
            member = (who[:, TD] >= 0).astype(np.int64)
        if contrasts[k, 3]:
            ratios(orders[1], alive, x, x, member, False, out)
        else:
            ratios(orders[0], event, x, x, member, False, out)
        total += missed(out, hazards[k])
    return total


@njit(cache=True)
def tied(time: Reals, i: int, new: float) -> bool:
    """Return whether another patient has that time."""
    gap = np.abs(time - new)
    gap[i] = 1.0
    return bool(gap.min() < 0.04)


@njit(cache=True)
def moved(clock: Reals, who: Wholes, spans: Reals, stretch: Wholes, i: int, j: int, random: Random) -> bool:
    """Change one thing about one or two patients; return whether anything was changed."""
    kind = random.integers(0, 9)
    if kind == 0 and who[i, RESECTED]:
        clock[i, 1] = round(random.uniform(3.0, 14.0) * 10) / 10 + 0.05  # between the tenths on which deaths fall
        return True
    if kind <= 2:
        low, high = spans[stretch[i], 0], spans[stretch[i], 1]
        new = clock[i, 0] + random.normal(0.0, 1.0) if random.random() < 0.5 else random.uniform(low, high)
        new = round(new * 10) / 10
        if high == low or not low <= new <= high or tied(clock[:, 0], i, new):
            return False
        clock[i, 0] = new
        return True
    if i == j or stretch[i] != stretch[j]:
        return False
    if kind == 3:
        clock[i, 0], clock[j, 0] = clock[j, 0], clock[i, 0]
        return True
    return exchanged(who, i, j, kind)


@njit(cache=True)
def exchanged(who: Wholes, i: int, j: int, kind: int) -> bool:
    """Exchange facts between two patients of one stretch: resection or PVT inside an arm, TD, PLD, or both doses."""
    if kind <= 5:
        column = RESECTED if kind == 4 else PVT
        if who[i, ARM] != who[j, ARM]:
            return False
        who[i, column], who[j, column] = who[j, column], who[i, column]
        return True
    if kind != 7:
        who[i, TD], who[j, TD] = who[j, TD], who[i, TD]
    if kind != 6:
        who[i, PLD], who[j, PLD] = who[j, PLD], who[i, PLD]
    return True


@njit(cache=True)
def anneal(
    clock: Reals,
    event: Wholes,
    stretch: Wholes,
    who: Wholes,
    groups: Wholes,
    contrasts: Wholes,
    curves: Reals,
    hazards: Reals,
    spans: Reals,
    steps: int,
    warmth: tuple[float, float],
    random: Random,
) -> float:
    """Move times inside their stretch and exchange facts between patients of one stretch, until the cohort prints as wanted.

    Every exchange keeps the whole numbers that the printed rates pin down. Returns the best energy; the arrays hold its cohort.
    """
    n = len(who)
    now = energy(clock, event, who, groups, contrasts, curves, hazards, np.inf)
    best, best_clock, best_who = now, clock.copy(), who.copy()
    for step in range(steps):
        heat = warmth[0] * (warmth[1] / warmth[0]) ** (step / steps)
        i, j = int(random.integers(0, n)), int(random.integers(0, n))
        old = clock[i].copy(), who[i].copy(), clock[j].copy(), who[j].copy()
        if not moved(clock, who, spans, stretch, i, j, random):
            continue
        threshold = now - heat * math.log(max(random.random(), 1e-300))
        then = energy(clock, event, who, groups, contrasts, curves, hazards, threshold)
        if then <= threshold:
            now = then
        else:
            clock[i], who[i] = old[0], old[1]
            if i != j:
                clock[j], who[j] = old[2], old[3]
        if now < best - 1e-12:
            best, best_clock, best_who = now, clock.copy(), who.copy()
    clock[:], who[:] = best_clock, best_who
    return best


@njit(cache=True)
def pair(order: Wholes, x: Wholes, stratum: Wholes, random: Random) -> tuple[int, int]:
    """Return two patients to exchange a fact, often near in time; the same twice to flip one; -1 where neither may be."""
    n = x.size
    i, j = int(random.integers(0, n)), int(random.integers(0, n))
    if random.random() < 0.5:
        place = random.integers(0, n - 6)
        i, j = int(order[place]), int(order[place + 1 + random.integers(0, 5)])
    if stratum[0] < 0 and random.random() < 0.2:
        return i, i
    if x[i] == x[j] or stratum[i] != stratum[j]:
        return -1, -1
    return i, j
