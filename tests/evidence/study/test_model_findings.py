"""What to know of a model before it is read: few events, few clusters, units, coefficients without end."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.model_findings import (
    add_cluster_finding,
    add_coefficient_findings,
    add_event_finding,
    listed,
)
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.protocol import ModelSpec, OutcomeColumns, Protocol

DRAW = np.random.default_rng(11)
MONTHS = TimeToEvent(DRAW.exponential(10, 60) + 0.1, DRAW.random(60) < 0.8)
X = DRAW.normal(size=60)


def context() -> AnalysisContext:
    return AnalysisContext(Cohort(MONTHS, {}), Protocol(OutcomeColumns("time", "event")))


@pytest.mark.parametrize(
    ("events", "coefficients", "words"),
    [
        (30, 3, None), (29, 3, "9.7 events for each, fewer than ten"), (15, 3, "5.0 events for each, fewer than ten"),
        (14, 3, "4.7 events for each, fewer than five"), (9, 1, "1 coefficient of 9 events"), (0, 0, None),
    ],
)  # fmt: skip
def test_fewer_than_ten_events_a_coefficient_are_told_and_fewer_than_five_as_such(
    events: int, coefficients: int, words: str | None
) -> None:
    here = context()
    add_event_finding(here, "model full", events, coefficients)
    assert [f.code for f in here.findings] == ([] if words is None else ["few-events"])
    assert words is None or words in here.findings[0].message


@pytest.mark.parametrize(("clusters", "level"), [(9, "warning"), (10, "note"), (19, "note"), (20, None)])
def test_robust_errors_of_few_clusters_are_told(clusters: int, level: str | None) -> None:
    here = context()
    fit = cox(MONTHS, X[:, None], ["age"], cluster=np.arange(60) % clusters)
    add_cluster_finding(here, "full", fit, ModelSpec(("age",), cluster="site"))
    assert [f.level for f in here.findings] == ([] if level is None else [level])
    assert level is None or f"robust errors stand on {clusters} clusters (site)" in here.findings[0].message


def test_without_robust_errors_clusters_are_not_spoken_of() -> None:
    here = context()
    add_cluster_finding(here, "full", cox(MONTHS, X[:, None], ["age"]), ModelSpec(("age",)))
    assert here.findings == []


def fitted(column: Any) -> list[tuple[str, str]]:
    here = context()
    fit: CoxFit = cox(MONTHS, np.asarray(column, dtype=float)[:, None], ["dose"])
    add_coefficient_findings(here, "full", fit)
    return [(f.code, f.message) for f in here.findings]


def test_a_unit_in_which_a_ratio_cannot_be_read_is_told_with_a_better_one() -> None:
    trend = X - 0.05 * MONTHS.time
    assert fitted(trend) == []
    ((code, small),) = fitted(trend * 1e4)
    assert code == "ratio-scale"
    assert "is 1.00 to two decimals: the unit is too small" in small
    assert "write the column in units of 10000" in small
    ((_, large),) = fitted(trend * 1e-4)
    assert "is too large to be written: the unit is too large" in large
    assert "write the column in units of 0.0001" in large


def test_a_constant_and_an_endless_effect_are_named() -> None:
    assert [code for code, _ in fitted(np.ones(60))] == ["constant-term"]
    alive = (~MONTHS.observed).astype(float) * (np.arange(60) % 2)
    ((code, message),) = [found for found in fitted(alive) if found[0] == "infinite-coefficient"]
    assert code == "infinite-coefficient"
    assert "the effect of dose is infinite: all events lie on one side of it" in message


def test_only_the_first_eight_names_are_listed() -> None:
    assert listed([f"t{n}" for n in range(8)]) == "t0, t1, t2, t3, t4, t5, t6, t7"
    assert listed([f"t{n}" for n in range(10)]).endswith("t7 and 2 more")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (1, "x1 does not vary on its own (it is constant, or made of other terms), so that it has no effect to estimate"),
        (2, "x1, x2 do not vary on their own (they are constant, or made of other terms), so that they have no effect to estimate"),
    ],
)  # fmt: skip
def test_one_constant_is_told_as_one_and_two_as_two(columns: int, words: str) -> None:
    here = context()
    names = ["age", *(f"x{k + 1}" for k in range(columns))]
    add_coefficient_findings(here, "full", cox(MONTHS, np.column_stack([X, np.ones((60, columns))]), names))
    assert [f.message for f in here.findings] == [f"in model full {words}"]


def test_two_endless_effects_are_told_together() -> None:
    here = context()
    alive = (~MONTHS.observed).astype(float)
    columns = np.column_stack([alive * (np.arange(60) % 2 == k) for k in range(2)]).astype(np.float64)
    add_coefficient_findings(here, "full", cox(MONTHS, columns, ["a", "b"]))
    assert (
        here.findings[0].message == "in model full the effects of a, b are infinite: all events lie on one side of it"
    )


@pytest.mark.parametrize(("count", "more"), [(8, ""), (9, " and 1 more")])
def test_names_beyond_the_eighth_are_counted(count: int, more: str) -> None:
    assert listed([f"t{k}" for k in range(count)]) == "t0, t1, t2, t3, t4, t5, t6, t7" + more
