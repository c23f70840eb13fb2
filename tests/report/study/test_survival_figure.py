"""Survival and incidence figures as data."""

import numpy as np
import pytest

from yttria.contract.study import CumulativeIncidence, SurvivalCurve
from yttria.evidence.study.results import curve_record
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.report.study.survival_figure import incidence_figure, km_figure, time_ticks
from yttria.values.cohort import TimeToEvent
from yttria.values.document import Band, Line, Marks, Panel


def record(time: list[float], observed: list[int]) -> SurvivalCurve:
    km = kaplan_meier(TimeToEvent(np.array(time), np.array(observed) == 1))
    return SurvivalCurve.model_validate(curve_record(km, (), km.restricted_mean()))


@pytest.fixture
def panel() -> Panel:
    curves = {"SDA": record([2, 14, 14, 30], [1, 1, 0, 0]), "PDA": record([3, 25, 40, 61], [1, 0, 1, 0])}
    figure = km_figure("km", curves, unit="months", title="", caption="", colours={"PDA": "treated"})
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    return panel


@pytest.mark.parametrize(
    ("last", "unit", "step"),
    [
        (60.5, "months", 12),
        (36.0, "months", 12),
        (35.9, "months", 6),
        (18.0, "month", 6),
        (17.9, "months", 3),
        (108.0, "months", 12),
        (109.0, "months", 6 * 4),
        (1022, "days", 182),
        (1095, "days", 365),
        (170, "weeks", 52),
        (5.2, "years", 1),
        (9.0, "months", 3),
        (7.0, "", 2),
    ],
)
def test_ticks_start_at_zero_and_stand_where_follow_up_is_read(last: float, unit: str, step: float) -> None:
    ticks = time_ticks(last, unit)
    assert ticks[0] == 0
    assert ticks[1] == step
    assert ticks[-1] <= last * 1.01


def test_at_risk_censored_and_events_add_up_at_every_tick(panel: Panel) -> None:
    rows = list(panel.under.items())
    for start, total in ((1, 4), (5, 4)):
        at_risk, censored, events = (texts for _, texts in rows[start : start + 3])
        for here, gone, dead in zip(at_risk, censored, events, strict=True):
            assert int(here) + int(gone) + int(dead) in (total, total + 1)
    assert [name for name, texts in rows if not texts] == ["SDA", "PDA"]


def test_equal_rows_of_two_groups_do_not_hide_each_other(panel: Panel) -> None:
    assert [name.strip("\u200b") for name in panel.under].count("At risk") == 2


def test_a_curve_starts_at_one_and_carries_its_name(panel: Panel) -> None:
    curves = [layer for layer in panel.layers if isinstance(layer, Line) and layer.label]
    assert [(c.label, c.y[0], c.x[0]) for c in curves] == [("SDA", 1.0, 0.0), ("PDA", 1.0, 0.0)]
    assert curves[1].colour == "treated"


def test_censored_patients_are_ticked_where_they_left(panel: Panel) -> None:
    ticks = [layer for layer in panel.layers if isinstance(layer, Marks)]
    assert [tick.x.tolist() for tick in ticks] == [[14.0, 30.0], [25.0, 61.0]]


def test_a_band_never_ends_in_nothing() -> None:
    figure = km_figure("km", {"all": record([1, 2, 3], [1, 1, 1])}, unit="months", title="", caption="")
    assert isinstance(figure.panels[0], Panel)
    (band,) = [layer for layer in figure.panels[0].layers if isinstance(layer, Band)]
    assert np.isfinite(band.low).all()
    assert np.isfinite(band.high).all()


def test_incidences_have_a_panel_a_group_and_a_line_a_cause() -> None:
    cause = CumulativeIncidence(time=[1.0, 2.0], estimate=[0.1, 0.3], std_err=[0.05, 0.1])
    figure = incidence_figure(
        "cif", {"A": {"x": cause, "y": cause}, "B": {"x": cause, "y": cause}}, unit="months", title="", caption=""
    )
    assert len(figure.panels) == 2
    assert all(isinstance(p, Panel) and p.y_range == (0.0, 0.4) for p in figure.panels)
