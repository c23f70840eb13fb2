"""Time between two instants: one rule for every decay."""

from datetime import datetime, timedelta

from yttria.values.errors import QuantityError
from yttria.values.units import SECONDS_PER_HOUR


def hours_between(start: datetime, end: datetime) -> float:
    """Return the hours that pass from `start` to `end`; negative where the end lies before the start.

    Python subtracts two instants of one zone by their clock faces, so that the hour that summer time takes or gives
    is lost; here the difference of the clock faces is set right by that of the zones, at the ends of the calendar too.

    Parameters
    ----------
    start, end
        Both with a zone, or both without one: readings of one clock that was not set in between.

    Raises
    ------
    QuantityError
        One has a zone and the other has none: their distance is not known.

    Notes
    -----
    Two instants without a zone are taken as one clock's. Where summer time begins or ends between them the hour that the
    clock was set is not seen; an instant of which that matters must carry its zone.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> hours_between(datetime(2026, 3, 28, 12, tzinfo=berlin), datetime(2026, 3, 29, 12, tzinfo=berlin))
    23.0
    """
    if (start.utcoffset() is None) != (end.utcoffset() is None):
        one, other = (start, end) if start.utcoffset() is None else (end, start)
        raise QuantityError(
            f"both instants must have a zone, or neither, but {one.isoformat()} has none and {other.isoformat()} has one; write {one.isoformat()}+01:00 or …Z",
            code="instant-time-zone",
        )
    zones = (end.utcoffset() or timedelta()) - (start.utcoffset() or timedelta())
    passed = end.replace(tzinfo=None) - start.replace(tzinfo=None) - zones
    return passed.total_seconds() / SECONDS_PER_HOUR


def hours_on_one_clock(start: datetime, end: datetime) -> float:
    """Return the hours from `start` to `end` as one device's clock read them, of which one may carry its zone and the other not.

    Examples
    --------
    >>> from datetime import UTC
    >>> hours_on_one_clock(datetime.fromisoformat("2026-03-01T09:00"), datetime(2026, 3, 1, 10, 30, tzinfo=UTC))
    1.5
    """
    if (start.utcoffset() is None) != (end.utcoffset() is None):
        start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    return hours_between(start, end)
