"""Designs that stop for futility: the boundaries of rpact, and errors kept."""

import math
import re

import numpy as np
import pytest

from yttria.evidence.design.futility import Futility, futility_design
from yttria.evidence.design.group_sequential import Kind
from yttria.evidence.design.sequential_design import sequential_design
from yttria.values.errors import EvidenceError

THIRDS = [1 / 3, 2 / 3, 1]

# rpact 3.3.4: getDesignGroupSequential, getDesignCharacteristics


@pytest.mark.parametrize(
    ("kind", "futility", "times", "power", "binding", "efficacy", "lower", "sizes"),
    [
        ("ld-obrien-fleming", "beta:obf", THIRDS, 0.8, False, (3.71030287, 2.51142748, 1.99304748), (-0.2361446, 1.17037203), (1.104334, 0.627410, 0.875210)),
        ("ld-pocock", "beta:pocock", THIRDS, 0.8, True, (2.27942824, 2.27924233, 2.1625805), (0.50655316, 1.38690194), (1.299434, 0.584496, 0.770711)),
        ("ld-obrien-fleming", "beta:pocock", [0.4, 0.7, 1], 0.9, True, (3.35686936, 2.43960939, 1.8764891), (0.57877997, 1.26205259), (1.153245, 0.586241, 0.829862)),
        ("ld-obrien-fleming", "beta:pocock", [0.4, 0.7, 1], 0.9, False, (3.35686936, 2.44454228, 2.00053907), (0.65183701, 1.35871272), (1.231052, 0.611732, 0.868657)),
        ("obrien-fleming", "conditional", [0.5, 1], 0.8, False, (2.79650968, 1.97743096), (0.97744422,), (1.166119, 0.677277, 0.945627)),
    ],
)  # fmt: skip
def test_both_boundaries_and_sizes_are_those_of_rpact(
    kind: Kind,
    futility: Futility,
    times: list[float],
    power: float,
    binding: bool,
    efficacy: tuple[float, ...],
    lower: tuple[float, ...],
    sizes: tuple[float, float, float],
) -> None:
    design = sequential_design(kind, times, power=power, futility=futility, binding=binding)
    assert design.efficacy == pytest.approx(efficacy, abs=1e-6)
    assert design.futility is not None
    assert design.futility[:-1] == pytest.approx(lower, abs=1e-6)
    assert design.futility[-1] == design.efficacy[-1]
    assert (design.inflation, design.expected_null, design.expected_alternative) == pytest.approx(sizes, abs=1e-6)


@pytest.mark.parametrize("kind", ["pocock", "obrien-fleming", "haybittle-peto", "ld-obrien-fleming", "ld-pocock"])
@pytest.mark.parametrize("futility", ["beta:obf", "beta:pocock"])
@pytest.mark.parametrize("binding", [False, True])
def test_alpha_and_power_are_kept_exactly(kind: Kind, futility: Futility, binding: bool) -> None:
    design = futility_design(kind, futility, THIRDS, alpha=0.025, power=0.85, binding=binding)
    assert design.alpha_spent[-1] == pytest.approx(0.025, abs=1e-9)
    assert design.beta_spent[-1] == pytest.approx(0.15, abs=1e-9)
    assert sum(design.stopping(design.drift).efficacy) == pytest.approx(0.85, abs=1e-9)


def test_a_limit_that_binds_lets_efficacy_come_sooner_and_costs_less() -> None:
    free = futility_design("ld-obrien-fleming", "beta:obf", [0.5, 1])
    bound = futility_design("ld-obrien-fleming", "beta:obf", [0.5, 1], binding=True)
    assert bound.efficacy[-1] < free.efficacy[-1]
    assert bound.inflation < free.inflation
    assert sum(free.stopping(0.0).efficacy) < 0.025 < free.alpha_spent[-1] + 1e-12


def test_type_one_error_of_a_binding_design_is_that_of_simulated_trials() -> None:
    design = futility_design("pocock", "beta:pocock", [0.5, 1], binding=True)
    draw = np.random.default_rng(7)
    first = draw.normal(0, 1, 400_000)
    last = math.sqrt(0.5) * first + draw.normal(0, math.sqrt(0.5), len(first))
    goes_on = (first < design.efficacy[0]) & (first > design.futility[0])
    positive = (first >= design.efficacy[0]) | (goes_on & (last >= design.efficacy[1]))
    assert positive.mean() == pytest.approx(0.025, abs=4 * math.sqrt(0.025 / len(first)))


def test_conditional_power_at_its_limit_is_the_one_asked_for() -> None:
    # the trend seen goes on: from Z at t the end is normal with mean Z / sqrt(t) and variance 1 - t
    design = futility_design("obrien-fleming", "conditional", [0.4, 1], conditional_power=0.15)
    mean = design.futility[0] / math.sqrt(0.4)
    beyond = (design.efficacy[-1] - mean) / math.sqrt(0.6)
    assert 0.5 * math.erfc(beyond / math.sqrt(2)) == pytest.approx(0.15, abs=1e-9)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(EvidenceError, match="never binds"):
        futility_design("obrien-fleming", "conditional", [0.5, 1], binding=True)
    with pytest.raises(EvidenceError, match="conditional power must lie"):
        futility_design("obrien-fleming", "conditional", [0.5, 1], conditional_power=20)
    with pytest.raises(EvidenceError, match="above that for efficacy"):
        futility_design("pocock", "conditional", [0.5, 1], conditional_power=0.99)
    with pytest.raises(EvidenceError, match="power must lie"):
        futility_design("pocock", "beta:obf", [0.5, 1], power=0.02)
    with pytest.raises(EvidenceError, match="leaves nothing of alpha"):
        sequential_design("haybittle-peto", [0.2, 0.4, 0.6, 0.8, 1], alpha=0.005)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"power": 0.025}, "power must lie between alpha (0.025) and 1, but is 0.025; write per cent as a fraction"),
        ({"power": 1.0}, "power must lie between alpha (0.025) and 1, but is 1; write per cent as a fraction"),
        ({"conditional_power": 0.0}, "conditional power must lie between 0 and 1, but is 0; 0.1 to 0.3 is usual"),
        ({"conditional_power": 1.0}, "conditional power must lie between 0 and 1, but is 1; 0.1 to 0.3 is usual"),
    ],
)
def test_powers_at_their_ends_are_refused_with_their_number(words: dict[str, float], message: str) -> None:
    with pytest.raises(EvidenceError, match=f"^{re.escape(message)}$"):
        futility_design("obrien-fleming", "conditional", [0.5, 1], **words)  # type: ignore[arg-type]


def test_one_look_is_the_fixed_test_with_its_own_drift() -> None:
    for kind in ("pocock", "obrien-fleming", "ld-obrien-fleming"):
        design = futility_design(kind, "beta:obf", [1], power=0.9)
        assert design.efficacy == design.futility == pytest.approx((1.959964,), abs=1e-6)
        assert design.drift == pytest.approx(1.959964 + 1.281552, abs=1e-5)
        assert design.inflation == pytest.approx(1, abs=1e-6)
        assert design.alpha_spent == pytest.approx((0.025,))
        assert design.beta_spent == pytest.approx((0.1,))


def test_information_on_average_is_that_of_each_look_by_its_chance() -> None:
    design = futility_design("ld-obrien-fleming", "beta:obf", [0.4, 1])
    for drift in (0.0, design.drift):
        happens = design.stopping(drift)
        early = happens.efficacy[0] + happens.futility[0]
        assert happens.expected_information == pytest.approx(0.4 * early + (1 - early))
        assert early + happens.efficacy[1] + happens.futility[1] == pytest.approx(1)
