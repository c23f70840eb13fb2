"""The dose-response curves that a protocol asks for, as records."""

from dataclasses import asdict

import numpy as np

from yttria.evidence.desk import Desk
from yttria.evidence.enrol import change_of, observed_in
from yttria.evidence.record import Record
from yttria.evidence.response import DoseResponse, Roc, dose_response, roc
from yttria.evidence.terms import known
from yttria.values.cohort import Numbers
from yttria.values.errors import EvidenceError
from yttria.values.protocol import ResponseSpec

STEPS = 50
"""Doses at which a curve is told, from the lowest to the highest given."""


def responses_of(desk: Desk) -> Record:
    """Return each dose-response asked for; null numbers with a reason where there is none."""
    return {name: _response(desk, name, spec) for name, spec in desk.protocol.dose_response.items()}


def _response(desk: Desk, name: str, spec: ResponseSpec) -> Record:
    dose = change_of(desk.cohort, spec.dose)
    rows = known(desk.cohort, [spec.response]) & np.isfinite(dose)
    counted: Record = {"n": int(rows.sum()), "dropped": int(np.count_nonzero(~rows))}
    if not rows.any():
        desk.doubt("response-impossible", f"dose-response {name}: no row has both {spec.dose} and {spec.response}")
        return {**counted, "responses": 0, "fit": None, "roc": None}
    hit = observed_in(desk.cohort.rows(rows)[spec.response], spec.response_is, what=f"[dose_response.{name}] response")
    given = dose[rows]
    record: Record = {**counted, "responses": int(hit.sum()), "fit": None, "roc": None}
    try:
        judged = roc(given, hit)
        curve = dose_response(given, hit, link=spec.link, scale=spec.scale)
    except EvidenceError as refusal:
        desk.doubt("response-impossible", f"dose-response {name} could not be fitted: {refusal}")
        return record
    for finding in (*judged.findings, *curve.findings):
        desk.doubt(finding.code, f"dose-response {name}: {finding.message}", finding.level)
    doses = np.linspace(given.min(), given.max(), STEPS)
    return record | {"fit": _fit_record(curve, spec, doses, desk.protocol.km.level), "roc": _roc_record(judged)}


def _fit_record(curve: DoseResponse, spec: ResponseSpec, doses: Numbers, level: float) -> Record:
    share, low, high = curve.share_at(doses, level=level)
    return {
        "link": spec.link,
        "scale": spec.scale,
        "coef": {"intercept": float(curve.coef[0]), "slope": float(curve.coef[1])},
        "se": {"intercept": float(curve.variance[0, 0]) ** 0.5, "slope": float(curve.variance[1, 1]) ** 0.5},
        "deviance": curve.deviance,
        "null_deviance": curve.null_deviance,
        "aic": curve.aic,
        "needed": [asdict(curve.needed(wanted, level=level)) for wanted in spec.shares],
        "curve": {"dose": doses, "share": share, "low": low, "high": high},
    }


def _roc_record(judged: Roc) -> Record:
    columns = ("threshold", "sensitivity", "specificity", "auc", "se", "best", "youden")
    return {column: getattr(judged, column) for column in columns}
