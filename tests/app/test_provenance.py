"""app.provenance: numbers as JSON writes them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.app.provenance import LIBRARIES, MANY, plain, provenance


def digits(value: float) -> float | None:
    return float(f"{value:.15g}") if math.isfinite(value) else None


@given(st.lists(st.one_of(st.floats(), st.integers(-(10**16), 10**16).map(lambda k: k / 1e6)), min_size=1, max_size=20))
def test_a_long_list_of_numbers_is_written_as_each_of_them_alone(values: list[float]) -> None:
    long = values * (MANY // len(values) + 1)
    assert plain(long) == [plain(v) for v in long] == [digits(v) for v in long]


@pytest.mark.parametrize("many", [MANY - 1, MANY, MANY + 1])
def test_a_computed_number_is_written_with_the_digits_that_a_double_carries(many: int) -> None:
    assert plain([0.1 + 0.2, float("inf"), *[0.5] * (many - 2)])[:2] == [0.3, None]


def test_the_versions_of_libraries_are_told_whether_they_are_loaded_or_not() -> None:
    assert set(provenance()["libraries"]) == set(LIBRARIES)
    assert all(text[0].isdigit() for text in provenance()["libraries"].values())
