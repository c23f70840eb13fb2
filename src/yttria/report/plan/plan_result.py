"""A planned patient under the keys of the contract: the numbers of `yttria plan --json`, every key with its unit."""

from collections.abc import Container, Mapping

from yttria.contract.plan import (
    AimRecord,
    ClashRecord,
    ContraindicationRecord,
    CriterionRecord,
    DosimetryResult,
    EstimatedRecord,
    FocusRecord,
    InjectionRecord,
    LesionPartRecord,
    LesionRecord,
    LimitRecord,
    LungRecord,
    OptionRecord,
    PlanResult,
    ProbabilityRecord,
    ShuntRecord,
    SourceRecord,
    VolumeRecord,
    WindowRecord,
)
from yttria.values.aims_limits import Aim, DoseName, LimitCheck
from yttria.values.dvh import Dvh
from yttria.values.nuclide import Nuclide
from yttria.values.patient import AbsorbedDose, PatientCase, Result
from yttria.values.plan import Criterion, Lesion, Option, TargetProbability
from yttria.values.treatment import LungShunt
from yttria.values.units import BQ_PER_GBQ, G_PER_KG, Bq, Gy, Share

MATRIX = "geometric transfer matrix: Rousset et al., J Nucl Med 1998;39:904"
COVERINGS_PERCENT = (98, 95, 90, 70, 50, 30, 10, 5, 2)
THRESHOLDS_GY = (30, 40, 50, 70, 75, 88, 90, 100, 120, 150, 205, 250, 300, 400)


def plan_result(result: Result) -> PlanResult:
    """Return the result of a planned patient: units in the keys, nothing rounded, no identity."""
    activity = result.plan.shown.activity_bq
    shared = dosimetry_result(result.patient_case, result.absorbed, activity_bq=activity)
    return PlanResult(
        **{name: getattr(shared, name) for name in type(shared).model_fields},
        eligibility=[_criterion(c) for c in result.plan.eligibility],
        contraindications=[
            ContraindicationRecord(
                name=c.name, found=c.found, judgement=c.judgement, source=c.source, missing=list(c.missing)
            )
            for c in result.plan.contraindications
        ],
        injections=injection_records(result),
        options=[_option(o) for o in result.plan.options],
        window=[
            WindowRecord(at=m.at, activity_gbq=m.activity_bq / BQ_PER_GBQ, probability=m.probability)
            for m in (result.plan.window.marks if result.plan.window else ())
        ],
        clash=_clash(result.plan.clash),
        lesions=[_lesion(x) for x in result.plan.lesions],
        recommended=result.plan.recommended,
        reason=result.plan.reason,
    )


def dosimetry_result(
    patient_case: PatientCase, absorbed: AbsorbedDose, *, activity_bq: float | None = None
) -> DosimetryResult:
    """Return what a plan and a verification share: constants, volumes, shunt and dose per GBq administered.

    Parameters
    ----------
    activity_bq
        Administered activity that lung doses are told of; that of the absorbed dose where absent.
    """
    choices, uptake, unknown = patient_case.choices, absorbed.uptake, absorbed.unknown_doses
    without = absorbed.reserve_without_tumour
    per_gbq = BQ_PER_GBQ / absorbed.activity_bq
    return DosimetryResult(
        nuclide=choices.nuclide.name,
        product=choices.product.key,
        k_gy_kg_per_gbq=choices.nuclide.dose_constant_gy_kg_per_gbq,
        k_source=choices.nuclide.source,
        method=choices.method,
        calibration=choices.calibration,
        lung_shunt=_shunt(absorbed.shunt),
        volumes={
            role: VolumeRecord(name=voi.name, ml=voi.ml, mass_kg=absorbed.mass_g[role] / G_PER_KG)
            for role, voi in absorbed.volumes.items()
        },
        index=absorbed.index,
        sampling="voxels",
        mean_weighting="mass",
        hepatic_reserve_fraction=absorbed.reserve,
        hepatic_reserve_without_tumour_fraction=absorbed.reserve if without is None else without,
        tumour_involvement_fraction=absorbed.tumour_share,
        perfused_tumour_involvement_fraction=absorbed.perfused_tumour_share,
        tumour_to_normal=absorbed.tumour_to_normal,
        perfused_counts_fraction=uptake.perfused if uptake else None,
        perfused_counts_blur_fraction=uptake.perfused_blur if uptake else None,
        liver_counts_fraction=uptake.liver if uptake else None,
        liver_counts_blur_fraction=uptake.liver_blur if uptake else None,
        foci=[FocusRecord(centre_lps_mm=f.centre_lps_mm, share=f.share, ml=f.ml) for f in absorbed.foci],
        lung=_lung(absorbed, activity_bq or absorbed.activity_bq, choices.nuclide),
        per_gbq={name: dose * per_gbq for name, dose in _known_doses(absorbed.doses_gy, unknown).items()},
        recovered_per_gbq={
            name: absorbed.recovered_gy[name] * per_gbq if name in absorbed.recovered_gy else None
            for name in absorbed.doses_gy
            if name not in {"TD", "LD"}
        },
        judged_doses="corrected" if absorbed.uncorrected_gy else "uncorrected",
        uncorrected_per_gbq={
            name: dose * per_gbq
            for name, dose in _known_doses(absorbed.uncorrected_gy or absorbed.doses_gy, unknown).items()
        },
        partition_per_gbq={name: dose * per_gbq for name, dose in absorbed.partition_gy.items()},
        recovery_source=MATRIX if choices.recovery is None else choices.recovery.source,
        inputs=[
            SourceRecord(role=i.role, description=i.description, files=i.files, sha256=i.sha256)
            for i in patient_case.inputs
        ],
    )


def _lung(absorbed: AbsorbedDose, activity_bq: float, nuclide: Nuclide) -> LungRecord | None:
    lungs = absorbed.lungs
    if lungs is None:
        return None
    return LungRecord(
        shunt_spect=lungs.spect.fraction if lungs.spect else None,
        shunt_planar=lungs.planar.fraction if lungs.planar else None,
        mass_ct_kg=None if lungs.mass_ct_g is None else lungs.mass_ct_g / G_PER_KG,
        mass_default_kg=lungs.mass_default_g / G_PER_KG,
        doses_gy={
            name: nuclide.mean_dose(Bq(activity_bq * pair.fraction), pair.lung_mass_g)
            for name, pair in lungs.pairs.items()
            if pair.method != "absent"
        },
        judged=lungs.judged,
    )


def _known_doses(doses: Mapping[DoseName, float], unknown: Container[DoseName]) -> dict[str, float]:
    """Return the doses without those that are not known."""
    return {name: dose for name, dose in doses.items() if name not in unknown}


def _lesion(lesion: Lesion) -> LesionRecord:
    return LesionRecord(
        role=lesion.role,
        name=lesion.name,
        ml=lesion.ml,
        aim_gy=lesion.aim_gy,
        dose_gy=lesion.dose_gy,
        treated=lesion.treated,
        below_aim=lesion.below_aim,
        cold_ml=lesion.cold_ml,
        rest_gy=lesion.rest_gy,
        recovered_gy=lesion.recovered_gy,
        parts=[LesionPartRecord(injection=p.injection, ml=p.ml, dose_gy=p.dose_gy) for p in lesion.parts],
        activity_fraction=lesion.activity_share,
        tumour_to_normal=lesion.tumour_to_normal,
        d95_gy=lesion.d95_gy,
        d70_gy=lesion.d70_gy,
        v205_fraction=lesion.v205,
        aim_probability=lesion.aim_probability,
    )


def _shunt(shunt: LungShunt) -> ShuntRecord:
    return ShuntRecord(
        fraction=shunt.fraction,
        method=shunt.method,
        lung_mass_kg=shunt.lung_mass_g / G_PER_KG,
        lung_mass_source=shunt.lung_mass_source,
        standard_uncertainty=shunt.uncertainty,
        detail=dict(shunt.detail),
    )


def dvh_record(dvh: Dvh) -> dict[str, float]:
    """Return mean, minimum, maximum and D in Gy, V as a fraction of the volume, by their usual names."""
    record: dict[str, float] = {"ml": dvh.ml, "mean": dvh.mean, "min": dvh.minimum, "max": dvh.maximum}
    record |= {f"D{p}": float(dvh.dose_covering(Share(p / 100))) for p in COVERINGS_PERCENT}
    record |= {f"V{gy}": float(dvh.share_above(Gy(gy))) for gy in THRESHOLDS_GY}
    return record


def _option(option: Option) -> OptionRecord:
    return OptionRecord(
        approach=option.approach,
        activity_gbq=option.activity_bq / BQ_PER_GBQ,
        activities_gbq={name: bq / BQ_PER_GBQ for name, bq in option.activities_bq.items()},
        aim=_aim(option.aim),
        reached=option.reached,
        doses_gy=_known_doses(option.doses_gy, option.unknown_doses),
        dvh={role: dvh_record(dvh) for role, dvh in option.dvh.items()},
        uncertainty=uncertainty_record(option),
        limits=[limit_record(c) for c in option.checks],
        binding=list(option.bindings) if option.activities_bq else option.binding or None,
        wished_activity_gbq=option.wished_activity_bq and option.wished_activity_bq / BQ_PER_GBQ,
        wished_doses_gy=_known_doses(option.wished_doses_gy, option.unknown_doses),
        note=option.note,
        recovered_gy={name: option.corrected_gy.get(name) for name in option.doses_gy if name != "LD"},
        uncorrected_gy=_known_doses(option.uncorrected_gy or option.doses_gy, option.unknown_doses),
        probability=_probability(option.probability),
        tcp=None,
        ntcp=None,
    )


def _probability(probability: TargetProbability | None) -> ProbabilityRecord | None:
    if probability is None:
        return None
    return ProbabilityRecord(
        aim=dict(probability.aim),
        limits=dict(probability.limits),
        all_aims=probability.all_aims,
        all_targets=probability.all_targets,
    )


def injection_records(result: Result) -> list[InjectionRecord]:
    """Return the injections of a case, each with the doses of 1 GBq of it; one alone has those of the plan."""
    absorbed = result.absorbed
    by_name = {i.name: i for i in absorbed.injections}
    alone = {name: dose * BQ_PER_GBQ / absorbed.activity_bq for name, dose in absorbed.doses_gy.items()}
    return [
        InjectionRecord(
            name=i.name,
            per_gbq=_known_doses(by_name[i.name].doses_gy, by_name[i.name].unknown_doses)
            if i.name in by_name
            else _known_doses(alone, absorbed.unknown_doses),
            lung_shunt=_shunt(by_name[i.name].shunt if i.name in by_name else absorbed.shunt),
            counts_fraction=by_name[i.name].counts_fraction if i.name in by_name else 1.0,
            session=i.session,
            given_gbq=None if i.given is None else i.given.activity_bq / BQ_PER_GBQ,
            least_gbq=i.least_bq / BQ_PER_GBQ or None,
        )
        for i in result.patient_case.injections
    ]


def _clash(least: Mapping[str, Gy]) -> ClashRecord | None:
    return ClashRecord(limits=list(least), least={**least}) if least else None


def _aim(aim: Aim | None) -> AimRecord | None:
    if aim is None:
        return None
    return AimRecord(volume=aim.volume, dose_gy=aim.dose_gy, wished_gy=aim.wished_gy, source=aim.source)


def uncertainty_record(option: Option) -> dict[str, EstimatedRecord]:
    """Return each dose of an option with its 95 % interval and budget."""
    return {
        name: EstimatedRecord(value=e.value, low=e.low, high=e.high, budget=dict(e.budget))
        for name, e in option.uncertainty.items()
    }


def limit_record(check: LimitCheck) -> LimitRecord:
    """Return a limit beside the value that it judges."""
    limit = check.limit
    return LimitRecord(
        name=limit.name,
        volume=limit.volume,
        value_gy=check.value_gy if check.is_known else None,
        recovered_value_gy=check.corrected_gy,
        limit_gy=limit.limit_gy,
        holds=check.holds if check.is_known else None,
        source=limit.source,
        condition=limit.condition,
        state=limit.state,
        missing=list(limit.missing),
    )


def _criterion(criterion: Criterion) -> CriterionRecord:
    return CriterionRecord(
        name=criterion.name,
        asked=criterion.requirement,
        found=criterion.found,
        met=criterion.met,
        source=criterion.source,
    )
