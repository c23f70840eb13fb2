"""Table 1 of a study: the columns that its protocol speaks of, by arm."""

from dataclasses import asdict

import numpy as np

from yttria.evidence.descriptive.baseline import (
    compare_levels,
    compare_numbers,
    crossed,
    difference_of_levels,
    difference_of_means,
    summary,
)
from yttria.evidence.study.cohort_builder import columns_named
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.results import Record
from yttria.values.cohort import Column

FEW = 5
"""Distinct numbers up to which a numeric column is described by its levels too (codes such as ECOG 0, 1, 2)."""


def baseline_of(context: AnalysisContext) -> Record:
    """Return each column asked for, or all that the protocol speaks of, of all patients and by arm, with the usual tests.

    Where rows are intervals of patients, a patient's first row is its baseline.
    """
    arms = context.protocol.arms
    if arms is None:
        return {}
    cohort, asked = context.cohort, context.protocol
    first = cohort.outcome.first
    group = cohort[arms.column].rows(first)
    names = asked.baseline or [
        *columns_named(asked, cohort.columns),
        *(cut.column for cut in asked.cuts.values()),
    ]
    wanted = [name for name in dict.fromkeys(names) if name != arms.column]
    return {name: _described(cohort[name].rows(first), group) for name in wanted}


def _described(column: Column, group: Column) -> Record:
    record: Record = {"label": column.title, "missing": int(column.missing.sum())}
    if column.numbers is not None:
        parts = [column.numbers[group.codes == k] for k in range(len(group.levels))]
        record["number"] = {
            "all": asdict(summary(column.numbers)),
            "by": {level: asdict(summary(part)) for level, part in zip(group.levels, parts, strict=True)},
            "tests": [asdict(test) for test in compare_numbers(parts)],
            "difference": difference_of_means(summary(parts[0]), summary(parts[1])) if len(parts) == 2 else None,
        }
    if column.numbers is None or len(column.levels) <= FEW:
        counts = crossed(column, group)
        every = np.bincount(column.codes[~column.missing], minlength=len(column.levels))
        record["levels"] = {
            level: {"all": int(every[i]), "by": dict(zip(group.levels, counts[i].tolist(), strict=True))}
            for i, level in enumerate(column.levels)
        }
        record["tests"] = [asdict(test) for test in compare_levels(counts)]
        record["difference"] = difference_of_levels(counts) if counts.shape[1] == 2 else None
    return record
