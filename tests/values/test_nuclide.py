"""Nuclides: the constant follows from energy and half-life."""

import math

import pytest

from yttria.data import table
from yttria.values.errors import QuantityError
from yttria.values.nuclide import Nuclide, dose_constant


def test_the_default_constant_of_y90_follows_from_ensdf_energy_and_half_life() -> None:
    by_hand = 0.932e6 * 1.602176634e-19 * 64.05 * 3600 / math.log(2) * 1e9
    assert Nuclide.named("Y-90").dose_constant_gy_kg_per_gbq == pytest.approx(by_hand, rel=2e-4)
    assert Nuclide.named("Y-90").dose_constant_gy_kg_per_gbq == 49.67


@pytest.mark.parametrize(
    ("energy_mev", "half_life_h", "published"),
    [(0.9267, 64.04, 49.38), (0.93295, 64.05, 49.73), (0.933, 64.10, 49.77), (0.9331, 64.1, 49.77)],
)
def test_published_constants_follow_from_their_own_inputs(
    energy_mev: float, half_life_h: float, published: float
) -> None:
    assert dose_constant(energy_mev, half_life_h) == pytest.approx(published, abs=0.011)


def test_a_chosen_constant_is_kept_to_the_digit_and_names_its_source() -> None:
    chosen = Nuclide.named("Y-90").with_dose_constant(50)
    assert chosen.dose_constant_gy_kg_per_gbq == 50
    assert "TheraSphere" in chosen.source
    assert Nuclide.named("Y-90").with_dose_constant(49.5).source == "given by the user"


def test_decay_over_two_hours_twelve_is_what_hoang_2018_measured() -> None:
    half = 64.1
    assert 1 - 2 ** (-2.2 / half) == pytest.approx(0.0235, abs=5e-5)
    assert 1 - Nuclide.named("Y-90").remaining(hours=2.2) == pytest.approx(0.0235, abs=5e-5)


def test_decay_back_and_forth_is_the_same_activity() -> None:
    y90 = Nuclide.named("Y-90")
    assert y90.remaining(hours=-30) * y90.remaining(hours=30) == pytest.approx(1)


def test_every_nuclide_of_the_table_is_a_nuclide_with_a_source() -> None:
    for name in table("nuclides"):
        assert Nuclide.named(name).source


def test_an_unknown_nuclide_is_refused_with_the_known_ones() -> None:
    with pytest.raises(QuantityError, match="must be one of Y-90, Ho-166"):
        Nuclide.named("Y90")


def test_a_constant_of_zero_is_refused() -> None:
    with pytest.raises(QuantityError, match="above zero, but is 0"):
        Nuclide.named("Y-90").with_dose_constant(0)


@pytest.mark.parametrize("k", [0.04967, 4967.0])
def test_a_constant_of_another_unit_is_refused(k: float) -> None:
    with pytest.raises(QuantityError, match=r"must lie near 49\.67 Gy kg/GBq"):
        Nuclide.named("Y-90").with_dose_constant(k)
