"""What speaks of the patient and of what was given, by one formula each, with its findings."""

from yttria.app.services.quantities import bq_of
from yttria.contract.clinical_calculations import (
    AlbiRequest,
    AlbiResult,
    BclcRequest,
    BclcResult,
    ChildPughParts,
    ChildPughRequest,
    ChildPughResult,
    DeliveredRequest,
    DeliveredResult,
    RemnantRequest,
    RemnantResult,
)
from yttria.contract.envelope import Answer
from yttria.delivery.administration import REPORTABLE_FRACTION, differs_by, within_tolerance
from yttria.planning.clinical_classes import albi_grade, albi_score, bclc_stage, child_pugh
from yttria.planning.liver_remnant import TLV_SOURCE, functional_liver_volume, hypertrophy, total_liver_volume
from yttria.values.errors import Finding, IntakeError, require_not_negative, require_positive
from yttria.values.units import BQ_PER_GBQ, Bq, Ml


def run_delivered(request: DeliveredRequest) -> Answer[DeliveredResult]:
    """Return what was delivered beside what was prescribed, and whether that is reported.

    Raises
    ------
    QuantityError
        An activity or a tolerance that cannot be.
    """
    prescribed = bq_of(request.prescribed_gbq, "prescribed activity")
    delivered = Bq(require_not_negative(request.delivered_gbq, what="delivered activity (GBq)") * BQ_PER_GBQ)
    if delivered > 0:
        bq_of(request.delivered_gbq, "delivered activity")
    share = delivered / prescribed
    allowed = request.tolerance_fraction
    reportable = differs_by(share, REPORTABLE_FRACTION)
    within = None if allowed is None else within_tolerance(share, allowed)
    findings = []
    if reportable:
        message = f"delivered is {share:.1%} of prescribed: a difference of 20 % or more is reported (10 CFR 35.3045); say why, stasis included"
        findings.append(Finding("warning", "delivery-reportable", message, {"of_prescribed_fraction": share}))
    if within is False:
        message = f"delivered is {share:.1%} of prescribed, beyond this site's {allowed:.1%}; say why"
        findings.append(
            Finding(
                "warning",
                "delivery-beyond-tolerance",
                message,
                {"of_prescribed_fraction": share, "allowed_fraction": allowed},
            )
        )
    result = DeliveredResult(
        kind="delivered", of_prescribed_fraction=share, reportable=reportable, within_tolerance=within
    )
    return Answer(result, tuple(findings))


def run_flr(request: RemnantRequest) -> Answer[RemnantResult]:
    """Return the share of the liver that remains, and how fast it grows.

    Raises
    ------
    IntakeError, QuantityError
        A tumour without its liver, a height without a weight; a volume that cannot be; a remnant larger than the measured liver.
    """
    findings: list[Finding] = []
    remnant = Ml(require_positive(request.flr_ml, what="remnant (mL)"))
    total, source = _total_liver_volume(request, findings)
    share = None if total is None else 100 * remnant / total
    if total is None:
        message = "no share of the liver is stated, for its total volume is not known; give --liver-ml with --tumour-ml, or --height-cm with --weight-kg"
        findings.append(Finding("warning", "liver-volume-absent", message))
    if share is not None and share > 100:
        message = f"the remnant is {share:.0f} % of the total liver volume ({total:.0f} mL), which no part can be; check both volumes"
        findings.append(Finding("warning", "remnant-above-liver", message, {"sflr_percent": share, "total_ml": total}))
    if request.weeks is not None:
        require_positive(request.weeks, what="weeks")
    grown = None
    if request.flr_after_ml is not None:
        grown = hypertrophy(remnant, Ml(request.flr_after_ml), total=total, weeks=request.weeks)
    result = RemnantResult(
        kind="flr",
        tlv_ml=total,
        tlv_source=source,
        sflr_percent=share,
        hypertrophy_points=None if grown is None else grown.points,
        hypertrophy_percent=None if grown is None else grown.percent,
        kgr_points_per_week=None if grown is None else grown.points_per_week,
    )
    return Answer(result, tuple(findings))


def _total_liver_volume(request: RemnantRequest, findings: list[Finding]) -> tuple[Ml | None, str | None]:
    """Return the total liver volume and its source: measured where it is given, else by the body's surface."""
    if request.liver_ml is None and request.tumour_ml is not None:
        raise IntakeError(
            "--tumour-ml belongs to --liver-ml, but that was not given; give both, or height and weight",
            code="liver-volume-absent",
        )
    height, weight = request.height_cm, request.weight_kg
    if (height is None) != (weight is None):
        raise IntakeError(
            "--height-cm and --weight-kg belong together, but only one was given; give both", code="body-measure-absent"
        )
    if request.liver_ml is not None:
        if request.tumour_ml is None:
            message = "no tumour volume was given, so the whole liver counts as functional; give --tumour-ml"
            findings.append(Finding("warning", "tumour-volume-absent", message))
        return functional_liver_volume(Ml(request.liver_ml), Ml(request.tumour_ml or 0.0)), "measured liver less tumour"
    if height is None or weight is None:
        return None, None
    return total_liver_volume(height, weight), TLV_SOURCE


def run_child_pugh(request: ChildPughRequest) -> Answer[ChildPughResult]:
    """Return the Child-Pugh points and class.

    Raises
    ------
    QuantityError
        A laboratory value that cannot be, or whose unit is another.
    """
    score = child_pugh(
        request.bilirubin_mg_dl, request.albumin_g_dl, request.inr, request.ascites, request.encephalopathy
    )
    parts = ChildPughParts(
        bilirubin=score.bilirubin,
        albumin=score.albumin,
        inr=score.inr,
        ascites=score.ascites,
        encephalopathy=score.encephalopathy,
    )
    return Answer(ChildPughResult(kind="child-pugh", points=score.points, grade=score.grade, parts=parts))


def run_albi(request: AlbiRequest) -> Answer[AlbiResult]:
    """Return the albumin-bilirubin score and grade.

    Raises
    ------
    QuantityError
        A laboratory value that cannot be, or whose unit is another.
    """
    score = albi_score(request.bilirubin_mg_dl, request.albumin_g_dl)
    return Answer(AlbiResult(kind="albi", score=score, grade=albi_grade(score)))


def run_bclc(request: BclcRequest) -> Answer[BclcResult]:
    """Return the stage of the Barcelona Clinic and the line that decided.

    Raises
    ------
    QuantityError
        No nodule, a size in millimetres, a performance status beyond 4, a class that is none.
    """
    stage = bclc_stage(
        request.nodules,
        request.largest_cm,
        ecog=request.ecog,
        vascular_invasion=request.vascular_invasion == "yes",
        extrahepatic=request.extrahepatic == "yes",
        child_pugh=request.child_pugh,
    )
    return Answer(BclcResult(kind="bclc", stage=stage.stage, reason=stage.reason))
