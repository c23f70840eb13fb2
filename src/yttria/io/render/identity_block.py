"""The identity opened for a page: who the report is of."""

from collections.abc import Sequence

from yttria.values.patient import PatientIdentity


def identity_of(identity: PatientIdentity) -> Sequence[tuple[str, str]]:
    """Return what a report prints of the patient, name and value; what the images do not say is left out.

    Examples
    --------
    >>> identity_of(PatientIdentity(patient_name="Phantom^Yttria", patient_id="P-1", birth_date="19600102"))
    [('Patient', 'Phantom, Yttria'), ('Identifier', 'P-1'), ('Born', '1960-01-02')]
    """
    family, *given = identity.patient_name.split("^")
    name = ", ".join(part for part in (family, " ".join(g for g in given if g)) if part)
    pairs = (
        ("Patient", name),
        ("Identifier", identity.patient_id),
        ("Born", _date(identity.birth_date)),
        ("Sex", identity.sex),
        ("Accession", identity.accession),
    )
    return [(label, value) for label, value in pairs if value]


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else text
