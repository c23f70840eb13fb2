"""One protocol's whole result, assembled: which analyses in which order. Every number is made in another room."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from yttria.evidence.curves import (
    curves_by,
    followup_of,
    gray_by,
    incidences,
    logrank_by,
    mean_difference,
    trend_by,
    whole_curve,
)
from yttria.evidence.desk import Desk
from yttria.evidence.enrol import audit, change_of
from yttria.evidence.models import fine_gray_of, model_of, selection_of, subgroups_of
from yttria.evidence.patients import baseline_of
from yttria.evidence.record import ALL, Record
from yttria.evidence.responses import responses_of
from yttria.evidence.timevarying import cohort_at_landmark, cohort_censored_at, cohort_cut, cohort_naive
from yttria.values.cohort import Cohort
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import ModelSpec, Protocol


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a protocol asked of a cohort: records by the contract's keys, and what to doubt."""

    result: Mapping[str, Any]
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
    >>> analyse(Cohort(months), Protocol(OutcomeColumns("os", "event"))).result["events"]
    1
    """
    desk = Desk(cohort, protocol, findings=list(audit(cohort, protocol)))
    result = _whole(desk)
    if protocol.arms is not None:
        result["baseline"] = baseline_of(desk)
    if protocol.censor_at is not None:
        result["censored"] = _censored(desk, protocol.censor_at)
    if protocol.populations:
        result["populations"] = {name: _population(desk, name) for name in protocol.populations}
    if protocol.dose_response:
        result["dose_response"] = responses_of(desk)
    if protocol.time_varying:
        result["time_varying"] = {name: _time_varying(desk, name) for name in protocol.time_varying}
    if protocol.landmark:
        result["landmark"] = {f"{at:g}": _landmark(desk, at) for at in protocol.landmark}
    return Analysis(result, tuple(dict.fromkeys(desk.findings)))


def _whole(desk: Desk) -> Record:
    """Return every analysis that needs no other outcome."""
    cohort, protocol = desk.cohort, desk.protocol
    result: Record = {
        "n": len(cohort),
        "events": cohort.outcome.events,
        "followup": followup_of(desk),
        "km": {ALL: {ALL: whole_curve(desk)}},
    }
    if by := protocol.km.by:
        result["km"] |= {factor: curves_by(desk, factor) for factor in by}
        result["logrank"] = {factor: logrank_by(desk, factor) for factor in by}
        gaps = {factor: mean_difference(desk, factor) for factor in by}
        result["rmst_difference"] = {factor: gap for factor, gap in gaps.items() if gap is not None}
    if protocol.km.trend:
        result["trend"] = {factor: trend_by(desk, factor) for factor in protocol.km.trend}
    if protocol.univariable:
        result["univariable"] = {t: model_of(desk, t, ModelSpec((t,))) for t in protocol.univariable}
    if protocol.models:
        result["models"] = {
            name: model_of(desk, name, replace(spec, over_time=not desk.place))
            for name, spec in protocol.models.items()
        }
    if protocol.selection is not None:
        result["selection"] = selection_of(desk, protocol.selection)
    if protocol.arms is not None and protocol.subgroups:
        result["subgroups"] = {factor: subgroups_of(desk, factor, protocol.arms) for factor in protocol.subgroups}
    return result | (_competing(desk) if protocol.cause_column is not None else {})


def _competing(desk: Desk) -> Record:
    result: Record = {"cif": incidences(desk)}
    if by := desk.protocol.km.by:
        result["gray"] = {factor: gray_by(desk, factor) for factor in by}
    if terms := desk.protocol.univariable:
        result["fine_gray"] = fine_gray_of(desk, terms)
    return result


def _censored(desk: Desk, column: str) -> Record:
    """Return the analysis of follow-up that is cut at another event; an event at the cut, or after it, is censored there with its cause."""
    change, outcome = change_of(desk.cohort, column), desk.cohort.outcome
    cut = desk.at("censored", cohort_censored_at(desk.cohort, change))
    if at := int(np.count_nonzero(outcome.observed & (change == outcome.time))):
        cut.doubt(
            "events-at-cut",
            f"{at} {'event falls' if at == 1 else 'events fall'} on the cut ({column}) and count as censored there",
        )
    return _whole(cut)


def _population(desk: Desk, name: str) -> Record:
    rows = np.ones(len(desk.cohort), dtype=np.bool_)
    for column, values in desk.protocol.populations[name].items():
        rows &= desk.cohort[column].matching(values)
    if not rows.any():
        raise EvidenceError(f"[populations.{name}] must have at least one patient, but none fits; change where")
    return _whole(desk.at(f"populations.{name}", desk.cohort.rows(rows)))


def _time_varying(desk: Desk, name: str) -> Record:
    """Return the honest analysis of a later change beside the naive one."""
    change = change_of(desk.cohort, desk.protocol.time_varying[name])
    cut = desk.at(f"time_varying.{name}", cohort_cut(desk.cohort, name, change))
    naive = desk.at(f"time_varying.{name} naive", cohort_naive(desk.cohort, name, change))
    model = model_of(cut, name, ModelSpec((name,)))
    model.pop("n")
    return {
        "model": model,
        "logrank": logrank_by(cut, name),
        "km": curves_by(cut, name),
        "naive": model_of(naive, name, ModelSpec((name,))),
        "naive_km": curves_by(naive, name),
    }


def _landmark(desk: Desk, at: float) -> Record:
    """Return what was known at the landmark against the time after it: each change, or the arm where there is none."""
    changes = {name: change_of(desk.cohort, column) for name, column in desk.protocol.time_varying.items()}
    part = desk.at(f"landmark.{at:g}", cohort_at_landmark(desk.cohort, at, changes))
    arms = desk.protocol.arms
    factors = list(changes) or ([arms.column] if arms is not None else [])
    if not factors:
        raise EvidenceError(
            "[landmark] must have something known at the landmark, but there is none; add [time_varying] or [arms]"
        )
    return {
        "n": len(part.cohort),
        "events": part.cohort.outcome.events,
        "model": model_of(part, f"{at:g}", ModelSpec(tuple(factors))),
        "logrank": {factor: logrank_by(part, factor) for factor in factors},
        "km": {factor: curves_by(part, factor) for factor in factors},
    }
