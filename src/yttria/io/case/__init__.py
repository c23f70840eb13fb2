"""A patient case from files: roles, structures, frames of reference, checks, identity."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.case.anatomy import Anatomy, read_anatomy
    from yttria.io.case.case_file import (
        NAME,
        Case,
        InjectionSection,
        case_paths,
        choices_of,
        confirmed_of,
        facts_of,
        names_in,
        read_case,
        same_patient_by,
    )
    from yttria.io.case.delivery_record import read_delivery
    from yttria.io.case.frames_of_reference import frame_of, turn_deg
    from yttria.io.case.injections import is_case_file
    from yttria.io.case.mask_files import cropped, looks_like_mask
    from yttria.io.case.patient_case import read_patient_case
    from yttria.io.case.patient_identity import BY_OPTION, patient_identity, require_one_person
    from yttria.io.case.placement_checks import require_frames
    from yttria.io.case.site_file import read_site
    from yttria.io.case.site_options import with_site
    from yttria.io.case.structure_sets import read_structures
    from yttria.io.case.survey import survey
    from yttria.io.case.survey_records import Survey
    from yttria.io.case.unused_files import audit_copies

__all__ = [
    "BY_OPTION",
    "NAME",
    "Anatomy",
    "Case",
    "InjectionSection",
    "Survey",
    "audit_copies",
    "case_paths",
    "choices_of",
    "confirmed_of",
    "cropped",
    "facts_of",
    "frame_of",
    "is_case_file",
    "looks_like_mask",
    "names_in",
    "patient_identity",
    "read_anatomy",
    "read_case",
    "read_delivery",
    "read_patient_case",
    "read_site",
    "read_structures",
    "require_frames",
    "require_one_person",
    "same_patient_by",
    "survey",
    "turn_deg",
    "with_site",
]

set_lazy_exports(
    __name__,
    {
        "anatomy": "Anatomy read_anatomy",
        "case_file": "Case InjectionSection NAME case_paths choices_of confirmed_of facts_of names_in read_case same_patient_by",
        "delivery_record": "read_delivery",
        "frames_of_reference": "frame_of turn_deg",
        "injections": "is_case_file",
        "mask_files": "cropped looks_like_mask",
        "patient_case": "read_patient_case",
        "patient_identity": "BY_OPTION patient_identity require_one_person",
        "placement_checks": "require_frames",
        "site_file": "read_site",
        "site_options": "with_site",
        "structure_sets": "read_structures",
        "survey": "survey",
        "survey_records": "Survey",
        "unused_files": "audit_copies",
    },
)
