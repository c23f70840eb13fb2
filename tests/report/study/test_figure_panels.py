"""Figures of a study's own: each panel of the analysis that it names, the ratio of the sides that it compares, exact counts beneath."""

import pytest
from tests.report.study.analysed_study import ASKED

from yttria.report.study.figure_panels import colours_of, contrast_of, immortal_figure, part_of, side_by_side, sides_of
from yttria.report.study.study_paper import StudyPaper
from yttria.values.document import Line, Panel
from yttria.values.errors import EvidenceError
from yttria.values.protocol import CurvePanel, FigureSpec


def test_a_panel_is_of_the_study_or_of_the_analysis_that_it_names(whole: StudyPaper) -> None:
    assert part_of(whole.result, "") is whole.result
    assert part_of(whole.result, "censored") is whole.result.censored
    assert part_of(whole.result, "populations.PVT") is whole.result.populations["PVT"]
    with pytest.raises(
        EvidenceError, match=r"a figure must be of an analysis that was made, but populations\.x was not"
    ):
        part_of(whole.result, "populations.x")


@pytest.mark.parametrize(
    ("factor", "levels", "sides"),
    [
        ("arm", ("SDA", "PDA"), ("PDA", "SDA")),
        ("arm", ("PDA",), ("PDA", "")),
        ("pvt", ("0", "1"), ("1", "0")),
        ("stage", ("A", "B", "C"), ("", "")),
    ],
)
def test_a_ratio_compares_treated_with_control_or_the_second_level_with_the_first(
    factor: str, levels: tuple[str, ...], sides: tuple[str, str]
) -> None:
    assert sides_of(factor, levels, ASKED) == sides


def test_two_levels_are_a_contrast_and_yes_against_no_is_the_factor_itself() -> None:
    assert contrast_of("arm", ("PDA", "SDA"), {}) == "PDA vs SDA"
    assert contrast_of("pvt", ("1", "0"), {"pvt": "PVT"}) == "PVT"
    assert contrast_of("stage", ("", ""), {"stage": "Stage"}) == "Stage"


def test_arms_have_the_houses_colours() -> None:
    assert colours_of(ASKED) == {"PDA": "treated", "SDA": "control"}


def test_curves_stand_side_by_side_with_the_ratio_of_each_and_its_test(whole: StudyPaper) -> None:
    spec = FigureSpec("Survival", (CurvePanel("arm"), CurvePanel("arm", "populations.PVT", "With PVT")))
    figure = side_by_side("figure_1", spec, whole.result, ASKED, whole.titles)
    first, second, forest = (panel for panel in figure.panels if isinstance(panel, Panel))
    assert first.title == "A arm"
    assert second.title == "B With PVT"
    assert forest.title == "C Hazard ratios (Cox)"
    curve = next(layer for layer in first.layers if isinstance(layer, Line) and layer.label.startswith("PDA"))
    assert curve.y[-1] == pytest.approx(whole.result.km["arm"]["PDA"].curve.survival[-1])
    assert "A: n = 60; HR " in figure.caption
    assert f"B: n = {whole.result.populations['PVT'].n}; " in figure.caption


def test_immortal_time_is_looked_at_naively_from_its_day_and_at_each_landmark(whole: StudyPaper) -> None:
    figure = immortal_figure("resection", whole.result, ASKED, whole.titles)
    titles = [panel.title for panel in figure.panels if isinstance(panel, Panel)]
    assert [title[0] for title in titles] == ["A", "B", "C", "D"]
    assert titles[2].startswith("C By 3 months, time from then on")
    assert figure.title == "Immortal time: resection looked at in 3 ways"
    assert figure.caption.count(": HR ") == 3


def test_counts_with_and_without_the_event_add_to_all_at_risk(whole: StudyPaper) -> None:
    panel = immortal_figure("resection", whole.result, ASKED, whole.titles).panels[1]
    assert isinstance(panel, Panel)
    without, having = (texts for texts in panel.under.values() if texts)
    curve = whole.result.km["all"]["all"].curve
    for tick, one, other in zip(panel.x_ticks, without, having, strict=True):
        left = next((int(n) for t, n in zip(curve.time, curve.at_risk, strict=True) if t >= tick), 0)
        assert int(one) + int(other) == left
