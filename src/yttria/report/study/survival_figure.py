"""Survival and incidence curves as figures, after KMunicate: limits as bands, who is at risk beneath, curves named at their end.

Source
------
Morris et al. 2019, doi:10.1136/bmjopen-2019-030215.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.contract.study import CumulativeIncidence, SurvivalCurve
from yttria.report.study.number_format import exists
from yttria.report.text.line_breaks import broken, width_of
from yttria.report.text.number_format import number
from yttria.values.cohort import same_value
from yttria.values.document import Band, Dash, Figure, Layer, Line, Marks, Panel

READ_AT = {
    "month": (12.0, 6.0, 3.0, 1.0, 24.0, 36.0, 60.0, 120.0),
    "week": (52.0, 26.0, 13.0, 4.0, 1.0, 104.0, 260.0),
    "day": (365.0, 182.0, 91.0, 30.0, 7.0, 1.0, 730.0, 1825.0),
    "year": (1.0, 0.5, 2.0, 5.0, 10.0, 0.25),
}
"""Distances of ticks where follow-up is read, by unit of time, the best first: a year, half a year, and so on."""
MOST_TICKS = 9
LEAST_TICKS = 3
MOST_CURVES = 6
DASHES: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted", "longdash", "dashdotdot")
ARM_TONES = {"treated": "category-1", "control": "category-2"}
"""Categories whose hue the arms have."""
ROW_MM = 3.4
END_LETTERS, END_LETTERS_BRIEF = 20, 12
"""Width of a name at the end of a curve, in letters: the curves keep most of the figure."""
END_LINES, END_LINES_ALL = 3, 12
"""Lines of one name at the end of a curve, and of all of them; longer names stand beneath the axis alone, with a piece of their line."""
ROW_LETTERS = 14
"""Width of a name beside its row of numbers; a longer one is a heading above them."""
HEADING_LETTERS, HEADING_LETTERS_BRIEF = 105, 48
TITLE_LETTERS, TITLE_LETTERS_BRIEF = 80, 34
"""Width of a panel's title, in letters."""
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def time_ticks(last: float, unit: str) -> tuple[float, ...]:
    """Return ticks from zero to about the last time, at whole years where the unit allows.

    Examples
    --------
    >>> time_ticks(60.5, "months"), time_ticks(20.0, "months")
    ((0.0, 12.0, 24.0, 36.0, 48.0, 60.0), (0.0, 6.0, 12.0, 18.0))
    """
    steps = READ_AT.get(unit.lower().removesuffix("s"), ())
    step = next((step for step in steps if LEAST_TICKS <= last / step <= MOST_TICKS), 0.0)
    if not step:
        rough = last / 6
        power = 10.0 ** np.floor(np.log10(rough))
        step = float(next(s for s in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if s >= rough))
    return tuple(float(v) for v in np.arange(0.0, last + step * 0.01, step))


def tones_of(levels: Sequence[str], tones: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return a colour of its own for each of up to six levels: the house's where it has one, else the next hue that is free.

    Examples
    --------
    >>> tones_of(["B", "P", "S"], {"P": "treated", "S": "control"})
    {'B': 'category-3', 'P': 'treated', 'S': 'control'}
    """
    own = {level: tone for level in levels for name, tone in (tones or {}).items() if same_value(level, name)}
    free = [f"category-{i + 1}" for i in range(MOST_CURVES)]
    free = [tone for tone in free if tone not in {ARM_TONES.get(tone, tone) for tone in own.values()}]
    others = [level for level in levels if level not in own]
    result = own | {level: free[i % len(free)] for i, level in enumerate(others)}
    return {level: result[level] if len(levels) > 1 else "ink" for level in levels}


def km_figure(
    name: str,
    curves: Mapping[str, SurvivalCurve],
    *,
    unit: str,
    title: str,
    caption: str,
    colours: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    corner: str = "",
) -> Figure:
    """Return Kaplan-Meier curves of the levels of a factor with the table of who is at risk.

    Parameters
    ----------
    name
        Of the figure's file.
    curves
        Of each level, in order.
    unit
        Of time.
    title, caption
        The finding; data, method and n.
    colours
        Of each level by name, where the house has one (treated, control).
    names
        What people call a level.
    corner
        Words in the corner that the curves leave free: the hazard ratio of two arms.
    """
    panel = km_panel(curves, unit=unit, colours=colours, names=names, corner=corner)
    return Figure(name, title, caption, (panel,), width_mm=170, height_mm=72 + ROW_MM * len(panel.under))


def km_panel(
    curves: Mapping[str, SurvivalCurve],
    *,
    unit: str,
    title: str = "",
    colours: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    brief: bool = False,
    corner: str = "",
) -> Panel:
    """Return Kaplan-Meier curves of the levels of a factor as one panel, who is at risk beneath.

    Parameters
    ----------
    curves
        Of each level, in order.
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
    corner
        Words in the corner that the curves leave free.
    """
    last = max(float(np.max(record.curve.time)) for record in curves.values())
    ticks = time_ticks(last, unit)
    called = {level: (names or {}).get(level, level) for level in curves} if len(curves) > 1 else {}
    ends = end_names(list(called.values()), brief=brief)
    tones = tones_of(list(curves), colours)
    styles = {level: (tones[level], DASHES[i % len(DASHES)]) for i, level in enumerate(curves)}
    layers: list[Layer] = []
    for level, record in curves.items():
        layers += _curve_layers(record, *styles[level], ends.get(called.get(level, ""), ""))
    under, samples = _table_under(curves, called, ticks, styles, brief=brief)
    return replace(
        survival_panel(layers, unit, last),
        title="\n".join(broken(title, TITLE_LETTERS_BRIEF if brief else TITLE_LETTERS)),
        under=under,
        samples=samples,
        corner=corner,
    )


def survival_panel(layers: Sequence[Layer], unit: str, last: float) -> Panel:
    """Return a panel of shares that survive, per cent, along the time up to the last follow-up."""
    ticks = time_ticks(last, unit)
    return Panel(
        layers=layers,
        x_label=f"Time ({unit})" if unit else "Time",
        y_label="Survival",
        x_range=(0.0, max(last, ticks[-1]) * 1.01),
        y_range=(0.0, 1.0),
        x_ticks=ticks,
        y_ticks=SHARES,
        y_percent=True,
    )


def end_names(names: Sequence[str], *, brief: bool = False) -> dict[str, str]:
    """Return the names of curves as they stand at their ends, broken into lines; empty ones where they are too long for it."""
    lines = {name: broken(name, END_LETTERS_BRIEF if brief else END_LETTERS) for name in names}
    fits = all(len(result) <= END_LINES for result in lines.values())
    fits = fits and sum(len(result) for result in lines.values()) <= END_LINES_ALL
    return {name: "\n".join(result) if fits else "" for name, result in lines.items()}


def _table_under(
    curves: Mapping[str, SurvivalCurve],
    called: Mapping[str, str],
    ticks: Sequence[float],
    styles: Mapping[str, tuple[str, Dash]],
    *,
    brief: bool,
) -> tuple[dict[str, Sequence[str]], dict[str, tuple[str, Dash]]]:
    """Return the rows beneath the axis, and the line before each heading: the name of a curve, broken where it is long."""
    short = brief and all(width_of(name) <= ROW_LETTERS for name in called.values())
    under: dict[str, Sequence[str]] = {"At risk": ()} if short and called else {}
    samples: dict[str, tuple[str, Dash]] = {}
    for level, record in curves.items():
        rows = _rows_under(record, ticks)
        if short:
            under[_apart(called[level], under) if called else "At risk"] = rows["At risk"]
            continue
        if called:
            lines = broken(called[level], HEADING_LETTERS_BRIEF if brief else HEADING_LETTERS)
            first = _apart(lines[0], under)
            samples[first] = styles[level]
            under[first] = ()
            for line in lines[1:]:
                under[_apart(line, under)] = ()
        for what, texts in rows.items():
            if what == "At risk" or not brief:
                under[_apart(what, under)] = texts
    return under, samples


def _apart(name: str, under: Mapping[str, Sequence[str]]) -> str:
    """Return a name with an ending that keeps it apart from equal ones above it and is not seen."""
    while name in under:
        name += "\u200b"
    return name


def _curve_layers(record: SurvivalCurve, tone: str, dash: Dash, label: str) -> list[Layer]:
    curve = record.curve
    x = np.concatenate([[0.0], curve.time])
    y = np.concatenate([[1.0], curve.survival])
    low, high = (np.concatenate([[1.0], np.asarray(limit, dtype=np.float64)]) for limit in (curve.low, curve.high))
    layers: list[Layer] = []
    if np.isfinite(low[1:]).any():
        layers.append(Band(x, _finite_limit(low), _finite_limit(high), tone, step=True))
    layers.append(Line(x, y, label, tone, dash, step=True))
    ticked = np.asarray(curve.censored) > 0
    if ticked.any():
        layers.append(Marks(np.asarray(curve.time)[ticked], np.asarray(curve.survival)[ticked], tone, "tick"))
    if exists(record.median):
        median = record.median
        layers.append(Line(np.array([0.0, median, median]), np.array([0.5, 0.5, 0.0]), "", "grey", "dotted", width=0.8))
    return layers


def _finite_limit(limit: NDArray[Any]) -> NDArray[np.float64]:
    """Return limits with the last one that exists kept where the next does not."""
    where = np.where(np.isfinite(limit), np.arange(len(limit)), 0)
    return np.asarray(limit[np.maximum.accumulate(where)], dtype=np.float64)


def _rows_under(record: SurvivalCurve, ticks: Sequence[float]) -> dict[str, list[str]]:
    """Return at risk, censored and events at the ticks: the last two so far."""
    curve = record.curve
    time = np.asarray(curve.time)
    ahead = np.searchsorted(time, ticks, side="left")
    so_far = np.searchsorted(time, ticks, side="right")
    at_risk = np.append(curve.at_risk, 0.0)
    censored, events = (np.concatenate([[0.0], np.cumsum(column)]) for column in (curve.censored, curve.events))
    return {
        "At risk": [_count(at_risk[i]) for i in ahead],
        "Censored": [_count(censored[i]) for i in so_far],
        "Events": [_count(events[i]) for i in so_far],
    }


def _count(value: float) -> str:
    """Return a count; a sum of case weights has one decimal."""
    return number(value, 0 if float(value).is_integer() else 1)


def incidence_figure(
    name: str,
    groups: Mapping[str, Mapping[str, CumulativeIncidence]],
    *,
    unit: str,
    title: str,
    caption: str,
    at_risk: Mapping[str, SurvivalCurve] | None = None,
) -> Figure:
    """Return cumulative incidences of each cause: a panel a group, a line a cause, who is at risk beneath.

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
    at_risk
        Survival curve of each group, which holds who is at risk.
    """
    last = max(float(np.max(r.time)) for causes in groups.values() for r in causes.values())
    top = max(float(np.max(r.estimate)) for causes in groups.values() for r in causes.values())
    height = next(share for share in (0.2, 0.4, 0.6, 0.8, 1.0) if share >= min(top, 1.0) - 1e-12)
    ticks = time_ticks(last, unit)
    panels = [
        replace(
            _incidence_panel(level, causes, (ticks, last), unit, height),
            under={}
            if level not in (at_risk or {})
            else {"At risk": _rows_under((at_risk or {})[level], ticks)["At risk"]},
        )
        for level, causes in groups.items()
    ]
    rows = -(-len(panels) // 2)
    tall = 70.0 + ROW_MM * (1 + max(panel.title.count("\n") for panel in panels))
    return Figure(name, title, caption, panels, width_mm=170, height_mm=tall * rows, columns=min(2, len(panels)))


def _incidence_panel(
    level: str,
    causes: Mapping[str, CumulativeIncidence],
    times: tuple[Sequence[float], float],
    unit: str,
    height: float,
) -> Panel:
    ticks, last = times
    layers: list[Layer] = []
    ends, tones = end_names(list(causes), brief=True), tones_of(list(causes))
    for i, (cause, record) in enumerate(causes.items()):
        x = np.concatenate([[0.0], record.time])
        y = np.concatenate([[0.0], record.estimate])
        wide = 1.96 * np.concatenate([[0.0], record.std_err])
        tone = tones[cause] if len(causes) > 1 else "category-1"
        layers.append(Band(x, np.maximum(y - wide, 0.0), np.minimum(y + wide, 1.0), tone, step=True))
        label = ends[cause] or "\n".join(broken(cause, END_LETTERS_BRIEF))
        layers.append(Line(x, y, label, tone, DASHES[i % len(DASHES)], step=True))
    return Panel(
        layers=layers,
        x_label=f"Time ({unit})" if unit else "Time",
        y_label="Cumulative incidence",
        x_range=(0.0, max(last, ticks[-1]) * 1.01),
        y_range=(0.0, height),
        x_ticks=ticks,
        y_ticks=tuple(s for s in SHARES if s <= height + 1e-12),
        y_percent=True,
        title="\n".join(broken(level, TITLE_LETTERS_BRIEF)),
    )
