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


# s = 0.4: limits 0.456576 and 2.190216 times the ratio, 4 / 0.16 = 25 events
NARROW = {"value": "1.000000", "low": "0.456576", "high": "2.190216"}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ({"events": "25"}, None),
        ({"events": "24"}, "but at most 24 can have happened"),
        ({"n": "25"}, None),
        ({"n": "24"}, "but at most 24 can have happened"),
        ({"n": "30", "cut_n": "5"}, None),
        ({"n": "30", "cut_n": "6"}, "but at most 24 can have happened after 6 of 30 are censored"),
        ({"n": "30", "cut_n": "6", "events": "25"}, None),
        ({"n": "30", "cut_n": "6", "events": "24"}, "but at most 24 can have happened"),
        ({}, None),
    ],
)
def test_a_standard_error_needs_four_events_over_its_square(cells: dict[str, str], why: str | None) -> None:
    found, reading = flags(**NARROW, **cells)
    assert reading.least_events == 25
    assert [f.code for f in found] == ([] if why is None else ["too-few-events"])
    if why:
        assert found[0].why.endswith(f"limits so narrow need 25 events or more (standard error ≥ 2/√events for a yes/no factor), {why}")  # fmt: skip
        # exp(3.92 / sqrt(24)) = 2.226
        assert found[0].agrees == "limits no narrower than a factor 2.23 to either side would agree"


@pytest.mark.parametrize("kind", ["or", "rr"])
def test_only_a_hazard_ratio_has_a_log_rank_test_and_needs_events(kind: str) -> None:
    found, reading = flags(kind=kind, **NARROW, events="3", p="0.9")
    assert (found, reading.least_events, reading.p_is) == ([], None, ("wald",))


@pytest.mark.parametrize(
    ("cells", "agrees"),
    [
        (
            {"value": "20.3", "low": "1.13", "high": "3.65", "p": "0.016"},
            "a ratio of 2.03 (a slipped decimal point of 20.3) would agree with limits and P",
        ),
        (
            {"value": "20.3", "low": "1.13", "high": "3.65"},
            "a ratio of 2.03 (a slipped decimal point of 20.3) or an upper limit of 364.68 would agree",
        ),
        (
            {"value": "0.42", "low": "2.3", "high": "0.75", "p": "0.004"},
            "a lower limit of 0.23 (a slipped decimal point of 2.3) would agree with limits and P",
        ),
        ({"value": "0.42", "low": "0.5"}, "other limits would agree"),
    ],
)
def test_the_number_that_would_agree_is_named(cells: dict[str, str], agrees: str) -> None:
    (flag,) = flags(**cells)[0]
    assert flag.code == "ratio-not-midway"
    assert agrees in flag.agrees


def test_every_number_whose_change_would_agree_is_named_where_no_p_decides() -> None:
    # 0.60^2 = 0.36: 0.36 / 1.50 = 0.24, 0.36 / 0.10 = 3.60, sqrt(0.10 x 1.50) = 0.39
    (flag,) = flags(value="0.60", low="0.10", high="1.50")[0]
    assert flag.agrees == "a ratio of 0.39 or a lower limit of 0.24 or an upper limit of 3.60 would agree"


@pytest.mark.parametrize(
    ("p", "test", "code", "p_is"),
    [
        ("0.059", "wald", "p-other-test", ("logrank",)),
        ("0.059", "logrank", None, ("logrank",)),
        ("0.067", "wald", None, ("wald", "logrank")),
        ("0.067", "", None, ("wald", "logrank")),
        ("0.067", "fisher", None, ("wald", "logrank")),
    ],
)
def test_the_test_that_a_p_is_said_to_be_is_asked(p: str, test: str, code: str | None, p_is: tuple[str, ...]) -> None:
    found, reading = flags(value="2.40", low="0.94", high="6.12", p=p, test=test)
    assert [f.code for f in found] == ([code] if code else [])
    assert reading.p_is == p_is
    assert reading.checked == ["limits", "P"]
    if code:
        assert found[0].why == "the P is said to be wald, but is that of logrank"


def test_the_ps_that_would_agree_are_named_by_their_tests() -> None:
    found, _ = flags(kind="or", value="0.60", low="0.40", high="0.90", p="0.2")
    # ln 0.60 = -0.511, error 0.2069: z 2.469, P 0.0136; prints leave 0.011 to 0.016
    assert [f.code for f in found] == ["p-disagrees"]
    assert found[0].agrees.startswith("wald 0.01")


def test_both_other_scales_are_named_where_both_explain_the_limits_and_the_p_may_be_of_either() -> None:
    # 0.60 (0.30-0.95): neither the same factor nor quite as far; a likelihood and the delta method both can
    found, reading = flags(kind="or", value="0.6", low="0.2", high="0.9", p="0.03")
    assert found == []
    assert reading.scales in (("plain",), ("plain", "profile"), ("log",))


@pytest.mark.parametrize(("p", "p_is"), [("0.089", ("lr",)), ("0.12", ("wald",)), ("0.5", ())])
def test_the_p_beside_profile_limits_is_walds_or_the_likelihood_ratios(p: str, p_is: tuple[str, ...]) -> None:
    # 4 of 44 events in one group
    found, reading = flags(kind="or", value="0.40", low="0.11", high="1.12", p=p)
    assert reading.scales == ("profile",)
    assert set(p_is) <= set(reading.p_is)
    assert bool(reading.p_is) is bool(p_is)
    assert [f.code for f in found] == ([] if p_is else ["p-disagrees"])
    if not p_is:
        assert "wald" in found[0].agrees
        assert "lr" in found[0].agrees
