"""Noise of a mean dose: the spread of even voxels, and how many of them a mean is made of."""

import math

import numpy as np
import pytest

from yttria.physics.dosimetry.image_noise import noise_of_means, voxel_spread
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, Voi

GRID = Grid.aligned((14, 14, 14), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
CELL_MM3 = (4 * math.pi * (1 / (2 * math.sqrt(2 * math.log(2)))) ** 2) ** 1.5  # (4 pi sigma^2)^(3/2), of 1 mm FWHM


def block(low: int, high: int, role: str = "normal-perfused") -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[low:high, low:high, low:high] = 1
    return Voi(role, role, GRID, share)


def image(relative: float = 0.2, seed: int = 3) -> CountMap:
    noise = np.random.default_rng(seed).normal(1, relative, GRID.shape_zyx)
    return CountMap(GRID, np.maximum(100 * noise, 0).astype(np.float32))


def test_the_spread_of_an_even_region_is_that_of_its_noise() -> None:
    found = voxel_spread(image(0.2), block(1, 13))
    assert found == pytest.approx(0.2, rel=0.08)
    inner = image(0.2).counts[3:11, 3:11, 3:11].astype(float)  # two voxels of the edge are left out
    assert found == pytest.approx(inner.std(ddof=1) / inner.mean(), rel=1e-6)


def test_an_image_without_noise_has_no_spread_whatever_its_height() -> None:
    assert voxel_spread(CountMap(GRID, np.full(GRID.shape_zyx, 7, np.float32)), block(1, 13)) == 0
    assert voxel_spread(CountMap(GRID, np.zeros(GRID.shape_zyx, np.float32)), block(1, 13)) is None


@pytest.mark.parametrize(("edge", "depth"), [(8, 2), (7, 1), (6, 1), (5, 0), (4, 0)])
def test_the_edge_is_left_out_as_deep_as_fifty_voxels_remain(edge: int, depth: int) -> None:
    part = image().counts[2 + depth : 2 + edge - depth, 2 + depth : 2 + edge - depth, 2 + depth : 2 + edge - depth]
    assert voxel_spread(image(), block(2, 2 + edge)) == pytest.approx(part.std(ddof=1) / part.mean(), rel=1e-5)


@pytest.mark.parametrize(("many", "known"), [(49, False), (50, True), (51, True)])
def test_fewer_than_fifty_voxels_tell_no_spread(many: int, known: bool) -> None:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share.ravel()[:many] = 1
    assert (voxel_spread(image(), Voi("v", "normal-perfused", GRID, share)) is not None) is known


@pytest.mark.parametrize(("share", "known"), [(0.998, False), (0.9991, True)])
def test_voxels_that_are_not_whole_take_no_part(share: float, known: bool) -> None:
    region = Voi("v", "normal-perfused", GRID, block(1, 13).share * np.float32(share))
    assert (voxel_spread(image(), region) is not None) is known


def test_noise_of_a_mean_falls_with_the_root_of_its_volume_and_rises_with_blur() -> None:
    volumes = {"normal-perfused": block(1, 13), "tumour": block(2, 8, "tumour"), "tumour-1": block(2, 4, "tumour-1")}
    roles = {"NPLD": "normal-perfused", "TD": "tumour", "TD_1": "tumour-1", "WLD": "liver"}
    spread = voxel_spread(image(), volumes["normal-perfused"])
    assert spread is not None
    found = noise_of_means(image(), volumes, roles, fwhm_mm=10)
    cell_ml = CELL_MM3 * 10**3 / 1000
    assert found["TD"] == pytest.approx(spread * math.sqrt(cell_ml / (216 * 0.064)))
    assert found["NPLD"] == pytest.approx(spread * math.sqrt(cell_ml / (1728 * 0.064)))
    assert found["TD_1"] == pytest.approx(spread)  # smaller than what the blur makes alike: as noisy as a voxel
    assert "WLD" not in found
    sharp = noise_of_means(image(), volumes, roles, fwhm_mm=0.1)
    assert sharp["TD"] == pytest.approx(spread / math.sqrt(216))  # voxels are then independent


def test_without_an_even_region_no_noise_is_said_and_the_whole_normal_liver_stands_in() -> None:
    roles = {"TD": "tumour"}
    volumes = {"tumour": block(2, 8, "tumour")}
    assert noise_of_means(image(), volumes, roles, fwhm_mm=10) == {}
    assert noise_of_means(image(), {**volumes, "normal-perfused": block(1, 3)}, roles, fwhm_mm=10) == {}
    stand_in = noise_of_means(image(), {**volumes, "normal-liver": block(1, 13, "normal-liver")}, roles, fwhm_mm=10)
    assert stand_in == noise_of_means(image(), {**volumes, "normal-perfused": block(1, 13)}, roles, fwhm_mm=10)


def test_counts_below_one_have_the_spread_of_any_other() -> None:
    faint = CountMap(GRID, image().counts * np.float32(1e-3))
    assert voxel_spread(faint, block(1, 13)) == pytest.approx(voxel_spread(image(), block(1, 13)) or 0, rel=1e-5)


def test_the_normal_perfused_liver_goes_before_the_whole_normal_liver() -> None:
    volumes = {"normal-perfused": block(1, 13), "normal-liver": block(4, 10, "normal-liver")}
    found = noise_of_means(image(), volumes, {"NPLD": "normal-perfused"}, fwhm_mm=0.1)
    assert found["NPLD"] == pytest.approx((voxel_spread(image(), block(1, 13)) or 0) / 12**1.5)
