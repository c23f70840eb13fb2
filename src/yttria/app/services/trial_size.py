"""How large a trial must be: events, patients, responders."""

import math
from typing import Any

from yttria.app.services.trial_options import hazard_of_loss, treated_share
from yttria.contract.envelope import Answer
from yttria.contract.trial_power import PowerRequest, PowerResult
from yttria.evidence.design.rate_sample_size import RateComparison, rate_sample_size
from yttria.evidence.design.sample_size import Aim, event_chance, patients_for
from yttria.values.errors import IntakeError, require_positive

USUAL_POWER = 0.8
"""Power of a comparison of rates where none is asked for."""
SURVIVAL_ALONE = ("hr", "events", "control_median")
RESPONSE_ALONE = ("rate_control", "rate_treated")


def run_power(request: PowerRequest) -> Answer[PowerResult]:
    """Return events and patients for a power (Schoenfeld, Freedman), or the power of a number of events.

    Raises
    ------
    IntakeError
        Options that exclude one another, or of which one needs another.
    """
    if request.endpoint == "response":
        return Answer(_rates(request))
    _refuse(request, RESPONSE_ALONE, "response")
    if request.hr is None:
        raise IntakeError(
            "--hr is needed for survival, but is not given; give the hazard ratio to be shown",
            code="hazard-ratio-absent",
        )
    if (request.power is None) == (request.events is None):
        raise IntakeError(
            "exactly one of --power and --events is needed; give the power wanted, or the events there will be",
            code="power-or-events",
        )
    if request.control_median is None and (request.accrual or request.follow_up or request.lost):
        raise IntakeError(
            "--accrual, --follow-up and --lost make patients of events, but --control-median is not given; give it, or leave them out",
            code="control-median-absent",
        )
    if request.control_median is not None and request.events is not None:
        raise IntakeError(
            "--control-median is for the patients that a power needs, but --events was given; leave one of the two out",
            code="control-median-unused",
        )
    share = treated_share(request.treated_share, request.allocation)
    aim = Aim(request.hr, alpha=request.alpha, sides=request.sides, treated_share=share)
    numbers: dict[str, Any] = {}
    if request.events is not None:
        numbers = {"events": request.events, "schoenfeld_power": aim.schoenfeld_power(request.events)}
    else:
        power = float(request.power or 0)
        counts = {"schoenfeld": aim.schoenfeld_events(power), "freedman": aim.freedman_events(power)}
        numbers = {"power": power} | {f"{name}_events": count for name, count in counts.items()}
        if request.control_median is not None:
            numbers |= _patients(aim, counts, request.control_median, request)
    design = request.model_dump(include={"endpoint", "hr", "alpha", "sides"})
    return Answer(PowerResult(**design, treated_share=share, **numbers))


def _rates(request: PowerRequest) -> PowerResult:
    """Return the patients that a comparison of two response rates needs."""
    _refuse(request, SURVIVAL_ALONE, "survival")
    if request.rate_control is None or request.rate_treated is None:
        raise IntakeError(
            "--rate-control and --rate-treated are both needed for response; give both as fractions, as 0.36 and 0.71",
            code="response-rates-absent",
        )
    share = treated_share(request.treated_share, request.allocation)
    comparison = RateComparison(
        request.rate_control,
        request.rate_treated,
        request.alpha,
        request.sides,
        request.allocation or share / (1 - share),
    )
    power = USUAL_POWER if request.power is None else request.power
    result = rate_sample_size(comparison, power, method=request.method)
    design = request.model_dump(include={"endpoint", "rate_control", "rate_treated", "method", "alpha", "sides"})
    return PowerResult(
        **design, treated_share=share, n_treated=result.treated, n_control=result.control, power=result.power
    )


def _refuse(request: PowerRequest, names: tuple[str, ...], endpoint: str) -> None:
    """Refuse an option of the other endpoint."""
    for name in names:
        if getattr(request, name) is not None:
            option = "--" + name.replace("_", "-")
            raise IntakeError(
                f"{option} is for --endpoint {endpoint}; leave it out, or choose that endpoint", code="endpoint-option"
            )


def _patients(aim: Aim, counts: dict[str, int], control_median: float, request: PowerRequest) -> dict[str, Any]:
    """Return the patients that give the events, and the chance of an event in each arm."""
    hazard = math.log(2) / require_positive(control_median, what="median of the control arm")
    dropout = hazard_of_loss(request.lost, request.lost_by)
    times = {"accrual": request.accrual, "follow_up": request.follow_up, "dropout": dropout}
    return {
        **{
            f"{name}_patients": patients_for(count, aim, control_hazard=hazard, **times)
            for name, count in counts.items()
        },
        "event_chance_control": event_chance(hazard, **times),
        "event_chance_treated": event_chance(hazard * aim.hazard_ratio, **times),
    }
