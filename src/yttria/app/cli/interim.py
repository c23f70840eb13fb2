"""`yttria trial interim`: what a hazard ratio of an interim look is worth."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from yttria.app.cli.number_lists import look_list
from yttria.app.cli.output import answer, refusals
from yttria.app.cli.trial import Alpha, Json, KindOption, Shape, Share, Sides, boundary_of, trial
from yttria.values.errors import Finding, IntakeError

if TYPE_CHECKING:
    from yttria.evidence.design.interim_estimate import ConditionalPrediction, InterimAnalysis

CLASH = 0.05
"""P below which the deaths between two looks are said to speak another language than those before."""


@trial.command(
    epilog="Example: yttria trial interim --hr 0.42 --events 34 --later-hr 0.51 --later-events 49\n\n"
    "Example: yttria trial interim --hr 0.51 --events 49 --look-events 34,49 --true-hr 0.6"
)
def interim(
    hr: Annotated[float, typer.Option("--hr", help="Hazard ratio shown at the look.")],
    events: Annotated[int, typer.Option(help="Events in both arms by then.")],
    later_hr: Annotated[float | None, typer.Option("--later-hr", help="Ratio of the same trial later.")] = None,
    later_events: Annotated[int | None, typer.Option(help="Events by then.")] = None,
    look_events: Annotated[
        str | None, typer.Option(help="Events of every planned look, with commas: correct the ratio for the looks.")
    ] = None,
    kind: KindOption = "ld-obrien-fleming",
    shape: Shape = None,
    alpha: Alpha = 0.05,
    sides: Sides = 2,
    true_hr: Annotated[
        float | None, typer.Option("--true-hr", help="What would a stop at this look show if this were the truth?")
    ] = None,
    treated_share: Share = 0.5,
    as_json: Json = False,
) -> None:
    """What an interim hazard ratio lets expect, what the deaths since then say, and the estimate corrected for the looks."""
    with refusals():
        from yttria.evidence.design.interim_estimate import InterimAnalysis

        look = InterimAnalysis(hr, events, treated_share)
        low, high = look.limits()
        result: dict[str, Any] = {"hr": hr, "events": events, "low": low, "high": high, "z": look.z}
        findings: list[Finding] = []
        if (later_hr is None) != (later_events is None):
            raise IntakeError("--later-hr and --later-events belong together, but one is missing; give both or none")
        if later_hr is not None and later_events is not None:
            result["later"], doubts = _later(look, InterimAnalysis(later_hr, later_events, treated_share))
            findings += doubts
        if look_events is not None:
            result["corrected"] = _corrected(look, look_list(look_events), (kind, alpha, sides, shape), true_hr)
        elif true_hr is not None:
            raise IntakeError("--true-hr needs the planned looks, but --look-events is not given; give their events")
        answer("trial interim", result if as_json else _lines(result), findings, as_json=as_json)


def _later(look: "InterimAnalysis", late: "InterimAnalysis") -> tuple[dict[str, Any], list[Finding]]:
    """Return the way from a look to a later one, and what it means."""
    from yttria.evidence.design.interim_estimate import conditional_prediction

    found = conditional_prediction(look, late)
    expected = found.predicted[0] <= late.hazard_ratio <= found.predicted[1]
    result = {
        "hr": late.hazard_ratio, "events": late.events, "predicted_low": found.predicted[0], "predicted_high": found.predicted[1],
        "as_predicted": expected, "between_events": found.between_events, "between_hr": found.between[0],
        "between_low": found.between[1], "between_high": found.between[2], "agreement_p": found.agreement_p,
    }  # fmt: skip
    return result, [_meaning(look, late, found)]


def _meaning(look: "InterimAnalysis", late: "InterimAnalysis", found: "ConditionalPrediction") -> Finding:
    said = (
        f"{look.hazard_ratio:g} became {late.hazard_ratio:g} because the {found.between_events} deaths in between show {found.between[0]:.2f} "
        f"({found.between[1]:.2f} to {found.between[2]:.2f})"
    )
    if found.agreement_p >= CLASH:
        return Finding(
            "note",
            "later-deaths-differ-by-chance",
            f"{said}; P {found.agreement_p:.2g} against those before: chance explains it, and nothing need have changed",
        )
    return Finding(
        "warning",
        "later-deaths-differ",
        f"{said}; P {found.agreement_p:.2g} against those before: look for an effect that changes with time, crossover or other patients",
    )


def _corrected(
    look: "InterimAnalysis", looks: list[int], plan: tuple[str, float, int, float | None], truth: float | None
) -> dict[str, Any]:
    """Return the estimate corrected for the looks of its plan."""
    from yttria.evidence.design.interim_estimate import InterimAnalysis, bias_adjusted_estimate, shown_when_stopped

    if look.events not in looks:
        raise IntakeError(
            f"--events must be one of --look-events, but {look.events} is not among {', '.join(map(str, looks))}; give the look's own"
        )
    kind, alpha, sides, shape = plan
    stage, limits = (
        looks.index(look.events),
        boundary_of(kind, [e / looks[-1] for e in looks], alpha, sides, shape),
    )
    found = bias_adjusted_estimate(look, limits, stage, looks[-1])
    result: dict[str, Any] = {
        "look": stage + 1, "kind": kind, "critical_z": found.critical_z, "crossed": found.crossed,
        "median_unbiased_hr": found.median_unbiased[0], "median_unbiased_low": found.median_unbiased[1],
        "median_unbiased_high": found.median_unbiased[2], "mean_unbiased_hr": found.mean_unbiased,
    }  # fmt: skip
    if truth is not None:
        chance, shown = shown_when_stopped(InterimAnalysis(truth, looks[-1], look.treated_share), limits, stage)
        result |= {"true_hr": truth, "stops_here": chance, "shows_when_stopped_hr": shown}
    return result


def _lines(result: dict[str, Any]) -> dict[str, Any]:
    """Return nested results as lines for a person."""
    lines: dict[str, Any] = {}
    for key, value in result.items():
        lines |= {f"{key} {name}": part for name, part in value.items()} if isinstance(value, dict) else {key: value}
    return lines
