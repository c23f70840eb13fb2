"""Group-sequential designs: published boundaries, what is spent, what a look costs."""

import pytest
from scipy.special import ndtr

from yttria.evidence.design.group_sequential import Kind
from yttria.evidence.design.sequential_design import KIND_OF, sequential_design
from yttria.values.errors import EvidenceError


def test_pocock_and_obrien_fleming_are_those_of_the_tables() -> None:
    # Jennison and Turnbull 2000, tables 2.1 and 2.3: alpha 0.05 two-sided, C_P(4) = 2.361, C_B(4) = 2.024
    looks = [0.25, 0.5, 0.75, 1.0]
    assert sequential_design("pocock", looks).efficacy == pytest.approx([2.361] * 4, abs=6e-4)
    obf = sequential_design("obrien-fleming", looks).efficacy
    assert obf == pytest.approx([2.024 * 2, 2.024 * 2**0.5, 2.024 * (4 / 3) ** 0.5, 2.024], abs=2e-3)


@pytest.mark.parametrize("kind", KIND_OF.values())
def test_all_of_alpha_is_spent_at_the_last_look_and_never_given_back(kind: Kind) -> None:
    design = sequential_design(kind, [0.5, 1.0])
    assert design.alpha_spent[-1] == pytest.approx(0.05, abs=1e-6)
    assert 0 <= design.alpha_spent[0] <= design.alpha_spent[1]
    assert (design.sides, design.futility, design.beta_spent) == (2, None, None)
    assert design.inflation >= 1
    assert design.expected_alternative < design.expected_null <= design.inflation
    assert sum(design.stopping) == pytest.approx(0.8, abs=1e-6)


def test_a_fixed_trial_costs_nothing_more() -> None:
    design = sequential_design("pocock", [1.0])
    assert design.efficacy == pytest.approx([1.959964])
    assert design.inflation == pytest.approx(1)
    assert design.expected_null == pytest.approx(1)
    assert design.one_sided_p == pytest.approx([0.025])


def test_one_sided_p_is_the_upper_tail_and_none_where_nothing_is_spent() -> None:
    design = sequential_design("ld-obrien-fleming", [0.01, 0.5, 1.0])
    assert design.efficacy[0] is None
    assert design.one_sided_p[0] is None
    assert design.one_sided_p[1:] == pytest.approx([ndtr(-z) for z in design.efficacy[1:] if z is not None])


def test_with_futility_a_design_is_one_sided_at_half_of_alpha_and_ends_where_efficacy_begins() -> None:
    design = sequential_design("ld-obrien-fleming", [0.5, 1.0], futility="beta:obf")
    assert (design.sides, design.alpha) == (1, 0.025)
    assert design.futility is not None
    assert design.beta_spent is not None
    assert design.futility[-1] == pytest.approx(design.efficacy[-1])
    assert design.beta_spent[-1] == pytest.approx(0.2, abs=1e-6)
    assert design.expected_null < sequential_design("ld-obrien-fleming", [0.5, 1.0]).expected_null


def test_information_that_does_not_ascend_to_one_is_refused() -> None:
    with pytest.raises(EvidenceError, match="information"):
        sequential_design("pocock", [0.5, 0.9])
