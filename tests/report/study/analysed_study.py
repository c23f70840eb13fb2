"""A study of made rows, analysed: what the tests of its document print."""

from dataclasses import replace
from typing import Any

import numpy as np

from yttria.contract.study import CoxModel
from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.report.study.column_titles import study_titles
from yttria.report.study.study_paper import StudyPaper
from yttria.values.cohort import Column
from yttria.values.document import Document
from yttria.values.protocol import (
    Arms,
    CurvePanel,
    Curves,
    FigureSpec,
    ModelSpec,
    OutcomeColumns,
    Protocol,
    SelectionSpec,
)

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
    study = analyse(build_cohort(columns, asked), asked)
    return StudyPaper(study.result, asked, study.findings, {"pvt": "portal vein thrombosis"})


# a study's own figures, label and publication


DRAWN = replace(
    ASKED,
    label="simulated, not patient data",
    figures={
        "figure_1": FigureSpec(
            "Survival by arm",
            (CurvePanel("arm"), CurvePanel("arm", "censored", "Cut at surgery"), CurvePanel("arm", "populations.PVT")),
        ),
        "figure_2": FigureSpec("Subgroups", forest=True),
    },
)


def whole_model() -> CoxModel:
    return paper(table(40)).result.models["full"]


# what belongs together, and what is not said


def titled(columns: dict[str, Column], asked: Protocol) -> StudyPaper:
    """Return a paper whose names are those of the command line."""
    cohort = build_cohort(columns, asked)
    study = analyse(cohort, asked)
    return StudyPaper(study.result, asked, study.findings, study_titles(cohort.columns, asked))


def words_of(document: Document, heading: str) -> str:
    (section,) = [s for s in document.sections if s.heading == heading]
    return " ".join(str(block) for block in section.blocks)
