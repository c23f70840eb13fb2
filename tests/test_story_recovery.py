"""A site that corrects for blur: by its curve or not, judged by it or not, through the written report."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CURVE = """
sphere_ml = [0.52, 1.15, 2.57, 5.58, 11.5, 26.5]
coefficient = [0.15, 0.25, 0.35, 0.45, 0.55, 0.65]
source = "NEMA spheres, our camera, 2026-03"
"""


def planned(patient: Path, tmp: Path, *words: str) -> tuple[dict[str, Any], str]:
    """The plan of the digital patient with words on recovery, and its report as HTML."""
    case = tmp / "case.toml"
    whole = (
        (patient / "case.toml").read_text(encoding="utf-8").replace('path = "dicom"', f'path = "{patient / "dicom"}"')
    )
    case.write_text(whole + "\n" + "\n".join(words), encoding="utf-8")
    out = tmp / "out"
    command = [sys.executable, "-m", "yttria", "plan", str(case), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    record = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    return record, (out / "report.html").read_text(encoding="utf-8")


def option(record: dict[str, Any], name: str = "PDA") -> dict[str, Any]:
    found: dict[str, Any] = next(o for o in record["result"]["options"] if o["approach"] == name)
    return found


@pytest.fixture(scope="module")
def plain(planned_patient: Path) -> tuple[dict[str, Any], str]:
    record = json.loads((planned_patient / "plan.json").read_text(encoding="utf-8"))
    return record, (planned_patient / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def corrected(digital_patient: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    tmp = tmp_path_factory.mktemp("corrected")
    return planned(digital_patient / "patient", tmp, "[site.recovery]", CURVE, 'judges = "corrected"')


def test_unsaid_doses_as_seen_judge_and_corrected_ones_stand_beside(plain: tuple[dict[str, Any], str]) -> None:
    record, page = plain
    result, pda = record["result"], option(record)
    assert result["judged_doses"] == "uncorrected"
    assert result["per_gbq"] == result["uncorrected_per_gbq"]
    assert pda["doses_gy"] == pda["uncorrected_gy"]
    assert pda["recovered_gy"]["TD"] == pytest.approx(result["recovered_per_gbq"]["TD_1"] * pda["activity_gbq"])
    liver = next(x for x in pda["limits"] if x["volume"] == "WNLD")
    assert liver["recovered_value_gy"] == pytest.approx(pda["recovered_gy"]["WNLD"])
    assert "As the image has them, uncorrected" in page
    assert f"corr. {pda['recovered_gy']['TD']:.0f}" in page


def test_a_site_lets_doses_corrected_by_its_curve_judge(corrected: tuple[dict[str, Any], str]) -> None:
    record, page = corrected
    result, pda = record["result"], option(record)
    assert result["judged_doses"] == "corrected"
    assert result["recovery_source"] == "NEMA spheres, our camera, 2026-03"
    assert pda["doses_gy"]["TD"] == pytest.approx(pda["recovered_gy"]["TD"])
    assert pda["doses_gy"]["TD"] == pytest.approx(300, rel=1e-6)
    assert pda["uncorrected_gy"]["TD"] < pda["doses_gy"]["TD"]
    assert any(f["code"] == "doses-corrected" and f["level"] == "warning" for f in record["findings"])
    assert "Corrected for blur by the measured curve" in page
    assert f"seen {pda['uncorrected_gy']['TD']:.0f}" in page


def test_what_judges_changes_neither_the_image_nor_the_doses_as_seen(
    plain: tuple[dict[str, Any], str], corrected: tuple[dict[str, Any], str]
) -> None:
    one, other = (found[0]["result"]["uncorrected_per_gbq"] for found in (plain, corrected))
    assert other == pytest.approx(one)


def test_a_dose_lies_within_its_own_interval_and_probability_is_that_of_the_window(
    plain: tuple[dict[str, Any], str], corrected: tuple[dict[str, Any], str]
) -> None:
    for record, page in (plain, corrected):
        for one in record["result"]["options"]:
            for name, dose in one["uncertainty"].items():
                assert dose["low"] <= dose["value"] == one["doses_gy"][name] <= dose["high"]
            assert all(
                0 <= p <= 1 for p in (*one["probability"]["aim"].values(), *one["probability"]["limits"].values())
            )
        window = {m["at"]: m for m in record["result"]["window"]}
        per_gbq = record["result"]["per_gbq"]
        for at, name, gy in (
            ("TD 205", "TD", 205),
            ("TD 300", "TD", 300),
            ("SDA", "PLD", 120),
            ("NPLD 88", "NPLD", 88),
        ):
            assert window[at]["activity_gbq"] * per_gbq[name] == pytest.approx(gy, rel=1e-6)
        limits = {x["name"] for x in option(record)["limits"]}
        assert {f"limit:{name}" for name in limits} <= set(window)
        assert "Window along activity" in page
