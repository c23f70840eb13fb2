"""Patients, outcome and subgroups of a study."""

from collections.abc import Iterator, Mapping, Sequence, Sized
from dataclasses import replace

from yttria.contract.study import BaselineColumn, StudyResult, SurvivalCurve
from yttria.report.study.baseline_table import baseline_table
from yttria.report.study.column_titles import arm_names, level_of, title_of
from yttria.report.study.contrasts import arm_effect, contrast
from yttria.report.study.figure_panels import colours_of, contrast_of, part_of, side_by_side, sides_of
from yttria.report.study.forest_figure import AS_IN_PAPER, OURS, Row, forest_figure, subgroup_rows
from yttria.report.study.number_format import NO_TEST, exists, level_words, p_text, patients_of, ratio
from yttria.report.study.statements import flow_words, followup_words, logrank_words, resting_words
from yttria.report.study.study_paper import MOST_LEVELS, StudyPaper, arm_column, undrawn_words
from yttria.report.study.survival_figure import km_figure
from yttria.report.study.survival_tables import outcome_table, quantile_table
from yttria.report.text.capitals import capital
from yttria.values.document import Block, DefinitionList, Figure, Paragraph
from yttria.values.protocol import EVERYBODY, FigureSpec, Protocol, Word


def patient_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return who was studied: counts, flow, follow-up and Table 1."""
    result = paper.result
    blocks: list[Block] = [
        DefinitionList(
            (
                *_counted(result, paper.protocol),
                ("Events", str(result.events)),
                ("Censored", str(patients_of(result) - result.events)),
                ("Unit of time", paper.unit or "as in the table"),
            )
        ),
        *(Paragraph(words) for words in flow_words(result, paper.protocol, paper.titles)),
        Paragraph(followup_words(result.followup, paper.unit)),
    ]
    if baseline := result.baseline:
        blocks.append(baseline_table(baseline, _arm_levels(baseline), paper.titles, factor=arm_column(paper)))
    return tuple(blocks)


def _counted(result: StudyResult, protocol: Protocol) -> list[tuple[str, str]]:
    """Return how many patients there are, and of how many rows where these are intervals of them."""
    if result.patients is not None:
        return [("Patients", str(result.patients)), ("Rows (intervals)", str(result.n))]
    return [("Patients" if protocol.outcome.entry is None else "Rows (intervals)", str(result.n))]


def _arm_levels(baseline: Mapping[str, BaselineColumn]) -> list[str]:
    """Return the arms in the order of the table."""
    for record in baseline.values():
        if record.number is not None:
            return list(record.number.by)
        for level in record.levels.values():
            return list(level.by)
    return []


def outcome_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return rates and medians, the figures of the protocol, and a figure of curves for each other factor."""
    result, protocol = paper.result, paper.protocol
    blocks: list[Block] = [
        outcome_table(
            result,
            paper.titles,
            unit=paper.unit,
            interval_words=level_words(protocol.km.level),
            strata=protocol.km.strata,
        ),
        *(Paragraph(words) for words in resting_words(result, protocol, paper.titles)),
    ]
    if protocol.km.quantiles:
        blocks.append(
            quantile_table(result, paper.titles, unit=paper.unit, interval_words=level_words(protocol.km.level))
        )
    for name, figure in protocol.figures.items():
        if figure.forest:
            blocks += _forest(paper, name, figure.title, figure.printed)
        else:
            blocks += _side_by_side(paper, name, figure)
    columns = {panel.by for figure in protocol.figures.values() for panel in figure.panels if not panel.of}
    for factor, curves in result.km.items():
        if factor in columns or not curves or (factor == "all" and protocol.km.by):
            continue
        if len(curves) > MOST_LEVELS:
            blocks.append(Paragraph(undrawn_words(paper, factor, curves)))
            continue
        blocks.append(_km(paper, factor, curves, result, f"km-{factor}"))
    return tuple(blocks)


def _side_by_side(paper: StudyPaper, name: str, figure_spec: FigureSpec) -> Iterator[Block]:
    """Yield a figure of the curves that it can tell apart, and why others are left out."""
    levels = [part_of(paper.result, panel.of).km[panel.by] for panel in figure_spec.panels]
    panels = [panel for panel, curves in zip(figure_spec.panels, levels, strict=True) if len(curves) <= MOST_LEVELS]
    if panels:
        yield side_by_side(name, replace(figure_spec, panels=tuple(panels)), paper.result, paper.protocol, paper.titles)
    for panel, curves in zip(figure_spec.panels, levels, strict=True):
        if panel not in panels:
            yield Paragraph(undrawn_words(paper, panel.by, curves))


def _km(paper: StudyPaper, factor: str, curves: Mapping[str, SurvivalCurve], result: StudyResult, name: str) -> Figure:
    whom = title_of(paper.titles, factor) if factor != "all" else "all patients"
    total = sum(patients_of(record) for record in curves.values())
    bands = f"bands: {level_words(paper.protocol.km.level)} on the {paper.protocol.km.conf} scale"
    corner, has_ratio = _ratio_words(paper, factor, curves, result)
    return km_figure(
        name,
        curves,
        unit=paper.unit,
        title=f"Survival: {whom}",
        caption=f"Kaplan–Meier, n = {total}; {bands}; ticks: censored; dotted: median.{has_ratio}{_test_words(paper, factor, curves, result)}",
        colours=colours_of(paper.protocol) if factor == arm_column(paper) else None,
        names={level: level_of(paper.titles, factor, level, curves) for level in curves},
        corner=corner,
    )


def _test_words(paper: StudyPaper, factor: str, curves: Sized, result: StudyResult) -> str:
    test = result.logrank.get(factor, NO_TEST)
    if not exists(test.p):
        return ""
    return f" {capital(logrank_words(test, len(curves), paper.protocol, paper.titles))}."


def _ratio_words(
    paper: StudyPaper, factor: str, curves: Mapping[str, SurvivalCurve], result: StudyResult
) -> tuple[str, str]:
    """Return the hazard ratio of two levels for the corner of their figure, and of what it is for the caption; nothing where there is none."""
    if len(curves) != 2:
        return "", ""
    sides = sides_of(factor, curves, paper.protocol)
    effect = contrast(result.univariable.get(factor), factor, *sides)
    if not exists(effect.hr):
        return "", ""
    return (
        f"HR {ratio(effect)}",
        f" HR: {contrast_of(factor, sides, paper.titles)}, Cox, 95 % CI, {p_text(effect.p, 'Wald')}.",
    )


def subgroup_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the forest of the subgroups, where no figure of the protocol has drawn it."""
    arms = paper.protocol.arms
    if arms is None or any(figure.forest for figure in paper.protocol.figures.values()):
        return ()
    treated, control = arm_names(arms, paper.titles)
    return _forest(paper, "forest-subgroups", f"{treated} against {control} in subgroups")


def _forest(
    paper: StudyPaper, name: str, title: str, columns: Mapping[str, Sequence[Word]] | None = None
) -> tuple[Block, ...]:
    groups, arms = paper.result.subgroups, paper.protocol.arms
    if not groups or arms is None:
        return ()
    overall = arm_effect(paper.result, arms)
    treated, control = arm_names(arms, paper.titles)
    counts = [_counts(paper, f"{arm}") for arm in (arms.treated, arms.control)]
    source = "" if not columns else AS_IN_PAPER if EVERYBODY in columns else OURS
    whole = [Row("All patients", overall, counts[0], counts[1], source=source)] if overall.hr is not None else []
    digitised = (
        f" “{OURS}”: the ratio of this cohort alone, which the publication does not print; “{AS_IN_PAPER}”: the publication prints it."
        if columns
        else ""
    )
    figure = forest_figure(
        name,
        [*whole, *subgroup_rows(groups, paper.titles, columns)],
        title=title,
        caption="Hazard ratio within each subgroup (Cox, 95 % CI), events/patients by arm; P: likelihood-ratio test of interaction. "
        "Subgroups are compared by their interaction, never by their own P." + digitised,
        favours=(f"favours {treated}", f"favours {control}"),
        arms=(treated, control),
        overall=overall.hr,
    )
    return (figure,)


def _counts(paper: StudyPaper, arm: str) -> str:
    """Return events/patients of an arm; nothing where its curve was not asked for."""
    record = paper.result.km.get(arm_column(paper), {}).get(arm)
    return "" if record is None else f"{record.events}/{patients_of(record)}"
