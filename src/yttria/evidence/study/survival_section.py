"""The curves and group comparisons that a protocol asks for, as records."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtr, ndtri

from yttria.evidence.regression.design_matrix import codes_of, known
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.results import ALL, Record, curve_record, followup_record, test_record
from yttria.evidence.survival.competing_risks import cause_codes, cumulative_incidence, gray_test
from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean, follow_up, kaplan_meier
from yttria.evidence.survival.logrank import logrank, trend_test
from yttria.values.cohort import Mask, number_in
from yttria.values.errors import EvidenceError


def followup_of(context: AnalysisContext) -> Record:
    """Return the follow-up of a cohort."""
    asked = context.protocol.km
    km = follow_up(context.cohort.outcome, conf=asked.conf, level=asked.level)
    if np.isnan(km.median[0]):
        context.add_finding(
            "followup-not-reached", "fewer than half would be censored: there is no median follow-up", "note"
        )
    elif asked.conf != "none" and np.isnan(km.median[1:]).any():
        context.add_finding(
            "followup-limit", "a limit of the median follow-up does not exist: its curve never crosses one half", "note"
        )
    return followup_record(km)


def whole_curve(context: AnalysisContext) -> Record:
    """Return the curve of the whole cohort."""
    km = _curve(context, np.ones(len(context.cohort), dtype=np.bool_))
    _note(context, km, ALL)
    asked = context.protocol.km
    return curve_record(km, asked.at, km.restricted_mean()) | _quantiles(km, asked.quantiles)


def _curve(context: AnalysisContext, rows: Mask) -> KaplanMeier:
    asked = context.protocol.km
    return kaplan_meier(context.cohort.outcome.rows(rows), conf=asked.conf, level=asked.level)


def _note(context: AnalysisContext, km: KaplanMeier, name: str) -> None:
    """Say why a median, a limit or a rate does not exist."""
    median, low, high = km.median
    if np.isnan(median):
        context.add_finding(
            "median-not-reached", f"the median of {name} is not reached: survival stays above one half", "note"
        )
    elif km.conf != "none" and (np.isnan(low) or np.isnan(high)):
        context.add_finding(
            "median-limit", f"a limit of the median of {name} does not exist: its curve never crosses one half", "note"
        )
    if km.survival[-1] <= 0:
        context.add_finding("no-survivor", f"errors and limits of {name} do not exist once nobody survives", "note")


def curves_by(context: AnalysisContext, factor: str) -> Record:
    """Return the curve of each level of a factor; restricted means share the shortest follow-up."""
    column = context.cohort[factor]
    if lacking := int(column.missing.sum()):
        rows = "row" if lacking == 1 else "rows"
        context.add_finding("factor-missing", f"curves by {factor} leave out {lacking} {rows} where it is missing")
    curves = {level: _curve(context, column.codes == k) for k, level in enumerate(column.levels)}
    if not curves:
        return {}
    tau = shared_end(list(curves.values()))
    for level, km in curves.items():
        _note(context, km, f"{factor} {level}")
    asked = context.protocol.km
    return {
        level: curve_record(km, asked.at, km.restricted_mean(tau)) | _quantiles(km, asked.quantiles)
        for level, km in curves.items()
    }


def _quantiles(km: KaplanMeier, shares: Sequence[float]) -> Record:
    """Return when each share has had the event, with limits; nothing where nothing is asked."""
    if not shares:
        return {}
    rows = [(share, *km.quantile(share)) for share in shares]
    return {"quantiles": [{"share": s, "time": t, "low": low, "high": high} for s, t, low, high in rows]}


def shared_end(curves: Sequence[KaplanMeier]) -> float:
    """Return the time up to which every curve is followed."""
    return min(float(km.table.time[-1]) for km in curves)


def mean_difference(context: AnalysisContext, factor: str) -> Record | None:
    """Return how much longer the second of two levels lives up to `[km] tau`, at most their shared follow-up; None for other factors.

    Source
    ------
    Royston and Parmar 2013, doi:10.1186/1471-2288-13-152.
    """
    column = context.cohort[factor]
    if len(column.levels) != 2:
        return None
    curves = [_curve(context, column.codes == k) for k in range(2)]
    end, tau = shared_end(curves), context.protocol.km.tau
    if tau is not None and tau > end:
        context.add_finding(
            "rmst-tau",
            f"restricted means by {factor} stop at {end:g}, where the first curve ends, before tau = {tau:g}",
        )
    first, second = (km.restricted_mean(end if tau is None else min(tau, end)) for km in curves)
    return _difference(first, second, context.protocol.km.level)


def _difference(first: RestrictedMean, second: RestrictedMean, level: float) -> Record:
    gap, se = second.mean - first.mean, float(np.hypot(first.se, second.se))
    if not se > 0:
        return {"tau": first.tau, "difference": gap, "se": se, "low": None, "high": None, "p": None}
    wide = float(ndtri((1 + level) / 2)) * se
    p = 2 * float(ndtr(-abs(gap / se)))
    return {"tau": first.tau, "difference": gap, "se": se, "low": gap - wide, "high": gap + wide, "p": p}


def logrank_by(context: AnalysisContext, factor: str) -> Record:
    """Return the log-rank test of a factor as the protocol asks for it (power, strata)."""
    asked, cohort = context.protocol.km, context.cohort
    rows = known(cohort, [factor, *asked.strata])
    part = cohort.rows(rows) if rows.any() else cohort
    if not rows.any() or len(part[factor].levels) < 2:
        context.add_finding("one-level", f"{factor} has one level, so that nothing can be compared")
        return test_record(None)
    strata = codes_of(part, asked.strata) if asked.strata else None
    tested = logrank(part.outcome, part[factor].codes, stratum=strata, rho=asked.rho).test
    if tested is None:
        context.add_finding(
            "no-events", f"no two levels of {factor} are at risk when an event happens, so that nothing can be tested"
        )
    if part.outcome.weight is not None:
        context.add_finding("logrank-unweighted", "log-rank tests do not use the case weights; the weighted models do")
    return test_record(tested)


def trend_by(context: AnalysisContext, factor: str) -> Record:
    """Return the test for trend over the levels of a factor: scores are its numbers, or 0, 1, 2 … in the order of its levels."""
    rows = known(context.cohort, [factor])
    part = context.cohort.rows(rows) if rows.any() else context.cohort
    column = part[factor]
    if not rows.any() or len(column.levels) < 2:
        context.add_finding("one-level", f"{factor} has one level, so that there is no trend")
        return test_record(None)
    scores = None if column.numbers is None else [number_in(level) or 0.0 for level in column.levels]
    try:
        return test_record(trend_test(part.outcome, column.codes, scores))
    except EvidenceError as refusal:
        context.add_finding("trend-impossible", f"the trend over {factor} cannot be tested: {refusal}")
        return test_record(None)


def incidences(context: AnalysisContext) -> Record:
    """Return the cumulative incidence of each cause, of all and by each level of each factor."""
    every = np.ones(len(context.cohort), dtype=np.bool_)
    made: Record = {ALL: {ALL: _incidence(context, every)}}
    for factor in context.protocol.km.by:
        column = context.cohort[factor]
        made[factor] = {level: _incidence(context, column.codes == k) for k, level in enumerate(column.levels)}
    return made


def cause_names(context: AnalysisContext) -> list[str]:
    """Return the names of the causes in the protocol's order, once each."""
    return list(dict.fromkeys(label for _, label in context.protocol.causes))


def _incidence(context: AnalysisContext, rows: Mask) -> Record:
    part = context.cohort.rows(rows)
    names = cause_names(context)
    cause = cause_codes(part.causes, names)
    found = cumulative_incidence(replace(part.outcome, observed=cause > 0), cause, len(names))
    return {
        name: {"time": found.time, "estimate": found.estimate[:, k], "std_err": found.std_err[:, k]}
        for k, name in enumerate(names)
    }


def gray_by(context: AnalysisContext, factor: str) -> Record:
    """Return Gray's test of each cause between the levels of a factor."""
    rows = known(context.cohort, [factor])
    names = cause_names(context)
    if not rows.any():
        return {name: test_record(None) for name in names}
    part = context.cohort.rows(rows)
    cause = cause_codes(part.causes, names)
    if part.outcome.entry is not None or part.outcome.weight is not None:
        context.add_finding("gray-plain", "Gray's test uses neither case weights nor late entry", "note")
    tests = {name: gray_test(part.outcome, cause, k + 1, part[factor].codes) for k, name in enumerate(names)}
    for name, test in tests.items():
        if test is None:
            context.add_finding(
                "gray-impossible", f"the incidence of {name} cannot be compared between levels of {factor}"
            )
    return {name: test_record(test) for name, test in tests.items()}
