"""What every object that is written begins with: identifiers that follow from content, numbers that fit, one patient throughout."""

import uuid
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from yttria.io.dicom.common_modules import (
    code,
    decimal,
    encoded,
    new_dataset,
    save,
    uid_of,
    write_axial_plane,
    write_posture,
)
from yttria.values.grid import Grid
from yttria.values.patient import PatientIdentity

CT = pydicom.uid.UID("1.2.840.10008.5.1.4.1.1.2")
PERSON = PatientIdentity(
    patient_name="Ω^Ä", patient_id="7", birth_date="19500101", sex="F", study_uid="1.2.3", study_id="S",
    study_date="20260301", study_time="080000", accession="A1", referring="Dr^B",
)  # fmt: skip


def made(identity: PatientIdentity = PERSON, modality: str = "CT", description: str = "dose") -> pydicom.FileDataset:
    return new_dataset(
        CT, identity, modality=modality, description=description, series=uid_of("s"), instance=uid_of("i"), number=4
    )


@given(st.lists(st.text("ab\0é1"), min_size=1, max_size=3))
def test_an_identifier_is_a_valid_uuid_of_its_words(words: list[str]) -> None:
    """DICOM PS3.5 B.2: 2.25 and the UUID as one whole number; RFC 9562: version 8, variant 10."""
    uid = uid_of(*words)
    assert uid.is_valid
    number = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert (number.version, number.variant) == (8, uuid.RFC_4122)
    assert len(uid) <= 64


def test_other_words_have_other_identifiers_and_the_border_between_words_counts() -> None:
    assert len({uid_of("a", "b"), uid_of("ab"), uid_of("b", "a"), uid_of("a", 1), uid_of("a", 2)}) == 5


@given(st.floats(-1e30, 1e30))
def test_a_decimal_fits_sixteen_characters_and_keeps_its_digits(value: float) -> None:
    text = str(decimal(value))
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-8, abs=1e-30)


def test_minus_zero_is_written_as_zero() -> None:
    assert str(decimal(-0.0)) == "0.0"


def test_patient_study_and_series_stand_in_every_object(tmp_path: Path) -> None:
    save(made(), tmp_path / "a.dcm")
    read = pydicom.dcmread(tmp_path / "a.dcm")
    assert (str(read.PatientName), read.PatientID, read.PatientBirthDate, read.PatientSex) == (
        "Ω^Ä",
        "7",
        "19500101",
        "F",
    )
    assert (read.StudyInstanceUID, read.StudyID, read.StudyDate, read.StudyTime) == ("1.2.3", "S", "20260301", "080000")
    assert (read.AccessionNumber, str(read.ReferringPhysicianName)) == ("A1", "Dr^B")
    assert (read.SeriesDate, read.SeriesTime, read.SeriesNumber) == ("20260301", "080000", 4)
    assert (read.SOPClassUID, read.file_meta.MediaStorageSOPClassUID) == (CT, CT)
    assert read.SOPInstanceUID == read.file_meta.MediaStorageSOPInstanceUID == uid_of("i")
    assert (read.Manufacturer, read.SoftwareVersions, read.BodyPartExamined) == (
        "Yttria",
        "research use only",
        "ABDOMEN",
    )
    assert "TimezoneOffsetFromUTC" not in read


def test_a_zone_is_written_where_it_is_known_and_a_structure_set_names_no_body_part() -> None:
    assert made(replace(PERSON, zone="+0100")).TimezoneOffsetFromUTC == "+0100"
    assert "BodyPartExamined" not in made(modality="RTSTRUCT")


@pytest.mark.parametrize(("sex", "written"), [("M", "M"), ("F", "F"), ("O", "O"), ("W", ""), ("", "")])
def test_only_the_three_words_of_the_standard_are_a_sex(sex: str, written: str) -> None:
    assert made(replace(PERSON, sex=sex)).PatientSex == written


@pytest.mark.parametrize(("letters", "kept"), [(63, 63), (64, 64), (65, 64)])
def test_a_description_is_cut_at_sixty_four_letters(letters: int, kept: int) -> None:
    assert len(made(description="x" * letters).SeriesDescription) == kept


def test_the_posture_is_supine_head_first_by_its_codes() -> None:
    """DICOM PS3.16: CID 19 recumbent 102538003, CID 20 supine 40199007, CID 21 headfirst 102540001."""
    dataset = Dataset()
    write_posture(dataset)
    (posture,) = dataset.PatientOrientationCodeSequence
    (modifier,) = posture.PatientOrientationModifierCodeSequence
    (gantry,) = dataset.PatientGantryRelationshipCodeSequence
    assert [(i.CodeValue, i.CodingSchemeDesignator) for i in (posture, modifier, gantry)] == [
        ("102538003", "SCT"), ("40199007", "SCT"), ("102540001", "SCT"),
    ]  # fmt: skip


def test_a_code_has_value_scheme_and_meaning() -> None:
    item = code("C-1", "SRT", "liver")
    assert (item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning) == ("C-1", "SRT", "liver")


def test_the_plane_is_rows_by_columns_of_signed_sixteen_bits() -> None:
    dataset = Dataset()
    write_axial_plane(dataset, Grid.aligned((2, 3, 5), spacing_zyx_mm=(4.0, 2.0, 1.0), origin_lps_mm=(0, 0, 0)))
    assert (dataset.Rows, dataset.Columns) == (3, 5)
    assert (dataset.PixelSpacing, dataset.SliceThickness) == ([2.0, 1.0], 4.0)
    assert (dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation) == (16, 16, 15, 1)
    assert [float(x) for x in dataset.ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]


def test_what_is_encoded_once_is_the_same_data_set(tmp_path: Path) -> None:
    first = made()
    again = encoded(first)
    save(first, tmp_path / "a.dcm")
    save(again, tmp_path / "b.dcm")
    assert (tmp_path / "a.dcm").read_bytes() == (tmp_path / "b.dcm").read_bytes()
