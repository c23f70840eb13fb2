"""The words of a methods section: each rule that was used is said, and none that was not."""

from dataclasses import replace
from typing import Any

import pytest

from yttria.report.study.method_section import method_blocks
from yttria.values.document import Points
from yttria.values.protocol import Curves, OutcomeColumns, Protocol, ResponseSpec, SelectionSpec

PLAIN = Protocol(OutcomeColumns("os", "dead", unit="months"))


def words(**sections: Any) -> str:
    (block,) = method_blocks(replace(PLAIN, **sections))
    assert isinstance(block, Points)
    return "\n".join(block.items)


def test_time_event_and_unit_are_those_of_the_protocol() -> None:
    assert "Time: os, in months; event: dead; follow-up from time zero." in words()
    late = OutcomeColumns("t", "e", entry="start")
    assert "Time: t, in the unit of the table; event: e; late entry at start." in words(outcome=late)


@pytest.mark.parametrize(
    ("level", "conf", "said"), [(0.95, "log", "95 % CI, log scale"), (0.9, "log-log", "90 % CI, log-log scale")]
)
def test_limits_are_those_that_were_asked_for(level: float, conf: Any, said: str) -> None:
    assert said in words(km=Curves(level=level, conf=conf)).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"km": Curves(rho=0.5)}, "log-rank test with S(t-)^0.5 as weight."),
        ({"km": Curves(strata=("pvt", "centre"))}, "log-rank test, stratified by pvt, centre."),
        ({"km": Curves(trend=("stage",))}, "Trend: log-rank test"),
        (
            {"selection": SelectionSpec(("age",), 0.1, "logrank")},
            "Selection: univariable P ≤ 0.1 (logrank), then aic-both",
        ),
        ({"dose_response": {"TD": ResponseSpec("td", "cr")}}, "Dose and response by binomial regression"),
        ({"time_varying": {"resection": "day"}}, "Events after baseline: rows are cut at the day of the event"),
    ],
)
def test_a_rule_is_said_where_it_is_used_and_only_there(sections: dict[str, Any], said: str) -> None:
    assert said in words(**sections)
    assert said not in words()
