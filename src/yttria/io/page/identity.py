"""The luggage opened for a page: who the report is of."""

from collections.abc import Sequence

from yttria.values.patient import Luggage


def identity_of(luggage: Luggage) -> Sequence[tuple[str, str]]:
    """Return what a report prints of the patient, name and value; what the images do not say is left out.

    Examples
    --------
    >>> identity_of(Luggage(patient_name="Phantom^Yttria", patient_id="P-1", birth_date="19600102"))
    [('Patient', 'Phantom, Yttria'), ('Identifier', 'P-1'), ('Born', '1960-01-02')]
    """
    family, *given = luggage.patient_name.split("^")
    name = ", ".join(part for part in (family, " ".join(g for g in given if g)) if part)
    pairs = (
        ("Patient", name),
        ("Identifier", luggage.patient_id),
        ("Born", _date(luggage.birth_date)),
        ("Sex", luggage.sex),
        ("Accession", luggage.accession),
    )
    return [(label, value) for label, value in pairs if value]


def _date(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 and text.isdigit() else text
