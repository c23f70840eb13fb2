"""Response rates as the records of a result: a share with Wilson's limits, and two arms compared."""

from yttria.contract.response import ArmRate, RateComparison
from yttria.evidence.descriptive.response_rates import ResponseComparison, ResponseRate


def rate_record(rate: ResponseRate) -> ArmRate:
    """Return how many responded, as a fraction with Wilson's limits."""
    low, high = rate.proportion.wilson()
    return ArmRate(
        n=rate.n,
        evaluable=rate.evaluable,
        responders=rate.responders,
        fraction=rate.proportion.share,
        low=low,
        high=high,
    )


def comparison_record(comparison: ResponseComparison) -> RateComparison:
    """Return two arms compared: risk difference, conditional odds ratio, Fisher's P and the chi-squared test's."""
    difference, low, high = comparison.table.risk_difference()
    odds, odds_low, odds_high = comparison.table.conditional_odds_ratio()
    return RateComparison(
        treated=comparison.treated,
        control=comparison.control,
        risk_difference=difference,
        low=low,
        high=high,
        odds_ratio=odds,
        odds_low=odds_low,
        odds_high=odds_high,
        p_fisher=comparison.table.fisher_p(),
        p_chi2=comparison.p_chi2,
    )
