"""The lungs by both conventions: which pair of shunt and mass is judged, when a CT's mass counts, and what stands where no shunt is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.physics.quantification.test_lung_shunt import GRID, LIVER, LUNGS, block, image, scan

from yttria.physics.quantification.lung_conventions import lungs_by_convention, reaches_edge
from yttria.physics.quantification.lung_shunt import planar_shunt, spect_shunt
from yttria.values.errors import Finding
from yttria.values.grid import Grid
from yttria.values.maps import CountMap, CtImage, Voi
from yttria.values.patient import PlanningOptions
from yttria.values.planar import PlanarScan
from yttria.values.product import Product
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Ml, Share
from yttria.values.uptake import LungContours, LungConventions

GLASS = Product.named("glass")
CHOICES = PlanningOptions(GLASS, GLASS.nuclide)
FRAME = "1.2.3"
CONVENTION_G = 1000.0  # Nucl Med Commun 2021;42:1064: 30 Gy belong to 1 kg
CT_GRID = Grid.aligned((60, 40, 50), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-125, -100, -150), frame_uid=FRAME)
DRAWN = LungContours(LUNGS, None, LUNGS.ml)


def ct(hu: int = -700) -> CtImage:
    """Return a CT that goes 25 mm beyond the emission image on every side, all of it lung of 1 + HU/1000 g/mL."""
    return CtImage(CT_GRID, np.full(CT_GRID.shape_zyx, hu, np.int16))


def on_ct(z: slice = slice(25, 50)) -> Voi:
    share = np.zeros(CT_GRID.shape_zyx)
    share[z, 10:30, 10:40] = 1
    return Voi("lungs", "lungs", CT_GRID, share)


def judged(
    shunt: float = 0.05,
    planar: float | None = None,
    *,
    lungs: LungContours | None = DRAWN,
    hu: int | None = None,
    counts: CountMap | None = None,
    views: PlanarScan | None = None,
    choices: PlanningOptions = CHOICES,
) -> tuple[LungShunt, LungConventions, tuple[Finding, ...]]:
    """Judge blocks of 1875 mL of lung: a SPECT/CT shunt, a planar one where it is given, and a CT where it has a density."""
    if hu is not None and lungs is not None:
        lungs = replace(lungs, on_ct=lungs.on_ct or on_ct())
    seen = views or (None if planar is None else scan(planar))
    return lungs_by_convention(
        counts or image(shunt),
        seen,
        None if hu is None else ct(hu),
        lungs=lungs,
        liver=LIVER,
        choices=choices,
    )


def codes(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {f.code: f.level for f in findings}


def per_g(pair: LungShunt) -> float:
    return pair.fraction / pair.lung_mass_g


# ---- laws


@settings(max_examples=25, deadline=None)
@given(st.floats(0.005, 0.4), st.floats(0.005, 0.4), st.integers(-850, -400), st.sampled_from(["", "spect", "planar"]))
def test_the_judged_pair_is_the_larger_of_the_two_conventions_unless_the_site_names_one(
    shunt: float, planar: float, hu: int, wanted: str
) -> None:
    _, found, _ = judged(shunt, planar, hu=hu, choices=replace(CHOICES, shunt_method=wanted or None))
    two = {"spect": found.pairs["spect-ct"], "planar": found.pairs["planar-default"]}
    expected = max(per_g(pair) for pair in two.values()) if not wanted else per_g(two[wanted])
    assert per_g(found.judged_pair) == pytest.approx(expected)
    assert set(found.pairs) == {"spect-ct", "planar-default", "spect-default", "planar-ct"}
    assert found.pairs["planar-default"].lung_mass_g == CONVENTION_G
    assert found.pairs["spect-ct"].lung_mass_g == pytest.approx(LUNGS.ml * (1 + hu / 1000), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0.005, 0.4), st.floats(0.005, 0.4))
def test_the_livers_activity_follows_spect_ct_whatever_is_judged(shunt: float, planar: float) -> None:
    followed, found, _ = judged(shunt, planar, hu=-700)
    assert followed.method == "spect"
    assert followed.fraction == pytest.approx(shunt, rel=1e-3)
    assert followed.lung_pair == found.judged_pair
    other, _, _ = judged(shunt, planar, hu=-700, choices=replace(CHOICES, shunt_method="planar"))
    assert other.method == "planar"


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 25), st.floats(0.01, 0.4))
def test_less_of_the_lungs_seen_never_lets_the_lungs_count_as_empty(planes: int, shunt: float) -> None:
    cut = block("lungs", slice(20, 20 + planes))
    lungs = LungContours(cut, on_ct(), LUNGS.ml)
    followed, found, _ = judged(shunt, lungs=lungs, hu=-700)
    measurable = planes > 4  # the first 20 mm beside the liver are left out
    half = cut.ml >= 0.5 * 0.995 * LUNGS.ml
    assert found.judged.startswith("spect" if measurable and half else "part" if measurable else "absent")
    assert (followed.method == "absent") == (not (measurable and half))
    if measurable:
        assert found.judged_pair.fraction == pytest.approx(shunt, rel=1e-3)


# ---- thresholds


@pytest.mark.parametrize(("times", "way"), [(0.98, "spect"), (1.02, "planar")])
def test_planar_views_are_judged_from_where_their_dose_is_the_larger(times: float, way: str) -> None:
    shunt = 0.05
    equal = shunt * CONVENTION_G / (LUNGS.ml * 0.3)  # m of the CT: 562.5 g
    measured, _, _ = judged(shunt, equal, hu=-700)
    own = judged(shunt, equal)[1].planar
    assert own is not None
    assert measured.fraction == pytest.approx(shunt, rel=1e-3)
    _, found, _ = judged(shunt, equal * equal / own.fraction * times, hu=-700)
    assert found.judged.startswith(way)


@pytest.mark.parametrize(("part", "counts"), [(0.994, False), (0.995, True), (0.996, True)])
def test_a_mass_on_ct_counts_from_995_of_1000_parts_of_the_drawn_lungs_on(part: float, counts: bool) -> None:
    lungs = LungContours(LUNGS, on_ct(), Ml(on_ct().ml / part * (1 - 1e-12)))
    _, found, findings = judged(lungs=lungs, hu=-700)
    assert (found.mass_ct_g is not None) == counts
    assert (codes(findings).get("lung-mass-default") == "warning") == (not counts)


@pytest.mark.parametrize(("first", "counts"), [(0, False), (1, True), (2, True)])
def test_lungs_that_reach_the_edge_of_the_ct_have_the_conventions_mass(first: int, counts: bool) -> None:
    lungs = LungContours(LUNGS, on_ct(slice(first, 50)), on_ct(slice(first, 50)).ml)
    _, found, findings = judged(lungs=lungs, hu=-700)
    assert (found.mass_ct_g is not None) == counts
    assert found.judged == ("spect-ct" if counts else "spect-default")
    if not counts:
        assert "reach the edge of the CT" in next(f.message for f in findings if f.code == "lung-mass-default")


def test_one_lung_is_half_of_both() -> None:
    one = block("lungs", slice(20, 45), x=slice(5, 20))
    _, found, findings = judged(lungs=LungContours(one, one, one.ml, "right"), hu=-700)
    assert found.mass_ct_g is None
    assert found.spect is not None
    assert found.spect.detail["lung_ml"] == pytest.approx(2 * one.ml)
    assert "only the right lung is drawn" in next(f.message for f in findings if f.code == "lung-mass-default")


def test_lungs_that_the_ct_cuts_are_as_large_as_1_kg_of_them() -> None:
    part = on_ct(slice(0, 20))
    _, found, _ = judged(lungs=LungContours(LUNGS, part, part.ml), hu=-700)
    assert found.spect is not None
    assert found.spect.detail["lung_ml"] == pytest.approx(part.ml * CONVENTION_G / (part.ml * 0.3))


@pytest.mark.parametrize(("part", "known"), [(0.4974, False), (0.4975, True), (0.4976, True)])
def test_a_shunt_is_measured_on_half_of_the_lungs_or_more(part: float, known: bool) -> None:
    cut = block("lungs", slice(20, 33))
    drawn = LungContours(cut, None, Ml(cut.ml / part * (1 - 1e-12)))  # half of 0.995: rounding of a drawing
    followed, found, findings = judged(lungs=drawn)
    assert (found.spect is not None) == known
    assert ("shunt-absent" in codes(findings)) == (not known)
    assert (followed.fraction > 0) == known


# ---- what is not known


def test_nothing_known_is_a_warning_that_names_the_line_which_settles_it() -> None:
    followed, found, findings = judged(lungs=None)
    assert (followed.method, float(followed.fraction)) == ("absent", 0.0)
    assert found.judged == "absent-default"
    absent = next(f for f in findings if f.code == "shunt-absent")
    assert (absent.level, absent.values["missing"]) == ("warning", "[shunt] fraction")
    assert "counts as zero" in absent.message


def test_what_less_than_half_of_the_lungs_shows_is_judged_as_an_assumption_and_is_no_measurement() -> None:
    cut = block("lungs", slice(20, 30))
    followed, found, findings = judged(0.12, lungs=LungContours(cut, on_ct(), LUNGS.ml), hu=-700)
    assert (followed.method, float(followed.fraction), found.spect) == ("absent", 0.0, None)
    assert found.judged == "part-ct"  # 562 g: the larger dose
    assert found.judged_pair.fraction == pytest.approx(0.12, rel=1e-3)
    assert found.most_fraction == found.judged_pair.fraction
    absent = next(f for f in findings if f.code == "shunt-absent")
    assert absent.values["assumed_fraction"] == pytest.approx(0.12, rel=1e-3)
    assert "less than half of the lungs" in absent.message
    assert codes(findings)["shunt-not-spect"] == "note"


@pytest.mark.parametrize(("shunt", "planar"), [(0.3, 0.05), (0.05, 0.3)])
def test_of_two_images_of_less_than_half_of_the_lungs_the_larger_shunt_is_assumed(shunt: float, planar: float) -> None:
    part, seen = (
        on_ct(slice(40, 60)),
        block("lungs", slice(26, 45)),
    )  # cut by the CT: 1500 mL of the 3333 mL that 1 kg fills
    _, found, _ = judged(shunt, planar, lungs=LungContours(seen, part, part.ml), hu=-700)
    whole, mass = Ml(CONVENTION_G / 0.3), (Gram(CONVENTION_G), "")
    one, _ = spect_shunt(image(shunt), lungs=seen, liver=LIVER, lung_mass=mass, lungs_ml=whole, least_share=0)
    two, _ = planar_shunt(scan(planar), lungs=part, liver=LIVER, lung_mass=mass, lungs_ml=whole, least_share=0)
    assert (found.spect, found.planar, found.judged) == (None, None, "part-default")
    assert found.judged_pair.fraction == pytest.approx(max(one.fraction, two.fraction), rel=1e-6)
    assert (one.fraction > two.fraction) == (shunt > planar)


def test_planar_views_stand_in_for_a_spect_ct_of_less_than_half_of_the_lungs() -> None:
    cut = block("lungs", slice(20, 30))
    followed, found, findings = judged(0.05, 0.09, lungs=LungContours(cut, on_ct(), LUNGS.ml), hu=-700)
    assert (followed.method, found.judged) == ("planar", "planar-default")
    assert "shunt-absent" not in codes(findings)


def test_a_part_is_not_used_where_the_case_gives_the_shunt() -> None:
    cut = block("lungs", slice(20, 30))
    given_shunt = replace(CHOICES, shunt_fraction=Share(0.02))
    followed, found, findings = judged(0.3, lungs=LungContours(cut, on_ct(), LUNGS.ml), hu=-700, choices=given_shunt)
    assert (followed.method, followed.fraction) == ("given", 0.02)
    assert found.most_fraction == 0.02
    assert "shunt-absent" not in codes(findings)


# ---- what the case gives


def test_a_given_shunt_wins_and_what_the_images_show_stands_beside_it() -> None:
    _, found, findings = judged(0.05, 0.09, hu=-700, choices=replace(CHOICES, shunt_fraction=Share(0.02)))
    assert set(found.pairs) == {"given-ct", "given-default"}
    assert found.judged == "given-ct"  # the smaller mass: the larger dose
    said = next(f.message for f in findings if f.code == "lungs-judged")
    assert "the images show SPECT/CT 5.0% and planar views" in said


@pytest.mark.parametrize(("method", "pairs"), [("planar", {"given-default"}), ("spect", {"given-ct"})])
def test_a_given_shunt_has_the_mass_of_its_method(method: str, pairs: set[str]) -> None:
    given_shunt = replace(CHOICES, shunt_fraction=Share(0.02), shunt_method=method)
    assert set(judged(0.05, 0.09, hu=-700, choices=given_shunt)[1].pairs) == pairs


def test_a_given_mass_stands_for_every_mass() -> None:
    _, found, findings = judged(0.05, 0.09, choices=replace(CHOICES, lung_mass_g=Gram(800.0)))
    assert {pair.lung_mass_g for pair in found.pairs.values()} == {800.0}
    assert found.judged == "planar-given"
    assert "lung-mass-default" not in codes(findings)


def test_a_method_that_no_image_shows_is_a_warning_and_the_other_stands_in() -> None:
    followed, _, findings = judged(0.05, hu=-700, choices=replace(CHOICES, shunt_method="planar"))
    assert followed.method == "spect"
    assert codes(findings)["shunt-method-absent"] == "warning"


# ---- the edge of an image


@pytest.mark.parametrize(
    ("low", "high", "reaches"), [(1, 49, False), (0, 49, True), (1, 50, True), (2, 48, False), (0, 50, True)]
)
def test_a_volume_reaches_an_image_in_its_first_or_last_plane(low: int, high: int, reaches: bool) -> None:
    assert reaches_edge(block("lungs", slice(low, high)), GRID) == reaches


@pytest.mark.parametrize(("share", "reaches"), [(0.49, False), (0.5, True), (0.51, True)])
def test_a_voxel_belongs_to_a_volume_from_half_of_it_on(share: float, reaches: bool) -> None:
    part = np.zeros(GRID.shape_zyx)
    part[0, 5:25, 5:35], part[1:9, 5:25, 5:35] = share, 1
    assert reaches_edge(Voi("lungs", "lungs", GRID, part), GRID) == reaches


def test_nothing_reaches_no_edge() -> None:
    faint = np.zeros(GRID.shape_zyx)
    faint[0, 5:25, 5:35] = 0.2
    assert not reaches_edge(Voi("lungs", "lungs", GRID, faint), GRID)


# ---- sentences


def test_the_judged_pair_is_told_with_its_shunt_mass_and_dose_beside_the_others() -> None:
    _, found, findings = judged(0.05, 0.09, hu=-700)
    said = next(f for f in findings if f.code == "lungs-judged")
    per_gbq = GLASS.nuclide.dose_constant_gy_kg_per_gbq
    spect, planar = found.pairs["spect-ct"], found.pairs["planar-default"]
    ct_kg = LUNGS.ml * 0.3 / 1000

    def words(way: str, shunt: float, mass: str, kg: float) -> str:
        return f"{way} ({shunt:.1%}) with {mass} ({kg:.2f} kg) {per_gbq * shunt / kg:.2f} Gy/GBq"

    first = words("planar views", planar.fraction, "the convention's mass", 1.0)
    other = words("SPECT/CT", spect.fraction, "the CT's mass", ct_kg)
    if found.judged == "spect-ct":
        first, other = other, first
    assert said.message.startswith(
        f"the lung dose stands on {first}: the larger of the conventions' pairs; beside it {other}; "
    )
    assert said.values["pair"] == found.judged
    assert said.values["shunt_fraction"] == found.pairs[found.judged].fraction
    for key, pair in found.pairs.items():
        name = key.replace("-", "_")
        assert said.values[f"{name}_fraction"] == pair.fraction
        assert said.values[f"{name}_mass_g"] == pair.lung_mass_g
        assert said.values[f"{name}_gy_per_gbq"] == pytest.approx(per_gbq * pair.fraction * 1000 / pair.lung_mass_g)
    assert said.level == "note"
    site = judged(0.05, 0.09, hu=-700, choices=replace(CHOICES, shunt_method="planar"))[2]
    assert ": as the site says; beside it" in next(f.message for f in site if f.code == "lungs-judged")
    alone = judged(0.05, choices=replace(CHOICES, shunt_fraction=Share(0.02), lung_mass_g=Gram(800.0)))[2]
    assert next(f.message for f in alone if f.code == "lungs-judged") == (
        f"the lung dose stands on the case (2.0%) with the mass that the case gives (0.80 kg) {per_gbq * 0.02 / 0.8:.2f} Gy/GBq: given; the images show SPECT/CT 5.0%"
    )
    bare = judged(lungs=None, choices=replace(CHOICES, shunt_fraction=Share(0.02)))[2]
    assert next(f.message for f in bare if f.code == "lungs-judged").endswith("Gy/GBq: given")


def test_a_part_that_is_judged_is_told_as_assumed_with_its_shunt() -> None:
    cut = block("lungs", slice(20, 30))
    _, _, findings = judged(0.12, lungs=LungContours(cut, on_ct(), LUNGS.ml), hu=-700)
    said = {f.code: f.message for f in findings}
    assert (
        "less than half of the lungs, scaled to the whole (12.0%) with the CT's mass (0.56 kg)" in said["lungs-judged"]
    )
    assert ": assumed" in said["lungs-judged"]
    assert "scaled to the whole (12.0%), as an assumption" in said["shunt-absent"]
    assert said["shunt-not-spect"].startswith("no shunt from SPECT/CT: the emission image must show half of the lungs")


def test_views_that_show_no_lung_are_told_and_a_method_that_is_absent_names_what_stands_in() -> None:
    away = scan(0.05, origin_xz_mm=(900.0, 900.0))
    _, found, findings = judged(0.05, views=away, choices=replace(CHOICES, shunt_method="planar"))
    said = {f.code: f for f in findings}
    assert (said["shunt-not-planar"].level, found.planar) == ("note", None)
    assert said["shunt-not-planar"].message.startswith(
        "no shunt from the planar scan: liver must lie in the planar view"
    )
    assert (
        said["shunt-method-absent"].message
        == "[shunt] method asks for planar views, but no shunt is found there: SPECT/CT stands in"
    )
    given_shunt = judged(0.05, views=away, choices=replace(CHOICES, shunt_fraction=Share(0.1)))[2]
    assert {"shunt-not-planar", "shunt-method-absent"} & {f.code for f in given_shunt} == set()


def test_a_mass_on_a_ct_that_cuts_the_lungs_is_told_and_not_used() -> None:
    part = on_ct(slice(0, 20))
    _, found, findings = judged(lungs=LungContours(LUNGS, part, part.ml), hu=-700)
    (said,) = [f for f in findings if f.code == "lung-mass-default"]
    grams = part.ml * 0.3
    assert (
        f"the CT's mass of {grams:.0f} g does not count, and the lung dose stands on the convention's 1000 g (1 kg, the"
        in said.message
    )
    assert said.values == {"ct_mass_g": pytest.approx(grams, rel=1e-5), "default_g": 1000.0}
    assert found.mass_default_g == 1000.0
    heavy = judged(lungs=LungContours(LUNGS, part, part.ml), hu=-100)[1].spect  # 1 kg fills less than what is drawn
    assert heavy is not None
    assert heavy.detail["lung_ml"] == pytest.approx(max(part.ml, LUNGS.ml))


def test_without_a_ct_one_lung_is_half_of_both_and_both_are_both() -> None:
    one = block("lungs", slice(20, 45), x=slice(5, 20))
    for only, times in (("right", 2), ("", 1)):
        found = judged(lungs=LungContours(one, None, one.ml, only))[1].spect
        assert found is not None
        assert found.detail["lung_ml"] == pytest.approx(times * one.ml)
