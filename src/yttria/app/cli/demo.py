"""`yttria demo`: the digital patient from images to report, then the reconstructed trial beside its publication."""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from yttria.app.cli.output import answer, say
from yttria.app.cli.request import request_command
from yttria.app.cli.root import app
from yttria.contract.simulation import DemoRequest

if TYPE_CHECKING:
    from yttria.app.services.demo import Demonstration


@request_command(app, DemoRequest, epilog="Example: yttria demo --out demo")
def demo(request: DemoRequest, as_json: bool) -> None:
    """Follow a digital patient from plan to response, plan another, each as real DICOM with the truth beside it; then analyse the reconstructed trial beside its paper."""
    from yttria.app.services.demo import demo_answer, demo_request

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:  # a first run compiles for both at once
        made = demo_request(request, say, pool)
    if as_json:
        answer("demo", demo_answer(made), as_json=True)
        return
    for line in _demonstration_lines(made):
        sys.stdout.write(line + "\n")
    for line in _written(made):
        say(line)


def _demonstration_lines(made: "Demonstration") -> Iterator[str]:
    """Return a demonstration as a person reads it: the course, two arteries, the plan beside the truth, the trial beside its paper."""
    from yttria.app.cli.claims import differing_lines, summary_line
    from yttria.app.services.demo_course import course_lines
    from yttria.app.services.digital_injections import feeder_lines
    from yttria.report.plan.terminal import plan_lines

    yield from course_lines(made.course)
    yield ""
    if made.feeders is not None:
        yield from feeder_lines(made.feeders)
        yield ""
    yield from plan_lines(made.planned)
    yield ""
    yield from _comparison_lines(made.truth, made.planned.absorbed.doses_gy)
    yield ""
    yield summary_line(made.cells)
    yield ""
    yield from differing_lines(made.cells)


def _written(made: "Demonstration") -> Iterator[str]:
    """Return what was written and what to read first."""
    out = made.out
    yield f"written: {out}/course/plan, order, verify and response, each with its report"
    if made.feeders is not None:
        yield f"written: {out}/injections/plan and plan-own-images, each with its report"
    yield f"written: {out}/patient, truth.json, plan/report.pdf, report.html, plan.json, dose.dcm"
    yield f"written: {out}/trial/report.pdf, report.html, published.html, published.csv, figures/figure_1 to figure_3, …"
    yield f"next: open {out}/course/verify/report.pdf and {out}/plan/report.pdf, or: yttria inspect {out}/patient"


def _comparison_lines(truth: Mapping[str, Any], planned: Mapping[str, float]) -> Iterator[str]:
    """Return the planned doses beside the true ones, and what is left once the camera's blur is taken for granted."""
    blurred = truth["without_noise"]["blur_and_scatter"]["per_gbq"]
    yield "Gy per GBq    planned      true   off    off beyond blur"
    for name, true in truth["per_gbq"].items():
        if name in planned:
            off, beyond = planned[name] / true - 1, planned[name] / blurred[name] - 1
            yield f"{name:<10}{planned[name]:>11.2f}{true:>10.2f}{off:>+7.1%}{beyond:>+10.1%}"
