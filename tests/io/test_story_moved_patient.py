"""A patient who lies otherwise on the PET's couch than at planning, through `yttria plan` and `yttria verify`: registered, by a REG, or refused."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import generate_uid
from scipy.ndimage import map_coordinates
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.pt_writer import PetScan, write_pt
from yttria.io.volumes.volume import write_volume
from yttria.physics.phantom.digital_patient import ct_image
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CtImage
from yttria.values.nuclide import Nuclide
from yttria.values.patient import PatientIdentity
from yttria.values.treatment import Administration
from yttria.values.units import Bq

PLANNED, AFTER = "1.2.826.0.1.3680043.8.498.71", "1.2.826.0.1.3680043.8.498.72"
PLACE = Grid.aligned(
    (75, 64, 64), spacing_zyx_mm=(6.0, 6.25, 6.25), origin_lps_mm=(-196.9, -196.9, -224.5), frame_uid=PLANNED
)
COUCH = Grid.aligned(
    (80, 70, 70), spacing_zyx_mm=(5.5, 5.6, 5.6), origin_lps_mm=(-193.0, -193.0, -218.0), frame_uid=AFTER
)
LIVER_MM, TUMOUR_MM = np.array([-70.0, 0.0, -60.0]), np.array([-85.0, 10.0, -65.0])
LIVER_R, TUMOUR_R = 50.0, 24.0
NORMAL, TUMOUR = 6e5, 3e6  # Bq/mL
GIVEN_AT = datetime.fromisoformat("2026-11-30T14:00:00+01:00")
Motion = NDArray[np.float64]
Maker = Callable[..., Path]


def couch_motion(shift: tuple[float, float, float], degrees: float) -> Motion:
    """Return a shift of the liver's place and a turn about the long axis through it."""
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = LIVER_MM - matrix[:3, :3] @ LIVER_MM + np.array(shift)
    return matrix


NEAR, FAR = couch_motion((7.0, -6.0, 7.6), 4.0), couch_motion((42.0, -36.0, 22.9), 0.0)
FAR_MM = float(np.linalg.norm(FAR[:3, 3]))


def points_of(grid: Grid) -> NDArray[np.float64]:
    k, j, i = np.indices(grid.shape_zyx)
    return grid.points_of(np.stack([i.ravel(), j.ravel(), k.ravel()], axis=1))


def ball(grid: Grid, centre: NDArray[np.float64], radius: float) -> NDArray[np.bool_]:
    away = np.linalg.norm(points_of(grid) - centre, axis=1)
    return np.asarray(away <= radius).reshape(grid.shape_zyx)


def moved(ct: CtImage, motion: Motion) -> CtImage:
    """Return the patient as another scanner has him: moved, on its own grid, with its own noise."""
    back = np.linalg.inv(motion)
    index = ct.grid.index_of(points_of(COUCH) @ back[:3, :3].T + back[:3, 3])[:, ::-1].T
    hu = map_coordinates(ct.hu.astype(np.float64), index, order=1, cval=-1000.0).reshape(COUCH.shape_zyx)
    return CtImage(COUCH, np.rint(hu + np.random.default_rng(5).normal(0, 15, COUCH.shape_zyx)).astype(np.int16))


def case(folder: Path, ct: CtImage, motion: Motion, *, day: str) -> Path:
    """Write a case of the patient: CT and 90Y PET of one frame of reference, liver and tumour on the PET's grid."""
    (folder / "dicom").mkdir(parents=True)
    identity = PatientIdentity(
        patient_id="M-1",
        study_uid=generate_uid(entropy_srcs=["moved patient", str(folder.name)]),
        study_date=day,
        zone="+0100",
        frame_uid=ct.grid.frame_uid,
    )
    identity = write_ct(folder / "dicom", ct, identity, description="CT")
    inside = {
        role: ball(ct.grid, motion[:3, :3] @ centre + motion[:3, 3], radius)
        for role, centre, radius in (("liver", LIVER_MM, LIVER_R), ("tumour", TUMOUR_MM, TUMOUR_R))
    }
    image = np.where(inside["tumour"], TUMOUR, np.where(inside["liver"], NORMAL, 0.0)).astype(np.float32)
    pet = ActivityMap(ct.grid, image, Nuclide.named("Y-90"), GIVEN_AT)
    given = Administration(Bq(pet.total), GIVEN_AT)
    start = GIVEN_AT if day == "20261130" else GIVEN_AT.replace(month=11, day=10)
    write_pt(folder / "dicom", replace(pet, reference=start), PetScan(start, 20.0, given), identity, description="PET")
    for role, mask in inside.items():
        write_volume(folder / f"{role}.nii.gz", ct.grid, mask.astype(np.uint8))
    (folder / "case.toml").write_text(
        '[case]\npath = "dicom"\ndays_apart = 60\n[files]\nliver = "liver.nii.gz"\ntumour = "tumour.nii.gz"\n[shunt]\nfraction = 0.0\n'
        '[frames]\nunstated = "emission"\nby = "the story"\n[lungs]\nmass_kg = 1.0\n[product]\nname = "glass"\n[patient]\ndisease = "HCC"\n[emission]\nnuclide = "Y-90"\n'
        f'[given]\nactivity_gbq = {pet.total / 1e9!r}\nat = "{GIVEN_AT.isoformat()}"\n',
        encoding="utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def patient() -> CtImage:
    return ct_image(PLACE, seed=1)


@pytest.fixture(scope="module")
def plan(patient: CtImage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("moved")
    before = case(base / "before", patient, np.eye(4), day="20261110")
    done = CliRunner().invoke(app, ["plan", str(before), "--out", str(base / "plan")])
    assert done.exit_code == 0, done.output
    return base / "plan"


def verify(*words: object) -> tuple[int, Any, str]:
    done = CliRunner().invoke(app, ["verify", *map(str, words), "--json"])
    return done.exit_code, json.loads(done.stdout) if done.exit_code == 0 else None, done.stderr


def test_a_patient_moved_by_12_mm_and_turned_by_4_degrees_is_registered(
    patient: CtImage, plan: Path, tmp_path: Path
) -> None:
    code, document, _ = verify(case(tmp_path / "after", moved(patient, NEAR), NEAR, day="20261130"), "--plan", plan)
    assert code == 0
    found = document["result"]["against_plan"]
    assert found["registration"]["method"] == "registered"
    assert found["registration"]["moved_mm"] == pytest.approx(12.0, abs=1.5)
    assert found["registration"]["turned_deg"] == pytest.approx(4.0, abs=0.7)
    assert found["voxels"]["lin_ccc"] > 0.9
    assert "registered-here" in {f["code"] for f in document["findings"]}


def test_a_patient_moved_by_60_mm_is_refused_with_the_way_out_and_nothing_is_written(
    patient: CtImage, plan: Path, tmp_path: Path
) -> None:
    assert pytest.approx(60.0, abs=0.5) == FAR_MM
    after = case(tmp_path / "after", moved(patient, FAR), FAR, day="20261130")
    code, _, said = verify(after, "--plan", plan, "--out", tmp_path / "out")
    assert code == 1
    assert said.startswith(
        "refused: the plan's CT and the CT of the image after treatment must be brought into one frame"
    )
    assert "put the rigid DICOM registration (REG) into the case" in said
    assert not (tmp_path / "out").exists()


def test_the_same_patient_is_verified_where_no_plan_is_named(patient: CtImage, tmp_path: Path) -> None:
    code, document, _ = verify(case(tmp_path / "after", moved(patient, FAR), FAR, day="20261130"))
    assert code == 0
    assert "against_plan" not in document["result"]


def test_a_registration_object_is_used_as_it_stands_and_nothing_is_registered(
    patient: CtImage, plan: Path, tmp_path: Path, make_reg: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = case(tmp_path / "after", moved(patient, FAR), FAR, day="20261130")
    make_reg(after / "dicom" / "reg.dcm", {PLANNED: FAR}, target=AFTER, PatientID="M-1")
    monkeypatch.setitem(sys.modules, "yttria.physics.geometry.registration", None)
    code, document, said = verify(after, "--plan", plan)
    assert code == 0, said
    found = document["result"]["against_plan"]
    assert found["registration"] == {
        "method": "registration-object",
        "moved_mm": pytest.approx(FAR_MM, abs=0.01),
        "turned_deg": pytest.approx(0.0, abs=1e-3),
        "correlation": None,
    }
    assert found["voxels"]["lin_ccc"] > 0.93
    assert found["voxels"]["gamma"]["pass_fraction"] > 0.95
    assert any(entry["role"] == "registration" for entry in document["result"]["inputs"])
    assert "registered-here" not in {f["code"] for f in document["findings"]}
