"""Files named on the command line: an activity or dose image, structures, a target grid."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.files.activity_image import read_activity
    from yttria.io.files.calendar_file import CalendarEvent, calendar_text
    from yttria.io.files.dose import DoseFile, read_dose_file
    from yttria.io.files.output import PRIVATE, output_file, output_files, output_folder, place_subject, subject_of
    from yttria.io.files.plan_voxels import VOXELS_FILE, read_plan_voxels, write_plan_voxels
    from yttria.io.files.structures import StructureFile, read_structure_file
    from yttria.io.files.target_grid import Template, read_template

__all__ = [
    "PRIVATE",
    "VOXELS_FILE",
    "CalendarEvent",
    "DoseFile",
    "StructureFile",
    "Template",
    "calendar_text",
    "output_file",
    "output_files",
    "output_folder",
    "place_subject",
    "read_activity",
    "read_dose_file",
    "read_plan_voxels",
    "read_structure_file",
    "read_template",
    "subject_of",
    "write_plan_voxels",
]

set_lazy_exports(
    __name__,
    {
        "activity_image": "read_activity",
        "calendar_file": "CalendarEvent calendar_text",
        "dose": "DoseFile read_dose_file",
        "output": "PRIVATE output_file output_files output_folder place_subject subject_of",
        "plan_voxels": "VOXELS_FILE read_plan_voxels write_plan_voxels",
        "structures": "StructureFile read_structure_file",
        "target_grid": "Template read_template",
    },
)
