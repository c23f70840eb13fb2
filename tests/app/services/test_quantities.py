"""Words to quantities: units turned once, guards against units mistaken, and what is left out told."""

import math
import re
from typing import Any

import pytest

from yttria.app.services.quantities import (
    DEFAULT_LUNG_KG,
    bq_of,
    decayed_fraction,
    gram_of,
    half_life_or_own,
    hours_of,
    instant_of,
    lung_finding,
    lungs_or_default,
    mass_of,
    nuclide_with,
    one_of,
    reduction_finding,
    shunt_or_none,
    vials_or_product,
)
from yttria.values.errors import Finding, IntakeError, QuantityError
from yttria.values.units import Bq, Gy, Share


def test_activities_and_masses_are_turned_into_the_units_inside() -> None:
    assert bq_of(2.5, "activity") == Bq(2.5e9)
    assert float(gram_of(0.3, "mass")) == pytest.approx(300.0)
    assert float(mass_of(1000, 1.03, None)) == pytest.approx(1030.0)
    assert float(mass_of(None, None, 1.2)) == pytest.approx(1200.0)


@pytest.mark.parametrize(("kg", "refused"), [(9.99, False), (10.0, False), (10.01, True)])
def test_no_part_of_a_liver_weighs_more_than_ten_kilograms(kg: float, refused: bool) -> None:
    if refused:
        with pytest.raises(
            QuantityError, match=r"must not exceed 10 kg, but is 10.01 kg; if 10.01 g is meant, write 0.01"
        ):
            gram_of(kg, "tumour mass")
    else:
        assert float(gram_of(kg, "tumour mass")) == pytest.approx(kg * 1000)


@pytest.mark.parametrize(("density", "refused"), [(24.9, False), (25.0, False), (25.1, True), (1030, True)])
def test_a_density_beyond_that_of_any_metal_is_another_unit(density: float, refused: bool) -> None:
    if refused:
        with pytest.raises(QuantityError, match=r"density must be given in g/mL .*divide kg/m3 by 1000"):
            mass_of(1.0, density, None)
    else:
        assert float(mass_of(1.0, density, None)) == pytest.approx(density)


@pytest.mark.parametrize(
    ("volume", "density", "mass", "words"),
    [
        (None, None, None, "exactly one of --mass-kg, --volume-ml is needed, but none was given"),
        (900, 1.0, 1.0, "--mass-kg and --volume-ml were given; keep one"),
        (None, 1.03, 1.0, "--density-g-per-ml belongs to --volume-ml, but --mass-kg was given"),
        (900, None, None, r"--volume-ml needs --density-g-per-ml, but it was not given"),
    ],
)
def test_a_mass_that_is_stated_twice_or_by_half_is_refused(volume: Any, density: Any, mass: Any, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        mass_of(volume, density, mass)


def test_the_one_option_that_was_given_is_returned_even_where_it_is_zero() -> None:
    assert one_of(dose_gy=0.0, activity_gbq=None) == ("dose_gy", 0.0)


def test_a_shunt_that_is_left_out_is_zero_and_told_and_one_that_is_zero_is_not() -> None:
    found: list[Finding] = []
    assert shunt_or_none(None, found) == Share(0)
    assert [f.code for f in found] == ["shunt-absent"]
    assert shunt_or_none(0.0, found := []) == Share(0)
    assert found == []


@pytest.mark.parametrize(("shunt", "told"), [(0.0, False), (0.001, True)])
def test_lungs_that_are_left_out_weigh_a_kilogram_which_is_told_where_it_matters(shunt: float, told: bool) -> None:
    found: list[Finding] = []
    assert float(lungs_or_default(None, Share(shunt), found)) == 1000 * DEFAULT_LUNG_KG == 1000
    assert [f.code for f in found] == (["lung-mass-default"] if told else [])
    assert float(lungs_or_default(0.8, Share(0.1), found := [])) == 800
    assert found == []


@pytest.mark.parametrize(("dose", "told"), [(29.9, False), (30.0, False), (30.1, True)])
def test_more_than_thirty_gray_to_the_lungs_is_told(dose: float, told: bool) -> None:
    found = lung_finding(Gy(dose))
    assert [f.code for f in found] == (["lung-limit"] if told else [])
    assert all(f.message.startswith("lung dose 30.1 Gy exceeds 30 Gy (") for f in found)


@pytest.mark.parametrize(
    ("shunt", "less", "code", "words"),
    [
        (
            None,
            None,
            "bsa-shunt-absent",
            "above 10 % resin is lowered by 20 %, above 15 % by 40 %, above 20 % it is not given",
        ),
        (0.25, None, "bsa-shunt-forbids", r"at a lung shunt of 25.0% \(above 20 %\) resin is not given"),
        (0.12, 0.2, "bsa-shunt-reduction", "asks for 20% less: 1.600 GBq in place of 2.000 GBq"),
        (0.05, 0.0, "bsa-shunt-low", "asks for no reduction"),
    ],
)
def test_what_a_shunt_asks_of_resin_is_told_in_its_own_words(shunt: Any, less: Any, code: str, words: str) -> None:
    found = reduction_finding(shunt, None if less is None else Share(less), Bq(2e9))
    assert found.code == code
    assert re.search(words, found.message)
    assert found.level == ("note" if code == "bsa-shunt-low" else "warning")


def test_a_half_life_that_is_left_out_is_that_of_yttrium() -> None:
    hours, source = half_life_or_own(None)
    assert hours == pytest.approx(64.05)
    assert "64.05" in source
    assert half_life_or_own(26.8) == (26.8, "given by the user")
    with pytest.raises(QuantityError, match=r"half-life \(h\)"):
        half_life_or_own(0)


def test_the_dose_constant_is_the_users_or_the_nuclides_own() -> None:
    """0.932 MeV a decay, 64.05 h: 49.67 Gy kg/GBq (Weber et al. 2022)."""
    own, chosen = nuclide_with("Y-90", None), nuclide_with("Y-90", 50.0)
    assert own.dose_constant_gy_kg_per_gbq == pytest.approx(49.67, abs=0.01)
    assert chosen.dose_constant_gy_kg_per_gbq == pytest.approx(50.0)


def test_vials_are_the_users_or_those_of_glass() -> None:
    sizes, source = vials_or_product(None)
    assert list(sizes) == [3, 5, 7, 10, 15, 20]
    assert source.startswith("sizes of ")
    assert vials_or_product("3,8") == ([3.0, 8.0], "given by the user")
    with pytest.raises(IntakeError, match="--vials-gbq must be numbers with commas, as 3,5,7, but is '3;8'"):
        vials_or_product("3;8")


def test_hours_are_given_or_lie_between_two_instants() -> None:
    assert hours_of(5.5, None, None) == 5.5
    assert hours_of(None, "2026-03-29T00:00+01:00", "2026-03-29T04:00+02:00") == 3.0
    assert hours_of(None, "2026-03-29T00:00Z", "2026-03-29T00:00Z") == 0.0


@pytest.mark.parametrize(
    ("hours", "start", "end", "words"),
    [
        (None, None, None, "either --hours is needed, or --from and --to together"),
        (1.0, "2026-03-29T00:00Z", None, "either --hours is needed"),
        (None, "2026-03-29T00:00Z", None, "either --hours is needed"),
        (None, "2026-03-29", "2026-03-30T00:00Z", "--from needs its zone"),
        (None, "soon", "2026-03-30T00:00Z", "--from must be an ISO instant with zone"),
    ],
)
def test_hours_that_are_said_twice_or_by_half_are_refused(hours: Any, start: Any, end: Any, words: str) -> None:
    with pytest.raises(IntakeError, match=words):
        hours_of(hours, start, end)


def test_an_end_before_its_start_is_refused() -> None:
    with pytest.raises(QuantityError, match="is 2 h before"):
        hours_of(None, "2026-03-29T02:00Z", "2026-03-29T00:00Z")


@pytest.mark.parametrize(("year", "read"), [(1899, False), (1900, True), (2199, True), (2200, False), (9999, False)])
def test_an_instant_of_a_year_in_which_nobody_is_treated_is_refused(year: int, *, read: bool) -> None:
    text = f"{year}-12-31T23:59-12:00"
    if read:
        assert instant_of(text, "--at").year == year
        return
    with pytest.raises(IntakeError, match=f"--at must lie in the years 1900 to 2199, but is {year}"):
        instant_of(text, "--at")


def test_an_instant_without_a_zone_is_refused_with_how_to_write_it() -> None:
    with pytest.raises(
        IntakeError, match=r"--at needs its zone, but 2026-11-30T14:00 has none; write 2026-11-30T14:00:00\+01:00"
    ):
        instant_of("2026-11-30T14:00", "--at")


@pytest.mark.parametrize(("hours", "share"), [(0.0, 0.0), (64.05, 0.5), (128.1, 0.75)])
def test_half_decays_in_each_half_life_and_short_times_keep_their_digits(hours: float, share: float) -> None:
    assert decayed_fraction(hours, 64.05) == pytest.approx(share, abs=1e-15)
    assert decayed_fraction(1e-12, 64.05) == pytest.approx(1e-12 / 64.05 * math.log(2), rel=1e-9)
