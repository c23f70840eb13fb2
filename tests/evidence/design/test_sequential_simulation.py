"""Simulated trials at their looks: errors kept, delays found by MaxCombo, rates as their exact chances have them."""

import math

import numpy as np
import pytest

from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.rate_sample_size import RateComparison
from yttria.evidence.design.sequential_design import sequential_design
from yttria.evidence.design.sequential_simulation import RateScenario, rate_stops, survival_stops, weighted_statistics
from yttria.evidence.design.simulation import MOST_PATIENTS_AT_ONCE, Scenario, draw_trials
from yttria.evidence.survival.maxcombo import z_scores
from yttria.evidence.survival.weighted_logrank import weighted_logrank
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError

TRIALS = 6000


def within(share: float, sizes: float = 4) -> float:
    return sizes * math.sqrt(share * (1 - share) / TRIALS)


@pytest.mark.parametrize("futility", [None, "beta:obf"])
def test_type_one_error_is_half_of_a_two_sided_alpha(futility: None) -> None:
    drawn = draw_trials(Scenario(120, 12.0, 1.0, accrual=12, follow_up=40), TRIALS, seed=4)
    design = sequential_design("obrien-fleming", [0.5, 1], futility=futility, binding=futility is not None)
    logrank, maxcombo = survival_stops(drawn, [50, 100], design)
    assert logrank.power == pytest.approx(0.025, abs=within(0.025) + 0.002)
    assert 0.01 < maxcombo.power < 0.032
    assert sum(maxcombo.futility) == 0
    total = sum(logrank.efficacy) + sum(logrank.futility)
    assert total == pytest.approx(1.0) if futility else total < 0.05


def test_a_delayed_effect_is_found_by_maxcombo_and_proportional_hazards_by_the_log_rank_test() -> None:
    one = sequential_design("obrien-fleming", [1.0])
    late = draw_trials(Scenario(300, 12.0, 0.5, delay=9, accrual=12, follow_up=36), TRIALS, seed=1)
    even = draw_trials(Scenario(120, 12.0, 0.6, accrual=12, follow_up=36), TRIALS, seed=1)
    logrank, maxcombo = survival_stops(late, None, one)
    assert maxcombo.power > logrank.power + 0.03
    logrank, maxcombo = survival_stops(even, None, one)
    assert logrank.power > maxcombo.power


def test_the_cured_never_have_the_event_and_the_others_keep_their_median() -> None:
    drawn = draw_trials(Scenario(200, 10.0, 0.5, cured=0.3), 300, seed=2)
    control = drawn.death[:, ~drawn.scenario.arm]
    assert np.isinf(control).mean() == pytest.approx(0.3, abs=0.01)
    assert np.median(control[np.isfinite(control)]) == pytest.approx(10.0, rel=0.03)
    with pytest.raises(EvidenceError, match="cured"):
        Scenario(200, 10.0, 0.5, cured=1.0)


def test_statistics_of_many_trials_are_those_of_each() -> None:
    drawn = draw_trials(Scenario(40, 10.0, 0.5, accrual=10, follow_up=12), 5, seed=3)
    time, event = drawn.at(15.0)
    z = z_scores(*weighted_statistics(time, event, drawn.scenario.arm))
    for row in range(5):
        single = weighted_logrank(TimeToEvent(time[row], event[row]), drawn.scenario.arm)
        assert z[row] == pytest.approx([t.z for t in single.tests], rel=1e-9)


def test_patients_and_months_at_the_stop_are_those_of_the_calendar() -> None:
    drawn = draw_trials(Scenario(60, 10.0, 0.01, accrual=24, follow_up=36), 500, seed=3)
    logrank, _ = survival_stops(drawn, [20, 40], sequential_design("pocock", [0.5, 1]))
    when = drawn.when_events(20)
    assert logrank.efficacy[0] == 1.0
    assert logrank.patients == pytest.approx((drawn.entry <= when[:, None]).sum(axis=1).mean())
    assert logrank.months == pytest.approx((when - drawn.entry.min(axis=1)).mean())


def test_one_look_at_two_rates_has_the_chance_of_its_tables() -> None:
    design = sequential_design("obrien-fleming", [1.0])
    stops = rate_stops(RateScenario(31, 31, 0.71, 0.36), design, TRIALS, seed=1)
    exact = 0.0
    for i in range(32):
        for j in range(32):
            pooled = (i + j) / 62
            error = math.sqrt(pooled * (1 - pooled) * 2 / 31)
            if error > 0 and (i - j) / 31 / error >= 1.959963984540054:
                exact += math.comb(31, i) * 0.71**i * 0.29 ** (31 - i) * math.comb(31, j) * 0.36**j * 0.64 ** (31 - j)
    assert stops.power == pytest.approx(exact, abs=within(exact))
    assert abs(exact - RateComparison(0.36, 0.71).normal_power(31, 31)) < 0.03
    assert stops.months is None


def test_looks_at_rates_have_their_share_of_the_patients() -> None:
    design = sequential_design("obrien-fleming", [0.5, 1], futility="conditional")
    stops = rate_stops(RateScenario(40, 20, 0.3, 0.3, AccrualPattern(((24.0, 1.0),))), design, TRIALS, seed=1)
    early = stops.efficacy[0] + stops.futility[0]
    assert stops.patients == pytest.approx(30 * early + 60 * (1 - early))
    assert stops.months == pytest.approx(24 * (29 * early + 59 * (1 - early)) / 61, rel=0.02)
    assert stops.power < 0.035


def test_the_lower_rate_is_the_better_one_where_the_treated_are_to_have_it() -> None:
    design = sequential_design("obrien-fleming", [1.0])
    up = rate_stops(RateScenario(40, 40, 0.6, 0.3), design, 2000, seed=1).power
    down = rate_stops(RateScenario(40, 40, 0.3, 0.6), design, 2000, seed=1).power
    assert abs(up - down) < 0.04


def test_looks_at_the_same_patients_are_refused() -> None:
    with pytest.raises(EvidenceError, match="same patients"):
        rate_stops(RateScenario(2, 2, 0.5, 0.4), sequential_design("pocock", [0.5, 0.6, 1]), 10, seed=1)


# at the edge


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"treated": 0}, "both arms need a patient, but have 0 and 20; give more patients"),
        ({"control": 0}, "both arms need a patient, but have 20 and 0; give more patients"),
    ],
)
def test_a_scenario_of_rates_needs_a_patient_in_each_arm(words: dict[str, int], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{message}$"):
        RateScenario(words.get("treated", 20), words.get("control", 20), 0.5, 0.4)
    assert RateScenario(1, 1, 0.0, 1.0).rate_control == 1


def test_no_trial_and_more_trials_of_rates_than_memory_holds_are_refused() -> None:
    design, scenario = sequential_design("obrien-fleming", [1.0]), RateScenario(31, 29, 0.5, 0.4)
    with pytest.raises(EvidenceError, match=r"^at least one trial must be drawn, but 0 were asked; 10000 is usual$"):
        rate_stops(scenario, design, 0, seed=1)
    fit = MOST_PATIENTS_AT_ONCE // 60
    with pytest.raises(EvidenceError, match=f"^at most {fit} trials of 60 can be drawn at once, but {fit + 1} were asked; draw fewer$"):  # fmt: skip
        rate_stops(scenario, design, fit + 1, seed=1)
    assert rate_stops(scenario, design, 1, seed=1).patients == 60


@pytest.mark.parametrize(("treated", "control", "power"), [(1.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (0.0, 0.0, 0.0)])  # fmt: skip
def test_rates_of_all_and_none_are_shown_always_and_equal_ones_never(
    treated: float, control: float, power: float
) -> None:
    design = sequential_design("obrien-fleming", [1.0])
    assert rate_stops(RateScenario(20, 20, treated, control), design, 50, seed=1).power == power


def test_looks_at_rates_hold_the_rounded_share_of_each_arm() -> None:
    # 0.3 of 11 and of 5 are 3 and 2 (1.5 to the even), then all
    design = sequential_design("pocock", [0.3, 1], futility=None)
    stops = rate_stops(RateScenario(11, 5, 1.0, 0.0), design, 20, seed=1)
    assert stops.patients in (5, 16)
    assert stops.patients == pytest.approx(5 * stops.efficacy[0] + 16 * (1 - stops.efficacy[0]))


def test_a_look_has_a_patient_of_each_arm_at_least() -> None:
    # a tenth of two patients is nobody, and one is looked at
    design = sequential_design("pocock", [0.1, 1])
    stops = rate_stops(RateScenario(2, 2, 1.0, 0.0), design, 10, seed=1)
    assert stops.patients == pytest.approx(2 * stops.efficacy[0] + 4 * (1 - stops.efficacy[0]))


def test_a_trial_is_found_by_maxcombo_where_its_own_p_is_below_that_of_the_look() -> None:
    drawn = draw_trials(Scenario(60, 10.0, 0.45, accrual=10, follow_up=24), 60, seed=5)
    _, maxcombo = survival_stops(drawn, None, sequential_design("obrien-fleming", [1.0]))
    time, event = drawn.at(drawn.scenario.end)
    positive = 0
    for row in range(60):
        single = weighted_logrank(TimeToEvent(time[row], event[row]), drawn.scenario.arm)
        largest = max(single.tests, key=lambda test: abs(test.z))
        positive += largest.z < 0 and single.maxcombo_p <= 0.05
    assert 0 < positive < 60
    assert maxcombo.power == pytest.approx(positive / 60, abs=1e-12)
