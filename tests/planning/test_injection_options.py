"""What each option gives of each injection: limits of all and of each, targets by parts, one factor where a limit asks for it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.planning.injection_options import Course, KnownErrors, limits_of_injections
from yttria.planning.target_probability import DoseErrors
from yttria.values.aims_limits import Aim, Limit
from yttria.values.grid import Grid
from yttria.values.injection import Injection, InjectionDose, LesionPart
from yttria.values.maps import DensityMap, DoseMap, Voi
from yttria.values.patient import AbsorbedDose, PlanningOptions
from yttria.values.product import Product
from yttria.values.treatment import Administration, LungShunt
from yttria.values.units import Bq, Gram, Gy, Ml, Share

GRID = Grid.aligned((2, 4, 10), spacing_zyx_mm=(10, 10, 10), origin_lps_mm=(0, 0, 0))
DOSE = DoseMap(GRID, np.zeros(GRID.shape_zyx, np.float32))
GLASS = Product.named("glass")
OPTIONS = PlanningOptions(GLASS, GLASS.nuclide)
AIM = Aim("TD", Gy(205), "trial", wished_gy=Gy(300), sought_gy=Gy(250))
PLAIN = Aim("TD", Gy(205), "guideline")
LIVER = Limit("normal-liver", "WNLD", Gy(60), "guideline")
PERFUSED = Limit("normal-perfused", "NPLD", Gy(120), "trial")
LUNG = Limit("lung", "LD", Gy(30), "label")
TOTAL = Limit("lung-cumulative", "LD", Gy(50), "label")

RIGHT = {
    "TD": 100.0,
    "TD_1": 100.0,
    "TD_2": 0.0,
    "PLD": 30.0,
    "PLD[right]": 60.0,
    "PLD[left]": 0.0,
    "NPLD": 20.0,
    "NPLD[right]": 40.0,
    "NPLD[left]": 0.0,
    "WNLD": 10.0,
    "LD": 2.0,
    "LD[1]": 2.0,
}
LEFT = {
    "TD": 0.0,
    "TD_1": 0.0,
    "TD_2": 80.0,
    "PLD": 20.0,
    "PLD[right]": 0.0,
    "PLD[left]": 50.0,
    "NPLD": 15.0,
    "NPLD[right]": 0.0,
    "NPLD[left]": 30.0,
    "WNLD": 8.0,
    "LD": 4.0,
    "LD[1]": 4.0,
}


def voi(role: str, columns: slice, name: str = "") -> Voi:
    share = np.zeros(GRID.shape_zyx, np.float32)
    share[..., columns] = 1
    return Voi(name or role, role, GRID, share)


VOLUMES = {
    "liver": voi("liver", slice(0, 10)),
    "perfused[right]": voi("perfused[right]", slice(0, 5)),  # 40 mL
    "perfused[left]": voi("perfused[left]", slice(5, 10)),
    "tumour-1": voi("tumour-1", slice(0, 3), "seg 8"),
    "tumour-2": voi("tumour-2", slice(6, 8), "seg 2"),
}


def dose(
    name: str, doses: dict[str, float], *, session: str = "1", given: float | None = None, **how: Any
) -> InjectionDose:
    administration = None if given is None else Administration(Bq(given))
    return InjectionDose(
        Injection(name, session=session, given=administration, **how),
        DOSE,
        {n: Gy(d) for n, d in doses.items()},
        LungShunt(Share(0.05), "given", Gram(1000), "default 1000 g"),
        Share(0.5),
    )


def course(
    *limits: Limit, right: dict[str, Any] | None = None, left: dict[str, Any] | None = None, split: bool = False
) -> Course:
    """Return a course: the index lesion of 24 mL is fed by the right artery, another of 16 mL by the left; `split`: the index by both."""
    injections = (dose("right", RIGHT, **(right or {})), dose("left", LEFT, **(left or {})))
    parts = [
        LesionPart("tumour-1", "right", Ml(24), {"right": Gy(100), "left": Gy(0)}),
        LesionPart("tumour-2", "left", Ml(16), {"right": Gy(0), "left": Gy(80)}),
    ]
    reached: dict[str, tuple[str, ...]] = {"tumour-1": ("right",), "tumour-2": ("left",)}
    if split:
        parts.append(LesionPart("tumour-1", "left", Ml(12), {"right": Gy(5), "left": Gy(90)}))
        reached["tumour-1"] = ("right", "left")
    absorbed = AbsorbedDose(
        dose=DOSE,
        density=DensityMap(GRID, np.ones(GRID.shape_zyx, np.float32)),
        activity_bq=Bq(1e9),
        volumes=VOLUMES,
        mass_g={role: Gram(v.ml * 1.05) for role, v in VOLUMES.items()},
        doses_gy={n: Gy(RIGHT[n] + LEFT[n]) for n in RIGHT},
        dvh={},
        shunt=LungShunt(Share(0.05), "given", Gram(1000), "default 1000 g"),
        reserve=Share(0.0),
        index="tumour-1",
        injections=injections,
        parts=tuple(parts),
        reached_by=reached,
    )
    return Course(absorbed, tuple(limits))


def gbq(plan: Any) -> dict[str, float]:
    assert plan is not None
    return {name: bq / 1e9 for name, bq in plan.activities.items()}


def no_errors(_: Any) -> KnownErrors:
    return KnownErrors(DoseErrors({}), None)


# limits


def test_a_limit_on_the_perfused_normal_liver_holds_for_all_and_for_each() -> None:
    found = limits_of_injections((PERFUSED, LIVER), course().absorbed)
    assert [(x.name, x.volume, float(x.limit_gy)) for x in found] == [
        ("normal-perfused", "NPLD", 120),
        ("normal-perfused[right]", "NPLD[right]", 120),
        ("normal-perfused[left]", "NPLD[left]", 120),
        ("normal-liver", "WNLD", 60),
    ]


def test_the_lung_limit_of_a_session_holds_for_each_session_and_the_cumulative_one_for_all() -> None:
    same = limits_of_injections((LUNG, TOTAL), course().absorbed)
    assert [x.name for x in same] == ["lung", "lung-cumulative"]
    two = limits_of_injections((LUNG, TOTAL), course(left={"session": "2"}).absorbed)
    assert [(x.name, x.volume) for x in two] == [("lung[1]", "LD[1]"), ("lung[2]", "LD[2]"), ("lung-cumulative", "LD")]


def test_what_is_given_counts_before_what_is_planned() -> None:
    found = course(replace(LIVER, already_gy=Gy(7)), left={"given": 2e9})
    (row,) = found.rows()
    assert row.per_gbq == (10.0,)
    assert float(row.already_gy) == 7 + 2 * 8
    assert float(found.already("LD")) == 8
    assert [i.name for i in found.pending] == ["right"]


def test_a_volume_without_a_dose_has_no_row_and_limits_of_a_volume_can_be_left_out() -> None:
    assert course(replace(LIVER, volume="WLD")).rows() == ()
    assert course(LIVER, LUNG).without("WNLD").limits == (LUNG,)


# targets


def test_targets_are_the_parts_of_the_index_lesion_and_the_largest_lesion_of_who_does_not_reach_it() -> None:
    assert [(t.name, t.per_gbq, float(t.gy)) for t in course().targets(Gy(250))] == [
        ("TD_1", (100.0, 0.0), 250),
        ("TD_2", (0.0, 80.0), 250),
    ]
    assert [(t.name, t.per_gbq) for t in course(split=True).targets(Gy(250))] == [
        ("TD_1[right]", (100.0, 0.0)),
        ("TD_1[left]", (5.0, 90.0)),
    ]


def test_a_target_holds_what_given_injections_gave_it() -> None:
    part = next(t for t in course(split=True, right={"given": 1e9}).targets(Gy(250)) if t.name == "TD_1[left]")
    assert (part.per_gbq, part.already_gy) == ((90.0,), 5.0)


def test_an_index_lesion_that_no_pending_injection_reaches_is_a_warning() -> None:
    assert course().unreached_targets() == ()
    (finding,) = course(right={"given": 1e9}).unreached_targets()
    assert (finding.level, finding.code, finding.values) == ("warning", "target-not-reached", {"lesion": "seg 8"})


# options


def test_each_target_has_what_is_sought_where_no_limit_binds() -> None:
    plan = course().tumour_plan(AIM, Gy(250))
    assert gbq(plan) == pytest.approx({"right": 2.5, "left": 250 / 80})
    assert plan is not None
    assert (plan.binding, plan.reached) == ((), True)


def test_a_limit_that_binds_is_met_with_equality_and_the_smallest_target_is_as_high_as_it_lets_it() -> None:
    plan = course(replace(LIVER, limit_gy=Gy(30))).tumour_plan(AIM, Gy(250))
    found = gbq(plan)
    assert 10 * found["right"] + 8 * found["left"] == pytest.approx(30)
    assert 100 * found["right"] == pytest.approx(80 * found["left"])  # both targets alike
    assert plan is not None
    assert plan.binding == ("normal-liver",)


def test_where_what_was_there_before_exceeds_a_limit_nothing_is_planned_and_it_binds() -> None:
    plan = course(replace(LIVER, already_gy=Gy(61)), LUNG).tumour_plan(AIM, Gy(250))
    assert gbq(plan) == {"right": 0.0, "left": 0.0}
    assert plan is not None
    assert plan.binding == ("normal-liver",)


def test_a_course_whose_activities_are_all_given_leaves_nothing_to_seek() -> None:
    done = course(right={"given": 1e9}, left={"given": 2e9})
    assert done.tumour_plan(AIM, Gy(250)) is None
    assert done.clash(AIM) is None
    plan = done.decided_plan()
    assert plan is not None
    assert plan.activities == {"right": 1e9, "left": 2e9}
    assert course(right={"given": 1e9}).decided_plan() is None


@pytest.mark.parametrize(
    ("limit", "sought", "binding"),
    [
        (60.001, 300.0, ()),
        (60.0, 300.0, ()),
        (59.999, 299.995, ()),
        (55.0, 275.0, ()),
        (50.0, 250.0, ()),
        (49.0, 245.0, ("normal-liver",)),
    ],
)
def test_the_way_from_what_is_sought_to_the_wish_ends_at_the_limits(
    limit: float, sought: float, binding: tuple[str, ...]
) -> None:
    # D in both lesions costs 10 D / 100 + 8 D / 80 = D / 5 of the limit
    resin = replace(OPTIONS, product=Product.named("resin"))
    plan = course(replace(LIVER, limit_gy=Gy(limit))).sought_plan(AIM, resin, no_errors)
    assert plan is not None
    assert min(100 * gbq(plan)["right"], 80 * gbq(plan)["left"]) == pytest.approx(sought)
    assert plan.binding == binding


def test_glass_goes_on_only_while_the_perfused_normal_liver_stays_at_120_gray() -> None:
    # 250 Gy in both give NPLD 2.5 * 20 + 3.125 * 15 = 96.9 Gy, 300 Gy give 116.25
    free = course(LIVER).absorbed
    richer = replace(
        free,
        injections=tuple(
            replace(i, doses_gy={**i.doses_gy, "NPLD": Gy(i.doses_gy["NPLD"] * 1.1)}) for i in free.injections
        ),
    )
    plan = Course(richer, ()).sought_plan(AIM, OPTIONS, no_errors)
    assert plan is not None
    npld = sum(1.1 * d * gbq(plan)[n] for n, d in (("right", 20.0), ("left", 15.0)))
    assert npld == pytest.approx(120)
    resin = Course(richer, ()).sought_plan(AIM, replace(OPTIONS, product=Product.named("resin")), no_errors)
    assert 100 * gbq(resin)["right"] == pytest.approx(300)


def test_a_limit_is_kept_with_nine_in_ten_before_the_wish_is_sought() -> None:
    errors = KnownErrors(DoseErrors({"WNLD": {"contour": 0.1}}), None)
    plan = course(replace(LIVER, limit_gy=Gy(60.0))).sought_plan(AIM, OPTIONS, lambda _: errors)
    found = gbq(plan)
    assert 10 * found["right"] + 8 * found["left"] == pytest.approx(60 / (1 + 1.2815515655 * 0.1))


def test_a_stated_wish_is_sought_as_it_stands() -> None:
    plan = course().sought_plan(replace(AIM, sought_gy=None), OPTIONS, no_errors)
    assert 100 * gbq(plan)["right"] == pytest.approx(300)


def test_without_a_wish_the_lower_end_of_the_interval_is_brought_to_the_aim() -> None:
    errors = KnownErrors(DoseErrors({"TD": {"activity": 0.05}}), None)
    plan = course().sought_plan(PLAIN, OPTIONS, lambda _: errors)
    assert 100 * gbq(plan)["right"] * 0.9 == pytest.approx(205)


def test_the_most_probable_plan_seeks_no_more_than_certainty_and_no_more_than_three_times_the_aim() -> None:
    certain = KnownErrors(DoseErrors({"TD": {"activity": 0.1}}), None)
    plan = course().probable_plan(PLAIN, lambda _: certain)
    assert 100 * gbq(plan)["right"] == pytest.approx(205 / (1 - 3.090232306 * 0.1))
    wide = KnownErrors(DoseErrors({"TD": {"activity": 0.5}}), None)
    assert 100 * gbq(course().probable_plan(PLAIN, lambda _: wide))["right"] == pytest.approx(3 * 205)


# reaches


@pytest.mark.parametrize(("right", "reached"), [(2.0499, False), (2.05, True), (2.0501, True)])
def test_an_aim_is_reached_at_its_dose_in_the_index_lesion(right: float, reached: bool) -> None:
    assert course().reaches(PLAIN, {"right": Bq(right * 1e9), "left": Bq(0)}) is reached


def test_an_aim_must_be_reached_in_every_part_of_the_index_lesion() -> None:
    both = course(split=True)
    assert not both.reaches(PLAIN, {"right": Bq(3e9), "left": Bq(1e9)})
    assert both.reaches(PLAIN, {"right": Bq(3e9), "left": Bq(2.2e9)})
    assert both.part_doses("tumour-1", {"right": Bq(3e9), "left": Bq(1e9)}) == {"right": Gy(300), "left": Gy(105)}


# perfused, compartment


def test_each_perfused_volume_has_its_own_aim_by_its_own_injection() -> None:
    plan = course().perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert gbq(plan) == pytest.approx({"right": 2.0, "left": 2.4})
    assert plan is not None
    assert (plan.note, plan.reached, plan.binding) == (
        "each injection alone gives its own perfused volume the aim",
        True,
        (),
    )


@pytest.mark.parametrize(("limit", "factor"), [(39.21, 1.0), (39.2, 1.0), (39.19, 39.19 / 39.2), (19.6, 0.5)])
def test_beyond_a_limit_all_activities_are_lowered_by_one_factor(limit: float, factor: float) -> None:
    plan = course(replace(LIVER, limit_gy=Gy(limit))).perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert gbq(plan) == pytest.approx({"right": 2.0 * factor, "left": 2.4 * factor})
    assert plan is not None
    assert plan.binding == (("normal-liver",) if factor < 1 else ())
    assert plan.reached is (factor == 1.0)
    assert (f"; all times {factor:.3f}" in plan.note) is (factor < 1)


def test_what_is_given_takes_its_part_of_a_limit_before_the_factor() -> None:
    plan = course(replace(LIVER, limit_gy=Gy(26)), left={"given": 2e9}).perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert gbq(plan) == pytest.approx({"right": 2.0 * 10 / 20, "left": 2.0})  # 16 of 26 Gy are there


def test_a_perfused_volume_that_takes_up_nothing_has_no_plan() -> None:
    found = course()
    cold = tuple(replace(i, doses_gy={**i.doses_gy, f"PLD[{i.name}]": Gy(0)}) for i in found.injections)
    assert Course(replace(found.absorbed, injections=cold), ()).perfused_plan(Aim("PLD", Gy(120), "trial")) is None


def test_one_compartment_for_each_volume_by_its_mass_or_by_the_products_density() -> None:
    aim = Aim("PLD", Gy(120), "label")
    by_mass, by_label = course().compartment_plan(aim, OPTIONS), course().compartment_plan(aim, OPTIONS, label=True)
    # A = D m / (k (1 - LSF)), 40 mL at 1.05 g/mL weighed and at 1.03 g/mL of the product
    assert gbq(by_mass) == pytest.approx(dict.fromkeys(("right", "left"), 120 * 0.042 / (49.67 * 0.95)), rel=1e-3)
    assert gbq(by_label)["right"] / gbq(by_mass)["right"] == pytest.approx(1.03 / 1.05)
    assert by_label.note.startswith("A = D m / (k (1 - LSF)) for each injection's volume at 1.03 g/mL")


# findings


def test_limits_that_stand_against_the_aim_say_what_they_would_have_to_give() -> None:
    found = course(replace(LIVER, limit_gy=Gy(30))).clash(PLAIN)
    assert found is not None
    assert found.least_gy == pytest.approx({"normal-liver": 205 / 5 - 30})
    assert course(replace(LIVER, limit_gy=Gy(41.01))).clash(PLAIN) is None


def test_an_injection_left_at_nothing_is_a_warning_with_the_lesions_that_it_alone_reaches() -> None:
    (finding,) = course().unused({"right": Bq(2e9), "left": Bq(0)})
    assert finding.message == 'injection "left" is left at 0 GBq: "seg 2" is then not treated'
    assert (finding.level, finding.code, finding.values) == (
        "warning",
        "injection-unused",
        {"injection": "left", "lesions": 1},
    )
    (both,) = course(split=True).unused({"right": Bq(0), "left": Bq(2e9)})
    assert both.message == 'injection "right" is left at 0 GBq: no lesion is reached by it alone'


def test_a_limit_that_is_used_up_leaves_nothing_and_is_named() -> None:
    used = replace(LIVER, limit_gy=Gy(40), already_gy=Gy(40))
    plan = course(used).perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert gbq(plan) == {"right": 0.0, "left": 0.0}
    assert plan is not None
    assert (plan.binding, plan.reached) == (("normal-liver",), False)


def test_the_least_of_an_injection_is_in_gigabecquerel_and_zero_where_none_is_set() -> None:
    assert course(left={"least_bq": Bq(0.5e9)}).least_gbq == (0.0, 0.5)


# 250 Gy in both lesions give the whole normal liver 50 Gy; at u = 0.1 it is kept with 90 % up to L / 1.1282 Gy
@pytest.mark.parametrize(
    ("limit", "sought", "note"),
    [
        (56.3, 250.0, "250 Gy is sought and no more: the limits are kept with 90 % only so far"),
        (50 * 1.12815515655446, 250.0, "250 Gy is sought and no more: the limits are kept with 90 % only so far"),
        (
            56.5,
            56.5 * 5 / 1.12815515655446,
            "more than 250 Gy is sought, but not the wish of 300 Gy: normal-liver only so far with 90 %",
        ),
        (68.0, 300.0, "the wish of 300 Gy is sought: every limit is kept with 90 %"),
        (49.0, 245.0, "250 Gy is sought and no more"),
    ],
)
def test_what_pda_seeks_of_several_injections_says_where_it_ends(limit: float, sought: float, note: str) -> None:
    errors = KnownErrors(DoseErrors({"WNLD": {"contour": 0.1}}), None)
    resin = replace(OPTIONS, product=Product.named("resin"))
    plan = course(replace(LIVER, limit_gy=Gy(limit))).sought_plan(AIM, resin, lambda _: errors)
    assert plan is not None
    assert min(100 * gbq(plan)["right"], 80 * gbq(plan)["left"]) == pytest.approx(sought)
    assert plan.note == note


def test_a_limit_whose_dose_is_not_known_keeps_pda_from_the_wish_and_leaves_no_most_probable_plan() -> None:
    unknown = replace(LIVER, limit_gy=Gy(1000), volume="LD", name="lung", missing=("[shunt] fraction",))
    here = course(unknown)
    none = tuple(replace(i, doses_gy={**i.doses_gy, "LD": Gy(0)}) for i in here.injections)
    doses = {**here.absorbed.doses_gy, "LD": Gy(0)}
    cold = Course(replace(here.absorbed, injections=none, doses_gy=doses), (unknown,))
    plan = cold.sought_plan(AIM, OPTIONS, no_errors)
    assert plan is not None
    assert plan.note == "250 Gy is sought and no more: the dose of lung is not known"
    assert 100 * gbq(plan)["right"] == pytest.approx(250)
    assert cold.probable_plan(AIM, no_errors) is None


def test_the_most_probable_plan_says_how_probably_each_limit_is_kept() -> None:
    plan = course(LIVER).probable_plan(PLAIN, no_errors)
    assert plan is not None
    assert plan.note == "the aim of 205 Gy as probable in every target as it can be, each limit kept with 90 % or more"


def test_a_limit_that_is_used_up_is_not_exceeded_and_does_not_bind_where_another_is_exceeded() -> None:
    here = course(replace(LIVER, already_gy=Gy(61)), replace(LUNG, already_gy=Gy(30)))
    plan = here.tumour_plan(AIM, Gy(250))
    assert plan is not None
    assert plan.binding == ("normal-liver",)


@pytest.mark.parametrize(("limit", "stops"), [(16.1, 0), (16.0, 0), (15.9, 1)])
def test_what_was_given_exceeds_a_limit_above_it_and_not_at_it(limit: float, stops: int) -> None:
    """2 GBq of 8 Gy/GBq: 16 Gy."""
    here = course(replace(LIVER, limit_gy=Gy(limit)), left={"given": 2e9})
    found = here.exceeded()
    assert len(found) == stops
    for stop in found:
        assert (stop.level, stop.code) == ("stop", "limit-exceeded-normal-liver")
        assert stop.message == (
            "what was given brings WNLD to 16.0 Gy, above its limit of 15.9 Gy (guideline); no injection may be added"
        )
    assert course(replace(LIVER, limit_gy=Gy(limit)), right={"given": 1e-9}, left={"given": 2e9}).exceeded() == ()


@pytest.mark.parametrize(("given", "told"), [(0.0, False), (0.4999, True), (0.5, False), (0.5001, False)])
def test_less_than_the_least_of_an_injection_is_a_warning_with_both_activities(given: float, told: bool) -> None:
    found = course(left={"least_bq": Bq(0.5e9)}).below_least("SDA", {"right": Bq(1e9), "left": Bq(given * 1e9)})
    assert [f.code for f in found] == (["below-least-activity"] if told else [])
    for finding in found:
        assert finding.message == (
            'SDA would give injection "left" 0.50 GBq, below its least_gbq of 0.5: it cannot be given so and is not advised'
        )
        assert finding.values == {
            "approach": "SDA",
            "injection": "left",
            "activity_gbq": pytest.approx(given),
            "least_gbq": 0.5,
        }


@pytest.mark.parametrize(("least", "reached"), [(1.99, True), (2.0, True), (2.01, False)])
def test_an_option_that_gives_less_than_the_least_does_not_reach_its_aim(least: float, reached: bool) -> None:
    plan = course(right={"least_bq": Bq(least * 1e9)}).perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert gbq(plan)["right"] == pytest.approx(2.0)
    assert plan is not None
    assert plan.reached is reached


def test_limits_that_leave_the_same_factor_all_bind() -> None:
    """120 Gy to each volume cost 39.2 Gy of WNLD and 76 Gy of NPLD."""
    half = (replace(LIVER, limit_gy=Gy(19.6)), replace(PERFUSED, limit_gy=Gy(38)), replace(LUNG, limit_gy=Gy(6.9)))
    plan = course(*half).perfused_plan(Aim("PLD", Gy(120), "trial"))
    assert plan is not None
    assert plan.binding == ("normal-liver", "normal-perfused")


def test_a_limit_beside_the_plans_own_lowers_the_perfused_activities_too() -> None:
    extra = (Limit("own", "NPLD", Gy(38), "site"),)
    plan = course(LIVER).perfused_plan(Aim("PLD", Gy(120), "trial"), extra=extra)
    assert gbq(plan) == pytest.approx({"right": 1.0, "left": 1.2})


def test_an_index_lesion_that_counts_whole_is_reached_by_the_sum_of_its_injections() -> None:
    here = course(split=True)
    whole = Course(replace(here.absorbed, parts=()), ())
    assert whole.reaches(PLAIN, {"right": Bq(2.05e9), "left": Bq(0)})
    assert not whole.reaches(PLAIN, {"right": Bq(2.0499e9), "left": Bq(1e9)})  # the left gives 0 Gy/GBq to TD


def test_two_untreated_lesions_are_named_together() -> None:
    here = course()
    volumes = {**here.absorbed.volumes, "tumour-3": voi("tumour-3", slice(8, 9), "seg 3")}
    reached = {**here.absorbed.reached_by, "tumour-3": ("left",)}
    two = Course(replace(here.absorbed, volumes=volumes, reached_by=reached), ())
    (finding,) = two.unused({"right": Bq(1e9), "left": Bq(0)})
    assert finding.message == 'injection "left" is left at 0 GBq: "seg 2", "seg 3" are then not treated'


def test_a_lesion_that_no_pending_injection_reaches_counts_whole_and_without_an_index_there_is_none() -> None:
    given = course(right={"given": 1e9})
    assert [(t.name, t.per_gbq, t.already_gy) for t in given.targets(Gy(250))] == [
        ("TD_1", (0.0,), 100.0),
        ("TD_2", (80.0,), 0.0),
    ]
    nameless = Course(replace(course().absorbed, index=""), ())
    assert [t.name for t in nameless.targets(Gy(250))] == ["TD_1", "TD_2"]  # the largest that each injection reaches
    assert Course(replace(nameless.absorbed, parts=(), reached_by={}), ()).targets(Gy(250)) == ()
