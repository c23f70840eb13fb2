"""Doses per GBq of several injections, targets and limits -> the activity of each. Linear programmes, solved by HiGHS."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import PlanError, require_not_negative
from yttria.values.treatment import MOST_ACTIVITY
from yttria.values.units import BQ_PER_GBQ, Gy

Numbers = NDArray[np.float64]
MOST_GBQ = MOST_ACTIVITY / BQ_PER_GBQ
EXACT = 1e-10  # the least tolerance that HiGHS takes; rows are of size 1
EQUAL = 1e-9  # of what is compared: below this two doses, or two activities, are one
FLOOR = 1e-12  # of a level that is kept in a later stage: rounding of the earlier one


@dataclass(frozen=True, slots=True)
class DoseRow:
    """A dose as a sum over injections: D = already + sum of a_r d_r.

    Parameters
    ----------
    name
        Of a target, a limit or a dose.
    per_gbq
        d, Gy per GBq of each injection.
    gy
        What is sought in a target, or allowed by a limit.
    already_gy
        What is there before any of these injections: earlier treatments, injections that are given.
    """

    name: str
    per_gbq: tuple[float, ...]
    gy: Gy
    already_gy: Gy = Gy(0.0)  # noqa: RUF009  a number

    def __post_init__(self) -> None:
        for value in self.per_gbq:
            require_not_negative(value, what=f"dose per GBq of {self.name} (Gy/GBq)")
        require_not_negative(self.already_gy, what=f"dose before of {self.name} (Gy)")

    def dose(self, activities_gbq: Sequence[float]) -> Gy:
        """Return the dose of these activities, with what was there before."""
        return Gy(self.already_gy + math.fsum(d * a for d, a in zip(self.per_gbq, activities_gbq, strict=True)))


@dataclass(frozen=True, slots=True)
class Optimum:
    """The activities that give the targets most within the limits.

    Parameters
    ----------
    activities_gbq
        In the order of the injections.
    binding
        Names of the limits that keep a target below what is sought; empty where every target has it.
    """

    activities_gbq: tuple[float, ...]
    binding: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """Limits that cannot hold while the targets get what is asked: what each would have to give, Gy, at the least in all."""

    least_gy: dict[str, Gy]


def optimal_activities(
    targets: Sequence[DoseRow],
    limits: Sequence[DoseRow],
    *,
    cost: Sequence[float],
    least_gbq: Sequence[float] | None = None,
) -> Optimum | None:
    """Return the activities that raise the smallest dose of the targets, then the next smallest and so on, within every limit.

    Each target counts up to what is sought in it. Among activities that are equal in that, the least `cost` (the dose of the whole
    normal liver), then the least total activity, then the most equal shares.

    Parameters
    ----------
    targets, limits
        With what is sought and what is allowed; every row has an entry for each injection.
    cost
        Gy per GBq of each injection.
    least_gbq
        The smallest activity of an injection that can be given; it is then 0 or at least that. None: any.

    Returns
    -------
    Optimum | None
        None where a limit is exceeded by what was there before.

    Raises
    ------
    PlanError
        No injection or no target; targets that no injection raises.

    Notes
    -----
    Lexicographic maximin by a sequence of linear programmes: a level is fixed for every target that no activity raises above it.
    "0 or at least" makes the set of activities a union of convex ones, in which that sequence need not end at the best; so each
    choice of injections that are left out is solved by itself and the best of them taken: 2^n programmes, n injections with a least activity.

    Source
    ------
    Ogryczak, Pioro, Tomaszewski, J Telecommun Inf Technol 2005;3:50 (lexicographic maximin by linear programmes).

    Examples
    --------
    >>> target, normal = DoseRow("TD", (100.0, 0.0), Gy(250)), DoseRow("normal-liver", (30.0, 30.0), Gy(90))
    >>> tuple(round(a, 6) for a in optimal_activities([target], [normal], cost=(30.0, 30.0)).activities_gbq)
    (2.5, 0.0)
    """
    count = len(cost)
    if not count or not targets:
        raise PlanError(
            "activities of several injections need an injection and a target, but one is absent; draw a lesion",
            code="injection-absent",
        )
    if hopeless := [t.name for t in targets if not any(t.per_gbq)]:
        raise PlanError(
            f"no injection raises the dose of {', '.join(hopeless)}; leave it out of the targets",
            code="injection-without-dose",
        )
    least = tuple(least_gbq) if least_gbq is not None else (0.0,) * count
    best = _best([_Programme.of(targets, limits, cost, (0.0,) * count, (True,) * count)])
    if best is not None and not _meets_least(best.activities, least):
        best = _best([_Programme.of(targets, limits, cost, least, used) for used in _choices(least)])
    if best is None:
        return None
    activities = _within(_without_dust(best.activities, least), limits)
    short = any(t.dose(activities) < t.gy * (1 - EQUAL) for t in targets)
    tight = tuple(x.name for x in limits if any(x.per_gbq) and x.dose(activities) >= x.gy * (1 - EQUAL))
    return Optimum(activities, tight if short else ())


def clash_of(
    targets: Sequence[DoseRow], limits: Sequence[DoseRow], *, least_gbq: Sequence[float] | None = None
) -> Clash | None:
    """Return which limits would have to give, and by how much at the least, for every target to get what is asked.

    The sum of what is given, each as a share of its limit, is smallest. A target that no injection raises is left out.

    Parameters
    ----------
    targets, limits, least_gbq
        As in `optimal_activities`, the targets with the dose that they must have.

    Returns
    -------
    Clash | None
        None where the targets get it within the limits.

    Examples
    --------
    >>> target, normal = DoseRow("TD", (100.0,), Gy(250)), DoseRow("normal-liver", (40.0,), Gy(90))
    >>> {name: round(gy, 6) for name, gy in clash_of([target], [normal]).least_gy.items()}
    {'normal-liver': 10.0}
    """
    goals = [t for t in targets if any(t.per_gbq)]
    count = len(limits[0].per_gbq) if limits else 0
    least = tuple(least_gbq) if least_gbq is not None else (0.0,) * count
    best: tuple[float, Numbers] | None = None
    for used in _choices(least):
        result = _least_excess(
            goals, limits, [(lo, MOST_GBQ) if on else (0.0, 0.0) for lo, on in zip(least, used, strict=True)]
        )
        if result is not None and (best is None or result[0] < best[0]):
            best = result
    if best is None:
        return None
    gives = {x.name: Gy(float(e) * x.gy) for x, e in zip(limits, best[1], strict=True) if e > EQUAL}
    return Clash(gives) if gives else None


def _least_excess(
    targets: Sequence[DoseRow], limits: Sequence[DoseRow], bounds: list[tuple[float, float]]
) -> tuple[float, Numbers] | None:
    """Return the least sum of excesses over the limits, each as a share of its limit, and the excesses."""
    count, extra = len(bounds), len(limits)
    upper = np.array(
        [[*(d / x.gy for d in x.per_gbq), *(-float(i == j) for j in range(extra))] for i, x in enumerate(limits)]
    )
    room = np.array([1 - x.already_gy / x.gy for x in limits])
    lower = np.array([[*(-d / t.gy for d in t.per_gbq), *(0.0,) * extra] for t in targets]).reshape(-1, count + extra)
    offsets = np.array([t.already_gy / t.gy - 1 for t in targets])
    cost = np.concatenate([np.zeros(count), np.ones(extra)])
    bounded = [*bounds, *((0.0, math.inf),) * extra]
    result = _least(cost, np.vstack([upper, lower]), np.concatenate([room, offsets]), bounded)
    return None if result is None else (float(cost @ result), result[count:])


def _within(activities: Numbers, limits: Sequence[DoseRow]) -> tuple[float, ...]:
    """Return the activities without the last digits by which rounding takes them beyond a limit."""
    factor = 1.0
    for limit in limits:
        room, dose = limit.gy - limit.already_gy, float(np.dot(limit.per_gbq, activities))
        if dose > room > 0:
            factor = min(factor, room / dose)
    return tuple(float(a) * factor for a in activities)


def _meets_least(activities: Numbers, least: Sequence[float]) -> bool:
    """Tell whether every activity is none or at least the least: what is best without that rule is then best with it."""
    return all(a <= EQUAL * low or a >= low * (1 - EQUAL) for a, low in zip(activities.tolist(), least, strict=True))


def _without_dust(activities: Numbers, least: Sequence[float]) -> Numbers:
    """Return the activities with 0 for what a solver leaves of one that is not used: it is not the least that can be given."""
    return np.where(activities <= EQUAL * np.asarray(least), 0.0, activities)


def _choices(least: Sequence[float]) -> Iterator[tuple[bool, ...]]:
    """Return each choice of the injections that are used: one with a least activity may be left out."""
    return product(*((True, False) if value > 0 else (True,) for value in least))


def _best(programmes: Sequence["_Programme"]) -> "_Solution | None":
    """Return the best solution of several choices: levels are compared first, and the rest is solved only where they are equal."""
    reached = [(p, floors) for p in programmes if (floors := p.levels()) is not None]
    if not reached:
        return None
    top = reached[0][1]
    for _, floors in reached[1:]:
        top = floors if _before(np.sort(floors), np.sort(top)) else top
    equal = [p.solved(floors) for p, floors in reached if not _before(np.sort(top), np.sort(floors))]
    best: _Solution | None = None
    for result in equal:
        if result is not None and (best is None or _before(result.key, best.key)):
            best = result
    return best


def _before(one: Iterable[float], other: Iterable[float]) -> bool:
    """Tell whether numbers come before others: the first that differ are larger."""
    for a, b in zip(one, other, strict=True):
        if abs(a - b) > EQUAL * max(abs(a), abs(b), 1.0):
            return bool(a > b)
    return False


@dataclass(frozen=True, slots=True)
class _Solution:
    """Activities with the cost that they are compared by."""

    activities: Numbers
    cost: float

    @property
    def key(self) -> tuple[float, ...]:
        """Return what is compared: less cost, then less activity, then the larger smallest share."""
        return (-self.cost, -float(self.activities.sum()), *sorted(self.activities.tolist()))


@dataclass(frozen=True, slots=True)
class _Programme:
    """One choice of the injections that are used, as rows that HiGHS takes: doses as shares of what is sought or allowed."""

    goals: Numbers  # targets x injections
    there: Numbers
    doses: Numbers  # limits x injections
    room: Numbers
    cost: Numbers
    bounds: tuple[tuple[float, float], ...]

    @classmethod
    def of(
        cls,
        targets: Sequence[DoseRow],
        limits: Sequence[DoseRow],
        cost: Sequence[float],
        least: Sequence[float],
        used: Sequence[bool],
    ) -> "_Programme":
        """Return the programme of the injections that are used, each at least at its least activity."""
        count = len(cost)
        scale = max(cost) or 1.0
        return cls(
            goals=np.array([t.per_gbq for t in targets]) / np.array([[t.gy] for t in targets]),
            there=np.array([t.already_gy / t.gy for t in targets]),
            doses=np.array([np.divide(x.per_gbq, x.gy) for x in limits]).reshape(-1, count),
            room=np.array([1 - x.already_gy / x.gy for x in limits]),
            cost=np.asarray(cost, dtype=np.float64) / scale,
            bounds=tuple((lo, MOST_GBQ) if on else (0.0, 0.0) for lo, on in zip(least, used, strict=True)),
        )

    def levels(self) -> Numbers | None:
        """Return the best levels of the targets, as shares of what is sought; None where no activity keeps the limits."""
        return self._levels(self.goals, self.there, self.doses, self.room)

    def solved(self, floors: Numbers) -> _Solution | None:
        """Return the activities of least cost, then least in all, then of the most equal shares that keep the levels."""
        rows, most = np.vstack([self.doses, -self.goals]), np.concatenate([self.room, self.there - floors + FLOOR])
        at: Numbers | None = None
        for cost in (self.cost, np.ones_like(self.cost)):
            at = _least(cost, rows, most, self.bounds)
            if at is None:
                return None
            rows, most = np.vstack([rows, cost]), np.append(most, float(cost @ at) * (1 + FLOOR) + FLOOR)
        return None if at is None else self._solution(self._shared(rows, most, at))

    def _solution(self, activities: Numbers) -> _Solution:
        return _Solution(activities, float(self.cost @ activities))

    def _shared(self, rows: Numbers, most: Numbers, at: Numbers) -> Numbers:
        """Return the activities with the most equal shares among those that are otherwise as good."""
        total = float(at.sum())
        one = len(at) == 1 or total <= 0
        even = None if one else self._levels(np.eye(len(at)) / total, np.zeros(len(at)), rows, most)
        if even is None:
            return at
        result = _least(
            np.zeros(len(at)),
            np.vstack([rows, -np.eye(len(at)) / total]),
            np.concatenate([most, FLOOR - even]),
            self.bounds,
        )
        return at if result is None else result

    def _levels(self, goals: Numbers, there: Numbers, rows: Numbers, most: Numbers) -> Numbers | None:
        """Return the lexicographically largest levels of the rows, each up to 1, that the limits allow; None where none is allowed."""
        count = goals.shape[1]
        floors, free = np.full(len(goals), -np.inf), np.ones(len(goals), dtype=bool)
        wide = np.hstack([rows, np.zeros((len(rows), 1))])
        while free.any():
            fixed = np.hstack([-goals[~free], np.zeros((int((~free).sum()), 1))])
            raised = np.hstack([-goals[free], np.ones((int(free.sum()), 1))])
            upper = np.concatenate([most, there[~free] - floors[~free] + FLOOR, there[free]])
            at = _least(
                np.eye(count + 1)[count] * -1, np.vstack([wide, fixed, raised]), upper, (*self.bounds, (-1e3, 1.0))
            )
            if at is None:
                return None
            level = float(at[count])
            if level >= 1 - FLOOR:
                floors[free] = 1.0
                break
            levels = np.where(free, level, floors)
            top = self._highest(goals, there, (rows, most), levels, free)
            stays = free & (top <= level + EQUAL)
            if not stays.any():  # rounding alone keeps them apart
                stays = free & (top <= np.where(free, top, np.inf).min())
            floors[stays] = level
            free &= ~stays
        return floors

    def _highest(
        self, goals: Numbers, there: Numbers, limits: tuple[Numbers, Numbers], levels: Numbers, free: NDArray[np.bool_]
    ) -> Numbers:
        """Return how high each free row can rise while all others keep their levels."""
        rows = np.vstack([limits[0], -goals])
        most = np.concatenate([limits[1], there - levels + FLOOR])
        top = np.full(len(goals), -np.inf)
        for at in np.flatnonzero(free):
            result = _least(-goals[at], rows, most, self.bounds)
            top[at] = levels[at] if result is None else there[at] + float(goals[at] @ result)
        return top


def _least(cost: Numbers, rows: Numbers, most: Numbers, bounds: Sequence[tuple[float, float]]) -> Numbers | None:
    """Return the variables of least cost with rows x <= most; None where there are none."""
    from scipy.optimize import linprog  # noqa: PLC0415  a third of a second that one injection does not need

    result = linprog(
        cost,
        A_ub=rows,
        b_ub=most,
        bounds=list(bounds),
        method="highs",
        options={
            "presolve": False,
            "primal_feasibility_tolerance": EXACT,
            "dual_feasibility_tolerance": EXACT,
        },
    )
    return np.asarray(result.x, dtype=np.float64) if result.status == 0 else None
