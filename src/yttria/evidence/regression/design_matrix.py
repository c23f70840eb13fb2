"""Protocol terms to covariates as R codes them: numbers as they are, factors as indicators against their first level, products with a colon."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yttria.values.cohort import Cohort, Column, Mask
from yttria.values.errors import EvidenceError

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Covariates of one model on the rows where all of them are known.

    Parameters
    ----------
    x
        Shape (n, p).
    names
        One a column: a number's own name, `factor[level]` for an indicator, joined by ":" in an interaction.
    terms
        The columns that each term of the protocol makes, in order.
    complete
        Which rows of the cohort are in `x`.
    """

    x: Matrix
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    complete: Mask

    @property
    def dropped(self) -> int:
        """Return how many rows miss a covariate."""
        return int(np.count_nonzero(~self.complete))


def parts_of(term: str, columns: Container[str]) -> tuple[str, ...]:
    """Return the columns that a term stands on: a column of its whole name, otherwise what its colons part.

    Parameters
    ----------
    term
        As in the protocol.
    columns
        Names of the columns that there are; one with a colon in its name is found before the colon parts it.

    Examples
    --------
    >>> parts_of("arm:age", ["arm", "age"]), parts_of("arm : Age: years", ["arm", "Age: years"])
    (('arm', 'age'), ('arm', 'Age: years'))
    """
    whole = term.strip()
    if whole in columns or ":" not in whole:
        return (whole,)
    pieces = whole.split(":")
    for cut in range(len(pieces) - 1, 0, -1):
        first, rest = ":".join(pieces[:cut]).strip(), ":".join(pieces[cut:])
        if first in columns and all(part in columns for part in parts_of(rest, columns)):
            return (first, *parts_of(rest, columns))
    return tuple(piece.strip() for piece in pieces)


def codings(terms: Sequence[str], columns: Container[str]) -> dict[str, tuple[tuple[str, bool], ...]]:
    """Return the columns of each term, and whether a factor has an indicator for every level there.

    A factor is coded against its first level where it stands alone, or where what is left of the term without it lies within a term before
    (in order of how many columns they join); otherwise the effect of its first level would be fixed to zero, and every level has its own.

    Examples
    --------
    >>> codings(["arm", "arm:age"], ["arm", "age"])["arm:age"]
    (('arm', True), ('age', False))

    Source
    ------
    Chambers and Hastie 1992, page 38. Referee: R 4.2, model.matrix (TermCode).
    """
    parts = {term: parts_of(term, columns) for term in terms}
    before: list[frozenset[str]] = []
    made = {}
    for term in sorted(parts, key=lambda one: len(parts[one])):
        names = parts[term]
        made[term] = tuple((name, len(names) > 1 and not _within(frozenset(names) - {name}, before)) for name in names)
        before.append(frozenset(names))
    return made


def _within(rest: frozenset[str], terms: Sequence[frozenset[str]]) -> bool:
    return any(rest <= term for term in terms)


def complete_rows(cohort: Cohort, columns: Sequence[str]) -> Mask:
    """Return the rows in which all the named columns are known."""
    complete = np.ones(len(cohort), dtype=np.bool_)
    for name in columns:
        complete &= ~cohort[name].missing
    return complete


def design(cohort: Cohort, terms: Sequence[str], also: Sequence[str] = ()) -> Design:
    """Return the covariates of a model, on the rows where every column is known.

    Parameters
    ----------
    cohort
        Whose columns.
    terms
        As in the protocol: "age", "sex", "arm:age".
    also
        Columns that must be known too: strata, clusters.

    Raises
    ------
    EvidenceError
        No term, a column that does not exist, no complete row.
    """
    if not terms:
        raise EvidenceError(
            "a model needs at least one term; name one, or leave the model out", code="model-without-terms"
        )
    coding = codings(terms, cohort.columns)
    needed = [name for coded_parts in coding.values() for name, _ in coded_parts]
    complete = complete_rows(cohort, [*needed, *also])
    if not complete.any():
        raise EvidenceError(
            f"no row has all of {', '.join([*needed, *also])}; leave out the column that is never known",
            code="model-without-rows",
        )
    part = cohort.rows(complete)
    columns: list[Matrix] = []
    names: list[str] = []
    spans: dict[str, tuple[int, ...]] = {}
    for term in terms:
        made, labels = _columns([coded(part[name], whole=whole) for name, whole in coding[term]])
        spans[term] = tuple(range(len(names), len(names) + len(labels)))
        columns.append(made)
        names += labels
    x = np.ascontiguousarray(np.concatenate(columns, axis=1)) if names else np.zeros((len(part), 0))
    return Design(x, tuple(names), spans, complete)


def _columns(parts: Sequence[tuple[Matrix, list[str]]]) -> tuple[Matrix, list[str]]:
    """Return the covariates of one term: the products of its parts' columns, the first part varying fastest."""
    x, names = parts[0]
    for other, labels in parts[1:]:
        x = (x[:, None, :] * other[:, :, None]).reshape(len(x), x.shape[1] * other.shape[1])
        names = [f"{name}:{label}" for label in labels for name in names]
    return x, names


def coded(column: Column, *, whole: bool = False) -> tuple[Matrix, list[str]]:
    """Return a column as covariates: itself when it is a number, otherwise an indicator for each level after the first (each level: `whole`)."""
    if column.numbers is not None:
        return column.numbers[:, None], [column.name]
    start = 0 if whole else 1
    levels = column.levels[start:]
    x = (column.codes[:, None] == np.arange(start, len(column.levels))[None, :]).astype(np.float64)
    return x.reshape(len(column.codes), len(levels)), [f"{column.name}[{level}]" for level in levels]


def codes_of(cohort: Cohort, names: Sequence[str]) -> NDArray[np.int64]:
    """Return one whole number a row for the combination of the named columns: strata or clusters."""
    stacked = np.stack([cohort[name].codes for name in names], axis=1)
    return np.asarray(np.unique(stacked, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)
