"""PET (and quantitative SPECT stored as PET): Bq/mL at a stated instant, or a refusal that says why not.

Slope and intercept are per slice; the instant that the numbers belong to follows from DecayCorrection.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.io.dicom.ct import audit_headers
from yttria.io.dicom.dataset import open_dataset, well_formed
from yttria.io.dicom.geometry import series_stack
from yttria.io.dicom.header import Header, floats, instant_of
from yttria.io.dicom.isotope_correction import as_imaged, audit_fraction, decay_factor, how_to_confirm, tracer_of
from yttria.io.dicom.multiframe import described
from yttria.io.dicom.multiframe_pet import ACTIVITY
from yttria.io.dicom.pixels import read_scaled, require_rescale, seal
from yttria.io.dicom.radiopharmaceutical import (
    administered_at,
    audit_administration,
    nuclide_name,
    nuclide_of,
    require_one_radiopharmaceutical,
)
from yttria.io.dicom.real_world_values import SAME_SCALE, mappings_of
from yttria.io.dicom.series import Series
from yttria.io.ground.negative_voxels import without_negative
from yttria.values.confirmation import Confirmation
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import ActivityMap, CountMap
from yttria.values.nuclide import Nuclide
from yttria.values.time import hours_on_one_clock
from yttria.values.units import SECONDS_PER_HOUR

WHY_NOT_ABSOLUTE = {
    "CNTS": "counts, which are proportional to activity only",
    "PROPCPS": "proportional to counts a second, of unstated factor",
    "PROPCNTS": "proportional to counts, of unstated factor",
    "GML": "standardised uptake (g/mL), which has lost the activity",
    "CM2ML": "standardised uptake by surface, which has lost the activity",
    "CPS": "counts a second",
}
LONGEST_AHEAD_S = 3600  # a series begins with its first bed; a clock that is further off belongs to something else
PHILIPS = "Philips PET Private Group"
UNIT_NAMES = {
    "BQML": "Bq/mL",
    "CNTS": "counts",
    "PROPCPS": "counts",
    "PROPCNTS": "counts",
    "CPS": "counts",
    "GML": "g/mL",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """When a scan's numbers hold, and whose clock says so.

    Parameters
    ----------
    reference
        Instant that the stored activity belongs to; None where the header does not say.
    rule
        START, ADMIN or NONE.
    """

    reference: datetime | None
    rule: str


def unit_of(series: Series) -> str:
    """Return the unit of a PET series as Yttria names it: Bq/mL, counts, g/mL … or unknown."""
    units = {h.text("Units").upper() for h in series.headers}
    return UNIT_NAMES.get(units.pop(), "unknown") if len(units) == 1 else "unknown"


def read_pt(series: Series) -> ActivityMap:
    """Read a PET series in Bq/mL.

    Raises
    ------
    IntakeError
        Units are not Bq/mL; the nuclide is unknown or contradicts its half-life; the instant is nowhere.
    GeometryError
        Slices that do not make one complete, even stack.
    """
    return examine_pt(series)[0]


@well_formed("the PET")
def examine_pt(
    series: Series, confirmed: Confirmation | None = None, *, given_at: datetime | None = None
) -> tuple[ActivityMap, tuple[Finding, ...]]:
    """Read a PET series in Bq/mL together with the findings that it raises.

    Parameters
    ----------
    confirmed
        What a person confirmed of a scanner that was set to another isotope; None: the header's nuclide holds.
    given_at
        When the case says that the activity was given: it completes a header that has no day of it.
    """
    what = "the PET"
    series.require_described()
    factors, proof = absolute_factors(series, what=what)
    require_rescale(series.headers, what=what)
    dataset = described(series.first)
    require_one_radiopharmaceutical(series.paths, what=what)
    nuclide, findings = imaged_nuclide(dataset, confirmed, what=what)
    timing, when = timing_of(series, dataset, nuclide, given_at=given_at, what=what)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    values = read_scaled(ordered, stack.grid.shape_zyx, what=what)
    if factors:
        values *= np.asarray([factors[i] for i in stack.order], dtype=np.float32)[:, np.newaxis, np.newaxis]
    if confirmed is not None:
        turned, message = as_imaged(ordered, dataset, confirmed, timing.rule, timing.reference, what=what)
        values *= turned[:, np.newaxis, np.newaxis]
        findings = (*findings, message)
    elif timing.rule == "NONE":
        values *= undecayed(ordered, nuclide, timing.reference, what=what)[:, np.newaxis, np.newaxis]
    values, negative = without_negative(values, what=what)
    activity = ActivityMap(stack.grid, seal(values), nuclide, timing.reference)
    correction_findings = audit_corrections(series, dataset, what=what)
    return activity, (
        *audit_headers(series, what=what),
        *stack.findings,
        *proof,
        *findings,
        *when,
        *correction_findings,
        *negative,
    )


def audit_corrections(series: Series, dataset: Dataset, *, what: str) -> tuple[Finding, ...]:
    """Return the findings about what was corrected in a PET in Bq/mL, how many slices it has, and where its numbers start.

    Raises
    ------
    IntakeError
        The list of corrections names decay, and DecayCorrection says that there was none; projections, not slices; two scales.

    Source
    ------
    DICOM PS3.3 C.8.9.1 (BiasAdjustedEstimate Image, Number of Slices, Series Type) and C.8.9.4 (Rescale Intercept is zero in PET).
    """
    findings: list[Finding] = []
    done = {word.strip().upper() for h in series.headers for word in h.text("CorrectedImage").split("\\")} - {""}
    rule = series.first.text("DecayCorrection").upper()
    if "DECY" in done and rule == "NONE":
        raise IntakeError(
            f"{what} must say one thing of its decay correction, but CorrectedImage lists it and DecayCorrection is NONE; correct the header on the scanner",
            code="decay-correction",
        )
    if done and "DECY" not in done and rule != "NONE":
        message = f"{what}: DecayCorrection is {rule}, but CorrectedImage does not list decay; make sure that it was corrected"
        findings.append(Finding("warning", "decay-doubtful", message))
    if done and "ATTN" not in done:
        message = f"{what}: CorrectedImage does not list attenuation; numbers that are not corrected for it are no Bq/mL, make sure of the reconstruction"
        findings.append(Finding("warning", "attenuation-doubtful", message))
    if any(h.number("RescaleIntercept") for h in series.headers):
        message = f"{what}: RescaleIntercept is not zero; activity with an offset is not what a scanner writes, make sure of the export"
        findings.append(Finding("warning", "offset", message))
    findings += _audit_phases(dataset, what=what)
    _require_one_scale(dataset, what=what)
    stated = floats(dataset.get("NumberOfSlices"))
    if stated and len(series.headers) < stated[0]:
        message = f"{what}: {len(series.headers)} of {stated[0]:g} slices are there (NumberOfSlices); make sure that none is missing at an end"
        findings.append(
            Finding("warning", "slices-missing", message, {"slices": len(series.headers), "stated": stated[0]})
        )
    return tuple(findings)


def _audit_phases(dataset: Dataset, *, what: str) -> Iterator[Finding]:
    """Return the finding that a series raises which is one phase of several; refuse projections."""
    kinds = str(dataset.get("SeriesType", "")).upper()
    if "REPROJECTION" in kinds:
        raise IntakeError(
            f"{what} must hold slices, but its SeriesType says REPROJECTION: views from outside; choose the reconstructed slices",
            code="image-kind",
        )
    for kind, part in (("GATED", "gate of the breathing or heartbeat"), ("DYNAMIC", "time of a dynamic scan")):
        if kind in kinds:
            message = f"{what}: its SeriesType says {kind}, so it may show one {part} alone; prefer the image of the whole scan"
            yield Finding("warning", "one-phase", message)


def _require_one_scale(dataset: Dataset, *, what: str) -> None:
    """Refuse a file whose real-world value mapping to Bq/mL is another than its rescale to Bq/mL."""
    slope = floats(dataset.get("RescaleSlope"))
    if "NumberOfFrames" in dataset or not slope or str(dataset.get("Units", "")).upper() != ACTIVITY:
        return
    for mapping in mappings_of(dataset.get("RealWorldValueMappingSequence") or [], what=what):
        if mapping.bq_per_ml is None or mapping.slope is None:
            continue
        mapped = mapping.slope * mapping.bq_per_ml
        if slope[0] and not math.isclose(mapped, slope[0], rel_tol=SAME_SCALE):
            raise IntakeError(
                f"{what} must scale to Bq/mL in one way, but RescaleSlope is {slope[0]:g} and its real-world value mapping has {mapped:g}; export it again",
                code="rescale-contradiction",
                values={"slope": slope[0], "mapped_slope": mapped},
            )


def imaged_nuclide(
    dataset: Dataset, confirmed: Confirmation | None, *, what: str
) -> tuple[Nuclide, tuple[Finding, ...]]:
    """Return what was imaged: as a person confirmed it, else as the header says.

    Raises
    ------
    IntakeError
        As `nuclide_of` and `audit_fraction`; where a PET scanner may have been set to another isotope the way to confirm it is told.
    """
    if confirmed is not None:
        return Nuclide.named(confirmed.nuclide), ()
    try:
        nuclide, findings = nuclide_of(dataset, what=what)
    except IntakeError as error:
        tracer = tracer_of(dataset)
        if tracer in {"", "Y-90"}:
            raise
        raise IntakeError(
            f"{error}, or, where the scanner was set to {tracer} and 90Y was imaged, confirm it in case.toml:\n{how_to_confirm(tracer, 'Y-90')}",
            code="nuclide-contradiction",
        ) from error
    return nuclide, (*findings, *audit_fraction(dataset, nuclide.name, what=what))


def absolute_factors(series: Series, *, what: str) -> tuple[tuple[float, ...], tuple[Finding, ...]]:
    """Return by file what takes its numbers to Bq/mL (nothing where they are), refusing what the header does not prove.

    Philips stores counts and, in a private tag, the factor to Bq/mL (7053,1009): it is taken where it stands in every slice.
    """
    if unit_of(series) == "counts" and (factors := philips_factors(series)):
        message = f"{what}: counts with the maker's own factor to Bq/mL (7053,1009), {min(factors):.6g} to {max(factors):.6g}; it is used"
        return factors, (
            Finding("warning", "private-factor", message, {"least_factor": min(factors), "most_factor": max(factors)}),
        )
    require_bqml(series, what=what)
    return (), ()


def is_absolute(series: Series) -> bool:
    """Tell whether a PET series can be read in Bq/mL as far as its units go."""
    unit = unit_of(series)
    return unit == "Bq/mL" or (unit == "counts" and bool(philips_factors(series)))


@well_formed("the PET")
def philips_factors(series: Series) -> tuple[float, ...]:
    """Return by file Philips' private factor from counts to Bq/mL; nothing unless every file has one above zero."""
    if any(h.text("Units").upper() != "CNTS" for h in series.headers):
        return ()
    factors = []
    for header in series.headers:
        dataset = open_dataset(header.path, pixels=False)
        try:
            value = floats(dataset.private_block(0x7053, PHILIPS)[0x09].value)
        except KeyError:
            return ()
        if not value or not math.isfinite(value[0]) or value[0] <= 0:
            return ()
        factors.append(value[0])
    return tuple(factors)


@well_formed("the PET")
def examine_pt_counts(series: Series) -> tuple[CountMap, tuple[Finding, ...]]:
    """Read a PET series in counts as relative counts, with the findings that it raises.

    Raises
    ------
    IntakeError
        Units that are not counts.
    """
    what = "the PET"
    series.require_described()
    if unit_of(series) != "counts":
        raise IntakeError(
            f"{what} must be in counts to be used as such, but is in {unit_of(series)}; choose another series",
            code="unit-value",
        )
    dataset = described(series.first)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    values, negative = without_negative(read_scaled(ordered, stack.grid.shape_zyx, what=what), what=what)
    units = series.first.text("Units")
    relative = Finding(
        "warning",
        "relative-counts",
        f"{what}: Units are {units}, {WHY_NOT_ABSOLUTE[units.upper()]}; only the patient-relative calibration can be used",
    )
    return CountMap(stack.grid, values, nuclide_name(dataset)), (
        relative,
        *audit_headers(series, what=what),
        *stack.findings,
        *negative,
    )


def require_bqml(series: Series, *, what: str) -> None:
    """Refuse a series whose numbers are not activity concentration, with the reason.

    Raises
    ------
    IntakeError
        Units other than BQML, or several.
    """
    units = sorted({h.text("Units").upper() for h in series.headers})
    if units == ["BQML"]:
        return
    if len(units) > 1:
        raise IntakeError(
            f"{what} must have one unit, but its slices state {', '.join(u or 'none' for u in units)}; export it again",
            code="unit-value",
        )
    why = WHY_NOT_ABSOLUTE.get(units[0], "not Bq/mL" if units[0] else "nowhere stated")
    raise IntakeError(
        f"{what} must be in Bq/mL (Units BQML), but its Units are {units[0] or 'absent'}: {why}; export the quantitative reconstruction",
        code="unit-value",
    )


def timing_of(
    series: Series, dataset: Dataset, nuclide: Nuclide, *, given_at: datetime | None = None, what: str
) -> tuple[Timing, tuple[Finding, ...]]:
    """Return the instant that the stored activity belongs to, by DecayCorrection.

    ADMIN: the administration. START: the start of the scan, which is the series time unless a later processing wrote it.
    NONE: nothing was corrected; the readers bring every slice to the start of the scan. AT: the instant that an enhanced PET states.

    Raises
    ------
    IntakeError
        DecayCorrection is absent or unknown, or its instant is nowhere.

    Source
    ------
    DICOM PS3.3 C.8.9.1 (PET Series module): Decay Correction, Series Time as reference of temporal offsets.
    """
    rules = sorted({h.text("DecayCorrection").upper() for h in series.headers})
    if len(rules) != 1 or rules[0] not in {"START", "ADMIN", "NONE", "AT"}:
        raise IntakeError(
            f"{what} must state its DecayCorrection as START, ADMIN or NONE, but states {', '.join(r or 'nothing' for r in rules)}; export it again",
            code="decay-correction",
        )
    start, findings = scan_start(series, what=what)
    if rules[0] == "AT":
        at = instant_of(series.first.text("DecayCorrectionDateTime"), zone=series.first.text("TimezoneOffsetFromUTC"))
        if at is None:
            raise IntakeError(
                f"{what} is decay-corrected, but to which instant is absent (DecayCorrectionDateTime); complete the header",
                code="instant-absent",
            )
        return Timing(at, "AT"), (*findings, *_audit_zone(at, what=what))
    if rules[0] == "ADMIN":
        given = administered_at(dataset, start, nuclide, stated=given_at)
        if given is None:
            timed = any(
                d.get("RadiopharmaceuticalStartTime")
                for d in dataset.get("RadiopharmaceuticalInformationSequence") or []
            )
            raise IntakeError(
                f"{what} is decay-corrected to the administration, but its {'date' if timed else 'time'} is absent (RadiopharmaceuticalStartDateTime); complete the header",
                code="instant-absent",
            )
        hours = 0.0 if start is None else hours_on_one_clock(given.at, start)
        when = audit_administration(given, hours, nuclide, what=what)
        return Timing(given.at, "ADMIN"), (*findings, *when, *_audit_zone(given.at, what=what))
    if start is None:
        raise IntakeError(
            f"{what} must say when it was acquired, but dates or times are absent; complete the header",
            code="instant-absent",
        )
    return Timing(start, rules[0]), (*findings, *_audit_zone(start, what=what))


def _audit_zone(instant: datetime, *, what: str) -> tuple[Finding, ...]:
    if instant.tzinfo is not None:
        return ()
    return (
        Finding("note", "no-time-zone", f"{what}: no time zone is stated; instants are those of the scanner's clock"),
    )


def scan_start(series: Series, *, what: str) -> tuple[datetime | None, tuple[Finding, ...]]:
    """Return when the scan started: the series time, or the earliest acquisition where processing rewrote that."""
    acquired = [t for t in (h.instant("Acquisition") for h in series.headers) if t is not None]
    instants = {t for t in (h.instant("Series") for h in series.headers) if t is not None}
    stated = series.first.instant("Series") or min(instants, key=_clock, default=None)
    if len(instants) > 1:
        message = f"{what}: its files state {len(instants)} series times; the first acquisition is the start"
        return min(acquired or instants, key=_clock), (
            Finding("warning", "series-times-differ", message, values={"instants": len(instants)}),
        )
    if not acquired:
        return stated, ()
    earliest = min(acquired, key=_clock)
    if stated is None:
        return earliest, ()
    if (ahead := _seconds(earliest, stated)) > LONGEST_AHEAD_S:
        message = f"{what}: the series time lies {ahead:.0f} s before the first acquisition; it is taken as the start, make sure of it"
        return stated, (Finding("warning", "series-time-early", message, {"seconds": ahead}),)
    if _seconds(stated, earliest) <= 1:
        return stated, ()
    finding = Finding(
        "note",
        "series-time-rewritten",
        f"{what}: the series time lies {_seconds(stated, earliest):.0f} s after the first acquisition; the acquisition time is the start",
        {"seconds": _seconds(stated, earliest)},
    )
    return earliest, (finding,)


def _clock(instant: datetime) -> datetime:
    return instant.replace(tzinfo=None)


def _seconds(later: datetime, earlier: datetime) -> float:
    return hours_on_one_clock(earlier, later) * SECONDS_PER_HOUR


def undecayed(headers: Sequence[Header], nuclide: Nuclide, start: datetime | None, *, what: str) -> NDArray[np.float32]:
    """Return by slice the factor that takes an average over its frame to the activity at the start of the scan.

    f = lambda d / (1 - exp(-lambda d)) * exp(lambda (t - start)), d the frame's duration, t its begin.

    Raises
    ------
    IntakeError
        A slice without acquisition time or duration.
    """
    factors = [decay_factor(h, nuclide.half_life_h, start, what=what) for h in headers]
    return np.asarray(factors, dtype=np.float32)
