"""Simulated trials beside formulas: power within its own chance, the same seed the same trials, and options that exclude one another."""

import math
from statistics import NormalDist
from typing import Any

import pytest

from yttria.app.services.trial_simulation import run_simulation
from yttria.contract.trial_simulation import SimulationRequest
from yttria.values.errors import YttriaError

SURVIVAL = {"hr": 0.5, "control_median": 12.0, "patients": 120, "follow_up": 60.0, "trials": 400, "seed": 5}
RATES = {"endpoint": "response", "rate_control": 0.36, "rate_treated": 0.71, "patients": 60, "trials": 2000, "seed": 5}


def simulated(base: dict[str, Any], **more: Any) -> Any:
    stated = {k: v for k, v in (base | more).items() if v is not None}
    return run_simulation(SimulationRequest.model_validate(stated))


def test_power_is_that_of_schoenfelds_formula_for_the_events_that_happen() -> None:
    """Schoenfeld 1983: Phi(sqrt(d / 4) |ln HR| - 1.96); three standard deviations of 400 draws and the formula's own error."""
    found = simulated(SURVIVAL, hr=0.65, patients=150).result
    wanted = NormalDist().cdf(math.sqrt(found.events_mean / 4) * abs(math.log(0.65)) - 1.959964)
    assert found.power == pytest.approx(wanted, abs=3 * math.sqrt(wanted * (1 - wanted) / 400) + 0.02)
    assert found.hr_geometric_mean == pytest.approx(0.65, rel=0.05)
    spread = 1.645 * 2 / math.sqrt(found.events_mean)
    assert (found.hr_p05, found.hr_median, found.hr_p95) == pytest.approx(
        (0.65 * math.exp(-spread), 0.65, 0.65 * math.exp(spread)), rel=0.08
    )
    assert found.power_low < found.power < found.power_high


def test_without_an_effect_the_trial_is_positive_half_as_often_as_alpha_says() -> None:
    found = simulated(SURVIVAL, hr=1.0, alpha=0.2, trials=1000).result
    assert found.power == pytest.approx(0.1, abs=3 * math.sqrt(0.09 / 1000))


def test_rates_have_the_power_of_the_normal_formula() -> None:
    """Without correction, n = 30 an arm."""
    p1, p2, n = 0.36, 0.71, 30
    mean = (p1 + p2) / 2
    z = (abs(p1 - p2) * math.sqrt(n) - 1.959964 * math.sqrt(2 * mean * (1 - mean))) / math.sqrt(
        p1 * (1 - p1) + p2 * (1 - p2)
    )
    found = simulated(RATES).result
    assert found.power == pytest.approx(NormalDist().cdf(z), abs=0.04)
    assert (found.endpoint, found.trials, found.patients) == ("response", 2000, 60)


def test_the_same_seed_gives_the_same_trials_and_another_gives_others() -> None:
    one, again, other = (simulated(SURVIVAL, seed=s, trials=50).result for s in (5, 5, 6))
    assert one == again
    assert one.hr_geometric_mean != other.hr_geometric_mean


def test_looks_stop_some_trials_early_with_a_ratio_that_is_too_good() -> None:
    found = simulated(SURVIVAL, hr=0.6, look_events="40,80").result.looks
    first, last = found.stages
    assert (first.events, last.events) == (40, 80)
    assert first.critical_z > last.critical_z
    assert found.power == pytest.approx(first.stopped + last.stopped)
    assert found.stopped_early.shown_hr < found.stopped_early.later_hr
    assert found.stopped_early.shown_hr < 0.6


def test_trials_that_show_a_good_ratio_early_show_less_later() -> None:
    answer = simulated(SURVIVAL, hr=0.7, look_events="30,80", shown_hr=0.5, trials=1500)
    found = answer.result.shown
    assert (found.hr, found.look_events) == (0.5, 30)
    assert found.shown_hr < found.later_hr
    assert [f.code for f in answer.findings] == ["estimate-regresses"]


@pytest.mark.parametrize(
    ("base", "more", "words"),
    [
        (SURVIVAL, {"seed": -1}, "--seed must be zero or more, but is -1"),
        (SURVIVAL, {"hr": None}, "--hr is needed for --endpoint survival"),
        (SURVIVAL, {"rate_control": 0.3}, "--rate-control is for --endpoint response"),
        (SURVIVAL, {"looks": 2}, "--looks is for --endpoint response"),
        (SURVIVAL, {"shown_hr": 0.4}, "--shown-hr needs a look at which it is shown"),
        (SURVIVAL, {"resected_treated": 0.3}, "a share resected needs its time, but --resection-at is not given"),
        (
            SURVIVAL,
            {"pace": "6:1,20:3", "accrual": 12.0},
            "--pace says how long accrual is, but --accrual is given too",
        ),
        (SURVIVAL, {"pace": "6,20"}, "--pace must be stretches as length:pace"),
        (RATES, {"rate_treated": None}, "--rate-treated is needed for --endpoint response"),
        (RATES, {"hr": 0.5}, "--hr is for --endpoint survival"),
    ],
)
def test_options_that_exclude_or_need_one_another_are_refused(
    base: dict[str, Any], more: dict[str, Any], words: str
) -> None:
    with pytest.raises(YttriaError, match=words):
        simulated(base, **more)
