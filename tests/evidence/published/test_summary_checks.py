"""Means, percentages and two-by-two tables that contradict themselves, and what would agree."""

import math

import pytest

from yttria.evidence.published.claim import Flag, claim_of
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.summary_checks import mean_flags, percent_flags, two_by_two_flags


def flags(**cells: str) -> tuple[list[Flag], Reading]:
    claim = claim_of({"subject": "age", **cells}, 2)
    reading = Reading(claim)
    check = {"mean_sd": mean_flags, "percent": percent_flags, "two_by_two": two_by_two_flags}[cells["kind"]]
    return check(claim, reading), reading


@pytest.mark.parametrize(
    ("sd", "flagged"),
    # n values from 0 to 10 with mean 5: SD at most sqrt(5 * 5 * n / (n - 1)) = 5.27 for n = 10
    [("5.2", False), ("5.3", False), ("5.4", True), ("0.1", False)],
)
def test_an_sd_is_bounded_by_the_range(sd: str, flagged: bool) -> None:
    found, reading = flags(kind="mean_sd", n="10", value="5.0", sd=sd, min="0", max="10")
    assert [f.code for f in found] == ["sd-impossible"] * flagged
    assert "SD within range" in reading.checked
    if flagged:
        assert f"at most {math.sqrt(25 * 10 / 9):.1f}" in found[0].why


@pytest.mark.parametrize(("mean", "flagged"), [("3.50", False), ("3.55", True), ("3.60", False)])
def test_a_mean_of_whole_numbers_is_a_fraction_of_their_number(mean: str, flagged: bool) -> None:
    found, _ = flags(kind="mean_sd", n="10", value=mean, sd="1.0", grain="1")
    assert [f.code for f in found] == ["mean-impossible"] * flagged


@pytest.mark.parametrize(("mean", "flagged"), [("9.9", False), ("10.0", False), ("10.1", True), ("-0.1", True)])
def test_a_mean_lies_in_the_range_of_what_was_measured(mean: str, flagged: bool) -> None:
    found, _ = flags(kind="mean_sd", n="10", value=mean, sd="0.1", min="0", max="10")
    assert ("mean-outside-range" in [f.code for f in found]) is flagged


@pytest.mark.parametrize(
    ("value", "n", "events", "code", "how"),
    [
        ("33.3", "3", "", None, "rounded"),
        ("66.6", "3", "", None, "truncated"),
        ("34", "28", "", "percent-impossible", None),
        ("25", "28", "7", None, "rounded"),
        ("25", "28", "8", "percent-impossible", None),
    ],
)
def test_a_percentage_is_that_of_whole_patients(
    value: str, n: str, events: str, code: str | None, how: str | None
) -> None:
    found, reading = flags(kind="percent", n=n, events=events, value=value)
    assert [f.code for f in found] == ([code] if code else [])
    assert reading.prints.get("value") == how


# 20 of 28 against 10 of 28: Pearson 7.18, P 0.0074; Yates 5.82, P 0.0159; Fisher 0.0151
TABLE = {"kind": "two_by_two", "events": "20", "n": "28", "events_b": "10", "n_b": "28"}


@pytest.mark.parametrize(("p", "test"), [("0.0074", "pearson"), ("0.0159", "yates"), ("0.0151", "fisher")])
def test_a_p_of_a_two_by_two_table_is_told_by_its_test_yates_correction_too(p: str, test: str) -> None:
    found, reading = flags(**TABLE, p=p)
    assert found == []
    assert reading.p_is == (test,)


def test_a_p_of_another_test_than_it_is_said_to_be_or_of_none_is_flagged() -> None:
    assert [f.code for f in flags(**TABLE, p="0.0074", test="yates")[0]] == ["p-other-test"]
    assert [f.code for f in flags(**TABLE, p="0.0200")[0]] == ["p-disagrees"]
    assert flags(**TABLE)[0] == []
