"""A case with its image after treatment to what was delivered: the order of the steps, nothing is computed here but sums and ratios."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from yttria import __version__
from yttria.app.provenance import envelope
from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.app.services.plan import absorbed_dose, activity, on_emission_grid
from yttria.app.services.plan_comparison import comparison_with_plan, moved_plan_ct
from yttria.app.services.plan_record import (
    PlanRecord,
    comparison_option,
    read_plan_record,
)
from yttria.app.services.plan_voxels import predicted_dvh
from yttria.app.services.site import site_of, site_path
from yttria.contract.envelope import Answer
from yttria.contract.plan import OptionRecord
from yttria.contract.site import SiteFile
from yttria.contract.verification import VerifyRequest, VerifyResult
from yttria.delivery.verification import (
    audit_aims,
    audit_image,
    audit_limits,
    headroom,
)
from yttria.io.case.case_file import case_paths
from yttria.io.case.patient_case import read_patient_case
from yttria.io.case.site_options import with_site
from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.files.output import output_folder, subject_of
from yttria.physics.dosimetry.image_noise import noise_of_means
from yttria.physics.dosimetry.local_deposition import ROLE_OF, lung_dose
from yttria.physics.dosimetry.uncertainty import resolution_of
from yttria.physics.geometry.contour_rasterisation import structure_on
from yttria.physics.geometry.volume_algebra import union
from yttria.physics.quantification.body_activity import HALF, activity_within, body_mask, elsewhere_share, outside_share
from yttria.planning.activity_planning import decided_option
from yttria.report.delivery.document import verification_document
from yttria.report.delivery.verification_result import verification_result
from yttria.values.aims_limits import Aim
from yttria.values.contour import Contour
from yttria.values.errors import Finding, IntakeError
from yttria.values.maps import ActivityMap, CtImage, Voi
from yttria.values.patient import AbsorbedDose, ActivityDistribution, EmissionAnatomy, PatientCase
from yttria.values.plan import Option
from yttria.values.plan_voxels import PlanVoxels
from yttria.values.treatment import Administration
from yttria.values.units import BQ_PER_GBQ, Bq, Share
from yttria.values.verification import (
    AimResult,
    ImageActivity,
    Verification,
)

Findings = list[Finding]
VERIFY_FILES = ("verify.json", *REPORT_FILES, "dose.dcm")
OF_A_PLAN = {"uptake-outside", "uptake-elsewhere"}
"""Findings of a plan's image that verification says in its own words."""


def run(request: VerifyRequest) -> Answer[VerifyResult]:
    """Verify a treatment; write report, verify.json and RTDOSE where a folder is asked for.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    plan = None if request.plan is None else read_plan_record(request.plan)
    verification = verify_case(request.case, plan, approach=request.approach, site=site_of(request.site))
    files = (
        ()
        if request.out is None
        else write_verification(verification, request.out, inputs=_inputs(request), replace=request.replace)
    )
    return Answer(verification_result(verification), verification.findings, files)


def _inputs(request: VerifyRequest) -> tuple[Path, ...]:
    """Return what a verification reads, so that it is never written over."""
    other_files = (request.plan, site_path(request.site))
    return (*case_paths(request.case), *(path for path in other_files if path is not None))


def verify_case(
    case: Path, plan: PlanRecord | None = None, *, approach: str | None = None, site: SiteFile | None = None
) -> Verification:
    """Return a verified treatment.

    Parameters
    ----------
    site
        What the site file says; the case's own words stand above it.

    Raises
    ------
    YttriaError
        What was delivered is not said; a plan of another product, or without the option that is named; each refusal of reading.
    """
    voxels = None if plan is None else plan.voxels
    frame = "" if voxels is None else voxels.grid.frame_uid
    quality: list[float] = []
    patient_case = read_patient_case(
        case, delivered=True, plan_frame=frame, register=lambda ct: _registered(ct, voxels, quality)
    )
    if site is not None:
        patient_case = replace(patient_case, choices=with_site(patient_case.choices, site))
    return verify_patient(patient_case, plan, approach=approach, correlation=next(iter(quality), None))


def _registered(ct: CtImage, voxels: PlanVoxels | None, quality: list[float]) -> NDArray[np.float64] | None:
    """Return what brings the plan's CT onto the case's, and keep how well they agree; None where the plan has no CT.

    Raises
    ------
    GeometryError
        They could not be brought together.
    """
    if voxels is None or voxels.ct is None:
        return None
    from yttria.physics.geometry.registration import register  # SimpleITK costs a second

    rigid_motion = register(voxels.ct, ct)
    quality.append(rigid_motion.correlation)
    return rigid_motion.matrix


def verify_patient(
    patient_case: PatientCase,
    plan: PlanRecord | None = None,
    *,
    approach: str | None = None,
    correlation: float | None = None,
) -> Verification:
    """Return what the image after treatment says of a patient's doses, limits and aims, beside the plan where one is named.

    Parameters
    ----------
    correlation
        Of the CTs of plan and image, where reading the case registered them.
    """
    administration = _administration(patient_case)
    option_record = None if plan is None else _option_of(plan, patient_case, administration, approach)
    case, predicted_shunt = _without_predicted_shunt(patient_case)
    anatomy, findings = on_emission_grid(case)
    distribution, more = activity(_shunted(case, anatomy, predicted_shunt), anatomy)
    findings += more
    image, more = _image(case, anatomy, distribution, administration)
    findings += more
    absorbed, more = absorbed_dose(case, anatomy, distribution)
    findings += more
    absorbed = _with_noise(_with_lung_dose(case, absorbed, distribution), case)
    decided = replace(case.choices, given=administration)
    option, aims_of_rules = decided_option(absorbed, facts=case.facts, choices=decided)
    aims = _aims(aims_of_rules, option, absorbed)
    comparison, predicted, more = comparison_with_plan(
        plan, option_record, case, absorbed, option, administration, correlation
    )
    findings += more
    own = [*_audit_particles(case), *audit_image(image), *audit_limits(option.checks), *audit_aims(aims)]
    others = [f for f in (*patient_case.findings, *findings) if f.code not in OF_A_PLAN]
    return Verification(
        patient_case=case,
        absorbed=absorbed,
        option=option,
        given=administration,
        image=image,
        aims=aims,
        headroom_bq=headroom(option.checks, option.doses_gy, administration.activity_bq),
        plan=comparison,
        predicted_dvh={} if predicted is None else predicted_dvh(case, predicted),
        plan_ct=moved_plan_ct(plan, case),
        findings=tuple(dict.fromkeys([*own, *others])),
    )


def write_verification(
    verification: Verification, out: Path, *, inputs: Iterable[Path], replace: bool = False
) -> tuple[Path, ...]:
    """Write verify.json, report.pdf, report.html and dose.dcm into `out`, all of them or none; return them.

    Raises
    ------
    IntakeError
        A folder that cannot be written, or that holds such files of another case.
    """
    identity = verification.patient_case.identity
    with output_folder(out, command="verify", inputs=inputs, replace=replace, private=VERIFY_FILES) as draft:
        draft.subject = subject_of(identity.patient_id, identity.study_uid, verification.patient_case.name)
        record = envelope("verify", verification_result(verification).model_dump(), verification.findings)
        write_answer(
            draft.path / "verify.json", record, verification_document(verification, version=__version__), identity
        )
        absorbed = verification.absorbed
        delivered = absorbed.dose.times(verification.given.activity_bq / absorbed.activity_bq)
        comment = f"delivered {verification.given.activity_bq / BQ_PER_GBQ:.3f} GBq {verification.patient_case.choices.nuclide.name}, research use only"
        write_rtdose(draft.path / "dose.dcm", delivered, identity, comment=comment, density=absorbed.density)
    return tuple(out / name for name in VERIFY_FILES)


def _administration(patient_case: PatientCase) -> Administration:
    administration = patient_case.choices.given
    if administration is None:
        raise IntakeError(
            "a verification needs what was delivered, but the case does not say it; add to case.toml:\n"
            "[given]\nactivity_gbq = 2.41\nat = 2026-11-30T14:00:00+01:00",
            code="given-absent",
        )
    return administration


def _option_of(
    plan: PlanRecord, patient_case: PatientCase, administration: Administration, approach: str | None
) -> OptionRecord:
    """Return the option to compare with, refusing a plan of another product."""
    planned, here = (plan.result.product, plan.result.nuclide), patient_case.choices
    if planned != (here.product.key, here.nuclide.name):
        raise IntakeError(
            f"the plan must be of the product that was given, but is of {planned[0]} ({planned[1]}) where the case has {here.product.key} ({here.nuclide.name}); name the plan of this treatment",
            code="plan-of-another-product",
        )
    return comparison_option(plan, administration.activity_bq / BQ_PER_GBQ, approach)


def _without_predicted_shunt(patient_case: PatientCase) -> tuple[PatientCase, Share | None]:
    """Return the case without the shunt that was predicted: what the image shows counts; and that shunt."""
    choices = patient_case.choices
    measured = replace(choices, shunt_fraction=None, shunt_method=None)
    return replace(patient_case, choices=measured, planar=None), choices.shunt_fraction


def _shunted(case: PatientCase, anatomy: EmissionAnatomy, predicted: Share | None) -> PatientCase:
    """Return the case with the predicted shunt where its image cannot show one: without lungs in it."""
    if "lungs" in anatomy.volumes or predicted is None:
        return case
    return replace(case, choices=replace(case.choices, shunt_fraction=predicted))


def _image(
    case: PatientCase, anatomy: EmissionAnatomy, distribution: ActivityDistribution, administration: Administration
) -> tuple[ImageActivity, Findings]:
    """Return how much activity the image holds and where."""
    emission = case.emission
    negative = sum(
        float(f.values.get("negative_fraction") or 0.0) for f in case.findings if f.code == "negative-voxels"
    )
    body_mask = _body(case)
    body = np.ones(emission.grid.shape_zyx, dtype=bool) if body_mask is None else body_mask
    liver, lungs = anatomy.volumes["liver"], anatomy.volumes.get("lungs")
    elsewhere = elsewhere_share(emission.numbers, body, liver, lungs)
    outside = None if body_mask is None else outside_share(emission.numbers, body)
    if case.choices.calibration == "relative" or not isinstance(emission, ActivityMap):
        return ImageActivity(None, case.acquired, None, outside, negative, elsewhere), []
    inside = activity_within(emission, body)
    at_administration = activity_within(distribution.activity, body)
    at = _zoned(emission.reference, administration)
    return ImageActivity(inside, at, at_administration / administration.activity_bq, outside, negative, elsewhere), []


def _body(case: PatientCase) -> NDArray[np.bool_] | None:
    """Return which voxels lie in the body: as drawn, else as the CT shows it; None where neither is there."""
    structures: tuple[Contour | Voi, ...] = (*case.contours, *case.volumes)
    bodies = [structure for structure in structures if structure.role == "body"]
    if bodies:
        return np.asarray(union([structure_on(t, case.emission.grid) for t in bodies], role="body").share >= HALF)
    return None if case.ct is None else body_mask(case.ct, case.emission)


def _audit_particles(case: PatientCase) -> Findings:
    """Return a warning where the image is of another nuclide than what was given: it then shows no microspheres."""
    nuclide = _nuclide_of(case)
    if nuclide in {"", case.choices.nuclide.name}:
        return []
    message = f"the image is of {nuclide}, not of {case.choices.nuclide.name}: unless a scanner was set to another isotope, it does not show the microspheres that were given"
    return [Finding("warning", "image-not-of-product", message, {"nuclide": nuclide})]


def _nuclide_of(case: PatientCase) -> str:
    nuclide = case.emission.nuclide
    return nuclide if isinstance(nuclide, str) else nuclide.name


def _zoned(instant: datetime | None, administration: Administration) -> datetime | None:
    """Return an instant, in the zone of the administration where it has none."""
    if instant is None or instant.utcoffset() is not None or administration.at is None:
        return instant
    return instant.replace(tzinfo=administration.at.tzinfo)


def _with_lung_dose(case: PatientCase, absorbed: AbsorbedDose, distribution: ActivityDistribution) -> AbsorbedDose:
    """Return the doses with that of the lungs from the lung activity of an absolute image: k A_lung / m_lung.

    An image in counts, and one without lungs, keep the dose of the shunt.
    """
    shunt = absorbed.shunt
    counts = shunt.detail.get("lung_counts")
    if case.choices.calibration == "relative" or shunt.method != "spect" or counts is None:
        return absorbed
    emission = case.emission
    decays = distribution.activity.total / emission.numbers.sum(dtype="float64") / emission.grid.voxel_ml
    in_lungs = Bq(float(counts * emission.grid.voxel_ml * decays))
    alone = replace(shunt, fraction=Share(1.0))
    dose = lung_dose(in_lungs, alone, case.choices.nuclide)
    uncorrected = {**absorbed.uncorrected_gy, "LD": dose} if absorbed.uncorrected_gy else {}
    return replace(absorbed, doses_gy={**absorbed.doses_gy, "LD": dose}, uncorrected_gy=uncorrected)


def _with_noise(absorbed: AbsorbedDose, case: PatientCase) -> AbsorbedDose:
    """Return the doses with the noise of an image of the microspheres themselves in the budget of each."""
    if _nuclide_of(case) != case.choices.nuclide.name:
        return absorbed
    roles = {dose: ROLE_OF.get(dose, dose.replace("TD_", "tumour-")) for dose in absorbed.relative_uncertainty}
    roles |= {"TD": absorbed.index, "LD": "lungs"}
    noise = noise_of_means(case.emission, absorbed.volumes, roles, fwhm_mm=resolution_of(case.modality)[0])
    uncertainty = {
        dose: {**parts, "noise": noise[dose]} if dose in noise else parts
        for dose, parts in absorbed.relative_uncertainty.items()
    }
    return replace(absorbed, relative_uncertainty=uncertainty)


def _aims(aims: Sequence[Aim], option: Option, absorbed: AbsorbedDose) -> tuple[AimResult, ...]:
    """Return the aims of the rules beside what was delivered; every lesion has that of the index lesion."""
    by_volume = {aim.volume: aim for aim in aims}
    index = absorbed.index.replace("tumour-", "TD_")
    lesions = [n for n in option.doses_gy if n.startswith("TD_") and n not in {"TD_all", index}]
    if (aim := by_volume.get("TD")) is not None:
        by_volume |= {name: replace(aim, volume=name) for name in lesions}
    return tuple(
        AimResult(aim, option.doses_gy[name], option.corrected_gy.get(name), option.uncorrected_gy.get(name))
        for name, aim in by_volume.items()
    )
