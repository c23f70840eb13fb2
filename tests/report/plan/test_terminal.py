"""The plan on a terminal: a star where something is recommended, a cross where a limit is broken."""

from dataclasses import replace

from yttria.report.plan.terminal import plan_lines
from yttria.values.patient import Result
from yttria.values.units import Gy


def _line(result: Result, start: str) -> str:
    return next(line for line in plan_lines(result) if line.startswith(start))


def test_the_recommended_option_carries_the_star(planned: Result) -> None:
    assert any("* PDA" in line for line in plan_lines(planned))


def test_where_nothing_is_advised_nothing_carries_the_star(planned: Result) -> None:
    lines = list(plan_lines(replace(planned, plan=replace(planned.plan, advised=False))))
    assert lines[0] == "Advice: No activity is advised"
    assert not any("* " in line for line in lines)


def test_an_option_that_breaks_limits_is_never_said_to_be_held_by_none(planned: Result) -> None:
    def broken(count: int) -> Result:
        options = tuple(
            replace(o, binding="", checks=tuple(replace(c, value_gy=Gy(999)) for c in o.checks[:count]))
            for o in planned.plan.options
        )
        return replace(planned, plan=replace(planned.plan, options=options))

    assert _line(broken(1), "held by").count("✗ breaks 1") == 5
    assert "breaks" not in _line(broken(0), "held by")


def test_what_holds_an_option_is_a_dose_and_its_limit_that_fit_their_column(planned: Result) -> None:
    assert "LD ≤ 30" in _line(planned, "held by")
    assert all(len(line) <= 80 for line in plan_lines(planned) if line.startswith(("held by", "TD", "activity")))
