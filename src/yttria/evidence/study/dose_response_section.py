"""The dose-response curves that a protocol asks for, as records."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from yttria.evidence.regression.design_matrix import known
from yttria.evidence.regression.dose_response import DoseResponse, Roc, dose_response, roc
from yttria.evidence.study.cohort_builder import change_of, observed_in
from yttria.evidence.study.context import AnalysisContext
from yttria.evidence.study.results import Record
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError, Finding
from yttria.values.protocol import ResponseSpec

STEPS = 50
"""Doses at which a curve is told, from the lowest to the highest given."""


def responses_of(context: AnalysisContext) -> Record:
    """Return each dose-response asked for; null numbers with a reason where there is none."""
    return {name: _response(context, name, spec) for name, spec in context.protocol.dose_response.items()}


def _response(context: AnalysisContext, name: str, spec: ResponseSpec) -> Record:
    dose, patients = change_of(context.cohort, spec.dose), context.cohort.outcome.first
    rows = known(context.cohort, [spec.response]) & np.isfinite(dose) & patients
    counted: Record = {"n": int(rows.sum()), "dropped": int(np.count_nonzero(patients & ~rows))}
    if not rows.any():
        context.add_finding(
            "response-impossible", f"dose-response {name}: no row has both {spec.dose} and {spec.response}"
        )
        empty: Record = {"dose": [], "n": [], "responses": []}
        return {**counted, "responses": 0, "data": empty, "fit": None, "roc": None}
    hit = observed_in(
        context.cohort.rows(rows)[spec.response], spec.response_is, what=f"[dose_response.{name}] response"
    )
    given = dose[rows]
    record: Record = {
        **counted,
        "responses": int(hit.sum()),
        "data": _data_record(given, hit),
        "fit": None,
        "roc": None,
    }
    try:
        judged = roc(given, hit)
        _tell(context, name, judged.findings)
        record["roc"] = _roc_record(judged)
        curve = dose_response(given, hit, link=spec.link, scale=spec.scale)
    except EvidenceError as refusal:
        context.add_finding("response-impossible", f"dose-response {name} could not be fitted: {refusal}")
        return record
    _tell(context, name, curve.findings)
    doses = np.linspace(given.min(), given.max(), STEPS)
    return record | {"fit": _fit_record(curve, spec, doses, context.protocol.km.level)}


def _tell(context: AnalysisContext, name: str, findings: Sequence[Finding]) -> None:
    """Add what is to be doubted about one dose-response."""
    for finding in findings:
        context.add_finding(finding.code, f"dose-response {name}: {finding.message}", finding.level)


def _data_record(given: Numbers, hit: NDArray[np.bool_]) -> Record:
    """Return what the curve was fitted to: at each dose how many there were and how many responded."""
    doses, place = np.unique(given, return_inverse=True)
    return {"dose": doses, "n": np.bincount(place), "responses": np.bincount(place, weights=hit).astype(np.int64)}


def _fit_record(curve: DoseResponse, spec: ResponseSpec, doses: Numbers, level: float) -> Record:
    share, low, high = curve.share_at(doses, level=level)
    gain = max(curve.null_deviance - curve.deviance, 0.0)
    return {
        "link": spec.link,
        "scale": spec.scale,
        "coef": {"intercept": float(curve.coef[0]), "slope": float(curve.coef[1])},
        "se": {"intercept": float(curve.variance[0, 0]) ** 0.5, "slope": float(curve.variance[1, 1]) ** 0.5},
        "deviance": curve.deviance,
        "test": {"chi2": gain, "df": 1, "p": float(chdtrc(1, gain))},
        "null_deviance": curve.null_deviance,
        "aic": curve.aic,
        "needed": [asdict(curve.needed(wanted, level=level)) for wanted in spec.shares],
        "curve": {"dose": doses, "share": share, "low": low, "high": high},
    }


def _roc_record(judged: Roc) -> Record:
    columns = ("threshold", "sensitivity", "specificity", "auc", "se", "best", "youden")
    return {column: getattr(judged, column) for column in columns}
