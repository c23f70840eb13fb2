"""Figures that check a model: coefficients over time, and a response over dose with its data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.report.cohort import title_of
from yttria.values.document import Band, Figure, Layer, Line, Marks, Panel, Rule

Record = Mapping[str, Any]
Numbers = NDArray[np.float64]

MOST_PANELS = 6
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
Z = 1.959963984540054


def over_time_figure(name: str, model: Record, titles: Mapping[str, str], *, unit: str) -> Figure | None:
    """Return a panel for each coefficient: its value at each event, their moving mean and the fitted value.

    Parameters
    ----------
    name
        Of the model.
    model
        Its record, with `over_time`.
    titles
        What people call the columns.
    unit
        Of time.

    Returns
    -------
    Figure
        None where the model has none.
    """
    found = model.get("over_time")
    if not found or not found["beta"]:
        return None
    terms = list(found["beta"])[:MOST_PANELS]
    panels = [_over_time_panel(term, found, model, titles, unit) for term in terms]
    rows = -(-len(panels) // 2)
    return Figure(
        name=f"over-time-{name}",
        title=f"Coefficients over time: model {title_of(titles, name)}",
        caption="Scaled Schoenfeld residuals at each event around the fitted coefficient (dashed); line: mean over neighbouring events, with "
        "its 95 % band. A line that climbs or falls says that the effect changes with time.",
        panels=panels,
        width_mm=170,
        height_mm=58.0 * rows,
        columns=min(2, len(panels)),
    )


def _over_time_panel(term: str, found: Record, model: Record, titles: Mapping[str, str], unit: str) -> Panel:
    time, beta = np.asarray(found["time"]), np.asarray(found["beta"][term])
    middle, error = moving_mean(beta)
    low, high = np.quantile(beta, [0.02, 0.98])
    room = 0.15 * (high - low) or 1.0
    layers: list[Layer] = [
        Rule(float(model["terms"][term]["coef"]), "y"),
        Band(time, middle - Z * error, middle + Z * error, "accent"),
        Marks(time, beta, "quiet"),
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
    away = np.abs(np.arange(n)[:, None] - np.arange(n)[None, :]) / (width + 1)
    weight = np.where(away < 1, (1 - np.minimum(away, 1) ** 3) ** 3, 0.0)
    weight /= weight.sum(axis=1, keepdims=True)
    middle = weight @ values
    spread = weight @ values**2 - middle**2
    return middle, np.sqrt(np.maximum(spread, 0.0) * (weight**2).sum(axis=1))


def dose_response_figure(
    name: str,
    dose: Numbers,
    responded: NDArray[np.bool_],
    curve: Sequence[Numbers],
    *,
    title: str,
    caption: str,
    needed: Mapping[str, float] | None = None,
    volume: str = "Tumour dose",
) -> Figure:
    """Return a response over dose: patients as a rug, shares by quarter of dose with their limits, the fit with its band.

    Parameters
    ----------
    name
        Of the figure's file.
    dose, responded
        Of each patient or lesion.
    curve
        Doses, shares, low and high limits of the fit.
    title, caption
        The finding; data, method, n.
    needed
        Doses to mark by name, as D50.
    volume
        Whose dose.
    """
    at, share, low, high = (np.asarray(c) for c in curve)
    layers: list[Layer] = [Band(at, low, high, "tumour"), Line(at, share, colour="tumour")]
    layers += [Rule(value, label=label) for label, value in (needed or {}).items()]
    centre, part, bottom, top = _quarters(dose, responded)
    layers.append(Marks(centre, part, "ink"))
    layers += [Line(np.array([c, c]), np.array([b, t]), width=0.9) for c, b, t in zip(centre, bottom, top, strict=True)]
    layers.append(Marks(dose, np.where(responded, 0.99, 0.01), "quiet", "tick"))
    panel = Panel(
        layers=layers,
        x_label=f"{volume} (Gy)",
        y_label="Response",
        x_range=(0.0, float(max(dose.max(), at.max())) * 1.02),
        y_range=(0.0, 1.0),
        y_ticks=SHARES,
        y_percent=True,
    )
    return Figure(name, title, caption, (panel,), width_mm=120, height_mm=80)


def _quarters(dose: Numbers, responded: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return mean dose, share and Wilson limits of each quarter of the patients by dose."""
    parts = [p for p in np.array_split(np.argsort(dose, kind="stable"), 4) if len(p)]
    n = np.array([len(p) for p in parts], dtype=np.float64)
    share = np.array([responded[p].mean() for p in parts])
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    wide = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    return np.array([dose[p].mean() for p in parts]), share, middle - wide, middle + wide
