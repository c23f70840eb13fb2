"""Printed numbers beside a cohort's: each verdict, each place a number can come from, refusals."""

from typing import Any

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


# each number beside each print


def test_limits_of_a_rate_are_those_of_the_curve_in_per_cent(cohort: Cohort, result: StudyResult) -> None:
    # A: 5 patients, deaths at 3, 8 and 12: 0.4 exp(-+1.96 sqrt(1/20 + 1/12 + 1/6))
    low, high = 40 * np.exp(-1.959964 * np.sqrt(0.3)), 100
    found = cells(cohort, result, kind="rate", time="12", value="40.0", low=f"{low:.1f}", high="100", where="km:arm.A")
    assert {part: cell.verdict for part, cell in found.items()} == {"value": "agrees", "low": "agrees", "high": "agrees"}  # fmt: skip
    assert (found["low"].ours, found["high"].ours) == pytest.approx((low, high), rel=1e-5)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"time": "12", "unit": "months"}, "x, at 12 months"),
        ({"time": "12"}, "x, at 12"),
        ({"time": "12.0"}, "x, at 12"),
    ],
)
def test_a_cell_says_of_what_and_when_it_is(
    row: dict[str, str], words: str, cohort: Cohort, result: StudyResult
) -> None:
    assert cells(cohort, result, kind="rate", value="40.0", where="km:arm.A", **row)["value"].of == words
    assert cells(cohort, result, kind="percent", n="10", value="50", where="share:arm=B")["value"].of == "x"


@pytest.mark.parametrize(
    ("where", "row", "ours"),
    [
        ("followup:min", {"kind": "median", "value": "18"}, 3.0),
        ("followup:max", {"kind": "median", "value": "30"}, 30.0),
        ("followup:median", {"kind": "median", "value": "30"}, 30.0),
        ("n:", {"kind": "count", "value": "10"}, 10.0),
        ("share:arm=A", {"kind": "percent", "n": "10", "value": "50"}, 50.0),
        ("share:age=50|arm=A", {"kind": "percent", "n": "5", "value": "20"}, 20.0),
        ("share:age=50|arm=A", {"kind": "count", "value": "1"}, 1.0),
        ("mean:age", {"kind": "mean_sd", "value": "60.6"}, 60.6),
        ("mean:age|arm=A", {"kind": "mean_sd", "value": "59.8"}, 59.8),
    ],
)
def test_a_place_names_one_number_of_the_cohort(
    where: str, row: dict[str, str], ours: float, cohort: Cohort, result: StudyResult
) -> None:
    assert cells(cohort, result, where=where, **row)["value"].ours == pytest.approx(ours)


def test_a_ratio_is_read_with_its_limits_from_one_model_or_another(cohort: Cohort, result: StudyResult) -> None:
    for where, model in (("cox:arm", result.univariable["arm"]), ("models.both:arm", result.models["both"])):
        term = model.terms["arm[B]"]
        found = cells(cohort, result, kind="hr", value="1", low="0.1", high="9", where=where)
        assert [found[part].ours for part in ("value", "low", "high")] == [term.hr, term.low, term.high]
    age = cells(cohort, result, kind="hr", value="1", where="models.both:age")["value"]
    assert age.ours == result.models["both"].terms["age"].hr


def test_a_joint_model_has_no_log_rank_test_of_one_of_its_terms(cohort: Cohort, result: StudyResult) -> None:
    wald = result.models["both"].terms["arm[B]"].p
    assert wald is not None
    cell = cells(cohort, result, kind="hr", p=f"{wald:.4f}", where="models.both:arm")["p"]
    assert (cell.verdict, cell.why) == ("agrees", "Wald test")


@pytest.mark.parametrize("below", [True, False])
def test_a_bound_of_p_holds_at_the_p_itself(below: bool, cohort: Cohort, result: StudyResult) -> None:
    wald = result.univariable["arm"].terms["arm[B]"].p
    tests = result.univariable["arm"].tests
    assert wald is not None
    assert tests is not None
    ends = wald, tests.score.p or wald
    for shift, verdict in ((1.001, "agrees"), (0.999, "differs")):
        edge = min(ends) * shift if below else max(ends) / shift
        cell = cells(cohort, result, kind="hr", p=f"{'<' if below else '>'}{edge:.6f}", where="cox:arm")["p"]
        assert cell.verdict == verdict


def test_what_is_not_reached_differs_from_what_is(cohort: Cohort, result: StudyResult) -> None:
    for value, low, high, verdicts in (
        ("NR", "NR", "NR", ["differs", "differs", "agrees"]),
        ("12", "8", "30", ["agrees", "agrees", "differs"]),
    ):
        found = cells(cohort, result, kind="median", value=value, low=low, high=high, where="km:arm.A")
        assert [found[part].verdict for part in ("value", "low", "high")] == verdicts
        assert found["value"].printed == ("not reached" if value == "NR" else value)


def test_a_limit_that_is_not_reached_is_asked_only_where_there_are_limits(cohort: Cohort, result: StudyResult) -> None:
    assert set(cells(cohort, result, kind="median", value="18", low="NR", high="NR", where="followup:max")) == {"value"}


def test_a_number_that_differs_for_no_known_reason_says_so(cohort: Cohort, result: StudyResult) -> None:
    cell = cells(cohort, result, kind="rate", time="12", value="41", where="km:arm.A")["value"]
    assert cell.why == "by itself possible: no cohort was found that gives it together with all other numbers"


@pytest.mark.parametrize(("printed", "nearest"), [(">0.0001", min), ("<0.9999", max)])
def test_of_two_tests_that_agree_with_a_bound_the_nearest_is_named(
    printed: str, nearest: Any, cohort: Cohort, result: StudyResult
) -> None:
    model = result.univariable["arm"]
    assert model.tests is not None
    tests = {"Wald test": model.terms["arm[B]"].p or 1.0, "log-rank test": model.tests.score.p or 1.0}
    cell = cells(cohort, result, kind="hr", p=printed, where="cox:arm")["p"]
    assert (cell.verdict, cell.why) == ("agrees", nearest(tests, key=lambda name: tests[name]))
