"""The flow of patients: who goes on, who is analysed, and columns that a step cannot ask."""

from dataclasses import replace
from typing import Any

import pytest

from yttria.evidence.study.study_tables import flow_of, in_analysis
from yttria.io.tables.cohort_table import column_of
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, FlowSpec, OutcomeColumns, Protocol

CELLS = {
    "time": ["5", "9", "3", "", "7"], "event": ["1", "0", "1", "1", "0"], "arm": ["A", "A", "B", "B", ""],
    "treated": ["yes", "yes", "yes", "no", "no"], "why": ["", "", "", "died", "left"],
}  # fmt: skip
TABLE = {name: column_of(name, cells, {""}) for name, cells in CELLS.items()}
PLAIN = Protocol(OutcomeColumns("time", "event"), arms=Arms("arm", "B", "A"))
FLOW = FlowSpec((("treated", {"treated": ("yes",)}),), reason="why")


def asked(**where: Any) -> Protocol:
    return replace(PLAIN, flow=FlowSpec((("step", where),)))


def test_without_a_flow_every_row_is_analysed() -> None:
    assert flow_of(TABLE, PLAIN) == ()
    assert in_analysis(TABLE, PLAIN).all()


def test_a_row_that_leaves_the_flow_is_analysed_only_where_arm_time_and_event_are_there() -> None:
    rows = in_analysis(TABLE, replace(PLAIN, flow=FLOW))
    assert rows.tolist() == [True, True, True, False, False]
    whole = TABLE | {"time": column_of("time", ["5", "9", "3", "4", "7"], {""})}
    assert in_analysis(whole, replace(PLAIN, flow=FLOW)).tolist() == [True, True, True, True, False]


def test_steps_count_who_goes_on_by_arm_and_why_others_do_not() -> None:
    steps = flow_of(TABLE, replace(PLAIN, flow=FLOW))
    last = steps[-1]
    assert (last.label, last.n) == ("treated", 3)
    assert dict(last.arms) == {"A": 2, "B": 1}
    assert sum(sum(step.lost.values()) for step in steps) == 2


def test_a_step_of_an_unknown_column_or_of_none_is_refused() -> None:
    with pytest.raises(EvidenceError, match=r"\[consort\] step names column treatd, but the table has time, event"):
        flow_of(TABLE, asked(treatd=("yes",)))
    with pytest.raises(EvidenceError, match="must name a column, but where is empty"):
        flow_of(TABLE, asked())


def test_a_flow_without_a_reason_names_no_reason() -> None:
    flow = FlowSpec(FLOW.steps)
    steps = flow_of(TABLE, replace(PLAIN, flow=flow))
    assert steps[-1].n == 3
    assert sum(steps[-1].lost.values()) == 2
    assert not {"died", "left"} & set(steps[-1].lost)
    with pytest.raises(EvidenceError, match=r"\[consort\] reason names column whi"):
        flow_of(TABLE, replace(PLAIN, flow=FlowSpec(FLOW.steps, reason="whi")))


def test_a_step_of_two_columns_holds_where_both_do_and_one_of_two_values_suffices() -> None:
    steps = flow_of(TABLE, asked(treated=("yes",), arm=("A",)))
    assert steps[-1].n == 2
    assert flow_of(TABLE, asked(treated=("yes", "no")))[-1].n == 5
    with pytest.raises(EvidenceError, match=r"\[consort\] step names 'maybe'"):
        flow_of(TABLE, asked(treated=("maybe",)))


def test_without_arms_an_empty_arm_keeps_nobody_out() -> None:
    rows = in_analysis(TABLE, Protocol(OutcomeColumns("time", "event"), flow=FLOW))
    assert rows.tolist() == [True, True, True, False, True]
