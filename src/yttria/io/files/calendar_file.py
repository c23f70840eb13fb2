"""Events for a calendar: iCalendar (RFC 5545), in UTC, its lines folded and its texts escaped."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from yttria.io.ground.control_characters import spelled_control

LINE_END = "\r\n"
MOST_OCTETS = 75
"""Of a line without its end (RFC 5545, 3.1)."""
ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
"""Of a text (RFC 5545, 3.3.11)."""
PRODUCT_ID = "-//Yttria//Order of microspheres//EN"


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What begins at an instant.

    Parameters
    ----------
    at
        With its zone.
    summary, description
        Any text.
    """

    at: datetime
    summary: str
    description: str = ""


def calendar_text(events: Sequence[CalendarEvent]) -> str:
    """Return a calendar of events; the same events give the same text.

    Source
    ------
    RFC 5545 (2009): content lines 3.1, text 3.3.11, event 3.6.1, UTC form 3.3.5.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT_ID}", "CALSCALE:GREGORIAN"]
    for number, event in enumerate(events, start=1):
        lines += _event(event, number)
    return "".join(part + LINE_END for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _event(event: CalendarEvent, number: int) -> list[str]:
    """Return the lines of an event; its stamp is its own instant, so that nothing depends on when it was written."""
    begins = _utc(event.at)
    content = f"{number}\n{begins}\n{event.summary}\n{event.description}"
    uid = hashlib.sha256(content.encode()).hexdigest()[:32]
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}@yttria",
        f"DTSTAMP:{begins}",
        f"DTSTART:{begins}",
        f"SUMMARY:{_escaped(event.summary)}",
        *([f"DESCRIPTION:{_escaped(event.description)}"] if event.description else []),
        "END:VEVENT",
    ]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """Return a text as a value; other signs of control and of direction, which no calendar may obey, are spelled."""
    return spelled_control(text.translate(ESCAPES)).replace("\t", " ")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, each after the first begun by a space; no character is parted."""
    part, size = "", 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > MOST_OCTETS:
            yield part
            part, size = " ", 1
        part += sign
        size += octets
    yield part
