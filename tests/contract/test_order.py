"""What `yttria order` may be asked: numbers at the edge of what makes sense, and calibrations in any writing."""

from typing import Any

import pytest
from pydantic import ValidationError

from yttria.contract.order import OrderRequest


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("2026-11-30T12:00+01:00", ["2026-11-30T12:00+01:00"]),
        ("a, b,", ["a", "b"]),
        (["a,b", " c "], ["a", "b", "c"]),
        (("a", "b"), ["a", "b"]),
        ([], []),
        (["", " , "], []),
    ],
)
def test_calibrations_are_read_one_by_one_or_with_commas(words: Any, read: list[str]) -> None:
    assert OrderRequest(calibrated=words).calibrated == read


@pytest.mark.parametrize(
    ("key", "just_below", "at", "just_above", "allowed"),
    [
        ("needed_gbq", -0.01, 0, 0.01, (False, False, True)),
        ("residual_fraction", -0.01, 0, 0.01, (False, True, True)),
        ("residual_fraction", 0.99, 1, 1.01, (True, False, False)),
        ("tolerance_fraction", -0.01, 0, 0.01, (False, True, True)),
        ("most_vials", 0, 1, 2, (False, True, True)),
        ("vials_gbq", (3, -0.1), (3, 0), (3, 0.1), (False, False, True)),
    ],
)
def test_a_number_that_makes_no_sense_is_refused(
    key: str, just_below: Any, at: Any, just_above: Any, allowed: tuple[bool, bool, bool]
) -> None:
    for value, is_allowed in zip((just_below, at, just_above), allowed, strict=True):
        if is_allowed:
            assert getattr(OrderRequest(**{key: value}), key) == value
        else:
            with pytest.raises(ValidationError, match=key):
                OrderRequest(**{key: value})


def test_calibrations_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValidationError, match="calibrated"):
        OrderRequest(calibrated=7)  # type: ignore[arg-type]
