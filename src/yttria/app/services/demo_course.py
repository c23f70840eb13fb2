"""The course of the second digital patient, command by command: plan, order, treatment, verification, response."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from yttria.app.services import order, response
from yttria.app.services.digital_course import PATIENT_ID, DigitalCourse, make_course, make_treatment
from yttria.app.services.plan import plan_case
from yttria.app.services.plan_record import read_plan_record
from yttria.app.services.simulate_delivery import given_at
from yttria.app.services.verify import verify_case, write_verification
from yttria.contract.order import OrderRequest, OrderResult
from yttria.contract.response import ResponseRequest
from yttria.contract.simulation import CourseRecord
from yttria.io.case.case_file import case_paths
from yttria.io.files.output import output_folder
from yttria.values.errors import IntakeError
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ
from yttria.values.verification import Verification

CALIBRATED_DAYS_BEFORE = 4
LESIONS = """\
patient,date,lesion,kind,longest_mm,short_mm,viable_longest_mm,viable_short_mm
{patient},2026-01-15,index,target,105,100,105,100
{patient},2026-01-15,second,target,38,36,38,36
{patient},2026-04-29,index,target,98,92,54,41
{patient},2026-04-29,second,target,39,37,39,37
{patient},2026-07-29,index,target,86,80,38,30
{patient},2026-07-29,second,target,47,45,47,45
"""
"""Sizes that a radiologist might have measured: invented, as the patient is; the second lesion, hardly reached, grows."""


def run_course(out: Path, seed: int, *, overwrite: bool = False) -> CourseRecord:
    """Make the second digital patient in `out` and follow him: plan, order, treatment, verification, response; return what a reader wants first.

    Raises
    ------
    YttriaError
        Each refusal on the way.
    """
    course = make_course(out, seed, overwrite=overwrite)
    planned = plan_case(out / "before", out / "plan", replace=overwrite)
    ordered = _ordered(out / "order", course, planned, overwrite=overwrite)
    expected = ordered.chosen.delivered_gbq if ordered.chosen else ordered.needed_gbq
    given_gbq = make_treatment(out, course, expected, overwrite=overwrite)
    plan = read_plan_record(out / "plan")
    verification = verify_case(out / "after", plan)
    inputs = (*case_paths(out / "after"), plan.path)
    write_verification(verification, out / "verify", inputs=inputs, replace=overwrite)
    overall = _response(out / "response", overwrite=overwrite)
    truth = json.loads((out / "after" / "truth.json").read_text(encoding="utf-8"))
    return _record(out, planned, ordered, given_gbq, verification, truth, overall)


def _ordered(out: Path, course: DigitalCourse, planned: Result, *, overwrite: bool) -> OrderResult:
    """Order vials for the recommended activity at the hour of the treatment, and keep form and answer."""
    at = given_at(course.identity)
    calibrated = at.replace(hour=12) - timedelta(days=CALIBRATED_DAYS_BEFORE)
    with output_folder(out, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = PATIENT_ID
        request = OrderRequest(
            needed_gbq=planned.plan.shown.activity_bq / BQ_PER_GBQ,
            at=at.isoformat(),
            product="glass",
            calibrated=[calibrated.isoformat()],
            pdf=draft.path / "order.pdf",
            ics=draft.path / "order.ics",
        )
        answer = order.run(request)
        result = answer.result
        if not isinstance(result, OrderResult):
            raise IntakeError("an order of one patient must have one answer; order again", code="order-answers")
        (draft.path / "order.json").write_text(result.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return result


def _response(out: Path, *, overwrite: bool) -> str:
    """Judge the response of the lesions and return the best by EASL."""
    with output_folder(out, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = PATIENT_ID
        (draft.path / "lesions.csv").write_text(LESIONS.format(patient=PATIENT_ID), encoding="utf-8")
    answer = response.run(ResponseRequest(lesions=out / "lesions.csv", out=out / "judged", replace=overwrite))
    return str(answer.result.patients[PATIENT_ID]["easl"].best)


def _record(
    out: Path,
    planned: Result,
    ordered: OrderResult,
    given_gbq: float,
    verification: Verification,
    truth: dict[str, Any],
    overall: str,
) -> CourseRecord:
    option = planned.plan.shown
    standard = planned.plan.option("SDA")
    return CourseRecord(
        folder=str(out),
        recommended=planned.plan.recommended,
        planned_gbq=option.activity_bq / BQ_PER_GBQ,
        planned_td_gy=option.doses_gy["TD"],
        standard_gbq=standard.activity_bq / BQ_PER_GBQ,
        standard_td_gy=standard.doses_gy["TD"],
        vials_gbq=list(ordered.chosen.vials_gbq) if ordered.chosen else [],
        given_gbq=given_gbq,
        delivered_gy={**verification.option.doses_gy},
        true_gy=truth["doses_gy"],
        best_response_easl=overall,
    )


def course_lines(record: CourseRecord) -> list[str]:
    """Return the course in few lines, as a person reads it."""
    vials = " + ".join(f"{size:g}" for size in record.vials_gbq) or "none within tolerance"
    lines = [
        f"The course of the second digital patient ({record.folder})",
        f"plan      standard {record.standard_gbq:.2f} GBq brings the index lesion {record.standard_td_gy:.0f} Gy, {record.recommended} {record.planned_gbq:.2f} GBq brings {record.planned_td_gy:.0f} Gy",
        f"order     vial of {vials} GBq for that hour",
        f"verify    given {record.given_gbq:.2f} GBq; delivered Gy beside the truth:",
    ]
    lines += [
        f"          {name:<7}{dose:>7.0f}{record.true_gy[name]:>7.0f}"
        for name, dose in record.delivered_gy.items()
        if name in record.true_gy and name in {"TD", "TD_2", "PLD", "NPLD", "WNLD", "LD"}
    ]
    return [*lines, f"response  best by EASL: {record.best_response_easl}"]
