"""Everything under a folder, by its headers alone, grouped in series. No pixel is read here.

A header keeps the few tags that decide what a file is and where it lies; the readers open the files again for the rest.
"""

from dataclasses import dataclass
from pathlib import Path

from yttria.io.dicom.header import Header
from yttria.io.dicom.identity_words import IdentityWords
from yttria.values.errors import IntakeError

FAULT = "Fault"  # no tag of DICOM: why an enhanced image could not be opened into its frames


COPY = "a copy: the same instance with the same content lies here already"
WITHHELD = "(name withheld)"  # instead of a folder's or a file's name that may be a person's


@dataclass(frozen=True, slots=True, repr=False)
class Series:
    """Files that make one object: a stack of slices, or one multi-frame file, structure set or dose.

    Parameters
    ----------
    uid
        Series instance UID; empty where it was blanked.
    headers
        In the order of their instance numbers; order in space is the reader's.
    """

    uid: str
    headers: tuple[Header, ...]

    @property
    def first(self) -> Header:
        """Return the first header, which speaks for what all share."""
        return self.headers[0]

    @property
    def modality(self) -> str:
        """Return the modality."""
        return self.first.modality

    @property
    def description(self) -> str:
        """Return the series description without the patient's name or ID, or the folder's name where there is none and it names nobody."""
        label = self.first.text("SeriesDescription") or self.first.text("StructureSetLabel")
        return self.veiled(label) or (self.folder_name if self.folder_name != WITHHELD else f"{WITHHELD}{self._tail}")

    @property
    def _tail(self) -> str:
        """Return the end of the UID: it tells series without a name apart."""
        return f" …{self.uid[-6:]}" if self.uid else ""

    def veiled(self, text: str) -> str:
        """Return what the patient's files say, as it may be said aloud: words of name, numbers and birth date are left out."""
        return IdentityWords.of((self.first,)).veiled(text)

    @property
    def folder(self) -> str:
        """Return the name of the folder that holds the first file."""
        return self.first.path.parent.name

    @property
    def folder_name(self) -> str:
        """Return the name of that folder as it may be said aloud: not where it shares a word with the patient's name or ID."""
        return WITHHELD if IdentityWords.of(self.headers).stand_in(self.folder) else self.folder

    @property
    def paths(self) -> tuple[Path, ...]:
        """Return the files, each once."""
        return tuple(dict.fromkeys(h.path for h in self.headers))

    def require_described(self) -> None:
        """Refuse an enhanced image whose frames are not described, with what is wrong.

        Raises
        ------
        IntakeError
            As its reader said.
        """
        for header in self.headers:
            if fault := header.text(FAULT):
                raise IntakeError(fault, code="file-unreadable")

    def __repr__(self) -> str:
        return f"Series({self.modality or 'unknown'}, {len(self.paths)} files)"


def words_for(series: Series) -> set[str]:
    """Return the words by which case.toml may name a series, in lower case: description, UID, folder, file."""
    first = series.first
    words = {first.text("SeriesDescription"), series.uid, series.folder, first.path.name, first.path.stem}
    return {w.strip().lower() for w in words if w.strip()}
