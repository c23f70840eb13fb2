"""Refusals and doubts.

    YttriaError
    ├── IntakeError      the world's input: files, tags, folders, case.toml, options
    ├── GeometryError    two things that do not lie in one place
    ├── QuantityError    a number that cannot be: NaN, negative, zero mass, per cent for a fraction
    ├── PlanError        nothing sensible can be prescribed
    ├── EvidenceError    a cohort or protocol that cannot be analysed
    └── StoreError       the registry

A message says *expected, found, what to do* and never names a person. A judgement is not an error: it is a
`Finding` that travels to the report.
"""

import math
from dataclasses import dataclass
from typing import Literal


class YttriaError(Exception):
    """Refuse: the base of every refusal that a person can act on."""


class IntakeError(YttriaError):
    """Refuse the world's input."""


class GeometryError(YttriaError):
    """Refuse two things that do not lie in one place."""


class QuantityError(YttriaError):
    """Refuse a number that cannot be."""


class PlanError(YttriaError):
    """Refuse to prescribe."""


class EvidenceError(YttriaError):
    """Refuse a cohort or a protocol."""


class StoreError(YttriaError):
    """Refuse at the registry."""


Level = Literal["note", "warning", "stop"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt as data: how bad, a stable code, and a message that says what to do.

    Examples
    --------
    >>> Finding("warning", "lung-mass-default", "lung mass is the 1000 g default; give lungs or [lungs] mass_kg")
    Finding(level='warning', code='lung-mass-default', message='lung mass is the 1000 g default; ...')
    """

    level: Level
    code: str
    message: str


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
        raise QuantityError(f"{what} must be a number above zero, but is {value:g}; check the entry")
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
        raise QuantityError(f"{what} must be zero or more, but is {value:g}; check the entry")
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
        raise QuantityError(f"{what} must be a fraction from 0 to 1, but is {value:g}{hint}")
    return float(value)
