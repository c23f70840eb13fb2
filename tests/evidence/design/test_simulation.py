"""Simulated trials: who enters, dies, drops out and crosses over as the scenario says; power near that of formulas and rpact."""

import math

import numpy as np
import pytest

from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.arm_tests import two_arm_tests
from yttria.evidence.design.interim_simulation import run_interim_analyses
from yttria.evidence.design.sample_size import Aim
from yttria.evidence.design.simulation import Resection, Scenario, draw_trials
from yttria.values.errors import EvidenceError, QuantityError

PLAIN = Scenario(60, 10.7, 0.51, accrual=24, follow_up=24)

# laws


def test_the_same_seed_gives_the_same_trials_and_another_does_not() -> None:
    one, two, other = (draw_trials(PLAIN, 3, seed=s).death for s in (1, 1, 2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_who_has_not_entered_is_at_risk_of_nothing() -> None:
    drawn = draw_trials(PLAIN, 5, seed=4)
    time, event = drawn.at(12.0)
    outside = drawn.entry > 12
    assert not event[outside].any()
    assert (time[outside] == 0).all()


# known answers


def test_power_is_near_schoenfelds() -> None:
    tests = two_arm_tests(*(drawn := draw_trials(PLAIN, 8000, seed=5)).at(PLAIN.end), PLAIN.arm)
    wanted = Aim(0.51).schoenfeld_power(float(tests.events.mean()))
    assert np.mean(tests.z < -1.96) == pytest.approx(wanted, abs=0.03)
    assert len(drawn) == 8000


@pytest.mark.parametrize(
    ("scenario", "events", "power"),
    [
        (
            Scenario(60, 10.7, 0.51, accrual=26, follow_up=400, delay=3, pace=AccrualPattern(((6, 1), (20, 3)))),
            49,
            0.444,
        ),
        (Scenario(60, 10.7, 0.51, accrual=26, follow_up=400, dropout=-math.log(0.9) / 12), 35, 0.504),
    ],
)
def test_power_with_delay_slow_accrual_and_dropout_is_that_of_rpact(
    scenario: Scenario, events: int, power: float
) -> None:
    # rpact 3.3.4, getSimulationSurvival, 20,000 trials: 0.4442 (no effect for 3 months), 0.5037 (a tenth lost by 12 months)
    found = run_interim_analyses(draw_trials(scenario, 6000, seed=1), [events], [1.959964])
    assert found.positive.mean() == pytest.approx(power, abs=0.02)


def test_medians_are_those_asked_for() -> None:
    drawn = draw_trials(Scenario(400, 10.7, 0.51), 100, seed=6)
    assert np.median(drawn.death[:, 200:]) == pytest.approx(10.7, rel=0.02)
    assert np.median(drawn.death[:, :200]) == pytest.approx(10.7 / 0.51, rel=0.02)


def test_a_delayed_effect_leaves_the_start_alone_and_bends_the_rest() -> None:
    drawn = draw_trials(Scenario(400, 10, 0.3, delay=6), 200, seed=7)
    treated = drawn.death[:, :200]
    base = math.log(2) / 10
    assert np.mean(treated > 6) == pytest.approx(math.exp(-6 * base), abs=0.01)
    assert np.mean(treated > 16) == pytest.approx(math.exp(-6 * base - 10 * base * 0.3), abs=0.01)


def test_resection_gives_the_mixture_of_hazards_it_describes() -> None:
    scenario = Scenario(400, 10, 0.8, delay=3, resection=Resection(6, 0.4, 0.1, 0.2))
    drawn = draw_trials(scenario, 300, seed=8)
    base = math.log(2) / 10
    alive = math.exp(-base * 3 - 0.8 * base * 3)
    for months in (4, 5):  # between the delay and the resection
        wanted = math.exp(-base * 3 - 0.8 * base * (months - 3))
        assert np.mean(drawn.death[:, :200] > months) == pytest.approx(wanted, abs=0.01)
    wanted = alive * (0.4 * math.exp(-0.2 * 0.8 * base * 10) + 0.6 * math.exp(-0.8 * base * 10))
    assert np.mean(drawn.death[:, :200] > 16) == pytest.approx(wanted, abs=0.01)
    control = math.exp(-base * 6) * (0.1 * math.exp(-0.2 * base * 10) + 0.9 * math.exp(-base * 10))
    assert np.mean(drawn.death[:, 200:] > 16) == pytest.approx(control, abs=0.01)


def test_looks_happen_at_their_events() -> None:
    drawn = draw_trials(PLAIN, 50, seed=11)
    _, event = drawn.at(drawn.when_events(20))
    assert (event.sum(axis=1) == 20).all()


# refusals


def test_scenarios_that_cannot_be_are_refused() -> None:
    for scenario, why in (
        ({"patients": 1}, "two patients"), ({"hazard_ratio": 0.0}, "hazard ratio"), ({"treated_share": 0.001}, "leaves one empty"),
        ({"dropout": -1.0}, "dropout"), ({"follow_up": 0.0}, "follow-up"),
    ):  # fmt: skip
        with pytest.raises(EvidenceError, match=why):
            Scenario(**({"patients": 60, "control_median": 10.0, "hazard_ratio": 0.5} | scenario))
    with pytest.raises(QuantityError, match="share resected"):
        Resection(6, 40, 0.1, 0.2)
    with pytest.raises(EvidenceError, match="time of resection"):
        Resection(0, 0.4, 0.1, 0.2)


def test_events_and_trials_that_cannot_be_are_refused() -> None:
    drawn = draw_trials(PLAIN, 40, seed=1)
    with pytest.raises(EvidenceError, match="from 1 to 60"):
        drawn.when_events(61)
    with pytest.raises(EvidenceError, match="at least one trial"):
        draw_trials(PLAIN, 0, seed=1)
