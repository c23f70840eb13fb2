"""What blur carries between volumes, and taking it back."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from yttria.physics.dosimetry.local_deposition import local_deposition, named_doses
from yttria.physics.geometry.volume_algebra import named_volumes
from yttria.physics.quantification.spill_over import _box, _overlap, recovered_doses, spill_matrix
from yttria.values.errors import QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, DensityMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Gy, Share

GRID = Grid.aligned((44, 44, 48), spacing_zyx_mm=(4.42, 4.42, 4.42), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
WATER = DensityMap(GRID, np.ones(GRID.shape_zyx))
SHUNT = LungShunt(Share(0.0), "given", Gram(1000.0), "given")
SIGMA = 12 / np.sqrt(8 * np.log(2)) / 4.42


def ball(role: str, centre: tuple[float, float, float], radius: float, clip: float | None = None) -> Voi:
    """Return a ball (mm), by eight points a voxel edge; with `clip`, only what lies beyond that x."""
    share = np.zeros(GRID.shape_zyx)
    parts = (np.arange(4) + 0.5) / 4 - 0.5
    z, y, x = np.indices(GRID.shape_zyx) * 4.42
    for dz in parts * 4.42:
        for dy in parts * 4.42:
            for dx in parts * 4.42:
                inside = (z + dz - centre[0]) ** 2 + (y + dy - centre[1]) ** 2 + (x + dx - centre[2]) ** 2 < radius**2
                share += inside & ((x + dx) > clip) if clip is not None else inside
    return Voi(role, role, GRID, share / 64)


LIVER = ball("liver", (95, 95, 100), 70)
PERFUSED = ball("perfused", (95, 95, 100), 70, clip=90.0)
LARGE = ball("tumour", (95, 95, 130), 25)
SMALL = ball("tumour", (130, 105, 115), 10)
VOLUMES, _ = named_volumes([LIVER, PERFUSED, LARGE, SMALL])
TRUE = {"tumour-1": 5.0e6, "tumour-2": 6.0e6, "normal-perfused": 1.0e6, "rest": 0.0}


def activity(*, blurred: bool) -> ActivityMap:
    field: NDArray[np.float64] = np.zeros(GRID.shape_zyx)
    for role in ("tumour-1", "tumour-2", "normal-perfused"):
        field = field + TRUE[role] * VOLUMES[role].share
    return ActivityMap(GRID, gaussian_filter(field, SIGMA, mode="constant") if blurred else field, Y90)


def gray(becquerel_per_ml: float) -> float:
    return becquerel_per_ml * Y90.joule_per_bq * 1000


def seen(map_: ActivityMap) -> Mapping[str, Gy]:
    return named_doses(local_deposition(map_, WATER), WATER, VOLUMES, administered=Bq(1e9), shunt=SHUNT, nuclide=Y90)


# ---- laws


def test_each_row_of_the_matrix_is_what_one_volume_receives_in_all() -> None:
    shares = [np.asarray(VOLUMES[r].share, dtype=float) for r in ("tumour-1", "tumour-2", "normal-perfused")]
    matrix = spill_matrix(shares, GRID.spacing_zyx_mm, 12)
    assert (matrix >= 0).all()
    assert (matrix.sum(axis=1) <= 1 + 1e-6).all()
    assert matrix[1, 1] < matrix[0, 0]


def test_what_leaves_one_volume_for_another_is_as_much_as_comes_back_at_even_activity() -> None:
    shares = [np.asarray(VOLUMES[r].share, dtype=float) for r in ("tumour-1", "normal-perfused")]
    matrix = spill_matrix(shares, GRID.spacing_zyx_mm, 12)
    assert matrix[0, 1] * shares[0].sum() == pytest.approx(matrix[1, 0] * shares[1].sum(), rel=1e-3)


def test_the_identities_of_the_named_doses_hold_after_recovery_too() -> None:
    found, _ = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=12, relative=True)
    ml = {role: voi.ml for role, voi in VOLUMES.items()}
    assert found["PLD"] * ml["perfused"] == pytest.approx(
        found["TD_all"] * ml["tumour"] + found["NPLD"] * ml["normal-perfused"], rel=5e-3
    )


# ---- known answers


def test_blur_takes_nearly_half_of_a_small_lesion_and_recovery_gives_it_back() -> None:
    blurred = activity(blurred=True)
    before = seen(blurred)
    assert before["TD_2"] < 0.6 * gray(TRUE["tumour-2"])
    assert before["TD_1"] < 0.9 * gray(TRUE["tumour-1"])
    found, _ = recovered_doses(blurred, WATER, VOLUMES, fwhm_mm=12, relative=False)
    assert found["TD_1"] == pytest.approx(gray(TRUE["tumour-1"]), rel=0.01)
    assert found["TD_2"] == pytest.approx(gray(TRUE["tumour-2"]), rel=0.01)
    assert found["NPLD"] == pytest.approx(gray(TRUE["normal-perfused"]), rel=0.01)


def test_a_liver_that_keeps_its_activity_keeps_its_dose() -> None:
    blurred = activity(blurred=True)
    found, _ = recovered_doses(blurred, WATER, VOLUMES, fwhm_mm=12, relative=True)
    assert found["WLD"] == pytest.approx(seen(blurred)["WLD"], rel=1e-3)


def test_voxels_blur_too_and_that_is_undone_on_a_sharp_image() -> None:
    sharp = activity(blurred=False)
    assert seen(sharp)["TD_2"] < 0.9 * gray(TRUE["tumour-2"])
    found, _ = recovered_doses(sharp, WATER, VOLUMES, fwhm_mm=0.1, relative=False)
    assert found["TD_2"] == pytest.approx(gray(TRUE["tumour-2"]), rel=0.01)


def test_a_lesion_smaller_than_the_blur_has_no_dose_with_blur_undone_and_a_note_says_so() -> None:
    found, findings = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=22, relative=False)
    assert "TD_2" not in found
    assert {"TD_1", "TD_all", "PLD", "NPLD"} <= set(found)
    (note,) = findings
    assert note.code == "blur-not-undone"
    assert note.message.startswith('tumour-2 ("tumour", 4.2 mL) keeps 17 % of its own counts')


@pytest.mark.parametrize(("fwhm_mm", "kept", "told"), [(14.2, 0.302, False), (14.5, 0.293, True)])
def test_a_lesion_is_undone_from_thirty_per_cent_of_its_own_counts_on(fwhm_mm: float, kept: float, told: bool) -> None:
    volumes, _ = named_volumes([LIVER, PERFUSED, ball("tumour", (95, 95, 130), 9)])
    share = np.asarray(volumes["tumour-1"].share, dtype=float)
    assert float(spill_matrix([share], GRID.spacing_zyx_mm, fwhm_mm)[0, 0]) == pytest.approx(kept, abs=1e-3)
    found, findings = recovered_doses(activity(blurred=True), WATER, volumes, fwhm_mm=fwhm_mm, relative=False)
    assert ("TD_1" in found, "blur-not-undone" in {f.code for f in findings}) == (not told, told)


# ---- a dead core and a thrombus are regions of their own

CORE, PLUG = ball("necrosis", (95, 95, 130), 14), ball("thrombus", (62, 105, 112), 12)
BESIDE, _ = named_volumes([LIVER, PERFUSED, LARGE, SMALL, CORE, PLUG])


@pytest.mark.parametrize(("core", "plug"), [(0.0, 3.0), (0.4, 0.5), (2.0, 8.0)])
def test_a_dead_core_and_a_thrombus_keep_their_own_uptake_and_spoil_none_beside_them(core: float, plug: float) -> None:
    true = TRUE | {"necrosis": core * 1e6, "thrombus": plug * 1e6}
    field = sum(
        (true[role] * BESIDE[role].share.astype(float) for role in true if role != "rest"), np.zeros(GRID.shape_zyx)
    )
    image = ActivityMap(GRID, gaussian_filter(field, SIGMA, mode="constant"), Y90)
    found, findings = recovered_doses(image, WATER, BESIDE, fwhm_mm=12, relative=False)
    assert [f.code for f in findings] == (["necrosis-takes-up"] if core > 1 else [])
    for name, role in {
        "TD_1": "tumour-1",
        "TD_2": "tumour-2",
        "NPLD": "normal-perfused",
        "thrombus": "thrombus",
    }.items():
        assert found[name] == pytest.approx(gray(true[role]), rel=0.015)
    ml = {role: voi.ml for role, voi in BESIDE.items()}
    held = sum(
        gray(true[role]) * ml[role] for role in ("tumour-1", "tumour-2", "normal-perfused", "necrosis", "thrombus")
    )
    assert found["PLD"] * ml["perfused"] == pytest.approx(held, rel=0.01)


@pytest.mark.parametrize(("core", "told"), [(0.0, False), (0.99, False), (1.02, True), (5.0, True)])
def test_necrosis_that_takes_up_more_than_the_perfused_normal_liver_is_a_warning(core: float, told: bool) -> None:
    true = TRUE | {"necrosis": core * 1e6, "thrombus": 1e6}
    field = np.zeros(GRID.shape_zyx)
    for role in ("tumour-1", "tumour-2", "necrosis", "thrombus", "normal-perfused"):
        field += true[role] * BESIDE[role].share
    image = ActivityMap(GRID, gaussian_filter(field, SIGMA, mode="constant"), Y90)
    _, findings = recovered_doses(image, WATER, BESIDE, fwhm_mm=12, relative=False)
    assert [(f.level, f.code) for f in findings] == ([("warning", "necrosis-takes-up")] if told else [])
    if told:
        assert findings[0].values["ratio"] == pytest.approx(core, rel=0.01)
        assert "no dose of it is judged" in findings[0].message


def test_a_core_that_is_drawn_takes_nothing_from_the_dose_of_its_rim() -> None:
    image = activity(blurred=True)  # the core takes up as its rim does
    found, _ = recovered_doses(image, WATER, BESIDE, fwhm_mm=12, relative=False)
    assert found["TD_1"] == pytest.approx(gray(TRUE["tumour-1"]), rel=0.015)


def test_a_thrombus_smaller_than_the_blur_has_no_dose_with_blur_undone_and_a_note_says_so() -> None:
    volumes, _ = named_volumes([LIVER, PERFUSED, LARGE, ball("thrombus", (70, 105, 112), 5)])
    found, findings = recovered_doses(activity(blurred=True), WATER, volumes, fwhm_mm=12, relative=False)
    assert "thrombus" not in found
    assert [f.code for f in findings] == ["blur-not-undone"]
    assert "thrombus" in findings[0].message


# ---- lesions that overlap, touch, or are given twice


def named(*tumours: Voi) -> Mapping[str, Voi]:
    return named_volumes([LIVER, PERFUSED, *tumours])[0]


def hot(voi: Voi, ratio: float = 5.0) -> ActivityMap:
    """Return normal perfused liver with `voi` at `ratio` times its concentration, blurred."""
    field = 1e6 * (PERFUSED.share + (ratio - 1) * voi.share)
    return ActivityMap(GRID, gaussian_filter(field.astype(float), SIGMA, mode="constant"), Y90)


def union_of(one: Voi, other: Voi) -> Voi:
    return Voi("both", "tumour", GRID, np.maximum(one.share, other.share))


def renamed(voi: Voi, name: str) -> Voi:
    return Voi(name, "tumour", GRID, voi.share)


@pytest.mark.parametrize("relative", [True, False])
def test_a_lesion_given_twice_has_the_dose_of_its_original(relative: bool) -> None:
    image = hot(SMALL)
    alone, _ = recovered_doses(image, WATER, named(SMALL), fwhm_mm=12, relative=relative)
    twice, findings = recovered_doses(image, WATER, named(SMALL, renamed(SMALL, "copy")), fwhm_mm=12, relative=relative)
    assert twice["TD_1"] == twice["TD_2"] == pytest.approx(alone["TD_1"], rel=1e-6)
    for name in ("TD_all", "PLD", "NPLD", "WNLD", "WLD"):
        assert twice[name] == pytest.approx(alone[name], rel=1e-6)
    assert [f.code for f in findings] == ["lesions-overlap"]


def test_each_of_two_lesions_that_overlap_in_part_has_the_dose_of_its_own_region() -> None:
    one, other = ball("tumour", (95, 95, 120), 16), ball("tumour", (95, 95, 136), 16)
    image = hot(union_of(one, other))
    found, findings = recovered_doses(image, WATER, named(one, other), fwhm_mm=12, relative=False)
    assert found["TD_1"] == pytest.approx(gray(5e6), rel=0.02)
    assert found["TD_2"] == pytest.approx(gray(5e6), rel=0.02)
    assert found["TD_all"] == pytest.approx(gray(5e6), rel=0.02)
    assert found["NPLD"] == pytest.approx(gray(1e6), rel=0.02)
    assert [f.code for f in findings] == ["lesions-overlap"]


@pytest.mark.parametrize("offset", [0.0, 6.0, 12.0])
def test_a_lesion_inside_another_takes_nothing_from_it(offset: float) -> None:
    inner = ball("tumour", (95, 95, 130 + offset), 11)
    found, _ = recovered_doses(hot(LARGE), WATER, named(LARGE, inner), fwhm_mm=12, relative=False)
    assert found["TD_1"] == pytest.approx(gray(5e6), rel=0.01)
    assert found["TD_2"] == pytest.approx(gray(5e6), rel=0.03)


def test_lesions_inside_a_drawing_of_the_whole_perfused_liver_keep_their_doses() -> None:
    volumes = named(LARGE, SMALL)
    image = activity(blurred=True)
    alone, _ = recovered_doses(image, WATER, volumes, fwhm_mm=12, relative=False)
    around, _ = recovered_doses(image, WATER, named(renamed(PERFUSED, "all"), LARGE, SMALL), fwhm_mm=12, relative=False)
    assert [around["TD_2"], around["TD_3"]] == pytest.approx([alone["TD_1"], alone["TD_2"]], rel=1e-6)
    assert around["TD_all"] == pytest.approx(alone["PLD"], rel=0.01)
    assert [around["PLD"], around["WLD"]] == pytest.approx([alone["PLD"], alone["WLD"]], rel=0.01)


def test_lesions_that_touch_in_their_edge_voxels_are_regions_beside_each_other() -> None:
    whole = ball("tumour", (95, 95, 125), 25)
    right = ball("tumour", (95, 95, 125), 25, clip=127.3)
    left = Voi("left", "tumour", GRID, np.clip(whole.share - right.share, 0, 1))
    field = 1e6 * (PERFUSED.share + 4.0 * left.share + 1.0 * right.share)
    image = ActivityMap(GRID, gaussian_filter(field.astype(float), SIGMA, mode="constant"), Y90)
    found, findings = recovered_doses(image, WATER, named(left, right), fwhm_mm=12, relative=False)
    assert sorted([found["TD_1"], found["TD_2"]]) == pytest.approx([gray(2e6), gray(5e6)], rel=0.02)
    assert findings == ()


def test_three_lesions_in_a_chain_are_one_group() -> None:
    chain = [ball("tumour", (95, 95, x), 12) for x in (105, 121, 137)]
    image = hot(union_of(union_of(chain[0], chain[1]), chain[2]))
    found, findings = recovered_doses(image, WATER, named(*chain), fwhm_mm=12, relative=False)
    assert [found[f"TD_{n}"] for n in (1, 2, 3)] == pytest.approx([gray(5e6)] * 3, rel=0.03)
    assert len(findings) == 1


def test_small_lesions_given_twice_in_voxels_that_neither_fills_are_one_group() -> None:
    share = np.zeros(GRID.shape_zyx)
    share[21:23, 21:23, 28:30] = 0.4
    speck = [Voi(name, "tumour", GRID, share) for name in ("a", "b")]
    found, findings = recovered_doses(hot(LARGE), WATER, named(*speck), fwhm_mm=12, relative=False)
    assert [f.code for f in findings] == ["lesions-overlap", "blur-not-undone", "blur-not-undone"]
    assert "TD_1" not in found


@pytest.mark.parametrize("share", [0.005, 0.02])
def test_lesions_overlap_from_one_per_cent_of_the_smaller_on(share: float) -> None:
    one = np.zeros(GRID.shape_zyx)
    one[20:25, 20:25, 26:30] = 1.0
    other = np.zeros(GRID.shape_zyx)
    other[20:25, 20:25, 30:34] = 1.0
    other[20:25, 20:25, 29] = share * 4
    _, findings = recovered_doses(
        hot(LARGE),
        WATER,
        named(Voi("a", "tumour", GRID, one), Voi("b", "tumour", GRID, other)),
        fwhm_mm=12,
        relative=False,
    )
    assert ("lesions-overlap" in {f.code for f in findings}) == (share > 0.01)


def test_volumes_that_blur_makes_one_cost_the_doses_with_blur_undone_and_nothing_else() -> None:
    found, findings = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=400, relative=True)
    assert found == {}
    assert [f.code for f in findings] == ["blur-not-undone"]


# ---- refusals


def test_a_resolution_of_nothing_is_refused() -> None:
    with pytest.raises(QuantityError, match="resolution FWHM"):
        recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=0, relative=True)


def test_beside_a_lesion_that_stays_as_seen_even_uptake_comes_out_even() -> None:
    even = ActivityMap(GRID, gaussian_filter(1.0e6 * np.asarray(LIVER.share, dtype=float), SIGMA, mode="constant"), Y90)
    volumes, _ = named_volumes([LIVER, LARGE, ball("tumour", (95, 95, 75), 4.5)])
    found, findings = recovered_doses(even, WATER, volumes, fwhm_mm=12.0, relative=False)
    assert "TD_2" not in found
    assert "blur-not-undone" in {f.code for f in findings}
    assert found["TD_1"] == pytest.approx(gray(1.0e6), rel=1e-6)
    assert found["NPLD"] == pytest.approx(gray(1.0e6), rel=1e-6)


# ---- by hand, on a row of large voxels that blur leaves alone

ROW = Grid.aligned((1, 1, 8), spacing_zyx_mm=(100, 100, 100), origin_lps_mm=(0, 0, 0))
SHARP_MM = 1.0


def on_row(role: str, *shares: float, name: str = "") -> Voi:
    return Voi(name or role, role, ROW, np.array([[shares]]))


def row_image(*bq_per_ml: float) -> ActivityMap:
    return ActivityMap(ROW, np.array([[bq_per_ml]]) * 1e6, Y90)


ON_ROW = {
    "liver": on_row("liver", 1, 1, 1, 1, 1, 1, 0, 0),
    "perfused": on_row("perfused", 1, 1, 1, 0.5, 0, 0, 0, 0),
    "tumour": on_row("tumour", 1, 0, 0, 0, 0, 0, 0, 0),
    "tumour-1": on_row("tumour-1", 1, 0, 0, 0, 0, 0, 0, 0),
    "thrombus": on_row("thrombus", 0, 0.5, 0, 0, 0, 0, 0, 0),
    "normal-perfused": on_row("normal-perfused", 0, 0.5, 1, 0.5, 0, 0, 0, 0),
    "normal-liver": on_row("normal-liver", 0, 0.5, 1, 1, 1, 1, 0, 0),
    "lungs": on_row("lungs", 0, 0, 0, 0, 0, 0, 1, 1),
}


def test_doses_without_blur_are_those_of_regions_over_the_mass_of_volumes() -> None:
    """Lesion 8, thrombus 6, normal perfused liver 2 and the rest 1 are mixed in the voxels that they share, and found back."""
    rho = np.array([1.0, 1, 2, 1, 1, 1, 0.3, 0.3])
    image = row_image(8, 0.5 * 6 + 0.5 * 2, 2, 0.5 * 2 + 0.5 * 1, 1, 1, 4, 4)
    found, findings = recovered_doses(image, DensityMap(ROW, rho[None, None]), ON_ROW, fwhm_mm=SHARP_MM, relative=False)
    masses = {role: float((voi.share * rho).sum()) for role, voi in ON_ROW.items()}
    expected = {
        "TD_1": 8 / masses["tumour-1"],
        "TD_all": 8 / masses["tumour"],
        "thrombus": 0.5 * 6 / masses["thrombus"],
        "NPLD": 2 * 2 / masses["normal-perfused"],
        "PLD": (8 + 0.5 * 6 + 2 * 2) / masses["perfused"],
        "WNLD": (2 * 2 + 2.5 * 1) / masses["normal-liver"],
        "WLD": (8 + 0.5 * 6 + 2 * 2 + 2.5 * 1) / masses["liver"],
    }
    assert findings == ()
    assert found == pytest.approx({name: gray(dose * 1e6) for name, dose in expected.items()}, rel=1e-6)
    both = [np.asarray(ON_ROW[role].share, dtype=float) for role in ("thrombus", "normal-perfused")]
    assert spill_matrix(both, (100,) * 3, SHARP_MM) == pytest.approx(np.array([[0.5, 0.5], [0.125, 0.75]]))


def test_even_uptake_stays_even_and_keeps_its_activity_where_counts_share_it_out() -> None:
    even = row_image(3, 3, 3, 3, 3, 3, 3, 3)
    water = DensityMap(ROW, np.ones(ROW.shape_zyx))
    for relative in (True, False):
        found, _ = recovered_doses(even, water, ON_ROW, fwhm_mm=SHARP_MM, relative=relative)
        for name, dose in found.items():
            assert dose == pytest.approx(gray(3e6), rel=1e-6), name
    few, _ = recovered_doses(row_image(*[3e-7] * 8), water, ON_ROW, fwhm_mm=SHARP_MM, relative=True)
    assert few["WLD"] == pytest.approx(gray(0.3), rel=1e-5)
    none, _ = recovered_doses(row_image(*[0.0] * 8), water, ON_ROW, fwhm_mm=SHARP_MM, relative=True)
    assert set(none.values()) == {0.0}


def test_the_part_of_a_grid_that_blur_connects_reaches_two_widths_beyond_and_never_before_it() -> None:
    grid = Grid.aligned((40, 41, 42), spacing_zyx_mm=(4, 5, 6), origin_lps_mm=(0, 0, 0))
    one, other = np.zeros(grid.shape_zyx), np.zeros(grid.shape_zyx)
    one[10:12, 3:5, 20:30], other[20:21, 30:31, 25:35] = 1, 0.1
    box = _box([Voi("a", "a", grid, one), Voi("b", "b", grid, other)], 12.0)
    assert box == (slice(10 - 6, 21 + 6), slice(0, 31 + 5), slice(20 - 4, 35 + 4))


@pytest.mark.parametrize(("common", "overlap"), [(0.0, False), (0.0099, False), (0.0101, True), (1.0, True)])
def test_lesions_overlap_by_more_than_a_hundredth_of_the_smaller(common: float, overlap: bool) -> None:
    large, small = on_row("a", 1, 1, 1, 0, 0, 0, 0, 0), on_row("b", 0, 0, common, 1 - common, 0, 0, 0, 0)
    assert _overlap(large, small) is overlap
    assert _overlap(small, large) is overlap


@pytest.mark.parametrize(("common", "overlap"), [(0.24, False), (0.26, True)])
def test_lesions_in_voxels_that_neither_fills_are_copies_from_half_of_the_smaller_on(
    common: float, overlap: bool
) -> None:
    one, other = on_row("a", 0.5, 0.5, 0, 0, 0, 0, 0, 0), on_row("b", common, 0, 0.5 - common, 0, 0, 0, 0, 0)
    assert _overlap(one, other) is overlap


def test_lesions_that_overlap_are_named_and_what_cannot_be_undone_is_told_with_its_figures() -> None:
    _, (note,) = recovered_doses(hot(SMALL), WATER, named(SMALL, renamed(SMALL, "copy")), fwhm_mm=12, relative=True)
    assert note.message.startswith('tumour-1 ("copy") and tumour-2 ("tumour") overlap: with blur undone')
    assert note.level == "note"
    _, (kept,) = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=22, relative=False)
    share = np.asarray(VOLUMES["tumour-2"].share, dtype=float)
    own = float(spill_matrix([share], GRID.spacing_zyx_mm, 22)[0, 0])
    assert kept.message == (
        f'tumour-2 ("tumour", {VOLUMES["tumour-2"].ml:.1f} mL) keeps {100 * own:.0f} % of its own counts inside (30 % is the least) '
        "at 22 mm FWHM, so its dose with blur undone is not stated; its dose as seen stands"
    )
    assert kept.values == {
        "lesion": "tumour-2",
        "volume_ml": VOLUMES["tumour-2"].ml,
        "fwhm_mm": 22,
        "kept_fraction": pytest.approx(own),
    }
    _, (whole,) = recovered_doses(activity(blurred=True), WATER, VOLUMES, fwhm_mm=400, relative=True)
    assert whole.message.startswith("volumes cannot be told apart at 400 mm FWHM")
    assert whole.values == {"fwhm_mm": 400}


def test_necrosis_that_takes_up_is_told_by_its_ratio_and_millilitres() -> None:
    dead = {**ON_ROW, "necrosis": on_row("necrosis", 0, 0, 0, 0, 1, 0, 0, 0, name="Core")}
    water = DensityMap(ROW, np.ones(ROW.shape_zyx))
    _, findings = recovered_doses(row_image(9, 2, 2, 2, 5, 2, 2, 2), water, dead, fwhm_mm=SHARP_MM, relative=False)
    (told,) = [f for f in findings if f.code == "necrosis-takes-up"]
    assert told.message.startswith(
        'what is drawn as necrosis ("Core", 1000 mL) takes up 2.5 times as much as the perfused normal liver'
    )
    assert told.values == {"ratio": pytest.approx(2.5, rel=1e-5), "volume_ml": pytest.approx(1000)}
