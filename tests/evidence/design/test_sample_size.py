"""Events and patients: published sizes, laws, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
