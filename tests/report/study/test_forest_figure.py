"""Forest plots as data."""

import numpy as np
import pytest

from yttria.contract.study import ArmCounts, Interaction, Subgroup, Subgroups
from yttria.report.study.contrasts import NONE
from yttria.report.study.forest_figure import Row, forest_figure, subgroup_rows
from yttria.values.document import Marks, Panel, Rule

EFFECT = NONE.model_copy(update={"hr": 0.5, "low": 0.3, "high": 0.9, "p": 0.02})
WIDE = NONE.model_copy(update={"hr": 2.0, "low": 0.1, "high": 40.0, "p": 0.5})
LEVEL = Subgroup(
    n=42, events=24, hr=0.5, low=0.3, high=0.9, treated=ArmCounts(n=20, events=9), control=ArmCounts(n=22, events=15)
)
FACTOR = Subgroups(levels={"0": LEVEL, "1": LEVEL}, interaction=Interaction(lr_p=0.25, wald_p=0.3))


def panel(rows: list[Row], overall: float | None = None) -> Panel:
    figure = forest_figure("f", rows, title="", caption="", favours=("a", "b"), overall=overall)
    assert isinstance(figure.panels[0], Panel)
    return figure.panels[0]


def test_the_first_row_is_at_the_top_and_one_that_does_not_exist_is_left_blank() -> None:
    made = panel([Row("one", EFFECT), Row("two", NONE), Row("three", WIDE)])
    assert made.y_tick_labels == ["one", "two", "three"]
    assert made.y_ticks == (3.0, 2.0, 1.0)
    (marks,) = [layer for layer in made.layers if isinstance(layer, Marks)]
    assert marks.y.tolist() == [3.0, 1.0]
    assert made.text_columns["HR (95 % CI)"][1] == "—"


def test_the_axis_is_symmetric_about_one_and_holds_every_estimate() -> None:
    made = panel([Row("one", EFFECT), Row("two", WIDE)])
    assert made.x_range is not None
    low, high = made.x_range
    assert low * high == pytest.approx(1)
    assert low < 0.5
    assert high > 2.0


def test_the_better_known_effect_has_the_larger_box() -> None:
    (marks,) = [layer for layer in panel([Row("one", EFFECT), Row("two", WIDE)]).layers if isinstance(layer, Marks)]
    assert marks.size is not None
    assert np.asarray(marks.size)[0] > np.asarray(marks.size)[1]


def test_reference_lines_stand_at_one_and_at_the_effect_in_all() -> None:
    rules = [layer.at for layer in panel([Row("one", EFFECT)], overall=0.7).layers if isinstance(layer, Rule)]
    assert rules == [1.0, 0.7]


def test_a_subgroup_shows_events_and_patients_of_both_arms_and_one_interaction() -> None:
    rows = subgroup_rows({"pvt": FACTOR}, {"pvt": "PVT"})
    assert [row.label for row in rows] == ["PVT: no", "PVT: yes"]
    assert (rows[0].treated, rows[0].control) == ("9/20", "15/22")
    assert [row.p for row in rows] == ["0.250", ""]


def test_a_ratio_that_the_publication_does_not_print_says_so_on_the_figure_itself() -> None:
    subgroups = {"pvt": FACTOR, "sex": FACTOR}
    rows = subgroup_rows(subgroups, {}, {"all": ("all",), "pvt": (1,)})
    assert panel(rows).text_columns["Ratio"] == ["ours", "as printed", "ours", "ours"]
    assert "Ratio" not in panel(subgroup_rows(subgroups, {})).text_columns
