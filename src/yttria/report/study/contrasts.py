"""One level of a factor against another, whichever of them a model took for its reference."""

import math
from collections.abc import Mapping

from yttria.contract.study import AnalysisResult, Coefficient, CoxModel
from yttria.report.study.number_format import exists
from yttria.values.cohort import same_value
from yttria.values.protocol import Arms, Word

NONE = Coefficient(coef=None, se=None, robust_se=None, hr=None, low=None, high=None, z=None, p=None)
"""No coefficient."""


def arm_effect(result: AnalysisResult, arms: Arms) -> Coefficient:
    """Return the hazard ratio of the treated against the control arm from the arm's own model; numbers of None where there is none."""
    return contrast(result.univariable.get(arms.column), arms.column, arms.treated, arms.control)


def contrast(model: CoxModel | None, column: str, one: Word, other: Word) -> Coefficient:
    """Return the hazard ratio of `one` level against `other`; numbers of None where the model has no such coefficient.

    A model of levels whose reference is `one` gives the ratio upside down; of two levels that are neither its reference it
    gives none, for their errors depend on each other. In a model of numbers a step counts as often as the levels lie apart.

    Parameters
    ----------
    model
        A model with this column alone.
    column
        Of the levels.
    one, other
        As the table writes them.

    Examples
    --------
    >>> effect = NONE.model_copy(update={"coef": math.log(2), "hr": 2.0, "low": 1.0, "high": 4.0, "p": 0.05})
    >>> model = CoxModel(events=9, dropped=0, terms={"arm[SDA]": effect})
    >>> ratio = contrast(model, "arm", "PDA", "SDA")
    >>> ratio.hr, ratio.low, ratio.high, ratio.p
    (0.5, 0.25, 1.0, 0.05)
    """
    terms = {} if model is None else model.terms
    if "" in (one, other):
        return NONE
    if column in terms:
        return _steps(terms[column], float(one) - float(other))
    mine, theirs = (_term(terms, column, level) for level in (one, other))
    if mine is None and theirs is not None:
        return _steps(theirs, -1.0)
    return mine if mine is not None and theirs is None else NONE


def _term(terms: Mapping[str, Coefficient], column: str, level: Word) -> Coefficient | None:
    start = f"{column}["
    names = (name for name in terms if name.startswith(start) and same_value(name[len(start) : -1], level))
    return next((terms[name] for name in names), None)


def _steps(effect: Coefficient, steps: float) -> Coefficient:
    """Return the effect of so many steps: the ratio to that power, its limits in order."""
    if steps == 1.0 or not exists(effect.hr):
        return effect
    coef, low, high = (_log(value) for value in (effect.hr, effect.low, effect.high))
    ends = sorted((steps * low, steps * high)) if low is not None and high is not None else [None, None]
    moved = None if coef is None else steps * coef
    return effect.model_copy(
        update={"coef": moved, "hr": _power(moved), "low": _power(ends[0]), "high": _power(ends[1])}
    )


def _log(value: float | None) -> float | None:
    return math.log(value) if value is not None and exists(value) and value > 0 else None


def _power(value: float | None) -> float | None:
    return None if value is None or value > 700 else math.exp(value)
