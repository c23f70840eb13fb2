"""`yttria demo`: the digital patient from images to report, then the reconstructed trial beside its publication."""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yttria.app.cli.output import envelope, say, write_document
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.simulation import DemoRequest, DemoResult, DifferingNumber

if TYPE_CHECKING:
    from yttria.evidence.published.cohort_comparison import Cell


@request_command(app, DemoRequest, epilog="Example: yttria demo --out demo")
def demo(request: DemoRequest, as_json: bool) -> None:
    """Follow a digital patient from plan to response, plan another, each as real DICOM with the truth beside it; then analyse the reconstructed trial beside its paper."""
    out = request.out
    from yttria.app.cli.claims import differing_lines, summary_line
    from yttria.app.services.demo_course import course_lines, run_course
    from yttria.app.services.digital_injections import feeder_lines, run_injections
    from yttria.app.services.plan import plan_case
    from yttria.app.services.simulate import SimulationSettings, make_patient
    from yttria.evidence.published.cohort_comparison import tallied
    from yttria.report.plan.terminal import plan_lines

    say(f"making the digital patient in {out / 'patient'} …")
    truth = make_patient(out, SimulationSettings(seed=request.seed), overwrite=request.replace)
    say(f"planning it in {out / 'plan'}, and analysing the reconstructed trial in {out / 'trial'} …")
    with _concurrent_trial(out / "trial", request.replace) as trial:
        result = plan_case(out / "patient", out / "plan", replace=request.replace)
        say(f"following a second digital patient from plan to response in {out / 'course'} …")
        course = run_course(out / "course", request.seed, overwrite=request.replace)
        feeders = None
        if request.injections:
            say(f"treating the first patient through two arteries in {out / 'injections'} …")
            feeders = run_injections(out / "injections", out / "patient", request.seed, overwrite=request.replace)
        cells = trial.result()
    planned = result.absorbed.doses_gy
    if as_json:
        record = DemoResult(
            course=course,
            injections=feeders,
            patient=str(out / "patient"),
            truth=str(out / "truth.json"),
            plan=str(out / "plan"),
            true_per_gbq=truth["per_gbq"],
            planned_per_gbq=dict(planned),
            true_lung_shunt_fraction=truth["lung_shunt_fraction"],
            planned_lung_shunt_fraction=result.absorbed.shunt.fraction,
            trial=str(out / "trial"),
            printed_numbers=tallied(cells),
            differing=[
                DifferingNumber(place=c.place, of=c.of, part=c.part, printed=c.printed, why=c.why)
                for c in cells
                if c.verdict == "differs"
            ],
        )
        write_document(envelope("demo", record.model_dump(), result.findings))
        return
    message = (summary_line(cells), "", *differing_lines(cells))
    more = [] if feeders is None else [*feeder_lines(feeders), ""]
    for line in (
        *course_lines(course),
        "",
        *more,
        *plan_lines(result),
        "",
        *_comparison_lines(truth, planned),
        "",
        *message,
    ):
        sys.stdout.write(line + "\n")
    say(f"written: {out}/course/plan, order, verify and response, each with its report")
    if feeders is not None:
        say(f"written: {out}/injections/plan and plan-own-images, each with its report")
    say(f"written: {out}/patient, truth.json, plan/report.pdf, report.html, plan.json, dose.dcm")
    say(f"written: {out}/trial/report.pdf, report.html, published.html, published.csv, figures/figure_1 to figure_3, …")
    say(f"next: open {out}/course/verify/report.pdf and {out}/plan/report.pdf, or: yttria inspect {out}/patient")


@contextmanager
def _concurrent_trial(out: Path, overwrite: bool) -> Iterator["Future[tuple[Cell, ...]]"]:
    """Give the trial a process of its own: it shares nothing with the plan, and a first run compiles for both at once."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        yield pool.submit(_trial, out, overwrite)


def _trial(out: Path, overwrite: bool) -> "tuple[Cell, ...]":
    """Analyse the reconstructed trial into a folder and return what can travel between processes."""
    from yttria.app.services.demo_trial import make_trial

    return make_trial(out, overwrite=overwrite).cells


def _comparison_lines(truth: Mapping[str, Any], planned: Mapping[str, float]) -> list[str]:
    """Return the planned doses beside the true ones, and what is left once the camera's blur is taken for granted."""
    blurred = truth["without_noise"]["blur_and_scatter"]["per_gbq"]
    lines = ["Gy per GBq    planned      true   off    off beyond blur"]
    for name, true in truth["per_gbq"].items():
        if name in planned:
            off, beyond = planned[name] / true - 1, planned[name] / blurred[name] - 1
            lines.append(f"{name:<10}{planned[name]:>11.2f}{true:>10.2f}{off:>+7.1%}{beyond:>+10.1%}")
    return lines
