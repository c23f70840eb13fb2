"""Counts to Bq/mL. Patient-relative: the administered activity is shared out; absolute: as measured, decayed to one instant."""

import math
from datetime import datetime

import numpy as np

from yttria.physics.geometry.volume_algebra import farther_than
from yttria.physics.quantification.ct_density import (
    audit_contrast,
    density,
    density_on,
    uniform_density,
    with_liver_density,
)
from yttria.physics.quantification.lung_shunt import lung_mass, planar_shunt, spect_shunt
from yttria.values.errors import (
    Finding,
    IntakeError,
    QuantityError,
    require_not_negative,
    require_positive,
    require_share,
)
from yttria.values.grid import require_same_grid
from yttria.values.maps import ActivityMap, CountMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.time import hours_between, hours_on_one_clock
from yttria.values.treatment import Administration
from yttria.values.units import BQ_PER_GBQ, Bq, Share

__all__ = [
    "activity_at_administration",
    "audit_contrast",
    "audit_uptake",
    "decayed_to",
    "density",
    "density_on",
    "frame_decay_factor",
    "injected_activity",
    "lung_mass",
    "planar_shunt",
    "relative_activity",
    "spect_shunt",
    "uniform_density",
    "with_liver_density",
]
MINUTE_H = 1 / 60
ADMINISTRATIONS_H = 0.25
"""House: a header's administration that lies later than the case's by more than this (0.3 % of 90Y's decay) is told."""
OF_GIVEN = (0.5, 1.5)
SPILL_MM = 12.0


def relative_activity(
    counts: CountMap | ActivityMap,
    *,
    liver: Voi,
    shunt: Share,
    administered: Bq,
    nuclide: Nuclide,
    reference: datetime | None = None,
) -> ActivityMap:
    """Return the activity of each voxel when the liver's counts share out what did not go to the lungs.

    A_i = A (1 - LSF) c_i / sum over the liver of s c, with s the share of a voxel inside the liver.

    Parameters
    ----------
    counts
        c, counts or Bq/mL: only their proportions are used.
    liver
        The whole liver on the emission grid.
    shunt
        LSF, 0..1.
    administered
        A, Bq.
    nuclide
        What is administered (not what was imaged).
    reference
        Instant that A belongs to.

    Returns
    -------
    ActivityMap
        In all voxels; inside the liver it adds up to A (1 - LSF).

    Raises
    ------
    GeometryError, QuantityError
        Another grid; no counts in the liver; a shunt that is no fraction.

    Notes
    -----
    Counts that blur carries over the liver's edge are counted back into it: the whole-liver dose is right whatever the
    resolution, and volumes inside stand a few per cent too high before their own partial volume (docs/theory/partial_volume.md).

    Source
    ------
    Garin et al., J Nucl Med 2012;53:255; Chiesa et al., EJNMMI Phys 2021;8:77 (EANM: patient-relative calibration).

    Examples
    --------
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 2), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> counts = CountMap(grid, np.array([[[30.0, 10.0]]]))
    >>> liver = Voi("liver", "liver", grid, np.ones((1, 1, 2)))
    >>> relative_activity(counts, liver=liver, shunt=Share(0.1), administered=Bq(1e9), nuclide=Nuclide.named("Y-90"))
    ActivityMap(Grid(1 x 1 x 2 zyx, 10 x 10 x 10 mm, origin (0.0, 0.0, 0.0) mm LPS), 900 MBq of Y-90)
    """
    require_same_grid(counts.grid, liver.grid, what="emission image and liver")
    to_liver = require_positive(administered, what="administered activity (Bq)") * (
        1 - require_share(shunt, what="lung shunt fraction")
    )
    numbers = counts.numbers
    inside = liver.total_of(numbers)
    if inside <= 0:
        raise QuantityError(
            "the liver must hold counts to share the activity out, but holds none; check that image and liver belong together",
            code="liver-without-counts",
        )
    bq_per_ml = numbers * np.float32(to_liver / (inside * counts.grid.voxel_ml))
    return ActivityMap(counts.grid, bq_per_ml, nuclide, reference)


def audit_uptake(counts: CountMap | ActivityMap, *, liver: Voi, lungs: Voi | None = None) -> tuple[Finding, ...]:
    """Return a note on what lies outside liver and lungs: what blur carries over the edge (within 12 mm of them), and what is farther away."""
    numbers = counts.numbers
    organs = liver.share if lungs is None else np.minimum(liver.share + lungs.share, 1)
    total = float(numbers.sum(dtype=np.float64))
    if total <= 0:
        raise QuantityError(
            "the emission image must hold counts, but all voxels are zero; read another image",
            code="image-without-counts",
        )
    outside = 1 - sum(float(np.vdot(o.astype(np.float64), n)) for o, n in zip(organs, numbers, strict=True)) / total
    far = (
        float(numbers[farther_than(organs >= 0.5, counts.grid.spacing_zyx_mm, SPILL_MM)].sum(dtype=np.float64)) / total
    )
    where = "liver" if lungs is None else "liver and lungs"
    message = f"{100 * outside:.1f} % of all counts lie outside {where}: {100 * max(outside - far, 0):.1f} % within {SPILL_MM:g} mm of the edge (blur), {100 * far:.1f} % farther away"
    return (Finding("note", "uptake-outside", message, {"outside_fraction": outside, "far_fraction": far}),)


def activity_at_administration(
    activity: ActivityMap, administration: Administration, *, acquired: datetime | None
) -> tuple[ActivityMap, tuple[Finding, ...]]:
    """Return a measured activity as it was when it was given, so that every decay from there on counts, and findings.

    C_0 = C 2^(h / T), h the hours from the administration to the instant that the image's numbers hold at: the start of the scan
    (DecayCorrection START), the administration in the header (ADMIN), or whatever the reader brought them to (NONE).

    Parameters
    ----------
    activity
        C, Bq/mL, with its instant; without one it is taken to hold at the administration, with a warning.
    administration
        Activity in the patient and when it was given.
    acquired
        When the scan started; None where that is not known.

    Raises
    ------
    IntakeError
        The numbers hold at the scan and the case does not say when the activity was given; a scan before the administration.

    Notes
    -----
    An image without a zone beside an administration with one takes that zone, with a note. Microspheres stay where they lodge:
    decay alone lies between the administration and the scan.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(100, 100, 100), origin_lps_mm=(0, 0, 0))
    >>> noon = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
    >>> scan = ActivityMap(grid, np.array([[[1e6]]]), Nuclide.named("Y-90"), noon + timedelta(hours=64.05))
    >>> activity_at_administration(scan, Administration(Bq(2e9), noon), acquired=None)[0]
    ActivityMap(Grid(1 x 1 x 1 zyx, 100 x 100 x 100 mm, origin (0.0, 0.0, 0.0) mm LPS), 2000 MBq of Y-90)
    """
    reference, notes = activity.reference, list[Finding]()
    if reference is None:
        message = "the image does not say at which instant its numbers hold, so they are taken to hold at the administration; decays before the scan are lost if they do not"
        notes.append(Finding("warning", "image-without-instant", message))
        return activity, (*notes, *_audit_given(activity, administration))
    if administration.at is None:
        if (
            acquired is not None and hours_on_one_clock(reference, acquired) > MINUTE_H
        ):  # corrected to the administration
            message = f"[given] at is absent: the numbers hold at {_minute(reference)}, the administration in the header, and doses count from there"
            notes.append(Finding("note", "administration-from-header", message))
            return activity, (*notes, *_audit_given(activity, administration))
        raise IntakeError(
            f"doses count every decay from the administration, but the image's numbers hold at the scan ({_minute(reference)}) and [given] at is absent; give it, as at = 2026-11-30T14:00:00+01:00",
            code="administration-instant-unknown",
        )
    if reference.utcoffset() is None:
        reference = reference.replace(tzinfo=administration.at.tzinfo)
        message = (
            f"the image states no time zone and takes that of [given] at: its numbers hold at {_minute(reference)}"
        )
        notes.append(Finding("note", "zone-of-administration", message))
    hours = hours_between(administration.at, reference)
    if hours < 0:
        notes.append(_header_before_given(reference, administration.at, hours, acquired))
    elif hours > ADMINISTRATIONS_H and acquired is not None and hours_on_one_clock(reference, acquired) > MINUTE_H:
        notes.append(_administrations_differ(reference, administration.at, f"{hours:.2f} h after"))
    there = decayed_to(ActivityMap(activity.grid, activity.bq_per_ml, activity.nuclide, reference), administration.at)
    message = f"the image's numbers hold {hours:.2f} h after the administration: {activity.nuclide.remaining(hours=-hours):.4g} times as much was there then, and doses count from there"
    notes.append(
        Finding(
            "note",
            "decays-from-administration",
            message,
            {"hours": hours, "factor": activity.nuclide.remaining(hours=-hours)},
        )
    )
    return there, (*notes, *_audit_given(there, administration))


def _header_before_given(reference: datetime, at: datetime, hours: float, acquired: datetime | None) -> Finding:
    """Return a warning where numbers hold before the administration though the scan came after it; refuse a scan that did not."""
    if acquired is None or hours_on_one_clock(at, acquired) < 0:
        raise IntakeError(
            f"the image must be taken after the administration, but its numbers hold at {_minute(reference)} and [given] at is {_minute(at)}; check both and their zones",
            code="administration-after-scan",
        )
    return _administrations_differ(reference, at, f"{-hours:.2f} h before")


def _administrations_differ(reference: datetime, at: datetime, apart: str) -> Finding:
    message = f"the image's numbers hold at {_minute(reference)}, {apart} [given] at ({_minute(at)}): the header's administration is another; check both"
    return Finding("warning", "administrations-differ", message)


def _audit_given(activity: ActivityMap, administration: Administration) -> tuple[Finding, ...]:
    """Return how much of what was given the image holds: a warning below half and above one and a half (house)."""
    part = activity.total / administration.activity_bq
    message = f"in its whole field the image holds {activity.total / BQ_PER_GBQ:.3f} GBq at the administration, {100 * part:.1f} % of what was given"
    values = {"image_gbq": activity.total / BQ_PER_GBQ, "of_given_fraction": part}
    if OF_GIVEN[0] <= part <= OF_GIVEN[1]:
        return (Finding("note", "image-of-given", message, values),)
    return (Finding("warning", "image-of-given", f"{message}; check instants, units and the field of view", values),)


def _minute(instant: datetime) -> str:
    return instant.isoformat(sep=" ", timespec="minutes")


def decayed_to(activity: ActivityMap, instant: datetime) -> ActivityMap:
    """Return the same activity at another instant: C e^(-lambda (t - t0)).

    Raises
    ------
    IntakeError
        The map has no reference instant.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> from yttria.values.grid import Grid
    >>> grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    >>> then = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
    >>> map_ = ActivityMap(grid, np.array([[[8.0]]]), Nuclide.named("Y-90"), then)
    >>> round(float(decayed_to(map_, then + timedelta(hours=64.05)).bq_per_ml[0, 0, 0]), 6)
    4.0
    """
    if activity.reference is None:
        raise IntakeError(
            "an activity must name the instant it belongs to, but this one does not; give the image's reference instant",
            code="instant-absent",
        )
    hours = hours_between(activity.reference, instant)
    left = np.float32(activity.nuclide.remaining(hours=hours))
    return ActivityMap(activity.grid, activity.bq_per_ml * left, activity.nuclide, instant)


def injected_activity(
    *,
    calibrated: Bq,
    calibrated_at: datetime,
    injected_at: datetime,
    nuclide: Nuclide,
    residual: Bq = Bq(0.0),  # noqa: B008  a number
    residual_at: datetime | None = None,
) -> Bq:
    """Return the activity in the patient at the instant of injection.

    A_inj = A_cal e^(-lambda (t_inj - t_cal)) - A_res e^(+lambda (t_res - t_inj)).

    Parameters
    ----------
    calibrated, calibrated_at
        The vial's activity and its instant.
    injected_at
        When it was given; all is referred to it.
    residual, residual_at
        What stayed behind, and when that was measured; absent: at the injection.

    Raises
    ------
    QuantityError
        More stayed behind than was there; a negative activity.

    Examples
    --------
    >>> from datetime import timedelta, timezone
    >>> noon = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
    >>> y90 = Nuclide.named("Y-90")
    >>> round(injected_activity(calibrated=Bq(3e9), calibrated_at=noon, injected_at=noon + timedelta(hours=64.05), nuclide=y90,
    ...     residual=Bq(3e7), residual_at=noon + timedelta(hours=64.05)) / 1e9, 4)
    1.47
    """
    require_positive(calibrated, what="calibrated activity (Bq)")
    require_not_negative(residual, what="residual activity (Bq)")
    there = calibrated * nuclide.remaining(hours=hours_between(calibrated_at, injected_at))
    left = residual * nuclide.remaining(hours=-hours_between(injected_at, residual_at or injected_at))
    if left >= there:
        raise QuantityError(
            f"the residual must be less than what was there, but at the injection {left / 1e6:.4g} MBq stayed of {there / 1e6:.4g} MBq; check both measurements and their instants",
            code="residual-above-assay",
            values={"left_mbq": left / 1e6, "there_mbq": there / 1e6},
        )
    return Bq(there - left)


def frame_decay_factor(duration_h: float, nuclide: Nuclide) -> float:
    """Return what the mean rate of a frame must be multiplied by to stand for the frame's start: x / (1 - e^-x), x = lambda dt.

    Examples
    --------
    >>> round(frame_decay_factor(0.5, Nuclide.named("Tc-99m")), 4)
    1.0291
    """
    x = require_not_negative(duration_h, what="duration of the frame (h)") * math.log(2) / nuclide.half_life_h
    return 1.0 if x == 0 else x / -math.expm1(-x)
