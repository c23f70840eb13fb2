"""Figures of response: bars end where the change ends, in order, cut where they say so, with the criterion's limits."""

import numpy as np
import pytest

from yttria.contract.response import CriterionName, PatientResponse
from yttria.report.delivery.response_document import ResponsePaper
from yttria.report.delivery.response_figures import LIMITS, best_change, spider_figure, stacked_figure, waterfall_figure
from yttria.values.document import Bars, Figure, Line, Panel, Rule


def patients(paper: ResponsePaper) -> dict[str, PatientResponse]:
    return {name: one["mrecist"] for name, one in paper.result.patients.items()}


def waterfall(paper: ResponsePaper) -> Figure:
    return waterfall_figure("mrecist", "mRECIST", patients(paper), paper.arms)


def panels(figure: Figure) -> dict[str, Panel]:
    return {panel.title: panel for panel in figure.panels if isinstance(panel, Panel)}


def bars(panel: Panel) -> dict[int, tuple[float, str]]:
    """Return the far end and the word of each bar by its place."""
    found = {}
    for layer in panel.layers:
        if isinstance(layer, Bars):
            for x, low, high in zip(layer.x, layer.low, layer.high, strict=True):
                found[int(x)] = (float(low if low < 0 else high), layer.label)
    return found


def test_a_bar_a_patient_ends_at_its_best_change_the_largest_growth_first(response_paper: ResponsePaper) -> None:
    found = panels(waterfall(response_paper))
    assert set(found) == {"PDA", "SDA"}
    assert bars(found["PDA"]) == {1: (0.6, "SD"), 2: (-62.5, "PR"), 3: (-75.0, "PR"), 4: (-100.0, "CR")}
    assert bars(found["SDA"]) == {1: (100.0, "PD"), 2: (0.6, "SD"), 3: (-62.5, "PR")}


def test_what_is_cut_and_what_is_not_drawn_is_told(response_paper: ResponsePaper) -> None:
    caption = waterfall(response_paper).caption
    assert caption.endswith(" 1 without a measured change is not drawn. Growth beyond +100 % is cut off (1).")


@pytest.mark.parametrize(
    ("criterion", "limits"), [("easl", (-50, 25)), ("mrecist", (-30, 20)), ("recist11", (-30, 20))]
)
def test_dashed_lines_stand_at_the_criterions_limits(
    criterion: CriterionName, limits: tuple[float, float], response_paper: ResponsePaper
) -> None:
    """EASL 2009: a half less, a quarter more; mRECIST and RECIST 1.1: 30 % less, 20 % more."""
    assert LIMITS[criterion] == limits
    figure = waterfall_figure(criterion, "x", patients(response_paper), response_paper.arms)
    (panel, _) = panels(figure).values()
    assert {r.at for r in panel.layers if isinstance(r, Rule)} == {*limits, 0}
    assert set(limits) <= set(panel.y_ticks)


def test_a_course_begins_at_the_baseline_and_is_told_in_months(response_paper: ResponsePaper) -> None:
    """5 January to 6 April is 91 days: 2.99 months."""
    figure = spider_figure(
        "mrecist", "mRECIST", patients(response_paper), response_paper.arms, baselines=response_paper.baselines
    )
    lines = [layer for layer in panels(figure)["PDA"].layers if isinstance(layer, Line)]
    assert len(lines) == 4
    assert all(line.x == pytest.approx(np.array([0, 91 / 30.4375])) for line in lines)
    assert sorted(float(line.y[-1]) for line in lines) == [-100, -75, -62.5, 0]


def test_words_of_the_endpoint_are_stacked_to_the_whole_arm(response_paper: ResponsePaper) -> None:
    at = response_paper.result.at
    assert at is not None
    figure = stacked_figure("mrecist", "mRECIST", at["mrecist"], response_paper.arms, months=3)
    layers = [
        layer
        for panel in figure.panels
        if isinstance(panel, Panel)
        for layer in panel.layers
        if isinstance(layer, Bars)
    ]
    assert max(float(layer.high.max()) for layer in layers) == pytest.approx(100.0)
    assert sum(float((layer.high - layer.low).sum()) for layer in layers) == pytest.approx(
        100.0
        * len(
            {
                (x, panel.title)
                for panel in figure.panels
                if isinstance(panel, Panel)
                for layer in panel.layers
                if isinstance(layer, Bars)
                for x in layer.x
            }
        )
    )
    assert {layer.label for layer in layers} == {"CR", "PR", "SD", "PD", "NE"}


def test_growth_after_progression_does_not_count_as_best(response_paper: ResponsePaper) -> None:
    one = response_paper.result.patients["SDA2"]["mrecist"]
    (visit,) = one.visits
    later = visit.model_copy(update={"date": "2026-07-06", "change_from_baseline_percent": -90.0})
    assert best_change(one.model_copy(update={"visits": [visit, later]})) == 150.0
    assert best_change(one.model_copy(update={"visits": [visit, later], "progressed_on": None})) == -90.0
    assert best_change(one.model_copy(update={"visits": []})) is None
