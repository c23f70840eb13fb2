"""A published curve to individual times: the iteration of Guyot et al., and how well the result fits what was published."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from yttria.evidence.reconstruction.digitised_curve import ReadCurve
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import Numbers, TimeToEvent
from yttria.values.errors import EvidenceError, Finding

Placement = Literal["even", "early", "late"] | np.random.Generator
ROUNDS = 200
"""Corrections of an interval's censorings before its number at risk is left unmet, which is said."""
FASTEST = 1e6
"""Censorings per length of the curve beyond which a rate is not looked for."""
NEAR = 3
"""Numbers of censorings to either side of the one that is found by halving."""
ROUNDING = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class AtRisk:
    """Published numbers at risk.

    Parameters
    ----------
    time
        Ascending, the first at zero.
    number
        Never rising.

    Raises
    ------
    EvidenceError
        No row, a first time that is not zero, times that do not ascend, numbers that rise or are no whole numbers.
    """

    time: tuple[float, ...]
    number: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.time or len(self.time) != len(self.number):
            raise EvidenceError(
                f"numbers at risk need as many times as numbers and one at least, but have {len(self.time)} and {len(self.number)}",
                code="number-at-risk-lengths",
                values={"times": len(self.time), "numbers": len(self.number)},
            )
        if self.time[0] != 0:
            raise EvidenceError(
                f"numbers at risk must begin at time 0, because n is read there, but begin at {self.time[0]:g}; add the first row",
                code="number-at-risk-start",
                values={"first_time": float(self.time[0])},
            )
        for i in range(1, len(self.time)):
            if self.time[i] <= self.time[i - 1]:
                raise EvidenceError(
                    f"times at risk must ascend, but {self.time[i]:g} follows {self.time[i - 1]:g}; sort the rows",
                    code="number-at-risk-times-order",
                    values={"time": float(self.time[i]), "time_before": float(self.time[i - 1])},
                )
            if self.number[i] > self.number[i - 1]:
                raise EvidenceError(
                    f"numbers at risk cannot rise, but {self.number[i]} follows {self.number[i - 1]} at {self.time[i]:g}; check the rows",
                    code="number-at-risk-rises",
                    values={"time": float(self.time[i])},
                )
        if self.number[0] < 1 or self.number[-1] < 0:
            raise EvidenceError(
                f"numbers at risk must be whole numbers above zero at the start, but begin with {self.number[0]}",
                code="number-at-risk-value",
            )


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the reconstructed patients give the published curve and numbers.

    Parameters
    ----------
    rmse, largest
        Root mean square and greatest difference of survival at the clicks, as fractions.
    at_risk
        Time, published and reconstructed number at risk.
    events, published_events
        Events in all; None where they were not published.
    """

    rmse: float
    largest: float
    at_risk: tuple[tuple[float, int, int], ...]
    events: int
    published_events: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """Individual times that give a published curve; reconstructed, not patient data.

    Parameters
    ----------
    outcome
        One row a patient.
    fit
        Against what was published.
    findings
        What could not be met, and what had to be assumed.
    """

    outcome: TimeToEvent
    fit: Fit
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Walk:
    """The state of the reconstruction while it walks along the clicks."""

    at_risk: int
    survival: float
    deaths: list[tuple[float, int]]
    censored: list[float]


def reconstruct(
    curve: ReadCurve,
    at_risk: AtRisk,
    *,
    events: int | None = None,
    unit: str = "",
    placement: Placement = "even",
) -> Reconstruction:
    """Return individual times whose Kaplan-Meier curve is the one that was read.

    Between two published numbers at risk, as many are censored, evenly in time, as make the second number come out; at each click
    d = round(n (1 - S / S_last)) die, S_last being the reconstructed curve, so that rounding does not add up.

    Parameters
    ----------
    curve
        Clicks, mended by `read_curve`.
    at_risk
        Published numbers at risk; with one row, at time 0, nobody is censored before the end unless `events` says so, and then at
        one rate throughout.
    events
        Published events in all; settles the censoring after the last published number at risk.
    unit
        Of time.
    placement
        Where in its interval a censoring is put: evenly; all right after its beginning or before its end, or by chance with these
        random numbers, to see how much it matters.

    Raises
    ------
    EvidenceError
        More events than patients.

    Notes
    -----
    Times are no sharper than the clicks; covariates are lost. The number of events follows from the curve only as well as the curve
    was read: give `events` where the paper prints it.

    Source
    ------
    Guyot, Ades, Ouwens and Welton 2012, doi:10.1186/1471-2288-12-9.

    Examples
    --------
    >>> from yttria.evidence.reconstruction.digitised_curve import read_curve
    >>> curve, _ = read_curve([0, 1, 2, 3], [1, 0.9, 0.8, 0.4])
    >>> made = reconstruct(curve, AtRisk((0, 2), (10, 9)), unit="months")
    >>> made.outcome, made.fit.largest < 0.05
    (TimeToEvent(10 rows, 6 events, 1 to 3 months), True)
    """
    if events is not None and not 0 <= events <= at_risk.number[0]:
        raise EvidenceError(
            f"events must not exceed the {at_risk.number[0]} at risk, but are {events}; check both",
            code="events-above-n",
        )
    end = max(float(curve.time[-1]), at_risk.time[-1])
    walk = _Walk(at_risk.number[0], 1.0, [], [])
    findings: list[Finding] = []
    for i in range(len(at_risk.time) - 1):
        _fill(walk, curve, at_risk, i, placement, findings)
    _fill_last(walk, curve, at_risk, end, events, placement, findings)
    outcome = _outcome(walk, end, unit)
    fit = _fit(outcome, curve, at_risk, events)
    return Reconstruction(outcome, fit, tuple(findings + _fit_findings(fit, at_risk)))


def _fill(walk: _Walk, curve: ReadCurve, table: AtRisk, i: int, placement: Placement, findings: list[Finding]) -> None:
    """Walk one interval between two published numbers at risk, with as many censorings as make the second come out."""
    begin, until, target = table.time[i], table.time[i + 1], table.number[i + 1]
    here, there = (float(curve.at(when)) for when in (begin, np.nextafter(until, -np.inf)))
    guess = round(walk.at_risk * there / here - target) if here > 0 else 0
    censored = min(max(guess, 0), walk.at_risk)
    best = None
    for _ in range(ROUNDS):
        tried = _steps(walk, curve, begin, until, _times(begin, until, censored, placement))
        miss = tried.at_risk - target
        if best is None or abs(miss) < abs(best.at_risk - target):
            best = tried
        following = min(max(censored + miss, 0), walk.at_risk)
        if miss == 0 or following == censored:
            break
        censored = following
    if best is None:
        return
    if best.at_risk != target:
        findings.append(
            Finding("warning", "at-risk-unmet",
                    f"{target} should be at risk at {until:g}, but with the clicks as they are {best.at_risk} are; check the clicks between {begin:g} and {until:g}, or the number", {"until": until, "begin": begin})
        )  # fmt: skip
    walk.at_risk, walk.survival, walk.deaths, walk.censored = best.at_risk, best.survival, best.deaths, best.censored


def _fill_last(
    walk: _Walk,
    curve: ReadCurve,
    table: AtRisk,
    end: float,
    events: int | None,
    placement: Placement,
    findings: list[Finding],
) -> None:
    """Walk from the last published number at risk to the end of the curve: by the published events, or as censored before."""
    begin = table.time[-1]
    if walk.at_risk == 0 or end <= begin:
        return
    before = sum(d for _, d in walk.deaths)

    def tried(censored: int) -> _Walk:
        leaving = _times(begin, end, censored, placement)
        if begin == 0 and not isinstance(placement, str):
            leaving = _at_constant_rate(curve, end, censored, walk.at_risk, np.sort(placement.uniform(size=censored)))
        elif begin == 0 and placement == "even":
            leaving = _at_constant_rate(curve, end, censored, walk.at_risk, (np.arange(censored) + ROUNDING) / censored)
        return _steps(walk, curve, begin, end + 1.0, leaving)

    if events is not None:
        best = _nearest(tried, walk.at_risk, events)
    else:
        rate = len(walk.censored) / begin if begin > 0 else 0.0
        best = tried(min(walk.at_risk, round(rate * (end - begin))))
    if events is None and begin > 0:
        findings.append(
            Finding("note", "tail-assumed",
                    f"after {begin:g} no number at risk is published, so patients are censored there at the rate seen before; give --events where the paper prints them", {"begin": begin})
        )  # fmt: skip
    if events is not None and before > events:
        findings.append(
            Finding("warning", "events-exceeded",
                    f"{events} events are published, but {before} follow from the curve before {begin:g} already; check events, clicks and numbers at risk", {"begin": begin})
        )  # fmt: skip
    walk.at_risk, walk.survival, walk.deaths, walk.censored = best.at_risk, best.survival, best.deaths, best.censored


def _nearest(tried: Callable[[int], _Walk], most: int, events: int) -> _Walk:
    """Return the walk whose deaths come nearest to the published events: the more leave, the fewer die."""
    enough, least = most, -1
    while enough - least > 1:
        middle = (enough + least) // 2
        if _dead(tried(middle)) > events:
            least = middle
        else:
            enough = middle
    # rounding makes the count of deaths rise here and there, so that the neighbours are asked too
    near = [tried(count) for count in range(max(0, enough - NEAR), min(most, enough + NEAR) + 1)]
    return min(near, key=lambda walk: abs(_dead(walk) - events))


def _dead(walk: _Walk) -> int:
    return sum(d for _, d in walk.deaths)


def _times(begin: float, until: float, count: int, placement: Placement) -> Numbers:
    """Return when the censored of an interval leave it."""
    if isinstance(placement, np.random.Generator):
        return np.sort(placement.uniform(begin, until, count))
    if placement == "even":
        return begin + (np.arange(count) + ROUNDING) / count * (until - begin)
    share = 1e-6 if placement == "early" else 1 - 1e-6
    return np.full(count, begin + share * (until - begin))


def _at_constant_rate(curve: ReadCurve, end: float, count: int, at_risk: int, share: Numbers) -> Numbers:
    """Return when `count` of `at_risk` leave at one rate c throughout: the density of leaving is c S(t) exp(-c t).

    Spread evenly in time, as between two numbers at risk, they would outnumber those still there before the curve ends.
    """
    if count in (0, at_risk):
        return end * share
    inside = (curve.time > 0) & (curve.time < end)
    times = np.concatenate([[0.0], curve.time[inside], [end]])
    alive = np.concatenate([[float(curve.at(0.0))], curve.survival[inside]])

    def left(rate: float) -> Numbers:
        return np.concatenate([[0.0], np.cumsum(alive * -np.diff(np.exp(-rate * times)))])

    target_share = count / at_risk
    if left(FASTEST / end)[-1] < target_share:
        return end * share
    rate = float(brentq(lambda c: left(c)[-1] - target_share, 0.0, FASTEST / end, xtol=1e-12))
    mass = left(rate)
    target = share * mass[-1]
    place = np.searchsorted(mass, target, side="right") - 1
    excess = np.exp(-rate * times[place]) - (target - mass[place]) / alive[place]
    gone: Numbers = np.clip(-np.log(np.maximum(excess, 1e-300)) / rate, 0.0, end)
    return gone


def _steps(walk: _Walk, curve: ReadCurve, begin: float, until: float, leaving: Numbers) -> _Walk:
    """Return the walk after one interval: deaths at each click, censorings between them."""
    inside = (curve.time >= begin) & (curve.time < until)
    at_risk, survival, gone = walk.at_risk, walk.survival, 0
    deaths, censored = list(walk.deaths), list(walk.censored)
    for when, target in zip(curve.time[inside], curve.survival[inside], strict=True):
        while gone < len(leaving) and leaving[gone] < when and at_risk > 0:
            censored.append(float(leaving[gone]))
            gone += 1
            at_risk -= 1
        if at_risk == 0:
            break
        died = min(max(round(at_risk * (1 - target / survival)), 0), at_risk)
        if died:
            deaths.append((float(when), died))
            survival *= 1 - died / at_risk
            at_risk -= died
    for when in leaving[gone:]:
        if at_risk == 0:
            break
        censored.append(float(when))
        at_risk -= 1
    return _Walk(at_risk, survival, deaths, censored)


def _outcome(walk: _Walk, end: float, unit: str) -> TimeToEvent:
    died = np.repeat([t for t, _ in walk.deaths], [d for _, d in walk.deaths]) if walk.deaths else np.empty(0)
    left = np.concatenate([np.asarray(walk.censored, dtype=np.float64), np.full(walk.at_risk, end)])
    time = np.concatenate([died, left])
    observed = np.concatenate([np.ones(len(died), dtype=np.bool_), np.zeros(len(left), dtype=np.bool_)])
    order = np.lexsort((~observed, time))
    return TimeToEvent(time[order], observed[order], unit=unit)


def _fit(outcome: TimeToEvent, curve: ReadCurve, table: AtRisk, events: int | None) -> Fit:
    km = kaplan_meier(outcome)
    made = np.array([km.at(float(t)).survival for t in curve.time])
    gap = made - curve.survival
    risks = tuple(
        (t, n, int(np.count_nonzero(outcome.time >= t))) for t, n in zip(table.time, table.number, strict=True)
    )
    return Fit(float(np.sqrt(np.mean(gap**2))), float(np.max(np.abs(gap))), risks, outcome.events, events)


def _fit_findings(fit: Fit, table: AtRisk) -> list[Finding]:
    """Return findings about the fit."""
    findings = []
    one = 1 / table.number[0]
    if fit.rmse > max(0.01, one):
        findings.append(
            Finding("warning", "fit-poor",
                    f"the reconstructed curve differs by {100 * fit.rmse:.2g} % of survival (RMSE), at most {100 * fit.largest:.2g} %; check the clicks and the numbers at risk", {"rmse": fit.rmse, "largest": fit.largest})
        )  # fmt: skip
    if fit.published_events is not None and fit.events != fit.published_events:
        findings.append(
            Finding("warning", "events-unmet",
                    f"{fit.published_events} events are published, but {fit.events} were reconstructed: the curve, the numbers at risk and the events do not fit together exactly")
        )  # fmt: skip
    return findings


def at_risk_of(time: Sequence[float], number: Sequence[float]) -> AtRisk:
    """Return numbers at risk from rows of a table.

    Raises
    ------
    EvidenceError
        A number that is not whole; what `AtRisk` refuses.
    """
    for n in number:
        if not np.isfinite(n) or n != int(n):
            raise EvidenceError(
                f"a number at risk must be a whole number, but {n:g} was found; check the rows",
                code="number-at-risk-value",
                values={"n": n},
            )
    return AtRisk(tuple(float(t) for t in time), tuple(int(n) for n in number))
