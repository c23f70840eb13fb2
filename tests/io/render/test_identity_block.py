"""Whom a report is of, as it is printed: what the images do not say is left out."""

import pytest

from yttria.io.render.identity_block import identity_of
from yttria.values.patient import PatientIdentity


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("Doe^Jane", "Doe, Jane"),
        ("Doe^Jane^M^Dr", "Doe, Jane M Dr"),
        ("Doe", "Doe"),
        ("^Jane", "Jane"),
        ("Doe^^M", "Doe, M"),
    ],
)
def test_a_name_is_printed_family_first(name: str, printed: str) -> None:
    assert identity_of(PatientIdentity(patient_name=name)) == [("Patient", printed)]


@pytest.mark.parametrize(
    ("born", "printed"),
    [("19600102", "1960-01-02"), ("1960", "1960"), ("1960010", "1960010"), ("196001AB", "196001AB")],
)
def test_a_whole_birth_date_is_printed_with_dashes_and_any_other_as_it_is(born: str, printed: str) -> None:
    assert identity_of(PatientIdentity(birth_date=born)) == [("Born", printed)]


def test_all_that_is_known_stands_in_one_order_and_nothing_else() -> None:
    who = PatientIdentity(
        patient_name="D^J",
        patient_id="7",
        birth_date="19600102",
        sex="F",
        accession="A",
        study_uid="1.2",
        referring="Dr",
    )
    assert [label for label, _ in identity_of(who)] == ["Patient", "Identifier", "Born", "Sex", "Accession"]
    assert identity_of(PatientIdentity()) == []
