"""Use cases: what each command does, callable from Python."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.app.services.calculations import (
        run_bed,
        run_bsa,
        run_decay,
        run_gear,
        run_holmium,
        run_inverse,
        run_mono,
        run_partition,
        run_residual,
        run_shunt,
        run_vials,
    )
    from yttria.app.services.clinical_calculations import run_albi, run_bclc, run_child_pugh, run_delivered, run_flr
    from yttria.app.services.demo import Demonstration, demo_answer, demo_request
    from yttria.app.services.demo_course import course_lines
    from yttria.app.services.design_files import with_report
    from yttria.app.services.digital_injections import feeder_lines
    from yttria.app.services.plan import plan_answer, plan_request
    from yttria.app.services.table_statistics import run_consistency, run_proportion, run_two_by_two
    from yttria.app.services.trial_boundaries import run_boundaries
    from yttria.app.services.trial_kit import run_check, run_kit
    from yttria.app.services.trial_simulation import run_simulation
    from yttria.app.services.trial_size import run_power

__all__ = [
    "Demonstration",
    "course_lines",
    "demo_answer",
    "demo_request",
    "feeder_lines",
    "plan_answer",
    "plan_request",
    "run_albi",
    "run_bclc",
    "run_bed",
    "run_boundaries",
    "run_bsa",
    "run_check",
    "run_child_pugh",
    "run_consistency",
    "run_decay",
    "run_delivered",
    "run_flr",
    "run_gear",
    "run_holmium",
    "run_inverse",
    "run_kit",
    "run_mono",
    "run_partition",
    "run_power",
    "run_proportion",
    "run_residual",
    "run_shunt",
    "run_simulation",
    "run_two_by_two",
    "run_vials",
    "with_report",
]

set_lazy_exports(
    __name__,
    {
        "calculations": "run_bed run_bsa run_decay run_gear run_holmium run_inverse run_mono run_partition run_residual run_shunt run_vials",
        "clinical_calculations": "run_albi run_bclc run_child_pugh run_delivered run_flr",
        "demo": "Demonstration demo_answer demo_request",
        "demo_course": "course_lines",
        "design_files": "with_report",
        "digital_injections": "feeder_lines",
        "plan": "plan_answer plan_request",
        "table_statistics": "run_consistency run_proportion run_two_by_two",
        "trial_boundaries": "run_boundaries",
        "trial_kit": "run_check run_kit",
        "trial_simulation": "run_simulation",
        "trial_size": "run_power",
    },
)
