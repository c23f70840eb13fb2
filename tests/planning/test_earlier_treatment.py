"""What an earlier treatment has used of the limits, by product and by volume; and a dose that is not said."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yttria.planning.earlier_treatment import earlier_dose_known, earlier_dose_missing, with_earlier_doses
from yttria.values.aims_limits import Limit
from yttria.values.patient import ClinicalFacts
from yttria.values.product import Product
from yttria.values.units import Bq, Gy

WNLD = Limit("normal-liver", "WNLD", Gy(75), "x")
NPLD = Limit("normal-perfused", "NPLD", Gy(40), "x")
WLD = Limit("whole-liver", "WLD", Gy(75), "x")
LUNGS = Limit("lung-cumulative", "LD", Gy(50), "x")
SESSION = Limit("lung", "LD", Gy(30), "x")


def received(product: str, limit: Limit, **facts: float | str) -> float:
    ((found,), _) = with_earlier_doses([limit], Product.named(product), ClinicalFacts(**facts))  # type: ignore[arg-type]
    return found.already_gy


@pytest.mark.parametrize(
    ("product", "earlier", "dose", "used"),
    [
        ("glass", "glass", 30.0, 30.0),
        ("glass", "resin", 30.0, 56.25),
        ("glass", None, 30.0, 56.25),
        ("glass", "holmium", 30.0, 37.5),
        ("resin", "glass", 30.0, 30.0),
        ("resin", None, 30.0, 56.25),
        ("holmium", "resin", 40.0, 75.0),
        ("holmium", "holmium", 40.0, 40.0),
    ],
)
def test_a_dose_of_another_product_uses_the_same_share_of_this_limit(
    product: str, earlier: str | None, dose: float, used: float
) -> None:
    said = {} if earlier is None else {"earlier_product": earlier}
    assert received(product, WNLD, earlier_normal_liver_dose_gy=dose, **said) == pytest.approx(used)
    assert received(product, WLD, earlier_normal_liver_dose_gy=dose, **said) == pytest.approx(used)


@given(
    st.floats(0, 200), st.sampled_from(["glass", "resin", "holmium"]), st.sampled_from(["glass", "resin", "holmium"])
)
def test_more_received_before_never_leaves_more(dose: float, product: str, earlier: str) -> None:
    less = received(product, WNLD, earlier_normal_liver_dose_gy=dose, earlier_product=earlier)
    more = received(product, WNLD, earlier_normal_liver_dose_gy=dose + 1, earlier_product=earlier)
    assert 0 <= less < more


def test_the_perfused_normal_liver_counts_its_own_dose_and_the_whole_stands_in_with_a_warning() -> None:
    assert (
        received(
            "resin", NPLD, earlier_normal_liver_dose_gy=24, earlier_perfused_normal_dose_gy=0, earlier_product="resin"
        )
        == 0
    )
    assert (
        received(
            "resin", NPLD, earlier_normal_liver_dose_gy=24, earlier_perfused_normal_dose_gy=8, earlier_product="resin"
        )
        == 8
    )
    facts = ClinicalFacts(earlier_normal_liver_dose_gy=24, earlier_product="resin", previous_lung_dose_gy=0)
    (limit,), found = with_earlier_doses([NPLD], Product.named("resin"), facts)
    assert limit.already_gy == Gy(24)
    assert [(f.level, f.code) for f in found] == [("warning", "earlier-perfused-dose-stands-in")]


def test_lungs_count_their_own_dose_over_all_sessions_alone() -> None:
    assert received("glass", LUNGS, previous_lung_dose_gy=12) == 12
    assert received("glass", SESSION, previous_lung_dose_gy=12, earlier_normal_liver_dose_gy=20) == 0


def test_a_lung_dose_that_is_not_said_is_a_warning() -> None:
    _, found = with_earlier_doses([], Product.named("glass"), ClinicalFacts(earlier_radioembolisation=True))
    assert [(f.level, f.code) for f in found] == [("warning", "earlier-lung-dose-unknown")]
    assert not with_earlier_doses([], Product.named("glass"), ClinicalFacts(earlier_radioembolisation=False))[1]


def test_the_dose_is_said_by_the_volume_that_is_limited() -> None:
    whole = ClinicalFacts(earlier_normal_liver_dose_gy=0.0)
    here = ClinicalFacts(earlier_perfused_normal_dose_gy=0.0)
    assert earlier_dose_known([WNLD, NPLD], whole)
    assert not earlier_dose_known([WNLD, NPLD], here)
    assert earlier_dose_known([NPLD], here)
    assert not earlier_dose_known([NPLD], ClinicalFacts())
    assert not earlier_dose_known([WLD], ClinicalFacts())
    assert earlier_dose_known([SESSION], ClinicalFacts())


def test_the_stop_shows_what_several_doses_would_leave_and_how_a_first_session_is_written() -> None:
    stop = earlier_dose_missing(
        [(Gy(0), Bq(4e9), "normal-liver"), (Gy(40), Bq(1e9), "lung"), (Gy(90), Bq(0), "normal-liver")]
    )
    assert stop.level == "stop"
    assert "earlier_normal_liver_dose_gy" in stop.message
    assert (
        "0 Gy would leave 4.00 GBq (normal-liver), 40 Gy would leave 1.00 GBq (lung), 90 Gy would leave nothing"
        in stop.message
    )
    assert stop.values == {
        "assumed_gy_1": 0.0,
        "assumed_gy_2": 40.0,
        "assumed_gy_3": 90.0,
        "left_gbq_1": 4.0,
        "left_gbq_2": 1.0,
        "left_gbq_3": 0.0,
    }
    assert "given = {" in stop.message


def test_a_dose_of_another_product_is_told_with_the_share_of_the_limit_that_it_uses() -> None:
    """20 of 40 Gy of resin are a half: 37.5 of the 75 Gy of this limit."""
    facts = ClinicalFacts(earlier_normal_liver_dose_gy=20.0, earlier_product="resin", previous_lung_dose_gy=0.0)
    _, (found,) = with_earlier_doses([WNLD], Product.named("glass"), facts)
    assert (found.level, found.code) == ("note", "earlier-product-normal-liver")
    assert found.message == (
        "the 20 Gy received before, of resin, are 50 % of the 40 Gy that such a treatment may use: 37.5 of 75 Gy of WNLD count as used (house)"
    )
    assert found.values == pytest.approx(
        {"already_gy": 20.0, "allowed_gy": 40.0, "used_fraction": 0.5, "used_gy": 37.5, "limit_gy": 75.0}
    )
    _, (unsaid,) = with_earlier_doses([WNLD], Product.named("glass"), replace(facts, earlier_product=None))
    assert (unsaid.level, unsaid.code) == ("warning", "earlier-product-normal-liver")
    assert "of a product that is not said" in unsaid.message
    assert unsaid.message.endswith('; say which it was in [patient]: earlier_product = "glass" or another')


@pytest.mark.parametrize(("dose", "told"), [(0.0, 0), (0.1, 1)])
def test_only_a_dose_that_was_received_is_told(dose: float, told: int) -> None:
    facts = ClinicalFacts(earlier_normal_liver_dose_gy=dose, earlier_product="resin", previous_lung_dose_gy=5.0)
    _, found = with_earlier_doses([WNLD, LUNGS], Product.named("glass"), facts)
    assert len(found) == told
    same = replace(facts, earlier_product="glass")
    assert with_earlier_doses([WNLD, LUNGS], Product.named("glass"), same)[1] == ()
