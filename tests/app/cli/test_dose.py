"""`yttria dose` as a person or a script meets it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.app.services.dose import nuclide_named
from yttria.contract.dosimetry import DoseResult
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.grid import Grid

GRID = Grid.aligned((8, 10, 12), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(5, -6, 7))


def asked(*words: object) -> Any:
    return CliRunner().invoke(app, ["dose", *(str(w) for w in words)])


@pytest.fixture
def activity(tmp_path: Path) -> Path:
    path = tmp_path / "activity.nii.gz"
    write_volume(path, GRID, np.random.default_rng(1).gamma(2, 5e5, GRID.shape_zyx).astype(np.float32))
    return path


def test_dose_is_activity_times_the_constant_over_density(activity: Path, tmp_path: Path) -> None:
    rho = np.random.default_rng(2).uniform(0.3, 1.5, GRID.shape_zyx).astype(np.float32)
    write_volume(tmp_path / "density.nii.gz", GRID, rho)
    done = asked(activity, "--density", tmp_path / "density.nii.gz", "--out", tmp_path / "dose.nii.gz", "--json")
    assert done.exit_code == 0, done.stderr
    grid, gy = read_volume(tmp_path / "dose.nii.gz")
    assert np.allclose(grid.matrix, GRID.matrix, atol=1e-5)
    assert np.allclose(gy, read_volume(activity)[1] * 49.67e-6 / rho, rtol=1e-5)
    answer = json.loads(done.stdout)
    assert answer["command"] == "dose"
    assert answer["findings"] == []
    assert DoseResult.model_validate(answer["result"]).model_dump() == answer["result"]
    assert answer["result"]["k_gy_kg_per_gbq"] == 49.67
    assert answer["result"]["energy_joule"] == pytest.approx(float((gy * rho).sum()) * GRID.voxel_ml / 1000, rel=1e-5)


def test_water_stands_in_for_a_density_that_is_not_given_and_that_is_said(activity: Path, tmp_path: Path) -> None:
    done = asked(activity, "--out", tmp_path / "dose.mha", "--k", 50, "--json")
    assert [f["code"] for f in json.loads(done.stdout)["findings"]] == ["density-water"]
    assert np.allclose(read_volume(tmp_path / "dose.mha")[1], read_volume(activity)[1] * 50e-6, rtol=1e-5)


def test_a_density_on_another_grid_is_brought_to_the_activity(activity: Path, tmp_path: Path) -> None:
    fine = Grid.aligned((40, 50, 60), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(2, -9, 4))
    write_volume(tmp_path / "density.nii.gz", fine, np.full(fine.shape_zyx, 1.06, dtype=np.float32))
    done = asked(activity, "--density", tmp_path / "density.nii.gz", "--out", tmp_path / "dose.nii.gz", "--json")
    assert [f["code"] for f in json.loads(done.stdout)["findings"]] == ["density-moved"]
    gy, bq = read_volume(tmp_path / "dose.nii.gz")[1], read_volume(activity)[1]
    assert np.allclose(gy[:7, :9, :11], bq[:7, :9, :11] * 49.67e-6 / 1.06, rtol=1e-5)


def test_a_few_negative_voxels_are_set_to_zero_and_counted(activity: Path, tmp_path: Path) -> None:
    grid, bq = read_volume(activity)
    bq[0, 0, :3] = -1
    write_volume(activity, grid, bq)
    done = asked(activity, "--out", tmp_path / "dose.nii.gz", "--json")
    found = json.loads(done.stdout)["findings"][0]
    assert found["code"] == "negative-voxels"
    assert found["message"].startswith("the activity: 3 voxels are below zero and are set to zero")


@pytest.mark.parametrize(
    ("written", "name"), [("Y90", "Y-90"), ("90Y", "Y-90"), ("y-90", "Y-90"), ("99mTc", "Tc-99m"), ("HO166", "Ho-166")]
)
def test_a_nuclide_may_be_written_in_any_usual_way(written: str, name: str) -> None:
    assert nuclide_named(written) == name


@pytest.mark.parametrize("method", ["kernel", "scaled", "mc", "montecarlo"])
def test_an_engine_that_does_not_exist_is_refused_by_name(activity: Path, tmp_path: Path, method: str) -> None:
    done = asked(activity, "--method", method, "--out", tmp_path / "dose.nii.gz")
    assert done.exit_code == 1
    assert f"--method must be one of local, but is {method}" in done.stderr
    assert not (tmp_path / "dose.nii.gz").exists()


def test_what_cannot_be_is_refused_and_nothing_is_written(activity: Path, tmp_path: Path) -> None:
    out = tmp_path / "dose.nii.gz"
    grid, bq = read_volume(activity)
    for bad, message in ((-bq, "must be zero or more"), (np.where(bq > 1e6, np.nan, bq), "finite")):
        write_volume(tmp_path / "bad.nii.gz", grid, bad.astype(np.float32))
        done = asked(tmp_path / "bad.nii.gz", "--out", out)
        assert (done.exit_code, message in done.stderr) == (1, True)
    for words, message in (
        ((tmp_path / "absent.nii.gz", "--out", out), "there is no such file"),
        ((activity, "--out", tmp_path / "dose.txt"), "--out must be named"),
        ((activity, "--out", activity), "what is written must not be an input"),
        ((activity, "--out", out, "--nuclide", "Xx1"), "nuclide must be one of"),
        ((activity, "--out", out, "--k", -1), "dose constant"),
    ):
        done = asked(*words)
        assert (done.exit_code, message in done.stderr) == (1, True), done.stderr
    assert not out.exists()


@pytest.mark.parametrize("name", ["dose.mhd", "dose.nhdr", "dose.mha", "dose.nrrd"])
def test_a_dose_is_whole_in_every_format_the_file_of_its_numbers_included(
    activity: Path, tmp_path: Path, name: str
) -> None:
    for _ in range(2):  # its own files are replaced
        assert asked(activity, "--out", tmp_path / name).exit_code == 0
        assert np.allclose(read_volume(tmp_path / name)[1], read_volume(activity)[1] * 49.67e-6, rtol=1e-5)


def test_the_dose_of_another_image_is_not_written_over_unless_asked(activity: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.nii.gz"
    write_volume(other, GRID, np.ones(GRID.shape_zyx, dtype=np.float32))
    out = tmp_path / "dose.nii.gz"
    assert asked(activity, "--out", out).exit_code == 0
    before = out.read_bytes()
    done = asked(other, "--out", out)
    assert (done.exit_code, out.read_bytes() == before) == (1, True)
    assert "did not write it for this case or study" in done.stderr
    assert asked(other, "--out", out, "--replace").exit_code == 0
    assert out.read_bytes() != before


def test_wrong_usage_ends_with_two(activity: Path) -> None:
    assert asked(activity).exit_code == 2


def _inside(polygon: Any, x: Any, y: Any) -> Any:
    """Return by the even-odd rule which points lie in a polygon."""
    odd = np.zeros(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


def _lesions_by_hand(folder: Path) -> dict[str, tuple[float, float]]:
    """Return mL and mean Bq/mL of each lesion by voxel centres, straight from the files."""
    slices: dict[float, Any] = {}
    sets = []
    for path in folder.rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        if ds.Modality == "RTSTRUCT":
            sets.append(ds)
        else:
            slices[round(float(ds.ImagePositionPatient[2]), 1)] = ds
    (drawn,) = sets
    names = {r.ROINumber: r.ROIName for r in drawn.StructureSetROISequence}
    found = {}
    for roi in drawn.ROIContourSequence:
        numbers = []
        for item in roi.ContourSequence:
            points = np.asarray(item.ContourData, dtype=float).reshape(-1, 3)
            ds = slices[round(points[0, 2], 1)]
            (x0, y0, _), (dy, dx) = ds.ImagePositionPatient, ds.PixelSpacing
            sign_x, sign_y = ds.ImageOrientationPatient[0], ds.ImageOrientationPatient[4]
            y, x = np.mgrid[: ds.Rows, : ds.Columns]
            marked = _inside(points[:, :2], x0 + sign_x * dx * x, y0 + sign_y * dy * y)
            numbers.append(ds.pixel_array[marked] * float(ds.RescaleSlope))
        voxels = np.concatenate(numbers)
        found[names[roi.ReferencedROINumber]] = len(voxels) * 1.95313**3 / 1000, float(voxels.mean())
    return found


def test_a_real_177lu_spect_gets_its_lesion_doses_from_the_command_line(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("lu177_spect_rtstruct_umich")
    one, out = next(p for p in folder.rglob("SCAN_001") if p.is_dir()), tmp_path / "dose.nii.gz"
    done = asked(one, "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["result"]["nuclide"] == "Lu-177"
    assert answer["result"]["activity_mbq"] == pytest.approx(1350.6, rel=5e-4)
    assert {"density-water", "no-washout"} <= {f["code"] for f in answer["findings"]}
    (structures,) = (
        p for p in one.rglob("*.dcm") if pydicom.dcmread(p, specific_tags=["Modality"]).Modality == "RTSTRUCT"
    )
    dvh = CliRunner().invoke(app, ["dvh", str(out), str(structures), "--json"])
    assert dvh.exit_code == 0, dvh.stderr
    volumes = json.loads(dvh.stdout)["result"]["volumes"]
    by_hand = _lesions_by_hand(one)
    assert set(volumes) == set(by_hand)
    assert len(by_hand) == 2
    for name, (ml, bq_per_ml) in by_hand.items():
        assert volumes[name]["ml"] == pytest.approx(ml, rel=0.03), name
        assert volumes[name]["mean_gy"] == pytest.approx(
            bq_per_ml * answer["result"]["k_gy_kg_per_gbq"] * 1e-6, rel=0.02
        ), name


def test_another_nuclide_than_the_image_says_is_refused(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shared_data("lu177_spect_rtstruct_umich")
    one = next(p for p in folder.rglob("SCAN_001") if p.is_dir())
    done = asked(one, "--nuclide", "Y90", "--out", tmp_path / "dose.nii.gz")
    assert (done.exit_code, "must be what the image says, Lu-177, but is Y-90" in done.stderr) == (1, True)
    both = asked(folder, "--out", tmp_path / "dose.nii.gz")
    assert (both.exit_code, "expected one emission image" in both.stderr) == (1, True)
    assert not list(tmp_path.iterdir())
