"""Which voxel belongs to which injection, which lesions each reaches: thresholds, ties, and weights that add up."""

import numpy as np
import pytest

from yttria.physics.geometry.territory import (
    common_ml,
    is_part,
    parts_by_dose,
    parts_by_territory,
    reaching,
    require_apart,
    territory_weights,
    uptake_territory,
)
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, DoseMap, Voi
from yttria.values.units import Ml

LINE = Grid.aligned((1, 1, 100), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))  # 1 mL a voxel


def line(first: int, last: int, share: float = 1.0, role: str = "perfused") -> Voi:
    found = np.zeros(LINE.shape_zyx, np.float32)
    found[..., first:last] = share
    return Voi(role, role, LINE, found)


def test_weights_add_to_one_in_every_voxel_and_follow_the_shares() -> None:
    left, right = line(10, 20), line(20, 40)
    shared = np.array(left.share)
    shared[..., 19] = 0.25
    also = np.array(right.share)
    also[..., 19] = 0.75
    weights = territory_weights({"a": Voi("a", "perfused", LINE, shared), "b": Voi("b", "perfused", LINE, also)})
    assert np.allclose(weights["a"] + weights["b"], 1)
    assert weights["a"][0, 0, [0, 15, 19, 25]] == pytest.approx([1, 1, 0.25, 0])


def test_a_voxel_in_none_belongs_to_the_nearest_volume_and_at_equal_distance_to_the_first_named() -> None:
    """10..19 and 30..39: voxel 24 is nearer to the first, 25 to the second; of 20..28 and 32..40 voxel 30 is as near to both."""
    weights = territory_weights({"a": line(10, 20), "b": line(30, 40)})
    assert weights["a"][0, 0, [24, 25]].tolist() == [1, 0]
    middle = {"b": line(32, 41), "a": line(20, 29)}
    assert territory_weights(middle)["b"][0, 0, 30] == 1
    assert territory_weights(dict(reversed(middle.items())))["a"][0, 0, 30] == 1


def test_volumes_that_touch_inside_voxels_do_not_overlap() -> None:
    """Half of the voxel between them belongs to each, as where contours meet inside a slice or a pixel."""
    before, behind = np.array(line(0, 11).share), np.array(line(10, 20).share)
    before[..., 10] = behind[..., 10] = 0.5
    require_apart({"a": Voi("a", "perfused", LINE, before), "b": Voi("b", "perfused", LINE, behind)})


@pytest.mark.parametrize(("overlap", "apart"), [(0.0, True), (0.5, True), (0.51, False)])
def test_volumes_may_overlap_by_one_per_cent_of_the_smaller(overlap: float, apart: bool) -> None:
    small = np.array(line(0, 50).share)
    small[..., 49] = 0.5  # 49.5 mL, and 0.5 of it in the next voxel
    small[..., 50] = overlap
    volumes = {"a": Voi("a", "perfused", LINE, small), "b": line(50, 100)}
    if apart:
        require_apart(volumes)
    else:
        with pytest.raises(IntakeError, match=r'"a" and "b" share 0\.5 mL \(1\.0 %\)'):
            require_apart(volumes)


@pytest.mark.parametrize(
    ("ml", "of", "reached"),
    [
        (9.99, 100.0, False),
        (10.0, 100.0, True),
        (10.01, 101.0, True),
        (4.99, 50.0, False),
        (5.0, 50.0, True),
        (5.01, 50.0, True),
        (10.0, 1000.0, True),
    ],
)
def test_a_part_counts_from_ten_millilitres_or_a_tenth_of_the_lesion(ml: float, of: float, reached: bool) -> None:
    grid = Grid.aligned((1, 1, 1), spacing_zyx_mm=(of, 100, 10), origin_lps_mm=(0, 0, 0))
    assert is_part(Ml(ml), Voi("l", "tumour-1", grid, np.ones((1, 1, 1), np.float32))) == reached


def test_a_lesion_on_two_territories_counts_by_its_parts_and_whole_on_one() -> None:
    lesion = line(30, 60, role="tumour-1")
    two = {"a": line(0, 42), "b": line(42, 100)}
    assert {n: float(v.ml) for n, v in parts_by_territory(lesion, two).items()} == {"a": 12, "b": 18}
    assert {n: float(v.ml) for n, v in parts_by_territory(lesion, {"a": line(0, 58), "b": line(58, 100)}).items()} == {
        "a": 30
    }
    assert reaching(lesion, {"c": line(80, 90)}) == ()


def test_with_own_images_a_voxel_is_of_the_larger_dose_and_of_equals_of_the_first_named() -> None:
    lesion, both = line(30, 60, role="tumour-1"), {"a": line(0, 100), "b": line(0, 100)}
    one, other = np.ones(LINE.shape_zyx, np.float32), np.ones(LINE.shape_zyx, np.float32)
    same = parts_by_dose(lesion, both, {"a": DoseMap(LINE, one), "b": DoseMap(LINE, other)})
    assert {n: float(v.ml) for n, v in same.items()} == {"a": 30}
    other[..., 40:] = 2
    split = parts_by_dose(lesion, both, {"a": DoseMap(LINE, one), "b": DoseMap(LINE, other)})
    assert {n: float(v.ml) for n, v in split.items()} == {"a": 10, "b": 20}
    other[..., 32:40] = 2  # what is left to the first is 2 of 30 mL: below both thresholds
    assert list(parts_by_dose(lesion, both, {"a": DoseMap(LINE, one), "b": DoseMap(LINE, other)})) == ["b"]


@pytest.mark.parametrize(("counts", "treated"), [(0.99, False), (1.01, True)])
def test_an_image_shows_what_is_treated_from_a_tenth_of_the_livers_mean(counts: float, treated: bool) -> None:
    """100 voxels with a mean of 10: from 1 count on a voxel is treated."""
    numbers = np.zeros(LINE.shape_zyx, np.float32)
    numbers[..., 1:51] = (1000 - counts) / 50
    numbers[..., 0] = counts
    found = uptake_territory(CountMap(LINE, numbers, ""), line(0, 100, role="liver"), name="a")
    assert bool(found.share[0, 0, 0] > 0) == treated
    assert found.share[0, 0, 60] == 0


def test_an_image_without_counts_in_the_liver_is_refused() -> None:
    empty = CountMap(LINE, np.zeros(LINE.shape_zyx, np.float32), "")
    with pytest.raises(IntakeError, match='the image of injection "a" must hold counts in the liver'):
        uptake_territory(empty, line(0, 10, role="liver"), name="a")


HALVES = Grid.aligned((2, 3, 40), spacing_zyx_mm=(10, 5, 10), origin_lps_mm=(0, 0, 0))  # 0.5 mL a voxel


def block(z: slice, y: slice, x: slice, role: str = "perfused") -> Voi:
    share = np.zeros(HALVES.shape_zyx, np.float32)
    share[z, y, x] = 1
    return Voi(role, role, HALVES, share)


def test_what_two_volumes_have_in_common_is_measured_in_millilitres() -> None:
    every = slice(None)
    one, other = block(every, every, slice(0, 20)), block(every, every, slice(14, 39))
    assert common_ml(one, other) == pytest.approx(6 * 6 * 0.5)
    assert common_ml(one, block(every, every, slice(30, 39))) == Ml(0)
    with pytest.raises(IntakeError, match=r'"b" and "c" share 18\.0 mL \(30\.0 %\)') as refused:
        require_apart({"a": block(every, every, slice(39, 40)), "b": one, "c": other})
    assert refused.value.values == {"common": pytest.approx(18), "share": pytest.approx(0.3)}
    assert "by more than 1 % of the smaller" in str(refused.value)


def test_a_part_by_dose_counts_by_its_millilitres() -> None:
    """19 voxels of 120 are 9.5 of 60 mL: a tenth; of 240 with half of them in nothing they are too few."""
    every = slice(None)
    whole = {"a": block(every, every, slice(0, 40)), "b": block(every, every, slice(0, 40))}
    low, high = np.ones(HALVES.shape_zyx, np.float32), np.zeros(HALVES.shape_zyx, np.float32)
    high.ravel()[:19] = 2
    doses = {"a": DoseMap(HALVES, low), "b": DoseMap(HALVES, high)}
    assert set(parts_by_dose(block(every, every, slice(0, 40), "tumour-1"), whole, doses)) == {"a"}
    assert set(parts_by_dose(block(slice(0, 1), every, slice(0, 40), "tumour-1"), whole, doses)) == {"a", "b"}
    alone = block(every, every, slice(0, 4), "tumour-1")
    assert parts_by_dose(alone, {"a": whole["a"], "c": block(every, every, slice(20, 40))}, doses) == {"a": alone}
    assert parts_by_dose(alone, {"c": block(every, every, slice(20, 40))}, doses) == {}


def test_the_nearest_volume_is_nearest_in_millimetres() -> None:
    """Two rows are 10 mm away, one column 10 mm: at row 0 the block two rows below is as near as the one a column aside, and first."""
    one, other = block(slice(0, 1), slice(2, 3), slice(0, 1)), block(slice(0, 1), slice(0, 1), slice(2, 3))
    weights = territory_weights({"a": one, "b": other})
    assert weights["a"][0, 0, 0] == 1  # 10 mm against 20
    assert weights["a"][0, 0, 1] == 0  # 14.1 against 10
    assert weights["a"][1, 1, 1] == 1  # (10, 5, 10) against (10, 5, 10): of equals the first
    assert weights["a"][0, 2, 2] == 0  # 20 against 10


def test_an_image_shows_its_territory_in_the_liver_alone() -> None:
    numbers = np.full(LINE.shape_zyx, 4, np.float32)
    liver = line(10, 20, 0.5, role="liver")
    found = uptake_territory(CountMap(LINE, numbers, ""), liver, name="a")
    assert np.array_equal(found.share, liver.share)
    assert (found.name, found.role) == ("uptake of a", "perfused")
    few = uptake_territory(CountMap(LINE, numbers * np.float32(0.01), ""), liver, name="a")
    assert np.array_equal(few.share, liver.share)


@pytest.mark.parametrize(("counts", "treated"), [(1.0, False), (1.0001, True)])
def test_a_voxel_at_a_tenth_of_the_mean_is_not_treated(counts: float, treated: bool) -> None:
    numbers = np.zeros(LINE.shape_zyx, np.float32)
    numbers[..., :2] = counts, 19 - (counts - 1)  # two voxels with a mean of 10
    found = uptake_territory(CountMap(LINE, numbers, ""), line(0, 2, role="liver"), name="a")
    assert bool(found.share[0, 0, 0] > 0) == treated


def test_a_lesion_that_several_reach_is_divided_and_named_as_it_was() -> None:
    lesion = line(30, 60, role="tumour-1")
    parts = parts_by_territory(lesion, {"a": line(0, 42), "b": line(42, 100), "c": line(90, 100)})
    assert {name: (voi.role, float(voi.ml)) for name, voi in parts.items()} == {
        "a": ("tumour-1", 12),
        "b": ("tumour-1", 18),
    }
    assert reaching(lesion, {"a": line(0, 42), "b": line(42, 100), "c": line(90, 100)}) == ("a", "b")
