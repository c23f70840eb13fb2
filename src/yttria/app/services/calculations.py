"""Doses, activities and times by one formula each, with its constants and findings."""

from yttria.app.services.quantities import (
    bq_of,
    decayed_fraction,
    gram_of,
    half_life_or_own,
    hours_of,
    lung_finding,
    lungs_or_default,
    mass_of,
    nuclide_with,
    one_of,
    reduction_finding,
    shunt_or_none,
    vials_or_product,
)
from yttria.contract.activity_calculations import (
    DecayRequest,
    DecayResult,
    PlanarShuntRequest,
    PlanarShuntResult,
    ResidualRequest,
    ResidualResult,
    VialsRequest,
    VialsResult,
)
from yttria.contract.dose_calculations import (
    EffectiveDoseRequest,
    EffectiveDoseResult,
    HolmiumRequest,
    HolmiumResult,
    InverseRequest,
    InverseResult,
    MonoRequest,
    MonoResult,
    PartitionRequest,
    PartitionResult,
    SphereUncertaintyRequest,
    SphereUncertaintyResult,
    SurfaceRequest,
    SurfaceResult,
)
from yttria.contract.envelope import Answer
from yttria.delivery.administration import delivery_of
from yttria.physics.dosimetry.radiobiology import (
    biologically_effective_dose,
    equivalent_dose_in_2_gy,
    lea_catcheside,
)
from yttria.physics.dosimetry.uncertainty import Edge, sphere_uncertainty
from yttria.physics.quantification.recovery_coefficient import recovery
from yttria.physics.quantification.spill_over import LEAST_RECOVERY
from yttria.planning.compartment_models import (
    Compartments,
    activity_for_perfused_dose,
    administered_for,
    body_surface_activity,
    body_surface_m2,
    conjugate_counts,
    dispensed_for,
    injected_of,
    lung_dose,
    perfused_dose,
    retained_in_liver,
    shunt_of,
    shunt_reduction,
)
from yttria.planning.vials import hours_until_needed, remaining_fraction, within_shelf
from yttria.values.errors import Finding, IntakeError, numbered, require_positive
from yttria.values.treatment import require_activity
from yttria.values.units import BQ_PER_GBQ, BQ_PER_MBQ, BQ_PER_MCI, G_PER_KG, Bq, Gy, Ml, Mm, Share

LQ_TRUSTED_GY = 200.0
USUAL_VOXEL_MM = {"ct": 1.0, "spect": 4.42, "pet": 2.0}
"""Of the image that a contour is drawn on (assumption); the option says another."""


def run_mono(request: MonoRequest) -> Answer[MonoResult]:
    """Return the dose of one compartment from an activity.

    Raises
    ------
    IntakeError, QuantityError
        A mass that is given twice or not at all; a number that cannot be.
    """
    findings: list[Finding] = []
    nuclide = nuclide_with("Y-90", request.k)
    mass = mass_of(request.volume_ml, request.density_g_per_ml, request.mass_kg)
    shunt = shunt_or_none(request.lung_shunt_fraction, findings)
    injected = injected_of(bq_of(request.activity_gbq, "activity"), Share(request.residual_fraction))
    lungs = lungs_or_default(request.lung_mass_kg, shunt, findings)
    to_lungs = lung_dose(injected, shunt, lungs, nuclide)
    result = MonoResult(
        kind="mono",
        perfused_dose_gy=perfused_dose(injected, mass, nuclide, shunt=shunt),
        lung_dose_gy=to_lungs,
        injected_gbq=injected / BQ_PER_GBQ,
        mass_kg=mass / G_PER_KG,
        lung_mass_kg=lungs / G_PER_KG,
        k_gy_kg_per_gbq=nuclide.dose_constant_gy_kg_per_gbq,
        k_source=nuclide.source,
    )
    return Answer(result, (*findings, *lung_finding(to_lungs)))


def run_inverse(request: InverseRequest) -> Answer[InverseResult]:
    """Return the activity for a dose of one compartment.

    Raises
    ------
    IntakeError, QuantityError
        A mass that is given twice or not at all; a number that cannot be; an activity beyond any vial.
    """
    findings: list[Finding] = []
    nuclide = nuclide_with("Y-90", request.k)
    mass = mass_of(request.volume_ml, request.density_g_per_ml, request.mass_kg)
    shunt = shunt_or_none(request.lung_shunt_fraction, findings)
    injected = activity_for_perfused_dose(Gy(request.dose_gy), mass, nuclide, shunt=shunt)
    dispensed = require_activity(
        dispensed_for(injected, Share(request.residual_fraction)), what="activity for that dose"
    )
    lungs = lungs_or_default(request.lung_mass_kg, shunt, findings)
    to_lungs = lung_dose(injected, shunt, lungs, nuclide)
    result = InverseResult(
        kind="inverse",
        activity_gbq=dispensed / BQ_PER_GBQ,
        activity_mci=dispensed / BQ_PER_MCI,
        injected_gbq=injected / BQ_PER_GBQ,
        dispensed_gbq=dispensed / BQ_PER_GBQ,
        lung_dose_gy=to_lungs,
        mass_kg=mass / G_PER_KG,
        lung_mass_kg=lungs / G_PER_KG,
        k_gy_kg_per_gbq=nuclide.dose_constant_gy_kg_per_gbq,
        k_source=nuclide.source,
    )
    return Answer(result, (*findings, *lung_finding(to_lungs)))


def run_partition(request: PartitionRequest) -> Answer[PartitionResult]:
    """Return tumour, normal and lung doses by the partition model.

    Raises
    ------
    IntakeError, QuantityError
        Not exactly one of activity, tumour dose and normal dose; a number that cannot be.
    """
    findings: list[Finding] = []
    nuclide = nuclide_with("Y-90", request.k)
    normal, tumour = gram_of(request.normal_mass_kg, "normal mass"), gram_of(request.tumour_mass_kg, "tumour mass")
    model = Compartments(normal, (tumour,), (request.tumour_to_normal_ratio,))
    shunt = shunt_or_none(request.lung_shunt_fraction, findings)
    name, value = one_of(
        activity_gbq=request.activity_gbq,
        tumour_dose_gy=request.tumour_dose_gy,
        normal_dose_gy=request.normal_dose_gy,
    )
    if name == "activity_gbq":
        administered = bq_of(value, "activity")
    elif name == "tumour_dose_gy":
        administered = administered_for(model.lodging_for_lesion(Gy(value), nuclide), shunt)
    else:
        administered = administered_for(model.lodging_for_normal(Gy(value), nuclide), shunt)
    require_activity(administered, what="activity for that dose")
    lodging = retained_in_liver(administered, shunt)
    lungs = lungs_or_default(request.lung_mass_kg, shunt, findings)
    to_lungs = lung_dose(administered, shunt, lungs, nuclide)
    result = PartitionResult(
        kind="partition",
        activity_gbq=administered / BQ_PER_GBQ,
        activity_mci=administered / BQ_PER_MCI,
        tumour_dose_gy=model.lesion_doses(lodging, nuclide)[0],
        normal_dose_gy=model.normal_dose(lodging, nuclide),
        mean_dose_gy=model.mean_dose(lodging, nuclide),
        lung_dose_gy=to_lungs,
        lung_mass_kg=lungs / G_PER_KG,
        k_gy_kg_per_gbq=nuclide.dose_constant_gy_kg_per_gbq,
        k_source=nuclide.source,
    )
    return Answer(result, (*findings, *lung_finding(to_lungs)))


def run_bsa(request: SurfaceRequest) -> Answer[SurfaceResult]:
    """Return the activity by the body-surface method, and what the lung shunt asks of it.

    Raises
    ------
    QuantityError
        A number that cannot be; a liver that does not include its tumour.
    """
    unverified = Finding(
        "warning",
        "bsa-unverified",
        "A = BSA - 0.2 + V_T / V_L was recalled, not checked against the manual's print, and no dose stands behind it; check it against the product's own instructions",
    )
    shunt = request.lung_shunt_fraction
    surface = body_surface_m2(request.height_cm, request.weight_kg, request.formula)
    activity = body_surface_activity(surface, Ml(request.tumour_volume_ml), Ml(request.liver_volume_ml))
    less = None if shunt is None else shunt_reduction(Share(shunt))
    result = SurfaceResult(
        kind="bsa",
        bsa_m2=surface,
        activity_gbq=activity / BQ_PER_GBQ,
        activity_mci=activity / BQ_PER_MCI,
        shunt_reduction_fraction=less,
        reduced_activity_gbq=None if less is None else activity * (1 - less) / BQ_PER_GBQ,
        formula=request.formula,
    )
    return Answer(result, (unverified, reduction_finding(shunt, less, activity)))


def run_holmium(request: HolmiumRequest) -> Answer[HolmiumResult]:
    """Return the dose from an activity of 166Ho, or the activity for a dose.

    Raises
    ------
    IntakeError, QuantityError
        Not exactly one of activity and dose; a number that cannot be.
    """
    nuclide = nuclide_with("Ho-166", request.k)
    mass = mass_of(request.volume_ml, request.density_g_per_ml, request.mass_kg)
    name, value = one_of(activity_mbq=request.activity_mbq, dose_gy=request.dose_gy)
    if name == "dose_gy":
        activity = activity_for_perfused_dose(Gy(value), mass, nuclide)
    else:
        activity = Bq(require_positive(value, what="activity (MBq)") * BQ_PER_MBQ)
    result = HolmiumResult(
        kind="holmium",
        dose_gy=perfused_dose(activity, mass, nuclide),
        activity_mbq=activity / BQ_PER_MBQ,
        mass_kg=mass / G_PER_KG,
        k_gy_kg_per_gbq=nuclide.dose_constant_gy_kg_per_gbq,
        k_source=nuclide.source,
    )
    return Answer(result)


def run_decay(request: DecayRequest) -> Answer[DecayResult]:
    """Return what is left after a time, or between two instants.

    Raises
    ------
    IntakeError, QuantityError
        Hours and instants, or neither; an instant without zone; an end before its start.
    """
    passed = hours_of(request.hours, request.start, request.end)
    period, source = half_life_or_own(request.half_life_h)
    result = DecayResult(
        kind="decay",
        remaining_fraction=remaining_fraction(passed, period),
        decayed_fraction=decayed_fraction(passed, period),
        hours=passed,
        half_life_h=period,
        half_life_source=source,
    )
    return Answer(result)


def run_vials(request: VialsRequest) -> Answer[VialsResult]:
    """Return the hours until each vial has decayed to what is needed.

    Raises
    ------
    IntakeError, QuantityError
        Sizes that are no numbers; a number that cannot be.
    """
    needed_gbq = request.needed_gbq_at_injection
    sizes, source = vials_or_product(request.vials_gbq)
    period, half_life_source = half_life_or_own(request.half_life_h)
    needed = bq_of(needed_gbq, "needed activity")
    after = hours_until_needed([bq_of(v, "vial") for v in sizes], needed, period)
    within = None if request.shelf_hours is None else within_shelf(after, request.shelf_hours)
    small = [v for v, hours in zip(sizes, after, strict=True) if hours is None]
    late = [v for v, fresh in zip(sizes, within or [], strict=False) if fresh is False]
    findings: list[Finding] = []
    if small:
        message = f"vials of {', '.join(f'{v:g}' for v in small)} GBq never hold {needed_gbq:g} GBq, so they have no hour; choose a larger one or combine"
        findings.append(
            Finding("warning", "vial-too-small", message, {"needed_gbq": needed_gbq, **numbered("vial_gbq", small)})
        )
    if late:
        message = f"vials of {', '.join(f'{v:g}' for v in late)} GBq reach {needed_gbq:g} GBq only after their shelf life of {request.shelf_hours:g} h; choose a smaller one"
        findings.append(
            Finding(
                "warning",
                "vial-beyond-shelf",
                message,
                {"shelf_h": request.shelf_hours, "needed_gbq": needed_gbq, **numbered("vial_gbq", late)},
            )
        )
    result = VialsResult(
        kind="vials",
        hours_after_calibration=list(after),
        within_shelf=None if within is None else list(within),
        vials_gbq=list(sizes),
        vials_source=source,
        half_life_h=period,
        half_life_source=half_life_source,
    )
    return Answer(result, tuple(findings))


def run_residual(request: ResidualRequest) -> Answer[ResidualResult]:
    """Return what was delivered, by survey of the vial before and after.

    Raises
    ------
    QuantityError
        A number that cannot be; rates in the wrong order.
    """
    prescribed = request.prescribed_mci
    arrived = delivery_of(
        _bq_of_mci(request.assayed_mci, "assayed activity"),
        before=request.before_mr_per_h,
        after=request.after_mr_per_h,
        prescribed=None if prescribed is None else _bq_of_mci(prescribed, "prescribed activity"),
        background=request.background_mr_per_h,
    )
    absent = Finding(
        "note",
        "nothing-prescribed",
        "delivered_of_prescribed is null, because nothing was prescribed; give --prescribed-mci",
    )
    result = ResidualResult(
        kind="residual",
        delivered_fraction=arrived.fraction,
        delivered_mci=arrived.delivered / BQ_PER_MCI,
        delivered_gbq=arrived.delivered / BQ_PER_GBQ,
        residual_fraction=1 - arrived.fraction,
        delivered_of_prescribed=arrived.of_prescribed,
    )
    return Answer(result, (absent,) if prescribed is None else ())


def _bq_of_mci(mci: float, what: str) -> Bq:
    """Return an activity given in mCi, refusing what is not above zero."""
    return Bq(require_positive(mci, what=f"{what} (mCi)") * BQ_PER_MCI)


def run_bed(request: EffectiveDoseRequest) -> Answer[EffectiveDoseResult]:
    """Return BED and EQD2 of a source that stays and decays.

    Raises
    ------
    QuantityError
        A number that cannot be.
    """
    period, source = half_life_or_own(request.half_life_h)
    ratio = Gy(request.alpha_beta_gy)
    effective = biologically_effective_dose(
        Gy(request.dose_gy),
        alpha_beta=ratio,
        repair_half_time_h=request.repair_half_time_h,
        half_life_h=period,
    )
    extrapolated = Finding(
        "warning",
        "lq-extrapolated",
        f"the linear-quadratic model is not validated at 200 Gy and beyond; {request.dose_gy:g} Gy is an extrapolation",
        {"dose_gy": request.dose_gy, "validated_below_gy": LQ_TRUSTED_GY},
    )
    result = EffectiveDoseResult(
        kind="bed",
        bed_gy=effective,
        eqd2_gy=equivalent_dose_in_2_gy(effective, alpha_beta=ratio),
        g=lea_catcheside(request.repair_half_time_h, period),
        half_life_h=period,
        half_life_source=source,
    )
    return Answer(result, (extrapolated,) if request.dose_gy >= LQ_TRUSTED_GY else ())


def run_gear(request: SphereUncertaintyRequest) -> Answer[SphereUncertaintyResult]:
    """Return how sure a lesion's volume and dose are, by the closed form of the guidance.

    Raises
    ------
    QuantityError
        A number that cannot be.
    """
    diameter, width = Mm(request.diameter_mm), request.fwhm_mm
    coefficient = recovery(diameter, width)
    voxel = USUAL_VOXEL_MM[request.drawn_on] if request.voxel_mm is None else request.voxel_mm
    edge = Edge.on_ct(voxel) if request.drawn_on == "ct" else Edge.on_emission(voxel, width)
    volume, dose = sphere_uncertainty(
        diameter, width, edge, activity=request.activity_relative, recovery_fit=request.recovery_relative
    )
    result = SphereUncertaintyResult(
        kind="gear",
        u_diameter_mm=edge.diameter_mm,
        u_volume_fraction=volume,
        u_dose_fraction=dose,
        recovery_fraction=coefficient,
        voxel_mm=voxel,
        source="Gear et al., EJNMMI 2018;45:2456",
    )
    if coefficient >= LEAST_RECOVERY:
        return Answer(result)
    message = f"a sphere of {diameter:g} mm keeps {100 * coefficient:.0f} % of its counts at {width:g} mm FWHM: no correction for recovery holds there"
    return Answer(
        result,
        (
            Finding(
                "warning",
                "recovery-too-low",
                message,
                {"recovery_fraction": coefficient, "diameter_mm": diameter, "fwhm_mm": width},
            ),
        ),
    )


def run_shunt(request: PlanarShuntRequest) -> Answer[PlanarShuntResult]:
    """Return the lung shunt from planar counts, by geometric means.

    Raises
    ------
    IntakeError, QuantityError
        A background without areas; counts that are not above it.
    """
    background = (request.background_anterior, request.background_posterior)
    if any(background) and (request.lung_area is None or request.liver_area is None):
        raise IntakeError(
            "background is counts per area, so --lung-area and --liver-area are needed with it; give both",
            code="background-area-absent",
        )
    lung = conjugate_counts(
        request.lung_anterior,
        request.lung_posterior,
        background=background,
        area=request.lung_area or 0.0,
        what="the lungs",
    )
    liver = conjugate_counts(
        request.liver_anterior,
        request.liver_posterior,
        background=background,
        area=request.liver_area or 0.0,
        what="the liver",
    )
    result = PlanarShuntResult(
        kind="shunt", lung_shunt_fraction=shunt_of(lung, liver), lung_counts=lung, liver_counts=liver
    )
    return Answer(result)
