"""Two groups of patients from two sources, compared: hazard ratio and log-rank test with the assumptions they stand on."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from yttria.evidence.regression.cox import Coefficient, cox
from yttria.evidence.regression.proportional_hazards import proportionality
from yttria.evidence.survival.chi2 import Chi2
from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean, kaplan_meier
from yttria.evidence.survival.logrank import logrank
from yttria.evidence.survival.normal_quantile import normal_quantile
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError, Finding

ASSUMPTIONS = (
    "the two groups would have had the same survival under the same treatment: no covariate is adjusted for, none is matched",
    "the patients could be exchanged: both sources admitted the same disease, stage, liver function and later treatments",
    "time zero means the same in both (randomisation, treatment or enrolment), and so does the event",
    "times are reconstructed from printed curves where no patients were given; `low_whole` and `high_whole` hold their error as far as clicks and censoring go",
    "censoring tells nothing about prognosis in either group",
    "one hazard ratio holds over the whole follow-up (proportional hazards); proportionality_p tests it",
)
"""What must hold for a comparison across two sources."""
ONE_TRIAL = (
    "both curves are of the arms of one randomised trial, of all randomised patients",
    "times are reconstructed from printed curves where no patients were given; `low_whole` and `high_whole` hold their error as far as clicks and censoring go",
    "the printed ratio may be stratified or adjusted; this one is neither",
    "censoring tells nothing about prognosis in either arm",
    "one hazard ratio holds over the whole follow-up (proportional hazards); proportionality_p tests it",
)
"""What must hold for a comparison of two arms of one trial."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Restricted mean survival of a less that of b, with limits and P."""

    value: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Group `a` against group `b`.

    Parameters
    ----------
    ratio
        Hazard ratio of a against b by Cox's model (Efron), with Wald limits and P.
    test
        Log-rank test.
    proportionality
        Test of proportional hazards (Grambsch and Therneau); None where it cannot be made.
    a, b
        Curves.
    mean_a, mean_b
        Restricted mean survival up to the shorter follow-up of the two.
    difference
        The first less the second; needs no proportional hazards.
    assumptions
        What must hold.
    findings
        Findings.
    """

    ratio: Coefficient
    test: Chi2
    proportionality: Chi2 | None
    a: KaplanMeier
    b: KaplanMeier
    mean_a: RestrictedMean
    mean_b: RestrictedMean
    difference: Difference
    assumptions: tuple[str, ...]
    findings: tuple[Finding, ...]


def compare_arms(a: TimeToEvent, b: TimeToEvent, *, one_trial: bool = False, level: float = 0.95) -> Comparison:
    """Return two groups of patients compared as if they had been one study.

    Parameters
    ----------
    a, b
        Each from its own source: reconstructed or observed, in one unit.
    one_trial
        Whether they are the arms of one randomised trial; nothing is indirect then.
    level
        Of the limits of the difference of means.

    Raises
    ------
    EvidenceError
        No event in one of them; different units; late entries or weights, which have no meaning across sources.

    Notes
    -----
    Of two sources this is an unanchored indirect comparison: nothing was randomised between the groups. `assumptions` says what must
    hold.

    Source
    ------
    Phillippo et al. 2018, NICE DSU technical support document 18; log-rank and Cox as R survival.

    Examples
    --------
    >>> months = TimeToEvent(np.array([2.0, 4.0, 6.0, 9.0]), np.ones(4, dtype=bool), unit="months")
    >>> later = TimeToEvent(np.array([5.0, 8.0, 12.0, 20.0]), np.ones(4, dtype=bool), unit="months")
    >>> round(compare_arms(later, months).ratio.hr, 2)
    0.29
    """
    if a.unit and b.unit and a.unit != b.unit:
        raise EvidenceError(
            f"both groups must be in one unit of time, but are in {a.unit} and {b.unit}; convert one of them",
            code="time-units-differ",
        )
    for name, group in (("first", a), ("second", b)):
        if group.events == 0:
            raise EvidenceError(
                f"each group needs an event, but the {name} has none; nothing can be compared",
                code="group-without-events",
            )
        if group.entry is not None or group.weight is not None:
            raise EvidenceError(
                f"groups of two sources are compared row by row, but the {name} has late entries or weights",
                code="comparison-late-entry-or-weights",
            )
    both = TimeToEvent(
        np.concatenate([a.time, b.time]), np.concatenate([a.observed, b.observed]), unit=a.unit or b.unit
    )
    of_a = np.repeat([1, 0], [len(a), len(b)])
    fit = cox(both, of_a[:, None].astype(np.float64), ["group"])
    test = logrank(both, of_a).test
    if test is None:
        raise EvidenceError(
            "both groups must be at risk of an event at one time, but are not; check the unit of time",
            code="groups-never-at-risk-together",
        )
    spans = proportionality(fit, {"group": (0,)})
    proportional = None if spans is None else spans["GLOBAL"]
    tau = float(min(a.time.max(), b.time.max()))
    curves = kaplan_meier(a), kaplan_meier(b)
    means = curves[0].restricted_mean(tau), curves[1].restricted_mean(tau)
    assumptions = ONE_TRIAL if one_trial else ASSUMPTIONS
    return Comparison(
        fit.coefficient(0), test, proportional, *curves, *means, _difference(*means, level), assumptions,
        _comparison_findings(proportional, tau, a, b, one_trial=one_trial),
    )  # fmt: skip


def _difference(one: RestrictedMean, two: RestrictedMean, level: float) -> Difference:
    gap, error = one.mean - two.mean, math.hypot(one.se, two.se)
    wide = normal_quantile(level) * error
    p = 2 * float(ndtr(-abs(gap) / error)) if error > 0 else math.nan
    return Difference(gap, gap - wide, gap + wide, p)


def _comparison_findings(
    proportional: Chi2 | None, tau: float, a: TimeToEvent, b: TimeToEvent, *, one_trial: bool
) -> tuple[Finding, ...]:
    findings = []
    if not one_trial:
        findings.append(
            Finding("warning", "indirect-comparison",
                    "the two groups come from two sources and nothing was randomised between them; read the difference as a hypothesis, with every assumption named")
        )  # fmt: skip
    if proportional is not None and proportional.p < 0.05:
        findings.append(
            Finding("warning", "hazards-not-proportional",
                    f"one hazard ratio does not describe the whole follow-up (P {proportional.p:.2g}); compare the restricted means up to {tau:g} instead", {"p": proportional.p, "tau": tau})
        )  # fmt: skip
    longer = max(float(a.time.max()), float(b.time.max()))
    if longer > 1.5 * tau:
        findings.append(
            Finding(
                "note",
                "follow-up-unequal",
                f"one group was followed to {longer:g}, the other to {tau:g}; means are up to {tau:g}",
                {"tau": tau, "longest": longer},
            )
        )
    return tuple(findings)
