"""The models that a protocol asks for, as records: null numbers with a reason where one cannot be fitted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import numpy as np

from yttria.evidence.competing import cause_codes, fine_gray_rows
from yttria.evidence.curves import cause_names, logrank_by
from yttria.evidence.desk import Desk
from yttria.evidence.enrol import change_of
from yttria.evidence.firth import penalised
from yttria.evidence.foretold import foretold_of, residuals_record
from yttria.evidence.hazard import CoxFit, cox
from yttria.evidence.record import NO_COEFFICIENT, Record, model_record, subgroups_record
from yttria.evidence.selection import stepwise
from yttria.evidence.subgroups import interaction, subgroup_effects
from yttria.evidence.terms import Design, codes_of, design, known, parts_of
from yttria.evidence.zph import coefficients_over_time
from yttria.values.cohort import Cohort, Mask
from yttria.values.errors import EvidenceError
from yttria.values.protocol import Arms, ModelSpec, SelectionSpec

MOST_PENALISED = 12
"""Covariates up to which an infinite coefficient is also estimated with Firth's penalty: its profile limits cost many fits."""


def model_of(desk: Desk, name: str, spec: ModelSpec) -> Record:
    """Return one Cox model."""
    try:
        made = design(desk.cohort, spec.terms, _also(spec))
    except EvidenceError as refusal:
        return impossible(desk, name, spec.terms, refusal)
    try:
        fit = _fit(desk.cohort, spec, made)
    except EvidenceError as refusal:
        return impossible(desk, name, made.names or spec.terms, refusal, made.complete)
    record = finished(desk, name, fit, made.terms, made.dropped, spec)
    if spec.residuals:
        record["residuals"] = residuals_record(fit, made.complete)
    if spec.predict:
        record["predicted"] = foretold_of(desk, name, spec, made, fit)
    return record


def finished(
    desk: Desk, name: str, fit: CoxFit, spans: Mapping[str, Sequence[int]], dropped: int, spec: ModelSpec
) -> Record:
    """Return a fitted model as a record, with what is to be doubted of it on the pile."""
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
    for term, span in spans.items():
        if not span:
            desk.doubt("one-level", f"in model {name} {term} has one level, so that it has no effect to estimate")
    record = model_record(fit, spans, dropped, spec.zph)
    if record.get("zph", {}) is None:
        desk.doubt(
            "zph-impossible", f"proportional hazards cannot be tested in model {name}: its information is singular"
        )
    if spec.over_time and record.get("zph"):
        record["over_time"] = _over_time(fit, spec)
    if fit.endless.any():
        record["firth"] = _penalised(desk, name, fit)
    return record


def _over_time(fit: CoxFit, spec: ModelSpec) -> Record:
    """Return how each coefficient looks at each event."""
    found = coefficients_over_time(fit, spec.zph)
    return {
        "time": found.time,
        "g": found.g,
        "beta": {name: found.beta[:, j] for j, name in enumerate(fit.names) if np.isfinite(fit.coef[j])},
    }


def _penalised(desk: Desk, name: str, fit: CoxFit) -> Record | None:
    if fit.ties == "exact" or len(fit.names) > MOST_PENALISED:
        desk.doubt(
            "firth-left-out",
            f"model {name} is not fitted with Firth's penalty: exact ties, or more than {MOST_PENALISED} covariates",
            "note",
        )
        return None
    try:
        return {"terms": {term: asdict(effect) for term, effect in penalised(fit).items()}}
    except (EvidenceError, np.linalg.LinAlgError) as refusal:
        desk.doubt("firth-impossible", f"model {name} could not be fitted with Firth's penalty: {refusal}")
        return None


def impossible(
    desk: Desk, name: str, terms: Sequence[str], refusal: EvidenceError, complete: Mask | None = None
) -> Record:
    """Return a model of null numbers, its rows being the complete ones (none unless given), and say why."""
    desk.doubt("model-impossible", f"model {name} could not be fitted: {refusal}")
    observed = desk.cohort.outcome.observed
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


def selection_of(desk: Desk, asked: SelectionSpec) -> Record:
    """Return the candidates that pass, the steps and the chosen model on the rows of all who entered."""
    entered = tuple(term for term in asked.candidates if _univariable_p(desk, term, asked) <= asked.p_enter)
    if not entered:
        desk.doubt(
            "selection-empty", f"no candidate has P <= {asked.p_enter:g}, so that there is nothing to choose among"
        )
        return {"entered": [], "steps": [], "chosen": [], "model": None}
    rows = known(desk.cohort, [part for term in entered for part in parts_of(term, desk.cohort.columns)])
    dropped = int(np.count_nonzero(~rows))
    if dropped:
        desk.doubt(
            "selection-complete-cases",
            f"the selection uses the {int(rows.sum())} rows complete in all entered terms and leaves out {dropped}",
        )
    record: Record = {"entered": list(entered), "steps": [], "chosen": [], "model": None}
    try:
        found = stepwise(desk.cohort, entered, asked.method)
    except EvidenceError as refusal:
        desk.doubt("selection-impossible", f"the selection could not be made: {refusal}")
        return record
    record["steps"] = [asdict(step) for step in found.steps]
    record["chosen"] = list(found.chosen)
    if found.chosen:
        record["model"] = model_of(desk.at("selection", desk.cohort.rows(rows)), "selection", ModelSpec(found.chosen))
        record["model"]["dropped"] = dropped
    else:
        desk.doubt("selection-nothing", "the selection keeps no term: none lowers the criterion", "note")
    return record


def _univariable_p(desk: Desk, term: str, asked: SelectionSpec) -> float:
    if asked.p_test == "logrank":
        p = logrank_by(desk, term)["p"]
        return float("inf") if p is None else float(p)
    try:
        fit = fitted(desk.cohort, ModelSpec((term,)))
    except EvidenceError:
        return float("inf")
    if fit.wald is not None:
        return fit.wald.p
    return (
        1.0 if fit.endless.any() else float("inf")
    )  # an infinite effect lies within any number of its errors from none


def subgroups_of(desk: Desk, factor: str, arms: Arms) -> Record:
    """Return the effect of treatment in each level of a factor, and the tests of interaction."""
    column = desk.cohort[arms.column]
    treated, control = column.matching([arms.treated]), column.matching([arms.control])
    rows = treated | control
    if not rows.any():
        return {"levels": {}, "interaction": {"lr_p": None, "wald_p": None}}
    part = desk.cohort.rows(rows)
    arm, split = treated[rows].astype(np.float64), part[factor]
    groups = subgroup_effects(part, arm, split)
    for group in groups:
        if group.effect is None or np.isnan(group.effect.coef):
            desk.doubt(
                "subgroup-impossible", f"in subgroup {factor} {group.level} the effect of treatment cannot be estimated"
            )
    return subgroups_record(groups, interaction(part, arm, split))


def fine_gray_of(desk: Desk, terms: Sequence[str]) -> Record:
    """Return the Fine-Gray model of each cause with all terms; errors are robust by patient, for one patient has several rows."""
    try:
        covariates = design(desk.cohort, terms)
    except EvidenceError as refusal:
        return {name: impossible(desk, f"fine_gray.{name}", terms, refusal) for name in cause_names(desk)}
    return {name: _fine_gray(desk, name, k + 1, covariates) for k, name in enumerate(cause_names(desk))}


def _fine_gray(desk: Desk, name: str, of: int, made: Design) -> Record:
    part = desk.cohort.rows(made.complete)
    cause = cause_codes(part.causes, cause_names(desk))
    place = f"fine_gray.{name}"
    try:
        rows = fine_gray_rows(replace(part.outcome, observed=cause > 0), cause, of)
        fit = cox(rows.outcome, made.x[rows.source], made.names, cluster=rows.source)
    except EvidenceError as refusal:
        return impossible(desk, place, made.names, refusal, made.complete)
    return {**finished(desk, place, fit, made.terms, made.dropped, ModelSpec(tuple(made.terms))), "n": len(part)}
