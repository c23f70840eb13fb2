"""The tables of a running trial: made, checked, and joined to a cohort of one row a patient."""

import os
import secrets
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from hashlib import sha256
from pathlib import Path

from yttria.contract.envelope import Answer
from yttria.contract.trial_kit import (
    CheckRequest,
    CheckResult,
    KitRequest,
    KitResult,
    LateVisit,
    MissingField,
    RefusedRow,
)
from yttria.delivery.response_criteria import CRITERIA, index_lesion, lesion_words, response_of, visit_near
from yttria.evidence.design.trial_records import TrialRecords, check_records
from yttria.io.files.output import PRIVATE, output_file, output_folder, place_subject
from yttria.io.ground.regular_files import require_file, require_regular
from yttria.io.tables.csv_writer import csv_of
from yttria.io.tables.trial_kit_tables import COHORT_COLUMNS, read_kit_table, read_rules, read_visits, write_kit
from yttria.planning.class_derivation import CLASS_COLUMNS, derived_classes
from yttria.values.errors import Finding, IntakeError, YttriaError
from yttria.values.lesion import LESION_KINDS, LESION_STATUSES, LesionHistory, LesionMeasurement, lesion_histories
from yttria.values.trial_kit import ColumnRule, TableRow, day_of

DAYS_PER_MONTH = 30.4375
"""A month of the trial's endpoints (365.25 / 12)."""
ENDPOINT_MONTHS, WINDOW_MONTHS = 3.0, 1.0
"""When response is the endpoint (Garin et al. 2021, doi:10.1016/S2468-1253(20)30290-9), and how far a visit may lie from it."""
PLACES = {"patient", "visit", "date"}
COHORT = "cohort.csv"
ADVERSE = "cohort_adverse_events.csv"
KIT_COMMAND = "trial kit"
"""Whose mark a kit bears: what `trial check` adds to it is of the same study."""
KEY = ".blind-key"


def run_kit(request: KitRequest) -> Answer[KitResult]:
    """Write the tables of a trial into a new or empty folder.

    Raises
    ------
    IntakeError
        A folder that holds something.
    """
    if request.out.is_dir() and any(request.out.iterdir()):
        raise IntakeError(
            f"a kit needs a new or empty folder, but {request.out} holds something; name another",
            code="kit-folder",
        )
    with output_folder(request.out, command=KIT_COMMAND, inputs=()) as draft:
        names = write_kit(draft.path, request.template)
    return Answer(KitResult(template=request.template, files=list(names)), (), tuple(request.out / n for n in names))


def run_check(request: CheckRequest) -> Answer[CheckResult]:
    """Check the tables of a kit and write cohort.csv, one row a patient, as `yttria analyse` takes it.

    Raises
    ------
    IntakeError
        No kit in the folder; a table without a column of its dictionary.
    """
    require_file(
        request.kit / "dictionary.csv",
        what="the folder of a kit with its dictionary",
        advice="make one: yttria trial kit DIR",
        code="kit-folder",
    )
    rules, visits = read_rules(request.kit), read_visits(request.kit)
    tables = {
        name: read_kit_table(request.kit, name, [rule.column for rule in rules if rule.table == name])
        for name in dict.fromkeys(rule.table for rule in rules)
    }
    records = check_records(tables, rules, visits, at=request.at or date.today())  # noqa: DTZ011  a day of the calendar on the wall
    cohort = _Cohort(records, tuple(rules))
    rows = [cohort.row(patient) for patient in records.baselines]
    files = _written(request, cohort, rows, [rule for rule in rules if rule.table == "adverse_events"]) if rows else ()
    refused = [RefusedRow(table=r.table, row=r.row, why=r.why) for r in records.refused]
    result = CheckResult(
        missing=[MissingField(patient=m.patient, visit=m.visit, field=m.field) for m in records.missing],
        late=[LateVisit(patient=v.patient, visit=v.visit, days=v.days) for v in records.late],
        refused=[*refused, *cohort.refused],
        patients=len(rows),
        arms=None if request.blind is not None else _arms(rows),
    )
    return Answer(result, tuple(cohort.findings), files)


def _arms(rows: Sequence[dict[str, str]]) -> dict[str, int]:
    names = [row.get("arm", "") or "not stated" for row in rows]
    return {name: names.count(name) for name in sorted(set(names))}


def _written(
    request: CheckRequest, cohort: "_Cohort", rows: Sequence[dict[str, str]], adverse: Sequence[ColumnRule]
) -> tuple[Path, ...]:
    """Write the cohort, its adverse events and, where asked for, its blind form; return the files."""
    tables = {rule.table for rule in cohort.rules}
    read = {"dictionary.csv", "visits.csv", *(f"{name}{suffix}" for name in tables for suffix in (".csv", ".xlsx"))}
    ours = {os.path.realpath(request.kit / name) for name in (COHORT, ADVERSE)}
    if request.blind is not None and os.path.realpath(request.blind) in ours:
        raise IntakeError(
            f"--blind must be another file than {request.blind.name} of the kit, which tells the arms; name another",
            code="blind-place",
        )
    inputs = [path for path in request.kit.iterdir() if path.name in read or path.suffix == ".toml"]
    heading = cohort.heading
    texts = {COHORT: csv_of([heading, *([row[c] for c in heading] for row in rows)])}
    columns = [rule.column for rule in adverse]
    events = [
        row for row in cohort.records.accepted.get("adverse_events", ()) if all(row[c] for c in columns if c in _NEEDED)
    ]
    texts[ADVERSE] = csv_of([columns, *([row[c] for c in columns] for row in events)])
    with ExitStack() as written:
        if request.blind is not None:  # first in, so last to take its place: the folder may still refuse
            blind = written.enter_context(
                output_file(
                    request.blind,
                    command=KIT_COMMAND,
                    subject=place_subject(request.kit),
                    inputs=inputs,
                    replace=request.replace,
                )
            )
            blind.write_text(_blind_text(request.kit, cohort, rows), encoding="utf-8")
        draft = written.enter_context(
            output_folder(request.kit, command=KIT_COMMAND, inputs=inputs, replace=request.replace)
        )
        for name, text in texts.items():
            (draft.path / name).write_text(text, encoding="utf-8")
    return (*(request.kit / name for name in texts), *([] if request.blind is None else [request.blind]))


def _blind_text(kit: Path, cohort: "_Cohort", rows: Sequence[dict[str, str]]) -> str:
    """Return the cohort without what was given, its arms as letters."""
    letters = _letters(kit, rows)
    columns = [c for c in cohort.heading if c not in cohort.given]
    return csv_of([columns, *([letters.get(row[c], "") if c == "arm" else row[c] for c in columns] for row in rows)])


_NEEDED = {"patient", "term", "grade", "serious", "related"}


def _letters(kit: Path, rows: Sequence[dict[str, str]]) -> dict[str, str]:
    """Return A and B for the arms, in an order that only the key of this kit tells; the key is made at first use."""
    key = kit / KEY
    require_regular(key)
    if not key.exists():
        with output_file(
            key, command=KIT_COMMAND, subject="", inputs=()
        ) as draft:  # whole or not there: half a key would tell the arms
            draft.touch(mode=PRIVATE)
            draft.write_text(secrets.token_hex(32), encoding="utf-8")
    secret = key.read_bytes()
    arms = sorted({row["arm"] for row in rows if row["arm"]}, key=lambda arm: sha256(secret + arm.encode()).digest())
    return {arm: chr(ord("A") + k) for k, arm in enumerate(arms)}


class _Cohort:
    """The rows of a trial joined by patient."""

    def __init__(self, records: TrialRecords, rules: Sequence[ColumnRule]) -> None:
        self.records, self.rules = records, rules
        self.findings: list[Finding] = []
        self.refused: list[RefusedRow] = []
        baseline = [r.column for r in rules if r.table == "baseline" and r.column not in PLACES]
        self.given = [r.column for r in rules if r.table == "dosimetry" and r.column not in {*PLACES, *baseline}]
        self.baseline = baseline
        self.heading = ["patient", *baseline, *self.given, *COHORT_COLUMNS]

    def row(self, patient: str) -> dict[str, str]:
        """Return the row of a patient."""
        base = self._first("baseline", patient)
        row = {"patient": patient, **{c: base[c] for c in self.baseline}}
        record = self.records.of("dosimetry", patient)
        row |= {c: record[0][c] if record else "" for c in self.given}
        row |= self._outcomes(patient)
        row |= self._response(patient)
        classes = derived_classes({name: row.get(name, "") for name in row}, patient=patient)
        self.findings += classes.findings
        filled = [name for name in CLASS_COLUMNS if name in classes.values and name in row]
        row |= {name: classes.values[name] for name in filled}
        row["derived"] = "|".join(filled)
        return row

    def _first(self, table: str, patient: str) -> TableRow:
        return self.records.of(table, patient)[0]

    def _outcomes(self, patient: str) -> dict[str, str]:
        """Return survival and survival without progression: from the baseline to the event, else to the last day in any table."""
        begin = self.records.baselines[patient]
        death = self.records.deaths.get(patient)
        days = [day_of(r["date"]) for table in self.records.accepted for r in self.records.of(table, patient)]
        last = max(day for day in days if day is not None)
        progressed = [
            day
            for row in self.records.of("follow_up", patient)
            if row["progression"] == "1" and (day := day_of(row["date"])) is not None
        ]
        end = death or last
        failed = min([*progressed, *([death] if death else [])], default=None)
        return {
            "os_months": _months(begin, end),
            "os_event": str(int(death is not None)),
            "pfs_months": _months(begin, failed or end),
            "pfs_event": str(int(failed is not None)),
        }

    def _response(self, patient: str) -> dict[str, str]:
        """Return EASL at three months, of the index lesion and of the patient."""
        none = {"easl_index_3m": "", "easl_3m": ""}
        rows = self.records.of("lesions", patient)
        if not rows:
            return none
        try:
            (history,) = lesion_histories([_measurement(row) for row in rows])
            return self._words(history)
        except YttriaError as refusal:
            self.refused.append(
                RefusedRow(table="lesions", row=rows[0].line, why=f"the lesions of {patient}: {refusal}")
            )
            return none

    def _words(self, history: LesionHistory) -> dict[str, str]:
        criterion = CRITERIA["easl"]
        on = visit_near(history, ENDPOINT_MONTHS, WINDOW_MONTHS)
        if on is None:
            return {"easl_index_3m": "NE", "easl_3m": "NE"}
        lesion = index_lesion(history, criterion)
        overall = next(visit.overall for visit in response_of(history, criterion).visits if visit.on == on)
        return {
            "easl_index_3m": "NE" if lesion is None else lesion_words(history, lesion, criterion)[on],
            "easl_3m": overall,
        }


def _months(begin: date, end: date) -> str:
    return f"{(end - begin).days / DAYS_PER_MONTH:.4f}"


def _measurement(row: TableRow) -> LesionMeasurement:
    """Return a row of lesions as a measurement."""
    on = day_of(row["date"])
    kind = next((k for k in LESION_KINDS if k == row["kind"]), None)
    if on is None or kind is None:
        raise IntakeError(f"line {row.line} lacks date or kind; fill it in", code="row-incomplete")
    return LesionMeasurement(
        line=row.line,
        patient=row["patient"],
        lesion=row["lesion"],
        on=on,
        kind=kind,
        node=row["node"] == "1",
        status=next((s for s in LESION_STATUSES if s == row["status"]), None),
        organ=row["organ"],
        index=row["index"] == "1",
        longest_mm=_size(row["longest_mm"]),
        short_mm=_size(row["short_mm"]),
        viable_longest_mm=_size(row["viable_longest_mm"]),
        viable_short_mm=_size(row["viable_short_mm"]),
    )


def _size(cell: str) -> float | None:
    return float(cell) if cell else None
