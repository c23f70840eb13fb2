"""Events and patients: published sizes, laws, refusals."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from yttria.evidence.design.sample_size import Aim, event_chance, patients_for
from yttria.values.errors import EvidenceError

# laws


@given(st.floats(0.2, 0.9), st.floats(0.1, 0.9))
def test_both_formulas_are_the_same_for_the_inverse_ratio_and_swapped_arms(hr: float, share: float) -> None:
    one, two = Aim(hr, treated_share=share), Aim(1 / hr, treated_share=1 - share)
    assert abs(one.schoenfeld_events(0.8) - two.schoenfeld_events(0.8)) <= 1
    assert abs(one.freedman_events(0.8) - two.freedman_events(0.8)) <= 1


@given(st.floats(0.3, 0.8), st.floats(0.5, 0.95))
def test_the_events_for_a_power_give_that_power(hr: float, power: float) -> None:
    aim = Aim(hr)
    events = aim.schoenfeld_events(power)
    assert aim.schoenfeld_power(events) >= power > aim.schoenfeld_power(events - 1) - 1e-3


def test_the_chance_of_an_event_is_that_of_drawn_patients() -> None:
    draw = np.random.default_rng(1)
    n = 400_000
    entry, death, lost = draw.uniform(0, 24, n), draw.exponential(1 / 0.06, n), draw.exponential(1 / 0.01, n)
    seen = np.mean((death < lost) & (entry + death < 36))
    assert event_chance(0.06, accrual=24, follow_up=12, dropout=0.01) == pytest.approx(seen, abs=0.003)


def test_no_hazard_gives_no_event_and_endless_follow_up_gives_all() -> None:
    assert event_chance(0, accrual=1, follow_up=1) == 0
    assert event_chance(0.1, accrual=1, follow_up=1e6) == pytest.approx(1)


# known answers


def test_events_of_the_textbooks() -> None:
    # Collett, Modelling Survival Data in Medical Research, 2003, section 10.2: HR 0.57, alpha 0.05, power 0.9: 133 deaths
    assert Aim(0.5705).schoenfeld_events(0.9) == 134
    # (z + z)^2 = 7.849: HR 0.5 asks 4 x 7.849 / ln(2)^2 = 65.3 (Schoenfeld) and 9 x 7.849 = 70.6 (Freedman)
    assert (Aim(0.5).schoenfeld_events(0.8), Aim(0.5).freedman_events(0.8)) == (66, 71)


def test_patients_are_events_over_their_mean_chance() -> None:
    aim, hazard = Aim(0.5), math.log(2) / 10.7
    chances = [event_chance(h, accrual=24, follow_up=24) for h in (hazard, hazard / 2)]
    assert patients_for(66, aim, control_hazard=hazard, accrual=24, follow_up=24) == math.ceil(66 / np.mean(chances))


# refusals


@pytest.mark.parametrize(("hr", "kwargs", "why"), [
    (1.0, {}, "not 1"), (-0.5, {}, "above zero"), (0.5, {"alpha": 5}, "fraction"), (0.5, {"sides": 3}, "1 or 2 sides"),
    (0.5, {"treated_share": 1.0}, "between 0 and 1"),
])  # fmt: skip
def test_aims_that_no_trial_can_have_are_refused(hr: float, kwargs: dict[str, float], why: str) -> None:
    with pytest.raises(EvidenceError, match=why):
        Aim(hr, **kwargs)  # type: ignore[arg-type]


def test_power_in_per_cent_and_no_time_are_refused() -> None:
    with pytest.raises(EvidenceError, match="power must lie"):
        Aim(0.5).schoenfeld_events(80)
    with pytest.raises(EvidenceError, match="not both be zero"):
        event_chance(0.1, accrual=0, follow_up=0)
    with pytest.raises(EvidenceError, match="no event can happen"):
        patients_for(10, Aim(0.5), control_hazard=0, accrual=1, follow_up=1)


# at the edge


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"hazard_ratio": 1.0}, "the hazard ratio to be shown must be above zero and not 1, but is 1; no trial can show a ratio of 1"),
        ({"hazard_ratio": 0.0}, "the hazard ratio to be shown must be above zero and not 1, but is 0; no trial can show a ratio of 1"),
        ({"hazard_ratio": math.inf}, "the hazard ratio to be shown must be above zero and not 1, but is inf; no trial can show a ratio of 1"),
        ({"alpha": 0.0}, "alpha must lie between 0 and 1, but is 0; write per cent as a fraction"),
        ({"alpha": 1.0}, "alpha must lie between 0 and 1, but is 1; write per cent as a fraction"),
        ({"treated_share": 0.0}, "share of the treated arm must lie between 0 and 1, but is 0; write per cent as a fraction"),
        ({"sides": 0}, "a test has 1 or 2 sides, but 0 were asked; choose one"),
    ],
)  # fmt: skip
def test_an_aim_that_cannot_be_is_refused_with_its_number(words: dict[str, Any], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        Aim(**({"hazard_ratio": 0.5} | words))


@pytest.mark.parametrize("name", ["hazard", "accrual", "follow_up", "dropout"])
def test_times_and_hazards_are_zero_or_more(name: str) -> None:
    usual = {"hazard": 0.1, "accrual": 2.0, "follow_up": 3.0, "dropout": 0.1}
    assert 0 <= event_chance(**(usual | {name: 0.0})) < 1
    for bad in (-0.1, math.inf):
        with pytest.raises(EvidenceError, match=f"^{name.replace('_', '-')} must be zero or more, but is {bad:g}; check the entry$"):  # fmt: skip
            event_chance(**(usual | {name: bad}))


@pytest.mark.parametrize(
    ("hazard", "dropout", "accrual", "follow_up", "chance"),
    [
        (0.1, 0.0, 0.0, 5.0, 1 - math.exp(-0.5)),
        (0.1, 0.3, 0.0, 5.0, 0.25 * (1 - math.exp(-2))),
        (0.1, 0.0, 4.0, 0.0, 1 - (1 - math.exp(-0.4)) / 0.4),
        (0.1, 0.1, 4.0, 5.0, 0.5 * (1 - math.exp(-1) * (1 - math.exp(-0.8)) / 0.8)),
    ],
)
def test_the_chance_of_an_event_is_the_formula_of_lachin_and_foulkes(
    hazard: float, dropout: float, accrual: float, follow_up: float, chance: float
) -> None:
    found = event_chance(hazard, accrual=accrual, follow_up=follow_up, dropout=dropout)
    assert found == pytest.approx(chance, rel=1e-12)


@pytest.mark.parametrize(
    ("sides", "events", "share", "power"),
    [
        # sqrt(100 / 4) ln 2 = 3.4657: Phi(3.4657 - 1.96), and of two sides Phi(-3.4657 - 1.96)
        (2, 100, 0.5, norm.cdf(3.4657359 - 1.9599640) + norm.cdf(-3.4657359 - 1.9599640)),
        (1, 100, 0.5, norm.cdf(3.4657359 - 1.6448536)),
        (2, 1, 0.5, norm.cdf(0.3465736 - 1.9599640) + norm.cdf(-0.3465736 - 1.9599640)),
        (2, 100, 0.2, norm.cdf(2.7725887 - 1.9599640) + norm.cdf(-2.7725887 - 1.9599640)),
    ],
)
def test_the_power_of_events_is_schoenfelds_on_either_side(
    sides: int, events: float, share: float, power: float
) -> None:
    assert Aim(0.5, sides=sides, treated_share=share).schoenfeld_power(events) == pytest.approx(power, rel=1e-6)


@pytest.mark.parametrize("events", [0.99, 0.0, math.inf, math.nan])
def test_power_needs_an_event(events: float) -> None:
    with pytest.raises(EvidenceError, match=f"^events must be 1 or more, but are {events:g}; without an event"):
        Aim(0.5).schoenfeld_power(events)


def test_unequal_arms_need_the_events_of_the_formulas() -> None:
    # (1.96 + 0.8416)^2 = 7.8489; q (1 - q) = 2/9, ln 0.5: 73.5; r = 2: 7.8489 (1 + 1)^2 / (2 x 0.25) = 62.8
    aim = Aim(0.5, treated_share=2 / 3)
    assert (aim.schoenfeld_events(0.8), aim.freedman_events(0.8)) == (74, 63)


@pytest.mark.parametrize(("power", "words"), [(0.05, "power must be above alpha"), (1.0, "power must lie between"), (0.0, "power must lie between")])  # fmt: skip
def test_power_is_above_alpha_and_below_one(power: float, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        Aim(0.5).schoenfeld_events(power)
    assert Aim(0.5).schoenfeld_events(0.051) >= 1


def test_patients_of_unequal_arms_are_events_over_the_chance_of_each_arm_in_its_share() -> None:
    aim = Aim(0.5, treated_share=0.25)
    chance = 0.25 * event_chance(0.05, accrual=0, follow_up=10) + 0.75 * event_chance(0.1, accrual=0, follow_up=10)
    assert patients_for(30, aim, control_hazard=0.1, accrual=0, follow_up=10) == math.ceil(30 / chance)
    # an arm of chance exactly one half needs two patients an event, and not three
    half = Aim(1 + 1e-15 + 1e-12)
    assert patients_for(10, half, control_hazard=math.log(2), accrual=0, follow_up=1) == 20
