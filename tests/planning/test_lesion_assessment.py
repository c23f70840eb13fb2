"""Every lesion counts: its dose against the aim itself, what the injection does not reach, what is cold, what blur alone hides."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.planning.block_case import CHOICES, HCC, absorbed, voi

from yttria.planning.activity_planning import plan_of
from yttria.planning.lesion_assessment import assess_lesions, audit_lesions, with_lesions
from yttria.values.dvh import Dvh
from yttria.values.injection import LesionPart
from yttria.values.maps import Voi
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Lesion, Plan, Scenario
from yttria.values.product import Product
from yttria.values.units import Bq, Gy, Ml, Share
from yttria.values.uptake import ColdPart

SECOND = voi("tumour-2", slice(14, 18), slice(2, 6), slice(2, 6))  # 32.8 mL in the perfused volume
VOXEL_ML = SECOND.grid.voxel_ml


def case(second: float | None = None, *, lesion: Voi = SECOND, **how: float) -> AbsorbedDose:
    """Return the blocks with a second lesion of `second` times the first one's dose; None: with one lesion."""
    one = absorbed(**how)  # type: ignore[arg-type]
    if second is None:
        return one
    own = replace(lesion, name="Second")
    return replace(
        one,
        volumes={**one.volumes, "tumour-2": own},
        mass_g={**one.mass_g, "tumour-2": own.mass(one.density)},
        dvh={**one.dvh, "tumour-2": Dvh.of(one.dose, own)},
        doses_gy={**one.doses_gy, "TD_2": Gy(one.doses_gy["TD_1"] * second)},
    )


def planned(
    one: AbsorbedDose, facts: ClinicalFacts = HCC, choices: PlanningOptions = CHOICES, td_gy: float | None = None
) -> tuple[Plan, tuple[Lesion, ...]]:
    """Plan the case; with `td_gy` the shown option gives the first lesion that dose."""
    plan, _ = plan_of(one, facts=facts, choices=choices)
    if td_gy is not None:
        shown = plan.shown
        activity = Bq(one.activity_bq * td_gy / one.doses_gy["TD_1"])
        doses = {name: Gy(dose * activity / one.activity_bq) for name, dose in one.doses_gy.items()}
        moved = replace(shown, activity_bq=activity, doses_gy=doses)
        plan = replace(plan, options=tuple(moved if o is shown else o for o in plan.options))
    return plan, assess_lesions(one, plan, facts)


def codes(lesions: tuple[Lesion, ...], one: AbsorbedDose) -> dict[str, str]:
    return {f.code: f.level for f in audit_lesions(lesions, one)}


# ---- laws


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 3.0), st.floats(1.2, 12.0))
def test_the_coldest_is_the_treated_lesion_of_the_least_dose_and_below_counts_the_aim_itself(
    second: float, ratio: float
) -> None:
    one = case(second, ratio=ratio)
    plan, lesions = planned(one)
    first, other = lesions
    assert other.dose_gy == pytest.approx(second * first.dose_gy, rel=1e-9)
    whole, _ = with_lesions(plan, one, HCC)
    least = whole.coldest
    assert least is not None
    assert least.dose_gy == min(first.dose_gy, other.dose_gy)
    assert [x.below_aim for x in lesions] == [x.dose_gy < 205 * (1 - 1e-9) for x in lesions]
    assert whole.lesions == lesions


@pytest.mark.parametrize("product", ["glass", "resin", "holmium"])
@pytest.mark.parametrize("scenario", ["segmentectomy", "lobectomy", "unilobar", "bilobar", None])
@pytest.mark.parametrize("disease", ["HCC", "ICC", "mCRC", "NET", None])
def test_a_lesion_has_the_aim_of_pda_and_none_in_a_segmentectomy_or_without_pda(
    product: str, scenario: Scenario | None, disease: str | None
) -> None:
    sphere = Product.named(product)
    choices = PlanningOptions(sphere, sphere.nuclide)
    facts = replace(HCC, scenario=scenario, disease=disease)
    plan, lesions = planned(case(0.5, columns=6, choices=choices), facts, choices)  # type: ignore[arg-type]
    aims = {o.aim.dose_gy for o in plan.options if o.approach == "PDA" and o.aim is not None}
    assert {x.aim_gy for x in lesions} == ({None} if scenario == "segmentectomy" or not aims else aims)
    assert all(not x.below_aim for x in lesions if x.aim_gy is None)


# ---- thresholds


@pytest.mark.parametrize(("td_gy", "below"), [(204.9, True), (205.0, False), (205.1, False)])
def test_a_lesion_is_below_its_aim_without_the_5_per_cent_of_an_option(td_gy: float, below: bool) -> None:
    one = case()
    _, (lesion,) = planned(one, td_gy=td_gy)
    assert lesion.below_aim == below
    assert ("lesions-below-aim" in codes((lesion,), one)) == below


def reached(lesion: Voi, voxels: int, part: float = 0.0) -> bool:
    """Whether a lesion is treated of which so many whole voxels, and a part of one more, lie in the perfused volume."""
    one = case(0.5, lesion=lesion)
    inside = lesion.share.copy()
    held = inside.ravel()
    where = held.nonzero()[0]
    held[:] = 0
    held[where[:voxels]] = 1
    held[where[voxels]] = part
    volumes = {**one.volumes, "perfused": Voi("p", "perfused", lesion.grid, inside)}
    plan, _ = plan_of(one, facts=HCC, choices=CHOICES)
    return assess_lesions(replace(one, volumes=volumes), plan, HCC)[1].treated


@pytest.mark.parametrize(("ml", "treated"), [(9.99, False), (10.0, True), (10.01, True)])
def test_ten_ml_of_a_large_lesion_in_the_perfused_volume_treat_it(ml: float, treated: bool) -> None:
    large = voi("tumour-2", slice(0, 20), slice(0, 10))  # 1024 mL: a tenth is 102 mL
    whole, part = divmod(ml / VOXEL_ML, 1)
    assert reached(large, int(whole), part) == treated


@pytest.mark.parametrize(("share", "treated"), [(0.099, False), (0.1, True), (0.101, True)])
def test_a_tenth_of_a_small_lesion_in_the_perfused_volume_treats_it(share: float, treated: bool) -> None:
    whole, part = divmod(share * SECOND.ml / VOXEL_ML, 1)
    assert SECOND.ml < 100
    assert reached(SECOND, int(whole), part) == treated


# ---- words


def test_a_lesion_outside_every_perfused_volume_is_not_treated_and_never_the_coldest() -> None:
    left = voi("tumour-2", slice(4, 8), slice(16, 19), slice(2, 6))
    one = case(0.01, lesion=left)
    plan, lesions = planned(one)
    assert [x.treated for x in lesions] == [True, False]
    least = with_lesions(plan, one, HCC)[0].coldest
    assert least is not None
    assert least.role == "tumour-1"
    found = {f.code: f for f in audit_lesions(lesions, one)}
    assert '"Second" (24.6 mL) is not treated' in found["lesion-not-treated"].message
    assert '"Second" 3 Gy, not treated' in found["lesions-below-aim"].message
    assert found["lesions-below-aim"].values == {
        "below": 1,
        "lesions": 2,
        "aim_gy": 205,
        "tumour-2_gy": pytest.approx(3),
    }
    assert replace(plan, lesions=lesions[1:]).coldest is None


def test_a_lesion_that_is_not_treated_stays_below_its_aim_whatever_the_image_shows_there() -> None:
    left = voi("tumour-2", slice(4, 8), slice(16, 19), slice(2, 6))
    one = case(1.5, lesion=left)
    _, lesions = planned(one, td_gy=250.0)
    assert [x.below_aim for x in lesions] == [False, True]
    assert codes(lesions, one)["lesions-below-aim"] == "warning"


@pytest.mark.parametrize(
    ("recovered", "words"),
    [(None, '"Second" 150 Gy'), (1.3, "(195 with blur undone)"), (1.4, "(210 with blur undone, below by blur alone)")],
)
def test_a_lesion_below_its_aim_has_its_recovered_dose_beside_and_by_blur_alone_where_that_reaches_it(
    recovered: float | None, words: str
) -> None:
    one = case(0.5)
    known: Mapping[str, Gy] = {} if recovered is None else {"TD_2": Gy(one.doses_gy["TD_2"] * recovered)}
    one = replace(one, recovered_gy=known)
    _, lesions = planned(one, td_gy=300.0)
    message = next(f.message for f in audit_lesions(lesions, one) if f.code == "lesions-below-aim")
    assert message.startswith("1 of 2 lesions stay below the aim of 205 Gy: ")
    assert words in message
    assert ("blur" in message) == (recovered is not None)


@pytest.mark.parametrize(("recovered", "alone"), [(204.9, False), (205.0, True), (205.1, True)])
def test_below_by_blur_alone_from_where_the_recovered_dose_reaches_the_aim(recovered: float, alone: bool) -> None:
    lesion = Lesion("tumour-1", "a", Ml(30), Gy(205), Gy(180), True, True, Ml(0), recovered_gy=Gy(recovered))
    assert lesion.by_blur_alone == alone
    assert not replace(lesion, below_aim=False).by_blur_alone


def test_a_cold_part_is_told_with_what_it_may_be_and_the_dose_of_the_rest_reaches_no_aim() -> None:
    one = case()
    rest = Gy(one.doses_gy["TD_1"] * 1.5)
    one = replace(one, cold={"tumour-1": ColdPart(Ml(40.0), Share(0.25), rest)})
    _, (lesion,) = planned(one, td_gy=150.0)
    assert lesion.cold_ml == 40.0
    assert lesion.rest_gy == pytest.approx(225.0)
    assert lesion.below_aim  # although the rest has 225 Gy
    message = next(f.message for f in audit_lesions((lesion,), one) if f.code == "lesion-cold")
    for words in (
        "40 mL (25 %)",
        "dead, or fed by an artery that was not injected",
        "the arterial phase decides",
        "225 Gy",
    ):
        assert words in message
    assert "reaches no aim unless the part is drawn and named necrosis" in message
    assert "lesion-cold" not in codes((replace(lesion, treated=False),), one)
    assert "lesion-cold" not in codes((replace(lesion, cold_ml=Ml(0.0)),), one)


def test_a_lesion_on_two_feeders_is_below_its_aim_where_one_of_its_parts_is() -> None:
    one = replace(
        case(),
        parts=(
            LesionPart("tumour-1", "right", Ml(100.0), {"right": Gy(100.0), "left": Gy(0.0)}),
            LesionPart("tumour-1", "left", Ml(60.0), {"right": Gy(0.0), "left": Gy(50.0)}),
        ),
    )
    plan, _ = planned(one, td_gy=260.0)
    shown = replace(plan.shown, activities_bq={"right": Bq(3e9), "left": Bq(4.0e9)})
    plan = replace(plan, options=tuple(shown if o is plan.shown else o for o in plan.options))
    (lesion,) = assess_lesions(one, plan, HCC)
    assert [p.dose_gy for p in lesion.parts] == [pytest.approx(300.0), pytest.approx(200.0)]
    assert lesion.dose_gy > 205
    assert lesion.below_aim


def test_a_lesion_has_its_share_of_the_livers_activity_its_ratio_and_its_volume_histogram() -> None:
    """Two lesions of T/N 4: 163.84 of 1228.8 mL perfused, dose times mass over the whole: 4 x 163.84 / (1228.8 + 3 x 163.84) ..."""
    one = case()
    _, (lesion,) = planned(one, td_gy=250.0)
    perfused, tumour = 10 * 20 * 12 * VOXEL_ML, 10 * 8 * 4 * VOXEL_ML
    assert lesion.activity_share == pytest.approx(4 * tumour / (perfused + 3 * tumour), rel=1e-6)
    assert lesion.tumour_to_normal == pytest.approx(4.0)
    assert lesion.d95_gy == pytest.approx(lesion.d70_gy)  # one dose in all of it
    assert lesion.v205 is not None


def test_a_lesion_without_a_histogram_or_beside_a_cold_liver_has_no_such_numbers() -> None:
    one = case()
    plan, _ = planned(one)
    bare = replace(plan.shown, dvh={}, probability=None)
    plan = replace(plan, options=tuple(bare if o is plan.shown else o for o in plan.options))
    doses = {**one.doses_gy, "NPLD": Gy(0.0), "WLD": Gy(0.0)}
    (lesion,) = assess_lesions(replace(one, doses_gy=doses), plan, HCC)
    assert (lesion.d95_gy, lesion.d70_gy, lesion.v205, lesion.aim_probability) == (None, None, None, None)
    assert (lesion.activity_share, lesion.tumour_to_normal) == (None, None)
    gone = {name: gy for name, gy in one.doses_gy.items() if name not in {"NPLD", "WLD"}}
    (lesion,) = assess_lesions(replace(one, doses_gy=gone), plan, HCC)
    assert (lesion.activity_share, lesion.tumour_to_normal) == (None, None)
