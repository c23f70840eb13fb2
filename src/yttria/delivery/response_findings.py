"""What is doubtful of measured lesions before anybody judges their response."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from yttria.delivery.response_criteria import Criterion
from yttria.values.errors import Finding
from yttria.values.lesion import Lesion, LesionHistory, LesionMeasurement

MOST_TARGETS = 5
MOST_TARGETS_AN_ORGAN = 2
LEAST_TARGET_MM = 10.0
LEAST_NODE_MM = 15.0
RECIST_SOURCE = "RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009;45:228)"


def lesion_findings(histories: Sequence[LesionHistory], criteria: Sequence[Criterion]) -> tuple[Finding, ...]:
    """Return what is doubtful of the lesions of patients, by the line of the table.

    New lesions at baseline; baselines that are 0 or not measured; more targets, or smaller ones, than RECIST 1.1 takes; lesions without a word
    where they should have one.
    """
    return tuple(finding for history in histories for finding in _of_patient(history, criteria))


def _of_patient(history: LesionHistory, criteria: Sequence[Criterion]) -> Iterator[Finding]:
    line = min(row.line for lesion in history.lesions for row in lesion.by_date.values())
    for lesion in history.lesions:
        if lesion.kind == "new" and (row := lesion.by_date.get(history.baseline)) is not None:
            message = f"line {row.line} is a new lesion at baseline, where nothing is new; it counts for no progression: make it a target or a non-target"
            yield Finding("warning", "new-at-baseline", message, {"line": row.line})
        if lesion.kind == "non-target":
            yield from _not_measured(history, lesion)
    for criterion in criteria:
        yield from _baseline(history, criterion, line)
    if any(criterion.name == "recist11" for criterion in criteria):
        yield from _recist_targets(history, line)


def _not_measured(history: LesionHistory, lesion: Lesion) -> Iterator[Finding]:
    """Return where a lesion that is not measured was not there before: it may be new, or have returned."""
    visits = [row for on, row in sorted(lesion.by_date.items()) if row.status in {"present", "progressing"}]
    if history.baseline not in lesion.by_date and visits:
        row = visits[0]
        message = f"line {row.line} is a non-target lesion that has no row at baseline ({history.baseline}); where it was not there then it is a new lesion, which is progression: make it one, or add its row"
        yield Finding("warning", "non-target-not-at-baseline", message, {"line": row.line})
    rows = [row for _, row in sorted(lesion.by_date.items()) if row.status]
    for before, row in pairwise(rows):
        if before.status == "absent" and row.status == "present":
            message = f"line {row.line} is a non-target lesion that was absent in line {before.line} and is present again; a lesion that returns is progression by {RECIST_SOURCE}: make its status progressing where it has"
            yield Finding("warning", "non-target-returned", message, {"line": row.line})


def _baseline(history: LesionHistory, criterion: Criterion, line: int) -> Iterator[Finding]:
    """Return why the targets of a patient cannot be judged by a criterion."""
    if not history.targets:
        return
    rows = [lesion.by_date.get(history.baseline) for lesion in history.targets]
    sizes = [None if row is None else criterion.size(row) for row in rows]
    values = {"line": line, "criterion": criterion.name}
    missing = sum(size is None for size in sizes)
    if missing:
        message = (
            f"by {criterion.title} the patient of line {line} cannot be evaluated: {missing} of {len(sizes)} targets were not measured at "
            f"baseline ({history.baseline}); measure them, or give scans of one baseline one date"
        )
        yield Finding("warning", "baseline-not-measured", message, values | {"missing": missing, "targets": len(sizes)})
    elif not any(sizes):
        message = f"by {criterion.title} the patient of line {line} cannot be evaluated: the baseline is 0, so nothing can shrink; check the sizes"
        yield Finding("warning", "baseline-zero", message, values)


def _recist_targets(history: LesionHistory, line: int) -> Iterator[Finding]:
    """Return where targets are more or smaller than RECIST 1.1 takes."""
    first = [row for lesion in history.targets if (row := lesion.by_date.get(history.baseline)) is not None]
    organs = Counter(row.organ for row in first if row.organ)
    crowded = [organ for organ, count in organs.items() if count > MOST_TARGETS_AN_ORGAN]
    if len(history.targets) > MOST_TARGETS or crowded:
        where = f", more than two of them in one organ ({', '.join(crowded)})" if crowded else ""
        message = f"the patient of line {line} has {len(history.targets)} targets{where}; {RECIST_SOURCE} takes five, two an organ"
        yield Finding("note", "targets-many", message, {"line": line, "targets": len(history.targets)})
    for row in first:
        if _is_small(row):
            least = LEAST_NODE_MM if row.node else LEAST_TARGET_MM
            message = f"the target of line {row.line} is below {least:g} mm at baseline; {RECIST_SOURCE} measures targets from there"
            yield Finding("note", "target-small", message, {"line": row.line, "least_mm": least})


def _is_small(row: LesionMeasurement) -> bool:
    """Return whether a target is smaller at baseline than RECIST 1.1 takes: 10 mm, a node 15 mm of short axis."""
    if row.node:
        return row.short_mm is not None and row.short_mm < LEAST_NODE_MM
    return row.longest_mm is not None and row.longest_mm < LEAST_TARGET_MM
