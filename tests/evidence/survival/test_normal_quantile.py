"""Quantiles of two-sided limits as tables print them."""

import pytest

from yttria.evidence.survival.normal_quantile import normal_quantile


@pytest.mark.parametrize(
    ("level", "z"), [(0.8, 1.281552), (0.9, 1.644854), (0.95, 1.959964), (0.99, 2.575829), (0.5, 0.674490)]
)
def test_limits_of_a_level_lie_the_printed_number_of_standard_errors_away(level: float, z: float) -> None:
    assert normal_quantile(level) == pytest.approx(z, abs=5e-7)
