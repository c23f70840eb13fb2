"""What a hazard ratio of an interim look is worth."""

from yttria.app.services.number_lists import look_list
from yttria.app.services.trial_options import boundary_of
from yttria.contract.envelope import Answer
from yttria.contract.trial_interim import BiasAdjusted, InterimRequest, InterimResult, LaterLook
from yttria.evidence.design.interim_estimate import (
    ConditionalPrediction,
    InterimAnalysis,
    bias_adjusted_estimate,
    conditional_prediction,
    ratio_when_stopped,
)
from yttria.values.errors import Finding, IntakeError, Level

CLASH = 0.05
"""P below which the deaths between two looks differ from those before by more than chance."""


def run(request: InterimRequest) -> Answer[InterimResult]:
    """Return what an interim ratio lets expect, what the deaths since then say, and the estimate corrected for the looks.

    Raises
    ------
    IntakeError, EvidenceError
        Options of which one needs another; a look that is none of the plan.
    """
    look = InterimAnalysis(request.hr, request.events, request.treated_share)
    low, high = look.limits()
    if (request.later_hr is None) != (request.later_events is None):
        raise IntakeError(
            "--later-hr and --later-events belong together, but one is missing; give both or none",
            code="later-look-incomplete",
        )
    later, estimate = None, None
    findings: list[Finding] = []
    if request.later_hr is not None and request.later_events is not None:
        later, finding = _later(look, InterimAnalysis(request.later_hr, request.later_events, request.treated_share))
        findings.append(finding)
    if request.look_events is not None:
        estimate = _bias_adjusted(look, look_list(request.look_events), request)
    elif request.true_hr is not None:
        raise IntakeError(
            "--true-hr needs the planned looks, but --look-events is not given; give their events",
            code="look-events-absent",
        )
    result = InterimResult(
        hr=request.hr, events=request.events, low=low, high=high, z=look.z, later=later, corrected=estimate
    )
    return Answer(result, tuple(findings))


def _later(look: InterimAnalysis, late: InterimAnalysis) -> tuple[LaterLook, Finding]:
    """Return the way from a look to a later one, and what it means."""
    results = conditional_prediction(look, late)
    result = LaterLook(
        hr=late.hazard_ratio,
        events=late.events,
        predicted_low=results.predicted[0],
        predicted_high=results.predicted[1],
        as_predicted=results.predicted[0] <= late.hazard_ratio <= results.predicted[1],
        between_events=results.between_events,
        between_hr=results.between[0],
        between_low=results.between[1],
        between_high=results.between[2],
        agreement_p=results.agreement_p,
    )
    return result, _meaning(look, late, results)


def _meaning(look: InterimAnalysis, late: InterimAnalysis, result: ConditionalPrediction) -> Finding:
    sentence = (
        f"{look.hazard_ratio:g} became {late.hazard_ratio:g} because the {result.between_events} deaths in between show {result.between[0]:.2f} "
        f"({result.between[1]:.2f} to {result.between[2]:.2f})"
    )
    level: Level
    level, code = ("note", "later-deaths-agree") if result.agreement_p >= CLASH else ("warning", "later-deaths-differ")
    return Finding(
        level,
        code,
        f"{sentence}; P {result.agreement_p:.2g} against those before",
        {
            "between_hr": result.between[0],
            "between_low": result.between[1],
            "between_high": result.between[2],
            "agreement_p": result.agreement_p,
            "shown_hr": look.hazard_ratio,
            "later_hr": late.hazard_ratio,
        },
    )


def _bias_adjusted(look: InterimAnalysis, looks: list[int], request: InterimRequest) -> BiasAdjusted:
    """Return the estimate corrected for the looks of its plan."""
    if look.events not in looks:
        raise IntakeError(
            f"--events must be one of --look-events, but {look.events} is not among {', '.join(map(str, looks))}; give the look's own",
            code="look-events-unknown",
        )
    stage = looks.index(look.events)
    limits = boundary_of(request.kind, [e / looks[-1] for e in looks], request.alpha, request.sides, request.shape)
    result = bias_adjusted_estimate(look, limits, stage, looks[-1])
    truth, chance, adjusted_estimate = request.true_hr, None, None
    if truth is not None:
        chance, adjusted_estimate = ratio_when_stopped(
            InterimAnalysis(truth, looks[-1], look.treated_share), limits, stage
        )
    return BiasAdjusted(
        look=stage + 1,
        kind=request.kind,
        critical_z=result.critical_z,
        crossed=result.crossed,
        median_unbiased_hr=result.median_unbiased[0],
        median_unbiased_low=result.median_unbiased[1],
        median_unbiased_high=result.median_unbiased[2],
        mean_unbiased_hr=result.mean_unbiased,
        true_hr=truth,
        stops_here=chance,
        shows_when_stopped_hr=adjusted_estimate,
    )
