"""Designing a trial: size, simulation and boundaries."""

import math
from collections.abc import Sequence
from typing import Any, get_args

import numpy as np

from yttria.app.services.number_lists import look_list, number_list
from yttria.contract.envelope import Answer
from yttria.contract.trial_design import (
    BoundariesRequest,
    BoundariesResult,
    Kind,
    PowerRequest,
    PowerResult,
    ShownRatio,
    ShownRatios,
    SimulatedLook,
    SimulatedLooks,
    SimulationRequest,
    TrialSimulationResult,
)
from yttria.evidence.descriptive.proportions import Proportion
from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.group_sequential import Boundary, boundary
from yttria.evidence.design.sample_size import Aim, event_chance, patients_for
from yttria.evidence.design.simulation import (
    InterimResults,
    Regression,
    Resection,
    Scenario,
    Trials,
    draw_trials,
    regression,
    run_interim_analyses,
    two_arm_tests,
)
from yttria.values.errors import Finding, IntakeError, require_positive, require_share

KINDS: tuple[Kind, ...] = get_args(Kind)


def run_power(request: PowerRequest) -> Answer[PowerResult]:
    """Return events and patients for a power (Schoenfeld, Freedman), or the power of a number of events.

    Raises
    ------
    IntakeError
        Options that exclude one another, or of which one needs another.
    """
    if (request.power is None) == (request.events is None):
        raise IntakeError(
            "exactly one of --power and --events is needed; give the power wanted, or the events there will be"
        )
    if request.control_median is None and (request.accrual or request.follow_up or request.lost):
        raise IntakeError(
            "--accrual, --follow-up and --lost make patients of events, but --control-median is not given; give it, or leave them out"
        )
    if request.control_median is not None and request.events is not None:
        raise IntakeError(
            "--control-median is for the patients that a power needs, but --events was given; leave one of the two out"
        )
    aim = Aim(request.hr, alpha=request.alpha, sides=request.sides, treated_share=request.treated_share)
    numbers: dict[str, Any] = {}
    if request.events is not None:
        numbers = {"events": request.events, "schoenfeld_power": aim.schoenfeld_power(request.events)}
    else:
        power = float(request.power or 0)
        counts = {"schoenfeld": aim.schoenfeld_events(power), "freedman": aim.freedman_events(power)}
        numbers = {"power": power} | {f"{name}_events": count for name, count in counts.items()}
        if request.control_median is not None:
            numbers |= _patients(aim, counts, request.control_median, request)
    design = request.model_dump(include={"hr", "alpha", "sides", "treated_share"})
    return Answer(PowerResult(**design, **numbers))


def _patients(aim: Aim, counts: dict[str, int], control_median: float, request: PowerRequest) -> dict[str, Any]:
    """Return the patients that give the events, and the chance of an event in each arm."""
    hazard = math.log(2) / require_positive(control_median, what="median of the control arm")
    dropout = _hazard_of_loss(request.lost, request.lost_by)
    times = {"accrual": request.accrual, "follow_up": request.follow_up, "dropout": dropout}
    return {
        **{
            f"{name}_patients": patients_for(count, aim, control_hazard=hazard, **times)
            for name, count in counts.items()
        },
        "event_chance_control": event_chance(hazard, **times),
        "event_chance_treated": event_chance(hazard * aim.hazard_ratio, **times),
    }


def _hazard_of_loss(lost: float, by: float) -> float:
    """Return the hazard of leaving that loses a share by a time.

    Raises
    ------
    IntakeError, QuantityError
        A share outside 0 to 1, all lost, a time that is not above zero.
    """
    if require_share(lost, what="--lost") == 1:
        raise IntakeError("--lost must be below 1: a trial that loses everybody shows nothing; give a share as 0.05")
    return -math.log1p(-lost) / require_positive(by, what="--lost-by")


def run_simulation(request: SimulationRequest) -> Answer[TrialSimulationResult]:
    """Return power and estimates by simulation: accrual, dropout, delayed effect, crossover to resection, looks.

    Raises
    ------
    IntakeError, EvidenceError
        Options that exclude one another; a scenario that cannot be.
    """
    if request.seed < 0:
        raise IntakeError(f"--seed must be zero or more, but is {request.seed}; give a whole number")
    drawn = draw_trials(_scenario(request), request.trials, seed=request.seed)
    findings: list[Finding] = []
    looks, shown = None, None
    if request.look_events is not None:
        looks = _looks(drawn, look_list(request.look_events), request)
    if request.shown_hr is not None:
        shown, finding = _shown_ratio(drawn, request.shown_hr, request.look_events)
        findings.append(finding)
    end = _at_end_of_follow_up(drawn, request.alpha, request.sides)
    return Answer(TrialSimulationResult(**end, seed=request.seed, looks=looks, shown=shown), tuple(findings))


def _scenario(request: SimulationRequest) -> Scenario:
    """Return the scenario that a request describes."""
    surgery = None
    if request.resection_at is not None:
        surgery = Resection(
            request.resection_at, request.resected_treated, request.resected_control, request.resection_hr
        )
    elif request.resected_treated or request.resected_control:
        raise IntakeError(
            "a share resected needs its time, but --resection-at is not given; give it, or leave surgery out"
        )
    entries = _pace(request.pace, request.accrual)
    return Scenario(
        request.patients,
        request.control_median,
        request.hr,
        request.treated_share,
        request.delay,
        request.accrual if entries is None else entries.length,
        request.follow_up,
        _hazard_of_loss(request.lost, request.lost_by),
        surgery,
        entries,
    )


def _pace(text: str | None, accrual: float) -> AccrualPattern | None:
    """Return the stretches of accrual from "6:1,20:3"; None where entries are even.

    Raises
    ------
    IntakeError, EvidenceError
        Anything else; --accrual beside it; stretches that cannot be.
    """
    if text is None:
        return None
    if accrual:
        raise IntakeError("--pace says how long accrual is, but --accrual is given too; leave --accrual out")
    pairs = [word.split(":") for word in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise IntakeError(f"--pace must be stretches as length:pace with commas, as 6:1,20:3, but is {text!r}")
    numbers = [number_list(",".join(pair), "--pace") for pair in pairs]
    return AccrualPattern(tuple((length, pace) for length, pace in numbers))


def _at_end_of_follow_up(drawn: Trials, alpha: float, sides: int) -> dict[str, Any]:
    """Return power and estimates at the end of follow-up, without looks."""
    scenario = drawn.scenario
    critical = Aim(0.5, alpha=alpha, sides=sides).critical
    tests = two_arm_tests(*drawn.at(scenario.end), scenario.arm)
    positive = int(np.count_nonzero(tests.z <= -critical))
    chance = Proportion(positive, len(drawn))
    finite = tests.log_ratio[np.isfinite(tests.log_ratio)]
    low, middle, high = np.exp(np.quantile(finite, [0.05, 0.5, 0.95])) if len(finite) else [math.nan] * 3
    return {
        "trials": len(drawn),
        "patients": scenario.patients,
        "power": chance.share,
        "power_low": chance.wilson()[0],
        "power_high": chance.wilson()[1],
        "events_mean": float(tests.events.mean()),
        "hr_geometric_mean": float(np.exp(finite.mean())) if len(finite) else None,
        "hr_median": middle,
        "hr_p05": low,
        "hr_p95": high,
        "not_estimable": len(drawn) - len(finite),
    }


def _looks(drawn: Trials, events: Sequence[int], request: SimulationRequest) -> SimulatedLooks:
    """Return what looks at these events do: how often each stops, what it shows, what the same patients show later."""
    limits = boundary_of(request.kind, [e / events[-1] for e in events], request.alpha, request.sides, request.shape)
    seen = run_interim_analyses(drawn, events, limits.z)
    stages = []
    for k, (count, z) in enumerate(zip(events, limits.z, strict=True)):
        stopped = (seen.stage == k) & seen.positive
        shown = _shown_ratios(seen, stopped)
        stages.append(
            SimulatedLook(
                events=count,
                critical_z=z,
                stopped=float(np.mean(stopped)),
                shown_hr=shown.shown_hr,
                later_hr=shown.later_hr,
            )
        )
    return SimulatedLooks(
        kind=request.kind,
        power=float(np.mean(seen.positive)),
        stages=stages,
        stopped_early=_shown_ratios(seen, seen.positive & (seen.stage < len(events) - 1)),
        all=_shown_ratios(seen, np.ones(len(drawn), dtype=bool)),
    )


def _shown_ratios(seen: InterimResults, which: Any) -> ShownRatios:
    """Return the geometric mean of the ratio shown at the stop, and that of the same patients at the end of follow-up."""
    kept = which & np.isfinite(seen.shown.log_ratio) & np.isfinite(seen.later.log_ratio)
    if not kept.any():
        return ShownRatios(shown_hr=None, later_hr=None)
    return ShownRatios(
        shown_hr=float(np.exp(seen.shown.log_ratio[kept].mean())),
        later_hr=float(np.exp(seen.later.log_ratio[kept].mean())),
    )


def _shown_ratio(drawn: Trials, ratio: float, look_events: str | None) -> tuple[ShownRatio, Finding]:
    """Return what became of trials that showed one ratio at the first look."""
    if look_events is None:
        raise IntakeError(
            "--shown-hr needs a look at which it is shown, but --look-events is not given; give the events of the look"
        )
    first = look_list(look_events)[0]
    arm, end = drawn.scenario.arm, drawn.scenario.end
    early = two_arm_tests(*drawn.at(np.minimum(drawn.when_events(first), end)), arm)
    found = regression(early, two_arm_tests(*drawn.at(end), arm), require_positive(ratio, what="--shown-hr"))
    result = ShownRatio(
        hr=ratio,
        look_events=first,
        trials=found.trials,
        share=found.share,
        shown_hr=found.shown,
        later_hr=found.later,
        later_nearer_to_one=found.later_above,
    )
    sentence = f"trials that show {ratio:g} after {first} events show {found.later:.2f} on average when the same patients are followed to the end"
    return result, _what_became(drawn.scenario.hazard_ratio, found, sentence)


def _what_became(truth: float, found: Regression, sentence: str) -> Finding:
    """Return what the way from the ratio shown to the later one means."""
    towards_one = abs(math.log(found.later)) < abs(math.log(found.shown))
    if (found.shown < truth) == (found.shown < found.later):
        return Finding(
            "note",
            "estimate-regresses",
            f"{sentence} (true ratio {truth:g}): an estimate taken because it looks good is too good"
            if towards_one
            else f"{sentence} (true ratio {truth:g}): the estimate goes towards the truth",
        )
    return Finding(
        "note",
        "estimate-moves",
        f"{sentence}: the effect changes with time in this scenario (delay, surgery), so that later deaths speak for another ratio than {truth:g}",
    )


def boundary_of(kind: str, information: Sequence[float], alpha: float, sides: int, shape: float | None) -> Boundary:
    """Return the boundary of a kind by its name.

    Raises
    ------
    IntakeError, EvidenceError
        A kind that is not known; looks, alpha or shape that cannot be.
    """
    for known in KINDS:
        if kind == known:
            return boundary(known, information, alpha=alpha, sides=sides, shape=shape)
    raise IntakeError(f"--kind must be one of {', '.join(KINDS)}, but is {kind!r}; name one of them")


def run_boundaries(request: BoundariesRequest) -> Answer[BoundariesResult]:
    """Return group-sequential boundaries, exact, and what stopping at each look does to the estimate.

    Raises
    ------
    IntakeError, EvidenceError
        Options that exclude one another or need one another; a plan that cannot be.
    """
    if (request.looks is None) == (request.information is None):
        raise IntakeError("exactly one of --looks and --information is needed; give a number of looks, or their shares")
    if request.looks is not None and request.looks < 1:
        raise IntakeError(f"--looks must be 1 or more, but is {request.looks}; the last look is the end of the trial")
    if request.hr is not None and request.power is None:
        raise IntakeError("--hr needs the power that the trial is planned with, but --power is not given; give it")
    times = (
        [(k + 1) / request.looks for k in range(request.looks)]
        if request.looks is not None
        else number_list(request.information or "", "--information")
    )
    limits = boundary_of(request.kind, times, request.alpha, request.sides, request.shape)
    planned = {} if request.power is None else _planned(limits, request.power, request.hr)
    return Answer(
        BoundariesResult(
            kind=request.kind,
            alpha=request.alpha,
            sides=request.sides,
            information=list(limits.information),
            z=list(limits.z),
            nominal_p=list(limits.nominal_p),
            alpha_spent=list(limits.spent),
            **planned,
        )
    )


def _planned(limits: Boundary, power: float, hr: float | None) -> dict[str, Any]:
    """Return what the looks cost and do when the trial has this power."""
    drift = limits.drift_for(power)
    happens = limits.stopping(drift)
    result: dict[str, Any] = {
        "power": power,
        "inflation": limits.inflation(power),
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
