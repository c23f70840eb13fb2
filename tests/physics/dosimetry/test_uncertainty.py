"""How sure each dose is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import erf
from tests.physics.dosimetry.box_liver import DOSES, SHUNT, VOLUMES

from yttria.physics.dosimetry.uncertainty import (
    Conditions,
    Edge,
    combined,
    conditions,
    relative_uncertainty,
    resolution_of,
    sphere_uncertainty,
)
from yttria.physics.quantification.recovery_coefficient import recovery
from yttria.physics.quantification.recovery_coefficient import recovery_slope as recovery_slope_of
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Gy, Ml, Mm, Share

GIVEN, _ = conditions(ct_voxel_mm=1.2, emission_voxel_mm=4.42, relative=True)
BUDGET = relative_uncertainty(VOLUMES, DOSES, shunt=SHUNT, index="tumour-1", basis=GIVEN)


def counts_slope(volume: float, fwhm: float) -> float:
    """d ln C / d ln V of a blurred sphere whose contour grows, by radial quadrature of its blurred profile."""
    sphere, sigma = float(np.cbrt(6000 * volume / np.pi)) / 2, fwhm / np.sqrt(8 * np.log(2))
    r = (np.arange(40_000) + 0.5) * sphere / 40_000

    def profile(at: Any) -> Any:
        u, v = (sphere - at) / (np.sqrt(2) * sigma), (sphere + at) / (np.sqrt(2) * sigma)
        wings = sigma / (at * np.sqrt(2 * np.pi)) * (np.exp(-u * u) - np.exp(-v * v))
        return 0.5 * (erf(u) + erf(v)) - wings

    return float(profile(sphere) * sphere**3 / (3 * np.sum(profile(r) * r * r) * sphere / 40_000))


def recovery_slope(diameter: float, fwhm: float) -> float:
    """d ln RC / d ln V by differences: V goes as the cube of the diameter."""
    rise = np.log(recovery(Mm(diameter * 1.0001), fwhm) / recovery(Mm(diameter * 0.9999), fwhm))
    return float(rise / np.log(1.0001**3 / 0.9999**3))


def contour_part(volume: float, edge: Edge, fwhm: float) -> float:
    """The contour's part in the budget of a lesion of that volume, from the budget that a plan prints."""
    side = float(np.cbrt(1000 * volume))
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(side, side, side), origin_lps_mm=(0, 0, 0))
    lesion = Voi("GTV", "tumour-1", grid, np.ones((1, 1, 1)))
    absolute = Conditions(
        edge, fwhm, has_ct=True, relative=False, activity=0.05, fwhm_uncertainty_mm=0.0, scatter_share=0.0
    )
    found = relative_uncertainty({"tumour-1": lesion}, {"TD": Gy(200)}, shunt=SHUNT, index="tumour-1", basis=absolute)
    return abs(found["TD"]["contour TD"])


# ---- laws


def test_every_named_dose_has_a_budget() -> None:
    assert set(BUDGET) == set(DOSES)
    for parts in BUDGET.values():
        assert all(-1 < u < 1 for u in parts.values())
        assert combined(parts) >= max(abs(u) for u in parts.values())


def test_a_smaller_lesion_is_less_sure() -> None:
    assert combined(BUDGET["TD_2"]) > combined(BUDGET["TD_1"])


def test_the_index_lesion_has_the_budget_of_its_own_volume() -> None:
    assert BUDGET["TD"] == BUDGET["TD_1"]


def test_the_whole_liver_does_not_depend_on_its_own_counts() -> None:
    assert not any(cause.startswith("liver-contour") for cause in BUDGET["WLD"])
    assert -BUDGET["WLD"]["contour WLD"] == pytest.approx(GIVEN.edge.volume_relative(VOLUMES["liver"].ml))


def test_an_absolute_calibration_knows_neither_shunt_nor_liver_contour() -> None:
    given, _ = conditions(ct_voxel_mm=1.2, emission_voxel_mm=4.42, relative=False)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=SHUNT, index="tumour-1", basis=given)
    assert "shunt" not in found["TD"]
    assert not any(cause.startswith("liver-contour") for cause in found["TD"])


def test_a_default_lung_mass_is_less_sure_than_one_from_ct() -> None:
    default = LungShunt(Share(0.05), "spect", Gram(1000.0), "default 1000 g", uncertainty=0.004)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=default, index="tumour-1", basis=GIVEN)
    assert combined(found["LD"]) > combined(BUDGET["LD"])


@given(volume=st.floats(2, 2000), fwhm=st.floats(4, 20))
def test_a_contour_on_the_blurred_image_is_less_sure_than_one_on_ct(volume: float, fwhm: float) -> None:
    on_ct, on_spect = (contour_part(volume, edge, fwhm) for edge in (Edge.on_ct(1.0), Edge.on_emission(4.42, fwhm)))
    assert on_spect > on_ct


def test_contours_known_by_their_shapes_take_the_place_of_spheres_and_are_shared() -> None:
    known = {"TD_1": {"contour tumour-1": -0.04}, "NPLD": {"contour tumour-1": -0.02}}
    found = relative_uncertainty(VOLUMES, DOSES, shunt=SHUNT, index="tumour-1", basis=GIVEN, sensitivities=known)
    assert found["TD"] == found["TD_1"]
    assert found["TD_1"]["contour tumour-1"] == -0.04
    assert not any(cause.startswith(("liver-contour", "blur")) for cause in found["TD_1"])
    assert found["NPLD"]["contour tumour-1"] == -0.02
    assert "contour TD_2" in found["TD_2"]


def test_blur_that_cannot_be_undone_is_an_uncertainty_of_its_own() -> None:
    kept = recovery(Mm(np.cbrt(6000 * VOLUMES["tumour-2"].ml / np.pi)), 12)
    true = 60 + (180 - 60) / kept
    assert BUDGET["TD_2"]["blur TD_2"] == pytest.approx(true / 180 - 1)
    assert not any(cause.startswith("blur") for cause in BUDGET["NPLD"])


def test_a_lesion_that_takes_up_nothing_has_no_uncertainty_by_blur() -> None:
    cold = DOSES | {"TD_2": Gy(0.0)}
    budget = relative_uncertainty(VOLUMES, cold, shunt=SHUNT, index="tumour-1", basis=GIVEN)
    assert "blur TD_2" not in budget.get("TD_2", {})
    assert budget["TD_1"] == BUDGET["TD_1"]


# ---- known answers


@pytest.mark.parametrize(("diameter", "functional", "ct", "pet"), [(50, 26, 9, 9), (30, 45, 13, 12), (20, 75, 20, 17)])
def test_the_worked_examples_of_the_guidance_are_reached(diameter: float, functional: int, ct: int, pet: int) -> None:
    # reference/physics.md, after Gear et al., EJNMMI 2018;45:2456: SPECT 12 mm drawn on itself and on CT, PET 6 mm drawn on CT
    volume = Ml(np.pi * diameter**3 / 6000)
    cases = ((Edge.on_emission(4.42, 12), 12, functional), (Edge.on_ct(1.0), 12, ct), (Edge.on_ct(1.0), 6, pet))
    for edge, fwhm, expected in cases:
        # the guidance corrects for recovery: its term is added to the part of the budget here, with the fit of the recovery curve
        relative = contour_part(volume, edge, fwhm) / edge.volume_relative(volume) + recovery_slope(diameter, fwhm)
        found = np.sqrt((relative * edge.volume_relative(volume)) ** 2 + 0.05**2 + 0.05**2)
        assert round(100 * found) == expected


@pytest.mark.parametrize(("diameter", "functional", "ct", "pet"), [(50, 26, 9, 9), (30, 45, 13, 12), (20, 75, 20, 17)])
def test_the_closed_form_reaches_the_worked_examples_of_the_guidance(
    diameter: float, functional: int, ct: int, pet: int
) -> None:
    # reference/physics.md, after Gear et al., EJNMMI 2018;45:2456
    cases = ((Edge.on_emission(4.42, 12), 12, functional), (Edge.on_ct(1.0), 12, ct), (Edge.on_ct(1.0), 6, pet))
    for edge, fwhm, expected in cases:
        volume, dose = sphere_uncertainty(Mm(diameter), fwhm, edge, activity=0.05, recovery_fit=0.05)
        assert round(100 * dose) == expected
        assert volume == pytest.approx(3 * edge.diameter_mm / diameter)


@given(diameter=st.floats(5, 150), fwhm=st.floats(4, 20))
def test_the_slope_of_the_recovery_curve_is_that_of_its_differences(diameter: float, fwhm: float) -> None:
    assert recovery_slope_of(Mm(diameter), fwhm) == pytest.approx(recovery_slope(diameter, fwhm), rel=1e-3, abs=1e-6)


def test_a_negative_uncertainty_of_activity_or_recovery_is_refused() -> None:
    with pytest.raises(QuantityError, match="uncertainty of the activity"):
        sphere_uncertainty(Mm(30), 12, Edge.on_ct(1.0), activity=-0.1, recovery_fit=0.05)
    with pytest.raises(QuantityError, match="uncertainty of the recovery curve"):
        sphere_uncertainty(Mm(30), 12, Edge.on_ct(1.0), activity=0.1, recovery_fit=-0.05)


@pytest.mark.parametrize(
    ("ct_voxel_mm", "density"), [(1.2, 0.015), (None, 0.03 / np.sqrt(3))], ids=["from CT", "uniform"]
)
def test_density_from_ct_and_a_uniform_one_have_each_their_own_part(ct_voxel_mm: float | None, density: float) -> None:
    known, _ = conditions(ct_voxel_mm=ct_voxel_mm, emission_voxel_mm=4.42, relative=True)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=SHUNT, index="tumour-1", basis=known)
    for name in set(found) - {"LD"}:
        assert -found[name]["density"] == pytest.approx(density, rel=2e-3)


def test_the_dose_constant_and_the_lung_mass_have_the_parts_that_their_sources_give() -> None:
    assert BUDGET["TD"]["constant"] == BUDGET["LD"]["constant"] == pytest.approx(0.0062 / np.sqrt(3), rel=7e-3)
    assert BUDGET["LD"]["lung-mass"] == -0.1
    default = LungShunt(Share(0.05), "spect", Gram(1000.0), "default 1000 g", uncertainty=0.004)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=default, index="tumour-1", basis=GIVEN)
    assert -found["LD"]["lung-mass"] == pytest.approx(0.4 / np.sqrt(3), rel=5e-3)


@pytest.mark.parametrize("name", ["TD_1", "TD_2", "PLD"])
def test_counts_and_mass_of_a_volume_pull_its_dose_opposite_ways(name: str) -> None:
    role = name.replace("TD_", "tumour-").replace("PLD", "perfused")
    volume = VOLUMES[role].ml
    assert -BUDGET[name][f"contour {name}"] == pytest.approx(
        (1 - counts_slope(volume, 12.0)) * GIVEN.edge.volume_relative(volume), rel=1e-4
    )


@pytest.mark.parametrize(
    ("name", "whole", "rest"), [("NPLD", "perfused", "normal-perfused"), ("WNLD", "liver", "normal-liver")]
)
def test_a_tumour_drawn_too_large_takes_its_counts_and_its_mass_from_the_liver_around_it(
    name: str, whole: str, rest: str
) -> None:
    tumour = VOLUMES["tumour"].ml
    # d ln ND / d ln V_T = V_T / V_N - (d C_T / d ln V_T) / C_N, with C = D V
    share = tumour / VOLUMES[rest].ml
    moved = share - counts_slope(tumour, 12.0) * 215.0 * tumour / (DOSES[name] * VOLUMES[rest].ml)
    assert BUDGET[name][f"tumour-contour {name}"] == pytest.approx(
        abs(moved) * GIVEN.edge.volume_relative(tumour), rel=1e-4
    )
    own = 1.0 if whole == "liver" else 1 - counts_slope(VOLUMES[whole].ml, 12.0)
    assert BUDGET[name][f"contour {name}"] == pytest.approx(
        own * GIVEN.edge.volume_relative(VOLUMES[whole].ml), rel=1e-4
    )


def test_a_liver_drawn_too_large_lowers_every_dose_by_the_counts_that_it_takes_in() -> None:
    liver = VOLUMES["liver"].ml
    assert -BUDGET["TD_1"]["liver-contour TD_1"] == pytest.approx(
        counts_slope(liver, 12.0) * GIVEN.edge.volume_relative(liver), rel=1e-4
    )


def test_the_activity_counts_in_full_everywhere() -> None:
    assert all(parts["activity"] == 0.05 for parts in BUDGET.values())


def test_a_shunt_of_five_per_cent_hardly_moves_liver_doses_and_moves_the_lung_dose_in_full() -> None:
    assert BUDGET["TD"]["shunt"] == pytest.approx(-0.004 / 0.95)
    assert BUDGET["LD"]["shunt"] == pytest.approx(0.004 / 0.05)


# ---- doubts


def test_every_assumption_is_named() -> None:
    _, (note,) = conditions(ct_voxel_mm=None, emission_voxel_mm=4.42, relative=True)
    assert note.code == "uncertainty-assumed"
    assert "12 +/- 1 mm FWHM (assumption" in note.message
    assert "drawn on the emission image" in note.message
    _, (measured,) = conditions(ct_voxel_mm=1.0, emission_voxel_mm=4.42, relative=True, fwhm_mm=9.5)
    assert "9.5 +/- 1 mm FWHM (measured)" in measured.message


# ---- refusals


def test_an_edge_of_a_negative_spread_is_refused() -> None:
    with pytest.raises(QuantityError, match="spread between operators"):
        Edge(1.0, 1.0, -1.0)


# ---- what an edge and a case are known by


def test_a_pet_and_any_other_image_have_each_their_resolution_with_its_source() -> None:
    pet, spect = resolution_of("PT"), resolution_of("NM")
    assert pet[0] == 6.5
    assert pet[1].startswith("assumption: 6.5 mm for reconstructed 90Y PET")
    assert spect[0] == resolution_of("")[0] == 12.0
    assert spect[1].startswith("assumption: 12 mm for reconstructed 99mTc SPECT")
    assert conditions(ct_voxel_mm=1.2, emission_voxel_mm=4.42, relative=True, modality="PT")[0].fwhm_mm == 6.5


@pytest.mark.parametrize(("ct_voxel_mm", "has_ct"), [(1.2, True), (None, False)])
def test_the_conditions_of_a_case_are_those_of_the_table(ct_voxel_mm: float | None, has_ct: bool) -> None:
    found, (note,) = conditions(ct_voxel_mm=ct_voxel_mm, emission_voxel_mm=4.42, relative=False)
    edge = Edge(1.2, 1.0, 1.7) if has_ct else Edge(4.42, 12.0, 0.0)
    assert found == Conditions(
        edge, 12.0, has_ct=has_ct, relative=False, activity=0.05, fwhm_uncertainty_mm=1.0, scatter_share=0.03
    )
    assert note.level == "note"
    drawn = "CT, diameter +/- 1.9 mm" if has_ct else "the emission image, diameter +/- 7.4 mm"
    assert f"contours drawn on {drawn} (assumption: CT edge 1 mm FWHM" in note.message
    assert "; activity +/- 5 % (" in note.message
    assert "; scatter +/- 3 % of the counts (" in note.message
    assert note.values == {
        "width": 12.0,
        "spread": 1.0,
        "diameter_mm": pytest.approx(
            (1.2**2 / 6 + 1 / (4 * np.log(2)) + 1.7**2 if has_ct else 4.42**2 / 6 + 36 / np.log(2)) ** 0.5
        ),
        "activity_fraction": 0.05,
        "scatter_fraction": 0.03,
    }


def test_the_edge_is_the_root_of_voxel_resolution_and_operator() -> None:
    # 3^2/6 + 4^2/(4 ln 2) + 2^2
    assert Edge(3.0, 4.0, 2.0).diameter_mm == pytest.approx((1.5 + 4 / np.log(2) + 4) ** 0.5)
    # a sphere of 36 pi mL has 60 mm
    assert Edge(3.0, 0.0, 0.0).volume_relative(Ml(36 * np.pi)) == pytest.approx(3 * 1.5**0.5 / 60)


@pytest.mark.parametrize(
    ("edge", "match"), [((0, 1, 1), "voxel of the image drawn on"), ((1, -0.1, 1), "resolution of the image drawn on")]
)
def test_an_edge_on_no_voxel_or_of_negative_blur_is_refused(edge: tuple[float, float, float], match: str) -> None:
    with pytest.raises(QuantityError, match=match):
        Edge(*edge)
    assert Edge(1.0, 0.0, 0.0).diameter_mm == pytest.approx(6**-0.5)


def test_uncertainties_of_nothing_leave_the_contour_alone() -> None:
    edge = Edge.on_ct(1.0)
    volume, dose = sphere_uncertainty(Mm(30), 12, edge, activity=0, recovery_fit=0)
    slope = counts_slope(4.5 * np.pi, 12)  # of the sphere of 30 mm; d ln RC / d ln V = 2 slope - 1 for a symmetric blur
    assert dose == pytest.approx(slope * volume, rel=1e-4)
    with pytest.raises(QuantityError, match="diameter"):
        sphere_uncertainty(Mm(0), 12, edge, activity=0, recovery_fit=0)


# ---- which doses have a budget


def test_a_dose_whose_whole_volume_is_not_there_has_no_budget() -> None:
    some = {role: VOLUMES[role] for role in ("liver", "normal-perfused", "normal-liver", "tumour-1")}
    found = relative_uncertainty(some, DOSES, shunt=SHUNT, index="", basis=GIVEN)
    assert set(found) == {"TD_1", "WNLD", "WLD", "LD"}
    # without a tumour's volume nothing is known of counts that cross its edge
    assert not any(cause.startswith("tumour-contour") for cause in found["WNLD"])
    assert set(relative_uncertainty(some, {"TD": Gy(9.0)}, shunt=SHUNT, index="tumour-2", basis=GIVEN)) == set()


def test_the_normal_liver_has_its_own_edge_alone_where_it_has_no_dose_or_no_volume() -> None:
    for volumes, doses in (
        (VOLUMES, DOSES | {"NPLD": Gy(0.0)}),
        ({r: v for r, v in VOLUMES.items() if r != "normal-perfused"}, DOSES),
    ):
        found = relative_uncertainty(volumes, doses, shunt=SHUNT, index="tumour-1", basis=GIVEN)
        assert set(found["NPLD"]) == {
            "liver-contour NPLD",
            "contour NPLD",
            "activity",
            "density",
            "constant",
            "shunt",
        }


def test_a_dose_of_half_a_gray_has_the_uncertainties_of_any_other() -> None:
    less = {name: Gy(dose / 400) for name, dose in DOSES.items()}
    found = relative_uncertainty(VOLUMES, less, shunt=SHUNT, index="tumour-1", basis=GIVEN)
    for name, parts in BUDGET.items():
        assert found[name] == pytest.approx(parts), name


def test_a_lesion_without_normal_tissue_around_it_lies_in_nothing() -> None:
    alone = {"liver": VOLUMES["liver"], "tumour-2": VOLUMES["tumour-2"]}
    found = relative_uncertainty(alone, {"TD_2": Gy(180)}, shunt=SHUNT, index="tumour-2", basis=GIVEN)
    kept = recovery(Mm(np.cbrt(6000 * VOLUMES["tumour-2"].ml / np.pi)), 12)
    assert found["TD_2"]["blur TD_2"] == pytest.approx(1 / kept - 1)


def test_the_contour_of_the_liver_moves_its_own_dose_by_counts_and_mass_where_the_image_is_in_becquerel() -> None:
    given, _ = conditions(ct_voxel_mm=1.2, emission_voxel_mm=4.42, relative=False)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=SHUNT, index="tumour-1", basis=given)
    liver = VOLUMES["liver"].ml
    assert -found["WLD"]["contour WLD"] == pytest.approx(
        (1 - counts_slope(liver, 12.0)) * given.edge.volume_relative(liver), rel=1e-4
    )


def test_lungs_without_a_shunt_have_no_budget() -> None:
    none = LungShunt(Share(0.0), "spect", Gram(900.0), "CT", uncertainty=0.004)
    assert "LD" not in relative_uncertainty(VOLUMES, DOSES, shunt=none, index="tumour-1", basis=GIVEN)


def test_a_shunt_of_all_that_was_given_is_told_without_dividing_by_nothing() -> None:
    whole = LungShunt(Share(1.0), "spect", Gram(900.0), "CT", uncertainty=0.004)
    found = relative_uncertainty(VOLUMES, DOSES, shunt=whole, index="tumour-1", basis=GIVEN)
    assert found["WLD"]["shunt"] == pytest.approx(-0.004 / 1e-6)
