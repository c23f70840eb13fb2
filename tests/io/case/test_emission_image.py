"""The emission image of a case: its nuclide, its unit, what its numbers may be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from yttria.io.case.patient_case import read_patient_case
from yttria.io.volumes.volume import write_volume
from yttria.values.errors import IntakeError, QuantityError, YttriaError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap

Maker = Callable[..., Path]
Patient = Callable[..., Path]


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
