"""Findings in a report: each once, the worst first."""

from dataclasses import replace

from tests.report.study.analysed_study import paper, table, words_of

from yttria.report.study.document import study_document
from yttria.report.study.study_paper import StudyPaper
from yttria.values.document import FindingList
from yttria.values.errors import Finding


def test_a_doubt_of_several_analyses_is_told_once() -> None:
    findings = [
        Finding("warning", "factor-missing", "curves by TD leave out 8 rows"),
        Finding("warning", "factor-missing", "censored: curves by TD leave out 7 rows"),
        Finding("warning", "one-level", "populations.PVT: pvt has one level"),
    ]
    made = study_document(replace(paper(table(20)), findings=findings), version="1")
    (told,) = [b for s in made.sections if s.heading == "Findings" for b in s.blocks if isinstance(b, FindingList)]
    assert [f.message for f in told.findings] == [
        "curves by TD leave out 8 rows (likewise in censored)", "pvt has one level (in PVT)",
    ]  # fmt: skip


def test_two_levels_that_differ_in_their_number_alone_are_two_doubts(whole: StudyPaper) -> None:
    said = ("in subgroup ecog 2 nothing", "in subgroup ecog 3 nothing", "censored: in subgroup ecog 2 nothing")
    found = replace(whole, findings=[Finding("warning", "subgroup-impossible", words) for words in said])
    (findings,) = [
        block for block in study_document(found, version="1").sections[1].blocks if isinstance(block, FindingList)
    ]
    assert [finding.message for finding in findings.findings] == [
        "in subgroup ecog 2 nothing (likewise in censored)",
        "in subgroup ecog 3 nothing",
    ]


def test_nothing_is_called_free_of_doubt_while_a_finding_stands(whole: StudyPaper) -> None:
    free = "No check of the numbers found anything."
    for findings, expected in (
        ([], True),
        ([Finding("note", "median-not-reached", "no median")], False),
        ([Finding("note", "levels-listed", "event holds dead (3)")], False),
        ([Finding("warning", "x", "y")], False),
    ):
        said = words_of(study_document(replace(whole, findings=findings), version="1"), "Findings")
        assert (free in said) == expected
        assert all(f.message in said for f in findings if f.code != "median-not-reached")
