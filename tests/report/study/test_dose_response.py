"""Dose and response on paper: the data, the band, the doses that shares need, and a sentence with its test."""

import numpy as np
import pytest

from yttria.contract.study import Line
from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.report.study.document import figures_of, study_document
from yttria.report.study.dose_response import (
    quarters,
    response_blocks,
    response_claims,
    response_figure,
    response_table,
)
from yttria.report.study.study_paper import StudyPaper
from yttria.values.cohort import Column
from yttria.values.document import Band, Figure, Marks, Panel, Rule, Table
from yttria.values.document import Line as DrawnLine
from yttria.values.protocol import OutcomeColumns, Protocol, ResponseSpec

ASKED = Protocol(
    OutcomeColumns("os", "dead", unit="months"),
    dose_response={"tumour": ResponseSpec("td", "best", ("CR", "PR")), "sure": ResponseSpec("td", "high")},
)
TITLES = {"td": "tumour dose, Gy", "best": "response by mRECIST"}


def number(name: str, values: np.ndarray) -> Column:
    levels, codes = np.unique(values, return_inverse=True)
    return Column(name, codes, tuple(f"{v:g}" for v in levels), values)


@pytest.fixture(scope="module")
def paper() -> StudyPaper:
    rng = np.random.default_rng(3)
    dose = np.round(rng.uniform(50, 400, 60))
    best = np.where(rng.random(60) < 1 / (1 + np.exp(3 - 0.015 * dose)), rng.integers(0, 2, 60), 2)
    columns = {
        "os": number("os", np.arange(1.0, 61.0)),
        "dead": number("dead", np.ones(60)),
        "td": number("td", dose),
        "best": Column("best", best, ("CR", "PR", "SD")),
        "high": number("high", (dose > 200).astype(float)),
    }
    study = analyse(build_cohort(columns, ASKED), ASKED)
    return StudyPaper(study.result, ASKED, study.findings, TITLES)


def test_the_figure_shows_every_patient_the_band_and_the_doses_that_shares_need(paper: StudyPaper) -> None:
    record = paper.result.dose_response["tumour"]
    assert record.fit is not None
    (panel,) = response_figure("tumour", record, ASKED, TITLES).panels
    assert isinstance(panel, Panel)
    (band,) = [layer for layer in panel.layers if isinstance(layer, Band)]
    assert (band.low < band.high).all()
    top, bottom = (layer for layer in panel.layers if isinstance(layer, Marks) and layer.shape == "tick")
    assert set(top.x) | set(bottom.x) == set(record.data.dose)
    assert [layer.at for layer in panel.layers if isinstance(layer, Rule)] == [n.dose for n in record.fit.needed]
    assert panel.x_label == "Tumour dose, Gy"
    assert panel.y_label == "Response by mRECIST (CR or PR)"


def test_the_fitted_line_passes_one_half_at_d50(paper: StudyPaper) -> None:
    record = paper.result.dose_response["tumour"]
    assert record.fit is not None
    (panel,) = response_figure("tumour", record, ASKED, TITLES).panels
    assert isinstance(panel, Panel)
    fit = next(layer for layer in panel.layers if isinstance(layer, DrawnLine) and layer.colour == "accent")
    assert np.interp(record.fit.needed[0].dose or np.nan, fit.x, fit.y) == pytest.approx(0.5, abs=1e-3)


def test_a_curve_without_a_fit_keeps_its_counts_and_area_and_has_no_figure(paper: StudyPaper) -> None:
    found = paper.result.dose_response
    assert found["sure"].fit is None
    assert found["sure"].roc is not None
    assert found["sure"].roc.auc == 1.0
    figures = [block for block in response_blocks(found, ASKED, TITLES) if isinstance(block, Figure)]
    assert [figure.name for figure in figures] == ["dose-response-tumour"]
    table = response_table(found, ASKED, TITLES)
    assert isinstance(table, Table)
    assert any("ROC" in str(row[0]) for row in table.rows[-2:])


def test_its_sentence_names_value_interval_method_and_test(paper: StudyPaper) -> None:
    (said,) = response_claims(paper.result.dose_response, ASKED, TITLES)
    for words in (
        "rose with tumour dose, Gy",
        "D50",
        "D80",
        "95",
        "logistic",
        "Fieller",
        "likelihood-ratio test, P",
        "DeLong",
    ):
        assert words in said


def test_a_study_that_asks_for_it_has_the_figure_in_its_report(paper: StudyPaper) -> None:
    document = study_document(paper, version="1")
    assert "dose-response-tumour" in {figure.name for figure in figures_of(document)}
    assert "Dose and response" in [section.heading for section in document.sections]


def test_equal_doses_stay_in_one_quarter() -> None:
    centre, share, low, high = quarters(np.array([100.0, 200.0]), np.array([6.0, 2.0]), np.array([3.0, 2.0]))
    assert centre == pytest.approx([100.0, 200.0])
    assert share == pytest.approx([0.5, 1.0])
    assert low[0] == pytest.approx(0.18761, abs=1e-5)  # R: prop.test(3, 6, correct = FALSE)
    assert high[0] == pytest.approx(0.81239, abs=1e-5)


def test_where_the_response_falls_no_dose_is_said_to_be_needed(paper: StudyPaper) -> None:
    record = paper.result.dose_response["tumour"]
    assert record.fit is not None
    fit = record.fit.model_copy(update={"coef": Line(intercept=3.0, slope=-0.015)})
    falling = {"tumour": record.model_copy(update={"fit": fit})}
    (said,) = response_claims(falling, ASKED, TITLES)
    assert "fell with" in said
    assert "D50" not in said
    assert not any("need" in str(row[0]) for row in response_table(falling, ASKED, TITLES).rows)
