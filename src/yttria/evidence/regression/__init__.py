"""Cox regression and what stands on it: diagnostics, selection, subgroups, prediction, dose-response."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.regression.cox import Coefficient, CoxFit, cox
    from yttria.evidence.regression.design_matrix import (
        Design,
        coded,
        codes_of,
        codings,
        complete_rows,
        design,
        parts_of,
    )
    from yttria.evidence.regression.dose_response import DoseResponse, Needed, Roc, dose_response, roc
    from yttria.evidence.regression.firth import penalised
    from yttria.evidence.regression.imputation import Incomplete, Pooled, imputed_tables, pooled
    from yttria.evidence.regression.matching_adjustment import Match, MatchingAdjustment, matching_adjustment
    from yttria.evidence.regression.prediction import predicted
    from yttria.evidence.regression.propensity import propensity_weights
    from yttria.evidence.regression.proportional_hazards import coefficients_over_time, proportionality
    from yttria.evidence.regression.residuals import deviance, dfbeta, martingale, schoenfeld, score_residuals
    from yttria.evidence.regression.restricted_spline import SplineFit, harrell_knots, spline_model
    from yttria.evidence.regression.stepwise import stepwise
    from yttria.evidence.regression.subgroups import Interaction, Subgroup, interaction, subgroup_effects

__all__ = [
    "Coefficient",
    "CoxFit",
    "Design",
    "DoseResponse",
    "Incomplete",
    "Interaction",
    "Match",
    "MatchingAdjustment",
    "Needed",
    "Pooled",
    "Roc",
    "SplineFit",
    "Subgroup",
    "coded",
    "codes_of",
    "codings",
    "coefficients_over_time",
    "complete_rows",
    "cox",
    "design",
    "deviance",
    "dfbeta",
    "dose_response",
    "harrell_knots",
    "imputed_tables",
    "interaction",
    "martingale",
    "matching_adjustment",
    "parts_of",
    "penalised",
    "pooled",
    "predicted",
    "propensity_weights",
    "proportionality",
    "roc",
    "schoenfeld",
    "score_residuals",
    "spline_model",
    "stepwise",
    "subgroup_effects",
]

set_lazy_exports(
    __name__,
    {
        "cox": "Coefficient CoxFit cox",
        "design_matrix": "Design coded codes_of codings complete_rows design parts_of",
        "dose_response": "DoseResponse Needed Roc dose_response roc",
        "firth": "penalised",
        "imputation": "Incomplete Pooled imputed_tables pooled",
        "matching_adjustment": "Match MatchingAdjustment matching_adjustment",
        "prediction": "predicted",
        "propensity": "propensity_weights",
        "proportional_hazards": "coefficients_over_time proportionality",
        "residuals": "deviance dfbeta martingale schoenfeld score_residuals",
        "restricted_spline": "SplineFit harrell_knots spline_model",
        "stepwise": "stepwise",
        "subgroups": "Interaction Subgroup interaction subgroup_effects",
    },
)
