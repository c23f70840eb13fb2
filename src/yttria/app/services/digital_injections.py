"""The digital patient treated through two arteries: an image each and one for both, planned both ways beside the truth."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yttria.app.services.digital_course import PATIENT
from yttria.app.services.plan import plan_case
from yttria.app.services.simulate import SimulationSettings, phantom_identity, simulate_case
from yttria.contract.simulation import FeederRecord
from yttria.io.files.output import output_folder, subject_of
from yttria.io.tables.toml_writer import toml_text
from yttria.io.volumes.volume import write_volume
from yttria.physics.phantom.digital_anatomy import RIGHT_LOBE
from yttria.physics.phantom.digital_patient import ct_grid
from yttria.physics.phantom.implicit_shapes import Shape, around, half_space, share_of
from yttria.values.grid import Grid
from yttria.values.patient import Result
from yttria.values.units import BQ_PER_GBQ

IN_INDEX_LESION = (-84.0, 30.0, -40.0)
"""A point of the index lesion, mm LPS: the plane between the territories passes through it, so that two arteries feed the lesion."""
BACKWARD = (0.0, 1.0, 0.0)


def territories(grid: Grid) -> Mapping[str, NDArray[np.bool_]]:
    """Return what each of two arteries treats: the right lobe before and behind a frontal plane through the index lesion; no voxel is in both."""

    def inside(shape: Shape) -> NDArray[np.bool_]:
        return np.asarray(share_of(shape, grid, parts_xyz=(2, 2, 2)) >= 1 / 2)

    before = inside(RIGHT_LOBE & half_space(IN_INDEX_LESION, BACKWARD))
    return {"anterior": before, "posterior": inside(RIGHT_LOBE) & ~before}


def run_injections(out: Path, patient: Path, seed: int, *, overwrite: bool = False) -> FeederRecord:
    """Write two territories of the digital patient, simulate what cameras see of each and of both, and plan it both ways.

    Parameters
    ----------
    out
        Folder for the territories and case.toml, simulated/, plan/ (one image) and plan-own-images/.
    patient
        The digital patient, whose CT and structures are read from there.

    Raises
    ------
    YttriaError
        Each refusal on the way.
    """
    identity = phantom_identity(seed)
    with output_folder(out, command="demo", inputs=(), replace=overwrite) as draft:
        draft.subject = subject_of(identity.patient_id)
        grid = around(RIGHT_LOBE, ct_grid(identity.frame_uid))
        parts = territories(grid)
        for name, inside in parts.items():
            write_volume(draft.path / f"{name}.nii.gz", grid, inside.astype(np.uint8))
        words: dict[str, Any] = {
            "case": {"path": f"../{patient.name}/dicom", "name": "two arteries of the right lobe"},
            "roles": {"Perfused": "ignore"},
            "patient": dict(PATIENT),
            "product": {"name": "glass"},
            "injections": [{"name": name, "perfused": f"{name}.nii.gz"} for name in parts],
        }
        heading = (
            "The digital patient through two arteries: nobody's data. The index lesion lies across both territories."
        )
        (draft.path / "case.toml").write_text(toml_text(words, heading=heading), encoding="utf-8")
    truth, _ = simulate_case(out / "case.toml", out / "simulated", SimulationSettings(seed=seed), overwrite=overwrite)
    one = plan_case(out / "simulated" / "case.toml", out / "plan", replace=overwrite)
    own = plan_case(out / "simulated" / "case-own-images.toml", out / "plan-own-images", replace=overwrite)
    return FeederRecord(
        folder=str(out),
        activities_gbq=_activities(one),
        own_images_activities_gbq=_activities(own),
        planned_per_gbq={i.name: dict(i.doses_gy) for i in own.absorbed.injections},
        true_per_gbq={i["name"]: i["per_gbq"] for i in truth["injections"]},
    )


def _activities(result: Result) -> dict[str, float]:
    """Return the activity of each injection of the option that is shown, GBq."""
    return {name: bq / BQ_PER_GBQ for name, bq in result.plan.shown.activities_bq.items()}


def feeder_lines(record: FeederRecord) -> list[str]:
    """Return two arteries in few lines, as a person reads it."""
    lines = [f"The digital patient through two arteries ({record.folder})"]
    for words, activities in (
        ("one image for both", record.activities_gbq),
        ("an image for each", record.own_images_activities_gbq),
    ):
        lines.append(f"{words:<20}" + ", ".join(f"{name} {gbq:.2f} GBq" for name, gbq in activities.items()))
    lines.append("Gy of 1 GBq of one injection, an image for each, beside the truth:")
    for name, planned in record.planned_per_gbq.items():
        true = record.true_per_gbq[name]
        names = [dose for dose in ("TD_1", f"PLD[{name}]", f"NPLD[{name}]") if dose in true and dose in planned]
        lines.append(f"  {name:<18}" + ", ".join(f"{d} {planned[d]:.1f} ({true[d]:.1f})" for d in names))
    return lines
