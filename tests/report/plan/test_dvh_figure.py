"""The DVH figure as numbers."""

import numpy as np

from yttria.report.plan.dvh_figure import dvh_figure
from yttria.values.document import Line, Panel, Rule
from yttria.values.patient import Result


def _panels(planned: Result) -> list[Panel]:
    return [p for p in dvh_figure(planned).panels if isinstance(p, Panel)]


def test_axes_start_at_zero_and_shares_run_to_a_hundred_per_cent(planned: Result) -> None:
    for panel in _panels(planned):
        assert panel.x_range is not None
        assert panel.x_range[0] == 0
        assert panel.y_range == (0, 100)


def test_every_curve_falls_from_a_hundred_and_stays_on_its_axis(planned: Result) -> None:
    for panel in _panels(planned):
        for line in (layer for layer in panel.layers if isinstance(layer, Line)):
            assert line.y[0] == 100
            assert np.all(np.diff(line.y) <= 0)
            assert line.y[-1] < 2


def test_aims_and_limits_are_drawn_at_their_dose(planned: Result) -> None:
    tumours, normal = ([r.at for r in p.layers if isinstance(r, Rule)] for p in _panels(planned))
    assert tumours == [205, 300]
    assert sorted(normal) == [75, 120]


def test_mean_doses_are_marked_on_their_curves(planned: Result) -> None:
    normal = _panels(planned)[1]
    option = planned.plan.option("PDA")
    marks = {line.colour: line.mark_at for line in normal.layers if isinstance(line, Line) and line.mark}
    assert marks == {role: option.dvh[role].mean for role in ("normal-perfused", "normal-liver")}
