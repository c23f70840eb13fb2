"""Table 1 of a study: the columns that its protocol speaks of, by arm."""

import numpy as np
from numpy.typing import NDArray

from yttria.contract import study as contract
from yttria.evidence.descriptive.baseline import (
    Summary,
    Test,
    compare_levels,
    compare_numbers,
    crossed,
    difference_of_levels,
    difference_of_means,
    summary,
)
from yttria.evidence.study.cohort_builder import columns_named
from yttria.evidence.study.context import AnalysisContext
from yttria.values.cohort import Column, Numbers

FEW = 5
"""Distinct numbers up to which a numeric column is described by its levels too (codes such as ECOG 0, 1, 2)."""


def baseline_of(context: AnalysisContext) -> dict[str, contract.BaselineColumn]:
    """Return each column asked for, or all that the protocol speaks of, of all patients and by arm, with the usual tests.

    Where rows are intervals of patients, a patient's first row is its baseline.
    """
    arms = context.protocol.arms
    if arms is None:
        return {}
    cohort, protocol = context.cohort, context.protocol
    first = cohort.outcome.first
    group = cohort[arms.column].rows(first)
    names = protocol.baseline or [
        *columns_named(protocol, cohort.columns),
        *(cut.column for cut in protocol.cuts.values()),
    ]
    columns = [name for name in dict.fromkeys(names) if name != arms.column]
    return {name: _described(cohort[name].rows(first), group) for name in columns}


def _described(column: Column, group: Column) -> contract.BaselineColumn:
    has_levels = column.numbers is None or len(column.levels) <= FEW
    counts = crossed(column, group) if has_levels else None
    unstated = ["number"] if column.numbers is None else []
    return contract.BaselineColumn(
        label=column.title,
        missing=int(column.missing.sum()),
        number=None if column.numbers is None else _number(column.numbers, group),
        levels={} if counts is None else _levels(column, group, counts),
        tests=[] if counts is None else [_test(test) for test in compare_levels(counts)],
        difference=difference_of_levels(counts) if counts is not None and counts.shape[1] == 2 else None,
    ).without(*unstated, *(() if has_levels else ("levels", "tests", "difference")))


def _number(numbers: Numbers, group: Column) -> contract.NumberByArm:
    """Return a measured column of all patients and by arm."""
    parts = [numbers[group.codes == k] for k in range(len(group.levels))]
    return contract.NumberByArm(
        all=_summary(summary(numbers)),
        by={level: _summary(summary(part)) for level, part in zip(group.levels, parts, strict=True)},
        tests=[_test(test) for test in compare_numbers(parts)],
        difference=difference_of_means(summary(parts[0]), summary(parts[1])) if len(parts) == 2 else None,
    )


def _levels(column: Column, group: Column, counts: NDArray[np.int64]) -> dict[str, contract.LevelCounts]:
    """Return how many patients have each level, of all and by arm."""
    every = np.bincount(column.codes[~column.missing], minlength=len(column.levels))
    return {
        level: contract.LevelCounts(all=int(every[i]), by=dict(zip(group.levels, counts[i].tolist(), strict=True)))
        for i, level in enumerate(column.levels)
    }


def _summary(of: Summary) -> contract.NumberSummary:
    return contract.NumberSummary(
        n=of.n,
        missing=of.missing,
        mean=of.mean,
        sd=of.sd,
        median=of.median,
        q1=of.q1,
        q3=of.q3,
        low=of.low,
        high=of.high,
    )


def _test(test: Test) -> contract.BaselineTest:
    return contract.BaselineTest(name=test.name, statistic=test.statistic, p=test.p)
