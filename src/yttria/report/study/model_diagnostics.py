"""Figures that check a model: its coefficients over time, and what single rows do to it."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from yttria.contract.study import CoefficientsOverTime, CoxModel
from yttria.report.study.column_titles import title_of
from yttria.values.document import Band, Figure, Layer, Line, Marks, Panel, Rule

Numbers = NDArray[np.float64]

MOST_PANELS = 6
MOST_ROWS = 2000
Z = 1.959963984540054


def over_time_figure(name: str, model: CoxModel, titles: Mapping[str, str], *, unit: str) -> Figure | None:
    """Return a panel for each coefficient: its value at each event, their moving mean and the fitted value.

    Parameters
    ----------
    name
        Of the model.
    model
        The model, with `over_time`.
    titles
        What people call the columns.
    unit
        Of time.

    Returns
    -------
    Figure
        None where the model has none.
    """
    result = model.over_time
    if result is None or not result.beta:
        return None
    terms = list(result.beta)[:MOST_PANELS]
    every = _step(len(result.time))
    thinned = f" One event in {every} is drawn; the lines are of all." if every > 1 else ""
    panels = [_over_time_panel(term, result, model, titles, unit) for term in terms]
    rows = -(-len(panels) // 2)
    return Figure(
        name=f"over-time-{name}",
        title=f"Coefficients over time: model {title_of(titles, name)}",
        caption="Scaled Schoenfeld residuals at each event around the fitted coefficient (dashed); line: mean over neighbouring events, with "
        f"its 95 % band. A line that climbs or falls says that the effect changes with time.{thinned}",
        panels=panels,
        width_mm=170,
        height_mm=58.0 * rows,
        columns=min(2, len(panels)),
    )


def _step(events: int) -> int:
    """Return of how many events one is drawn, so that a panel holds at most 2000 marks."""
    return max(1, -(-events // MOST_ROWS))


def _over_time_panel(
    term: str, coefficients_over_time: CoefficientsOverTime, model: CoxModel, titles: Mapping[str, str], unit: str
) -> Panel:
    time, beta = np.asarray(coefficients_over_time.time), np.asarray(coefficients_over_time.beta[term])
    middle, error = moving_mean(beta)
    low, high = np.quantile(beta, [0.02, 0.98])
    room = 0.15 * (high - low) or 1.0
    part = slice(None, None, _step(len(beta)))
    layers: list[Layer] = [
        Rule(_number(model.terms[term].coef), "y"),
        Band(time, middle - Z * error, middle + Z * error, "accent"),
        Marks(time[part], beta[part], "quiet"),
        Line(time, middle, colour="accent"),
    ]
    return Panel(
        layers=layers,
        x_label=f"Time ({unit})" if unit else "Time",
        y_label="Log hazard ratio",
        y_range=(float(low - room), float(high + room)),
        title=title_of(titles, term),
    )


def moving_mean(values: Numbers, share: float = 0.4) -> tuple[Numbers, Numbers]:
    """Return the mean of each value with its neighbours, weights falling off towards the edge of a window, and its error.

    Examples
    --------
    >>> moving_mean(np.array([1.0, 1.0, 1.0, 1.0]))[0]
    array([1., 1., 1., 1.])
    """
    n = len(values)
    width = max(3.0, share * n) / 2
    reach = min(int(width + 1), n - 1)
    kernel = (1 - np.minimum(np.abs(np.arange(-reach, reach + 1)) / (width + 1), 1) ** 3) ** 3
    centre = values.mean()
    around = values - centre
    total, squared, first, second = _windowed(
        [np.ones(n), np.ones(n), around, around**2], [kernel, kernel**2, kernel, kernel]
    )
    middle = first / total
    spread = second / total - middle**2
    return centre + middle, np.sqrt(np.maximum(spread, 0.0) * squared) / total


def _windowed(values: Sequence[Numbers], kernels: Sequence[Numbers]) -> Sequence[Numbers]:
    """Return the sums of values over a window around each place, weighted by a kernel: by Fourier transform, in linear memory."""
    n, reach = len(values[0]), len(kernels[0]) // 2
    size = 1 << (n + 2 * reach).bit_length()
    results = [
        np.fft.irfft(np.fft.rfft(v, size) * np.fft.rfft(k, size), size) for v, k in zip(values, kernels, strict=True)
    ]
    return [f[reach : reach + n] for f in results]


def rows_figure(name: str, model: CoxModel, titles: Mapping[str, str]) -> Figure | None:
    """Return what single rows do to a model: their deviance residuals, and how far each moves each coefficient.

    Parameters
    ----------
    name
        Of the model.
    model
        The model, with `residuals`.
    titles
        What people call the columns.

    Returns
    -------
    Figure
        None where the model has none, or more than a figure can show (result.json holds them).
    """
    result = model.residuals
    if result is None or not 0 < len(result.row) <= MOST_ROWS:
        return None
    row = np.asarray(result.row, dtype=np.float64)
    columns = {term: np.asarray(v, dtype=np.float64) for term, v in result.dfbeta.items()}
    moved = {term: column for term, column in columns.items() if np.isfinite(column).all()}
    names = list(moved)[: MOST_PANELS - 1]
    panels = [_row_panel(row, np.asarray(result.deviance, dtype=np.float64), "Deviance residual", "Deviance residuals")]
    for term in names:
        in_errors = moved[term] / _number(model.terms[term].se)
        panels.append(_row_panel(row, in_errors, "Change, standard errors", title_of(titles, term)))
    most = [f"{title_of(titles, t)}: row {int(row[np.abs(moved[t]).argmax()])}" for t in names]
    furthest = f" Moved furthest by: {'; '.join(most)}." if most else ""
    return Figure(
        name=f"rows-{name}",
        title=f"Single rows in model {title_of(titles, name)}",
        caption="Deviance residual of each row of the table, and how far each coefficient moves, in its standard errors, with that row in "
        f"rather than left out (dfbeta, to first order).{furthest}",
        panels=panels,
        width_mm=170,
        height_mm=52.0 * -(-len(panels) // 2),
        columns=min(2, len(panels)),
    )


def _number(value: float | None) -> float:
    """Return a number, NaN where there is none."""
    return math.nan if value is None else value


def _row_panel(row: Numbers, value: Numbers, y_label: str, title: str) -> Panel:
    return Panel(
        layers=[Rule(0.0, "y"), Marks(row, value, "quiet")],
        x_label="Row of the table",
        y_label=y_label,
        title=title,
    )
