"""Response rates as a result states them: 20 of 28 against 10 of 28 by R."""

import pytest

from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.evidence.descriptive.response_rates import ResponseComparison, ResponseRate
from yttria.evidence.study.rate_records import comparison_record, rate_record


def test_a_rate_is_a_fraction_of_all_patients_with_wilsons_limits() -> None:
    found = rate_record(ResponseRate(n=28, evaluable=26, responders=20))
    assert (found.n, found.evaluable, found.responders) == (28, 26, 20)
    assert found.fraction == pytest.approx(20 / 28)
    assert (found.low, found.high) == pytest.approx((0.5294, 0.8475), abs=2e-4)  # R: prop.test(20, 28, correct = FALSE)


def test_two_arms_are_compared_by_difference_odds_fisher_and_chi_squared() -> None:
    table = TwoByTwo(Proportion(20, 28), Proportion(10, 28))
    found = comparison_record(ResponseComparison("PDA", "SDA", table))
    assert (found.treated, found.control) == ("PDA", "SDA")
    assert found.risk_difference == pytest.approx(10 / 28)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 10 / 28 < found.high
    assert found.p_fisher == pytest.approx(0.0151243, abs=1e-6)  # R: fisher.test
    assert found.p_chi2 == pytest.approx(0.0073742, abs=1e-6)
    assert found.odds_ratio is not None
    assert found.odds_ratio == pytest.approx(4.366, abs=0.06)  # conditional; the plain one is 4.5
