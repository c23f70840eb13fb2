"""Models over completed tables: the Nelson-Aalen predictor, what a finding says, and the model itself where nothing is missing."""

from typing import Any

import numpy as np
import pytest

from yttria.evidence.regression.cox import cox
from yttria.evidence.study.imputation_section import imputed_of, nelson_aalen
from yttria.values.cohort import TimeToEvent
from yttria.values.protocol import MissingSpec, ModelSpec

FEW = MissingSpec(imputations=3, seed=2)


def holed(effects: dict[str, Any], column: str, every: int) -> dict[str, list[Any]]:
    """Return R's table without every so-manieth value of a column."""
    table = dict(effects["table"])
    table[column] = ["" if k % every == 0 else v for k, v in enumerate(table[column])]
    return table


def test_the_cumulative_hazard_is_the_sum_of_deaths_over_those_at_risk() -> None:
    """By hand: 1/4 after 2; then 1/4 + 2/3 after 3, where two of three die; nothing at 5."""
    outcome = TimeToEvent(np.array([3.0, 2.0, 5.0, 3.0]), np.array([True, True, False, True]))
    assert nelson_aalen(outcome) == pytest.approx([1 / 4 + 2 / 3, 1 / 4, 1 / 4 + 2 / 3, 1 / 4 + 2 / 3])


def test_with_nothing_missing_every_pooled_coefficient_is_that_of_the_model(context_of: Any, effects: Any) -> None:
    context = context_of(models={"full": ModelSpec(("age", "pvt"))})
    table = effects["table"]
    fit = cox(context.cohort.outcome, np.column_stack([table["age"], table["pvt"]]).astype(float), ["age", "pvt"])
    found = imputed_of(context, FEW).models["full"]
    assert found.imputations == 3
    for j, term in enumerate(found.terms.values()):
        assert (term.coef, term.hr) == pytest.approx((fit.coef[j], np.exp(fit.coef[j])), rel=1e-9)
        assert term.se == pytest.approx(np.sqrt(fit.variance[j, j]), rel=1e-9)
        assert (term.between, term.within) == pytest.approx((0.0, fit.variance[j, j]), abs=1e-12)
        assert term.df is not None
        complete = fit.outcome.events - 2  # Barnard and Rubin 1999: nu_com (nu_com + 1) / (nu_com + 3), nothing missing
        assert term.df == pytest.approx(complete * (complete + 1) / (complete + 3), rel=1e-3)


def test_a_robust_model_is_pooled_by_its_robust_variance(context_of: Any, effects: Any) -> None:
    context = context_of(models={"full": ModelSpec(("age",), robust=True)})
    fit = cox(context.cohort.outcome, np.array(effects["table"]["age"], dtype=float)[:, None], ["age"], robust=True)
    assert fit.robust is not None
    found = imputed_of(context, FEW).models["full"].terms["age"]
    assert found.within == pytest.approx(fit.robust[0, 0], rel=1e-9)
    assert found.within != pytest.approx(fit.variance[0, 0], rel=1e-3)


def test_what_is_missing_widens_the_error_and_both_kinds_of_column_are_completed(context_of: Any, effects: Any) -> None:
    models = {"full": ModelSpec(("age", "stage", "pvt"))}
    whole = imputed_of(context_of(models=models), FEW).models["full"].terms
    table = holed(effects, "age", 4) | {k: holed(effects, k, n)[k] for k, n in (("stage", 5), ("pvt", 3))}
    found = imputed_of(context_of(table, models=models), FEW).models["full"].terms
    assert list(found) == list(whole) == ["age", "stage[B]", "stage[C]", "pvt"]
    for name, term in found.items():
        assert term.between is not None
        assert term.between > 0
        assert term.coef == pytest.approx(whole[name].coef, abs=2 * (whole[name].se or 0.0))
        assert term.low is not None
        assert term.hr is not None
        assert term.high is not None
        assert term.low < term.hr < term.high


@pytest.mark.parametrize(("gone", "told"), [(69, False), (70, True), (71, True)])
def test_half_of_a_covariate_missing_is_told(context_of: Any, effects: Any, gone: int, told: bool) -> None:
    """70 of 140 rows are a half."""
    age = ["" if k < gone else v for k, v in enumerate(effects["table"]["age"])]
    context = context_of({**effects["table"], "age": age}, models={"full": ModelSpec(("age",))})
    imputed_of(context, FEW)
    assert [f.message for f in context.findings if f.code == "imputation-much-missing"] == (
        [f"age is missing in {gone / 140:.0%} of the rows"] if told else []
    )


def test_a_covariate_that_nobody_knows_leaves_no_model_and_a_finding_says_so(context_of: Any, effects: Any) -> None:
    context = context_of({**effects["table"], "age": [""] * 139 + [60]}, models={"full": ModelSpec(("age",))})
    assert imputed_of(context, FEW).models == {}
    assert "imputation-impossible" in [f.code for f in context.findings]


def test_a_coefficient_without_an_end_is_not_pooled_and_is_named(context_of: Any, effects: Any) -> None:
    alive = [int(not e) * (k % 2) for k, e in enumerate(effects["table"]["event"])]
    context = context_of({**effects["table"], "alive": alive}, models={"full": ModelSpec(("age", "alive"))})
    found = imputed_of(context, FEW).models["full"].terms
    assert set(found["alive"].model_dump().values()) == {None}
    assert found["age"].coef is not None
    (told,) = [f for f in context.findings if f.code == "imputation-infinite"]
    assert told.message == "in model full alive cannot be estimated in every completed table"


def test_a_number_of_three_values_is_completed_as_a_number(context_of: Any, effects: Any) -> None:
    """Two values are levels (a share of 1), three are a number: one coefficient either way, by units of the number."""
    stage = {"A": 10, "B": 20, "C": 40}
    points = [stage[s] if k % 6 else "" for k, s in enumerate(effects["table"]["stage"])]
    context = context_of({**effects["table"], "points": points}, models={"full": ModelSpec(("points",))})
    found = imputed_of(context, FEW).models["full"].terms
    assert list(found) == ["points"]
    assert context.findings == []


def test_late_entry_is_told(context_of: Any, effects: Any) -> None:
    context = context_of(models={"full": ModelSpec(("age",))})
    late = TimeToEvent(context.cohort.outcome.time, context.cohort.outcome.observed, entry=np.zeros(140) + 0.01)
    again = context.at("", context.cohort.with_outcome(late))
    imputed_of(again, FEW)
    assert "imputation-late-entry" in [f.code for f in context.findings]
