"""Table 1 of a study: whose columns, of whom, by which tests."""

from dataclasses import replace
from typing import Any

import pytest

from yttria.evidence.study.analysis import analyse
from yttria.evidence.study.cohort_builder import build_cohort
from yttria.io.tables.cohort_table import column_of
from yttria.values.protocol import Arms, OutcomeColumns, Protocol

TABLE = {
    "time": ["5", "9", "3", "8", "7", "4", "6", "2"],
    "event": ["1", "0", "1", "1", "0", "1", "1", "1"],
    "arm": ["A", "A", "A", "A", "B", "B", "B", "B"],
    "age": ["50", "60", "70", "", "40", "50", "60", "90"],
    "ecog": ["0", "1", "1", "0", "0", "0", "0", "1"],
    "site": ["x", "y", "x", "x", "y", "y", "y", ""],
}
ASKED = Protocol(OutcomeColumns("time", "event"), arms=Arms("arm", "B", "A"), baseline=("age", "ecog", "site"))


def baseline(table: dict[str, list[str]] = TABLE, protocol: Protocol = ASKED) -> Any:
    columns = {name: column_of(name, cells, {""}) for name, cells in table.items()}
    return analyse(build_cohort(columns, protocol), protocol).result.model_dump().get("baseline")


def test_numbers_are_summarised_of_all_and_by_arm_and_missing_ones_counted() -> None:
    age = baseline()["age"]
    assert age["missing"] == 1
    assert (age["number"]["all"]["n"], age["number"]["all"]["mean"]) == (7, pytest.approx(60))
    assert age["number"]["by"]["A"]["mean"] == pytest.approx(60)
    assert age["number"]["by"]["A"]["missing"] == 1
    assert (age["number"]["by"]["B"]["mean"], age["number"]["by"]["B"]["median"]) == (pytest.approx(60), pytest.approx(55))  # fmt: skip
    assert age["number"]["difference"] == pytest.approx(0)


def test_a_number_of_few_values_is_described_by_its_levels_too() -> None:
    found = baseline()
    assert found["ecog"]["levels"] == {"0": {"all": 5, "by": {"A": 2, "B": 3}}, "1": {"all": 3, "by": {"A": 2, "B": 1}}}
    assert found["ecog"]["number"]["all"]["mean"] == pytest.approx(3 / 8)


@pytest.mark.parametrize(("distinct", "described"), [(4, True), (5, True), (6, False)])
def test_up_to_five_distinct_numbers_are_levels(distinct: int, described: bool) -> None:
    table = TABLE | {"age": [str(40 + n % distinct) for n in range(8)]}
    assert bool(baseline(table)["age"].get("levels")) is described


def test_words_have_levels_and_no_mean() -> None:
    site = baseline()["site"]
    assert site["missing"] == 1
    assert site["levels"]["x"] == {"all": 3, "by": {"A": 3, "B": 0}}
    assert "number" not in site or site["number"] is None
    assert {test["name"] for test in site["tests"]} == {"Fisher exact", "chi-squared"}


def test_without_arms_there_is_no_table_one_and_without_a_list_it_holds_what_the_protocol_speaks_of() -> None:
    assert not baseline(protocol=Protocol(OutcomeColumns("time", "event")))
    assert set(baseline(protocol=replace(ASKED, baseline=(), univariable=("age",)))) == {"age"}


@pytest.mark.parametrize(("arms", "compared"), [(2, True), (3, False)])
def test_a_standardised_difference_stands_between_two_arms_alone(arms: int, compared: bool) -> None:
    third = ["C", "C"] if arms == 3 else ["B", "B"]
    found = baseline({**TABLE, "arm": ["A", "A", "A", "B", "B", "B", *third]})
    for part in (found["age"]["number"], found["ecog"], found["site"]):
        assert (part["difference"] is not None) is compared


def test_the_difference_of_levels_is_that_of_two_shares() -> None:
    # ecog 1: 2 of 4 of A and 1 of 4 of B: 0.25 / sqrt((0.25 + 0.1875) / 2)
    found = baseline()["ecog"]["difference"]
    assert abs(found) == pytest.approx(0.25 / ((0.25 + 0.1875) / 2) ** 0.5)
