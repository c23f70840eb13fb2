"""The table of options: every dose with interval and limit, the binding one marked in words and shape."""

from dataclasses import replace

from yttria.report.plan.dose_table import dose_names, excess, options_table
from yttria.values.aims_limits import Limit, LimitCheck
from yttria.values.document import Entry, Table
from yttria.values.patient import Result
from yttria.values.units import Gy


def _cell(table: Table, under: str, approach: str) -> Entry:
    column = next(i for i, c in enumerate(table.columns) if approach in c.heading.split("\n"))
    row = next(r for r in table.rows if isinstance(r[0], Entry) and r[0].under.startswith(under))
    cell = row[column]
    assert isinstance(cell, Entry)
    return cell


def test_every_dose_stands_with_its_interval(planned: Result) -> None:
    table = options_table(planned.plan, planned.absorbed)
    cell = _cell(table, "TD ", "PDA")
    assert (cell.text, cell.under) == ("252", "217–287")


def test_the_binding_limit_is_marked_in_words_and_by_a_shape(planned: Result) -> None:
    cell = _cell(options_table(planned.plan, planned.absorbed), "LD", "PDA")
    assert cell.sign == "◆"
    assert "limit binds" in cell.under


def test_a_broken_limit_says_by_how_much(planned: Result) -> None:
    cell = _cell(options_table(planned.plan, planned.absorbed), "LD", "PDA-PLD")
    assert cell.sign == "✗"
    assert "exceeds 30\nby 1.4\xa0Gy" in cell.under


def test_what_a_model_does_not_give_is_an_em_dash_with_a_footnote(planned: Result) -> None:
    table = options_table(planned.plan, planned.absorbed)
    cell = _cell(table, "WLD", "partition")
    assert cell.text.startswith("—")
    assert any("not a result of this model" in note for note in table.notes)


def test_each_limit_and_aim_names_its_source_in_a_footnote(planned: Result) -> None:
    notes = "\n".join(options_table(planned.plan, planned.absorbed).notes)
    for option in planned.plan.options:
        assert all(check.limit.source in notes for check in option.checks)
        assert option.aim is None or option.aim.source in notes


def test_the_recommended_column_is_chosen_and_named(planned: Result) -> None:
    table = options_table(planned.plan, planned.absorbed)
    assert table.chosen is not None
    assert table.columns[table.chosen].heading.startswith("Recommended\nPDA")
    assert table.columns[table.chosen].share == table.columns[1].share
    unadvised = options_table(replace(planned.plan, advised=False), planned.absorbed)
    assert "Recommended" not in unadvised.columns[table.chosen].heading


def test_the_index_lesion_has_one_row_and_all_tumours_only_where_there_are_several(planned: Result) -> None:
    assert dose_names(planned.plan, planned.absorbed)[:3] == ["TD", "TD_2", "TD_all"]
    options = tuple(
        replace(o, doses_gy={n: d for n, d in o.doses_gy.items() if n != "TD_2"}) for o in planned.plan.options
    )
    assert "TD_all" not in dose_names(replace(planned.plan, options=options), planned.absorbed)


def test_an_excess_is_never_rounded_to_nothing() -> None:
    limit = Limit("lung", "LD", Gy(30), "a guideline")
    assert [excess(LimitCheck(limit, Gy(30 + by))) for by in (14.2, 1.44, 0.01)] == ["14", "1.4", "0.010"]


def _of(table: Table, row: str, approach: str) -> Entry:
    column = next(i for i, c in enumerate(table.columns) if f"\n{c.heading}".count(f"\n{approach}"))
    cell = next(r for r in table.rows if r[0] == row)[column]
    assert isinstance(cell, Entry)
    return cell


def test_an_activity_that_breaks_limits_is_never_said_to_have_none(planned: Result) -> None:
    standard = planned.plan.option("SDA")
    given = replace(
        standard,
        approach="given",
        aim=None,
        binding="",
        checks=tuple(replace(c, value_gy=Gy(c.limit.limit_gy + 5)) for c in standard.checks),
    )
    plan = replace(planned.plan, options=(*planned.plan.options, given))
    cell = _of(options_table(plan, planned.absorbed), "Limited by", "given")
    assert (cell.sign, cell.text) == ("✗", "breaks")
    assert all(check.limit.name in cell.under for check in given.checks)


def test_an_aim_short_of_by_less_than_five_per_cent_is_near_not_missed(planned: Result) -> None:
    def said(share: float) -> Entry:
        plan = planned.plan
        label = plan.option("label")
        assert label.aim is not None
        short = replace(label, doses_gy={**label.doses_gy, "PLD": Gy(label.aim.dose_gy * share)}, reached=False)
        options = tuple(short if o is label else o for o in plan.options)
        return _of(options_table(replace(plan, options=options), planned.absorbed), "Aim", "label")

    assert (said(0.98).sign, said(0.98).under) == ("≈", "118 of 120")
    assert said(0.94).text == "missed"


def test_where_nothing_is_advised_no_column_is_called_recommended(planned: Result) -> None:
    table = options_table(replace(planned.plan, advised=False), planned.absorbed)
    assert not any("Recommended" in c.heading for c in table.columns)
