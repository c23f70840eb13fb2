"""Published numbers: what they imply, and whether they agree with one another."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.published.claim import Claim, claim_of
    from yttria.evidence.published.claim_reading import Reading
    from yttria.evidence.published.cohort_comparison import Cell, cohort_comparison, tallied
    from yttria.evidence.published.consistency import Audit, audit
    from yttria.evidence.published.delivered_activity import delivered_activity
    from yttria.evidence.published.group_checks import Group, group_of
    from yttria.evidence.published.rate_counts import Counts
    from yttria.evidence.published.rounding import Printed

__all__ = [
    "Audit",
    "Cell",
    "Claim",
    "Counts",
    "Group",
    "Printed",
    "Reading",
    "audit",
    "claim_of",
    "cohort_comparison",
    "delivered_activity",
    "group_of",
    "tallied",
]

set_lazy_exports(
    __name__,
    {
        "claim": "Claim claim_of",
        "claim_reading": "Reading",
        "cohort_comparison": "Cell cohort_comparison tallied",
        "consistency": "Audit audit",
        "delivered_activity": "delivered_activity",
        "group_checks": "Group group_of",
        "rate_counts": "Counts",
        "rounding": "Printed",
    },
)
