"""What is true of a simulated patient: activities, masses and doses of blocks by hand, and of each of several injections."""

import numpy as np
import pytest

from yttria.app.services.simulation_truth import SimulatedImages, injection_truth, truth_record
from yttria.physics.phantom.camera import SpectCamera
from yttria.physics.phantom.uptake import Part, Uptake, uptake_of
from yttria.values.grid import Grid
from yttria.values.maps import CountMap
from yttria.values.planar import PlanarScan
from yttria.values.units import Share

GRID = Grid.aligned((4, 10, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
K = 49.67


def part(name: str, roles: tuple[str, ...], row: int, avidity: float, g_per_ml: float = 1.0) -> Part:
    share = np.zeros(GRID.shape_zyx, dtype=np.float32)
    share[row] = 1  # 100 mL
    return Part(name, roles, GRID, share, g_per_ml, avidity)


LESION = ("liver", "perfused", "tumour", "tumour-1")
NORMAL = ("liver", "perfused", "normal-perfused", "normal-liver")
PARTS = [
    part("lesion", LESION, 0, 4.0),
    part("normal", NORMAL, 1, 1.0),
    part("rest", ("liver", "normal-liver"), 2, 0.0),
    part("lungs", ("lungs",), 3, 1.0, 0.3),
]


def uptake() -> Uptake:
    return uptake_of(PARTS, lung_shunt=Share(0.10))


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    camera = SpectCamera.usual()
    planar = PlanarScan.__new__(PlanarScan)
    for name, image in (("anterior", np.full((2, 2), 3.0)), ("posterior", np.full((2, 2), 5.0))):
        object.__setattr__(planar, name, image)
    within = {
        "liver": 0.8,
        "perfused": 0.8,
        "tumour": 0.5,
        "tumour-1": 0.5,
        "normal-perfused": 0.3,
        "normal-liver": 0.3,
        "lungs": 0.2,
    }
    images = SimulatedImages(CountMap(GRID, np.ones(GRID.shape_zyx), "Tc-99m"), planar, {"blur": within}, Share(0.15))
    return truth_record(uptake(), images, camera, {"seed": 3})


def test_volumes_masses_and_activities_are_those_of_the_blocks(record: dict[str, object]) -> None:
    volumes = record["volumes"]
    assert isinstance(volumes, dict)
    assert volumes["tumour-1"] == pytest.approx(
        {"ml": 100.0, "mass_g": 100.0, "g_per_ml": 1.0, "activity_bq_per_gbq": 0.9 * 0.8 * 1e9}
    )
    assert volumes["lungs"] == pytest.approx(
        {"ml": 100.0, "mass_g": 30.0, "g_per_ml": 0.3, "activity_bq_per_gbq": 0.1e9}
    )
    assert record["hepatic_reserve_fraction"] == pytest.approx(1 / 3)
    assert record["seed"] == 3


def test_doses_are_energy_over_mass(record: dict[str, object]) -> None:
    """k A / m: 0.72 GBq in 0.1 kg, 0.9 in 0.2, 0.18 in 0.1, 0.1 in 0.03."""
    assert record["per_gbq"] == pytest.approx(
        {
            "TD": K * 7.2,
            "TD_1": K * 7.2,
            "TD_all": K * 7.2,
            "PLD": K * 4.5,
            "NPLD": K * 1.8,
            "WNLD": K * 0.9,
            "WLD": K * 3.0,
            "LD": K / 0.3,
        },
        rel=1e-4,
    )
    parts = record["parts"]
    assert isinstance(parts, list)
    assert [p["name"] for p in parts] == ["lesion", "normal", "rest", "lungs"]
    assert parts[0]["gy_per_gbq"] == pytest.approx(K * 7.2, rel=1e-4)
    assert [p["activity_bq_per_gbq"] for p in parts] == pytest.approx([0.72e9, 0.18e9, 0.0, 0.1e9])


def test_what_an_image_without_noise_would_show_scales_liver_and_lungs_to_the_truth(record: dict[str, object]) -> None:
    """Of the liver's share in the image, 0.5 of 0.8 lies in the lesion: 0.9 0.5 / 0.8 GBq in 0.1 kg; the shunt it shows is 0.2."""
    seen = record["without_noise"]
    assert isinstance(seen, dict)
    assert seen["blur"]["per_gbq"]["TD"] == pytest.approx(K * 0.9 * 0.5 / 0.8 / 0.1, rel=1e-4)
    assert seen["blur"]["per_gbq"]["LD"] == pytest.approx(K * 0.1 / 0.03, rel=1e-4)
    assert seen["blur"]["spect_lung_shunt_fraction"] == pytest.approx(0.2)


def test_counts_of_the_planar_views_are_their_sums(record: dict[str, object]) -> None:
    planar = record["planar"]
    assert isinstance(planar, dict)
    assert (planar["counts_anterior"], planar["counts_posterior"]) == (12.0, 20.0)
    assert planar["shunt_by_attenuation_alone_fraction"] == 0.15
    assert planar["water_per_cm"] == pytest.approx(0.154, abs=0.005)  # narrow beam of 140 keV in water


def test_an_injection_holds_the_share_of_each_part_that_lies_in_its_piece() -> None:
    """Half of the normal liver and the whole lesion: (0.72 + 0.09) of 0.9 of the liver's activity."""
    half = part("normal, right", NORMAL, 1, 1.0)
    half.share[1, 5:] = 0
    mine = uptake_of([part("lesion, right", LESION, 0, 4.0), half, PARTS[3]], lung_shunt=Share(0.10))
    found = injection_truth("right", mine, uptake())
    assert found["counts_fraction"] == pytest.approx(0.81 / 0.9)
    assert found["per_gbq"]["TD"] == pytest.approx(K * 0.9 * (4 / 4.5) / 0.1, rel=1e-4)
