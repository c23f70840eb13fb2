"""The lung shunt, by SPECT/CT and by planar views, and the mass it is spread over."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yttria.physics.quantification.lung_shunt import (
    PLANAR_RELATIVE,
    PLANAR_SOURCE,
    SPECT_RELATIVE,
    SPECT_SOURCE,
    lung_mass,
    planar_shunt,
    projected,
    spect_shunt,
)
from yttria.values.errors import GeometryError, QuantityError
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage, Voi
from yttria.values.planar import PlanarScan
from yttria.values.units import Gram, Ml

GRID = Grid.aligned((50, 30, 40), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-100, -75, -125), frame_uid="1.2.3")
MASS = (Gram(900.0), "CT")
FRAME = "1.2.3"


def block(role: str, z: slice, y: slice = slice(5, 25), x: slice = slice(5, 35)) -> Voi:
    share = np.zeros(GRID.shape_zyx)
    share[z, y, x] = 1
    return Voi(role, role, GRID, share)


LIVER, LUNGS = block("liver", slice(5, 20)), block("lungs", slice(20, 45))


def image(shunt: float, *, in_dome: float = 1.0) -> CountMap:
    """Return counts that are even in lungs and liver, `in_dome` times the lungs' within 20 mm of the liver."""
    numbers = LIVER.share * (1 - shunt) / LIVER.share.sum() + LUNGS.share * shunt / LUNGS.share.sum()
    numbers[20:24] *= in_dome
    return CountMap(GRID, numbers * 1e6)


def scan(shunt: float, **changes: Any) -> PlanarScan:
    """Return views of lungs above a liver: both of one width, seen as even rectangles, the posterior weaker."""
    rows, columns = 100, 60
    anterior = np.zeros((rows, columns))
    z = 152.5 - 4.0 * np.arange(rows)
    x = -118.0 + 4.0 * np.arange(columns)
    across = np.clip((np.minimum(x + 2, 72.5) - np.maximum(x - 2, -77.5)) / 4, 0, 1)
    lungs = np.clip((np.minimum(z + 2, 97.5) - np.maximum(z - 2, -27.5)) / 4, 0, 1)
    liver = np.clip((np.minimum(z + 2, -27.5) - np.maximum(z - 2, -102.5)) / 4, 0, 1)
    for down, part in ((lungs, shunt), (liver, 1 - shunt)):
        region = np.outer(down, across)
        anterior += region * part / region.sum()
    values: dict[str, Any] = {
        "anterior": anterior * 1e6,
        "posterior": anterior * 6e5,
        "pixel_mm": (4.0, 4.0),
        "origin_xz_mm": (-118.0, 152.5),
        "frame_uid": FRAME,
    }
    return PlanarScan(**values | changes)


# ---- laws


@settings(deadline=None)
@given(st.floats(0.001, 0.5))
def test_a_spect_shunt_is_found_back_whatever_lies_at_the_dome(shunt: float) -> None:
    found, _ = spect_shunt(image(shunt, in_dome=9.0), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert found.fraction == pytest.approx(shunt, rel=1e-3)


@settings(deadline=None)
@given(st.floats(0.01, 100))
def test_the_scale_of_an_image_does_not_change_its_shunt(scale: float) -> None:
    more = CountMap(GRID, image(0.1).counts * np.float32(scale))
    one, _ = spect_shunt(more, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert one.fraction == pytest.approx(0.1, rel=1e-3)


@settings(deadline=None)
@given(shunt=st.floats(0.01, 0.5), weaker=st.floats(0.05, 5))
def test_a_view_that_is_weaker_everywhere_changes_no_planar_shunt(shunt: float, weaker: float) -> None:
    views = scan(shunt)
    other = scan(shunt, posterior=views.anterior * np.float32(weaker))
    one, _ = planar_shunt(other, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert one.fraction == pytest.approx(shunt, rel=0.03)


# ---- known answers


def test_lungs_cut_by_the_field_count_with_the_mean_of_the_rest() -> None:
    cut = block("lungs", slice(20, 35))
    seen = CountMap(GRID, np.where(np.arange(50)[:, None, None] < 35, image(0.1).counts, 0))
    found, findings = spect_shunt(seen, lungs=cut, liver=LIVER, lung_mass=MASS, lungs_ml=LUNGS.ml)
    assert found.fraction == pytest.approx(0.1, rel=1e-3)
    truncated = next(f for f in findings if f.code == "lungs-truncated")
    assert "40 %" in truncated.message


def test_a_voxel_that_both_claim_counts_to_the_liver() -> None:
    wide = block("lungs", slice(15, 45))
    found, _ = spect_shunt(image(0.1), lungs=wide, liver=LIVER, lung_mass=MASS, lungs_ml=LUNGS.ml)
    assert found.detail["liver_counts"] == pytest.approx(0.9e6, rel=1e-4)
    assert found.fraction == pytest.approx(0.1, rel=1e-3)


def test_a_planar_shunt_is_the_geometric_mean_of_its_regions() -> None:
    found, findings = planar_shunt(scan(0.08), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    lung = (found.detail["lung_anterior"] * found.detail["lung_posterior"]) ** 0.5
    liver = (found.detail["liver_anterior"] * found.detail["liver_posterior"]) ** 0.5
    assert found.fraction == pytest.approx(lung / (lung + liver))
    assert found.fraction == pytest.approx(0.08, rel=0.03)
    assert [f.code for f in findings] == ["shunt-planar"]


@pytest.mark.parametrize(
    ("relative", "source"), [(PLANAR_RELATIVE, PLANAR_SOURCE), (SPECT_RELATIVE, SPECT_SOURCE)], ids=["planar", "spect"]
)
def test_the_spread_of_a_shunt_is_that_of_its_source(relative: float, source: str) -> None:
    half_width = float(source.split(" %", 1)[0].rsplit(" ", 1)[1]) / 100
    assert half_width == {"planar": 0.44, "SPECT/": 0.13}[source[:6]]
    assert relative == pytest.approx(half_width / 3**0.5, rel=1e-12)


def test_a_planar_shunt_is_unsure_by_its_phantoms_and_its_counts() -> None:
    views = scan(0.08)
    for scale in (1.0, 1e-4):  # at the smaller one 100 counts stand in all: their noise shows
        faint = scan(0.08, anterior=views.anterior * scale, posterior=views.posterior * scale)
        found, _ = planar_shunt(faint, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
        counts = np.array(list(found.detail.values()))
        # u^2 (ln sqrt(C_a C_p)) = (1 / C_a + 1 / C_p) / 4 for lungs and liver; d LSF = LSF (1 - LSF) d ln(L / V)
        relative = np.sqrt(0.44**2 / 3 + (0.25 / counts).sum())
        assert found.uncertainty == pytest.approx(relative * found.fraction * (1 - found.fraction), rel=1e-6)


def test_a_spect_shunt_is_unsure_by_its_phantoms() -> None:
    found, _ = spect_shunt(image(0.2), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert found.uncertainty == pytest.approx(0.13 / 3**0.5 * 0.2 * 0.8, rel=1e-3)


def test_a_scatter_window_takes_its_half_off() -> None:
    clean = scan(0.05)
    haze = np.full(clean.anterior.shape, 3.0)
    dirty = scan(
        0.05,
        anterior=clean.anterior + haze,
        posterior=clean.posterior + haze,
        scatter_anterior=haze * 4,
        scatter_posterior=haze * 4,
        window_ratio=0.5,
    )
    one, _ = planar_shunt(clean, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    other, _ = planar_shunt(dirty, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert other.fraction == pytest.approx(one.fraction, rel=2e-4)


def test_a_background_is_taken_off_by_area() -> None:
    clean = scan(0.05)
    hazy = scan(0.05, anterior=clean.anterior + 2, posterior=clean.posterior + 3)
    one, _ = planar_shunt(clean, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    other, _ = planar_shunt(hazy, lungs=LUNGS, liver=LIVER, lung_mass=MASS, background=(2.0, 3.0))
    assert other.fraction == pytest.approx(one.fraction, rel=2e-4)


def test_the_shadow_of_a_volume_has_its_area() -> None:
    shadow = projected(LIVER, scan(0.1))
    assert shadow.sum() * 16 == pytest.approx(15 * 5 * 30 * 5, rel=1e-6)
    rows = np.flatnonzero(shadow.sum(axis=1))
    assert (152.5 - 4 * rows.max(), 152.5 - 4 * rows.min()) == pytest.approx((-102.5, -27.5), abs=4)


def test_lung_mass_is_volume_times_density_of_the_ct() -> None:
    hu = np.full(GRID.shape_zyx, -700, dtype=np.int16)
    (mass, source), findings = lung_mass(CtImage(GRID, hu), LUNGS)
    assert mass == pytest.approx(LUNGS.ml * 0.3, rel=1e-4)
    assert (source, findings) == ("CT", ())


def test_lung_mass_is_the_sum_over_all_of_the_lung_its_outermost_layer_and_vessels_too() -> None:
    grid = Grid.aligned((30, 30, 30), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    share = np.zeros(grid.shape_zyx)
    share[5:25, 5:25, 5:25] = 1
    hu = np.full(grid.shape_zyx, 40, dtype=np.int16)
    hu[5:25, 5:25, 5:25] = -400
    hu[7:23, 7:23, 7:23] = -800
    hu[14, 14, 5:25] = 45
    (mass, source), findings = lung_mass(CtImage(grid, hu), Voi("L", "lungs", grid, share))
    inner = 16**3 - 16
    by_hand = (inner * 0.2 + 20 * 1.045 + (20**3 - inner - 20) * 0.6) / 1000
    assert mass == pytest.approx(by_hand, rel=1e-5)
    assert (source, findings) == ("CT", ())


@pytest.mark.parametrize(
    ("hu", "doubted"), [(-951, True), (-949, False), (-750, False), (-151, False), (-149, True), (60, True)]
)
def test_lungs_without_the_density_of_lung_are_doubted(hu: int, doubted: bool) -> None:
    findings = lung_mass(CtImage(GRID, np.full(GRID.shape_zyx, hu, dtype=np.int16)), LUNGS)[1]
    assert [f.code for f in findings] == (["lungs-density"] if doubted else [])


def test_a_voxel_that_the_lungs_share_with_the_chest_wall_brings_none_of_it() -> None:
    grid = Grid.aligned((10, 10, 10), spacing_zyx_mm=(2, 2, 2), origin_lps_mm=(0, 0, 0))
    share = np.zeros(grid.shape_zyx)
    share[2:8, 2:8, 2:8] = 1
    share[8, 2:8, 2:8] = 0.5
    hu = np.full(grid.shape_zyx, 40, dtype=np.int16)
    hu[2:8, 2:8, 2:8] = -750
    hu[8] = -355
    lungs = Voi("L", "lungs", grid, share)
    (mass, _), _ = lung_mass(CtImage(grid, hu), lungs)
    assert mass == pytest.approx(lungs.ml * 0.25, rel=1e-5)


def test_lungs_beyond_the_ct_are_scaled_up_with_a_warning() -> None:
    short = Grid.aligned((40, 30, 40), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-100, -75, -125), frame_uid="1.2.3")
    hu = np.full(short.shape_zyx, -700, dtype=np.int16)
    (mass, _), findings = lung_mass(CtImage(short, hu), LUNGS)
    assert mass == pytest.approx(LUNGS.ml * 0.3, rel=1e-4)
    assert [f.code for f in findings] == ["lungs-cut-by-ct"]


# ---- doubts


@pytest.mark.parametrize(
    ("whole", "level"), [(0.994, None), (0.996, "note"), (1 / 0.601, "note"), (1 / 0.599, "warning")]
)
def test_lungs_that_leave_the_image_are_told_and_from_two_fifths_on_warned_of(whole: float, level: str | None) -> None:
    # the part in the image over the whole: the whole is what changes here
    times = whole if whole > 1 else 1 / (1.99 - whole)
    _, findings = spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=Ml(LUNGS.ml * times))
    assert [f.level for f in findings if f.code == "lungs-truncated"] == ([] if level is None else [level])


@pytest.mark.parametrize(("share", "told"), [(0.251, False), (0.249, True)])
def test_a_shunt_measured_in_less_than_a_quarter_of_the_lungs_is_doubted(share: float, told: bool) -> None:
    kept = 11 / 25  # what lies farther than 70 mm from the liver
    whole = Ml(LUNGS.ml * kept / share)
    _, findings = spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=whole, dome_mm=70.0)
    assert ("shunt-few-lung" in {f.code for f in findings}) == told


@pytest.mark.parametrize("part", [0.51, 0.5])
def test_half_of_the_lungs_is_scaled_to_the_whole_by_either_way(part: float) -> None:
    whole = Ml(LUNGS.ml / part)
    for found, all_of_it in (
        (
            spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=whole)[0],
            spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS)[0],
        ),
        (
            planar_shunt(scan(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=whole)[0],
            planar_shunt(scan(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS)[0],
        ),
    ):
        odds = found.fraction / (1 - found.fraction)
        assert odds * part == pytest.approx(all_of_it.fraction / (1 - all_of_it.fraction))


def test_less_than_half_of_the_lungs_is_no_measure_of_their_shunt() -> None:
    whole = Ml(LUNGS.ml / 0.49)
    with pytest.raises(QuantityError, match="the emission image must show half of the lungs or more, but shows 49 %"):
        spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=whole)
    with pytest.raises(QuantityError, match="the drawing must show half of the lungs or more, but shows 49 %"):
        planar_shunt(scan(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=whole)


@pytest.mark.parametrize(("dome", "slices"), [(19.9, 22), (20.0, 21), (20.1, 21)])
def test_lung_as_far_from_the_liver_as_the_dome_is_wide_is_left_out(dome: float, slices: int) -> None:
    found, findings = spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, dome_mm=dome)
    assert found.detail["measured_lung_ml"] == pytest.approx(LUNGS.ml * slices / 25)
    words = f"{dome:g} mm beside the liver are left out; {4 * slices} % of {LUNGS.ml:.0f} mL of lung were measured"
    assert any(words in finding.message for finding in findings)


def test_without_lungs_or_ct_the_mass_is_the_flagged_default() -> None:
    for ct, lungs in ((None, LUNGS), (CtImage(GRID, np.zeros(GRID.shape_zyx)), None)):
        (mass, source), findings = lung_mass(ct, lungs)
        assert (float(mass), source) == (1000, "default 1000 g")
        assert [f.code for f in findings] == ["lung-mass-default"]


# ---- refusals


def test_a_planar_scan_without_a_place_is_refused() -> None:
    with pytest.raises(GeometryError, match=r"must say where it lies.*\[shunt\] fraction"):
        planar_shunt(scan(0.1, origin_xz_mm=None), lungs=LUNGS, liver=LIVER, lung_mass=MASS)


def test_a_planar_scan_in_another_frame_is_refused() -> None:
    with pytest.raises(GeometryError, match="one frame of reference"):
        planar_shunt(scan(0.1, frame_uid="9.9"), lungs=LUNGS, liver=LIVER, lung_mass=MASS)


def test_lungs_outside_the_view_are_refused() -> None:
    with pytest.raises(GeometryError, match="lies outside it"):
        planar_shunt(scan(0.1, origin_xz_mm=(900.0, 900.0)), lungs=LUNGS, liver=LIVER, lung_mass=MASS)


def test_lungs_that_only_touch_the_dome_are_refused() -> None:
    with pytest.raises(QuantityError, match="farther than 20 mm"):
        spect_shunt(image(0.1), lungs=block("lungs", slice(20, 23)), liver=LIVER, lung_mass=MASS)


def test_an_image_without_counts_is_refused() -> None:
    with pytest.raises(QuantityError, match="must hold counts"):
        spect_shunt(CountMap(GRID, np.zeros(GRID.shape_zyx)), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    seen = scan(0.1)
    least = 0.5 / float(np.sqrt(seen.anterior.sum() * seen.posterior.sum()))
    faint = scan(0.1, anterior=seen.anterior * least, posterior=seen.posterior * least)
    whole, _ = planar_shunt(seen, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    scaled, _ = planar_shunt(faint, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert scaled.fraction == pytest.approx(whole.fraction, rel=1e-6)
    empty = scan(0.1, anterior=np.zeros((100, 60)), posterior=np.zeros((100, 60)))
    with pytest.raises(QuantityError, match="must hold counts in both views"):
        planar_shunt(empty, lungs=LUNGS, liver=LIVER, lung_mass=MASS)


def test_a_whole_volume_smaller_than_what_is_seen_does_not_shrink_the_lungs() -> None:
    found, _ = spect_shunt(image(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, lungs_ml=Ml(1.0))
    assert found.fraction == pytest.approx(0.1, rel=1e-3)


# ---- figures and bounds

LINE = Grid.aligned((1, 1, 12), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0))  # 0.5 mL a voxel


def row(role: str, *shares: float) -> Voi:
    return Voi(role, role, LINE, np.array([[[*shares, *[0.0] * (12 - len(shares))]]]))


def test_a_spect_shunt_is_the_mean_of_the_lung_that_is_left_times_all_of_it() -> None:
    """Liver in the first three voxels, lungs from the third on: those within 20 mm of the liver, or claimed by it, are left out."""
    organ, lungs = row("liver", 1, 1, 0.6), row("lungs", 0, 0, 0.7, 1, 1, 1, 0.5, 1)
    counts = CountMap(LINE, np.array([[[30.0, 30, 20, 9, 9, 4, 2, 8, 0, 0, 0, 0]]]))
    found, findings = spect_shunt(counts, lungs=lungs, liver=organ, lung_mass=MASS)
    mean = (4 + 0.5 * 2 + 8) / 2.5
    lung, liver = mean * (0.4 + 4.5), 60 + 0.6 * 20
    assert found.fraction == pytest.approx(lung / (lung + liver), rel=1e-6)
    assert found.detail == pytest.approx(
        {
            "lung_ml": 2.45,
            "measured_lung_ml": 1.25,
            "in_field_ml": 2.6,
            "lung_counts": lung,
            "liver_counts": liver,
        },
        rel=1e-6,
    )
    assert (found.method, found.lung_mass_g, found.lung_mass_source) == ("spect", *MASS)
    (note,) = findings
    assert (note.level, note.code) == ("note", "shunt-dome")
    assert (
        note.message
        == "lung shunt by SPECT/CT: 20 mm beside the liver are left out; 51 % of 2 mL of lung were measured, the rest counts with their mean"
    )
    assert note.values == {
        "dome_mm": 20,
        "measured_fraction": pytest.approx(1.25 / 2.45),
        "lungs_ml": pytest.approx(2.45),
    }


@pytest.mark.parametrize(("share", "left_out"), [(0.5, 2), (0.49, 1), (0.51, 2)])
def test_the_dome_is_measured_from_voxels_that_are_half_liver(share: float, left_out: int) -> None:
    organ, lungs = row("liver", 1, 1, share), row("lungs", 0, 0, 0, 1, 1, 1, 1, 1)
    counts = CountMap(LINE, np.ones(LINE.shape_zyx))
    found, _ = spect_shunt(counts, lungs=lungs, liver=organ, lung_mass=MASS, dome_mm=25, least_share=0)
    assert found.detail["measured_lung_ml"] == pytest.approx(0.5 * (5 - left_out))


def test_lungs_that_leave_the_image_or_are_hardly_measured_are_told_by_their_shares() -> None:
    organ, lungs = row("liver", 1, 1), row("lungs", 0, 0, 0, 0, 1, 1, 1)
    counts = CountMap(LINE, np.ones(LINE.shape_zyx))
    _, findings = spect_shunt(counts, lungs=lungs, liver=organ, lung_mass=MASS, lungs_ml=Ml(2.5), dome_mm=45)
    told = {f.code: f for f in findings}
    assert told["lungs-truncated"].message.startswith("40 % of the lungs lie outside the emission image")
    assert told["lungs-truncated"].values == {"outside_fraction": pytest.approx(0.4)}
    assert told["lungs-truncated"].level == "note"
    assert told["shunt-few-lung"].message.startswith("only 20 % of the lungs could be measured")
    assert told["shunt-few-lung"].values == {"measured_fraction": pytest.approx(0.2)}
    assert told["shunt-few-lung"].level == "warning"
    with pytest.raises(
        QuantityError, match="emission image must show half of the lungs or more, but shows 30 % of 5 mL"
    ) as refused:
        spect_shunt(counts, lungs=lungs, liver=organ, lung_mass=MASS, lungs_ml=Ml(5.0))
    assert refused.value.values == {"whole": 5.0}


def test_a_view_of_few_counts_is_as_unsure_as_one_count() -> None:
    seen = scan(0.5)
    faint = scan(0.5, anterior=seen.anterior * 1e-9, posterior=seen.posterior * 1e-9)
    found, findings = planar_shunt(faint, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert found.uncertainty == pytest.approx(np.sqrt(0.44**2 / 3 + 4 * 0.25) * found.fraction * (1 - found.fraction))
    assert "(no scatter correction)" in findings[0].message
    windowed = scan(0.5, scatter_anterior=np.zeros((100, 60)), scatter_posterior=np.zeros((100, 60)), window_ratio=0.5)
    assert (
        "(scatter taken off by the lower window)"
        in planar_shunt(windowed, lungs=LUNGS, liver=LIVER, lung_mass=MASS)[1][0].message
    )
    assert (found.method, found.lung_mass_g) == ("planar", MASS[0])


def test_a_background_of_more_than_is_seen_leaves_nothing_and_a_negative_one_is_refused() -> None:
    with pytest.raises(QuantityError, match="must hold counts in both views"):
        planar_shunt(scan(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, background=(1e9, 0.0))
    with pytest.raises(QuantityError, match="background"):
        planar_shunt(scan(0.1), lungs=LUNGS, liver=LIVER, lung_mass=MASS, background=(0.0, -1.0))


def test_a_shadow_is_seen_from_the_front_pixel_by_pixel() -> None:
    """Pixels of 10 mm across and 5 mm down; the first row is the highest; what any row behind holds is seen."""
    grid = Grid.aligned((3, 2, 4), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0), frame_uid=FRAME)
    share = np.zeros(grid.shape_zyx)
    share[2, 0, 1], share[0, 1, 3], share[2, 1, 2], share[1, 0, 0], share[1, 1, 0] = 1, 0.5, 0.25, 0.75, 0.5
    views = PlanarScan(
        np.ones((4, 5)), np.ones((4, 5)), pixel_mm=(5.0, 10.0), origin_xz_mm=(0.0, 15.0), frame_uid=FRAME
    )
    seen = projected(Voi("v", "lungs", grid, share), views)
    assert seen.tolist() == [[0, 0, 0, 0, 0], [0, 1, 0.25, 0, 0], [0.75, 0, 0, 0, 0], [0, 0, 0, 0.5, 0]]
    half = PlanarScan(np.ones((4, 5)), np.ones((4, 5)), pixel_mm=(5.0, 10.0), origin_xz_mm=(-5.0, 12.5), frame_uid="")
    assert projected(Voi("v", "lungs", grid, share), half).sum() == pytest.approx(2.5)
    assert projected(Voi("v", "lungs", grid, share), half)[0].tolist() == [0, 0.25, 0.3125, 0.0625, 0]
    turned = Grid.of(grid.shape_zyx, np.array([[0, 10.0, 0, 0], [10, 0, 0, 0], [0, 0, 5, 0], [0, 0, 0, 1]]), FRAME)
    with pytest.raises(GeometryError, match="lungs must lie along the patient's axes"):
        projected(Voi("v", "lungs", turned, share), views)


def test_the_mass_of_lungs_is_told_with_figures_where_it_is_doubted() -> None:
    dense = lung_mass(CtImage(GRID, np.full(GRID.shape_zyx, 60, dtype=np.int16)), LUNGS)[1][0]
    assert dense.message.startswith(
        "the lungs have 1.06 g/mL in the mean on CT, which no lung full of air has (0.05 to 0.85)"
    )
    assert dense.values == {"mean_g_per_ml": pytest.approx(1.06)}
    short = Grid.aligned((40, 30, 40), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-100, -75, -125), frame_uid="1.2.3")
    (_, source), (cut,) = lung_mass(CtImage(short, np.full(short.shape_zyx, -700, dtype=np.int16)), LUNGS)
    assert cut.message.startswith("20.0 % of the lungs lie outside the CT")
    assert (source, cut.level) == ("CT", "warning")
    assert cut.values == {"outside_fraction": pytest.approx(0.2)}
    (absent,) = lung_mass(None, LUNGS)[1]
    assert absent.message.startswith("no CT: lung mass is the 1000 g default (1 kg, the convention")
    assert lung_mass(CtImage(GRID, np.zeros(GRID.shape_zyx)), None)[1][0].message.startswith("no lungs are drawn: lung")
    assert absent.values == {"default_g": 1000.0}


def test_lungs_of_part_voxels_alone_have_the_mean_of_what_they_touch() -> None:
    line = Grid.aligned((1, 1, 4), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
    lungs = Voi("L", "lungs", line, np.array([[[0.5, 0.25, 0, 0]]]))
    ct = CtImage(line, np.array([[[-800, -600, 40, 40]]], dtype=np.int16))
    (mass, _), _ = lung_mass(ct, lungs)
    assert mass == pytest.approx(0.75 * 0.3)
    whole = Voi("L", "lungs", line, np.array([[[0.9995, 0.998, 0, 0]]]))
    assert lung_mass(ct, whole)[0][0] == pytest.approx(1.9975 * 0.2, rel=1e-5)


@pytest.mark.parametrize("missing", ["scatter_anterior", "window_ratio"])
def test_scatter_is_taken_off_only_with_the_lower_window_and_its_width(missing: str) -> None:
    clean = scan(0.05)
    haze = np.full(clean.anterior.shape, 3.0)
    whole: dict[str, Any] = {"scatter_anterior": haze, "scatter_posterior": haze, "window_ratio": 0.5}
    _, (corrected,) = planar_shunt(scan(0.05, **whole), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert "(scatter taken off by the lower window)" in corrected.message
    whole[missing] = None
    if missing == "scatter_anterior":
        whole["scatter_posterior"] = None
    found, (note,) = planar_shunt(scan(0.05, **whole), lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert "(no scatter correction)" in note.message
    one, _ = planar_shunt(clean, lungs=LUNGS, liver=LIVER, lung_mass=MASS)
    assert found.fraction == one.fraction


def test_lungs_on_a_ct_of_another_frame_are_refused_and_not_taken_for_outside_it() -> None:
    other = Grid.aligned((50, 30, 40), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-100, -75, -125), frame_uid="9.9")
    with pytest.raises(GeometryError, match="frame of reference"):
        lung_mass(CtImage(other, np.full(other.shape_zyx, -740, dtype=np.int16)), LUNGS)


@pytest.mark.parametrize("first", [0, 70])
def test_lungs_of_which_the_ct_holds_only_some_planes_have_the_density_of_those(first: int) -> None:
    """140 planes, of which the CT holds 70 at either end: half, with a warning."""
    tall = Grid.aligned((140, 6, 6), spacing_zyx_mm=(2, 5, 5), origin_lps_mm=(0, 0, 0))
    share = np.ones(tall.shape_zyx, dtype=np.float32)
    ct = Grid.aligned((70, 20, 20), spacing_zyx_mm=(2, 5, 5), origin_lps_mm=(-35, -35, 2.0 * first))
    (mass, source), found = lung_mass(
        CtImage(ct, np.full(ct.shape_zyx, -740, dtype=np.int16)), Voi("lungs", "lungs", tall, share)
    )
    assert source == "CT"
    assert mass == pytest.approx(0.26 * 140 * 36 * 0.05, rel=0.02)
    assert [f.code for f in found] == ["lungs-cut-by-ct"]
    assert found[0].values["outside_fraction"] == pytest.approx(0.5, abs=0.02)
