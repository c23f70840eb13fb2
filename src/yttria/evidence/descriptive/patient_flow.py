"""The flow of patients through a study: who is left after each step, and why the others are not (CONSORT 2010)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from yttria.values.cohort import Column, Mask

NOT_STATED = "not stated"
"""The reason of a row that states none."""


@dataclass(frozen=True, slots=True)
class FlowStep:
    """How many are left after a step, in all and by arm, and how many it left out, by reason."""

    label: str
    n: int
    arms: Mapping[str, int]
    lost: Mapping[str, int]


def patient_flow(steps: Sequence[tuple[str, Mask]], arm: Column | None, reason: Column | None) -> tuple[FlowStep, ...]:
    """Return the flow: each step keeps, of the rows so far, those where its condition holds.

    Parameters
    ----------
    steps
        Label, and which rows of the whole table meet the condition.
    arm
        Of each row; a row without one counts in the whole alone.
    reason
        Why a row was left out.

    Source
    ------
    Schulz, Altman and Moher 2010, doi:10.1136/bmj.c332.
    """
    left: Mask | None = None
    flow = []
    for label, holds in steps:
        before = np.ones(len(holds), dtype=np.bool_) if left is None else left
        left = before & holds
        flow.append(FlowStep(label, int(left.sum()), _counts(arm, left), _reasons(reason, before & ~holds)))
    return tuple(flow)


def _counts(column: Column | None, rows: Mask) -> dict[str, int]:
    """Return how many of some rows have each level."""
    if column is None:
        return {}
    return {level: int(np.count_nonzero(rows & (column.codes == k))) for k, level in enumerate(column.levels)}


def _reasons(column: Column | None, rows: Mask) -> dict[str, int]:
    """Return the reasons of some rows, the most frequent first; an empty cell is not stated."""
    if not rows.any():
        return {}
    if column is None:
        return {NOT_STATED: int(rows.sum())}
    counts = {level: n for level, n in _counts(column, rows).items() if n}
    if unknown := int(np.count_nonzero(rows & column.missing)):
        counts[NOT_STATED] = unknown
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
