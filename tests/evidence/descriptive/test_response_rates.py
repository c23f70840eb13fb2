"""Rates of response: who counts, which arm is treated, what there is nothing to test for."""

import pytest

from yttria.evidence.descriptive.response_rates import ResponseRate, compare_rates
from yttria.values.errors import EvidenceError

PDA, SDA = ResponseRate(28, 28, 20), ResponseRate(28, 28, 10)


def test_who_cannot_be_evaluated_counts_in_n_and_is_no_responder() -> None:
    rate = ResponseRate.of([True, True, False, None])
    assert (rate.n, rate.evaluable, rate.responders, rate.proportion.share) == (4, 3, 2, 0.5)


def test_swapping_the_arms_turns_difference_and_odds_and_keeps_p() -> None:
    one, other = compare_rates({"PDA": PDA, "SDA": SDA}), compare_rates({"PDA": PDA, "SDA": SDA}, treated="PDA")
    assert one is not None
    assert other is not None
    assert (one.treated, one.control, other.treated, other.control) == ("SDA", "PDA", "PDA", "SDA")
    (d, low, high), (e, low2, high2) = one.table.risk_difference(), other.table.risk_difference()
    assert (d, low, high) == pytest.approx((-e, -high2, -low2))
    assert one.p_chi2 == pytest.approx(other.p_chi2)
    assert one.table.conditional_odds_ratio()[0] == pytest.approx(1 / other.table.conditional_odds_ratio()[0])


@pytest.mark.parametrize("arms", [{}, {"A": PDA}, {"A": PDA, "B": SDA, "C": SDA}])
def test_one_arm_or_three_are_not_compared(arms: dict[str, ResponseRate]) -> None:
    assert compare_rates(arms) is None


@pytest.mark.parametrize("responders", [0, 28])
def test_where_all_or_none_responded_there_is_no_chi_squared(responders: int) -> None:
    rate = ResponseRate(28, 28, responders)
    found = compare_rates({"A": rate, "B": rate})
    assert found is not None
    assert found.p_chi2 is None
    assert found.table.fisher_p() == 1


def test_an_arm_that_is_none_is_refused() -> None:
    with pytest.raises(EvidenceError, match="must be one of PDA, SDA, but is 'pda'"):
        compare_rates({"PDA": PDA, "SDA": SDA}, treated="pda")


def test_nobody_has_no_rate() -> None:
    with pytest.raises(EvidenceError, match="there are none"):
        ResponseRate.of([])
