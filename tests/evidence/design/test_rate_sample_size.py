"""Patients for two response rates: rpact's numbers, Fleiss' correction, the exact test by enumeration."""

import math
import re
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, norm

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


# at the edge


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"control": -0.01}, "rate of the control arm must lie from 0 to 1, but is -0.01; write per cent as a fraction"),
        ({"treated": 1.01}, "rate of the treated arm must lie from 0 to 1, but is 1.01; write per cent as a fraction"),
        ({"treated": 0.3}, "the two rates must differ, but both are 0.3; no trial can show a difference of nothing"),
        ({"alpha": 0.0}, "alpha must lie between 0 and 1, but is 0; write per cent as a fraction"),
        ({"alpha": 1.0}, "alpha must lie between 0 and 1, but is 1; write per cent as a fraction"),
        ({"sides": 0}, "a test has 1 or 2 sides, but 0 were asked; choose one"),
        ({"allocation": 0.0}, "allocation must be above zero, but is 0; write treated over control, as 2 for 2:1"),
        ({"allocation": math.inf}, "allocation must be above zero, but is inf; write treated over control, as 2 for 2:1"),
    ],
)  # fmt: skip
def test_a_comparison_just_beyond_what_can_be_is_refused_with_its_number(words: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        RateComparison(**({"control": 0.3, "treated": 0.5} | words))


@pytest.mark.parametrize(("power", "refused"), [(0.05, True), (0.051, False), (0.999, False), (1.0, True)])
def test_power_lies_between_alpha_and_one(power: float, refused: bool) -> None:
    comparison = RateComparison(0.3, 0.5)
    if refused:
        with pytest.raises(EvidenceError, match=rf"power must lie between alpha \(0\.05\) and 1, but is {power:g}"):
            rate_sample_size(comparison, power)
        return
    assert rate_sample_size(comparison, power).power >= power


def test_normal_power_of_unequal_arms_is_worked_by_hand() -> None:
    # 0.5 of 40 against 0.2 of 20: pooled 0.4, errors sqrt(0.24 x 3 / 40) and sqrt(0.25 / 40 + 0.16 / 20)
    comparison = RateComparison(0.2, 0.5)
    null, true = math.sqrt(0.24 * 3 / 40), math.sqrt(0.25 / 40 + 0.16 / 20)
    assert comparison.normal_power(40, 20) == pytest.approx(norm.cdf((0.3 - 1.9599640 * null) / true), rel=1e-7)
    corrected = comparison.normal_power(40, 20, correction=True)
    assert corrected == pytest.approx(norm.cdf((0.3 - 3 / 80 - 1.9599640 * null) / true), rel=1e-7)
    one = RateComparison(0.2, 0.5, sides=1)
    assert one.normal_power(40, 20) == pytest.approx(norm.cdf((0.3 - 1.6448536 * null) / true), rel=1e-7)


@pytest.mark.parametrize(("n", "power"), [(1, 0.0), (2, 1.0)])
def test_rates_of_none_and_all_are_certain_once_the_difference_exceeds_its_limit(n: int, power: float) -> None:
    # pooled 0.5: 1.96 sqrt(0.25 x 2 / n) is 1.386 of one each and 0.98 of two
    assert RateComparison(0.0, 1.0).normal_power(n, n) == power
    assert rate_sample_size(RateComparison(0.0, 1.0), 0.8).control == 2


@pytest.mark.parametrize(("control", "treated"), [(0.2, 0.9), (0.9, 0.2)])
def test_a_one_sided_exact_test_looks_in_the_direction_of_the_difference(control: float, treated: float) -> None:
    comparison = RateComparison(control, treated, sides=1)
    side: Literal["greater", "less"] = "greater" if treated > control else "less"
    power = 0.0
    for i in range(7):
        for j in range(6):
            if fisher_exact(np.array([[i, 6 - i], [j, 5 - j]]), alternative=side).pvalue <= 0.05:
                power += math.comb(6, i) * treated**i * (1 - treated) ** (6 - i) * math.comb(5, j) * control**j * (1 - control) ** (5 - j)  # fmt: skip
    assert comparison.fisher_power(6, 5) == pytest.approx(power, abs=1e-12)


def test_an_exact_search_that_is_too_long_says_how_many_are_needed() -> None:
    # 1500 / 1.3 = 1154 control patients by the normal formula
    close = RateComparison(0.5, 0.5577)
    assert 1150 < close.normal_control_n(0.8) < 1180
    with pytest.raises(EvidenceError, match=r"searched up to 1500 control patients, but about 11\d\d are needed; take --method continuity$"):  # fmt: skip
        rate_sample_size(close, 0.8, method="fisher")


@pytest.mark.parametrize(("allocation", "treated", "control"), [(1.0, 37, 37), (2.0, 50, 25), (0.5, 24, 47)])
def test_the_exact_treated_arm_is_allocation_times_the_control_arm(
    allocation: float, treated: int, control: int
) -> None:
    found = rate_sample_size(RateComparison(0.36, 0.71, allocation=allocation), 0.8, method="fisher")
    assert found.treated == math.ceil(allocation * found.control)
    assert (found.treated, found.control) == (treated, control)
    assert found.power == RateComparison(0.36, 0.71).fisher_power(treated, control) >= 0.8
    fewer = math.ceil(allocation * (control - 1))
    assert RateComparison(0.36, 0.71).fisher_power(fewer, control - 1) < 0.8
