"""Splines and inverse-probability weights that a protocol asks for: null numbers with a reason where one cannot be had."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from yttria.contract import study as contract
from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.design_matrix import coded, complete_rows, design, parts_of
from yttria.evidence.regression.propensity import propensity_weights
from yttria.evidence.regression.restricted_spline import SplineFit, harrell_knots, spline_model
from yttria.evidence.study.cohort_builder import change_of
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.model_section import model_result
from yttria.evidence.study.results import NO_TEST, test_record
from yttria.values.cohort import Cohort, Numbers
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, ModelSpec, SplineSpec, WeightsSpec

LARGE_DIFFERENCE = 0.1
"""Standardised difference from which a covariate is called unbalanced (Austin 2009, doi:10.1002/sim.3697)."""
FEW_EFFECTIVE = 0.5
"""Share of an arm's rows that its weights leave, below which a finding says so (house)."""


def splines_of(context: AnalysisContext) -> dict[str, contract.SplineCurve]:
    """Return each spline; empty with a finding where it cannot be fitted."""
    return {name: _spline(context, name, spec) for name, spec in context.protocol.splines.items()}


def _spline(context: AnalysisContext, name: str, spec: SplineSpec) -> contract.SplineCurve:
    values = change_of(context.cohort, spec.column)
    parts = [part for term in spec.adjust for part in parts_of(term, context.cohort.columns)]
    rows = np.isfinite(values) & complete_rows(context.cohort, parts)
    try:
        knots = spec.at or harrell_knots(values[np.isfinite(values)], spec.knots)
        part = context.cohort.rows(rows)
        adjust = design(part, spec.adjust).x if spec.adjust else None
        fit = spline_model(part.outcome, values[rows], knots, reference=spec.reference, adjust=adjust)
    except EvidenceError as refusal:
        context.add_finding("spline-impossible", f"spline {name} could not be fitted: {refusal}")
        none = contract.SplineTests(overall=NO_TEST, nonlinear=NO_TEST)
        return contract.SplineCurve(
            n=int(rows.sum()), knots=[], reference=None, x=[], hr=[], low=[], high=[], tests=none
        )
    return _spline_record(context, name, fit)


def _spline_record(context: AnalysisContext, name: str, fit: SplineFit) -> contract.SplineCurve:
    x, hr, low, high = fit.curve()
    if not fit.values.min() <= fit.reference <= fit.values.max():
        context.add_finding(
            "spline-reference", f"the reference {fit.reference:g} of spline {name} lies outside the values of its rows"
        )
    return contract.SplineCurve(
        n=len(fit.values),
        knots=list(fit.knots),
        reference=fit.reference,
        x=x.tolist(),
        hr=hr.tolist(),
        low=low.tolist(),
        high=high.tolist(),
        tests=contract.SplineTests(overall=test_record(fit.overall), nonlinear=test_record(fit.nonlinear)),
    )


def weights_of(context: AnalysisContext, arms: Arms) -> dict[str, contract.WeightedComparison | None]:
    """Return each comparison by inverse-probability weights; None with a finding where it cannot be made."""
    return {name: _weighted(context, name, spec, arms) for name, spec in context.protocol.weights.items()}


def _weighted(context: AnalysisContext, name: str, spec: WeightsSpec, arms: Arms) -> contract.WeightedComparison | None:
    column = context.cohort[arms.column]
    treated = column.matching([arms.treated])
    rows = (treated | column.matching([arms.control])) & complete_rows(context.cohort, spec.covariates)
    try:
        part = context.cohort.rows(rows)
        made = propensity_weights(
            design(part, spec.covariates).x,
            treated[rows],
            _levels(part, spec.covariates),
            estimand=spec.estimand,
            stabilised=spec.stabilised,
        )
        weight = made.weight if part.outcome.weight is None else made.weight * part.outcome.weight
        weighted = part.with_outcome(replace(part.outcome, weight=weight), part.causes)
        term = f"{arms.column}[{arms.treated}]"
        covariates = replace(
            design(part, (arms.column,)), x=made.treated[:, None].astype(float), names=(term,), terms={term: (0,)}
        )
        fit = cox(weighted.outcome, covariates.x, covariates.names, robust=True)
    except EvidenceError as refusal:
        context.add_finding("weights-impossible", f"weights {name} could not be had: {refusal}")
        return None
    place = context.at(f"weights.{name}", weighted)
    model = model_result(place, name, fit, covariates, ModelSpec((term,), robust=True), n=len(part))
    sides = {str(arms.treated): made.treated, str(arms.control): ~made.treated}
    ess = {arm: made.effective_size(which) for arm, which in sides.items()}
    _add_weight_findings(context, name, {k: b.after for k, b in made.balance.items()}, ess, sides)
    return contract.WeightedComparison(
        model=model.model_copy(update={"dropped": len(context.cohort) - len(part)}),
        n=len(part),
        ess=ess,
        balance={k: contract.CovariateBalance(before=b.before, after=b.after) for k, b in made.balance.items()},
        max_weight=float(made.weight.max()),
    )


def _levels(cohort: Cohort, covariates: tuple[str, ...]) -> dict[str, Numbers]:
    """Return numbers as they are, and every level of a factor as its own column of 0 and 1."""
    columns: dict[str, Numbers] = {}
    for name in covariates:
        values, labels = coded(cohort[name], whole=True)
        columns |= {label: values[:, k] for k, label in enumerate(labels)}
    return columns


def _add_weight_findings(
    context: AnalysisContext,
    name: str,
    after: dict[str, float],
    ess: dict[str, float],
    sides: dict[str, NDArray[np.bool_]],
) -> None:
    """Say which covariates stay apart, and which arm the weights leave small."""
    apart = [f"{covariate} ({value:+.2f})" for covariate, value in after.items() if abs(value) >= LARGE_DIFFERENCE]
    if apart:
        context.add_finding(
            "weights-unbalanced",
            f"weights {name} leave standardised differences of {LARGE_DIFFERENCE:g} or more in {', '.join(apart)}",
        )
    for arm, size in ess.items():
        n = int(sides[arm].sum())
        if size < FEW_EFFECTIVE * n:
            context.add_finding(
                "weights-few", f"weights {name} leave arm {arm} the information of {size:.1f} of its {n} patients"
            )
