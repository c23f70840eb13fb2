"""Eligibility as in the trial, and the longest diameter it needs."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.planning.eligibility import criteria, longest_diameter_mm
from yttria.values.grid import Grid
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Criterion
from yttria.values.product import Product
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Gy, Share

GLASS = Product.named("glass")
CHOICES = PlanningOptions(GLASS, GLASS.nuclide)


def ellipsoid(grid: Grid, semi_xyz_mm: tuple[float, float, float], turn: float = 0.0) -> Voi:
    """Shares of an ellipsoid by 3 x 3 x 3 points a voxel, turned about z."""
    nz, ny, nx = grid.shape_zyx
    k, j, i = np.meshgrid(*((np.arange(n * 3) - 1) / 3 for n in (nz, ny, nx)), indexing="ij", sparse=True)
    (dx, dy, dz), (x0, y0, z0) = grid.spacing_zyx_mm[::-1], grid.origin_lps_mm
    x, y, z = x0 + dx * i, y0 + dy * j, z0 + dz * k
    along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    a, b, c = semi_xyz_mm
    inside = ((along / a) ** 2 + (across / b) ** 2 + (z / c) ** 2 <= 1).astype(np.float32)
    return Voi("lesion", "tumour-1", grid, inside.reshape(nz, 3, ny, 3, nx, 3).mean(axis=(1, 3, 5)))


def grid_of(n: int = 30, spacing: float = 4.4) -> Grid:
    half = -(n - 1) / 2 * spacing
    return Grid.aligned((n, n, n), spacing_zyx_mm=(spacing,) * 3, origin_lps_mm=(half, half, half))


def case(
    radius_mm: float = 40.0, *, reserve: float = 0.4, tumour: float = 250.0, normal: float = 50.0, lungs: float = 5.0
) -> AbsorbedDose:
    grid = grid_of()
    lesion = ellipsoid(grid, (radius_mm,) * 3)
    ones = np.ones(grid.shape_zyx, np.float32)
    return AbsorbedDose(
        dose=DoseMap(grid, ones),
        density=DensityMap(grid, ones),
        activity_bq=Bq(1e9),
        volumes={"tumour-1": lesion},
        mass_g={"tumour-1": Gram(lesion.ml)},
        doses_gy={"TD": Gy(tumour), "NPLD": Gy(normal), "LD": Gy(lungs)},
        dvh={},
        shunt=LungShunt(Share(0.05), "given", Gram(1000), "given"),
        reserve=Share(reserve),
        index="tumour-1",
    )


def judged(absorbed: AbsorbedDose, facts: ClinicalFacts | None = None) -> dict[str, Criterion]:
    found = criteria(absorbed, facts=facts or ClinicalFacts(), choices=CHOICES)
    return {c.name: c for c in found}


# laws


@settings(max_examples=15, deadline=None)
@given(st.floats(25, 55), st.floats(0, math.pi))
def test_the_longest_diameter_does_not_depend_on_how_the_lesion_lies(semi: float, turn: float) -> None:
    found = longest_diameter_mm(ellipsoid(grid_of(), (semi, 25, 25), turn))
    assert found == pytest.approx(2 * semi, abs=2.2)


def test_a_lesion_off_the_voxels_centres_keeps_its_diameter_within_half_a_voxel() -> None:
    shifted = Grid.aligned((30, 30, 30), spacing_zyx_mm=(4.4,) * 3, origin_lps_mm=(-62.0, -64.5, -63.1))
    assert longest_diameter_mm(ellipsoid(shifted, (36,) * 3)) == pytest.approx(72, abs=2.2)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_two_points_of_a_ragged_surface_lie_further_apart_than_its_longest_diameter(seed: int) -> None:
    share = np.zeros((5, 6, 7), np.float32)
    share[1:4, 1:5, 1:6] = np.random.default_rng(seed).random((3, 4, 5)) < 0.4
    share[2, 2, 2] = 1
    grid = Grid.aligned(share.shape, spacing_zyx_mm=(3.0, 2.0, 1.5), origin_lps_mm=(0, 0, 0))
    half = np.array([1.5, 2.0, 3.0]) / 2
    centres = grid.points_of(np.argwhere(share >= 0.5)[:, ::-1])
    surface = np.concatenate([centres + sign * half * axis for axis in np.eye(3) for sign in (-1, 1)])
    longest = max(float(np.linalg.norm(surface - point, axis=1).max()) for point in surface)
    assert longest_diameter_mm(Voi("ragged", "tumour-1", grid, share)) == pytest.approx(longest)


# known answers


@pytest.mark.parametrize("radius", [6, 10, 20, 35, 50])
def test_a_sphere_is_as_long_as_its_diameter(radius: float) -> None:
    assert longest_diameter_mm(ellipsoid(grid_of(), (radius,) * 3)) == pytest.approx(2 * radius, abs=1.0)


def test_a_single_voxel_is_as_long_as_the_voxel() -> None:
    grid = grid_of(3)
    share = np.zeros(grid.shape_zyx, np.float32)
    share[1, 1, 1] = 1
    assert longest_diameter_mm(Voi("dot", "tumour-1", grid, share)) == pytest.approx(4.4)


def test_a_lesion_of_partial_voxels_alone_still_has_a_length() -> None:
    grid = grid_of(3)
    share = np.zeros(grid.shape_zyx, np.float32)
    share[1, 1, 1] = 0.2
    assert longest_diameter_mm(Voi("speck", "tumour-1", grid, share)) == pytest.approx(4.4)


def test_a_lesion_that_reaches_the_edge_of_the_image_ends_there() -> None:
    grid = grid_of(4)
    share = np.ones(grid.shape_zyx, np.float32)
    assert longest_diameter_mm(Voi("all", "tumour-1", grid, share)) > 3 * 4.4


@pytest.mark.parametrize(("radius", "met"), [(33.0, False), (37.0, True)])
def test_the_trial_asks_for_more_than_seven_centimetres(radius: float, met: bool) -> None:
    assert judged(case(radius))["lesion size"].met is met


@pytest.mark.parametrize(("longest", "met"), [(69.99, False), (70.0, False), (70.01, True)])
def test_a_lesion_of_seven_centimetres_is_not_yet_larger_than_seven(longest: float, met: bool) -> None:
    grid = Grid.aligned((3, 3, 9), spacing_zyx_mm=(2, 2, longest / 7), origin_lps_mm=(0, 0, 0))
    share = np.zeros(grid.shape_zyx, np.float32)
    share[1, 1, 1:8] = 1
    rod = replace(case(), volumes={"tumour-1": Voi("rod", "tumour-1", grid, share)})
    assert judged(rod)["lesion size"].met is met


@pytest.mark.parametrize(("reserve", "met"), [(0.2999, False), (0.30, True), (0.3001, True)])
def test_the_trial_asks_for_thirty_per_cent_of_reserve(reserve: float, met: bool) -> None:
    assert judged(case(reserve=reserve))["hepatic reserve"].met is met


@pytest.mark.parametrize(("lung", "met"), [(29.99, True), (30.0, True), (30.01, False)])
def test_the_trial_allows_thirty_gray_to_the_lungs_at_its_aim_whatever_is_planned(lung: float, met: bool) -> None:
    assert judged(case(tumour=205.0, lungs=lung))["lung dose"].met is met
    assert judged(case(tumour=205.0 / 3, lungs=lung / 3))["lung dose"].met is met


@pytest.mark.parametrize(("shunt", "met"), [(None, None), (False, True), (True, False)])
def test_a_digestive_shunt_is_judged_only_when_the_case_says(shunt: bool | None, met: bool | None) -> None:
    assert judged(case(), ClinicalFacts(digestive_shunt=shunt))["digestive shunt"].met is met


@pytest.mark.parametrize(("tumour", "met"), [(50.01, True), (50.0, False), (49.99, False)])
def test_a_tumour_colder_than_its_liver_is_not_targeted(tumour: float, met: bool) -> None:
    assert judged(case(tumour=tumour))["tumour targeting"].met is met


def test_what_the_images_do_not_say_stays_open() -> None:
    found = judged(case())
    assert found["vein targeting"].met is None
    assert found["population"].met is None
    assert judged(replace(case(), doses_gy={"TD": Gy(250)}))["tumour targeting"].met is None
    assert judged(replace(case(), volumes={}))["lesion size"].met is None


@pytest.mark.parametrize("disease", ["HCC", "hcc"])
def test_the_trial_was_of_hepatocellular_carcinoma(disease: str) -> None:
    assert judged(case(), ClinicalFacts(disease=disease, scenario="unilobar"))["population"].met is True
    assert judged(case(), ClinicalFacts(disease=disease))["population"].met is None


@pytest.mark.parametrize(
    "facts",
    [ClinicalFacts(disease="mCRC", scenario="unilobar"), ClinicalFacts(disease="HCC", scenario="segmentectomy")],
)
def test_criteria_of_a_trial_that_this_patient_is_not_in_are_not_applicable(facts: ClinicalFacts) -> None:
    found = criteria(case(radius_mm=20, reserve=0.1, tumour=10), facts=facts, choices=CHOICES)
    assert {c.met for c in found} == {None}
    assert all(c.found.startswith("not applicable") for c in found)


def test_a_thrombus_that_takes_up_less_than_the_liver_is_not_targeted() -> None:
    for thrombus, met in ((50.01, True), (50.0, False)):
        doses = {**case().doses_gy, "thrombus": Gy(thrombus)}
        assert judged(replace(case(), doses_gy=doses))["vein targeting"].met is met


@pytest.mark.parametrize(
    ("lungs", "known", "words", "met"),
    [(0.0, True, "0.0 Gy", True), (0.0, False, "not known", None), (1.0, False, "4.1 Gy", True), (10.0, True, "41.0 Gy", False)],
)  # fmt: skip
def test_a_lung_dose_of_nothing_is_known_only_where_the_shunt_is(
    lungs: float, known: bool, words: str, met: bool | None
) -> None:
    """205 / 50 of the lungs' dose."""
    one = case(tumour=50.0, lungs=lungs)
    one = replace(one, shunt=replace(one.shunt, method="given" if known else "absent"))
    assert (judged(one)["lung dose"].found, judged(one)["lung dose"].met) == (words, met)


def test_without_a_tumour_dose_or_lungs_the_lung_dose_is_not_known() -> None:
    assert judged(case(tumour=0.0))["lung dose"].met is None
    assert judged(replace(case(), doses_gy={"TD": Gy(250)}))["lung dose"].found == "not known"
    assert judged(replace(case(), doses_gy={"LD": Gy(2)}))["lung dose"].found == "not known"


def test_each_criterion_says_what_was_found() -> None:
    found = judged(replace(case(36.0, tumour=250.0, normal=50.0), doses_gy={"TD": Gy(250), "NPLD": Gy(50), "LD": Gy(5), "thrombus": Gy(120)}))  # fmt: skip
    assert found["lesion size"].found == "7.3 cm"  # 72 mm and what voxels of 4.4 mm add
    assert found["hepatic reserve"].found == "40.0% untreated"
    assert found["tumour targeting"].found == "tumour to normal 5"
    assert found["vein targeting"].found == "thrombus to normal 2.4"
    assert found["lung dose"].found == "4.1 Gy"
    cold = judged(replace(case(), doses_gy={"TD": Gy(250), "NPLD": Gy(0), "thrombus": Gy(120)}))
    assert (cold["tumour targeting"].found, cold["vein targeting"].met) == ("not known", None)


def test_the_reserve_is_that_without_the_tumour_where_it_is_known() -> None:
    assert judged(replace(case(reserve=0.2), reserve_without_tumour=Share(0.35)))["hepatic reserve"].met is True
