"""app.simulate and app.truth: patients that do not exist, and cameras on anatomies that do."""

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from yttria.app.services.plan import plan_patient
from yttria.app.services.simulate import SimulationSettings, make_patient, simulate_case
from yttria.io.case.patient_case import read_patient_case
from yttria.values.errors import IntakeError, QuantityError


def hashes(folder: Path) -> dict[str, str]:
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_the_truth_holds_what_was_asked_for(digital_patient: Path) -> None:
    truth = json.loads((digital_patient / "truth.json").read_text())
    assert truth["lung_shunt_fraction"] == 0.05
    assert truth["hepatic_reserve_fraction"] == pytest.approx(0.325, abs=0.02)
    held = sum(part["activity_bq_per_gbq"] for part in truth["parts"])
    assert held == pytest.approx(1e9, rel=1e-9)
    living = next(p for p in truth["parts"] if p["name"] == "tumour 1, living")
    normal = next(p for p in truth["parts"] if p["name"] == "normal liver, perfused")
    ratio = living["activity_bq_per_gbq"] / living["ml"] / (normal["activity_bq_per_gbq"] / normal["ml"])
    assert ratio == pytest.approx(5)
    assert truth["planar"]["shunt_by_attenuation_alone_fraction"] > 1.5 * truth["lung_shunt_fraction"]


def test_a_folder_that_holds_other_files_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "patient").mkdir()
    (tmp_path / "patient" / "notes.txt").write_text("mine")
    with pytest.raises(IntakeError, match="holds other files; name another --out"):
        make_patient(tmp_path, SimulationSettings())
    assert list(hashes(tmp_path)) == ["patient/notes.txt"]


def test_another_camera_on_the_digital_patient_is_a_case_ready_to_plan(digital_patient: Path, tmp_path: Path) -> None:
    wish = SimulationSettings(seed=3, lung_shunt=0.1, tumour_to_normal=8.0, fwhm_mm=6.0)
    truth, findings = simulate_case(digital_patient / "patient", tmp_path / "sharp", wish)
    assert findings == ()
    assert truth["lung_shunt_fraction"] == 0.1
    absorbed = plan_patient(read_patient_case(tmp_path / "sharp")).absorbed
    assert absorbed.shunt.fraction == pytest.approx(0.1, rel=0.1)
    for name in ("TD", "PLD", "WLD"):
        assert absorbed.doses_gy[name] == pytest.approx(
            truth["without_noise"]["blur_and_scatter"]["per_gbq"][name], rel=0.04
        )
    assert absorbed.doses_gy["TD"] == pytest.approx(truth["per_gbq"]["TD"], rel=0.08)  # 6 mm leave most of it


def test_a_real_liver_gets_a_simulated_spect_and_a_plan(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    data = shared_data("ircadb01_case17_liver").as_posix()
    masks = f"{data}/MASKS_DICOM"
    tumours = f'["{masks}/livertumor1", "{masks}/livertumor2"]'
    (tmp_path / "case.toml").write_text(
        f'[case]\npath = "{data}/PATIENT_DICOM"\n[files]\nliver = "{masks}/liver"\ntumour = {tumours}\n'
    )
    truth, findings = simulate_case(tmp_path / "case.toml", tmp_path / "seen", SimulationSettings(seed=2))
    assert {f.code for f in findings} >= {"lungs-found", "lungs-cut"}
    assert truth["volumes"]["liver"]["ml"] == pytest.approx(1860.6, rel=1e-3)
    assert truth["volumes"]["tumour-1"]["ml"] == pytest.approx(85.6, rel=1e-3)
    ready = tomllib.loads((tmp_path / "seen" / "case.toml").read_text())
    assert ready["shunt"] == {"fraction": 0.05, "method": "given"}
    absorbed = plan_patient(read_patient_case(tmp_path / "seen")).absorbed
    for name in ("TD", "WLD", "LD"):
        assert absorbed.doses_gy[name] == pytest.approx(
            truth["without_noise"]["blur_and_scatter"]["per_gbq"][name], rel=0.04
        )


def test_nothing_is_written_when_the_case_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(IntakeError, match="expected a CT to simulate in"):
        simulate_case(tmp_path / "empty", tmp_path / "out", SimulationSettings())
    assert not (tmp_path / "out").exists()


def test_a_shunt_in_per_cent_is_refused_before_anything_is_made(digital_patient: Path, tmp_path: Path) -> None:
    with pytest.raises(QuantityError, match=r"if 5 per cent is meant, write 0\.05"):
        simulate_case(digital_patient / "patient", tmp_path / "out", SimulationSettings(lung_shunt=5.0))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "wish", [{"fwhm_mm": 0.0}, {"counts": -1.0}, {"tumour_to_normal": 0.0}, {"lung_shunt": float("nan")}]
)
def test_wishes_that_cannot_be_are_refused(wish: dict[str, float]) -> None:
    with pytest.raises(QuantityError):
        SimulationSettings(**wish)  # type: ignore[arg-type]
