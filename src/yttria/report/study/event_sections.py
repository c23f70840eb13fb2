"""Events after baseline, competing risks, and the parts of a cohort."""

from yttria.report.study.column_titles import level_of, title_of
from yttria.report.study.figure_panels import immortal_figure
from yttria.report.study.model_tables import models_table, univariable_table
from yttria.report.study.number_format import level_words, patients_of
from yttria.report.study.statements import later_words
from yttria.report.study.study_paper import MOST_LEVELS, StudyPaper, arm_column, undrawn_words
from yttria.report.study.survival_figure import incidence_figure
from yttria.report.study.survival_tables import incidence_table, later_table, outcome_table
from yttria.values.document import Block, Paragraph

CUT_WORDS = (
    "Cutting follow-up at something that patients reach because they do well is informative censoring: those left are the ones who did worse, "
    "and what is estimated is neither survival without it nor a fair comparison. It is shown because it was published or asked for."
)


def later_event_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return each way of looking at what happened after baseline, with its figure."""
    result, titles = paper.result, paper.titles
    blocks: list[Block] = []
    for name, results in result.time_varying.items():
        looks = later_words(title_of(titles, name), name, results, result.landmark, paper.unit)
        blocks.append(later_table(looks))
        if 0 < len(results.km) <= MOST_LEVELS:
            blocks.append(immortal_figure(name, result, paper.protocol, titles))
    return tuple(blocks)


def competing_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the cumulative incidence of each cause, its figure and its models; nothing without competing causes."""
    result = paper.result
    if not result.cif:
        return ()
    blocks: list[Block] = [incidence_table(result, paper.titles, unit=paper.unit)]
    factor = arm_column(paper) if arm_column(paper) in result.cif else "all"
    groups = result.cif[factor]
    if 0 < len(groups) <= MOST_LEVELS:
        called = {
            level: level_of(paper.titles, factor, level, groups) if factor != "all" else "All patients"
            for level in groups
        }
        blocks.append(
            incidence_figure(
                "incidence",
                {called[level]: causes for level, causes in groups.items()},
                unit=paper.unit,
                title="Cumulative incidence by cause",
                caption="Aalen–Johansen; bands: 95 % CI; beneath: at risk of any cause.",
                at_risk={
                    called[level]: record for level, record in result.km.get(factor, {}).items() if level in called
                },
            )
        )
    elif groups:
        blocks.append(Paragraph(undrawn_words(paper, factor, groups)))
    if models := result.fine_gray:
        blocks.append(
            models_table(models, paper.titles, title="Subdistribution hazard ratios (Fine–Gray), robust by patient")
        )
    return tuple(blocks)


def part_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the outcome in each population, and with follow-up cut at an event."""
    result = paper.result
    titles = paper.titles
    parts = {f"Population: {title_of(titles, name)}": part for name, part in result.populations.items()}
    if result.censored is not None:
        parts = {f"Follow-up cut at {title_of(titles, paper.protocol.censor_at or '')}": result.censored, **parts}
    blocks: list[Block] = [] if result.censored is None else [Paragraph(CUT_WORDS)]
    words = level_words(paper.protocol.km.level)
    for name, part in parts.items():
        blocks.append(Paragraph(f"{name}: n = {patients_of(part)}, {part.events} events.", strong=True))
        blocks.append(
            outcome_table(part, titles, unit=paper.unit, interval_words=words, strata=paper.protocol.km.strata)
        )
        if alone := part.univariable:
            blocks.append(univariable_table(alone, paper.titles, title=f"{name}: one factor at a time (Cox)"))
    return tuple(blocks)
