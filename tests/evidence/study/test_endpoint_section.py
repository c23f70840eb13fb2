"""Pairs of levels: each is the comparison of its two groups alone, P adjusted by Holm."""

from dataclasses import replace
from typing import Any

import pytest

from yttria.contract.study_effects import EndpointRates, WeightedTests
from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.endpoint_section import endpoints_of, holm, weighted_tests_of
from yttria.io.tables.cohort_table import column_of
from yttria.values.protocol import Arms, EndpointSpec, OutcomeColumns, Protocol

ASKED = Protocol(OutcomeColumns("time", "event"), pairwise=("stage",))


def pairs(table: dict[str, list[str]], protocol: Protocol = ASKED) -> Any:
    columns = {name: column_of(name, cells, {""}) for name, cells in table.items()}
    return analyse(build_cohort(columns, protocol), protocol).result.pairwise["stage"]


def test_each_pair_is_that_of_its_two_groups_alone(kinds: Any) -> None:
    table = kinds["study"]
    found = pairs(table)
    assert [(p.a, p.b) for p in found] == [("p", "q"), ("p", "r"), ("q", "r")]
    for one in found:
        rows = [n for n, stage in enumerate(table["stage"]) if stage in (one.a, one.b)]
        (alone,) = pairs({name: [cells[n] for n in rows] for name, cells in table.items()})
        assert [alone.hr, alone.low, alone.high, alone.p] == pytest.approx([one.hr, one.low, one.high, one.p])
        assert alone.p_holm == pytest.approx(alone.p)


def test_p_of_three_pairs_are_adjusted_by_holm(kinds: Any) -> None:
    found = sorted(pairs(kinds["study"]), key=lambda pair: pair.p)
    highest = 0.0
    for rank, one in enumerate(found):
        highest = min(max(highest, (3 - rank) * one.p), 1.0)
        assert one.p_holm == pytest.approx(highest)


def test_a_number_of_many_values_has_no_pairs(kinds: Any) -> None:
    columns = {name: column_of(name, cells, {""}) for name, cells in kinds["study"].items()}
    asked = replace(ASKED, pairwise=("age",))
    analysis = analyse(build_cohort(columns, asked), asked)
    assert analysis.result.pairwise["age"] == []
    assert any("each of which would be a level: no pair is compared" in f.message for f in analysis.findings)


# rates of an endpoint

ARMS = Arms("arm", "B", "A")
RESPONSES: dict[str, list[Any]] = {
    "arm": ["A", "A", "A", "A", "B", "B", "B", "C"],
    "best": ["CR", "PD", "NE", "", "CR", "PR", "SD", "CR"],
    "time": [5, 6, 7, 8, 5, 6, 7, 8],
    "event": [1] * 8,
}


def rates(context_of: Any, rows: dict[str, list[Any]] = RESPONSES, responders: tuple[str, ...] = ("CR", "PR")) -> tuple[EndpointRates, list[str]]:  # fmt: skip
    context = context_of(rows, arms=False, responses={"orr": EndpointSpec("best", responders)})
    return endpoints_of(context, ARMS)["orr"], [finding.message for finding in context.findings]


def test_responders_are_counted_of_all_patients_and_of_those_who_can_be_evaluated(context_of: Any) -> None:
    found, messages = rates(context_of)
    assert (found.n, found.evaluable, found.responders, found.fraction) == (8, 6, 4, 0.5)
    arms = {arm: (rate.n, rate.evaluable, rate.responders) for arm, rate in found.arms.items()}
    assert list(arms) == ["B", "A"]  # the treated arm first
    assert arms == {"B": (3, 3, 2), "A": (4, 2, 1)}
    assert messages == ["responses orr: 1 patients of neither arm count in the whole alone"]


def test_the_treated_arm_is_compared_with_the_control(context_of: Any) -> None:
    comparison = rates(context_of)[0].comparison
    assert comparison is not None
    assert (comparison.treated, comparison.control) == ("B", "A")
    assert comparison.risk_difference == pytest.approx(2 / 3 - 1 / 4)
    # R: fisher.test(matrix(c(2, 1, 1, 3), 2)): 0.4857143
    assert comparison.p_fisher == pytest.approx(0.4857143, abs=1e-7)


def test_two_arms_alone_have_no_finding_and_one_arm_no_comparison(context_of: Any) -> None:
    two = {name: cells[:7] for name, cells in RESPONSES.items()}
    found, messages = rates(context_of, two)
    assert (found.comparison is not None, messages) == (True, [])
    found, _ = rates(context_of, {name: cells[:4] for name, cells in RESPONSES.items()})
    assert (found.comparison, list(found.arms)) == (None, ["A"])


def test_an_endpoint_without_a_responder_is_told(context_of: Any) -> None:
    two = {name: cells[:7] for name, cells in RESPONSES.items()} | {"best": ["PD"] * 7}
    found, messages = rates(context_of, two)
    assert found.responders == 0
    assert messages == ["responses orr: no patient has CR or PR in best"]


# weighted tests


def weighted(context_of: Any, factor: str, arm: list[str], arms: Arms | None = ARMS) -> tuple[WeightedTests | None, list[str]]:  # fmt: skip
    rows = {"time": list(range(1, len(arm) + 1)), "event": [1] * len(arm), "arm": arm, "site": arm}
    context = context_of(rows, arms=False)
    context = replace(context, protocol=replace(context.protocol, arms=arms))
    return weighted_tests_of(context, factor), [finding.message for finding in context.findings]


def test_weighted_tests_of_the_arms_compare_the_treated_with_the_control_whatever_else_there_is(
    context_of: Any,
) -> None:
    order = ["A", "B", "A", "A", "B", "B", "B"]
    alone, _ = weighted(context_of, "arm", order)
    turned, _ = weighted(context_of, "arm", order, Arms("arm", "A", "B"))
    site, _ = weighted(context_of, "site", order)
    assert alone is not None
    assert turned is not None
    assert site is not None
    assert [(t.rho, t.gamma) for t in alone.tests] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    # observed less expected of B at one event a time: the log-rank z of this order, negative where B lives longer
    at_risk = [(7, 4), (6, 4), (5, 3), (4, 3), (3, 3), (2, 2), (1, 1)]
    died = [0, 1, 0, 0, 1, 1, 1]
    excess = sum(d - b / n for d, (n, b) in zip(died, at_risk, strict=True))
    spread = sum(b / n * (1 - b / n) for n, b in at_risk)
    assert alone.tests[0].z == pytest.approx(excess / spread**0.5)
    assert turned.tests[0].z == pytest.approx(-excess / spread**0.5)
    assert [t.z for t in site.tests] == pytest.approx([t.z for t in alone.tests])
    # a third arm is left out
    with_third, _ = weighted(context_of, "arm", [*order, "C"])
    assert with_third is not None
    assert with_third.maxcombo_p == pytest.approx(alone.maxcombo_p, abs=1e-4)


@pytest.mark.parametrize(
    ("factor", "arm", "levels"),
    [("site", ["A", "B", "C", "A"], 3), ("site", ["A", "A", "A", "A"], 1), ("arm", ["A", "A", "C", "A"], 2), ("arm", ["B", "C", "C", "B"], 2)],
)  # fmt: skip
def test_weighted_tests_of_other_than_two_groups_are_not_made_and_told(
    factor: str, arm: list[str], levels: int, context_of: Any
) -> None:
    found, messages = weighted(context_of, factor, arm)
    assert found is None
    assert messages == [f"weighted tests by {factor} need two groups, but there are {levels}: none is made"]


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        # R: p.adjust(p, "holm")
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.4, 0.5, 0.9], [1.0, 1.0, 1.0]),
        ([0.01, float("nan"), 0.03], [0.02, float("nan"), 0.03]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_p_are_corrected_by_holms_steps(p: list[float], adjusted: list[float]) -> None:
    assert holm(p) == pytest.approx(adjusted, nan_ok=True)
