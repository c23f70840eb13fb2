"""physics.phantom.drawn: a real anatomy as parts that can take up activity."""

import numpy as np
import pytest

from yttria.physics.phantom.patient_anatomy import contour_anatomy, lungs_in
from yttria.physics.phantom.uptake import uptake_of
from yttria.values.contour import Contour
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, Voi
from yttria.values.units import Gram, Share

GRID = Grid.aligned((60, 80, 80), spacing_zyx_mm=(5, 4, 4), origin_lps_mm=(-158, -158, -147.5), frame_uid="1.2.3")


def body(*, lungs: slice = slice(32, 56), gas: bool = True) -> CtImage:
    """Return a box of water in air, two lungs in it, and gas as in a bowel."""
    hu = np.full(GRID.shape_zyx, -1000, dtype=np.int16)
    hu[:, 10:70, 10:70] = 40
    hu[lungs, 20:60, 14:34] = hu[lungs, 20:60, 46:66] = -750
    if gas:
        hu[5:15, 20:50, 50:66] = -1000
    return CtImage(GRID, hu)


def voi(role: str, box: tuple[slice, slice, slice], name: str = "") -> Voi:
    share = np.zeros(GRID.shape_zyx, dtype=np.float32)
    share[box] = 1
    return Voi(name or role, role, GRID, share)


LIVER = voi("liver", (slice(10, 30), slice(20, 60), slice(14, 44)))
PERFUSED = voi("perfused", (slice(10, 30), slice(20, 60), slice(14, 30)))
LESION = voi("tumour", (slice(15, 22), slice(30, 40), slice(26, 34)), "GTV")  # half in, half out of the perfused part


def test_parts_make_up_the_liver_and_no_tissue_counts_twice() -> None:
    parts = contour_anatomy(body(), (LIVER, PERFUSED, LESION), tumour_to_normal=5.0).parts
    uptake = uptake_of(parts, lung_shunt=Share(0.05))
    assert uptake.of("liver")[2] == pytest.approx(LIVER.ml, rel=1e-6)
    assert uptake.of("perfused")[2] == pytest.approx(PERFUSED.ml, rel=1e-6)
    assert uptake.of("tumour-1")[2] == pytest.approx(LESION.ml, rel=1e-6)
    assert uptake.of("liver")[1] == pytest.approx(1.06 * LIVER.ml, rel=1e-5)


def test_what_is_not_perfused_takes_up_nothing() -> None:
    parts = contour_anatomy(body(), (LIVER, PERFUSED, LESION), tumour_to_normal=5.0).parts
    cold = [p for p in parts if "perfused" not in p.roles and not p.is_lung]
    assert {p.name for p in cold} == {"tumour 1, not perfused", "normal liver, not perfused"}
    assert all(p.avidity == 0 for p in cold)


def test_the_whole_liver_is_perfused_where_no_perfused_volume_is_drawn() -> None:
    uptake = uptake_of(contour_anatomy(body(), (LIVER, LESION), tumour_to_normal=5.0).parts, lung_shunt=Share(0.05))
    assert uptake.of("perfused") == pytest.approx(uptake.of("liver"))


def test_lesions_are_numbered_by_volume() -> None:
    small = voi("tumour", (slice(24, 26), slice(50, 54), slice(16, 18)), "small")
    parts = contour_anatomy(body(), (LIVER, small, LESION), tumour_to_normal=5.0).parts
    assert [p.name for p in parts[:2]] == ["tumour 1: GTV", "tumour 2: small"]


def test_lungs_are_found_without_gas_in_the_bowel() -> None:
    lungs = lungs_in(body())
    assert lungs is not None
    assert lungs.ml == pytest.approx(2 * 24 * 40 * 20 * 0.08, rel=1e-6)


def test_a_ct_without_lungs_has_none_and_its_shunt_lodges_elsewhere() -> None:
    anatomy = contour_anatomy(body(lungs=slice(0, 0)), (LIVER,), tumour_to_normal=5.0)
    assert anatomy.lungs is None
    assert anatomy.whole_lungs_g == Gram(1000.0)
    uptake = uptake_of(anatomy.parts, lung_shunt=Share(0.1), whole_lungs_g=anatomy.whole_lungs_g)
    assert sum(uptake.activity) == pytest.approx(0.9)


def test_lungs_that_reach_the_last_slice_are_cut_and_whole_ones_are_not() -> None:
    assert contour_anatomy(body(), (LIVER,), tumour_to_normal=5.0).whole_lungs_g is None
    cut = contour_anatomy(body(lungs=slice(40, 60)), (LIVER,), tumour_to_normal=5.0)
    assert cut.whole_lungs_g == Gram(1000.0)


def test_drawn_lungs_come_before_those_of_the_ct_and_weigh_what_the_ct_says() -> None:
    left = voi("lungs", (slice(32, 56), slice(20, 60), slice(46, 66)), "Lung_L")
    anatomy = contour_anatomy(body(), (LIVER, left), tumour_to_normal=5.0)
    assert not anatomy.has_lungs
    assert anatomy.parts[-1].mass_g == pytest.approx(0.25 * left.ml, rel=0.01)


def test_contours_are_as_good_as_masks() -> None:
    square = np.array([[-104.0, -80, 0], [16, -80, 0], [16, 80, 0], [-104, 80, 0]])
    planes = tuple(square + np.array([0, 0, z]) for z in np.arange(-97.5, 2.5, 5))
    drawn = Contour("Liver", "liver", "1.2.3", planes, 5.0)
    uptake = uptake_of(contour_anatomy(body(), (drawn,), tumour_to_normal=5.0).parts, lung_shunt=Share(0.05))
    assert uptake.of("liver")[2] == pytest.approx(120 * 160 * 100 / 1000, rel=1e-5)


def test_a_case_without_liver_is_refused() -> None:
    with pytest.raises(QuantityError, match="needs the whole liver"):
        contour_anatomy(body(), (LESION,), tumour_to_normal=5.0)


def test_a_liver_outside_the_ct_is_refused() -> None:
    far = Grid.aligned((4, 4, 4), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(900, 900, 900), frame_uid="1.2.3")
    with pytest.raises(GeometryError, match="lies wholly outside"):
        contour_anatomy(
            body(), (Voi("Liver", "liver", far, np.ones((4, 4, 4), dtype=np.float32)),), tumour_to_normal=5.0
        )


@pytest.mark.parametrize(
    ("planes", "cut"), [(slice(0, 20), True), (slice(1, 20), False), (slice(40, 59), False), (slice(40, 60), True)]
)
def test_drawn_lungs_are_cut_where_they_reach_the_first_or_last_slice(planes: slice, cut: bool) -> None:
    lungs = voi("lungs", (planes, slice(20, 60), slice(46, 66)))
    assert (contour_anatomy(body(lungs=planes), (LIVER, lungs), tumour_to_normal=5.0).whole_lungs_g is not None) == cut


# lungs in a CT

MM = Grid.aligned((64, 64, 64), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))  # 0.064 mL


def air(*boxes: tuple[tuple[slice, slice, slice], int], grid: Grid = MM) -> CtImage:
    """Return water with boxes of other numbers in it."""
    hu = np.full(grid.shape_zyx, 40, dtype=np.int16)
    for box, number in boxes:
        hu[box] = number
    return CtImage(grid, hu)


def block(z: int, y: int, x: int, *, at: int = 2) -> tuple[slice, slice, slice]:
    return slice(at, at + z), slice(at, at + y), slice(at, at + x)


@pytest.mark.parametrize(("voxels", "found"), [(2343, False), (2344, True), (2345, True)])
def test_a_lung_has_150_ml_or_more(voxels: int, found: bool) -> None:
    """2344 of 0.064 mL are 150.02."""
    ct = air()
    hu = ct.hu.copy()
    flat = np.zeros((50, 7, 7), dtype=np.int16) + 40
    flat.reshape(-1)[:voxels] = -750
    hu[2:52, 2:9, 2:9] = flat
    assert (lungs_in(CtImage(MM, hu)) is not None) is found


@pytest.mark.parametrize(
    ("hu", "found"), [(-951, False), (-950, True), (-949, True), (-551, True), (-550, True), (-549, False)]
)
def test_a_lung_has_a_mean_between_minus_950_and_minus_550(hu: int, found: bool) -> None:
    assert (lungs_in(air((block(20, 20, 20), hu))) is not None) is found


@pytest.mark.parametrize(("hu", "planes"), [(-501, 20), (-500, 10), (-499, 10)])
def test_what_lies_below_minus_500_is_lung(hu: int, planes: int) -> None:
    lower, upper = (slice(2, 12), slice(2, 22), slice(2, 22)), (slice(12, 22), slice(2, 22), slice(2, 22))
    found = lungs_in(air((lower, -900), (upper, hu)))
    assert found is not None
    assert found.ml == pytest.approx(planes * 400 * 0.064)


def test_of_three_air_filled_spaces_the_two_largest_are_the_lungs() -> None:
    boxes = [(slice(2, 22), slice(2, 22), slice(start, start + wide)) for start, wide in ((2, 14), (20, 10), (36, 18))]
    found = lungs_in(air(*((box, -750) for box in boxes)))
    assert found is not None
    assert found.ml == pytest.approx(20 * 20 * (14 + 18) * 0.064)
    assert found.grid.origin_lps_mm == (8.0, 8.0, 8.0)
    assert found.grid.shape_zyx == (20, 20, 52)  # with what lies between them


@pytest.mark.parametrize("side", ["left", "right", "front", "back"])
def test_a_space_that_is_open_to_a_side_is_no_lung(side: str) -> None:
    box = {
        "left": (slice(20, 40), slice(20, 40), slice(0, 20)),
        "right": (slice(20, 40), slice(20, 40), slice(44, 64)),
        "front": (slice(20, 40), slice(0, 20), slice(20, 40)),
        "back": (slice(20, 40), slice(44, 64), slice(20, 40)),
    }[side]
    assert lungs_in(air((box, -750))) is None
    head = (slice(44, 64), slice(20, 40), slice(20, 40))  # a scan may end within the lungs
    assert lungs_in(air((head, -750))) is not None


@pytest.mark.parametrize(("spacing", "step"), [(0.9, 2), (1.0, 2), (2.0, 1)])
def test_a_fine_ct_is_searched_every_two_millimetres_and_its_lungs_are_as_fine_as_it(spacing: float, step: int) -> None:
    grid = Grid.aligned((71, 71, 71), spacing_zyx_mm=(spacing,) * 3, origin_lps_mm=(0, 0, 0))
    inside = block(66, 66, 66, at=step * 2)
    hu = air((inside, -750), grid=grid).hu.copy()
    hu[10, 10, 11] = 30  # a vessel
    found = lungs_in(CtImage(grid, hu))
    assert found is not None
    stop = min(66 + 2 * step, 70 if step == 2 else 71) - 2 * step
    assert found.ml == pytest.approx((stop**3 - 1) * spacing**3 / 1000, rel=1e-6)


# what lies beside


@pytest.mark.parametrize(("outside", "told"), [(0.1, False), (0.13, True)])
def test_a_hundredth_of_a_millilitre_outside_is_no_part(outside: float, told: bool) -> None:
    """A voxel has 0.08 mL."""
    lesion = LESION.share.copy()
    lesion[:, :, 30:] = 0
    lesion[15, 30, 30] = outside
    parts = contour_anatomy(body(), (LIVER, PERFUSED, Voi("GTV", "tumour", GRID, lesion)), tumour_to_normal=5.0).parts
    assert ("tumour 1, not perfused" in {p.name for p in parts}) is told


def test_each_part_says_its_roles_its_density_and_what_it_takes_up() -> None:
    parts = contour_anatomy(body(), (LIVER, PERFUSED, LESION), tumour_to_normal=5.0).parts
    liver = ("liver", "perfused", "normal-perfused", "normal-liver")
    assert [(p.name, p.roles, p.avidity) for p in parts] == [
        ("tumour 1: GTV", ("liver", "tumour", "tumour-1", "perfused"), 5.0),
        ("tumour 1, not perfused", ("liver", "tumour", "tumour-1"), 0.0),
        ("normal liver, perfused", liver, 1.0),
        ("normal liver, not perfused", ("liver", "normal-liver"), 0.0),
        ("lungs", ("lungs",), 1.0),
    ]
    assert [p.ml for p in parts[:2]] == pytest.approx([7 * 10 * 4 * 0.08, 7 * 10 * 4 * 0.08])


def test_cut_lungs_that_outweigh_the_usual_ones_are_taken_as_they_are() -> None:
    low = voi("liver", (slice(10, 18), slice(20, 60), slice(14, 44)))
    anatomy = contour_anatomy(body(lungs=slice(20, 60), gas=False), (low,), tumour_to_normal=5.0)
    assert anatomy.whole_lungs_g == pytest.approx(0.25 * 2 * 40 * 40 * 20 * 0.08, rel=0.01)


def test_drawn_lungs_have_none_of_what_is_drawn_as_liver() -> None:
    lungs = voi("lungs", (slice(25, 50), slice(20, 60), slice(14, 34)))  # five slices of them drawn as liver too
    anatomy = contour_anatomy(body(), (LIVER, lungs), tumour_to_normal=5.0)
    assert anatomy.lungs is not None
    assert anatomy.lungs.ml == pytest.approx(20 * 40 * 20 * 0.08)
