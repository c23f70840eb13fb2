"""The models that a protocol asks for: null numbers with a reason where one cannot be fitted."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.regression.cox import CoxFit, cox
from yttria.evidence.regression.design_matrix import Design, codes_of, complete_rows, design, parts_of
from yttria.evidence.regression.firth import penalised
from yttria.evidence.regression.proportional_hazards import coefficients_over_time, proportionality
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
from yttria.evidence.study.results import NO_COEFFICIENT, model_record, subgroups_record
from yttria.evidence.study.survival_section import cause_names, logrank_by
from yttria.evidence.survival.competing_risks import cause_codes, fine_gray_rows
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, ModelSpec, SelectionSpec

MOST_PENALISED = 12
"""Covariates up to which an infinite coefficient is also estimated with Firth's penalty: its profile limits cost many fits."""


def model_of(context: AnalysisContext, name: str, spec: ModelSpec) -> contract.CoxModel:
    """Return one Cox model."""
    try:
        made = design(context.cohort, spec.terms, _also(spec))
    except EvidenceError as refusal:
        return impossible(context, name, spec.terms, refusal)
    try:
        fit = _fit(context.cohort, spec, made)
    except EvidenceError as refusal:
        return impossible(context, name, made.names or spec.terms, refusal, made.complete)
    return model_result(context, name, fit, made, spec, n=len(fit.outcome))


def model_result(
    context: AnalysisContext, name: str, fit: CoxFit, made: Design, spec: ModelSpec, *, n: int
) -> contract.CoxModel:
    """Return a fitted model, its findings added to the context.

    Parameters
    ----------
    n
        Rows of the cohort that it was fitted to.
    """
    add_coefficient_findings(context, name, fit)
    add_cluster_finding(context, name, fit, spec)
    for term, span in made.terms.items():
        if not span:
            context.add_finding(
                "one-level", f"in model {name} {term} has one level, so that it has no effect to estimate"
            )
    zph = proportionality(fit, made.terms, spec.zph) if fit.df else None
    if fit.df and zph is None:
        context.add_finding(
            "zph-impossible", f"proportional hazards cannot be tested in model {name}: its information is singular"
        )
    return model_record(
        fit,
        n=n,
        dropped=made.dropped,
        zph=zph,
        over_time=_over_time(fit, spec) if spec.over_time and zph else None,
        firth=_penalised(context, name, fit) if fit.endless.any() else None,
        residuals=residuals_record(fit, made.complete) if spec.residuals else None,
        predicted=predictions_of(context, name, spec, made, fit) if spec.predict else {},
    )


def univariable_of(context: AnalysisContext, terms: Sequence[str]) -> dict[str, contract.CoxModel]:
    """Return one Cox model a term; those with too few events make one finding."""
    models = {term: model_of(context, term, ModelSpec((term,))) for term in terms}
    few = [t for t, model in models.items() if 0 < model.events < ENOUGH_EVENTS * degrees_of(model)]
    if few:
        least = min(models[t].events / degrees_of(models[t]) for t in few)
        context.add_finding(
            "few-events",
            f"taken one at a time {listed(few)} have fewer than ten events for each coefficient ({least:.1f} at the least): "
            "their ratios will be too far from none and will not hold elsewhere",
        )
    return models


def degrees_of(model: contract.CoxModel) -> int:
    """Return how many coefficients a fitted model has; none where it could not be fitted."""
    return 0 if model.tests is None else model.tests.lr.df or 0


def _over_time(fit: CoxFit, spec: ModelSpec) -> contract.CoefficientsOverTime:
    """Return how each coefficient looks at each event."""
    result = coefficients_over_time(fit, spec.zph)
    return contract.CoefficientsOverTime(
        time=result.time.tolist(),
        g=result.g.tolist(),
        beta={name: result.beta[:, j].tolist() for j, name in enumerate(fit.names) if np.isfinite(fit.coef[j])},
    )


def _penalised(context: AnalysisContext, name: str, fit: CoxFit) -> contract.PenalisedModel | None:
    if fit.ties == "exact" or len(fit.names) > MOST_PENALISED:
        context.add_finding(
            "firth-left-out",
            f"model {name} is not fitted with Firth's penalty: exact ties, or more than {MOST_PENALISED} covariates",
            "note",
        )
        return None
    try:
        effects = penalised(fit)
    except (EvidenceError, np.linalg.LinAlgError) as refusal:
        context.add_finding("firth-impossible", f"model {name} could not be fitted with Firth's penalty: {refusal}")
        return None
    return contract.PenalisedModel(
        terms={
            term: contract.PenalisedCoefficient(coef=e.coef, se=e.se, hr=e.hr, low=e.low, high=e.high, p=e.p)
            for term, e in effects.items()
        }
    )


def impossible(
    context: AnalysisContext, name: str, terms: Sequence[str], refusal: EvidenceError, complete: Mask | None = None
) -> contract.CoxModel:
    """Return a model of null numbers, its rows being the complete ones (none unless given), and say why."""
    context.add_finding("model-impossible", f"model {name} could not be fitted: {refusal}")
    observed = context.cohort.outcome.observed
    rows = np.zeros(len(observed), dtype=np.bool_) if complete is None else complete
    n, events = int(rows.sum()), int(observed[rows].sum())
    blank = dict.fromkeys(terms, NO_COEFFICIENT)
    return contract.CoxModel(n=n, events=events, dropped=len(observed) - n, terms=blank)


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


def selection_of(context: AnalysisContext, spec: SelectionSpec) -> contract.Selection:
    """Return the candidates that pass, the steps and the chosen model on the rows of all who entered."""
    add_event_finding(context, "the selection", context.cohort.outcome.events, _coefficients(context, spec.candidates))
    entered = tuple(term for term in spec.candidates if _univariable_p(context, term, spec) <= spec.p_enter)
    if not entered:
        context.add_finding(
            "selection-empty", f"no candidate has P <= {spec.p_enter:g}, so that there is nothing to choose among"
        )
        return contract.Selection(entered=[], steps=[], chosen=[], model=None)
    rows = complete_rows(context.cohort, [part for term in entered for part in parts_of(term, context.cohort.columns)])
    dropped = int(np.count_nonzero(~rows))
    if dropped:
        context.add_finding(
            "selection-complete-cases",
            f"the selection uses the {int(rows.sum())} rows complete in all entered terms and leaves out {dropped}",
        )
    try:
        result = stepwise(context.cohort, entered, spec.method)
    except EvidenceError as refusal:
        context.add_finding("selection-impossible", f"the selection could not be made: {refusal}")
        return contract.Selection(entered=list(entered), steps=[], chosen=[], model=None)
    model = None
    if result.chosen:
        complete = context.at("selection", context.cohort.rows(rows))
        model = model_of(complete, "selection", ModelSpec(result.chosen)).model_copy(update={"dropped": dropped})
    else:
        context.add_finding("selection-nothing", "the selection keeps no term: none lowers the criterion", "note")
    steps = [contract.SelectionStep(action=step.action, term=step.term, aic=step.aic) for step in result.steps]
    return contract.Selection(entered=list(entered), steps=steps, chosen=list(result.chosen), model=model)


def _coefficients(context: AnalysisContext, terms: Sequence[str]) -> int:
    """Return how many coefficients the terms have together, each on the rows that know it."""
    count = 0
    for term in terms:
        try:
            count += len(design(context.cohort, (term,)).names)
        except EvidenceError:
            continue
    return count


def _univariable_p(context: AnalysisContext, term: str, spec: SelectionSpec) -> float:
    if spec.p_test == "logrank":
        p = logrank_by(context, term).p
        return float("inf") if p is None else p
    try:
        fit = fitted(context.cohort, ModelSpec((term,)))
    except EvidenceError:
        return float("inf")
    if fit.wald is not None:
        return fit.wald.p
    return fit.likelihood_ratio.p if fit.endless.any() else float("inf")


def subgroups_of(context: AnalysisContext, factor: str, arms: Arms) -> contract.Subgroups:
    """Return the effect of treatment in each level of a factor, and the tests of interaction."""
    column = context.cohort[arms.column]
    treated, control = column.matching([arms.treated]), column.matching([arms.control])
    rows = treated | control
    none = contract.Subgroups(levels={}, interaction=contract.Interaction(lr_p=None, wald_p=None))
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


def fine_gray_of(context: AnalysisContext, terms: Sequence[str]) -> dict[str, contract.CoxModel]:
    """Return the Fine-Gray model of each cause with all terms; errors are robust by patient, for one patient has several rows."""
    try:
        covariates = design(context.cohort, terms)
    except EvidenceError as refusal:
        return {name: impossible(context, f"fine_gray.{name}", terms, refusal) for name in cause_names(context)}
    return {name: _fine_gray(context, name, k + 1, covariates) for k, name in enumerate(cause_names(context))}


def _fine_gray(context: AnalysisContext, name: str, of: int, made: Design) -> contract.CoxModel:
    part = context.cohort.rows(made.complete)
    cause = cause_codes(part.causes, cause_names(context))
    place = f"fine_gray.{name}"
    try:
        rows = fine_gray_rows(replace(part.outcome, observed=cause > 0), cause, of)
        fit = cox(rows.outcome, made.x[rows.source], made.names, cluster=rows.source)
    except EvidenceError as refusal:
        return impossible(context, place, made.names, refusal, made.complete)
    return model_result(context, place, fit, made, ModelSpec(tuple(made.terms)), n=len(part))
