"""The dose-response curves that a protocol asks for."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from yttria.contract import study as contract
from yttria.evidence.regression.design_matrix import complete_rows
from yttria.evidence.regression.dose_response import DoseResponse, Needed, Roc, dose_response, roc
from yttria.evidence.study.cohort_builder import change_of, observed_in
from yttria.evidence.study.context import AnalysisContext
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import ResponseSpec

STEPS = 50
"""Doses at which a curve is given, from the lowest to the highest of the data."""


def responses_of(context: AnalysisContext) -> dict[str, contract.DoseResponse]:
    """Return each dose-response asked for; null numbers with a reason where there is none."""
    return {name: _response(context, name, spec) for name, spec in context.protocol.dose_response.items()}


def _response(context: AnalysisContext, name: str, spec: ResponseSpec) -> contract.DoseResponse:
    dose, patients = change_of(context.cohort, spec.dose), context.cohort.outcome.first
    rows = complete_rows(context.cohort, [spec.response]) & np.isfinite(dose) & patients
    n, dropped = int(rows.sum()), int(np.count_nonzero(patients & ~rows))
    if not rows.any():
        context.add_finding(
            "response-impossible", f"dose-response {name}: no row has both {spec.dose} and {spec.response}"
        )
        empty = contract.ResponseData(dose=[], n=[], responses=[])
        return contract.DoseResponse(n=n, dropped=dropped, responses=0, data=empty, fit=None, roc=None)
    hit = observed_in(
        context.cohort.rows(rows)[spec.response], spec.response_is, what=f"[dose_response.{name}] response"
    )
    own_doses = dose[rows]
    discrimination: contract.RocCurve | None = None
    fit: contract.ResponseFit | None = None
    try:
        of_doses = roc(own_doses, hit)
        _add_findings(context, name, of_doses.findings)
        discrimination = _roc_record(of_doses)
        curve = dose_response(own_doses, hit, link=spec.link, scale=spec.scale)
    except EvidenceError as refusal:
        context.add_finding("response-impossible", f"dose-response {name} could not be fitted: {refusal}")
    else:
        _add_findings(context, name, curve.findings)
        doses = np.linspace(own_doses.min(), own_doses.max(), STEPS)
        fit = _fit_record(curve, spec, doses, context.protocol.km.level)
    return contract.DoseResponse(
        n=n, dropped=dropped, responses=int(hit.sum()), data=_data_record(own_doses, hit), fit=fit, roc=discrimination
    )


def _add_findings(context: AnalysisContext, name: str, findings: Sequence[Finding]) -> None:
    """Add the findings of one dose-response."""
    for finding in findings:
        context.add_finding(finding.code, f"dose-response {name}: {finding.message}", finding.level)


def _data_record(own_doses: Numbers, hit: NDArray[np.bool_]) -> contract.ResponseData:
    """Return what the curve was fitted to: at each dose how many there were and how many responded."""
    doses, place = np.unique(own_doses, return_inverse=True)
    responses = np.bincount(place, weights=hit).astype(np.int64)
    return contract.ResponseData(dose=doses.tolist(), n=np.bincount(place).tolist(), responses=responses.tolist())


def _fit_record(curve: DoseResponse, spec: ResponseSpec, doses: Numbers, level: float) -> contract.ResponseFit:
    share, low, high = curve.share_at(doses, level=level)
    gain = max(curve.null_deviance - curve.deviance, 0.0)
    return contract.ResponseFit(
        link=spec.link,
        scale=spec.scale,
        coef=contract.Line(intercept=float(curve.coef[0]), slope=float(curve.coef[1])),
        se=contract.Line(intercept=float(curve.variance[0, 0]) ** 0.5, slope=float(curve.variance[1, 1]) ** 0.5),
        deviance=curve.deviance,
        null_deviance=curve.null_deviance,
        test=contract.ChiSquaredTest(chi2=gain, df=1, p=float(chdtrc(1, gain))),
        aic=curve.aic,
        needed=[_needed_record(curve.needed(target, level=level)) for target in spec.shares],
        curve=contract.ShareCurve(dose=doses.tolist(), share=share.tolist(), low=low.tolist(), high=high.tolist()),
    )


def _needed_record(needed: Needed) -> contract.DoseForShare:
    return contract.DoseForShare(share=needed.share, dose=needed.dose, se=needed.se, low=needed.low, high=needed.high)


def _roc_record(result: Roc) -> contract.RocCurve:
    return contract.RocCurve(
        threshold=result.threshold.tolist(),
        sensitivity=result.sensitivity.tolist(),
        specificity=result.specificity.tolist(),
        auc=result.auc,
        se=result.se,
        best=result.best,
        youden=result.youden,
    )
