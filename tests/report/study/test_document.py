"""A study's document: complete, in order, no bare P, and whole whatever does not exist."""

from dataclasses import replace

import numpy as np
from tests.report.study.analysed_study import ASKED, DRAWN, number, paper, table, words_of

from yttria.contract.study import StudyResult
from yttria.report.study.document import figures_of, study_document, tables_of
from yttria.report.study.model_tables import models_table
from yttria.report.study.number_format import median_of
from yttria.report.study.published_numbers import (
    OtherNumber,
    Published,
    PublishedNumber,
    published_document,
    published_table,
)
from yttria.report.study.statements import claims, resting_words
from yttria.report.study.study_paper import StudyPaper
from yttria.report.study.survival_tables import outcome_table
from yttria.values.cohort import Column
from yttria.values.document import Document, Panel, Paragraph, Table
from yttria.values.protocol import Curves, ModelSpec, OutcomeColumns, Protocol


def test_sections_come_in_the_order_of_a_paper(document: Document) -> None:
    assert [section.heading for section in document.sections] == [
        "Verdict", "Findings", "Patients", "Outcome", "Subgroups", "Models", "Events after baseline", "Competing risks",
        "Parts of the cohort", "Checks of assumptions", "Tables for a paper", "In sentences", "Method",
    ]  # fmt: skip


def test_every_figure_has_a_name_of_its_own_and_says_its_method(document: Document) -> None:
    figures = figures_of(document)
    assert len({figure.name for figure in figures}) == len(figures)
    assert all(figure.caption for figure in figures)
    assert {"km-arm", "forest-subgroups", "incidence", "immortal-time-resection"} <= {f.name for f in figures}
    assert all(isinstance(panel, Panel) for figure in figures for panel in figure.panels)


def test_figures_of_columns_of_any_name_have_file_names_of_their_own_that_fit_every_disk() -> None:
    names = ("a b", "a/b", "a b 2", "A B", "../../etc", "x" * 300, "x" * 299, "肝" * 200)
    arm = table(40)["arm"]
    asked = replace(Protocol(ASKED.outcome), km=Curves(names, (12.0,)))
    columns = {**table(40), **{name: replace(arm, name=name) for name in names}}
    made = [figure.name for figure in figures_of(study_document(paper(columns, asked), version="1"))]
    assert len({name.casefold() for name in made}) == len(made) == len(names)
    assert all(len(f"{name}.svg".encode()) < 256 and "/" not in name and not name.startswith(".") for name in made)


def test_no_sentence_has_a_bare_p(whole: StudyPaper) -> None:
    for said in claims(whole.result, ASKED, whole.titles):
        for before in said.split(" P ")[:-1]:
            assert any(test in before for test in ("log-rank", "Wald", "interaction", "z test"))


def test_the_smallest_study_has_a_document() -> None:
    bare = Protocol(ASKED.outcome)
    made = study_document(paper(table(3), bare), version="1")
    assert [s.heading for s in made.sections] == ["Verdict", "Findings", "Patients", "Outcome", "Method"]
    assert [f.name for f in figures_of(made)] == ["km-all"]


def test_a_study_without_events_has_a_document() -> None:
    made = study_document(paper(table(40, events=False), replace(ASKED, selection=None)), version="1")
    assert made.sections[0].heading == "Verdict"


def test_tables_show_what_the_record_holds(whole: StudyPaper) -> None:
    first = outcome_table(whole.result, {}, unit="months", interval_words="95 % CI").rows[0]
    assert first[1] == whole.result.n
    assert first[3] == median_of(whole.result.km["all"]["all"])
    assert len(models_table(whole.result.models, {}, title="").rows) == 3


def test_the_label_stands_on_every_page_and_every_figure(drawn: Document) -> None:
    assert drawn.notice.startswith("Simulated, not patient data.")
    assert drawn.subtitle == "Simulated, not patient data"
    assert all(figure.label == DRAWN.label for figure in figures_of(drawn))


def test_tables_and_figures_are_numbered_in_reading_order(document: Document) -> None:
    for kind, texts in (
        ("Table", [t.title for t in tables_of(document)]),
        ("Figure", [f.caption for f in figures_of(document)]),
    ):
        assert [text.split(".")[0] for text in texts] == [f"{kind} {n + 1}" for n in range(len(texts))]


def test_a_curve_that_rests_at_one_half_has_its_two_medians_explained(two_patients: StudyResult) -> None:
    said = resting_words(two_patients, Protocol(ASKED.outcome), {})
    assert "1 of 2 left from 5.0 to 9.0 months, so 7.0 or 5.0" in said[0]
    bare = Protocol(ASKED.outcome)
    assert resting_words(paper(table(3), bare).result, bare, {}) == []


def test_each_printed_number_that_differs_stands_in_the_report_with_its_reason() -> None:
    cells = (
        PublishedNumber("Table 2", "PDA, at 24 months", "value", "50.0", 50.0, "agrees"),
        PublishedNumber("Table 2", "PDA, at 60 months", "value", "16.4", 16.33, "differs", "no whole patients give it"),
    )
    made = study_document(
        paper(table(20)),
        version="1",
        published=Published(
            cells, "A paper", (OtherNumber("discussion", "another trial", "19.4 (11–36.5)", "of other patients"),)
        ),
    )
    (section,) = [s for s in made.sections if s.heading == "Beside the published numbers"]
    words = " ".join(b.text for b in section.blocks if isinstance(b, Paragraph))
    assert "Of 2 printed numbers 1 come" in words
    counts, differing, others = [b for b in section.blocks if isinstance(b, Table)]
    assert list(counts.rows[-1]) == ["all", 2, 1, 0, 1]
    assert len(differing.rows) == 1
    assert [row[:3] for row in others.rows] == [["discussion", "another trial", "19.4 (11–36.5)"]]
    told = published_table(Published(cells, "A paper", (OtherNumber("discussion", "another trial", "19.4"),))).rows
    assert [row[5] for row in told] == ["agrees", "differs", "not compared"]
    whole = published_document(Published(cells), title="t", subtitle="s", notice="n", version="1")
    assert sum(len(t.rows) for t in tables_of(whole)[2:]) == 2


def test_a_restricted_mean_says_which_level_lives_longer(whole: StudyPaper) -> None:
    gap = whole.result.rmst_difference["arm"].difference
    assert gap is not None
    first, second = whole.result.km["arm"]
    longer = second if gap > 0 else first
    (said,) = [s for s in claims(whole.result, ASKED, {}) if "restricted mean" in s and "arm" in s]
    assert f"{abs(gap):.1f} (" in said
    assert f"longer with arm: {longer} than" in said


def test_no_name_of_a_protocol_leads_out_of_the_folder_of_figures() -> None:
    models = {name: ModelSpec(("age",), over_time=True) for name in ("../../up", "AFP, µg/L", "AFP; µg/L", 'a"b')}
    names = [f.name for f in figures_of(study_document(paper(table(40), replace(ASKED, models=models)), version="1"))]
    assert {"over-time-..-..-up", "over-time-AFP-µg-L", "over-time-AFP-µg-L-2", "over-time-a-b"} <= set(names)
    assert len(set(names)) == len(names)
    assert all("/" not in name and not name.startswith(".") for name in names)


def test_what_identifies_a_study_stands_in_its_first_section() -> None:
    asked = Protocol(
        ASKED.outcome, registration="NCT02582034", ethics="CPP 15/22", sponsor="a hospital", data_cut="2024-03-31"
    )
    first = words_of(study_document(paper(table(30), asked), version="1"), "Verdict")
    assert all(words in first for words in ("NCT02582034", "CPP 15/22", "a hospital", "2024-03-31"))
    assert "Registration" not in words_of(
        study_document(paper(table(30), Protocol(ASKED.outcome)), version="1"), "Verdict"
    )


def test_a_report_of_split_rows_counts_patients() -> None:
    """Three patients in five rows; one is followed on after each of its first two."""
    columns = {
        "id": Column("id", np.array([0, 0, 0, 1, 2]), ("a", "b", "c")),
        "start": number("start", np.array([0.0, 2, 5, 0, 1])),
        "os": number("os", np.array([2.0, 5, 9, 7, 12])),
        "dead": number("dead", np.array([0.0, 0, 1, 1, 0])),
        "arm": Column("arm", np.array([0, 0, 0, 1, 1]), ("PDA", "SDA")),
    }
    asked = Protocol(
        OutcomeColumns("os", "dead", unit="months", entry="start", id="id"),
        arms=ASKED.arms,
        km=Curves(("arm",), (6.0,)),
    )
    made = paper(columns, asked)
    said = " ".join(str(block) for section in study_document(made, version="1").sections for block in section.blocks)
    assert "('Patients', '3'), ('Rows (intervals)', '5')" in said
    assert "('Censored', '1')" in said
    assert "PDA 1 (1 events, 0 censored); SDA 2 (1 events, 1 censored)" in said
    assert "2 events in 3" in said
    assert "n = 3;" in said
