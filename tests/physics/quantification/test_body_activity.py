"""The body in a CT, and what of an image's activity lies in it, outside it and in organs."""

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.physics.quantification.body_activity import activity_within, body_mask, elsewhere_share, outside_share
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, CtImage, Voi
from yttria.values.nuclide import Nuclide

GRID = Grid.aligned((6, 20, 20), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0), frame_uid="1.2")
Y90 = Nuclide.named("Y-90")
BODY = (slice(None), slice(4, 16), slice(4, 16))


def ct(body: int = 40, *, lungs: int | None = None, couch: int | None = None, grid: Grid = GRID) -> CtImage:
    hu = np.full(grid.shape_zyx, -1000, np.int16)
    hu[BODY] = body
    if lungs is not None:
        hu[:, 7:13, 7:13] = lungs
    if couch is not None:
        hu[:, 18:20, 2:18] = couch
    return CtImage(grid, hu)


def counts(fill: float = 1.0) -> CountMap:
    return CountMap(GRID, np.full(GRID.shape_zyx, fill, np.float32))


def voi(role: str, *ranges: slice, share: float = 1.0) -> Voi:
    part = np.zeros(GRID.shape_zyx, np.float32)
    part[ranges] = share
    return Voi(role, role, GRID, part)


def expected() -> NDArray[np.bool_]:
    found = np.zeros(GRID.shape_zyx, bool)
    found[BODY] = True
    return found


@pytest.mark.parametrize(("hu", "body"), [(-301, False), (-300, False), (-299, True), (40, True)])
def test_body_is_what_lies_above_minus_300_hu(hu: int, body: bool) -> None:
    if body:
        assert np.array_equal(body_mask(ct(hu), counts()), expected())
    else:
        with pytest.raises(QuantityError, match="a CT must hold a body above -300 HU, but holds none"):
            body_mask(ct(hu), counts())


def test_lungs_inside_the_body_are_body_and_a_couch_apart_from_it_is_not() -> None:
    assert np.array_equal(body_mask(ct(lungs=-850, couch=0), counts()), expected())


def test_what_the_ct_does_not_cover_is_taken_as_body() -> None:
    short = Grid.aligned((4, 20, 20), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(0, 0, 0), frame_uid="1.2")
    found = body_mask(ct(grid=short), counts())
    assert found[4:].all()
    assert np.array_equal(found[:4], expected()[:4])


def test_shares_outside_and_elsewhere_are_parts_of_all_and_of_the_body() -> None:
    body = expected()
    numbers = np.zeros(GRID.shape_zyx)
    numbers[:, 5:9, 5:9] = 2.0  # liver: 6 * 16 * 2 = 192
    numbers[:, 10:12, 10:12] = 1.0  # elsewhere in the body: 24
    numbers[:, 0:2, 0:2] = 1.0  # outside: 24
    liver = voi("liver", slice(None), slice(5, 9), slice(5, 9))
    assert outside_share(numbers, body) == pytest.approx(24 / 240)
    assert elsewhere_share(numbers, body, liver, None) == pytest.approx(24 / 216)
    lungs = voi("lungs", slice(None), slice(10, 12), slice(10, 12), share=0.5)
    assert elsewhere_share(numbers, body, liver, lungs) == pytest.approx(12 / 216)
    both = voi("lungs", slice(None), slice(5, 9), slice(5, 9))  # over the liver: counted once
    assert elsewhere_share(numbers, body, liver, both) == pytest.approx(24 / 216)


def test_no_activity_in_the_body_is_none_elsewhere_and_an_empty_image_is_refused() -> None:
    empty = np.zeros(GRID.shape_zyx)
    liver = voi("liver", slice(None), slice(5, 9), slice(5, 9))
    assert float(elsewhere_share(empty, expected(), liver, None)) == 0
    with pytest.raises(QuantityError, match="the image after treatment must hold activity, but holds none"):
        outside_share(empty, expected())


def test_activity_within_a_mask_is_its_concentration_times_its_volume() -> None:
    activity = ActivityMap(GRID, np.full(GRID.shape_zyx, 1000, np.float32), Y90)
    assert activity_within(activity, expected()) == pytest.approx(1000 * 6 * 144 * 0.125)


@pytest.mark.parametrize(("rows", "body"), [(2, False), (3, True), (4, True)])
def test_a_voxel_is_body_from_half_of_it_on(rows: int, body: bool) -> None:
    """Voxels of 6 slices of a CT each: as many of the last as `rows` are tissue."""
    fine = Grid.aligned((12, 1, 1), spacing_zyx_mm=(1, 6, 6), origin_lps_mm=(0, 0, 0))
    hu = np.full((12, 1, 1), -1000, np.int16)
    hu[: 6 + rows] = 0
    wide = Grid.aligned((2, 1, 1), spacing_zyx_mm=(6, 6, 6), origin_lps_mm=(0, 0, 2.5))
    image = CountMap(wide, np.ones((2, 1, 1)))
    assert body_mask(CtImage(fine, hu), image).ravel().tolist() == [True, body]


@pytest.mark.parametrize(("covered", "known"), [(2, False), (3, True)])
def test_a_voxel_is_known_from_half_of_it_on(covered: int, known: bool) -> None:
    short = Grid.aligned((6 + covered, 1, 1), spacing_zyx_mm=(1, 6, 6), origin_lps_mm=(0, 0, 0))
    hu = np.full((6 + covered, 1, 1), -1000, np.int16)
    hu[:6] = 0
    wide = Grid.aligned((2, 1, 1), spacing_zyx_mm=(6, 6, 6), origin_lps_mm=(0, 0, 2.5))
    found = body_mask(CtImage(short, hu), CountMap(wide, np.ones((2, 1, 1))))
    assert found.ravel().tolist() == [True, not known]


def test_few_counts_have_shares_and_what_organs_hold_beyond_the_body_is_none_elsewhere() -> None:
    numbers = np.zeros(GRID.shape_zyx)
    numbers[:, 5:9, 5:9], numbers[:, 0:2, 0:2] = 2e-4, 1e-4
    liver = voi("liver", slice(None), slice(5, 9), slice(5, 9))
    assert outside_share(numbers, expected()) == pytest.approx(24 / 216)
    assert float(elsewhere_share(numbers, expected(), liver, None)) == pytest.approx(0, abs=1e-12)
    half = voi("liver", slice(None), slice(5, 9), slice(5, 9), share=0.25)
    assert float(elsewhere_share(numbers, expected(), half, None)) == pytest.approx(0.75)
