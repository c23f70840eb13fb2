"""Simulated trials held against their looks: at which look each stops, for efficacy or futility, by log-rank, MaxCombo or rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.arm_tests import two_arm_tests
from yttria.evidence.design.sequential_design import SequentialDesign
from yttria.evidence.design.simulation import MOST_PATIENTS_AT_ONCE, Table, Trials
from yttria.evidence.survival.maxcombo import WEIGHTS, maxcombo_p, z_scores
from yttria.values.cohort import Mask, Numbers
from yttria.values.errors import EvidenceError, require_share

CHUNK = 2_000
"""Trials whose MaxCombo is computed together: some ten megabytes."""


@dataclass(frozen=True, slots=True)
class SimulatedStops:
    """Shares of trials that stop at each look, and what a trial takes on average.

    Parameters
    ----------
    efficacy, futility
        Share of all trials; at the last look of a design with futility every trial stops.
    patients
        Entered at the stop, on average.
    months
        From the first entry to the stop, on average, in the unit of the times; None where no entries were drawn.
    """

    efficacy: tuple[float, ...]
    futility: tuple[float, ...]
    patients: float
    months: float | None

    @property
    def power(self) -> float:
        """Return the share of trials that are positive."""
        return sum(self.efficacy)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """What each look of each trial sees, shape (looks, trials).

    Parameters
    ----------
    positive, futile
        Whether the look passes the boundary.
    patients, months
        Entered by then; time since the first entry, None without entries.
    """

    positive: NDArray[np.bool_]
    futile: NDArray[np.bool_]
    patients: Table
    months: Table | None

    def stops(self) -> SimulatedStops:
        """Return where trials stop: at the first look that is positive or futile, else at the last."""
        ends = self.positive | self.futile
        ends[-1] = True
        first = ends.argmax(axis=0)
        trial = np.arange(ends.shape[1])
        good, bad = self.positive[first, trial], self.futile[first, trial]
        looks = range(len(ends))
        return SimulatedStops(
            tuple(float(np.mean(good & (first == k))) for k in looks),
            tuple(float(np.mean(bad & (first == k))) for k in looks),
            float(self.patients[first, trial].mean()),
            None if self.months is None else float(self.months[first, trial].mean()),
        )


def survival_stops(
    trials: Trials, events: Sequence[int] | None, design: SequentialDesign
) -> tuple[SimulatedStops, SimulatedStops]:
    """Return the stops of drawn trials by the log-rank test and by MaxCombo, each in favour of the treated arm.

    Parameters
    ----------
    trials
        Drawn.
    events
        Events at which each look of the design is made; None for one look at the end of follow-up.
    design
        Boundaries of these looks.

    Notes
    -----
    MaxCombo's two-sided P is held against twice the one-sided P of the look, and counts where its largest |z| favours the treated;
    it does not stop for futility. A trial that has not the events of a look by its end is looked at then.
    """
    scenario = trials.scenario
    ends = np.full(len(trials), scenario.end)
    calendar = [ends] if events is None else [np.minimum(trials.when_events(n), scenario.end) for n in events]
    first = trials.entry.min(axis=1)
    patients = np.stack([np.count_nonzero(trials.entry <= when[:, None], axis=1) for when in calendar]).astype(float)
    months = np.stack([when - first for when in calendar])
    better, combined, futile = [], [], []
    for k, when in enumerate(calendar):
        time, event = trials.at(when)
        z = -two_arm_tests(time, event, scenario.arm).z
        critical = design.efficacy[k]
        better.append(_reaches(z, critical))
        futile.append(_misses(z, design, k))
        limit = design.one_sided_p[k]
        combined.append(
            np.zeros(len(z), dtype=np.bool_) if limit is None else _maxcombo(time, event, scenario.arm, 2 * limit)
        )
    never = np.zeros((len(calendar), len(trials)), dtype=np.bool_)
    return (
        Looks(np.stack(better), np.stack(futile), patients, months).stops(),
        Looks(np.stack(combined), never, patients, months).stops(),
    )


def _reaches(z: Numbers, critical: float | None) -> Mask:
    """Tell which statistics pass the boundary for efficacy; one that does not exist passes none."""
    return np.zeros(len(z), dtype=np.bool_) if critical is None else z >= critical


def _misses(z: Numbers, design: SequentialDesign, look: int) -> Mask:
    """Tell which statistics are futile: at or below the boundary, and at the last look all that are not positive."""
    if design.futility is None:
        return np.zeros(len(z), dtype=np.bool_)
    if look == len(design.information) - 1:
        return ~_reaches(z, design.efficacy[look])
    return z <= design.futility[look]


def _maxcombo(time: Table, event: NDArray[np.bool_], treated: Mask, limit: float) -> Mask:
    """Tell which trials have a MaxCombo P at or below the limit with the largest |z| in favour of the treated.

    The P of four tests lies between that of the largest |z| alone and four times it, so that few need the joint law.
    """
    statistic, covariance = weighted_statistics(time, event, treated)
    z = z_scores(statistic, covariance)
    size = np.where(np.isfinite(z), np.abs(z), -1.0)
    most = size.argmax(axis=1)[:, None]
    largest = np.take_along_axis(size, most, axis=1)[:, 0]
    alone = 2 * ndtr(-largest)
    favours = np.take_along_axis(np.nan_to_num(z), most, axis=1)[:, 0] < 0
    passes = favours & (alone * len(WEIGHTS) <= limit)
    unsure = np.flatnonzero(favours & ~passes & (alone <= limit))
    for begin in range(0, len(unsure), CHUNK):
        rows = unsure[begin : begin + CHUNK]
        passes[rows] = maxcombo_p(statistic[rows], covariance[rows]) <= limit
    return passes


def weighted_statistics(time: Table, event: NDArray[np.bool_], treated: Mask) -> tuple[Table, Table]:
    """Return observed less expected events of the treated with the weights (0, 1), (1, 0), (1, 1) of S(t-), and their covariance.

    Parameters
    ----------
    time, event
        Follow-up and whether it ends with the event, shape (trials, patients); times of events are taken as distinct.
    treated
        Shape (patients,).

    Returns
    -------
    tuple
        Shapes (trials, 3) and (trials, 3, 3), as `maxcombo_p` takes them.
    """
    order = np.argsort(time, axis=1)
    died = np.take_along_axis(event, order, axis=1)
    x = treated[order]
    at_risk = np.arange(time.shape[1], 0, -1, dtype=np.float64)
    share = np.cumsum(x[:, ::-1], axis=1, dtype=np.float64)[:, ::-1] / at_risk
    after = np.cumprod(1 - died / at_risk, axis=1)
    before = np.concatenate([np.ones((len(time), 1)), after[:, :-1]], axis=1)
    excess, spread = np.where(died, x - share, 0.0), np.where(died, share * (1 - share), 0.0)
    weights = [before**rho * (1 - before) ** gamma for rho, gamma in WEIGHTS[1:]]
    statistic = np.stack([np.einsum("ij,ij->i", w, excess) for w in weights], axis=1)
    covariance = np.empty((len(time), 3, 3))
    for i, one in enumerate(weights):
        for j, other in enumerate(weights[: i + 1]):
            covariance[:, i, j] = covariance[:, j, i] = np.einsum("ij,ij,ij->i", one, other, spread)
    return statistic, covariance


@dataclass(frozen=True, slots=True)
class RateScenario:
    """A trial of two response rates.

    Parameters
    ----------
    treated, control
        Patients of each arm.
    rate_treated, rate_control
        Response rates.
    accrual
        How patients enter; None where no calendar is drawn.
    """

    treated: int
    control: int
    rate_treated: float
    rate_control: float
    accrual: AccrualPattern | None = None

    def __post_init__(self) -> None:
        require_share(self.rate_treated, what="rate of the treated arm")
        require_share(self.rate_control, what="rate of the control arm")
        if min(self.treated, self.control) < 1:
            raise EvidenceError(
                f"both arms need a patient, but have {self.treated} and {self.control}; give more patients",
                code="arm-empty",
            )


def rate_stops(scenario: RateScenario, design: SequentialDesign, trials: int, *, seed: int) -> SimulatedStops:
    """Return the stops of drawn trials by the pooled z test of two rates; a look at share t has that share of each arm.

    Parameters
    ----------
    scenario
        Patients and rates.
    design
        Boundaries; their information times are shares of the patients.
    trials, seed
        How many to draw, and of which random numbers (NumPy's PCG64).

    Raises
    ------
    EvidenceError
        No trial; more than fit into memory; two looks at the same patients.

    Notes
    -----
    Efficacy is in the direction of the higher rate; of the treated arm where both are equal.
    """
    if trials < 1:
        raise EvidenceError(
            f"at least one trial must be drawn, but {trials} were asked; 10000 is usual", code="simulation-count"
        )
    total = scenario.treated + scenario.control
    if trials * total > MOST_PATIENTS_AT_ONCE:
        raise EvidenceError(
            f"at most {MOST_PATIENTS_AT_ONCE // total} trials of {total} can be drawn at once, but {trials} were asked; draw fewer",
            code="simulation-too-large",
        )
    random = np.random.default_rng(seed)
    treated, control = (_at_looks(n, design.information) for n in (scenario.treated, scenario.control))
    ones = _responders(random, treated, scenario.rate_treated, trials)
    zeros = _responders(random, control, scenario.rate_control, trials)
    sign = 1.0 if scenario.rate_treated >= scenario.rate_control else -1.0
    z = [sign * _pooled_z(a, n, b, m) for a, n, b, m in zip(ones, treated, zeros, control, strict=True)]
    entered = [n + m for n, m in zip(treated, control, strict=True)]
    patients = np.broadcast_to(np.array(entered, dtype=float)[:, None], (len(entered), trials))
    months = None
    if scenario.accrual is not None:
        entries = scenario.accrual.at(np.sort(random.random((trials, total)), axis=1))
        months = np.stack([entries[:, n - 1] - entries[:, 0] for n in entered])
    positive = np.stack([_reaches(score, design.efficacy[k]) for k, score in enumerate(z)])
    futile = np.stack([_misses(score, design, k) for k, score in enumerate(z)])
    return Looks(positive, futile, patients, months).stops()


def _at_looks(patients: int, information: Sequence[float]) -> list[int]:
    """Return the patients of one arm at each look."""
    counts = [max(1, round(share * patients)) for share in information]
    if any(b <= a for a, b in pairwise(counts)):
        raise EvidenceError(
            f"an arm of {patients} patients has the same patients at two looks; take fewer looks or more patients",
            code="look-patients-equal",
        )
    return counts


def _responders(random: np.random.Generator, counts: Sequence[int], rate: float, trials: int) -> list[Numbers]:
    """Return responders up to each look."""
    total = np.zeros(trials)
    results = []
    for before, count in zip([0, *counts], counts, strict=False):
        total = total + random.binomial(count - before, rate, trials)
        results.append(total)
    return results


def _pooled_z(ones: Numbers, treated: int, zeros: Numbers, control: int) -> Numbers:
    """Return the difference of two rates over its error under one common rate; 0 where all or none respond."""
    pooled = (ones + zeros) / (treated + control)
    error = np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    gap = ones / treated - zeros / control
    return cast("Numbers", np.divide(gap, error, out=np.zeros_like(gap), where=error > 0))
