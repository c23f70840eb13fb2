"""A patient case to a plan in three steps of physics (`on_emission_grid`, `activity`, `absorbed_dose`) and one of planning."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from yttria import __version__
from yttria.app.provenance import envelope
from yttria.app.services import injections
from yttria.app.services.answer_files import REPORT_FILES, write_answer
from yttria.app.services.plan_voxels import plan_voxels
from yttria.app.services.site import site_of, site_path
from yttria.contract.envelope import Answer
from yttria.contract.plan import PlanRequest, PlanResult
from yttria.io.case.case_file import case_paths
from yttria.io.case.patient_case import read_patient_case
from yttria.io.case.site_options import with_site
from yttria.io.dicom.rtdose import write_rtdose
from yttria.io.files.output import output_folder, subject_of
from yttria.io.files.plan_voxels import VOXELS_FILE, write_plan_voxels
from yttria.io.ground.structure_roles import only_side
from yttria.physics.dosimetry.cold_part import cold_parts
from yttria.physics.dosimetry.count_partition import audit_partition, measured_in_liver, partition_doses
from yttria.physics.dosimetry.local_deposition import in_tissue, local_deposition, masses, named_doses
from yttria.physics.dosimetry.partial_volume import (
    audit_partial_volume,
    curve_corrected_doses,
    judging_dose,
    with_corrected_doses,
)
from yttria.physics.dosimetry.uncertainty import Conditions, conditions, relative_uncertainty
from yttria.physics.geometry.contour_rasterisation import structure_on
from yttria.physics.geometry.regrid import audit_coverage, audit_overlap, bounding_subgrid
from yttria.physics.geometry.volume_algebra import (
    NOT_IN_LIVER,
    hepatic_reserve,
    named_volumes,
    normal_reserve,
    union,
)
from yttria.physics.quantification.activity import activity_at_administration, audit_uptake, relative_activity
from yttria.physics.quantification.ct_density import (
    audit_contrast,
    density_on,
    require_soft_tissue,
    uniform_density,
    with_liver_density,
    with_organ_density,
)
from yttria.physics.quantification.extrahepatic_foci import audit_foci, extrahepatic_foci
from yttria.physics.quantification.lung_conventions import lungs_by_convention
from yttria.physics.quantification.spill_over import recovered_doses
from yttria.physics.quantification.spill_sensitivity import dose_sensitivities
from yttria.physics.quantification.uptake_share import audit_shares, is_open, uptake_shares
from yttria.planning.activity_planning import plan_of
from yttria.planning.harm_order import by_harm
from yttria.planning.lesion_assessment import with_lesions
from yttria.planning.lung_activity import audit_lung_activity
from yttria.planning.scenario_fit import audit_scenario
from yttria.report.plan.document import plan_document
from yttria.report.plan.plan_result import plan_result
from yttria.values.aims_limits import DoseName
from yttria.values.contour import Contour
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding, GeometryError, PlanError
from yttria.values.grid import Grid
from yttria.values.maps import ActivityMap, CountMap, DensityMap, Voi
from yttria.values.patient import AbsorbedDose, ActivityDistribution, EmissionAnatomy, PatientCase, Result
from yttria.values.treatment import LungShunt
from yttria.values.units import BQ_PER_GBQ, Bq, Gy, Ml
from yttria.values.uptake import ImageUptake, LungContours, LungConventions

Findings = list[Finding]
PLAN_FILES = ("plan.json", *REPORT_FILES, "dose.dcm", VOXELS_FILE)


def run(request: PlanRequest) -> Answer[PlanResult]:
    """Plan a case; write report, plan.json and RTDOSE where a folder is asked for.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    result, files = plan_request(request)
    return plan_answer(result, files)


def plan_request(request: PlanRequest) -> tuple[Result, tuple[Path, ...]]:
    """Return a planned patient and the files that were written."""
    patient_case = read_patient_case(request.case)
    choices = with_site(patient_case.choices, site_of(request.site))
    result = plan_patient(dataclasses.replace(patient_case, choices=choices))
    site = site_path(request.site)
    inputs = (*case_paths(request.case), *([] if site is None else [site]))
    return result, () if request.out is None else write_plan(
        result, request.out, inputs=inputs, replace=request.replace
    )


def plan_answer(result: Result, files: tuple[Path, ...] = ()) -> Answer[PlanResult]:
    """Return a planned patient under the keys of the contract."""
    return Answer(plan_result(result), result.findings, files)


def plan_case(case: Path, out: Path, *, replace: bool = False) -> Result:
    """Read a case, plan it and write plan.json, report.pdf, report.html and dose.dcm into `out`, all of them or none.

    Raises
    ------
    YttriaError
        Each refusal on the way; nothing is written then.
    """
    result = plan_patient(read_patient_case(case))
    write_plan(result, out, inputs=case_paths(case), replace=replace)
    return result


def write_plan(result: Result, out: Path, *, inputs: Iterable[Path], replace: bool = False) -> tuple[Path, ...]:
    """Write plan.json, report.pdf, report.html and dose.dcm into `out`, all of them or none and never over `inputs`; return them.

    Raises
    ------
    IntakeError
        A folder that cannot be written, or that holds such files of another case.
    """
    identity = result.patient_case.identity
    with output_folder(out, command="plan", inputs=inputs, replace=replace, private=PLAN_FILES) as draft:
        draft.subject = subject_of(identity.patient_id, identity.study_uid, result.patient_case.name)
        record = envelope("plan", plan_result(result).model_dump(), result.findings)
        write_answer(draft.path / "plan.json", record, plan_document(result, version=__version__), identity)
        option, absorbed = result.plan.shown, result.absorbed
        planned = absorbed.dose.times(option.activity_bq / absorbed.activity_bq)
        activity_gbq = option.activity_bq / BQ_PER_GBQ
        comment = (
            f"{'' if result.plan.advised else 'not advised: '}{option.approach} {activity_gbq:.3f} GBq "
            f"{result.patient_case.choices.nuclide.name}, research use only"
        )
        write_rtdose(draft.path / "dose.dcm", planned, identity, comment=comment, density=absorbed.density)
        write_plan_voxels(draft.path / VOXELS_FILE, plan_voxels(result.patient_case, absorbed))
    return tuple(out / name for name in PLAN_FILES)


def plan_patient(patient_case: PatientCase) -> Result:
    """Return one patient's plan: structures, activity and dose of 1 GBq, options within limits, every doubt on the way."""
    anatomy, findings = on_emission_grid(patient_case)
    distribution, more = activity(patient_case, anatomy)
    findings += more
    anatomy = replace(
        anatomy, lungs=None
    )  # as they are drawn on the CT they are the largest of all, and the shunt stands
    absorbed, more = absorbed_dose(patient_case, anatomy, distribution)
    findings += more
    facts, choices = patient_case.facts, patient_case.choices
    on_the_way = [*patient_case.findings, *findings, *audit_scenario(absorbed, facts)]
    united = _united_dose(patient_case, anatomy, distribution, absorbed) if absorbed.injections else None
    plan, advice_findings = plan_of(absorbed, facts=facts, choices=choices, findings=on_the_way, united=united)
    option_dose = absorbed if united is None else united(plan.shown.activities_bq)
    plan, of_lesions = with_lesions(plan, option_dose, facts)
    advice_findings = (*advice_findings, *of_lesions, *audit_lung_activity(option_dose, plan, choices))
    return Result(patient_case, option_dose, plan, by_harm(dict.fromkeys([*on_the_way, *advice_findings])))


def on_emission_grid(patient_case: PatientCase) -> tuple[EmissionAnatomy, Findings]:
    """Return structures and density on the grid of the emission image, the lungs as drawn and their mass, and doubts.

    Raises
    ------
    YttriaError
        No liver; a structure outside the image; a density that no soft tissue has.
    """
    volumes, findings = _volumes(patient_case, patient_case.emission.grid)
    density, more = _density(patient_case, volumes["liver"])
    has_perfused = any(structure.role == "perfused" for structure in injections.structures_of(patient_case)) or bool(
        patient_case.injections
    )
    has_perfused = has_perfused and not any(finding.code == NOT_IN_LIVER for finding in findings)
    return EmissionAnatomy(volumes, density, _lungs(patient_case, volumes), has_perfused), [*findings, *more]


def activity(patient_case: PatientCase, anatomy: EmissionAnatomy) -> tuple[ActivityDistribution, Findings]:
    """Return the lung shunt and the activity of each voxel at the administration, as if 1 GBq (or what was given) were given.

    Raises
    ------
    YttriaError
        No counts in the liver; an absolute calibration without what it needs.
    """
    if injections.own_images(patient_case):
        return injections.from_own_images(patient_case, anatomy, _case_of_its_own)
    emission, liver, choices = patient_case.emission, anatomy.volumes["liver"], patient_case.choices
    shunt, lungs, lung_findings = lungs_by_convention(
        emission, patient_case.planar, patient_case.ct, lungs=anatomy.lungs, liver=liver, choices=choices
    )
    image, findings = _image_uptake(patient_case, anatomy, lungs)
    activity_map, administered, more = _activity_map(patient_case, liver, shunt)
    whole = ActivityDistribution(activity_map, administered, shunt, image=image)
    several = injections.has_several(patient_case)
    return injections.divided(patient_case, anatomy, whole) if several else whole, [*lung_findings, *findings, *more]


def _case_of_its_own(patient_case: PatientCase) -> tuple[EmissionAnatomy, ActivityDistribution, Findings]:
    """Return the first two steps of one injection that has an image of its own."""
    anatomy, findings = on_emission_grid(patient_case)
    distribution, more = activity(patient_case, anatomy)
    return anatomy, distribution, [*findings, *more]


def absorbed_dose(
    patient_case: PatientCase, anatomy: EmissionAnatomy, distribution: ActivityDistribution
) -> tuple[AbsorbedDose, Findings]:
    """Return the absorbed dose of an activity, by voxel and by named volume, with its uncertainty, and doubts.

    With several injections: that of all together as they stand in the distribution, and of each by itself.
    """
    absorbed, findings = _dose_of_all(patient_case, anatomy, distribution)
    if distribution.injections:
        absorbed = injections.with_doses(patient_case, anatomy, distribution, absorbed)
        findings = [*findings, *injections.audit_partitions(absorbed.injections)]
        if patient_case.choices.corrected_judges:
            absorbed = injections.with_judged_doses(
                absorbed,
                lambda given: _dose_of_all(patient_case, anatomy, injections.united(distribution.injections, given))[0],
            )
    return absorbed, findings


def _united_dose(
    patient_case: PatientCase, anatomy: EmissionAnatomy, distribution: ActivityDistribution, absorbed: AbsorbedDose
) -> Callable[[Mapping[str, Bq]], AbsorbedDose]:
    """Return the absorbed dose of several injections as a function of their activities; where nothing is given, as it stands in the distribution."""
    known: dict[tuple[tuple[str, Bq], ...], AbsorbedDose] = {}

    def united(activities: Mapping[str, Bq]) -> AbsorbedDose:
        key = tuple(activities.items())
        if sum(activities.values()) <= 0:
            return absorbed
        if key not in known:
            distribution_of_all = replace(
                injections.united(distribution.injections, activities), image=distribution.image
            )
            dose, _ = _dose_of_all(patient_case, anatomy, distribution_of_all)
            known[key] = injections.with_doses_of(absorbed, dose, activities)
        return known[key]

    return united


def _dose_of_all(
    patient_case: PatientCase, anatomy: EmissionAnatomy, distribution: ActivityDistribution
) -> tuple[AbsorbedDose, Findings]:
    """Return the absorbed dose of an activity, whatever it was injected by."""
    choices, image = patient_case.choices, distribution.image
    volumes, density, shunt = anatomy.volumes, anatomy.density, distribution.shunt
    dose = in_tissue(local_deposition(distribution.activity, density), density)
    index = _index(patient_case, volumes)
    doses = named_doses(
        dose,
        density,
        volumes,
        administered=distribution.administered_bq,
        shunt=shunt,
        nuclide=choices.nuclide,
        index=index,
    )
    known, findings = _conditions(patient_case)
    mass_g = dict(masses(volumes, density)) | ({"lungs": shunt.lung_pair.lung_mass_g} if "lungs" in volumes else {})
    recovered, recovery_findings = (
        recovered_doses(distribution.activity, density, volumes, fwhm_mm=known.fwhm_mm, relative=known.relative)
        if choices.recovery is None
        else curve_corrected_doses(volumes, mass_g, doses, choices.recovery)
    )
    partial = audit_partial_volume(volumes, doses, fwhm_mm=known.fwhm_mm, recovered=recovered)
    absorbed = AbsorbedDose(
        dose=dose,
        density=density,
        activity_bq=distribution.administered_bq,
        volumes=volumes,
        mass_g=mass_g,
        doses_gy=doses,
        recovered_gy=recovered,
        dvh={role: Dvh.of(dose, voi, density) for role, voi in volumes.items() if role != "lungs"},
        shunt=shunt,
        reserve=hepatic_reserve(volumes["liver"], volumes["perfused"]),
        index=index,
        relative_uncertainty=relative_uncertainty(
            volumes,
            doses,
            shunt=shunt,
            index=index,
            basis=known,
            sensitivities=_sensitivities(distribution.activity, density, volumes, known),
        ),
        reserve_without_tumour=normal_reserve(volumes["liver"], volumes["perfused"], volumes.get("normal-liver")),
        has_perfused_contour=anatomy.has_perfused_contour,
        uptake=None if image is None else image.uptake,
        territory_open=_is_open(patient_case, anatomy, image),
        foci=() if image is None else image.foci,
        cold=cold_parts(dose, density, volumes, normal_gy=doses.get("NPLD")),
        lungs=None if image is None else image.lungs,
    )
    if not distribution.injections:
        absorbed = replace(absorbed, partition_gy=_partition(patient_case, volumes, distribution))
        recovery_findings = (*recovery_findings, *audit_partition(doses, absorbed.partition_gy))
    if choices.corrected_judges:
        absorbed, partial = with_corrected_doses(absorbed), ()
    return absorbed, [*findings, *recovery_findings, *partial, judging_dose(choices, absorbed)]


def _sensitivities(
    activity: ActivityMap, density: DensityMap, volumes: Mapping[str, Voi], known: Conditions
) -> Mapping[str, Mapping[str, float]]:
    """Return how each dose answers to what is uncertain about image and contours."""
    return dose_sensitivities(
        activity,
        density,
        volumes,
        fwhm_mm=known.fwhm_mm,
        fwhm_uncertainty_mm=known.fwhm_uncertainty_mm,
        diameter_mm=known.edge.diameter_mm,
        scatter_share=known.scatter_share,
        relative=known.relative,
    )


def _partition(
    patient_case: PatientCase, volumes: Mapping[str, Voi], distribution: ActivityDistribution
) -> Mapping[DoseName, Gy]:
    """Return the doses of one injection by counts and masses alone."""
    emission, choices = patient_case.emission, patient_case.choices
    in_liver = Bq(distribution.administered_bq * (1 - distribution.shunt.fraction))
    if choices.calibration != "relative" and isinstance(emission, ActivityMap) and choices.given is not None:
        in_liver = measured_in_liver(emission, volumes["liver"], given_at=choices.given.at)
    return partition_doses(emission, volumes, in_liver=in_liver, nuclide=choices.nuclide)


def _volumes(patient_case: PatientCase, grid: Grid) -> tuple[dict[str, Voi], Findings]:
    """Return the case's volumes on the emission grid; lungs may lie outside it, nothing else may."""
    organs: list[Voi] = []
    findings: Findings = []
    for structure in (s for s in injections.structures_of(patient_case) if s.role != "body"):
        try:
            voi = structure_on(structure, grid)
        except GeometryError:
            if structure.role != "lungs":
                raise
            findings.append(Finding("warning", "lungs-outside", f"{structure.name} lies outside the emission image"))
            continue
        organs.append(voi)
        findings += [] if structure.role == "lungs" else audit_coverage(structure, voi)
    volumes, more = named_volumes(organs)
    if injections.has_several(patient_case):
        perfused = injections.perfused_volumes(patient_case, grid, volumes["liver"])
        volumes = injections.with_injections(volumes, perfused)
    return dict(volumes), [*findings, *more]


def _conditions(patient_case: PatientCase) -> tuple[Conditions, Findings]:
    """Return what the budget of a case stands on, and a note that names every assumption."""
    known, findings = conditions(
        ct_voxel_mm=patient_case.ct.grid.voxel_edge_mm if patient_case.ct else None,
        emission_voxel_mm=patient_case.emission.grid.voxel_edge_mm,
        relative=patient_case.choices.calibration == "relative",
        modality=patient_case.modality,
    )
    return known, list(findings)


def _image_uptake(
    patient_case: PatientCase, anatomy: EmissionAnatomy, lungs: LungConventions
) -> tuple[ImageUptake, Findings]:
    """Return whether the counts lie where the volumes were drawn, what lies elsewhere, and findings."""
    emission, liver, lung_voi = patient_case.emission, anatomy.volumes["liver"], anatomy.volumes.get("lungs")
    fwhm_mm = _conditions(patient_case)[0].fwhm_mm
    uptake = uptake_shares(emission, liver=liver, perfused=anatomy.volumes["perfused"], lungs=lung_voi, fwhm_mm=fwhm_mm)
    foci = extrahepatic_foci(emission, liver=liver, lungs=lung_voi)
    nuclide = emission.nuclide if isinstance(emission, CountMap) else emission.nuclide.name
    confirmed = patient_case.facts.perfused_confirmed
    findings = [
        *audit_uptake(emission, liver=liver, lungs=lung_voi),
        *audit_shares(uptake, fwhm_mm=fwhm_mm, has_perfused_contour=anatomy.has_perfused_contour, confirmed=confirmed),
        *audit_foci(foci, liver=liver, nuclide=nuclide),
    ]
    return ImageUptake(lungs, uptake, foci), findings


def _is_open(patient_case: PatientCase, anatomy: EmissionAnatomy, image: ImageUptake | None) -> bool:
    """Tell whether the counts do not fit a drawn perfused volume that nobody has confirmed."""
    confirmed = patient_case.facts.perfused_confirmed
    return image is not None and anatomy.has_perfused_contour and is_open(image.uptake, confirmed=confirmed)


def _density(patient_case: PatientCase, liver: Voi) -> tuple[DensityMap, Findings]:
    """Return the density on the emission grid; iodine in the liver is not taken for mass."""
    emission = patient_case.emission
    if patient_case.ct is None:
        density, finding = uniform_density(emission.grid)
        return density, [finding]
    density, covered = density_on(patient_case.ct, emission.grid)
    findings = [*audit_overlap(covered, emission.numbers), *audit_overlap(covered, liver.share)]
    if (organ := _contour_union(patient_case, ("liver", "tumour"))) is not None:
        density, _ = with_organ_density(density, patient_case.ct, organ)
    require_soft_tissue(density, liver)
    if contrast := audit_contrast(density, liver):
        density, finding = with_liver_density(density, liver)
        findings += [*contrast, finding]
    return density, findings


def _lungs(patient_case: PatientCase, volumes: Mapping[str, Voi]) -> LungContours | None:
    """Return the lungs as they are drawn, on the emission image and on the CT; None where they are not."""
    structures: tuple[Contour | Voi, ...] = (*patient_case.contours, *patient_case.volumes)
    lung_structures = [structure for structure in structures if structure.role == "lungs"]
    if not lung_structures:
        return None
    ml = Ml(sum(structure.ml for structure in lung_structures))
    on_ct = _contour_union(patient_case, ("lungs",))
    return LungContours(volumes.get("lungs"), on_ct, ml, only_side(structure.name for structure in lung_structures))


def _contour_union(patient_case: PatientCase, roles: tuple[str, ...]) -> Voi | None:
    """Return structures on their part of the CT's grid, where they are whole; None without a CT, or where none lies on it."""
    structures: tuple[Contour | Voi, ...] = (*patient_case.contours, *patient_case.volumes)
    contours = [structure for structure in structures if structure.role in roles]
    if patient_case.ct is None or not contours:
        return None
    place = bounding_subgrid(contours, patient_case.ct.grid)
    there = []
    for structure in contours:
        with suppress(GeometryError):  # outside the CT, which is said elsewhere
            there.append(structure_on(structure, bounding_subgrid([structure], place)))
    return union(there, role=roles[0], grid=place) if there else None


def _activity_map(patient_case: PatientCase, liver: Voi, shunt: LungShunt) -> tuple[ActivityMap, Bq, Findings]:
    """Return the activity map at the administration and the administered activity that it stands for: 1 GBq, or what was given."""
    choices, emission = patient_case.choices, patient_case.emission
    if choices.calibration == "relative":
        administered = Bq(BQ_PER_GBQ)
        activity = relative_activity(
            emission, liver=liver, shunt=shunt.fraction, administered=administered, nuclide=choices.nuclide
        )
        return activity, administered, []
    if not isinstance(emission, ActivityMap):
        raise PlanError(
            'absolute calibration needs an image in Bq/mL, but this one holds counts; take calibration = "relative"',
            code="calibration-needs-activity-image",
        )
    if emission.nuclide.name != choices.nuclide.name:
        raise PlanError(
            f'absolute calibration needs an image of {choices.nuclide.name}, but this one is of {emission.nuclide.name}; take calibration = "relative"',
            code="calibration-nuclide",
        )
    if choices.given is None:
        raise PlanError(
            "absolute calibration needs the activity that the image shows, but [given] activity_gbq is absent; give it",
            code="calibration-activity-absent",
        )
    measured = ActivityMap(emission.grid, emission.bq_per_ml, choices.nuclide, emission.reference)
    activity, findings = activity_at_administration(measured, choices.given, acquired=patient_case.acquired)
    return activity, choices.given.activity_bq, list(findings)


def _index(patient_case: PatientCase, volumes: Mapping[str, Voi]) -> str:
    """Return the role of the lesion that the case calls its index, or of the largest."""
    lesions = injections.lesions_to_treat(patient_case, volumes)
    named = [role for role in lesions if volumes[role].name == patient_case.index_tumour]
    return next(iter([*named, *lesions]), "")
