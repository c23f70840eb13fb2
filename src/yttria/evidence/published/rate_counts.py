"""Printed survival rates to whole patients: every sequence of deaths and censorings that gives the printed numbers.

A Kaplan-Meier rate with its limits is a function of whole numbers alone. For a small group the printed digits leave few
sequences, often one: then the paper has told how many died and were censored between its rates without saying so.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from yttria.evidence.published.limit_scale import SCALES, Scale, Side, error_span, limits_of
from yttria.evidence.published.rounding import Printed
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.errors import EvidenceError

ENOUGH = 20_000
"""States kept at once before a search is given up as too wide: beyond it the prints pin nothing down."""
ENOUGH_EACH = 2_000
"""The same for each size that is tried when n is not printed."""
ROOM = 1e-6
"""Share by which a window is wider than the prints, so that no last bit closes it; a state at its end is asked for the prints themselves."""
GIVEN_UP = 3
"""Sizes given up in a row before larger ones are left: each needs still more censoring before the first rate."""


@dataclass(frozen=True, slots=True)
class PrintedRate:
    """One printed survival rate with its limits, in per cent.

    Parameters
    ----------
    time
        When, in the paper's unit.
    rate, low, high
        As printed; None where the paper is silent. A low of None with a printed rate leaves the limit free.
    """

    time: float
    rate: Printed | None
    low: Printed | None = None
    high: Printed | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """What happened between two printed times.

    Parameters
    ----------
    deaths
        Events in it.
    censored
        Censorings before its last event, or since the last event of the interval before: the curve cannot tell on which
        side of the printed time those fell.
    at_risk
        Patients left right after its last event.
    rate, low, high
        The exact rate and limits at its end, per cent; limits are NaN where the rate is 0.
    """

    deaths: int
    censored: int
    at_risk: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counts:
    """One solution: whole numbers that give every printed number of a group.

    Parameters
    ----------
    n
        Patients at the start.
    intervals
        One a printed time.
    order
        One order of events (d) and censorings (c), intervals parted by "|": "14d|4d|2d 1c 3d".
    orders
        How many orders with these counts give the prints.
    scales
        Scales of the limits on which these counts give the prints; the limits of `intervals` are those of the first.
    """

    n: int
    intervals: tuple[Interval, ...]
    order: str
    orders: int
    scales: tuple[Scale, ...] = ("log",)

    @property
    def deaths(self) -> int:
        """Return the events up to the last printed time."""
        return sum(interval.deaths for interval in self.intervals)


@dataclass(frozen=True, slots=True)
class Possible:
    """All solutions, and whether the search could be finished.

    Parameters
    ----------
    solutions
        By n, then by counts.
    undecided
        Sizes for which the search was given up, because the prints leave too much open; larger ones were not tried.
    """

    solutions: tuple[Counts, ...]
    undecided: tuple[int, ...] = ()

    @property
    def scales(self) -> tuple[Scale, ...]:
        """Return the scales of the limits on which there is a solution."""
        return tuple(scale for scale in SCALES if any(scale in solution.scales for solution in self.solutions))

    @property
    def complete(self) -> bool:
        """Return whether every size was searched to its end."""
        return not self.undecided

    @property
    def sizes(self) -> tuple[int, ...]:
        """Return the numbers of patients that are possible."""
        return tuple(sorted({solution.n for solution in self.solutions}))


@dataclass(slots=True)
class _State:
    """A place in the search: S, var log S, deaths and censorings of this interval, and how it was reached."""

    survival: float
    variance: float
    at_risk: int
    deaths: int
    censored: int
    path: str
    orders: int
    done: tuple[Interval, ...] = field(default=())
    history: tuple[tuple[int, int], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Window:
    """What S and var log S may be at a printed time, with limits on one scale."""

    low: float
    high: float
    least_variance: float
    most_variance: float
    rate: PrintedRate
    z: float
    scale: Scale

    @classmethod
    def of(cls, rate: PrintedRate, z: float, scale: Scale) -> "_Window":
        low, high = (0.0, 1.0) if rate.rate is None else share_span(rate.rate)
        least, most = 0.0, math.inf
        sides: tuple[tuple[Printed | None, Side], ...] = ((rate.low, -1), (rate.high, 1))
        for number, side in sides:
            if number is not None:
                under, over = error_span((low, high), share_span(number), scale, side)
                least, most = max(least, under / z), min(most, over / z)
        shrunk, grown = 1 - ROOM, 1 + ROOM
        return cls(low * shrunk, high * grown, least * least * shrunk, most * most * grown, rate, z, scale)

    @property
    def possible(self) -> bool:
        """Return whether one rate and one error can give the printed numbers, whatever the patients."""
        return self.least_variance <= self.most_variance

    def met(self, survival: float, variance: float) -> tuple[float, float, float] | None:
        """Return the exact numbers, per cent, when they can be printed as they are, otherwise None."""
        if survival > self.high or variance < self.least_variance:
            return None  # far from the prints: most states are, and need no logarithm to be told
        low, high = limits_of(survival, self.z * math.sqrt(variance), self.scale)
        exact = 100 * survival, 100 * low, 100 * high
        for number, value in zip((self.rate.rate, self.rate.low, self.rate.high), exact, strict=True):
            if number is not None and (math.isnan(value) or number.how(value) is None):
                return None
        return exact


def share_span(number: Printed) -> tuple[float, float]:
    """Return what a printed per cent can have been, as a fraction from 0 to 1."""
    low, high = number.span
    return max(low / 100, 0.0), min(high / 100, 1.0)


def rate_scales(rate: PrintedRate, *, level: float = 0.95) -> tuple[Scale, ...]:
    """Return the scales on which some error, whatever the patients, gives a rate and its limits as printed.

    Examples
    --------
    >>> rate_scales(PrintedRate(24, *map(Printed.of, ("32.5", "10.0", "55.0"))))
    ('plain',)
    """
    z = normal_quantile(level)
    return tuple(scale for scale in SCALES if _Window.of(rate, z, scale).possible)


def possible_counts(
    rates: Sequence[PrintedRate],
    n: int | range,
    *,
    level: float = 0.95,
    enough: int | None = None,
    scales: Sequence[Scale] = SCALES,
) -> Possible:
    """Return every sequence of events and censorings whose Kaplan-Meier rates and limits print as given.

    S = prod (1 - 1/m_i) over events with m_i at risk; limits from z sqrt(sum 1/(m_i (m_i - 1))) on one scale throughout.
    The search walks whole patients one by one and leaves a branch as soon as S, or the smallest variance that it can still
    reach, has left what the prints allow; nothing is sampled.

    Parameters
    ----------
    rates
        Printed rates in order of time; at least one with a limit, or the search is too wide.
    n
        Patients at the start; or a range to try, smallest first, until a row of sizes is too wide to search.
    level
        Coverage of the printed limits.
    enough
        States kept at once before the search of a size is given up.
    scales
        Scales of the limits to try.

    Notes
    -----
    Patients censored before the first event are not in any printed number: sizes are those at risk at the first event.

    Raises
    ------
    EvidenceError
        No rate; times that do not ascend.

    Examples
    --------
    >>> two_years = PrintedRate(24, *map(Printed.of, ("17.8", "8", "39.5")))
    >>> possible_counts([two_years], 28).solutions[0].order
    '23d'

    Source
    ------
    Kaplan and Meier 1958; Greenwood 1926; limits as R survival, survfit(conf.type).
    """
    if not rates:
        raise EvidenceError(
            "at least one printed rate is needed, but there is none; give one with its limits",
            code="printed-rates-absent",
        )
    if any(b.time <= a.time for a, b in pairwise(rates)):
        raise EvidenceError(
            "printed rates must be in ascending order of time; sort them and print each time once",
            code="printed-rates-order",
        )
    z = normal_quantile(level)
    solutions: dict[tuple[object, ...], Counts] = {}
    undecided: set[int] = set()
    for scale in scales:
        windows = [_Window.of(rate, z, scale) for rate in rates]
        if not all(window.possible for window in windows):
            continue
        result, open_sizes = _on_one_scale(windows, n, enough)
        undecided |= set(open_sizes)
        for counts in result:
            key = (counts.n, *((i.deaths, i.censored) for i in counts.intervals))
            solution = solutions.get(key)
            solutions[key] = counts if solution is None else replace(solution, scales=(*solution.scales, scale))
    ordered = sorted(solutions.items(), key=lambda item: item[0])
    return Possible(tuple(counts for _, counts in ordered), tuple(sorted(undecided)))


def _on_one_scale(windows: Sequence[_Window], n: int | range, enough: int | None) -> tuple[list[Counts], list[int]]:
    """Return the solutions with limits on one scale, and the sizes that were given up."""
    sizes, most = ([n], enough or ENOUGH) if isinstance(n, int) else (n, enough or ENOUGH_EACH)
    solutions: list[Counts] = []
    undecided: list[int] = []
    for size in sizes:
        result, whole = _solve(windows, size, most)
        solutions += result
        if not whole:
            undecided.append(size)
        if undecided[-GIVEN_UP:] == list(range(size - GIVEN_UP + 1, size + 1)):
            break
    return solutions, undecided


def _solve(windows: Sequence[_Window], n: int, enough: int) -> tuple[list[Counts], bool]:
    """Return the solutions for one n."""
    states = [_State(1.0, 0.0, n, 0, 0, "", 1)]
    for window in windows:
        ended, whole = _interval(states, window, enough)
        if not whole:
            return [], False
        states = ended
    merged: dict[tuple[tuple[int, int], ...], Counts] = {}
    for state in states:
        key = tuple((i.deaths, i.censored) for i in state.done)
        if key in merged:
            merged[key] = replace(merged[key], orders=merged[key].orders + state.orders)
        else:
            merged[key] = Counts(n, state.done, _order(state.path), state.orders, (windows[0].scale,))
    return [merged[key] for key in sorted(merged)], True


def _interval(states: Sequence[_State], window: _Window, enough: int) -> tuple[list[_State], bool]:
    """Return the states in which one interval can end: after its last event, or with no event at all."""
    ended: list[_State] = []
    layer: dict[tuple[object, ...], _State] = {_key(s): s for s in states}
    while layer:
        following: dict[tuple[object, ...], _State] = {}
        for state in layer.values():
            if (state.deaths and state.path[-1] == "d") or state.deaths == state.censored == 0:
                exact = window.met(state.survival, state.variance)
                if exact is not None:
                    ended.append(_closed(state, exact))
            for step in _steps(state, window):
                key = _key(step)
                if key in following:
                    following[key].orders += step.orders
                else:
                    following[key] = step
        if len(following) > enough:
            return [], False
        layer = following
    return ended, True


def _steps(state: _State, window: _Window) -> Iterator[_State]:
    """Return the states one patient further on that can still end inside the window."""
    m, survival, variance = state.at_risk, state.survival, state.variance
    if m == 0 or survival <= 0:
        return
    alive = survival * (m - 1) / m
    wider = variance + (1 / (m * (m - 1)) if m > 1 else 0.0)
    if alive >= window.low and _least(alive, wider, m - 1, window) <= window.most_variance:
        yield _State(
            alive, wider, m - 1, state.deaths + 1, state.censored, state.path + "d", state.orders, state.done, state.history
        )  # fmt: skip
    if survival == 1.0:
        return  # censored before the first event: nothing printed can tell such a patient from one never enrolled
    if _least(survival, variance, m - 1, window) <= window.most_variance:
        yield _State(
            survival, variance, m - 1, state.deaths, state.censored + 1, state.path + "c", state.orders, state.done, state.history
        )  # fmt: skip


def _least(survival: float, variance: float, at_risk: int, window: _Window) -> float:
    """Return the smallest variance with which the window can still be reached: by deaths alone, from now on."""
    if survival <= window.high:
        return variance
    if at_risk == 0:
        return math.inf
    share = window.high / survival
    return variance + (1 - share) / (share * at_risk)


def _key(state: _State) -> tuple[object, ...]:
    """Return what two states must share to go on as one; the digits kept are far beyond any print."""
    return (
        state.at_risk, state.deaths, state.path[-1:], int(state.survival * 1e12), int(state.variance * 1e12), state.history,
    )  # fmt: skip


def _closed(state: _State, exact: tuple[float, float, float]) -> _State:
    """Return the state with its interval written down and a new one begun."""
    interval = Interval(state.deaths, state.censored, state.at_risk, *exact)
    history = (*state.history, (state.deaths, state.censored))
    return _State(
        state.survival, state.variance, state.at_risk, 0, 0, state.path + "|", state.orders, (*state.done, interval), history
    )  # fmt: skip


def _order(path: str) -> str:
    """Return "dddcd|d|" as "3d 1c 1d|1d"."""
    words = []
    for part in path.removesuffix("|").split("|"):
        runs: list[str] = []
        for letter in part:
            if runs and runs[-1][-1] == letter:
                runs[-1] = f"{int(runs[-1][:-1]) + 1}{letter}"
            else:
                runs.append(f"1{letter}")
        words.append(" ".join(runs) or "–")
    return "|".join(words)
