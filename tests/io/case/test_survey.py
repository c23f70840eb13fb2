"""io.survey: everything under a path, judged; a refusal is a reason, never an end."""

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from yttria.io.case.patient_case import read_patient_case
from yttria.io.case.survey import survey
from yttria.io.dicom.scan import scan
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError
from yttria.values.grid import Grid

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
CT = np.random.default_rng(1).integers(0, 2000, (4, 6, 7)).astype(np.int16)


def test_a_series_is_described_by_its_own_numbers(
    make_ct: Maker, make_pt: Maker, tmp_path: Path, frame_uid: str
) -> None:
    make_ct(tmp_path / "ct", CT)
    make_pt(tmp_path / "pt", CT.astype(np.uint16))
    ct, pt = survey(tmp_path).series
    assert (ct.modality, ct.unit, ct.files, ct.roles, ct.usable) == ("CT", "HU", 4, ["ct"], True)
    assert (ct.shape_zyx, ct.spacing_zyx_mm, ct.frame_uid) == ((4, 6, 7), (3.0, 0.8, 0.9), frame_uid)
    assert ct.affine_lps_mm == (
        (0.9, 0.0, 0.0, -10.0),
        (0.0, 0.8, 0.0, -20.0),
        (0.0, 0.0, 3.0, -30.0),
        (0.0, 0.0, 0.0, 1.0),
    )
    assert (ct.min, ct.max, ct.sum) == (int(CT.min()) - 1024, int(CT.max()) - 1024, int(CT.sum()) - 1024 * CT.size)
    assert (pt.unit, pt.nuclide, pt.reference_instant, pt.roles) == (
        "Bq/mL",
        "Y-90",
        "2026-03-01T09:00:00",
        ["emission"],
    )
    assert pt.sum == pytest.approx(2.5 * float(CT.sum()))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ImageOrientationPatient": None}, "six numbers"),
        ({"RescaleType": "OD"}, "must be in HU"),
        ({"RescaleSlope": ""}, "must state RescaleSlope"),
        ({"PixelData": b"\0\0"}, "decoded"),
    ],
)
def test_what_cannot_be_used_says_why_and_the_rest_is_still_told(
    make_ct: Maker, tmp_path: Path, absent: object, changes: dict[str, Any], says: str
) -> None:
    def each(ds: Any, k: int) -> None:
        for keyword, value in changes.items():
            if value is None:
                delattr(ds, keyword)

    make_ct(tmp_path / "ct", CT, each=each, **{k: v for k, v in changes.items() if v is not None})
    (entry,) = survey(tmp_path).series
    assert not entry.usable
    assert any(says in reason for reason in entry.reasons)
    assert entry.shape_zyx == (4, 6, 7)


def test_structures_have_volumes_centroids_and_roles(make_rtstruct: Maker, circle: Circle, tmp_path: Path) -> None:
    make_rtstruct(tmp_path / "s.dcm", {"Liver": [circle((5, 6), 20, 3.0 * k, points=720) for k in range(5)], "GTV": []})
    liver, empty = survey(tmp_path).structures
    assert (liver.set, liver.name, liver.role, liver.usable) == ("drawn", "Liver", "liver", True)
    assert liver.volume_ml == pytest.approx(np.pi * 400 * 15 / 1000, rel=1e-4)
    assert liver.centroid_lps_mm == pytest.approx((5, 6, 6), abs=1e-2)
    assert (empty.name, empty.role, empty.usable, empty.reasons) == (
        "GTV",
        "tumour",
        False,
        ["it has no contour"],
    )


def test_volumes_of_other_formats_are_listed(tmp_path: Path) -> None:
    grid = Grid.aligned((3, 4, 5), spacing_zyx_mm=(3, 2, 1), origin_lps_mm=(0, 0, 0))
    write_volume(tmp_path / "liver.nii.gz", grid, np.ones(grid.shape_zyx, np.uint8))
    (tmp_path / "bad.nrrd").write_text("NRRD0004\n")
    bad, liver = survey(tmp_path).series
    assert (liver.modality, liver.roles, liver.sum, liver.shape_zyx) == ("NIFTI", ["liver"], 60.0, (3, 4, 5))
    assert not bad.usable


def test_files_named_after_the_patient_are_not_named_and_numbers_belong_to_their_header(
    make_ct: Maker, tmp_path: Path
) -> None:
    folder = make_ct(tmp_path / "secret person", CT, SeriesDescription="")
    grid = Grid.aligned((3, 4, 5), spacing_zyx_mm=(1, 1, 1), origin_lps_mm=(0, 0, 0))
    write_volume(folder / "secret_liver.nii.gz", grid, np.ones((3, 4, 5), np.uint8))
    (folder / "map.mhd").write_text("nothing")
    (folder / "map.raw").write_bytes(b"12")
    found = survey(tmp_path)
    assert "secret" not in repr(found).lower().replace(str(tmp_path).lower(), "")
    ct = next(s for s in found.series if s.modality == "CT")
    assert ct.description == f"(name withheld) …{ct.uid[-6:]}"
    assert [i.why for i in found.ignored] == ["the numbers of its .mhd header"]


def test_the_whole_folder_is_judged(make_ct: Maker, make_tomo: Maker, tmp_path: Path) -> None:
    make_ct(tmp_path / "a", CT)
    make_ct(tmp_path / "b", CT, FrameOfReferenceUID="1.2.3", PatientID="SECRET-2")
    found = survey(tmp_path)
    assert found.patients == 2
    assert {f.code for f in found.findings} == {"several-patients", "several-ct", "several-frames", "no-emission"}
    make_tomo(tmp_path / "t.dcm", CT.astype(np.uint16), ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"])
    assert "projections that are not reconstructed" in survey(tmp_path / "t.dcm").series[0].reasons[0]


def test_progress_is_told(make_ct: Maker, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    survey(make_ct(tmp_path / "ct", CT), progress=lambda *words: seen.append(words))
    assert seen == [("headers", 0, 4), ("headers", 1, 4), ("headers", 2, 4), ("headers", 3, 4), ("series", 0, 1)]


def test_a_folder_of_nothing_says_so(tmp_path: Path) -> None:
    assert [f.message for f in survey(tmp_path).findings] == [
        "nothing is here: no image, structure or dose (the folder is empty)"
    ]
    (tmp_path / "notes.txt").write_text("nothing")
    assert survey(tmp_path).findings[0].message.endswith("(1 files were passed over)")


def test_rivals_are_called_so_that_roles_can_tell_them_apart(
    make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    rings = [circle((0, 0), 10, 3.0 * k) for k in range(3)]
    make_rtstruct(tmp_path / "a.dcm", {"Liver": rings, "Liver_2": rings}, StructureSetLabel="first")
    (told,) = (f.message for f in survey(tmp_path).findings if f.code == "several-liver")
    assert told.endswith('could be the liver: "Liver", "Liver_2"; choose in case.toml: [roles] "Liver" = "liver"')
    make_rtstruct(tmp_path / "b.dcm", {"Liver": rings}, StructureSetLabel="second")
    (told,) = (f.message for f in survey(tmp_path).findings if f.code == "several-liver")
    assert told.endswith('[roles] "first/Liver" = "liver"')
    make_rtstruct(tmp_path / "b.dcm", {"Liver": rings}, StructureSetLabel="first")
    found = survey(tmp_path)
    (told,) = (f.message for f in found.findings if f.code == "several-liver")
    assert told.endswith(f'[roles] "{found.structures[0].key}" = "liver"')
    assert len({s.key for s in found.structures}) == 3


def test_two_sets_of_one_label_are_told_apart_and_roles_takes_what_is_said(
    make_ct: Maker, make_tomo: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> None:
    stored = np.random.default_rng(2).integers(900, 1200, (20, 40, 40)).astype(np.int16)
    make_ct(tmp_path / "ct", stored, spacing=(3, 3, 3), origin=(-60, -60, -30))
    make_tomo(tmp_path / "t.dcm", np.ones((16, 30, 30), np.uint16), position=(-65, -65, -33))
    for name, day, radius in (("a", "20260301", 20), ("b", "20260302", 30)):
        rings = [circle((0, 0), radius, 3.0 * k) for k in range(3)]
        make_rtstruct(tmp_path / f"{name}.dcm", {"Liver": rings}, StructureSetDate=day, StructureSetTime="081500")
    found = survey(tmp_path)
    first, second = (s.set for s in found.structures)
    uids = [s.uid for s in scan(tmp_path).of("RTSTRUCT")]
    assert (first, second) == (
        f"drawn (2026-03-01 08:15, …{uids[0][-8:]})",
        f"drawn (2026-03-02 08:15, …{uids[1][-8:]})",
    )
    told = {f.code: f.message for f in found.findings}
    assert f'2 structure sets are called "drawn": {first}; {second}; where both hold' in told["sets-alike"]
    line = re.search(r'"([^"]+)" = "ignore"', told["sets-alike"])
    assert line
    (tmp_path / "case.toml").write_text(f'[roles]\n"{line[1]}" = "ignore"\n')
    (liver,) = read_patient_case(tmp_path).contours
    assert float(np.hypot(*liver.polygons[0][0, :2])) == pytest.approx(30)
    (tmp_path / "case.toml").write_text(f'[roles]\n"{found.structures[0].key}" = "liver"\n')
    (liver,) = read_patient_case(tmp_path).contours
    assert float(np.hypot(*liver.polygons[0][0, :2])) == pytest.approx(20)


def test_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="found nothing"):
        survey(tmp_path / "no")


def test_every_encoding_of_a_relative_dose_is_told_as_such(shared_data: Callable[[str], Path]) -> None:
    doses = survey(shared_data("rtdose_pydicom_variants")).doses
    assert {d.unit for d in doses} == {"relative"}
    assert not any(d.usable for d in doses)
    assert sorted({d.sum for d in doses if d.sum is not None}) == pytest.approx([doses[1].sum])


def test_segments_of_a_slicer_file_are_listed_with_the_words_of_files(tmp_path: Path) -> None:
    marks = np.zeros((3, 4, 5), np.uint8)
    marks[1, 1:3, 1:3] = 1
    head = (
        "NRRD0004\ntype: uint8\ndimension: 3\nspace: left-posterior-superior\nsizes: 5 4 3\n"
        "space directions: (10,0,0) (0,10,0) (0,0,10)\nspace origin: (0,0,0)\nencoding: raw\n"
        "Segment0_Name:=Liver\nSegment0_LabelValue:=1\nSegment1_Name:=Lesion\nSegment1_LabelValue:=2\n\n"
    )
    (tmp_path / "a.seg.nrrd").write_bytes(head.encode() + marks.tobytes())
    found = survey(tmp_path)
    liver, lesion = found.structures
    assert (liver.set, liver.name, liver.role, liver.volume_ml) == ("a.seg.nrrd", "Liver", "liver", 4.0)
    assert (liver.centroid_lps_mm, liver.key) == ((15.0, 15.0, 10.0), "a.seg.nrrd#Liver")
    assert (lesion.name, lesion.usable, lesion.reasons) == ("Lesion", False, ["no voxel in it"])
    assert "segments-in-a-volume" in {f.code for f in found.findings}


@pytest.mark.parametrize("modality", ["CT", "NM", "RTSTRUCT"])
def test_a_file_of_the_digital_patient_cut_at_any_byte_is_a_line_and_the_rest_is_told(
    digital_patient: Path, tmp_path: Path, modality: str
) -> None:
    """Cut each kind at some bytes of its header and at some of the whole file; the whole CT slices beside it are told each time."""
    series = [s for s in scan(digital_patient).series if s.modality in {modality, "CT"}]
    whole = next(s for s in series if s.modality == "CT").paths[:4]
    victim = next(s for s in series if s.modality == modality).paths[-1].read_bytes()
    for path in whole:
        shutil.copy(path, tmp_path)
    draw = random.Random(11)
    for at in [*(draw.randrange(3000) for _ in range(6)), *(draw.randrange(len(victim)) for _ in range(4))]:
        (tmp_path / "x_cut.dcm").write_bytes(victim[:at])
        found = survey(tmp_path)
        assert any(s.modality == "CT" and s.files >= 4 for s in found.series)


def test_what_is_ignored_is_shown_by_a_number_and_its_ending(tmp_path: Path) -> None:
    for name in ("Wrenfield.PDF", "Wrenfield", "a.Wrenfield"):
        (tmp_path / name).write_text("x")
    assert [i.name for i in survey(tmp_path).ignored] == ["file 1", "file 2 (.pdf)", "file 3"]


@pytest.mark.parametrize(
    ("patient", "drawn", "called"),
    [
        ("Wrenfield^Odalys", "Liver WRENFIELD", "Liver …"),
        ("Wrenfield^Odalys", "odalys-wrenfield tumour", "…-… tumour"),
        ("Liver^Phantom", "Liver", "Liver"),
        ("Boost^Breast", "Breast", "Breast"),
        ("Wrenfield^Breast", "Breast of Wrenfield", "Breast of …"),
    ],
)
def test_a_structure_is_told_without_its_patients_name_but_with_the_word_of_its_role(
    digital_patient: Path, tmp_path: Path, patient: str, drawn: str, called: str
) -> None:
    source = next(s for s in scan(digital_patient).series if s.modality == "RTSTRUCT").first.path
    dataset = pydicom.dcmread(source)
    dataset.PatientName = patient
    dataset.StructureSetROISequence[0].ROIName = drawn
    dataset.ROIContourSequence[0].ContourSequence[0].ContourData[2] += 9  # out of its plane, so that a finding names it
    dataset.save_as(tmp_path / "s.dcm")
    found = survey(tmp_path)
    told = [
        *(s.name for s in found.structures),
        *(s.key for s in found.structures),
        *(f.message for f in found.findings),
    ]
    assert called in [s.name for s in found.structures]
    assert any(called in f.message for f in found.findings)
    assert not re.search("wrenfield|odalys", " ".join(told), re.IGNORECASE)
