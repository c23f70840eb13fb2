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


@pytest.mark.parametrize(
    ("n", "mean", "sd", "least", "most", "why"),
    [
        # one value as large as the mean allows, the others at the least: 10 x 5.1 - 9 x 2 = 33
        ("10", "5.0", "9.8", "2", "", None),
        ("10", "5.0", "9.9", "2", "", "10 values between 2 and 33 with this mean have an SD of at most 9.8"),
        # sqrt(5 x 5 x 2) = 7.07
        ("2", "5.0", "7.1", "0", "10", None),
        ("2", "5.0", "7.2", "0", "10", "2 values between 0 and 10 with this mean have an SD of at most 7.1"),
        # a mean printed 2 may be nearly 3: sqrt(7 x 3 x 10 / 9) = 4.83
        ("10", "2", "5", "0", "10", None),
        ("10", "2", "5.4", "0", "10", "10 values between 0 and 10 with this mean have an SD of at most 4.8"),
        # and one printed 5.0 may be the middle itself
        ("1", "5.0", "9", "0", "10", None),
        ("10", "5.0", "9", "", "10", None),
    ],
)
def test_the_largest_sd_is_that_of_values_at_the_ends_of_the_range(
    n: str, mean: str, sd: str, least: str, most: str, why: str | None
) -> None:
    found, reading = flags(kind="mean_sd", n=n, value=mean, sd=sd, min=least, max=most)
    assert [f.why for f in found] == ([why] if why else [])
    assert ("SD within range" in reading.checked) is (least != "" and n != "1")


@pytest.mark.parametrize(
    ("sd", "agrees"),
    [
        ("52.7", "an SD of 5.3 or less would agree, as 5.27 with the point moved"),
        ("52.8", "an SD of 5.3 or less would agree"),
    ],
)
def test_a_slipped_point_of_an_sd_is_named_where_it_would_agree(sd: str, agrees: str) -> None:
    # 5.0 to 5.1 of 0 to 10: sqrt(25 x 10 / 9) = 5.2705
    assert [f.agrees for f in flags(kind="mean_sd", n="10", value="5.0", sd=sd, min="0", max="10")[0]] == [agrees]


@pytest.mark.parametrize(
    ("mean", "n", "grain", "agrees"),
    [
        ("3.49", "10", "1", "3.500 would agree"),  # neither rounded nor cut from 3.50
        ("3.50", "10", "1", None),
        ("3.45", "20", "1", None),
        ("3.55", "10", "0.5", None),
        ("3.52", "10", "0.5", "3.500 would agree"),
        ("3.5", "10", "2", "3.60 would agree"),
        ("3.6", "10", "2", None),
        ("3.33", "3", "1", None),
        ("3.34", "3", "1", "3.333 would agree"),
        ("3.66", "3", "1", None),  # cut
        ("3.67", "3", "1", None),
        ("-3.66", "3", "1", None),
    ],
)
def test_a_mean_of_steps_is_told_with_the_nearest_that_there_is(
    mean: str, n: str, grain: str, agrees: str | None
) -> None:
    found, _ = flags(kind="mean_sd", n=n, value=mean, sd="1.0", grain=grain)
    assert [f.agrees for f in found] == ([agrees] if agrees else [])


@pytest.mark.parametrize(
    ("cells", "printed", "why", "agrees"),
    [
        ({"value": "34", "n": "28"}, "34 % of 28", "no whole number of 28 gives it", "10 of 28, 35.7 %, would agree"),
        ({"value": "25.0 %", "n": "28", "events": "8"}, "25.0 % of 28", "no whole number (8) of 28 gives it", "8 of 28, 28.6 %, would agree"),
        ({"value": "<0", "n": "28"}, "<0 % of 28", "no whole number of 28 gives it", "0 of 28, 0.0 %, would agree"),
        ({"value": "33.34", "n": "3"}, "33.34 % of 3", "no whole number of 3 gives it", "1 of 3, 33.33 %, would agree"),
    ],
)  # fmt: skip
def test_an_impossible_percentage_is_told_with_the_nearest_count(
    cells: dict[str, str], printed: str, why: str, agrees: str
) -> None:
    (flag,) = flags(kind="percent", **cells)[0]
    assert (flag.printed, flag.why, flag.agrees) == (printed, why, agrees)


@pytest.mark.parametrize(("value", "n"), [("0", "28"), ("100", "28"), ("100", "1"), ("≤0", "5"), (">99", "5")])
def test_nobody_and_everybody_are_whole_patients(value: str, n: str) -> None:
    found, reading = flags(kind="percent", value=value, n=n)
    assert found == []
    assert reading.checked == ["whole patients"]


def test_a_percentage_of_an_unknown_number_is_not_asked() -> None:
    found, reading = flags(kind="percent", value="34")
    assert (found, reading.checked) == ([], [])


def test_a_table_with_nobody_in_one_cell_has_fishers_p() -> None:
    # scipy.stats.fisher_exact([[0, 10], [5, 5]]): 0.032508
    found, reading = flags(kind="two_by_two", events="0", n="10", events_b="5", n_b="10", p="0.033")
    assert (found, reading.p_is) == ([], ("fisher",))
