"""Activity of several injections: one image divided by territories, or an image each; and the activity of all together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from yttria.values.errors import IntakeError, QuantityError
from yttria.values.grid import require_same_grid
from yttria.values.injection import Injection, InjectionActivity
from yttria.values.maps import ActivityMap, Array, Voi
from yttria.values.treatment import LungShunt
from yttria.values.units import BQ_PER_GBQ, Bq, Gram, Share


def divided_activity(
    activity: ActivityMap,
    injections: Sequence[Injection],
    weights: Mapping[str, Array],
    *,
    liver: Voi,
    shunt: LungShunt,
) -> tuple[InjectionActivity, ...]:
    """Return the activity of 1 GBq of each injection where one image shows all of them.

    A_r = C w_r (1 - LSF_r) / sum over the liver of s C w_r, with w_r the part of a voxel that belongs to the injection: given in
    proportion to their counts, the injections together are the image again.

    Parameters
    ----------
    activity
        C, of any activity.
    weights
        w by injection, adding up to 1.
    shunt
        Of the whole image; an injection's own shunt stands in its place.

    Raises
    ------
    GeometryError
        Another grid.
    IntakeError
        An injection whose territory holds no counts of the liver.
    """
    require_same_grid(activity.grid, liver.grid, what="activity and liver")
    numbers = activity.bq_per_ml.astype(np.float64)
    inside = liver.share.astype(np.float64) * numbers
    whole = float(inside.sum())
    activities = []
    for injection in injections:
        counts = float(np.vdot(inside, weights[injection.name]))
        if counts <= 0:
            raise IntakeError(
                f'the image must hold counts in what injection "{injection.name}" treats, but holds none there; check its perfused volume, or give its own emission image',
                code="injection-without-counts",
            )
        own = shunt_of(injection, shunt)
        scale = BQ_PER_GBQ * (1 - own.fraction) / (counts * activity.grid.voxel_ml)
        mine = ActivityMap(
            activity.grid,
            (numbers * weights[injection.name] * scale).astype(np.float32),
            activity.nuclide,
            activity.reference,
        )
        activities.append(InjectionActivity(injection, mine, own, Share(min(counts / whole, 1.0))))
    return tuple(activities)


def shunt_of(injection: Injection, measured: LungShunt) -> LungShunt:
    """Return the lung shunt of an injection: the one that the case gives it, else the one measured, on the same lungs."""
    if injection.shunt_fraction is None:
        return measured
    own_shunt = replace(
        measured, fraction=injection.shunt_fraction, method="given", uncertainty=0.0, detail={}, judged=None
    )
    pair = measured.lung_pair
    if pair.lung_mass_g >= own_shunt.lung_mass_g:
        return own_shunt
    return replace(
        own_shunt,
        judged=replace(own_shunt, lung_mass_g=pair.lung_mass_g, lung_mass_source=pair.lung_mass_source),
    )


def counts_inside(activity: ActivityMap, *, liver: Voi, perfused: Voi) -> Share:
    """Return the share of an image's liver counts that lies inside a perfused volume.

    Raises
    ------
    GeometryError
        Volumes on another grid.
    """
    require_same_grid(activity.grid, liver.grid, what="activity and liver")
    require_same_grid(activity.grid, perfused.grid, what="activity and perfused volume")
    numbers = activity.bq_per_ml.astype(np.float64)
    total = float(np.vdot(np.minimum(liver.share, perfused.share).astype(np.float64), numbers))
    return Share(min(total / float(np.vdot(liver.share.astype(np.float64), numbers)), 1.0))


def united_activity(
    injections: Sequence[InjectionActivity], activities: Mapping[str, Bq]
) -> tuple[ActivityMap, LungShunt]:
    """Return the activity of all injections together, and the lung shunt of their sum.

    LSF = sum of a_r LSF_r over the sum of a_r.

    Parameters
    ----------
    activities
        Administered, Bq, by injection.

    Raises
    ------
    QuantityError
        Nothing is given.
    """
    total = math.fsum(activities.values())
    if total <= 0:
        raise QuantityError(
            "activities of several injections must hold one above zero, but all are zero; give one",
            code="injections-without-activity",
        )
    first = injections[0]
    numbers = sum(
        i.activity.bq_per_ml.astype(np.float64) * (activities[i.injection.name] / BQ_PER_GBQ) for i in injections
    )
    united = ActivityMap(
        first.activity.grid, np.asarray(numbers, dtype=np.float32), first.activity.nuclide, first.activity.reference
    )
    parts = [activities[i.injection.name] / total for i in injections]
    if all(i.shunt == first.shunt for i in injections):
        return united, first.shunt
    shunts = [i.shunt for i in injections]
    pair = _weighted([shunt.lung_pair for shunt in shunts], parts)
    return united, replace(_weighted(shunts, parts), judged=pair)


def _weighted(shunts: Sequence[LungShunt], parts: Sequence[float]) -> LungShunt:
    """Return the shunt of several activities together, and the mass that gives the sum of their lung doses."""
    first = shunts[0]
    fraction = math.fsum(p * shunt.fraction for p, shunt in zip(parts, shunts, strict=True))
    per_g = math.fsum(p * shunt.fraction / shunt.lung_mass_g for p, shunt in zip(parts, shunts, strict=True))
    return LungShunt(
        fraction=Share(fraction),
        method=first.method,
        lung_mass_g=Gram(fraction / per_g if per_g > 0 else first.lung_mass_g),
        lung_mass_source=first.lung_mass_source,
        uncertainty=math.fsum(p * shunt.uncertainty for p, shunt in zip(parts, shunts, strict=True)),
    )
