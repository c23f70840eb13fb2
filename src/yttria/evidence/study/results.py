"""What a study found, as plain records: the keys of `yttria analyse --json` (CONTRACT: analyse). NaN is written as null at the door."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from yttria.evidence.regression.cox import CoxFit
from yttria.evidence.regression.proportional_hazards import Transform, proportionality
from yttria.evidence.regression.subgroups import Interaction, Subgroup
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean
from yttria.values.cohort import TimeToEvent

Record = dict[str, Any]

ALL = "all"
NO_COEFFICIENT: Record = dict.fromkeys(("coef", "se", "robust_se", "hr", "low", "high", "z", "p"))
NO_TEST: Record = {"chi2": None, "df": None, "p": None}


def test_record(test: Chi2 | None) -> Record:
    """Return a test, or nulls where there was nothing to test."""
    return dict(NO_TEST) if test is None else {"chi2": test.chi2, "df": test.df, "p": test.p}


def patients_record(outcome: TimeToEvent) -> Record:
    """Return how many patients the rows are of, where rows are intervals of patients; nothing else."""
    return {} if outcome.patient is None else {"patients": outcome.patients}


def curve_record(km: KaplanMeier, times: Sequence[float], mean: RestrictedMean) -> Record:
    """Return one curve with its median, rates and restricted mean."""
    median, low, high = km.median
    table = km.table
    return {
        "n": len(km.outcome),
        **patients_record(km.outcome),
        "events": km.outcome.events,
        "median": median,
        "median_low": low,
        "median_high": high,
        "rates": [asdict(km.at(time)) for time in times],
        "curve": {
            "time": table.time,
            "at_risk": table.at_risk,
            "events": table.events,
            "censored": table.censored,
            "survival": km.survival,
            "std_err": km.std_err,
            "low": km.low,
            "high": km.high,
        },
        "rmst": asdict(mean),
    }


def followup_record(km: KaplanMeier, outcome: TimeToEvent) -> Record:
    """Return the median follow-up by reverse Kaplan-Meier and the span of its ends, of patients where rows are intervals of them."""
    median, low, high = km.median
    time = outcome.time[outcome.last]
    return {"median": median, "low": low, "high": high, "min": float(time.min()), "max": float(time.max())}


def terms_record(fit: CoxFit) -> Record:
    """Return each coefficient by name."""
    return {name: asdict(fit.coefficient(j)) for j, name in enumerate(fit.names)}


def model_record(fit: CoxFit, spans: Mapping[str, Sequence[int]], dropped: int, zph: Transform = "km") -> Record:
    """Return a fitted model with its tests, criteria, concordance and tests of proportionality.

    Parameters
    ----------
    fit
        The model.
    spans
        Columns of each term.
    dropped
        Rows left out for a missing covariate.
    zph
        Transform of time for the tests of proportionality.
    """
    record: Record = {
        "n": len(fit.outcome),
        **patients_record(fit.outcome),
        "events": fit.outcome.events,
        "dropped": dropped,
        "terms": terms_record(fit),
    }
    if not fit.df:
        return record
    tests = proportionality(fit, spans, zph)
    return {
        **record,
        "tests": {
            "lr": test_record(fit.likelihood_ratio),
            "wald": test_record(fit.wald),
            "score": test_record(fit.score),
        },
        "loglik_null": fit.loglik_null,
        "loglik": fit.loglik,
        "aic": fit.aic,
        "bic": fit.bic,
        "concordance": {"c": fit.concordance.c, "se": fit.concordance.se},
        "zph": None if tests is None else {term: test_record(test) for term, test in tests.items()},
    }


def _counts(outcome: TimeToEvent | None) -> Record:
    """Return rows and events, and patients where rows are intervals of them; none of nobody."""
    if outcome is None:
        return {"n": 0, "events": 0}
    return {"n": len(outcome), **patients_record(outcome), "events": outcome.events}


def subgroups_record(groups: Sequence[Subgroup], tested: Interaction) -> Record:
    """Return the effect in each subgroup and the tests of interaction."""
    levels = {}
    for group in groups:
        effect = group.effect
        levels[group.level] = {
            **_counts(group.outcome),
            "hr": None if effect is None else effect.hr,
            "low": None if effect is None else effect.low,
            "high": None if effect is None else effect.high,
            "treated": _counts(group.treated),
            "control": _counts(group.control),
        }
    return {"levels": levels, "interaction": asdict(tested)}
