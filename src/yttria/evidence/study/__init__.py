"""The analysis of a survival study: protocol and cohort to a result."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.evidence.study.analysis import Analysis, analyse
    from yttria.evidence.study.cohort_builder import build_cohort
    from yttria.evidence.study.rate_records import comparison_record, rate_record
    from yttria.evidence.study.study_tables import StudyTables, flow_of

__all__ = ["Analysis", "StudyTables", "analyse", "build_cohort", "comparison_record", "flow_of", "rate_record"]

set_lazy_exports(
    __name__,
    {
        "analysis": "Analysis analyse",
        "cohort_builder": "build_cohort",
        "rate_records": "comparison_record rate_record",
        "study_tables": "StudyTables flow_of",
    },
)
