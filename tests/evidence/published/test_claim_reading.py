"""A number of a claim as printed: a bound stands for a value, what is not printed is open."""

import math

import pytest

from yttria.evidence.published.claim import claim_of
from yttria.evidence.published.claim_reading import printed_number, printed_span, printed_text


def test_a_bound_stands_in_the_place_of_a_value() -> None:
    bound = claim_of({"kind": "rate", "subject": "A", "time": "24", "n": "28", "value": "<10"}, 2)
    assert bound.value is None
    assert printed_text(bound, "value") == "<10"
    assert printed_span(bound, "value")[1] == pytest.approx(10, abs=0.6)


def test_a_rounded_number_spans_half_of_its_last_digit_and_what_is_not_printed_everything() -> None:
    claim = claim_of({"kind": "hr", "subject": "B vs A", "value": "0.42"}, 2)
    low, high = printed_span(claim, "value")
    assert low <= 0.42 <= high
    assert high - low <= 0.02
    assert printed_number(claim, "low") is None
    assert printed_text(claim, "low") == ""
    assert printed_span(claim, "low") == (-math.inf, math.inf)
