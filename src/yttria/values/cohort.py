"""Many patients: times to an event and the facts about them, validated once and without identity."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from yttria.values.errors import EvidenceError

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]

ONE_TIME = float(np.sqrt(np.finfo(np.float64).eps))
"""Times closer than this, absolutely or relative to the mean time, are one time (R survival, aeqSurv: 1.5e-8)."""


@dataclass(frozen=True, slots=True, eq=False)
class TimeToEvent:
    """How long each row was followed, and whether the event ended it.

    A row is at risk at t when entry < t <= time. Times that differ by less than `ONE_TIME` become one time, so that ties
    do not depend on the last bit of a subtraction.

    Parameters
    ----------
    time
        Follow-up of each row, shape (n,), in `unit`, zero or more.
    observed
        True where the event ended the follow-up, False where the row is censored.
    unit
        As "months".
    entry
        Start of observation where it is later than zero; below `time` in each row.
    weight
        Case weights above zero; None for one each.
    patient
        Whole numbers that say which rows are intervals of one patient; None where each row is a patient.
    continued
        Rows after which the same patient is followed in a later row: their end is no censoring. Found from `patient`, and kept in parts.

    Raises
    ------
    EvidenceError
        No row, unequal lengths, a missing or negative time, an entry at or after the time, a weight that is not above zero.

    Examples
    --------
    >>> TimeToEvent(np.array([9.0, 13.0, 13.0]), np.array([True, True, False]), unit="weeks")
    TimeToEvent(3 rows, 2 events, 9 to 13 weeks)
    """

    time: Numbers
    observed: Mask
    unit: str = ""
    entry: Numbers | None = None
    weight: Numbers | None = None
    patient: Codes | None = None
    continued: Mask | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        time, observed = np.array(self.time, dtype=np.float64), np.array(self.observed, dtype=np.bool_)
        entry, weight = _own(self.entry), _own(self.weight)
        if time.ndim != 1 or len(time) == 0:
            raise EvidenceError(
                f"times must be one list with at least one row, but have shape {time.shape}", code="times-shape"
            )
        ascending = np.sort(time)
        if not (ascending[0] >= 0 and ascending[-1] < np.inf):  # what is no number comes last
            _refuse_row(~(time >= 0), time, "time must be a number of zero or more")
            _refuse_row(np.isinf(time), time, "time must be finite")
        for name, column in (("observed", observed), ("entry", entry), ("weight", weight)):
            if column is not None and column.shape != time.shape:
                raise EvidenceError(
                    f"{name} must have one value a row ({len(time)}), but has {column.shape}",
                    code="column-length",
                    values={"times": len(time)},
                )
        if weight is not None:
            _refuse_row(~((weight > 0) & (weight < np.inf)), weight, "a case weight must be above zero and finite")
        if entry is not None:
            _refuse_row(~np.isfinite(entry), entry, "entry must be a number")
            _refuse_row(entry >= time, entry, "entry must be before the end of follow-up")
        time, entry = _as_one_time(time, entry, ascending)
        patient = None if self.patient is None else np.array(self.patient, dtype=np.int64, copy=True)
        if patient is not None and patient.shape != time.shape:
            raise EvidenceError(
                f"patient must have one value a row ({len(time)}), but has {patient.shape}",
                code="column-length",
                values={"times": len(time)},
            )
        continued = None if patient is None else _continued(time, patient)
        arrays: dict[str, NDArray[Any] | None] = {
            "time": time,
            "observed": observed,
            "entry": entry,
            "weight": weight,
            "patient": patient,
            "continued": continued,
        }
        for field_name, values in arrays.items():
            if values is not None:
                values.flags.writeable = False
            object.__setattr__(self, field_name, values)

    def __len__(self) -> int:
        return len(self.time)

    @property
    def patients(self) -> int:
        """Return how many patients the rows are of."""
        return len(self.time) if self.patient is None else len(np.unique(self.patient))

    @property
    def last(self) -> Mask:
        """Return the rows with which the follow-up of a patient ends."""
        return np.ones(len(self.time), dtype=np.bool_) if self.continued is None else ~self.continued

    @property
    def events(self) -> int:
        """Return how many rows end with the event."""
        return int(np.count_nonzero(self.observed))

    @property
    def first(self) -> Mask:
        """Return the rows with which the follow-up of a patient begins."""
        if self.patient is None:
            return np.ones(len(self.time), dtype=np.bool_)
        codes = np.unique(self.patient, return_inverse=True)[1]
        end = np.full(codes.max() + 1, np.inf)
        np.minimum.at(end, codes, self.time)
        return np.asarray(self.time == end[codes], dtype=np.bool_)

    def rows(self, which: NDArray[Any]) -> Self:
        """Return the rows chosen by a mask or by positions; nothing is checked again, for nothing new is said.

        Raises
        ------
        EvidenceError
            No row is chosen.
        """
        if which.dtype == np.bool_:
            which = which.nonzero()[0]
        time = self.time[which]
        if not len(time):
            raise EvidenceError(
                "a part of a cohort must have at least one row, but none was chosen; widen the choice",
                code="population-empty",
            )
        part = object.__new__(type(self))
        fields = {
            "time": time,
            "observed": self.observed[which],
            "unit": self.unit,
            "entry": None if self.entry is None else self.entry[which],
            "weight": None if self.weight is None else self.weight[which],
            "patient": None if self.patient is None else self.patient[which],
            "continued": None if self.continued is None else self.continued[which],
        }
        for name, value in fields.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(part, name, value)
        return part

    def censored_instead(self) -> Self:
        """Return the same follow-up with censoring as the event: what reverse Kaplan-Meier reads.

        The end of a row after which its patient is followed on is neither.
        """
        censored = ~self.observed & self.last
        return type(self)(self.time, censored, unit=self.unit, entry=self.entry, weight=self.weight)

    def __repr__(self) -> str:
        span = f"{self.time.min():g} to {self.time.max():g} {self.unit}".rstrip()
        return f"TimeToEvent({len(self)} rows, {self.events} events, {span})"


def _continued(time: Numbers, patient: Codes) -> Mask:
    """Return the rows of a patient that end before another of the same patient does."""
    codes = np.unique(patient, return_inverse=True)[1]
    end = np.zeros(codes.max() + 1)
    np.maximum.at(end, codes, time)
    return np.asarray(time < end[codes], dtype=np.bool_)


def _own(column: Numbers | None) -> Numbers | None:
    return None if column is None else np.array(column, dtype=np.float64, copy=True)


def _refuse_row(bad: Mask, column: Numbers, what: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        raise EvidenceError(
            f"{what}, but row {row + 1} has {column[row]:g}; correct the table",
            code="cell-value",
            values={"row": row + 1, "value": float(column[row])},
        )


def _as_one_time(time: Numbers, entry: Numbers | None, ascending: Numbers) -> tuple[Numbers, Numbers | None]:
    """Return times with near ties made exact, each the smallest of its run (R: aeqSurv)."""
    every = ascending if entry is None else np.sort(np.concatenate([entry, time]))
    step = every[1:] - every[:-1]
    near = step <= ONE_TIME * max(1.0, -every[0], every[-1])
    near &= step > 0
    if not near.any():
        return time, entry
    unique = np.unique(every)
    step = np.diff(unique)
    tied = (step <= ONE_TIME) | (step <= ONE_TIME * float(np.mean(np.abs(unique))))
    cuts = unique[np.concatenate([[True], ~tied])]
    joined = cuts[np.searchsorted(cuts, time, side="right") - 1]
    if entry is None:
        return joined, None
    entered = cuts[np.searchsorted(cuts, entry, side="right") - 1]
    _refuse_row(entered >= joined, entry, f"entry and end of follow-up must differ by more than {ONE_TIME:.1g}")
    return joined, entered


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One fact about each row: levels as the table writes them, and numbers where every cell is one.

    Parameters
    ----------
    name
        Heading.
    codes
        Position in `levels`, -1 where missing; shape (n,).
    levels
        In order, reference first.
    numbers
        The cells as numbers, NaN where missing; None when a cell is text or the column was declared a factor.
    label
        For people; the name when empty.
    """

    name: str
    codes: NDArray[np.int64]
    levels: tuple[str, ...]
    numbers: Numbers | None = None
    label: str = ""

    @property
    def missing(self) -> Mask:
        """Return where the fact is not known."""
        return self.codes < 0

    @property
    def title(self) -> str:
        """Return what a person calls the column."""
        return self.label or self.name

    def rows(self, which: NDArray[Any]) -> Self:
        """Return the chosen rows; levels that no row has any more are left out."""
        codes = self.codes[which]
        numbers = None if self.numbers is None else self.numbers[which]
        present = np.bincount(codes + 1, minlength=len(self.levels) + 1)[1:].nonzero()[0]
        if len(present) == len(self.levels):
            return type(self)(self.name, codes, self.levels, numbers, self.label)
        lookup = np.full(len(self.levels) + 1, -1, dtype=np.int64)
        lookup[present] = np.arange(len(present))
        return type(self)(self.name, lookup[codes], tuple(self.levels[i] for i in present), numbers, self.label)

    def matching(self, values: Sequence[str | float]) -> Mask:
        """Return where the cell is one of `values`: the same number when both are numbers, otherwise the same text."""
        chosen = [i for i, level in enumerate(self.levels) if any(same_value(level, v) for v in values)]
        return np.isin(self.codes, chosen)

    def require(self, values: Sequence[str | float], *, what: str) -> None:
        """Refuse values that no cell of the column holds.

        Raises
        ------
        EvidenceError
            A value that is no level.
        """
        for value in values:
            if not any(same_value(level, value) for level in self.levels):
                text = ", ".join(self.levels[:12]) + (", …" if len(self.levels) > 12 else "")
                raise EvidenceError(
                    f"{what} names {value!r}, but column {self.name} holds {text or 'nothing'}; name a value as the table writes it",
                    code="level-unknown",
                )


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def number_in(cell: str) -> float | None:
    """Return the number that a cell writes; None for anything else, and for what Python alone takes for one (1_000, nan, 1e400).

    Examples
    --------
    >>> number_in("-1.5e3"), number_in("1_000"), number_in("nan")
    (-1500.0, None, None)
    """
    plain = cell.replace("\u2212", "-")
    if NUMBER.fullmatch(plain) is None:
        return None
    number = float(plain)
    return number if math.isfinite(number) else None


def same_value(cell: str, value: str | float) -> bool:
    """Return whether a cell and a protocol value are one: as numbers when both are, otherwise as texts.

    Examples
    --------
    >>> same_value("2.0", 2), same_value("PDA", "PDA"), same_value("1", "yes")
    (True, True, False)
    """
    if cell == str(value):
        return True
    ours, theirs = number_in(cell), number_in(str(value))
    return ours is not None and ours == theirs


@dataclass(frozen=True, slots=True, eq=False)
class ChosenRows(Mapping[str, Column]):
    """The chosen rows of columns, each column made when it is named: a model asks for few of many.

    Parameters
    ----------
    whole
        The columns that the rows are chosen from.
    positions
        Which rows.
    """

    whole: Mapping[str, Column]
    positions: NDArray[Any]
    made: dict[str, Column] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Column:
        """Return a column on the chosen rows."""
        if name not in self.made:
            self.made[name] = self.whole[name].rows(self.positions)
        return self.made[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is a column of that name, without making it."""
        return name in self.whole

    def __iter__(self) -> Iterator[str]:
        """Return the names in their order."""
        return iter(self.whole)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self.whole)


@dataclass(frozen=True, slots=True, eq=False)
class Cohort:
    """Patients as their outcome and their facts, row by row; no identity.

    Parameters
    ----------
    outcome
        Times and events.
    columns
        ClinicalFacts by name, each as long as the outcome.
    causes
        Which event ended each row by name, None where it was censored; empty when causes are not told apart.

    Raises
    ------
    EvidenceError
        A column of another length.
    """

    outcome: TimeToEvent
    columns: Mapping[str, Column] = field(default_factory=dict)
    causes: tuple[str | None, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.columns, ChosenRows) and len(self.columns.positions) == len(self.outcome):
            return  # each is as long as there are positions
        for name, column in self.columns.items():
            if len(column.codes) != len(self.outcome):
                raise EvidenceError(
                    f"column {name} must have {len(self.outcome)} rows as the outcome, but has {len(column.codes)}",
                    code="column-length",
                    values={"patients": len(self.outcome), "rows": len(column.codes)},
                )

    def __len__(self) -> int:
        return len(self.outcome)

    def __getitem__(self, name: str) -> Column:
        """Return a column.

        Raises
        ------
        EvidenceError
            No column of that name.
        """
        if name not in self.columns:
            raise EvidenceError(
                f"there is no column {name}; the columns are {', '.join(self.columns)}", code="column-unknown"
            )
        return self.columns[name]

    def rows(self, which: NDArray[Any]) -> Self:
        """Return a part of the cohort, by a mask or by positions."""
        positions = np.flatnonzero(which) if which.dtype == np.bool_ else which
        return type(self)(
            self.outcome.rows(positions),
            ChosenRows(self.columns, positions),
            tuple(self.causes[i] for i in positions) if self.causes else (),
        )

    def with_outcome(self, outcome: TimeToEvent, causes: tuple[str | None, ...] = ()) -> Self:
        """Return the same patients with another outcome."""
        return type(self)(outcome, self.columns, causes)

    def __repr__(self) -> str:
        return f"Cohort({self.outcome!r}, columns {', '.join(self.columns)})"
