"""One protocol's whole result, assembled: which analyses in which order. Every number is made in another room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from yttria.evidence.competing import cause_codes, cumulative_incidence
from yttria.evidence.enrol import change_of
from yttria.evidence.hazard import CoxFit, cox
from yttria.evidence.record import (
    NO_COEFFICIENT,
    Record,
    curve_record,
    followup_record,
    model_record,
    subgroups_record,
    test_record,
)
from yttria.evidence.selection import stepwise
from yttria.evidence.subgroups import interaction, subgroup_effects
from yttria.evidence.survival import follow_up, kaplan_meier, logrank
from yttria.evidence.terms import codes_of, design, known
from yttria.evidence.timevarying import cohort_at_landmark, cohort_censored_at, cohort_cut, cohort_naive
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import ModelSpec, Protocol

ALL = "all"


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a protocol asked of a cohort: records by the contract's keys, and what to doubt."""

    result: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Desk:
    """One analysis in the making: the cohort, the protocol, where in the result it stands, and the doubts so far."""

    cohort: Cohort
    protocol: Protocol
    place: str = ""
    findings: list[Finding] = field(default_factory=list)

    def doubt(self, code: str, message: str) -> None:
        where = f"{self.place}: " if self.place else ""
        self.findings.append(Finding("warning", code, where + message))

    def at(self, place: str, cohort: Cohort) -> "_Desk":
        return replace(self, cohort=cohort, place=f"{self.place} {place}".strip())


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
    desk = _Desk(cohort, protocol)
    result = _whole(desk)
    if protocol.censor_at is not None:
        cut = cohort_censored_at(cohort, change_of(cohort, protocol.censor_at))
        result["censored"] = _whole(desk.at("censored", cut))
        if protocol.cause_column is not None:
            result["censored"] |= _two_incidences(desk.at("censored", cut), cohort.causes)
    if protocol.populations:
        result["populations"] = {name: _population(desk, name) for name in protocol.populations}
    if protocol.time_varying:
        result["time_varying"] = {name: _time_varying(desk, name) for name in protocol.time_varying}
    if protocol.landmark:
        result["landmark"] = {f"{at:g}": _landmark(desk, at) for at in protocol.landmark}
    return Analysis(result, tuple(dict.fromkeys(desk.findings)))


def _whole(desk: _Desk) -> Record:
    """Return every analysis that needs no other outcome."""
    cohort, protocol = desk.cohort, desk.protocol
    result: Record = {
        "n": len(cohort),
        "events": cohort.outcome.events,
        "followup": followup_record(follow_up(cohort.outcome, conf=protocol.km.conf, level=protocol.km.level)),
        "km": {ALL: {ALL: _curve(desk, np.ones(len(cohort), dtype=np.bool_), None)}},
    }
    for factor in protocol.km.by:
        result["km"][factor] = _curves(desk, factor)
    if protocol.km.by:
        result["logrank"] = {factor: _logrank(desk, factor) for factor in protocol.km.by}
    if protocol.univariable:
        result["univariable"] = {t: _model(desk, t, ModelSpec((t,))) for t in protocol.univariable}
    if protocol.models:
        result["models"] = {name: _model(desk, name, spec) for name, spec in protocol.models.items()}
    if protocol.selection is not None:
        result["selection"] = _selection(desk)
    if protocol.subgroups:
        result["subgroups"] = {factor: _subgroups(desk, factor) for factor in protocol.subgroups}
    if protocol.cause_column is not None:
        result["cif"] = _incidences(desk)
    return result


def _curve(desk: _Desk, rows: Mask, tau: float | None) -> Record:
    asked = desk.protocol.km
    outcome = desk.cohort.outcome.rows(rows)
    km = kaplan_meier(outcome, conf=asked.conf, level=asked.level)
    return curve_record(km, asked.at, float(outcome.time.max()) if tau is None else tau)


def _curves(desk: _Desk, factor: str) -> Record:
    """Return the curve of each level; restricted means share the shortest follow-up."""
    column, time = desk.cohort[factor], desk.cohort.outcome.time
    if column.missing.any():
        desk.doubt(
            "factor-missing", f"curves by {factor} leave out {int(column.missing.sum())} rows where it is missing"
        )
    groups = [column.codes == k for k in range(len(column.levels))]
    if not groups:
        return {}
    tau = min(float(time[rows].max()) for rows in groups)
    return {level: _curve(desk, rows, tau) for level, rows in zip(column.levels, groups, strict=True)}


def _logrank(desk: _Desk, factor: str) -> Record:
    asked, cohort = desk.protocol.km, desk.cohort
    part = cohort.rows(known(cohort, [factor, *asked.strata]))
    if len(part[factor].levels) < 2:
        desk.doubt("one-level", f"{factor} has one level, so that nothing can be compared")
        return test_record(None)
    strata = codes_of(part, asked.strata) if asked.strata else None
    tested = logrank(part.outcome, part[factor].codes, stratum=strata, rho=asked.rho).test
    if tested is None:
        desk.doubt(
            "no-events", f"no two levels of {factor} are at risk when an event happens, so that nothing can be tested"
        )
    if part.outcome.weight is not None:
        desk.doubt("logrank-unweighted", "log-rank tests do not use the case weights; the weighted models do")
    return test_record(tested)


def _model(desk: _Desk, name: str, spec: ModelSpec) -> Record:
    """Return one Cox model, or null numbers with the reason as a finding."""
    try:
        fit, spans, dropped = _fitted(desk.cohort, spec)
    except EvidenceError as refusal:
        desk.doubt("model-impossible", f"model {name} could not be fitted: {refusal}")
        return {
            "n": None,
            "events": None,
            "dropped": None,
            "terms": {term: dict(NO_COEFFICIENT) for term in spec.terms},
        }
    _doubt_terms(desk, name, fit)
    record = model_record(fit, spans, dropped, spec.zph)
    if record.get("zph", {}) is None:
        desk.doubt("zph-impossible", f"proportional hazards could not be tested in model {name}: too few events a term")
    return record


def _fitted(cohort: Cohort, spec: ModelSpec) -> tuple[CoxFit, Mapping[str, Sequence[int]], int]:
    also = [*spec.strata, *(column for column in (spec.cluster, spec.offset) if column is not None)]
    made = design(cohort, spec.terms, also)
    part = cohort.rows(made.complete)
    fit = cox(
        part.outcome,
        made.x,
        made.names,
        ties=spec.ties,
        stratum=codes_of(part, spec.strata) if spec.strata else None,
        cluster=None if spec.cluster is None else part[spec.cluster].codes,
        robust=spec.robust,
        offset=None if spec.offset is None else change_of(part, spec.offset),
    )
    return fit, made.terms, made.dropped


def _doubt_terms(desk: _Desk, name: str, fit: CoxFit) -> None:
    for j, term in enumerate(fit.names):
        if fit.endless[j]:
            desk.doubt(
                "infinite-coefficient",
                f"in model {name} the effect of {term} is infinite: all events lie on one side of it",
            )
        elif not np.isfinite(fit.coef[j]):
            desk.doubt(
                "constant-term",
                f"in model {name} {term} does not vary on its own, so that it has no effect to estimate",
            )


def _selection(desk: _Desk) -> Record:
    """Return the candidates that pass, the steps and the chosen model on the rows of all who entered."""
    asked = desk.protocol.selection
    if asked is None:
        raise AssertionError
    entered = tuple(term for term in asked.candidates if _univariable_p(desk, term) <= asked.p_enter)
    if not entered:
        desk.doubt(
            "selection-empty", f"no candidate has P <= {asked.p_enter:g}, so that there is nothing to choose among"
        )
        return {"entered": [], "steps": [], "chosen": [], "model": None}
    found = stepwise(desk.cohort, entered, asked.method)
    record: Record = {
        "entered": list(entered),
        "steps": [{"action": s.action, "term": s.term, "aic": s.aic} for s in found.steps],
        "chosen": list(found.chosen),
        "model": None,
    }
    if found.chosen:
        rows = known(desk.cohort, [part for term in entered for part in term.split(":")])
        part = desk.at("selection", desk.cohort.rows(rows))
        record["model"] = _model(part, "selection", ModelSpec(found.chosen))
        record["model"]["dropped"] = int(np.count_nonzero(~rows))
    return record


def _univariable_p(desk: _Desk, term: str) -> float:
    asked = desk.protocol.selection
    if asked is not None and asked.p_test == "logrank":
        p = _logrank(desk, term)["p"]
        return float("inf") if p is None else float(p)
    try:
        wald = _fitted(desk.cohort, ModelSpec((term,)))[0].wald
    except EvidenceError:
        return float("inf")
    return float("inf") if wald is None else wald.p


def _subgroups(desk: _Desk, factor: str) -> Record:
    arms = desk.protocol.arms
    if arms is None:
        raise AssertionError
    column = desk.cohort[arms.column]
    treated, control = column.matching([arms.treated]), column.matching([arms.control])
    rows = treated | control
    part = desk.cohort.rows(rows)
    arm, split = treated[rows].astype(np.float64), part[factor]
    return subgroups_record(subgroup_effects(part, arm, split), interaction(part, arm, split))


def _incidences(desk: _Desk) -> Record:
    """Return the cumulative incidence of each cause, of all and by each level of each factor."""
    every = np.ones(len(desk.cohort), dtype=np.bool_)
    made: Record = {ALL: {ALL: _incidence(desk, every)}}
    for factor in desk.protocol.km.by:
        column = desk.cohort[factor]
        made[factor] = {level: _incidence(desk, column.codes == k) for k, level in enumerate(column.levels)}
    return made


def _incidence(desk: _Desk, rows: Mask) -> Record:
    part = desk.cohort.rows(rows)
    names = [label for _, label in desk.protocol.causes]
    cause = cause_codes(part.causes, names)
    outcome = replace(part.outcome, observed=cause > 0)
    found = cumulative_incidence(outcome, cause, len(names))
    return {
        name: {"time": found.time, "estimate": found.estimate[:, k], "std_err": found.std_err[:, k]}
        for k, name in enumerate(names)
    }


def _two_incidences(desk: _Desk, written: tuple[str | None, ...]) -> Record:
    """Return cumulative incidences of cut follow-up in two readings.

    `cif` reads the causes as the table writes them: a cut row counts as its later event, at the cut. That is how the contract's
    referee numbers were made. `cif_cut` censors it there, which is what cut follow-up means; documents show this one.
    """
    kept = replace(desk.cohort, causes=written)
    desk.doubt(
        "censored-cif",
        "cif counts a row whose follow-up was cut as its later event, at the cut, as the referee does; cif_cut censors it there: use that one",
    )
    return {"cif": _incidences(replace(desk, cohort=kept)), "cif_cut": _incidences(desk)}


def _population(desk: _Desk, name: str) -> Record:
    rows = np.ones(len(desk.cohort), dtype=np.bool_)
    for column, values in desk.protocol.populations[name].items():
        rows &= desk.cohort[column].matching(values)
    if not rows.any():
        raise EvidenceError(f"[populations.{name}] has no patient; change where")
    return _whole(desk.at(f"populations.{name}", desk.cohort.rows(rows)))


def _time_varying(desk: _Desk, name: str) -> Record:
    """Return the honest analysis of a later change beside the naive one."""
    change = change_of(desk.cohort, desk.protocol.time_varying[name])
    cut = desk.at(f"time_varying.{name}", cohort_cut(desk.cohort, name, change))
    naive = desk.at(f"time_varying.{name} naive", cohort_naive(desk.cohort, name, change))
    model = _model(cut, name, ModelSpec((name,)))
    model.pop("n")
    return {
        "model": model,
        "logrank": _logrank(cut, name),
        "km": _curves(cut, name),
        "naive": _model(naive, name, ModelSpec((name,))),
    }


def _landmark(desk: _Desk, at: float) -> Record:
    """Return what was known at the landmark against the time after it: each change, or the arm where there is none."""
    changes = {name: change_of(desk.cohort, column) for name, column in desk.protocol.time_varying.items()}
    part = desk.at(f"landmark.{at:g}", cohort_at_landmark(desk.cohort, at, changes))
    arms = desk.protocol.arms
    factors = list(changes) or ([arms.column] if arms is not None else [])
    if not factors:
        raise EvidenceError("[landmark] needs something known at the landmark; add [time_varying] or [arms]")
    return {
        "n": len(part.cohort),
        "events": part.cohort.outcome.events,
        "model": _model(part, f"{at:g}", ModelSpec(tuple(factors))),
        "logrank": {factor: _logrank(part, factor) for factor in factors},
        "km": {factor: _curves(part, factor) for factor in factors},
    }
