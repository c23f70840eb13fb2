"""`delivery` from Python: one reference instant, amounts by hand, each finding at its threshold, lines of case.toml."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from yttria.app.services.delivery import EQUAL_PRESCRIBED, LONG_TRANSIT_H, given_lines, run
from yttria.contract.delivery import DeliveryRequest
from yttria.values.errors import YttriaError

H = 64.05
AT = "2026-12-01T14:00:00+01:00"


def record(*vials: str, **top: Any) -> str:
    lines = ['product = "glass"', f"at = {AT}"]
    lines += [f"{k} = {v}" for k, v in top.items()]
    return "\n".join([*lines, *vials]) + "\n"


def vial(assayed: str = f"assayed_at = {AT}", residual: str = "residual_fraction = 0.0", gbq: float = 2.0) -> str:
    return f"[[vials]]\nassayed_gbq = {gbq}\n{assayed}\n{residual}"


LATER = 'residual_gbq = 0.0\nresidual_at = "2026-12-01T16:00+01:00"'
MEASURED = f"residual_gbq = 0.0\nresidual_at = {AT}"


def of(tmp_path: Path, text: str, **more: Any) -> Any:
    path = tmp_path / "day.toml"
    path.write_text(text, encoding="utf-8")
    return run(DeliveryRequest.model_validate({"record": path, **more}))


def codes(answer: Any) -> list[str]:
    return [f.code for f in answer.findings]


def test_assay_and_residual_are_turned_to_the_administration(tmp_path: Path) -> None:
    text = record(
        vial('assayed_at = "2026-12-01T11:00Z"', 'residual_gbq = 0.1\nresidual_at = "2026-12-01T15:00Z"', 2.1),
        prescribed_gbq=2.0,
    )
    found = of(tmp_path, text).result
    dispensed, residual = 2.1 * 0.5 ** (2 / H), 0.1 * 2 ** (2 / H)
    assert found.delivered_gbq == pytest.approx(dispensed - residual)
    assert found.of_prescribed_fraction == pytest.approx((dispensed - residual) / 2)
    (one,) = found.vials
    assert (one.hours, one.residual_by) == (2.0, "calibrator")
    assert one.residual_fraction == pytest.approx(residual / dispensed)


def test_survey_rates_leave_their_ratio(tmp_path: Path) -> None:
    """20 before and 1 after at one instant: a twentieth stays."""
    found = of(
        tmp_path,
        record(vial(residual=f"rate_before = 20\nrate_after = 1\nrate_after_at = {AT}\nrate_before_at = {AT}")),
    ).result
    assert found.vials[0].residual_fraction == pytest.approx(0.05)
    assert found.delivered_gbq == pytest.approx(1.9)


@pytest.mark.parametrize(
    ("gbq", "reportable"), [(1.599, True), (1.6, True), (1.601, False), (2.399, False), (2.4, True), (2.401, True)]
)
def test_a_fifth_more_or_less_is_reported(gbq: float, reportable: bool, tmp_path: Path) -> None:
    answer = of(tmp_path, record(vial(residual=MEASURED, gbq=gbq), prescribed_gbq=2.0))
    assert answer.result.reportable is reportable
    assert ("delivery-reportable" in codes(answer)) is reportable


@pytest.mark.parametrize(("hours", "told"), [(23.9, False), (24.0, False), (24.1, True)])
def test_an_assay_more_than_a_day_before_is_told(hours: float, told: bool, tmp_path: Path) -> None:
    assert LONG_TRANSIT_H == 24
    start = datetime.fromisoformat(AT) - timedelta(hours=hours)
    answer = of(tmp_path, record(vial(f"assayed_at = {start.isoformat()}", MEASURED), prescribed_gbq=1.6))
    assert ("assay-early" in codes(answer)) is told


@pytest.mark.parametrize(("minute", "told"), [("13:59", False), ("14:00", False), ("14:01", True)])
def test_an_assay_after_the_administration_is_told(minute: str, told: bool, tmp_path: Path) -> None:
    answer = of(tmp_path, record(vial(f'assayed_at = "2026-12-01T{minute}+01:00"', LATER)))
    assert ("assay-after" in codes(answer)) is told


@pytest.mark.parametrize(("minute", "told"), [("13:59", True), ("14:00", False), ("14:01", False)])
def test_a_residual_before_anything_was_given_is_told(minute: str, told: bool, tmp_path: Path) -> None:
    answer = of(
        tmp_path,
        record(
            vial(
                'assayed_at = "2026-12-01T12:00+01:00"',
                f'residual_gbq = 0.01\nresidual_at = "2026-12-01T{minute}+01:00"',
            )
        ),
    )
    assert ("residual-before" in codes(answer)) is told


def test_an_assumed_residual_stasis_and_nothing_prescribed_are_told(tmp_path: Path) -> None:
    found = codes(of(tmp_path, record(vial() + "\nstasis = true")))
    assert (found[0], set(found[1:])) == ("residual-assumed", {"nothing-prescribed", "stasis"})  # the warning first


def split(right: float, left: float, whole: float = 2.0) -> str:
    """Return one vial shared by two injections with their own prescriptions."""
    return (
        record(vial(residual=MEASURED) + "\nsplit = { right = 0.75, left = 0.25 }", prescribed_gbq=whole)
        + f"[injections.right]\nprescribed_gbq = {right}\n[injections.left]\nprescribed_gbq = {left}\n"
    )


def test_a_vial_is_shared_by_its_injections_and_each_is_judged_alone(tmp_path: Path) -> None:
    answer = of(tmp_path, split(1.0, 1.0))
    found = answer.result.injections
    assert (found["right"].delivered_gbq, found["left"].delivered_gbq) == pytest.approx((1.5, 0.5))
    assert (found["right"].of_prescribed_fraction, found["left"].of_prescribed_fraction) == pytest.approx((1.5, 0.5))
    assert codes(answer).count("delivery-reportable") == 2


@pytest.mark.parametrize(
    ("right", "told"), [(1.479, True), (1.481, False), (1.5, False), (1.519, False), (1.521, True)]
)
def test_prescriptions_that_do_not_add_up_to_a_hundredth_are_told(right: float, told: bool, tmp_path: Path) -> None:
    assert EQUAL_PRESCRIBED == 0.01
    assert ("prescriptions-differ" in codes(of(tmp_path, split(right, 0.5)))) is told


def test_lines_of_the_case_are_what_was_delivered(tmp_path: Path) -> None:
    one = of(tmp_path, record(vial(residual=MEASURED))).result
    assert tomllib.loads(given_lines(one))["given"]["activity_gbq"] == 2.0
    two = tomllib.loads(given_lines(of(tmp_path, split(1.5, 0.5)).result))["injections"]
    assert [(i["name"], i["given"]["activity_gbq"]) for i in two] == [("right", 1.5), ("left", 0.5)]
    assert two[0]["given"]["at"].isoformat() == "2026-12-01T14:00:00+01:00"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (record(vial(residual="")), r"\[\[vials\]\] 1 needs one of residual_gbq .*but none is given"),
        (record(vial(residual=MEASURED + "\nresidual_fraction = 0.1")), "but several are given"),
        (record(vial(residual="residual_gbq = 0.1")), "residual_gbq needs residual_at, for it decays"),
        (record(vial(residual="rate_before = 2")), "rate_before and rate_after belong together"),
        (record(vial('assayed_at = "2026-12-01T12:00"')), "assayed_at needs its zone"),
        (record(vial(gbq=200)), r"\[\[vials\]\] 1 assayed activity must not exceed 100 GBq"),
        (record(vial(), vial(residual=f"residual_gbq = 3.0\nresidual_at = {AT}")), r"\[\[vials\]\] 2"),
    ],
)
def test_a_vial_that_cannot_be_is_refused_by_its_number(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(YttriaError, match=words):
        of(tmp_path, text)
