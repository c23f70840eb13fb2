"""The whole result of a protocol: which analyses in which order. Every number is computed elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from yttria.contract import study as contract
from yttria.evidence.study.baseline_section import baseline_of
from yttria.evidence.study.cohort_builder import audit, change_of, further_cohort
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.covariate_scale import scaled_cohort, scaled_model
from yttria.evidence.study.dose_response_section import responses_of
from yttria.evidence.study.effect_section import splines_of, weights_of
from yttria.evidence.study.endpoint_section import endpoints_of, pairwise_of, weighted_tests_of
from yttria.evidence.study.imputation_section import imputed_of
from yttria.evidence.study.matched_section import matched_of
from yttria.evidence.study.model_findings import add_event_finding
from yttria.evidence.study.model_section import (
    degrees_of,
    fine_gray_of,
    model_of,
    selection_of,
    subgroups_of,
    univariable_of,
)
from yttria.evidence.study.results import ALL, patients_of
from yttria.evidence.study.safety_section import adverse_events_of, flow_record
from yttria.evidence.study.study_tables import StudyTables
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

NO_TABLES = StudyTables()


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of a protocol's analyses of a cohort, and the findings."""

    result: contract.StudyResult
    findings: tuple[Finding, ...] = ()


def analyse(cohort: Cohort, protocol: Protocol, tables: StudyTables = NO_TABLES) -> Analysis:
    """Return everything that a protocol asks of a cohort.

    Parameters
    ----------
    cohort
        Enrolled by the same protocol.
    protocol
        What is asked.
    tables
        What the study stands on besides: the flow of patients, published arms, adverse events.

    Examples
    --------
    >>> from yttria.values.cohort import TimeToEvent
    >>> from yttria.values.protocol import OutcomeColumns
    >>> months = TimeToEvent(np.array([3.0, 5.0]), np.array([False, True]), unit="months")
    >>> analyse(Cohort(months), Protocol(OutcomeColumns("os", "event"))).result.events
    1
    """
    context = AnalysisContext(cohort, protocol, findings=list(audit(cohort, protocol)))
    whole = _whole(context)
    baseline = baseline_of(context) if protocol.arms is not None else {}
    censored = None if protocol.censor_at is None else _censored(context, protocol.censor_at)
    populations = {name: _population(context, name) for name in protocol.populations}
    responses = responses_of(context) if protocol.dose_response else {}
    statements = {
        "baseline": protocol.arms is not None,
        "populations": bool(protocol.populations),
        "dose_response": bool(protocol.dose_response),
        "time_varying": bool(protocol.time_varying),
        "landmark": bool(protocol.landmark),
        "outcomes": bool(protocol.outcomes),
        "consort": protocol.flow is not None,
        "matched": bool(protocol.matched),
    }
    result = contract.StudyResult(
        **{key: getattr(whole, key) for key in whole.model_fields_set},
        baseline=baseline,
        censored=censored,
        populations=populations,
        dose_response=responses,
        time_varying={name: _time_varying(context, name) for name in protocol.time_varying},
        landmark={f"{at:g}": _landmark(context, at) for at in protocol.landmark},
        outcomes={name: _further(context, name) for name in protocol.outcomes},
        consort=flow_record(tables.flow),
        matched={
            name: matched_of(context, name, protocol.matched[name], tables.matched[name]) for name in protocol.matched
        },
        adverse_events=_safety(context, tables),
    ).without(*_unstated(statements))
    return Analysis(result, tuple(dict.fromkeys(context.findings)))


def _further(context: AnalysisContext, name: str) -> contract.AnalysisResult:
    """Return the whole analysis of a further outcome."""
    cohort, protocol, without = further_cohort(context.cohort, context.protocol, name)
    further = replace(context.at(f"outcomes.{name}", cohort), protocol=protocol)
    if without:
        rows = "1 row has" if without == 1 else f"{without} rows have"
        further.add_finding("outcome-absent", f"{rows} neither time nor event of this outcome and are left out")
    return _whole(further)


def _safety(context: AnalysisContext, tables: StudyTables) -> contract.AdverseEvents | None:
    """Return the adverse events, where there is a table of them."""
    spec = context.protocol.adverse_events
    return (
        None
        if spec is None or tables.adverse_events is None
        else adverse_events_of(context, spec, tables.adverse_events)
    )


def _unstated(statements: Mapping[str, bool]) -> list[str]:
    """Return the keys that the protocol does not ask for."""
    return [key for key, is_stated in statements.items() if not is_stated]


def _whole(context: AnalysisContext) -> contract.AnalysisResult:
    """Return every analysis that needs no other outcome."""
    cohort, protocol = context.cohort, context.protocol
    by, competing = protocol.km.by, protocol.cause_column is not None
    subgroups = protocol.subgroups if protocol.arms is not None else ()
    statements = {
        "logrank": bool(by),
        "rmst_difference": bool(by),
        "trend": bool(protocol.km.trend),
        "univariable": bool(protocol.univariable),
        "models": bool(protocol.models),
        "subgroups": bool(subgroups),
        "cif": competing,
        "gray": competing and bool(by),
        "fine_gray": competing and bool(protocol.univariable),
        "responses": bool(protocol.responses),
        "splines": bool(protocol.splines),
        "weights": bool(protocol.weights),
        "weighted_tests": bool(protocol.weighted_tests),
        "pairwise": bool(protocol.pairwise),
    }
    scaled = replace(context, cohort=scaled_cohort(cohort, protocol))
    arms = protocol.arms
    followup = followup_of(context)
    curves = {ALL: {ALL: whole_curve(context)}}
    comparison = arm_comparison(context)
    curves |= {factor: curves_by(context, factor) for factor in by}
    tests = {factor: logrank_by(context, factor) for factor in by}
    gaps = {factor: mean_difference(context, factor) for factor in by}
    trend = {factor: trend_by(context, factor) for factor in protocol.km.trend}
    univariable = univariable_of(scaled, protocol.univariable) if protocol.univariable else {}
    models = _models(scaled)
    selection = None if protocol.selection is None else selection_of(scaled, protocol.selection)
    effects = {} if arms is None else {f: subgroups_of(scaled, f, arms) for f in subgroups}
    return contract.AnalysisResult(
        n=len(cohort),
        patients=patients_of(cohort.outcome),
        events=cohort.outcome.events,
        followup=followup,
        km=curves,
        comparison=comparison,
        logrank=tests,
        trend=trend,
        rmst_difference={factor: gap for factor, gap in gaps.items() if gap is not None},
        univariable=univariable,
        models=models,
        selection=selection,
        subgroups=effects,
        cif=incidences(context) if competing else {},
        gray={factor: gray_by(context, factor) for factor in by} if competing else {},
        fine_gray=fine_gray_of(scaled, protocol.univariable) if statements["fine_gray"] else {},
        responses={} if arms is None else endpoints_of(context, arms),
        splines=splines_of(context),
        weights={} if arms is None else weights_of(context, arms),
        weighted_tests={factor: weighted_tests_of(context, factor) for factor in protocol.weighted_tests},
        pairwise={factor: pairwise_of(context, factor) for factor in protocol.pairwise},
        imputed=None if protocol.imputation is None else imputed_of(context, protocol.imputation),
    ).without(*_unstated(statements))


def _models(context: AnalysisContext) -> dict[str, contract.CoxModel]:
    """Return the models that the protocol names; those of a further analysis without their coefficients over time."""
    models = {
        name: model_of(context, name, scaled_model(replace(spec, over_time=not context.place), context.protocol))
        for name, spec in context.protocol.models.items()
    }
    for name, model in models.items():
        add_event_finding(context, f"model {name}", model.events, degrees_of(model))
    return models


def _censored(context: AnalysisContext, column: str) -> contract.AnalysisResult:
    """Return the analysis of follow-up that is cut at another event; an event at the cut, or after it, is censored there with its cause."""
    change, outcome = change_of(context.cohort, column), context.cohort.outcome
    cut = context.at("censored", cohort_censored_at(context.cohort, change))
    if at := int(np.count_nonzero(outcome.observed & (change == outcome.time))):
        cut.add_finding(
            "events-at-cut",
            f"{at} {'event falls' if at == 1 else 'events fall'} on the cut ({column}), censored there",
        )
    return _whole(cut)


def _population(context: AnalysisContext, name: str) -> contract.AnalysisResult:
    rows = np.ones(len(context.cohort), dtype=np.bool_)
    for column, values in context.protocol.populations[name].items():
        rows &= context.cohort[column].matching(values)
    if not rows.any():
        raise EvidenceError(
            f"[populations.{name}] must have at least one patient, but none fits; change where", code="population-empty"
        )
    return _whole(context.at(f"populations.{name}", context.cohort.rows(rows)))


def _time_varying(context: AnalysisContext, name: str) -> contract.LaterEvent:
    """Return the analysis of a later change by intervals, beside the naive one."""
    change = change_of(context.cohort, context.protocol.time_varying[name])
    cut = context.at(f"time_varying.{name}", cohort_cut(context.cohort, name, change))
    naive = context.at(f"time_varying.{name} naive", cohort_naive(context.cohort, name, change))
    return contract.LaterEvent(
        model=model_of(cut, name, ModelSpec((name,))).without("n"),  # rows are intervals here
        logrank=logrank_by(cut, name),
        km=curves_by(cut, name),
        naive=model_of(naive, name, ModelSpec((name,))),
        naive_km=curves_by(naive, name),
    )


def _landmark(context: AnalysisContext, at: float) -> contract.Landmark:
    """Return what was known at the landmark against the time after it: each change, or the arm where there is none."""
    changes = {name: change_of(context.cohort, column) for name, column in context.protocol.time_varying.items()}
    part = context.at(f"landmark.{at:g}", cohort_at_landmark(context.cohort, at, changes))
    arms = context.protocol.arms
    factors = list(changes) or ([arms.column] if arms is not None else [])
    if not factors:
        raise EvidenceError(
            "[landmark] must have something known at the landmark, but there is none; add [time_varying] or [arms]",
            code="landmark-factor-absent",
        )
    return contract.Landmark(
        n=len(part.cohort),
        patients=patients_of(part.cohort.outcome),
        events=part.cohort.outcome.events,
        model=model_of(part, f"{at:g}", ModelSpec(tuple(factors))),
        logrank={factor: logrank_by(part, factor) for factor in factors},
        km={factor: curves_by(part, factor) for factor in factors},
    )
