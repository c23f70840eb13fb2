"""The algebra of volumes, and the volumes that doses are named after."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from yttria.physics.geometry.volume_algebra import (
    distance_mm,
    farther_than,
    hepatic_reserve,
    intersection,
    minus,
    named_volumes,
    tumours_by_volume,
    union,
)
from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import Voi
from yttria.values.units import Share

GRID = Grid.aligned((10, 12, 14), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))


def box(role: str, *ranges: slice, name: str = "", share: float = 1.0) -> Voi:
    found = np.zeros(GRID.shape_zyx)
    found[tuple(ranges)] = share
    return Voi(name or role, role, GRID, found)


LIVER = box("liver", slice(1, 9), slice(1, 11), slice(1, 13))
PERFUSED = box("perfused", slice(1, 9), slice(1, 11), slice(6, 13))
LARGE = box("tumour", slice(3, 6), slice(3, 6), slice(8, 11), name="GTV a")
SMALL = box("tumour", slice(7, 8), slice(7, 9), slice(8, 10), name="GTV b")
part = arrays(np.float32, (2, 3, 4), elements=st.floats(0, 1, width=32))


# ---- laws


@given(part, part)
def test_what_is_left_and_what_is_common_make_the_whole(one: NDArray[np.float32], other: NDArray[np.float32]) -> None:
    grid = Grid.aligned((2, 3, 4), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    a, b = Voi("a", "a", grid, np.maximum(one, 0.25)), Voi("b", "b", grid, np.minimum(np.maximum(other, 0.125), 0.2))
    rest, common = minus(a, b), intersection(a, b)
    assert rest.ml + common.ml == pytest.approx(a.ml, rel=1e-5)
    assert union([a, b]).ml >= max(a.ml, b.ml) * (1 - 1e-6)


def test_union_and_intersection_of_a_volume_and_its_part_are_exact() -> None:
    assert np.array_equal(union([LIVER, PERFUSED]).share, LIVER.share)
    assert np.array_equal(intersection(LIVER, PERFUSED).share, PERFUSED.share)


def test_volumes_that_touch_in_a_voxel_add_up_there() -> None:
    left = box("tumour", slice(2, 3), slice(2, 3), slice(2, 5))
    share = left.share.copy()
    share[2, 2, 4] = 0.5
    left = Voi("left", "tumour", GRID, share)
    right = Voi("right", "tumour", GRID, np.roll(share[..., ::-1], -5, axis=2))
    both = union([left, right])
    assert both.ml == pytest.approx(left.ml + right.ml)


def test_volumes_that_overlap_do_not_count_twice() -> None:
    assert union([LARGE, LARGE]).ml == pytest.approx(LARGE.ml)


# ---- known answers


def test_hepatic_reserve_is_the_untreated_share() -> None:
    assert hepatic_reserve(LIVER, PERFUSED) == pytest.approx(5 / 12, abs=1e-6)
    assert hepatic_reserve(LIVER, LIVER) == Share(0)


def test_tumours_are_numbered_from_the_largest() -> None:
    assert [(t.role, t.name) for t in tumours_by_volume([SMALL, LARGE])] == [
        ("tumour-1", "GTV a"),
        ("tumour-2", "GTV b"),
    ]


def test_a_case_has_all_its_named_volumes() -> None:
    volumes, findings = named_volumes([LIVER, PERFUSED, SMALL, LARGE])
    assert set(volumes) == {
        "liver",
        "perfused",
        "tumour",
        "tumour-1",
        "tumour-2",
        "normal-perfused",
        "normal-liver",
    }
    assert findings == ()
    assert volumes["normal-perfused"].ml == pytest.approx(PERFUSED.ml - LARGE.ml - SMALL.ml)
    assert volumes["normal-liver"].ml == pytest.approx(LIVER.ml - LARGE.ml - SMALL.ml)


def test_two_lungs_become_one_volume() -> None:
    left = box("lungs", slice(0, 1), slice(0, 12), slice(0, 6), name="Lung_L")
    right = box("lungs", slice(0, 1), slice(0, 12), slice(8, 14), name="Lung_R")
    volumes, _ = named_volumes([LIVER, PERFUSED, LARGE, left, right])
    assert volumes["lungs"].ml == pytest.approx(left.ml + right.ml)


def test_distance_follows_the_spacing() -> None:
    inside = np.zeros((3, 1, 4), dtype=bool)
    inside[0, 0, 0] = True
    found = distance_mm(inside, (5.0, 1.0, 2.0))
    assert found[2, 0, 0] == 10
    assert found[0, 0, 3] == 6
    assert np.isinf(distance_mm(np.zeros((2, 2, 2), dtype=bool), (1, 1, 1))).all()


@pytest.mark.parametrize("limit_mm", [0.0, 1.999, 2.0, 2.001, 4.999, 5.0, 12.0, 400.0])
@pytest.mark.parametrize("corner", [(0, 0, 0), (6, 9, 11), (3, 4, 5)])
def test_what_lies_farther_is_the_same_in_a_box_as_on_the_whole_grid(
    limit_mm: float, corner: tuple[int, int, int]
) -> None:
    inside = np.zeros((7, 10, 12), dtype=bool)
    inside[corner] = inside[3, 5, 5] = True
    spacing = (5.0, 1.0, 2.0)
    far = farther_than(inside, spacing, limit_mm)
    assert np.array_equal(far, distance_mm(inside, spacing) > limit_mm)
    assert farther_than(np.zeros_like(inside), spacing, limit_mm).all()


# ---- doubts and refusals


def codes(volumes: Sequence[Voi]) -> list[str]:
    return [f.code for f in named_volumes(volumes)[1]]


def test_no_perfused_volume_means_the_whole_liver_with_a_warning() -> None:
    volumes, findings = named_volumes([LIVER, LARGE])
    assert np.array_equal(volumes["perfused"].share, LIVER.share)
    assert [f.code for f in findings] == ["perfused-absent"]


def test_no_tumour_means_no_tumour_dose_with_a_warning() -> None:
    volumes, findings = named_volumes([LIVER, PERFUSED])
    assert "tumour" not in volumes
    assert [f.code for f in findings] == ["tumour-absent"]


def test_a_tumour_that_sticks_out_raises_a_warning_with_its_share() -> None:
    out = box("tumour", slice(3, 6), slice(3, 6), slice(4, 8), name="GTV c")
    _, findings = named_volumes([LIVER, PERFUSED, out])
    (finding,) = findings
    assert finding.code == "tumour-1-outside-perfused"
    assert "50.0 %" in finding.message


def test_a_perfused_volume_beyond_the_liver_raises_a_warning() -> None:
    wide = box("perfused", slice(0, 9), slice(1, 11), slice(6, 13))
    assert "perfused-outside-liver" in codes([LIVER, wide, LARGE])


def test_a_tumour_that_fills_its_territory_leaves_nothing_normal_with_a_warning() -> None:
    whole = box("perfused", slice(3, 6), slice(3, 6), slice(8, 11))
    volumes, findings = named_volumes([LIVER, whole, LARGE])
    assert "normal-perfused" not in volumes
    assert [f.code for f in findings] == ["normal-perfused-absent"]


def test_a_case_without_a_liver_is_refused() -> None:
    with pytest.raises(IntakeError, match="needs the whole liver"):
        named_volumes([PERFUSED, LARGE])


def test_volumes_on_two_grids_are_refused() -> None:
    other = Grid.aligned((10, 12, 14), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(7, 0, 0))
    moved = Voi("GTV", "tumour", other, LARGE.share)
    with pytest.raises(GeometryError, match="must lie on one grid"):
        minus(LIVER, moved)
    with pytest.raises(GeometryError, match="must lie on one grid"):
        named_volumes([LIVER, PERFUSED, moved])


def test_nothing_left_is_refused() -> None:
    with pytest.raises(QuantityError, match="must hold part of a voxel"):
        minus(LARGE, LIVER)
    with pytest.raises(QuantityError, match="one volume or more"):
        union([])
