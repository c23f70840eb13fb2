"""Kaplan-Meier, reverse Kaplan-Meier, restricted mean, log-rank."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.evidence.survival.kaplan_meier import KaplanMeier, Limits, follow_up, kaplan_meier
from yttria.values.cohort import TimeToEvent

Make = Callable[..., TimeToEvent]
CONFS: tuple[Limits, ...] = ("log", "log-log", "plain", "logit", "arcsin")
EDGES = (
    "half", "exact_half", "half_at_end", "zero", "tied", "all_die_at_once", "near", "one", "none", "rising_limit", "plain", "late",
)  # fmt: skip
rows = st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=1, max_size=40)


def of(pairs: list[tuple[int, bool]]) -> TimeToEvent:
    time, observed = zip(*pairs, strict=True)
    return TimeToEvent(np.array(time, dtype=float), np.array(observed))


@given(rows)
def test_survival_never_rises_and_stays_between_zero_and_one(pairs: list[tuple[int, bool]]) -> None:
    km = kaplan_meier(of(pairs))
    assert np.all(np.diff(km.survival) <= 0)
    assert np.all((km.survival >= 0) & (km.survival <= 1))


@given(rows)
def test_limits_enclose_the_curve_wherever_they_exist(pairs: list[tuple[int, bool]]) -> None:
    for conf in CONFS:
        km = kaplan_meier(of(pairs), conf=conf)
        exists = ~np.isnan(km.low)
        assert np.all(km.low[exists] <= km.survival[exists] + 1e-12)
        assert np.all(km.high[exists] >= km.survival[exists] - 1e-12)


@given(rows)
def test_every_row_leaves_once(pairs: list[tuple[int, bool]]) -> None:
    table = kaplan_meier(of(pairs)).table
    assert table.events.sum() + table.censored.sum() == len(pairs)
    assert table.at_risk[0] == len(pairs)


@given(rows, st.integers(2, 4))
def test_a_whole_weight_counts_as_that_many_rows(pairs: list[tuple[int, bool]], times: int) -> None:
    one = of(pairs)
    heavy = kaplan_meier(TimeToEvent(one.time, one.observed, weight=np.full(len(one), float(times))))
    many = kaplan_meier(of(pairs * times))
    np.testing.assert_allclose(heavy.survival, many.survival, rtol=1e-12)
    np.testing.assert_allclose(heavy.std_err, many.std_err, rtol=1e-12)


@given(rows)
def test_without_censoring_the_restricted_mean_is_the_mean(pairs: list[tuple[int, bool]]) -> None:
    all_die = of([(t, True) for t, _ in pairs])
    assert kaplan_meier(all_die).restricted_mean().mean == pytest.approx(all_die.time.mean())


def test_a_flat_part_at_one_half_gives_its_midpoint() -> None:
    halves = TimeToEvent(np.array([1.0, 2.0, 5.0, 9.0]), np.ones(4, dtype=bool))
    assert kaplan_meier(halves).median[0] == 3.5


def test_rates_keep_the_last_value_with_nobody_at_risk() -> None:
    km = kaplan_meier(TimeToEvent(np.array([1.0, 2.0, 3.0]), np.array([True, False, False])))
    late, early = km.at(10.0), km.at(0.5)
    assert late.at_risk == 0.0
    assert late.survival == pytest.approx(2 / 3)
    assert (early.at_risk, early.survival, early.std_err, early.low) == (3.0, 1.0, 0.0, 1.0)


def test_an_event_at_a_time_is_still_at_risk_there() -> None:
    assert kaplan_meier(TimeToEvent(np.array([1.0, 2.0, 3.0]), np.ones(3, dtype=bool))).at(2.0).at_risk == 2.0


def test_the_followup_of_a_cohort_without_deaths_is_its_own_curve() -> None:
    months = TimeToEvent(np.array([10.0, 20.0, 30.0]), np.zeros(3, dtype=bool))
    assert follow_up(months).median[0] == 20.0


@pytest.mark.parametrize("conf", CONFS)
@pytest.mark.parametrize("name", EDGES)
def test_curves_are_those_of_r(name: str, conf: Limits, reference: Any, outcome: Make, same: Any) -> None:
    agrees(kaplan_meier(outcome(name), conf=conf), reference["km"][f"{name} {conf}"], same)


@pytest.mark.parametrize("weight", ["weight", "count"])
def test_weighted_curves_are_those_of_r(weight: str, reference: Any, outcome: Make, same: Any) -> None:
    agrees(kaplan_meier(outcome(weight=weight)), reference["km"][f"{weight} log"], same)


def test_weighted_curves_with_late_entry_are_those_of_r(reference: Any, outcome: Make, same: Any) -> None:
    agrees(kaplan_meier(outcome("late", "weight")), reference["km"]["late weight log"], same)


def test_clustered_errors_of_a_curve_are_those_of_r(reference: Any, outcome: Make, patients: Any, same: Any) -> None:
    agrees(kaplan_meier(outcome(), cluster=patients["site"]), reference["km"]["cluster log"], same)


def test_another_level_gives_other_limits_as_in_r(reference: Any, outcome: Make, same: Any) -> None:
    agrees(kaplan_meier(outcome(), level=0.9), reference["km"]["level log"], same)


def agrees(km: KaplanMeier, wanted: Any, same: Any) -> None:
    table, median = km.table, [km.quantile(share) for share in (0.25, 0.5, 0.75)]
    for ours, theirs in zip((table.time, table.at_risk, table.events), ("time", "at_risk", "events"), strict=True):
        same(ours, wanted[theirs])
    for ours, key in ((km.survival, "survival"), (km.std_err, "std_err"), (km.low, "low"), (km.high, "high")):
        same(ours, wanted[key])
    for i, key in enumerate(("quantile", "quantile_low", "quantile_high")):
        same([m[i] for m in median], wanted[key])
    mean = km.restricted_mean()
    same([mean.mean, mean.se], wanted["rmst"])


def test_a_robust_limit_stands_still_where_nothing_happens() -> None:
    time = np.array([5.0, 5, 10, 15, 20, 25, 35, 45, 55, 90])
    weight = np.array([1.86, 0.97, 1.76, 2.49, 3.08, 2.42, 2.38, 1.64, 4.72, 1.71])
    km = kaplan_meier(TimeToEvent(time, time == 5, weight=weight), conf="log-log", level=0.99)
    assert len(np.unique(km.low)) == len(np.unique(km.high)) == 1


def test_at_risk_between_two_times_counts_nobody_who_enters_later() -> None:
    late = TimeToEvent(np.array([4.0, 9.0, 9.0]), np.array([True, True, False]), entry=np.array([0.0, 1.0, 6.0]))
    assert [kaplan_meier(late).at(t).at_risk for t in (4.0, 5.0, 6.0, 7.0, 9.0, 10.0)] == [2, 1, 1, 2, 2, 0]


@pytest.mark.parametrize("conf", ["log", "log-log", "plain", "logit", "arcsin"])
def test_limits_before_the_first_event_are_one(conf: Any) -> None:
    rate = kaplan_meier(TimeToEvent(np.array([4.0, 9.0]), np.array([True, False])), conf=conf).at(2.0)
    assert (rate.survival, rate.std_err, rate.low, rate.high) == (1, 0, 1, 1)
