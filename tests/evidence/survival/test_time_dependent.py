"""Changes during follow-up: cut rows, landmarks, cut follow-up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.time_dependent import (
    cohort_at_landmark,
    cohort_censored_at,
    cohort_cut,
    cohort_naive,
    cut_at,
)
from yttria.values.cohort import Cohort, TimeToEvent
from yttria.values.errors import EvidenceError

Make = Callable[..., TimeToEvent]


def test_a_time_varying_model_is_that_of_r(outcome: Make, patients: Any, reference: Any, same: Any) -> None:
    cut, wanted = cut_at(outcome(), patients["change"]), reference["varying"]
    fit = cox(cut.outcome, cut.changed[:, None].astype(float))
    assert len(cut.source) == wanted["rows"][0]
    same(fit.coef, wanted["coef"])
    same(fit.variance, wanted["variance"])
    same([fit.loglik_null, fit.loglik], wanted["loglik"])
    same(fit.score.chi2, wanted["score"], 1e-8)


def test_cutting_loses_no_event_and_no_time(outcome: Make, patients: Any) -> None:
    plain = outcome()
    cut = cut_at(plain, patients["change"]).outcome
    assert cut.entry is not None
    assert cut.events == plain.events
    assert (cut.time - cut.entry).sum() == pytest.approx(plain.time.sum())


def test_a_later_change_taken_for_a_baseline_fact_looks_better_than_it_is(outcome: Make, patients: Any) -> None:
    cohort = Cohort(outcome())
    naive, honest = (make(cohort, "x", patients["change"]) for make in (cohort_naive, cohort_cut))

    def effect(part: Cohort) -> float:
        numbers = part["x"].numbers
        assert numbers is not None
        return float(cox(part.outcome, numbers[:, None]).coef[0])

    assert effect(naive) < effect(honest)


def test_a_change_at_the_very_event_is_not_credited_with_it() -> None:
    cut = cut_at(TimeToEvent(np.array([5.0, 8.0]), np.array([True, True])), np.array([5.0, np.nan]))
    assert cut.changed.tolist() == [False, False]


def test_a_change_before_entry_was_always_there() -> None:
    late = TimeToEvent(np.array([5.0, 8.0]), np.array([True, True]), entry=np.array([2.0, 0.0]))
    cut = cut_at(late, np.array([1.0, np.nan]))
    assert cut.changed.tolist() == [True, False]


def test_a_landmark_keeps_who_is_followed_beyond_it_and_what_was_known(outcome: Make) -> None:
    cohort = Cohort(TimeToEvent(np.array([2.0, 6.0, 7.0, 9.0]), np.array([True, True, False, True])))
    part = cohort_at_landmark(cohort, 6.0, {"x": np.array([1.0, np.nan, 6.0, 8.0])})
    assert part.outcome.time.tolist() == [1.0, 3.0]
    assert part["x"].numbers is not None
    assert part["x"].numbers.tolist() == [1.0, 0.0]


def test_an_event_at_the_cut_becomes_censored_there() -> None:
    cohort = Cohort(TimeToEvent(np.array([4.0, 6.0, 9.0]), np.ones(3, dtype=bool)), causes=("a", "b", "a"))
    cut = cohort_censored_at(cohort, np.array([np.nan, 6.0, 7.0]))
    assert cut.outcome.time.tolist() == [4.0, 6.0, 7.0]
    assert cut.outcome.observed.tolist() == [True, False, False]
    assert cut.causes == ("a", None, None)


def test_who_enters_after_the_cut_is_left_out() -> None:
    late = TimeToEvent(np.array([4.0, 6.0]), np.ones(2, dtype=bool), entry=np.array([0.0, 3.0]))
    assert len(cohort_censored_at(Cohort(late, causes=("a", "b")), np.array([np.nan, 2.0]))) == 1


def test_a_landmark_after_all_follow_up_is_refused(outcome: Make) -> None:
    with pytest.raises(EvidenceError, match="choose an earlier one"):
        cohort_at_landmark(Cohort(outcome()), 1e6, {})


@pytest.mark.parametrize(("at", "entry"), [(1.0, [0.0, 1.0, 5.0]), (4.0, [0.0, 0.0, 2.0]), (6.0, None), (7.0, None)])
def test_late_entry_counts_from_the_landmark_and_falls_away_where_all_have_entered(
    at: float, entry: list[float] | None
) -> None:
    late = TimeToEvent(np.array([8.0, 9.0, 10.0]), np.ones(3, dtype=bool), entry=np.array([0.0, 2.0, 6.0]))
    found = cohort_at_landmark(Cohort(late), at, {}).outcome.entry
    assert (None if found is None else found.tolist()) == entry
