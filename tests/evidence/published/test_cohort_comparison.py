"""Printed numbers beside a cohort's: each verdict, each place a number can come from, refusals."""

import numpy as np
import pytest

from yttria.contract.study import StudyResult
from yttria.evidence.published.claim import claim_of
from yttria.evidence.published.cohort_comparison import Cell, cohort_comparison, tallied
from yttria.evidence.published.consistency import audit
from yttria.evidence.study.analysis import analyse
from yttria.values.cohort import Cohort, Column, TimeToEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Curves, ModelSpec, OutcomeColumns, Protocol

TIME = np.array([3.0, 5, 8, 9, 12, 15, 18, 20, 24, 30])
EVENT = np.array([1, 1, 1, 1, 1, 1, 0, 1, 1, 0], dtype=bool)


def column(name: str, cells: list[str]) -> Column:
    levels = tuple(sorted(set(cells)))
    numbers = np.array([float(c) for c in cells]) if all(c.isdigit() for c in cells) else None
    return Column(name, np.array([levels.index(c) for c in cells]), levels, numbers)


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    arm = column("arm", ["A", "B"] * 5)
    age = column("age", ["50", "60", "70", "55", "65", "62", "48", "71", "66", "59"])
    return Cohort(TimeToEvent(TIME, EVENT, unit="months"), {"arm": arm, "age": age})


@pytest.fixture(scope="module")
def result(cohort: Cohort) -> StudyResult:
    protocol = Protocol(
        OutcomeColumns("t", "e", unit="months"),
        km=Curves(by=("arm",), at=(12.0,)),
        univariable=("arm",),
        models={"both": ModelSpec(("arm", "age"))},
    )
    return analyse(cohort, protocol).result


def cells(cohort: Cohort, result: StudyResult, **row: str) -> dict[str, Cell]:
    claim = claim_of({"subject": "x"} | row, 2)
    return {cell.part: cell for cell in cohort_comparison(audit([claim]), result, cohort)}


# known answers


def test_a_rate_agrees_by_rounding_or_truncation_or_differs(cohort: Cohort, result: StudyResult) -> None:
    # A dies at 3, 8 and 12 of 5: 40 % at 12
    for text, verdict in (("40.0", "agrees"), ("39.9", "differs"), ("39", "differs"), ("39.999", "differs")):
        found = cells(cohort, result, kind="rate", time="12", value=text, where="km:arm.A")
        assert found["value"].verdict == verdict
        assert found["value"].ours == pytest.approx(40)


def test_truncation_is_told(cohort: Cohort, result: StudyResult) -> None:
    assert cells(cohort, result, kind="percent", n="10", value="49", where="share:arm=A")["value"].verdict == "differs"
    mean = cells(cohort, result, kind="mean_sd", value="59.8", sd="10.0", where="mean:age|arm=A")
    assert mean["value"].verdict == "agrees"
    assert mean["sd"].ours == pytest.approx(np.std([50, 70, 65, 48, 66], ddof=1))
    assert mean["sd"].verdict == "truncated"


def test_a_median_that_is_not_reached_agrees_with_nothing_but_itself(cohort: Cohort, result: StudyResult) -> None:
    found = cells(cohort, result, kind="median", value="10", low="3", high="NR", where="km:arm.A")
    assert found["high"].verdict == "agrees"
    assert found["high"].ours is None


def test_the_test_behind_a_p_is_named(cohort: Cohort, result: StudyResult) -> None:
    model = result.univariable["arm"]
    assert model.tests is not None
    wald, score = model.terms["arm[B]"].p, model.tests.score.p
    assert cells(cohort, result, kind="hr", p=f"{wald:.4f}", where="cox:arm")["p"].why == "Wald test"
    assert cells(cohort, result, kind="hr", p=f"{score:.4f}", where="cox:arm")["p"].why == "log-rank test"
    assert cells(cohort, result, kind="hr", p="<0.001", where="cox:arm")["p"].verdict == "differs"


def test_an_impossible_number_differs_for_the_reason_the_claims_give(cohort: Cohort, result: StudyResult) -> None:
    found = cells(cohort, result, kind="hr", value="20.3", low="1.13", high="3.65", where="models.both:arm")
    assert "value² = low × high" in found["value"].why
    assert set(found) == {"value", "low", "high"}


def test_numbers_without_a_place_are_left_out_and_counts_add_up(cohort: Cohort, result: StudyResult) -> None:
    assert cells(cohort, result, kind="percent", n="10", value="50") == {}
    found = cells(cohort, result, kind="percent", n="10", events="5", value="50", where="share:arm=B")
    assert tallied(list(found.values())) == {"agrees": 2, "truncated": 0, "differs": 0}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("<40", "differs"), ("≤40", "agrees"), ("< 40.1 %", "agrees"), (">39.9", "agrees"), (">40", "differs")],
)
def test_a_printed_bound_agrees_with_what_keeps_it(
    cohort: Cohort, result: StudyResult, text: str, verdict: str
) -> None:
    (cell,) = cells(cohort, result, kind="rate", time="12", value=text, where="km:arm.A").values()
    assert (cell.printed, cell.verdict) == (text, verdict)
    assert cell.ours == pytest.approx(40)


def test_the_note_is_the_reason_where_no_contradiction_says_why(cohort: Cohort, result: StudyResult) -> None:
    found = cells(cohort, result, kind="rate", time="12", value="41", where="km:arm.A", note="of other patients")
    assert found["value"].why == "of other patients"
    assert not cells(cohort, result, kind="rate", time="12", value="40", where="km:arm.A", note="as it is")["value"].why


def test_counts_of_patients_are_compared_as_numbers(cohort: Cohort, result: StudyResult) -> None:
    for value, where, verdict in (
        ("5", "share:arm=A", "agrees"),
        ("6", "share:arm=A", "differs"),
        ("10", "n:", "agrees"),
        ("1", "share:age=50|arm=A", "agrees"),
    ):
        (cell,) = cells(cohort, result, kind="count", value=value, where=where).values()
        assert (cell.part, cell.verdict) == ("value", verdict)


# refusals


@pytest.mark.parametrize(
    "where", ["km:sex.A", "cox:sex", "models.none:arm", "mean:arm", "nonsense", "censored/km:arm.A", "share:arm"]
)
def test_a_place_that_does_not_exist_is_refused_with_its_line(cohort: Cohort, result: StudyResult, where: str) -> None:
    with pytest.raises(EvidenceError, match=r"line 2: where must name|no column"):
        cells(cohort, result, kind="rate", time="12", value="40", where=where)


@pytest.mark.parametrize(("printed", "verdict"), [("3", "agrees"), ("2", "agrees"), ("4", "differs")])
def test_a_median_on_a_flat_half_is_its_middle_and_may_be_printed_as_its_start(printed: str, verdict: str) -> None:
    quarter = Cohort(TimeToEvent(np.array([1.0, 2, 4, 5]), np.ones(4, dtype=bool), unit="months"), {})
    analysed = analyse(quarter, Protocol(OutcomeColumns("t", "e", unit="months"))).result
    found = cells(quarter, analysed, kind="median", value=printed, where="km:all.all")["value"]
    assert found.verdict == verdict
    assert found.ours == (2.0 if printed == "2" else 3.0)
