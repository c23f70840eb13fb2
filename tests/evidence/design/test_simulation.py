"""Simulated trials: who enters, dies, drops out and crosses over as the scenario says; power near that of formulas and rpact."""

import math
import re
from typing import Any

import numpy as np
import pytest

from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.arm_tests import two_arm_tests
from yttria.evidence.design.interim_simulation import run_interim_analyses
from yttria.evidence.design.sample_size import Aim
from yttria.evidence.design.simulation import MOST_PATIENTS_AT_ONCE, Resection, Scenario, Trials, draw_trials
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


# one trial by hand


def by_hand(entry: list[float], death: list[float], dropout: list[float]) -> Trials:
    scenario = Scenario(len(entry), 10, 0.5, accrual=5, follow_up=5)
    return Trials(scenario, *(np.array([row], dtype=float) for row in (entry, death, dropout)))


@pytest.mark.parametrize(
    ("when", "time", "event"),
    [
        (4.0, [4, 2, 0, 0], [0, 0, 0, 0]),
        (5.0, [5, 3, 1, 0], [1, 0, 0, 0]),  # the death at 5 is in the look at 5
        (7.0, [5, 4, 3, 1], [1, 0, 1, 0]),  # who left at 4 after entry is followed to it
        (99.0, [5, 4, 3, 2], [1, 0, 1, 1]),  # a death on the day of leaving is a death
    ],
)
def test_a_look_sees_what_had_happened_by_then(when: float, time: list[float], event: list[int]) -> None:
    drawn = by_hand([0, 2, 4, 6], [5, 9, 3, 2], [99, 4, 99, 2])
    for asked in (when, np.array([when])):
        found = drawn.at(asked)
        assert found[0].tolist() == [time]
        assert found[1].astype(int).tolist() == [event]


def test_the_nth_event_happens_on_its_day_of_the_calendar() -> None:
    drawn = by_hand([0, 2, 4, 6], [5, 9, 3, 2], [99, 4, 99, 2])
    assert [float(drawn.when_events(n)[0]) for n in (1, 2, 3, 4)] == [5, 7, 8, math.inf]
    for events in (0, 5):
        with pytest.raises(EvidenceError, match=f"^a look needs from 1 to 4 events, but {events} were asked; choose between$"):  # fmt: skip
            drawn.when_events(events)


@pytest.mark.parametrize(("patients", "share", "treated"), [(60, 0.5, 30), (61, 0.5, 30), (63, 0.5, 32), (10, 0.06, 1), (10, 0.94, 9), (2, 0.5, 1)])  # fmt: skip
def test_the_first_patients_are_treated_the_share_of_them_that_is_asked_for(
    patients: int, share: float, treated: int
) -> None:
    scenario = Scenario(patients, 10, 0.5, treated_share=share)
    assert scenario.treated == treated
    assert scenario.arm.tolist() == [True] * treated + [False] * (patients - treated)


def test_a_trial_ends_with_its_follow_up_after_its_accrual() -> None:
    assert Scenario(10, 10, 0.5, accrual=24, follow_up=6).end == 30
    drawn = draw_trials(Scenario(10, 10, 0.5, accrual=0, follow_up=6), 3, seed=1)
    assert not drawn.entry.any()
    assert np.isinf(drawn.dropout).all()
    assert drawn.death.shape == (3, 10)


def test_entries_are_even_over_the_accrual_or_at_its_pace() -> None:
    even = draw_trials(Scenario(100, 10, 0.5, accrual=10), 100, seed=1).entry
    slow = draw_trials(Scenario(100, 10, 0.5, accrual=10, pace=AccrualPattern(((5, 1), (5, 3)))), 100, seed=1).entry
    assert np.mean(even < 5) == pytest.approx(0.5, abs=0.02)
    assert np.mean(slow < 5) == pytest.approx(0.25, abs=0.02)
    assert 0 <= slow.min() < slow.max() <= 10


def test_dropout_is_a_rate() -> None:
    left = draw_trials(Scenario(100, 10, 0.5, dropout=0.05), 200, seed=1).dropout
    assert np.mean(left > 20) == pytest.approx(math.exp(-1), abs=0.01)


def test_a_resection_before_the_effect_begins_lowers_the_hazard_from_then_on() -> None:
    drawn = draw_trials(Scenario(400, 10, 0.5, delay=6, resection=Resection(3, 1.0, 0.0, 0.2)), 300, seed=8)
    base = math.log(2) / 10
    treated, control = drawn.death[:, :200], drawn.death[:, 200:]
    for months, hazard in ((3, 3 * base), (5, 3 * base + 2 * 0.2 * base), (6, 3 * base + 3 * 0.2 * base), (26, 3 * base + 3 * 0.2 * base + 20 * 0.1 * base)):  # fmt: skip
        assert np.mean(treated > months) == pytest.approx(math.exp(-hazard), abs=0.01)
        assert np.mean(control > months) == pytest.approx(math.exp(-months * base), abs=0.01)


# at the edge


@pytest.mark.parametrize(
    "cells",
    [
        {"patients": 2}, {"hazard_ratio": 1e-6}, {"delay": 0.0}, {"accrual": 1e-9, "follow_up": 0.0}, {"accrual": 0.0, "follow_up": 1e-9},
        {"cured": 0.0}, {"cured": 0.999}, {"dropout": 0.0},
    ],
)  # fmt: skip
def test_a_scenario_at_the_edge_of_what_can_be_is_one(cells: dict[str, Any]) -> None:
    assert Scenario(**({"patients": 60, "control_median": 10.0, "hazard_ratio": 0.5} | cells)).patients >= 2


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"patients": 1}, "a trial needs two patients or more, but has 1; one in each arm at least"),
        ({"control_median": 0.0}, "median of the control arm must be above zero, but is 0; check the entry"),
        ({"control_median": math.inf}, "median of the control arm must be above zero, but is inf; check the entry"),
        ({"hazard_ratio": -0.1}, "hazard ratio must be above zero, but is -0.1; check the entry"),
        ({"delay": -0.1}, "delay must be zero or more, but is -0.1; check the entry"),
        ({"accrual": math.inf}, "accrual must be zero or more, but is inf; check the entry"),
        ({"follow_up": -1.0}, "follow-up must be zero or more, and not zero without accrual, but is -1"),
        ({"accrual": 10.0, "pace": AccrualPattern(((5, 1), (6, 1)))}, "the stretches of accrual must be as long as the accrual, 10, but are 11; correct one"),
        ({"cured": 1.0}, "the cured share must lie from 0 to below 1, but is 1; write per cent as a fraction"),
        ({"cured": -0.1}, "the cured share must lie from 0 to below 1, but is -0.1; write per cent as a fraction"),
        ({"treated_share": 1.0}, "both arms need a patient, but a treated share of 1 of 60 leaves one empty; write a fraction between"),
        ({"treated_share": 0.008}, "both arms need a patient, but a treated share of 0.008 of 60 leaves one empty; write a fraction between"),
    ],
)  # fmt: skip
def test_a_scenario_just_beyond_it_is_refused_with_its_number(cells: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        Scenario(**({"patients": 60, "control_median": 10.0, "hazard_ratio": 0.5} | cells))


def test_more_trials_than_memory_holds_are_refused_with_how_many_fit() -> None:
    scenario = Scenario(60, 10, 0.5)
    fit = MOST_PATIENTS_AT_ONCE // 60
    with pytest.raises(EvidenceError, match=f"^at most {fit} trials of 60 can be drawn at once, but {fit + 1} were asked; draw fewer$"):  # fmt: skip
        draw_trials(scenario, fit + 1, seed=1)


def test_one_trial_can_be_drawn_and_its_hazards_are_those_of_its_arms() -> None:
    drawn = draw_trials(Scenario(4, 10, 0.5), 1, seed=3)
    need = np.random.default_rng(3).exponential(1.0, (1, 4))
    assert len(drawn) == 1
    assert drawn.death == pytest.approx(need / (math.log(2) / 10 * np.array([[0.5, 0.5, 1, 1]])), rel=1e-12)
