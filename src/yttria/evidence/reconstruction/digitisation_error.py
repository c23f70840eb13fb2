"""How much of a comparison is the picture's: a published curve rebuilt many times, each within what the clicks leave open."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.evidence.reconstruction.digitised_curve import ReadCurve, falling
from yttria.evidence.reconstruction.guyot import AtRisk, reconstruct
from yttria.evidence.regression.cox import Coefficient, cox
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

FEWEST = 20
"""Redraws below which a spread is not worth printing."""


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """What was published of one group: clicks, numbers at risk, events in all.

    Parameters
    ----------
    curve
        Clicks, mended by `read_curve`.
    at_risk
        Numbers at risk.
    events
        None where they are not printed.
    """

    curve: ReadCurve
    at_risk: AtRisk
    events: int | None = None


def redigitised_cohorts(
    published: Published, draws: int, *, click_error: float, seed: int, unit: str = ""
) -> Iterator[TimeToEvent]:
    """Yield reconstructions of one curve, each as likely as the other.

    Every click is moved by a normal error, and made a falling curve again; the censored of each interval leave at times drawn evenly.

    Parameters
    ----------
    published
        The group.
    draws
        How many.
    click_error
        Standard deviation of reading one click, as a fraction of survival.
    seed
        Of the random numbers.
    unit
        Of time.

    Raises
    ------
    EvidenceError
        An error that is not from 0 to 0.1.

    Examples
    --------
    >>> from yttria.evidence.reconstruction.digitised_curve import read_curve
    >>> curve, _ = read_curve([0, 1, 2, 3], [1, 0.9, 0.8, 0.4])
    >>> one, two = redigitised_cohorts(Published(curve, AtRisk((0, 2), (10, 9))), 2, click_error=0.01, seed=1)
    >>> len(one), len(two)
    (10, 10)
    """
    if not 0 <= click_error <= 0.1:
        raise EvidenceError(
            f"the error of a click must lie between 0 and 0.1 of survival, but is {click_error:g}; half a per cent is 0.005",
            code="click-error-range",
            values={"click_error": click_error},
        )
    random = np.random.default_rng(seed)
    curve = published.curve
    for _ in range(draws):
        moved = np.clip(curve.survival + random.normal(0.0, click_error, len(curve.survival)), 0.0, 1.0)
        moved[curve.survival == 1] = 1.0  # the top of the axis is known
        again = ReadCurve(curve.time, falling(moved))
        yield reconstruct(again, published.at_risk, events=published.events, unit=unit, placement=random).outcome


@dataclass(frozen=True, slots=True)
class Spread:
    """A hazard ratio with what the picture adds to its error.

    Parameters
    ----------
    draws
        Redraws that gave a finite ratio; with too few of them the numbers are NaN.
    log_sd
        Standard deviation of the log ratio between redraws.
    low, high
        Limits with both errors.
    least, most
        Range of the ratios of the redraws.
    """

    draws: int
    log_sd: float
    low: float
    high: float
    least: float
    most: float


def digitisation_limits(
    ratio: Coefficient, pairs: Sequence[tuple[TimeToEvent, TimeToEvent]], *, level: float = 0.95
) -> Spread:
    """Return the limits of a hazard ratio that hold the error of the reconstruction too.

    Var = se^2 + (1 + 1/m) B, B the variance of the log ratio between m redraws (Rubin's rule; the mean of the inner variances is
    that of the ratio shown).

    Parameters
    ----------
    ratio
        Of the first group against the second, as shown.
    pairs
        Redraws of both groups; a group that is known is the same in each.
    level
        Of the limits.

    Raises
    ------
    EvidenceError
        Fewer than 20 redraws.

    Source
    ------
    Rubin 1987, Multiple imputation for nonresponse in surveys, section 3.1.
    """
    if len(pairs) < FEWEST:
        raise EvidenceError(
            f"a spread needs {FEWEST} redraws or more, but has {len(pairs)}; ask for more",
            code="redraw-count",
            values={"pairs": len(pairs)},
        )
    result = np.array([_log_ratio(a, b) for a, b in pairs])
    result = result[np.isfinite(result)]
    if len(result) < FEWEST or not math.isfinite(ratio.se):
        return Spread(len(result), *[math.nan] * 5)
    between = float(np.var(result, ddof=1))
    wide = normal_quantile(level) * math.sqrt(ratio.se**2 + (1 + 1 / len(result)) * between)
    return Spread(
        len(result),
        math.sqrt(between),
        math.exp(ratio.coef - wide),
        math.exp(ratio.coef + wide),
        math.exp(float(result.min())),
        math.exp(float(result.max())),
    )


def _log_ratio(a: TimeToEvent, b: TimeToEvent) -> float:
    """Return the log hazard ratio of a against b; NaN where one has no event."""
    if not (a.events and b.events):
        return math.nan
    both = TimeToEvent(np.concatenate([a.time, b.time]), np.concatenate([a.observed, b.observed]))
    of_a = np.repeat([1.0, 0.0], [len(a), len(b)])
    return cox(both, of_a[:, None], ["group"]).coefficient(0).coef
