"""The tables of a running trial against its dictionary and visit windows: what is refused, missing or late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from yttria.values.trial_kit import REPEATED, ColumnRule, TableRow, VisitWindow, day_of

BASELINE = "baseline"
FOLLOW_UP = "follow_up"
Rows = Mapping[str, Sequence[TableRow]]


@dataclass(frozen=True, slots=True)
class MissingField:
    """A required cell that is empty (`field` its column), or a visit without a row (`field` its table)."""

    patient: str
    visit: str
    field: str


@dataclass(frozen=True, slots=True)
class LateVisit:
    """A visit outside its window: days after it, negative before it."""

    patient: str
    visit: str
    days: int


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is in no cohort, by its line, and why."""

    table: str
    row: int
    why: str


@dataclass(frozen=True, slots=True)
class TrialRecords:
    """Tables as they were checked.

    Parameters
    ----------
    accepted
        Rows by table that are not refused.
    missing, late, refused
        What is wrong, in the order of tables and rows.
    """

    accepted: Rows
    missing: tuple[MissingField, ...]
    late: tuple[LateVisit, ...]
    refused: tuple[RefusedRow, ...]

    def of(self, table: str, patient: str) -> list[TableRow]:
        """Return the accepted rows of a patient in one table."""
        return [row for row in self.accepted.get(table, ()) if row["patient"] == patient]

    @property
    def baselines(self) -> dict[str, date]:
        """Return the day of the baseline by patient, of those who have one."""
        days = {row["patient"]: day_of(row["date"]) for row in self.accepted.get(BASELINE, ())}
        return {patient: day for patient, day in days.items() if day is not None}

    @property
    def deaths(self) -> dict[str, date]:
        """Return the day of death by patient, of those who died."""
        return _deaths(self.accepted)


def check_records(
    tables: Rows, rules: Sequence[ColumnRule], visits: Sequence[VisitWindow], *, at: date
) -> TrialRecords:
    """Return the tables of a trial with what is refused, missing or late.

    A required cell that is empty is missing, and its row stays; a cell that cannot be, an unknown patient or visit and a row twice are
    refused. A visit is missing when its window ended before `at` and before the patient's death.

    Parameters
    ----------
    tables
        Rows by table.
    rules, visits
        The dictionary and the windows.
    at
        The day of the check.
    """
    by_table: dict[str, list[ColumnRule]] = {}
    for rule in rules:
        by_table.setdefault(rule.table, []).append(rule)
    accepted: dict[str, list[TableRow]] = {}
    refused: list[RefusedRow] = []
    for table, columns in by_table.items():
        patients = None if table == BASELINE else {row["patient"] for row in accepted.get(BASELINE, ())}
        accepted[table] = []
        for row, why in _judged(table, tables.get(table, ()), columns, visits, patients):
            if why is None:
                accepted[table].append(row)
            else:
                refused.append(RefusedRow(table, row.line, why))
    records = TrialRecords(accepted, (), (), tuple(refused))
    missing = (*_empty_cells(accepted, by_table), *_absent_visits(records, tables, visits, at))
    return TrialRecords(accepted, missing, tuple(_late_visits(records, visits)), tuple(refused))


def _judged(
    table: str,
    rows: Sequence[TableRow],
    columns: Sequence[ColumnRule],
    visits: Sequence[VisitWindow],
    patients: set[str] | None,
) -> Iterator[tuple[TableRow, str | None]]:
    """Yield each row with why it is refused, None where it is not."""
    names = {column.column for column in columns}
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        why = _fault(table, row, columns, visits, patients)
        key = (row["patient"], row["visit"] if "visit" in names and table != BASELINE else "")
        if why is None and table not in REPEATED:
            if key in counts:
                why = f"patient {key[0]}{f' at {key[1]}' if key[1] else ''} stands in line {counts[key]} too"
            else:
                counts[key] = row.line
        yield row, why


def _fault(
    table: str,
    row: TableRow,
    columns: Sequence[ColumnRule],
    visits: Sequence[VisitWindow],
    patients: set[str] | None,
) -> str | None:
    """Return why a row cannot be, None where it can."""
    faults = [rule.fault(row[rule.column]) for rule in columns if row[rule.column]]
    results = [fault for fault in faults if fault is not None]
    if results:
        return "; ".join(results)
    if not row["patient"]:
        return "patient is empty"
    if patients is not None and row["patient"] not in patients:
        return f"patient {row['patient']} is not in {BASELINE}"
    if row["visit"] and row["visit"] not in {visit.visit for visit in visits if table in visit.tables}:
        return f"visit {row['visit']!r} is none that fills {table}"
    return None


def _empty_cells(accepted: Rows, by_table: Mapping[str, Sequence[ColumnRule]]) -> Iterator[MissingField]:
    """Yield every required cell that is empty."""
    for table, rows in accepted.items():
        for row in rows:
            for rule in by_table[table]:
                if rule.required and not row[rule.column]:
                    yield MissingField(
                        row["patient"], row["visit"] or (BASELINE if table == BASELINE else ""), rule.column
                    )


def _absent_visits(
    records: TrialRecords, tables: Rows, visits: Sequence[VisitWindow], at: date
) -> Iterator[MissingField]:
    """Yield every table of a visit that has no row though the window is over; a row that is refused is a row."""
    deaths = records.deaths
    for patient, begin in records.baselines.items():
        for visit in visits:
            last = begin + timedelta(days=visit.last_day)
            if not last < at or (patient in deaths and not last < deaths[patient]):
                continue
            for table in visit.tables:
                if not any(r["patient"] == patient and r["visit"] == visit.visit for r in tables.get(table, ())):
                    yield MissingField(patient, visit.visit, table)


def _late_visits(records: TrialRecords, visits: Sequence[VisitWindow]) -> Iterator[LateVisit]:
    """Yield each visit of a patient that lies outside its window, once."""
    windows = {visit.visit: visit for visit in visits}
    results: set[LateVisit] = set()
    for table, rows in records.accepted.items():
        for row in rows:
            begin, day = records.baselines.get(row["patient"]), day_of(row["date"])
            window = windows.get(row["visit"])
            if table == BASELINE or begin is None or day is None or window is None:
                continue
            days = (day - begin).days
            off = min(days - window.first_day, 0) or max(days - window.last_day, 0)
            late = LateVisit(row["patient"], row["visit"], off)
            if off and late not in results and row["dead"] != "1":
                results.add(late)
                yield late


def _deaths(accepted: Rows) -> dict[str, date]:
    results: dict[str, date] = {}
    for row in accepted.get(FOLLOW_UP, ()):
        day = day_of(row["date"])
        if row["dead"] == "1" and day is not None:
            results[row["patient"]] = min(day, results.get(row["patient"], day))
    return results
