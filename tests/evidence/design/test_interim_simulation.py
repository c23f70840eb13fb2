"""Interim looks at simulated trials: what looks good early is less good later, and looks that do not fit are refused."""

import math

import numpy as np
import pytest

from yttria.evidence.design.arm_tests import ArmTests, two_arm_tests
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


def shown(log_ratio: list[float]) -> ArmTests:
    values = np.array(log_ratio)
    return ArmTests(values, values, np.ones(len(values)), np.ones(len(values), dtype=np.int64))


@pytest.mark.parametrize(("ratio", "nearer"), [(0.5, 0.6), (2.0, 1 / 0.6)])
def test_what_became_of_a_ratio_is_the_mean_of_the_trials_that_showed_it(ratio: float, nearer: float) -> None:
    # 30 of 100 showed it, 20 of them a ratio nearer to one later and 10 one farther away
    b, near, far = math.log(ratio), math.log(nearer), 1.5 * math.log(ratio)
    found = regression(shown([b] * 30 + [5.0] * 70), shown([near] * 20 + [far] * 10 + [0.0] * 70), ratio)
    assert (found.trials, found.share, found.later_above) == pytest.approx((30, 0.3, 2 / 3))
    assert found.earlier == pytest.approx(ratio)
    assert found.later == pytest.approx(math.exp((20 * near + 10 * far) / 30))


@pytest.mark.parametrize(("apart", "later", "count"), [(0.0999, 0.0, 30), (-0.0999, 0.0, 30), (0.1001, 0.0, 29), (0.0, math.inf, 29)])  # fmt: skip
def test_a_tenth_on_the_log_scale_shows_a_ratio_and_what_ends_without_one_does_not(
    apart: float, later: float, count: int
) -> None:
    early, late = shown([-0.5] * 29 + [-0.5 + apart]), shown([0.0] * 29 + [later])
    if count == 30:
        assert regression(early, late, math.exp(-0.5)).trials == 30
        return
    with pytest.raises(EvidenceError, match="was shown by 29 trials only, and 30 are needed; draw more trials"):
        regression(early, late, math.exp(-0.5))


def test_a_trial_stops_at_the_first_look_that_it_passes_and_is_looked_at_last_otherwise() -> None:
    drawn, events, limits = draw_trials(PLAIN, 400, seed=12), (15, 25, 35), (2.4, 2.2, 2.0)
    found = run_interim_analyses(drawn, events, limits)
    z = [two_arm_tests(*drawn.at(np.minimum(drawn.when_events(n), PLAIN.end)), PLAIN.arm).z for n in events]
    for trial in range(400):
        passed = [k for k in range(3) if z[k][trial] <= -limits[k]]
        assert found.stage[trial] == (passed[0] if passed else 2)
        assert found.positive[trial] == bool(passed)
        assert found.earlier.z[trial] == z[found.stage[trial]][trial]
    assert 0 < found.positive.sum() < 400
    later = two_arm_tests(*drawn.at(PLAIN.end), PLAIN.arm)
    assert np.array_equal(found.later.log_ratio, later.log_ratio)
    for wrong in (((15, 25), (2.4,)), ((15, 15), (2.4, 2.0))):
        with pytest.raises(EvidenceError, match="one critical value each"):
            run_interim_analyses(drawn, *wrong)
