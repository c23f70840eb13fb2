"""`yttria convert` as a person or a script meets it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.contract.conversion import ConvertResult
from yttria.io.dicom.ct import write_ct
from yttria.io.dicom.seg import read_seg
from yttria.io.volumes.volume import read_volume, write_volume
from yttria.values.grid import Grid
from yttria.values.maps import CtImage
from yttria.values.patient import PatientIdentity

FRAME = "1.2.3.4"
LUGGAGE = PatientIdentity(
    "Secret^Person", "SECRET-1", "19500101", "F", "1.2.3.5", "S1", "20260301", "080000", frame_uid=FRAME
)
GRID = Grid.aligned((10, 30, 40), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(-20, -15, 100), frame_uid=FRAME)


def asked(*words: object) -> Any:
    return CliRunner().invoke(app, ["convert", *(str(w) for w in words)])


@pytest.fixture
def ct(tmp_path: Path) -> Path:
    (tmp_path / "ct").mkdir()
    write_ct(tmp_path / "ct", CtImage(GRID, np.zeros(GRID.shape_zyx)), LUGGAGE, description="CT")
    return tmp_path / "ct"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    marked = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    marked[2:8, 5:25, 4:20], marked[2:8, 5:25, 20:36] = 5, 7
    write_volume(tmp_path / "labels.nii.gz", GRID, marked)
    return tmp_path / "labels.nii.gz"


def test_labels_become_a_segmentation_of_the_images_patient(ct: Path, labels: Path, tmp_path: Path) -> None:
    done = asked(labels, "--like", ct, "--to", "seg", "--out", tmp_path / "s.dcm", "--json")
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert ConvertResult.model_validate(result).model_dump() == result
    assert result["structures"]["5"] == {
        "drawn_ml": pytest.approx(5.76),
        "written_ml": pytest.approx(5.76),
        "moved_mm": pytest.approx(0, abs=1e-6),
        "label": None,
    }
    written = pydicom.dcmread(tmp_path / "s.dcm")
    assert (written.PatientID, written.FrameOfReferenceUID, written.SegmentationType) == ("SECRET-1", FRAME, "BINARY")
    slices = {h.SOPInstanceUID for h in (pydicom.dcmread(p) for p in ct.iterdir())}
    named = {i.ReferencedSOPInstanceUID for i in written.ReferencedSeriesSequence[0].ReferencedInstanceSequence}
    assert named == slices


def test_a_segmentation_becomes_contours_and_labels_without_an_image(ct: Path, labels: Path, tmp_path: Path) -> None:
    asked(labels, "--like", ct, "--to", "seg", "--out", tmp_path / "s.dcm")
    for words in (("--to", "rtstruct", "--out", tmp_path / "r.dcm"), ("--out", tmp_path / "back.nii.gz")):
        done = asked(tmp_path / "s.dcm", *words)
        assert done.exit_code == 0, done.stderr
    grid, back = read_volume(tmp_path / "back.nii.gz")
    assert np.unique(back).tolist() == [5, 7]
    corner = grid.points_of([np.argwhere(back == 5)[0][::-1]])[0]
    assert corner == pytest.approx(GRID.points_of([(4, 5, 2)])[0])
    assert pydicom.dcmread(tmp_path / "r.dcm").PatientID == "SECRET-1"


def test_a_person_reads_what_it_did_to_each_structure(ct: Path, labels: Path, tmp_path: Path) -> None:
    done = asked(labels, "--like", ct, "--to", "rtstruct", "--out", tmp_path / "r.dcm", "--only", "7")
    assert done.exit_code == 0, done.stderr
    head, columns, row = done.stdout.splitlines()
    assert head == "r.dcm: 1 structure as rtstruct"
    assert columns.split() == ["structure", "label", "mL", "drawn", "mL", "written", "mm", "moved"]
    assert row.split() == ["7", "—", "5.76", "5.76", "0.000"]
    assert all(len(line) <= 80 for line in (head, columns, row))


def test_what_changes_by_more_than_rounding_is_said(ct: Path, tmp_path: Path) -> None:
    fine = Grid.aligned((60, 60, 80), spacing_zyx_mm=(0.5, 0.5, 0.5), origin_lps_mm=(-20, -15, 100))
    marked = np.zeros(fine.shape_zyx, dtype=np.uint8)
    marked[19:26, 20:27, 20:25], marked[30, 40, 50] = 1, 2
    write_volume(tmp_path / "fine.nrrd", fine, marked)
    done = asked(tmp_path / "fine.nrrd", "--like", ct, "--out", tmp_path / "l.nii.gz", "--json")
    assert done.exit_code == 0, done.stderr
    codes = {f["code"] for f in json.loads(done.stdout)["findings"]}
    assert codes == {"structure-changed", "structure-lost"}
    shares = asked(tmp_path / "fine.nrrd", "--like", ct, "--to", "seg", "--out", tmp_path / "s.dcm")
    assert shares.exit_code == 0, shares.stderr
    faint = asked(tmp_path / "fine.nrrd", "--like", ct, "--out", tmp_path / "f.nii.gz", "--only", "2")
    assert "no structure fills that" in faint.stderr
    assert [round(float(v.ml), 4) for v in read_seg(tmp_path / "s.dcm")] == [0.0306, 0.0001]


def test_an_image_blanked_of_its_identity_gives_a_study_of_its_own(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "blank").mkdir()
    nobody = replace(LUGGAGE, patient_id="", patient_name="", study_uid="1.2.3.5")
    write_ct(tmp_path / "blank", CtImage(GRID, np.zeros(GRID.shape_zyx)), nobody, description="CT")
    for path in (tmp_path / "blank").iterdir():
        header = pydicom.dcmread(path)
        header.StudyInstanceUID = ""
        header.save_as(path)
    done = asked(labels, "--like", tmp_path / "blank", "--to", "rtstruct", "--out", tmp_path / "r.dcm")
    assert done.exit_code == 0, done.stderr
    assert "warning: neither structures nor image name a patient ID" in done.stderr
    assert pydicom.dcmread(tmp_path / "r.dcm").StudyInstanceUID.startswith("2.25.")


def test_what_cannot_be_is_refused_and_nothing_is_written(ct: Path, labels: Path, tmp_path: Path) -> None:
    asked(labels, "--like", ct, "--to", "seg", "--out", tmp_path / "s.dcm")
    asked(labels, "--like", ct, "--to", "rtstruct", "--out", tmp_path / "r.dcm")
    other = tmp_path / "other"
    other.mkdir()
    write_ct(other, CtImage(GRID, np.zeros(GRID.shape_zyx)), replace(LUGGAGE, patient_id="ANOTHER-2"), description="CT")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    apart = replace(GRID, frame_uid="1.2.9")
    write_ct(elsewhere, CtImage(apart, np.zeros(GRID.shape_zyx)), replace(LUGGAGE, frame_uid="1.2.9"), description="CT")
    nested = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    nested[3:6, 8:20, 8:30] = 1
    write_volume(tmp_path / "nested.nrrd", GRID, nested)
    out = tmp_path / "out.dcm"
    for words, message in (
        ((labels, "--to", "seg", "--out", out), "neither structures nor --like are DICOM"),
        (
            (labels, "--like", ct, "--out", out),
            "--to must be one of seg, binary-seg, rtstruct, labels, but is not said",
        ),
        ((labels, "--like", ct, "--to", "labels", "--out", out), "--out must be named .nii"),
        ((labels, "--like", ct, "--to", "seg", "--out", tmp_path / "o.nrrd"), "--out must be named .dcm"),
        ((labels, "--like", ct, "--to", "seg", "--out", tmp_path / "no" / "o.dcm"), "in a folder that is there"),
        ((tmp_path / "s.dcm", "--to", "rtstruct", "--out", tmp_path / "s.dcm"), "what is written must not be an input"),
        ((labels, "--like", ct, "--to", "seg", "--out", out, "--only", "liver"), "liver is none; there are 5, 7"),
        ((tmp_path / "r.dcm", "--to", "seg", "--out", out), "name the image that they were drawn on as --like"),
        ((tmp_path / "s.dcm", "--like", other, "--to", "rtstruct", "--out", out), "2 patient IDs are there"),
        ((tmp_path / "s.dcm", "--like", elsewhere, "--to", "rtstruct", "--out", out), "structures and image lie in 2"),
    ):
        done = asked(*words)
        assert (done.exit_code, message in done.stderr) == (1, True), (message, done.stderr)
        assert "SECRET" not in done.stderr + done.stdout
        assert not out.exists()
    assert not [p for p in tmp_path.iterdir() if "draft" in p.name]


def test_what_lies_outside_the_image_is_left_out_with_a_warning(ct: Path, labels: Path, tmp_path: Path) -> None:
    wide = Grid.aligned((10, 30, 140), spacing_zyx_mm=(3, 1, 1), origin_lps_mm=(-20, -15, 100))
    marked = np.zeros(wide.shape_zyx, dtype=np.uint8)
    marked[2:8, 5:25, 4:20], marked[2:8, 5:25, 100:120] = 1, 2
    write_volume(tmp_path / "wide.nrrd", wide, marked)
    for kind, name in (("seg", "s.dcm"), ("rtstruct", "r.dcm"), ("labels", "l.nrrd")):
        done = asked(tmp_path / "wide.nrrd", "--like", ct, "--to", kind, "--out", tmp_path / name, "--json")
        assert done.exit_code == 0, done.stderr
        answered = json.loads(done.stdout)
        assert list(answered["result"]["structures"]) == ["1"]
        assert [f["code"] for f in answered["findings"]] == ["structure-left-out"]
    only = asked(tmp_path / "wide.nrrd", "--like", ct, "--to", "seg", "--out", tmp_path / "o.dcm", "--only", "2")
    assert only.exit_code == 1
    assert "expected a structure that lies in the image, found none: 2 must lie in the image" in only.stderr


def test_labels_hold_no_overlap_but_a_segmentation_does(ct: Path, tmp_path: Path) -> None:
    for name, inside in (("a", np.s_[2:8, 5:25, 4:30]), ("b", np.s_[3:6, 8:20, 8:20])):
        marked = np.zeros(GRID.shape_zyx, dtype=np.uint8)
        marked[inside] = 1 if name == "a" else 2
        write_volume(tmp_path / f"{name}.nrrd", GRID, marked)
        (tmp_path / "both").mkdir(exist_ok=True)
        asked(tmp_path / f"{name}.nrrd", "--like", ct, "--to", "seg", "--out", tmp_path / "both" / f"{name}.dcm")
    refused = asked(tmp_path / "both", "--like", ct, "--out", tmp_path / "l.nii.gz")
    assert refused.exit_code == 1
    assert "labels cannot overlap, but 1 and 2 share 432 voxels" in refused.stderr
    done = asked(tmp_path / "both", "--like", ct, "--to", "seg", "--out", tmp_path / "all.dcm")
    assert done.exit_code == 0, done.stderr
    assert [v.name for v in read_seg(tmp_path / "all.dcm")] == ["1", "2"]
