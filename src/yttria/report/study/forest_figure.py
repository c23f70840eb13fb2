"""Hazard ratios as a forest: boxes by information, whiskers that end in arrows, columns beside, reference lines."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.contract.study import Subgroups
from yttria.report.study.column_titles import side_of
from yttria.report.study.number_format import Ratio, exists, p_value, patients_of, ratio
from yttria.report.text.line_breaks import broken, width_of
from yttria.values.cohort import same_value
from yttria.values.document import Figure, Layer, Marks, Panel, Rule
from yttria.values.protocol import Word

Limits = tuple[float, float, float]

ROW_MM = 4.1
LINE_MM = 3.5
"""Of each further line of a row's name."""
NAME_LETTERS, BRIEF_LETTERS, WORDS_LETTERS = 38, 24, 100
"""Width of a row's name, of one in a panel among others, and of the words beneath the axis, in letters."""
HEADING_LETTERS, HEADING_LINES = (14, 24), 4
"""Least and greatest width of the heading of a column beside, and how many lines it should have at most."""
RANGES = (0.05, 0.1, 0.125, 0.2, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0)
SMALLEST, LARGEST = 14.0, 90.0
AS_IN_PAPER, OURS = "as printed", "ours"
"""Where a publication is reproduced: a ratio that it prints, and one that only this cohort gives."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a forest."""

    label: str
    effect: Ratio | None = None
    treated: str = ""
    control: str = ""
    p: str = ""
    source: str = ""


def subgroup_rows(
    subgroups: Mapping[str, Subgroups], titles: Mapping[str, str], columns: Mapping[str, Sequence[Word]] | None = None
) -> list[Row]:
    """Return each level of each factor with events and patients per arm; the interaction's P stands beside its first level.

    Parameters
    ----------
    subgroups
        Of the analysis, by factor.
    titles
        What people call columns and levels.
    columns
        Levels by factor whose ratio a publication prints; every row then says whether its ratio is one of them or this cohort's own.
    """
    rows = []
    for factor, record in subgroups.items():
        first = True
        for level, group in record.levels.items():
            treated, control = (f"{arm.events}/{patients_of(arm)}" for arm in (group.treated, group.control))
            p = p_value(record.interaction.lr_p) if first else ""
            is_in_paper = any(same_value(level, value) for value in (columns or {}).get(factor, ()))
            source = "" if not columns else AS_IN_PAPER if is_in_paper else OURS
            rows.append(Row(side_of(titles, factor, level, record.levels), group, treated, control, p, source))
            first = False
    return rows


def forest_figure(
    name: str,
    rows: Sequence[Row],
    *,
    title: str,
    caption: str,
    favours: tuple[str, str],
    arms: tuple[str, str] = ("Treated", "Control"),
    overall: float | None = None,
) -> Figure:
    """Return the rows as a forest plot, the first at the top.

    Parameters
    ----------
    name
        Of the figure's file.
    rows
        Headings and effects.
    title, caption
        The finding; data, method, n.
    favours
        Words left and right of a ratio of one.
    arms
        Headings of the counts.
    overall
        The effect in all patients, as a second reference line.
    """
    panel = forest_panel(rows, favours=favours, arms=arms, overall=overall)
    top = max(heading.count("\n") for heading in panel.text_columns) + panel.x_label.count("\n")
    height = 24 + ROW_MM * sum(_tall(row, NAME_LETTERS) for row in rows) + LINE_MM * top
    return Figure(name, title, caption, (panel,), width_mm=178, height_mm=height)


def _tall(row: Row, letters: int) -> float:
    """Return the height of a row, one of one line being 1."""
    return 1 + (len(broken(row.label, letters)) - 1) * LINE_MM / ROW_MM


def forest_panel(
    rows: Sequence[Row],
    *,
    favours: tuple[str, str],
    arms: tuple[str, str] = ("Treated", "Control"),
    overall: float | None = None,
    title: str = "",
    brief: bool = False,
) -> Panel:
    """Return the rows of a forest as one panel, the first at the top; `brief` where it stands among others."""
    letters = BRIEF_LETTERS if brief else NAME_LETTERS
    tall = np.array([_tall(row, letters) for row in rows])
    height = np.cumsum(tall[::-1])[::-1] - tall / 2 + 0.5
    rows_with_effect = [i for i, row in enumerate(rows) if row.effect is not None and exists(row.effect.hr)]
    effects = [_numbers(rows[i].effect) for i in rows_with_effect]
    low, high = _range(effects)
    layers: list[Layer] = [Rule(1.0, colour="ink", dash="solid")]
    if exists(overall) and overall is not None and low < overall < high:
        layers.append(Rule(overall, label="all", colour="grey"))
    if effects:
        layers.append(
            Marks(
                np.array([ratio for ratio, _, _ in effects]),
                height[rows_with_effect],
                "accent",
                "square",
                np.array([low for _, low, _ in effects]),
                np.array([high for _, _, high in effects]),
                _sizes(effects),
            )
        )
    return Panel(
        layers=layers,
        x_label=_axis_words(favours),
        y_label="",
        x_range=(low, high),
        y_range=(0.4, float(tall.sum()) + 0.6),
        x_ticks=tuple(v for v in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if low <= v <= high),
        y_ticks=tuple(float(h) for h in height),
        y_tick_labels=["\n".join(broken(row.label, letters)) for row in rows],
        x_log=True,
        text_columns=_columns(rows, arms),
        title="\n".join(broken(title, WORDS_LETTERS)),
    )


def _axis_words(favours: tuple[str, str]) -> str:
    """Return what the axis is and what its sides favour, on one line or on a line each."""
    words = f"Hazard ratio (log scale):  ← {favours[0]}  |  {favours[1]} →"
    if width_of(words) <= WORDS_LETTERS:
        return words
    left, right = ("\n".join(broken(side, WORDS_LETTERS - 2)) for side in favours)
    return f"Hazard ratio (log scale)\n← {left}\n{right} →"


def _numbers(effect: Ratio | None) -> Limits:
    """Return a ratio and its limits, NaN where one does not exist."""
    values = (None, None, None) if effect is None else (effect.hr, effect.low, effect.high)
    middle, low, high = (math.nan if value is None else value for value in values)
    return middle, low, high


def _range(effects: Sequence[Limits]) -> tuple[float, float]:
    """Return an axis, symmetric about one, that shows every estimate and most limits."""
    farthest = max((abs(math.log(v)) for effect in effects for v in effect if exists(v) and v > 0), default=1.0)
    inside = max((abs(math.log(middle)) for middle, _, _ in effects if middle > 0), default=0.7)
    limit = math.exp(min(farthest, max(inside, math.log(8.0))))
    edge = next((v for v in RANGES if v >= max(limit, 2.0)), RANGES[-1])
    return 1 / edge, edge


def _sizes(effects: Sequence[Limits]) -> NDArray[np.float64]:
    """Return areas by information: one over the variance of the log ratio."""
    width = np.array([math.log(high / low) if exists(low) and low > 0 else np.inf for _, low, high in effects])
    weight = 1 / np.maximum(width, 1e-6) ** 2
    areas = LARGEST * weight / weight.max() if weight.max() > 0 else weight
    return np.asarray(np.clip(areas, SMALLEST, LARGEST), dtype=np.float64)


def _columns(rows: Sequence[Row], arms: tuple[str, str]) -> dict[str, list[str]]:
    columns = {"HR (95 % CI)": [ratio(row.effect) if row.effect is not None else "" for row in rows]}
    if any(row.treated for row in rows):
        first, second = ("\n".join(broken(arm, _heading_letters(arm))) for arm in arms)
        columns = {first: [row.treated for row in rows], f"{second}\u200b": [row.control for row in rows], **columns}
    if any(row.p for row in rows):
        columns["P of interaction"] = [row.p for row in rows]
    if any(row.source for row in rows):
        columns["Ratio"] = [row.source for row in rows]
    return columns


def _heading_letters(words: str) -> int:
    """Return the width of a heading that takes few lines without taking the width of the plot."""
    least, most = HEADING_LETTERS
    return min(max(least, -(-width_of(words) // HEADING_LINES)), most)
