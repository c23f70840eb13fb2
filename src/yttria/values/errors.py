"""Refusals and findings.

    YttriaError
    ├── IntakeError      the world's input: files, tags, folders, case.toml, options
    ├── GeometryError    two things that do not lie in one place
    ├── QuantityError    a number that cannot be: NaN, negative, zero mass, per cent for a fraction
    ├── PlanError        nothing sensible can be prescribed
    └── EvidenceError    a cohort or protocol that cannot be analysed

A message says *expected, found, what to do* and never names a person. A judgement is not an error: it is a
`Finding` that travels to the report.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

Value = str | float | int | bool | None
"""A named value of a finding or a refusal."""


class YttriaError(Exception):
    """Refuse: the base of every refusal that a person can act on.

    Parameters
    ----------
    message
        Expected, found, what to do; never a person's name.
    code
        Stable name of the kind of refusal; that of the class where none is given.
    values
        Named values of the sentence, with their unit in the key.
    """

    kind: ClassVar[str] = "refused"

    def __init__(self, message: str, *, code: str = "", values: Mapping[str, Value] | None = None) -> None:
        super().__init__(message)
        self.code = code or self.kind
        self.values: dict[str, Value] = dict(values or {})


class IntakeError(YttriaError):
    """Refuse the world's input."""

    kind = "input"


class GeometryError(YttriaError):
    """Refuse two things that do not lie in one place."""

    kind = "geometry"


class QuantityError(YttriaError):
    """Refuse a number that cannot be."""

    kind = "quantity"


class PlanError(YttriaError):
    """Refuse to prescribe."""

    kind = "plan"


class EvidenceError(YttriaError):
    """Refuse a cohort or a protocol."""

    kind = "evidence"


Level = Literal["note", "warning", "stop"]
LEVELS: tuple[Level, ...] = ("stop", "warning", "note")
"""From the worst to the least."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement as data: how bad, a stable code, a message that says what to do, and the values that the message names.

    Examples
    --------
    >>> Finding("warning", "lung-mass-default", "lung mass is the 1000 g default; give lungs or [lungs] mass_kg")
    Finding(level='warning', code='lung-mass-default', message='lung mass is the 1000 g default; ...', values={})
    """

    level: Level
    code: str
    message: str
    values: Mapping[str, Value] = field(default_factory=dict, hash=False)


def numbered(name: str, numbers: Iterable[float]) -> dict[str, Value]:
    """Return the numbers that a sentence lists as values of their own.

    Examples
    --------
    >>> numbered("vial_gbq", [3.0, 5.0])
    {'vial_gbq_1': 3.0, 'vial_gbq_2': 5.0}
    """
    return {f"{name}_{n}": float(number) for n, number in enumerate(numbers, 1)}


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order stop, warning, note, each group as it came.

    Examples
    --------
    >>> [f.level for f in ranked([Finding("note", "a", ""), Finding("stop", "b", ""), Finding("warning", "c", "")])]
    ['stop', 'warning', 'note']
    """
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def require_positive(value: float, *, what: str) -> float:
    """Return `value`, refusing what is not a finite number above zero.

    Raises
    ------
    QuantityError
        NaN, infinite, zero or negative.

    Examples
    --------
    >>> require_positive(1.2, what="tumour mass (kg)")
    1.2
    """
    if not (math.isfinite(value) and value > 0):
        raise QuantityError(
            f"{what} must be a number above zero, but is {value:g}; check the entry",
            code="quantity-not-positive",
            values={"value": value},
        )
    return float(value)


def require_not_negative(value: float, *, what: str) -> float:
    """Return `value`, refusing what is not a finite number of zero or more.

    Raises
    ------
    QuantityError
        NaN, infinite or negative.

    Examples
    --------
    >>> require_not_negative(0.0, what="residual (GBq)")
    0.0
    """
    if not (math.isfinite(value) and value >= 0):
        raise QuantityError(
            f"{what} must be zero or more, but is {value:g}; check the entry",
            code="quantity-negative",
            values={"value": value},
        )
    return float(value)


def require_share(value: float, *, what: str) -> float:
    """Return `value`, refusing what is not a fraction from 0 to 1.

    Raises
    ------
    QuantityError
        Outside 0..1 or NaN; a value from 1 to 100 is most likely a percentage and the message says so.

    Examples
    --------
    >>> require_share(0.05, what="lung shunt")
    0.05
    """
    if not (math.isfinite(value) and 0 <= value <= 1):
        hint = f"; if {value:g} per cent is meant, write {value / 100:g}" if 1 < value <= 100 else "; check the entry"
        raise QuantityError(
            f"{what} must be a fraction from 0 to 1, but is {value:g}{hint}",
            code="share-range",
            values={"value": value},
        )
    return float(value)
