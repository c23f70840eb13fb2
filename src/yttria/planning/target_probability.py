"""How probable it is that aims are reached and limits kept: doses as one joint normal distribution in which shared errors are shared."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from yttria.values.aims_limits import DoseName, Limit
from yttria.values.errors import Finding, require_positive
from yttria.values.plan import Estimated, Option, TargetProbability
from yttria.values.units import Gy

Factors = Mapping[str, float]
Array = NDArray[np.float64]

COVERAGE_FACTOR = 2.0
"""k of the 95 % interval of a normal distribution, as the guidance rounds it."""
LIMIT_PROBABILITY = 0.90
"""The probability with which a limit must be kept where more than the aim is sought (house)."""
DRAWS = 4096
SEED = 90
LEAST_RATIO = 1e-6
"""Of a drawn dose: a normal error beyond -100 % stands for next to no dose."""
ROUNDING = 1e-9
CERTAIN = 0.999
"""From there on more activity is no gain: the least of it is taken (house)."""


def spread(factors: Factors) -> float:
    """Return the relative standard uncertainty of a dose: the root of the sum of squares of its factors.

    Examples
    --------
    >>> round(spread({"activity": 0.05, "contour": -0.12}), 4)
    0.13
    """
    return math.hypot(*factors.values())


def reaching(value: float, goal: float, relative: float) -> float:
    """Return P(dose >= wanted) of a normal dose with mean `value` and standard uncertainty `relative` times it.

    Examples
    --------
    >>> reaching(205.0, 205.0, 0.1), round(reaching(250.0, 205.0, 0.1), 3)
    (0.5, 0.964)
    """
    sd = relative * value
    if sd <= 0:
        return 1.0 if value >= goal * (1 - 1e-9) else 0.0
    return float(ndtr((value - goal) / sd))


def keeping(value: float, limit: float, relative: float) -> float:
    """Return P(dose <= limit) of a normal dose with mean `value` and standard uncertainty `relative` times it.

    Examples
    --------
    >>> keeping(30.0, 30.0, 0.1), round(keeping(25.0, 30.0, 0.1), 3)
    (0.5, 0.977)
    """
    sd = relative * value
    if sd <= 0:
        return 1.0 if value <= limit * (1 + 1e-9) else 0.0
    return float(ndtr((limit - value) / sd))


def estimated(value: Gy, factors: Factors, *, recovered: Gy | None = None) -> Estimated:
    """Return a dose with its 95 % interval; blur that is known but not corrected lies in it.

    Around D' = the dose with blur undone: low = min(D, D' (1 - k u)), high = max(D, D' (1 + k u)), never below zero; without D', D' = D.

    Parameters
    ----------
    value
        D, as the image has it.
    factors
        Signed relative standard uncertainties by their cause.
    recovered
        D' of the same activity.

    Source
    ------
    k = 2: Gear et al., EJNMMI 2018;45:2456. An interval that reaches from the corrected value back to the uncorrected one: Phillips et
    al., J Res NIST 1997;102:577 (uncorrected bias).

    Examples
    --------
    >>> found = estimated(Gy(100), {"activity": 0.05}, recovered=Gy(120))
    >>> round(found.low), round(found.high)
    (100, 132)
    """
    centre = value if recovered is None else recovered
    half = COVERAGE_FACTOR * spread(factors) * centre
    low, high = Gy(max(min(value, centre - half), 0.0)), Gy(max(value, centre + half))
    return Estimated(value, low, high, {name: abs(u) for name, u in factors.items()})


@dataclass(frozen=True, slots=True)
class DoseErrors:
    """The errors of a patient's doses as a sum of shared causes: D_n = D_n0 (1 + sum_j c_nj z_j), every z_j standard normal.

    Parameters
    ----------
    factors
        c by dose name and cause, signed: a cause of one name is one error, in whatever dose it stands.

    Notes
    -----
    Normal and of first order: far tails (P below a hundredth) are no better than that.

    Examples
    --------
    >>> errors = DoseErrors({"TD": {"activity": 0.1}, "NPLD": {"activity": 0.1}})
    >>> both = errors.joint({"TD": Gy(205), "NPLD": Gy(100)}, {"TD": Gy(205)}, [Limit("n", "NPLD", Gy(100), "site")])
    >>> round(both, 2)  # the error that lifts TD breaks the limit
    0.0
    """

    factors: Mapping[DoseName, Factors]

    def relative(self, name: DoseName) -> float:
        """Return the relative standard uncertainty of a dose; 0 where none is known."""
        return spread(self.factors.get(name, {}))

    def correlation(self, one: DoseName, other: DoseName) -> float:
        """Return how far the errors of two doses are one: -1..1; 0 where a dose has none."""
        mine, yours = self.factors.get(one, {}), self.factors.get(other, {})
        product = self.relative(one) * self.relative(other)
        shared = sum(u * yours[cause] for cause, u in mine.items() if cause in yours)
        return shared / product if product else 0.0

    def ratios(self, names: Sequence[DoseName]) -> Array:
        """Return draws of D / D_0, shape (draws, names), the same at every call: standard normal causes, each beside its mirror."""
        causes = sorted({cause for name in names for cause in self.factors.get(name, {})})
        matrix = np.array([[self.factors.get(name, {}).get(cause, 0.0) for cause in causes] for name in names])
        if not causes:
            return np.ones((DRAWS, len(names)))
        return np.asarray(1.0 + _standard_normal(len(causes)) @ matrix.T)

    def activity_bounds(
        self,
        per_bq: Mapping[DoseName, float],
        aims: Mapping[DoseName, Gy],
        limits: Sequence[Limit] = (),
        given_gy: Mapping[DoseName, Gy] | None = None,
    ) -> tuple[Array, Array]:
        """Return for each joint draw the activity from which every aim is reached and that up to which every limit is kept, Bq.

        A cause that two doses share moves both. Doses received before count in full. What has no dose here is left out.

        Parameters
        ----------
        per_bq
            Doses per Bq that is still to be given, Gy, by name.
        given_gy
            Doses of what is given of the same course already, with the same errors; None: nothing is.
        """
        earlier = given_gy or {}
        per_bq = {name: gy for name, gy in per_bq.items() if gy > 0}
        goals = [(name, gy) for name, gy in aims.items() if name in per_bq]
        ceilings = [x for x in limits if x.volume in per_bq]
        names = list(dict.fromkeys([*(n for n, _ in goals), *(x.volume for x in ceilings)]))
        ratios = np.maximum(self.ratios(names), LEAST_RATIO)
        least, most = np.zeros(DRAWS), np.full(DRAWS, np.inf)
        with np.errstate(over="ignore"):  # next to no dose: any activity keeps the limit, none reaches the aim
            for name, gy in goals:
                needed = gy / ratios[:, names.index(name)] - earlier.get(name, 0.0)
                least = np.maximum(least, needed / per_bq[name])
            for limit in ceilings:
                room = (limit.limit_gy - limit.already_gy) / ratios[:, names.index(limit.volume)]
                most = np.minimum(most, (room - earlier.get(limit.volume, 0.0)) / per_bq[limit.volume])
        return least, most

    def joint(self, doses: Mapping[DoseName, Gy], aims: Mapping[DoseName, Gy], limits: Sequence[Limit] = ()) -> float:
        """Return the probability that every aim is reached and every limit kept at once, from the joint draws."""
        least, most = self.activity_bounds(doses, aims, limits)
        return float(np.mean((least <= 1 + ROUNDING) & (most >= 1 - ROUNDING)))

    def of_option(
        self, doses: Mapping[DoseName, Gy], aims: Mapping[DoseName, Gy], limits: Sequence[Limit]
    ) -> TargetProbability:
        """Return the probability of each aim and each limit by itself, and of all at once; a limit whose dose is not known has none."""
        reached = {n: reaching(doses[n], gy, self.relative(n)) for n, gy in aims.items() if n in doses}
        by_limit = {
            x.name: keeping(doses[x.volume], x.limit_gy - x.already_gy, self.relative(x.volume))
            for x in limits
            if x.volume in doses and not x.is_unknown(doses[x.volume])
        }
        joint = self.joint(doses, aims) if reached else None
        return TargetProbability(reached, by_limit, joint, self.joint(doses, aims, limits))

    def highest_activity(self, limit: Limit, per_bq: float, probability: float = LIMIT_PROBABILITY) -> float:
        """Return the highest activity at which one limit is kept with that probability: (L - L_before) / (d (1 + z u)).

        Parameters
        ----------
        per_bq
            d, dose of the limit's volume per Bq, Gy.
        """
        room = limit.limit_gy - limit.already_gy
        z = float(ndtri(probability))
        return room / (require_positive(per_bq, what="dose per Bq") * (1 + z * self.relative(limit.volume)))


def most_probable_activity(
    errors: DoseErrors,
    per_bq: Mapping[DoseName, float],
    aims: Mapping[DoseName, Gy],
    limits: Sequence[Limit],
    *,
    probability: float = LIMIT_PROBABILITY,
) -> tuple[float, float]:
    """Return the activity that most probably reaches all aims while each limit is kept with `probability`, and P(all aims) there.

    More activity never makes an aim less probable, so the most that the limits allow is the most probable; where P(all aims) comes to
    0.999 before, the least activity that brings it there is taken.

    Parameters
    ----------
    per_bq
        Doses per Bq, by name.
    aims
        Gy by dose name; those without a dose are left out.

    Returns
    -------
    tuple
        Activity, Bq; P(all aims) from the joint draws.
    """
    ceilings = [errors.highest_activity(x, per_bq[x.volume], probability) for x in limits if per_bq.get(x.volume)]
    needed = np.sort(errors.activity_bounds(per_bq, aims)[0])
    activity = min(float(needed[math.ceil(CERTAIN * len(needed)) - 1]), *ceilings, math.inf)
    return activity, float(np.mean(needed <= activity * (1 + ROUNDING)))


def audit_limit_probability(option: Option) -> tuple[Finding, ...]:
    """Return a warning for each limit that the option keeps with a probability below 90 %.

    A limit is judged by the dose itself and has no tolerance: this only tells how near it is.
    """
    if option.probability is None:
        return ()
    checks = {c.limit.name: c for c in option.checks}
    return tuple(
        Finding(
            "warning",
            f"limit-probability-{name}",
            f"{option.approach} keeps the limit of {checks[name].limit.limit_gy:g} Gy to {checks[name].limit.volume} ({checks[name].value_gy:.1f} Gy) with a probability of {_probability_text(probability)} %, below {100 * LIMIT_PROBABILITY:.0f} %; weigh a lower activity",
            {"probability": probability, "limit_gy": checks[name].limit.limit_gy, "value_gy": checks[name].value_gy},
        )
        for name, probability in option.probability.limits.items()
        if probability < LIMIT_PROBABILITY * (1 - ROUNDING) and name in checks
    )


def _probability_text(probability: float) -> str:
    """Return a probability below 90 % in per cent, so that it does not read as 90."""
    whole = f"{100 * probability:.0f}"
    return whole if float(whole) < 100 * LIMIT_PROBABILITY else f"{math.floor(1e4 * probability) / 100:.2f}"


@cache
def _standard_normal(causes: int) -> Array:
    """Return draws of independent standard normal causes, each with its mirror image, so that every mean is 0 exactly."""
    half = np.random.default_rng(SEED).standard_normal((DRAWS // 2, causes))
    sample = np.concatenate([half, -half])
    sample.flags.writeable = False
    return sample
