"""Two feeders of one anatomy, simulated: an image each and one for both from the same truth, planned both ways."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.app.services.plan import plan_patient
from yttria.app.services.simulate import SimulationSettings, simulate_case
from yttria.io.case.patient_case import read_patient_case
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ

GRID = Grid.aligned((40, 44, 50), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(-120, -110, -100))


def box(z: tuple[int, int], y: tuple[int, int], x: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    found = np.zeros(GRID.shape_zyx, dtype=bool)
    found[slice(*z), slice(*y), slice(*x)] = True
    return found


LIVER = box((5, 33), (6, 36), (6, 44))
VOLUMES = {
    "liver": LIVER,
    "right": box((5, 33), (6, 36), (6, 26)),
    "left": box((5, 33), (6, 36), (26, 44)),
    "first": box((12, 24), (14, 26), (10, 22)),
    "across": box((14, 24), (14, 24), (21, 33)),
}
CASE = """
[files]
ct = "ct.nii.gz"
liver = "liver.nii.gz"
tumour = ["first.nii.gz", "across.nii.gz"]
[patient]
disease = "HCC"
scenario = "bilobar"
bilirubin_mg_dl = 0.8
[[injections]]
name = "right"
perfused = ["right.nii.gz"]
session = "1"
[[injections]]
name = "left"
perfused = "left.nii.gz"
session = "2"
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("anatomy")
    for name, mask in VOLUMES.items():
        write_volume(folder / f"{name}.nii.gz", GRID, mask.astype(np.uint8))
    write_volume(folder / "ct.nii.gz", GRID, np.where(LIVER, 60, -20).astype(np.int16))
    (folder / "case.toml").write_text(CASE, encoding="utf-8")
    out = folder / "simulated"
    settings = SimulationSettings(seed=2, lung_shunt=0.0, fwhm_mm=4.0, counts=3e7)
    truth, _ = simulate_case(folder / "case.toml", out, settings)
    return out, truth


def planned(case: Path) -> Result:
    return plan_patient(read_patient_case(case))


def test_the_truth_of_each_injection_adds_to_that_of_all(simulated: tuple[Path, dict[str, Any]]) -> None:
    out, truth = simulated
    assert json.loads((out / "truth.json").read_text(encoding="utf-8")) == truth
    right, left = truth["injections"]
    assert right["counts_fraction"] + left["counts_fraction"] == pytest.approx(1, rel=1e-6)
    for name in ("TD_1", "TD_2", "PLD", "NPLD", "WNLD", "WLD"):
        both = sum(i["counts_fraction"] * i["per_gbq"][name] for i in truth["injections"])
        assert both == pytest.approx(truth["per_gbq"][name], rel=1e-5)
    assert left["per_gbq"]["PLD[right]"] == 0
    assert right["per_gbq"]["PLD[right]"] == pytest.approx(49.67 / (VOLUMES["right"].sum() * 0.125 * 1.06e-3), rel=1e-4)


@pytest.mark.parametrize("case", ["case.toml", "case-own-images.toml"])
def test_a_plan_finds_the_dose_of_each_injection_from_one_image_and_from_an_image_each(
    simulated: tuple[Path, dict[str, Any]], case: str
) -> None:
    out, truth = simulated
    result = planned(out / case)
    for found, true in zip(result.absorbed.injections, truth["injections"], strict=True):
        assert found.name == true["name"]
        for name in ("TD_1", "WLD", f"PLD[{found.name}]", f"NPLD[{found.name}]"):
            assert found.doses_gy[name] == pytest.approx(true["per_gbq"][name], rel=0.05, abs=1.5)
    assert [(p.lesion, p.injection) for p in result.absorbed.parts] == [
        ("tumour-1", "right"),
        ("tumour-2", "right"),
        ("tumour-2", "left"),
    ]
    given = result.plan.shown.activities_bq
    true_dose = sum(i["per_gbq"]["TD_1"] * given[i["name"]] / BQ_PER_GBQ for i in truth["injections"])
    assert result.plan.shown.doses_gy["TD_1"] == pytest.approx(true_dose, rel=0.05)
