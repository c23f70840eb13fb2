"""Activity to dose, and the doses by their names."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.io.volumes.volume import read_volume
from yttria.physics.dosimetry.local_deposition import (
    activity_of_dose,
    in_tissue,
    local_deposition,
    lung_dose,
    masses,
    mean_dose,
    named_doses,
)
from yttria.physics.geometry.box_average import box_average
from yttria.physics.geometry.grid_average import NO_CURVE, overlaps
from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.physics.quantification.ct_density import density_on
from yttria.values.dvh import Dvh
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CtImage, DensityMap, DoseMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Share

GRID = Grid.aligned((10, 12, 14), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
SHUNT = LungShunt(Share(0.05), "given", Gram(1000.0), "default 1000 g")


def box(role: str, *ranges: slice, edge: float = 1.0) -> Voi:
    share = np.zeros(GRID.shape_zyx)
    share[tuple(ranges)] = 1
    share[ranges[0].start] *= edge
    return Voi(role, role, GRID, share)


DRAWN = [
    box("liver", slice(1, 9), slice(1, 11), slice(1, 13), edge=0.3),
    box("perfused", slice(1, 9), slice(1, 11), slice(6, 13), edge=0.2),
    box("tumour", slice(3, 6), slice(3, 6), slice(8, 11), edge=0.7),
    box("tumour", slice(7, 8), slice(7, 9), slice(8, 10)),
]


def activity(seed: int = 5) -> ActivityMap:
    return ActivityMap(GRID, np.random.default_rng(seed).gamma(2, 3e5, GRID.shape_zyx), Y90)


def density(seed: int = 6) -> DensityMap:
    return DensityMap(GRID, np.random.default_rng(seed).uniform(0.2, 1.8, GRID.shape_zyx))


# ---- laws


@settings(deadline=None)
@given(low=st.floats(0.001, 1), high=st.floats(1, 20))
def test_energy_is_conserved_whatever_the_density(low: float, high: float) -> None:
    rho = DensityMap(GRID, np.random.default_rng(7).uniform(low, high, GRID.shape_zyx))
    dose = local_deposition(activity(), rho)
    joule = float(np.vdot(dose.gy.astype(np.float64), rho.g_per_ml)) * GRID.voxel_ml / 1000
    assert joule == pytest.approx(activity().total * Y90.joule_per_bq, rel=1e-6)


@settings(deadline=None)
@given(st.floats(0.01, 100))
def test_dose_is_linear_in_activity(ratio: float) -> None:
    more = ActivityMap(GRID, activity().bq_per_ml * np.float32(ratio), Y90)
    assert np.allclose(
        local_deposition(more, density()).gy, local_deposition(activity(), density()).gy * ratio, rtol=1e-5
    )


def test_the_named_doses_keep_their_identities() -> None:
    volumes, _ = named_volumes(DRAWN)
    rho = density()
    found = named_doses(local_deposition(activity(), rho), rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)
    mass = masses(volumes, rho)
    assert found["PLD"] * mass["perfused"] == pytest.approx(
        found["TD_all"] * mass["tumour"] + found["NPLD"] * mass["normal-perfused"], rel=1e-6
    )
    assert found["WLD"] * mass["liver"] == pytest.approx(
        found["TD_all"] * mass["tumour"] + found["WNLD"] * mass["normal-liver"], rel=1e-6
    )
    assert found["TD_all"] * mass["tumour"] == pytest.approx(
        found["TD_1"] * mass["tumour-1"] + found["TD_2"] * mass["tumour-2"], rel=1e-6
    )


def test_whole_normal_liver_dose_is_diluted_where_the_rest_gets_nothing() -> None:
    volumes, _ = named_volumes(DRAWN)
    rho = density()
    inside = ActivityMap(GRID, activity().bq_per_ml * (volumes["perfused"].share == 1), Y90)
    # the edge slice is shared with what is not perfused, so it is left out of the identity's premise
    found = named_doses(local_deposition(inside, rho), rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)
    mass = masses(volumes, rho)
    assert found["WNLD"] == pytest.approx(
        found["NPLD"] * mass["normal-perfused"] / (mass["liver"] - mass["tumour"]), rel=1e-6
    )


def test_tumour_over_normal_dose_is_the_concentration_ratio() -> None:
    volumes, _ = named_volumes(DRAWN)
    whole = volumes["tumour"].share == 1
    field = ActivityMap(GRID, np.where(whole, 5e6, 1e6), Y90)
    water = DensityMap(GRID, np.ones(GRID.shape_zyx))
    dose = local_deposition(field, water)
    assert mean_dose(dose, water, volumes["tumour-2"]) / dose.gy[0, 0, 0] == pytest.approx(5)


def test_the_mean_of_the_dvh_is_the_mean_dose_where_density_is_even() -> None:
    volumes, _ = named_volumes(DRAWN)
    water = DensityMap(GRID, np.full(GRID.shape_zyx, 1.06))
    dose = local_deposition(activity(), water)
    for voi in volumes.values():
        assert Dvh.of(dose, voi).mean == pytest.approx(mean_dose(dose, water, voi), rel=1e-6)


# ---- known answers


def test_one_gigabecquerel_in_one_kilogram_gives_the_dose_constant() -> None:
    litre = Grid.aligned((10, 10, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    even = ActivityMap(litre, np.full(litre.shape_zyx, 1e6), Y90)
    dose = local_deposition(even, DensityMap(litre, np.ones(litre.shape_zyx)))
    assert dose.gy.min() == dose.gy.max() == pytest.approx(49.67, rel=1e-6)


def test_lung_dose_of_the_limit_case() -> None:
    # 16.5 mCi in 1 kg of lung: 30 Gy by the label's constant of 50 (practice.md 1.4)
    shunt = LungShunt(Share(1.0), "given", Gram(1000.0), "given")
    assert lung_dose(Bq(16.5 * 37e6), shunt, Y90.with_dose_constant(50)) == pytest.approx(30.5, abs=0.05)


def test_every_lesion_has_its_own_dose_and_the_index_is_chosen() -> None:
    volumes, _ = named_volumes(DRAWN)
    rho = density()
    dose = local_deposition(activity(), rho)
    first = named_doses(dose, rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)
    second = named_doses(dose, rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90, index="tumour-2")
    assert first["TD"] == first["TD_1"]
    assert second["TD"] == first["TD_2"]
    assert set(first) == {"TD", "TD_all", "TD_1", "TD_2", "PLD", "NPLD", "WNLD", "WLD", "LD"}


def test_without_a_tumour_there_is_no_tumour_dose() -> None:
    volumes, _ = named_volumes(DRAWN[:2])
    rho = density()
    found = named_doses(local_deposition(activity(), rho), rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)
    assert not any(name.startswith("TD") for name in found)
    assert found["NPLD"] == pytest.approx(found["PLD"], rel=1e-6)


# ---- parity


def test_local_deposition_agrees_with_geant4_in_a_real_patient(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("y90_spect_ct_gate")
    emission, numbers = read_volume(folder / "spect-jm.mhd")
    place, hu = read_volume(folder / "ct1-4mm.mhd")
    grid, ev_per_g = read_volume(folder / "PatientDose.mhd")
    seen = np.maximum(numbers, 0).astype(np.float32)
    # the simulated dose lies on the CT's grid: for this comparison alone the activity is averaged onto it
    turn = np.linalg.solve(emission.matrix[:3, :3], grid.matrix[:3, :3])
    shift = emission.index_of([grid.matrix[:3, 3]])[0]
    weights = [
        overlaps(emission.shape_zyx[2 - a], grid.shape_zyx[2 - a], scale=float(turn[a, a]), shift=float(shift[a]))
        for a in (2, 1, 0)
    ]
    here = np.zeros(grid.shape_zyx, dtype=np.float32)
    box_average(here, seen, NO_CURVE, *weights[0], *weights[1], *weights[2])
    rho, _ = density_on(CtImage(place, hu.astype(np.int16)), grid)
    whole = ActivityMap(emission, seen, Y90).total
    primary = ActivityMap(grid, here / np.float32(whole), Y90)  # Bq/mL of one becquerel in the patient
    ours = local_deposition(primary, rho).gy.astype(np.float64)
    # 0.9333 MeV per primary and k J per Bq are the same energy in two units
    theirs = ev_per_g.astype(np.float64) * (Y90.joule_per_bq * 1000) / 0.9333e6
    tissue = (rho.g_per_ml > 0.85) & (rho.g_per_ml < 1.2)
    chosen = tissue & (theirs > 0.01 * theirs.max()) & (theirs < 0.05 * theirs.max())
    assert chosen.sum() > 20000
    assert (ours[chosen] / theirs[chosen]).mean() == pytest.approx(1, abs=0.03)
    assert ours[chosen].sum() / theirs[chosen].sum() == pytest.approx(1, abs=0.03)


# ---- refusals


def test_density_on_another_grid_is_refused() -> None:
    other = Grid.aligned((10, 12, 14), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(3, 0, 0))
    with pytest.raises(GeometryError, match=r"activity and density must lie on one grid, but they lie 3 mm apart"):
        local_deposition(activity(), DensityMap(other, np.ones(other.shape_zyx)))


def test_an_index_lesion_that_does_not_exist_is_refused() -> None:
    volumes, _ = named_volumes(DRAWN)
    rho = density()
    dose = local_deposition(activity(), rho)
    with pytest.raises(QuantityError, match="one of tumour-1, tumour-2, but is tumour-3"):
        named_doses(dose, rho, volumes, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90, index="tumour-3")


def test_a_dose_to_be_exported_holds_nothing_in_air_and_is_unchanged_elsewhere() -> None:
    grid = Grid.aligned((1, 1, 3), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    dose = DoseMap(grid, np.array([[[900.0, 30.0, 200.0]]]))
    seen = in_tissue(dose, DensityMap(grid, np.array([[[0.0012, 0.26, 1.06]]])))
    assert seen.gy.tolist() == [[[0.0, 30.0, 200.0]]]


@pytest.mark.parametrize(("rho", "seen"), [(0.0999, 0.0), (0.1, 900.0), (0.1001, 900.0)])
def test_air_is_below_a_tenth_of_a_gram_per_millilitre(rho: float, seen: float) -> None:
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    density = DensityMap(grid, np.full((1, 1, 1), rho, np.float32))
    assert in_tissue(DoseMap(grid, np.full((1, 1, 1), 900.0)), density).gy.item() == seen


def test_the_activity_of_a_dose_deposits_that_dose() -> None:
    even = DoseMap(GRID, np.full(GRID.shape_zyx, 49.67 * 2))
    half = DensityMap(GRID, np.full(GRID.shape_zyx, 0.5))
    # 49.67 Gy kg a GBq: 1e6 Bq/mL in 1 g/mL give 49.67 Gy
    assert activity_of_dose(even, half, Y90).bq_per_ml == pytest.approx(np.full(GRID.shape_zyx, 1e6), rel=1e-5)
    assert local_deposition(activity_of_dose(even, half, Y90), half).gy == pytest.approx(even.gy, rel=1e-5)


def test_a_mean_dose_is_energy_over_mass_of_the_parts_of_voxels_that_a_volume_holds() -> None:
    grid = Grid.aligned((1, 1, 4), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    voi = Voi("GTV", "tumour", grid, np.array([[[0, 1.0, 0.25, 0]]]))
    rho, dose = DensityMap(grid, np.array([[[9.0, 1, 2, 9]]])), DoseMap(grid, np.array([[[900.0, 100, 40, 900]]]))
    assert mean_dose(dose, rho, voi) == pytest.approx((100 + 0.25 * 2 * 40) / 1.5)


def test_each_injection_has_the_doses_of_its_own_volumes_and_a_thrombus_its_own() -> None:
    left, right, clot = (
        box(role, slice(1, 9), slice(1, 11), columns)
        for role, columns in (
            ("perfused[left]", slice(1, 6)),
            ("normal-perfused[left]", slice(2, 6)),
            ("thrombus", slice(7, 8)),
        )
    )
    rho, dose = density(), local_deposition(activity(), density())
    volumes = {v.role: v for v in (left, right, clot)} | {
        "tumour[left]": box("tumour[left]", slice(3, 4), slice(1, 2), slice(1, 2))
    }
    found = named_doses(dose, rho, volumes, administered=Bq(2e9), shunt=SHUNT, nuclide=Y90)
    assert set(found) == {"PLD[left]", "NPLD[left]", "thrombus", "LD"}
    assert found["PLD[left]"] == mean_dose(dose, rho, left)
    assert found["NPLD[left]"] == mean_dose(dose, rho, right)
    assert found["thrombus"] == mean_dose(dose, rho, clot)
    assert found["LD"] == pytest.approx(49.67 * 2 * 0.05)


@pytest.mark.parametrize("what", ["activity of a dose", "tissue", "mean, density", "mean, volume"])
def test_maps_on_two_grids_are_refused(what: str) -> None:
    other = Grid.aligned(GRID.shape_zyx, spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(3, 0, 0))
    dose, here = DoseMap(GRID, np.ones(GRID.shape_zyx)), DensityMap(GRID, np.ones(GRID.shape_zyx))
    there = DensityMap(other, np.ones(GRID.shape_zyx))
    volume = Voi("GTV", "", other, np.ones(GRID.shape_zyx))
    calls: dict[str, Callable[[], object]] = {
        "activity of a dose": lambda: activity_of_dose(dose, there, Y90),
        "tissue": lambda: in_tissue(dose, there),
        "mean, density": lambda: mean_dose(dose, there, volume),
        "mean, volume": lambda: mean_dose(dose, here, volume),
    }
    with pytest.raises(GeometryError, match="dose and GTV must" if what == "mean, volume" else "dose and density must"):
        calls[what]()
