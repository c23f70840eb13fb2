"""Group-sequential boundaries of a plan."""

import math
from typing import Any

from yttria.app.services.trial_options import boundary_of, design_of, kind_name, look_times
from yttria.contract.envelope import Answer
from yttria.contract.trial_boundaries import BoundariesRequest, BoundariesResult, BoundaryLook, ExpectedSize
from yttria.evidence.design.group_sequential import Boundary
from yttria.evidence.design.sample_size import Aim
from yttria.evidence.design.sequential_design import SequentialDesign
from yttria.values.errors import Finding, IntakeError

USUAL_POWER = 0.8
"""Power of a design where none is asked for."""


def run_boundaries(request: BoundariesRequest) -> Answer[BoundariesResult]:
    """Return group-sequential boundaries, exact, for efficacy and futility, and what stopping at each look does to the estimate.

    Raises
    ------
    IntakeError, EvidenceError
        Options that exclude one another or need one another; a plan that cannot be.
    """
    times = look_times(request.looks, request.information)
    if request.hr is not None and request.power is None:
        raise IntakeError(
            "--hr needs the power that the trial is planned with, but --power is not given; give it",
            code="power-absent",
        )
    wide = request.efficacy is not None or request.futility != "none"
    power = request.power if request.power is not None else USUAL_POWER if wide else None
    design = design_of(request, times, power or USUAL_POWER)
    planned: dict[str, Any] = {}
    if power is not None:
        expected = ExpectedSize(h0=design.expected_null, h1=design.expected_alternative)
        planned = {"power": power, "inflation": design.inflation, "expected_n": expected}
    z: list[float | None]
    nominal: list[float | None]
    if request.futility == "none":
        limits = boundary_of(kind_name(request), times, request.alpha, request.sides, request.shape)
        z, nominal = list(limits.z), list(limits.nominal_p)
        planned |= {} if power is None else _planned(limits, power, request.hr)
    else:
        if request.hr is not None:
            raise IntakeError(
                "--hr shows what a look shows without limits for futility; leave --hr or --futility out",
                code="boundary-options-conflict",
            )
        z, nominal = list(design.efficacy), list(design.one_sided_p)
        planned |= {"stopping": list(design.stopping)}
    return Answer(
        BoundariesResult(
            kind=kind_name(request),
            alpha=request.alpha,
            sides=request.sides,
            futility=request.futility,
            binding=request.binding == "true",
            information=list(design.information),
            z=z,
            nominal_p=nominal,
            alpha_spent=list(design.alpha_spent),
            looks=_looks(design),
            **planned,
        ),
        _findings(request, design),
    )


def _looks(design: SequentialDesign) -> list[BoundaryLook]:
    """Return the looks of a design, one record each."""
    return [
        BoundaryLook(
            information=time,
            z_efficacy=design.efficacy[k],
            z_futility=None if design.futility is None else design.futility[k],
            alpha_spent=design.alpha_spent[k],
            beta_spent=None if design.beta_spent is None else design.beta_spent[k],
            p_one_sided=design.one_sided_p[k],
        )
        for k, time in enumerate(design.information)
    ]


def _findings(request: BoundariesRequest, design: SequentialDesign) -> tuple[Finding, ...]:
    """Return what a reader of the boundaries must know."""
    if design.futility is None or request.sides == 1:
        return ()
    message = f"with a limit for futility the design is one-sided at alpha {design.alpha:g} ({request.alpha:g} of {request.sides} sides)"
    return (
        Finding(
            "note", "one-sided", message, {"alpha": design.alpha, "asked_alpha": request.alpha, "sides": request.sides}
        ),
    )


def _planned(limits: Boundary, power: float, hr: float | None) -> dict[str, Any]:
    """Return what the looks cost and do when the trial has this power."""
    drift = limits.drift_for(power)
    happens = limits.stopping(drift)
    result: dict[str, Any] = {
        "expected_information": happens.expected_information,
        "expected_information_null": limits.stopping(0.0).expected_information,
        "stopping": list(happens.right),
    }
    if hr is not None:
        aim = Aim(hr, alpha=limits.alpha, sides=limits.sides)
        result["hr"] = hr
        result["events"] = math.ceil((drift / math.log(hr)) ** 2 / (aim.treated_share * (1 - aim.treated_share)))
        result["shown_hr"] = [math.exp(math.log(hr) * estimate / drift) for estimate in happens.estimate]
    return result
