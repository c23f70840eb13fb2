"""Tests of many simulated trials at once: each is that of the survival core, row by row."""

import numpy as np
import pytest

from yttria.evidence.design.arm_tests import ArmTests, two_arm_tests
from yttria.evidence.design.simulation import Scenario, draw_trials
from yttria.evidence.regression.cox import cox
from yttria.evidence.survival.logrank import logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError


@pytest.mark.parametrize("row", range(25))
def test_every_trial_has_the_log_rank_and_cox_of_the_survival_core(row: int) -> None:
    scenario = Scenario(24, 10, 0.6, accrual=12, follow_up=6, dropout=0.01)
    drawn = draw_trials(scenario, 25, seed=2)
    time, event = drawn.at(scenario.end)
    tests = two_arm_tests(time, event, scenario.arm)
    outcome = TimeToEvent(time[row], event[row])
    core, fit = logrank(outcome, scenario.arm.astype(int)).test, cox(outcome, scenario.arm[:, None].astype(float))
    assert core is not None
    assert tests.z[row] ** 2 == pytest.approx(core.chi2, rel=1e-9)
    assert tests.log_ratio[row] == pytest.approx(fit.coefficient(0).coef, rel=1e-7)
    assert tests.std_err[row] == pytest.approx(fit.coefficient(0).se, rel=1e-7)


def test_without_an_effect_five_per_cent_are_positive() -> None:
    scenario = Scenario(200, 10, 1.0, accrual=12, follow_up=24)
    tests = two_arm_tests(*draw_trials(scenario, 10_000, seed=3).at(scenario.end), scenario.arm)
    assert np.mean(np.abs(tests.z) > 1.96) == pytest.approx(0.05, abs=0.006)


def test_an_arm_without_event_has_an_endless_ratio() -> None:
    time, event = np.array([[1.0, 2, 3, 4]]), np.array([[False, False, True, True]])
    assert (
        two_arm_tests(time, event, np.array([True, True, False, False])).log_ratio[0]
        != two_arm_tests(time, event, np.array([False, False, True, True])).log_ratio[0]
    )
    tests = two_arm_tests(
        np.array([[3.0, 4, 1, 2]]), np.array([[False, False, True, True]]), np.array([True, True, False, False])
    )
    assert tests.log_ratio[0] == -np.inf


def test_tables_of_two_shapes_are_refused() -> None:
    with pytest.raises(EvidenceError, match="one table"):
        two_arm_tests(np.ones((2, 3)), np.ones((2, 4), dtype=bool), np.ones(3, dtype=bool))


def one_trial(time: list[float], event: list[int], treated: list[int]) -> ArmTests:
    return two_arm_tests(np.array([time], dtype=float), np.array([event], dtype=bool), np.array(treated, dtype=bool))


def test_the_statistic_is_observed_less_expected_over_its_deviation() -> None:
    # deaths of control, treated, control, treated: expected 1/2 + 2/3 + 1/2 + 1, variance 1/4 + 2/9 + 1/4
    found = one_trial([2, 4, 1, 3], [1, 1, 1, 1], [1, 1, 0, 0])
    assert found.z[0] == pytest.approx((2 - (1 / 2 + 2 / 3 + 1 / 2 + 1)) / np.sqrt(1 / 4 + 2 / 9 + 1 / 4))
    assert found.events[0] == 4


@pytest.mark.parametrize(
    ("event", "treated", "ratio"),
    [
        ([1, 1, 0, 0], [1, 1, 0, 0], np.inf),  # treated alone die, while control is at risk
        ([1, 1, 0, 0], [0, 0, 1, 1], -np.inf),
        ([0, 0, 1, 1], [0, 0, 1, 1], np.nan),  # nobody of the other arm is at risk any more
        ([0, 0, 0, 0], [1, 1, 0, 0], np.nan),
    ],
)
def test_a_ratio_is_endless_where_one_arm_alone_dies_and_none_where_nothing_can_be_told(
    event: list[int], treated: list[int], ratio: float
) -> None:
    found = one_trial([1, 2, 3, 4], event, treated)
    assert np.array_equal(found.log_ratio, [ratio], equal_nan=True)
    assert np.isnan(found.std_err[0])


@pytest.mark.parametrize("ratio", [1e-4, 0.02, 50.0, 1e4])
def test_a_ratio_far_from_one_is_found_too(ratio: float) -> None:
    # one of many treated (or control) dies first, then all of the others: the estimate is Cox's
    draw = np.random.default_rng(5)
    treated = np.arange(60) < 30
    time = draw.exponential(np.where(treated, 1 / ratio, 1.0)) if ratio < 1e3 else draw.exponential(1.0, 60)
    if not 1e-3 < ratio < 1e3:
        early, late = (treated, ~treated) if ratio > 1 else (~treated, treated)
        time = np.where(early, draw.uniform(0, 1, 60), draw.uniform(0.97, 2, 60))
        assert time[early].max() > time[late].min()
    found = two_arm_tests(time[None, :], np.ones((1, 60), dtype=bool), treated)
    fit = cox(TimeToEvent(time, np.ones(60, dtype=bool)), treated[:, None].astype(float)).coefficient(0)
    assert found.log_ratio[0] == pytest.approx(fit.coef, rel=1e-8)
    assert found.std_err[0] == pytest.approx(fit.se, rel=1e-8)
