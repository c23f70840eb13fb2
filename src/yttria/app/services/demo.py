"""The demonstration: a digital patient planned, another followed from plan to response, the reconstructed trial analysed beside its paper."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yttria.app.services.demo_course import run_course
from yttria.app.services.demo_trial import number_comparison
from yttria.app.services.digital_injections import run_injections
from yttria.app.services.plan import plan_case
from yttria.app.services.simulate import SimulationSettings, make_patient
from yttria.contract.envelope import Answer
from yttria.contract.simulation import CourseRecord, DemoRequest, DemoResult, DifferingNumber, FeederRecord
from yttria.evidence.published.cohort_comparison import Cell, tallied
from yttria.values.patient import Result


@dataclass(frozen=True, slots=True, eq=False)
class Demonstration:
    """What a demonstration made.

    Parameters
    ----------
    out
        Its folder.
    truth
        What is true of the digital patient, as truth.json holds it.
    planned
        His plan.
    course
        The course of the second digital patient.
    feeders
        The patient treated through two arteries; None where that was not wanted.
    cells
        Each printed number of the paper beside that of the reconstructed trial.
    """

    out: Path
    truth: Mapping[str, Any]
    planned: Result
    course: CourseRecord
    feeders: FeederRecord | None
    cells: tuple[Cell, ...]


def run(request: DemoRequest, progress: Callable[[str], None] = lambda _: None) -> Answer[DemoResult]:
    """Make the demonstration in this process and return planned numbers beside true ones.

    Raises
    ------
    YttriaError
        Each refusal on the way.
    """
    return demo_answer(demo_request(request, progress))


def demo_request(
    request: DemoRequest, progress: Callable[[str], None] = lambda _: None, executor: Executor | None = None
) -> Demonstration:
    """Return a demonstration and write its folders.

    Parameters
    ----------
    progress
        Called with a sentence before each part.
    executor
        Another process that analyses the trial meanwhile, which shares nothing with the plan; None does it here, after the rest.

    Raises
    ------
    YttriaError
        Each refusal on the way; the folder of the part that was refused is left as it was.
    """
    out, overwrite = request.out, request.replace
    progress(f"making the digital patient in {out / 'patient'} …")
    truth = make_patient(out, SimulationSettings(seed=request.seed), overwrite=overwrite)
    progress(f"planning it in {out / 'plan'}, and analysing the reconstructed trial in {out / 'trial'} …")
    trial = None if executor is None else executor.submit(number_comparison, out / "trial", overwrite=overwrite)
    planned = plan_case(out / "patient", out / "plan", replace=overwrite)
    progress(f"following a second digital patient from plan to response in {out / 'course'} …")
    course = run_course(out / "course", request.seed, overwrite=overwrite)
    feeders = None
    if request.injections:
        progress(f"treating the first patient through two arteries in {out / 'injections'} …")
        feeders = run_injections(out / "injections", out / "patient", request.seed, overwrite=overwrite)
    cells = number_comparison(out / "trial", overwrite=overwrite) if trial is None else trial.result()
    return Demonstration(out, truth, planned, course, feeders, cells)


def demo_answer(made: Demonstration) -> Answer[DemoResult]:
    """Return a demonstration under the keys of the contract, with the findings of the first patient's plan."""
    absorbed = made.planned.absorbed
    result = DemoResult(
        course=made.course,
        injections=made.feeders,
        patient=str(made.out / "patient"),
        truth=str(made.out / "truth.json"),
        plan=str(made.out / "plan"),
        true_per_gbq=made.truth["per_gbq"],
        planned_per_gbq=dict(absorbed.doses_gy),
        true_lung_shunt_fraction=made.truth["lung_shunt_fraction"],
        planned_lung_shunt_fraction=absorbed.shunt.fraction,
        trial=str(made.out / "trial"),
        printed_numbers=tallied(made.cells),
        differing=[
            DifferingNumber(place=c.place, of=c.of, part=c.part, printed=c.printed, why=c.why)
            for c in made.cells
            if c.verdict == "differs"
        ],
    )
    folders = ("patient", "plan", "course", "trial", *(("injections",) if made.feeders else ()))
    return Answer(result, made.planned.findings, (made.out / "truth.json", *(made.out / name for name in folders)))
