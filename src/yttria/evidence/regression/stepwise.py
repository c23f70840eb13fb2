"""Stepwise choice of a model by Akaike's criterion, on one and the same set of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from yttria.evidence.regression.cox import CoxFit, Ties, cox
from yttria.evidence.regression.design_matrix import complete_rows, design, parts_of
from yttria.values.cohort import Cohort

Steps = Literal["aic-both", "aic-backward", "aic-forward"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the start, a term dropped or a term added, and the criterion after it."""

    action: Literal["start", "drop", "add"]
    term: str
    aic: float


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """The path of a stepwise choice and where it ended."""

    steps: tuple[Step, ...]
    chosen: tuple[str, ...]


def stepwise(cohort: Cohort, entered: Sequence[str], method: Steps, *, ties: Ties = "efron") -> Selected:
    """Return the terms that a stepwise choice by AIC keeps.

    At each step the move with the lowest AIC is taken if it is lower than staying (R: MASS::stepAIC). The rows are those complete in
    *all* entered terms: dropping a term must not bring rows back, or criteria of different data would be compared.

    Parameters
    ----------
    cohort
        Whose rows and columns.
    entered
        Terms to choose among.
    method
        backward and both start from all of them, forward from none.
    ties
        Of the models.

    Source
    ------
    Venables and Ripley 2002, section 6.8.
    """
    rows = cohort.rows(complete_rows(cohort, [name for term in entered for name in parts_of(term, cohort.columns)]))
    current = () if method == "aic-forward" else tuple(entered)
    best = _aic(rows, current, ties)
    steps = [Step("start", " + ".join(current), best)]
    while True:
        moves: list[tuple[float, Step, tuple[str, ...]]] = []
        if method != "aic-forward":
            for term in _droppable(current, rows):
                rest = tuple(t for t in current if t != term)
                aic = _aic(rows, rest, ties)
                moves.append((aic, Step("drop", term, aic), rest))
        if method != "aic-backward":
            for term in _addable(entered, current, rows):
                more = tuple(t for t in entered if t in current or t == term)
                aic = _aic(rows, more, ties)
                moves.append((aic, Step("add", term, aic), more))
        if not moves:
            break
        aic, step, terms = min(moves, key=lambda move: move[0])
        if aic >= best - 1e-10 * abs(best):
            break
        best, current = aic, terms
        steps.append(step)
    return Selected(tuple(steps), current)


def _aic(rows: Cohort, terms: Sequence[str], ties: Ties) -> float:
    """Return the criterion of a model; of no covariates, -2 times the null log-likelihood."""
    if terms:
        return fit_of(rows, terms, ties).aic
    return -2 * cox(rows.outcome, np.zeros((len(rows), 1)), ties=ties).loglik_null


def fit_of(rows: Cohort, terms: Sequence[str], ties: Ties) -> CoxFit:
    """Return the Cox model of some terms on complete rows."""
    made = design(rows, terms)
    return cox(rows.outcome.rows(made.complete), made.x, made.names, ties=ties)


def _droppable(current: Sequence[str], rows: Cohort) -> list[str]:
    """Return the terms that no kept interaction stands on."""
    parts = {t: set(parts_of(t, rows.columns)) for t in current}
    return [t for t in current if not any(u != t and parts[t] < parts[u] for u in current)]


def _addable(entered: Sequence[str], current: Sequence[str], rows: Cohort) -> list[str]:
    """Return the terms whose parts, where they are candidates of their own, are already in."""
    out = [t for t in entered if t not in current]
    parts = {t: set(parts_of(t, rows.columns)) for t in out}
    return [t for t in out if not any(u != t and parts[u] < parts[t] for u in out)]
