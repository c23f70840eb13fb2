"""What a study stands on besides its cohort: the flow of patients, published arms, adverse events."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from yttria.evidence.descriptive.patient_flow import FlowStep, patient_flow
from yttria.values.adverse_event import AdverseEvent
from yttria.values.cohort import Column, Mask, TimeToEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Protocol


@dataclass(frozen=True, slots=True)
class StudyTables:
    """Tables beside that of the cohort.

    Parameters
    ----------
    flow
        Steps of [consort].
    matched
        Reconstructed times of each published arm of [matched].
    adverse_events
        Rows of [adverse_events]; None where there is no such table.
    """

    flow: tuple[FlowStep, ...] = ()
    matched: Mapping[str, TimeToEvent] = field(default_factory=dict)
    adverse_events: tuple[AdverseEvent, ...] | None = None


def flow_of(table: Mapping[str, Column], protocol: Protocol) -> tuple[FlowStep, ...]:
    """Return the flow of all rows of a table; nothing where the protocol asks for none.

    Raises
    ------
    EvidenceError
        A column that does not exist; a value that no row has.
    """
    flow = protocol.flow
    if flow is None:
        return ()
    steps = [(label, _holding(table, where, f"[consort] {label}")) for label, where in flow.steps]
    arms = protocol.arms
    arm = None if arms is None else table[arms.column]
    return patient_flow(steps, arm, None if flow.reason is None else _column(table, flow.reason, "[consort] reason"))


def in_analysis(table: Mapping[str, Column], protocol: Protocol) -> Mask:
    """Return the rows that are analysed: all but those that the flow leaves out and that lack arm, time or event."""
    rows = np.ones(len(table[protocol.outcome.time].codes), dtype=np.bool_)
    if protocol.flow is None:
        return rows
    stays = rows.copy()
    for label, where in protocol.flow.steps:
        stays &= _holding(table, where, f"[consort] {label}")
    needed = [protocol.outcome.time, protocol.outcome.event]
    needed += [] if protocol.arms is None else [protocol.arms.column]
    for name in needed:
        rows &= stays | ~table[name].missing
    return rows


def _holding(table: Mapping[str, Column], where: Mapping[str, tuple[str | float, ...]], what: str) -> Mask:
    """Return the rows in which every column has one of its values."""
    holds: Mask | None = None
    for name, values in where.items():
        column = _column(table, name, what)
        column.require(values, what=what)
        result = column.matching(values)
        holds = result if holds is None else holds & result
    if holds is None:
        raise EvidenceError(f"{what} must name a column, but where is empty; name one", code="column-unnamed")
    return holds


def _column(table: Mapping[str, Column], name: str, what: str) -> Column:
    if name not in table:
        raise EvidenceError(
            f"{what} names column {name}, but the table has {', '.join(table)}; correct one of them",
            code="column-unknown",
        )
    return table[name]
