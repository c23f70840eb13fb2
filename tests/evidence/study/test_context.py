"""Findings of one study lie in one list, each with its place."""

import numpy as np

from yttria.evidence.study.context import AnalysisContext
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.protocol import OutcomeColumns, Protocol

COHORT = Cohort(TimeToEvent(np.array([1.0, 2.0]), np.array([True, False])), {})


def test_a_context_of_another_cohort_writes_into_the_same_list_with_its_place() -> None:
    whole = AnalysisContext(COHORT, Protocol(OutcomeColumns("time", "event")))
    part = whole.at("outcomes.pfs", COHORT).at("models.full", COHORT)
    whole.add_finding("few-events", "too few")
    part.add_finding("ratio-scale", "too small", "note")
    assert part.findings is whole.findings
    assert [(f.level, f.code, f.message) for f in whole.findings] == [
        ("warning", "few-events", "too few"),
        ("note", "ratio-scale", "outcomes.pfs models.full: too small"),
    ]
