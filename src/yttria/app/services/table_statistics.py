"""The statistics of one printed table, by the names of their tests."""

import math

from yttria.contract.envelope import Answer
from yttria.contract.statistic_calculations import (
    ConsistencyRequest,
    ConsistencyResult,
    ProportionRequest,
    ProportionResult,
    TwoByTwoRequest,
    TwoByTwoResult,
)
from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
from yttria.evidence.published.delivered_activity import delivered_activity
from yttria.evidence.published.rounding import Printed
from yttria.values.errors import Finding, IntakeError

ENOUGH_EXPECTED = 5.0
"""Expected count below which a chi-squared P is not to be relied on: the customary rule."""


def run_two_by_two(request: TwoByTwoRequest) -> Answer[TwoByTwoResult]:
    """Return two groups with and without an event: effects with limits, exact and asymptotic tests.

    Raises
    ------
    IntakeError, QuantityError, EvidenceError
        Counts that are not "events,n"; more events than patients; nothing to test.
    """
    level = request.level
    table = TwoByTwo(Proportion(*_counts(request.a, "--a")), Proportion(*_counts(request.b, "--b")))
    chi2, p = table.pearson()
    yates, yates_p = table.pearson(continuity=True)
    low_a, high_a = table.a.wilson(level)
    low_b, high_b = table.b.wilson(level)
    odds, gap, ratio = table.conditional_odds_ratio(level), table.risk_difference(level), table.risk_ratio(level)
    numbers = {
        "percent_a": 100 * table.a.share,
        "percent_a_low": 100 * low_a,
        "percent_a_high": 100 * high_a,
        "percent_b": 100 * table.b.share,
        "percent_b_low": 100 * low_b,
        "percent_b_high": 100 * high_b,
        "pearson_chi2": chi2,
        "p": p,
        "yates_chi2": yates,
        "yates_p": yates_p,
        "fisher_p": table.fisher_p(),
        "odds_ratio_conditional": odds[0],
        "odds_ratio_conditional_low": odds[1],
        "odds_ratio_conditional_high": odds[2],
        "risk_difference": gap[0],
        "risk_difference_low": gap[1],
        "risk_difference_high": gap[2],
        "risk_ratio": ratio[0],
        "risk_ratio_low": ratio[1],
        "risk_ratio_high": ratio[2],
        "least_expected": table.least_expected,
        "level": level,
    }
    result = TwoByTwoResult.model_validate(
        numbers | {"kind": "two-by-two", "df": 1, "p_test": "Pearson chi-squared, no continuity correction"}
    )
    missing = [name for name, value in numbers.items() if not math.isfinite(value)]
    return Answer(result, (*_least_expected(table.least_expected), *_unbounded(missing)))


def run_proportion(request: ProportionRequest) -> Answer[ProportionResult]:
    """Return a share with Wilson's and with exact (Clopper-Pearson) limits.

    Raises
    ------
    IntakeError, QuantityError
        Counts that are not whole; more events than patients; a level that is no fraction.
    """
    share = Proportion(_whole(request.events, "--events"), _whole(request.n, "--n"))
    wilson, exact = share.wilson(request.level), share.clopper_pearson(request.level)
    result = ProportionResult(
        kind="proportion",
        percent=100 * share.share,
        wilson_low=100 * wilson[0],
        wilson_high=100 * wilson[1],
        exact_low=100 * exact[0],
        exact_high=100 * exact[1],
        level=request.level,
    )
    return Answer(result)


def run_consistency(request: ConsistencyRequest) -> Answer[ConsistencyResult]:
    """Return whether claimed underdoses follow from the activities that they are said of.

    Raises
    ------
    IntakeError, EvidenceError
        Lists of different lengths; a number that cannot be read.
    """
    columns = _number_columns(
        delivered_mci=request.delivered_mci,
        prescribed_mci=request.prescribed_mci,
        claimed_underdose_percent=request.claimed_underdose_percent,
    )
    rows = list(zip(*columns, strict=True))
    results = [delivered_activity(record, claims, claim, tolerance=request.tolerance) for record, claims, claim in rows]
    findings = [
        Finding(
            "warning",
            "underdose-inconsistent",
            f"an underdose of {row.claimed.text} % is claimed, but {record.text} of {claims.text} is {row.computed:.2f} % "
            f"({row.low:.2f} to {row.high:.2f} with rounding); ask which of the three numbers is wrong",
            {
                "claimed_percent": row.claimed.value,
                "delivered_mci": record.value,
                "prescribed_mci": claims.value,
                "computed_percent": row.computed,
                "low_percent": row.low,
                "high_percent": row.high,
            },
        )
        for row, (record, claims, _) in zip(results, rows, strict=True)
        if not row.consistent
    ]
    result = ConsistencyResult(
        kind="consistency",
        consistent=[row.consistent for row in results],
        computed_underdose_percent=[row.computed for row in results],
        possible_low_percent=[row.low for row in results],
        possible_high_percent=[row.high for row in results],
        tolerance=request.tolerance,
    )
    return Answer(result, tuple(findings))


def _whole(value: float, option: str) -> int:
    """Return a count.

    Raises
    ------
    IntakeError
        Not a whole number.
    """
    if not math.isfinite(value) or value != int(value):
        raise IntakeError(
            f"{option} must be a whole number, but is {value:g}; give a count, not a share",
            code="count-value",
            values={"value": value},
        )
    return int(value)


def _counts(text: str, option: str) -> tuple[int, int]:
    """Return events and n of one group from "20,28".

    Raises
    ------
    IntakeError
        Not two whole numbers.
    """
    words = text.split(",")
    if len(words) != 2:
        raise IntakeError(
            f"{option} must be events,n as 20,28, but is {text!r}; give two whole numbers", code="events-of-n-value"
        )
    try:
        events, n = (float(word) for word in words)
    except ValueError:
        raise IntakeError(
            f"{option} must be events,n as 20,28, but is {text!r}; give two whole numbers", code="events-of-n-value"
        ) from None
    return _whole(events, option), _whole(n, option)


def _number_columns(**texts: str) -> list[list[Printed]]:
    """Return lists of printed numbers, equally long.

    Raises
    ------
    IntakeError
        Lists of different lengths.
    """
    lists = {name: [Printed.of(word) for word in text.split(",")] for name, text in texts.items()}
    if len({len(column) for column in lists.values()}) != 1:
        words = ", ".join(f"--{name.replace('_', '-')} {len(column)}" for name, column in lists.items())
        raise IntakeError(
            f"the lists must be equally long, but hold {words}; give one number a treatment in each",
            code="list-lengths",
        )
    return list(lists.values())


def _least_expected(expected: float) -> list[Finding]:
    if expected >= ENOUGH_EXPECTED:
        return []
    return [
        Finding(
            "warning",
            "expected-count-small",
            f"the smallest expected count is {expected:.2g}, below 5, so the chi-squared P is not trusted; use fisher_p",
            {"least_expected": expected},
        )
    ]


def _unbounded(missing: list[str]) -> list[Finding]:
    """Return why an effect has no number or no limit: an empty cell."""
    if not missing:
        return []
    return [
        Finding(
            "note",
            "effect-unbounded",
            f"{', '.join(missing)} are null: a group has no event, or all of it had one; read the risk difference instead",
        )
    ]
