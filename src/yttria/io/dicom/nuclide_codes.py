"""Which nuclide a coded entry means: by its code, whatever the language of its meaning; by its words where the code is not DICOM's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from pydicom.dataset import Dataset

from yttria.data import table

# Designators under which SNOMED codes are written (PS3.16 chapter 8); a code without one is taken by its form.
SNOMED = frozenset({"SCT", "SRT", "SNM3", "99SDM", "SNOMED", ""})
SRT_FORM = re.compile(r"[A-Z]-[0-9A-F]{5}")
_WORD = r"([A-Za-z]+)"
_AROUND = re.compile(rf"{_WORD} ?(\d{{1,3}}[mM]?)(?![A-Za-z0-9])|(?<![A-Za-z0-9])(\d{{1,3}}m?) ?{_WORD}")
_ALONE = re.compile(r"([^\W\d]+) ?(\d{2,3}m?)|(\d{2,3}m?) ?([^\W\d]+)")


@dataclass(frozen=True, slots=True)
class CodedEntry:
    """A coded entry of DICOM.

    Parameters
    ----------
    value, scheme, meaning
        CodeValue (or the long or URN form of it), CodingSchemeDesignator, CodeMeaning.
    """

    value: str
    scheme: str
    meaning: str

    @classmethod
    def of(cls, item: Dataset) -> "CodedEntry":
        """Return the entry of one item of a code sequence."""
        value = str(item.get("CodeValue") or item.get("LongCodeValue") or "")
        value = value or str(item.get("URNCodeValue") or "").rpartition("/")[2]
        scheme, meaning = (str(item.get(k) or "").strip() for k in ("CodingSchemeDesignator", "CodeMeaning"))
        return cls(value.strip(), scheme, meaning)

    @property
    def words(self) -> str:
        """Return what can be shown of it: its meaning, else its code."""
        return self.meaning or self.value


def nuclides_of(entry: CodedEntry) -> tuple[str, ...]:
    """Return the nuclides that an entry names, each once: one where code and meaning agree, several where they contradict each other.

    Examples
    --------
    >>> nuclides_of(CodedEntry("14691008", "SCT", "")), nuclides_of(CodedEntry("C-162A7", "SRT", "Itrio-90"))
    (('Y-90',), ('Y-90',))
    >>> nuclides_of(CodedEntry("14691008", "SCT", "^18^Fluorine")), nuclides_of(CodedEntry("", "", "99mTc"))
    (('Y-90', 'F-18'), ('Tc-99m',))
    """
    coded = by_code(entry)
    worded = list(_in_words(entry.meaning)) or ([] if coded else list(_in_words(entry.value)))
    if coded and not worded and _foreign_mass(entry.meaning) not in {"", coded.partition("-")[2]}:
        return (coded, entry.meaning)
    return tuple(
        dict.fromkeys([coded, *(w for w in worded if f"{w}m" != coded)] if coded else worded)
    )  # Tc-99: 99mTc is meant


def by_code(entry: CodedEntry) -> str:
    """Return the nuclide that DICOM gives this code to; empty where it gives it to none."""
    form = "srt" if SRT_FORM.fullmatch(entry.value) else entry.scheme.lower()
    if entry.scheme in SNOMED and entry.value.isdigit():
        form = "sct"
    return _codes().get((form, entry.value), "")


@cache
def _codes() -> dict[tuple[str, str], str]:
    """Return the names of nuclides by (scheme, code)."""
    return {
        (scheme, row[scheme]): name
        for name, row in table("nuclide_codes").items()
        for scheme in ("sct", "srt", "dcm", "ncit")
        if scheme in row
    }


@cache
def _elements() -> dict[str, str]:
    """Return chemical symbols by symbol and English name, in lower case."""
    symbols = {name.partition("-")[0]: row["element"] for name, row in table("nuclide_codes").items()}
    return {word.lower(): symbol for symbol, element in symbols.items() for word in (symbol, element)}


def _in_words(text: str) -> Iterator[str]:
    """Return the nuclides that a text names by element and mass number, in whatever order it writes them."""
    plain = re.sub(r"[\s^_\-\[\](),/]+", " ", text).strip()
    for match in _AROUND.finditer(plain):
        before, mass_after, mass_before, after = match.groups()
        word, mass = (before, mass_after) if before else (after, mass_before)
        if symbol := _elements().get(word.lower()):
            yield f"{symbol}-{mass.lower()}"
        elif (name := f"{_elements().get(word[1:].lower())}-{mass}m") in table("nuclide_codes") and word[0] in "mM":
            yield name  # 99mTc: the m is the nuclide's


def _foreign_mass(text: str) -> str:
    """Return the mass number of a text that is one word and a number, in whatever language; empty for any other."""
    match = _ALONE.fullmatch(re.sub(r"[\s^_\-]+", " ", text).strip())
    return (match[2] or match[3]) if match else ""
