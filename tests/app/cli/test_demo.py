"""`yttria demo`: patient, truth and plan in one go."""

import hashlib
import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.contract.simulation import DemoResult
from yttria.io.files.output import MARK


def hashes(folder: Path) -> dict[str, str]:
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_demo_makes_the_same_bytes_from_its_seed_and_plans_them(digital_patient: Path, typed_demo: Path) -> None:
    result = json.loads((typed_demo / "document.json").read_text(encoding="utf-8"))["result"]
    assert DemoResult.model_validate(result).model_dump() == result
    assert hashes(typed_demo / "demo" / "patient") == hashes(digital_patient / "patient")
    assert (typed_demo / "demo" / "truth.json").read_bytes() == (digital_patient / "truth.json").read_bytes()
    assert {p.name for p in (typed_demo / "demo" / "plan").iterdir()} - {MARK} == {
        "plan.json",
        "report.pdf",
        "report.html",
        "dose.dcm",
        "voxels.npz",
    }
    assert result["planned_per_gbq"].keys() == result["true_per_gbq"].keys()
    trial = typed_demo / "demo" / "trial"
    assert {p.name for p in trial.iterdir()} - {MARK} == {
        "protocol.toml", "cohort.csv", "claims.csv", "result.json", "analysis.R", "report.pdf", "report.html", "published.csv", "published.html",
        "figures", "tables",
    }  # fmt: skip
    assert {f"figure_{n}.svg" for n in (1, 2, 3)} <= {p.name for p in (trial / "figures").iterdir()}
    assert result["printed_numbers"] == {"agrees": 314, "truncated": 42, "differs": 18}
    assert len(result["differing"]) == 18
    assert all(cell["why"] for cell in result["differing"])
    said = "reconstructed, not patient data"
    assert all(said in page.extract_text().lower() for page in PdfReader(trial / "report.pdf").pages)
    assert all(said in p.read_text(encoding="utf-8") for p in (trial / "figures").glob("*.svg"))
    assert all(said in p.read_text(encoding="utf-8") for p in trial.rglob("*.csv") if p.name != "claims.csv")
    assert "making the digital patient" in (typed_demo / "progress.txt").read_text(encoding="utf-8")
    course, place = result["course"], typed_demo / "demo" / "course"
    assert {p.name for p in place.iterdir() if p.is_dir()} == {"before", "after", "plan", "order", "verify", "response"}
    assert course["recommended"] == "PDA"
    assert course["standard_td_gy"] < 205
    assert 250 <= course["planned_td_gy"] <= 301
    assert course["standard_gbq"] == pytest.approx(3.4, abs=0.1)
    verified = json.loads((place / "verify" / "verify.json").read_text(encoding="utf-8"))["result"]
    assert verified["against_plan"]["registration"]["method"] == "registered"
    assert verified["against_plan"]["registration"]["moved_mm"] == pytest.approx(12, abs=0.5)
    assert verified["against_plan"]["registration"]["turned_deg"] == pytest.approx(4, abs=0.5)
    assert verified["against_plan"]["doses"]["TD_2"]["ratio"] < 0.6
    for name in ("PLD", "NPLD", "WNLD", "WLD"):
        assert course["delivered_gy"][name] == pytest.approx(course["true_gy"][name], rel=0.07), name
    assert (place / "verify" / "report.pdf").exists()


def test_a_folder_of_others_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "notes.txt").write_text("mine")
    ran = CliRunner().invoke(app, ["demo", "--out", str(tmp_path)])
    assert ran.exit_code == 1
    assert "holds other files; name another --out" in ran.stderr
    assert list(hashes(tmp_path)) == ["patient/notes.txt"]


def test_a_negative_seed_is_wrong_usage(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["demo", "--out", str(tmp_path), "--seed", "-1"]).exit_code == 2
