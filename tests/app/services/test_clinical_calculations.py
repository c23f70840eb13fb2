"""What speaks of the patient and of what was given: published formulas by hand, thresholds, and what is left out."""

from typing import Any

import pytest

from yttria.app.services.clinical_calculations import run_albi, run_bclc, run_child_pugh, run_delivered, run_flr
from yttria.contract.clinical_calculations import (
    AlbiRequest,
    BclcRequest,
    ChildPughRequest,
    DeliveredRequest,
    RemnantRequest,
)
from yttria.values.errors import IntakeError, QuantityError


def codes(answer: Any) -> list[str]:
    return [f.code for f in answer.findings]


@pytest.mark.parametrize(
    ("delivered", "reportable"),
    [(2.399, True), (2.4, True), (2.401, False), (3.0, False), (3.599, False), (3.6, True), (3.601, True), (0.0, True)],
)
def test_a_difference_of_twenty_percent_or_more_is_reported(delivered: float, reportable: bool) -> None:
    """10 CFR 35.3045; of 3 GBq prescribed."""
    answer = run_delivered(DeliveredRequest(prescribed_gbq=3.0, delivered_gbq=delivered))
    assert answer.result.of_prescribed_fraction == pytest.approx(delivered / 3.0)
    assert (answer.result.reportable, codes(answer)) == (reportable, ["delivery-reportable"] if reportable else [])
    assert answer.result.within_tolerance is None


@pytest.mark.parametrize(
    ("delivered", "within"), [(0.94, False), (0.95, True), (0.96, True), (1.05, True), (1.06, False)]
)
def test_a_site_may_ask_for_less_difference(delivered: float, within: bool) -> None:
    answer = run_delivered(DeliveredRequest(prescribed_gbq=1.0, delivered_gbq=delivered, tolerance_fraction=0.05))
    assert answer.result.within_tolerance is within
    assert codes(answer) == ([] if within else ["delivery-beyond-tolerance"])


@pytest.mark.parametrize(
    ("prescribed", "delivered"), [(0.0, 1.0), (-1.0, 1.0), (1.0, -0.1), (101.0, 1.0), (1.0, 101.0)]
)
def test_an_activity_that_cannot_be_is_refused(prescribed: float, delivered: float) -> None:
    with pytest.raises(QuantityError, match=r"prescribed activity|delivered activity"):
        run_delivered(DeliveredRequest(prescribed_gbq=prescribed, delivered_gbq=delivered))


def test_the_share_that_remains_is_of_the_liver_without_tumour() -> None:
    answer = run_flr(RemnantRequest(flr_ml=400, liver_ml=1800, tumour_ml=200, flr_after_ml=560, weeks=4))
    found = answer.result
    assert (found.tlv_ml, found.sflr_percent) == (1600, 25.0)
    assert found.hypertrophy_points == pytest.approx(10.0)
    assert found.hypertrophy_percent == pytest.approx(40.0)
    assert found.kgr_points_per_week == pytest.approx(2.5)
    assert codes(answer) == []


def test_without_a_measured_liver_it_is_of_the_volume_that_the_body_has_on_average() -> None:
    """Vauthey 2002: -794 + 1267.28 BSA; Mosteller: sqrt(180 80 / 3600) = 2 m2."""
    found = run_flr(RemnantRequest(flr_ml=348.112, height_cm=180, weight_kg=80)).result
    assert found.tlv_ml == pytest.approx(1740.56)
    assert found.sflr_percent == pytest.approx(20.0)
    assert "Vauthey" in (found.tlv_source or "")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({}, "liver-volume-absent"),
        ({"liver_ml": 1500}, "tumour-volume-absent"),
        ({"liver_ml": 399, "tumour_ml": 0}, "remnant-above-liver"),
    ],
)
def test_what_makes_a_share_doubtful_is_told(more: dict[str, float], code: str) -> None:
    assert codes(run_flr(RemnantRequest(flr_ml=400, **more))) == [code]


@pytest.mark.parametrize(("liver", "told"), [(399.9, True), (400.0, False), (400.1, False)])
def test_a_remnant_may_be_the_whole_liver_and_no_more(liver: float, told: bool) -> None:
    answer = run_flr(RemnantRequest(flr_ml=400, liver_ml=liver, tumour_ml=0))
    assert codes(answer) == (["remnant-above-liver"] if told else [])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tumour_ml": 10}, "--tumour-ml belongs to --liver-ml, but that was not given"),
        ({"height_cm": 180}, "--height-cm and --weight-kg belong together, but only one was given"),
        ({"weight_kg": 80}, "belong together"),
        ({"weeks": 0}, "weeks"),
    ],
)
def test_half_of_what_a_volume_needs_is_refused(more: dict[str, float], words: str) -> None:
    with pytest.raises((IntakeError, QuantityError), match=words):
        run_flr(RemnantRequest(flr_ml=400, **more))


def child_pugh(**changes: Any) -> Any:
    stated = {"bilirubin_mg_dl": 1.0, "albumin_g_dl": 4.0, "inr": 1.0, "ascites": "none", "encephalopathy": "none"}
    return run_child_pugh(ChildPughRequest.model_validate(stated | changes)).result


@pytest.mark.parametrize(
    ("changes", "points", "grade"),
    [
        ({}, 5, "A"),
        ({"bilirubin_mg_dl": 2.5}, 6, "A"),
        ({"bilirubin_mg_dl": 2.5, "inr": 2.0}, 7, "B"),
        ({"bilirubin_mg_dl": 4.0, "inr": 2.5}, 9, "B"),
        ({"bilirubin_mg_dl": 4.0, "inr": 2.5, "albumin_g_dl": 3.0}, 10, "C"),
    ],
)
def test_points_add_up_to_a_class(changes: dict[str, float], points: int, grade: str) -> None:
    """Pugh 1973: A 5-6, B 7-9, C 10-15."""
    found = child_pugh(**changes)
    parts = found.parts
    assert (found.points, found.grade) == (points, grade)
    assert points == parts.bilirubin + parts.albumin + parts.inr + parts.ascites + parts.encephalopathy


def test_each_part_stands_under_its_own_name() -> None:
    parts = child_pugh(bilirubin_mg_dl=4.0, albumin_g_dl=3.0, ascites="moderate").parts
    assert (parts.bilirubin, parts.albumin, parts.inr, parts.ascites, parts.encephalopathy) == (3, 2, 1, 3, 1)


def test_the_albi_score_is_that_of_its_formula() -> None:
    """Johnson 2015: 0.66 log10(bilirubin, umol/L) - 0.085 albumin, g/L; 1 mg/dL is 17.1 umol/L; grade 1 to -2.60, 2 to -1.39."""
    found = run_albi(AlbiRequest(bilirubin_mg_dl=1.0, albumin_g_dl=4.0)).result
    assert found.score == pytest.approx(0.66 * 1.2330 - 0.085 * 40, abs=1e-3)
    grades = [run_albi(AlbiRequest(bilirubin_mg_dl=1.0, albumin_g_dl=a)).result.grade for a in (4.1, 4.0, 2.5)]
    assert [str(grade) for grade in grades] == ["1", "2", "3"]  # -2.67, -2.59, -1.31


def test_a_stage_says_which_line_decided() -> None:
    stated: dict[str, Any] = {
        "nodules": 1,
        "largest_cm": 2.0,
        "ecog": 0,
        "vascular_invasion": "no",
        "extrahepatic": "no",
        "child_pugh": "A5",
    }
    changes: dict[str, dict[str, Any]] = {
        "small": {}, "early": {"largest_cm": 4.0}, "invaded": {"vascular_invasion": "yes"}, "spread": {"extrahepatic": "yes"}, "ill": {"ecog": 3},
    }  # fmt: skip
    stages = {
        key: run_bclc(BclcRequest.model_validate(stated | change)).result.stage for key, change in changes.items()
    }
    assert stages == {"small": "0", "early": "A", "invaded": "C", "spread": "C", "ill": "D"}
    assert run_bclc(BclcRequest.model_validate(stated)).result.reason
