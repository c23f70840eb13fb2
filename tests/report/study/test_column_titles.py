"""What columns and levels are called."""

from dataclasses import replace

import numpy as np
from tests.report.study.analysed_study import ASKED, number, paper, table, titled, words_of

from yttria.report.study.column_titles import title_of
from yttria.report.study.document import study_document, tables_of
from yttria.report.study.statements import claims
from yttria.report.study.study_paper import StudyPaper
from yttria.report.study.survival_tables import outcome_table
from yttria.values.document import Document


def test_a_factor_is_called_what_people_call_it(whole: StudyPaper) -> None:
    assert any("portal vein thrombosis" in said for said in claims(whole.result, ASKED, whole.titles))


def test_a_number_of_more_than_two_levels_is_not_called_yes_or_no() -> None:
    columns = table(60)
    columns["pvt"] = number("pvt", np.arange(60) % 3.0)
    rows = outcome_table(paper(columns).result, {}, unit="", interval_words="").rows
    assert [str(row[0]).strip() for row in rows[-3:]] == ["0", "1", "2"]


def test_a_level_says_which_level_it_is_compared_with(document: Document) -> None:
    (alone,) = [
        t
        for t in tables_of(document)
        if "One factor at a time (Cox)" in t.title and "PVT" not in t.title and "cut" not in t.title
    ]
    assert alone.rows[0][0] == "arm: PDA vs SDA"


def test_an_interaction_is_told_by_both_its_terms() -> None:
    assert title_of({"arm": "Arm", "pvt": "PVT"}, "arm[PDA]:pvt[a:b]") == "Arm: PDA × PVT: a:b"
    assert title_of({"odd:name": "Odd"}, "odd:name") == "Odd"


def test_a_colon_in_the_name_of_a_column_is_not_read_as_an_interaction() -> None:
    titles = {"age: years": "age: years", "arm": "arm"}
    assert title_of(titles, "age: years") == "age: years"
    assert title_of(titles, "arm[B]:age: years") == "arm: B × age: years"


def test_levels_are_called_what_the_protocol_calls_them_everywhere() -> None:
    asked = replace(ASKED, labels={"arm": {"PDA": "personalised", "SDA": "standard"}}, univariable=("arm",))
    made = titled(table(60), asked)
    document = study_document(made, version="1")
    for heading in (
        "Verdict",
        "Patients",
        "Outcome",
        "Subgroups",
        "Models",
        "Competing risks",
        "Parts of the cohort",
        "In sentences",
    ):
        said = words_of(document, heading)
        assert "PDA" not in said
        assert "SDA" not in said
    assert "personalised against standard: hazard ratio" in words_of(document, "Verdict")
