"""Matching-adjusted comparisons with published arms that a protocol asks for."""

from dataclasses import replace

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.design_matrix import Design, complete_rows
from yttria.evidence.regression.matching_adjustment import Match, MatchingAdjustment, matching_adjustment
from yttria.evidence.study.cohort_builder import change_of
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.model_section import model_result
from yttria.evidence.study.results import curve_record
from yttria.evidence.survival.kaplan_meier import kaplan_meier
from yttria.values.cohort import Cohort, Mask, TimeToEvent
from yttria.values.errors import EvidenceError
from yttria.values.protocol import MatchedSpec, ModelSpec

OURS = "ours"
"""Name of the one term: ours against outside."""
FEW_LEFT = 0.5
"""Share of our patients whose information is left, below which a finding says so (house)."""


def matched_of(
    context: AnalysisContext, name: str, spec: MatchedSpec, outside: TimeToEvent
) -> contract.MatchedComparison:
    """Return our treated patients (all without [arms]), weighted to printed means, against the published arm.

    Raises
    ------
    EvidenceError
        Means outside the hull of our patients, named; a column that is no number.
    """
    rows = _ours(context.cohort, context) & complete_rows(context.cohort, list(spec.means))
    if not rows.any():
        raise EvidenceError(
            f"[matched.{name}] has no patient who knows {', '.join(spec.means)}; change means",
            code="matched-patients-absent",
        )
    part = context.cohort.rows(rows)
    ours = replace(part.outcome, weight=None)
    columns = {column: change_of(part, column) for column in spec.means}
    made = matching_adjustment(columns, spec.means, spec.sd)
    if made.effective_size < FEW_LEFT * len(part):
        context.add_finding(
            "matched-few",
            f"matched {name} leaves the information of {made.effective_size:.1f} of {len(part)} patients: the populations hardly overlap",
        )
    joint = _joined(ours, made, outside)
    cohort = Cohort(joint)
    covariates = Design(
        np.repeat([1.0, 0.0], [len(ours), len(outside)])[:, None], (OURS,), {OURS: (0,)}, np.ones(len(joint), bool)
    )
    fit = cox(joint, covariates.x, covariates.names, robust=True)
    model = model_result(
        context.at(f"matched.{name}", cohort), name, fit, covariates, ModelSpec((OURS,), robust=True), n=len(joint)
    )
    low, high = float(made.weight.min()), float(made.weight.max())
    return contract.MatchedComparison(
        n=len(joint),
        ess=made.effective_size,
        weight_range=[low, high],
        balance={column: _match_record(match) for column, match in made.balance.items()},
        model=model,
        km=_curves(context, ours, made, outside),
    )


def _ours(cohort: Cohort, context: AnalysisContext) -> Mask:
    arms = context.protocol.arms
    if arms is None:
        return np.ones(len(cohort), dtype=np.bool_)
    return cohort[arms.column].matching([arms.treated])


def _joined(ours: TimeToEvent, made: MatchingAdjustment, outside: TimeToEvent) -> TimeToEvent:
    """Return both groups as one outcome, ours with their weights and outside with weights of one."""
    entry = None if ours.entry is None else np.concatenate([ours.entry, np.zeros(len(outside))])
    return TimeToEvent(
        np.concatenate([ours.time, outside.time]),
        np.concatenate([ours.observed, outside.observed]),
        unit=ours.unit,
        entry=entry,
        weight=np.concatenate([made.weight, np.ones(len(outside))]),
    )


def _match_record(match: Match) -> contract.MatchedCovariate:
    return contract.MatchedCovariate(
        target=match.target,
        before=match.before,
        after=match.after,
        sd_target=match.sd_target,
        sd_before=match.sd_before,
        sd_after=match.sd_after,
    )


def _curves(
    context: AnalysisContext, ours: TimeToEvent, made: MatchingAdjustment, outside: TimeToEvent
) -> contract.MatchedCurves:
    request = context.protocol.km
    outcomes = (ours, replace(ours, weight=made.weight), replace(outside, unit=ours.unit))
    curves = [kaplan_meier(outcome, conf=request.conf, level=request.level) for outcome in outcomes]
    tau = min(float(km.table.time[-1]) for km in curves)
    before, after, other = (curve_record(km, request.at, km.restricted_mean(tau), request.quantiles) for km in curves)
    return contract.MatchedCurves(before=before, after=after, outside=other)
