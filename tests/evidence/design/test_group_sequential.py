"""Group-sequential boundaries: alpha is spent exactly, the tables of the textbook come out."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from yttria.evidence.design.group_sequential import Kind, boundary, spending_function
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


# by the law of two dimensions


def both_inside(first: float, one: float, two: float) -> float:
    """Return the chance that neither of two looks is beyond its limit, under no drift."""
    root = math.sqrt(first)
    law = multivariate_normal([0, 0], [[1, root], [root, 1]])
    corners = [(one, two), (-one, -two)], [(one, -two), (-one, two)]
    return float(sum(law.cdf(c) for c in corners[0]) - sum(law.cdf(c) for c in corners[1]))


@pytest.mark.parametrize("first", [0.3, 0.5, 0.8])
def test_haybittle_and_peto_look_at_3_and_keep_alpha_at_the_end(first: float) -> None:
    made = boundary("haybittle-peto", [first, 1])
    assert made.z[0] == 3
    assert both_inside(first, *made.z) == pytest.approx(0.95, abs=1e-6)


def test_haybittle_and_peto_have_nothing_left_of_an_alpha_that_their_looks_spend() -> None:
    # two sides beyond 3: 0.0027
    with pytest.raises(EvidenceError, match=r"^looks at z = 3 spend 0\.0027, which leaves nothing of alpha 0\.0026 for the end; take another kind$"):  # fmt: skip
        boundary("haybittle-peto", [0.5, 1], alpha=0.0026)
    assert boundary("haybittle-peto", [0.5, 1], alpha=0.0028).z[0] == 3
    assert boundary("haybittle-peto", [1]).z == pytest.approx((1.959964,), abs=1e-6)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("drift", [0.0, 2.0])
def test_an_outcome_is_as_good_as_one_that_stopped_earlier_or_exceeds_it_at_the_same_look(
    drift: float, sides: int
) -> None:
    made = boundary("obrien-fleming", [0.4, 1], sides=sides)
    stop, low = made.z[0], -made.z[0] if sides == 2 else -np.inf
    shift = drift * math.sqrt(0.4)
    assert made.beyond(0, 1.5, drift) == pytest.approx(norm.sf(1.5 - shift), abs=1e-9)

    def late(z: float) -> float:
        return float(norm.pdf(z - shift) * norm.sf((1.2 - math.sqrt(0.4) * z - 0.6 * drift) / math.sqrt(0.6)))

    expected = norm.sf(stop - shift) + quad(late, max(low, -12.0), stop, epsabs=1e-12)[0]
    assert made.beyond(1, 1.2, drift) == pytest.approx(expected, abs=1e-8)


def test_what_a_look_shows_by_itself_is_what_all_looks_say_of_it() -> None:
    made, drift = boundary("pocock", even(3)), 2.0
    happens = made.stopping(drift)
    for stage in range(3):
        chance, mean = made.stopping_at(stage, drift)
        assert (chance, mean) == pytest.approx((happens.right[stage], happens.estimate[stage]), rel=1e-9)
    assert made.power(drift) == pytest.approx(sum(happens.right))
    assert math.isnan(boundary("obrien-fleming", [0.002, 1]).stopping_at(0, 0.0)[1])


@pytest.mark.parametrize("sides", [1, 2])
def test_the_mean_estimate_of_all_trials_is_that_of_simulated_ones(sides: int) -> None:
    made, drift = boundary("pocock", [0.4, 1], sides=sides), 1.5
    draw = np.random.default_rng(3)
    first = draw.normal(drift * math.sqrt(0.4), 1, 400_000)
    last = math.sqrt(0.4) * first + draw.normal(drift * 0.6, math.sqrt(0.6), len(first))
    stopped = (np.abs(first) if sides == 2 else first) > made.z[0]
    assert made.mean_estimate(drift) == pytest.approx(np.where(stopped, first / math.sqrt(0.4), last).mean(), abs=0.01)


# spending


@pytest.mark.parametrize(
    ("kind", "shape", "at_half"),
    [
        ("ld-obrien-fleming", None, 2 * (2 - 2 * norm.cdf(2.241402727604947 / math.sqrt(0.5)))),
        ("ld-pocock", None, 0.05 * math.log(1 + (math.e - 1) / 2)),
        ("power", None, 0.05 / 8),
        ("power", 1.0, 0.025),
        ("hwang-shih-decani", None, 0.05 * (1 - math.exp(2)) / (1 - math.exp(4))),
        ("hwang-shih-decani", 0.0, 0.025),
        ("hwang-shih-decani", 1.0, 0.05 * (1 - math.exp(-0.5)) / (1 - math.exp(-1))),
    ],
)
def test_half_way_a_spending_function_has_spent_what_its_formula_says(
    kind: Kind, shape: float | None, at_half: float
) -> None:
    spending = spending_function(kind, 0.05, 2, shape)
    assert (spending(0.5), spending(1.0)) == pytest.approx((at_half, 0.05), rel=1e-9)
    made = boundary(kind, [0.5, 1], shape=shape)
    assert 2 * norm.sf(made.z[0]) == pytest.approx(at_half, rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "times", "words", "message"),
    [
        ("pocock", [], {}, "information times must ascend within 0 to 1, but are none"),
        ("pocock", [0.5, 0.5, 1], {}, "information times must ascend within 0 to 1, but are 0.5, 0.5, 1"),
        ("pocock", [0.0, 1], {}, "information times must ascend within 0 to 1, but are 0, 1"),
        ("pocock", [0.5, 1.001], {}, "information times must ascend within 0 to 1, but are 0.5, 1.001"),
        ("pocock", [0.5, 0.999], {}, "the last look is the end of the trial, at information 1, but is 0.999; divide by it"),
        ("pocock", [1], {"alpha": 0.0}, "alpha must lie between 0 and 1, but is 0; write per cent as a fraction"),
        ("pocock", [1], {"alpha": 1.0}, "alpha must lie between 0 and 1, but is 1; write per cent as a fraction"),
        ("pocock", [1], {"sides": 0}, "a boundary has 1 or 2 sides, but 0 were asked; choose one"),
        ("pocock", [1], {"shape": 2.0}, "pocock has no shape, but 2 was given; leave it out, or choose power"),
        ("power", [1], {"shape": 0.0}, "the power of a spending function must be above zero, but is 0; 1 to 3 is usual"),
    ],
)  # fmt: skip
def test_a_boundary_that_cannot_be_is_refused_with_what_was_asked(
    kind: Kind, times: list[float], words: dict[str, Any], message: str
) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        boundary(kind, times, **words)


@pytest.mark.parametrize(("power", "refused"), [(0.05, True), (0.051, False), (0.99, False), (1.0, True)])
def test_power_lies_between_alpha_and_one(power: float, refused: bool) -> None:
    made = boundary("pocock", [0.5, 1])
    if refused:
        with pytest.raises(EvidenceError, match=rf"power must lie between alpha \(0\.05\) and 1, but is {power:g}"):
            made.drift_for(power)
        return
    assert made.power(made.drift_for(power)) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("sides", [1, 2])
def test_the_nominal_p_of_a_look_is_the_tail_beyond_its_critical_value(sides: int) -> None:
    made = boundary("obrien-fleming", [0.5, 1], sides=sides)
    assert made.nominal_p == pytest.approx([sides * norm.sf(z) for z in made.z], rel=1e-9)
    # Jennison and Turnbull 2000, table 2.3: 2.797 and 1.977 of two sides
    if sides == 2:
        assert made.nominal_p == pytest.approx((0.0052, 0.0480), abs=5e-5)
