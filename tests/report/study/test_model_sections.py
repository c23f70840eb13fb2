"""Models of a study on the page: a table and a forest of single factors, the chosen model with its warning, and no more rows than fit."""

from dataclasses import replace

import numpy as np
import pytest
from tests.report.study.analysed_study import ASKED, number, paper, table

from yttria.report.study.model_sections import MOST_ROWS, assumption_blocks, model_blocks
from yttria.report.study.study_paper import StudyPaper
from yttria.values.document import Figure, Panel, Paragraph, Table
from yttria.values.protocol import SelectionSpec


def test_single_factors_models_and_choice_stand_in_this_order() -> None:
    """A number that falls with the time of death is chosen."""
    columns = table(60)
    times = columns["os"].numbers
    assert times is not None
    columns["risk"] = number("risk", np.round(np.random.default_rng(1).normal(size=60) - 0.05 * times, 2))
    made = paper(columns, replace(ASKED, selection=SelectionSpec(("risk", "age"), 1.0)))
    titles = [b.title for b in model_blocks(made) if isinstance(b, Table)]
    order = ["One factor at a time (Cox)", "Models (Cox)", "The chosen model (Cox)"]
    assert [t for t in titles if t in order] == order
    words = [b.text for b in model_blocks(made) if isinstance(b, Paragraph)]
    assert "P and limits of a chosen model do not know that it was chosen: they are too small and too narrow." in words


def test_a_study_that_asks_for_no_model_has_no_block() -> None:
    asked = replace(ASKED, univariable=(), models={}, selection=None)
    assert model_blocks(paper(table(60), asked)) == ()


def test_the_forest_has_a_row_a_term_with_its_ratio(whole: StudyPaper) -> None:
    (figure,) = [b for b in model_blocks(whole) if isinstance(b, Figure) and b.name == "forest-univariable"]
    (panel,) = figure.panels
    assert isinstance(panel, Panel)
    assert len(panel.y_ticks) == len(panel.y_tick_labels) == 2
    (alone,) = whole.result.univariable["age"].terms.values()
    assert alone.hr is not None
    assert any(f"{alone.hr:.2f}" in text for texts in panel.text_columns.values() for text in texts)
    assert "the table has them all" not in figure.caption


@pytest.mark.parametrize(("terms", "told"), [(39, False), (40, False), (41, True)])
def test_forty_rows_are_drawn_and_more_are_told(terms: int, told: bool, whole: StudyPaper) -> None:
    assert MOST_ROWS == 40
    one = whole.result.univariable["age"]
    many = {f"t{k}": one for k in range(terms)}
    made = replace(whole, result=whole.result.model_copy(update={"univariable": many}))
    (figure,) = [b for b in model_blocks(made) if isinstance(b, Figure) and b.name == "forest-univariable"]
    assert (f"The first 40 of {terms}; the table has them all." in figure.caption) is told
    assert len(figure.panels[0].y_ticks) == min(terms, 40)  # type: ignore[union-attr]


def test_tests_of_proportional_hazards_are_of_every_model(whole: StudyPaper) -> None:
    first = assumption_blocks(whole)[0]
    assert isinstance(first, Table)
    zph = whole.result.models["full"].zph
    assert zph is not None
    assert zph["age"].p is not None
    text = str(first.rows)
    assert "full" in text
    assert f"{zph['age'].p:.2f}" in text or f"{zph['age'].p:.3f}" in text
