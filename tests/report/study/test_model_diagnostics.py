"""Figures that check a model, as data."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from yttria.contract.study import CoxModel
from yttria.report.study.contrasts import NONE
from yttria.report.study.model_diagnostics import moving_mean, over_time_figure, rows_figure
from yttria.values.document import Line, Marks, Panel, Rule

TIME = np.arange(1.0, 21.0)


def model(coefs: dict[str, float], **parts: object) -> CoxModel:
    """Return a model with these coefficients and with other parts of its record."""
    terms = {name: NONE.model_copy(update={"coef": coef, "se": 0.1}) for name, coef in coefs.items()}
    return CoxModel.model_validate({"events": 9, "dropped": 0, "terms": terms} | parts)


MODEL = model(
    {"age": 0.5, "sex": -0.2},
    over_time={"time": TIME, "g": TIME / 20, "beta": {"age": np.sin(TIME) + 0.5, "sex": np.cos(TIME)}},
)


def test_each_coefficient_has_a_panel_with_its_events_and_its_fitted_value() -> None:
    figure = over_time_figure("full", MODEL, {"age": "Age (years)"}, unit="months")
    assert figure is not None
    first = figure.panels[0]
    assert isinstance(first, Panel)
    assert first.title == "Age (years)"
    assert [layer.at for layer in first.layers if isinstance(layer, Rule)] == [0.5]
    assert len(next(layer for layer in first.layers if isinstance(layer, Marks)).x) == 20


def test_a_model_without_coefficients_over_time_has_no_figure() -> None:
    assert over_time_figure("m", model({}), {}, unit="") is None


def test_a_moving_mean_keeps_a_constant_and_smooths_what_is_not() -> None:
    rough = np.where(np.arange(40) % 2 == 0, 1.0, -1.0)
    smooth, error = moving_mean(rough)
    assert np.abs(smooth[5:-5]).max() < 0.1
    assert (error > 0).all()


def by_hand(values: NDArray[np.float64], share: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the moving mean by a matrix of all weights: right, and quadratic in memory."""
    n = len(values)
    away = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :]) / (max(3.0, share * n) / 2 + 1)
    weight = np.where(away < 1, (1 - np.minimum(away, 1) ** 3) ** 3, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    middle = weight @ values
    spread = np.maximum(weight @ values**2 - middle**2, 0)
    return middle, np.sqrt(spread * (weight**2).sum(axis=1))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 57, 400])
def test_a_moving_mean_by_windowed_sums_is_that_by_all_weights(n: int) -> None:
    values = np.random.default_rng(n).normal(3, 2, n)
    for found, wanted in zip(moving_mean(values), by_hand(values, 0.4), strict=True):
        assert found == pytest.approx(wanted, abs=1e-12)


def test_a_moving_mean_of_sixty_thousand_events_takes_memory_in_proportion() -> None:
    values = np.random.default_rng(1).normal(size=61_000)
    tracemalloc.start()
    middle, _ = moving_mean(values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert np.abs(middle).max() < 0.05
    assert peak < 100 * 8 * len(values)


@pytest.mark.parametrize(
    ("events", "drawn", "said"), [(2000, 2000, ""), (2001, 1001, "One event in 2"), (61_000, 1968, "One event in 31")]
)
def test_of_many_events_some_are_drawn_and_the_caption_says_how_many(events: int, drawn: int, said: str) -> None:
    time = np.arange(1.0, events + 1)
    over = {"time": time, "g": time, "beta": {"age": np.sin(time)}}
    figure = over_time_figure("m", model({"age": 0.0}, over_time=over), {}, unit="")
    assert figure is not None
    panel = figure.panels[0]
    assert isinstance(panel, Panel)
    assert len(next(layer for layer in panel.layers if isinstance(layer, Marks)).x) == drawn
    assert len(next(layer for layer in panel.layers if isinstance(layer, Line)).x) == events
    assert (said in figure.caption, "One event in" in figure.caption) == (True, bool(said))


def test_single_rows_show_their_residual_and_what_they_do_to_each_coefficient() -> None:
    moved = np.array([0.01, -0.2, 0.02])
    left = {
        "row": np.array([1, 3, 4]),
        "martingale": np.zeros(3),
        "deviance": np.array([0.5, -2.0, 1.0]),
        "score": {},
        "dfbeta": {"age": moved, "sex": np.full(3, np.nan)},
        "schoenfeld": {},
    }
    figure = rows_figure("full", model({"age": 0.5, "sex": -0.2}, residuals=left), {"age": "Age (years)"})
    assert figure is not None
    first, second = (panel for panel in figure.panels if isinstance(panel, Panel))
    assert "Age (years): row 3" in figure.caption
    assert second.title == "Age (years)"
    drawn = [next(layer for layer in panel.layers if isinstance(layer, Marks)) for panel in (first, second)]
    assert drawn[0].y == pytest.approx([0.5, -2.0, 1.0])
    assert drawn[1].y == pytest.approx(moved / 0.1)


def test_a_model_whose_residuals_were_not_asked_for_has_no_figure_of_rows() -> None:
    assert rows_figure("m", model({}), {}) is None
