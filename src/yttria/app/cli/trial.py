"""`yttria trial power | simulate | boundaries`: designing the next trial."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.number_lists import look_list, number_list
from yttria.app.cli.output import answer, refusals
from yttria.app.cli.root import app
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.design.accrual import AccrualPattern
    from yttria.evidence.design.group_sequential import Boundary, Kind
    from yttria.evidence.design.simulation import InterimResults, Regression, Trials

trial = typer.Typer(
    help="Design the next trial: size, simulation, looks, randomisation.",
    epilog="Example: yttria trial power --hr 0.51 --power 0.8 --control-median 10.7 --accrual 24 --follow-up 24",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(trial, name="trial")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Ratio = Annotated[float, typer.Option("--hr", help="Hazard ratio of treated against control.")]
Alpha = Annotated[float, typer.Option(help="Chance of a false positive.")]
Sides = Annotated[int, typer.Option(help="Sides of the test: 1 or 2.")]
Share = Annotated[float, typer.Option(help="Share of patients in the treated arm.")]
Lost = Annotated[float, typer.Option(help="Share of patients lost to follow-up by --lost-by.")]
LostBy = Annotated[float, typer.Option(help="Time after entry by which that share is lost.")]
KindOption = Annotated[
    str, typer.Option("--kind", help="pocock, obrien-fleming, ld-obrien-fleming, ld-pocock, power, hwang-shih-decani.")
]
Shape = Annotated[float | None, typer.Option(help="Of power (3 unless given) and hwang-shih-decani (-4).")]
KINDS: tuple["Kind", ...] = ("pocock", "obrien-fleming", "ld-obrien-fleming", "ld-pocock", "power", "hwang-shih-decani")


@trial.command(
    epilog="Example: yttria trial power --hr 0.51 --power 0.8 --control-median 10.7 --accrual 24 --follow-up 24"
)
def power(
    hr: Ratio,
    power: Annotated[float | None, typer.Option(help="Power wanted, as 0.8.")] = None,
    events: Annotated[int | None, typer.Option(help="In place of --power: events that there will be.")] = None,
    alpha: Alpha = 0.05,
    sides: Sides = 2,
    treated_share: Share = 0.5,
    control_median: Annotated[
        float | None, typer.Option(help="Median survival of the control arm, for the number of patients.")
    ] = None,
    accrual: Annotated[float, typer.Option(help="Time over which patients enter (with --control-median).")] = 0.0,
    follow_up: Annotated[
        float, typer.Option(help="Time from the last entry to the analysis (with --control-median).")
    ] = 0.0,
    lost: Lost = 0.0,
    lost_by: LostBy = 12.0,
    as_json: Json = False,
) -> None:
    """Events and patients for a power (Schoenfeld, Freedman), or the power of a number of events."""
    with refusals():
        from yttria.evidence.design.sample_size import Aim

        if (power is None) == (events is None):
            raise IntakeError(
                "exactly one of --power and --events is needed; give the power wanted, or the events there will be"
            )
        if control_median is None and (accrual or follow_up or lost):
            raise IntakeError(
                "--accrual, --follow-up and --lost make patients of events, but --control-median is not given; give it, or leave them out"
            )
        if control_median is not None and events is not None:
            raise IntakeError(
                "--control-median is for the patients that a power needs, but --events was given; leave one of the two out"
            )
        aim = Aim(hr, alpha=alpha, sides=sides, treated_share=treated_share)
        result: dict[str, Any] = {"hr": hr, "alpha": alpha, "sides": sides, "treated_share": treated_share}
        if events is not None:
            result |= {"events": events, "schoenfeld_power": aim.schoenfeld_power(events)}
        else:
            wanted = float(power or 0)
            counts = {"schoenfeld": aim.schoenfeld_events(wanted), "freedman": aim.freedman_events(wanted)}
            result |= {"power": wanted} | {f"{name}_events": count for name, count in counts.items()}
            if control_median is not None:
                result |= _patients(aim, counts, control_median, accrual, follow_up, _hazard_of_loss(lost, lost_by))
        answer("trial power", result, as_json=as_json)


def _patients(
    aim: Any, counts: dict[str, int], control_median: float, accrual: float, follow_up: float, dropout: float
) -> dict[str, Any]:
    """Return the patients that give the events, and the chance of an event in each arm."""
    from yttria.evidence.design.sample_size import event_chance, patients_for
    from yttria.values.errors import require_positive

    hazard = math.log(2) / require_positive(control_median, what="median of the control arm")
    times = {"accrual": accrual, "follow_up": follow_up, "dropout": dropout}
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
    from yttria.values.errors import require_positive, require_share

    if require_share(lost, what="--lost") == 1:
        raise IntakeError("--lost must be below 1: a trial that loses everybody shows nothing; give a share as 0.05")
    return -math.log1p(-lost) / require_positive(by, what="--lost-by")


@trial.command(
    epilog="Example: yttria trial simulate --patients 60 --control-median 10.7 --hr 0.51 --accrual 26 --follow-up 47 "
    "--look-events 34,49 --shown-hr 0.42"
)
def simulate(
    patients: Annotated[int, typer.Option(help="Patients in all.")],
    control_median: Annotated[float, typer.Option(help="Median survival of the control arm, without surgery.")],
    hr: Ratio,
    treated_share: Share = 0.5,
    delay: Annotated[float, typer.Option(help="Time after entry before the effect begins.")] = 0.0,
    accrual: Annotated[float, typer.Option(help="Time over which patients enter, evenly.")] = 0.0,
    pace: Annotated[
        str | None,
        typer.Option(help="In place of --accrual: stretches as length:pace, 6:1,20:3 for six slow months."),
    ] = None,
    follow_up: Annotated[float, typer.Option(help="Time from the last entry to the last analysis.")] = 60.0,
    lost: Lost = 0.0,
    lost_by: LostBy = 12.0,
    resection_at: Annotated[float | None, typer.Option(help="Time after entry of crossover to surgery.")] = None,
    resected_treated: Annotated[float, typer.Option(help="Share resected of the treated alive then.")] = 0.0,
    resected_control: Annotated[float, typer.Option(help="The same in the control arm.")] = 0.0,
    resection_hr: Annotated[float, typer.Option(help="Hazard after surgery over that without.")] = 1.0,
    look_events: Annotated[
        str | None, typer.Option(help="Events at each look, with commas; the last is the planned end.")
    ] = None,
    kind: KindOption = "ld-obrien-fleming",
    shape: Shape = None,
    shown_hr: Annotated[
        float | None, typer.Option(help="Follow the trials that show this ratio at the first look.")
    ] = None,
    alpha: Alpha = 0.05,
    sides: Sides = 2,
    trials: Annotated[int, typer.Option(help="Trials to draw.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the random numbers.")] = 1,
    as_json: Json = False,
) -> None:
    """Power and estimates by simulation: accrual, dropout, delayed effect, crossover to resection, looks."""
    with refusals():
        from yttria.evidence.design.simulation import Resection, Scenario, draw_trials

        surgery = None
        if resection_at is not None:
            surgery = Resection(resection_at, resected_treated, resected_control, resection_hr)
        elif resected_treated or resected_control:
            raise IntakeError(
                "a share resected needs its time, but --resection-at is not given; give it, or leave surgery out"
            )
        entries = _pace(pace, accrual)
        scenario = Scenario(
            patients,
            control_median,
            hr,
            treated_share,
            delay,
            accrual if entries is None else entries.length,
            follow_up,
            _hazard_of_loss(lost, lost_by),
            surgery,
            entries,
        )
        if seed < 0:
            raise IntakeError(f"--seed must be zero or more, but is {seed}; give a whole number")
        drawn = draw_trials(scenario, trials, seed=seed)
        result = _fixed(drawn, alpha, sides) | {"seed": seed}
        findings: list[Finding] = []
        if look_events is not None:
            events = look_list(look_events)
            result["looks"] = _looks(drawn, events, kind, alpha, sides, shape)
        if shown_hr is not None:
            result["shown"], doubt = _shown_ratio(drawn, shown_hr, look_events)
            findings.append(doubt)
        answer("trial simulate", result if as_json else _flat(result), findings, as_json=as_json)


def _pace(text: str | None, accrual: float) -> "AccrualPattern | None":
    """Return the stretches of accrual from "6:1,20:3"; None where entries are even.

    Raises
    ------
    IntakeError, EvidenceError
        Anything else; --accrual beside it; stretches that cannot be.
    """
    if text is None:
        return None
    from yttria.evidence.design.accrual import AccrualPattern

    if accrual:
        raise IntakeError("--pace says how long accrual is, but --accrual is given too; leave --accrual out")
    pairs = [word.split(":") for word in text.split(",")]
    if any(len(pair) != 2 for pair in pairs):
        raise IntakeError(f"--pace must be stretches as length:pace with commas, as 6:1,20:3, but is {text!r}")
    numbers = [number_list(",".join(pair), "--pace") for pair in pairs]
    return AccrualPattern(tuple((length, pace) for length, pace in numbers))


def _fixed(drawn: "Trials", alpha: float, sides: int) -> dict[str, Any]:
    """Return power and estimates at the end of follow-up, without looks."""
    import numpy as np

    from yttria.evidence.descriptive.proportions import Proportion
    from yttria.evidence.design.sample_size import Aim
    from yttria.evidence.design.simulation import two_arm_tests

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


def _looks(
    drawn: "Trials", events: Sequence[int], kind: str, alpha: float, sides: int, shape: float | None
) -> dict[str, Any]:
    """Return what looks at these events do: how often each stops, what it shows, what the same patients show later."""
    import numpy as np

    from yttria.evidence.design.simulation import run_interim_analyses

    limits = boundary_of(kind, [e / events[-1] for e in events], alpha, sides, shape)
    seen = run_interim_analyses(drawn, events, limits.z)
    stages = []
    for k, (count, z) in enumerate(zip(events, limits.z, strict=True)):
        stopped = (seen.stage == k) & seen.positive
        stages.append(
            {"events": count, "critical_z": z, "stopped": float(np.mean(stopped)), **_then_and_later(seen, stopped)}
        )
    return {
        "kind": kind,
        "power": float(np.mean(seen.positive)),
        "stages": stages,
        "stopped_early": _then_and_later(seen, seen.positive & (seen.stage < len(events) - 1)),
        "all": _then_and_later(seen, np.ones(len(drawn), dtype=bool)),
    }


def _then_and_later(seen: "InterimResults", which: Any) -> dict[str, Any]:
    """Return the geometric mean of the ratio shown at the stop, and that of the same patients at the end of follow-up."""
    import numpy as np

    kept = which & np.isfinite(seen.shown.log_ratio) & np.isfinite(seen.later.log_ratio)
    if not kept.any():
        return {"shown_hr": None, "later_hr": None}
    return {
        "shown_hr": float(np.exp(seen.shown.log_ratio[kept].mean())),
        "later_hr": float(np.exp(seen.later.log_ratio[kept].mean())),
    }


def _shown_ratio(drawn: "Trials", ratio: float, look_events: str | None) -> tuple[dict[str, Any], Finding]:
    """Return what became of trials that showed one ratio at the first look."""
    import numpy as np

    from yttria.evidence.design.simulation import regression, two_arm_tests
    from yttria.values.errors import require_positive

    if look_events is None:
        raise IntakeError(
            "--shown-hr needs a look at which it is shown, but --look-events is not given; give the events of the look"
        )
    first = look_list(look_events)[0]
    arm, end = drawn.scenario.arm, drawn.scenario.end
    early = two_arm_tests(*drawn.at(np.minimum(drawn.when_events(first), end)), arm)
    found = regression(early, two_arm_tests(*drawn.at(end), arm), require_positive(ratio, what="--shown-hr"))
    result = {
        "hr": ratio, "look_events": first, "trials": found.trials, "share": found.share, "shown_hr": found.shown,
        "later_hr": found.later, "later_nearer_to_one": found.later_above,
    }  # fmt: skip
    said = f"trials that show {ratio:g} after {first} events show {found.later:.2f} on average when the same patients are followed to the end"
    return result, _what_became(drawn.scenario.hazard_ratio, found, said)


def _what_became(truth: float, found: "Regression", said: str) -> Finding:
    """Return what the way from the ratio shown to the later one means."""
    towards_one = abs(math.log(found.later)) < abs(math.log(found.shown))
    if (found.shown < truth) == (found.shown < found.later):
        return Finding(
            "note",
            "estimate-regresses",
            f"{said} (true ratio {truth:g}): an estimate taken because it looks good is too good"
            if towards_one
            else f"{said} (true ratio {truth:g}): the estimate goes towards the truth",
        )
    return Finding(
        "note",
        "estimate-moves",
        f"{said}: the effect changes with time in this scenario (delay, surgery), so that later deaths speak for another ratio than {truth:g}",
    )


def boundary_of(kind: str, information: Sequence[float], alpha: float, sides: int, shape: float | None) -> "Boundary":
    """Return the boundary of a kind by its name.

    Raises
    ------
    IntakeError, EvidenceError
        A kind that is not known; looks, alpha or shape that cannot be.
    """
    from yttria.evidence.design.group_sequential import boundary

    for known in KINDS:
        if kind == known:
            return boundary(known, information, alpha=alpha, sides=sides, shape=shape)
    raise IntakeError(f"--kind must be one of {', '.join(KINDS)}, but is {kind!r}; name one of them")


@trial.command(epilog="Example: yttria trial boundaries --looks 2 --kind ld-obrien-fleming --power 0.8 --hr 0.51")
def boundaries(
    looks: Annotated[int | None, typer.Option(help="Number of looks, evenly spaced.")] = None,
    information: Annotated[
        str | None, typer.Option(help="In place of --looks: shares of the events at each, as 0.5,1.")
    ] = None,
    kind: KindOption = "ld-obrien-fleming",
    shape: Shape = None,
    alpha: Alpha = 0.05,
    sides: Sides = 2,
    power: Annotated[float | None, typer.Option(help="Power the trial is planned with.")] = None,
    hr: Annotated[
        float | None, typer.Option("--hr", help="Hazard ratio it is planned for: what each look would show.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Group-sequential boundaries, exact, and what stopping at each look does to the estimate."""
    with refusals():
        if (looks is None) == (information is None):
            raise IntakeError(
                "exactly one of --looks and --information is needed; give a number of looks, or their shares"
            )
        if looks is not None and looks < 1:
            raise IntakeError(f"--looks must be 1 or more, but is {looks}; the last look is the end of the trial")
        times = (
            [(k + 1) / looks for k in range(looks)]
            if looks is not None
            else number_list(information or "", "--information")
        )
        limits = boundary_of(kind, times, alpha, sides, shape)
        result: dict[str, Any] = {
            "kind": kind, "alpha": alpha, "sides": sides, "information": limits.information, "z": limits.z,
            "nominal_p": limits.nominal_p, "alpha_spent": limits.spent,
        }  # fmt: skip
        if hr is not None and power is None:
            raise IntakeError("--hr needs the power that the trial is planned with, but --power is not given; give it")
        if power is not None:
            result |= _planned(limits, power, hr)
        answer("trial boundaries", result, as_json=as_json)


def _planned(limits: "Boundary", power: float, hr: float | None) -> dict[str, Any]:
    """Return what the looks cost and do when the trial has this power."""
    drift = limits.drift_for(power)
    happens = limits.stopping(drift)
    result: dict[str, Any] = {
        "power": power,
        "inflation": limits.inflation(power),
        "expected_information": happens.expected_information,
        "expected_information_null": limits.stopping(0.0).expected_information,
        "stopping": happens.right,
    }
    if hr is not None:
        from yttria.evidence.design.sample_size import Aim

        aim = Aim(hr, alpha=limits.alpha, sides=limits.sides)
        result["hr"] = hr
        result["events"] = math.ceil((drift / math.log(hr)) ** 2 / (aim.treated_share * (1 - aim.treated_share)))
        result["shown_hr"] = [math.exp(math.log(hr) * estimate / drift) for estimate in happens.estimate]
    return result


def _flat(result: dict[str, Any], name: str = "") -> dict[str, Any]:
    """Return nested results as lines for a person."""
    lines: dict[str, Any] = {}
    for key, value in result.items():
        label = f"{name} {key}".strip()
        if isinstance(value, dict):
            lines |= _flat(value, label)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for i, part in enumerate(value, start=1):
                lines |= _flat(part, f"look {i}" if key == "stages" else f"{label} {i}")
        else:
            lines[label] = value
    return lines
