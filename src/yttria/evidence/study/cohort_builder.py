"""A table and a protocol to a cohort: every refusal by row and column, every missing covariate kept as missing."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

import numpy as np

from yttria.evidence.regression.design_matrix import parts_of
from yttria.evidence.study.column_checks import (
    HEADING,
    WORDS_IN_MESSAGE,
    audit_columns,
    lines_of,
    require_no_stray_words,
    require_numbers,
)
from yttria.evidence.study.covariate_scale import require_scales
from yttria.evidence.study.study_tables import in_analysis
from yttria.evidence.survival.time_dependent import factor_of
from yttria.values.cohort import ONE_TIME, Cohort, Column, Mask, Numbers, TimeToEvent, number_in, same_value
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import EVERYBODY, Protocol

Table = Mapping[str, Column]
NAMES_IN_MESSAGE = 12


def build_cohort(table: Table, protocol: Protocol) -> Cohort:
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
    >>> build_cohort({"months": months, "event": event}, Protocol(OutcomeColumns("months", "event", unit="months")))
    Cohort(TimeToEvent(2 rows, 1 events, 3 to 5 months), columns months, event)
    """
    _refuse_absent(table, protocol)
    table = _analysed(table, protocol)
    outcome = _outcome(table, protocol)
    require_no_stray_words(table, protocol)
    columns = _with_levels(table, protocol)
    for name, cut in protocol.cuts.items():
        columns[name] = _cut_factor(name, _number(table, cut.column), cut.at, cut.label)
    _require_values(columns, protocol)
    require_scales(columns, protocol)
    for name, column in protocol.time_varying.items():
        _refuse_late_change(outcome, _number(table, column), column, name)
    return Cohort(outcome, columns, _causes(table, protocol, outcome))


def _require_values(columns: Mapping[str, Column], protocol: Protocol) -> None:
    """Refuse a value that the protocol names and no row has."""
    for name, values in protocol.populations.items():
        for column, chosen in values.items():
            columns[column].require(chosen, what=f"[populations.{name}]")
    for name, figure in protocol.figures.items():
        for column, chosen in figure.printed.items():
            if column != EVERYBODY:
                columns[column].require(chosen, what=f"[figures.{name}] printed")
    for name, labels in protocol.labels.items():
        columns[name].require(tuple(labels), what=f"[labels.{name}]")
    if protocol.arms is not None:
        columns[protocol.arms.column].require((protocol.arms.treated, protocol.arms.control), what="[arms]")
    for name, spec in protocol.responses.items():
        require_responders(columns[spec.column], spec.responders, name)


def require_responders(column: Column, responders: Sequence[str | float], name: str) -> None:
    """Refuse a level that is a responder but for its case or its spaces: it would count as no response."""
    plain = {str(value).strip().casefold(): str(value) for value in responders}
    for level in column.levels:
        meant = plain.get(level.strip().casefold())
        if meant is not None and not any(same_value(level, value) for value in responders):
            raise EvidenceError(
                f"[responses.{name}] responders names {meant!r}, but column {column.name} writes {level!r}; write both alike",
                code="response-values",
            )


def _analysed(table: Table, protocol: Protocol) -> Table:
    """Return the rows that are analysed: a row that the flow leaves out may lack arm, time or event."""
    rows = in_analysis(table, protocol)
    if rows.all():
        return table
    if not rows.any():
        raise EvidenceError(
            "[consort] leaves out every row that has arm, time and event; correct its steps", code="consort-empty"
        )
    return {name: column.rows(rows) for name, column in table.items()}


def further_cohort(cohort: Cohort, protocol: Protocol, name: str) -> tuple[Cohort, Protocol, int]:
    """Return the cohort and protocol of a further outcome, and how many rows have neither its time nor its event.

    Raises
    ------
    EvidenceError
        As of `build_cohort`, of the columns of this outcome; nobody who has them.
    """
    spec = protocol.outcomes[name]
    outcome_protocol = replace(protocol, outcome=spec.columns, cause_column=spec.cause_column, causes=spec.causes)
    rows = ~(cohort[spec.columns.time].missing & cohort[spec.columns.event].missing)
    if not rows.any():
        raise EvidenceError(
            f"[outcomes.{name}] has no row with {spec.columns.time} and {spec.columns.event}", code="outcome-empty"
        )
    part = cohort.rows(rows)
    outcome = _outcome(part.columns, outcome_protocol)
    made = Cohort(outcome, part.columns, _causes(part.columns, outcome_protocol, outcome))
    return made, outcome_protocol, int(np.count_nonzero(~rows))


def change_of(cohort: Cohort, column: str) -> Numbers:
    """Return the times in a column, NaN where empty."""
    return _number(cohort.columns, column)


def _refuse_absent(table: Table, protocol: Protocol) -> None:
    made = {*protocol.cuts, *table}
    raw = [protocol.outcome.time, protocol.outcome.event, protocol.outcome.entry, protocol.outcome.weight]
    raw += [protocol.outcome.id, protocol.censor_at, protocol.cause_column]
    raw += [*protocol.time_varying.values(), *(cut.column for cut in protocol.cuts.values())]
    for names in protocol.dose_response.values():
        raw += [names.dose, names.response]
    for further in protocol.outcomes.values():
        columns = further.columns
        raw += [columns.time, columns.event, columns.entry, columns.weight, columns.id, further.cause_column]
    raw += [spline.column for spline in protocol.splines.values()]
    raw += [endpoint.column for endpoint in protocol.responses.values()]
    raw += [] if protocol.adverse_events is None else [protocol.adverse_events.id]
    for name in raw:
        if name is not None and name not in table:
            raise EvidenceError(
                f"the protocol names column {name}, but the table has {', '.join(table)}; correct one of them",
                code="column-unknown",
            )
    for name in columns_named(protocol, made):
        if name not in made:
            raise EvidenceError(
                f"the protocol names {name}, which is neither a column nor a cut; the table has {', '.join(table)}{_grammar(name, protocol)}",
                code="column-unknown",
            )


def _grammar(name: str, protocol: Protocol) -> str:
    """Return what the signs in a term mean, where one stands in or beside a name that is no column."""
    terms = [*protocol.univariable, *(t for model in protocol.models.values() for t in model.terms)]
    terms += () if protocol.selection is None else protocol.selection.candidates
    hint = ""
    if any(":" in term and name in (piece.strip() for piece in term.split(":")) for term in terms):
        hint += (
            "; a colon in a term is the sign of an interaction: a column with a colon must be named whole, or renamed"
        )
    if any(sign in name for sign in "*+^|/"):
        hint += '; signs of formulas are not read: name each term, as terms = ["arm", "age", "arm:age"]'
    return hint


def columns_named(protocol: Protocol, columns: Container[str]) -> list[str]:
    """Return every column or cut that the analyses of a protocol stand on, once each, in order; `columns` are those that there are."""
    names = [*protocol.km.by, *protocol.km.strata, *protocol.km.trend, *protocol.subgroups]
    terms = [*protocol.univariable]
    if protocol.selection is not None:
        terms += protocol.selection.candidates
    for spline in protocol.splines.values():
        terms += spline.adjust
    names += [*protocol.weighted_tests, *protocol.pairwise]
    names += [column for spec in protocol.weights.values() for column in spec.covariates]
    names += [column for matched in protocol.matched.values() for column in matched.means]
    for model in protocol.models.values():
        terms += model.terms
        names += [*model.strata, *(n for n in (model.cluster, model.offset) if n is not None)]
    if protocol.arms is not None:
        names.insert(0, protocol.arms.column)
    names += [column for where in protocol.populations.values() for column in where]
    names += [
        *protocol.levels,
        *protocol.labels,
        *protocol.baseline,
        *(part for term in terms for part in parts_of(term, columns)),
    ]
    return list(dict.fromkeys(names))


def _number(table: Table, name: str) -> Numbers:
    column = table[name]
    if column.numbers is not None:
        return column.numbers
    require_numbers(column)
    values = np.array([*(number_in(level) for level in column.levels), np.nan], dtype=np.float64)
    return np.asarray(values[column.codes])


def audit(cohort: Cohort, protocol: Protocol) -> tuple[Finding, ...]:
    """Return what to know of the cells of a cohort before any of its numbers is read."""
    used = [*columns_named(protocol, cohort.columns), protocol.outcome.event]
    used += [spec.response for spec in protocol.dose_response.values()]
    used += [spec.column for spec in protocol.responses.values()]
    used += [] if protocol.cause_column is None else [protocol.cause_column]
    used += [] if cohort.outcome.patient is None else [str(protocol.outcome.id)]
    return audit_columns(cohort, protocol, [name for name in dict.fromkeys(used) if name in cohort.columns])


def _require(good: Mask, name: str, column: Numbers, what: str) -> None:
    if not good.all():
        row = int(np.argmin(good))
        text = "is empty" if np.isnan(column[row]) else f"is {column[row]:g}"
        raise EvidenceError(
            f"column {name} {what}, but line {row + 1 + HEADING} {text}; correct the table or leave the row out",
            code="cell-value",
            values={"row": int(row) + 1, "value": float(column[row])},
        )


def _outcome(table: Table, protocol: Protocol) -> TimeToEvent:
    columns = protocol.outcome
    time = _number(table, columns.time)
    _require((time >= 0) & np.isfinite(time), columns.time, time, "must be a time of zero or more")
    entry = weight = None
    if columns.entry is not None:
        entry = _number(table, columns.entry)
        _require(np.isfinite(entry), columns.entry, entry, "must be the time of entry")
        apart = ONE_TIME * max(1.0, float(np.mean(np.unique(np.abs(np.concatenate([entry, time]))))))
        late = f"must be before the end of follow-up ({columns.time}), by more than {apart:.1g}"
        _require(time - entry > apart, columns.entry, entry, late)
    if columns.weight is not None:
        weight = _number(table, columns.weight)
        _require((weight > 0) & np.isfinite(weight), columns.weight, weight, "must be a case weight above zero")
    observed = observed_in(table[columns.event], columns.event_is, what="[outcome] event")
    _refuse_twice(table, protocol)
    patient = None if columns.id is None or entry is None else table[columns.id].codes
    if patient is not None and entry is not None:
        _refuse_life_after_event(table[str(columns.id)], time, entry, observed)
    return TimeToEvent(time, observed, unit=columns.unit, entry=entry, weight=weight, patient=patient)


def _refuse_life_after_event(patient: Column, time: Numbers, entry: Numbers, observed: Mask) -> None:
    """Refuse rows that begin at or after the event of their patient."""
    died = np.full(len(patient.levels), np.inf)
    np.minimum.at(died, patient.codes[observed], time[observed])
    late = np.flatnonzero(entry >= died[patient.codes])
    if len(late):
        whose = list(dict.fromkeys(patient.levels[patient.codes[row]] for row in late))
        text = ", ".join(whose[:WORDS_IN_MESSAGE]) + (
            f" and {len(whose) - WORDS_IN_MESSAGE} more" if len(whose) > WORDS_IN_MESSAGE else ""
        )
        raise EvidenceError(
            f"a patient's rows must end with the event, but after the event of {patient.name} {text} follow-up goes on in {lines_of(late.tolist())}: "
            "recurrent events are not analysed; take out the rows after the first event, or correct it",
            code="event-before-follow-up-end",
            values={"more": len(whose) - WORDS_IN_MESSAGE},
        )


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
            f"column {column.name} must say yes or no in every row, but line {row + 1 + HEADING} is empty; correct the table",
            code="cell-empty",
        )
    if counts is not None:
        column.require(counts, what=what)
        return column.matching(counts)
    strange = [level for level in column.levels if not (same_value(level, 0) or same_value(level, 1))]
    if strange:
        row = int(np.argmax(column.codes == column.levels.index(strange[0])))
        counts = ", ".join(
            f"{level!r} ({int(np.sum(column.codes == k))})" for k, level in enumerate(column.levels[:NAMES_IN_MESSAGE])
        )
        value = strange[-1] if number_in(strange[-1]) is not None else f'"{strange[-1]}"'
        raise EvidenceError(
            f"column {column.name} must hold 0 or 1, but line {row + 1 + HEADING} holds {strange[0]!r}; it holds {counts}: "
            f'say what counts, as {what.rsplit(maxsplit=1)[-1]} = {{ column = "{column.name}", is = [{value}] }}',
            code="event-values",
        )
    return column.matching([1])


def _refuse_twice(table: Table, protocol: Protocol) -> None:
    columns = protocol.outcome
    if columns.id is None:
        return
    column = table[columns.id]
    if column.missing.any():
        raise EvidenceError(
            f"column {columns.id} must name the patient in each row, but is empty in {lines_of(np.flatnonzero(column.missing).tolist())}; fill it in",
            code="patient-name-absent",
        )
    codes = column.codes
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    if columns.entry is None:
        if (counts > 1).any():
            start = int(np.min(first[counts > 1]))
            again = int(np.flatnonzero(codes == codes[start])[1])
            raise EvidenceError(
                f"column {columns.id} must name each patient once, but lines {start + 1 + HEADING} and {again + 1 + HEADING} name the same; "
                "keep one row, or give [outcome] entry so that rows are intervals",
                code="patient-duplicate",
            )
        return
    time, entry = _number(table, columns.time), _number(table, columns.entry)
    order = np.lexsort((entry, codes))
    same = codes[order][1:] == codes[order][:-1]
    overlap = same & (entry[order][1:] < time[order][:-1])
    if overlap.any():
        at = int(np.argmax(overlap))
        raise EvidenceError(
            f"intervals of one patient must not overlap, but lines {order[at] + 1 + HEADING} and {order[at + 1] + 1 + HEADING} do; correct {columns.entry} or {columns.time}",
            code="interval-overlap",
        )


def _with_levels(table: Table, protocol: Protocol) -> dict[str, Column]:
    columns = dict(table)
    for name, order in protocol.levels.items():
        if name in protocol.cuts:
            raise EvidenceError(
                f"[levels] {name} is a cut and always has the levels 0 and 1; take it out of [levels]",
                code="level-list",
            )
        columns[name] = _ordered(columns[name], order)
    return columns


def _ordered(column: Column, level_order: Sequence[str | float]) -> Column:
    """Return the column as a factor with its levels in the wanted order; a level that no row holds is left out (`audit` tells it)."""
    order = [i for value in level_order for i, level in enumerate(column.levels) if same_value(level, value)]
    if sorted(order) != list(range(len(column.levels))):
        left = [level for i, level in enumerate(column.levels) if i not in order]
        fault = f"leaves out {', '.join(left)}" if left else "names one twice"
        raise EvidenceError(
            f"[levels] {column.name} must name every level once, but {fault}; correct it", code="level-list"
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
    end = outcome.time
    if outcome.patient is not None:
        latest = np.zeros(int(outcome.patient.max()) + 1)
        np.maximum.at(latest, outcome.patient, outcome.time)
        end = latest[outcome.patient]
    bad = (change > end) | (change < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise EvidenceError(
            f"[time_varying.{name}] must happen within follow-up, but line {row + 1 + HEADING} has {column} = {change[row]:g} and "
            f"follow-up to {end[row]:g}; correct the table",
            code="event-outside-follow-up",
            values={"row": int(row) + 1, "change": float(change[row]), "end": float(end[row])},
        )


def _causes(table: Table, protocol: Protocol, outcome: TimeToEvent) -> tuple[str | None, ...]:
    if protocol.cause_column is None:
        return ()
    column = table[protocol.cause_column]
    names: list[str | None] = [
        next((label for value, label in protocol.causes if same_value(level, value)), None) for level in column.levels
    ]
    results = [
        names[code] if code >= 0 and died else None for code, died in zip(column.codes, outcome.observed, strict=True)
    ]
    for row, (died, cause) in enumerate(zip(outcome.observed, results, strict=True)):
        if died and cause is None:
            text = column.levels[column.codes[row]] if column.codes[row] >= 0 else "nothing"
            raise EvidenceError(
                f"each event must have a cause of [competing] causes, but line {row + 1 + HEADING} has an event with {column.name} = {text}; "
                "name that cause, or correct the table",
                code="cause-absent",
            )
    return tuple(results)
