"""Interim looks at simulated trials: what looks good early is less good later, and looks that do not fit are refused."""

import numpy as np
import pytest

from yttria.evidence.design.arm_tests import two_arm_tests
from yttria.evidence.design.interim_simulation import regression, run_interim_analyses
from yttria.evidence.design.simulation import Scenario, draw_trials
from yttria.values.errors import EvidenceError

PLAIN = Scenario(60, 10.7, 0.51, accrual=24, follow_up=24)


def test_trials_that_stop_early_show_more_than_the_same_patients_show_later() -> None:
    drawn = draw_trials(Scenario(60, 10.7, 0.51, accrual=26, follow_up=47), 5000, seed=9)
    seen = run_interim_analyses(drawn, (34, 49), (2.45, 2.0))
    early = seen.positive & (seen.stage == 0)
    shown, later = (float(np.exp(t.log_ratio[early].mean())) for t in (seen.earlier, seen.later))
    assert shown < later < 0.51


def test_a_ratio_picked_because_it_looks_good_regresses() -> None:
    drawn = draw_trials(Scenario(60, 10.7, 0.51, accrual=26, follow_up=47), 5000, seed=10)
    arm = drawn.scenario.arm
    early = two_arm_tests(*drawn.at(drawn.when_events(34)), arm)
    found = regression(early, two_arm_tests(*drawn.at(drawn.scenario.end), arm), 0.42)
    assert found.earlier == pytest.approx(0.42, abs=0.01)
    assert found.earlier < found.later < 0.51
    assert found.later_above > 0.5


def test_looks_that_do_not_ascend_and_a_ratio_that_nobody_showed_are_refused() -> None:
    trials = draw_trials(PLAIN, 40, seed=1)
    with pytest.raises(EvidenceError, match="ascending"):
        run_interim_analyses(trials, (40, 30), (2, 2))
    tests = two_arm_tests(*trials.at(PLAIN.end), PLAIN.arm)
    with pytest.raises(EvidenceError, match="30 are needed"):
        regression(tests, tests, 0.01)
