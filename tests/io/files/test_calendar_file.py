"""Events for a calendar: an independent parser reads back what was said, whatever it is; lines are those of RFC 5545."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.io.files.calendar_file import CalendarEvent, calendar_text

AT = datetime(2026, 12, 1, 14, tzinfo=ZoneInfo("Europe/Paris"))
texts = st.text(st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\u2028\u2029\x85"), max_size=200)


def read(text: str) -> list[icalendar.Component]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


@given(texts, texts.filter(bool))
def test_an_independent_parser_reads_every_text_back(summary: str, description: str) -> None:
    (event,) = read(calendar_text([CalendarEvent(AT, summary, description)]))
    assert str(event["SUMMARY"]) == summary
    assert str(event["DESCRIPTION"]) == description


@given(texts, texts)
def test_no_line_is_longer_than_75_octets_and_all_end_in_cr_lf(summary: str, description: str) -> None:
    text = calendar_text([CalendarEvent(AT, summary, description)])
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")[:-1]
    assert all("\n" not in line for line in lines)
    assert max(len(line.encode()) for line in lines) <= 75


@pytest.mark.parametrize(
    ("at", "utc"),
    [
        ("2026-12-01T14:00+01:00", datetime(2026, 12, 1, 13, tzinfo=UTC)),
        ("2026-07-01T14:00+02:00", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-12-31T20:00-05:00", datetime(2027, 1, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_event_begins_at_its_instant(at: str, utc: datetime) -> None:
    (event,) = read(calendar_text([CalendarEvent(datetime.fromisoformat(at), "x")]))
    assert event.decoded("DTSTART") == utc


def test_events_have_names_of_their_own_and_the_same_events_the_same_text() -> None:
    events = [CalendarEvent(AT, "x"), CalendarEvent(AT, "x"), CalendarEvent(AT + timedelta(hours=1), "x")]
    assert len({event["UID"] for event in read(calendar_text(events))}) == 3
    assert calendar_text(events) == calendar_text(events)


def test_lines_and_signs_of_control_stay_in_their_text() -> None:
    (event,) = read(calendar_text([CalendarEvent(AT, "a\nEND:VEVENT\r\nX:\x00y\u202ez\x9b", "b;c,d\\n")]))
    assert str(event["SUMMARY"]) == "a\nEND:VEVENT\nX:[U+0000]y[U+202E]z[U+009B]"
    assert str(event["DESCRIPTION"]) == "b;c,d\\n"
