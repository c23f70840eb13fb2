"""Design of trials: sample size, group-sequential boundaries, simulation, randomisation."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.design.accrual import AccrualPattern
    from yttria.evidence.design.arm_tests import two_arm_tests
    from yttria.evidence.design.group_sequential import Boundary, boundary
    from yttria.evidence.design.interim_estimate import (
        ConditionalPrediction,
        InterimAnalysis,
        bias_adjusted_estimate,
        conditional_prediction,
        ratio_when_stopped,
    )
    from yttria.evidence.design.interim_simulation import InterimResults, Regression, regression, run_interim_analyses
    from yttria.evidence.design.randomisation import Arms, commitment, minimised, permuted_blocks
    from yttria.evidence.design.rate_sample_size import RateComparison, rate_sample_size
    from yttria.evidence.design.sample_size import Aim, event_chance, patients_for
    from yttria.evidence.design.sequential_design import KIND_OF, SequentialDesign, sequential_design
    from yttria.evidence.design.sequential_simulation import RateScenario, SimulatedStops, rate_stops, survival_stops
    from yttria.evidence.design.simulation import Resection, Scenario, Trials, draw_trials
    from yttria.evidence.design.trial_records import TrialRecords, check_records

__all__ = [
    "KIND_OF",
    "AccrualPattern",
    "Aim",
    "Arms",
    "Boundary",
    "ConditionalPrediction",
    "InterimAnalysis",
    "InterimResults",
    "RateComparison",
    "RateScenario",
    "Regression",
    "Resection",
    "Scenario",
    "SequentialDesign",
    "SimulatedStops",
    "TrialRecords",
    "Trials",
    "bias_adjusted_estimate",
    "boundary",
    "check_records",
    "commitment",
    "conditional_prediction",
    "draw_trials",
    "event_chance",
    "minimised",
    "patients_for",
    "permuted_blocks",
    "rate_sample_size",
    "rate_stops",
    "ratio_when_stopped",
    "regression",
    "run_interim_analyses",
    "sequential_design",
    "survival_stops",
    "two_arm_tests",
]

set_lazy_exports(
    __name__,
    {
        "accrual": "AccrualPattern",
        "arm_tests": "two_arm_tests",
        "group_sequential": "Boundary boundary",
        "interim_estimate": "ConditionalPrediction InterimAnalysis bias_adjusted_estimate conditional_prediction ratio_when_stopped",
        "interim_simulation": "InterimResults Regression regression run_interim_analyses",
        "randomisation": "Arms commitment minimised permuted_blocks",
        "rate_sample_size": "RateComparison rate_sample_size",
        "sample_size": "Aim event_chance patients_for",
        "sequential_design": "KIND_OF SequentialDesign sequential_design",
        "sequential_simulation": "RateScenario SimulatedStops rate_stops survival_stops",
        "simulation": "Resection Scenario Trials draw_trials",
        "trial_records": "TrialRecords check_records",
    },
)
