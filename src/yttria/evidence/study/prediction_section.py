"""Residuals of a fitted model row by row, and the survival that it predicts for described patients."""

from collections.abc import Mapping

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.regression.design_matrix import Design, coded, codings
from yttria.evidence.regression.prediction import predicted
from yttria.evidence.regression.residuals import deviance, dfbeta, martingale, schoenfeld, score_residuals
from yttria.evidence.study.context import AnalysisContext
from yttria.values.cohort import Cohort, Column, Mask, Numbers, same_value
from yttria.values.errors import EvidenceError
from yttria.values.protocol import ModelSpec, Word


def residuals_record(fit: CoxFit, complete: Mask) -> contract.Residuals:
    """Return every kind of residual of a model; `row` says which row of the cohort each belongs to, from 1.

    Source
    ------
    Therneau, Grambsch and Fleming 1990, doi:10.1093/biomet/77.1.147. Referee: R survival, residuals.coxph.
    """
    outcome, table, stratum = fit.outcome, fit.events, fit.stratum
    used = np.flatnonzero(np.isfinite(fit.coef))
    gone = martingale(outcome, fit.eta, table, stratum)
    pull = score_residuals(outcome, fit.x, fit.eta, table, stratum)
    time, left = schoenfeld(outcome, fit.x, table, stratum)
    moved = dfbeta(pull, fit.variance, outcome.weight)

    def by_name(matrix: Numbers) -> dict[str, list[float | None]]:
        return {fit.names[j]: matrix[:, j].tolist() for j in used}

    return contract.Residuals(
        row=(np.flatnonzero(complete) + 1).tolist(),
        martingale=gone.tolist(),
        deviance=deviance(gone, outcome.observed).tolist(),
        score=by_name(pull),
        dfbeta=by_name(moved),
        schoenfeld={"time": time.tolist(), **by_name(left)},
    )


def predictions_of(
    context: AnalysisContext, name: str, spec: ModelSpec, made: Design, fit: CoxFit
) -> dict[str, dict[str, contract.PredictedCurve] | None]:
    """Return the curve of each described patient, in each stratum; null with a reason where nothing can be predicted."""
    part = context.cohort.rows(made.complete)
    records: dict[str, dict[str, contract.PredictedCurve] | None] = {}
    for patient, facts in spec.predict.items():
        try:
            x = _covariates(part, spec.terms, facts)
            records[patient] = {label: _curve(fit, x, code) for label, code in _strata(part, spec, fit).items()}
        except EvidenceError as refusal:
            context.add_finding("prediction-impossible", f"model {name} predicts nothing for {patient}: {refusal}")
            records[patient] = None
    return records


def _curve(fit: CoxFit, x: Numbers, stratum: int) -> contract.PredictedCurve:
    result = predicted(fit, x, stratum=stratum)
    return contract.PredictedCurve(
        time=result.time.tolist(),
        hazard=result.hazard.tolist(),
        hazard_se=result.std_err.tolist(),
        survival=result.survival.tolist(),
        low=result.low.tolist(),
        high=result.high.tolist(),
    )


def _strata(part: Cohort, spec: ModelSpec, fit: CoxFit) -> dict[str, int]:
    """Return the strata that have an event, by the levels that make them; "all" where there are none."""
    if fit.stratum is None:
        return {"all": 0}
    results: dict[str, int] = {}
    for code in np.unique(fit.events.stratum):
        row = int(np.argmax(fit.stratum == code))
        results[", ".join(part[n].levels[part[n].codes[row]] for n in spec.strata)] = int(code)
    return results


def _covariates(part: Cohort, terms: tuple[str, ...], facts: Mapping[str, Word]) -> Numbers:
    """Return one patient's covariates; of nobody described, zeros and reference levels, whose curve is the baseline hazard's."""
    coding = codings(terms, part.columns)
    columns = dict.fromkeys(column for parts in coding.values() for column, _ in parts)
    if strange := [fact for fact in facts if fact not in columns]:
        raise EvidenceError(
            f"{strange[0]} is no column of its terms; name one of {', '.join(columns)}", code="described-patient"
        )
    if facts and (left := [column for column in columns if column not in facts]):
        raise EvidenceError(
            f"a patient must be described whole, but {', '.join(left)} is not said; say it, or nothing at all",
            code="described-patient",
        )
    made: list[Numbers] = []
    for term in terms:
        first, *rest = (_fact(part[column], facts.get(column), whole=whole) for column, whole in coding[term])
        for other in rest:
            first = np.asarray((first[None, :] * other[:, None]).ravel())
        made.append(first)
    return np.asarray(np.concatenate(made), dtype=np.float64)


def _fact(column: Column, value: Word | None, *, whole: bool) -> Numbers:
    if column.numbers is None:
        level = 0
        if value is not None:
            column.require([value], what="a prediction")
            level = next(i for i, text in enumerate(column.levels) if same_value(text, value))
        return np.asarray(
            coded(Column(column.name, np.array([level]), column.levels), whole=whole)[0][0], dtype=np.float64
        )
    try:
        return np.array([0.0 if value is None else float(value)])
    except ValueError:
        raise EvidenceError(
            f"{column.name} must be a number, but is {value!r}; correct it", code="described-patient"
        ) from None
