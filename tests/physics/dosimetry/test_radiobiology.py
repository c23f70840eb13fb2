"""BED, EQD2 and G: limits, known answers, refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.physics.dosimetry.radiobiology import biologically_effective_dose, equivalent_dose_in_2_gy, lea_catcheside
from yttria.values.errors import QuantityError
from yttria.values.units import Gy

doses = st.floats(0, 500).map(Gy)
ratios = st.floats(0.5, 20).map(Gy)
times = st.floats(0.01, 1000)


# laws


@given(times, times)
def test_protraction_lies_between_endless_and_instant(repair: float, half: float) -> None:
    assert 0 < lea_catcheside(repair, half) < 1
    assert lea_catcheside(repair, half * 2) < lea_catcheside(repair, half)


@given(doses, ratios, times, times)
def test_the_effective_dose_is_never_below_the_absorbed(dose: Gy, ratio: Gy, repair: float, half: float) -> None:
    assert biologically_effective_dose(dose, alpha_beta=ratio, repair_half_time_h=repair, half_life_h=half) >= dose


@given(st.integers(1, 40), ratios)
def test_fractions_of_two_gray_are_their_own_equivalent(fractions: int, ratio: Gy) -> None:
    bed = Gy(2 * fractions * (1 + 2 / ratio))
    assert equivalent_dose_in_2_gy(bed, alpha_beta=ratio) == pytest.approx(2 * fractions)


def test_a_source_that_decays_at_once_is_one_fraction() -> None:
    at_once = biologically_effective_dose(Gy(8), alpha_beta=Gy(10), repair_half_time_h=1.5, half_life_h=1e-9)
    assert at_once == pytest.approx(8 * (1 + 8 / 10))


def test_g_is_the_lea_catcheside_integral_of_the_decay() -> None:
    # G = 2/D^2 times the double integral of dose rates with repair between them, taken here as a sum
    lam, mu, steps, end = 0.7, 1.9, 4000, 30.0
    width = end / steps
    kept, double, total = 0.0, 0.0, 0.0
    for n in range(steps):
        rate = 2.718281828459045 ** (-lam * (n + 0.5) * width)
        double += rate * (kept + 0.5 * rate * width) * width
        kept = (kept + rate * width) * 2.718281828459045 ** (-mu * width)
        total += rate * width
    assert 2 * double / total**2 == pytest.approx(lea_catcheside(1 / mu, 1 / lam), rel=2e-3)


# known answers


@pytest.mark.parametrize(
    ("dose", "ratio", "repair", "bed"), [(205, 10, 1.5, 301.09), (52, 2.5, 2.5, 92.6)]
)  # the second: Strigari 2010 quotes 52 Gy as about 93 Gy BED
def test_published_effective_doses_are_met(dose: float, ratio: float, repair: float, bed: float) -> None:
    found = biologically_effective_dose(Gy(dose), alpha_beta=Gy(ratio), repair_half_time_h=repair, half_life_h=64.1)
    assert found == pytest.approx(bed, rel=5e-4)


def test_published_protraction_factors_are_met() -> None:
    assert lea_catcheside(1.5, 64.1) == pytest.approx(0.02287, abs=5e-6)
    assert lea_catcheside(2.5, 64.1) == pytest.approx(0.03754, abs=5e-6)


# refusals


def test_a_negative_dose_is_refused() -> None:
    with pytest.raises(QuantityError, match=r"dose .Gy. must be zero or more"):
        biologically_effective_dose(Gy(-1), alpha_beta=Gy(10), repair_half_time_h=1, half_life_h=64)


@pytest.mark.parametrize(
    ("ratio", "repair", "half", "match"), [(0, 1, 64, "alpha"), (10, 0, 64, "repair"), (10, 1, 0, "half-life")]
)
def test_a_parameter_of_zero_is_refused(ratio: float, repair: float, half: float, match: str) -> None:
    with pytest.raises(QuantityError, match=match):
        biologically_effective_dose(Gy(50), alpha_beta=Gy(ratio), repair_half_time_h=repair, half_life_h=half)


def test_a_dose_of_nothing_has_no_effect_and_a_negative_effect_is_refused() -> None:
    assert biologically_effective_dose(Gy(0), alpha_beta=Gy(10), repair_half_time_h=1.5, half_life_h=64.1) == Gy(0)
    assert equivalent_dose_in_2_gy(Gy(0), alpha_beta=Gy(10)) == Gy(0)
    with pytest.raises(QuantityError, match=r"BED .Gy. must be zero or more"):
        equivalent_dose_in_2_gy(Gy(-0.1), alpha_beta=Gy(10))
    with pytest.raises(QuantityError, match="alpha/beta"):
        equivalent_dose_in_2_gy(Gy(50), alpha_beta=Gy(0))
