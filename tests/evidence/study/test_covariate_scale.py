"""[scale]: a ratio for another unit or a doubling is the same model, and what has no logarithm is refused by its line."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from yttria.evidence.study.cohort_builder import build_cohort
from yttria.evidence.study.covariate_scale import require_scales, scaled_cohort, scaled_model
from yttria.io.tables.cohort_table import column_of
from yttria.values.cohort import Cohort, Column
from yttria.values.errors import EvidenceError
from yttria.values.protocol import ModelSpec, OutcomeColumns, Protocol

PLAIN = Protocol(OutcomeColumns("time", "event"))
CELLS = {
    "time": ["5", "9", "3"], "event": ["1", "0", "1"], "td": ["100", "200", "400"], "arm": ["A", "B", "A"], "afp": ["0", "10", "100"],
}  # fmt: skip
COLUMNS: dict[str, Column] = {name: column_of(name, cells, {""}) for name, cells in CELLS.items()}


def cohort() -> Cohort:
    return build_cohort(COLUMNS, PLAIN)


@pytest.mark.parametrize(
    ("scale", "numbers"), [(100.0, [1, 2, 4]), ("log2", np.log2([100, 200, 400])), ("log10", np.log10([100, 200, 400]))]
)
def test_numbers_are_divided_by_their_unit_or_taken_as_logarithms(scale: Any, numbers: Any) -> None:
    found = scaled_cohort(cohort(), replace(PLAIN, scale={"td": scale}))["td"].numbers
    assert found == pytest.approx(np.asarray(numbers, dtype=float))


def test_nothing_else_is_scaled() -> None:
    here = cohort()
    assert scaled_cohort(here, PLAIN) is here
    assert scaled_cohort(here, replace(PLAIN, scale={"td": 10.0}))["arm"] is here["arm"]


def test_patients_who_are_described_are_on_the_scale_of_their_covariates() -> None:
    spec = ModelSpec(("td", "arm"), predict={"she": {"td": 200.0, "arm": "B"}})
    assert scaled_model(spec, replace(PLAIN, scale={"td": 100.0})).predict == {"she": {"td": 2.0, "arm": "B"}}
    doubled = scaled_model(spec, replace(PLAIN, scale={"td": "log2"})).predict
    assert doubled["she"]["td"] == pytest.approx(np.log2(200))
    assert scaled_model(spec, PLAIN) is spec


@pytest.mark.parametrize(
    ("scale", "words"),
    [
        ({"dose": 10.0}, r"\[scale\] names dose, but the table has time, event, td"),
        ({"arm": 10.0}, r"\[scale\] arm must be numbers, but is a factor \(A, B\)"),
        ({"afp": "log2"}, r"\[scale\] afp is a logarithm and needs numbers above 0, but line 2 holds 0"),
    ],
)
def test_a_scale_that_a_column_cannot_have_is_refused(scale: Any, words: str) -> None:
    with pytest.raises(EvidenceError, match=words):
        require_scales(COLUMNS, replace(PLAIN, scale=scale))
    require_scales(COLUMNS, replace(PLAIN, scale={"afp": 10.0, "td": "log10"}))


def test_a_refused_logarithm_carries_its_column_and_line() -> None:
    with pytest.raises(EvidenceError, match="line 2 holds 0") as refused:
        require_scales(COLUMNS, replace(PLAIN, scale={"afp": "log2"}))
    assert refused.value.values == {"column": "afp", "line": 2}
