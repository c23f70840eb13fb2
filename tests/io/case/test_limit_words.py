"""[limits]: doses by name, each with its source."""

from typing import Any

import pytest

from yttria.io.case.limit_words import limits_in
from yttria.values.errors import QuantityError


def test_a_source_of_its_own_stands_above_that_of_all() -> None:
    limits, sources = limits_in({"lung_gy": 25, "normal_liver_gy": 60.5, "lung_source": "label", "source": "our board"})
    assert limits == {"lung": 25.0, "normal_liver": 60.5}
    assert sources == {"lung": "label", "normal_liver": "our board"}


def test_a_limit_without_a_source_has_none() -> None:
    assert limits_in({"lung_gy": 25}) == ({"lung": 25.0}, {})


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"lung": 25}, r"\[limits\] takes NAME_gy = number and NAME_source = text, but has lung = 25"),
        ({"lung_gy": "25"}, "but has lung_gy = '25'"),
        ({"lung_source": 3}, "but has lung_source = 3"),
        ({"lung_gy": 0}, r"\[limits\] lung_gy"),
        ({"lung_gy": -1}, r"\[limits\] lung_gy"),
        ({"lung_gy": float("nan")}, r"\[limits\] lung_gy"),
    ],
)
def test_what_is_no_dose_and_no_source_is_refused(words: dict[str, Any], message: str) -> None:
    with pytest.raises(QuantityError, match=message):
        limits_in(words)
