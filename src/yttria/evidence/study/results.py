"""Results of survival and regression as models of the contract (`yttria analyse --json`); a number that does not exist is null."""

from collections.abc import Mapping, Sequence

from yttria.contract import study as contract
from yttria.evidence.regression.cox import Coefficient, CoxFit
from yttria.evidence.regression.subgroups import Interaction, Subgroup
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean
from yttria.values.cohort import TimeToEvent

ALL = "all"
NO_COEFFICIENT = contract.Coefficient(coef=None, se=None, robust_se=None, hr=None, low=None, high=None, z=None, p=None)
NO_TEST = contract.ChiSquaredTest(chi2=None, df=None, p=None)


def test_record(test: Chi2 | None) -> contract.ChiSquaredTest:
    """Return a test, or nulls where there was nothing to test."""
    return NO_TEST if test is None else contract.ChiSquaredTest(chi2=test.chi2, df=test.df, p=test.p)


def patients_of(outcome: TimeToEvent) -> int | None:
    """Return how many patients the rows are of, where rows are intervals of patients; else None, so that the key is absent."""
    return None if outcome.patient is None else outcome.patients


def coefficient_record(result: Coefficient | None) -> contract.Coefficient:
    """Return one coefficient, or nulls where there is none."""
    if result is None:
        return NO_COEFFICIENT
    return contract.Coefficient(
        coef=result.coef,
        se=result.se,
        robust_se=result.robust_se,
        hr=result.hr,
        low=result.low,
        high=result.high,
        z=result.z,
        p=result.p,
    )


def curve_record(
    km: KaplanMeier, times: Sequence[float], mean: RestrictedMean, shares: Sequence[float] = ()
) -> contract.SurvivalCurve:
    """Return one curve with its median, its rates at `times`, its restricted mean, and when `shares` have had the event."""
    median, low, high = km.median
    table = km.table
    return contract.SurvivalCurve(
        n=len(km.outcome),
        patients=patients_of(km.outcome),
        events=km.outcome.events,
        median=median,
        median_low=low,
        median_high=high,
        rates=[_rate(km, time) for time in times],
        curve=contract.CurveColumns(
            time=table.time.tolist(),
            at_risk=table.at_risk.tolist(),
            events=table.events.tolist(),
            censored=table.censored.tolist(),
            survival=km.survival.tolist(),
            std_err=km.std_err.tolist(),
            low=km.low.tolist(),
            high=km.high.tolist(),
        ),
        rmst=contract.RestrictedMean(tau=mean.tau, mean=mean.mean, se=mean.se),
        quantiles=[_quantile(km, share) for share in shares] or None,
    )


def _rate(km: KaplanMeier, time: float) -> contract.SurvivalRate:
    rate = km.at(time)
    return contract.SurvivalRate(
        time=rate.time,
        at_risk=rate.at_risk,
        survival=rate.survival,
        std_err=rate.std_err,
        low=rate.low,
        high=rate.high,
    )


def _quantile(km: KaplanMeier, share: float) -> contract.SurvivalQuantile:
    time, low, high = km.quantile(share)
    return contract.SurvivalQuantile(share=share, time=time, low=low, high=high)


def followup_record(km: KaplanMeier, outcome: TimeToEvent) -> contract.FollowUp:
    """Return the median follow-up by reverse Kaplan-Meier and the span of its ends, of patients where rows are intervals of them."""
    median, low, high = km.median
    time = outcome.time[outcome.last]
    return contract.FollowUp(median=median, low=low, high=high, min=float(time.min()), max=float(time.max()))


def model_record(
    fit: CoxFit,
    *,
    n: int,
    dropped: int,
    zph: Mapping[str, Chi2 | None] | None,
    over_time: contract.CoefficientsOverTime | None,
    firth: contract.PenalisedModel | None,
    residuals: contract.Residuals | None,
    predicted: dict[str, dict[str, contract.PredictedCurve] | None],
) -> contract.CoxModel:
    """Return a fitted model with its tests, criteria, concordance and tests of proportionality.

    Parameters
    ----------
    fit
        The model.
    n
        Rows that it was fitted to.
    dropped
        Rows left out for a missing covariate.
    zph
        Tests of proportionality by term; None where they cannot be made, which a model with coefficients states as null.
    over_time, residuals
        None where not asked for.
    firth
        The fit with Firth's penalty; None where it cannot be made, which is stated as null where a coefficient is infinite.
    predicted
        Curves of described patients; empty where nobody is described.
    """
    has_coefficients = bool(fit.df)
    unstated = {"zph": has_coefficients, "firth": bool(fit.endless.any()), "predicted": bool(predicted)}
    return contract.CoxModel(
        n=n,
        patients=patients_of(fit.outcome),
        events=fit.outcome.events,
        dropped=dropped,
        terms={name: coefficient_record(fit.coefficient(j)) for j, name in enumerate(fit.names)},
        tests=_model_tests(fit) if has_coefficients else None,
        loglik_null=fit.loglik_null if has_coefficients else None,
        loglik=fit.loglik if has_coefficients else None,
        aic=fit.aic if has_coefficients else None,
        bic=fit.bic if has_coefficients else None,
        concordance=contract.Concordance(c=fit.concordance.c, se=fit.concordance.se) if has_coefficients else None,
        zph=None if zph is None else {term: test_record(test) for term, test in zph.items()},
        over_time=over_time,
        firth=firth,
        residuals=residuals,
        predicted=predicted,
    ).without(*(key for key, is_stated in unstated.items() if not is_stated))


def _model_tests(fit: CoxFit) -> contract.ModelTests:
    return contract.ModelTests(
        lr=test_record(fit.likelihood_ratio), wald=test_record(fit.wald), score=test_record(fit.score)
    )


def _counts(outcome: TimeToEvent | None) -> contract.ArmCounts:
    """Return rows and events, and patients where rows are intervals of them; none of nobody."""
    if outcome is None:
        return contract.ArmCounts(n=0, events=0)
    return contract.ArmCounts(n=len(outcome), patients=patients_of(outcome), events=outcome.events)


def subgroups_record(groups: Sequence[Subgroup], tested: Interaction) -> contract.Subgroups:
    """Return the effect in each subgroup and the tests of interaction."""
    return contract.Subgroups(
        levels={group.level: _subgroup(group) for group in groups},
        interaction=contract.Interaction(lr_p=tested.lr_p, wald_p=tested.wald_p),
    )


def _subgroup(group: Subgroup) -> contract.Subgroup:
    counts, effect = _counts(group.outcome), group.effect
    return contract.Subgroup(
        n=counts.n,
        patients=counts.patients,
        events=counts.events,
        hr=None if effect is None else effect.hr,
        low=None if effect is None else effect.low,
        high=None if effect is None else effect.high,
        treated=_counts(group.treated),
        control=_counts(group.control),
    )
