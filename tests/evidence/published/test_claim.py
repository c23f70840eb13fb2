"""Rows to claims: what is read, what is refused and how."""

import re

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


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0", (0, 1)),
        ("1", (0.5, 1)),
        ("0.00", (0, 0.01)),
        ("0.99", (0.985, 1)),
        ("1.00", (0.995, 1)),
        ("= 0.03", (0.025, 0.04)),
        ("≤ 0.05", (0, 0.05)),
        ("≥0.2", (0.2, 1)),
    ],
)
def test_a_printed_p_spans_what_it_can_have_been_and_never_leaves_0_to_1(text: str, span: tuple[float, float]) -> None:
    assert PrintedP.of(text).span == pytest.approx(span, abs=1e-12)


@pytest.mark.parametrize(
    ("row", "words", "name"),
    [
        ({"value": "60.1", "sd": "6.3"}, "60.1 ± 6.3", "x"),
        ({"value": "9", "p": "0.02"}, "9 P = 0.02", "x"),
        ({"value": "9", "p": "<0.02"}, "9 P <0.02", "x"),
        ({"value": "NR", "low": "4"}, "not reached (4–?)", "x"),
        ({"value": "9", "high": "12"}, "9 (?–12)", "x"),
        ({"value": "9", "time": "2.5", "unit": "years"}, "9", "x at 2.5 years"),
        ({"value": "9", "time": "24"}, "9", "x at 24"),
    ],
)
def test_a_claim_reads_as_the_paper_prints_it(row: dict[str, str], words: str, name: str) -> None:
    claim = claim_of({"kind": "median", "subject": "x", **row}, 2)
    assert (claim.text, claim.name) == (words, name)


@pytest.mark.parametrize(("text", "level"), [("", 0.95), ("90", 0.9), ("0.9", 0.9), ("99.9", 0.999), ("1.5", 0.015)])
def test_a_level_is_per_cent_above_one_and_a_fraction_below(text: str, level: float) -> None:
    assert claim_of({"kind": "hr", "subject": "x", "value": "1", "level": text}, 2).level == pytest.approx(level)


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "percent", "n": "1", "events": "1"},
        {"kind": "percent", "n": "12", "events": "12"},
        {"kind": "percent", "n_b": "12", "events_b": "12"},
        {"kind": "percent", "n": "12", "events": "0"},
        {"kind": "median", "n": "12", "cut_n": "12"},
        {"kind": "rate", "time": "0"},
        {"kind": "mean_sd", "sd": "0"},
        {"kind": "mean_sd", "sd": "1", "grain": "0.1", "min": "2", "max": "2.1"},
        {"kind": "hr", "low": "0.0"},
        {"kind": "hr", "p": "1"},
        {"kind": "hr", "p": "0"},
    ],
)
def test_a_row_at_the_edge_of_what_can_be_is_read(row: dict[str, str]) -> None:
    claim = claim_of({"subject": "x", "value": "1", **row}, 2)
    for column in ("n", "events", "n_b", "events_b", "cut_n"):
        assert getattr(claim, column) == (int(row[column]) if column in row else None)


@pytest.mark.parametrize("kind", ["hr", "or", "rr"])
def test_a_ratio_may_have_only_a_p_or_only_a_bound(kind: str) -> None:
    assert claim_of({"kind": kind, "subject": "x", "p": "0.4"}, 2).value is None
    assert claim_of({"kind": kind, "subject": "x", "value": "<1"}, 2).bound is not None


# refusals


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"p": "1.001"}, "a P value lies between 0 and 1, but '1.001' was found; correct the cell"),
        ({"p": "-0.1"}, "a P value lies between 0 and 1, but '-0.1' was found; correct the cell"),
        ({"low": "-0.1"}, "hr and its limits lie above zero, but 1 (-0.1–?) was found; is it a log ratio?"),
        ({"high": "-2", "kind": "rr"}, "rr and its limits lie above zero, but 1 (?–-2) was found; is it a log ratio?"),
        ({"value": "-0.4", "kind": "or"}, "or and its limits lie above zero, but -0.4 was found; is it a log ratio?"),
        ({"n": "0"}, "n must be above zero, but is 0; leave the cell empty where it is not printed"),
        ({"n": "<=0"}, "n must be above zero, but is 0; leave the cell empty where it is not printed"),
        ({"n_b": "0"}, "n_b must be above zero, but is 0; leave the cell empty where it is not printed"),
        ({"n": "12", "events": "13"}, "events must not exceed n, but are 13 of 12; swap or correct them"),
        ({"n_b": "12", "events_b": "13"}, "events must not exceed n, but are 13 of 12; swap or correct them"),
        ({"n": "12", "cut_n": "13"}, "cut_n must not exceed n, but is 13 of 12; correct one of them"),
        ({"time": "-0.5"}, "time must be zero or more, but is -0.5; correct the cell"),
        ({"sd": "-0.1"}, "sd must be zero or more, but is -0.1; correct the cell"),
        ({"grain": "0"}, "grain is the step of one measurement and above zero, but is 0; 1 for years"),
        ({"grain": "-0.1"}, "grain is the step of one measurement and above zero, but is -0.1; 1 for years"),
        ({"min": "2", "max": "2"}, "min must lie below max, but are 2 and 2; swap or correct them"),
        ({"level": "1"}, "level is the coverage of the limits, as 95, but is '1'; correct the cell"),
        ({"level": "100"}, "level is the coverage of the limits, as 95, but is '100'; correct the cell"),
        ({"level": "-1"}, "level is the coverage of the limits, as 95, but is '-1'; correct the cell"),
        ({"n": "²"}, "n must be a whole number, but is '²'; give a count"),
        ({"events": "-1"}, "events must be a whole number, but is '-1'; give a count"),
    ],
)
def test_a_row_just_beyond_what_can_be_is_refused_with_its_numbers(row: dict[str, str], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^line 7: {re.escape(message)}$"):
        claim_of({"kind": "hr", "subject": "x", "value": "1", **row}, 7)


@pytest.mark.parametrize("absent", ["events", "n", "events_b", "n_b"])
def test_a_two_by_two_table_needs_all_four_numbers(absent: str) -> None:
    row = {"kind": "two_by_two", "subject": "x", "events": "0", "n": "9", "events_b": "2", "n_b": "8"}
    assert claim_of(row, 2).events_b == 2
    with pytest.raises(EvidenceError, match="two_by_two needs events, n, events_b and n_b"):
        claim_of({name: cell for name, cell in row.items() if name != absent}, 2)


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
