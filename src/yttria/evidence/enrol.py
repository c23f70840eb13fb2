"""A table and a protocol to a cohort: every refusal by row and column, every missing covariate kept as missing."""

from collections.abc import Mapping, Sequence

import numpy as np

from yttria.evidence.terms import parts_of
from yttria.evidence.timevarying import factor_of
from yttria.values.cohort import ONE_TIME, Cohort, Column, Mask, Numbers, TimeToEvent, number_in, same_value
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import Protocol

Table = Mapping[str, Column]
NOTHING = frozenset({"NA", "N/A", "NaN", "nan", "null", "NULL", "None", ".", "-", "?"})
"""Words that stand for nothing where a column must hold numbers."""
HEADING = 1
"""Lines above the first row of a table: rows are named as the lines of the file, as an editor shows them."""


def enrol(table: Table, protocol: Protocol) -> Cohort:
    """Return the cohort that a protocol makes of a table.

    Parameters
    ----------
    table
        Columns as read.
    protocol
        What they mean.

    Raises
    ------
    EvidenceError
        A column or level that does not exist; a time, event, entry or weight that is missing or cannot be; a patient twice; a change
        after the end of follow-up; an event without a known cause.

    Examples
    --------
    >>> from yttria.values.protocol import OutcomeColumns
    >>> months = Column("months", np.array([0, 1]), ("3", "5"), np.array([3.0, 5.0]))
    >>> event = Column("event", np.array([0, 1]), ("0", "1"), np.array([0.0, 1.0]))
    >>> enrol({"months": months, "event": event}, Protocol(OutcomeColumns("months", "event", unit="months")))
    Cohort(TimeToEvent(2 rows, 1 events, 3 to 5 months), columns months, event)
    """
    _refuse_absent(table, protocol)
    outcome = _outcome(table, protocol)
    _refuse_twice(table, protocol)
    columns = _with_levels(table, protocol)
    for name, cut in protocol.cuts.items():
        columns[name] = _cut_factor(name, _number(table, cut.column), cut.at, cut.label)
    for name, values in protocol.populations.items():
        for column, wanted in values.items():
            columns[column].require(wanted, what=f"[populations.{name}]")
    if protocol.arms is not None:
        columns[protocol.arms.column].require((protocol.arms.treated, protocol.arms.control), what="[arms]")
    for name, column in protocol.time_varying.items():
        _refuse_late_change(outcome, _number(table, column), column, name)
    return Cohort(outcome, columns, _causes(table, protocol, outcome))


def change_of(cohort: Cohort, column: str) -> Numbers:
    """Return the times in a column, NaN where empty."""
    return _number(cohort.columns, column)


def _refuse_absent(table: Table, protocol: Protocol) -> None:
    made = {*protocol.cuts, *table}
    raw = [protocol.outcome.time, protocol.outcome.event, protocol.outcome.entry, protocol.outcome.weight]
    raw += [protocol.outcome.id, protocol.censor_at, protocol.cause_column]
    raw += [*protocol.time_varying.values(), *(cut.column for cut in protocol.cuts.values())]
    for asked in protocol.dose_response.values():
        raw += [asked.dose, asked.response]
    for name in raw:
        if name is not None and name not in table:
            raise EvidenceError(
                f"the protocol names column {name}, but the table has {', '.join(table)}; correct one of them"
            )
    for name in columns_named(protocol):
        if name not in made:
            raise EvidenceError(
                f"the protocol names {name}, which is neither a column nor a cut; the table has {', '.join(table)}"
            )


def columns_named(protocol: Protocol) -> list[str]:
    """Return every column or cut that the analyses of a protocol stand on, once each, in order."""
    names = [*protocol.km.by, *protocol.km.strata, *protocol.km.trend, *protocol.subgroups]
    terms = [*protocol.univariable]
    if protocol.selection is not None:
        terms += protocol.selection.candidates
    for model in protocol.models.values():
        terms += model.terms
        names += [*model.strata, *(n for n in (model.cluster, model.offset) if n is not None)]
    if protocol.arms is not None:
        names.insert(0, protocol.arms.column)
    names += [column for where in protocol.populations.values() for column in where]
    names += [*protocol.levels, *protocol.baseline, *(part for term in terms for part in parts_of(term))]
    return list(dict.fromkeys(names))


def _number(table: Table, name: str) -> Numbers:
    column = table[name]
    if column.numbers is not None:
        return column.numbers
    values = np.full(len(column.levels) + 1, np.nan)
    for i, level in enumerate(column.levels):
        number = number_in(level)
        if number is not None:
            values[i] = number
        elif level not in NOTHING:
            row = int(np.argmax(column.codes == i))
            raise EvidenceError(
                f"column {name} must hold numbers, but line {row + 1 + HEADING} holds {level!r}; correct the table"
            )
    return np.asarray(values[column.codes])


def audit_columns(cohort: Cohort, protocol: Protocol) -> tuple[Finding, ...]:
    """Return a finding for each column that would be numbers, were it not for a word that stands for nothing."""
    found = []
    for name in columns_named(protocol):
        column = cohort[name]
        words = [level for level in column.levels if level in NOTHING]
        if column.numbers is None and words and all(number_in(v) is not None for v in column.levels if v not in words):
            found.append(
                Finding(
                    "warning",
                    "nothing-is-a-level",
                    f"column {name} holds {', '.join(words)} among numbers: it is read as text and the word as a level of its own; "
                    f"leave such cells empty, or say missing = {list(words)} in [outcome]",
                )
            )
    return tuple(found)


def _require(good: Mask, name: str, column: Numbers, what: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        found = "is empty" if np.isnan(column[row]) else f"is {column[row]:g}"
        raise EvidenceError(
            f"column {name} {what}, but line {row + 1 + HEADING} {found}; correct the table or leave the row out"
        )


def _outcome(table: Table, protocol: Protocol) -> TimeToEvent:
    asked = protocol.outcome
    time = _number(table, asked.time)
    _require((time >= 0) & np.isfinite(time), asked.time, time, "must be a time of zero or more")
    entry = weight = None
    if asked.entry is not None:
        entry = _number(table, asked.entry)
        _require(np.isfinite(entry), asked.entry, entry, "must be the time of entry")
        apart = ONE_TIME * max(1.0, float(np.mean(np.unique(np.abs(np.concatenate([entry, time]))))))
        late = f"must be before the end of follow-up ({asked.time}), by more than {apart:.1g}"
        _require(time - entry > apart, asked.entry, entry, late)
    if asked.weight is not None:
        weight = _number(table, asked.weight)
        _require((weight > 0) & np.isfinite(weight), asked.weight, weight, "must be a case weight above zero")
    observed = observed_in(table[asked.event], asked.event_is, what="[outcome] event")
    return TimeToEvent(time, observed, unit=asked.unit, entry=entry, weight=weight)


def observed_in(column: Column, counts: Sequence[str | float] | None, *, what: str) -> Mask:
    """Return where a column says yes: one of the values that count, or 1 where the column holds 0 and 1.

    Raises
    ------
    EvidenceError
        An empty cell, another value than 0 and 1, a value that counts and never occurs.
    """
    if column.missing.any():
        row = int(np.argmax(column.missing))
        raise EvidenceError(
            f"column {column.name} must say yes or no in every row, but line {row + 1 + HEADING} is empty; correct the table"
        )
    if counts is not None:
        column.require(counts, what=what)
        return column.matching(counts)
    for code, level in enumerate(column.levels):
        if not (same_value(level, 0) or same_value(level, 1)):
            row = int(np.argmax(column.codes == code))
            raise EvidenceError(
                f"column {column.name} must hold 0 or 1, but line {row + 1 + HEADING} holds {level!r}; "
                f'say what counts, as {what.rsplit(maxsplit=1)[-1]} = {{ column = "{column.name}", is = [2] }}'
            )
    return column.matching([1])


def _refuse_twice(table: Table, protocol: Protocol) -> None:
    asked = protocol.outcome
    if asked.id is None:
        return
    codes = table[asked.id].codes
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    if asked.entry is None:
        if (counts > 1).any():
            start = int(np.min(first[counts > 1]))
            again = int(np.flatnonzero(codes == codes[start])[1])
            raise EvidenceError(
                f"column {asked.id} must name each patient once, but lines {start + 1 + HEADING} and {again + 1 + HEADING} name the same; "
                "keep one row, or give [outcome] entry so that rows are intervals"
            )
        return
    time, entry = _number(table, asked.time), _number(table, asked.entry)
    order = np.lexsort((entry, codes))
    same = codes[order][1:] == codes[order][:-1]
    overlap = same & (entry[order][1:] < time[order][:-1])
    if overlap.any():
        at = int(np.argmax(overlap))
        raise EvidenceError(
            f"intervals of one patient must not overlap, but lines {order[at] + 1 + HEADING} and {order[at + 1] + 1 + HEADING} do; correct {asked.entry} or {asked.time}"
        )


def _with_levels(table: Table, protocol: Protocol) -> dict[str, Column]:
    columns = dict(table)
    for name, wanted in protocol.levels.items():
        if name in protocol.cuts:
            raise EvidenceError(f"[levels] {name} is a cut and always has the levels 0 and 1; take it out of [levels]")
        columns[name] = _ordered(columns[name], wanted)
    return columns


def _ordered(column: Column, wanted: Sequence[str | float]) -> Column:
    column.require(wanted, what=f"[levels] {column.name}")
    order = [next(i for i, level in enumerate(column.levels) if same_value(level, value)) for value in wanted]
    if sorted(order) != list(range(len(column.levels))):
        left = [level for i, level in enumerate(column.levels) if i not in order]
        raise EvidenceError(
            f"[levels] {column.name} must name every level once, but leaves out {', '.join(left) or 'none and names one twice'}; add it"
        )
    lookup = np.full(len(order) + 1, -1, dtype=np.int64)
    lookup[order] = np.arange(len(order))
    return Column(column.name, lookup[column.codes], tuple(column.levels[i] for i in order), None, column.label)


def _cut_factor(name: str, numbers: Numbers, at: float, label: str) -> Column:
    flag = numbers >= at
    made = factor_of(name, flag[~np.isnan(numbers)], label)
    codes = np.full(len(numbers), -1, dtype=np.int64)
    codes[~np.isnan(numbers)] = made.codes
    values = np.where(np.isnan(numbers), np.nan, flag.astype(np.float64))
    return Column(name, codes, made.levels, values, label)


def _refuse_late_change(outcome: TimeToEvent, change: Numbers, column: str, name: str) -> None:
    bad = (change > outcome.time) | (change < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise EvidenceError(
            f"[time_varying.{name}] must happen within follow-up, but line {row + 1 + HEADING} has {column} = {change[row]:g} and "
            f"follow-up to {outcome.time[row]:g}; correct the table"
        )


def _causes(table: Table, protocol: Protocol, outcome: TimeToEvent) -> tuple[str | None, ...]:
    if protocol.cause_column is None:
        return ()
    column = table[protocol.cause_column]
    names: list[str | None] = [
        next((label for value, label in protocol.causes if same_value(level, value)), None) for level in column.levels
    ]
    found = [
        names[code] if code >= 0 and died else None for code, died in zip(column.codes, outcome.observed, strict=True)
    ]
    for row, (died, cause) in enumerate(zip(outcome.observed, found, strict=True)):
        if died and cause is None:
            shown = column.levels[column.codes[row]] if column.codes[row] >= 0 else "nothing"
            raise EvidenceError(
                f"each event must have a cause of [competing] causes, but line {row + 1 + HEADING} has an event with {column.name} = {shown}; "
                "name that cause, or correct the table"
            )
    return tuple(found)
