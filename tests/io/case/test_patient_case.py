"""io.patient_case: a folder or case.toml to a case where everything has a role, or one clear refusal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from yttria.io.case.patient_case import read_patient_case
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import GeometryError, IntakeError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap

Circle = Callable[..., NDArray[np.float64]]
Maker = Callable[..., Path]
Patient = Callable[..., Path]


def test_a_folder_of_dicom_becomes_a_case_with_all_its_roles(patient: Patient) -> None:
    case = read_patient_case(patient())
    assert isinstance(case.emission, CountMap)
    assert case.ct is not None
    assert case.planar is not None
    assert [(c.name, c.role) for c in case.contours] == [
        ("Liver", "liver"),
        ("Perfused volume", "perfused"),
        ("GTV 1", "tumour"),
        ("GTV 2", "tumour"),
        ("Lung_L", "lungs"),
        ("Lung_R", "lungs"),
    ]
    assert case.choices.calibration == "relative"
    assert [r.role for r in case.inputs] == ["emission", "ct", "planar", "structures"]
    assert [r.files for r in case.inputs] == [1, 20, 1, 1]
    assert all(len(r.sha256) == 64 for r in case.inputs)


def test_reading_twice_gives_the_same_records(patient: Patient) -> None:
    folder = patient()
    assert read_patient_case(folder).inputs == read_patient_case(folder / ".." / "study").inputs


def test_nothing_of_the_person_is_in_what_a_report_prints(patient: Patient) -> None:
    case = read_patient_case(patient())
    shown = repr((case.name, case.inputs, case.findings, case.identity, case))
    assert "Secret" not in shown
    assert "SECRET" not in shown
    assert case.identity.patient_id == "SECRET-1"
    assert len(case.identity.ct_sop_uids) == 20


def test_a_folder_named_after_the_person_does_not_name_the_case(patient: Patient) -> None:
    folder = patient()
    assert read_patient_case(folder).name == "study"
    named = folder.parent / "Secret_2026"
    folder.rename(named)
    assert read_patient_case(named).name == "case"


def test_the_case_file_overrides_roles_and_names_the_index_lesion(patient: Patient) -> None:
    words = '[roles]\n"Spleen" = "perfused"\n"GTV 2" = "index"\n"GTV 1" = "ignore"\n'
    case = read_patient_case(patient(words=words))
    assert [(c.name, c.role) for c in case.contours if c.role in {"perfused", "tumour"}] == [
        ("GTV 2", "tumour"),
        ("Spleen", "perfused"),
    ]
    assert case.index_tumour == "GTV 2"


def test_files_fill_roles_in_place_of_contours(patient: Patient, tmp_path: Path) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    mask = np.zeros(grid.shape_zyx, np.uint8)
    mask[5:15, 10:30, 10:30] = 1
    folder = patient(words='[files]\nliver = "liver.nii.gz"\n')
    write_volume(folder / "liver.nii.gz", grid, mask)
    case = read_patient_case(folder)
    assert [(v.name, v.role) for v in case.volumes] == [("liver", "liver")]
    assert "liver" not in {c.role for c in case.contours}


def test_one_volume_that_files_name_twice_counts_once_and_keeps_the_name_of_the_index(
    patient: Patient,
) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    mask = np.zeros(grid.shape_zyx, np.uint8)
    mask[5:8, 30:35, 10:20] = 1
    words = '[files]\ntumour = ["a.nrrd", "a.nrrd", "b.nrrd"]\ntumour-1 = "a.nrrd"\nperfused = ["a.nrrd"]\n'
    folder = patient(words=words + '[roles]\n"b" = "index"\n')
    write_volume(folder / "a.nrrd", grid, mask)
    write_volume(folder / "b.nrrd", grid, mask)
    case = read_patient_case(folder)
    assert [(v.name, v.role) for v in case.volumes] == [("a", "perfused"), ("b", "tumour")]
    assert case.index_tumour == "b"
    assert [f.message for f in case.findings if f.code == "file-twice"] == [
        '[files] names one volume twice as tumour: "a.nrrd" and "a.nrrd"; it counts once',
        '[files] names one volume twice as tumour: "a.nrrd" and "b.nrrd"; it counts once',
    ]


def test_roles_of_a_volume_of_files_are_stated_under_files(patient: Patient) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    folder = patient(words='[files]\ntumour-1 = "a.nrrd"\n[roles]\n"tumour-1" = ["tumour", "perfused"]\n')
    write_volume(folder / "a.nrrd", grid, np.ones(grid.shape_zyx, np.uint8))
    with pytest.raises(
        IntakeError, match=r'can call "tumour-1" of \[files\] the index lesion only, but says perfused, tumour'
    ):
        read_patient_case(folder)


def test_volumes_alone_make_a_case(tmp_path: Path) -> None:
    grid = Grid.aligned((10, 20, 20), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    mask = np.zeros(grid.shape_zyx, np.uint8)
    mask[2:8, 5:15, 5:15] = 1
    write_volume(tmp_path / "spect.nii.gz", grid, np.ones(grid.shape_zyx, np.float32))
    write_volume(tmp_path / "ct.nrrd", grid, np.zeros(grid.shape_zyx, np.int16))
    write_volume(tmp_path / "liver.mha", grid, mask)
    words = '[files]\nemission = "spect.nii.gz"\nct = "ct.nrrd"\nliver = "liver.mha"\ntumour = { "A" = "liver.mha" }\n[emission]\nunit = "{}"\n'
    (tmp_path / "case.toml").write_text(words.replace("{}", "counts"))
    case = read_patient_case(tmp_path / "case.toml")
    assert isinstance(case.emission, CountMap)
    assert [(v.name, v.role) for v in case.volumes] == [("liver", "liver"), ("A", "tumour")]
    (tmp_path / "case.toml").write_text(words.replace("{}", "Bq/mL"))
    assert isinstance(read_patient_case(tmp_path).emission, ActivityMap)
    (tmp_path / "case.toml").write_text(words.partition("[emission]")[0])
    with pytest.raises(IntakeError, match=r"must have a unit, but \[emission\] unit is absent"):
        read_patient_case(tmp_path)


def _drop(folder: Path, name: str) -> None:
    (folder / name).unlink()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two livers": (
        {"names": {"Liver": 40.0, "Foie": 39.0, "GTV": 9.0}},
        r'must be the liver, but 2 could be: "Liver", "Foie"',
    ),
    "no liver": ({"names": {"GTV": 9.0}}, "needs the whole liver, but no structure is it"),
    "a role of nothing": (
        {"words": '[roles]\n"Livr" = "liver"\n'},
        'names "Livr", but nothing here is called so; nearest are: "Liver"',
    ),
    "a role unheard of": ({"words": '[roles]\n"Liver" = "lever"\n'}, "must be one of liver, perfused"),
    "a percentage": ({"words": "[shunt]\nfraction = 5\n"}, "must be a fraction from 0 to 1, but is 5"),
    "another patient": ({"tomo": {"PatientID": "SECRET-2"}}, "must be of one patient, but 2 patient IDs are there"),
    "another frame": ({"tomo": {"FrameOfReferenceUID": "1.2.3"}}, "lie in one frame of reference"),
    "structures elsewhere": ({"rtstruct": {"frame": "1.2.3"}}, "every structure set lies in another"),
    "projections": (
        {"tomo": {"ImageType": ["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]}},
        r"expected an emission image .*found CT, NM TOMO, NM WHOLE BODY, RTSTRUCT",
    ),
    "a far structure": ({"names": {"Liver": 40.0, "GTV": 1e-6}, "rtstruct": {}}, ""),
    "a file of nothing": ({"words": '[files]\nliver = "no.nii.gz"\n'}, "nothing is at no.nii.gz"),
    "an unknown series": ({"words": '[roles]\n"portal phase" = "ct"\n'}, 'names "portal phase", but nothing here'),
}


@pytest.mark.parametrize("fault", [k for k, v in REFUSED.items() if v[1]])
def test_a_case_with_a_fault_is_refused_with_one_message_that_names_nobody(patient: Patient, fault: str) -> None:
    words, says = REFUSED[fault]
    with pytest.raises(YttriaError, match=says) as told:
        read_patient_case(patient(**words))
    assert "secret" not in str(told.value).lower()


def test_a_structure_outside_the_images_is_refused_and_one_that_sticks_out_is_doubted(
    patient: Patient, make_rtstruct: Maker, circle: Circle
) -> None:
    folder = patient()
    make_rtstruct(folder / "rtss.dcm", {"Liver": [circle((500, 0), 20, 3.0 * k) for k in range(4)]})
    with pytest.raises(GeometryError, match='structure "Liver" must lie in the emission image, but lies outside it'):
        read_patient_case(folder)
    make_rtstruct(folder / "rtss.dcm", {"Liver": [circle((55, 0), 20, 3.0 * k) for k in range(4)]})
    assert "sticks-out" in {f.code for f in read_patient_case(folder).findings}


def test_studies_far_apart_and_names_that_differ_are_doubts(patient: Patient) -> None:
    case = read_patient_case(patient(tomo={"StudyDate": "20260701", "PatientName": "Other^Name"}))
    assert {"studies-apart", "identity-differs"} <= {f.code for f in case.findings}


def _of(slice_: int, **tags: str) -> dict[str, Any]:
    """Return the making of a CT of which one slice says that it is of somebody else."""

    def each(ds: Any, k: int) -> None:
        for keyword, value in tags.items() if k == slice_ else ():
            setattr(ds, keyword, value)

    return {"each": each}


@pytest.mark.parametrize("at", [0, 7, 19])
def test_one_slice_of_another_patient_is_refused(patient: Patient, at: int) -> None:
    with pytest.raises(IntakeError, match="of one patient, but 2 patient IDs are there") as told:
        read_patient_case(patient(ct=_of(at, PatientID="SECRET-2")))
    assert "secret" not in str(told.value).lower()


def test_a_mask_of_another_patient_is_refused(make_ct: Maker, patient: Patient) -> None:
    mask = np.zeros((20, 40, 40), np.int16)
    mask[5:15, 10:30, 10:30] = 255
    folder = patient(words='[files]\nliver = "masks"\n')
    make_ct(
        folder / "masks", mask, spacing=(3, 3, 3), origin=(-60, -60, -30), RescaleIntercept=0, **_of(3, PatientID="2")
    )
    with pytest.raises(IntakeError, match="of one patient, but 2 patient IDs are there"):
        read_patient_case(folder)


def test_a_file_without_id_is_a_doubt_and_of_another_name_or_birth_date_a_refusal(patient: Patient) -> None:
    assert "identity-absent" in {f.code for f in read_patient_case(patient(ct=_of(7, PatientID=""))).findings}
    for other in ({"PatientName": "Secret^Sister"}, {"PatientBirthDate": "19510101"}):
        with pytest.raises(IntakeError, match="without patient ID carry another name or birth date") as told:
            read_patient_case(patient(ct=_of(7, PatientID="", **other)))
        assert "secret" not in str(told.value).lower()


def test_where_no_file_has_an_id_names_must_agree(patient: Patient) -> None:
    nobody = {kind: {"PatientID": ""} for kind in ("ct", "planar", "rtstruct")}
    assert not [
        f for f in read_patient_case(patient(**nobody, tomo={"PatientID": ""})).findings if "identity" in f.code
    ]
    with pytest.raises(IntakeError, match="without patient ID carry another name or birth date"):
        read_patient_case(patient(**nobody, tomo={"PatientID": "", "PatientName": "Other^Name"}))


def test_an_empty_structure_that_plays_a_role_is_refused_until_the_case_ignores_it(
    patient: Patient, make_rtstruct: Maker, circle: Circle
) -> None:
    folder = patient()
    make_rtstruct(folder / "rtss.dcm", {"Liver": [circle((0, 0), 20, 3.0 * k) for k in range(4)], "GTV 3": []})
    with pytest.raises(IntakeError, match='structure "GTV 3" must be drawn to be the tumour'):
        read_patient_case(folder)
    (folder / "case.toml").write_text('[roles]\n"GTV 3" = "ignore"\n')
    assert [c.name for c in read_patient_case(folder).contours] == ["Liver"]


def test_tumours_may_be_numbered_beside_a_list_and_one_be_the_index(patient: Patient) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    labels = np.zeros(grid.shape_zyx, np.uint8)
    labels[5:8, 10:20, 10:20], labels[5:8, 25:30, 25:30], labels[10:12, 25:30, 25:30] = 1, 2, 3
    words = '[files]\ntumour-1 = "seg.nrrd#2"\ntumour-2 = "seg.nrrd#1"\ntumour = ["seg.nrrd#3"]\n'
    folder = patient(words=words + '[roles]\n"tumour-1" = "index"\n')
    write_volume(folder / "seg.nrrd", grid, labels)
    case = read_patient_case(folder)
    assert [(v.name, v.role) for v in case.volumes] == [
        ("seg#2", "tumour"),
        ("seg#1", "tumour"),
        ("seg#3", "tumour"),
    ]
    assert case.index_tumour == "seg#2"
    assert [c.name for c in case.contours if c.role == "tumour"] == ["GTV 1", "GTV 2"]
    (told,) = (f for f in case.findings if f.code == "tumours-beside-files")
    assert told.message.startswith('drawn tumours stay beside those of [files]: "GTV 1" (')
    (folder / "case.toml").write_text(words + '[roles]\n"seg.nrrd#3" = "index"\n')
    assert read_patient_case(folder).index_tumour == "seg#3"
    (folder / "case.toml").write_text('[files]\ntumour-one = "seg.nrrd#2"\n')
    with pytest.raises(IntakeError, match="tumour-one is not known; did you mean tumour"):
        read_patient_case(folder)
    (folder / "case.toml").write_text('[files]\nnormal-liver = "seg.nrrd#2"\n')
    with pytest.raises(IntakeError, match="normal-liver is not known: it is derived from liver, perfused and tumours"):
        read_patient_case(folder)


def test_every_tag_taken_away_ends_in_the_same_numbers_a_doubt_or_a_refusal(patient: Patient) -> None:
    folder = patient()
    whole = read_patient_case(folder)
    refusals: list[str] = []
    for name in ("spect.dcm", "rtss.dcm", "ct/0003.dcm", "planar.dcm"):
        kept = (folder / name).read_bytes()
        for element in list(pydicom.dcmread(folder / name)):
            ds = pydicom.dcmread(folder / name)
            del ds[element.tag]
            ds.save_as(folder / name)
            try:
                case = read_patient_case(folder)
            except YttriaError as error:
                refusals.append(str(error).lower())
            else:
                assert float(case.emission.total) == float(whole.emission.total), element.keyword
                assert case.emission.grid.affine_lps_mm == whole.emission.grid.affine_lps_mm, element.keyword
                assert case.ct is None or np.array_equal(case.ct.hu, whole.ct.hu), element.keyword  # type: ignore[union-attr]
            (folder / name).write_bytes(kept)
    assert len(refusals) > 20
    assert not [r for r in refusals if "secret" in r]


def test_a_real_liver_whose_masks_are_dicom_series_is_a_case(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("ircadb01_case17_liver")
    grid = Grid.aligned((50, 90, 90), spacing_zyx_mm=(4.4, 4.4, 4.4), origin_lps_mm=(-10, -10, -10))
    write_volume(tmp_path / "spect.nii.gz", grid, np.ones(grid.shape_zyx, np.float32))
    masks = folder / "MASKS_DICOM"
    (tmp_path / "case.toml").write_text(
        f'[case]\npath = "{folder / "PATIENT_DICOM"}"\n[files]\nliver = "{masks / "liver"}"\n'
        f'tumour = ["{masks / "livertumor1"}", "{masks / "livertumor2"}"]\nemission = "spect.nii.gz"\n[emission]\nunit = "counts"\n'
    )
    case = read_patient_case(tmp_path)
    assert case.ct is not None
    assert case.ct.grid.shape_zyx == (119, 512, 512)
    assert [(v.name, round(float(v.ml), 1)) for v in case.volumes] == [
        ("liver", 1860.6),
        ("livertumor1", 85.6),
        ("livertumor2", 78.6),
    ]
