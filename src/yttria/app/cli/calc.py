"""`yttria calc KIND`: one formula each, with its constants and doubts."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from yttria.app.cli.output import answer, refusals
from yttria.app.cli.root import app
from yttria.app.services.quantities import (
    bq_of,
    decayed_fraction,
    gram_of,
    half_life_or_own,
    hours_of,
    lung_doubt,
    lungs_or_default,
    mass_of,
    nuclide_with,
    one_of,
    reduction_finding,
    shunt_or_none,
    vials_or_product,
)
from yttria.values.errors import Finding, IntakeError, require_positive
from yttria.values.treatment import require_activity
from yttria.values.units import BQ_PER_GBQ, BQ_PER_MBQ, BQ_PER_MCI, G_PER_KG, Bq, Gy, Ml, Share

if TYPE_CHECKING:
    from yttria.contract import calculations

calc = typer.Typer(
    help="One formula each: what it needs as options, the answer with its constants and doubts.",
    epilog="Example: yttria calc inverse --volume-ml 1000 --density-g-per-ml 1.03 --dose-gy 120 --lung-shunt-fraction 0.05",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(calc, name="calc")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Volume = Annotated[float | None, typer.Option(help="Volume, mL; needs --density-g-per-ml.")]
Density = Annotated[float | None, typer.Option(help="Density of that volume, g/mL.")]
Mass = Annotated[float | None, typer.Option(help="Mass, kg, in place of volume and density.")]
Shunt = Annotated[float | None, typer.Option(help="Lung shunt as a fraction, 0 to 1; 0 when left out, which is said.")]
Residual = Annotated[float, typer.Option(help="Share of the vial that stays behind, 0 to 1.")]
LungMass = Annotated[float | None, typer.Option(help="Lung mass, kg; 1 kg when left out, which is said.")]
Constant = Annotated[
    float | None, typer.Option("--k", help="Dose constant, Gy kg/GBq. [default: the nuclide's own, 49.67 for 90Y]")
]
HalfLife = Annotated[float | None, typer.Option(help="Half-life, h. [default: 64.05, of 90Y]")]

LQ_TRUSTED_GY = 200.0


@calc.command(
    epilog="Example: yttria calc mono --volume-ml 90 --density-g-per-ml 1.03 --activity-gbq 0.629 --lung-shunt-fraction 0 --k 50"
)
def mono(
    activity_gbq: Annotated[float, typer.Option(help="Activity in the vial, GBq.")],
    volume_ml: Volume = None,
    density_g_per_ml: Density = None,
    mass_kg: Mass = None,
    lung_shunt_fraction: Shunt = None,
    residual_fraction: Residual = 0.0,
    lung_mass_kg: LungMass = None,
    k: Constant = None,
    as_json: Json = False,
) -> None:
    """Dose of one compartment from an activity."""
    from yttria.planning.compartment_models import injected_of, lung_dose, perfused_dose

    with refusals():
        doubts: list[Finding] = []
        nuclide = nuclide_with("Y-90", k)
        mass = mass_of(volume_ml, density_g_per_ml, mass_kg)
        shunt = shunt_or_none(lung_shunt_fraction, doubts)
        injected = injected_of(bq_of(activity_gbq, "activity"), Share(residual_fraction))
        lungs = lungs_or_default(lung_mass_kg, shunt, doubts)
        to_lungs = lung_dose(injected, shunt, lungs, nuclide)
        doubts += lung_doubt(to_lungs)
        result: calculations.MonoRecord = {
            "kind": "mono",
            "perfused_dose_gy": perfused_dose(injected, mass, nuclide, shunt=shunt),
            "lung_dose_gy": to_lungs,
            "injected_gbq": injected / BQ_PER_GBQ,
            "mass_kg": mass / G_PER_KG,
            "lung_mass_kg": lungs / G_PER_KG,
            "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
            "k_source": nuclide.source,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc inverse --volume-ml 1000 --density-g-per-ml 1.03 --dose-gy 100 --lung-shunt-fraction 0.1 --residual-fraction 0.1 --lung-mass-kg 1"
)
def inverse(
    dose_gy: Annotated[float, typer.Option(help="Mean dose wanted in the perfused volume, Gy.")],
    volume_ml: Volume = None,
    density_g_per_ml: Density = None,
    mass_kg: Mass = None,
    lung_shunt_fraction: Shunt = None,
    residual_fraction: Residual = 0.0,
    lung_mass_kg: LungMass = None,
    k: Constant = None,
    as_json: Json = False,
) -> None:
    """Activity for a dose of one compartment."""
    from yttria.planning.compartment_models import activity_for_perfused_dose, dispensed_for, lung_dose

    with refusals():
        doubts: list[Finding] = []
        nuclide = nuclide_with("Y-90", k)
        mass = mass_of(volume_ml, density_g_per_ml, mass_kg)
        shunt = shunt_or_none(lung_shunt_fraction, doubts)
        injected = activity_for_perfused_dose(Gy(dose_gy), mass, nuclide, shunt=shunt)
        dispensed = require_activity(dispensed_for(injected, Share(residual_fraction)), what="activity for that dose")
        lungs = lungs_or_default(lung_mass_kg, shunt, doubts)
        to_lungs = lung_dose(injected, shunt, lungs, nuclide)
        doubts += lung_doubt(to_lungs)
        result: calculations.InverseRecord = {
            "kind": "inverse",
            "activity_gbq": dispensed / BQ_PER_GBQ,
            "activity_mci": dispensed / BQ_PER_MCI,
            "injected_gbq": injected / BQ_PER_GBQ,
            "dispensed_gbq": dispensed / BQ_PER_GBQ,
            "lung_dose_gy": to_lungs,
            "mass_kg": mass / G_PER_KG,
            "lung_mass_kg": lungs / G_PER_KG,
            "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
            "k_source": nuclide.source,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc partition --tumour-dose-gy 205 --tumour-mass-kg 0.3 --normal-mass-kg 1.2 --tumour-to-normal-ratio 4 --lung-shunt-fraction 0.05 --lung-mass-kg 1"
)
def partition(
    tumour_mass_kg: Annotated[float, typer.Option(help="Mass of the tumour, kg.")],
    normal_mass_kg: Annotated[float, typer.Option(help="Mass of the perfused liver without tumour, kg.")],
    tumour_to_normal_ratio: Annotated[float, typer.Option(help="Ratio of concentrations (not of activities).")],
    activity_gbq: Annotated[float | None, typer.Option(help="Activity in the patient, GBq.")] = None,
    tumour_dose_gy: Annotated[
        float | None, typer.Option(help="In place of the activity: dose wanted in the tumour, Gy.")
    ] = None,
    normal_dose_gy: Annotated[
        float | None, typer.Option(help="In place of the activity: dose allowed in normal liver, Gy.")
    ] = None,
    lung_shunt_fraction: Shunt = None,
    lung_mass_kg: LungMass = None,
    k: Constant = None,
    as_json: Json = False,
) -> None:
    """Tumour, normal and lung doses by the partition model."""
    from yttria.planning.compartment_models import Compartments, administered_for, lung_dose, retained_in_liver

    with refusals():
        doubts: list[Finding] = []
        nuclide = nuclide_with("Y-90", k)
        model = Compartments(
            gram_of(normal_mass_kg, "normal mass"), (gram_of(tumour_mass_kg, "tumour mass"),), (tumour_to_normal_ratio,)
        )
        shunt = shunt_or_none(lung_shunt_fraction, doubts)
        name, value = one_of(activity_gbq=activity_gbq, tumour_dose_gy=tumour_dose_gy, normal_dose_gy=normal_dose_gy)
        if name == "activity_gbq":
            administered = bq_of(value, "activity")
        elif name == "tumour_dose_gy":
            administered = administered_for(model.lodging_for_lesion(Gy(value), nuclide), shunt)
        else:
            administered = administered_for(model.lodging_for_normal(Gy(value), nuclide), shunt)
        require_activity(administered, what="activity for that dose")
        lodging = retained_in_liver(administered, shunt)
        lungs = lungs_or_default(lung_mass_kg, shunt, doubts)
        to_lungs = lung_dose(administered, shunt, lungs, nuclide)
        doubts += lung_doubt(to_lungs)
        result: calculations.PartitionRecord = {
            "kind": "partition",
            "activity_gbq": administered / BQ_PER_GBQ,
            "activity_mci": administered / BQ_PER_MCI,
            "tumour_dose_gy": model.lesion_doses(lodging, nuclide)[0],
            "normal_dose_gy": model.normal_dose(lodging, nuclide),
            "mean_dose_gy": model.mean_dose(lodging, nuclide),
            "lung_dose_gy": to_lungs,
            "lung_mass_kg": lungs / G_PER_KG,
            "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
            "k_source": nuclide.source,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc bsa --height-cm 180 --weight-kg 80 --tumour-volume-ml 300 --liver-volume-ml 1800 --lung-shunt-fraction 0.05"
)
def bsa(
    height_cm: Annotated[float, typer.Option(help="Height, cm.")],
    weight_kg: Annotated[float, typer.Option(help="Weight, kg.")],
    tumour_volume_ml: Annotated[float, typer.Option(help="Volume of all tumour in the liver, mL.")],
    liver_volume_ml: Annotated[float, typer.Option(help="Volume of the whole liver with tumour, mL.")],
    lung_shunt_fraction: Shunt = None,
    formula: Annotated[
        Literal["dubois", "mosteller"], typer.Option(help="Formula of the body surface.", case_sensitive=False)
    ] = "dubois",
    as_json: Json = False,
) -> None:
    """Activity by the body-surface method (resin)."""
    from yttria.planning.compartment_models import body_surface_activity, body_surface_m2, shunt_reduction

    with refusals():
        doubts = [
            Finding(
                "warning",
                "bsa-unverified",
                "A = BSA - 0.2 + V_T / V_L was recalled, not checked against the manual's print, and no dose stands behind it; check it against the product's own instructions",
            )
        ]
        surface = body_surface_m2(height_cm, weight_kg, formula)
        activity = body_surface_activity(surface, Ml(tumour_volume_ml), Ml(liver_volume_ml))
        less = None if lung_shunt_fraction is None else shunt_reduction(Share(lung_shunt_fraction))
        doubts.append(reduction_finding(lung_shunt_fraction, less, activity))
        result: calculations.SurfaceRecord = {
            "kind": "bsa",
            "bsa_m2": surface,
            "activity_gbq": activity / BQ_PER_GBQ,
            "activity_mci": activity / BQ_PER_MCI,
            "shunt_reduction_fraction": less,
            "reduced_activity_gbq": None if less is None else activity * (1 - less) / BQ_PER_GBQ,
            "formula": formula,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(epilog="Example: yttria calc holmium --volume-ml 1500 --density-g-per-ml 1.06 --dose-gy 60")
def holmium(
    volume_ml: Volume = None,
    density_g_per_ml: Density = None,
    mass_kg: Mass = None,
    activity_mbq: Annotated[float | None, typer.Option(help="Activity that lodges in the volume, MBq.")] = None,
    dose_gy: Annotated[float | None, typer.Option(help="In place of the activity: mean dose wanted, Gy.")] = None,
    k: Annotated[float | None, typer.Option("--k", help="Dose constant, Gy kg/GBq. [default: 15.87, of 166Ho]")] = None,
    as_json: Json = False,
) -> None:
    """Dose from an activity of 166Ho, or activity for a dose."""
    from yttria.planning.compartment_models import activity_for_perfused_dose, perfused_dose

    with refusals():
        nuclide = nuclide_with("Ho-166", k)
        mass = mass_of(volume_ml, density_g_per_ml, mass_kg)
        name, value = one_of(activity_mbq=activity_mbq, dose_gy=dose_gy)
        if name == "dose_gy":
            activity = activity_for_perfused_dose(Gy(value), mass, nuclide)
        else:
            activity = Bq(require_positive(value, what="activity (MBq)") * BQ_PER_MBQ)
        result: calculations.HolmiumRecord = {
            "kind": "holmium",
            "dose_gy": perfused_dose(activity, mass, nuclide),
            "activity_mbq": activity / BQ_PER_MBQ,
            "mass_kg": mass / G_PER_KG,
            "k_gy_kg_per_gbq": nuclide.dose_constant_gy_kg_per_gbq,
            "k_source": nuclide.source,
        }
        answer("calc", result, as_json=as_json)


@calc.command(epilog="Example: yttria calc decay --from 2026-11-29T12:00-05:00 --to 2026-12-01T09:30+01:00")
def decay(
    hours: Annotated[float | None, typer.Option(help="Hours that pass.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="In place of hours: ISO instant with zone.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="ISO instant with zone.")] = None,
    half_life_h: HalfLife = None,
    as_json: Json = False,
) -> None:
    """What is left after a time, or between two instants."""
    from yttria.planning.vials import remaining_fraction

    with refusals():
        passed = hours_of(hours, start, end)
        period, source = half_life_or_own(half_life_h)
        remaining = remaining_fraction(passed, period)
        result: calculations.DecayRecord = {
            "kind": "decay",
            "remaining_fraction": remaining,
            "decayed_fraction": decayed_fraction(passed, period),
            "hours": passed,
            "half_life_h": period,
            "half_life_source": source,
        }
        answer("calc", result, as_json=as_json)


@calc.command(epilog="Example: yttria calc vials --needed-gbq-at-injection 2.304 --vials-gbq 3,5,7,10,15,20")
def vials(
    needed_gbq_at_injection: Annotated[float, typer.Option(help="Activity needed when it is injected, GBq.")],
    vials_gbq: Annotated[
        str | None, typer.Option(help="Vials at calibration, GBq, with commas. [default: the glass product's sizes]")
    ] = None,
    half_life_h: HalfLife = None,
    shelf_hours: Annotated[
        float | None, typer.Option(help="Hours after calibration for which a vial may be used.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hours until each vial has decayed to what is needed."""
    from yttria.planning.vials import hours_until_needed, within_shelf

    with refusals():
        sizes, source = vials_or_product(vials_gbq)
        period, half_life_source = half_life_or_own(half_life_h)
        needed = bq_of(needed_gbq_at_injection, "needed activity")
        after = hours_until_needed([bq_of(v, "vial") for v in sizes], needed, period)
        small = [f"{v:g}" for v, h in zip(sizes, after, strict=True) if h is None]
        within = None if shelf_hours is None else within_shelf(after, shelf_hours)
        late = [f"{v:g}" for v, fresh in zip(sizes, within or [], strict=False) if fresh is False]
        doubts = (
            [
                Finding(
                    "warning",
                    "vial-too-small",
                    f"vials of {', '.join(small)} GBq never hold {needed_gbq_at_injection:g} GBq, so they have no hour; choose a larger one or combine",
                )
            ]
            if small
            else []
        )
        if late:
            told = f"vials of {', '.join(late)} GBq reach {needed_gbq_at_injection:g} GBq only after their shelf life of {shelf_hours:g} h; choose a smaller one"
            doubts.append(Finding("warning", "vial-beyond-shelf", told))
        result: calculations.VialsRecord = {
            "kind": "vials",
            "hours_after_calibration": list(after),
            "within_shelf": None if within is None else list(within),
            "vials_gbq": list(sizes),
            "vials_source": source,
            "half_life_h": period,
            "half_life_source": half_life_source,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc residual --assayed-mci 11.4 --before-mr-per-h 0.205 --after-mr-per-h 0.127 --prescribed-mci 10.8"
)
def residual(
    assayed_mci: Annotated[float, typer.Option(help="Activity assayed in the vial before, mCi.")],
    before_mr_per_h: Annotated[float, typer.Option(help="Exposure rate of the full vial, mR/h.")],
    after_mr_per_h: Annotated[float, typer.Option(help="Rate of all that came back, in the same geometry, mR/h.")],
    prescribed_mci: Annotated[float | None, typer.Option(help="Activity prescribed, mCi.")] = None,
    background_mr_per_h: Annotated[float, typer.Option(help="Rate without either, mR/h.")] = 0.0,
    as_json: Json = False,
) -> None:
    """What was delivered, by survey of the vial before and after."""
    from yttria.planning.vials import delivery_of

    with refusals():
        prescribed = (
            None
            if prescribed_mci is None
            else Bq(require_positive(prescribed_mci, what="prescribed activity (mCi)") * BQ_PER_MCI)
        )
        assayed = Bq(require_positive(assayed_mci, what="assayed activity (mCi)") * BQ_PER_MCI)
        arrived = delivery_of(
            assayed, before=before_mr_per_h, after=after_mr_per_h, prescribed=prescribed, background=background_mr_per_h
        )
        doubts = (
            []
            if prescribed_mci is not None
            else [
                Finding(
                    "note",
                    "nothing-prescribed",
                    "delivered_of_prescribed is null, because nothing was prescribed; give --prescribed-mci",
                )
            ]
        )
        result: calculations.ResidualRecord = {
            "kind": "residual",
            "delivered_fraction": arrived.fraction,
            "delivered_mci": arrived.delivered / BQ_PER_MCI,
            "delivered_gbq": arrived.delivered / BQ_PER_GBQ,
            "residual_fraction": 1 - arrived.fraction,
            "delivered_of_prescribed": arrived.of_prescribed,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(epilog="Example: yttria calc bed --dose-gy 205 --alpha-beta-gy 10 --repair-half-time-h 1.5")
def bed(
    dose_gy: Annotated[float, typer.Option(help="Absorbed dose, Gy.")],
    alpha_beta_gy: Annotated[float, typer.Option(help="alpha/beta of the tissue, Gy.")],
    repair_half_time_h: Annotated[float, typer.Option(help="Half-time of repair of the tissue, h.")],
    half_life_h: HalfLife = None,
    as_json: Json = False,
) -> None:
    """BED and EQD2 of a source that stays and decays."""
    from yttria.physics.dosimetry.radiobiology import (
        biologically_effective_dose,
        equivalent_dose_in_2_gy,
        lea_catcheside,
    )

    with refusals():
        period, source = half_life_or_own(half_life_h)
        effective = biologically_effective_dose(
            Gy(dose_gy), alpha_beta=Gy(alpha_beta_gy), repair_half_time_h=repair_half_time_h, half_life_h=period
        )
        doubts = (
            [
                Finding(
                    "warning",
                    "lq-extrapolated",
                    f"the linear-quadratic model is not validated at 200 Gy and beyond; {dose_gy:g} Gy is an extrapolation",
                )
            ]
            if dose_gy >= LQ_TRUSTED_GY
            else []
        )
        result: calculations.EffectRecord = {
            "kind": "bed",
            "bed_gy": effective,
            "eqd2_gy": equivalent_dose_in_2_gy(effective, alpha_beta=Gy(alpha_beta_gy)),
            "g": lea_catcheside(repair_half_time_h, period),
            "half_life_h": period,
            "half_life_source": source,
        }
        answer("calc", result, doubts, as_json=as_json)


@calc.command(
    epilog="Example: yttria calc shunt --lung-anterior 12000 --lung-posterior 15000 --liver-anterior 260000 --liver-posterior 190000"
)
def shunt(
    lung_anterior: Annotated[float, typer.Option(help="Counts of both lungs, anterior view.")],
    lung_posterior: Annotated[float, typer.Option(help="Counts of both lungs, posterior view.")],
    liver_anterior: Annotated[float, typer.Option(help="Counts of the liver, anterior view.")],
    liver_posterior: Annotated[float, typer.Option(help="Counts of the liver, posterior view.")],
    background_anterior: Annotated[
        float, typer.Option(help="Background counts per unit of area, anterior view.")
    ] = 0.0,
    background_posterior: Annotated[float, typer.Option(help="The same, posterior view.")] = 0.0,
    lung_area: Annotated[float | None, typer.Option(help="Area of the lung region in that unit (pixels, cm2).")] = None,
    liver_area: Annotated[float | None, typer.Option(help="Area of the liver region in that unit.")] = None,
    as_json: Json = False,
) -> None:
    """Lung shunt fraction from planar counts, by geometric means."""
    from yttria.planning.compartment_models import conjugate_counts, shunt_of

    with refusals():
        background = (background_anterior, background_posterior)
        if any(background) and (lung_area is None or liver_area is None):
            raise IntakeError(
                "background is counts per area, so --lung-area and --liver-area are needed with it; give both"
            )
        lung = conjugate_counts(
            lung_anterior, lung_posterior, background=background, area=lung_area or 0.0, what="the lungs"
        )
        liver = conjugate_counts(
            liver_anterior, liver_posterior, background=background, area=liver_area or 0.0, what="the liver"
        )
        result: calculations.ShuntRecord = {
            "kind": "shunt",
            "lung_shunt_fraction": shunt_of(lung, liver),
            "lung_counts": lung,
            "liver_counts": liver,
        }
        answer("calc", result, as_json=as_json)
