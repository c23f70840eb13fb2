"""Numbers printed in two places that cannot be one number."""

import pytest

from yttria.evidence.published.claim import claim_of
from yttria.evidence.published.claim_reading import Reading
from yttria.evidence.published.repeated_prints import repeated_print_flags


def flags(*cells: dict[str, str]) -> list[tuple[str, tuple[int, ...]]]:
    claims = [claim_of({"kind": "hr", "subject": "B vs A", **c}, n) for n, c in enumerate(cells, start=2)]
    found = repeated_print_flags(claims, {c.line: Reading(c) for c in claims})
    return [(f.code, tuple(f.lines)) for f in found]


@pytest.mark.parametrize(("other", "same"), [("0.42", True), ("0.4", True), ("0.421", True), ("0.44", False), ("0.5", False)])  # fmt: skip
def test_two_prints_agree_where_one_number_rounds_to_both(other: str, same: bool) -> None:
    found = flags({"value": "0.42", "place": "abstract"}, {"value": other, "place": "Table 2"})
    assert found == ([] if same else [("number-printed-twice", (2, 3))])


def test_only_numbers_of_one_kind_subject_and_time_are_one() -> None:
    assert flags({"value": "0.42"}, {"value": "0.9", "subject": "C vs A"}) == []
    rates = [{"kind": "rate", "n": "28", "time": t, "value": v} for t, v in (("12", "80"), ("24", "40"))]
    assert flags(*rates) == []


def test_two_p_of_one_ratio_are_flagged_as_such() -> None:
    found = flags({"value": "0.42", "p": "0.004"}, {"value": "0.42", "p": "0.02"})
    assert found == [("p-printed-twice", (2, 3))]
