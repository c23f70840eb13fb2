"""The statistics of one printed table beside formulas by hand and scipy."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from yttria.app.services.table_statistics import ENOUGH_EXPECTED, run_consistency, run_proportion, run_two_by_two
from yttria.contract.statistic_calculations import ConsistencyRequest, ProportionRequest, TwoByTwoRequest
from yttria.values.errors import IntakeError, YttriaError


def table(a: str, b: str, **more: Any) -> Any:
    return run_two_by_two(TwoByTwoRequest(a=a, b=b, **more))


def test_two_groups_have_the_tests_of_scipy_and_effects_by_hand() -> None:
    """20 of 28 against 10 of 28 (DOSISPHERE-01's response): chi2 = 56 (20 18 - 8 10)^2 / (28 28 30 26)."""
    answer = table("20,28", "10,28")
    found = answer.result
    cells = np.array([[20, 8], [10, 18]])
    assert found.pearson_chi2 == pytest.approx(56 * 280**2 / (28 * 28 * 30 * 26))
    assert found.yates_chi2 == pytest.approx(56 * (280 - 28) ** 2 / (28 * 28 * 30 * 26))
    assert found.p == pytest.approx(stats.chi2_contingency(cells, correction=False).pvalue)
    assert found.yates_p == pytest.approx(stats.chi2_contingency(cells, correction=True).pvalue)
    assert found.fisher_p == pytest.approx(stats.fisher_exact(cells).pvalue)
    odds = stats.contingency.odds_ratio(cells)
    interval = odds.confidence_interval()
    assert found.odds_ratio_conditional == pytest.approx(odds.statistic, rel=1e-6)
    assert (found.odds_ratio_conditional_low, found.odds_ratio_conditional_high) == pytest.approx(
        (interval.low, interval.high), rel=1e-5
    )
    assert (found.percent_a, found.percent_b, found.risk_ratio) == pytest.approx((100 * 20 / 28, 100 * 10 / 28, 2.0))
    assert found.risk_difference == pytest.approx(10 / 28)
    wide = 1.959964 * np.sqrt(
        1 / 20 - 1 / 28 + 1 / 10 - 1 / 28
    )  # Katz et al. 1978: the ratio's limits on its logarithm
    assert (found.risk_ratio_low, found.risk_ratio_high) == pytest.approx(
        (2 * np.exp(-wide), 2 * np.exp(wide)), rel=1e-5
    )
    assert (found.least_expected, found.level, found.df) == (13.0, 0.95, 1)
    assert answer.findings == ()


def test_limits_of_each_group_are_wilsons() -> None:
    found = table("20,28", "10,28", level=0.9).result
    low, high = stats.binomtest(20, 28).proportion_ci(0.9, method="wilson")
    assert (found.percent_a_low, found.percent_a_high) == pytest.approx((100 * low, 100 * high))
    low, high = stats.binomtest(10, 28).proportion_ci(0.9, method="wilson")
    assert (found.percent_b_low, found.percent_b_high) == pytest.approx((100 * low, 100 * high))


@pytest.mark.parametrize(("a", "told"), [("4,20", True), ("5,20", False), ("6,20", False)])
def test_an_expected_count_below_five_is_told(a: str, told: bool) -> None:
    """With groups of twenty and as many events in both the expected count is the count itself."""
    assert ENOUGH_EXPECTED == 5
    codes = [f.code for f in table(a, a).findings if f.code == "expected-count-small"]
    assert codes == (["expected-count-small"] if told else [])


def test_a_group_without_an_event_has_no_ratio_and_a_note_says_so() -> None:
    answer = table("20,28", "0,28")
    assert (answer.result.risk_ratio, answer.result.odds_ratio_conditional) == (None, None)
    (told,) = [f for f in answer.findings if f.code == "effect-unbounded"]
    assert "risk_ratio" in told.message
    assert told.level == "note"


@pytest.mark.parametrize(
    ("a", "words"),
    [
        ("20", "--a must be events,n as 20,28, but is '20'"),
        ("20,28,1", "--a must be events,n"),
        ("x,28", "--a must be events,n as 20,28, but is 'x,28'"),
        ("2.5,28", "--a must be a whole number, but is 2.5; give a count, not a share"),
        ("nan,28", "--a must be a whole number"),
        ("29,28", "29"),
    ],
)
def test_counts_that_cannot_be_are_refused(a: str, words: str) -> None:
    with pytest.raises(YttriaError, match=words):
        table(a, "10,28")


@pytest.mark.parametrize(("events", "n"), [(0, 10), (3, 10), (143, 162), (10, 10)])
def test_a_share_has_wilsons_and_exact_limits(events: int, n: int) -> None:
    found = run_proportion(ProportionRequest(events=events, n=n)).result
    assert found.percent == pytest.approx(100 * events / n)
    test = stats.binomtest(events, n)
    wilson, exact = test.proportion_ci(0.95, method="wilson"), test.proportion_ci(0.95, method="exact")
    assert (found.wilson_low, found.wilson_high) == pytest.approx((100 * wilson.low, 100 * wilson.high), abs=1e-9)
    assert (found.exact_low, found.exact_high) == pytest.approx((100 * exact.low, 100 * exact.high), abs=1e-9)


def test_a_share_in_place_of_a_count_is_refused() -> None:
    with pytest.raises(IntakeError, match=r"--events must be a whole number, but is 0\.71; give a count, not a share"):
        run_proportion(ProportionRequest(events=0.71, n=28))


def claimed(percent: str) -> Any:
    return run_consistency(
        ConsistencyRequest(
            delivered_mci="9.20", prescribed_mci="11.9", claimed_underdose_percent=percent, tolerance=0.0
        )
    )


def test_an_underdose_is_what_is_missing_within_the_rounding_of_both_activities() -> None:
    """100 (1 - 9.20 / 11.9) = 22.69; with 9.195 to 9.205 and 11.85 to 11.95 it is 22.32 to 23.05."""
    found = claimed("22.69").result
    assert found.computed_underdose_percent == [pytest.approx(100 * (1 - 9.2 / 11.9))]
    assert found.possible_low_percent == [pytest.approx(100 * (1 - 9.205 / 11.85))]
    assert found.possible_high_percent == [pytest.approx(100 * (1 - 9.195 / 11.95))]
    assert found.consistent == [True]


@pytest.mark.parametrize(
    ("percent", "consistent"), [("22.29", False), ("22.33", True), ("23.04", True), ("23.09", False)]
)
def test_an_underdose_beyond_what_rounding_explains_is_told(percent: str, consistent: bool) -> None:
    answer = claimed(percent)
    assert answer.result.consistent == [consistent]
    assert [f.code for f in answer.findings] == ([] if consistent else ["underdose-inconsistent"])
    assert all(
        f.message.startswith(f"an underdose of {percent} % is claimed, but 9.20 of 11.9 is 22.69 %")
        for f in answer.findings
    )


def test_lists_of_different_lengths_are_refused_with_their_lengths() -> None:
    with pytest.raises(
        IntakeError, match="equally long, but hold --delivered-mci 2, --prescribed-mci 1, --claimed-underdose-percent 1"
    ):
        run_consistency(ConsistencyRequest(delivered_mci="9,8", prescribed_mci="11", claimed_underdose_percent="2"))
