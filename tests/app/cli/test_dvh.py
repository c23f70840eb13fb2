"""`yttria dvh` as a person or a script meets it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.convert import run as convert
from yttria.contract.conversion import ConvertRequest
from yttria.contract.dosimetry import DvhResult
from yttria.io.dicom.seg import read_seg
from yttria.io.files.structures import read_structure_file
from yttria.io.volumes.volume import write_volume
from yttria.values.contour import Contour
from yttria.values.grid import Grid

GRID = Grid.aligned((8, 10, 12), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(5, -6, 7))


def asked(*words: object) -> Any:
    return CliRunner().invoke(app, ["dvh", *(str(w) for w in words)])


@pytest.fixture
def dose(tmp_path: Path) -> Path:
    """Write a dose that rises by 1 Gy a column."""
    path = tmp_path / "dose.nii.gz"
    write_volume(path, GRID, np.broadcast_to(np.arange(12, dtype=np.float32), GRID.shape_zyx).copy())
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.nii.gz"
    marked = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    marked[2:6, 2:8, 1:11] = 1
    marked[2:6, 2:8, 5:7] = 4
    write_volume(path, GRID, marked)
    return path


def test_labels_get_their_metrics(dose: Path, labels: Path) -> None:
    done = asked(dose, labels, "--v", "5,100", "--json")
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert DvhResult.model_validate(result).model_dump() == result
    volumes = result["volumes"]
    assert set(volumes) == {"1", "4"}
    inner = volumes["4"]
    assert inner["ml"] == pytest.approx(4 * 6 * 2 * 0.064)
    assert (inner["min_gy"], inner["mean_gy"], inner["max_gy"]) == (5, 5.5, 6)
    assert (inner["D98"], inner["D50"], inner["D2"]) == (5, 6, 6)
    assert inner["V"] == {"5": 1.0, "100": 0.0}
    assert volumes["1"]["V"]["5"] == pytest.approx(4 / 8)
    assert inner["curve"]["volume_share"][0] == 1
    assert inner["curve"]["dose_gy"][-1] == 6


def test_segments_of_3d_slicer_that_overlap_keep_names_and_volumes(dose: Path, tmp_path: Path) -> None:
    liver = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    liver[2:6, 2:8, 1:11] = 1
    lesion = np.zeros_like(liver)
    lesion[2:6, 2:8, 5:7] = 1
    head = (
        "NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: 2 12 10 8\n"
        "space directions: none (4,0,0) (0,4,0) (0,0,4)\nspace origin: (5,-6,7)\nkinds: list domain domain domain\nencoding: raw\n"
        "Segment0_Name:=Liver\nSegment0_LabelValue:=1\nSegment0_Layer:=0\nSegment1_Name:=Lesion A\nSegment1_LabelValue:=1\nSegment1_Layer:=1\n\n"
    )
    path = tmp_path / "a.seg.nrrd"
    path.write_bytes(head.encode() + np.stack([liver, lesion], -1).tobytes())
    volumes = json.loads(asked(dose, path, "--json").stdout)["result"]["volumes"]
    assert {name: v["ml"] for name, v in volumes.items()} == pytest.approx(
        {"Liver": 240 * 0.064, "Lesion A": 48 * 0.064}
    )
    assert volumes["Lesion A"]["mean_gy"] == pytest.approx(5.5)


def test_a_person_reads_a_table(dose: Path, labels: Path) -> None:
    done = asked(dose, labels)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0].split() == ["volume", "mL", "mean", "D98", "D95", "D50", "D2", "max", "Gy"]
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_labels_on_a_finer_grid_read_the_dose_between_its_voxels(dose: Path, tmp_path: Path) -> None:
    fine = Grid.aligned((32, 40, 48), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(3.5, -7.5, 5.5))
    marked = np.zeros(fine.shape_zyx, dtype=np.uint8)
    marked[8:24, 8:24, 8:30] = 1  # columns 1.5 to 7 of the dose, which climbs by 1 Gy a column
    write_volume(tmp_path / "fine.nii.gz", fine, marked)
    found = json.loads(asked(dose, tmp_path / "fine.nii.gz", "--json").stdout)["result"]["volumes"]["1"]
    assert found["ml"] == pytest.approx(5.632, rel=1e-5)
    assert found["mean_gy"] == pytest.approx((1.5 + 7) / 2, abs=0.01)
    assert (found["D98"], found["D50"], found["D2"]) == pytest.approx((1.5 + 0.11, 4.25, 7 - 0.11), abs=0.03)


def test_contours_segments_and_labels_of_one_structure_have_one_dvh(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("rt_dicompyler_set")
    drawn = read_structure_file(folder / "rtss.dcm")
    heart = dict(drawn.structures)["Heart"]
    assert isinstance(heart, Contour)
    points = np.concatenate(heart.polygons)
    low, high = points.min(axis=0), points.max(axis=0)
    nx, ny, nz = (int(n) for n in np.ceil((high - low) / (1, 1, 3)) + 3)
    grid = Grid.aligned((nz, ny, nx), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(low[0] - 1.3, low[1] - 1.4, low[2] - 3))
    write_volume(tmp_path / "ct.nrrd", grid, np.zeros(grid.shape_zyx, dtype=np.int16))
    names = {"heart.dcm": "rtstruct", "seg.dcm": "seg", "labels.nrrd": "labels"}
    for out, kind in names.items():
        like = None if kind == "rtstruct" else tmp_path / "ct.nrrd"
        convert(ConvertRequest(structures=folder / "rtss.dcm", out=tmp_path / out, to=kind, like=like, only=["Heart"]))
    found = []
    for out in names:
        done = asked(folder / "rtdose.dcm", tmp_path / out, "--json")
        assert done.exit_code == 0, done.stderr
        found += json.loads(done.stdout)["result"]["volumes"].values()
    assert len(found) == 3
    for other in found[1:]:
        assert other["ml"] == pytest.approx(found[0]["ml"], rel=5e-3)
        for key in ("mean_gy", "D98", "D95", "D50", "D2"):
            assert other[key] == pytest.approx(found[0][key], rel=0.01, abs=0.002), key


def test_segments_of_every_kind_count_by_their_shares(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("seg_objects")
    for name in (
        "highdicom/seg_image_ct_binary_overlap.dcm",
        "highdicom/seg_image_ct_true_fractional.dcm",
        "sparse-labelmap-ppv5.dcm",
    ):
        first, *_ = vois = read_seg(folder / name)
        low = np.min([v.grid.bounds_lps_mm()[0] for v in vois], axis=0) - 10
        high = np.max([v.grid.bounds_lps_mm()[1] for v in vois], axis=0) + 10
        nx, ny, nz = (int(n) for n in np.ceil((high - low) / 5))
        grid = Grid.aligned((nz, ny, nx), spacing_zyx_mm=(5, 5, 5), origin_lps_mm=(low[0], low[1], low[2]))
        write_volume(tmp_path / "dose.nii.gz", grid, np.full(grid.shape_zyx, 7, dtype=np.float32))
        done = asked(tmp_path / "dose.nii.gz", folder / name, "--json")
        assert done.exit_code == 0, done.stderr
        answered = json.loads(done.stdout)
        volumes = answered["result"]["volumes"]
        assert [v["ml"] for v in volumes.values()] == pytest.approx([float(v.ml) for v in vois], rel=1e-4)
        assert [v["mean_gy"] for v in volumes.values()] == pytest.approx([7] * len(vois))
        assert first.name in volumes
        probable = any(f["code"] == "probability-as-share" for f in answered["findings"])
        assert probable == ("fractional" in name)


def test_dose_and_structures_of_two_people_are_refused_without_naming_either(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("rt_dicompyler_set")
    other = pydicom.dcmread(folder / "rtss.dcm")
    other.PatientID = "ANOTHER-77"
    other.save_as(tmp_path / "rtss.dcm")
    done = asked(folder / "rtdose.dcm", tmp_path / "rtss.dcm")
    assert done.exit_code == 1
    assert "must be of one patient, but 2 patient IDs are there" in done.stderr
    assert "ANOTHER-77" not in done.stderr
    assert not done.stdout


def test_structures_of_another_frame_of_reference_are_refused(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("rt_dicompyler_set")
    dose = pydicom.dcmread(folder / "rtdose.dcm")
    dose.FrameOfReferenceUID = "1.2.3.4"
    dose.save_as(tmp_path / "rtdose.dcm")
    done = asked(tmp_path / "rtdose.dcm", folder / "rtss.dcm")
    assert done.exit_code == 1
    assert "one frame of reference, but dose and structures lie in 2" in done.stderr


def test_a_file_without_structures_is_refused_by_what_it_is(shared_data: Callable[[str], Path]) -> None:
    dose = shared_data("rt_dicompyler_set") / "rtdose.dcm"
    done = asked(dose, dose)
    assert done.exit_code == 1
    assert "expected structures (RTSTRUCT, SEG, or a volume of labels) in rtdose.dcm, found RTDOSE" in done.stderr


def test_a_published_heart_is_met(shared_data: Callable[[str], Path]) -> None:
    # dicompyler-core's own test expects 440.231 mL, mean 0.6475 Gy, max 3.10 Gy, min 0.03 Gy by its voxels of another grid
    folder = shared_data("rt_dicompyler_set")
    done = asked(next(folder.rglob("rtdose.dcm")), next(folder.rglob("rtss.dcm")), "--json")
    assert done.exit_code == 0, done.stderr
    heart = json.loads(done.stdout)["result"]["volumes"]["Heart"]
    assert heart["ml"] == pytest.approx(440.231, rel=0.01)
    assert heart["mean_gy"] == pytest.approx(0.6475, rel=0.01)
    assert heart["max_gy"] == pytest.approx(3.10, abs=0.1)
    assert heart["min_gy"] == pytest.approx(0.03, abs=0.01)


def test_what_cannot_be_is_refused(dose: Path, labels: Path, tmp_path: Path) -> None:
    write_volume(tmp_path / "shares.nii.gz", GRID, np.full(GRID.shape_zyx, 0.5, dtype=np.float32))
    far = Grid.aligned((8, 10, 12), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(900, 0, 0))
    write_volume(tmp_path / "far.nii.gz", far, np.ones(far.shape_zyx, dtype=np.uint8))
    for words, message in (
        ((dose, tmp_path / "absent.nii.gz"), "there is no such file"),
        ((dose, tmp_path / "shares.nii.gz"), "whole-number labels"),
        ((dose, tmp_path / "far.nii.gz"), "wholly outside"),
        ((dose, labels, "--v", "many"), "--v must be a valid number"),
        ((dose, labels, "--v", "-3"), "--v must be greater than or equal to 0"),
    ):
        done = asked(*words)
        assert (done.exit_code, message in done.stderr) == (1, True), done.stderr


# ---- one dose, one number


KEYS = ("D98", "D95", "D90", "D70", "D50", "D30", "D10", "D5", "D2")
NAMED = {"Tumour 1": "TD_1", "Tumour 2": "TD_2", "Perfused": "PLD", "Liver": "WLD"}


def of_plan(planned: Path, patient: Path, *words: str) -> tuple[Any, Any]:
    """Return what `yttria dvh` says of a plan's dose, and the option that the dose is of."""
    (structures,) = (patient / "patient").rglob("structures.dcm")
    done = asked(planned / "dose.dcm", structures, "--json", *words)
    assert done.exit_code == 0, done.stderr
    result = json.loads((planned / "plan.json").read_text(encoding="utf-8"))["result"]
    (option,) = [o for o in result["options"] if o["approach"] == result["recommended"]]
    return json.loads(done.stdout)["result"], result | {"option": option}


def test_a_plan_and_dvh_give_one_number_for_one_volume_of_one_dose(
    planned_patient: Path, digital_patient: Path
) -> None:
    found, plan = of_plan(planned_patient, digital_patient)
    assert (found["sampling"], plan["sampling"]) == ("voxels", "voxels")
    assert (found["mean_weighting"], plan["mean_weighting"]) == ("mass", "mass")
    roles = {v["name"]: role for role, v in plan["volumes"].items() if role.startswith(("tumour-", "perf", "liver"))}
    for name, dose in NAMED.items():
        own = plan["option"]["dvh"][roles[name]]
        assert own["mean"] == pytest.approx(plan["option"]["doses_gy"][dose], rel=1e-6), name
        assert found["volumes"][name]["mean_gy"] == pytest.approx(own["mean"], rel=1e-4), name
        assert [found["volumes"][name][k] for k in KEYS] == pytest.approx([own[k] for k in KEYS], rel=1e-5), name
        assert found["volumes"][name]["ml"] == pytest.approx(own["ml"], rel=1e-6), name


def test_sampling_between_voxels_can_be_asked_for_and_is_said(planned_patient: Path, digital_patient: Path) -> None:
    found, plan = of_plan(planned_patient, digital_patient, "--sampling", "interpolated")
    assert (found["sampling"], found["mean_weighting"]) == ("interpolated", "volume")
    whole, _ = of_plan(planned_patient, digital_patient)
    assert found["volumes"]["Tumour 2"]["D98"] != pytest.approx(whole["volumes"]["Tumour 2"]["D98"], rel=0.01)
    assert found["volumes"]["Tumour 1"]["mean_gy"] == pytest.approx(plan["option"]["doses_gy"]["TD_1"], rel=0.01)


def test_a_dose_of_another_system_is_read_between_its_voxels(
    planned_patient: Path, digital_patient: Path, tmp_path: Path
) -> None:
    other = pydicom.dcmread(planned_patient / "dose.dcm")
    other.Manufacturer = "Another"
    other.save_as(tmp_path / "dose.dcm")
    (structures,) = (digital_patient / "patient").rglob("structures.dcm")
    by_default = json.loads(asked(tmp_path / "dose.dcm", structures, "--json").stdout)["result"]
    assert by_default["sampling"] == "interpolated"
    asked_for, _ = of_plan(planned_patient, digital_patient, "--sampling", "interpolated")
    assert by_default["volumes"] == asked_for["volumes"]


def test_a_density_that_does_not_fit_its_dose_is_passed_over(
    planned_patient: Path, digital_patient: Path, tmp_path: Path
) -> None:
    other = pydicom.dcmread(planned_patient / "dose.dcm")
    element = other.private_block(0x3005, "YTTRIA")[0x01]
    element.value = element.value[:-2]
    other.save_as(tmp_path / "dose.dcm")
    (structures,) = (digital_patient / "patient").rglob("structures.dcm")
    found = json.loads(asked(tmp_path / "dose.dcm", structures, "--json").stdout)["result"]
    assert (found["sampling"], found["mean_weighting"]) == ("voxels", "volume")


@pytest.mark.parametrize("name", ["dose.nii.gz", "dose.nii", "dose.nrrd", "dose.mha"])
def test_a_volume_whose_dose_yttria_computed_counts_whole_voxels(name: str, tmp_path: Path) -> None:
    activity = np.broadcast_to(np.arange(1, 13, dtype=np.float32) * 1e5, GRID.shape_zyx).copy()
    write_volume(tmp_path / "activity.nii.gz", GRID, activity)
    done = CliRunner().invoke(app, ["dose", str(tmp_path / "activity.nii.gz"), "--out", str(tmp_path / name)])
    assert done.exit_code == 0, done.output
    fine = Grid.aligned((32, 40, 48), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(3.5, -7.5, 5.5))
    marked = np.zeros(fine.shape_zyx, dtype=np.uint8)
    marked[8:24, 8:24, 8:30] = 1
    write_volume(tmp_path / "fine.nii.gz", fine, marked)
    found = json.loads(asked(tmp_path / name, tmp_path / "fine.nii.gz", "--json").stdout)["result"]
    assert found["sampling"] == "voxels"
    assert found["volumes"]["1"]["D98"] == pytest.approx(3e5 * 49.67e-9 * 1000, rel=1e-5)


def test_another_sampling_is_refused_by_name(dose: Path, labels: Path) -> None:
    done = asked(dose, labels, "--sampling", "linear")
    assert done.exit_code == 1
    assert "--sampling must be one of voxels, interpolated, but is linear" in done.stderr
