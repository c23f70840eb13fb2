"""PET (and quantitative SPECT stored as PET): Bq/mL at a stated instant, or a refusal that says why not.

Slope and intercept are per slice; the instant that the numbers belong to follows from DecayCorrection.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.data import table
from yttria.io.dicom.ct import audit_headers
from yttria.io.dicom.geometry import floats, series_stack
from yttria.io.dicom.header import Header, instant_of
from yttria.io.dicom.nm import coded_nuclide, known_nuclide, without_negative
from yttria.io.dicom.pixels import read_scaled
from yttria.io.dicom.series import Series, open_dataset
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import ActivityMap, CountMap
from yttria.values.nuclide import Nuclide

HALF_LIFE_TOLERANCE = 0.02  # scanners' tables differ by up to this from the evaluated half-life
WHY_NOT_ABSOLUTE = {
    "CNTS": "counts, which are proportional to activity only",
    "PROPCPS": "proportional to counts a second, of unstated factor",
    "PROPCNTS": "proportional to counts, of unstated factor",
    "GML": "standardised uptake (g/mL), which has lost the activity",
    "CM2ML": "standardised uptake by surface, which has lost the activity",
    "CPS": "counts a second",
}
COUNT_UNITS = {"CNTS", "PROPCPS", "PROPCNTS", "CPS"}
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


def examine_pt(series: Series) -> tuple[ActivityMap, tuple[Finding, ...]]:
    """Read a PET series in Bq/mL together with the doubts that it raises."""
    what = "the PET"
    require_bqml(series, what=what)
    dataset = open_dataset(series.first.path, pixels=False)
    nuclide, doubts = nuclide_of(dataset, what=what)
    timing, when = timing_of(series, dataset, nuclide, what=what)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    values = read_scaled(ordered, stack.grid.shape_zyx, what=what)
    if timing.rule == "NONE":
        values *= undecayed(ordered, nuclide, timing.reference, what=what)[:, np.newaxis, np.newaxis]
    values, negative = without_negative(values, what=what)
    activity = ActivityMap(stack.grid, values, nuclide, timing.reference)
    return activity, (*audit_headers(series, what=what), *stack.findings, *doubts, *when, *negative)


def examine_pt_counts(series: Series) -> tuple[CountMap, tuple[Finding, ...]]:
    """Read a PET series in counts as relative counts, with the doubts that it raises.

    Raises
    ------
    IntakeError
        Units that are not counts.
    """
    what = "the PET"
    if unit_of(series) != "counts":
        raise IntakeError(
            f"{what} must be in counts to be used as such, but is in {unit_of(series)}; choose another series"
        )
    dataset = open_dataset(series.first.path, pixels=False)
    stack = series_stack(series, what=what)
    ordered = [series.headers[i] for i in stack.order]
    values, negative = without_negative(read_scaled(ordered, stack.grid.shape_zyx, what=what), what=what)
    units = series.first.text("Units")
    relative = Finding(
        "warning",
        "relative-counts",
        f"{what}: Units are {units}, {WHY_NOT_ABSOLUTE[units.upper()]}; only the patient-relative calibration can be used",
    )
    return CountMap(stack.grid, values, _named(dataset)), (
        relative,
        *audit_headers(series, what=what),
        *stack.findings,
        *negative,
    )


def _named(dataset: Dataset) -> str:
    try:
        return nuclide_of(dataset, what="the PET")[0].name
    except IntakeError:
        return ""


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
            f"{what} must have one unit, but its slices state {', '.join(u or 'none' for u in units)}; export it again"
        )
    why = WHY_NOT_ABSOLUTE.get(units[0], "not a unit of activity concentration" if units[0] else "nowhere stated")
    raise IntakeError(
        f"{what} must be in Bq/mL (Units BQML), but its Units are {units[0] or 'absent'}: {why}; export the quantitative reconstruction"
    )


def nuclide_of(dataset: Dataset, *, what: str) -> tuple[Nuclide, tuple[Finding, ...]]:
    """Return the nuclide that was imaged: by its code, then by its half-life; the two must agree.

    Raises
    ------
    IntakeError
        Neither is there, the nuclide is not in the table, or code and half-life contradict each other.
    """
    items = dataset.get("RadiopharmaceuticalInformationSequence") or []
    half_life = next(
        (floats(i.get("RadionuclideHalfLife")) for i in items if floats(i.get("RadionuclideHalfLife"))), ()
    )
    said = coded_nuclide(dataset)
    hours = half_life[0] / 3600 if half_life and half_life[0] > 0 else None
    by_code = known_nuclide(said) or None
    by_time = _by_half_life(hours)
    if said and by_code is None:
        raise IntakeError(
            f"the nuclide of {what} must be one of {', '.join(table('nuclides'))}, but is coded {said[-1]}; it cannot be used"
        )
    if by_code is not None and hours is not None and by_code != by_time:
        raise IntakeError(
            f"nuclide and half-life of {what} must agree, but the code says {by_code} and the half-life is {hours:.4g} h; correct the header on the scanner"
        )
    if by_code is None and by_time is None:
        found = (
            "neither code nor half-life"
            if hours is None
            else f"no code and a half-life of {hours:.4g} h that fits none of {', '.join(table('nuclides'))}"
        )
        raise IntakeError(f"{what} must say which nuclide was imaged, but has {found}; it cannot be used for activity")
    if by_code is None:
        doubt = Finding(
            "warning",
            "nuclide-by-half-life",
            f"{what}: no nuclide is coded; the half-life of {hours:.4g} h means {by_time}",
        )
        return Nuclide.named(str(by_time)), (doubt,)
    return Nuclide.named(by_code), ()


def _by_half_life(hours: float | None) -> str | None:
    if hours is None:
        return None
    for name, row in table("nuclides").items():
        if abs(hours / row["half_life_h"] - 1) < HALF_LIFE_TOLERANCE:
            return name
    return None


def timing_of(series: Series, dataset: Dataset, nuclide: Nuclide, *, what: str) -> tuple[Timing, tuple[Finding, ...]]:
    """Return the instant that the stored activity belongs to, by DecayCorrection.

    ADMIN: the administration. START: the start of the scan, which is the series time unless a later processing wrote it.
    NONE: nothing was corrected; the readers bring every slice to the start of the scan.

    Raises
    ------
    IntakeError
        DecayCorrection is absent or unknown, or its instant is nowhere.

    Source
    ------
    DICOM PS3.3 C.8.9.1 (PET Series module): Decay Correction, Series Time as reference of temporal offsets.
    """
    rules = sorted({h.text("DecayCorrection").upper() for h in series.headers})
    if len(rules) != 1 or rules[0] not in {"START", "ADMIN", "NONE"}:
        raise IntakeError(
            f"{what} must state its DecayCorrection as START, ADMIN or NONE, but states {', '.join(r or 'nothing' for r in rules)}; export it again"
        )
    start, doubts = scan_start(series, what=what)
    if rules[0] == "ADMIN":
        given = administered_at(dataset, start, nuclide)
        if given is None:
            raise IntakeError(
                f"{what} is decay-corrected to the administration, but its time is absent (RadiopharmaceuticalStartDateTime); complete the header"
            )
        return Timing(given, "ADMIN"), (*doubts, *_audit_zone(given, what=what))
    if start is None:
        raise IntakeError(f"{what} must say when it was acquired, but dates or times are absent; complete the header")
    return Timing(start, rules[0]), (*doubts, *_audit_zone(start, what=what))


def _audit_zone(instant: datetime, *, what: str) -> tuple[Finding, ...]:
    if instant.tzinfo is not None:
        return ()
    return (
        Finding("note", "no-time-zone", f"{what}: no time zone is stated; instants are those of the scanner's clock"),
    )


def scan_start(series: Series, *, what: str) -> tuple[datetime | None, tuple[Finding, ...]]:
    """Return when the scan started: the series time, or the earliest acquisition where processing rewrote that."""
    acquired = [t for t in (h.instant("Acquisition") for h in series.headers) if t is not None]
    stated = series.first.instant("Series")
    if not acquired:
        return stated, ()
    earliest = min(acquired)
    if stated is None or stated <= earliest:
        return (stated or earliest), ()
    doubt = Finding(
        "note",
        "series-time-rewritten",
        f"{what}: the series time lies {(stated - earliest).total_seconds():.0f} s after the first acquisition; the acquisition time is the start",
    )
    return earliest, (doubt,)


def administered_at(dataset: Dataset, start: datetime | None, nuclide: Nuclide) -> datetime | None:
    """Return when the tracer was given: its own date and time, else its time on the day of the scan (or the day before)."""
    zone = str(dataset.get("TimezoneOffsetFromUTC") or "")
    for item in dataset.get("RadiopharmaceuticalInformationSequence") or []:
        whole = instant_of(str(item.get("RadiopharmaceuticalStartDateTime") or ""), zone=zone)
        if whole is not None:
            return whole
        time = str(item.get("RadiopharmaceuticalStartTime") or "")
        if time and start is not None and nuclide.half_life_h < 24:  # longer-lived: the day cannot be known
            given = instant_of(f"{start:%Y%m%d}{time}", zone=zone)
            if given is not None:
                return given - timedelta(days=1) if given > start else given
        if time and start is not None and (given := instant_of(f"{start:%Y%m%d}{time}", zone=zone)) and given <= start:
            return given
    return None


def undecayed(headers: Sequence[Header], nuclide: Nuclide, start: datetime | None, *, what: str) -> NDArray[np.float32]:
    """Return by slice the factor that takes an average over its frame to the activity at the start of the scan.

    f = lambda d / (1 - exp(-lambda d)) * exp(lambda (t - start)), d the frame's duration, t its begin.

    Raises
    ------
    IntakeError
        A slice without acquisition time or duration.
    """
    rate = math.log(2) / (nuclide.half_life_h * 3600)
    factors = []
    for header in headers:
        begin, duration = header.instant("Acquisition"), header.number("ActualFrameDuration")
        if begin is None or start is None or duration is None:
            raise IntakeError(
                f"{what} is not decay-corrected and must state time and duration of each slice, but one does not; export it decay-corrected"
            )
        turned = rate * duration / 1000
        mean = turned / -math.expm1(-turned) if turned > 0 else 1.0
        factors.append(mean * math.exp(rate * (begin - start).total_seconds()))
    return np.asarray(factors, dtype=np.float32)
