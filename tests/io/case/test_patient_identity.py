"""One person a case: what is refused, what is told, and how far apart studies may lie; nobody is named."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.io.case.patient_identity import (
    APART_DAYS,
    BY_OPTION,
    audit_dates,
    name_of,
    patient_identity,
    require_one_person,
)
from yttria.io.dicom.scan import scan
from yttria.io.dicom.series import Series
from yttria.values.errors import IntakeError

Maker = Callable[..., Path]
Two = Callable[..., tuple[Series, ...]]
IMAGE = np.zeros((2, 3, 3), dtype=np.int16)


@pytest.fixture
def two(make_ct: Maker, make_pt: Maker, tmp_path: Path) -> Two:
    """Return a maker of a CT and a PET, each with changed tags."""

    def make(ct: dict[str, Any] | None = None, pt: dict[str, Any] | None = None) -> tuple[Series, ...]:
        make_ct(tmp_path / "ct", IMAGE, **(ct or {}))
        make_pt(tmp_path / "pt", IMAGE.astype(np.uint16), **(pt or {}))
        return scan(tmp_path).series

    return make


def codes(used: tuple[Series, ...], **how: Any) -> list[str]:
    return [f.code for f in require_one_person(used, **how)]


def test_one_person_in_all_files_is_no_finding(two: Two) -> None:
    assert codes(two()) == []


def test_a_name_in_other_letters_and_spaces_is_the_same(two: Two) -> None:
    assert codes(two(pt={"PatientName": "secret  person "})) == []


def test_two_ids_are_refused_and_name_nobody(two: Two) -> None:
    with pytest.raises(IntakeError, match=r"(?s)2 patient IDs are there.*same = true") as told:
        require_one_person(two(pt={"PatientID": "OTHER-2"}))
    assert "SECRET" not in str(told.value).upper().replace("IDENTITIES", "")
    assert "OTHER" not in str(told.value)


def test_how_to_state_that_they_are_one_is_that_of_the_door(two: Two) -> None:
    with pytest.raises(IntakeError, match='say --same-patient "who decided"'):
        require_one_person(two(pt={"PatientID": "OTHER-2"}), how=BY_OPTION)


def test_two_ids_that_are_stated_to_be_one_are_a_warning_that_says_who_stated_it(two: Two) -> None:
    (found,) = require_one_person(two(pt={"PatientID": "OTHER-2"}), same_by="Dr A")
    assert (found.level, found.code) == ("warning", "identity-said-same")
    assert "2 patient IDs are there; all are taken to be of one patient because that is stated (Dr A)" in found.message


def test_a_file_without_id_of_the_same_name_is_a_warning_with_their_number(two: Two) -> None:
    (found,) = require_one_person(two(pt={"PatientID": ""}))
    assert (found.code, found.message[:35]) == ("identity-absent", "2 files carry no patient ID while o")


@pytest.mark.parametrize("change", [{"PatientName": "Other^One"}, {"PatientBirthDate": "19600101"}])
def test_a_file_without_id_of_another_name_or_birth_date_is_refused(two: Two, change: dict[str, str]) -> None:
    with pytest.raises(IntakeError, match="files without patient ID carry another name or birth date than the rest"):
        require_one_person(two(pt={"PatientID": "", **change}))


@pytest.mark.parametrize("change", [{"PatientName": ""}, {"PatientBirthDate": ""}, {"PatientBirthDate": "00000000"}])
def test_what_is_not_stated_contradicts_nothing(two: Two, change: dict[str, str]) -> None:
    assert codes(two(pt={"PatientID": "", **change})) == ["identity-absent"]


@pytest.mark.parametrize("change", [{"PatientName": "Other^One"}, {"PatientBirthDate": "19600101"}])
def test_one_id_with_another_name_or_birth_date_is_a_warning(two: Two, change: dict[str, str]) -> None:
    assert codes(two(pt=change)) == ["identity-differs"]


def test_a_mask_without_id_may_have_the_organ_for_a_name_and_one_with_another_id_is_refused(two: Two) -> None:
    ct, pt = two(pt={"PatientID": "", "PatientName": "Liver"})
    assert [f.code for f in require_one_person([ct], [pt])] == ["identity-absent", "identity-differs"]
    with pytest.raises(IntakeError, match="another name or birth date"):
        require_one_person([ct, pt])
    changed = two(pt={"PatientID": "OTHER"})
    with pytest.raises(IntakeError, match="2 patient IDs"):
        require_one_person(changed[:1], changed[1:])


def on(days: int) -> dict[str, Any]:
    return {"StudyDate": f"{date(2026, 3, 1) + timedelta(days=days):%Y%m%d}"}


@pytest.mark.parametrize(("days", "told"), [(59, False), (60, False), (61, True), (-60, False), (-61, True)])
def test_studies_more_than_sixty_days_apart_are_told(two: Two, days: int, told: bool) -> None:
    assert APART_DAYS == 60
    found = audit_dates(two(pt=on(days)))
    assert [f.message for f in found] == (
        [f"the studies lie {abs(days)} days apart (more than 60); make sure that anatomy and position still hold"]
        if told
        else []
    )


@pytest.mark.parametrize(("days", "told"), [(6, False), (7, False), (8, True)])
def test_the_site_says_how_far_apart_studies_may_lie_and_none_may_be_zero(two: Two, days: int, told: bool) -> None:
    used = two(pt=on(days))
    assert bool(audit_dates(used, 7)) is told
    assert audit_dates(used, 0)
    assert codes(used, days_apart=7) == (["studies-apart"] if told else [])


def test_a_registration_may_be_of_any_day(two: Two, make_reg: Maker, tmp_path: Path) -> None:
    two()
    make_reg(tmp_path / "reg.dcm", {"1.2.3": np.eye(4)}, **on(400))
    assert audit_dates(scan(tmp_path).series) == ()


@pytest.mark.parametrize(
    ("folder", "called"), [("liver-7", "liver-7"), ("person_secret", "case"), ("SECRET-1", "case")]
)
def test_a_case_is_called_by_its_folder_unless_that_may_name_the_person(
    two: Two, folder: str, called: str, tmp_path: Path
) -> None:
    assert name_of(None, tmp_path / folder, two()) == called
    assert name_of("mine", tmp_path / folder, two()) == "mine"


def test_identity_is_that_of_the_ct_with_its_instances(two: Two, frame_uid: str) -> None:
    used = two(ct={"AccessionNumber": "A1", "StudyID": "S"}, pt={"PatientSex": "M"})
    ct = next(s for s in used if s.modality == "CT")
    found = patient_identity(used[::-1], with_ct=True)
    assert (found.patient_id, found.patient_name, found.birth_date, found.sex) == (
        "SECRET-1",
        "Secret^Person",
        "19500101",
        "F",
    )
    assert (found.accession, found.study_id, found.study_date, found.study_time) == ("A1", "S", "20260301", "080000")
    assert (found.frame_uid, found.ct_series_uid) == (frame_uid, ct.uid)
    assert found.ct_sop_uids == tuple(h.text("SOPInstanceUID") for h in ct.headers)
    without = patient_identity(used, with_ct=False)
    assert (without.ct_series_uid, without.ct_sop_uids, without.patient_id) == ("", (), "SECRET-1")


def test_the_frame_is_that_of_the_next_image_where_the_first_has_none(two: Two, frame_uid: str) -> None:
    assert patient_identity(two(ct={"FrameOfReferenceUID": ""}), with_ct=True).frame_uid == frame_uid


def test_without_an_image_there_is_no_identity() -> None:
    found = patient_identity([], with_ct=True)
    assert (found.patient_id, found.frame_uid, found.ct_sop_uids) == ("", "", ())
