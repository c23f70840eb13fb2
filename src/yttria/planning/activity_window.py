"""The window: one activity axis with what is wanted, what is standard and what is forbidden on it; and where PDA goes to within it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.planning.target_probability import COVERAGE_FACTOR, LIMIT_PROBABILITY, ROUNDING, DoseErrors
from yttria.values.aims_limits import Aim, DoseName, Limit
from yttria.values.errors import require_positive
from yttria.values.plan import ActivityWindow, WindowMark
from yttria.values.units import Bq, Gy

PERFUSED_NORMAL_GY = Gy(120.0)
"""Highest dose of the perfused normal liver at which glass goes on from what is sought to the wish (house)."""
MOST_ABOVE_AIM = 1.25
"""What is sought of an aim without a wish, at most, of the aim (house)."""

BEYOND = 1.05
SAMPLES = 241
"""Of the axis, which ends a little beyond the last mark that it shows."""


@dataclass(frozen=True, slots=True)
class Sought:
    """The activity that PDA asks for before limits hold it down, and why."""

    activity: float
    why: str


def sought_activity(
    aim: Aim,
    per_bq: Mapping[DoseName, float],
    limits: Sequence[Limit],
    errors: DoseErrors,
    *,
    recovered_ratio: float | None = None,
    perfused_normal_gy: Gy | None = None,
) -> Sought:
    """Return the activity that PDA seeks: a threshold is not a target.

    A wish that the case or the site states is sought as it stands. Another wish is gone on to from `sought_gy` only while every limit is
    kept with 90 % and the perfused normal liver stays at or below `perfused_normal_gy`. Without a wish, the activity at which the lower
    end of the 95 % interval reaches the aim, at most 1.25 times the aim's.

    Parameters
    ----------
    aim
        Of the tumour.
    per_bq
        Doses per Bq, Gy, by name.
    limits
        That hold, each with what was received before.
    errors
        Of the doses.
    recovered_ratio
        The aim's dose with blur undone over the same as seen; None where it is not known.
    perfused_normal_gy
        120 for glass; None where no such bound is known.

    Source
    ------
    250 and 300 Gy: DOSISPHERE-01 (Garin et al., J Nucl Med 2024;65:264) and Weber et al., EJNMMI 2022;49:1682, table 2. 90 %, 120 Gy and
    1.25: house.

    Examples
    --------
    >>> aim = Aim("TD", Gy(205), "trial", wished_gy=Gy(300), sought_gy=Gy(250))
    >>> liver = Limit("normal-liver", "WNLD", Gy(90), "guideline")
    >>> errors = DoseErrors({"WNLD": {"contour": 0.1}})
    >>> free = sought_activity(aim, {"TD": 1e-7, "WNLD": 1e-8}, [liver], errors)
    >>> round(free.activity / 1e9, 3)
    3.0
    """
    per_gy = 1.0 / require_positive(per_bq[aim.volume], what=f"{aim.volume} per Bq")
    if aim.wished_gy is None:
        return _without_desired_dose(aim, per_gy, errors, recovered_ratio)
    if aim.sought_gy is None:
        return Sought(aim.wished_gy * per_gy, f"{aim.wished_gy:g} Gy is sought as it is stated")
    least, most = aim.sought_gy, aim.wished_gy
    if unknown := [x.name for x in limits if x.is_unknown(per_bq.get(x.volume, 0.0))]:
        return Sought(least * per_gy, f"{least:g} Gy is sought and no more: the dose of {unknown[0]} is not known")
    ceilings = [
        (
            errors.highest_activity(x, per_bq[x.volume]),
            f"beyond, {x.name} would be kept with less than {100 * LIMIT_PROBABILITY:.0f} %",
        )
        for x in limits
        if per_bq.get(x.volume)
    ]
    if perfused_normal_gy is not None and (normal := per_bq.get("NPLD")):
        ceilings.append(
            (
                perfused_normal_gy / normal,
                f"beyond, the perfused normal liver would have more than {perfused_normal_gy:g} Gy (house)",
            )
        )
    top, why = min(ceilings, default=(math.inf, ""))
    if top >= most * per_gy * (1 - ROUNDING):
        return Sought(
            most * per_gy,
            f"the wish of {most:g} Gy is sought: every limit is kept with {100 * LIMIT_PROBABILITY:.0f} %",
        )
    if top <= least * per_gy:
        return Sought(least * per_gy, f"{least:g} Gy is sought and no more: {why}")
    return Sought(top, f"more than {least:g} Gy is sought, but not the wish of {most:g} Gy: {why}")


def _without_desired_dose(aim: Aim, per_gy: float, errors: DoseErrors, recovered_ratio: float | None) -> Sought:
    """Return the activity at which the lower end of the interval reaches the aim: A = aim / (d low), at most 1.25 aim / d."""
    centre = 1.0 if recovered_ratio is None else recovered_ratio
    low = min(1.0, centre * (1 - COVERAGE_FACTOR * errors.relative(aim.volume)))
    if low * MOST_ABOVE_AIM <= 1.0:
        words = f"{MOST_ABOVE_AIM:g} times the aim of {aim.dose_gy:g} Gy is sought (house): the lower end of the interval stays below the aim"
        return Sought(MOST_ABOVE_AIM * aim.dose_gy * per_gy, words)
    words = f"the lower end of the 95 % interval is brought to the aim of {aim.dose_gy:g} Gy"
    return Sought(aim.dose_gy * per_gy / low, words)


@dataclass(frozen=True, slots=True)
class EarlierActivity:
    """What is given of a course already: its activity, Bq, and its doses, Gy."""

    activity: float
    doses_gy: Mapping[DoseName, Gy]


def activity_window(
    per_bq: Mapping[DoseName, float],
    *,
    goals: Iterable[tuple[DoseName, Gy]],
    limits: Sequence[Limit],
    standard: Mapping[str, float],
    errors: DoseErrors,
    aim: Aim | None,
    earlier: EarlierActivity | None = None,
) -> ActivityWindow | None:
    """Return what lies on this patient's activity axis, and the probability that aim and limits are met along it; None for an empty axis.

    Parameters
    ----------
    per_bq
        Doses per Bq, Gy, by name; where a part of the course is given, of what is still to be given.
    goals
        Doses that are wanted: aims, what is sought and wished, the dose for growth.
    limits
        Every limit that holds; what was received before lowers its activity.
    standard
        Activities, Bq, by name: SDA, label.
    errors
        Of the doses.
    aim
        What the plan pursues; None: only limits are judged.
    earlier
        What is given of the course already: the axis is the activity of the whole course and begins there.

    Notes
    -----
    A dose that the patient's image does not have (no uptake, no volume) has no place on the axis.

    Examples
    --------
    >>> lung = Limit("lung", "LD", Gy(30), "label")
    >>> window = activity_window({"TD": 1e-7, "LD": 1e-8}, goals=[("TD", Gy(205))], limits=[lung], standard={}, errors=DoseErrors({}), aim=None)
    >>> [(m.at, round(m.activity_bq / 1e9, 2), m.probability) for m in window.marks]
    [('TD 205', 2.05, 1.0), ('limit:lung', 3.0, 1.0)]
    """
    before = earlier or EarlierActivity(0.0, {})
    per_bq = {name: gy for name, gy in per_bq.items() if gy > 0}

    def activity_for(name: DoseName, dose: float) -> float:
        return before.activity + (dose - before.doses_gy.get(name, 0.0)) / per_bq[name]

    at = {f"{name} {gy:g}": activity_for(name, gy) for name, gy in goals if name in per_bq}
    at |= standard
    for limit in limits:
        if limit.volume in per_bq:
            at[f"limit:{limit.name}"] = activity_for(limit.volume, limit.limit_gy - limit.already_gy)
    at = {name: activity for name, activity in at.items() if before.activity < activity < math.inf}
    if not at:
        return None
    aims = {} if aim is None else {aim.volume: aim.dose_gy}
    least, most = errors.activity_bounds(per_bq, aims, limits, before.doses_gy)

    def shares(activity: float) -> tuple[float, float, float]:
        added, slack = activity - before.activity, ROUNDING * activity
        reached, within = least <= added + slack, most >= added - slack
        return float(reached.mean()), float(within.mean()), float((reached & within).mean())

    marks = [WindowMark(name, Bq(activity), shares(activity)[2]) for name, activity in at.items()]
    axis = np.linspace(before.activity, BEYOND * _end(at), SAMPLES)
    reached, within, joint = zip(*(shares(float(a)) for a in axis), strict=True)
    ordered = tuple(sorted(marks, key=lambda m: (m.activity_bq, m.at)))
    return ActivityWindow(ordered, tuple(axis.tolist()), reached, within, joint)


def _end(at: Mapping[str, float]) -> float:
    """Return the last mark that the axis must show: of what is wanted, or the first limit where it lies within twice of that."""
    free = [activity for name, activity in at.items() if not name.startswith("limit:")]
    ceiling = min((activity for name, activity in at.items() if name.startswith("limit:")), default=0.0)
    if not free:
        return ceiling
    return max(*free, ceiling) if ceiling <= 2 * max(free) else max(free)
