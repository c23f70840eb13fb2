"""The table that R saw, as a cohort with the context of its analysis."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.context import AnalysisContext
from yttria.io.tables.cohort_table import column_of
from yttria.values.protocol import Arms, OutcomeColumns, Protocol

ContextOf = Callable[..., AnalysisContext]


@pytest.fixture
def context_of(effects: dict[str, Any]) -> ContextOf:
    """Return a maker of contexts: `context_of(protocol section=…, rows=…)`, of the table of parity/make_effects.R or of `rows`, columns of cells."""

    def make(rows: dict[str, list[Any]] | None = None, *, arms: bool = True, **sections: Any) -> AnalysisContext:
        table = effects["table"] if rows is None else rows
        protocol = replace(
            Protocol(OutcomeColumns("time", "event"), arms=Arms("treated", 1, 0) if arms else None), **sections
        )
        columns = {name: column_of(name, [str(cell) for cell in cells], {""}) for name, cells in table.items()}
        return AnalysisContext(build_cohort(columns, protocol), protocol)

    return make
