"""What the cells of a table may not be read as in silence: words among numbers, spellings of one value, arms that no comparison names.

A column of numbers in which a few cells hold words (units, thousands commas, "<2", "n.d.") would otherwise be a factor of as many levels as
it has numbers; "Dead" beside the event "dead" would be a censored patient.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.evidence.regression.design_matrix import parts_of
from yttria.values.cohort import Cohort, Column, number_in, same_value
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import Protocol

HEADING = 1
"""Lines above the first row of a table: rows are named as the lines of the file, as an editor shows them."""
FACTOR_NUMBERS = 6
"""Distinct numbers up to which a column of numbers and words is taken for a factor (stages 1, 2, 3a, 3b), with a warning."""
FACTOR_LEVELS = 10
"""Levels of a text above which a term of a model gets a warning: each costs a coefficient."""
LEVELS_WITHOUT_ROWS, ROWS_A_LEVEL = 50, 5
"""Of a column that analyses compare by: up to so many levels always, and more where there are so many rows for each."""
WORDS_IN_MESSAGE = 8
LETTERS_IN_MESSAGE = 60  # of a word: a longer one is a text that lost its column
LINES_IN_MESSAGE = 6
CAUSE_LINES = 40
GROUPED = re.compile(r"[+-]?\d{1,3}([,'\u2019\u202f\u00a0 ]\d{3})+(\.\d+)?")
DECIMAL = re.compile(r"[+-]?\d+,\d+")
BOUND = re.compile(r"[<>≤≥=~±]+\s*\d.*")
WITH_UNIT = re.compile(r"[+-]?\d+([.,]\d+)?(\s*%|\s+\S.*|[^\W\d_]{2,}.*)")
HINTS = (
    (GROUPED, "numbers with signs between their thousands"),
    (DECIMAL, "numbers with decimal commas"),
    (BOUND, "bounds"),
    (WITH_UNIT, "numbers with a unit"),
)


def lines_of(rows: Collection[int], most: int = LINES_IN_MESSAGE) -> str:
    """Return the lines of the file that hold some rows, the first few by number.

    Examples
    --------
    >>> lines_of([0, 4]), lines_of([2]), lines_of(range(9))
    ('lines 2, 6', 'line 4', 'lines 2, 3, 4, 5, 6, 7 and 3 more')
    """
    text = ", ".join(str(int(row) + 1 + HEADING) for row in list(rows)[:most])
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return f"{'line' if len(rows) == 1 else 'lines'} {text}{more}"


def _rows_of(column: Column, level: str) -> list[int]:
    return [int(row) for row in np.flatnonzero(column.codes == column.levels.index(level))]


def _words_listed(column: Column, words: Sequence[str]) -> str:
    short = {word: word if len(word) <= LETTERS_IN_MESSAGE else f"{word[:LETTERS_IN_MESSAGE]}…" for word in words}
    text = "; ".join(f"{short[word]!r} ({lines_of(_rows_of(column, word))})" for word in words[:WORDS_IN_MESSAGE])
    return text + (f"; and {len(words) - WORDS_IN_MESSAGE} more such words" if len(words) > WORDS_IN_MESSAGE else "")


def _hint(words: Sequence[str]) -> str:
    results = [what for pattern, what in HINTS if any(pattern.fullmatch(word) for word in words)]
    return f" ({', '.join(results)})" if results else ""


def words_among_numbers(column: Column) -> tuple[str, ...]:
    """Return the cells that keep a column from being numbers, where it looks like one: some cell holds a number or all but a number.

    Examples
    --------
    >>> afp = Column("afp", np.array([0, 1, 2]), ("1,430.0", "20", "<2"))
    >>> words_among_numbers(afp)
    ('1,430.0', '<2')
    """
    if column.numbers is not None:
        return ()
    words = tuple(level for level in column.levels if number_in(level) is None)
    near = any(pattern.fullmatch(word) for word in words for pattern, _ in HINTS)
    return words if near or len(words) < len(column.levels) else ()


def require_numbers(column: Column) -> None:
    """Refuse a column that must hold numbers and holds words, each with its lines.

    Raises
    ------
    EvidenceError
        A cell that is no number and not missing.
    """
    words = [level for level in column.levels if number_in(level) is None]
    if words:
        raise EvidenceError(
            f"column {column.name} must hold numbers, but {_words_listed(column, words)}{_hint(words)}; "
            "write plain numbers, or name words that stand for missing in [outcome] missing",
            code="column-numbers",
            values={"words": len(words)},
        )


def require_no_stray_words(columns: Mapping[str, Column], protocol: Protocol) -> None:
    """Refuse a column of numbers in which some cells hold words, where an analysis would make a factor of it.

    Raises
    ------
    EvidenceError
        A column that analyses measure by, not declared a factor in `[levels]`, with more than a factor's worth of numbers and a word.
    """
    for name in measured_columns(protocol, columns):
        column = columns[name]
        words = words_among_numbers(column)
        if name not in protocol.levels and words and _numbers_in(column) > FACTOR_NUMBERS:
            raise EvidenceError(
                f"column {name} must hold numbers, but as text it is a factor of {len(column.levels)} levels: among its numbers stand "
                f"{_words_listed(column, words)}{_hint(words)}; write plain numbers, name words that stand for missing in [outcome] missing, "
                f"or declare the column a factor in [levels]",
                code="column-numbers",
                values={"levels": len(column.levels)},
            )


def _numbers_in(column: Column) -> int:
    """Return how many distinct cells hold a number, or one with a sign or unit about it."""
    return sum(
        number_in(level) is not None or any(pattern.fullmatch(level) for pattern, _ in HINTS) for level in column.levels
    )


def is_measured(column: Column) -> bool:
    """Return whether a column is a measured number, of more values than a factor has: each would be a group of its own."""
    return column.numbers is not None and len(column.levels) > FACTOR_NUMBERS


def measured_columns(protocol: Protocol, columns: Mapping[str, Column]) -> list[str]:
    """Return the columns that analyses measure or compare by: not strata, clusters, parts of the cohort and arms, which are names."""
    terms = [*protocol.univariable, *(t for model in protocol.models.values() for t in model.terms)]
    if protocol.selection is not None:
        terms += protocol.selection.candidates
    names = [part for term in terms for part in parts_of(term, columns)]
    names += [*protocol.km.by, *protocol.km.trend, *protocol.subgroups, *protocol.baseline]
    arm = None if protocol.arms is None else protocol.arms.column
    return [name for name in dict.fromkeys(names) if name in columns and name != arm]


@dataclass(frozen=True, slots=True)
class Naming:
    """Values of one column that a section of a protocol names."""

    column: str
    values: tuple[str | float, ...]
    where: str


def require_levels_repeat(cohort: Cohort, protocol: Protocol) -> None:
    """Refuse a factor, or a group of curves, of so many levels that hardly any has rows to compare: an identifier, or a free text.

    Raises
    ------
    EvidenceError
        More than 50 levels, and fewer than 5 rows a level, in a column that analyses compare by.
    """
    for name in measured_columns(protocol, cohort.columns):
        column = cohort[name]
        count, rows = len(column.levels), len(column.codes)
        words = sum(number_in(level) is None for level in column.levels)
        has_groups = name in protocol.km.by or 2 * words > count
        if has_groups and count > LEVELS_WITHOUT_ROWS and count * ROWS_A_LEVEL > rows:
            raise EvidenceError(
                f"column {name} must have levels that patients share, but has {count} in {rows} rows: an identifier or a free text; "
                "leave it out, or group it",
                code="column-identifier",
            )


def audit_columns(cohort: Cohort, protocol: Protocol, used: Sequence[str]) -> tuple[Finding, ...]:
    """Return what to know of the cells before any number is read: values counted, spellings, words among numbers, arms that none compares.

    Parameters
    ----------
    cohort
        With every column of the table.
    protocol
        What is asked.
    used
        Columns that the analyses stand on, the event's and the causes' among them.
    """
    require_levels_repeat(cohort, protocol)
    findings = [*_event_values(cohort, protocol)]
    for name in used:
        column = cohort[name]
        findings += _spellings(column, protocol)
        findings += _missing_spellings(column, protocol)
    for name in measured_columns(protocol, cohort.columns):
        findings += _words(cohort[name], protocol)
    findings += [
        Finding(
            "warning",
            "curves-of-a-number",
            f"[km] by {name}: {name} is a number of {len(cohort[name].levels)} values, each a curve of its own; make a cut of it in [cuts]",
            values={"levels": len(cohort[name].levels)},
        )
        for name in protocol.km.by
        if is_measured(cohort[name])
    ]
    findings += _absent_levels(cohort, protocol)
    findings += _other_arms(cohort, protocol)
    findings += _causes_without_event(cohort, protocol)
    return tuple(findings)


def spelling(text: str) -> str:
    """Return a text without case, accents, spaces and invisible signs.

    Examples
    --------
    >>> spelling(" Né  crosé ") == spelling("NECROSE")
    True
    """
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not (c.isspace() or unicodedata.combining(c) or unicodedata.category(c) == "Cf"))


def _counted(column: Column, levels: Sequence[str]) -> str:
    return ", ".join(f"{level!r} ({len(_rows_of(column, level))})" for level in levels)


def _event_values(cohort: Cohort, protocol: Protocol) -> list[Finding]:
    """List the values of a column that says yes by words, each with its count."""
    namings = [Naming(protocol.outcome.event, protocol.outcome.event_is or (), "an event")]
    namings += [
        Naming(spec.response, spec.response_is or (), f"a response in dose-response {name}")
        for name, spec in protocol.dose_response.items()
    ]
    findings = []
    for naming in namings:
        if not naming.values or naming.column not in cohort.columns:
            continue
        column = cohort[naming.column]
        yes = [level for level in column.levels if any(same_value(level, value) for value in naming.values)]
        rest = [level for level in column.levels if level not in yes]
        findings.append(
            Finding(
                "note",
                "event-values",
                f"column {column.name} holds {_counted(column, yes)}, which count as {naming.where}, and {_counted(column, rest) or 'nothing else'}, "
                "which do not",
            )
        )
    return findings


def _named_values(protocol: Protocol) -> list[Naming]:
    """Return every value of a column that the protocol names."""
    namings = [Naming(protocol.outcome.event, protocol.outcome.event_is or (), "[outcome] event")]
    namings += [
        Naming(spec.response, spec.response_is or (), f"[dose_response.{name}]")
        for name, spec in protocol.dose_response.items()
    ]
    if protocol.arms is not None:
        namings.append(Naming(protocol.arms.column, (protocol.arms.treated, protocol.arms.control), "[arms]"))
    for name, where in protocol.populations.items():
        namings += [Naming(column, values, f"[populations.{name}]") for column, values in where.items()]
    if protocol.cause_column is not None:
        namings.append(Naming(protocol.cause_column, tuple(value for value, _ in protocol.causes), "[competing]"))
    namings += [Naming(column, values, "[levels]") for column, values in protocol.levels.items()]
    return [naming for naming in namings if naming.values]


def _spellings(column: Column, protocol: Protocol) -> list[Finding]:
    """Return levels that are one word but for case, accents or spaces, unless the protocol names every one of them in one place."""
    spellings: dict[str, list[str]] = {}
    for level in column.levels:
        spellings.setdefault(spelling(level), []).append(level)
    findings = []
    for levels in spellings.values():
        if len(levels) < 2:
            continue
        namings = [naming for naming in _named_values(protocol) if naming.column == column.name]
        parts = [(n, [v for v in levels if any(same_value(v, w) for w in n.values)]) for n in namings]
        if any(len(chosen) == len(levels) for _, chosen in parts):
            continue
        choice = next(((n, chosen) for n, chosen in parts if chosen), None)
        does = "they count as values of their own"
        if choice is not None:
            rest = [level for level in levels if level not in choice[1]]
            does = f"{choice[0].where} names {', '.join(map(repr, choice[1]))} alone, so that {_counted(column, rest)} count as something else"
        findings.append(
            Finding(
                "warning",
                "spellings",
                f"column {column.name} holds {_counted(column, levels)}, which differ by case, accents or spaces alone: {does}; write them alike",
            )
        )
    return findings


def _missing_spellings(column: Column, protocol: Protocol) -> list[Finding]:
    words = {spelling(word): word for word in ("NA", *protocol.missing)}
    return [
        Finding(
            "warning",
            "missing-spelling",
            f"column {column.name} holds {_counted(column, [level])}, which is a value, and not missing as {words[spelling(level)]!r} is; "
            "write it alike, or name it in [outcome] missing",
        )
        for level in column.levels
        if spelling(level) in words
    ]


def _words(column: Column, protocol: Protocol) -> list[Finding]:
    if column.name in protocol.levels or column.numbers is not None:
        return []
    if words := words_among_numbers(column):
        return [
            Finding(
                "warning",
                "words-among-numbers",
                f"column {column.name} holds {_words_listed(column, words)}{_hint(words)} among numbers: it is read as text, a factor of "
                f"{len(column.levels)} levels; write plain numbers, name words that stand for missing in [outcome] missing, or declare [levels]",
                values={"levels": len(column.levels)},
            )
        ]
    if len(column.levels) > FACTOR_LEVELS:
        return [
            Finding(
                "warning",
                "many-levels",
                f"column {column.name} is text of {len(column.levels)} levels, each a group and a coefficient of its own; join some, or leave it out",
                values={"levels": len(column.levels)},
            )
        ]
    return []


def _absent_levels(cohort: Cohort, protocol: Protocol) -> list[Finding]:
    findings = []
    for name, order in protocol.levels.items():
        absent = [f"{value}" for value in order if not any(same_value(v, value) for v in cohort[name].levels)]
        if absent:
            findings.append(
                Finding("note", "level-without-rows", f"[levels] {name} names {', '.join(absent)}, which no row holds")
            )
    return findings


def _other_arms(cohort: Cohort, protocol: Protocol) -> list[Finding]:
    arms = protocol.arms
    if arms is None:
        return []
    column = cohort[arms.column]
    others = [v for v in column.levels if not (same_value(v, arms.treated) or same_value(v, arms.control))]
    if not others:
        return []
    return [
        Finding(
            "warning",
            "other-arms",
            f"column {column.name} holds {_counted(column, others)}, neither the treated arm ({arms.treated}) nor the control ({arms.control}): "
            "these patients are in its curves and in the test of all its levels, but in no comparison of the two arms",
        )
    ]


def _causes_without_event(cohort: Cohort, protocol: Protocol) -> list[Finding]:
    if protocol.cause_column is None or protocol.cause_column not in cohort.columns:
        return []
    column = cohort[protocol.cause_column]
    rows = np.flatnonzero(column.matching([value for value, _ in protocol.causes]) & ~cohort.outcome.observed)
    if not len(rows):
        return []
    return [
        Finding(
            "warning",
            "cause-without-event",
            f"{len(rows)} {'row has' if len(rows) == 1 else 'rows have'} a cause in column {column.name} but no event, and count as censored: "
            f"{lines_of(rows.tolist(), CAUSE_LINES)}; correct the event or the cause",
            values={"rows": len(rows)},
        )
    ]
