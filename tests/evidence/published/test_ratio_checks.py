"""A ratio, its limits and its P: what agrees on which scale, what would agree, and how many events limits need."""

import math

import pytest

from yttria.evidence.published.claim import Flag, claim_of
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.ratio_checks import ratio_flags


def flags(**cells: str) -> tuple[list[Flag], Reading]:
    claim = claim_of({"kind": "hr", "subject": "B vs A", **cells}, 2)
    reading = Reading(claim)
    return ratio_flags(claim, reading), reading


def test_limits_the_same_factor_below_and_above_agree_with_walds_p() -> None:
    # ln 0.42 / ((ln 0.75 - ln 0.23) / 3.92) = -2.88: P 0.004
    found, reading = flags(value="0.42", low="0.23", high="0.75", p="0.004")
    assert found == []
    assert reading.scales == ("log",)
    assert reading.p_is[0] == "wald"
    error = math.log(0.75 / 0.23) / 3.92
    assert reading.least_events == pytest.approx(4 / error**2, abs=4)


@pytest.mark.parametrize(("high", "code"), [("0.75", None), ("0.57", "ratio-not-midway"), ("7.5", "ratio-not-midway")])
def test_a_misprinted_limit_is_flagged_with_what_would_agree(high: str, code: str | None) -> None:
    found, _ = flags(value="0.42", low="0.23", high=high)
    assert [f.code for f in found] == ([code] if code else [])
    if high == "7.5":
        assert "an upper limit of 0.75 (a slipped decimal point of 7.5)" in found[0].agrees


def test_a_p_that_no_test_gives_is_flagged() -> None:
    assert [f.code for f in flags(value="0.42", low="0.23", high="0.75", p="0.3")[0]] == ["p-disagrees"]
    assert [f.code for f in flags(value="0.42", low="0.23", high="0.75", p="0.004", test="logrank")[0]] in (
        [],
        ["p-other-test"],
    )


@pytest.mark.parametrize(("events", "flagged"), [("20", True), ("60", False)])
def test_limits_narrower_than_the_events_allow_are_flagged(events: str, flagged: bool) -> None:
    # standard error 0.3015 needs 4 / 0.3015^2 = 44 events
    found, reading = flags(value="0.42", low="0.2326", high="0.7584", events=events)
    assert [f.code for f in found] == ["too-few-events"] * flagged
    assert reading.least_events == pytest.approx(44, abs=2)


def test_a_ratio_without_limits_is_not_asked() -> None:
    found, reading = flags(value="0.42", p="0.2")
    assert (found, reading.checked) == ([], [])
