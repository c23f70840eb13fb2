"""When vials are calibrated: instants of the command, or of the site's calendar, within their shelf life."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yttria.app.services.quantities import instant_of
from yttria.contract.site import SiteCalibration, SiteProduct
from yttria.planning.vial_calendar import HOURS_PER_WEEK, WeeklyCalibration, weekday_of
from yttria.values.errors import Finding, IntakeError
from yttria.values.time import hours_between


@dataclass(frozen=True, slots=True)
class Calibrations:
    """Instants at which vials hold their size, where they are from, and what is doubtful of them."""

    instants: tuple[datetime, ...]
    source: str
    findings: tuple[Finding, ...] = ()


def calibrations_of(texts: Sequence[str], own: SiteProduct, at: datetime, *, product: str) -> Calibrations:
    """Return the calibrations that may serve an injection: the command's, else those of the site's calendar that do not come after it.

    A calibration longer before the injection than the site's shelf life is none. A calendar without a shelf life reaches back one week.

    Raises
    ------
    IntakeError
        No calibration is stated anywhere; an instant without zone, a zone that is none, a calendar that is not whole.
    """
    if texts:
        instants = tuple(instant_of(text, "--calibrated") for text in texts)
        return _within_shelf(Calibrations(instants, "given by the user"), own, at)
    if not own.calibrations:
        raise IntakeError(
            f"a calibration of {product} is needed, but neither --calibrated nor the site file's [[products.{product}.calibrations]] states one; give an instant with its zone",
            code="calibrations-absent",
        )
    source = own.source or "site file, source not given"
    findings: list[Finding] = []
    results: list[datetime] = []
    if own.shelf_hours is None and any(entry.weekday is not None for entry in own.calibrations):
        message = f"the site file states no shelf_hours of {product}, so only vials calibrated within a week before the injection are choices"
        findings.append(Finding("note", "shelf-absent", message))
    for number, entry in enumerate(own.calibrations, start=1):
        place = f"[[products.{product}.calibrations]] {number}"
        results += _instants(entry, at, place, hours=own.shelf_hours or HOURS_PER_WEEK)
    past = tuple(instant for instant in results if hours_between(instant, at) >= 0)
    return _within_shelf(Calibrations(past, source, tuple(findings)), own, at)


def _within_shelf(calibrations: Calibrations, own: SiteProduct, at: datetime) -> Calibrations:
    """Leave out calibrations beyond the shelf life, and say which."""
    shelf = own.shelf_hours
    if shelf is None:
        return calibrations
    fresh = tuple(instant for instant in calibrations.instants if hours_between(instant, at) <= shelf)
    late = [instant.isoformat() for instant in calibrations.instants if instant not in fresh]
    if not late:
        return calibrations
    message = f"calibrations at {', '.join(late)} lie more than the shelf life of {shelf:g} h before the injection; they are no choice"
    return Calibrations(
        fresh,
        calibrations.source,
        (*calibrations.findings, Finding("warning", "shelf-exceeded", message, {"shelf": shelf})),
    )


def _instants(entry: SiteCalibration, at: datetime, place: str, *, hours: float) -> tuple[datetime, ...]:
    """Return the instants of one line of a calendar."""
    weekly = (entry.weekday, entry.time, entry.zone)
    if entry.at is not None and weekly == (None, None, None):
        return (_instant(entry.at, place),)
    if entry.at is not None or entry.weekday is None or entry.time is None or entry.zone is None:
        raise IntakeError(
            f"{place} must have either at, or weekday, time and zone together; correct it", code="calendar-incomplete"
        )
    calibration = WeeklyCalibration(weekday_of(entry.weekday), _wall_clock(entry.time, place), _zone(entry.zone, place))
    return calibration.before(at, hours)


def _instant(text: datetime | str, place: str) -> datetime:
    return instant_of(text if isinstance(text, str) else text.isoformat(), f"{place} at")


def _wall_clock(clock: dt.time, place: str) -> dt.time:
    if clock.tzinfo is not None:
        raise IntakeError(
            f"{place} time must be that of a wall clock, as 12:00, but has a zone of its own; name it as zone",
            code="wall-clock-zone",
        )
    return clock


def _zone(name: str, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise IntakeError(
            f"{place} zone must be an IANA name, as Europe/Paris, but is {name!r}; correct it", code="zone-unknown"
        ) from None
