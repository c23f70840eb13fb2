"""Activity of several injections: one image divided without a loss, or an image each; and all together again."""

from dataclasses import replace

import numpy as np
import pytest

from yttria.physics.quantification.injection_activity import (
    counts_inside,
    divided_activity,
    shunt_of,
    united_activity,
)
from yttria.values.errors import GeometryError, IntakeError, QuantityError
from yttria.values.grid import Grid
from yttria.values.injection import Injection
from yttria.values.maps import ActivityMap, Voi
from yttria.values.nuclide import Nuclide
from yttria.values.treatment import LungShunt
from yttria.values.units import Bq, Gram, Share

GRID = Grid.aligned((2, 4, 8), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
Y90 = Nuclide.named("Y-90")
SHUNT = LungShunt(Share(0.08), "planar", Gram(1000), "default 1000 g", 0.02)


def voi(role: str, columns: slice) -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[..., columns] = 1
    return Voi(role, role, GRID, share)


LIVER = voi("liver", slice(0, 6))
RIGHT, LEFT = voi("perfused", slice(0, 4)), voi("perfused", slice(4, 6))
WEIGHTS = {"right": RIGHT.share, "left": LEFT.share + voi("", slice(6, 8)).share}


def image() -> ActivityMap:
    numbers = np.ones(GRID.shape_zyx, np.float32)
    numbers[..., :2] = 5  # the right territory holds 8 * (5 + 5 + 1 + 1) = 96 of 112 counts of the liver
    return ActivityMap(GRID, numbers, Y90)


def injections(**shunts: float) -> tuple[Injection, ...]:
    return tuple(
        Injection(n, (v,), shunt_fraction=Share(shunts[n]) if n in shunts else None)
        for n, v in (("right", RIGHT), ("left", LEFT))
    )


def liver_bq(activity: ActivityMap) -> float:
    return float((activity.bq_per_ml.astype(float) * LIVER.share).sum()) * GRID.voxel_ml


def test_of_1_gbq_of_each_injection_the_share_without_shunt_stays_in_the_liver() -> None:
    for found in divided_activity(image(), injections(left=0.2), WEIGHTS, liver=LIVER, shunt=SHUNT):
        lost = 0.2 if found.injection.name == "left" else 0.08
        assert liver_bq(found.activity) == pytest.approx(1e9 * (1 - lost), rel=1e-6)


def test_counts_are_shared_out_by_territory() -> None:
    right, left = divided_activity(image(), injections(), WEIGHTS, liver=LIVER, shunt=SHUNT)
    assert [float(p.counts_fraction) for p in (right, left)] == pytest.approx([96 / 112, 16 / 112])
    assert right.activity.bq_per_ml[..., 4:].max() == 0
    assert right.activity.bq_per_ml[0, 0, 0] / right.activity.bq_per_ml[0, 0, 3] == pytest.approx(5)


def test_given_in_proportion_to_their_counts_the_injections_are_the_image_again() -> None:
    parts = divided_activity(image(), injections(), WEIGHTS, liver=LIVER, shunt=SHUNT)
    given = {p.injection.name: Bq(2e9 * p.counts_fraction) for p in parts}
    united, shunt = united_activity(parts, given)
    assert united.bq_per_ml / image().bq_per_ml == pytest.approx(np.full(GRID.shape_zyx, 2e9 * 0.92 / 112), rel=1e-5)
    assert shunt == SHUNT


def test_the_shunt_of_all_is_weighted_by_activity_and_keeps_the_lung_dose() -> None:
    parts = divided_activity(image(), injections(left=0.2), WEIGHTS, liver=LIVER, shunt=SHUNT)
    heavy = replace(parts[1], shunt=replace(parts[1].shunt, lung_mass_g=Gram(500), uncertainty=0.05))
    _, shunt = united_activity((parts[0], heavy), {"right": Bq(3e9), "left": Bq(1e9)})
    assert shunt.fraction == pytest.approx((3 * 0.08 + 0.2) / 4)
    assert shunt.fraction / shunt.lung_mass_g == pytest.approx((3 * 0.08 / 1000 + 0.2 / 500) / 4)
    assert shunt.uncertainty == pytest.approx((3 * 0.02 + 0.05) / 4)
    assert shunt.lung_pair.fraction == pytest.approx(shunt.fraction)


def test_without_any_shunt_the_mass_of_the_lungs_is_kept() -> None:
    parts = divided_activity(image(), injections(right=0.0, left=0.0), WEIGHTS, liver=LIVER, shunt=SHUNT)
    other = replace(parts[1], shunt=replace(parts[1].shunt, uncertainty=0.01))
    _, shunt = united_activity((parts[0], other), {"right": Bq(1e9), "left": Bq(1e9)})
    assert (float(shunt.fraction), float(shunt.lung_mass_g)) == (0, 1000)


def test_a_stated_shunt_stands_in_the_place_of_the_measured_one_on_the_smaller_lungs() -> None:
    (bare, stated) = injections(left=0.15)
    assert shunt_of(bare, SHUNT) == SHUNT
    found = shunt_of(stated, replace(SHUNT, detail={"counts": 1.0}))
    assert (found.fraction, found.method, found.uncertainty, found.detail, found.judged) == (0.15, "given", 0, {}, None)
    for grams, pair in ((999.0, 999.0), (1000.0, 1000.0), (1001.0, 1000.0)):
        judged = replace(SHUNT, judged=replace(SHUNT, lung_mass_g=Gram(grams), lung_mass_source="CT"))
        own = shunt_of(stated, judged)
        assert float(own.lung_mass_g) == 1000
        assert float(own.lung_pair.lung_mass_g) == pair
        assert own.lung_pair.fraction == 0.15


def test_counts_inside_a_perfused_volume_are_those_of_the_liver() -> None:
    assert counts_inside(image(), liver=LIVER, perfused=RIGHT) == pytest.approx(96 / 112)
    assert counts_inside(image(), liver=LIVER, perfused=voi("perfused", slice(4, 8))) == pytest.approx(16 / 112)
    assert float(counts_inside(image(), liver=LIVER, perfused=LIVER)) == 1.0


def test_refusals() -> None:
    empty = replace(image(), bq_per_ml=image().bq_per_ml * RIGHT.share)
    with pytest.raises(IntakeError, match=r'the image must hold counts in what injection "left" treats'):
        divided_activity(empty, injections(), WEIGHTS, liver=LIVER, shunt=SHUNT)
    parts = divided_activity(image(), injections(), WEIGHTS, liver=LIVER, shunt=SHUNT)
    with pytest.raises(QuantityError, match="activities of several injections must hold one above zero"):
        united_activity(parts, {"right": Bq(0), "left": Bq(0)})
    other = Grid.aligned((2, 4, 8), spacing_zyx_mm=(9, 9, 9), origin_lps_mm=(0, 0, 0))
    away = Voi("liver", "liver", other, LIVER.share)
    with pytest.raises(GeometryError, match="activity and liver must lie on one grid"):
        counts_inside(image(), liver=away, perfused=RIGHT)
    with pytest.raises(GeometryError, match="activity and perfused volume must lie on one grid"):
        counts_inside(image(), liver=LIVER, perfused=away)
    with pytest.raises(GeometryError, match="activity and liver must lie on one grid"):
        divided_activity(image(), injections(), WEIGHTS, liver=away, shunt=SHUNT)


def test_parts_are_shared_out_by_the_livers_counts_in_millilitres_of_the_grid() -> None:
    """Voxels of 0.5 mL; what a weight takes outside the liver shares out nothing and has its activity all the same."""
    fine = Grid.aligned((1, 1, 4), spacing_zyx_mm=(5, 10, 10), origin_lps_mm=(0, 0, 0))
    seen = ActivityMap(fine, np.array([[[2e-3, 6e-3, 8e-3, 4e-3]]]), Y90)
    liver = Voi("liver", "liver", fine, np.array([[[1.0, 0.5, 1, 0]]]))
    weights = {"right": np.array([[[1.0, 1, 0.5, 0]]]), "left": np.array([[[0, 0, 0.5, 1.0]]])}
    right, left = divided_activity(seen, injections(left=0.2), weights, liver=liver, shunt=SHUNT)
    assert [float(p.counts_fraction) for p in (right, left)] == pytest.approx([9 / 13, 4 / 13])
    assert right.activity.bq_per_ml.ravel() == pytest.approx(np.array([2, 6, 4, 0]) / 9 * 0.92e9 / 0.5, rel=1e-6)
    assert left.activity.bq_per_ml.ravel() == pytest.approx(np.array([0, 0, 4, 4]) / 4 * 0.8e9 / 0.5, rel=1e-6)
    assert (right.shunt, left.shunt.method) == (SHUNT, "given")


def test_all_injections_together_are_the_sum_of_what_each_is_given() -> None:
    right, left = divided_activity(image(), injections(), WEIGHTS, liver=LIVER, shunt=SHUNT)
    united, shunt = united_activity((right, left), {"right": Bq(3e8), "left": Bq(0.0)})
    assert united.bq_per_ml == pytest.approx(0.3 * right.activity.bq_per_ml, rel=1e-6)
    assert (united.nuclide, united.reference) == (right.activity.nuclide, right.activity.reference)
    assert shunt == SHUNT
    tiny, _ = united_activity((right, left), {"right": Bq(0.5), "left": Bq(0.25)})
    assert tiny.bq_per_ml == pytest.approx(
        (0.5 * right.activity.bq_per_ml + 0.25 * left.activity.bq_per_ml) / 1e9, rel=1e-6
    )


def test_the_united_shunt_keeps_method_and_source_and_its_judged_pair_is_weighted_alike() -> None:
    pair = replace(SHUNT, lung_mass_g=Gram(500), lung_mass_source="CT", fraction=Share(0.1))
    right, left = divided_activity(image(), injections(), WEIGHTS, liver=LIVER, shunt=replace(SHUNT, judged=pair))
    other = replace(left, shunt=replace(left.shunt, fraction=Share(0.04), judged=replace(pair, fraction=Share(0.3))))
    _, shunt = united_activity((right, other), {"right": Bq(1e9), "left": Bq(3e9)})
    assert shunt.fraction == pytest.approx((0.08 + 3 * 0.04) / 4)
    assert (shunt.method, shunt.lung_mass_source) == ("planar", "default 1000 g")
    assert shunt.lung_pair.fraction == pytest.approx((0.1 + 3 * 0.3) / 4)
    assert float(shunt.lung_pair.lung_mass_g) == pytest.approx(500)
    assert shunt.lung_pair.lung_mass_source == "CT"
