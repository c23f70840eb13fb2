"""The plan on a terminal: a star where something is recommended, a cross where a limit is broken."""

from dataclasses import replace

from tests.report.plan.test_lesion_table import changed, with_assessed
from tests.report.plan.test_volumes_table import with_lungs

from yttria.report.plan.terminal import PAGE_WIDTH, plan_lines
from yttria.values.errors import Finding
from yttria.values.patient import Result
from yttria.values.units import Gy, Ml


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


def test_every_line_fits_eighty_columns_and_what_is_to_be_pasted_keeps_its_lines(planned: Result) -> None:
    pasted = "give in it:\n[patient]\nearlier_radioembolisation = # false or true"
    found = (*planned.findings, Finding("warning", "conditional", f"conditional on a line of case.toml; {pasted}"))
    lines = list(plan_lines(with_lungs(with_assessed(replace(planned, findings=found)))))
    assert all(len(line) <= PAGE_WIDTH for line in lines)
    start = lines.index("[patient]")
    assert lines[start + 1] == "earlier_radioembolisation = # false or true"


def test_each_lesion_has_a_line_of_its_numbers_and_its_judgement(planned: Result) -> None:
    result = changed(with_assessed(planned), 1, dose_gy=Gy(150), below_aim=True, cold_ml=Ml(12))
    first, second = _line(result, "Lesion 1, index"), _line(result, "Lesion 2")
    assert first.split()[6] == "252"
    assert first.endswith("205    98  ✓ met")
    assert second.endswith("✗ below")
    assert "GTV 2; cold part 12 mL" in "\n".join(plan_lines(result))
    untreated = changed(result, 1, treated=False)
    assert _line(untreated, "Lesion 2").endswith("✗ none")
    assert "GTV 2: not treated, no perfused volume reaches it" in "\n".join(plan_lines(untreated))


def test_the_pair_that_judges_the_lungs_is_starred_and_the_others_stand_beneath(planned: Result) -> None:
    lines = [line for line in plan_lines(with_lungs(planned)) if " lungs by " in line]
    assert [line[0] for line in lines] == ["*", " ", " "]
    assert "planar views" in lines[0]
    assert lines[0].endswith("Gy  judges")
    assert "8.6\xa0% in 1\u202f000 g" in lines[0]


def test_notes_on_what_is_shown_are_counted_and_all_others_listed(planned: Result) -> None:
    found = (
        Finding("note", "lungs-judged", "the lungs"),
        Finding("note", "own", "its own"),
        Finding("warning", "shunt-planar", "w"),
    )
    lines = list(plan_lines(replace(planned, findings=found)))
    assert "note: its own" in lines
    assert "warning: w" in lines
    assert "note: the lungs" not in lines
    assert any(line.startswith("note: 1 more on what is shown beneath") for line in lines)
