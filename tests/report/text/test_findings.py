"""Findings: the grave ones in full, the notes in one line each, and nothing lost."""

from yttria.report.text.findings import ONE_LINE, first_findings, first_words, notes_in_full
from yttria.values.document import FindingList
from yttria.values.errors import Finding

LONG = (
    "uncertainties stand on: resolution 12 mm FWHM (assumption: reconstructed SPECT lies at 10 to 15 mm; no tag states it; measure "
    "your own camera); contours, diameter +/- 1.9 mm (assumption: CT edge 1 mm (a lesion)); activity +/- 5 %"
)
MIXED = (
    Finding("note", "n", LONG),
    Finding("stop", "s", f"stop: {LONG}"),
    Finding("warning", "w", f"warning: {LONG}"),
)


def _blocks(*findings: Finding) -> list[FindingList]:
    return [b for b in first_findings(findings) if isinstance(b, FindingList)]


def test_stops_and_warnings_stand_first_in_full_and_notes_after_them_in_a_line() -> None:
    serious, notes = _blocks(*MIXED)
    assert [f.level for f in serious.findings] == ["stop", "warning"]
    assert all("measure your own camera" in f.message for f in serious.findings)
    assert notes.quiet
    assert [f.message for f in notes.findings] == [
        "uncertainties stand on: resolution 12 mm FWHM; contours, diameter ± 1.9 mm; activity ± 5 %"
    ]


def test_codes_stand_with_the_notes_in_full_alone() -> None:
    assert not any(block.codes for block in _blocks(*MIXED))
    (full,) = notes_in_full(MIXED)
    assert isinstance(full, FindingList)
    assert full.codes


def test_no_finding_and_no_word_is_lost() -> None:
    serious, _ = _blocks(*MIXED)
    (full,) = notes_in_full(MIXED)
    assert isinstance(full, FindingList)
    said = [*serious.findings, *full.findings]
    assert [f.level for f in said] == ["stop", "warning", "note"]
    assert all("(assumption: CT edge 1 mm (a lesion)); activity ± 5 %" in f.message for f in said)
    assert notes_in_full(MIXED[1:]) == ()


def test_many_notes_of_one_kind_share_a_line_that_counts_them() -> None:
    few = [Finding("note", "blur", f"lesion {n} looks cold") for n in range(3)]
    (notes,) = _blocks(*few)
    assert len(notes.findings) == 3
    (notes,) = _blocks(*few, Finding("note", "blur", "lesion 3 looks cold"))
    assert [f.message for f in notes.findings] == ["lesion 0 looks cold (and 3 more of this kind)"]


def test_a_note_without_any_end_is_cut_at_a_word() -> None:
    said = first_words("word " * 60)
    assert len(said) <= ONE_LINE + 2
    assert said.endswith("word …")


def test_a_semicolon_inside_brackets_ends_no_note() -> None:
    assert first_words("one (two; three) four; five") == "one (two; three) four; five"
    assert first_words(f"one (two; three) four; {'x' * ONE_LINE}") == "one (two; three) four"


def test_notes_that_the_report_shows_elsewhere_are_counted_first_and_stand_in_full_at_the_end() -> None:
    found = [
        Finding("note", "lungs", "the lungs"),
        Finding("note", "blur", "the blur"),
        Finding("note", "own", "its own"),
    ]
    (block,) = [b for b in first_findings(found, table_codes={"lungs", "blur"}) if isinstance(b, FindingList)]
    assert [f.code for f in block.findings] == ["own"]
    assert block.more.startswith("2 notes on what tables of this report show stand with all others in")
    (full,) = notes_in_full(found)
    assert isinstance(full, FindingList)
    assert [f.code for f in full.findings] == ["lungs", "blur", "own"]
    (alone,) = [b for b in first_findings(found[:1], table_codes={"lungs"}) if isinstance(b, FindingList)]
    assert not alone.findings
    assert alone.more.startswith("One note on what tables of this report show stands")
    warned = [Finding("warning", "lungs", "the lungs")]
    (kept,) = [b for b in first_findings(warned, table_codes={"lungs"}) if isinstance(b, FindingList)]
    assert [f.level for f in kept.findings] == ["warning"]
