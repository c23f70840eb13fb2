"""A plan: which option it shows and recommends, its coldest lesion, what is below its aim by blur alone, what nobody knows."""

from dataclasses import replace

import pytest

from yttria.values.aims_limits import Limit, LimitCheck
from yttria.values.errors import QuantityError
from yttria.values.plan import Approach, Lesion, Option, Plan
from yttria.values.units import Bq, Gy, Ml

LUNG = Limit("lung", "LD", Gy(30.0), "label", already_gy=Gy(10.0), missing=("[shunt] fraction",))


def option(approach: Approach = "PDA", *checks: LimitCheck) -> Option:
    return Option(approach, Bq(2e9), None, {}, checks, "", reached=True)


def lesion(name: str, dose_gy: float, *, treated: bool = True) -> Lesion:
    return Lesion("tumour", name, Ml(10.0), Gy(205.0), Gy(dose_gy), treated, dose_gy < 205.0, Ml(0.0))


def test_what_is_not_advised_is_shown_and_not_recommended() -> None:
    plan = Plan((option("SDA"), option("PDA")), "PDA", "why")
    assert (plan.recommended, plan.shown.approach) == ("PDA", "PDA")
    refused = replace(plan, advised=False)
    assert (refused.recommended, refused.shown.approach) == (None, "PDA")


def test_an_option_is_found_by_its_approach_and_one_that_is_not_there_is_refused() -> None:
    plan = Plan((option("SDA"), option("PDA")), "PDA", "why")
    assert plan.option("SDA").approach == "SDA"
    with pytest.raises(KeyError, match="partition"):
        plan.option("partition")


def test_the_coldest_lesion_is_the_one_that_is_treated_with_the_least_dose() -> None:
    lesions = (lesion("a", 300.0), lesion("b", 150.0), lesion("c", 20.0, treated=False))
    coldest = Plan((option(),), "PDA", "why", lesions=lesions).coldest
    assert coldest is not None
    assert coldest.name == "b"
    assert Plan((option(),), "PDA", "why", lesions=lesions[2:]).coldest is None


@pytest.mark.parametrize(("recovered", "alone"), [(204.9, False), (205.0, True), (205.1, True), (None, False)])
def test_a_lesion_is_below_its_aim_by_blur_alone_when_it_reaches_it_with_blur_undone(
    recovered: float | None, alone: bool
) -> None:
    below = replace(lesion("a", 180.0), recovered_gy=None if recovered is None else Gy(recovered))
    assert below.by_blur_alone is alone
    assert not replace(below, below_aim=False).by_blur_alone
    assert not replace(below, aim_gy=Gy(0.01), recovered_gy=None).by_blur_alone
    assert not replace(below, aim_gy=None).by_blur_alone


@pytest.mark.parametrize(("value", "unknown"), [(10.0, {"LD"}), (10.1, set())])
def test_a_dose_of_the_lungs_is_unknown_where_no_shunt_is_and_this_treatment_adds_nothing(
    value: float, unknown: set[str]
) -> None:
    """10 Gy were there before: a total of 10 says nothing of this treatment."""
    assert option("PDA", LimitCheck(LUNG, Gy(value))).unknown_doses == unknown
    assert option("PDA", LimitCheck(replace(LUNG, missing=()), Gy(value))).unknown_doses == frozenset()


def test_a_negative_activity_is_refused_and_none_is_an_activity() -> None:
    assert replace(option(), activity_bq=Bq(0.0)).activity_bq == Bq(0)
    with pytest.raises(QuantityError, match=r"activity of option PDA \(Bq\)"):
        replace(option(), activity_bq=Bq(-1.0))
