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
