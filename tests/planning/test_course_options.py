"""Options of several injections: which approaches there are, and each judged on all of them together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.planning.test_injection_options import LIVER, course

from yttria.planning.aims import Aims
from yttria.planning.course_options import course_options
from yttria.planning.injection_options import Course
from yttria.planning.possible_facts import ImagedFacts
from yttria.values.aims_limits import Aim, Limit
from yttria.values.errors import Finding
from yttria.values.patient import AbsorbedDose, ClinicalFacts, PlanningOptions
from yttria.values.plan import Option
from yttria.values.product import Product
from yttria.values.units import Bq, Gy

GLASS, RESIN = Product.named("glass"), Product.named("resin")
HCC = ClinicalFacts(disease="HCC", scenario="bilobar", earlier_radioembolisation=False)
TUMOUR = Aim("TD", Gy(205), "trial", wished_gy=Gy(300), sought_gy=Gy(250))
PERFUSED = Aim("PLD", Gy(120), "trial")
LABEL = Aim("PLD", Gy(80), "label")
WHOLE = Limit("whole-liver", "WLD", Gy(10), "trial")


def options(here: Course, aims: Aims, *, product: Product = GLASS, drawn: bool = True, facts: ClinicalFacts = HCC, recovered: float | None = None, **relative: Mapping[str, float]) -> list[Any]:  # fmt: skip
    absorbed = replace(here.absorbed, relative_uncertainty=relative)

    def united(activities: Mapping[str, Bq]) -> AbsorbedDose:
        parts = [(i, activities[i.name] / 1e9) for i in here.injections]
        names = {name for i in here.injections for name in i.doses_gy}
        doses = {name: Gy(sum(i.doses_gy.get(name, 0.0) * gbq for i, gbq in parts)) for name in names}
        undone = {} if recovered is None else {"TD": Gy(doses["TD"] * recovered)}
        return replace(absorbed, activity_bq=Bq(sum(activities.values()) or 1.0), doses_gy=doses, recovered_gy=undone)

    whole = replace(here, absorbed=absorbed)
    choices = PlanningOptions(product, product.nuclide)
    return list(
        course_options(whole, united, aims, choices, facts, ImagedFacts(0.0, 0.1, 0.05, has_tumour_contour=drawn))
    )


def approaches(found: list[Any]) -> list[str]:
    return [x.approach if isinstance(x, Option) else x.code for x in found]


def test_each_aim_is_an_option_judged_on_all_injections_together() -> None:
    pda, sda = options(course(LIVER), Aims(tumour=TUMOUR, perfused=PERFUSED))
    assert (pda.approach, sda.approach) == ("PDA", "SDA")
    assert pda.activity_bq == pytest.approx(sum(pda.activities_bq.values()))
    assert {n: bq / 1e9 for n, bq in sda.activities_bq.items()} == pytest.approx({"right": 2.0, "left": 2.4})
    check = next(c for c in sda.checks if c.limit.name == "normal-liver")
    assert float(check.value_gy) == pytest.approx(10 * 2.0 + 8 * 2.4)


def test_what_binds_is_named_first_and_all() -> None:
    (pda,) = options(course(replace(LIVER, limit_gy=Gy(30))), Aims(tumour=TUMOUR))
    assert (pda.binding, pda.bindings, pda.reached) == ("normal-liver", ("normal-liver",), False)


@pytest.mark.parametrize(("product", "drawn", "label"), [(GLASS, True, True), (RESIN, True, False)])
def test_the_labels_compartment_is_no_option_of_resin(product: Product, drawn: bool, label: bool) -> None:
    found = options(course(), Aims(perfused=PERFUSED, label=LABEL), product=product, drawn=drawn)
    assert ("label" in approaches(found)) is label


@pytest.mark.parametrize(
    ("drawn", "before", "held"),
    [(True, False, True), (False, False, False), (False, True, True), (False, None, True)],
)
def test_without_a_drawn_tumour_a_first_treatment_is_free_of_the_limit_on_the_whole_liver(
    drawn: bool, before: bool | None, held: bool
) -> None:
    here = course(WHOLE)
    injections = tuple(replace(i, doses_gy={**i.doses_gy, "WLD": Gy(10)}) for i in here.injections)
    absorbed = replace(here.absorbed, injections=injections, doses_gy={**here.absorbed.doses_gy, "WLD": Gy(20)})
    facts = replace(HCC, earlier_radioembolisation=before)
    (found,) = options(Course(absorbed, (WHOLE,)), Aims(perfused_only=PERFUSED), drawn=drawn, facts=facts)
    assert (found.binding == "whole-liver") is held


def test_the_most_probable_plan_is_an_option_where_errors_are_known() -> None:
    assert "probability" not in approaches(options(course(), Aims(tumour=TUMOUR)))
    assert "probability" in approaches(options(course(), Aims(tumour=TUMOUR), TD={"activity": 0.05}))


@pytest.mark.parametrize(("limit", "there"), [(60.0, False), (30.0, True)])
def test_tolerance_is_an_option_where_pda_misses_its_aim(limit: float, there: bool) -> None:
    aims = Aims(tumour=Aim("TD", Gy(205), "x"), tolerance=Aim("TD", Gy(100), "guideline", wished_gy=Gy(120)))
    found = options(course(replace(LIVER, limit_gy=Gy(limit))), aims, product=RESIN)
    assert ("tolerance" in approaches(found)) is there
    if there:
        option = next(x for x in found if x.approach == "tolerance")
        assert "as much as the limits leave, at most the aim" in option.note
        assert 100 * option.activities_bq["right"] / 1e9 == pytest.approx(120)


def test_of_a_course_that_is_all_given_there_is_one_option() -> None:
    (given,) = options(course(LIVER, right={"given": 1e9}, left={"given": 2e9}), Aims(tumour=TUMOUR, perfused=PERFUSED))
    assert (given.approach, given.activity_bq) == ("given", 3e9)


def test_a_volume_that_takes_up_nothing_leaves_its_option_out_with_a_reason() -> None:
    here = course()
    cold = tuple(replace(i, doses_gy={**i.doses_gy, f"PLD[{i.name}]": Gy(0)}) for i in here.injections)
    (found,) = options(Course(replace(here.absorbed, injections=cold), ()), Aims(perfused=PERFUSED))
    text = found.message if isinstance(found, Finding) else str(found)
    assert "no injection is left to be planned, or a volume that it needs takes up nothing" in text


def test_an_index_lesion_that_nobody_reaches_is_told_after_the_options() -> None:
    found = options(course(right={"given": 1e9}), Aims(tumour=TUMOUR))
    assert approaches(found)[-1] == "target-not-reached"


def test_the_dose_with_blur_undone_moves_what_pda_seeks_without_a_wish() -> None:
    """Errors of 10 %: the interval ends at 0.8 of the dose as seen, at 0.8 x 1.1 of one that blur lowers."""
    plain = Aim("TD", Gy(205), "guideline")
    (seen,) = options(course(), Aims(tumour=plain), TD={"activity": 0.08})[:1]
    assert 100 * seen.activities_bq["right"] / 1e9 == pytest.approx(205 / (1 - 0.16))
    (undone,) = options(course(), Aims(tumour=plain), recovered=1.1, TD={"activity": 0.08})[:1]
    assert 100 * undone.activities_bq["right"] / 1e9 == pytest.approx(205 / (1.1 * (1 - 0.16)))


def test_what_is_given_is_judged_as_it_is_also_beyond_a_limit() -> None:
    tight = replace(LIVER, limit_gy=Gy(20))
    (given,) = options(course(tight, right={"given": 1e9}, left={"given": 2e9}), Aims(tumour=TUMOUR))
    assert given.activity_bq == 3e9
    (check,) = given.checks
    assert float(check.value_gy) == pytest.approx(10 + 16)
    assert not check.holds


def test_the_labels_option_reckons_by_the_products_density_and_has_the_labels_aim() -> None:
    (label,) = options(course(), Aims(label=LABEL))
    assert (label.approach, label.aim) == ("label", LABEL)
    assert label.note.startswith("A = D m / (k (1 - LSF)) for each injection's volume at 1.03 g/mL")


def test_tolerance_without_an_aim_of_the_tumours_names_its_dose_and_its_source() -> None:
    aims = Aims(tolerance=Aim("TD", Gy(100), "guideline", wished_gy=Gy(120)))
    (found,) = options(course(LIVER), aims, product=RESIN)
    assert (found.approach, found.aim, found.reached) == ("tolerance", None, True)
    assert found.note == "as much as the limits leave, at most 120 Gy to the tumours, guideline"
    named = Aims(tumour=Aim("TD", Gy(205), "x"), tolerance=aims.tolerance)
    _, beside = options(course(replace(LIVER, limit_gy=Gy(10))), named, product=RESIN)
    assert (beside.aim, beside.reached) == (aims.tolerance, False)  # 50 Gy


def test_the_most_an_option_gives_below_its_least_is_told_beside_it() -> None:
    found = options(course(LIVER, left={"least_bq": Bq(3e9)}), Aims(perfused=PERFUSED))
    assert approaches(found) == ["SDA", "below-least-activity"]
