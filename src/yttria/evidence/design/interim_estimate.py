"""What an interim look at a hazard ratio is worth: what the end may show, what the deaths in between say, what stopping adds.

Information on a log hazard ratio is D q (1 - q), D events and q the treated share; estimates at two looks of one trial have the
covariance of the later one.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import ndtr

from yttria.evidence.design.group_sequential import Boundary
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.errors import EvidenceError

Interval = tuple[float, float]
FARTHEST = 12.0
"""Drifts beyond this are not looked for: no trial has them."""


@dataclass(frozen=True, slots=True)
class InterimAnalysis:
    """A hazard ratio shown after a number of events.

    Parameters
    ----------
    hazard_ratio
        Treated against control.
    events
        In both arms together.
    treated_share
        Share of the treated arm; 0.5 for 1:1.

    Raises
    ------
    EvidenceError
        A ratio or events that are not above zero, a share outside 0 to 1.

    Examples
    --------
    >>> look = InterimAnalysis(0.42, 34)
    >>> round(look.z, 2), [round(limit, 2) for limit in look.limits()]
    (-2.53, [0.21, 0.82])
    """

    hazard_ratio: float
    events: int
    treated_share: float = 0.5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.hazard_ratio) and self.hazard_ratio > 0):
            raise EvidenceError(
                f"a hazard ratio must be above zero, but is {self.hazard_ratio:g}; is it a log ratio?",
                code="hazard-ratio-range",
                values={"hazard_ratio": self.hazard_ratio},
            )
        if self.events < 1:
            raise EvidenceError(
                f"a look needs an event or more, but has {self.events}; give the deaths in both arms",
                code="look-without-events",
            )
        if not 0 < self.treated_share < 1:
            raise EvidenceError(
                f"the treated share must lie between 0 and 1, but is {self.treated_share:g}; write per cent as a fraction",
                code="treated-share-range",
                values={"treated_share": self.treated_share},
            )

    @property
    def information(self) -> float:
        """Return 1 over the variance of the log ratio: D q (1 - q)."""
        return self.events * self.treated_share * (1 - self.treated_share)

    @property
    def z(self) -> float:
        """Return the log ratio over its standard error; negative where the treated live longer."""
        return math.log(self.hazard_ratio) * math.sqrt(self.information)

    def limits(self, level: float = 0.95) -> Interval:
        """Return Wald's limits."""
        return _around(math.log(self.hazard_ratio), 1 / math.sqrt(self.information), level)


@dataclass(frozen=True, slots=True)
class ConditionalPrediction:
    """From one look of a trial to a later one.

    Parameters
    ----------
    predicted
        Where the later ratio is expected from the earlier look alone, at the level asked.
    between
        Hazard ratio that the events between the looks show by themselves, with limits.
    between_events
        How many these are.
    agreement_p
        P of the difference between the early ratio and that of the events in between.
    """

    predicted: Interval
    between: tuple[float, float, float]
    between_events: int
    agreement_p: float


def conditional_prediction(
    early: InterimAnalysis, late: InterimAnalysis, *, level: float = 0.95
) -> ConditionalPrediction:
    """Return what lies between two looks at the same trial.

    With information I and log ratio b of each: between them b = (I2 b2 - I1 b1) / (I2 - I1), variance 1 / (I2 - I1); predicted b2 =
    b1 -+ z sqrt(1/I1 - 1/I2).

    Parameters
    ----------
    early, late
        The same trial, the later with more events.
    level
        Of the prediction and the limits.

    Raises
    ------
    EvidenceError
        A later look without more events, or with other shares.

    Notes
    -----
    It takes proportional hazards and increments that are independent of the past, as they are for the score of a log-rank test.

    Source
    ------
    Jennison and Turnbull 2000, Group Sequential Methods, sections 3.1 and 13.7; Spiegelhalter et al. 1986,
    doi:10.1016/0197-2456(86)90003-6 (prediction).

    Examples
    --------
    >>> found = conditional_prediction(InterimAnalysis(0.42, 34), InterimAnalysis(0.51, 49))
    >>> round(found.between[0], 2), [round(limit, 2) for limit in found.predicted]
    (0.79, [0.29, 0.61])
    """
    if late.events <= early.events or late.treated_share != early.treated_share:
        raise EvidenceError(
            f"the later look needs more events than the earlier and the same shares, but has {late.events} after {early.events}; swap or correct them",
            code="later-look-order",
        )
    one, two = early.information, late.information
    first, last = math.log(early.hazard_ratio), math.log(late.hazard_ratio)
    middle = (two * last - one * first) / (two - one)
    low, high = _around(middle, 1 / math.sqrt(two - one), level)
    apart = (middle - first) / math.sqrt(1 / one + 1 / (two - one))
    return ConditionalPrediction(
        _around(first, math.sqrt(1 / one - 1 / two), level),
        (math.exp(middle), low, high),
        late.events - early.events,
        2 * float(ndtr(-abs(apart))),
    )


@dataclass(frozen=True, slots=True)
class BiasAdjustedEstimate:
    """An estimate from a trial that could have stopped earlier, two ways.

    Parameters
    ----------
    critical_z
        Of |Z| at the look.
    crossed
        Whether the ratio shown is beyond it, in favour of the treated arm.
    median_unbiased
        Ratio that half of such trials would show more of, by stagewise ordering, with limits.
    mean_unbiased
        Ratio whose estimate, averaged over all ways to stop, is the one shown (Whitehead).
    """

    critical_z: float
    crossed: bool
    median_unbiased: tuple[float, float, float]
    mean_unbiased: float


def bias_adjusted_estimate(
    look: InterimAnalysis, limits: Boundary, stage: int, planned_events: int, *, level: float = 0.95
) -> BiasAdjustedEstimate:
    """Return the estimate of a trial at a look, corrected for its chance to have stopped here or before.

    Parameters
    ----------
    look
        What it showed.
    limits
        The boundary of its plan.
    stage
        Which look this is, from 0.
    planned_events
        Events at the last look of the plan.
    level
        Of the limits.

    Raises
    ------
    EvidenceError
        A look that the plan does not have; a ratio beyond any drift.

    Notes
    -----
    At the first look the median-unbiased estimate is the one shown: no earlier stop could have been better.

    Source
    ------
    Tsiatis, Rosner and Mehta 1984, doi:10.2307/2531078; Whitehead 1986, doi:10.1093/biomet/73.3.573.

    Examples
    --------
    >>> from yttria.evidence.design.group_sequential import boundary
    >>> plan = boundary("ld-obrien-fleming", [34 / 49, 1])
    >>> found = bias_adjusted_estimate(InterimAnalysis(0.51, 49), plan, 1, 49)
    >>> round(found.median_unbiased[0], 3), round(found.mean_unbiased, 3)
    (0.52, 0.528)
    """
    if not 0 <= stage < len(limits.z):
        raise EvidenceError(
            f"the plan has {len(limits.z)} looks, but look {stage + 1} was asked; count them from 1",
            code="look-unknown",
            values={"looks": len(limits.z)},
        )
    share = look.treated_share
    scale = math.sqrt(planned_events * share * (1 - share))
    estimate = -math.log(look.hazard_ratio) * scale
    z, tail = -look.z, (1 - level) / 2

    def ratio(rising: Callable[[float], float], value: float) -> float:
        return math.exp(-_where(rising, value) / scale)

    def beyond(drift: float) -> float:
        return limits.beyond(stage, z, drift)

    return BiasAdjustedEstimate(
        limits.z[stage],
        z >= limits.z[stage],
        (ratio(beyond, 0.5), ratio(beyond, 1 - tail), ratio(beyond, tail)),
        ratio(limits.mean_estimate, estimate),
    )


def ratio_when_stopped(truth: InterimAnalysis, limits: Boundary, stage: int) -> tuple[float, float]:
    """Return how often trials stop for efficacy at a look, and the ratio that these show on average, geometrically.

    Parameters
    ----------
    truth
        The true ratio, with the events of the last look of the plan.
    limits, stage
        The boundary, and which look, from 0.

    Source
    ------
    Pocock and Hughes 1989, doi:10.1016/0197-2456(89)90060-5.

    Examples
    --------
    >>> from yttria.evidence.design.group_sequential import boundary
    >>> chance, ratio = ratio_when_stopped(InterimAnalysis(0.51, 49), boundary("ld-obrien-fleming", [34 / 49, 1]), 0)
    >>> round(chance, 2), round(ratio, 2)
    (0.31, 0.35)
    """
    drift = -truth.z
    chance, estimate = limits.stopping_at(stage, drift)
    return chance, math.exp(-estimate / math.sqrt(truth.information))


def _where(rising: Callable[[float], float], value: float) -> float:
    if not rising(-FARTHEST) < value < rising(FARTHEST):
        raise EvidenceError(
            "the ratio shown is farther from 1 than any trial of this size can estimate; check the events",
            code="ratio-beyond-estimate",
        )
    return float(brentq(lambda drift: rising(drift) - value, -FARTHEST, FARTHEST, xtol=1e-10))


def _around(middle: float, error: float, level: float) -> Interval:
    if not 0 < level < 1:
        raise EvidenceError(
            f"a level must lie between 0 and 1, but is {level:g}; write per cent as a fraction",
            code="level-range",
            values={"level": level},
        )
    wide = normal_quantile(level) * error
    return math.exp(middle - wide), math.exp(middle + wide)
