"""Proportions and two-by-two tables: laws, R's numbers, refusals."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio, relative_risk

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.values.errors import EvidenceError

counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


# laws


@given(counts)
def test_both_kinds_of_limits_hold_the_share_and_stay_inside_zero_and_one(count: tuple[int, int]) -> None:
    share = Proportion(*count)
    for low, high in (share.wilson(), share.clopper_pearson()):
        assert 0 <= low <= share.share <= high <= 1


@given(counts)
def test_a_higher_level_never_narrows_the_exact_limits(count: tuple[int, int]) -> None:
    share = Proportion(*count)
    narrow, wide = share.clopper_pearson(0.5), share.clopper_pearson(0.99)
    assert wide[0] <= narrow[0]
    assert narrow[1] <= wide[1]


@given(counts, counts)
def test_swapping_the_groups_inverts_the_effects_and_keeps_the_tests(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    table, swapped = (
        TwoByTwo(Proportion(*one), Proportion(*two)),
        TwoByTwo(Proportion(*two), Proportion(*one)),
    )
    assert table.fisher_p() == pytest.approx(swapped.fisher_p())
    assert table.risk_difference()[0] == pytest.approx(-swapped.risk_difference()[0])
    assert table.risk_difference()[1] == pytest.approx(-swapped.risk_difference()[2])


@settings(max_examples=30)
@given(counts, counts)
def test_the_exact_p_is_that_of_a_second_implementation(one: tuple[int, int], two: tuple[int, int]) -> None:
    peer = fisher_exact(np.array([[one[0], one[1] - one[0]], [two[0], two[1] - two[0]]])).pvalue
    assert TwoByTwo(Proportion(*one), Proportion(*two)).fisher_p() == pytest.approx(float(peer), rel=1e-9)


@settings(max_examples=20)
@given(counts, counts)
def test_the_conditional_odds_ratio_and_its_limits_are_those_of_a_second_implementation(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    table = TwoByTwo(Proportion(*one), Proportion(*two))
    assume(0 < one[0] + two[0] < one[1] + two[1])
    peer = odds_ratio([[one[0], one[1] - one[0]], [two[0], two[1] - two[0]]])
    limits = peer.confidence_interval(0.95)
    expected = (peer.statistic, limits.low, limits.high)
    assert table.conditional_odds_ratio() == pytest.approx(expected, rel=1e-8)


def test_a_large_table_is_answered_and_near_the_normal_limits() -> None:
    table = TwoByTwo(Proportion(2100, 3000), Proportion(1050, 3000))
    value, low, high = table.conditional_odds_ratio()
    wide = 1.959964 * math.sqrt(1 / 2100 + 1 / 900 + 1 / 1050 + 1 / 1950)
    assert (value, low, high) == pytest.approx((13 / 3, 13 / 3 * math.exp(-wide), 13 / 3 * math.exp(wide)), rel=5e-3)


# known answers


def test_response_of_the_trial_gives_its_printed_p() -> None:
    # DOSISPHERE-01: 71 % against 36 %, P = 0.0074
    table = TwoByTwo(Proportion(20, 28), Proportion(10, 28))
    assert round(table.pearson()[1], 4) == 0.0074


def test_legacy_response_gives_its_printed_wilson_limits() -> None:
    # Salem 2021, LEGACY: 88.3 % (82.4-92.4) of 162
    low, high = Proportion(143, 162).wilson()
    assert (round(100 * low, 1), round(100 * high, 1)) == (82.4, 92.4)


# parity: R 4.2.2, fisher.test, binom.test, prop.test(correct = FALSE), chisq.test


def test_exact_and_score_limits_are_those_of_r() -> None:
    assert Proportion(143, 162).clopper_pearson() == pytest.approx((0.8229173, 0.9278903), abs=5e-8)
    assert Proportion(143, 162).wilson() == pytest.approx((0.8240849, 0.9236171), abs=5e-8)


@pytest.mark.parametrize(
    ("a", "b", "chi2", "p"),
    [
        ((20, 28), (10, 28), 56 * (280 - 28) ** 2 / (28 * 28 * 30 * 26), 0.01588),  # R: chisq.test(correct = TRUE)
        ((3, 4), (1, 4), 0.5, 0.4795),  # R: chisq.test(matrix(c(3, 1, 1, 3), 2))
        ((3, 6), (3, 7), 0.0, 1.0),  # nearer to the expected counts than one half: R takes off no more than there is
    ],
)
def test_yates_takes_half_a_count_off_and_never_more_than_there_is(
    a: tuple[int, int], b: tuple[int, int], chi2: float, p: float
) -> None:
    found = TwoByTwo(Proportion(*a), Proportion(*b)).pearson(continuity=True)
    assert found[0] == pytest.approx(chi2, rel=1e-12, abs=1e-12)
    assert found[1] == pytest.approx(p, abs=5e-5)


def test_fisher_is_that_of_r_and_its_odds_ratio_to_the_fourth_digit() -> None:
    table = TwoByTwo(Proportion(20, 28), Proportion(10, 28))
    assert table.fisher_p() == pytest.approx(0.01512429, abs=5e-9)
    assert table.conditional_odds_ratio() == pytest.approx((4.369576, 1.282333, 16.245909), rel=5e-5)


def test_an_empty_cell_leaves_the_odds_ratio_open_at_one_end() -> None:
    # R: fisher.test(matrix(c(0, 10, 8, 18), 2))
    ratio, low, high = TwoByTwo(Proportion(0, 8), Proportion(10, 28)).conditional_odds_ratio()
    assert (ratio, low) == (0, 0)
    assert high == pytest.approx(1.349511, abs=5e-6)


# refusals


@pytest.mark.parametrize(
    ("events", "n", "why"),
    [(3, 2, "must not exceed n"), (-1, 4, "zero or more"), (0, 0, "nobody")],
)
def test_counts_that_cannot_be_are_refused(events: int, n: int, why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        Proportion(events, n)


def test_a_level_in_per_cent_is_refused() -> None:
    with pytest.raises(EvidenceError, match="fraction"):
        Proportion(1, 2).wilson(95)


def test_groups_without_any_event_have_nothing_to_test() -> None:
    with pytest.raises(EvidenceError, match="nothing to test"):
        TwoByTwo(Proportion(0, 8), Proportion(0, 9)).pearson()


@settings(max_examples=40)
@given(counts, counts)
def test_the_risk_ratio_and_its_limits_are_those_of_a_second_implementation(
    one: tuple[int, int], two: tuple[int, int]
) -> None:
    assume(one[0] > 0 and two[0] > 0)
    peer = relative_risk(*one, *two)
    found = TwoByTwo(Proportion(*one), Proportion(*two)).risk_ratio(0.9)
    assert found == pytest.approx((peer.relative_risk, *peer.confidence_interval(0.9)), rel=1e-9)


def test_a_risk_ratio_with_nothing_on_one_side_has_no_limits() -> None:
    some, none = Proportion(3, 9), Proportion(0, 7)
    assert TwoByTwo(some, none).risk_ratio() == pytest.approx((math.inf, math.nan, math.nan), nan_ok=True)
    assert TwoByTwo(none, some).risk_ratio() == pytest.approx((0, math.nan, math.nan), nan_ok=True)
    assert TwoByTwo(none, none).risk_ratio() == pytest.approx((math.nan,) * 3, nan_ok=True)
