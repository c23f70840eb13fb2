"""Foci outside liver and lungs: what is one, which is first, and what is said of it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.quantification.extrahepatic_foci import audit_foci, extrahepatic_foci
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, Voi
from yttria.values.units import Ml, Share
from yttria.values.uptake import Focus

GRID = Grid.aligned((20, 20, 40), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(-80, -40, -40))
LIVER_COUNTS = 1000.0  # in 10 x 10 x 10 voxels


def voi(role: str, *ranges: slice) -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[ranges] = 1
    return Voi(role, role, GRID, share)


LIVER = voi("liver", slice(5, 15), slice(5, 15), slice(2, 12))


def numbers(**foci: tuple[float, int, tuple[slice, slice, slice]]) -> NDArray[np.float64]:
    """Return a liver of one count a voxel and foci of a height in a box."""
    found = LIVER.share.astype(float)
    for height, _, ranges in foci.values():
        found[ranges] = height
    return found


def at(x: int, size: int = 3) -> tuple[slice, slice, slice]:
    return slice(8, 8 + size), slice(8, 8 + size), slice(x, x + size)


def found(image: NDArray[np.float64], lungs: Voi | None = None) -> list[float]:
    return [f.share for f in extrahepatic_foci(CountMap(GRID, image), liver=LIVER, lungs=lungs)]


def with_focus(height: float, x: int = 30, size: int = 3) -> NDArray[np.float64]:
    return numbers(one=(height, size, at(x, size)))


def test_no_activity_outside_is_no_focus() -> None:
    assert found(numbers()) == []


@pytest.mark.parametrize(("height", "many"), [(0.101, 1), (0.099, 0)])
def test_a_focus_is_above_a_tenth_of_the_liver(height: float, many: int) -> None:
    assert len(found(with_focus(height, size=5))) == many


@pytest.mark.parametrize(("share", "many"), [(0.00501, 1), (0.00499, 0)])
def test_a_focus_holds_more_than_half_a_per_cent_of_all_counts(share: float, many: int) -> None:
    height = LIVER_COUNTS * share / (1 - share) / 27
    assert len(found(with_focus(height))) == many


@pytest.mark.parametrize(("x", "slices"), [(15, 3), (14, 2), (13, 1), (12, 0)])
def test_a_focus_lies_more_than_12_mm_from_the_liver(x: int, slices: int) -> None:
    # the liver's last voxel is 11: voxel 14 lies 12 mm from it, voxel 15 farther
    foci = extrahepatic_foci(CountMap(GRID, with_focus(2.0, x=x)), liver=LIVER)
    assert sum(f.ml for f in foci) == pytest.approx(slices * 9 * GRID.voxel_ml)


def test_lungs_are_no_focus_and_no_part_of_all_counts() -> None:
    lungs = voi("lungs", slice(0, 20), slice(0, 20), slice(34, 40))
    image = with_focus(2.0, x=26)
    alone = found(image)
    image[lungs.share > 0] = 2
    assert found(image, lungs) == pytest.approx(alone)
    assert len(found(image)) == 2


def test_the_hottest_comes_first_and_touching_by_a_corner_is_one() -> None:
    image = numbers(wide=(0.5, 4, at(20, 4)), hot=(3.0, 2, at(34, 2)))
    first, second = extrahepatic_foci(CountMap(GRID, image), liver=LIVER)
    assert [first.ml, second.ml] == pytest.approx([8 * GRID.voxel_ml, 64 * GRID.voxel_ml])
    corner = numbers(one=(2.0, 2, at(30, 2)), two=(2.0, 2, (slice(10, 12), slice(10, 12), slice(32, 34))))
    assert len(found(corner)) == 1


def test_its_warning_gives_share_place_and_nature() -> None:
    foci = extrahepatic_foci(CountMap(GRID, with_focus(1.0, x=32)), liver=LIVER)
    (warning,) = audit_foci(foci, liver=LIVER, nuclide="Tc-99m")
    assert warning.level == "warning"
    assert "2.6 % of all counts" in warning.message
    assert "11 cm to the patient's left" in warning.message
    assert "may be free pertechnetate" in warning.message
    assert "may be free" in audit_foci(foci, liver=LIVER, nuclide="")[0].message
    assert "no free pertechnetate, for the image is of Y-90" in audit_foci(foci, liver=LIVER, nuclide="Y-90")[0].message
    assert audit_foci((), liver=LIVER, nuclide="Tc-99m") == ()


def test_a_liver_without_counts_is_refused() -> None:
    with pytest.raises(QuantityError, match="liver must hold counts"):
        extrahepatic_foci(CountMap(GRID, 1.0 - LIVER.share), liver=LIVER)


def test_a_focus_has_its_share_volume_and_centre_of_counts() -> None:
    """Voxels of 1 x 2 x 0.5 cm: two voxels, one three times as hot, and lungs that overlap the liver."""
    line = Grid.aligned((1, 1, 20), spacing_zyx_mm=(5, 20, 10), origin_lps_mm=(-100, 7, 9))
    liver = Voi("liver", "liver", line, np.array([[[1.0, 1, 0.5] + [0.0] * 17]]))
    lungs = Voi("lungs", "lungs", line, np.array([[[0, 0, 0.75] + [0.0] * 14 + [0.49, 0.5, 1]]]))
    numbers = np.array([[[40.0, 40, 20] + [0.0] * 7 + [10, 30] + [0.0] * 3 + [0, 0, 20, 12, 8]]])
    # all counts: 180, less those of the lungs: half of 20, 0.49 of 20, half of 12, and 8
    whole = 180 - 10 - 9.8 - 6 - 8
    first, second = extrahepatic_foci(CountMap(line, numbers), liver=liver, lungs=lungs)
    assert [first.share, first.ml] == pytest.approx([40 / whole, 2.0], rel=1e-6)
    assert first.centre_lps_mm == pytest.approx((-100 + 10 * (10 * 10 + 30 * 11) / 40, 7, 9))
    assert [second.share, second.ml] == pytest.approx([20 / whole, 1.0], rel=1e-6)


def test_voxels_belong_to_the_liver_from_half_on() -> None:
    line = Grid.aligned((1, 1, 8), spacing_zyx_mm=(6.1, 6.1, 6.1), origin_lps_mm=(0, 0, 0))
    numbers = np.array([[[9.0, 9, 9, 0, 0, 9, 0, 0]]])
    for share, many in ((0.5, 1), (0.49, 1), (0.51, 1)):
        liver = Voi("liver", "liver", line, np.array([[[1.0, 1, share, 0, 0, 0, 0, 0]]]))
        assert len(extrahepatic_foci(CountMap(line, numbers), liver=liver)) == many
    near = np.array([[[9.0, 9, 9, 0, 9, 0, 0, 0]]])  # two voxels of 6.1 mm from the third, three from the second
    for share, many in ((0.5, 1), (0.49, 1)):
        liver = Voi("liver", "liver", line, np.array([[[1.0, 1, share, 0, 0, 0, 0, 0]]]))
        assert len(extrahepatic_foci(CountMap(line, near), liver=liver)) == many
    nearer = np.array([[[9.0, 9, 9, 9, 0, 0, 0, 0]]])  # one voxel from the third, two from the second
    for share, many in ((0.5, 0), (0.49, 1)):
        liver = Voi("liver", "liver", line, np.array([[[1.0, 1, share, 0, 0, 0, 0, 0]]]))
        assert len(extrahepatic_foci(CountMap(line, nearer), liver=liver)) == many


def test_few_counts_have_foci_and_volumes_on_another_grid_are_refused() -> None:
    assert found(with_focus(2.0) * 1e-3) == pytest.approx(found(with_focus(2.0)))
    other = Grid.aligned(GRID.shape_zyx, spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    away = Voi("", "", other, LIVER.share)
    counts = CountMap(GRID, with_focus(2.0))
    with pytest.raises(GeometryError, match="emission image and lungs must lie on one grid"):
        extrahepatic_foci(counts, liver=LIVER, lungs=Voi("x", "lungs", other, LIVER.share))
    with pytest.raises(GeometryError, match="emission image and liver must lie on one grid"):
        extrahepatic_foci(counts, liver=Voi("x", "liver", other, away.share))


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        ((0.0, 0.0, 0.0), "level of"),
        ((4.9, -4.9, 4.9), "level of"),
        ((5.1, 0.0, 0.0), "1 cm to the patient's left of"),
        ((-31.0, 0.0, 0.0), "3 cm to the patient's right of"),
        ((0.0, 31.0, -42.0), "3 cm behind, 4 cm below of"),
        ((0.0, -31.0, 42.0), "3 cm in front, 4 cm above of"),
    ],
)
def test_a_place_is_told_in_the_words_of_a_patients_sides(offset: tuple[float, float, float], words: str) -> None:
    x, y, z = (a + b for a, b in zip(LIVER.centroid_lps_mm, offset, strict=True))
    focus = Focus((x, y, z), Share(0.123), Ml(45.4))
    (one,) = audit_foci((focus,), liver=LIVER, nuclide="")
    assert (
        f"holds 12.3 % of all counts in 45 mL, {words} the liver's centre (LPS {x:.0f}, {y:.0f}, {z:.0f} mm): it may be"
        in one.message
    )
    left, behind, above = (pytest.approx(mm, abs=1e-9) for mm in offset)
    place = {"x_mm": x, "y_mm": y, "z_mm": z, "left_mm": left, "behind_mm": behind, "above_mm": above}
    assert one.values == {"share": 0.123, "ml": 45.4, "more_foci": 0, **place}
    assert one.code == "focus-outside-liver"
    more = audit_foci((focus, focus, focus), liver=LIVER, nuclide="")[0].message
    assert " mm) (and 2 more in foci): it may be" in more
