"""Competing risks: Aalen-Johansen cumulative incidence, Gray's test, and the rows of the Fine-Gray model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.jackknife_variance import incidence_variance
from yttria.evidence.survival.risk_set import tally
from yttria.values.cohort import Numbers, TimeToEvent
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Incidence:
    """Cumulative incidence of each cause at each end of follow-up, with robust standard errors.

    Parameters
    ----------
    time
        Distinct ends of follow-up, ascending.
    estimate, std_err
        Shape (times, causes).
    """

    time: Numbers
    estimate: Matrix
    std_err: Matrix


def cumulative_incidence(outcome: TimeToEvent, cause: Whole, causes: int) -> Incidence:
    """Return the probability to have had each cause by each time, other causes taken for what they are.

    F_k(t) = sum over t_j <= t of S(t_j-) d_kj / n_j, with S of any cause.

    Parameters
    ----------
    outcome
        Times, and whether any cause ended the follow-up.
    cause
        0 where censored, otherwise 1 … `causes`.
    causes
        How many.

    Examples
    --------
    >>> months = TimeToEvent(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]))
    >>> cumulative_incidence(months, np.array([1, 2, 0, 1]), 2).estimate[-1]
    array([0.75, 0.25])

    Source
    ------
    Aalen and Johansen 1978. Referee: R survival, survfit of a multi-state outcome (infinitesimal jackknife).
    """
    table = tally(outcome)
    place = np.searchsorted(table.time, outcome.time)
    weight = np.ones(len(outcome)) if outcome.weight is None else outcome.weight
    by_cause = np.zeros((len(table.time), causes))
    died = outcome.observed
    np.add.at(by_cause, (place[died], cause[died] - 1), weight[died])
    before = np.concatenate([[1.0], table.survival[:-1]])
    estimate = np.cumsum(before[:, None] * by_cause / table.at_risk[:, None], axis=0)
    variance = incidence_variance(outcome, table, cause, by_cause)
    return Incidence(table.time, estimate, np.sqrt(variance))


def cause_codes(causes: Sequence[str | None], names: Sequence[str]) -> Whole:
    """Return 0 for no cause and 1 … K by the order of `names`."""
    place = {name: k + 1 for k, name in enumerate(names)}
    return np.array([0 if cause is None else place[cause] for cause in causes], dtype=np.int64)


def gray_test(outcome: TimeToEvent, cause: Whole, of: int, group: Whole) -> Chi2 | None:
    """Return the test that the cumulative incidence of one cause is the same in all groups.

    Group i scores sum over t of d_1i - d_1 R_i / R, with R_i = Y_i (1 - F_1i(t-)) / S_i(t-); its variance follows from what each
    event, of this cause or another, moves in the scores.

    Parameters
    ----------
    outcome
        Times, and whether any cause ended the follow-up; weights and late entry do not enter.
    cause
        0 where censored, otherwise the cause.
    of
        The cause that is compared.
    group
        Small whole numbers from 0.

    Returns
    -------
    Chi2
        None where fewer than two groups are ever at risk of an event.

    Source
    ------
    Gray 1988, doi:10.1214/aos/1176350951. Referee: R cmprsk 2.2-11, cuminc.
    """
    groups = int(group.max()) + 1
    tables = _by_group(outcome, cause, of, group, groups)
    at_risk, own, other = (np.stack([t[k] for t in tables], axis=1) for k in range(3))
    rows = (own + other).sum(axis=1) > 0
    at_risk, own, other = at_risk[rows], own[rows], other[rows]
    if not own.any() or groups < 2:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        after = np.asarray(
            np.cumprod(np.where(at_risk > 0, 1 - (own + other) / at_risk, 1.0), axis=0), dtype=np.float64
        )
        before = np.vstack([np.ones(groups), after[:-1]])
        fallen = np.cumsum(np.where(at_risk > 0, before * own / at_risk, 0.0), axis=0)
        left = 1 - np.vstack([np.zeros(groups), fallen[:-1]])
        share = np.where(at_risk > 0, at_risk / before, 0.0)
    died, total = own.sum(axis=1), share.sum(axis=1)
    risk = share * left
    score = (own - died[:, None] * risk / risk.sum(axis=1, keepdims=True)).sum(axis=0)
    variance = _gray_variance(at_risk, other, before, after, share, died, total)
    used = slice(0, groups - 1)
    part = variance[used, used]
    if np.linalg.matrix_rank(part) < groups - 1:
        return None
    return Chi2(float(score[used] @ np.linalg.solve(part, score[used])), groups - 1)


def _by_group(
    outcome: TimeToEvent, cause: Whole, of: int, group: Whole, groups: int
) -> list[tuple[Numbers, Numbers, Numbers]]:
    """Return for each group, at each distinct time of all, how many are at risk, have this cause, have another."""
    times = np.unique(outcome.time)
    tables = []
    for g in range(groups):
        mine = group == g
        place = np.searchsorted(times, outcome.time[mine])
        size = len(times)
        gone = np.bincount(place, minlength=size)
        at_risk = gone[::-1].cumsum()[::-1].astype(np.float64)
        own = np.bincount(place[cause[mine] == of], minlength=size).astype(np.float64)
        every = np.bincount(place[cause[mine] > 0], minlength=size).astype(np.float64)
        tables.append((at_risk, own, every - own))
    return tables


def _gray_variance(
    at_risk: Matrix, other: Matrix, before: Matrix, after: Matrix, share: Matrix, died: Numbers, total: Numbers
) -> Matrix:
    """Return the variance of Gray's scores: sum over groups k and event times of squared influences (see `gray_test`)."""
    groups = at_risk.shape[1]
    jump = died / total
    pooled = np.cumsum(jump)
    ahead = 1 - np.concatenate([[0.0], pooled[:-1]])
    variance = np.zeros((groups, groups))
    for k in range(groups):
        present = at_risk[:, k] > 0
        direct = -share * share[:, [k]] / total[:, None]
        direct[:, k] += share[:, k]
        running = np.cumsum(direct * (jump / ahead)[:, None], axis=0)
        to_come = running[-1] - running
        ratio = np.where(after[:, k] > 0, (1 - pooled) / np.where(after[:, k] > 0, after[:, k], 1.0), 0.0)
        y, s = np.where(present, at_risk[:, k], 1.0), before[:, k]
        ties = np.where(died > 1, 1 - (died - 1) / np.where(died > 1, total * s - 1, 1.0), 1.0)
        own = direct + (1 - ratio)[:, None] * to_come
        weight = np.where(present & (died > 0), ties * s * jump / y, 0.0)
        variance += own.T * weight @ own
        d = other[:, k]
        ties = np.where(d > 1, 1 - (d - 1) / np.where(d > 1, y - 1, 1.0), 1.0)
        moved = ratio[:, None] * to_come
        variance += moved.T * np.where(present & (after[:, k] > 0), ties * s**2 * d / y**2, 0.0) @ moved
    return variance


@dataclass(frozen=True, slots=True, eq=False)
class FineGrayRows:
    """Rows in which who had another cause stays at risk, with a weight that falls as others would have been censored."""

    outcome: TimeToEvent
    source: Whole


def fine_gray_rows(outcome: TimeToEvent, cause: Whole, of: int) -> FineGrayRows:
    """Return the rows on which a weighted Cox model is the Fine-Gray model of the subdistribution hazard.

    After another cause at T a row goes on with the weight G(t-) / G(T-), G the Kaplan-Meier curve of the censoring; it is cut where
    that weight changes.

    Parameters
    ----------
    outcome
        Times, and whether any cause ended the follow-up; case weights multiply.
    cause
        0 where censored, otherwise the cause.
    of
        The cause of interest.

    Raises
    ------
    EvidenceError
        Late entry: the weights would need its distribution too.

    Source
    ------
    Fine and Gray 1999, doi:10.1080/01621459.1999.10474144; Geskus 2011, doi:10.1111/j.1541-0420.2010.01420.x.
    Referee: R survival, finegray.
    """
    if outcome.entry is not None:
        raise EvidenceError(
            "the Fine-Gray model needs follow-up from zero, but the cohort has late entry; leave entry out",
            code="late-entry-unsupported",
        )
    cuts, weight = _censoring_steps(outcome)
    end, died = outcome.time, cause == of
    events = np.unique(end[died])
    needed = np.unique(np.searchsorted(cuts, events, side="left"))
    case = np.ones(len(end)) if outcome.weight is None else outcome.weight
    starts, ends, sources, weights = (
        [np.full(len(end), 0.0 if end.min() > 0 else -1.0)],
        [end.copy()],
        [np.arange(len(end))],
        [case],
    )
    for row in np.flatnonzero((cause > 0) & ~died):
        first = int(np.searchsorted(cuts, end[row], side="left"))
        later = needed[needed > first]
        stop = np.append(cuts[first], cuts[later])
        ends[0][row] = stop[0]
        starts.append(stop[:-1])
        ends.append(stop[1:])
        sources.append(np.full(len(later), row))
        weights.append(case[row] * weight[later] / weight[first])
    source = np.concatenate(sources)
    start, stop, share = np.concatenate(starts), np.concatenate(ends), np.concatenate(weights)
    positive = share > 0
    late = bool(np.any(start[positive] > 0))
    observed = np.zeros(len(source), dtype=np.bool_)
    observed[: len(end)] = died
    return FineGrayRows(
        TimeToEvent(
            stop[positive], observed[positive], outcome.unit, start[positive] if late else None, share[positive]
        ),
        source[positive],
    )


def _censoring_steps(outcome: TimeToEvent) -> tuple[Numbers, Numbers]:
    """Return the ends of the intervals in which G(t-) is constant, and its value there; events come before censorings."""
    table = tally(TimeToEvent(outcome.time, outcome.observed))
    at_risk = table.at_risk - table.events
    survival = np.cumprod(np.where(at_risk > 0, 1 - table.censored / np.where(at_risk > 0, at_risk, 1.0), 1.0))
    censored = table.censored > 0
    cuts = np.append(table.time[censored], table.time[-1])
    value = np.concatenate([[1.0], survival[censored]])
    last = 1 if len(cuts) > 1 and cuts[-2] == cuts[-1] else 0
    return cuts[: len(cuts) - last], value[: len(value) - last]
