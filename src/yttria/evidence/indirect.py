"""Two groups of patients from two sources, compared: hazard ratio and log-rank test with the assumptions they stand on."""

from dataclasses import dataclass

import numpy as np

from yttria.evidence.hazard import Coefficient, cox
from yttria.evidence.survival import Chi2, KaplanMeier, RestrictedMean, kaplan_meier, logrank
from yttria.evidence.zph import proportionality
from yttria.values.cohort import TimeToEvent
from yttria.values.errors import EvidenceError, Finding

ASSUMPTIONS = (
    "the two groups would have had the same survival under the same treatment: no covariate is adjusted for",
    "time zero means the same in both (randomisation, treatment or enrolment), and so does the event",
    "times are reconstructed from printed curves where no patients were given; their error is not in the limits",
    "censoring tells nothing about prognosis in either group",
    "one hazard ratio holds over the whole follow-up; proportionality_p tests it",
)


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
    findings
        Doubts.
    """

    ratio: Coefficient
    test: Chi2
    proportionality: Chi2 | None
    a: KaplanMeier
    b: KaplanMeier
    mean_a: RestrictedMean
    mean_b: RestrictedMean
    findings: tuple[Finding, ...]


def compared(a: TimeToEvent, b: TimeToEvent) -> Comparison:
    """Return two groups of patients compared as if they had been one study.

    Parameters
    ----------
    a, b
        Each from its own source: reconstructed or observed, in one unit.

    Raises
    ------
    EvidenceError
        No event in one of them; different units; late entries or weights, which have no meaning across sources.

    Notes
    -----
    This is an unanchored indirect comparison: nothing was randomised between the groups. `ASSUMPTIONS` says what must hold.

    Source
    ------
    Phillippo et al. 2018, NICE DSU technical support document 18; log-rank and Cox as R survival.

    Examples
    --------
    >>> months = TimeToEvent(np.array([2.0, 4.0, 6.0, 9.0]), np.ones(4, dtype=bool), unit="months")
    >>> later = TimeToEvent(np.array([5.0, 8.0, 12.0, 20.0]), np.ones(4, dtype=bool), unit="months")
    >>> round(compared(later, months).ratio.hr, 2)
    0.29
    """
    if a.unit and b.unit and a.unit != b.unit:
        raise EvidenceError(
            f"both groups must be in one unit of time, but are in {a.unit} and {b.unit}; convert one of them"
        )
    for name, group in (("first", a), ("second", b)):
        if group.events == 0:
            raise EvidenceError(f"each group needs an event, but the {name} has none; nothing can be compared")
        if group.entry is not None or group.weight is not None:
            raise EvidenceError(
                f"groups of two sources are compared row by row, but the {name} has late entries or weights"
            )
    both = TimeToEvent(
        np.concatenate([a.time, b.time]), np.concatenate([a.observed, b.observed]), unit=a.unit or b.unit
    )
    of_a = np.repeat([1, 0], [len(a), len(b)])
    fit = cox(both, of_a[:, None].astype(np.float64), ["group"])
    test = logrank(both, of_a).test
    if test is None:
        raise EvidenceError("both groups must be at risk of an event at one time, but are not; check the unit of time")
    spans = proportionality(fit, {"group": (0,)})
    proportional = None if spans is None else spans["GLOBAL"]
    tau = float(min(a.time.max(), b.time.max()))
    curves = kaplan_meier(a), kaplan_meier(b)
    return Comparison(
        fit.coefficient(0), test, proportional, *curves, curves[0].restricted_mean(tau), curves[1].restricted_mean(tau),
        _doubts(proportional, tau, a, b),
    )  # fmt: skip


def _doubts(proportional: Chi2 | None, tau: float, a: TimeToEvent, b: TimeToEvent) -> tuple[Finding, ...]:
    findings = [
        Finding("warning", "indirect-comparison",
                "the two groups come from two sources and nothing was randomised between them; read the difference as a hypothesis, with every assumption named")
    ]  # fmt: skip
    if proportional is not None and proportional.p < 0.05:
        findings.append(
            Finding("warning", "hazards-not-proportional",
                    f"one hazard ratio does not describe the whole follow-up (P {proportional.p:.2g}); compare the restricted means up to {tau:g} instead")
        )  # fmt: skip
    longer = max(float(a.time.max()), float(b.time.max()))
    if longer > 1.5 * tau:
        findings.append(
            Finding(
                "note",
                "follow-up-unequal",
                f"one group was followed to {longer:g}, the other to {tau:g}; means are up to {tau:g}",
            )
        )
    return tuple(findings)
