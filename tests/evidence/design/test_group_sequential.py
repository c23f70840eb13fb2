"""Group-sequential boundaries: alpha is spent exactly, the tables of the textbook come out."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.evidence.design.group_sequential import Kind, boundary
from yttria.values.errors import EvidenceError

EVERY: tuple[Kind, ...] = ("pocock", "obrien-fleming", "ld-obrien-fleming", "ld-pocock", "power", "hwang-shih-decani")


def even(looks: int) -> list[float]:
    return [(k + 1) / looks for k in range(looks)]


# laws


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("sides", [1, 2])
def test_alpha_is_spent_exactly(kind: Kind, sides: int) -> None:
    made = boundary(kind, [0.3, 0.55, 1], alpha=0.05, sides=sides)
    assert made.spending[-1] == pytest.approx(0.05, abs=1e-9)
    assert sum(made.stopping(0.0).crossed) == pytest.approx(0.05, abs=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.5, 4), st.sampled_from(EVERY))
def test_a_trial_stops_somewhere_or_goes_to_its_end(drift: float, kind: Kind) -> None:
    happens = boundary(kind, even(3)).stopping(drift)
    assert 0 < sum(happens.crossed) <= 1 + 1e-12
    assert 1 / 3 <= happens.expected_information <= 1


def test_one_look_is_the_fixed_test() -> None:
    for kind in EVERY:
        assert boundary(kind, [1]).z[0] == pytest.approx(1.959964, abs=1e-6)
    assert boundary("pocock", [1]).inflation(0.9) == pytest.approx(1, abs=1e-9)


def test_what_a_look_shows_is_the_mean_of_simulated_trials_that_stop_there() -> None:
    made, drift = boundary("pocock", even(2)), 2.5
    draw = np.random.default_rng(3)
    first = draw.normal(drift * math.sqrt(0.5), 1, 400_000)
    last = math.sqrt(0.5) * first + draw.normal(drift * 0.5, math.sqrt(0.5), len(first))
    one, two = first > made.z[0], (np.abs(first) <= made.z[0]) & (last > made.z[1])
    happens = made.stopping(drift)
    assert happens.right == pytest.approx((one.mean(), two.mean()), abs=0.003)
    assert happens.estimate == pytest.approx((first[one].mean() / math.sqrt(0.5), last[two].mean()), rel=0.005)


def test_an_early_stop_shows_more_than_the_truth() -> None:
    made = boundary("ld-obrien-fleming", even(2))
    drift = made.drift_for(0.8)
    first, last = made.stopping(drift).estimate
    assert first > drift
    assert first > last


# known answers: Jennison and Turnbull, Group Sequential Methods, 2000, tables 2.1, 2.2, 2.3, 2.4 (two sides, alpha 0.05)


@pytest.mark.parametrize(
    ("looks", "pocock", "obrien", "r_pocock", "r_obrien"),
    [
        (2, 2.178, 1.977, 1.100, 1.007),
        (3, 2.289, 2.004, 1.151, 1.016),
        (4, 2.361, 2.024, 1.183, 1.022),
        (5, 2.413, 2.040, 1.207, 1.026),
        (10, 2.555, 2.087, 1.271, 1.037),
    ],
)
def test_constants_and_inflation_of_the_textbook(
    looks: int, pocock: float, obrien: float, r_pocock: float, r_obrien: float
) -> None:
    one, two = boundary("pocock", even(looks)), boundary("obrien-fleming", even(looks))
    assert one.z[0] == pytest.approx(pocock, abs=0.0006)
    assert two.z[-1] == pytest.approx(obrien, abs=0.0006)
    assert one.inflation(0.9) == pytest.approx(r_pocock, abs=0.0006)
    assert two.inflation(0.9) == pytest.approx(r_obrien, abs=0.0006)


@pytest.mark.parametrize(
    ("kind", "times", "alpha", "sides", "shape", "expected"),
    [
        ("obrien-fleming", (0.2, 0.4, 0.6, 0.8, 1), 0.05, 2, None, (4.5617423, 3.2256389, 2.6337231, 2.2808711, 2.0400732)),
        ("ld-obrien-fleming", (0.5, 1), 0.05, 2, None, (2.9625880, 1.9685956)),
        ("hwang-shih-decani", (0.35, 0.7, 1), 0.025, 1, -4.0, (2.9834594, 2.4921159, 2.0033265)),
        ("ld-pocock", (1 / 3, 2 / 3, 1), 0.05, 2, None, (2.2794282, 2.2949111, 2.2959384)),
        ("power", (1 / 3, 2 / 3, 1), 0.05, 2, 2.0, (2.7729213, 2.3472722, 2.0619136)),
    ],
)  # fmt: skip
def test_boundaries_are_those_of_rpact(
    kind: Kind, times: tuple[float, ...], alpha: float, sides: int, shape: float | None, expected: tuple[float, ...]
) -> None:
    # rpact 3.3.4, getDesignGroupSequential: OF, asOF, asHSD, asP, asKD
    assert boundary(kind, times, alpha=alpha, sides=sides, shape=shape).z == pytest.approx(expected, rel=1e-6)


def test_spending_boundaries_of_five_looks() -> None:
    # DeMets and Lan 1994, doi:10.1002/sim.4780131308
    assert boundary("ld-obrien-fleming", even(5)).z == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)
    assert boundary("ld-pocock", even(5)).z == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4)


# refusals


@pytest.mark.parametrize("times", [[], [0.5, 0.5, 1], [0, 1], [0.5, 1.2], [0.5, 0.9]])
def test_looks_that_do_not_ascend_to_the_end_are_refused(times: list[float]) -> None:
    with pytest.raises(EvidenceError, match=r"information"):
        boundary("pocock", times)


def test_other_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(EvidenceError, match="alpha"):
        boundary("pocock", [1], alpha=5)
    with pytest.raises(EvidenceError, match="sides"):
        boundary("pocock", [1], sides=3)
    with pytest.raises(EvidenceError, match="power must lie"):
        boundary("pocock", [1]).drift_for(80)
    with pytest.raises(EvidenceError, match="above zero"):
        boundary("power", [0.5, 1], shape=-1)
