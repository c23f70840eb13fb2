"""The models that a protocol asks for, as records: null numbers with a reason where one cannot be fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np

from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.regression.design_matrix import Design, codes_of, design, known, parts_of
from yttria.evidence.regression.firth import penalised
from yttria.evidence.regression.proportional_hazards import coefficients_over_time
from yttria.evidence.regression.stepwise import stepwise
from yttria.evidence.regression.subgroups import interaction, subgroup_effects
from yttria.evidence.study.cohort_builder import change_of
from yttria.evidence.study.column_checks import is_measured
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.model_findings import (
    ENOUGH_EVENTS,
    add_cluster_finding,
    add_coefficient_findings,
    add_event_finding,
    listed,
)
from yttria.evidence.study.prediction_section import predictions_of, residuals_record
from yttria.evidence.study.results import NO_COEFFICIENT, Record, model_record, subgroups_record
from yttria.evidence.study.survival_section import cause_names, logrank_by
from yttria.evidence.survival.competing_risks import cause_codes, fine_gray_rows
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, ModelSpec, SelectionSpec

MOST_PENALISED = 12
"""Covariates up to which an infinite coefficient is also estimated with Firth's penalty: its profile limits cost many fits."""


def model_of(context: AnalysisContext, name: str, spec: ModelSpec) -> Record:
    """Return one Cox model."""
    try:
        made = design(context.cohort, spec.terms, _also(spec))
    except EvidenceError as refusal:
        return impossible(context, name, spec.terms, refusal)
    try:
        fit = _fit(context.cohort, spec, made)
    except EvidenceError as refusal:
        return impossible(context, name, made.names or spec.terms, refusal, made.complete)
    record = finished(context, name, fit, made.terms, made.dropped, spec)
    if spec.residuals:
        record["residuals"] = residuals_record(fit, made.complete)
    if spec.predict:
        record["predicted"] = predictions_of(context, name, spec, made, fit)
    return record


def finished(
    context: AnalysisContext, name: str, fit: CoxFit, spans: Mapping[str, Sequence[int]], dropped: int, spec: ModelSpec
) -> Record:
    """Return a fitted model as a record, with what is to be doubted of it on the pile."""
    add_coefficient_findings(context, name, fit)
    add_cluster_finding(context, name, fit, spec)
    for term, span in spans.items():
        if not span:
            context.add_finding(
                "one-level", f"in model {name} {term} has one level, so that it has no effect to estimate"
            )
    record = model_record(fit, spans, dropped, spec.zph)
    if record.get("zph", {}) is None:
        context.add_finding(
            "zph-impossible", f"proportional hazards cannot be tested in model {name}: its information is singular"
        )
    if spec.over_time and record.get("zph"):
        record["over_time"] = _over_time(fit, spec)
    if fit.endless.any():
        record["firth"] = _penalised(context, name, fit)
    return record


def univariable_of(context: AnalysisContext, terms: Sequence[str]) -> Record:
    """Return one Cox model a term; those with too few events are told together."""
    models = {term: model_of(context, term, ModelSpec((term,))) for term in terms}
    few = [t for t, model in models.items() if 0 < model["events"] < ENOUGH_EVENTS * degrees_of(model)]
    if few:
        least = min(models[t]["events"] / degrees_of(models[t]) for t in few)
        context.add_finding(
            "few-events",
            f"taken one at a time {listed(few)} have fewer than ten events for each coefficient ({least:.1f} at the least): "
            "their ratios will be too far from none and will not hold elsewhere",
        )
    return models


def degrees_of(model: Record) -> int:
    """Return how many coefficients a fitted model has; none where it could not be fitted."""
    return int(model["tests"]["lr"]["df"]) if "tests" in model else 0


def _over_time(fit: CoxFit, spec: ModelSpec) -> Record:
    """Return how each coefficient looks at each event."""
    found = coefficients_over_time(fit, spec.zph)
    return {
        "time": found.time,
        "g": found.g,
        "beta": {name: found.beta[:, j] for j, name in enumerate(fit.names) if np.isfinite(fit.coef[j])},
    }


def _penalised(context: AnalysisContext, name: str, fit: CoxFit) -> Record | None:
    if fit.ties == "exact" or len(fit.names) > MOST_PENALISED:
        context.add_finding(
            "firth-left-out",
            f"model {name} is not fitted with Firth's penalty: exact ties, or more than {MOST_PENALISED} covariates",
            "note",
        )
        return None
    try:
        return {"terms": {term: asdict(effect) for term, effect in penalised(fit).items()}}
    except (EvidenceError, np.linalg.LinAlgError) as refusal:
        context.add_finding("firth-impossible", f"model {name} could not be fitted with Firth's penalty: {refusal}")
        return None


def impossible(
    context: AnalysisContext, name: str, terms: Sequence[str], refusal: EvidenceError, complete: Mask | None = None
) -> Record:
    """Return a model of null numbers, its rows being the complete ones (none unless given), and say why."""
    context.add_finding("model-impossible", f"model {name} could not be fitted: {refusal}")
    observed = context.cohort.outcome.observed
    kept = np.zeros(len(observed), dtype=np.bool_) if complete is None else complete
    n, events = int(kept.sum()), int(observed[kept].sum())
    blank = {term: dict(NO_COEFFICIENT) for term in terms}
    return {"n": n, "events": events, "dropped": len(observed) - n, "terms": blank}


def fitted(cohort: Cohort, spec: ModelSpec) -> CoxFit:
    """Return a model on the rows that have all its columns."""
    return _fit(cohort, spec, design(cohort, spec.terms, _also(spec)))


def _also(spec: ModelSpec) -> list[str]:
    """Return the columns that a model needs besides its terms."""
    return [*spec.strata, *(column for column in (spec.cluster, spec.offset) if column is not None)]


def _fit(cohort: Cohort, spec: ModelSpec, made: Design) -> CoxFit:
    part = cohort.rows(made.complete)
    return cox(
        part.outcome,
        made.x,
        made.names,
        ties=spec.ties,
        stratum=codes_of(part, spec.strata) if spec.strata else None,
        cluster=None if spec.cluster is None else part[spec.cluster].codes,
        robust=spec.robust,
        offset=None if spec.offset is None else change_of(part, spec.offset),
    )


def selection_of(context: AnalysisContext, asked: SelectionSpec) -> Record:
    """Return the candidates that pass, the steps and the chosen model on the rows of all who entered."""
    add_event_finding(context, "the selection", context.cohort.outcome.events, _coefficients(context, asked.candidates))
    entered = tuple(term for term in asked.candidates if _univariable_p(context, term, asked) <= asked.p_enter)
    if not entered:
        context.add_finding(
            "selection-empty", f"no candidate has P <= {asked.p_enter:g}, so that there is nothing to choose among"
        )
        return {"entered": [], "steps": [], "chosen": [], "model": None}
    rows = known(context.cohort, [part for term in entered for part in parts_of(term, context.cohort.columns)])
    dropped = int(np.count_nonzero(~rows))
    if dropped:
        context.add_finding(
            "selection-complete-cases",
            f"the selection uses the {int(rows.sum())} rows complete in all entered terms and leaves out {dropped}",
        )
    record: Record = {"entered": list(entered), "steps": [], "chosen": [], "model": None}
    try:
        found = stepwise(context.cohort, entered, asked.method)
    except EvidenceError as refusal:
        context.add_finding("selection-impossible", f"the selection could not be made: {refusal}")
        return record
    record["steps"] = [asdict(step) for step in found.steps]
    record["chosen"] = list(found.chosen)
    if found.chosen:
        record["model"] = model_of(
            context.at("selection", context.cohort.rows(rows)), "selection", ModelSpec(found.chosen)
        )
        record["model"]["dropped"] = dropped
    else:
        context.add_finding("selection-nothing", "the selection keeps no term: none lowers the criterion", "note")
    return record


def _coefficients(context: AnalysisContext, terms: Sequence[str]) -> int:
    """Return how many coefficients the terms have together, each on the rows that know it."""
    found = 0
    for term in terms:
        try:
            found += len(design(context.cohort, (term,)).names)
        except EvidenceError:
            continue
    return found


def _univariable_p(context: AnalysisContext, term: str, asked: SelectionSpec) -> float:
    if asked.p_test == "logrank":
        p = logrank_by(context, term)["p"]
        return float("inf") if p is None else float(p)
    try:
        fit = fitted(context.cohort, ModelSpec((term,)))
    except EvidenceError:
        return float("inf")
    if fit.wald is not None:
        return fit.wald.p
    return fit.likelihood_ratio.p if fit.endless.any() else float("inf")


def subgroups_of(context: AnalysisContext, factor: str, arms: Arms) -> Record:
    """Return the effect of treatment in each level of a factor, and the tests of interaction."""
    column = context.cohort[arms.column]
    treated, control = column.matching([arms.treated]), column.matching([arms.control])
    rows = treated | control
    none: Record = {"levels": {}, "interaction": {"lr_p": None, "wald_p": None}}
    if not rows.any():
        return none
    part = context.cohort.rows(rows)
    arm, split = treated[rows].astype(np.float64), part[factor]
    if is_measured(split):
        context.add_finding(
            "subgroups-of-a-number",
            f"{factor} is a number of {len(split.levels)} values, each of which would be a subgroup: none is made; make a cut of it in [cuts]",
        )
        return none
    groups = subgroup_effects(part, arm, split)
    lost = [group.level for group in groups if group.effect is None or np.isnan(group.effect.coef)]
    if lost:
        context.add_finding(
            "subgroup-impossible",
            f"in subgroups of {factor} the effect of treatment cannot be estimated where it is {listed(lost)}",
        )
    return subgroups_record(groups, interaction(part, arm, split))


def fine_gray_of(context: AnalysisContext, terms: Sequence[str]) -> Record:
    """Return the Fine-Gray model of each cause with all terms; errors are robust by patient, for one patient has several rows."""
    try:
        covariates = design(context.cohort, terms)
    except EvidenceError as refusal:
        return {name: impossible(context, f"fine_gray.{name}", terms, refusal) for name in cause_names(context)}
    return {name: _fine_gray(context, name, k + 1, covariates) for k, name in enumerate(cause_names(context))}


def _fine_gray(context: AnalysisContext, name: str, of: int, made: Design) -> Record:
    part = context.cohort.rows(made.complete)
    cause = cause_codes(part.causes, cause_names(context))
    place = f"fine_gray.{name}"
    try:
        rows = fine_gray_rows(replace(part.outcome, observed=cause > 0), cause, of)
        fit = cox(rows.outcome, made.x[rows.source], made.names, cluster=rows.source)
    except EvidenceError as refusal:
        return impossible(context, place, made.names, refusal, made.complete)
    return {**finished(context, place, fit, made.terms, made.dropped, ModelSpec(tuple(made.terms))), "n": len(part)}
