"""Kernels of the search for the report's conclusions: models of several factors, stepwise choice, effects in subgroups. No times are tied."""

import math

import numpy as np
from numba import njit

from scripts.dosisphere_search import (
    ARM,
    PVT,
    RESECTED,
    TD,
    Random,
    Reals,
    Wholes,
    missed,
    pair,
    ratios,
)

FACTS = (
    "female",
    "older",
    "child",
    "ecog",
    "cirrhosis",
    "bilobar",
    "multifocal",
    "later_line",
    "large",
    "afp_high",
    "involved",
)
"""Factors beside arm, resection, invasion and doses, in the order of their columns."""
FIRST = 5
"""Column of the first of them in the table of all facts."""
ECOG, CIRRHOSIS, BILOBAR, MULTIFOCAL, AFP = (FIRST + FACTS.index(name) for name in ("ecog", "cirrhosis", "bilobar", "multifocal", "afp_high"))  # fmt: skip
PRODUCT = FIRST + len(FACTS)
"""Column that holds arm times factor while an interaction is tested."""
CANDIDATES = np.array([ARM, RESECTED, CIRRHOSIS, MULTIFOCAL, BILOBAR, PVT, AFP, TD, FIRST - 1])
"""Columns with a univariable P below 0.15 in Table 3: those that the stepwise choice starts from."""
KEPT = (1 << 1) | (1 << 4)
"""What the report's choice keeps, as places in CANDIDATES: resection and bilobar disease."""
SMALLEST_GAIN = 1.95
"""Of twice the log-likelihood: 2 is what one more term costs; a margin keeps the choice from standing on the last digit."""
MOST_INTERACTION = 2.07
"""Of twice the log-likelihood: P 0.15 with one degree of freedom."""
FAVOURABLE = 0.96
"""Largest ratio of the arms in a subgroup that still favours the personalised arm when it is printed with two digits."""
RUNAWAY = 4.0
"""A log ratio beyond it is that of a subgroup in which one arm is always first."""


@njit(cache=True)
def likelihood(order: Wholes, event: Wholes, table: Reals, columns: Wholes, member: Wholes, beta: Reals) -> float:
    """Return the greatest partial log-likelihood of a Cox model of yes/no columns, and write its coefficients.

    It is walked from the last time to the first, so that the sums over those at risk only grow; no two deaths are tied.
    """
    k = columns.size
    beta[:k] = 0.0
    last = 0.0
    for _ in range(25):
        at_risk, slope, bend = np.zeros((k + 1, k + 1)), np.zeros(k), np.zeros((k, k))
        last = 0.0
        for i in order[::-1]:
            if member[i]:
                linear = entered(table[i], columns, beta, at_risk)
                if event[i]:
                    last += linear - math.log(at_risk[k, k])
                    died(table[i], columns, at_risk, slope, bend)
        if not solved(bend, slope, k):
            return last
        far = 0.0
        for a in range(k):
            step = max(-1.5, min(1.5, slope[a]))
            beta[a] += step
            far += abs(step)
        if far < 1e-5 or np.abs(beta[:k]).max() > 15:
            break
    return last


@njit(cache=True)
def entered(row: Reals, columns: Wholes, beta: Reals, at_risk: Reals) -> float:
    """Add a patient to the sums over those at risk and return the linear predictor.

    The sums are of weights where two columns are yes; the last row holds those of one column, its last cell those of all.
    """
    k = columns.size
    linear = 0.0
    for a in range(k):
        linear += beta[a] * row[columns[a]]
    weight = math.exp(linear)
    at_risk[k, k] += weight
    for a in range(k):
        if row[columns[a]] != 0:
            at_risk[k, a] += weight
            for b in range(a + 1):
                if row[columns[b]] != 0:
                    at_risk[a, b] += weight
    return linear


@njit(cache=True)
def died(row: Reals, columns: Wholes, at_risk: Reals, slope: Reals, bend: Reals) -> None:
    """Add a death to the slope of the log-likelihood and to the information."""
    k = columns.size
    whole = at_risk[k, k]
    for a in range(k):
        mean = at_risk[k, a] / whole
        slope[a] += row[columns[a]] - mean
        for b in range(a + 1):
            bend[a, b] += at_risk[a, b] / whole - mean * at_risk[k, b] / whole


@njit(cache=True)
def solved(lower: Reals, right: Reals, k: int) -> bool:
    """Solve a symmetric positive system in place by Cholesky; return whether it could be."""
    for a in range(k):
        for b in range(a + 1):
            total = lower[a, b]
            for c in range(b):
                total -= lower[a, c] * lower[b, c]
            if a == b:
                if total < 1e-10:
                    return False
                lower[a, a] = math.sqrt(total)
            else:
                lower[a, b] = total / lower[b, b]
    for a in range(k):
        for c in range(a):
            right[a] -= lower[a, c] * right[c]
        right[a] /= lower[a, a]
    for a in range(k - 1, -1, -1):
        for c in range(a + 1, k):
            right[a] -= lower[c, a] * right[c]
        right[a] /= lower[a, a]
    return True


@njit(cache=True)
def of_mask(order: Wholes, event: Wholes, table: Reals, mask: int, member: Wholes) -> float:
    """Return the log-likelihood of the model with the candidates whose bits are set."""
    columns = np.zeros(len(CANDIDATES), np.int64)
    k = 0
    for place in range(len(CANDIDATES)):
        if mask >> place & 1:
            columns[k] = CANDIDATES[place]
            k += 1
    return likelihood(order, event, table, columns[:k], member, np.zeros(len(CANDIDATES)))


@njit(cache=True)
def stepwise(order: Wholes, event: Wholes, table: Reals, member: Wholes, start: int) -> int:
    """Return what a choice up and down by Akaike's criterion keeps, as bits; the move that lowers it most is taken first."""
    now = start
    best = -2.0 * of_mask(order, event, table, now, member) + 2.0 * bits(now)
    while True:
        found, where = best, -1
        for place in range(len(CANDIDATES)):
            other = now ^ (1 << place)
            aic = -2.0 * of_mask(order, event, table, other, member) + 2.0 * bits(other)
            if aic < found - 1e-9:
                found, where = aic, other
        if where < 0:
            return now
        now, best = where, found


@njit(cache=True)
def bits(mask: int) -> int:
    """Return how many bits are set."""
    count = 0
    while mask:
        count += mask & 1
        mask >>= 1
    return count


@njit(cache=True)
def beyond(value: float, limit: float, unit: float) -> float:
    """Return how far a number lies above a limit, as `missed` counts it."""
    return 0.0 if value <= limit else 0.25 + math.log1p((value - limit) / unit)


@njit(cache=True)
def choice(order: Wholes, event: Wholes, table: Reals, member: Wholes) -> float:
    """Return how far the stepwise choice is from keeping resection and bilobar disease alone, from all candidates and from none.

    First each other candidate must add less than a term costs, and bilobar disease must add most to resection; then both walks are made.
    """
    both = of_mask(order, event, table, KEPT, member)
    alone = of_mask(order, event, table, 1 << 1, member)
    gain, total = 2 * (both - alone), 0.0
    total += beyond(4.0 - gain, 0.0, 1.0)
    for place in range(len(CANDIDATES)):
        if KEPT >> place & 1:
            continue
        total += beyond(2 * (of_mask(order, event, table, KEPT | 1 << place, member) - both), SMALLEST_GAIN, 0.5)
        total += beyond(2 * (of_mask(order, event, table, 1 << 1 | 1 << place, member) - alone), gain, 0.5)
    if total > 0:
        return total + 1.0
    for start in ((1 << len(CANDIDATES)) - 1, 0):
        wrong = bits(stepwise(order, event, table, member, start) ^ KEPT)
        total += 0.2 * wrong + (0.1 if wrong else 0.0)
    return total


@njit(cache=True)
def effects(order: Wholes, event: Wholes, who: Wholes, table: Reals, column: int) -> float:
    """Return how far the effect of the arm is from being consistent between the levels of a factor, and from favouring it in both."""
    n = len(table)
    everybody, beta, out = np.ones(n, np.int64), np.zeros(3), np.zeros(9)
    for i in range(n):
        table[i, PRODUCT] = table[i, ARM] * table[i, column]
    main = likelihood(order, event, table, np.array([ARM, column]), everybody, beta)
    whole = likelihood(order, event, table, np.array([ARM, column, PRODUCT]), everybody, beta)
    total = beyond(2 * (whole - main), MOST_INTERACTION, 0.3)
    arm = who[:, ARM].copy()
    for level in range(2):
        inside = (table[:, column] == level).astype(np.int64)
        ratios(order, event, arm, arm, inside, False, out)
        if math.isnan(out[0]) or not math.exp(-RUNAWAY) < out[0] < math.exp(RUNAWAY):
            total += 0.6
        else:
            total += beyond(math.log(out[0]), math.log(FAVOURABLE), 0.1)
    return total


@njit(cache=True)
def counted(who: Wholes, table: Reals) -> float:
    """Return how far Table 1's stages are off: BCLC B, three of PDA and two of SDA, takes neither invasion nor a performance of 1."""
    free = np.zeros(2)
    for i in range(len(who)):
        if who[i, PVT] == 0 and table[i, ECOG] == 0:
            free[who[i, ARM]] += 1
    return beyond(3 - free[1], 0.0, 1.0) + beyond(2 - free[0], 0.0, 1.0)


@njit(cache=True)
def distance(
    order: Wholes,
    event: Wholes,
    who: Wholes,
    table: Reals,
    own: Reals,
    adjusted: Reals,
    fact: int,
    threshold: float,
) -> float:
    """Return how far a factor is from the report: its own ratio, its subgroups, the choice; counting stops beyond the threshold.

    Bilobar disease stands in the adjusted model beside resection too, performance in the stages of Table 1.
    """
    everybody, out = np.ones(len(who), np.int64), np.zeros(9)
    column = FIRST + fact
    x = table[:, column].astype(np.int64)
    ratios(order, event, x, x, everybody, False, out)
    total = missed(out, own[fact])
    if column == ECOG:
        total += counted(who, table)
    if column == BILOBAR:
        ratios(order, event, who[:, RESECTED].copy(), x, everybody, True, out)
        total += missed(out, adjusted)
    if total <= threshold:
        total += effects(order, event, who, table, column)
    if total <= threshold and (column == CANDIDATES).any():
        total += choice(order, event, table, (who[:, TD] >= 0).astype(np.int64))
    return total


@njit(cache=True)
def flipped(table: Reals, column: int, i: int, j: int) -> None:
    """Turn a fact round in two patients, or in one."""
    table[i, column] = 1 - table[i, column]
    if i != j:
        table[j, column] = 1 - table[j, column]


@njit(cache=True)
def anneal_factor(
    order: Wholes,
    event: Wholes,
    who: Wholes,
    table: Reals,
    stratum: Wholes,
    own: Reals,
    adjusted: Reals,
    fact: int,
    steps: int,
    warmth: tuple[float, float],
    random: Random,
) -> float:
    """Move a factor between patients until its numbers and the report's conclusions hold; return how far it is still off.

    The column of the factor holds the best that was found. With strata (none is -1) the number of yes in each stays; otherwise it may change.
    """
    column = FIRST + fact
    total = distance(order, event, who, table, own, adjusted, fact, np.inf)
    best, kept = total, table[:, column].copy()
    for step in range(steps):
        heat = warmth[0] * (warmth[1] / warmth[0]) ** (step / steps)
        threshold = total - heat * math.log(max(random.random(), 1e-300))
        i, j = pair(order, table[:, column].astype(np.int64), stratum, random)
        if i < 0:
            continue
        flipped(table, column, i, j)
        then = distance(order, event, who, table, own, adjusted, fact, threshold)
        if then > threshold:
            flipped(table, column, i, j)
            continue
        total = then
        if total < best:
            best, kept = total, table[:, column].copy()
        if best <= 0:
            break
    table[:, column] = kept
    return best


@njit(cache=True)
def search_few(
    order: Wholes, event: Wholes, who: Wholes, table: Reals, own: Reals, adjusted: Reals, fact: int, size: int
) -> float:
    """Try every set of `size` patients as those who have a factor, leave the best in its column and return how far it is off.

    For factors that so few have that a move seldom keeps their ratio: no set is missed.
    """
    n, column = len(who), FIRST + fact
    best, kept = np.inf, table[:, column].copy()
    places = np.arange(size)
    while best > 0:
        table[:, column] = 0.0
        for place in places:
            table[place, column] = 1.0
        left = distance(order, event, who, table, own, adjusted, fact, best)
        if left < best:
            best, kept = left, table[:, column].copy()
        k = size - 1
        while k >= 0 and places[k] == n - size + k:
            k -= 1
        if k < 0:
            break
        places[k] += 1
        for other in range(k + 1, size):
            places[other] = places[other - 1] + 1
    table[:, column] = kept
    return best
