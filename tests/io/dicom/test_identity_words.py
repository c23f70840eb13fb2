"""io.dicom.identity_words: a person is known by more than a name written as the header has it."""

from pathlib import Path

import pytest

from yttria.io.dicom.header import Header
from yttria.io.dicom.identity_words import IdentityWords


def words(name: str = "", number: str = "", born: str = "", accession: str = "") -> IdentityWords:
    """Return the words of a person."""
    tags = {"PatientName": name, "PatientID": number, "PatientBirthDate": born, "AccessionNumber": accession}
    return IdentityWords.of([Header(Path("a"), "", dict(tags))])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Wrenfield^Odalys", "WrenfieldOdalys_referral"),
        ("Wrenfield^Odalys", "odalys-wrenfield"),
        ("García^José", "GARCIA liver"),
        ("Garcia^Jose", "García CT"),
        ("Müller^Jörg", "Mueller"),
        ("Müller^Jörg", "muller"),
        ("Mueller^Joerg", "Müller"),
        ("Łukasiewicz^Jan", "lukasiewicz"),
        ("Wu^Li", "WuLi_CT"),
        ("Wu^Li", "li_wu"),
        ("Wu^Li", "CT Wu"),
        ("Lee^Ana", "AnaLee"),
        ("Lee^Ana", "CT of Lee"),
        ("Yamada^Tarou=山田^太郎", "山田太郎の肝臓"),
        ("Иванов^Пётр", "иванов_кт"),
    ],
)
def test_a_name_is_known_however_it_is_written(name: str, text: str) -> None:
    assert words(name).stand_in(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Lee^Ana", "sleeve, anatomy"),
        ("Wu^Li", "liver"),
        ("Doe^MR", "MR liver"),
        ("Phantom", "CT, phantom"),
        ("", "liver"),
        ("A^B", "CT AB"),
    ],
)
def test_a_word_that_only_holds_a_short_name_names_nobody(name: str, text: str) -> None:
    assert not words(name).stand_in(text)


@pytest.mark.parametrize(
    "text", ["Q77", "q-77_ct", "acc 4711-x", "1950-03-02", "born 02.03.1950", "CT 03/02/1950", "19500302"]
)
def test_numbers_and_the_day_of_birth_are_known(text: str) -> None:
    assert words(number="Q-77", accession="4711X", born="19500302").stand_in(text)


def test_only_the_words_that_name_a_person_are_left_out_of_a_description() -> None:
    assert (
        words("Wrenfield^Odalys", born="19500302").veiled("WrenfieldOdalys CT liver 1950-03-02, late")
        == "… CT liver …-…-…, late"
    )


def test_without_a_person_nothing_is_left_out() -> None:
    assert not words()
    assert words().veiled("CT liver") == "CT liver"
