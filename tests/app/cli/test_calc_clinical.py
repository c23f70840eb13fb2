"""`yttria calc delivered | flr | child-pugh | albi | bclc` at the door: keys, findings, refusals."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app


def ran(*words: object) -> tuple[int, str, str]:
    outcome = CliRunner().invoke(app, ["calc", *map(str, words), "--json"])
    return outcome.exit_code, outcome.stdout, outcome.stderr


def document(*words: object) -> dict[str, Any]:
    code, out, err = ran(*words)
    assert code == 0, err
    return dict(json.loads(out))


def codes(*words: object) -> set[str]:
    return {finding["code"] for finding in document(*words)["findings"]}


def result(*words: object) -> dict[str, Any]:
    return dict(document(*words)["result"])


DELIVERED = ("delivered", "--prescribed-gbq", 2.5)
LABORATORY = ("--bilirubin-mg-dl", 2.5, "--albumin-g-dl", 3.0)
BCLC = ("--vascular-invasion", "no", "--extrahepatic", "no", "--child-pugh", "A5")


@pytest.mark.parametrize(
    ("given", "reported"), [(1.999, True), (2.0, True), (2.001, False), (2.999, False), (3.0, True)]
)
def test_a_delivery_is_reported_from_twenty_per_cent(given: float, reported: bool) -> None:
    assert result(*DELIVERED, "--delivered-gbq", given)["reportable"] is reported
    assert ("delivery-reportable" in codes(*DELIVERED, "--delivered-gbq", given)) is reported


@pytest.mark.parametrize(("given", "inside"), [(2.249, False), (2.25, True), (2.75, True), (2.751, False)])
def test_a_site_may_be_stricter(given: float, inside: bool) -> None:
    words = (*DELIVERED, "--delivered-gbq", given, "--tolerance-fraction", 0.1)
    assert result(*words)["within_tolerance"] is inside
    assert ("delivery-beyond-tolerance" in codes(*words)) is not inside


def test_nothing_delivered_is_a_delivery_that_is_reported() -> None:
    assert result(*DELIVERED, "--delivered-gbq", 0)["of_prescribed_fraction"] == 0


def test_a_remnant_by_measured_liver_grows_by_points_per_cent_and_rate() -> None:
    r = result("flr", "--flr-ml", 420, "--liver-ml", 1800, "--tumour-ml", 300, "--flr-after-ml", 560, "--weeks", 6)
    assert (r["tlv_ml"], r["sflr_percent"]) == (1500, pytest.approx(28))
    found = (r["hypertrophy_points"], r["hypertrophy_percent"], r["kgr_points_per_week"])
    assert found == pytest.approx((28 / 3, 100 / 3, 28 / 18))


def test_a_remnant_by_the_body_is_of_mosteller_and_vauthey_and_gives_way_to_what_is_measured() -> None:
    body = ("flr", "--flr-ml", 500, "--height-cm", 180, "--weight-kg", 80)
    assert result(*body)["tlv_ml"] == pytest.approx(1740.56)
    assert result(*body, "--liver-ml", 1500, "--tumour-ml", 0)["tlv_ml"] == 1500


def test_what_has_no_input_is_null() -> None:
    r = result("flr", "--flr-ml", 400, "--flr-after-ml", 500, "--weeks", 4)
    assert [key for key, value in r.items() if value is None] == [
        "tlv_ml", "tlv_source", "sflr_percent", "hypertrophy_points", "kgr_points_per_week"
    ]  # fmt: skip


def test_a_remnant_that_is_doubted_is_told() -> None:
    assert codes("flr", "--flr-ml", 400) == {"liver-volume-absent"}
    assert codes("flr", "--flr-ml", 400, "--liver-ml", 1500) == {"tumour-volume-absent"}
    whole = ("--liver-ml", 500, "--tumour-ml", 100)
    assert codes("flr", "--flr-ml", 401, *whole) == {"remnant-above-liver"}
    assert codes("flr", "--flr-ml", 400, *whole) == set()


def test_the_class_is_called_class_in_the_document() -> None:
    r = result("child-pugh", *LABORATORY, "--inr", 1.5, "--ascites", "slight", "--encephalopathy", "none")
    assert r == {
        "kind": "child-pugh", "points": 8, "class": "B",
        "parts": {"bilirubin": 2, "albumin": 2, "inr": 1, "ascites": 2, "encephalopathy": 1},
    }  # fmt: skip


def test_albi_and_bclc_answer_score_grade_stage_and_reason() -> None:
    assert result("albi", *LABORATORY)["grade"] == 2
    r = result("bclc", "--nodules", 2, "--largest-cm", 3, "--ecog", 0, *BCLC)
    assert (r["stage"], r["reason"]) == ("A", "up to three nodules, none above 3 cm")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*DELIVERED, "--delivered-gbq", -1), "delivered activity"),
        ((*DELIVERED, "--delivered-gbq", 2500), "GBq"),
        (("flr", "--flr-ml", 400, "--tumour-ml", 30), "--tumour-ml belongs to --liver-ml"),
        (("flr", "--flr-ml", 400, "--height-cm", 180), "belong together"),
        (("flr", "--flr-ml", 0), "remnant"),
        (("flr", "--flr-ml", 400, "--weeks", 0), "weeks"),
        (("child-pugh", *LABORATORY, "--inr", 1, "--ascites", "some", "--encephalopathy", "none"), "--ascites must be one of none, slight"),
        (("bclc", "--nodules", 1, "--largest-cm", 2, "--ecog", 0, *BCLC[:-1], "A7"), "Child-Pugh must be"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_name(words: tuple[object, ...], said: str) -> None:
    code, _, err = ran(*words)
    assert code == 1
    assert said in err
