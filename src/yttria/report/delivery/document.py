"""A verified treatment as a document: what was delivered first, then the plan beside it, findings in full."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from yttria.report.delivery.comparison_tables import doses_table, image_table, limits_table, voxels_table
from yttria.report.delivery.difference_figure import difference_figure
from yttria.report.delivery.registration_figure import registration_figure
from yttria.report.plan.document import (
    NOTICE,
    imaged,
    inputs_and_calibration,
    study_instant,
)
from yttria.report.plan.dvh_figure import dvh_panel, figure_lesions, limit_rules
from yttria.report.plan.method import method_blocks
from yttria.report.plan.slice_figure import slices_figure
from yttria.report.plan.verdict import doses_judged
from yttria.report.plan.vocabulary import isotope, volume_of
from yttria.report.plan.volumes_table import volumes_and_lungs
from yttria.report.text.capitals import capital
from yttria.report.text.findings import first_findings, notes_in_full
from yttria.report.text.number_format import NBSP, gbq, gy, gy_range, instant, number, percent
from yttria.values.document import Block, Document, Figure, Points, Rule, Section, Verdict
from yttria.values.patient import Result
from yttria.values.plan import Plan
from yttria.values.verification import Verification


def verification_document(verification: Verification, *, version: str) -> Document:
    """Return the report of a verified treatment.

    Parameters
    ----------
    version
        Of Yttria, printed at the foot of each page.

    Returns
    -------
    Document
        Without identity: `io.render` sets it from the identity.
    """
    result = as_result(verification)
    slices = slices_figure(result)
    product = verification.patient_case.choices.product
    return Document(
        title="Treatment verification",
        subtitle="Delivered dose from the image after treatment",
        identity=(
            ("Case", verification.patient_case.name),
            ("Product", f"{product.name}, {isotope(product.nuclide.name)} {product.key}"),
            ("Imaged", imaged(result)),
            ("Given", f"{gbq(verification.given.activity_bq)}{NBSP}GBq, {instant(verification.given.at)}"),
        ),
        sections=(
            Section("Verdict", (_verdict(verification),)),
            Section("Findings", first_findings(verification.findings)),
            Section(_doses_heading(verification), (doses_table(verification),)),
            Section("Limits and what could still be given", (limits_table(verification),)),
            Section("Activity in the image", (image_table(verification),)),
            Section("Dose in each volume", (_dvh_figure(verification),)),
            *_voxels(verification),
            Section("Image and dose", (slices,)),
            *_difference(verification, slices),
            Section("Volumes, uptake and lungs", volumes_and_lungs(result)),
            Section("Inputs and calibration", inputs_and_calibration(result)),
            Section("Method", method_blocks(result)),
            Section("What this report cannot tell", (Points(tuple(_limits_of_knowledge(verification))),)),
            *([Section("Notes in full", notes)] if (notes := notes_in_full(verification.findings)) else []),
        ),
        date=study_instant(result),
        footer=f"Yttria {version}",
        notice=NOTICE,
        signers=("Nuclear medicine physician", "Medical physicist"),
    )


def as_result(verification: Verification) -> Result:
    """Return what was delivered as a plan with one option, as the figures and tables of a plan read it."""
    choices = replace(verification.patient_case.choices, given=verification.given)
    plan = Plan((verification.option,), verification.option.approach, "")
    return Result(
        replace(verification.patient_case, choices=choices), verification.absorbed, plan, verification.findings
    )


def _doses_heading(verification: Verification) -> str:
    return "Delivered doses" if verification.plan is None else "Planned, predicted, delivered"


def _verdict(verification: Verification) -> Verdict:
    """Return what was delivered, against the plan, which aims and limits are met, and by which doses."""
    option = verification.option
    name = next((n for n in ("TD", "PLD") if n in option.doses_gy), "WLD")
    estimate = option.uncertainty.get(name)
    interval = f" ({gy_range(estimate)})" if estimate else ""
    share = verification.image.of_given
    names = "" if share is None else f"; the image shows {percent(share)} of it"
    lines = [
        (
            "Delivered",
            f"{capital(volume_of(name))} {gy(option.doses_gy[name])}{NBSP}Gy{interval} by {gbq(option.activity_bq)}{NBSP}GBq{names}",
        )
    ]
    if verification.plan is not None and name in verification.plan.doses:
        dose = verification.plan.doses[name]
        ratio = "" if dose.ratio is None else f", {number(100 * dose.ratio, 0)}{NBSP}% of it"
        planned = "" if dose.planned_gy is None else f", planned {gy(dose.planned_gy)}{NBSP}Gy"
        lines.append(
            (
                "Against the plan",
                f"{verification.plan.approach}: {volume_of(name)} predicted {gy(dose.predicted_gy)}{NBSP}Gy{ratio}{planned}; {percent(verification.plan.activity_fraction)} of the planned activity was given",
            )
        )
    lines += [("Aims and limits", _judged(verification)), ("Doses judged", doses_judged(as_result(verification)))]
    return Verdict(tuple(lines))


def _judged(verification: Verification) -> str:
    missed = [
        f"{volume_of(a.aim.volume)} {gy(a.found_gy)} of {gy(a.aim.dose_gy)}" for a in verification.aims if not a.met
    ]
    broken = [
        f"{volume_of(c.limit.volume)} {gy(c.value_gy)} of {gy(c.limit.limit_gy)}"
        for c in verification.option.checks
        if not c.holds
    ]
    checks = [
        f"{volume_of(c.limit.volume)} {gy(c.value_gy)} of {gy(c.limit.limit_gy)}"
        for c in verification.option.checks
        if c.is_known and c.holds
    ]
    unknown = [
        f"{volume_of(c.limit.volume)} of {gy(c.limit.limit_gy)}" for c in verification.option.checks if not c.is_known
    ]
    parts = [
        f"aims missed: {', '.join(missed)}" if missed else "every aim is met" if verification.aims else "no aim applies"
    ]
    if broken:
        parts.append(f"limits exceeded: {', '.join(broken)}")
    if checks:
        parts.append(f"limits kept: {', '.join(checks)}")
    if unknown:
        parts.append(f"not known: {', '.join(unknown)}")
    return capital("; ".join(parts)) + " (Gy)"


def _dvh_figure(verification: Verification) -> Figure:
    """Return the delivered DVHs (solid) over the predicted ones (dashed)."""
    option = verification.option
    predicted = replace(option, dvh=verification.predicted_dvh) if verification.predicted_dvh else None
    lesions, left_out = figure_lesions(verification.absorbed.index, option)
    aims = [
        Rule(a.aim.dose_gy, label=f"aim {gy(a.aim.dose_gy)}", colour="tumour", dash="dashdot")
        for a in verification.aims
        if a.aim.volume == "TD"
    ]
    tumours = [dvh_panel("Tumours", lesions, option, predicted, aims)] if lesions else []
    normal = ("normal-perfused", "normal-liver")
    right = dvh_panel("Normal liver", normal, option, predicted, limit_rules(option, ("NPLD", "WNLD")))
    dashed = (
        "; dashed: what the plan predicts of the same activity, each at its own resolution (a coarser image has the flatter curve)"
        if predicted
        else ""
    )
    missing = f" {left_out} smaller lesions are not drawn." if left_out else "" if lesions else " No tumour is drawn."
    return Figure(
        name="dvh",
        title="Dose-volume histograms",
        caption=f"Cumulative, by voxels. Solid: delivered, {gbq(option.activity_bq)} GBq{dashed}. Symbols: mean doses.{missing}",
        panels=(*tumours, right),
        width_mm=178,
        height_mm=70,
    )


def _difference(verification: Verification, slices: Figure) -> Sequence[Section]:
    """Return where the doses differ, in the planes of `slices`; nothing where voxels are not compared."""
    plan = verification.plan
    if plan is None or plan.voxels is None or plan.difference is None:
        return ()
    figure = difference_figure(slices, as_result(verification), plan.difference, plan.voxels)
    return (Section("Predicted dose, and delivered minus predicted", (figure,)),)


def _voxels(verification: Verification) -> Sequence[Section]:
    """Return the comparison voxel by voxel, and what it stands on; nothing where there is none."""
    if verification.plan is None or verification.plan.voxels is None:
        return ()
    blocks: list[Block] = [voxels_table(verification.plan)]
    if verification.plan_ct is not None and verification.plan.alignment is not None:
        blocks.append(registration_figure(as_result(verification), verification.plan_ct, verification.plan.alignment))
    return (Section("Voxel by voxel", blocks),)


def _limits_of_knowledge(verification: Verification) -> Iterator[str]:
    """Return what this report cannot tell."""
    yield "Few positrons and bremsstrahlung photons come from microspheres: noise is in each interval, the bias of a reconstruction in cold regions is not, so doses of what took up little stand too high rather than too low."
    if verification.absorbed.uncorrected_gy:
        yield "Doses judged are corrected for partial volume; the aims and limits of guidelines were found on uncorrected doses, and DVHs, pictures and voxels stay as the image has them."
    else:
        yield "Small volumes look colder than they are: doses judged are not corrected for partial volume; what blur between the drawn volumes hides stands beside them."
    if verification.plan is not None:
        yield "A difference from the plan has many causes: another catheter position or flow, other particles than MAA, breathing, registration, resolution; the comparison names none of them."
    if verification.plan_ct is not None:
        yield "Plan and image were registered rigidly by this program: breathing and another shape of the liver stay as differences."
    yield "It gives no probability of tumour control or of liver toxicity, and it does not replace the judgement of those who sign it."
