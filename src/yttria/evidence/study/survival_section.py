"""The curves and group comparisons that a protocol asks for."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from yttria.contract import study as contract
from yttria.evidence.regression.cox import cox
from yttria.evidence.regression.design_matrix import codes_of, complete_rows
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.results import (
    ALL,
    NO_COEFFICIENT,
    coefficient_record,
    curve_record,
    followup_record,
    test_record,
)
from yttria.evidence.survival.competing_risks import cause_codes, cumulative_incidence, gray_test
from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean, follow_up, kaplan_meier
from yttria.evidence.survival.logrank import logrank, trend_test
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import Cohort, Mask, number_in
from yttria.values.errors import EvidenceError

SUPPORT_SHARE, SUPPORT_LEAST = 0.10, 5
"""Share and number of the patients of each group who are at risk where restricted means end that nobody asked for (the contract's rule)."""


def followup_of(context: AnalysisContext) -> contract.FollowUp:
    """Return the follow-up of a cohort."""
    options = context.protocol.km
    km = follow_up(context.cohort.outcome, conf=options.conf, level=options.level)
    if np.isnan(km.median[0]):
        context.add_finding(
            "followup-not-reached", "fewer than half would be censored: there is no median follow-up", "note"
        )
    elif options.conf != "none" and np.isnan(km.median[1:]).any():
        context.add_finding(
            "followup-limit", "a limit of the median follow-up does not exist: its curve never crosses one half", "note"
        )
    return followup_record(km, context.cohort.outcome)


def whole_curve(context: AnalysisContext) -> contract.SurvivalCurve:
    """Return the curve of the whole cohort."""
    km = _curve(context, np.ones(len(context.cohort), dtype=np.bool_))
    _note(context, km, ALL)
    options = context.protocol.km
    tau = None if options.tau is None else min(options.tau, km.known_until)
    return curve_record(km, options.at, km.restricted_mean(tau), options.quantiles)


def _curve(context: AnalysisContext, rows: Mask) -> KaplanMeier:
    options = context.protocol.km
    return kaplan_meier(context.cohort.outcome.rows(rows), conf=options.conf, level=options.level)


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
    if km.emptied is not None:
        at, later = km.emptied
        who = "1 patient enters" if later == 1 else f"{later} patients enter"
        zero = " and survival stays at 0" if km.at(at).survival <= 0 else ""
        context.add_finding(
            "empty-risk-set",
            f"in {name} nobody is at risk after {at:g}{zero}, while {who} later: the curve, its median and its restricted mean say nothing of them",
        )
    if km.survival[-1] <= 0:
        context.add_finding("no-survivor", f"errors and limits of {name} do not exist once nobody survives", "note")


def curves_by(context: AnalysisContext, factor: str) -> dict[str, contract.SurvivalCurve]:
    """Return the curve of each level of a factor; restricted means share the shortest follow-up."""
    column = context.cohort[factor]
    if lacking := int(column.missing.sum()):
        rows = "row" if lacking == 1 else "rows"
        context.add_finding("factor-missing", f"curves by {factor} leave out {lacking} {rows} where it is missing")
    curves = {level: _curve(context, column.codes == k) for k, level in enumerate(column.levels)}
    if not curves:
        return {}
    tau = common_tau(list(curves.values()), context.protocol.km.tau)
    for level, km in curves.items():
        _note(context, km, f"{factor} {level}")
    options = context.protocol.km
    return {
        level: curve_record(km, options.at, km.restricted_mean(tau), options.quantiles) for level, km in curves.items()
    }


def common_tau(curves: Sequence[KaplanMeier], wanted_tau: float | None) -> float:
    """Return up to when restricted means are taken: the asked time as far as every curve is known, else the end that all curves share."""
    if wanted_tau is None:
        return min(float(km.table.time[-1]) for km in curves)
    return min(wanted_tau, *(km.known_until for km in curves))


def mean_difference(context: AnalysisContext, factor: str) -> contract.MeanDifference | None:
    """Return how much longer the second of two levels lives up to `[km] tau`; None for other factors.

    An asked tau stays where both curves are known so far, also beyond the last time of one that has reached 0. One that nobody asked for is
    the last time with enough of both levels at risk.

    Source
    ------
    Royston and Parmar 2013, doi:10.1186/1471-2288-13-152.
    """
    column = context.cohort[factor]
    if len(column.levels) != 2:
        return None
    curves = [_curve(context, column.codes == k) for k in range(2)]
    wanted_tau = context.protocol.km.tau
    tau = _horizon(context, factor, curves) if wanted_tau is None else common_tau(curves, wanted_tau)
    if not np.isfinite(tau):
        return None
    if wanted_tau is not None and tau < wanted_tau:
        context.add_finding(
            "rmst-tau",
            f"restricted means by {factor} stop at {tau:g}, where the follow-up of one group ends with survivors, before tau = {wanted_tau:g}",
        )
    first, second = (km.restricted_mean(tau) for km in curves)
    if not np.hypot(first.se, second.se) > 0:
        context.add_finding(
            "rmst-without-error",
            f"restricted means by {factor} are not compared: up to {tau:g} neither varies, for nobody had the event or all at risk did at once",
        )
    return _difference(first, second, context.protocol.km.level)


def _horizon(context: AnalysisContext, factor: str, curves: Sequence[KaplanMeier]) -> float:
    """Return the last time with at least a tenth and five patients of each level at risk; NaN with a finding where there is none."""
    supported = min(
        (km.supported_until(SUPPORT_SHARE, SUPPORT_LEAST) for km in curves), key=lambda t: (np.isfinite(t), t)
    )
    end = common_tau(curves, None)
    if not np.isfinite(supported):
        context.add_finding(
            "rmst-horizon",
            f"there is no restricted mean by {factor}: one level never has {SUPPORT_LEAST} patients at risk; ask for a tau in [km] to have one",
        )
    elif supported < end:
        context.add_finding(
            "rmst-horizon",
            f"restricted means by {factor} are compared up to {supported:g}, the last time with at least {SUPPORT_LEAST} and "
            f"{100 * SUPPORT_SHARE:g} % of the patients of each level at risk, not to the end of follow-up ({end:g}); [km] tau asks for another time",
        )
    return supported


def _difference(first: RestrictedMean, second: RestrictedMean, level: float) -> contract.MeanDifference:
    """Return the second less the first; without an error, for nobody had the event or all at risk did at once, there is no comparison."""
    gap, se = second.mean - first.mean, float(np.hypot(first.se, second.se))
    if not se > 0:
        return contract.MeanDifference(tau=first.tau, difference=None, se=None, low=None, high=None, p=None)
    wide = normal_quantile(level) * se
    p = 2 * float(ndtr(-abs(gap / se)))
    return contract.MeanDifference(tau=first.tau, difference=gap, se=se, low=gap - wide, high=gap + wide, p=p)


def arm_comparison(context: AnalysisContext) -> contract.ArmComparison | None:
    """Return the treated arm against the control: ratio and log-rank test of these two arms alone, both by the strata of `[km]` where it names any.

    None where there are no arms, or one of them has no row.
    """
    arms, options = context.protocol.arms, context.protocol.km
    if arms is None:
        return None
    column = context.cohort[arms.column]
    treated, control = column.matching([arms.treated]), column.matching([arms.control])
    rows = (treated | control) & complete_rows(context.cohort, options.strata)
    if not (treated & rows).any() or not (control & rows).any():
        return None
    part, arm = context.cohort.rows(rows), treated[rows]
    if lost := int(np.count_nonzero((treated | control) & ~rows)):
        context.add_finding(
            "stratum-missing",
            f"tests and ratios stratified by {', '.join(options.strata)} leave out {lost} {'row' if lost == 1 else 'rows'} of the two arms where it is missing",
        )
    contrast = _contrast(part, arm, codes_of(part, options.strata) if options.strata else None, options.rho)
    if contrast.effect.hr is None:
        context.add_finding(
            "comparison-infinite",
            f"there is no hazard ratio of {arms.treated} against {arms.control}: nobody had the event, or all events lie in one arm",
        )
    return contract.ArmComparison(
        treated=f"{arms.treated}",
        control=f"{arms.control}",
        strata=list(options.strata),
        n=contrast.n,
        events=contrast.events,
        effect=contrast.effect,
        logrank=contrast.logrank,
        unstratified=_contrast(part, arm, None, options.rho) if options.strata else None,
    )


def _contrast(part: Cohort, treated: Mask, strata: NDArray[np.int64] | None, rho: float) -> contract.ArmContrast:
    """Return the ratio of the treated to the others, and the log-rank test between them."""
    effect = NO_COEFFICIENT
    if part.outcome.events:
        fit = cox(part.outcome, treated.astype(np.float64)[:, None], ["treated"], stratum=strata)
        effect = coefficient_record(fit.coefficient(0))
    tested = logrank(part.outcome, treated.astype(np.int64), stratum=strata, rho=rho).test
    return contract.ArmContrast(n=len(part), events=part.outcome.events, effect=effect, logrank=test_record(tested))


def logrank_by(context: AnalysisContext, factor: str) -> contract.ChiSquaredTest:
    """Return the log-rank test of a factor as the protocol asks for it (power, strata)."""
    options, cohort = context.protocol.km, context.cohort
    rows = complete_rows(cohort, [factor, *options.strata])
    part = cohort.rows(rows) if rows.any() else cohort
    if not rows.any() or len(part[factor].levels) < 2:
        context.add_finding("one-level", f"{factor} has one level, so that nothing can be compared")
        return test_record(None)
    strata = codes_of(part, options.strata) if options.strata else None
    tested = logrank(part.outcome, part[factor].codes, stratum=strata, rho=options.rho).test
    if tested is None:
        context.add_finding(
            "no-events", f"no two levels of {factor} are at risk when an event happens, so that nothing can be tested"
        )
    if part.outcome.weight is not None:
        context.add_finding("logrank-unweighted", "log-rank tests do not use the case weights; the weighted models do")
    return test_record(tested)


def trend_by(context: AnalysisContext, factor: str) -> contract.ChiSquaredTest:
    """Return the test for trend over the levels of a factor: scores are its numbers, or 0, 1, 2 … in the order of its levels."""
    rows = complete_rows(context.cohort, [factor])
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


def incidences(context: AnalysisContext) -> contract.Incidences:
    """Return the cumulative incidence of each cause, of all and by each level of each factor."""
    every = np.ones(len(context.cohort), dtype=np.bool_)
    made = {ALL: {ALL: _incidence(context, every)}}
    for factor in context.protocol.km.by:
        column = context.cohort[factor]
        made[factor] = {level: _incidence(context, column.codes == k) for k, level in enumerate(column.levels)}
    return made


def cause_names(context: AnalysisContext) -> list[str]:
    """Return the names of the causes in the protocol's order, once each."""
    return list(dict.fromkeys(label for _, label in context.protocol.causes))


def _incidence(context: AnalysisContext, rows: Mask) -> dict[str, contract.CumulativeIncidence]:
    part = context.cohort.rows(rows)
    names = cause_names(context)
    cause = cause_codes(part.causes, names)
    result = cumulative_incidence(replace(part.outcome, observed=cause > 0), cause, len(names))
    return {
        name: contract.CumulativeIncidence(
            time=result.time.tolist(), estimate=result.estimate[:, k].tolist(), std_err=result.std_err[:, k].tolist()
        )
        for k, name in enumerate(names)
    }


def gray_by(context: AnalysisContext, factor: str) -> dict[str, contract.ChiSquaredTest]:
    """Return Gray's test of each cause between the levels of a factor."""
    rows = complete_rows(context.cohort, [factor])
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
