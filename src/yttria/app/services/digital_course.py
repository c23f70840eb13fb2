"""The second digital patient, whose whole course is followed: images before and after treatment, with the truth beside them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yttria.app.services.simulate import SimulationSettings, phantom_identity, simulate_images, write_before
from yttria.app.services.simulate_delivery import DeliverySettings, given_words, simulate_delivery, write_delivery
from yttria.app.services.simulation_truth import truth_record
from yttria.data import table
from yttria.io.dicom.common_modules import uid_of
from yttria.io.dicom.rtstruct_writer import write_rtstruct
from yttria.io.files.output import output_folder, subject_of
from yttria.io.tables.toml_writer import toml_text
from yttria.physics.phantom.digital_anatomy import COURSE_LESIONS
from yttria.physics.phantom.digital_patient import DigitalPatient, digital_patient
from yttria.physics.phantom.uptake import Uptake, uptake_of
from yttria.values.patient import PatientIdentity
from yttria.values.units import Share

PATIENT: Mapping[str, Any] = {
    "disease": "HCC",
    "scenario": "lobectomy",
    "bilirubin_mg_dl": 0.8,
    "child_pugh": "A5",
    "digestive_shunt": False,
    "earlier_radioembolisation": False,
    "main_portal_vein_invasion": False,
}
PATIENT_ID = "YTTRIA-DP-2"


@dataclass(frozen=True, slots=True, eq=False)
class DigitalCourse:
    """The second digital patient as he was made."""

    phantom: DigitalPatient
    planned: Uptake
    identity: PatientIdentity
    seed: int


def make_course(folder: Path, seed: int, *, overwrite: bool = False) -> DigitalCourse:
    """Write the images before treatment as `folder`/before and their truth as `folder`/truth.json.

    Raises
    ------
    IntakeError
        A folder that cannot be written, or that holds what Yttria did not write for this patient.
    """
    identity = _identity(seed)
    row = table("phantom")["course"]
    phantom = digital_patient(
        seed=seed,
        tumour_to_normal=row["tumour_to_normal"],
        core_to_normal=row["core_to_normal"],
        second_to_normal=row["second_to_normal"],
        lesions=COURSE_LESIONS,
        frame_uid=identity.frame_uid,
    )
    uptake = uptake_of(phantom.parts, lung_shunt=Share(row["lung_shunt"]))
    settings = SimulationSettings(seed=seed, lung_shunt=row["lung_shunt"], tumour_to_normal=row["tumour_to_normal"])
    images = simulate_images(uptake, phantom.ct, settings)
    more = {"seed": seed, "lung_shunt_fraction": row["lung_shunt"], "tumour_to_normal": row["tumour_to_normal"]}
    truth = truth_record(uptake, images, settings.spect, {**more, "contour_ml": dict(phantom.contour_ml)})
    with output_folder(folder, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = subject_of(identity.patient_id)
        dicom = draft.path / "before" / "dicom"
        dicom.mkdir(parents=True)
        write_before(dicom, phantom, images, identity)
        words = {
            "case": {"path": "dicom", "perfused_confirmed": True},
            "patient": PATIENT,
            "product": {"name": "glass"},
        }
        heading = "The second digital patient before treatment: nobody's data. Roles of its structures follow from their names."
        (draft.path / "before" / "case.toml").write_text(toml_text(words, heading=heading), encoding="utf-8")
        (draft.path / "truth.json").write_text(json.dumps(truth, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return DigitalCourse(phantom, uptake, identity, seed)


def make_treatment(folder: Path, course: DigitalCourse, ordered_gbq: float, *, overwrite: bool = False) -> float:
    """Write the images after treatment as `folder`/after, with the truth beside them, and return the activity that was given, GBq.

    The delivery is another than planned: less activity, a colder index lesion, a second lesion hardly reached, another shunt; the patient
    lies in the PET's own frame of reference.

    Raises
    ------
    IntakeError
        As `make_course`.
    """
    row = table("phantom")["course"]
    given_gbq = round(ordered_gbq * float(row["given_fraction"]), 2)
    settings = DeliverySettings(
        given_gbq,
        lung_shunt=row["delivered_lung_shunt"],
        tumour_to_normal={
            "tumour-1": row["delivered_tumour_to_normal"],
            "tumour-2": row["delivered_second_to_normal"],
        },
        seed=course.seed,
    )
    delivery = simulate_delivery(course.planned, course.phantom.ct, course.identity, settings)
    with output_folder(folder / "after", command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = subject_of(course.identity.patient_id)
        dicom = draft.path / "dicom"
        dicom.mkdir()
        write_delivery(dicom, dicom, delivery, description="phantom")
        write_rtstruct(dicom / "structures.dcm", course.phantom.contours, course.identity, label="PHANTOM")
        words = {
            "case": {"path": "dicom", "perfused_confirmed": True},
            "patient": PATIENT,
            "product": {"name": "glass"},
            "given": given_words(delivery),
        }
        heading = "The second digital patient after treatment: nobody's data. Structures are those of the planning CT, in its frame of reference."
        (draft.path / "case.toml").write_text(toml_text(words, heading=heading), encoding="utf-8")
        text = json.dumps(dict(delivery.truth), indent=2, ensure_ascii=False) + "\n"
        (draft.path / "truth.json").write_text(text, encoding="utf-8")
    return given_gbq


def _identity(seed: int) -> PatientIdentity:
    """Return an identity of its own for the second digital patient."""
    one = phantom_identity(seed)
    study = str(uid_of("yttria digital course", seed))
    return replace(
        one, patient_id=PATIENT_ID, study_uid=study, study_id=f"DC{seed}"[:16], frame_uid=str(uid_of(study, "frame"))
    )
