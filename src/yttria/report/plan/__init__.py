"""The report of a plan."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.report.plan.document import NOTICE, imaged, inputs_and_calibration, plan_document, study_instant
    from yttria.report.plan.dvh_figure import dvh_panel, figure_lesions, limit_rules
    from yttria.report.plan.method import method_blocks
    from yttria.report.plan.plan_result import (
        dosimetry_result,
        dvh_record,
        limit_record,
        plan_result,
        uncertainty_record,
    )
    from yttria.report.plan.slice_figure import (
        HALF,
        PIXEL_MM,
        VIEWS,
        WIDTH_MM,
        View,
        grey_ct,
        lesion_centre,
        liver_box,
        plane_points,
        row_height,
        sampled,
        slices_figure,
    )
    from yttria.report.plan.terminal import plan_lines
    from yttria.report.plan.verdict import doses_judged
    from yttria.report.plan.vocabulary import isotope, volume_of
    from yttria.report.plan.volumes_table import volumes_and_lungs

__all__ = [
    "HALF",
    "NOTICE",
    "PIXEL_MM",
    "VIEWS",
    "WIDTH_MM",
    "View",
    "doses_judged",
    "dosimetry_result",
    "dvh_panel",
    "dvh_record",
    "figure_lesions",
    "grey_ct",
    "imaged",
    "inputs_and_calibration",
    "isotope",
    "lesion_centre",
    "limit_record",
    "limit_rules",
    "liver_box",
    "method_blocks",
    "plan_document",
    "plan_lines",
    "plan_result",
    "plane_points",
    "row_height",
    "sampled",
    "slices_figure",
    "study_instant",
    "uncertainty_record",
    "volume_of",
    "volumes_and_lungs",
]

set_lazy_exports(
    __name__,
    {
        "document": "NOTICE imaged inputs_and_calibration plan_document study_instant",
        "dvh_figure": "dvh_panel figure_lesions limit_rules",
        "method": "method_blocks",
        "plan_result": "dosimetry_result dvh_record limit_record plan_result uncertainty_record",
        "slice_figure": "HALF PIXEL_MM VIEWS View WIDTH_MM grey_ct lesion_centre liver_box plane_points row_height sampled slices_figure",
        "terminal": "plan_lines",
        "verdict": "doses_judged",
        "vocabulary": "isotope volume_of",
        "volumes_table": "volumes_and_lungs",
    },
)
