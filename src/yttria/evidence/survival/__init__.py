"""Nonparametric survival: Kaplan-Meier, log-rank, competing risks, time-dependent groups."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.survival.chi2 import Chi2
    from yttria.evidence.survival.competing_risks import cause_codes, cumulative_incidence, fine_gray_rows, gray_test
    from yttria.evidence.survival.kaplan_meier import KaplanMeier, RestrictedMean, follow_up, kaplan_meier
    from yttria.evidence.survival.logrank import logrank, trend_test
    from yttria.evidence.survival.maxcombo import WEIGHTS, maxcombo_p, z_scores
    from yttria.evidence.survival.normal_quantile import normal_quantile
    from yttria.evidence.survival.risk_set import RiskOrder, RiskTables, risk_order, tally
    from yttria.evidence.survival.time_dependent import (
        cohort_at_landmark,
        cohort_censored_at,
        cohort_cut,
        cohort_naive,
        factor_of,
    )
    from yttria.evidence.survival.weighted_logrank import weighted_logrank

__all__ = [
    "WEIGHTS",
    "Chi2",
    "KaplanMeier",
    "RestrictedMean",
    "RiskOrder",
    "RiskTables",
    "cause_codes",
    "cohort_at_landmark",
    "cohort_censored_at",
    "cohort_cut",
    "cohort_naive",
    "cumulative_incidence",
    "factor_of",
    "fine_gray_rows",
    "follow_up",
    "gray_test",
    "kaplan_meier",
    "logrank",
    "maxcombo_p",
    "normal_quantile",
    "risk_order",
    "tally",
    "trend_test",
    "weighted_logrank",
    "z_scores",
]

set_lazy_exports(
    __name__,
    {
        "chi2": "Chi2",
        "competing_risks": "cause_codes cumulative_incidence fine_gray_rows gray_test",
        "kaplan_meier": "KaplanMeier RestrictedMean follow_up kaplan_meier",
        "logrank": "logrank trend_test",
        "maxcombo": "WEIGHTS maxcombo_p z_scores",
        "normal_quantile": "normal_quantile",
        "risk_set": "RiskOrder RiskTables risk_order tally",
        "time_dependent": "cohort_at_landmark cohort_censored_at cohort_cut cohort_naive factor_of",
        "weighted_logrank": "weighted_logrank",
    },
)
