"""A plan that was written before, read back for a verification: its numbers, and which option is meant."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from yttria.contract.plan import OptionRecord, PlanResult
from yttria.io.files.plan_voxels import VOXELS_FILE, read_plan_voxels
from yttria.io.ground.regular_files import require_file, text_within
from yttria.values.aims_limits import DoseName
from yttria.values.errors import IntakeError
from yttria.values.patient import PatientCase
from yttria.values.plan_voxels import PlanVoxels
from yttria.values.units import BQ_PER_GBQ, Gy

PLAN_FILE = "plan.json"
SEVERAL = 2
LARGEST_BYTES = 64 << 20
"""Of a plan.json: a plan has less than one mebibyte."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanRecord:
    """A plan as `yttria plan --out` wrote it.

    Parameters
    ----------
    path
        Its plan.json.
    result
        What stands in it.
    voxels
        What the plan kept beside it; None where it kept nothing.
    """

    path: Path
    result: PlanResult
    voxels: PlanVoxels | None = None


def read_plan_record(path: Path) -> PlanRecord:
    """Read a plan.json, or the one in a folder.

    Raises
    ------
    IntakeError
        Nothing there; not JSON; another command's document; a plan of another version of Yttria with other keys.
    """
    file = path / PLAN_FILE if path.is_dir() else path
    require_file(file, what="a plan.json", advice="name the file or its folder with --plan", code="plan-absent")
    document = _document(file)
    if document.get("command") != "plan" or not isinstance(document.get("result"), dict):
        raise IntakeError(
            f"--plan must be what `yttria plan --out` wrote, but {file.name} is another document; name the plan.json",
            code="plan-another-document",
        )
    try:
        result = PlanResult.model_validate(document["result"])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise IntakeError(
            f"{file.name} must have the keys of this version of Yttria, but {where}: {first['msg'].lower()} (written by {document.get('yttria')}); plan the case again",
            code="plan-other-keys",
        ) from error
    return PlanRecord(file, result, read_plan_voxels(file.parent / VOXELS_FILE))


def _document(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(text_within(file, LARGEST_BYTES))
    except (OSError, ValueError, RecursionError) as error:
        raise IntakeError(
            f"{file.name} must be readable JSON, but is not; plan the case again", code="plan-unreadable"
        ) from error
    return document if isinstance(document, dict) else {}


def comparison_option(plan: PlanRecord, given_gbq: float, approach: str | None) -> OptionRecord:
    """Return the plan's option to compare with: the one that is named, else the recommended one, else the nearest in activity.

    Raises
    ------
    IntakeError
        No option of that name; a plan without options.
    """
    options = {option.approach: option for option in plan.result.options}
    if not options:
        raise IntakeError(
            "the plan must have an option to compare with, but has none; plan the case again", code="plan-option-absent"
        )
    if approach is not None:
        by_name = {name.lower(): option for name, option in options.items()}
        if approach.lower() not in by_name:
            raise IntakeError(
                f"--approach must be one of the plan's options ({', '.join(options)}), but is {approach}; name one of them",
                code="approach-absent",
            )
        return by_name[approach.lower()]
    if plan.result.recommended in options:
        return options[plan.result.recommended]
    return min(options.values(), key=lambda option: abs(option.activity_gbq - given_gbq))


def given_by_injection(plan: PlanRecord, patient_case: PatientCase, total_gbq: float) -> dict[str, float]:
    """Return what was given of each injection that the plan knows, GBq; by no name where it knows one injection.

    Raises
    ------
    IntakeError
        A plan of several injections, of which the case does not say what was given of each.
    """
    names = [i.name for i in plan.result.injections]
    if len(names) < SEVERAL:
        return {"": total_gbq}
    activities = {i.name: i.given.activity_bq / BQ_PER_GBQ for i in patient_case.injections if i.given is not None}
    if lacks := [name for name in names if name not in activities]:
        raise IntakeError(
            f'the plan is of several injections, but the case does not say what was given of "{lacks[0]}"; write in case.toml:\n'
            f'[[injections]]\nname = "{lacks[0]}"\ngiven = {{ activity_gbq = 1.21, at = "2026-11-30T14:05+01:00" }}',
            code="given-of-injection-absent",
        )
    return {name: activities[name] for name in names}


def doses_comparable(plan: PlanRecord, *, is_corrected: bool) -> bool:
    """Tell whether the plan's doses can be had by the convention that judges: of several injections only those that judged the plan are kept."""
    return len(plan.result.injections) < SEVERAL or (plan.result.judged_doses == "corrected") == is_corrected


def planned_doses(plan: PlanRecord, option: OptionRecord, *, is_corrected: bool) -> dict[DoseName, Gy]:
    """Return the doses of an option, Gy by name: as the image has them, or corrected for blur as far as they are."""
    if plan.result.judged_doses == "corrected":
        return {name: Gy(dose) for name, dose in (option.doses_gy if is_corrected else option.uncorrected_gy).items()}
    corrections = option.recovered_gy if is_corrected else {}
    return {name: Gy(dose if (own := corrections.get(name)) is None else own) for name, dose in option.doses_gy.items()}


def predicted_doses(plan: PlanRecord, given_gbq: Mapping[str, float], *, is_corrected: bool) -> dict[DoseName, Gy]:
    """Return what the plan predicts of the activities that were given, Gy by dose name, by the convention that judges as far as it is kept.

    Parameters
    ----------
    is_corrected
        Whether doses corrected for blur are wanted; one that could not be corrected stays as the image has it.
    """
    if (only := given_gbq.get("")) is not None:
        return {name: Gy(dose * only) for name, dose in _per_gbq(plan.result, is_corrected=is_corrected).items()}
    injections = plan.result.injections
    names = [name for name in injections[0].per_gbq if all(name in i.per_gbq for i in injections)]
    return {name: Gy(sum(i.per_gbq[name] * given_gbq[i.name] for i in injections)) for name in names}


def _per_gbq(result: PlanResult, *, is_corrected: bool) -> Mapping[str, float]:
    """Return the doses of 1 GBq, Gy by name, as the image has them or corrected for blur."""
    if not is_corrected:
        return result.uncorrected_per_gbq
    if result.judged_doses == "corrected":
        return result.per_gbq
    doses = dict(result.recovered_per_gbq)
    doses["TD"] = doses.get(result.index.replace("tumour-", "TD_"))
    return {name: dose if (own := doses.get(name)) is None else own for name, dose in result.per_gbq.items()}


def predicted_lung_shunt(plan: PlanRecord, given_gbq: Mapping[str, float]) -> float | None:
    """Return the lung shunt that the plan predicts: of several injections weighted by what was given; None where it knew none."""
    if "" in given_gbq:
        shunt = plan.result.lung_shunt
        return None if shunt.method == "absent" else shunt.fraction
    injections, total = plan.result.injections, sum(given_gbq.values())
    if any(i.lung_shunt.method == "absent" for i in injections):
        return None
    return sum(i.lung_shunt.fraction * given_gbq[i.name] for i in injections) / total
