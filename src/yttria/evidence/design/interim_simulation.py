"""What interim looks do to many simulated trials: where they stop, what they show then and later."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from yttria.evidence.design.arm_tests import ArmTests, two_arm_tests
from yttria.evidence.design.simulation import Trials
from yttria.values.cohort import Mask
from yttria.values.errors import EvidenceError


@dataclass(frozen=True, slots=True, eq=False)
class InterimResults:
    """What interim looks did to many trials.

    Parameters
    ----------
    stage
        Look at which each trial stopped for efficacy of the treated arm, from 0; the last look for those that went on.
    earlier
        Test and estimate at that look.
    later
        Test and estimate of the same patients at the end of follow-up.
    positive
        Whether the treated arm was shown to be better at some look.
    events
        Events of each look.
    """

    stage: NDArray[np.int64]
    earlier: ArmTests
    later: ArmTests
    positive: Mask
    events: tuple[int, ...]


def run_interim_analyses(trials: Trials, events: Sequence[int], critical: Sequence[float]) -> InterimResults:
    """Return trials stopped at the first look whose statistic passes its critical value in favour of the treated arm.

    Parameters
    ----------
    trials
        Drawn.
    events
        Events at which each look is made, ascending.
    critical
        Of |z| at each look.

    Raises
    ------
    EvidenceError
        Unequal lengths, events that do not ascend.

    Notes
    -----
    A trial that has not the events of a look by its end is looked at then.
    """
    if len(events) != len(critical) or any(b <= a for a, b in pairwise(events)):
        raise EvidenceError(
            "looks need ascending numbers of events and one critical value each; check both", code="look-events-order"
        )
    arm, end = trials.scenario.arm, trials.scenario.end
    stage = np.full(len(trials), len(events) - 1)
    positive = np.zeros(len(trials), dtype=np.bool_)
    parts: list[ArmTests] = []
    for k, (count, limit) in enumerate(zip(events, critical, strict=True)):
        result = two_arm_tests(*trials.at(np.minimum(trials.when_events(count), end)), arm)
        parts.append(result)
        stops = ~positive & (result.z <= -limit)
        stage[stops] = k
        positive |= stops
    pick = np.arange(len(trials))
    tests = ArmTests(
        *(np.stack([getattr(p, name) for p in parts])[stage, pick] for name in ("z", "log_ratio", "std_err", "events"))
    )
    return InterimResults(stage, tests, two_arm_tests(*trials.at(end), arm), positive, tuple(events))


@dataclass(frozen=True, slots=True)
class Regression:
    """What became of trials that showed one hazard ratio at a look.

    Parameters
    ----------
    trials
        How many showed it.
    share
        Of all trials.
    earlier, later
        Geometric means of the ratio then, and of the same patients followed to the end.
    later_above
        Share in which the later ratio was nearer to 1 (or beyond it).
    """

    trials: int
    share: float
    earlier: float
    later: float
    later_above: float


def regression(tests: ArmTests, later: ArmTests, ratio: float, *, within: float = 0.1) -> Regression:
    """Return how trials that showed a ratio at a look looked later: the regression towards the truth.

    Parameters
    ----------
    tests, later
        The same trials at a look and at the end.
    ratio
        The ratio shown.
    within
        On the log scale.

    Raises
    ------
    EvidenceError
        Fewer than 30 trials showed it.
    """
    close = np.abs(tests.log_ratio - math.log(ratio)) <= within
    close &= np.isfinite(later.log_ratio)
    count = int(np.count_nonzero(close))
    if count < 30:
        raise EvidenceError(
            f"a hazard ratio of {ratio:g} was shown by {count} trials only, and 30 are needed; draw more trials or change the scenario",
            code="shown-ratio-rare",
            values={"ratio": ratio},
        )
    one, two = tests.log_ratio[close], later.log_ratio[close]
    return Regression(
        count,
        count / len(close),
        float(np.exp(one.mean())),
        float(np.exp(two.mean())),
        float(np.mean(two * np.sign(math.log(ratio)) < one * np.sign(math.log(ratio)))),
    )
