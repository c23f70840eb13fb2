"""Patients for two response rates: rpact's numbers, Fleiss' correction, the exact test by enumeration."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from yttria.evidence.design.rate_sample_size import RateComparison, rate_sample_size
from yttria.values.errors import EvidenceError


@pytest.mark.parametrize(
    ("control", "treated", "sides", "power", "allocation", "n_treated", "n_control"),
    [
        (0.36, 0.71, 2, 0.8, 1, 30.673252351, 30.673252351),
        (0.4, 0.7, 2, 0.9, 2, 82.665753300, 41.332876650),
        (0.1, 0.2, 1, 0.8, 0.5, 113.607330242, 227.214660483),
        (0.9, 0.6, 2, 0.85, 1.5, 45.612897535, 30.408598357),
    ],
)
def test_unrounded_patients_are_those_of_rpact(
    control: float, treated: float, sides: int, power: float, allocation: float, n_treated: float, n_control: float
) -> None:
    # rpact 3.3.4, getSampleSizeRates
    comparison = RateComparison(control, treated, sides=sides, allocation=allocation)
    n = comparison.normal_control_n(power)
    assert (allocation * n, n) == pytest.approx((n_treated, n_control), rel=1e-9)
    size = rate_sample_size(comparison, power)
    assert (size.treated, size.control) == (math.ceil(n_treated), math.ceil(n_control))
    assert size.power >= power


def test_the_formula_gives_back_the_power_of_its_own_unrounded_numbers() -> None:
    comparison = RateComparison(0.2, 0.5)
    assert rate_sample_size(comparison, comparison.normal_power(40, 40)).control == 40
    assert rate_sample_size(comparison, comparison.normal_power(40, 40) + 1e-6).control == 41
    corrected = comparison.normal_power(40, 40, correction=True)
    assert rate_sample_size(comparison, corrected, method="continuity").control == 40
    assert comparison.continuity_control_n(corrected) == pytest.approx(40, abs=1e-9)


def test_fleiss_correction_is_that_of_the_book() -> None:
    comparison = RateComparison(0.4, 0.7, allocation=2)
    n, d, r = comparison.normal_control_n(0.9), 0.3, 2
    assert comparison.continuity_control_n(0.9) == pytest.approx(
        n / 4 * (1 + math.sqrt(1 + 2 * (r + 1) / (n * r * d))) ** 2, rel=1e-12
    )


@pytest.mark.parametrize(
    ("treated", "control", "rate_treated", "rate_control", "sides", "power"),
    [
        (37, 37, 0.71, 0.36, 2, 0.807190964832),
        (36, 36, 0.71, 0.36, 2, 0.786998281904),
        (20, 10, 0.8, 0.3, 2, 0.726921681805),
        (15, 12, 0.3, 0.8, 1, 0.774806677570),
    ],
)
def test_exact_power_is_that_of_r_by_enumeration(
    treated: int, control: int, rate_treated: float, rate_control: float, sides: int, power: float
) -> None:
    # R 4: fisher.test of every table, weighted by dbinom
    comparison = RateComparison(rate_control, rate_treated, sides=sides)
    assert comparison.fisher_power(treated, control) == pytest.approx(power, abs=1e-11)


def test_the_exact_size_is_the_smallest_that_reaches_the_power() -> None:
    comparison = RateComparison(0.36, 0.71)
    size = rate_sample_size(comparison, 0.8, method="fisher")
    assert (size.treated, size.control) == (37, 37)
    assert all(comparison.fisher_power(n, n) < 0.8 for n in range(1, 37))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 9), st.integers(2, 9), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_exact_power_of_small_arms_is_a_sum_over_all_tables(n: int, m: int, one: float, zero: float) -> None:
    if abs(one - zero) < 1e-3:
        return
    power = 0.0
    for i in range(n + 1):
        for j in range(m + 1):
            if fisher_exact(np.array([[i, n - i], [j, m - j]])).pvalue <= 0.05:
                power += (
                    math.comb(n, i) * one**i * (1 - one) ** (n - i) * math.comb(m, j) * zero**j * (1 - zero) ** (m - j)
                )
    assert RateComparison(zero, one).fisher_power(n, m) == pytest.approx(power, abs=1e-9)


def test_level_is_kept_at_equal_rates() -> None:
    rejected = RateComparison(0.3, 0.3 + 1e-12)
    assert all(rejected.fisher_power(n, n) <= 0.05 for n in (5, 12, 25, 40))


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"control": 36, "treated": 0.5}, "from 0 to 1"),
        ({"control": 0.3, "treated": 0.3}, "must differ"),
        ({"control": 0.3, "treated": 0.5, "alpha": 5}, "alpha"),
        ({"control": 0.3, "treated": 0.5, "sides": 3}, "sides"),
        ({"control": 0.3, "treated": 0.5, "allocation": 0}, "allocation"),
    ],
)
def test_what_cannot_be_is_refused(words: dict[str, float], match: str) -> None:
    with pytest.raises(EvidenceError, match=match):
        RateComparison(**words)  # type: ignore[arg-type]


def test_a_search_too_long_and_a_power_in_per_cent_are_refused() -> None:
    with pytest.raises(EvidenceError, match="continuity"):
        rate_sample_size(RateComparison(0.5, 0.53), 0.8, method="fisher")
    with pytest.raises(EvidenceError, match="per cent"):
        rate_sample_size(RateComparison(0.3, 0.5), 80)
    assert np.isfinite(rate_sample_size(RateComparison(0.0, 1.0), 0.8).power)
