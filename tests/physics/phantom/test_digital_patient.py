"""physics.phantom.patient: the digital patient as images, outlines and parts."""

from functools import cache

import numpy as np
import pytest

from yttria.data import table
from yttria.physics.phantom.digital_patient import DigitalPatient, _softened, ct_grid, ct_image, digital_patient
from yttria.values.grid import Grid


@cache
def patient() -> DigitalPatient:
    return digital_patient(seed=1, tumour_to_normal=5.0, core_to_normal=0.5, frame_uid="1.2.3")


def thin(slices: tuple[int, int]) -> Grid:
    """Return some slices of the patient's CT grid."""
    whole = ct_grid()
    affine = whole.matrix
    affine[2, 3] += 3.0 * slices[0]
    return Grid.of((slices[1] - slices[0], *whole.shape_zyx[1:]), affine)


def test_outlines_enclose_the_true_volumes_within_three_per_mille() -> None:
    for contour in patient().contours:
        assert contour.ml == pytest.approx(patient().contour_ml[contour.name], rel=3e-3), contour.name


def test_parts_share_no_tissue_and_make_up_the_liver() -> None:
    parts = [p for p in patient().parts if "liver" in p.roles]
    shares = np.sum([p.share for p in parts], axis=0)
    assert min(float(p.share.min()) for p in parts) > -1e-5
    assert shares.max() < 1 + 1e-5
    assert float(shares.sum(dtype=float)) * parts[0].grid.voxel_ml == pytest.approx(
        patient().contour_ml["Liver"], rel=1e-6
    )


def test_the_ct_is_five_hundred_twelve_squared_by_one_hundred_fifty_and_anisotropic() -> None:
    assert patient().ct.hu.shape == (150, 512, 512)
    assert patient().ct.hu.dtype == np.int16
    assert patient().ct.grid.spacing_zyx_mm == (3.0, 0.78125, 0.78125)


@pytest.mark.parametrize(
    ("tissue", "at"),
    [
        ("liver", (-60, -10, -30)),
        ("lung", (-80, 0, 120)),
        ("necrosis", (-82, 22, -42)),
        ("tumour", (-92, -36, -98)),
        ("spleen", (108, 52, -50)),
        ("fat", (0, -10, -140)),
    ],
)
def test_each_place_has_the_number_of_its_tissue(tissue: str, at: tuple[float, float, float]) -> None:
    grid, hu = patient().ct.grid, patient().ct.hu
    i, j, k = np.rint(grid.index_of(at)[0]).astype(int)
    spot = hu[k - 1 : k + 2, j - 3 : j + 4, i - 3 : i + 4].astype(float)
    wanted = table("phantom")["tissue"][tissue]["hu"]
    assert spot.mean() == pytest.approx(wanted, abs=5 * table("phantom")["ct"]["noise_hu"] / np.sqrt(spot.size / 4))


def test_noise_is_as_loud_as_the_table_says() -> None:
    grid, hu = patient().ct.grid, patient().ct.hu
    i, j, k = np.rint(grid.index_of((-60, -10, -30))[0]).astype(int)
    spot = hu[k - 2 : k + 3, j - 8 : j + 9, i - 8 : i + 9].astype(float)
    assert spot.std() == pytest.approx(table("phantom")["ct"]["noise_hu"], rel=0.2)


def test_a_seed_makes_the_same_noise_and_another_seed_other_noise() -> None:
    some = thin((70, 72))
    assert np.array_equal(ct_image(some, 4).hu, ct_image(some, 4).hu)
    assert not np.array_equal(ct_image(some, 4).hu, ct_image(some, 5).hu)


def test_every_outline_lies_on_a_slice_of_the_ct() -> None:
    heights = patient().ct.grid.points_of([(0, 0, k) for k in range(150)])[:, 2]
    for contour in patient().contours:
        drawn = np.array([polygon[0, 2] for polygon in contour.polygons])
        assert np.abs(drawn[:, None] - heights).min(axis=1).max() < 1e-9
        assert contour.spacing_mm == 3.0


def test_an_edge_is_softened_by_one_two_one_along_both_axes() -> None:
    plane = np.zeros((5, 5), dtype=np.float32)
    plane[2, 2] = 16
    assert _softened(plane)[1:4, 1:4].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]
    assert _softened(np.full((3, 4), 7.0, dtype=np.float32)).tolist() == [[7.0] * 4] * 3


@pytest.mark.parametrize(
    ("at", "factor"),
    [((-60, -10, -30), 0.95 + 0.048), ((-80, 0, 120), 0.95 - 0.74), ((-195, -195, 0), 0.15), ((0, 61, -10), None)],
)
def test_noise_is_as_loud_as_tissue_is_dense(at: tuple[float, float, float], factor: float | None) -> None:
    """Of the table's noise: 0.95 + HU / 1000, from 0.15 in air on."""
    grid, hu = patient().ct.grid, patient().ct.hu
    i, j, k = np.rint(grid.index_of(at)[0]).astype(int)
    spot = hu[k, j - 3 : j + 4, i - 3 : i + 4].astype(float)
    if factor is None:
        factor = min(max(spot.mean() / 1000 + 0.95, 0.15), 1.2)
    several = np.stack([ct_image(thin((k, k + 1)), seed).hu[0, j - 3 : j + 4, i - 3 : i + 4] for seed in range(12)])
    expected = np.hypot(factor * table("phantom")["ct"]["noise_hu"], 12**-0.5)
    assert several.astype(float).var(axis=0, ddof=1).mean() ** 0.5 == pytest.approx(expected, rel=0.13)


def test_neighbours_share_half_of_their_noise_and_those_beyond_none() -> None:
    rows = slice(40, 60)
    pair = [ct_image(thin((10, 12)), seed).hu.astype(float) for seed in (1, 2)]
    noise = (pair[0] - pair[1])[:, rows, rows.start : 200]  # air beside the patient: no edge

    def shared(y: int, x: int) -> float:
        one, other = noise[:, : noise.shape[1] - y, : noise.shape[2] - x], noise[:, y:, x:]
        return float((one * other).mean() / (noise**2).mean())

    rounding = 12**-0.5 / np.sqrt((noise**2).mean() / 2)
    assert shared(0, 1) == pytest.approx(0.5 * (1 - rounding**2), abs=0.05)
    assert shared(1, 0) == pytest.approx(0.5 * (1 - rounding**2), abs=0.05)
    assert shared(1, 1) == pytest.approx(0.25 * (1 - rounding**2), abs=0.05)
    assert shared(0, 2) == pytest.approx(0, abs=0.05)
    assert shared(2, 0) == pytest.approx(0, abs=0.05)


def test_each_part_has_the_density_of_its_tissue_and_its_uptake() -> None:
    density = {name: row["g_per_ml"] for name, row in table("phantom")["tissue"].items()}
    assert [(p.name, p.g_per_ml, p.avidity) for p in patient().parts] == [
        ("tumour 1, living", density["tumour"], 5.0),
        ("tumour 1, dead core", density["necrosis"], 0.5),
        ("tumour 2", density["tumour"], 5.0),
        ("normal liver, perfused", density["liver"], 1.0),
        ("vessels, perfused lobe", density["blood"], 0.0),
        ("normal liver, not perfused", density["liver"], 0.0),
        ("vessels, other lobe", density["blood"], 0.0),
        ("left lung", density["lung"], 1.0),
        ("right lung", density["lung"], 1.0),
    ]


PARTS_ML = {
    "tumour 1, living": 293.01,
    "tumour 1, dead core": 24.34,
    "tumour 2": 25.77,
    "normal liver, perfused": 915.70,
    "vessels, perfused lobe": 4.77,
    "normal liver, not perfused": 595.53,
    "vessels, other lobe": 13.55,
    "left lung": 1868.62,
    "right lung": 1970.22,
}


def test_the_volumes_of_the_parts_are_the_same_in_every_version() -> None:
    found = {p.name: p.ml for p in patient().parts}
    assert found == pytest.approx(PARTS_ML, abs=0.02)
