"""Rows to claims: what is read, what is refused and how."""

import numpy as np
import pytest

from yttria.evidence.published.claim import PrintedP, claim_of
from yttria.values.errors import EvidenceError

# known answers


def test_a_row_keeps_its_numbers_as_printed() -> None:
    claim = claim_of(
        {
            "kind": "hr",
            "subject": "a vs b",
            "value": "0.9",
            "low": "0.50",
            "high": "NR",
            "p": "<0.001",
            "decimals": "2",
        },
        4,
    )
    assert (claim.value and claim.value.decimals, claim.low and claim.low.text, claim.open_high) == (2, "0.50", True)
    assert claim.text == "0.9 (0.50–not reached) P <0.001"


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [("", "", "9"), ("NR", "", "9 (not reached–?)"), ("", "NR", "9 (?–not reached)"), ("4", "12", "9 (4–12)")],
)
def test_a_claim_is_shown_with_the_limits_that_are_printed(low: str, high: str, words: str) -> None:
    row = {"kind": "median", "subject": "x", "value": "9", "low": low, "high": high}
    assert claim_of(row, 2).text == words


def test_an_upper_bound_of_n_is_no_n() -> None:
    claim = claim_of({"kind": "percent", "subject": "x", "value": "3", "n": "8"}, 2)
    bounded = claim_of({"kind": "median", "subject": "x", "value": "3", "n": "<=56"}, 2)
    assert (claim.n, claim.n_most, bounded.n, bounded.n_most) == (8, None, None, 56)


def test_a_bound_of_p_spans_all_below_it() -> None:
    assert PrintedP.of("<1e-3").span == (0, 0.001)
    assert PrintedP.of(">0.2").span == (0.2, 1)


@pytest.mark.parametrize("text", ["<10", "< 10 %", "<10%", "≤10"])
def test_a_rate_printed_only_as_a_bound_is_a_bound_and_no_number(text: str) -> None:
    claim = claim_of({"kind": "rate", "subject": "x", "time": "48", "value": text}, 2)
    assert claim.value is None
    assert claim.bound is not None
    assert claim.bound.span == (-np.inf, 10)
    assert claim.text == text


# refusals


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"kind": "hr", "subject": "x", "vlaue": "1"}, "did you mean value"),
        ({"kind": "hazard", "subject": "x"}, "line 7: kind must be one of"),
        ({"kind": "rat", "subject": "x"}, "did you mean rate"),
        ({"kind": "hr", "value": "1"}, "subject must name"),
        ({"kind": "hr", "subject": "x"}, "value or a P"),
        ({"kind": "hr", "subject": "x", "value": "-0.4"}, "log ratio"),
        ({"kind": "rate", "subject": "x", "value": "40"}, "time and value"),
        ({"kind": "percent", "subject": "x", "n": "40"}, "percent needs value"),
        ({"kind": "count", "subject": "x"}, "count needs value"),
        ({"kind": "rate", "subject": "x", "time": "4", "value": "< ten"}, "a printed number is expected"),
        ({"kind": "median", "subject": "x"}, "value \\(or NR\\)"),
        ({"kind": "median", "subject": "x", "value": "abc"}, "printed number"),
        ({"kind": "hr", "subject": "x", "value": "1", "p": "1.5"}, "between 0 and 1"),
        ({"kind": "percent", "subject": "x", "value": "1", "n": "2.5"}, "whole number"),
        ({"kind": "hr", "subject": "x", "value": "1", "test": "logrnk"}, "did you mean logrank"),
        ({"kind": "two_by_two", "subject": "x", "n": "3", "events": "1"}, "events_b and n_b"),
        ({"kind": "mean_sd", "subject": "x", "sd": "3"}, "mean_sd needs value"),
        ({"kind": "hr", "subject": "x", "value": "1", "level": "0"}, "coverage of the limits"),
        ({"kind": "hr", "subject": "x", "value": "1", "level": "195"}, "coverage of the limits"),
        ({"kind": "percent", "subject": "x", "value": "1", "n": "0"}, "n must be above zero"),
        ({"kind": "percent", "subject": "x", "value": "1", "n": "10", "events": "12"}, "events must not exceed n"),
        ({"kind": "median", "subject": "x", "value": "1", "n": "10", "cut_n": "12"}, "cut_n must not exceed n"),
        ({"kind": "rate", "subject": "x", "value": "50", "time": "-3"}, "time must be zero or more"),
        ({"kind": "mean_sd", "subject": "x", "value": "3", "sd": "-1"}, "sd must be zero or more"),
        ({"kind": "mean_sd", "subject": "x", "value": "3", "sd": "1", "grain": "0"}, "step of one measurement"),
        (
            {"kind": "mean_sd", "subject": "x", "value": "3", "sd": "1", "min": "9", "max": "2"},
            "min must lie below max",
        ),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_what_is_meant(row: dict[str, str], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        claim_of(row, 7)
