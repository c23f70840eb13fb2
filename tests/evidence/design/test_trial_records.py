"""Tables of a running trial: what is refused, missing or late, at the day of the check."""

from datetime import date

import pytest

from yttria.evidence.design.trial_records import (
    LateVisit,
    MissingField,
    RefusedRow,
    Rows,
    TrialRecords,
    check_records,
)
from yttria.values.trial_kit import ColumnRule, TableRow, VisitWindow

RULES = (
    ColumnRule("baseline", "patient", "text", required=True),
    ColumnRule("baseline", "date", "date", required=True),
    ColumnRule("baseline", "inr", "number", least=0.5, most=20),
    ColumnRule("follow_up", "patient", "text", required=True),
    ColumnRule("follow_up", "visit", "text", required=True),
    ColumnRule("follow_up", "date", "date", required=True),
    ColumnRule("follow_up", "dead", "yes-no", required=True),
)
MONTH = VisitWindow("month 1", 30, 23, 37, ("follow_up",))
BASE = {"patient": "P1", "date": "2026-01-01", "inr": "1.1"}
SEEN = {"patient": "P1", "visit": "month 1", "date": "2026-01-31", "dead": "0"}


def checked(
    baseline: list[dict[str, str]], follow_up: list[dict[str, str]], at: date = date(2026, 3, 1)
) -> TrialRecords:
    tables: Rows = {
        "baseline": [TableRow(n, c) for n, c in enumerate(baseline, start=2)],
        "follow_up": [TableRow(n, c) for n, c in enumerate(follow_up, start=2)],
    }
    return check_records(tables, RULES, [MONTH], at=at)


def test_a_patient_seen_within_the_window_lacks_nothing() -> None:
    found = checked([BASE], [SEEN])
    assert (found.missing, found.late, found.refused) == ((), (), ())
    assert [row["date"] for row in found.of("follow_up", "P1")] == ["2026-01-31"]
    assert found.baselines == {"P1": date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("day", "days"),
    [("2026-01-24", None), ("2026-01-23", -1), ("2026-02-07", None), ("2026-02-08", 1), ("2026-02-17", 10)],
)
def test_a_visit_is_late_from_the_day_after_its_window_and_early_before_it(day: str, days: int | None) -> None:
    found = checked([BASE], [{**SEEN, "date": day}])
    assert found.late == (() if days is None else (LateVisit("P1", "month 1", days),))


@pytest.mark.parametrize(("at", "missing"), [(date(2026, 2, 7), False), (date(2026, 2, 8), True)])
def test_a_visit_is_missing_once_its_window_is_over(at: date, missing: bool) -> None:
    assert checked([BASE], [], at).missing == ((MissingField("P1", "month 1", "follow_up"),) if missing else ())


@pytest.mark.parametrize(("death", "missing"), [("2026-02-07", False), ("2026-02-08", True)])
def test_who_died_within_the_window_is_not_missed(death: str, missing: bool) -> None:
    second = VisitWindow("month 2", 60, 53, 67, ("follow_up",))
    tables: Rows = {
        "baseline": [TableRow(2, BASE)],
        "follow_up": [TableRow(2, {"patient": "P1", "visit": "month 2", "date": death, "dead": "1"})],
    }
    found = check_records(tables, RULES, [MONTH, second], at=date(2026, 12, 1))
    assert (MissingField("P1", "month 1", "follow_up") in found.missing) is missing
    assert found.late == ()  # the day of a death is no visit's
    assert found.deaths == {"P1": date.fromisoformat(death)}


def test_an_empty_required_cell_is_missing_and_its_row_stays() -> None:
    found = checked([BASE], [{**SEEN, "dead": ""}])
    assert found.missing == (MissingField("P1", "month 1", "dead"),)
    assert len(found.accepted["follow_up"]) == 1


@pytest.mark.parametrize(
    ("baseline", "follow_up", "refused"),
    [
        ([{**BASE, "inr": "34"}], [], RefusedRow("baseline", 2, "inr must be 0.5 to 20, but is 34")),
        ([{**BASE, "patient": ""}], [], RefusedRow("baseline", 2, "patient is empty")),
        ([BASE, BASE], [SEEN], RefusedRow("baseline", 3, "patient P1 stands in line 2 too")),
        ([BASE], [SEEN, SEEN], RefusedRow("follow_up", 3, "patient P1 at month 1 stands in line 2 too")),
        ([BASE], [SEEN, {**SEEN, "patient": "P2"}], RefusedRow("follow_up", 3, "patient P2 is not in baseline")),
        ([BASE], [SEEN, {**SEEN, "visit": "year 9"}], RefusedRow("follow_up", 3, "visit 'year 9' is none that fills follow_up")),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_is_refused_by_its_line(
    baseline: list[dict[str, str]], follow_up: list[dict[str, str]], refused: RefusedRow
) -> None:
    assert checked(baseline, follow_up, date(2026, 1, 2)).refused == (refused,)


def test_a_row_that_is_refused_does_not_stand_for_a_second_one() -> None:
    found = checked([{**BASE, "inr": "34"}, BASE], [SEEN])
    assert [row.row for row in found.refused] == [2]
    assert len(found.accepted["baseline"]) == 1


def test_a_table_that_repeats_may_hold_a_patient_twice() -> None:
    rules = (*RULES, ColumnRule("lesions", "patient", "text", required=True))
    row = {"patient": "P1"}
    tables: Rows = {"baseline": [TableRow(2, BASE)], "lesions": [TableRow(2, row), TableRow(3, row)]}
    found = check_records(tables, rules, [], at=date(2026, 1, 2))
    assert (found.refused, len(found.accepted["lesions"])) == ((), 2)


def test_an_empty_cell_of_the_baseline_is_told_as_of_the_baseline() -> None:
    found = checked([{**BASE, "date": ""}], [])
    assert found.missing == (MissingField("P1", "baseline", "date"),)
    assert found.baselines == {}


def test_the_earliest_of_two_days_of_death_counts() -> None:
    later = {**SEEN, "visit": "month 2", "date": "2026-03-05", "dead": "1"}
    tables: Rows = {
        "baseline": [TableRow(2, BASE)],
        "follow_up": [TableRow(2, later), TableRow(3, {**SEEN, "dead": "1"})],
    }
    windows = [MONTH, VisitWindow("month 2", 60, 53, 67, ("follow_up",))]
    assert check_records(tables, RULES, windows, at=date(2026, 12, 1)).deaths == {"P1": date(2026, 1, 31)}


def test_several_faults_of_a_row_are_told_together() -> None:
    (refused,) = checked([{**BASE, "inr": "34", "date": "soon"}], []).refused
    assert refused.why.count("; ") == 1
    assert "inr must be 0.5 to 20, but is 34" in refused.why


def test_rows_are_of_their_patient_alone() -> None:
    second = {**BASE, "patient": "P2"}
    found = checked([BASE, second], [SEEN, {**SEEN, "patient": "P2", "date": "2026-02-01"}])
    assert [row["date"] for row in found.of("follow_up", "P2")] == ["2026-02-01"]
    assert found.of("lesions", "P2") == []
    assert set(found.baselines) == {"P1", "P2"}


def test_a_visit_of_a_patient_without_a_day_of_baseline_is_neither_late_nor_missing() -> None:
    found = checked([{**BASE, "date": ""}], [SEEN, {**SEEN, "visit": "month 1", "patient": "P1", "date": ""}])
    assert found.late == ()
    assert found.missing == (MissingField("P1", "baseline", "date"),)


def test_a_visit_without_a_day_is_not_late() -> None:
    found = checked([BASE], [{**SEEN, "date": ""}])
    assert (found.late, found.missing) == ((), (MissingField("P1", "month 1", "date"),))
