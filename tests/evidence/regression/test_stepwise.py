"""Stepwise choice by AIC."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.stepwise import Steps, stepwise
from yttria.values.cohort import Cohort, Column, TimeToEvent

Make = Callable[..., TimeToEvent]


def number(name: str, values: Any) -> Column:
    known = ~np.isnan(values)
    levels, codes = np.unique(values[known], return_inverse=True)
    where = np.full(len(values), -1)
    where[known] = codes
    return Column(name, where, tuple(f"{v:g}" for v in levels), values)


@pytest.fixture
def cohort(outcome: Make, patients: Any) -> Cohort:
    columns = {name: number(name, patients[name]) for name in ("age", "arm", "marker")}
    centre = patients["centre"].astype(int)
    return Cohort(outcome(), {**columns, "centre": Column("centre", centre, ("0", "1", "2"))})


@pytest.mark.parametrize("direction", ["backward", "forward", "both"])
def test_the_path_is_that_of_r(direction: str, cohort: Cohort, reference: Any, same: Any) -> None:
    methods: dict[str, Steps] = {"backward": "aic-backward", "forward": "aic-forward", "both": "aic-both"}
    found, wanted = (
        stepwise(cohort, ("age", "arm", "marker", "centre"), methods[direction]),
        reference["steps"][direction],
    )
    same([step.aic for step in found.steps], wanted["aic"])
    assert list(found.chosen) == [term.replace("centre_f", "centre") for term in wanted["terms"][1:]]


def test_the_criterion_never_rises(cohort: Cohort) -> None:
    aic = [step.aic for step in stepwise(cohort, ("age", "arm", "marker", "centre"), "aic-both").steps]
    assert aic == sorted(aic, reverse=True)


def test_rows_stay_the_same_when_a_term_with_gaps_is_dropped(cohort: Cohort, patients: Any) -> None:
    gaps = np.where(np.arange(48) < 12, np.nan, np.arange(48) % 7)
    with_gaps = Cohort(cohort.outcome, {**cohort.columns, "gaps": number("gaps", gaps)})
    inside = with_gaps.rows(np.arange(48) >= 12)
    found = stepwise(with_gaps, ("arm", "gaps"), "aic-backward")
    assert found.steps[-1].aic == pytest.approx(stepwise(inside, found.chosen, "aic-backward").steps[0].aic)


def test_a_main_effect_stays_while_its_interaction_does(cohort: Cohort) -> None:
    found = stepwise(cohort, ("age", "arm", "age:arm"), "aic-backward")
    assert "age:arm" not in found.chosen or {"age", "arm"} <= set(found.chosen)
    assert found.steps[1:2] == () or found.steps[1].term == "age:arm"
