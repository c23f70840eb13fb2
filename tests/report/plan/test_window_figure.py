"""The window along activity: curves and marks as computed, the advised activity among them."""

from dataclasses import replace

import numpy as np
import pytest
from tests.report.planned_case import planned_result

from yttria.report.plan.document import plan_document
from yttria.report.plan.method import method_blocks
from yttria.report.plan.plan_result import plan_result
from yttria.report.plan.terminal import plan_lines
from yttria.report.plan.window_figure import window_blocks, window_figure, window_table
from yttria.report.text.number_format import MINUS
from yttria.values.document import Entry, Line, Panel, Rule
from yttria.values.patient import Result
from yttria.values.plan import ActivityWindow, TargetProbability, WindowMark
from yttria.values.units import Bq, Gy

AXIS = (0.0, 1e9, 2e9, 3e9, 4e9, 5e9)
WINDOW = ActivityWindow(
    (
        WindowMark("TD 205", Bq(2.1e9), 0.5),
        WindowMark("SDA", Bq(3.2e9), 0.97),
        WindowMark("NPLD 88", Bq(3.9e9), 0.9),
        WindowMark("limit:lung", Bq(4.9e9), 0.49),
        WindowMark("limit:normal-liver", Bq(9e9), 0.0),
    ),
    AXIS,
    (0.0, 0.1, 0.4, 0.9, 1.0, 1.0),
    (1.0, 1.0, 1.0, 0.99, 0.9, 0.4),
    (0.0, 0.1, 0.4, 0.89, 0.9, 0.4),
)


def with_window(*, advised: bool = True) -> Result:
    result = planned_result()
    options = tuple(
        replace(o, probability=TargetProbability({"TD": 0.93}, {"lung": 0.5, "normal-liver": 1.0}, 0.93, 0.47))
        for o in result.plan.options
    )
    return replace(result, plan=replace(result.plan, options=options, window=WINDOW, advised=advised))


def panel() -> Panel:
    (found,) = window_figure(with_window(), WINDOW).panels
    assert isinstance(found, Panel)
    return found


def test_the_curves_are_the_probabilities_along_the_activity_in_per_cent() -> None:
    lines = {n.label.partition("\xa0")[0]: n for n in panel().layers if isinstance(n, Line)}
    assert np.allclose(lines["TD ≥ 205"].y, 100 * np.asarray(WINDOW.reached))
    assert np.allclose(lines["every limit kept"].y, 100 * np.asarray(WINDOW.within_limits))
    assert np.allclose(lines["both"].y, 100 * np.asarray(WINDOW.joint))
    assert np.allclose(lines["both"].x, [0, 1, 2, 3, 4, 5])


def test_marks_are_upright_lines_and_those_beyond_the_axis_stand_in_the_caption() -> None:
    rules = {n.label: n.at for n in panel().layers if isinstance(n, Rule)}
    assert rules["TD 205"] == pytest.approx(2.1)
    assert rules["≤ lung"] == pytest.approx(4.9)
    assert "≤ normal-liver" not in rules
    assert "Limit normal-liver at 9.00" in window_figure(with_window(), WINDOW).caption


def test_the_table_holds_every_mark_in_order_and_the_advised_activity_among_them() -> None:
    result = with_window()
    table = window_table(result, WINDOW)
    names = [row[0].text for row in table.rows if isinstance(row[0], Entry)]
    assert len(names) == len(WINDOW.marks) + 1
    at = [float(str(row[1])) for row in table.rows]
    assert at == sorted(at)
    (mine,) = table.emphasised
    assert names[mine] == "Advised: PDA"
    both = np.interp(result.plan.shown.activity_bq, AXIS, WINDOW.joint)
    assert table.rows[mine][-1] == f"{100 * both:.0f}" == "44"
    assert any("lung 50" in note for note in table.notes)


def test_where_nothing_is_advised_the_window_says_so() -> None:
    result = with_window(advised=False)
    names = [row[0].text for row in window_table(result, WINDOW).rows if isinstance(row[0], Entry)]
    assert any("not recommended" in name for name in names)
    assert not any("Advised" in name for name in names)


def test_report_result_and_terminal_hold_the_same_window() -> None:
    result = with_window()
    assert "Window along activity" in [s.heading for s in plan_document(result, version="0").sections]
    record = plan_result(result)
    assert [(w.at, w.activity_gbq) for w in record.window] == [(m.at, m.activity_bq / 1e9) for m in WINDOW.marks]
    lines = "\n".join(plan_lines(result))
    assert all(word in lines for word in ("along activity", "TD 205", "limit normal-liver"))
    assert record.options[0].probability is not None
    assert record.options[0].probability.limits == {"lung": 0.5, "normal-liver": 1.0}


def test_a_plan_without_a_window_has_no_such_section() -> None:
    assert window_blocks(planned_result()) == ()
    assert "Window along activity" not in [s.heading for s in plan_document(planned_result(), version="0").sections]


def test_standard_uncertainties_are_printed_without_their_sign_and_the_second_reckoning_with_it() -> None:
    result = planned_result()
    signed = {name: {"contour tumour-1": -0.04, "activity": 0.05} for name in result.absorbed.doses_gy}
    reckoned = {"PLD": Gy(result.absorbed.doses_gy["PLD"] * 0.98)}
    absorbed = replace(result.absorbed, relative_uncertainty=signed, partition_gy=reckoned)
    text = repr(method_blocks(replace(result, absorbed=absorbed)))
    assert "contour tumour-1 4.0" in text
    assert "perfused liver" in text
    assert f"({MINUS}2.0" in text
