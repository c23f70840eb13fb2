"""Tests of many simulated trials at once: each is that of the survival core, row by row."""

import numpy as np
import pytest

from yttria.evidence.design.arm_tests import two_arm_tests
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
