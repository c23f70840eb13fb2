"""Tables of adjusted effects, flow and safety: rows of what the analysis itself made of R's table, each number in its place."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from yttria.evidence.descriptive.patient_flow import FlowStep
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.effect_section import weights_of
from yttria.evidence.study.endpoint_section import pairwise_of, weighted_tests_of
from yttria.evidence.study.matched_section import matched_of
from yttria.evidence.study.safety_section import adverse_events_of, flow_record
from yttria.io.tables.cohort_table import column_of
from yttria.report.study.effect_tables import (
    MOST_TERMS,
    balance_table,
    cox_table,
    flow_table,
    matched_table,
    outcomes_table,
    pairwise_table,
    safety_table,
    weighted_tests_table,
    weights_table,
)
from yttria.report.study.study_paper import StudyPaper
from yttria.values.adverse_event import AdverseEvent
from yttria.values.cohort import TimeToEvent
from yttria.values.document import Entry
from yttria.values.protocol import AdverseEventsSpec, Arms, MatchedSpec, OutcomeColumns, Protocol, WeightsSpec

EFFECTS = json.loads((Path(__file__).parents[2] / "evidence" / "parity" / "effects.json").read_text())
ARMS = Arms("treated", 1, 0)


@pytest.fixture(scope="module")
def context() -> AnalysisContext:
    table = EFFECTS["table"] | {"name": [f"p{k}" for k in range(140)]}
    protocol = Protocol(
        OutcomeColumns("time", "event"), arms=ARMS, weights={"iptw": WeightsSpec(("age", "pvt", "stage"))}
    )
    columns = {name: column_of(name, [str(cell) for cell in cells], {""}) for name, cells in table.items()}
    return AnalysisContext(build_cohort(columns, protocol), protocol)


def flat(cell: Any) -> str:
    words = cell.text if isinstance(cell, Entry) else str(cell)
    return words.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_flow_has_a_row_a_step_with_its_arms_and_reasons() -> None:
    steps = [
        FlowStep("randomised", 8, {"1": 4, "0": 4}, {}),
        FlowStep("treated", 5, {"1": 3, "0": 2}, {"death": 2, "refusal": 1}),
    ]
    table = flow_table(flow_record(steps))
    assert [c.heading for c in table.columns] == ["Step", "n", "1", "0", "Left out", "Reasons"]
    assert list(table.rows[1]) == ["treated", 5, 3, 2, 3, "death: 2; refusal: 1"]


def test_weighted_tests_are_rs_each_with_what_it_looks_for(context: AnalysisContext) -> None:
    table = weighted_tests_table({"treated": weighted_tests_of(context, "treated"), "stage": None}, {})
    assert [row[2] for row in table.rows[:4]] == pytest.approx(EFFECTS["weighted"]["z"], rel=1e-9)
    words = {flat(row[1]).partition(":")[0]: flat(row[1]).rpartition(": ")[2] for row in table.rows[:4]}
    assert words["ρ = 0, γ = 1"] == "late differences"
    assert words["ρ = 1, γ = 0"] == "early differences"
    assert flat(table.rows[4][3]) == f"{EFFECTS['weighted']['maxcombo']:.3f}"
    assert flat(table.rows[5][1]) == "not two groups"


def test_every_pair_is_the_second_level_against_the_first(context: AnalysisContext) -> None:
    pairs = pairwise_of(context, "stage")
    rows = [[flat(cell) for cell in row] for row in pairwise_table({"stage": pairs}, {"stage": "Stage"}).rows]
    assert [row[1] for row in rows] == ["B vs A", "C vs A", "C vs B"]
    assert [row[2].split()[0] for row in rows] == [f"{pair.hr:.2f}" for pair in pairs]


def test_weights_tell_their_ratio_sizes_and_balance(context: AnalysisContext) -> None:
    wanted = EFFECTS["iptw"]["ATE"]
    found = weights_of(context, ARMS)["iptw"]
    assert found is not None
    rows = weights_table({"iptw": found, "none": None}, {}).rows
    assert flat(rows[0][2]).startswith(f"{np.exp(wanted['coef']):.2f} (")
    assert flat(rows[0][4]) == f"1: {wanted['ess1']:.1f}, 0: {wanted['ess0']:.1f}"
    assert [flat(cell) for cell in rows[1][:3]] == ["none", "None", "—"]
    balance = {flat(row[0]): (row[1], row[2]) for row in balance_table("iptw", found, {}).rows}
    assert balance["age"] == pytest.approx(tuple(wanted["age"]), rel=1e-7)


def test_matched_means_stand_printed_before_and_after(context: AnalysisContext) -> None:
    outside = TimeToEvent(np.array([2.0, 6.0, 11.0, 15.0]), np.array([True, True, False, True]))
    found = matched_of(context, "arm", MatchedSpec("", {"age": 66.0, "pvt": 0.45}, {"age": 8.0}), outside)
    table = matched_table("arm", found, {"age": "Age"})
    first, deviation, _ = table.rows
    assert [flat(cell) for cell in first[:2]] == ["Age", "66.0"]
    assert first[3] == pytest.approx(66.0)
    assert [float(flat(cell)) for cell in (deviation[1], deviation[3])] == pytest.approx([8.0, 8.0], rel=1e-6)
    assert (
        f"effective size {EFFECTS['match']['ess']:.1f}, weights {EFFECTS['match']['least']:.2f} to {EFFECTS['match']['greatest']:.2f}"
        in table.notes[0]
    )


@pytest.mark.parametrize(("terms", "told"), [(39, False), (40, False), (41, True)])
def test_adverse_events_are_patients_in_percent_and_forty_terms_are_shown(
    terms: int, told: bool, context: AnalysisContext
) -> None:
    assert MOST_TERMS == 40
    events = [
        AdverseEvent("p5", f"t{k:02}", 3, serious=True, related=False) for k in range(terms)
    ]  # p5 is of the treated arm
    safety = adverse_events_of(context, AdverseEventsSpec("", "name"), events)
    table = safety_table(safety)
    treated = sum(EFFECTS["table"]["treated"])
    assert flat(table.rows[0][1]) == f"1 ({100 / treated:.0f} %)"
    assert flat(table.rows[0][3]) == "0 (0 %)"
    assert len(table.rows) == 5 + min(terms, 40)
    assert (f"The first 40 of {terms} terms" in table.notes[0]) is told


def test_outcomes_have_a_row_a_level_and_those_of_a_population_by_arm(whole: StudyPaper) -> None:
    table = outcomes_table(whole.result, whole.titles, unit="months")
    rows = {flat(row[0]): row for row in table.rows}
    assert [row[1] for name, row in rows.items() if name.endswith("PDA")] == [30]
    assert {"PVT (PDA)", "PVT (SDA)"} <= set(rows)
    assert table.columns[3].heading.startswith("12 months")


def test_a_factor_that_no_model_has_is_a_dash(whole: StudyPaper) -> None:
    bare = whole.result.model_copy(update={"selection": None, "models": {}})
    assert all([flat(row[3]), flat(row[4])] == ["—", "—"] for row in cox_table(bare, {}).rows)
    full = whole.result.model_copy(update={"selection": None})
    adjusted = whole.result.models["full"].terms["age"].hr
    assert adjusted is not None
    (age,) = [row for row in cox_table(full, {}).rows if flat(row[0]) == "age"]
    assert flat(age[3]).startswith(f"{adjusted:.2f} (")
