"""`yttria simulate`: words in, a case ready to plan out."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.contract.simulation import SimulateResult
from yttria.io.files.output import MARK
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((40, 60, 60), spacing_zyx_mm=(6, 5, 5), origin_lps_mm=(-147.5, -147.5, -117))


@pytest.fixture
def torso(tmp_path: Path) -> Path:
    """Return a case of NIfTI files: a body with lungs, a liver with a lesion."""
    hu = np.full(GRID.shape_zyx, -1000, dtype=np.int16)
    hu[:, 8:52, 8:52] = 40
    hu[22:36, 14:46, 12:26] = hu[22:36, 14:46, 34:48] = -750
    liver, lesion = np.zeros(GRID.shape_zyx, dtype=np.uint8), np.zeros(GRID.shape_zyx, dtype=np.uint8)
    liver[4:20, 14:44, 12:36] = 1
    lesion[8:16, 20:30, 16:26] = 1
    for name, array in (("ct", hu), ("liver", liver), ("lesion", lesion)):
        write_volume(tmp_path / f"{name}.nii.gz", GRID, array)
    (tmp_path / "case.toml").write_text(
        '[files]\nct = "ct.nii.gz"\nliver = "liver.nii.gz"\ntumour = "lesion.nii.gz"\n[patient]\ndisease = "HCC"\n'
    )
    return tmp_path


def test_a_case_of_files_is_imaged_and_can_be_planned(torso: Path) -> None:
    ran = CliRunner().invoke(
        app, ["simulate", str(torso), "--out", str(torso / "seen"), "--lung-shunt", "0.1", "--json"]
    )
    assert ran.exit_code == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert SimulateResult.model_validate(document["result"]).model_dump() == document["result"]
    assert document["result"]["lung_shunt_fraction"] == 0.1
    assert [f["code"] for f in document["findings"]] == ["lungs-found"]
    assert {p.name for p in (torso / "seen").iterdir()} - {MARK} == {
        "case.toml",
        "lungs.nii.gz",
        "planar.dcm",
        "spect.dcm",
        "truth.json",
    }
    planned = CliRunner().invoke(app, ["plan", str(torso / "seen"), "--json"])
    assert planned.exit_code == 0, planned.stderr
    found = json.loads(planned.stdout)["result"]
    assert found["lung_shunt"]["fraction"] == pytest.approx(0.1, rel=0.1)
    assert found["per_gbq"]["WLD"] == pytest.approx(document["result"]["per_gbq"]["WLD"], rel=0.03)


def test_a_treatment_of_the_case_is_imaged_and_can_be_verified_against_its_plan(torso: Path) -> None:
    words = [
        "--delivered-gbq",
        "2.5",
        "--delivered-tumour-to-normal",
        "3",
        "--pet-minutes",
        "600",
        "--lung-shunt",
        "0.1",
    ]
    ran = CliRunner().invoke(app, ["simulate", str(torso), "--out", str(torso / "seen"), *words, "--json"])
    assert ran.exit_code == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert "after-not-moved" in [f["code"] for f in document["findings"]]
    truth = json.loads((torso / "seen" / "truth.json").read_text(encoding="utf-8"))["delivered"]
    assert truth["doses_gy"] == pytest.approx(document["result"]["delivered_gy"])
    assert CliRunner().invoke(app, ["plan", str(torso / "seen"), "--out", str(torso / "plan")]).exit_code == 0
    ran = CliRunner().invoke(app, ["verify", str(torso / "seen" / "after"), "--plan", str(torso / "plan"), "--json"])
    assert ran.exit_code == 0, ran.stderr
    found = json.loads(ran.stdout)["result"]
    assert found["calibration"] == "absolute"
    assert found["given"] == {"activity_gbq": 2.5, "at": truth["given_at"]}
    assert found["image"]["activity_gbq"] == pytest.approx(truth["activity_at_scan_gbq"], rel=0.05)
    assert found["image"]["of_given_fraction"] == pytest.approx(1, rel=0.05)
    assert found["doses_gy"]["WLD"] == pytest.approx(truth["doses_gy"]["WLD"], rel=0.06)
    assert found["doses_gy"]["TD"] == pytest.approx(truth["doses_gy"]["TD"], rel=0.12)
    assert found["against_plan"]["doses"]["TD"]["ratio"] < 0.85
    assert found["against_plan"]["voxels"]["fwhm_mm"] == {"predicted": 12.0, "delivered": 6.5}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--lung-shunt", "5"], "if 5 per cent is meant, write 0.05"),
        (["--tumour-to-normal", "0"], "tumour-to-normal ratio must be a number above zero"),
        (["--fwhm-mm", "nan"], "SPECT resolution (mm) must be a number above zero"),
        (["--counts", "-5"], "SPECT counts must be a number above zero"),
        (["--delivered-gbq", "0"], "activity delivered (Bq) must be a number above zero"),
        (["--delivered-gbq", "2", "--delivered-lung-shunt", "3"], "if 3 per cent is meant, write 0.03"),
        (["--delivered-gbq", "2", "--pet-minutes", "0"], "PET scan (minutes) must be a number above zero"),
        (["--delivered-gbq", "2", "--hours-after", "-1"], "hours from the administration to the scan must be"),
        (["--delivered-gbq", "2", "--moved-mm", "-1"], "how far the patient is moved (mm) must be zero or more"),
    ],
)
def test_numbers_that_cannot_be_are_refused_and_nothing_is_written(torso: Path, words: list[str], told: str) -> None:
    ran = CliRunner().invoke(app, ["simulate", str(torso), "--out", str(torso / "seen"), *words])
    assert ran.exit_code == 1
    assert told in ran.stderr
    assert not (torso / "seen").exists()


def test_a_file_in_place_of_the_folder_is_refused(torso: Path) -> None:
    ran = CliRunner().invoke(app, ["simulate", str(torso), "--out", str(torso / "ct.nii.gz")])
    assert ran.exit_code == 1
    assert "must name a folder" in ran.stderr
