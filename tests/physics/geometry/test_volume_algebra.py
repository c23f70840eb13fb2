"""The algebra of volumes, and the volumes that doses are named after."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from yttria.physics.geometry.regrid import trimmed
from yttria.physics.geometry.volume_algebra import (
    audit_inside,
    distance_mm,
    farther_than,
    hepatic_reserve,
    intersection,
    minus,
    named_volumes,
    normal_reserve,
    share_inside,
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


def partly_outside(outside: float) -> Voi:
    """Return a perfused volume of one plane of 60 voxels in the liver and as much beside it that `outside` of it lies there."""
    share = np.zeros(GRID.shape_zyx)
    share[2, 2:8, 2:12] = 1
    share[0, 2:8, 2:12] = outside / (1 - outside)
    return Voi("Treated", "perfused", GRID, share)


@pytest.mark.parametrize(
    ("outside", "level"),
    [
        (0.0, None),
        (0.0499, None),
        (0.05, None),
        (0.0501, "warning"),
        (0.1999, "warning"),
        (0.2, "warning"),
        (0.2001, "stop"),
    ],
)
def test_a_perfused_volume_outside_the_liver_is_a_warning_above_5_and_a_stop_above_20_per_cent(
    outside: float, level: str | None
) -> None:
    drawn = partly_outside(outside)
    volumes, findings = named_volumes([LIVER, drawn, SMALL])
    found = [f for f in findings if f.code == "perfused-outside-liver"]
    assert [f.level for f in found] == ([] if level is None else [level])
    assert volumes["perfused"].ml == pytest.approx(60 * GRID.voxel_ml)  # doses and reserve are those of the part inside
    assert hepatic_reserve(LIVER, volumes["perfused"]) == pytest.approx(1 - 60 / (8 * 10 * 12))
    if level:
        assert found[0].values["outside_fraction"] == pytest.approx(outside, abs=1e-6)
        assert f"{100 * outside:.1f} %" in found[0].message
        assert "a warning above 5 %, a stop above 20 %" in found[0].message


@pytest.mark.parametrize(("inside", "stands"), [(0.0, "liver"), (0.0009, "liver"), (0.001, "part"), (0.0011, "part")])
def test_a_perfused_volume_wholly_outside_the_liver_is_a_stop_beside_the_doses_of_the_whole_liver(
    inside: float, stands: str
) -> None:
    share = np.zeros(GRID.shape_zyx)
    share[0, 1:11, 1:11], share[2, 5, 5] = 1 - inside, 100 * inside * (1 + 1e-6)
    volumes, findings = named_volumes([LIVER, Voi("Treated", "perfused", GRID, share), SMALL])
    stop = next(f for f in findings if f.level == "stop")
    assert stop.code == ("perfused-not-in-liver" if stands == "liver" else "perfused-outside-liver")
    assert "outside the liver" in stop.message
    assert np.array_equal(volumes["perfused"].share, LIVER.share) == (stands == "liver")


# ---- necrosis and thrombus


CORE = box("necrosis", slice(4, 5), slice(4, 5), slice(9, 10), name="Core")
CLOT = box("thrombus", slice(1, 2), slice(8, 10), slice(6, 8), name="PVTT")


def test_what_is_dead_or_thrombus_is_neither_lesion_nor_normal_liver() -> None:
    volumes, findings = named_volumes([LIVER, PERFUSED, LARGE, CORE, CLOT])
    assert findings == ()
    assert volumes["tumour-1"].ml == volumes["tumour"].ml == pytest.approx(LARGE.ml - CORE.ml)
    assert volumes["normal-perfused"].ml == pytest.approx(PERFUSED.ml - LARGE.ml - CLOT.ml)
    assert volumes["normal-liver"].ml == pytest.approx(LIVER.ml - LARGE.ml - CLOT.ml)
    assert volumes["necrosis"].ml == pytest.approx(CORE.ml)
    assert volumes["thrombus"].ml == pytest.approx(CLOT.ml)


def test_several_dead_parts_are_one_volume_and_lesions_are_ordered_by_what_lives() -> None:
    dead = [box("necrosis", slice(3, 6), slice(3, 6), slice(8, 11), name="rim", share=0.9), CORE]
    volumes, _ = named_volumes([LIVER, PERFUSED, LARGE, SMALL, *dead])
    assert volumes["tumour-1"].name == "GTV b"  # 27 voxels, a tenth alive, beside 4 whole ones
    assert volumes["tumour-2"].ml == pytest.approx(26 * 0.1 * GRID.voxel_ml, rel=1e-5)


def test_necrosis_drawn_beyond_the_tumour_is_no_normal_liver_either() -> None:
    wide = box("necrosis", slice(4, 5), slice(4, 5), slice(9, 12), name="Core")
    volumes, _ = named_volumes([LIVER, PERFUSED, LARGE, wide])
    assert volumes["tumour-1"].ml == pytest.approx(LARGE.ml - 2 * GRID.voxel_ml)
    assert volumes["normal-liver"].ml == pytest.approx(LIVER.ml - LARGE.ml - GRID.voxel_ml)


@pytest.mark.parametrize(("alive", "is_lesion"), [(0.0, False), (0.0199, False), (0.02, False), (0.0201, True)])
def test_a_lesion_of_which_less_than_2_per_cent_lives_is_none(alive: float, is_lesion: bool) -> None:
    dead = box("necrosis", slice(3, 6), slice(3, 6), slice(8, 11), share=1 - alive * (1 - 1e-6))
    volumes, findings = named_volumes([LIVER, PERFUSED, LARGE, SMALL, dead])
    found = {f.code for f in findings if f.level == "warning"}
    assert ("lesion-dead" in found) == (not is_lesion)
    assert ("tumour-2" in volumes) == is_lesion
    assert '"GTV a"' in " ".join(f.message for f in findings) or is_lesion


def test_where_every_lesion_is_dead_there_is_no_tumour() -> None:
    dead = box("necrosis", slice(2, 7), slice(2, 7), slice(7, 12))
    assert codes([LIVER, PERFUSED, LARGE, dead]) == ["lesion-dead", "tumour-absent"]


@pytest.mark.parametrize(("outside", "told"), [(0.0199, False), (0.02, False), (0.0201, True)])
def test_a_tumour_outside_is_told_above_2_per_cent(outside: float, told: bool) -> None:
    share = np.zeros(GRID.shape_zyx)
    share[4, 4, 9], share[0, 4, 9] = 1 - outside * (1 - 1e-6), outside * (1 - 1e-6)
    found = codes([LIVER, PERFUSED, Voi("GTV", "tumour", GRID, share)])
    assert found == (["tumour-1-outside-liver", "tumour-1-outside-perfused"] if told else [])


def test_the_reserve_without_tumour_takes_off_what_lies_outside_the_perfused_volume() -> None:
    left = box("tumour", slice(3, 6), slice(3, 6), slice(2, 5), name="GTV left")
    volumes, _ = named_volumes([LIVER, PERFUSED, LARGE, left, CLOT])
    whole = hepatic_reserve(LIVER, PERFUSED)
    assert normal_reserve(LIVER, volumes["perfused"], volumes["normal-liver"]) == pytest.approx(
        whole - left.ml / LIVER.ml
    )
    alone, _ = named_volumes([LIVER, PERFUSED, LARGE, CLOT])
    assert normal_reserve(LIVER, alone["perfused"], alone["normal-liver"]) == pytest.approx(whole)
    assert float(normal_reserve(LIVER, PERFUSED, None)) == 0.0


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


@pytest.mark.parametrize(
    ("whole", "words"),
    [("perfused", "it receives no normal share there"), ("liver", "check both contours")],
)
def test_what_leaves_its_whole_says_what_that_means(whole: str, words: str) -> None:
    grid = Grid.aligned((4, 10, 10), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))

    def columns(role: str, some: slice) -> Voi:
        share = np.zeros(grid.shape_zyx, np.float32)
        share[..., some] = 1
        return Voi(role, role, grid, share)

    (finding,) = audit_inside(columns("tumour-1", slice(2, 6)), columns(whole, slice(0, 5)))
    assert words in finding.message
    assert ("it receives no normal share there" in finding.message) is (whole == "perfused")


# ---- by hand

LINE = Grid.aligned((1, 1, 4), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0))  # 0.5 mL a voxel


def row(role: str, *shares: float, name: str = "") -> Voi:
    return Voi(name or role, role, LINE, np.array([[shares]]))


def test_parts_and_unions_are_named_and_hold_what_is_left() -> None:
    one, other = row("liver", 1, 0.75, 0.5, 0), row("tumour", 0.25, 0.75, 1, 1, name="GTV")
    rest = minus(one, other)
    assert (rest.name, rest.role, rest.share.ravel().tolist()) == ("liver minus GTV", "liver", [0.75, 0, 0, 0])
    both = intersection(one, other, role="common")
    assert (both.name, both.role, both.share.ravel().tolist()) == ("liver and GTV", "common", [0.25, 0.75, 0.5, 0])
    assert minus(one, other, role="x").role == "x"
    assert (union([one, other], name="all").name, union([one, other]).name) == ("all", "liver, GTV")
    assert (union([one, other]).role, union([one, other], role="y").role) == ("liver", "y")
    assert not union([one, other]).share.flags.writeable


@pytest.mark.parametrize(("left", "kept"), [(0.9e-6, False), (1.2e-6, True)])
def test_a_millionth_of_a_voxel_is_rounding(left: float, kept: bool) -> None:
    grid = LINE
    one = Voi("a", "a", grid, np.array([[[left, 1.0, 0, 0]]]))
    rest = minus(one, row("b", 0, 0.5, 0, 0))
    assert bool(rest.share[0, 0, 0] > 0) is kept


@pytest.mark.parametrize(("twice", "added"), [(0.0009, True), (0.0011, False)])
def test_volumes_touch_where_they_overlap_by_less_than_a_thousandth_of_what_is_added(twice: float, added: bool) -> None:
    grid = Grid.aligned((1, 1, 3), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    one = Voi("a", "a", grid, np.array([[[1.0, 0.5, 0]]]))
    other = Voi("b", "b", grid, np.array([[[0, 0.5 + twice, 0.5 - twice]]]))
    found = union([one, other])
    assert found.share.ravel() == pytest.approx([1, 1 if added else 0.5 + twice, 0.5 - twice], abs=1e-6)


def test_tumours_of_one_volume_are_ordered_by_name() -> None:
    a, b = row("tumour", 1, 0, 0, 0, name="b"), row("tumour", 0, 1, 0, 0, name="a")
    assert [(t.role, t.name) for t in tumours_by_volume([a, b])] == [("tumour-1", "a"), ("tumour-2", "b")]


def test_reserves_are_parts_of_the_liver_and_never_below_nothing() -> None:
    liver, perfused = row("liver", 1, 1, 0.5, 0.5), row("perfused", 1, 0.25, 0, 1)
    assert hepatic_reserve(liver, perfused) == pytest.approx(1 - 1.75 / 3)
    normal = row("normal-liver", 0.5, 0.5, 0.25, 0.5)  # tumour: 0.5, 0.5, 0.25, 0, of which 0.25 and 0.25 are outside
    assert normal_reserve(liver, perfused, normal) == pytest.approx(1 - (1.75 + 0.5) / 3)
    assert share_inside(perfused, liver) == pytest.approx(1.75 / 2.25)
    assert share_inside(liver, row("x", 1, 1, 1, 1)) == Share(1)
    assert normal_reserve(row("liver", 1, 1, 0, 0), row("p", 1, 0, 0, 0), row("n", 1, 0, 0, 0)) == Share(0)
    other = Grid.aligned((1, 1, 4), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(1, 0, 0))
    with pytest.raises(GeometryError, match="liver and normal liver must lie on one grid"):
        normal_reserve(liver, perfused, Voi("n", "normal-liver", other, normal.share))


def test_a_perfused_volume_wholly_outside_is_told_by_its_millilitres() -> None:
    _, findings = named_volumes(
        [row("liver", 1, 1, 0, 0), row("perfused", 0, 0, 1, 0.5, name="Treated"), row("tumour", 1, 0, 0, 0)]
    )
    stop = next(f for f in findings if f.level == "stop")
    assert stop.message.startswith('the perfused volume ("Treated", 1 mL) lies wholly outside the liver')
    assert stop.values == {"outside_fraction": pytest.approx(1), "drawn_ml": pytest.approx(0.75)}


def test_a_perfused_volume_partly_outside_is_told_by_its_share_and_millilitres() -> None:
    _, findings = named_volumes([LIVER, partly_outside(0.25), SMALL])
    (told,) = [f for f in findings if f.code == "perfused-outside-liver"]
    assert told.message.startswith(
        f'the perfused volume ("Treated") lies with 25.0 % of its {80 * GRID.voxel_ml:.0f} mL outside the liver (house: a warning above 5 %, a stop above 20 %)'
    )
    assert f"those of the {60 * GRID.voxel_ml:.0f} mL inside" in told.message
    assert told.values == {
        "outside_fraction": pytest.approx(0.25),
        "drawn_ml": pytest.approx(80 * GRID.voxel_ml),
        "inside_ml": pytest.approx(60 * GRID.voxel_ml),
    }


def test_a_part_outside_its_whole_is_told_by_its_share_and_millilitres() -> None:
    (told,) = audit_inside(row("tumour-1", 0, 1, 1, 0.5, name="GTV"), row("liver", 1, 1, 0.5, 0))
    assert told.message == 'tumour-1 ("GTV") lies with 40.0 % of its 1.2 mL outside the liver; check both contours'
    assert told.values == {"outside_fraction": pytest.approx(0.4), "volume_ml": pytest.approx(1.25)}
    assert (told.level, told.code) == ("warning", "tumour-1-outside-liver")


def test_volumes_of_a_liver_wholly_of_tumour_leave_nothing_normal() -> None:
    volumes, findings = named_volumes([row("liver", 1, 1, 0, 0), row("tumour", 1, 1, 0, 0)])
    assert {"normal-liver", "normal-perfused"} & set(volumes) == set()
    assert [f.code for f in findings] == ["perfused-absent", "normal-perfused-absent", "normal-liver-absent"]
    assert findings[1].message == "tumours fill the whole perfused volume: nothing normal is left of it"


def test_parts_of_one_grid_unite_as_whole_grids_do() -> None:
    grid = Grid.aligned((4, 5, 6), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1, 2, 3))
    rng = np.random.default_rng(1)
    wholes, parts = [], []
    for start in ((0, 0, 0), (1, 2, 3), (2, 0, 1)):
        share = np.zeros(grid.shape_zyx, dtype=np.float32)
        k, j, i = start
        share[k : k + 2, j : j + 3, i : i + 3] = rng.random((2, 3, 3))
        whole = Voi(f"v{k}", "lungs", grid, share)
        wholes.append(whole)
        parts.append(trimmed(whole))
    one, other = union(wholes), union(parts, grid=grid)
    assert (one.share == other.share).all()
    assert (one.name, one.role, other.grid) == (other.name, other.role, grid)
    with pytest.raises(GeometryError, match="voxels must be voxels of one grid"):
        union(parts, grid=Grid.aligned((4, 5, 6), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(1.5, 2, 3)))
