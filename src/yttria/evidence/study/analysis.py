"""One protocol's whole result, assembled: which analyses in which order. Every number is made in another room."""

from dataclasses import dataclass, replace

import numpy as np

from yttria.contract.study import StudyResult
from yttria.evidence.study.baseline_section import baseline_of
from yttria.evidence.study.cohort_builder import audit, change_of
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.dose_response_section import responses_of
from yttria.evidence.study.model_findings import add_event_finding
from yttria.evidence.study.model_section import (
    degrees_of,
    fine_gray_of,
    model_of,
    selection_of,
    subgroups_of,
    univariable_of,
)
from yttria.evidence.study.results import ALL, Record, patients_record
from yttria.evidence.study.survival_section import (
    arm_comparison,
    curves_by,
    followup_of,
    gray_by,
    incidences,
    logrank_by,
    mean_difference,
    trend_by,
    whole_curve,
)
from yttria.evidence.survival.time_dependent import cohort_at_landmark, cohort_censored_at, cohort_cut, cohort_naive
from yttria.values.cohort import Cohort
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import ModelSpec, Protocol


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a protocol asked of a cohort: the result, and what to doubt."""

    result: StudyResult
    findings: tuple[Finding, ...] = ()


def analyse(cohort: Cohort, protocol: Protocol) -> Analysis:
    """Return everything that a protocol asks of a cohort.

    Parameters
    ----------
    cohort
        Enrolled by the same protocol.
    protocol
        What is asked.

    Examples
    --------
    >>> from yttria.values.cohort import TimeToEvent
    >>> from yttria.values.protocol import OutcomeColumns
    >>> months = TimeToEvent(np.array([3.0, 5.0]), np.array([False, True]), unit="months")
    >>> analyse(Cohort(months), Protocol(OutcomeColumns("os", "event"))).result.events
    1
    """
    context = AnalysisContext(cohort, protocol, findings=list(audit(cohort, protocol)))
    result = _whole(context)
    if protocol.arms is not None:
        result["baseline"] = baseline_of(context)
    if protocol.censor_at is not None:
        result["censored"] = _censored(context, protocol.censor_at)
    if protocol.populations:
        result["populations"] = {name: _population(context, name) for name in protocol.populations}
    if protocol.dose_response:
        result["dose_response"] = responses_of(context)
    if protocol.time_varying:
        result["time_varying"] = {name: _time_varying(context, name) for name in protocol.time_varying}
    if protocol.landmark:
        result["landmark"] = {f"{at:g}": _landmark(context, at) for at in protocol.landmark}
    return Analysis(StudyResult.model_validate(result), tuple(dict.fromkeys(context.findings)))


def _whole(context: AnalysisContext) -> Record:
    """Return every analysis that needs no other outcome."""
    cohort, protocol = context.cohort, context.protocol
    result: Record = {
        "n": len(cohort),
        **patients_record(cohort.outcome),
        "events": cohort.outcome.events,
        "followup": followup_of(context),
        "km": {ALL: {ALL: whole_curve(context)}},
    }
    if (compared := arm_comparison(context)) is not None:
        result["comparison"] = compared
    if by := protocol.km.by:
        result["km"] |= {factor: curves_by(context, factor) for factor in by}
        result["logrank"] = {factor: logrank_by(context, factor) for factor in by}
        gaps = {factor: mean_difference(context, factor) for factor in by}
        result["rmst_difference"] = {factor: gap for factor, gap in gaps.items() if gap is not None}
    if protocol.km.trend:
        result["trend"] = {factor: trend_by(context, factor) for factor in protocol.km.trend}
    if protocol.univariable:
        result["univariable"] = univariable_of(context, protocol.univariable)
    if protocol.models:
        result["models"] = {
            name: model_of(context, name, replace(spec, over_time=not context.place))
            for name, spec in protocol.models.items()
        }
        for name, model in result["models"].items():
            add_event_finding(context, f"model {name}", model["events"], degrees_of(model))
    if protocol.selection is not None:
        result["selection"] = selection_of(context, protocol.selection)
    if protocol.arms is not None and protocol.subgroups:
        result["subgroups"] = {factor: subgroups_of(context, factor, protocol.arms) for factor in protocol.subgroups}
    return result | (_competing(context) if protocol.cause_column is not None else {})


def _competing(context: AnalysisContext) -> Record:
    result: Record = {"cif": incidences(context)}
    if by := context.protocol.km.by:
        result["gray"] = {factor: gray_by(context, factor) for factor in by}
    if terms := context.protocol.univariable:
        result["fine_gray"] = fine_gray_of(context, terms)
    return result


def _censored(context: AnalysisContext, column: str) -> Record:
    """Return the analysis of follow-up that is cut at another event; an event at the cut, or after it, is censored there with its cause."""
    change, outcome = change_of(context.cohort, column), context.cohort.outcome
    cut = context.at("censored", cohort_censored_at(context.cohort, change))
    if at := int(np.count_nonzero(outcome.observed & (change == outcome.time))):
        cut.add_finding(
            "events-at-cut",
            f"{at} {'event falls' if at == 1 else 'events fall'} on the cut ({column}), censored there",
        )
    return _whole(cut)


def _population(context: AnalysisContext, name: str) -> Record:
    rows = np.ones(len(context.cohort), dtype=np.bool_)
    for column, values in context.protocol.populations[name].items():
        rows &= context.cohort[column].matching(values)
    if not rows.any():
        raise EvidenceError(f"[populations.{name}] must have at least one patient, but none fits; change where")
    return _whole(context.at(f"populations.{name}", context.cohort.rows(rows)))


def _time_varying(context: AnalysisContext, name: str) -> Record:
    """Return the honest analysis of a later change beside the naive one."""
    change = change_of(context.cohort, context.protocol.time_varying[name])
    cut = context.at(f"time_varying.{name}", cohort_cut(context.cohort, name, change))
    naive = context.at(f"time_varying.{name} naive", cohort_naive(context.cohort, name, change))
    model = model_of(cut, name, ModelSpec((name,)))
    model.pop("n")
    return {
        "model": model,
        "logrank": logrank_by(cut, name),
        "km": curves_by(cut, name),
        "naive": model_of(naive, name, ModelSpec((name,))),
        "naive_km": curves_by(naive, name),
    }


def _landmark(context: AnalysisContext, at: float) -> Record:
    """Return what was known at the landmark against the time after it: each change, or the arm where there is none."""
    changes = {name: change_of(context.cohort, column) for name, column in context.protocol.time_varying.items()}
    part = context.at(f"landmark.{at:g}", cohort_at_landmark(context.cohort, at, changes))
    arms = context.protocol.arms
    factors = list(changes) or ([arms.column] if arms is not None else [])
    if not factors:
        raise EvidenceError(
            "[landmark] must have something known at the landmark, but there is none; add [time_varying] or [arms]"
        )
    return {
        "n": len(part.cohort),
        **patients_record(part.cohort.outcome),
        "events": part.cohort.outcome.events,
        "model": model_of(part, f"{at:g}", ModelSpec(tuple(factors))),
        "logrank": {factor: logrank_by(part, factor) for factor in factors},
        "km": {factor: curves_by(part, factor) for factor in factors},
    }
