"""Figures that check a model, as data."""

import numpy as np
import pytest

from yttria.report.check import dose_response_figure, moving_mean, over_time_figure
from yttria.values.document import Line, Marks, Panel, Rule

TIME = np.arange(1.0, 21.0)
MODEL = {
    "terms": {"age": {"coef": 0.5}, "sex": {"coef": -0.2}},
    "over_time": {"time": TIME, "g": TIME / 20, "beta": {"age": np.sin(TIME) + 0.5, "sex": np.cos(TIME)}},
}


def test_each_coefficient_has_a_panel_with_its_events_and_its_fitted_value() -> None:
    figure = over_time_figure("full", MODEL, {"age": "Age (years)"}, unit="months")
    assert figure is not None
    first = figure.panels[0]
    assert isinstance(first, Panel)
    assert first.title == "Age (years)"
    assert [layer.at for layer in first.layers if isinstance(layer, Rule)] == [0.5]
    assert len(next(layer for layer in first.layers if isinstance(layer, Marks)).x) == 20


def test_a_model_without_coefficients_over_time_has_no_figure() -> None:
    assert over_time_figure("m", {"terms": {}}, {}, unit="") is None


def test_a_moving_mean_keeps_a_constant_and_smooths_what_is_not() -> None:
    rough = np.where(np.arange(40) % 2 == 0, 1.0, -1.0)
    smooth, error = moving_mean(rough)
    assert np.abs(smooth[5:-5]).max() < 0.1
    assert (error > 0).all()


def test_a_dose_response_shows_every_patient_and_the_dose_that_half_need() -> None:
    dose, responded = np.linspace(50, 400, 24), np.arange(24) > 10
    grid = np.linspace(0, 400, 9)
    figure = dose_response_figure(
        "tcp", dose, responded, (grid, grid / 400, grid / 500, grid / 300), title="", caption="", needed={"D50": 210.0}
    )
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    rug = [layer for layer in panel.layers if isinstance(layer, Marks) and layer.shape == "tick"]
    assert len(rug[0].x) == 24
    assert [(layer.label, layer.at) for layer in panel.layers if isinstance(layer, Rule)] == [("D50", 210.0)]
    shares = next(layer for layer in panel.layers if isinstance(layer, Marks) and layer.shape == "dot")
    assert shares.y == pytest.approx([0, 1 / 6, 1, 1])
    assert any(isinstance(layer, Line) and layer.colour == "tumour" for layer in panel.layers)
