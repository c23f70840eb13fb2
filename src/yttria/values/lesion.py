"""Lesions as they were measured, date by date: sizes of the whole and of the enhancing part."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from yttria.values.errors import IntakeError, QuantityError

LesionKind = Literal["target", "non-target", "new"]
LesionStatus = Literal["present", "absent", "progressing"]
LESION_KINDS: tuple[LesionKind, ...] = ("target", "non-target", "new")
LESION_STATUSES: tuple[LesionStatus, ...] = ("present", "absent", "progressing")


@dataclass(frozen=True, slots=True)
class LesionMeasurement:
    """One lesion at one date.

    Parameters
    ----------
    line
        Of the file, for messages.
    patient, lesion
        Their names in the table.
    on
        Date of the image.
    kind
        target, non-target or new.
    node
        Whether it is a lymph node.
    longest_mm, short_mm
        Diameters of the whole lesion, mm; None where not measured.
    viable_longest_mm, viable_short_mm
        Diameters of the enhancing part, mm; 0 where none enhances, None where not measured.
    status
        Of a lesion that is not measured: present, absent, progressing; empty where not said.
    organ, arm
        As the table says; empty where it does not.
    index
        Whether the row is marked as the index lesion.
    dose_gy
        Mean absorbed dose of the lesion, Gy; None where the table has none.

    Raises
    ------
    QuantityError
        A size or a dose that is not a finite number of zero or more.
    """

    line: int
    patient: str
    lesion: str
    on: date
    kind: LesionKind
    node: bool = False
    longest_mm: float | None = None
    short_mm: float | None = None
    viable_longest_mm: float | None = None
    viable_short_mm: float | None = None
    status: LesionStatus | None = None
    organ: str = ""
    arm: str = ""
    index: bool = False
    dose_gy: float | None = None

    def __post_init__(self) -> None:
        for name in ("longest_mm", "short_mm", "viable_longest_mm", "viable_short_mm", "dose_gy"):
            size = getattr(self, name)
            if size is not None and not (math.isfinite(size) and size >= 0):
                raise QuantityError(
                    f"{name} must be zero or more, but line {self.line} has {size:g}; correct it",
                    code="lesion-size",
                    values={"line": self.line, "column": name, "value": size},
                )


@dataclass(frozen=True, slots=True)
class Lesion:
    """A lesion with its measurements by date."""

    name: str
    kind: LesionKind
    node: bool
    by_date: Mapping[date, LesionMeasurement] = field(hash=False)

    @property
    def dose_gy(self) -> float | None:
        """Return its absorbed dose, Gy; None where the table has none."""
        return next((row.dose_gy for row in self.by_date.values() if row.dose_gy is not None), None)

    @property
    def first_date(self) -> date:
        """Return the date of its first row."""
        return min(self.by_date)


@dataclass(frozen=True, slots=True)
class LesionHistory:
    """All lesions of one patient, in the order of the table.

    Parameters
    ----------
    patient, arm
        As the table names them; the arm is empty where it is not said.
    dates
        Dates of the images, ascending; the first is the baseline.
    lesions
        In the order in which the table names them first.
    index
        Name of the lesion that is marked as the index lesion; empty where none is.
    """

    patient: str
    arm: str
    dates: tuple[date, ...]
    lesions: tuple[Lesion, ...]
    index: str

    @property
    def baseline(self) -> date:
        """Return the earliest date."""
        return self.dates[0]

    @property
    def targets(self) -> tuple[Lesion, ...]:
        """Return the lesions that are measured."""
        return tuple(lesion for lesion in self.lesions if lesion.kind == "target")

    def new_at(self, on: date) -> bool:
        """Return whether a new lesion stands at a date."""
        return any(lesion.kind == "new" and on in lesion.by_date for lesion in self.lesions)


def lesion_histories(rows: Iterable[LesionMeasurement]) -> tuple[LesionHistory, ...]:
    """Return the patients of a table, in the order in which it names them first.

    Raises
    ------
    IntakeError
        A lesion twice on a date; a lesion that is of two kinds, or a node on one date and none on another; a patient in two arms, or with two
        index lesions.
    """
    patients: dict[str, list[LesionMeasurement]] = {}
    for row in rows:
        patients.setdefault(row.patient, []).append(row)
    return tuple(_history(name, own) for name, own in patients.items())


def _history(patient: str, rows: Sequence[LesionMeasurement]) -> LesionHistory:
    lesions: dict[str, dict[date, LesionMeasurement]] = {}
    for row in rows:
        dates = lesions.setdefault(row.lesion, {})
        if row.on in dates:
            raise IntakeError(
                f"each lesion must have one row a date, but lines {dates[row.on].line} and {row.line} are the same lesion on {row.on}; keep one",
                code="lesion-twice",
                values={"line": row.line},
            )
        dates[row.on] = row
    marked = list(dict.fromkeys(row.lesion for row in rows if row.index))
    if len(marked) > 1:
        raise IntakeError(
            f"a patient must have one index lesion, but {len(marked)} are marked, one of them in line {_line(rows, marked[1])}; mark one",
            code="index-twice",
            values={"line": _line(rows, marked[1])},
        )
    return LesionHistory(
        patient=patient,
        arm=_arm(rows),
        dates=tuple(sorted({row.on for row in rows})),
        lesions=tuple(_lesion(name, tuple(dates.values())) for name, dates in lesions.items()),
        index=marked[0] if marked else "",
    )


def _line(rows: Sequence[LesionMeasurement], lesion: str) -> int:
    return next(row.line for row in rows if row.lesion == lesion and row.index)


def _arm(rows: Sequence[LesionMeasurement]) -> str:
    arm = ""
    for row in rows:
        if arm and row.arm and row.arm != arm:
            raise IntakeError(
                f"a patient must be in one arm, but is in {arm!r} and, in line {row.line}, in {row.arm!r}; correct one",
                code="two-arms",
                values={"line": row.line},
            )
        arm = arm or row.arm
    return arm


def _lesion(name: str, rows: Sequence[LesionMeasurement]) -> Lesion:
    first = rows[0]
    for row in rows[1:]:
        if row.kind != first.kind:
            raise IntakeError(
                f"a lesion must keep its kind, but is {first.kind} in line {first.line} and {row.kind} in line {row.line}; correct one, or "
                "give the second a name of its own",
                code="two-kinds",
                values={"line": row.line},
            )
        if row.node != first.node:
            raise IntakeError(
                f"a lesion must stay a node or none, but line {first.line} and line {row.line} differ; correct one",
                code="node-changes",
                values={"line": row.line},
            )
    doses = [row for row in rows if row.dose_gy is not None]
    other = next((row for row in doses if row.dose_gy != doses[0].dose_gy), None)
    if other is not None:
        raise IntakeError(
            f"a lesion must have one absorbed dose, but has {doses[0].dose_gy:g} Gy in line {doses[0].line} and {other.dose_gy:g} Gy in line {other.line}; correct one",
            code="two-doses",
            values={"line": other.line, "first_gy": doses[0].dose_gy, "other_gy": other.dose_gy},
        )
    return Lesion(name, first.kind, first.node, {row.on: row for row in rows})
