"""A verified treatment under the keys of the contract: the numbers of `yttria verify --json`, every key with its unit."""

from yttria.contract.verification import (
    AgainstPlanRecord,
    AimResultRecord,
    DoseComparisonRecord,
    GammaRecord,
    GivenRecord,
    ImageRecord,
    PredictedDeliveredRecord,
    RegistrationRecord,
    ResolutionRecord,
    VerifyResult,
    VoxelsRecord,
)
from yttria.report.plan.plan_result import dosimetry_result, dvh_record, limit_record, uncertainty_record
from yttria.values.units import BQ_PER_GBQ, Bq
from yttria.values.verification import Alignment, ImageActivity, PlanComparison, Verification, VoxelAgreement


def verification_result(verification: Verification) -> VerifyResult:
    """Return the result of a verified treatment: units in the keys, nothing rounded, no identity."""
    shared = dosimetry_result(verification.patient_case, verification.absorbed)
    option, recovered = verification.option, verification.recovered_gy
    return VerifyResult(
        **{name: getattr(shared, name) for name in type(shared).model_fields},
        given=GivenRecord(
            activity_gbq=verification.given.activity_bq / BQ_PER_GBQ,
            at=verification.given.at.isoformat() if verification.given.at else None,
        ),
        image=_image(verification.image),
        doses_gy={name: dose for name, dose in option.doses_gy.items() if name not in option.unknown_doses},
        recovered_gy={name: recovered.get(name) for name in option.doses_gy if name not in {"TD", "LD"}},
        uncertainty=uncertainty_record(option),
        dvh={role: dvh_record(dvh) for role, dvh in option.dvh.items()},
        limits=[limit_record(c) for c in option.checks],
        aims=[
            AimResultRecord(
                name=a.aim.volume,
                wanted_gy=a.aim.dose_gy,
                found_gy=a.found_gy,
                recovered_found_gy=a.corrected_gy,
                met=a.met,
                source=a.aim.source,
            )
            for a in verification.aims
        ],
        headroom={name: _gbq(room) for name, room in verification.headroom_bq.items()},
        against_plan=None if verification.plan is None else _against(verification.plan),
    )


def _gbq(activity: Bq | None) -> float | None:
    return None if activity is None else activity / BQ_PER_GBQ


def _image(image: ImageActivity) -> ImageRecord:
    return ImageRecord(
        activity_gbq=_gbq(image.activity_bq),
        at_instant=image.at.isoformat() if image.at else None,
        of_given_fraction=image.of_given,
        outside_body_fraction=image.outside_body,
        elsewhere_fraction=image.elsewhere,
        negative_fraction=image.negative,
    )


def _against(plan: PlanComparison) -> AgainstPlanRecord:
    return AgainstPlanRecord(
        approach=plan.approach,
        activity_fraction=plan.activity_fraction,
        doses={
            name: DoseComparisonRecord(
                planned_gy=d.planned_gy,
                predicted_gy=d.predicted_gy,
                delivered_gy=d.delivered_gy,
                difference_gy=d.difference_gy,
                ratio=d.ratio,
            )
            for name, d in plan.doses.items()
        },
        tumour_to_normal=_pair(plan.tumour_to_normal),
        lung_shunt=_pair(plan.lung_shunt),
        registration=None if plan.alignment is None else _registration(plan.alignment),
        voxels=None if plan.voxels is None else _voxels(plan.voxels),
    )


def _pair(pair: tuple[float | None, float | None]) -> PredictedDeliveredRecord:
    return PredictedDeliveredRecord(predicted=pair[0], delivered=pair[1])


def _registration(alignment: Alignment) -> RegistrationRecord:
    return RegistrationRecord(
        method=alignment.method,
        moved_mm=alignment.moved_mm,
        turned_deg=alignment.turned_deg,
        correlation=alignment.correlation,
    )


def _voxels(voxels: VoxelAgreement) -> VoxelsRecord:
    return VoxelsRecord(
        n=voxels.n,
        fwhm_mm=ResolutionRecord(predicted=voxels.predicted_fwhm_mm, delivered=voxels.delivered_fwhm_mm),
        bias_gy=voxels.bias_gy,
        sd_gy=voxels.sd_gy,
        low_gy=voxels.low_gy,
        high_gy=voxels.high_gy,
        lin_ccc=voxels.lin_ccc,
        gamma=GammaRecord(
            dose_percent=voxels.gamma.dose_percent,
            distance_mm=voxels.gamma.distance_mm,
            threshold_percent=voxels.gamma.threshold_percent,
            n=voxels.gamma_n,
            pass_fraction=voxels.gamma_pass,
        ),
    )
