"""A study's document: complete, in order, no bare P, and whole whatever does not exist."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.analysis import analyse
from yttria.evidence.enrol import enrol
from yttria.report.claims import claims, followup_words
from yttria.report.cohort import models_table, outcome_table
from yttria.report.evidence import median_of
from yttria.report.study import StudyPaper, figures_of, study_document, tables_of
from yttria.values.cohort import Column
from yttria.values.document import Document, Panel
from yttria.values.protocol import Arms, Curves, ModelSpec, OutcomeColumns, Protocol, SelectionSpec

ASKED = Protocol(
    OutcomeColumns("os", "dead", unit="months"),
    title="A trial",
    arms=Arms("arm", "PDA", "SDA"),
    km=Curves(("arm", "pvt"), (12.0,)),
    univariable=("arm", "age"),
    models={"full": ModelSpec(("arm", "age"))},
    selection=SelectionSpec(("arm", "age"), 1.0),
    subgroups=("pvt",),
    landmark=(3.0,),
    time_varying={"resection": "resected"},
    censor_at="resected",
    populations={"PVT": {"pvt": (1,)}},
    cause_column="cause",
    causes=(("1", "liver"), ("2", "other")),
)


def number(name: str, values: Any) -> Column:
    known = ~np.isnan(values)
    levels, codes = np.unique(values[known], return_inverse=True)
    where = np.full(len(values), -1)
    where[known] = codes
    return Column(name, where, tuple(f"{v:g}" for v in levels), values)


def table(rows: int, *, events: bool = True) -> dict[str, Column]:
    rng = np.random.default_rng(rows)
    time = np.round(rng.exponential(20, rows), 1) + 0.1
    dead = ((rng.random(rows) < 0.8) & events).astype(float)
    return {
        "os": number("os", time),
        "dead": number("dead", dead),
        "arm": Column("arm", np.arange(rows) % 2, ("SDA", "PDA")),
        "pvt": number("pvt", (rng.random(rows) < 0.5).astype(float)),
        "age": number("age", np.round(rng.normal(60, 9, rows))),
        "cause": number("cause", np.where(dead > 0, rng.integers(1, 3, rows), 0).astype(float)),
        "resected": number("resected", np.where((rng.random(rows) < 0.4) & (time > 4), np.round(time / 2, 1), np.nan)),
    }


def paper(columns: dict[str, Column], asked: Protocol = ASKED) -> StudyPaper:
    study = analyse(enrol(columns, asked), asked)
    return StudyPaper(study.result, asked, study.findings, {"pvt": "portal vein thrombosis"})


@pytest.fixture(scope="module")
def whole() -> StudyPaper:
    return paper(table(60))


@pytest.fixture(scope="module")
def document(whole: StudyPaper) -> Document:
    return study_document(whole, version="1.2.3")


def test_sections_come_in_the_order_of_a_paper(document: Document) -> None:
    assert [section.heading for section in document.sections] == [
        "Verdict", "Findings", "Patients", "Outcome", "Models", "Subgroups", "Events after baseline", "Competing risks",
        "Parts of the cohort", "Checks of assumptions", "In sentences", "Method",
    ]  # fmt: skip


def test_every_figure_has_a_name_of_its_own_and_says_its_method(document: Document) -> None:
    figures = figures_of(document)
    assert len({figure.name for figure in figures}) == len(figures)
    assert all(figure.caption for figure in figures)
    assert {"km-arm", "forest-subgroups", "incidence", "immortal-time-resection"} <= {f.name for f in figures}
    assert all(isinstance(panel, Panel) for figure in figures for panel in figure.panels)


def test_the_naive_look_at_a_later_event_never_stands_alone(document: Document) -> None:
    (looks,) = [t for t in tables_of(document) if t.title.startswith("The same intervention")]
    assert [str(row[0]) for row in looks.rows] == [
        "resection as if known at baseline", "resection from the day it happened", "resection by 3 months",
    ]  # fmt: skip


def test_no_sentence_has_a_bare_p(whole: StudyPaper) -> None:
    for said in claims(whole.result, ASKED, whole.titles):
        for before in said.split(" P ")[:-1]:
            assert any(test in before for test in ("log-rank", "Wald", "interaction", "z test"))


def test_a_factor_is_called_what_people_call_it(whole: StudyPaper) -> None:
    assert any("portal vein thrombosis" in said for said in claims(whole.result, ASKED, whole.titles))


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
    assert first[1] == whole.result["n"]
    assert first[3] == median_of(whole.result["km"]["all"]["all"])
    assert len(models_table(whole.result["models"], {}, title="").rows) == 3


def test_a_follow_up_that_does_not_exist_is_said_so() -> None:
    assert "does not exist" in followup_words(
        {"median": None, "low": None, "high": None, "min": 1.0, "max": 9.0}, "days"
    )
