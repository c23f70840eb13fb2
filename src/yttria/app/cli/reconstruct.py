"""`yttria reconstruct`: individual times from a published curve, their fit, and a comparison that names its assumptions."""

import sys
from collections.abc import Iterator

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.base import Number
from yttria.contract.reconstruction import (
    LABEL,
    CurveReconstruction,
    GroupComparison,
    RateReconstruction,
    ReconstructRequest,
)

EPILOG = (
    "Example: yttria reconstruct curve.csv --at-risk risk.csv --events 233 --out patients.csv   "
    "(curve.csv: time,survival; risk.csv: time,n)\n\n"
    "Example: yttria reconstruct curve.csv --at-risk risk.csv --against dosisphere --against-where arm=PDA   "
    "(an indirect comparison with a cohort)\n\n"
    "Example: yttria reconstruct rates.csv --exact --n 28   (rates.csv: time,value,low,high as printed)"
)


@request_command(app, ReconstructRequest, epilog=EPILOG)
def reconstruct(request: ReconstructRequest, as_json: bool) -> None:
    """Reconstruct individual times from a published Kaplan-Meier curve (Guyot 2012) and say how well they fit."""
    from yttria.app.services.reconstruct import run

    done = run(request)
    for path in done.files:
        say(f"written: {path} ({LABEL})")
    if as_json:
        answer("reconstruct", done, as_json=True)
        return
    result = done.result
    for line in _solutions(result) if isinstance(result, RateReconstruction) else _lines(result):
        sys.stdout.write(line + "\n")
    for finding in done.findings:
        say(f"{finding.level}: {finding.message}")


def _solutions(result: RateReconstruction) -> Iterator[str]:
    """Return the whole patients behind printed rates, a line a solution."""
    for number, results in enumerate(result.solutions, start=1):
        yield f"solution {number}  {results.order}  ({results.deaths} deaths; d died, c censored)"


def _lines(result: CurveReconstruction) -> Iterator[str]:
    """Return a reconstruction as a person reads it."""
    yield f"{result.n} patients, {result.events} events, {result.censored} censored ({LABEL})"
    median = _time(result.median) + ("" if result.median is None else f" {result.unit}")
    yield f"median {median} ({_time(result.median_low)} to {_time(result.median_high)})"
    fit = result.fit
    yield f"fit: RMSE {100 * fit.rmse:.2f} % of survival, at most {100 * fit.max_deviation:.2f} %"
    yield "at risk: " + ", ".join(f"{r.time:g}: {r.reconstructed} of {r.published}" for r in fit.at_risk)
    if result.comparison is not None:
        yield from _comparison_lines(result.comparison, result.unit)


def _comparison_lines(group_comparison: GroupComparison, unit: str) -> Iterator[str]:
    """Return a comparison as a person reads it."""
    yield f"HR against the second group {_formatted(group_comparison.hr, '.3f')} ({_formatted(group_comparison.low, '.3f')} to {_formatted(group_comparison.high, '.3f')}, Wald P {_formatted(group_comparison.wald_p, '.3g')})"
    if group_comparison.low_whole is not None:
        yield f"with the error of the picture, {group_comparison.redraws} redraws: {group_comparison.low_whole:.3f} to {_formatted(group_comparison.high_whole, '.3f')}"
    yield f"log-rank chi2 {_formatted(group_comparison.logrank_chi2, '.2f')}, P {_formatted(group_comparison.logrank_p, '.3g')}"
    yield (
        f"restricted mean up to {group_comparison.tau:.3g} {unit}: {group_comparison.restricted_mean:.2f} against {group_comparison.restricted_mean_against:.2f}, "
        f"difference {_formatted(group_comparison.difference, '.2f')} ({_formatted(group_comparison.difference_low, '.2f')} to {_formatted(group_comparison.difference_high, '.2f')}, "
        f"P {_formatted(group_comparison.difference_p, '.3g')})"
    )
    yield f"medians {_time(group_comparison.medians[0])} against {_time(group_comparison.medians[1])} {unit}"
    if group_comparison.hr_censored_early is not None:
        yield f"HR with the censored put early {group_comparison.hr_censored_early:.3f}, late {_formatted(group_comparison.hr_censored_late, '.3f')}"
    if group_comparison.published_hr is not None:
        yield f"published HR {group_comparison.published_hr:g}: ours is {_formatted(group_comparison.hr_over_published, '.3f')} times it"
    yield "this holds only if:"
    for assumption in group_comparison.assumptions:
        yield f"  - {assumption}"


def _formatted(value: Number, form: str) -> str:
    """Return a number, or that there is none."""
    return "—" if value is None else f"{value:{form}}"


def _time(value: Number) -> str:
    """Return a time, or that it is not reached."""
    return "not reached" if value is None else f"{value:.3g}"
