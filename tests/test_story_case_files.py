"""Door to door: what lies in a case's folder in an unusual way, to the written report and back."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid
from typer.testing import CliRunner

from yttria.app.cli.root import app
from yttria.io.volumes.volume import write_volume
from yttria.values.grid import Grid

CLASSES = {"CT": "1.2.840.10008.5.1.4.1.1.2", "NM": "1.2.840.10008.5.1.4.1.1.20", "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3"}  # fmt: skip
ORIGIN, EDGE, SHAPE = (-75.0, -75.0, 0.0), 6.0, (24, 26, 26)
BOXES = {  # z, y, x: from, to
    "Liver": ((2, 12), (4, 16), (4, 18)),
    "Perfused": ((2, 12), (4, 16), (4, 12)),
    "Tumour 1": ((4, 8), (6, 10), (6, 10)),
    "Tumour 2": ((8, 10), (11, 13), (9, 11)),
    "Lung_R": ((13, 22), (4, 22), (2, 11)),
    "Lung_L": ((13, 22), (4, 22), (15, 24)),
}
COUNTS = {"Lung_R": 6, "Lung_L": 6, "Liver": 4, "Perfused": 200, "Tumour 1": 1000, "Tumour 2": 800}
ML = {name: np.prod([b - a for a, b in box]) * EDGE**3 / 1000 for name, box in BOXES.items()}


def begin(kind: str, name: str, patient: str = "P1") -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CLASSES[kind])
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[kind, name])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality, ds.PatientID, ds.PatientName, ds.PatientSex, ds.PatientBirthDate = kind, patient, "Made^Up", "O", ""
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = "20260302"
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = "100000.123"
    ds.StudyInstanceUID, ds.FrameOfReferenceUID = generate_uid(entropy_srcs=["study"]), generate_uid(entropy_srcs=["f"])
    ds.SeriesInstanceUID, ds.SeriesDescription = generate_uid(entropy_srcs=["series", kind]), f"the {kind.lower()}"
    return ds


def pixels(ds: Dataset, array: NDArray[Any]) -> None:
    ds.Rows, ds.Columns = array.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, int(array.dtype.kind == "i")
    ds.PixelSpacing, ds.SliceThickness = [EDGE, EDGE], EDGE
    ds.PixelData = array.tobytes()


def filled(values: dict[str, float], rest: float, dtype: type) -> NDArray[Any]:
    array: NDArray[Any] = np.full(SHAPE, rest, dtype)
    for name, value in values.items():
        array[tuple(slice(a, b) for a, b in BOXES[name])] = value
    return array


def mask(name: str) -> NDArray[np.uint8]:
    return filled({name: 1}, 0, np.uint8)


def outline(name: str) -> list[list[float]]:
    (z0, z1), (y0, y1), (x0, x1) = BOXES[name]
    x, y = ([ORIGIN[a] + EDGE * (i - 0.5) for i in ends] for a, ends in ((0, (x0, x1)), (1, (y0, y1))))
    return [
        [x[0], y[0], EDGE * z, x[1], y[0], EDGE * z, x[1], y[1], EDGE * z, x[0], y[1], EDGE * z] for z in range(z0, z1)
    ]


def item(**tags: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def write_ct(folder: Path, *, patient: str = "P1", name: str = "", **tags: Any) -> None:
    air_and_organs = {"Lung_R": -750.0, "Lung_L": -750.0, "Liver": 55.0}
    for k, plane in enumerate(filled(air_and_organs, 40, np.int16)):
        ds = begin("CT", f"{name}{k}", patient)
        pixels(ds, plane)
        ds.PatientPosition, ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "HFS", 1, 0, "HU"
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient = [ORIGIN[0], ORIGIN[1], EDGE * k]
        ds.InstanceNumber = k + 1
        for keyword, value in tags.items():
            setattr(ds, keyword, value)
        folder.mkdir(parents=True, exist_ok=True)
        ds.save_as(folder / f"ct{name}{k:02d}.dcm", enforce_file_format=True)


def write_spect(path: Path) -> None:
    ds = begin("NM", "spect")
    pixels(ds, filled({k: float(v) for k, v in COUNTS.items()}, 0, np.uint16))
    ds.NumberOfFrames, ds.ImageType = SHAPE[0], ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    ds.SpacingBetweenSlices, ds.CorrectedImage = EDGE, ["ATTN", "SCAT"]
    ds.DetectorInformationSequence = [
        item(ImagePositionPatient=list(ORIGIN), ImageOrientationPatient=[1, 0, 0, 0, 1, 0])
    ]
    tc = item(CodeValue="72454006", CodingSchemeDesignator="SCT", CodeMeaning="^99m^Technetium")
    ds.RadiopharmaceuticalInformationSequence = [item(RadionuclideCodeSequence=[tc])]
    ds.save_as(path, enforce_file_format=True)


def write_structures(path: Path, names: tuple[str, ...] = tuple(BOXES), patient: str = "P1") -> None:
    ds = begin("RTSTRUCT", "set", patient)
    ds.StructureSetLabel = "SET"
    numbered = list(enumerate(names, 1))
    ds.StructureSetROISequence = [
        item(ROINumber=n, ROIName=name, ReferencedFrameOfReferenceUID=ds.FrameOfReferenceUID) for n, name in numbered
    ]
    ds.ROIContourSequence = [
        item(ReferencedROINumber=n, ContourSequence=[item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=4, ContourData=c) for c in outline(name)])
        for n, name in numbered
    ]  # fmt: skip
    ds.save_as(path, enforce_file_format=True)


def make(folder: Path, words: str = "", *, ct_of: str = "P1", drawn: tuple[str, ...] = tuple(BOXES)) -> Path:
    """Write a small patient, every structure whole voxels of 6 mm, and its case.toml."""
    write_ct(folder / "dicom" / "ct", patient=ct_of)
    write_spect(folder / "dicom" / "spect.dcm")
    write_structures(folder / "dicom" / "set.dcm", drawn)
    (folder / "case.toml").write_text(f'[case]\npath = "dicom"\n{words}', encoding="utf-8")
    return folder


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(w) for w in words])


def planned(case: Path) -> dict[str, Any]:
    """Plan a case with everything that is written, and read the plan back; its page must tell every finding."""
    done = run("plan", case, "--out", case / "plan")
    assert done.exit_code == 0, done.stderr
    plan: dict[str, Any] = json.loads((case / "plan" / "plan.json").read_text(encoding="utf-8"))
    assert (case / "plan" / "report.pdf").stat().st_size > 0
    return plan


def told(plan: dict[str, Any], code: str) -> list[str]:
    return [f["message"] for f in plan["findings"] if f["code"] == code]


def page(case: Path) -> str:
    return (case / "plan" / "report.html").read_text(encoding="utf-8")


def numbers(plan: dict[str, Any]) -> Any:
    result = plan["result"]
    return {key: result[key] for key in ("volumes", "per_gbq", "lung_shunt", "hepatic_reserve_fraction", "recommended")}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the numbers of the patient without a fault."""
    found = numbers(planned(make(tmp_path_factory.mktemp("clean"))))
    assert {r: found["volumes"][r]["ml"] for r in ("liver", "perfused", "tumour-1", "tumour-2", "lungs")} == pytest.approx(
        {"liver": ML["Liver"], "perfused": ML["Perfused"], "tumour-1": ML["Tumour 1"], "tumour-2": ML["Tumour 2"], "lungs": 2 * ML["Lung_R"]},
        rel=1e-3,
    )  # fmt: skip
    return found


def test_a_copied_folder_changes_no_number_and_the_report_says_that_it_lies_there(tmp_path: Path, clean: Any) -> None:
    case = make(tmp_path / "case")
    shutil.copytree(case / "dicom", case / "dicom" / "copy of it")
    plan = planned(case)
    assert numbers(plan) == clean
    (message,) = told(plan, "copies")
    assert message.startswith("26 files are copies of others here")
    assert "26 files are copies of others here" in page(case)


def test_two_patient_ids_are_refused_until_a_person_states_in_writing_that_they_are_one(
    tmp_path: Path, clean: Any
) -> None:
    case = make(tmp_path / "case", ct_of="0P1")
    done = run("plan", case)
    assert done.exit_code == 1
    assert (
        "2 patient IDs are there; keep the files of one patient, or, where they are, write in case.toml:\n[patient]\nsame = true"
        in done.stderr
    )
    assert "0P1" not in done.stderr
    (case / "case.toml").write_text((case / "case.toml").read_text() + '[patient]\nsame = true\nby = "A. Physicist"\n')
    plan = planned(case)
    assert numbers(plan) == clean
    (message,) = told(plan, "identity-said-same")
    assert "taken to be of one patient because that is stated (A. Physicist)" in message
    assert "because that is stated (A. Physicist)" in page(case)
    found = json.loads(run("inspect", case, "--json").stdout)
    assert "they are taken to be of one because case.toml says so (A. Physicist)" in told(found, "several-patients")[0]


def test_doors_without_a_case_take_the_statement_of_one_patient_as_an_option(tmp_path: Path) -> None:
    case = make(tmp_path / "case", ct_of="another")
    into = ("--like", case / "dicom" / "ct", "--to", "seg", "--out", tmp_path / "s.dcm", "--only", "Liver", "--json")
    done = run("convert", case / "dicom" / "set.dcm", *into)
    assert (done.exit_code, "--same-patient" in done.stderr, "another" in done.stderr) == (1, True, False)
    done = run("convert", case / "dicom" / "set.dcm", *into, "--same-patient", "A. Physicist")
    assert done.exit_code == 0, done.stderr
    assert told(json.loads(done.stdout), "identity-said-same")
    assert pydicom.dcmread(tmp_path / "s.dcm").PatientID == "another"  # the image says whose it becomes


def test_two_phases_in_one_series_are_refused_until_the_case_names_one(tmp_path: Path, clean: Any) -> None:
    case = make(tmp_path / "case")
    write_ct(case / "dicom" / "ct", name="later", AcquisitionNumber=2, AcquisitionTime="101500", RescaleIntercept=30)
    done = run("plan", case)
    assert done.exit_code == 1
    assert "2 phases: 1 (acquired 2026-03-02 10:00:00, 24 slices); 2 (AcquisitionNumber 2, acquired" in done.stderr
    assert '[phases]\n"the ct" = 1' in done.stderr
    words = (case / "case.toml").read_text()
    (case / "case.toml").write_text(words + '[phases]\n"the ct" = 1\n')
    plan = planned(case)
    assert numbers(plan) == clean
    assert "phase 1 of 2 is used, as case.toml says" in told(plan, "phase-chosen")[0]
    assert "slices-left-out" not in {f["code"] for f in plan["findings"]}
    (case / "case.toml").write_text(words + '[phases]\n"THE CT" = 10:15:00\n')
    heavier = planned(case)["result"]["volumes"]["liver"]["mass_kg"]
    assert heavier > clean["volumes"]["liver"]["mass_kg"] * 1.003  # 30 HU denser
    (case / "case.toml").write_text(words + '[phases]\n"the cd" = 1\n')
    done = run("plan", case)
    assert done.exit_code == 1
    assert '[phases] names "the cd", but no series here is called so; nearest are: "the ct"' in done.stderr


def test_every_door_meets_two_phases_with_how_to_choose_or_takes_the_file_of_one(tmp_path: Path) -> None:
    case = make(tmp_path / "case")
    write_ct(case / "dicom" / "ct", name="later", AcquisitionNumber=2, AcquisitionTime="101500")
    (ct,) = (s for s in json.loads(run("inspect", case, "--json").stdout)["result"]["series"] if s["modality"] == "CT")
    assert (ct["usable"], ct["files"]) == (False, 48)
    assert '[phases] "the ct" = 1' in ct["reasons"][0].replace("\n", " ")
    into = ("--to", "labels", "--out", case / "l.nii.gz", "--json", "--only", "Liver")
    assert "holds 2 phases" in run("convert", case / "dicom" / "set.dcm", "--like", case / "dicom" / "ct", *into).stderr
    done = run("convert", case / "dicom" / "set.dcm", "--like", case / "dicom" / "ct" / "ctlater03.dcm", *into)
    assert json.loads(done.stdout)["result"]["shape_zyx"] == list(SHAPE)
    with pydicom.dcmread(case / "dicom" / "ct" / "ctlater03.dcm") as ds:
        assert ds.AcquisitionNumber == 2


def write_mask(path: Path, name: str) -> None:
    write_volume(path, Grid.aligned(SHAPE, spacing_zyx_mm=(EDGE,) * 3, origin_lps_mm=ORIGIN), mask(name))


def test_a_tumour_file_beside_drawn_tumours_loses_none_and_the_report_tells_of_each(tmp_path: Path, clean: Any) -> None:
    case = make(tmp_path / "case", '[files]\ntumour-1 = "lesion.nii.gz"\n')
    write_mask(case / "lesion.nii.gz", "Tumour 1")
    plan = planned(case)
    volumes, per_gbq = plan["result"]["volumes"], plan["result"]["per_gbq"]
    for role in ("tumour", "tumour-1", "tumour-2", "normal-liver"):
        assert volumes[role]["ml"] == pytest.approx(clean["volumes"][role]["ml"], rel=1e-3)
    assert per_gbq == pytest.approx(clean["per_gbq"], rel=2e-3)
    assert '"Tumour 1" (13.8 mL) by "lesion" (13.8 mL)' in told(plan, "tumours-replaced")[0]
    assert '"Tumour 2" (1.7 mL)' in told(plan, "tumours-beside-files")[0]
    assert "tumours stay beside those of [files]" in page(case)


def test_a_name_with_two_roles_plays_both_in_the_plan(tmp_path: Path, clean: Any) -> None:
    drawn = tuple(name for name in BOXES if name != "Perfused")
    case = make(tmp_path / "case", '[roles]\n"Tumour 1" = ["tumour", "perfused"]\n', drawn=drawn)
    volumes = planned(case)["result"]["volumes"]
    assert volumes["perfused"]["ml"] == pytest.approx(ML["Tumour 1"], rel=1e-3)
    assert volumes["tumour"]["ml"] == pytest.approx(clean["volumes"]["tumour"]["ml"], rel=1e-3)


def test_segments_of_3d_slicer_and_scaled_masks_plan_as_what_is_drawn_does(tmp_path: Path, clean: Any) -> None:
    names = ("Liver", "Perfused", "Tumour 1", "Tumour 2")
    words = "".join(f"{key} = {where}\n" for key, where in (
        ("liver", '"a.seg.nrrd#Liver"'), ("perfused", '"a.seg.nrrd#perfused"'), ("tumour", '["a.seg.nrrd#Tumour 1", "two.nii.gz"]'),
    ))  # fmt: skip
    case = make(tmp_path / "case", f"[files]\n{words}", drawn=("Lung_R", "Lung_L"))
    stack = np.stack([mask(name) for name in names], axis=-1)
    sizes = " ".join(str(n) for n in (len(names), *SHAPE[::-1]))
    head = (
        f"NRRD0004\ntype: uint8\ndimension: 4\nspace: left-posterior-superior\nsizes: {sizes}\nkinds: list domain domain domain\nencoding: raw\n"
        f"space directions: none ({EDGE},0,0) (0,{EDGE},0) (0,0,{EDGE})\nspace origin: ({','.join(str(v) for v in ORIGIN)})\n"
    )
    said = "".join(
        f"Segment{n}_Name:={name}\nSegment{n}_LabelValue:=1\nSegment{n}_Layer:={n}\n" for n, name in enumerate(names)
    )
    (case / "a.seg.nrrd").write_bytes(f"{head}{said}\n".encode() + stack.tobytes())
    scaled = mask("Tumour 2") * np.float32(1.00001526)
    scaled[0, 0, 0] = 7e-6  # as a scale factor leaves what was zero
    write_volume(case / "two.nii.gz", Grid.aligned(SHAPE, spacing_zyx_mm=(EDGE,) * 3, origin_lps_mm=ORIGIN), scaled)
    plan = planned(case)
    for role in ("liver", "perfused", "tumour", "tumour-1", "tumour-2"):
        assert plan["result"]["volumes"][role]["ml"] == pytest.approx(clean["volumes"][role]["ml"], rel=1e-3)
    assert plan["result"]["per_gbq"] == pytest.approx(clean["per_gbq"], rel=2e-3)
    assert "they are rounded" in told(plan, "labels-rounded")[0]


@pytest.mark.parametrize("kind", ["seg", "binary-seg"])
@pytest.mark.parametrize("upward", [True, False])
def test_a_segmentation_like_the_spect_lies_on_its_grid_and_names_it(tmp_path: Path, kind: str, upward: bool) -> None:
    case = make(tmp_path / "case")
    spect = case / "dicom" / "spect.dcm"
    ds = pydicom.dcmread(spect)
    if not upward:  # the same image, stored from the head to the feet
        ds.PixelData = np.ascontiguousarray(ds.pixel_array[::-1]).tobytes()
        ds.SpacingBetweenSlices = -EDGE
        ds.DetectorInformationSequence[0].ImagePositionPatient = [*ORIGIN[:2], ORIGIN[2] + EDGE * (SHAPE[0] - 1)]
        ds.save_as(spect)
    out = tmp_path / "s.dcm"
    done = run("convert", case / "dicom" / "set.dcm", "--like", spect, "--to", kind, "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    result = json.loads(done.stdout)["result"]
    assert (result["shape_zyx"], result["spacing_zyx_mm"]) == (list(SHAPE), [EDGE] * 3)
    assert {name: row["written_ml"] for name, row in result["structures"].items()} == pytest.approx(ML, rel=1e-3)
    assert max(row["moved_mm"] for row in result["structures"].values()) < 0.01
    written = pydicom.dcmread(out)
    (reference,) = written.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert (reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID) == (ds.SOPClassUID, ds.SOPInstanceUID)
    assert written.ReferencedSeriesSequence[0].SeriesInstanceUID == ds.SeriesInstanceUID
    assert written.FrameOfReferenceUID == ds.FrameOfReferenceUID
    (case / "dicom" / "set.dcm").unlink()
    shutil.copy(out, case / "dicom" / "seg.dcm")
    found = {
        s["name"]: s["volume_ml"] for s in json.loads(run("inspect", case, "--json").stdout)["result"]["structures"]
    }
    assert found == pytest.approx(ML, rel=1e-3)
