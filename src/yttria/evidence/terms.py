"""Protocol terms to covariates: numbers as they are, factors as indicators against their first level, products with a colon."""

from collections.abc import Mapping, Sequence
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


def parts_of(term: str) -> tuple[str, ...]:
    """Return the columns that a term stands on: "arm:age" is ("arm", "age")."""
    return tuple(part.strip() for part in term.split(":"))


def known(cohort: Cohort, columns: Sequence[str]) -> Mask:
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
        raise EvidenceError("a model needs at least one term; name one, or leave the model out")
    needed = [name for term in terms for name in parts_of(term)]
    complete = known(cohort, [*needed, *also])
    if not complete.any():
        raise EvidenceError(
            f"no row has all of {', '.join([*needed, *also])}; leave out the column that is never known"
        )
    part = cohort.rows(complete)
    columns: list[Matrix] = []
    names: list[str] = []
    spans: dict[str, tuple[int, ...]] = {}
    for term in terms:
        made, labels = _columns([part[name] for name in parts_of(term)])
        spans[term] = tuple(range(len(names), len(names) + len(labels)))
        columns.append(made)
        names += labels
    x = np.ascontiguousarray(np.concatenate(columns, axis=1)) if names else np.zeros((len(part), 0))
    return Design(x, tuple(names), spans, complete)


def _columns(parts: Sequence[Column]) -> tuple[Matrix, list[str]]:
    """Return the covariates of one term: the products of its parts' columns, the first part varying fastest."""
    x, names = coded(parts[0])
    for part in parts[1:]:
        other, labels = coded(part)
        x = (x[:, None, :] * other[:, :, None]).reshape(len(x), x.shape[1] * other.shape[1])
        names = [f"{name}:{label}" for label in labels for name in names]
    return x, names


def coded(column: Column) -> tuple[Matrix, list[str]]:
    """Return a column as covariates: itself when it is a number, otherwise one indicator for each level after the first."""
    if column.numbers is not None:
        return column.numbers[:, None], [column.name]
    levels = column.levels[1:]
    x = (column.codes[:, None] == np.arange(1, len(column.levels))[None, :]).astype(np.float64)
    return x.reshape(len(column.codes), len(levels)), [f"{column.name}[{level}]" for level in levels]


def codes_of(cohort: Cohort, names: Sequence[str]) -> NDArray[np.int64]:
    """Return one whole number a row for the combination of the named columns: strata or clusters."""
    stacked = np.stack([cohort[name].codes for name in names], axis=1)
    return np.asarray(np.unique(stacked, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)
