"""Footnotes keep their letters."""

from yttria.report.text.footnotes import Footnotes, superscript


def test_letters_follow_the_order_of_first_mention() -> None:
    notes = Footnotes()
    assert [notes.mark(text) for text in ("x", "y", "x", "z")] == ["a", "b", "a", "c"]
    assert list(notes.lines()) == ["a\u2002x", "b\u2002y", "c\u2002z"]


def test_letters_never_run_out_and_never_repeat() -> None:
    notes = Footnotes()
    marks = [notes.mark(str(n)) for n in range(80)]
    assert len(set(marks)) == 80


def test_raised_letters_stay_letters_of_the_text() -> None:
    assert superscript("ab") == "ᵃᵇ"
