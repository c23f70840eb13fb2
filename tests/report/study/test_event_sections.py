"""Events after baseline and competing risks."""

from tests.report.study.analysed_study import ASKED

from yttria.report.study.document import figures_of, tables_of
from yttria.report.study.figure_panels import immortal_figure
from yttria.report.study.study_paper import StudyPaper
from yttria.values.document import Document, Panel


def test_the_naive_look_at_a_later_event_never_stands_alone(document: Document) -> None:
    (looks,) = [t for t in tables_of(document) if "The same intervention" in t.title]
    assert [str(row[0]) for row in looks.rows] == [
        "resection as if known at baseline", "resection from the day it happened", "resection by 3 months",
    ]  # fmt: skip


def test_immortal_time_is_drawn_with_every_way_of_looking_and_who_is_at_risk_adds_up(whole: StudyPaper) -> None:
    figure = immortal_figure("resection", whole.result, ASKED, {})
    assert len(figure.panels) == 4
    naive, cut = figure.panels[:2]
    assert isinstance(naive, Panel)
    assert isinstance(cut, Panel)
    everybody = [int(a) + int(b) for a, b in zip(naive.under["no"], naive.under["yes"], strict=True)]
    assert [int(a) + int(b) for a, b in zip(cut.under["no"], cut.under["yes"], strict=True)] == everybody
    assert cut.under["yes"][0] == "0"


def test_no_follow_up_lies_beyond_the_axis_of_an_incidence(document: Document, whole: StudyPaper) -> None:
    figure = next(figure for figure in figures_of(document) if figure.name == "incidence")
    for panel in figure.panels:
        assert isinstance(panel, Panel)
        assert panel.x_range is not None
        assert panel.x_range[1] >= max(whole.result.cif["all"]["all"]["liver"].time)


def test_numbers_at_risk_stand_under_incidences(document: Document) -> None:
    (figure,) = [f for f in figures_of(document) if f.name == "incidence"]
    for panel in figure.panels:
        assert isinstance(panel, Panel)
        assert panel.under["At risk"][0] == "30"
