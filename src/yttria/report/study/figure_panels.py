"""Figures that a study asks for by name: curves side by side with their hazard ratios, and one later event looked at in three ways."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from string import ascii_uppercase

from yttria.contract.study import AnalysisResult, Coefficient, StudyResult, SurvivalCurve
from yttria.report.study.column_titles import arm_names, level_of, title_of
from yttria.report.study.contrasts import NONE, contrast
from yttria.report.study.forest_figure import ROW_MM as FOREST_ROW_MM
from yttria.report.study.forest_figure import Row, forest_panel
from yttria.report.study.number_format import NO_TEST, exists, p_text, patients_of, ratio
from yttria.report.study.statements import logrank_words
from yttria.report.study.survival_figure import ROW_MM, km_panel
from yttria.values.cohort import same_value
from yttria.values.document import Figure, Panel
from yttria.values.errors import EvidenceError
from yttria.values.protocol import FigureSpec, Protocol

Titles = Mapping[str, str]

LETTERS = ascii_uppercase
PANEL_MM = 50.0
FOREST_MM = 12.0
"""Of a forest, besides its rows: all panels of a figure are of one height."""
SHORTER = ("longer survival", "shorter survival")
COLUMNS = 2


def part_of(result: StudyResult, name: str) -> AnalysisResult:
    """Return the whole study, or a further analysis of it: censored, populations.NAME."""
    if not name:
        return result
    section, _, part = name.partition(".")
    results = result.populations.get(part) if section == "populations" else result.censored
    if results is None:
        raise EvidenceError(
            f"a figure must be of an analysis that was made, but {name} was not; correct [figures]",
            code="figure-analysis-absent",
        )
    return results


def side_by_side(name: str, spec: FigureSpec, result: StudyResult, protocol: Protocol, titles: Titles) -> Figure:
    """Return a figure of curves that the protocol asks for, a panel each, and beside them the hazard ratio of each.

    Parameters
    ----------
    name
        Of the figure's file.
    asked
        Its title and panels.
    result
        The analysis.
    protocol, titles
        What was asked; what people call the columns.
    """
    panels: list[Panel] = []
    rows: list[Row] = []
    texts: list[str] = []
    for letter, panel in zip(LETTERS, spec.panels, strict=False):
        part = part_of(result, panel.of)
        title = panel.title or title_of(titles, panel.by)
        curves = part.km[panel.by]
        panels.append(_curves(f"{letter}  {title}", panel.by, curves, protocol, titles))
        one, other = sides_of(panel.by, curves, protocol)
        effect = contrast(part.univariable.get(panel.by), panel.by, one, other)
        panel_title = panel.title if panel.title and len({p.by for p in spec.panels}) == 1 else ""
        rows.append(Row(f"{letter}  {panel_title or contrast_of(panel.by, (one, other), titles)}", effect))
        texts.append(f"{letter}: {_effect_text(effect, part, panel.by, protocol, titles)}")
    if any(exists((row.effect or NONE).hr) for row in rows):
        favours = SHORTER if protocol.arms is None else _favours(spec, protocol, titles)
        panels.append(
            forest_panel(rows, favours=favours, title=f"{LETTERS[len(rows)]}  Hazard ratios (Cox)", brief=True)
        )
    return Figure(
        name,
        spec.title,
        f"Kaplan–Meier with 95 % CI on the {protocol.km.conf} scale; ticks: censored; dotted: median; beneath: at risk. {' '.join(texts)}",
        panels,
        width_mm=178,
        height_mm=_height(panels),
        columns=COLUMNS,
    )


def _favours(spec: FigureSpec, protocol: Protocol, titles: Titles) -> tuple[str, str]:
    arms = protocol.arms
    if arms is not None and all(panel.by == arms.column for panel in spec.panels):
        treated, control = arm_names(arms, titles)
        return f"favours {treated}", f"favours {control}"
    return SHORTER


def _curves(title: str, factor: str, curves: Mapping[str, SurvivalCurve], protocol: Protocol, titles: Titles) -> Panel:
    return km_panel(
        curves,
        unit=protocol.outcome.unit,
        title=title,
        colours=colours_of(protocol) if protocol.arms is not None and factor == protocol.arms.column else None,
        names={level: level_of(titles, factor, level, curves) for level in curves},
        brief=True,
    )


def colours_of(protocol: Protocol) -> Mapping[str, str]:
    """Return the house's colours of the arms."""
    arms = protocol.arms
    return {} if arms is None else {f"{arms.treated}": "treated", f"{arms.control}": "control"}


def sides_of(factor: str, curves: Iterable[str], protocol: Protocol) -> tuple[str, str]:
    """Return which two levels a ratio compares: treated and control, else the second and the first; two empty ones where there are more."""
    levels, arms = list(curves), protocol.arms
    if arms is not None and factor == arms.column:
        titles = [
            next((level for level in levels if same_value(level, arm)), "") for arm in (arms.treated, arms.control)
        ]
        return titles[0], titles[1]
    return (levels[1], levels[0]) if len(levels) == 2 else ("", "")


def contrast_of(factor: str, sides: tuple[str, str], titles: Titles) -> str:
    """Return two levels as a contrast, the first against the second; the factor's title where they are yes and no, or none."""
    if "" in sides:
        return title_of(titles, factor)
    one, other = (level_of(titles, factor, level, sides) for level in sides)
    return title_of(titles, factor) if (one, other) == ("yes", "no") else f"{one} vs {other}"


def _effect_text(effect: Coefficient, part: AnalysisResult, factor: str, protocol: Protocol, titles: Titles) -> str:
    curves = part.km[factor]
    total = sum(patients_of(record) for record in curves.values())
    test = part.logrank.get(factor, NO_TEST)
    words = [f"n = {total}"]
    if exists(effect.hr):
        words.append(f"HR {ratio(effect)}, {p_text(effect.p, 'Wald')}")
    if exists(test.p):
        words.append(logrank_words(test, len(curves), protocol, titles))
    return "; ".join(words) + "."


def _height(panels: Sequence[Panel]) -> float:
    rows = -(-len(panels) // COLUMNS)
    forests = [
        FOREST_MM + FOREST_ROW_MM * panel.y_range[1] for panel in panels if panel.y_tick_labels and panel.y_range
    ]
    beneath = max(len(panel.under) + panel.title.count("\n") for panel in panels)
    return rows * (max([PANEL_MM, *forests]) + ROW_MM * beneath)


def immortal_figure(name: str, result: StudyResult, protocol: Protocol, titles: Titles) -> Figure:
    """Return one later event looked at naively, from its day on, and at landmarks: curves, and the hazard ratio of each way.

    Parameters
    ----------
    name
        Of the event, as in [time_varying].
    result
        The analysis.
    protocol, titles
        What was asked; what people call the columns.
    """
    results, unit = result.time_varying[name], protocol.outcome.unit
    after = f" {unit}" if unit else ""
    cut = _curves("B  From the day it happened (Simon–Makuch)", name, results.km, protocol, titles)
    panels = [
        _curves("A  As if known from the start: biased", name, results.naive_km, protocol, titles),
        _counted(cut, result, protocol),
    ]
    ways = [
        ("A  known from the start", results.naive.terms.get(name, NONE)),
        ("B  from its day on", results.model.terms.get(name, NONE)),
    ]
    for letter, (at, record) in zip(LETTERS[2:], result.landmark.items(), strict=False):
        title = f"{letter}  By {at}{after}, time from then on (landmark)"
        panels.append(_curves(title, name, record.km[name], protocol, titles))
        ways.append((f"{letter}  by {at}{after}", record.model.terms.get(name, NONE)))
    rows = [Row(label, effect) for label, effect in ways]
    panels.append(
        forest_panel(rows, favours=SHORTER, title=f"{LETTERS[len(rows)]}  Hazard ratio by analysis", brief=True)
    )
    what = title_of(titles, name)
    return Figure(
        f"immortal-time-{name}",
        f"Immortal time: {what} looked at in {len(rows)} ways",
        f"{what}, yes or no. A counts the months before the event as survival with it, though nobody could have died in them: immortal time. "
        "B counts them as time without it. The later panels ask only who was still followed at the landmark, by what was known then. "
        + " ".join(f"{label[0]}: HR {ratio(effect)}, {p_text(effect.p, 'Wald')}." for label, effect in ways),
        panels,
        width_mm=178,
        height_mm=_height(panels),
        columns=COLUMNS,
    )


def _counted(panel: Panel, result: StudyResult, protocol: Protocol) -> Panel:
    """Return the panel with the counts of those for whom the event has happened exact at the ticks.

    Who enters between two exits is in no row of the record; all at risk less those without the event are.
    """
    rows = {name: texts for name, texts in panel.under.items() if texts}
    if len(rows) != 2:
        return panel
    whole = km_panel({"all": result.km["all"]["all"]}, unit=protocol.outcome.unit, brief=True)
    everybody = dict(zip(whole.x_ticks, whole.under["At risk"], strict=True))
    (without, first), (having, second) = rows.items()
    if not set(panel.x_ticks) <= set(everybody) or not all(c.isdigit() for c in (*first, *second)):
        return panel
    exact = [str(int(everybody[t]) - int(count)) for t, count in zip(panel.x_ticks, first, strict=True)]
    return replace(panel, under={**panel.under, without: first, having: exact})
