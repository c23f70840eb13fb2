"""Baseline tables and proportions."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.descriptive.adverse_events import adverse_event_table
    from yttria.evidence.descriptive.baseline import (
        Summary,
        Test,
        compare_levels,
        compare_numbers,
        crossed,
        difference_of_levels,
        difference_of_means,
        summary,
    )
    from yttria.evidence.descriptive.patient_flow import FlowStep, patient_flow
    from yttria.evidence.descriptive.proportions import Proportion, TwoByTwo
    from yttria.evidence.descriptive.response_rates import ResponseComparison, ResponseRate, compare_rates

__all__ = [
    "FlowStep",
    "Proportion",
    "ResponseComparison",
    "ResponseRate",
    "Summary",
    "Test",
    "TwoByTwo",
    "adverse_event_table",
    "compare_levels",
    "compare_numbers",
    "compare_rates",
    "crossed",
    "difference_of_levels",
    "difference_of_means",
    "patient_flow",
    "summary",
]

set_lazy_exports(
    __name__,
    {
        "adverse_events": "adverse_event_table",
        "baseline": "Summary Test compare_levels compare_numbers crossed difference_of_levels difference_of_means summary",
        "patient_flow": "FlowStep patient_flow",
        "proportions": "Proportion TwoByTwo",
        "response_rates": "ResponseComparison ResponseRate compare_rates",
    },
)
