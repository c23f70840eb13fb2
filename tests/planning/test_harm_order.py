"""The order of findings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.harm_order import HARM, by_harm
from yttria.values.errors import Finding, Level

LAST = "zz-any-other"
CODES = (*HARM, LAST)


@given(found=st.permutations([Finding(level, code, "") for level in ("stop", "warning", "note") for code in CODES]))
def test_findings_are_ordered_by_level_and_then_by_harm_whatever_their_order_was(found: list[Finding]) -> None:
    order = [(f.level, f.code) for f in by_harm(found)]
    assert order == [(level, code) for level in ("stop", "warning", "note") for code in CODES]


@pytest.mark.parametrize("level", ["stop", "warning", "note"])
def test_findings_of_one_harm_keep_their_order(level: Level) -> None:
    found = [Finding(level, code, "") for code in ("contraindication-b", "contraindication-a", LAST, "aa-any-other")]
    assert by_harm(found) == tuple(found)


def test_what_excludes_a_treatment_comes_before_what_could_not_be_reached() -> None:
    found = [Finding("stop", code, "") for code in ("no-option", "limit-exceeded-lung", "contraindication-ascites")]
    assert [f.code for f in by_harm(found)] == ["contraindication-ascites", "limit-exceeded-lung", "no-option"]
