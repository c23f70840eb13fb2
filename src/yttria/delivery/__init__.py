"""What was given and what it did: administration and response."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.delivery.administration import (
        REPORTABLE_FRACTION,
        Measured,
        SurveyRates,
        VialDelivery,
        delivery_of,
        differs_by,
        split_of,
        vial_delivery,
        within_tolerance,
    )
    from yttria.delivery.response_criteria import (
        CRITERIA,
        RESPONSES,
        Criterion,
        Response,
        VisitResponse,
        Word,
        best_of,
        index_lesion,
        lesion_words,
        response_of,
        visit_near,
    )
    from yttria.delivery.response_findings import lesion_findings
    from yttria.delivery.verification import (
        audit_aims,
        audit_image,
        audit_limits,
        blur_between,
        blurred,
        dose_comparisons,
        headroom,
        ratio_of,
        voxel_agreement,
    )

__all__ = [
    "CRITERIA",
    "REPORTABLE_FRACTION",
    "RESPONSES",
    "Criterion",
    "Measured",
    "Response",
    "SurveyRates",
    "VialDelivery",
    "VisitResponse",
    "Word",
    "audit_aims",
    "audit_image",
    "audit_limits",
    "best_of",
    "blur_between",
    "blurred",
    "delivery_of",
    "differs_by",
    "dose_comparisons",
    "headroom",
    "index_lesion",
    "lesion_findings",
    "lesion_words",
    "ratio_of",
    "response_of",
    "split_of",
    "vial_delivery",
    "visit_near",
    "voxel_agreement",
    "within_tolerance",
]

set_lazy_exports(
    __name__,
    {
        "administration": "Measured REPORTABLE_FRACTION SurveyRates VialDelivery delivery_of differs_by split_of vial_delivery within_tolerance",
        "response_criteria": "CRITERIA Criterion RESPONSES Response VisitResponse Word best_of index_lesion lesion_words response_of visit_near",
        "response_findings": "lesion_findings",
        "verification": "audit_aims audit_image audit_limits blur_between blurred dose_comparisons headroom ratio_of voxel_agreement",
    },
)
