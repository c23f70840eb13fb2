"""Pairs of levels: each is the comparison of its two groups alone, P adjusted by Holm."""

from dataclasses import replace
from typing import Any

import pytest

from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.io.tables.cohort_table import column_of
from yttria.values.protocol import OutcomeColumns, Protocol

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
