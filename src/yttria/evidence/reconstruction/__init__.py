"""Individual times from published curves, and comparisons with them."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.reconstruction.digitisation_error import (
        Published,
        Spread,
        digitisation_limits,
        redigitised_cohorts,
    )
    from yttria.evidence.reconstruction.digitised_curve import read_curve
    from yttria.evidence.reconstruction.guyot import AtRisk, Placement, Reconstruction, at_risk_of, reconstruct
    from yttria.evidence.reconstruction.indirect_comparison import Comparison, compare_arms

__all__ = [
    "AtRisk",
    "Comparison",
    "Placement",
    "Published",
    "Reconstruction",
    "Spread",
    "at_risk_of",
    "compare_arms",
    "digitisation_limits",
    "read_curve",
    "reconstruct",
    "redigitised_cohorts",
]

set_lazy_exports(
    __name__,
    {
        "digitisation_error": "Published Spread digitisation_limits redigitised_cohorts",
        "digitised_curve": "read_curve",
        "guyot": "AtRisk Placement Reconstruction at_risk_of reconstruct",
        "indirect_comparison": "Comparison compare_arms",
    },
)
