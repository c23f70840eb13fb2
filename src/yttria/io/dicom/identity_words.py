"""By which words a person could be known: name, ID, birth date, accession number, in whatever way they are written into other texts."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations

from yttria.io.dicom.header import Header

NOBODY = frozenset(
    {"phantom", "patient", "anonymous", "anon", "unknown", "test", "none"}
)  # as a name, they name no person
NO_NAME = frozenset(
    [
        "ct",
        "mr",
        "pt",
        "nm",
        "us",
        "dr",
        "ms",
        "dx",
        "ac",
        "iv",
        "hu",
        "gy",
        "ml",
        "mm",
        "tc",
        "de",
        "of",
        "la",
        "le",
        "el",
        "al",
    ]
)  # letters of titles and descriptions too
PART = 4  # letters of a Latin word that is looked for within others; a shorter one must be a word of its own, or stand together with another
IDEOGRAPHS = 2  # of a word in another script
MOST_JOINED = 4  # words of one name that may be run together in any order
# Letters that no decomposition takes to plain ones, and how German and Nordic names are written without their marks.
PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"})
SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
ANATOMY = frozenset(
    [
        "anus",
        "aorta",
        "artery",
        "bladder",
        "body",
        "bone",
        "bowel",
        "brain",
        "breast",
        "bronchus",
        "carina",
        "cava",
        "chest",
        "colon",
        "cord",
        "duodenum",
        "femur",
        "gallbladder",
        "gland",
        "heart",
        "hippocampus",
        "kidney",
        "larynx",
        "lens",
        "liver",
        "lobe",
        "lung",
        "lungs",
        "mandible",
        "marrow",
        "nodes",
        "oesophagus",
        "esophagus",
        "orbit",
        "ovary",
        "pancreas",
        "parotid",
        "pelvis",
        "prostate",
        "rectum",
        "sacrum",
        "scar",
        "skin",
        "spine",
        "spleen",
        "sternum",
        "stomach",
        "thorax",
        "thyroid",
        "trachea",
        "tumor",
        "tumour",
        "uterus",
        "vein",
        "vertebra",
    ]
)
"""What structures are called wherever they are drawn (house): a patient of that name, often a phantom, is not told by it."""
_TAGS = ("PatientName", "PatientID", "AccessionNumber", "PatientBirthDate")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class IdentityWords:
    """What may stand in nothing that is said of a person's files.

    Parameters
    ----------
    parts
        Looked for within words and across the signs between them.
    words
        Looked for as words of their own.
    """

    parts: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, headers: Iterable[Header]) -> "IdentityWords":
        """Return the words of the persons whom headers name."""
        known = tuple(headers)
        texts = {tag: {h.text(tag) for h in known} - {""} for tag in _TAGS}
        results: set[str] = set()
        for name in texts["PatientName"]:
            for written in re.split(r"=", name):
                results |= set(_spellings(written))
        for tag in ("PatientID", "AccessionNumber"):
            for number in texts[tag]:
                results |= {plain(w) for w in _WORD.findall(number)} | {
                    "".join(plain(w) for w in _WORD.findall(number))
                }
        for born in texts["PatientBirthDate"]:
            results |= set(_dates(born))
        results -= NOBODY
        parts = {w for w in results if len(w) >= (PART if w.isascii() else IDEOGRAPHS)}
        return cls(
            frozenset(parts),
            frozenset(w for w in results - parts if len(w) == 3 or (len(w) == 2 and w.isalpha() and w not in NO_NAME)),
        )

    @property
    def beyond_anatomy(self) -> "IdentityWords":
        """Return the words without those that structures are called by."""
        return IdentityWords(self.parts - ANATOMY, self.words - ANATOMY)

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self.parts or self.words)

    def stand_in(self, text: str) -> bool:
        """Tell whether a text names a person.

        Examples
        --------
        >>> words = IdentityWords(frozenset({"wrenfield"}), frozenset({"lee"}))
        >>> [words.stand_in(t) for t in ("WrenfieldOdalys_CT", "W. Lee", "sleeve")]
        [True, True, False]
        """
        return next(self._hits(text), None) is not None

    def veiled(self, text: str, mark: str = "…") -> str:
        """Return a text with a mark in place of each word that names a person."""
        for first, last in sorted(set(self._hits(text)), reverse=True):
            text = text[:first] + mark + text[last:]
        return text

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        """Return where in a text the words lie that name a person: first letter, letter behind the last."""
        for reading in (plain, _spelled_out):
            words = [(m.start(), m.end(), reading(m[0])) for m in _WORD.finditer(text)]
            yield from ((first, last) for first, last, word in words if word in self.words)
            yield from (
                hit for one, two in pairwise(words) if one[2] + two[2] in self.words for hit in (one[:2], two[:2])
            )
            joined = "".join(word for _, _, word in words)
            for part in self.parts:
                at = joined.find(part)
                while at >= 0:
                    yield from _covered(words, at, at + len(part))
                    at = joined.find(part, at + 1)


def _covered(words: Iterable[tuple[int, int, str]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Return the places of the words of which a stretch of their letters, all joined, is made."""
    at = 0
    for start, end, word in words:
        if at < last and at + len(word) > first:
            yield start, end
        at += len(word)


def plain(word: str) -> str:
    """Return a word in small letters without accents.

    Examples
    --------
    >>> [plain(w) for w in ("José", "MÜLLER", "Łukasz", "Søren")]
    ['jose', 'muller', 'lukasz', 'soren']
    """
    return _bare(word.casefold())


def _spelled_out(word: str) -> str:
    """Return a word with "ue" for "ü", as passports and archives write it."""
    return _bare(unicodedata.normalize("NFC", word).casefold().translate(SPELLED_OUT))


def _bare(word: str) -> str:
    letters = unicodedata.normalize("NFKD", word.translate(PLAIN))
    return "".join(c for c in letters if not unicodedata.combining(c))


def _spellings(name: str) -> Iterator[str]:
    """Return the words of a name, accents taken off or spelled out, and its short words run together in every order."""
    for reading in (plain, _spelled_out):
        words = [w for m in _WORD.findall(name) if (w := reading(m)) not in NOBODY]
        yield from words
        short = [w for w in words if len(w) < PART][:MOST_JOINED]
        for count in range(2, len(words[:MOST_JOINED]) + 1):
            for order in permutations(words[:MOST_JOINED], count):
                if any(w in short for w in order) and any(len(w) > 1 for w in order):
                    yield "".join(order)


def _dates(born: str) -> Iterator[str]:
    """Return a day of birth (YYYYMMDD) as it is written: year first, day first, month first."""
    result = re.fullmatch(r"(\d{4})\D?(\d{2})\D?(\d{2})", born.strip())
    if result:
        year, month, day = result.groups()
        yield from (year + month + day, day + month + year, month + day + year)
