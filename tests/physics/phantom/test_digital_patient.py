"""physics.phantom.patient: the digital patient as images, outlines and parts."""

from functools import cache

import numpy as np
import pytest

from yttria.data import table
from yttria.physics.phantom.digital_patient import DigitalPatient, ct_grid, ct_image, digital_patient
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
