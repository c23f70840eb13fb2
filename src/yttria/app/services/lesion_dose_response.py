"""Lesion dose against lesion response, with patients as clusters."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from scipy.special import chdtrc, ndtri

from yttria.contract.response import DoseCurve, DoseNeeded, LesionDoseResponse
from yttria.delivery.response_criteria import RESPONSES, Criterion, Word, best_of, lesion_words, visit_near
from yttria.evidence.regression.dose_response import DoseResponse, dose_response
from yttria.values.errors import EvidenceError, Finding, Level
from yttria.values.lesion import Lesion, LesionHistory

SHARES = (0.5, 0.8)
STEPS = 60
PER_GY = 100.0
FEW_CLUSTERS, ENOUGH_CLUSTERS = 10, 20
"""Below the first errors over clusters are a warning, below the second a note (contract)."""
Z = float(ndtri(0.975))


def lesion_dose_response(
    histories: Sequence[LesionHistory], criterion: Criterion, *, months: float | None, window_months: float
) -> tuple[LesionDoseResponse, list[Finding]]:
    """Return how the response of targets goes with their absorbed dose: logistic, errors over patients.

    Parameters
    ----------
    histories
        Patients with their lesions.
    criterion
        By which each lesion is judged alone.
    months, window_months
        The visit whose word counts; None for the best word before progression.
    """
    result = [
        (history.patient, lesion.dose_gy, _word(history, lesion, criterion, months, window_months))
        for history in histories
        for lesion in history.targets
    ]
    pairs = [(patient, dose, word in RESPONSES) for patient, dose, word in result if dose is not None and word != "NE"]
    judged = "best before progression" if months is None else f"at {months:g} months"
    findings: list[Finding] = []
    curve = None
    try:
        if pairs:
            patients, doses, hits = (np.array(column) for column in zip(*pairs, strict=True))
            curve = dose_response(doses.astype(np.float64), hits, clusters=patients)
            findings += _of_clusters(curve.clusters, criterion)
            findings += [Finding(f.level, f.code, f"{criterion.title}: {f.message}", f.values) for f in curve.findings]
    except EvidenceError as refusal:
        message = f"{criterion.title}: lesion dose and response could not be fitted: {refusal}"
        findings.append(Finding("warning", "response-impossible", message))
    low, high = (min(d for _, d, _ in pairs), max(d for _, d, _ in pairs)) if pairs else (0.0, 0.0)
    counts = {
        "n": len(pairs),
        "patients": len({patient for patient, _, _ in pairs}),
        "responses": sum(hit for _, _, hit in pairs),
        "dropped": len(result) - len(pairs),
    }
    return _record(curve, counts, judged, low, high), findings


def _word(
    history: LesionHistory, lesion: Lesion, criterion: Criterion, months: float | None, window_months: float
) -> Word:
    """Return the word of a lesion alone: at the visit, or the best before progression."""
    words: dict[date, Word] = lesion_words(history, lesion, criterion)
    if months is None:
        return best_of(sorted(words.items()))[0]
    on = visit_near(history, months, window_months)
    return "NE" if on is None else words[on]


def _record(
    curve: DoseResponse | None, counts: dict[str, int], judged: str, low: float, high: float
) -> LesionDoseResponse:
    if curve is None:
        return LesionDoseResponse(
            **counts, judged=judged, odds_ratio_per_100_gy=None, low=None, high=None, p=None, needed=[], curve=None
        )
    slope, se = float(curve.coef[1]), float(curve.variance[1, 1]) ** 0.5
    doses = np.linspace(low, high, STEPS)
    share, below, above = curve.share_at(doses)
    odds = [float(np.exp(PER_GY * (slope + side * Z * se))) for side in (0, -1, 1)]
    return LesionDoseResponse(
        **counts,
        judged=judged,
        odds_ratio_per_100_gy=odds[0],
        low=odds[1],
        high=odds[2],
        p=float(chdtrc(1, curve.slope_chi2)),
        needed=[
            DoseNeeded(share=n.share, dose_gy=n.dose, low_gy=n.low, high_gy=n.high) for n in map(curve.needed, SHARES)
        ],
        curve=DoseCurve(dose_gy=doses.tolist(), share=share.tolist(), low=below.tolist(), high=above.tolist()),
    )


def _of_clusters(count: int, criterion: Criterion) -> Iterator[Finding]:
    """Return a doubt of errors that stand on few patients."""
    if count < ENOUGH_CLUSTERS:
        level: Level = "warning" if count < FEW_CLUSTERS else "note"
        message = f"{criterion.title}: errors of dose and response stand on {count} patients, some twenty are needed to trust them; read limits and P with care"
        yield Finding(level, "clusters-few", message, {"clusters": count})
