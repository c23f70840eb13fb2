"""One level of a factor against another, whichever of them a model took for its reference."""

import math
from collections.abc import Mapping
from typing import Any

from yttria.report.study.number_format import exists
from yttria.values.cohort import same_value
from yttria.values.protocol import Arms, Word

Record = Mapping[str, Any]

NONE: Record = {"coef": None, "hr": None, "low": None, "high": None, "p": None}


def arm_effect(result: Record, arms: Arms) -> Record:
    """Return the hazard ratio of the treated against the control arm from the arm's own model; numbers of None where there is none."""
    return contrast(result.get("univariable", {}).get(arms.column), arms.column, arms.treated, arms.control)


def contrast(model: Record | None, column: str, one: Word, other: Word) -> Record:
    """Return the hazard ratio of `one` level against `other`; numbers of None where the model has no such coefficient.

    A model of levels whose reference is `one` gives the ratio upside down; of two levels that are neither its reference it
    gives none, for their errors depend on each other. In a model of numbers a step counts as often as the levels lie apart.

    Parameters
    ----------
    model
        The record of a model with this column alone.
    column
        Of the levels.
    one, other
        As the table writes them.

    Examples
    --------
    >>> model = {"terms": {"arm[SDA]": {"coef": math.log(2), "hr": 2.0, "low": 1.0, "high": 4.0, "p": 0.05}}}
    >>> ratio = contrast(model, "arm", "PDA", "SDA")
    >>> ratio["hr"], ratio["low"], ratio["high"], ratio["p"]
    (0.5, 0.25, 1.0, 0.05)
    """
    terms = (model or {}).get("terms", {})
    if "" in (one, other):
        return NONE
    if column in terms:
        return _steps(terms[column], float(one) - float(other))
    mine, theirs = (_term(terms, column, level) for level in (one, other))
    if mine is None and theirs is not None:
        return _steps(theirs, -1.0)
    return mine if mine is not None and theirs is None else NONE


def _term(terms: Record, column: str, level: Word) -> Record | None:
    start = f"{column}["
    named = (name for name in terms if name.startswith(start) and same_value(name[len(start) : -1], level))
    return next((terms[name] for name in named), None)


def _steps(effect: Record, steps: float) -> Record:
    """Return the effect of so many steps: the ratio to that power, its limits in order."""
    if steps == 1.0 or not exists(effect["hr"]):
        return effect
    coef, low, high = (_log(effect[key]) for key in ("hr", "low", "high"))
    ends = sorted((steps * low, steps * high)) if low is not None and high is not None else [None, None]
    return {
        **effect,
        "coef": None if coef is None else steps * coef,
        "hr": _power(None if coef is None else steps * coef),
        "low": _power(ends[0]),
        "high": _power(ends[1]),
    }


def _log(value: float | None) -> float | None:
    return math.log(value) if value is not None and exists(value) and value > 0 else None


def _power(value: float | None) -> float | None:
    return None if value is None or value > 700 else math.exp(value)
