"""The models that a protocol asks for, with covariates missing at random imputed."""

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.regression.design_matrix import parts_of
from yttria.evidence.regression.imputation import Incomplete, Pooled, imputed_tables, pooled
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.covariate_scale import scaled_cohort
from yttria.evidence.study.model_section import fitted
from yttria.evidence.survival.risk_set import tally
from yttria.values.cohort import Cohort, Column, Numbers, TimeToEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import MissingSpec, ModelSpec

MUCH_MISSING = 0.5
"""Share of a covariate that is missing from which a finding says so (house)."""
NO_POOL = contract.PooledCoefficient(
    coef=None, se=None, hr=None, low=None, high=None, df=None, p=None, fmi=None, within=None, between=None
)


def imputed_of(context: AnalysisContext, spec: MissingSpec) -> contract.ImputedModels:
    """Return every model of [models] over completed tables, pooled by Rubin's rules.

    All covariates of the models are imputed together, with the event and the Nelson-Aalen hazard among the predictors (White and
    Royston 2009, doi:10.1002/sim.3618). Strata, clusters and offsets are not imputed.
    """
    cohort, models = context.cohort, context.protocol.models
    terms = [part for model in models.values() for term in model.terms for part in parts_of(term, cohort.columns)]
    names = list(dict.fromkeys(terms))
    if cohort.outcome.entry is not None:
        context.add_finding(
            "imputation-late-entry", "rows are intervals or enter late, and are imputed as if each were one patient"
        )
    for name in names:
        missing = float(cohort[name].missing.mean())
        if missing >= MUCH_MISSING:
            context.add_finding("imputation-much-missing", f"{name} is missing in {missing:.0%} of the rows")
    also = np.column_stack([cohort.outcome.observed.astype(np.float64), nelson_aalen(cohort.outcome)])
    holed = {name: _incomplete(cohort[name]) for name in names}
    try:
        tables = imputed_tables(holed, also, imputations=spec.imputations, seed=spec.seed)
    except EvidenceError as refusal:
        context.add_finding("imputation-impossible", f"no table could be completed: {refusal}")
        return contract.ImputedModels(models={})
    whole = [scaled_cohort(_completed(cohort, table), context.protocol) for table in tables]
    results = {name: _pooled_model(context, name, model, whole) for name, model in models.items()}
    return contract.ImputedModels(models={name: model for name, model in results.items() if model is not None})


def nelson_aalen(outcome: TimeToEvent) -> Numbers:
    """Return the cumulative hazard of all rows together at the end of each (Nelson-Aalen)."""
    table = tally(outcome)
    hazard = np.cumsum(table.events / table.at_risk)
    return np.asarray(hazard[np.searchsorted(table.time, outcome.time)], dtype=np.float64)


def _incomplete(column: Column) -> Incomplete:
    """Return a column as numbers or codes of levels, NaN where missing."""
    if column.numbers is not None and len(column.levels) > 2:
        return Incomplete(column.numbers)
    return Incomplete(np.where(column.missing, np.nan, column.codes.astype(np.float64)), len(column.levels))


def _completed(cohort: Cohort, table: dict[str, Numbers]) -> Cohort:
    """Return the cohort with completed columns."""
    columns = dict(cohort.columns)
    for name, values in table.items():
        column = cohort[name]
        if column.numbers is not None and len(column.levels) > 2:
            place = dict(zip(column.numbers.tolist(), column.codes.tolist(), strict=True))
            codes = np.array([place[value] for value in values.tolist()], dtype=np.int64)
            columns[name] = Column(name, codes, column.levels, values, column.label)
            continue
        codes = values.astype(np.int64)
        numbers = None if column.numbers is None else _level_numbers(column)[codes]
        columns[name] = Column(name, codes, column.levels, numbers, column.label)
    return Cohort(cohort.outcome, columns, cohort.causes)


def _level_numbers(column: Column) -> Numbers:
    """Return the number of each level of a column of numbers."""
    numbers = np.full(len(column.levels), np.nan)
    if column.numbers is not None:
        numbers[column.codes[~column.missing]] = column.numbers[~column.missing]
    return numbers


def _pooled_model(
    context: AnalysisContext, name: str, model: ModelSpec, tables: list[Cohort]
) -> contract.PooledModel | None:
    try:
        fits = [fitted(table, model) for table in tables]
    except EvidenceError as refusal:
        context.add_finding(
            "imputation-impossible", f"model {name} could not be fitted to a completed table: {refusal}"
        )
        return None
    names = fits[0].names
    if any(fit.names != names for fit in fits):
        context.add_finding(
            "imputation-impossible",
            f"model {name} has other levels in some completed tables, so that nothing is pooled",
        )
        return None
    pools = {label: _pooled(fits, j) for j, label in enumerate(names)}
    lost = [label for label, one in pools.items() if one is None]
    if lost:
        context.add_finding(
            "imputation-infinite", f"in model {name} {', '.join(lost)} cannot be estimated in every completed table"
        )
    terms = {label: NO_POOL if one is None else _record(one) for label, one in pools.items()}
    return contract.PooledModel(terms=terms, imputations=len(fits))


def _pooled(fits: list[CoxFit], j: int) -> Pooled | None:
    """Return one coefficient over all fits; None where one of them has none."""
    coef = [float(fit.coef[j]) for fit in fits]
    if not np.isfinite(coef).all():
        return None
    variance = [float((fit.variance if fit.robust is None else fit.robust)[j, j]) for fit in fits]
    free = fits[0].outcome.events - len(fits[0].names)
    return pooled(coef, variance, complete_df=max(free, 1))


def _record(one: Pooled) -> contract.PooledCoefficient:
    return contract.PooledCoefficient(
        coef=one.coef,
        se=one.se,
        hr=one.hr,
        low=one.low,
        high=one.high,
        df=one.df,
        p=one.p,
        fmi=one.fmi,
        within=one.within,
        between=one.between,
    )
