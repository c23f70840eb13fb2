"""Models of a study and the checks of what they assume."""

from collections.abc import Mapping

from yttria.contract.study import CoxModel
from yttria.report.study.column_titles import title_of
from yttria.report.study.forest_figure import Row, forest_figure
from yttria.report.study.model_diagnostics import over_time_figure, rows_figure
from yttria.report.study.model_tables import assumptions_table, models_table, selection_table, univariable_table
from yttria.report.study.predictions import prediction_blocks
from yttria.report.study.study_paper import StudyPaper
from yttria.values.document import Block, Figure, Paragraph

MOST_ROWS = 40
"""Rows that a forest can show on a page."""


def model_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the models: one factor at a time, several, and the one that was chosen."""
    result, titles = paper.result, paper.titles
    blocks: list[Block] = []
    if alone := result.univariable:
        blocks.append(univariable_table(alone, titles, title="One factor at a time (Cox)"))
        blocks.append(_terms_forest(alone, titles))
    if models := result.models:
        blocks.append(models_table(models, titles, title="Models (Cox)", specs=paper.protocol.models))
        blocks += prediction_blocks(result, paper.protocol, titles)
    if selection := result.selection:
        if selection.steps:
            blocks.append(selection_table(selection, titles))
        if selection.model:
            blocks.append(models_table({"chosen": selection.model}, titles, title="The chosen model (Cox)"))
            blocks.append(
                Paragraph(
                    "P and limits of a chosen model do not know that it was chosen: they are too small and too narrow."
                )
            )
    return tuple(blocks)


def _terms_forest(models: Mapping[str, CoxModel], titles: Mapping[str, str]) -> Figure:
    rows = [Row(title_of(titles, t), e) for model in models.values() for t, e in model.terms.items()]
    more = f" The first {MOST_ROWS} of {len(rows)}; the table has them all." if len(rows) > MOST_ROWS else ""
    return forest_figure(
        "forest-univariable",
        rows[:MOST_ROWS],
        title="Each factor on its own",
        caption=f"Cox models of one factor each; box area by information; whiskers: 95 % CI.{more}",
        favours=("longer survival", "shorter survival"),
    )


def assumption_blocks(paper: StudyPaper) -> tuple[Block, ...]:
    """Return the tests of proportional hazards and the figures that show where they fail."""
    models = {**paper.result.univariable, **paper.result.models}
    table = assumptions_table(models, paper.titles)
    figures: list[Figure | None] = []
    for name, model in paper.result.models.items():
        figures.append(over_time_figure(name, model, paper.titles, unit=paper.unit))
        figures.append(rows_figure(name, model, paper.titles))
    return (*(() if table is None else (table,)), *(figure for figure in figures if figure is not None))
