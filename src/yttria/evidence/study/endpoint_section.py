"""The yes/no endpoints, pairs of levels and weighted tests that a protocol asks for."""

from itertools import combinations

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.descriptive.response_rates import ResponseRate, compare_rates
from yttria.evidence.regression.cox import cox
from yttria.evidence.study.column_checks import is_measured
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.rate_records import comparison_record, rate_record
from yttria.evidence.survival.logrank import logrank
from yttria.evidence.survival.weighted_logrank import weighted_logrank
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, EndpointSpec

NOT_EVALUABLE = "NE"
"""The word of a patient who cannot be evaluated, besides an empty cell."""


def endpoints_of(context: AnalysisContext, arms: Arms) -> dict[str, contract.EndpointRates]:
    """Return each yes/no endpoint, of all patients and by arm."""
    return {name: _endpoint(context, name, spec, arms) for name, spec in context.protocol.responses.items()}


def _endpoint(context: AnalysisContext, name: str, spec: EndpointSpec, arms: Arms) -> contract.EndpointRates:
    column, patients = context.cohort[spec.column], context.cohort.outcome.first
    evaluable = ~column.missing & ~column.matching([NOT_EVALUABLE])
    responded = column.matching(spec.responders) & evaluable
    sides = {str(value): _side(context.cohort, arms, value) & patients for value in (arms.treated, arms.control)}
    rates = {arm: _rate(responded, evaluable, rows) for arm, rows in sides.items() if rows.any()}
    other = int(np.count_nonzero(patients & ~np.logical_or.reduce(list(sides.values()))))
    if other:
        context.add_finding(
            "responses-other-arms",
            f"responses {name}: {other} patients of neither arm count in the whole alone",
            "note",
        )
    if not responded.any():
        context.add_finding(
            "responses-none",
            f"responses {name}: no patient has {' or '.join(map(str, spec.responders))} in {spec.column}",
        )
    whole = _rate(responded, evaluable, patients)
    comparison = compare_rates(rates, treated=str(arms.treated)) if len(rates) == 2 else None
    return contract.EndpointRates(
        **dict(rate_record(whole)),
        arms={arm: rate_record(rate) for arm, rate in rates.items()},
        comparison=None if comparison is None else comparison_record(comparison),
    )


def _side(cohort: Cohort, arms: Arms, value: str | float) -> Mask:
    return cohort[arms.column].matching([value])


def _rate(responded: Mask, evaluable: Mask, rows: Mask) -> ResponseRate:
    return ResponseRate(int(rows.sum()), int((evaluable & rows).sum()), int((responded & rows).sum()))


def weighted_tests_of(context: AnalysisContext, factor: str) -> contract.WeightedTests | None:
    """Return Fleming and Harrington's tests and MaxCombo of two groups; None with a finding where there are not two.

    Of the column of [arms] the two arms are compared, whatever other level there is.
    """
    column, arms = context.cohort[factor], context.protocol.arms
    if arms is not None and factor == arms.column:
        second = column.matching([arms.treated])
        rows = second | column.matching([arms.control])
    else:
        second, rows = column.codes == 1, ~column.missing
        if len(column.levels) != 2:
            second = np.zeros_like(rows)
    if not (second[rows].any() and (~second[rows]).any()):
        context.add_finding(
            "weighted-tests-groups",
            f"weighted tests by {factor} need two groups, but there are {len(column.levels)}: none is made",
        )
        return None
    result = weighted_logrank(context.cohort.outcome.rows(np.flatnonzero(rows)), second[rows])
    return contract.WeightedTests(
        tests=[contract.WeightedTest(rho=t.rho, gamma=t.gamma, z=t.z, p=t.p) for t in result.tests],
        maxcombo_p=result.maxcombo_p,
    )


def pairwise_of(context: AnalysisContext, factor: str) -> list[contract.PairComparison]:
    """Return every pair of levels alone: the ratio of the second against the first, the log-rank P, and Holm's correction of it.

    Source
    ------
    Holm 1979, Scand J Stat 6:65. Referee: R survival, coxph and survdiff on each pair; p.adjust.
    """
    column = context.cohort[factor]
    if is_measured(column):
        context.add_finding(
            "pairs-of-a-number",
            f"{factor} is a number of {len(column.levels)} values, each of which would be a level: no pair is compared; make a cut of it in [cuts]",
        )
        return []
    pairs = list(combinations(range(len(column.levels)), 2))
    results = [_pair(context, factor, a, b) for a, b in pairs]
    adjusted = holm([p for *_, p in results])
    return [
        contract.PairComparison(a=column.levels[a], b=column.levels[b], hr=hr, low=low, high=high, p=p, p_holm=p_holm)
        for (a, b), (hr, low, high, p), p_holm in zip(pairs, results, adjusted, strict=True)
    ]


def _pair(context: AnalysisContext, factor: str, a: int, b: int) -> tuple[float, float, float, float]:
    """Return ratio, limits and log-rank P of two levels; NaN where they cannot be had."""
    codes = context.cohort[factor].codes
    rows = np.flatnonzero((codes == a) | (codes == b))
    outcome, second = context.cohort.outcome.rows(rows), (codes[rows] == b).astype(np.float64)
    try:
        effect = cox(outcome, second[:, None]).coefficient(0)
        hr, low, high = effect.hr, effect.low, effect.high
    except EvidenceError as refusal:
        levels = context.cohort[factor].levels
        context.add_finding("pair-impossible", f"{factor} {levels[b]} against {levels[a]}: {refusal}")
        hr = low = high = float("nan")
    test = logrank(outcome, second.astype(np.int64)).test
    return hr, low, high, float("nan") if test is None else test.p


def holm(p: list[float]) -> list[float]:
    """Return P corrected for their number by Holm's steps; NaN stays and does not count.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    indices = [k for k, value in enumerate(p) if not np.isnan(value)]
    adjusted, largest = list(p), 0.0
    for rank, k in enumerate(sorted(indices, key=lambda k: p[k])):
        largest = max(largest, min(1.0, (len(indices) - rank) * p[k]))
        adjusted[k] = largest
    return adjusted
