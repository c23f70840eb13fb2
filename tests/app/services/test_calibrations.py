"""When vials are calibrated: the command's word, else the site's calendar over both changes of summer time, within the shelf life."""

from datetime import datetime
from typing import Any

import pytest

from yttria.app.services.calibrations import calibrations_of
from yttria.contract.site import SiteProduct
from yttria.values.errors import IntakeError

AT = datetime.fromisoformat("2026-11-30T14:00+01:00")  # a Monday
NOON = {"weekday": "Sunday", "time": "12:00", "zone": "Europe/Paris"}


def of(*stated: str, at: datetime = AT, **own: Any) -> Any:
    return calibrations_of(stated, SiteProduct.model_validate(own), at, product="glass")


def texts(found: Any) -> list[str]:
    return [i.isoformat() for i in found.instants]


def test_the_commands_own_word_stands_above_the_calendar() -> None:
    found = of("2026-11-29T12:00+01:00", calibrations=[NOON], source="mine")
    assert (texts(found), found.source) == (["2026-11-29T12:00:00+01:00"], "given by the user")


def test_a_weekly_noon_reaches_back_one_week_where_no_shelf_life_is_stated_and_says_so() -> None:
    found = of(calibrations=[NOON], source="pharmacy 2026")
    assert (texts(found), found.source) == (["2026-11-29T12:00:00+01:00"], "pharmacy 2026")
    assert [f.code for f in found.findings] == ["shelf-absent"]


def test_two_weeks_of_shelf_life_reach_two_noons() -> None:
    found = of(calibrations=[NOON], shelf_hours=336)
    assert sorted(texts(found)) == ["2026-11-22T12:00:00+01:00", "2026-11-29T12:00:00+01:00"]
    assert found.source == "site file, source not given"
    assert found.findings == ()


@pytest.mark.parametrize(
    ("at", "noon"),
    [("2026-03-29T20:00+02:00", "2026-03-29T12:00:00+02:00"), ("2026-10-25T20:00+01:00", "2026-10-25T12:00:00+01:00")],
)
def test_noon_stays_noon_on_the_days_when_the_clocks_change(at: str, noon: str) -> None:
    assert texts(of(at=datetime.fromisoformat(at), calibrations=[NOON], shelf_hours=24)) == [noon]


@pytest.mark.parametrize(("hours", "kept"), [(25.9, False), (26.0, True), (26.1, True)])
def test_a_calibration_beyond_the_shelf_life_is_no_choice_and_told(hours: float, kept: bool) -> None:
    """From Sunday noon to Monday 14:00 it is 26 hours."""
    found = of("2026-11-29T12:00+01:00", shelf_hours=hours)
    assert len(found.instants) == int(kept)
    assert [f.code for f in found.findings] == ([] if kept else ["shelf-exceeded"])
    assert all("2026-11-29T12:00:00+01:00 lie more than the shelf life of 25.9 h" in f.message for f in found.findings)


@pytest.mark.parametrize(
    ("instant", "kept"),
    [("2026-11-30T13:59+01:00", True), ("2026-11-30T14:00+01:00", True), ("2026-11-30T14:01+01:00", False)],
)
def test_a_calibration_of_the_calendar_does_not_come_after_the_injection(instant: str, kept: bool) -> None:
    assert len(of(calibrations=[{"at": instant}]).instants) == int(kept)
    assert len(of(instant).instants) == 1  # what the command states is taken as it is


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (
            {"at": "2026-11-29T12:00+01:00", "weekday": "Sunday"},
            r"calibrations\]\] 1 must have either at, or weekday, time and zone together",
        ),
        ({"weekday": "Sunday", "time": "12:00"}, "must have either at"),
        ({}, "must have either at"),
        (NOON | {"zone": "Europe/Pari"}, "zone must be an IANA name, as Europe/Paris, but is 'Europe/Pari'"),
        (NOON | {"zone": "../etc/passwd"}, "zone must be an IANA name"),
        (NOON | {"time": "12:00+01:00"}, "time must be that of a wall clock, as 12:00, but has a zone of its own"),
        ({"at": "2026-11-29T12:00"}, "needs its zone"),
    ],
)
def test_a_line_of_a_calendar_that_is_not_whole_is_refused_with_its_place(entry: dict[str, str], words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        of(calibrations=[entry])


def test_no_calibration_anywhere_is_refused_with_where_to_state_it() -> None:
    with pytest.raises(
        IntakeError,
        match=r"a calibration of glass is needed, but neither --calibrated nor .*\[\[products.glass.calibrations\]\]",
    ):
        of()
