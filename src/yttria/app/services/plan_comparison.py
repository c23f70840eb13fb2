"""The plan beside what an image after treatment shows: doses by name, the two frames of reference, voxels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from yttria.app.services.plan_record import (
    PlanRecord,
    doses_comparable,
    given_by_injection,
    planned_doses,
    predicted_doses,
    predicted_lung_shunt,
)
from yttria.app.services.plan_voxels import agreement, patient_hash, predicted_dose
from yttria.contract.plan import OptionRecord
from yttria.delivery.verification import (
    dose_comparisons,
    ratio_of,
)
from yttria.io.case.frames_of_reference import turn_deg
from yttria.io.files.plan_voxels import VOXELS_FILE
from yttria.physics.dosimetry.uncertainty import resolution_of
from yttria.values.errors import Finding, IntakeError
from yttria.values.grid import Grid
from yttria.values.maps import CtImage, DoseMap
from yttria.values.patient import AbsorbedDose, PatientCase
from yttria.values.plan import Option
from yttria.values.treatment import Administration, LungShunt
from yttria.values.units import BQ_PER_GBQ
from yttria.values.verification import (
    Alignment,
    AlignmentMethod,
    PlanComparison,
)

Findings = list[Finding]


def comparison_with_plan(
    plan: PlanRecord | None,
    chosen: OptionRecord | None,
    case: PatientCase,
    absorbed: AbsorbedDose,
    option: Option,
    administration: Administration,
    correlation: float | None,
) -> tuple[PlanComparison | None, DoseMap | None, Findings]:
    """Return the plan beside what was delivered, its dose where the image has the patient, and findings; nothing without a plan."""
    if plan is None or chosen is None:
        return None, None, []
    given_gbq = given_by_injection(plan, case, administration.activity_bq / BQ_PER_GBQ)
    is_corrected = bool(absorbed.uncorrected_gy)
    numbers = _against(plan, chosen, option, given_gbq, absorbed.shunt, is_corrected=is_corrected)
    motion, findings = _motion(plan, case)
    findings += _audit_lung_pair(plan, absorbed, given_gbq)
    if not doses_comparable(plan, is_corrected=is_corrected):
        findings.append(_judged_otherwise(is_corrected=is_corrected))
    if motion is None or plan.voxels is None:
        return numbers, None, findings
    if "" in given_gbq:  # the plan may name its only injection
        given_gbq = dict.fromkeys(plan.voxels.gy_per_gbq, given_gbq[""])
    predicted = predicted_dose(plan.voxels, given_gbq, motion, absorbed.dose.grid.frame_uid)
    delivered = absorbed.dose.times(administration.activity_bq / absorbed.activity_bq)
    voxels, difference = agreement(plan.voxels, predicted, delivered, delivered_fwhm_mm=resolution_of(case.modality)[0])
    alignment = _alignment(case, motion, absorbed, correlation)
    if alignment.method == "registered":
        message = f"plan and image lie in two frames of reference: their CTs were registered here (rigid, mutual information; moved {alignment.moved_mm:.1f} mm, turned {alignment.turned_deg:.1f}°, correlation {correlation or 0:.3f}); look at the picture of both before a difference is believed"
        values = {
            "moved_mm": alignment.moved_mm,
            "turned_deg": alignment.turned_deg,
            "correlation": correlation,
        }
        findings.append(Finding("warning", "registered-here", message, values))
    return replace(numbers, alignment=alignment, voxels=voxels, difference=difference), predicted, findings


def _audit_lung_pair(plan: PlanRecord, absorbed: AbsorbedDose, given_gbq: Mapping[str, float]) -> Findings:
    """Return a note where the plan's lung dose stands on another pair of shunt and mass than the image's, with what it predicts by the image's."""
    lung, here = plan.result.lung, absorbed.lungs
    if lung is None or here is None or lung.judged == here.judged or "" not in given_gbq:
        return []
    own, other = lung.doses_gy.get(lung.judged, 0.0), lung.doses_gy.get(here.judged)
    if other is None or own <= 0:
        return []
    predicted = other / own * plan.result.per_gbq["LD"] * given_gbq[""]
    message = f"the plan's lung dose stands on another pair of shunt and mass ({lung.judged}) than the image's ({here.judged}); by the image's pair the plan predicts {predicted:.1f} Gy: the rest of the difference is one of convention"
    return [Finding("note", "lung-pairs-differ", message, {"predicted_gy": predicted})]


def _judged_otherwise(*, is_corrected: bool) -> Finding:
    """Return a warning that the doses of plan and image are of two kinds."""
    kinds = ("as the image has them", "corrected for blur")
    here, there = (kinds[is_corrected], kinds[not is_corrected])
    message = f"the plan's injections were judged by doses {there}, this image is judged by doses {here}: what is predicted and what was delivered differ by that too; plan the case again with the same [recovery]"
    return Finding("warning", "plan-judged-otherwise", message)


def _motion(plan: PlanRecord, case: PatientCase) -> tuple[NDArray[np.float64] | None, Findings]:
    """Return what takes the plan's frame to the image's; None with a warning that says why voxels cannot be compared."""
    voxels = plan.voxels
    if voxels is None:
        message = f"beside {plan.path.name} lies no {VOXELS_FILE}: mean doses are compared, voxels and DVHs are not; plan the case again with --out to have it"
        return None, [Finding("warning", "plan-without-voxels", message)]
    is_stated = any(f.code == "identity-said-same" for f in case.findings)
    if voxels.patient and (here := patient_hash(case)) and here != voxels.patient and not is_stated:
        raise IntakeError(
            "plan and image must be of one patient, but their patient identifiers differ; name the plan of this patient, or, where they are one person, write in case.toml:\n"
            '[patient]\nsame = true\nby = "who decided"',
            code="plan-of-another-patient",
        )
    frame = voxels.grid.frame_uid
    if case.joined_by == "same-frame":
        return np.eye(4), []
    if frame in case.motions:
        return np.asarray(case.motions[frame]), []
    message = "plan and image lie in two frames of reference and no CT of both is there to register them: mean doses are compared, voxels and DVHs are not; put a rigid DICOM registration (REG) into the case"
    return None, [Finding("warning", "plan-not-registered", message)]


def _alignment(
    case: PatientCase, motion: NDArray[np.float64], absorbed: AbsorbedDose, correlation: float | None
) -> Alignment:
    """Return how far the motion takes the centre of the liver, and by what it was found."""
    method: AlignmentMethod = cast("AlignmentMethod", case.joined_by)
    centre = np.append(absorbed.volumes["liver"].centroid_lps_mm, 1.0)
    moved = float(np.linalg.norm((centre - np.linalg.inv(motion) @ centre)[:3]))
    return Alignment(method, moved, turn_deg(motion), correlation if method == "registered" else None)


def moved_plan_ct(plan: PlanRecord | None, case: PatientCase) -> CtImage | None:
    """Return the plan's CT where the image has the patient; None where nothing was registered here."""
    if plan is None or plan.voxels is None or plan.voxels.ct is None or case.joined_by != "registered":
        return None
    ct = plan.voxels.ct
    moved = case.motions[plan.voxels.grid.frame_uid] @ ct.grid.matrix
    return CtImage(Grid.of(ct.grid.shape_zyx, moved, case.emission.grid.frame_uid), ct.hu)


def _against(
    plan: PlanRecord,
    chosen: OptionRecord,
    option: Option,
    given_gbq: Mapping[str, float],
    shunt: LungShunt,
    *,
    is_corrected: bool,
) -> PlanComparison:
    """Return the plan's doses beside what was delivered, all by the convention that judges."""
    predicted = predicted_doses(plan, given_gbq, is_corrected=is_corrected)
    planned = planned_doses(plan, chosen, is_corrected=is_corrected)
    fraction = None if shunt.method == "absent" else float(shunt.fraction)
    return PlanComparison(
        approach=chosen.approach,
        activity_fraction=sum(given_gbq.values()) / chosen.activity_gbq,
        doses=dose_comparisons(
            planned, predicted, {n: d for n, d in option.doses_gy.items() if n not in option.unknown_doses}
        ),
        tumour_to_normal=(ratio_of(predicted), ratio_of(option.doses_gy)),
        lung_shunt=(predicted_lung_shunt(plan, given_gbq), fraction),
    )
