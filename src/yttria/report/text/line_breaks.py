"""Words broken into lines that fit a width."""

import re
import unicodedata

WIDE = 8
"""Width of a character that no font at hand draws, such as a Chinese one: it is marked by its code point, [U+5C71]."""


HYPHEN = re.compile(r"(?<=[-/])(?=.)")
"""Where a word may be parted without another sign."""


def width_of(text: str) -> int:
    """Return how many letters wide a text is.

    Examples
    --------
    >>> width_of("arm"), width_of("山")
    (3, 8)
    """
    return sum(WIDE if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def broken(text: str, width: int) -> list[str]:
    """Return a text in lines no wider than `width` letters, between words or after a hyphen where it can be.

    Examples
    --------
    >>> broken("Tablets alone, twice a day", 16)
    ['Tablets alone,', 'twice a day']
    >>> broken("very-high-risk-by-score", 14)
    ['very-high-', 'risk-by-score']
    >>> broken("Radioembolisation", 6)
    ['Radioe', 'mbolis', 'ation']
    """
    lines = [""]
    for word in text.split():
        for place, part in enumerate(HYPHEN.split(word)):
            joined = f"{lines[-1]}{'' if place else ' '}{part}".lstrip()
            if width_of(joined) <= width:
                lines[-1] = joined
            else:
                lines = [*(lines if lines[-1] else lines[:-1]), *_pieces(part, width)]
    return lines


def _pieces(word: str, width: int) -> list[str]:
    """Return a word cut where it is wider than a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
