"""io.patient_case: a folder or case.toml to a case where everything has a role, or one clear refusal."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from yttria.io.case.patient_case import read_patient_case
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import GeometryError, IntakeError, QuantityError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap

Maker = Callable[..., Path]
Circle = Callable[..., NDArray[np.float64]]
Patient = Callable[..., Path]


@pytest.fixture
def patient(
    make_ct: Maker, make_tomo: Maker, make_planar: Maker, make_rtstruct: Maker, circle: Circle, tmp_path: Path
) -> Patient:
    """Return a maker of a whole small patient: CT, SPECT, planar scan and structures in one folder."""

    def make(*, names: dict[str, float] | None = None, words: str = "", **changes: Any) -> Path:
        folder = tmp_path / "study"
        rng = np.random.default_rng(8)
        make_ct(
            folder / "ct",
            rng.integers(900, 1200, (20, 40, 40)).astype(np.int16),
            spacing=(3, 3, 3),
            origin=(-60, -60, -30),
            **changes.get("ct", {}),
        )
        make_tomo(
            folder / "spect.dcm",
            rng.integers(0, 50, (16, 30, 30)).astype(np.uint16),
            spacing=(4.4, 4.4, 4.4),
            position=(-65, -65, -33),
            **changes.get("tomo", {}),
        )
        make_planar(
            folder / "planar.dcm", rng.integers(0, 50, (2, 30, 30)).astype(np.uint16), **changes.get("planar", {})
        )
        drawn = names or {
            "Liver": 40.0,
            "Perfused volume": 30.0,
            "GTV 1": 12.0,
            "GTV 2": 6.0,
            "Lung_L": 8.0,
            "Lung_R": 8.0,
            "Spleen": 9.0,
        }
        polygons = {name: [circle((0, 0), radius, -15.0 + 3 * k) for k in range(8)] for name, radius in drawn.items()}
        make_rtstruct(folder / "rtss.dcm", polygons, **changes.get("rtstruct", {}))
        if words:
            (folder / "case.toml").write_text(words, encoding="utf-8")
        return folder

    return make


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


def test_masks_named_by_the_case_are_no_candidates_for_the_ct(make_ct: Maker, patient: Patient) -> None:
    mask = np.zeros((20, 40, 40), np.int16)
    mask[5:15, 10:30, 10:30] = 255
    folder = patient(words='[files]\nliver = "masks/liver"\n')
    make_ct(folder / "masks" / "liver", mask, spacing=(3, 3, 3), origin=(-60, -60, -30), RescaleIntercept=0)
    assert [v.role for v in read_patient_case(folder).volumes] == ["liver"]


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


def test_two_cts_are_refused_until_the_case_names_one(patient: Patient, make_ct: Maker) -> None:
    folder = patient()
    make_ct(folder / "late", np.full((20, 40, 40), 1024, np.int16), spacing=(3, 3, 3), origin=(-60, -60, -30))
    with pytest.raises(IntakeError, match=r"one series must be the ct, but 2 could be: .*choose in case.toml"):
        read_patient_case(folder)
    (folder / "case.toml").write_text('[roles]\n"late" = "ct"\n')
    ct = read_patient_case(folder).ct
    assert ct is not None
    assert int(ct.hu.max()) == 0


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


@pytest.mark.parametrize("sides", [(135.0, 315.0), (90.0, 270.0)])
def test_oblique_and_lateral_planar_images_play_no_part_with_a_warning(
    patient: Patient, sides: tuple[float, float]
) -> None:
    folder = patient(planar={"sides": sides})
    case = read_patient_case(folder)
    assert case.planar is None
    (told,) = [f.message for f in case.findings if f.code == "planar-views"]
    assert all(f"a view at {side:g}°" in told for side in sides)
    (folder / "case.toml").write_text('[roles]\n"planar" = "planar"\n')
    with pytest.raises(IntakeError, match="must hold an anterior and a posterior view"):
        read_patient_case(folder)


def test_without_ct_and_planar_a_case_still_stands(patient: Patient) -> None:
    folder = patient()
    shutil.rmtree(folder / "ct")
    (folder / "planar.dcm").unlink()
    case = read_patient_case(folder)
    assert case.ct is None
    assert case.planar is None


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


@pytest.mark.parametrize(
    ("value", "scheme", "shown"),
    [
        ("56609000", "SCT", "In-111"),
        ("447553000", "SCT", "Lu-177"),
        ("C-111A1", "SRT", "F-18"),
        ("72454006", "SCT", ""),
        ("14691008", "SCT", ""),
        ("C1943", "NCIt", ""),
    ],
)
def test_counts_of_a_nuclide_that_no_plan_stands_on_are_a_warning_that_names_it(
    patient: Patient, value: str, scheme: str, shown: str
) -> None:
    code, drug = Dataset(), Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, ""
    drug.RadionuclideCodeSequence = [code]
    findings = read_patient_case(patient(tomo={"RadiopharmaceuticalInformationSequence": [drug]})).findings
    told = [f.message for f in findings if f.code == "emission-nuclide"]
    assert len(told) == bool(shown)
    assert all(shown in message for message in told)


def test_a_90y_pet_scanned_as_18f_is_no_absolute_activity(patient: Patient, make_pt: Maker) -> None:
    folder = patient(words='[dose]\ncalibration = "absolute"\n')
    (folder / "spect.dcm").unlink()
    stored = np.random.default_rng(9).integers(0, 900, (30, 40, 40)).astype(np.uint16)
    make_pt(folder / "pt", stored, origin=(-80, -80, -45), half_life_s=6586.2, code=("C-111A1", "^18^Fluorine"))
    with pytest.raises(IntakeError, match=r"must be of Y-90, but its header says F-18.*\n\[emission\]\nnuclide"):
        read_patient_case(folder)
    (folder / "case.toml").unlink()
    assert "nuclide-differs" in {f.code for f in read_patient_case(folder).findings}
    words = '[dose]\ncalibration = "absolute"\n[emission]\nnuclide = "Y-90"\n'
    (folder / "case.toml").write_text(words)
    with pytest.raises(IntakeError, match=r"(?s)nuclide must be what the image says, F-18, but is Y-90; .*acquired_as"):
        read_patient_case(folder)
    (folder / "case.toml").write_text(words + 'acquired_as = "F-18"\nby = "me"\n')
    case = read_patient_case(folder)
    assert isinstance(case.emission, ActivityMap)
    assert case.emission.nuclide.name == "Y-90"
    assert "nuclide-differs" not in {f.code for f in case.findings}
    assert "acquired-as" in {f.code for f in case.findings}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ('acquired_as = "F-18"\nby = "me"', "needs nuclide, what was really imaged, but it is absent"),
        ('acquired_as = "F-18"\nnuclide = "Y-90"', "needs by, who confirmed it, but it is absent"),
        ("positron_fraction = 0.97", "belong to acquired_as, which is absent"),
        (
            'acquired_as = "F-18"\nnuclide = "Y-90"\nby = "me"',
            "corrects a PET in Bq/mL, but the emission image is another",
        ),
        ('nuclide = "Y-90"', "nuclide must be what the image says, Tc-99m, but is Y-90"),
    ],
)
def test_a_confirmation_that_is_not_whole_or_not_of_a_pet_is_refused(patient: Patient, words: str, says: str) -> None:
    with pytest.raises(IntakeError, match=says):
        read_patient_case(patient(words=f"[emission]\n{words}\n"))


def test_a_volume_has_no_times_to_correct_another_isotope_by(patient: Patient) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    words = (
        '[files]\nemission = "e.mha"\n[emission]\nunit = "Bq/mL"\nnuclide = "Y-90"\nacquired_as = "F-18"\nby = "me"\n'
    )
    folder = patient(words=words)
    write_volume(folder / "e.mha", grid, np.ones(grid.shape_zyx, np.float32))
    with pytest.raises(IntakeError, match=r"needs the times of each slice, which e\.mha does not hold"):
        read_patient_case(folder)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("unit", ["counts", "Bq/mL"])
def test_negative_voxels_of_a_volume_are_zero_and_said_and_many_are_refused(
    patient: Patient, suffix: str, unit: str
) -> None:
    grid = Grid.aligned((20, 40, 40), spacing_zyx_mm=(3, 3, 3), origin_lps_mm=(-60, -60, -30))
    folder = patient(words=f'[files]\nemission = "e{suffix}"\n[emission]\nunit = "{unit}"\n')
    for low, level in ((-1.79e-8, "note"), (-100.0, "warning"), (-2000.0, "")):
        array = np.full(grid.shape_zyx, 1e3, np.float32)
        array[:, :2] = low
        write_volume(folder / f"e{suffix}", grid, array)
        if not level:
            with pytest.raises(QuantityError, match="the emission image must be zero or more, but 1600 voxels"):
                read_patient_case(folder)
            continue
        case = read_patient_case(folder)
        assert float(case.emission.total) == pytest.approx(32000 * 38 / 40 * 1e3 * (0.027 if unit == "Bq/mL" else 1))
        (told,) = (f for f in case.findings if f.code == "negative-voxels")
        assert told.level == level
        assert told.message.startswith("the emission image: 1600 voxels are below zero and are set to zero")


def test_nan_in_a_volume_is_refused(patient: Patient) -> None:
    grid = Grid.aligned((5, 5, 5), spacing_zyx_mm=(4, 4, 4), origin_lps_mm=(0, 0, 0))
    folder = patient(words='[files]\nemission = "e.nii.gz"\n[emission]\nunit = "counts"\n')
    write_volume(folder / "e.nii.gz", grid, np.full(grid.shape_zyx, np.nan, np.float32))
    with pytest.raises(YttriaError, match="125 voxels are not"):
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


def test_a_real_quantitative_spect_with_lesions_is_a_case_of_absolute_calibration(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shared_data("lu177_spect_rtstruct_umich")
    with pytest.raises(IntakeError, match="one series must be the emission, but 2 could be"):
        read_patient_case(folder)
    with pytest.raises(IntakeError, match="needs the whole liver"):
        read_patient_case(folder / "SCAN_001")
    (tmp_path / "case.toml").write_text(f'[case]\npath = "{folder / "SCAN_001"}"\n[dose]\ncalibration = "absolute"\n')
    case = read_patient_case(tmp_path)
    assert isinstance(case.emission, ActivityMap)
    assert float(case.emission.total) / 1e6 == pytest.approx(1350.6, rel=5e-4)
    assert [c.role for c in case.contours] == ["tumour", "tumour"]
    assert "nuclide-differs" in {f.code for f in case.findings}


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
