"""Trials simulated many times: power, estimates, what looks do."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from yttria.app.services.number_lists import look_list, number_list
from yttria.app.services.trial_options import (
    boundary_of,
    design_of,
    hazard_of_loss,
    kind_name,
    look_times,
    treated_share,
)
from yttria.contract.envelope import Answer
from yttria.contract.trial_simulation import (
    ObservedRatio,
    ObservedRatios,
    SequentialLook,
    SequentialTest,
    SimulatedLook,
    SimulatedLooks,
    SimulatedTests,
    SimulationRequest,
    TrialSimulationResult,
)
from yttria.evidence.descriptive.proportions import Proportion
from yttria.evidence.design.accrual import AccrualPattern
from yttria.evidence.design.arm_tests import two_arm_tests
from yttria.evidence.design.interim_simulation import (
    InterimResults,
    Regression,
    regression,
    run_interim_analyses,
)
from yttria.evidence.design.sample_size import Aim
from yttria.evidence.design.sequential_design import SequentialDesign
from yttria.evidence.design.sequential_simulation import RateScenario, SimulatedStops, rate_stops, survival_stops
from yttria.evidence.design.simulation import Resection, Scenario, Trials, draw_trials
from yttria.values.errors import Finding, IntakeError, require_positive

SURVIVAL_ALONE = ("hr", "control_median", "look_events", "shown_hr", "resection_at")
RESPONSE_ALONE = ("rate_control", "rate_treated", "looks", "information")


def run_simulation(request: SimulationRequest) -> Answer[TrialSimulationResult]:
    """Return power and estimates by simulation: accrual, dropout, delayed effect, crossover to resection, looks.

    Raises
    ------
    IntakeError, EvidenceError
        Options that exclude one another; a scenario that cannot be.
    """
    if request.seed < 0:
        raise IntakeError(f"--seed must be zero or more, but is {request.seed}; give a whole number", code="seed-range")
    _refuse_other(request)
    if request.endpoint == "response":
        return _rates(request)
    trials = draw_trials(_scenario(request), request.trials, seed=request.seed)
    findings: list[Finding] = []
    looks, ratio = None, None
    events = None if request.look_events is None else look_list(request.look_events)
    if events is not None and request.futility == "none":
        looks = _looks(trials, events, request)
    if request.shown_hr is not None:
        ratio, finding = _observed_ratio(trials, request.shown_hr, request.look_events)
        findings.append(finding)
    end = _at_end_of_follow_up(trials, request.alpha, request.sides)
    design = design_of(request, [1.0] if events is None else [e / events[-1] for e in events], request.power)
    logrank, maxcombo = (_test(stops, design) for stops in survival_stops(trials, events, design))
    tests = SimulatedTests(logrank=logrank, maxcombo=maxcombo)
    return Answer(
        TrialSimulationResult(endpoint="survival", **end, seed=request.seed, tests=tests, looks=looks, shown=ratio),
        tuple(findings),
    )


def _refuse_other(request: SimulationRequest) -> None:
    """Refuse what the endpoint needs and has not, and what belongs to the other one."""
    survival = request.endpoint == "survival"
    for name in RESPONSE_ALONE if survival else SURVIVAL_ALONE:
        if getattr(request, name) is not None:
            other = "response" if survival else "survival"
            raise IntakeError(
                f"--{name.replace('_', '-')} is for --endpoint {other}; leave it out, or choose that endpoint",
                code="endpoint-option",
            )
    for name in ("control_median", "hr") if survival else ("rate_control", "rate_treated"):
        if getattr(request, name) is None:
            raise IntakeError(
                f"--{name.replace('_', '-')} is needed for --endpoint {request.endpoint}, but is not given; give it",
                code="endpoint-option-absent",
            )


def _test(stops: SimulatedStops, design: SequentialDesign) -> SequentialTest:
    """Return the stops of one test as the contract has them."""
    looks = [
        SequentialLook(information=time, efficacy=good, futility=bad)
        for time, good, bad in zip(design.information, stops.efficacy, stops.futility, strict=True)
    ]
    return SequentialTest(power=stops.power, expected_n=stops.patients, expected_months=stops.months, looks=looks)


def _rates(request: SimulationRequest) -> Answer[TrialSimulationResult]:
    """Return power and stops of simulated trials of two response rates."""
    share = treated_share(request.treated_share, request.allocation)
    treated = round(request.patients * share)
    scenario = RateScenario(
        treated,
        request.patients - treated,
        float(request.rate_treated or 0),
        float(request.rate_control or 0),
        _accrual_pattern(request.pace, request.accrual)
        or (AccrualPattern(((request.accrual, 1.0),)) if request.accrual else None),
    )
    one = request.looks is None and request.information is None
    times = [1.0] if one else look_times(request.looks, request.information)
    design = design_of(request, times, request.power)
    fixed = design_of(request.model_copy(update={"futility": "none", "binding": "false"}), [1.0], request.power)
    end = rate_stops(scenario, fixed, request.trials, seed=request.seed)
    stops = rate_stops(scenario, design, request.trials, seed=request.seed)
    low, high = Proportion(round(end.power * request.trials), request.trials).wilson()
    return Answer(
        TrialSimulationResult(
            endpoint="response",
            trials=request.trials,
            patients=request.patients,
            power=end.power,
            power_low=low,
            power_high=high,
            seed=request.seed,
            tests=SimulatedTests(rates=_test(stops, design)),
        )
    )


def _scenario(request: SimulationRequest) -> Scenario:
    """Return the scenario that a request describes."""
    surgery = None
    if request.resection_at is not None:
        surgery = Resection(
            request.resection_at, request.resected_treated, request.resected_control, request.resection_hr
        )
    elif request.resected_treated or request.resected_control:
        raise IntakeError(
            "a share resected needs its time, but --resection-at is not given; give it, or leave surgery out",
            code="resection-time-absent",
        )
    entries = _accrual_pattern(request.pace, request.accrual)
    return Scenario(
        request.patients,
        float(request.control_median or 0),
        float(request.hr or 0),
        treated_share(request.treated_share, request.allocation),
        request.delay,
        request.accrual if entries is None else entries.length,
        request.follow_up,
        hazard_of_loss(request.lost, request.lost_by),
        surgery,
        entries,
        request.cure,
    )


def _accrual_pattern(text: str | None, accrual: float) -> AccrualPattern | None:
    """Return the stretches of accrual from "6:1,20:3"; None where entries are even.

    Raises
    ------
    IntakeError, EvidenceError
        Anything else; --accrual beside it; stretches that cannot be.
    """
    if text is None:
        return None
    if accrual:
        raise IntakeError(
            "--pace says how long accrual is, but --accrual is given too; leave --accrual out",
            code="accrual-options-conflict",
        )
    pairs = [word.split(":") for word in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise IntakeError(
            f"--pace must be stretches as length:pace with commas, as 6:1,20:3, but is {text!r}",
            code="accrual-pace-value",
        )
    numbers = [number_list(",".join(pair), "--pace") for pair in pairs]
    return AccrualPattern(tuple((length, speed) for length, speed in numbers))


def _at_end_of_follow_up(trials: Trials, alpha: float, sides: int) -> dict[str, Any]:
    """Return power and estimates at the end of follow-up, without looks."""
    scenario = trials.scenario
    critical = Aim(0.5, alpha=alpha, sides=sides).critical
    tests = two_arm_tests(*trials.at(scenario.end), scenario.arm)
    positive = int(np.count_nonzero(tests.z <= -critical))
    chance = Proportion(positive, len(trials))
    finite = tests.log_ratio[np.isfinite(tests.log_ratio)]
    low, middle, high = np.exp(np.quantile(finite, [0.05, 0.5, 0.95])) if len(finite) else [math.nan] * 3
    return {
        "trials": len(trials),
        "patients": scenario.patients,
        "power": chance.share,
        "power_low": chance.wilson()[0],
        "power_high": chance.wilson()[1],
        "events_mean": float(tests.events.mean()),
        "hr_geometric_mean": float(np.exp(finite.mean())) if len(finite) else None,
        "hr_median": middle,
        "hr_p05": low,
        "hr_p95": high,
        "not_estimable": len(trials) - len(finite),
    }


def _looks(trials: Trials, events: Sequence[int], request: SimulationRequest) -> SimulatedLooks:
    """Return what looks at these events do: how often each stops, what it shows, what the same patients show later."""
    limits = boundary_of(
        kind_name(request), [e / events[-1] for e in events], request.alpha, request.sides, request.shape
    )
    results = run_interim_analyses(trials, events, limits.z)
    stages = []
    for k, (count, z) in enumerate(zip(events, limits.z, strict=True)):
        stopped = (results.stage == k) & results.positive
        ratios = _observed_ratios(results, stopped)
        stages.append(
            SimulatedLook(
                events=count,
                critical_z=z,
                stopped=float(np.mean(stopped)),
                shown_hr=ratios.shown_hr,
                later_hr=ratios.later_hr,
            )
        )
    return SimulatedLooks(
        kind=kind_name(request),
        power=float(np.mean(results.positive)),
        stages=stages,
        stopped_early=_observed_ratios(results, results.positive & (results.stage < len(events) - 1)),
        all=_observed_ratios(results, np.ones(len(trials), dtype=bool)),
    )


def _observed_ratios(results: InterimResults, which: Any) -> ObservedRatios:
    """Return the geometric mean of the ratio shown at the stop, and that of the same patients at the end of follow-up."""
    chosen = which & np.isfinite(results.earlier.log_ratio) & np.isfinite(results.later.log_ratio)
    if not chosen.any():
        return ObservedRatios(shown_hr=None, later_hr=None)
    return ObservedRatios(
        shown_hr=float(np.exp(results.earlier.log_ratio[chosen].mean())),
        later_hr=float(np.exp(results.later.log_ratio[chosen].mean())),
    )


def _observed_ratio(trials: Trials, ratio: float, look_events: str | None) -> tuple[ObservedRatio, Finding]:
    """Return what became of trials that showed one ratio at the first look."""
    if look_events is None:
        raise IntakeError(
            "--shown-hr needs a look at which it is shown, but --look-events is not given; give the events of the look",
            code="look-events-absent",
        )
    first = look_list(look_events)[0]
    arm, end = trials.scenario.arm, trials.scenario.end
    early = two_arm_tests(*trials.at(np.minimum(trials.when_events(first), end)), arm)
    results = regression(early, two_arm_tests(*trials.at(end), arm), require_positive(ratio, what="--shown-hr"))
    result = ObservedRatio(
        hr=ratio,
        look_events=first,
        trials=results.trials,
        share=results.share,
        shown_hr=results.earlier,
        later_hr=results.later,
        later_nearer_to_one=results.later_above,
    )
    sentence = f"trials that show {ratio:g} after {first} events show {results.later:.2f} on average when the same patients are followed to the end"
    return result, _what_became(trials.scenario.hazard_ratio, results, sentence)


def _what_became(truth: float, result: Regression, sentence: str) -> Finding:
    """Return what the way from the ratio shown to the later one means."""
    towards_one = abs(math.log(result.later)) < abs(math.log(result.earlier))
    if (result.earlier < truth) == (result.earlier < result.later):
        return Finding(
            "note",
            "estimate-regresses",
            f"{sentence} (true ratio {truth:g}): an estimate taken because it looks good is too good"
            if towards_one
            else f"{sentence} (true ratio {truth:g}): the estimate goes towards the truth",
            {"true_hr": truth},
        )
    return Finding(
        "note",
        "estimate-moves",
        f"{sentence}: the effect changes with time in this scenario (delay, surgery), so that later deaths speak for another ratio than {truth:g}",
        {"true_hr": truth},
    )
