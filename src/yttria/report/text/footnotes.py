"""Footnotes: letters in the order of their first mention."""

from collections.abc import Iterator

MARKS = "abcdefghijklmnoprstuvwxyz"
RAISED = str.maketrans(MARKS, "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")


class Footnotes:
    """Notes of one table; the same note keeps its letter.

    Examples
    --------
    >>> notes = Footnotes()
    >>> notes.mark("a guideline"), notes.mark("a label"), notes.mark("a guideline")
    ('a', 'b', 'a')
    >>> list(notes.lines())
    ['a\u2002a guideline', 'b\u2002a label']
    """

    def __init__(self) -> None:
        self._texts: list[str] = []

    def mark(self, text: str) -> str:
        """Return the letter of a note; from the twenty-sixth on, two letters."""
        if text not in self._texts:
            self._texts.append(text)
        return _letters(self._texts.index(text))

    def lines(self) -> Iterator[str]:
        """Return the notes with their letters."""
        return (f"{_letters(n)}\u2002{text}" for n, text in enumerate(self._texts))


def superscript(letters: str) -> str:
    """Return letters raised, as characters: they stay in the text that is searched and copied."""
    return letters.translate(RAISED)


def _letters(number: int) -> str:
    more, last = divmod(number, len(MARKS))
    return (_letters(more - 1) if more else "") + MARKS[last]
