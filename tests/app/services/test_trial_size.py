"""How large a trial must be: Schoenfeld's and Freedman's formulas by hand, rates by the normal formula, options that exclude one another."""

import math
from typing import Any

import pytest

from yttria.app.services.trial_size import run_power
from yttria.contract.trial_power import PowerRequest
from yttria.values.errors import IntakeError

Z = 1.959963984540054 + 0.8416212335729143  # R: qnorm(0.975) + qnorm(0.8)


def power(**stated: Any) -> Any:
    return run_power(PowerRequest.model_validate(stated)).result


def test_events_are_those_of_schoenfeld_and_freedman() -> None:
    """Schoenfeld 1983: z^2 / (p q ln^2 HR); Freedman 1982: z^2 ((1 + HR) / (1 - HR))^2 for even arms."""
    found = power(hr=0.5, power=0.8)
    assert found.schoenfeld_events == math.ceil(Z**2 / (0.25 * math.log(2) ** 2)) == 66
    assert found.freedman_events == math.ceil(Z**2 * 9) == 71
    assert (found.treated_share, found.alpha, found.sides, found.power) == (0.5, 0.05, 2, 0.8)


def test_uneven_arms_need_more_events() -> None:
    found = power(hr=0.5, power=0.8, allocation=2)
    assert found.treated_share == pytest.approx(2 / 3)
    assert found.schoenfeld_events == math.ceil(Z**2 / (2 / 9 * math.log(2) ** 2))


def test_events_that_there_will_be_have_their_power() -> None:
    """R: pnorm(sqrt(66 / 4) * log(2) - qnorm(0.975))."""
    found = power(hr=0.5, events=66)
    assert found.schoenfeld_power == pytest.approx(
        0.5 * (1 + math.erf((math.sqrt(66 / 4) * math.log(2) - 1.959963984540054) / math.sqrt(2))), abs=1e-6
    )


def test_patients_follow_from_the_chance_of_an_event() -> None:
    """Everybody enters at once and is followed one median: half of the controls die; of the treated 1 - 0.5^0.5."""
    found = power(hr=0.5, power=0.8, control_median=12, follow_up=12)
    assert found.event_chance_control == pytest.approx(0.5)
    assert found.event_chance_treated == pytest.approx(1 - 0.5**0.5)
    chance = (0.5 + 1 - 0.5**0.5) / 2
    assert found.schoenfeld_patients == pytest.approx(66 / chance, abs=1)
    assert found.freedman_patients == pytest.approx(71 / chance, abs=1)


def test_rates_need_the_patients_of_the_normal_formula() -> None:
    """Fleiss: (z_a sqrt(2 p q) + z_b sqrt(p1 q1 + p2 q2))^2 / (p1 - p2)^2 an arm."""
    p1, p2 = 0.36, 0.71
    mean = (p1 + p2) / 2
    root = 1.959963984540054 * math.sqrt(2 * mean * (1 - mean)) + 0.8416212335729143 * math.sqrt(
        p1 * (1 - p1) + p2 * (1 - p2)
    )
    found = power(endpoint="response", rate_control=p1, rate_treated=p2)
    assert found.n_treated == found.n_control == math.ceil((root / (p1 - p2)) ** 2)
    assert found.power >= 0.8


@pytest.mark.parametrize(
    ("stated", "words"),
    [
        ({}, "--hr is needed for survival, but is not given"),
        ({"hr": 0.5}, "exactly one of --power and --events is needed"),
        ({"hr": 0.5, "power": 0.8, "events": 66}, "exactly one of --power and --events"),
        ({"hr": 0.5, "power": 0.8, "accrual": 12}, "--control-median is not given"),
        ({"hr": 0.5, "power": 0.8, "follow_up": 12}, "--control-median is not given"),
        ({"hr": 0.5, "power": 0.8, "lost": 0.1}, "--control-median is not given"),
        ({"hr": 0.5, "events": 66, "control_median": 12}, "--control-median is for the patients that a power needs"),
        ({"hr": 0.5, "power": 0.8, "rate_control": 0.3}, "--rate-control is for --endpoint response"),
        ({"endpoint": "response", "rate_control": 0.3}, "--rate-control and --rate-treated are both needed"),
        ({"endpoint": "response", "hr": 0.5}, "--hr is for --endpoint survival"),
        ({"endpoint": "response", "events": 5}, "--events is for --endpoint survival"),
        ({"endpoint": "response", "control_median": 5}, "--control-median is for --endpoint survival"),
    ],
)
def test_options_that_exclude_or_need_one_another_are_refused(stated: dict[str, Any], words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        power(**stated)
