"""io.dicom.nuclide_codes: a nuclide is known by its code, whatever the language of its meaning."""

from typing import Any

import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from yttria.data import table
from yttria.io.dicom.nuclide_codes import CodedEntry, nuclides_of

GROUPS: tuple[Any, ...] = (codes.cid18, codes.cid4020)
DICOM: set[Any] = {getattr(group, word) for group in GROUPS for word in group.dir()}


# laws


@pytest.mark.parametrize("code", sorted(DICOM, key=str))
def test_every_code_of_dicom_means_its_nuclide_with_and_without_words(code: Code) -> None:
    _, mass, element = code.meaning.split("^")
    (name,) = nuclides_of(CodedEntry(code.value, code.scheme_designator, ""))
    row = table("nuclide_codes")[name]
    assert name.partition("-")[2] == mass
    assert row["element"] == element
    assert nuclides_of(CodedEntry(code.value, code.scheme_designator, code.meaning)) == (name,)
    assert nuclides_of(CodedEntry("", "", code.meaning)) == (name,)
    if code.scheme_designator == "SCT":
        assert Code(row["srt"], "SRT", "") == code
        assert nuclides_of(CodedEntry(row["srt"], "SRT", "")) == (name,)


def test_the_table_holds_no_nuclide_that_dicom_does_not_code() -> None:
    ours = {row.get("sct") or row.get("dcm") or row.get("ncit") for row in table("nuclide_codes").values()}
    assert ours == {code.value for code in DICOM}


def test_every_nuclide_and_tracer_of_the_tables_has_a_code() -> None:
    assert set(table("nuclides")) | set(table("pet_tracers")) <= set(table("nuclide_codes"))


# known answers


@pytest.mark.parametrize(
    ("value", "scheme", "meaning", "name"),
    [
        ("14691008", "SCT", "Ittrio-90", "Y-90"),
        ("14691008", "", "", "Y-90"),
        ("C-162A7", "SNM3", "", "Y-90"),
        ("C-162A7", "99SDM", "イットリウム", "Y-90"),
        ("http://snomed.info/id/14691008", "SCT", "", "Y-90"),
        ("72454006", "SCT", "Technetium 99", "Tc-99m"),
        ("C1943", "NCIt", "Holmium", "Ho-166"),
        ("C-101ED", "SRT", "Lutécium 177", "Lu-177"),
        ("Y-90", "99ANY", "", "Y-90"),
        ("1", "99ANY", "90 Yttrium", "Y-90"),
        ("", "", "99mTc", "Tc-99m"),
        ("", "", "TC99M", "Tc-99m"),
        ("", "", "Technetium Tc^99m^ aggregated albumin", "Tc-99m"),
        ("", "", "In-111 chloride", "In-111"),
    ],
)
def test_a_nuclide_is_known_by_its_code_else_by_its_words(value: str, scheme: str, meaning: str, name: str) -> None:
    entry = CodedEntry(value.rpartition("/")[2], scheme, meaning)
    assert nuclides_of(entry) == (name,)


@pytest.mark.parametrize(
    ("value", "meaning", "other"),
    [
        ("14691008", "^99m^Technetium", "Tc-99m"),
        ("C-163A8", "^90^Yttrium", "Y-90"),
        ("14691008", "Strontium-90", "Sr-90"),
        ("14691008", "Fluor-18", "Fluor-18"),
    ],
)
def test_a_meaning_of_another_nuclide_contradicts_its_code(value: str, meaning: str, other: str) -> None:
    assert nuclides_of(CodedEntry(value, "SCT" if value.isdigit() else "SRT", meaning))[1:] == (other,)


@pytest.mark.parametrize(
    ("value", "scheme", "meaning"),
    [
        ("C-B1072", "SRT", ""),
        ("14691008", "99ANY", ""),
        ("C-X", "SRT", "tracer"),
        ("", "", "99Mo"),
        ("", "", "MAA 4 mL"),
    ],
)
def test_a_code_that_dicom_gives_to_no_nuclide_means_none(value: str, scheme: str, meaning: str) -> None:
    assert nuclides_of(CodedEntry(value, scheme, meaning)) == ()
