"""Survival and incidence curves as figures, after KMunicate: limits as bands, who is at risk beneath, curves named at their end.

Source
------
Morris et al. 2019, doi:10.1136/bmjopen-2019-030215.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from yttria.report.study.number_format import exists
from yttria.report.text.number_format import number
from yttria.values.document import Band, Figure, Layer, Line, Marks, Panel

Record = Mapping[str, Any]
Dash = Literal["solid", "dashed", "dotted", "dashdot"]

YEARLY = {"months": 12.0, "month": 12.0, "weeks": 26.0, "days": 365.0, "years": 1.0}
"""Ticks where follow-up is read, by unit of time."""
MOST_TICKS = 9
LEAST_TICKS = 4
MOST_CURVES = 6
DASHES: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted", "solid", "dashed")
ROW_MM = 3.4
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def time_ticks(last: float, unit: str) -> tuple[float, ...]:
    """Return ticks from zero to about the last time, at whole years where the unit allows.

    Examples
    --------
    >>> time_ticks(60.5, "months")
    (0.0, 12.0, 24.0, 36.0, 48.0, 60.0)
    """
    step = YEARLY.get(unit, 0.0)
    if not step or not LEAST_TICKS <= last / step <= MOST_TICKS:
        rough = last / 6
        power = 10.0 ** np.floor(np.log10(rough))
        step = float(next(s for s in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if s >= rough))
    return tuple(float(v) for v in np.arange(0.0, last + step * 0.01, step))


def category(index: int, levels: int) -> str:
    """Return the colour of one of several groups."""
    return "ink" if levels == 1 else f"category-{index % MOST_CURVES + 1}"


def km_figure(
    name: str,
    curves: Mapping[str, Record],
    *,
    unit: str,
    title: str,
    caption: str,
    colours: Mapping[str, str] | None = None,
) -> Figure:
    """Return Kaplan-Meier curves of the levels of a factor with the table of who is at risk.

    Parameters
    ----------
    name
        Of the figure's file.
    curves
        Record of each level, in order.
    unit
        Of time.
    title, caption
        The finding; data, method and n.
    colours
        Of each level by name, where the house has one (treated, control).
    """
    panel = km_panel(curves, unit=unit, colours=colours)
    return Figure(name, title, caption, (panel,), width_mm=170, height_mm=72 + ROW_MM * len(panel.under))


def km_panel(
    curves: Mapping[str, Record],
    *,
    unit: str,
    title: str = "",
    colours: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    brief: bool = False,
) -> Panel:
    """Return Kaplan-Meier curves of the levels of a factor as one panel, who is at risk beneath.

    Parameters
    ----------
    curves
        Record of each level, in order.
    unit
        Of time.
    title
        Above the panel.
    colours
        Of each level by name, where the house has one (treated, control).
    names
        What people call a level.
    brief
        Beneath the axis only who is at risk, a row a level: for panels side by side.
    """
    last = max(float(np.max(record["curve"]["time"])) for record in curves.values())
    ticks = time_ticks(last, unit)
    layers: list[Layer] = []
    under: dict[str, Sequence[str]] = {}
    if brief and len(curves) > 1:
        under["At risk"] = ()
    for i, (level, record) in enumerate(curves.items()):
        tone = (colours or {}).get(level, category(i, len(curves)))
        said = (names or {}).get(level, level)
        layers += _curve_layers(record, tone, said if len(curves) > 1 else "", DASHES[i % len(DASHES)])
        rows = _rows_under(record, ticks)
        if brief:
            under[said if len(curves) > 1 else "At risk"] = rows["At risk"]
            continue
        if len(curves) > 1:
            under[said] = ()
        under |= {f"{what}{_unseen(i)}": texts for what, texts in rows.items()}
    return Panel(
        layers=layers,
        x_label=f"Time ({unit})" if unit else "Time",
        y_label="Survival",
        x_range=(0.0, max(last, ticks[-1]) * 1.01),
        y_range=(0.0, 1.0),
        x_ticks=ticks,
        y_ticks=SHARES,
        y_percent=True,
        title=title,
        under=under,
    )


def _unseen(i: int) -> str:
    """Return a name's ending that keeps equal rows of several groups apart and is not seen."""
    return "\u200b" * i


def _curve_layers(record: Record, tone: str, label: str, dash: Dash) -> list[Layer]:
    curve = record["curve"]
    x = np.concatenate([[0.0], curve["time"]])
    y = np.concatenate([[1.0], curve["survival"]])
    low, high = (np.concatenate([[1.0], curve[key]]) for key in ("low", "high"))
    layers: list[Layer] = []
    if np.isfinite(low[1:]).any():
        layers.append(Band(x, _kept(low), _kept(high), tone, step=True))
    layers.append(Line(x, y, label, tone, dash, step=True))
    ticked = np.asarray(curve["censored"]) > 0
    if ticked.any():
        layers.append(Marks(np.asarray(curve["time"])[ticked], np.asarray(curve["survival"])[ticked], tone, "tick"))
    if exists(record["median"]):
        median = float(record["median"])
        layers.append(Line(np.array([0.0, median, median]), np.array([0.5, 0.5, 0.0]), "", "grey", "dotted", width=0.8))
    return layers


def _kept(limit: NDArray[Any]) -> NDArray[np.float64]:
    """Return limits with the last one that exists kept where the next does not."""
    where = np.where(np.isfinite(limit), np.arange(len(limit)), 0)
    return np.asarray(limit[np.maximum.accumulate(where)], dtype=np.float64)


def _rows_under(record: Record, ticks: Sequence[float]) -> dict[str, list[str]]:
    """Return at risk, censored and events at the ticks: the last two so far."""
    curve = record["curve"]
    time = np.asarray(curve["time"])
    ahead = np.searchsorted(time, ticks, side="left")
    so_far = np.searchsorted(time, ticks, side="right")
    at_risk = np.append(curve["at_risk"], 0.0)
    counted = {key: np.concatenate([[0.0], np.cumsum(curve[key])]) for key in ("censored", "events")}
    return {
        "At risk": [_count(at_risk[i]) for i in ahead],
        "Censored": [_count(counted["censored"][i]) for i in so_far],
        "Events": [_count(counted["events"][i]) for i in so_far],
    }


def _count(value: float) -> str:
    """Return a count; a sum of case weights has one decimal."""
    return number(value, 0 if float(value).is_integer() else 1)


def incidence_figure(
    name: str, groups: Mapping[str, Mapping[str, Record]], *, unit: str, title: str, caption: str
) -> Figure:
    """Return cumulative incidences of each cause: a panel a group, a line a cause.

    Parameters
    ----------
    name
        Of the figure's file.
    groups
        By level, then by cause: time, estimate, std_err.
    unit
        Of time.
    title, caption
        The finding; data and method.
    """
    last = max(float(np.max(r["time"])) for causes in groups.values() for r in causes.values())
    top = max(float(np.max(r["estimate"])) for causes in groups.values() for r in causes.values())
    height = next(share for share in (0.2, 0.4, 0.6, 0.8, 1.0) if share >= min(top, 1.0) - 1e-12)
    panels = [
        _incidence_panel(level, causes, (time_ticks(last, unit), last), unit, height)
        for level, causes in groups.items()
    ]
    rows = -(-len(panels) // 2)
    return Figure(name, title, caption, panels, width_mm=170, height_mm=70.0 * rows, columns=min(2, len(panels)))


def _incidence_panel(
    level: str, causes: Mapping[str, Record], times: tuple[Sequence[float], float], unit: str, height: float
) -> Panel:
    ticks, last = times
    layers: list[Layer] = []
    for i, (cause, record) in enumerate(causes.items()):
        x = np.concatenate([[0.0], record["time"]])
        y = np.concatenate([[0.0], record["estimate"]])
        wide = 1.96 * np.concatenate([[0.0], record["std_err"]])
        tone = category(i, max(2, len(causes)))
        layers.append(Band(x, np.maximum(y - wide, 0.0), np.minimum(y + wide, 1.0), tone, step=True))
        layers.append(Line(x, y, cause, tone, DASHES[i % len(DASHES)], step=True))
    return Panel(
        layers=layers,
        x_label=f"Time ({unit})" if unit else "Time",
        y_label="Cumulative incidence",
        x_range=(0.0, max(last, ticks[-1]) * 1.01),
        y_range=(0.0, height),
        x_ticks=ticks,
        y_ticks=tuple(s for s in SHARES if s <= height + 1e-12),
        y_percent=True,
        title=level,
    )
