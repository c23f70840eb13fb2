"""[scale]: covariates in the unit, or on the logarithm, of which a ratio is wanted."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from yttria.evidence.study.column_checks import HEADING
from yttria.values.cohort import Cohort, Column
from yttria.values.errors import EvidenceError
from yttria.values.protocol import ModelSpec, Protocol, Scale, Word

LOGARITHM = {"log2": np.log2, "log10": np.log10}


def scaled_cohort(cohort: Cohort, protocol: Protocol) -> Cohort:
    """Return the cohort with the numbers of [scale] over their unit, or as logarithms; the same cohort where nothing is scaled.

    Raises
    ------
    EvidenceError
        A column that is no number; a logarithm of what is not above 0, by row.
    """
    if not protocol.scale:
        return cohort
    columns = dict(cohort.columns)
    for name, scale in protocol.scale.items():
        columns[name] = _scaled(columns[name], scale)
    return Cohort(cohort.outcome, columns, cohort.causes)


def scaled_model(spec: ModelSpec, protocol: Protocol) -> ModelSpec:
    """Return a model whose described patients are on the scale of its covariates."""
    if not (protocol.scale and spec.predict):
        return spec
    predict = {
        who: {name: _scaled_word(value, protocol.scale.get(name)) for name, value in facts.items()}
        for who, facts in spec.predict.items()
    }
    return replace(spec, predict=predict)


def require_scales(columns: Mapping[str, Column], protocol: Protocol) -> None:
    """Refuse a scale that a column cannot have.

    Raises
    ------
    EvidenceError
        A column that does not exist, is a cut or no number; a logarithm of what is not above 0, by row.
    """
    for name, scale in protocol.scale.items():
        if name in protocol.cuts:
            raise EvidenceError(
                f"[scale] {name} is a cut and is 0 or 1; scale the column that it cuts", code="scale-column"
            )
        if name not in columns:
            raise EvidenceError(
                f"[scale] names {name}, but the table has {', '.join(columns)}; correct one of them",
                code="column-unknown",
            )
        _scaled(columns[name], scale)


def _scaled(column: Column, scale: Scale) -> Column:
    if column.numbers is None:
        raise EvidenceError(
            f"[scale] {column.name} must be numbers, but is a factor ({', '.join(column.levels[:4])}); take it out of [scale] or [levels]",
            code="scale-column",
        )
    if isinstance(scale, str):
        bad = column.numbers <= 0
        if bad.any():
            row = int(np.argmax(bad))
            raise EvidenceError(
                f"[scale] {column.name} is a logarithm and needs numbers above 0, but line {row + 1 + HEADING} holds {column.numbers[row]:g}; correct it, or scale by a number",
                code="scale-logarithm",
                values={"column": column.name, "line": row + 1 + HEADING},
            )
        return replace(column, numbers=LOGARITHM[scale](column.numbers))
    return replace(column, numbers=column.numbers / scale)


def _scaled_word(value: Word, scale: Scale | None) -> Word:
    if scale is None or isinstance(value, str):
        return value
    return float(LOGARITHM[scale](value)) if isinstance(scale, str) else value / scale
