"""What blur carries between volumes, and taking it back."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.physics.dose import local_deposition, named_doses
from yttria.physics.segment import named_volumes
from yttria.physics.spill import recovered_doses, spill_matrix
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, DensityMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Gy, Share

GRID = Grid.aligned((44, 44, 48), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
WATER = DensityMap(GRID, np.ones(GRID.shape_zyx))
SHUNT = LungShunt(Share(0.0), "given", Gram(1000.0), "given")
SIGMA = 12 / np.sqrt(8 * np.log(2)) / 4.42


def ball(role: str, centre: tuple[float, float, float], radius: float, clip: float | None = None) -> Voi:
    """Return a ball (mm), by eight points a voxel edge; with `clip`, only what lies beyond that x."""
    share = np.zeros(GRID.shape_zyx)
    parts = (np.arange(4) + 0.5) / 4 - 0.5
    z, y, x = np.indices(GRID.shape_zyx) * 4.42
    for dz in parts * 4.42:
        for dy in parts * 4.42:
            for dx in parts * 4.42:
                inside = (z + dz - centre[0]) ** 2 + (y + dy - centre[1]) ** 2 + (x + dx - centre[2]) ** 2 < radius**2
                share += inside & ((x + dx) > clip) if clip is not None else inside
    return Voi(role, role, GRID, share / 64)


LIVER = ball("liver", (95, 95, 100), 70)
PERFUSED = ball("perfused", (95, 95, 100), 70, clip=90.0)
LARGE = ball("tumour", (95, 95, 130), 25)
SMALL = ball("tumour", (130, 105, 115), 10)
VOLUMES, _ = named_volumes([LIVER, PERFUSED, LARGE, SMALL])
TRUE = {"tumour-1": 5.0e6, "tumour-2": 6.0e6, "normal-perfused": 1.0e6, "rest": 0.0}


def activity(*, blurred: bool) -> ActivityMap:
    field: NDArray[np.float64] = np.zeros(GRID.shape_zyx)
    for role in ("tumour-1", "tumour-2", "normal-perfused"):
        field = field + TRUE[role] * VOLUMES[role].share
    return ActivityMap(GRID, gaussian_filter(field, SIGMA, mode="constant") if blurred else field, Y90)


def gray(becquerel_per_ml: float) -> float:
    return becquerel_per_ml * Y90.joule_per_bq * 1000


def seen(map_: ActivityMap) -> Mapping[str, Gy]:
    return named_doses(local_deposition(map_, WATER), WATER, VOLUMES, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)


# ---- laws


def test_each_row_of_the_matrix_is_what_one_volume_receives_in_all() -> None:
    shares = [np.asarray(VOLUMES[r].share, dtype=float) for r in ("tumour-1", "tumour-2", "normal-perfused")]
    matrix = spill_matrix(shares, GRID.spacing_zyx_mm, 12)
    assert (matrix >= 0).all()
    assert (matrix.sum(axis=1) <= 1 + 1e-6).all()
    assert matrix[1, 1] < matrix[0, 0]


def test_what_leaves_one_volume_for_another_is_as_much_as_comes_back_at_even_activity() -> None:
    shares = [np.asarray(VOLUMES[r].share, dtype=float) for r in ("tumour-1", "normal-perfused")]
    matrix = spill_matrix(shares, GRID.spacing_zyx_mm, 12)
    assert matrix[0, 1] * shares[0].sum() == pytest.approx(matrix[1, 0] * shares[1].sum(), rel=1e-3)


def test_the_identities_of_the_named_doses_hold_after_recovery_too() -> None:
    found = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=12, relative=True)
    ml = {role: voi.ml for role, voi in VOLUMES.items()}
    assert found["PLD"] * ml["perfused"] == pytest.approx(
        found["TD_all"] * ml["tumour"] + found["NPLD"] * ml["normal-perfused"], rel=5e-3
    )


# ---- known answers


def test_blur_takes_nearly_half_of_a_small_lesion_and_recovery_gives_it_back() -> None:
    blurred = activity(blurred=True)
    before = seen(blurred)
    assert before["TD_2"] < 0.6 * gray(TRUE["tumour-2"])
    assert before["TD_1"] < 0.9 * gray(TRUE["tumour-1"])
    found = recovered_doses(blurred, WATER, VOLUMES, fwhm_mm=12, relative=False)
    assert found["TD_1"] == pytest.approx(gray(TRUE["tumour-1"]), rel=0.01)
    assert found["TD_2"] == pytest.approx(gray(TRUE["tumour-2"]), rel=0.01)
    assert found["NPLD"] == pytest.approx(gray(TRUE["normal-perfused"]), rel=0.01)


def test_a_liver_that_keeps_its_activity_keeps_its_dose() -> None:
    blurred = activity(blurred=True)
    found = recovered_doses(blurred, WATER, VOLUMES, fwhm_mm=12, relative=True)
    assert found["WLD"] == pytest.approx(seen(blurred)["WLD"], rel=1e-3)


def test_voxels_blur_too_and_that_is_undone_on_a_sharp_image() -> None:
    sharp = activity(blurred=False)
    assert seen(sharp)["TD_2"] < 0.9 * gray(TRUE["tumour-2"])
    found = recovered_doses(sharp, WATER, VOLUMES, fwhm_mm=0.1, relative=False)
    assert found["TD_2"] == pytest.approx(gray(TRUE["tumour-2"]), rel=0.01)


def test_a_lesion_smaller_than_the_blur_is_left_as_seen() -> None:
    blurred = activity(blurred=True)
    found = recovered_doses(blurred, WATER, VOLUMES, fwhm_mm=22, relative=False)
    assert found["TD_2"] == pytest.approx(seen(blurred)["TD_2"], rel=0.05)


# ---- refusals


def test_a_resolution_of_nothing_is_refused() -> None:
    with pytest.raises(QuantityError, match="resolution FWHM"):
        recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=0, relative=True)
