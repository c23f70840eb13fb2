"""Trials that have not happened: many at once, with a log-rank test and a hazard ratio each.

All trials of one design are one array, shape (trials, patients): they are drawn, cut at an analysis and tested together.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.design.accrual import AccrualPattern
from yttria.values.cohort import Mask, Numbers
from yttria.values.errors import EvidenceError, require_share

Table = NDArray[np.float64]
MOST_PATIENTS_AT_ONCE = 20_000_000
"""Patients drawn at once, of all trials together: some gigabytes."""


@dataclass(frozen=True, slots=True)
class Resection:
    """Crossover to surgery: who is alive at a time after entry may be resected, and has another hazard from then on.

    Parameters
    ----------
    at
        Time after entry.
    treated, control
        Share of those alive then that is resected, by arm.
    hazard_ratio
        Hazard afterwards over that without surgery.
    """

    at: float
    treated: float
    control: float
    hazard_ratio: float

    def __post_init__(self) -> None:
        require_share(self.treated, what="share resected in the treated arm")
        require_share(self.control, what="share resected in the control arm")
        for name, value in (("time of resection", self.at), ("hazard ratio after resection", self.hazard_ratio)):
            if not (math.isfinite(value) and value > 0):
                raise EvidenceError(
                    f"{name} must be above zero, but is {value:g}; check the entry",
                    code="quantity-not-positive",
                    values={"value": value},
                )


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a trial goes: who enters when, dies when, drops out, crosses over, and when it is analysed.

    Parameters
    ----------
    patients
        In all.
    control_median
        Median survival of the control arm without surgery.
    hazard_ratio
        Treated against control, once the effect has begun.
    treated_share
        Share of the treated arm.
    delay
        Time after entry before the effect begins.
    accrual, follow_up
        Entries are uniform over the accrual; the analysis is `follow_up` after its end.
    dropout
        Hazard of leaving the trial.
    resection
        Crossover to surgery; None for none.
    pace
        How entries are spread over the accrual; None for evenly.
    cured
        Share of both arms that never has the event; median and ratio are those of the others.
    """

    patients: int
    control_median: float
    hazard_ratio: float
    treated_share: float = 0.5
    delay: float = 0.0
    accrual: float = 0.0
    follow_up: float = math.inf
    dropout: float = 0.0
    resection: Resection | None = None
    pace: AccrualPattern | None = None
    cured: float = 0.0

    def __post_init__(self) -> None:
        if self.patients < 2:
            raise EvidenceError(
                f"a trial needs two patients or more, but has {self.patients}; one in each arm at least",
                code="patients-count",
            )
        for name, value in (("median of the control arm", self.control_median), ("hazard ratio", self.hazard_ratio)):
            if not (math.isfinite(value) and value > 0):
                raise EvidenceError(
                    f"{name} must be above zero, but is {value:g}; check the entry",
                    code="quantity-not-positive",
                    values={"value": value},
                )
        for name, value in (("delay", self.delay), ("accrual", self.accrual), ("dropout", self.dropout)):
            if not (math.isfinite(value) and value >= 0):
                raise EvidenceError(
                    f"{name} must be zero or more, but is {value:g}; check the entry",
                    code="quantity-negative",
                    values={"value": value},
                )
        if not self.follow_up >= 0 or self.accrual + self.follow_up == 0:
            raise EvidenceError(
                f"follow-up must be zero or more, and not zero without accrual, but is {self.follow_up:g}",
                code="observation-empty",
                values={"follow_up": self.follow_up},
            )
        if self.pace is not None and not math.isclose(self.pace.length, self.accrual):
            raise EvidenceError(
                f"the stretches of accrual must be as long as the accrual, {self.accrual:g}, but are {self.pace.length:g}; correct one",
                code="accrual-length",
                values={"accrual": self.accrual, "length": self.pace.length},
            )
        if not 0 <= self.cured < 1:
            raise EvidenceError(
                f"the cured share must lie from 0 to below 1, but is {self.cured:g}; write per cent as a fraction",
                code="cured-share-range",
                values={"cured": self.cured},
            )
        if not 1 <= self.treated < self.patients:
            raise EvidenceError(
                f"both arms need a patient, but a treated share of {self.treated_share:g} of {self.patients} leaves one empty; write a fraction between",
                code="arm-empty",
                values={"treated_share": self.treated_share},
            )

    @property
    def treated(self) -> int:
        """Return how many are treated."""
        return round(self.patients * self.treated_share)

    @property
    def arm(self) -> NDArray[np.bool_]:
        """Return which patients are treated: the first ones."""
        return np.arange(self.patients) < self.treated

    @property
    def end(self) -> float:
        """Return when the trial is analysed, counted from its start."""
        return self.accrual + self.follow_up


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Drawn trials, before any cut.

    Parameters
    ----------
    scenario
        What was drawn.
    entry
        Calendar time of entry, shape (trials, patients).
    death, dropout
        Time after entry.
    """

    scenario: Scenario
    entry: Table
    death: Table
    dropout: Table

    def __len__(self) -> int:
        return len(self.entry)

    def at(self, calendar: float | Numbers) -> tuple[Table, NDArray[np.bool_]]:
        """Return time and event of each patient as an analysis at a calendar time sees them; who has not entered has time 0."""
        when = np.asarray(calendar, dtype=np.float64)
        cut = when[:, None] if when.ndim else when
        # compared on the calendar, as `when_events` is: the very event that a look waits for must be in it
        event = (self.death <= self.dropout) & (self.entry + self.death <= cut)
        ends = np.minimum(np.minimum(self.dropout, self.death), np.maximum(cut - self.entry, 0.0))
        return np.where(event, self.death, ends), event

    def when_events(self, events: int) -> Numbers:
        """Return when each trial has had its n-th event; infinite where it never does."""
        if not 1 <= events <= self.scenario.patients:
            raise EvidenceError(
                f"a look needs from 1 to {self.scenario.patients} events, but {events} were asked; choose between",
                code="look-events-range",
            )
        calendar = np.where(self.death <= self.dropout, self.entry + self.death, np.inf)
        numbers: Numbers = np.partition(calendar, events - 1, axis=1)[:, events - 1]
        return numbers


def draw_trials(scenario: Scenario, trials: int, *, seed: int) -> Trials:
    """Return trials drawn from a scenario; the same seed gives the same trials.

    Parameters
    ----------
    scenario
        How a trial goes.
    trials
        How many.
    seed
        Of the random numbers (NumPy's PCG64).

    Raises
    ------
    EvidenceError
        No trial; more than fit into memory.
    """
    if trials < 1:
        raise EvidenceError(
            f"at least one trial must be drawn, but {trials} were asked; 10000 is usual", code="simulation-count"
        )
    if trials * scenario.patients > MOST_PATIENTS_AT_ONCE:
        raise EvidenceError(
            f"at most {MOST_PATIENTS_AT_ONCE // scenario.patients} trials of {scenario.patients} can be drawn at once, but {trials} were asked; draw fewer",
            code="simulation-too-large",
        )
    random = np.random.default_rng(seed)
    shape = (trials, scenario.patients)
    death = _deaths(scenario, random, shape)
    entry = random.uniform(0.0, scenario.accrual, shape) if scenario.accrual else np.zeros(shape)
    if scenario.pace is not None:
        entry = scenario.pace.at(entry / scenario.accrual)
    dropout = random.exponential(1 / scenario.dropout, shape) if scenario.dropout else np.full(shape, np.inf)
    if scenario.cured:
        death = np.where(random.random(shape) < scenario.cured, np.inf, death)
    return Trials(scenario, entry, death, dropout)


def _deaths(scenario: Scenario, random: np.random.Generator, shape: tuple[int, int]) -> Table:
    """Return times to death: an exponential amount of hazard, used up over at most three stretches of constant hazard."""
    base = math.log(2) / scenario.control_median
    need = random.exponential(1.0, shape)
    treated = scenario.arm
    cuts = [scenario.delay, math.inf]
    resected: NDArray[np.bool_] = np.zeros(shape, dtype=np.bool_)
    if scenario.resection is not None:
        cuts[1] = scenario.resection.at
        share = np.where(treated, scenario.resection.treated, scenario.resection.control)
        resected = random.random(shape) < share
    first, second = sorted(cuts)
    rates = [_rate(scenario, base, begin, resected) for begin in (0.0, first, second)]
    used = rates[0] * first
    if math.isinf(second):
        return np.where(need < used, need / rates[0], first + (need - used) / rates[1])
    later = used + rates[1] * (second - first)
    middle = np.where(need < later, first + (need - used) / rates[1], second + (need - later) / rates[2])
    return np.where(need < used, need / rates[0], middle)


def _rate(scenario: Scenario, base: float, begin: float, resected: Mask) -> Table:
    """Return the hazard of each patient in the stretch that begins then."""
    rate = np.where(scenario.arm & (begin >= scenario.delay), base * scenario.hazard_ratio, base)
    if scenario.resection is None or begin < scenario.resection.at:
        return np.broadcast_to(rate, resected.shape)
    return np.where(resected, rate * scenario.resection.hazard_ratio, rate)
