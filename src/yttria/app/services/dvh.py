"""What every volume receives of a dose: volume, mean, D98 … D2, V at doses asked for, the whole curve."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from yttria.contract.dosimetry import CurveRecord, DvhRequest, DvhResult, VolumeRecord
from yttria.contract.envelope import Answer
from yttria.io.case.patient_identity import BY_OPTION, require_one_person
from yttria.io.case.placement_checks import require_frames
from yttria.io.files.dose import DoseFile, read_dose_file
from yttria.io.files.structures import StructureFile, read_structure_file
from yttria.physics.geometry.contour_rasterisation import rasterise_contour
from yttria.physics.geometry.dose_sampling import dvh_within
from yttria.physics.geometry.regrid import audit_coverage, resample_voi
from yttria.values.dvh import Dvh
from yttria.values.errors import Finding, GeometryError, IntakeError, QuantityError
from yttria.values.maps import Voi
from yttria.values.units import Gy, Share

SHARES = (0.98, 0.95, 0.90, 0.70, 0.50, 0.30, 0.10, 0.05, 0.02)
CURVE_POINTS = 201
OUTSIDE = "structure-left-out"
LEFT_OUT = (OUTSIDE, "structure-unusable", "single-plane", "structures-empty")
IN_STEP = 0.01
"""Distance, in voxels, within which the voxels of a volume are those of the dose."""


def run(request: DvhRequest) -> Answer[DvhResult]:
    """Return the DVH of every structure that lies in the dose; those that do not become findings.

    Raises
    ------
    IntakeError
        Two people; what cannot be read; no structure in the dose.
    GeometryError
        Two frames of reference.
    """
    field, structure_file, findings = _read(request.dose, request.structures, request.same_patient)
    sampling = request.sampling or ("voxels" if field.computed_here else "interpolated")
    volumes = {
        name: volume_record(result, request.v)
        for name, result in _dvhs(field, structure_file, findings, whole_voxels=sampling == "voxels")
    }
    if not volumes:
        why = next((f.message for f in findings if f.code in LEFT_OUT), "no structure holds volume")
        raise IntakeError(f"expected a structure that lies in the dose, found none: {why}", code="dvh-no-structure")
    weighting: Literal["mass", "volume"] = "mass" if sampling == "voxels" and field.density is not None else "volume"
    return Answer(DvhResult(sampling=sampling, mean_weighting=weighting, volumes=volumes), tuple(findings))


def _read(dose: Path, structures: Path, same_by: str | None) -> tuple[DoseFile, StructureFile, list[Finding]]:
    """Return dose and structures of one patient in one frame of reference, and the findings.

    Raises
    ------
    IntakeError
        Two people; what cannot be read.
    GeometryError
        Two frames of reference.
    """
    field = read_dose_file(dose)
    structure_file = read_structure_file(structures)
    more = require_one_person([*field.series, *structure_file.series], same_by=same_by, how=BY_OPTION)
    frame = field.dose.grid.frame_uid
    if frame not in structure_file.frames:
        require_frames({"dose": {frame}, "structures": structure_file.frames})
    return field, structure_file, [*field.findings, *structure_file.findings, *more]


def _dvhs(
    field: DoseFile, structure_file: StructureFile, findings: list[Finding], *, whole_voxels: bool
) -> Iterator[tuple[str, Dvh]]:
    """Return the DVH of every structure that lies in the dose, by name; those that do not become findings.

    Between the voxels' centres a structure reads a dose that is straight; segments and labels on the dose's own voxels count these
    whole, and so does every structure in a dose whose numbers are means over voxels.
    """
    for name, structure in structure_file.structures:
        try:
            voi = (
                resample_voi(structure, field.dose.grid)
                if isinstance(structure, Voi)
                else rasterise_contour(structure, field.dose.grid)
            )
            if whole_voxels:
                result = Dvh.of(field.dose, voi, field.density)
            elif isinstance(structure, Voi) and _in_step(structure, voi):
                result = Dvh.of(field.dose, voi)
            else:
                result = dvh_within(field.dose, structure, voi)
        except (GeometryError, QuantityError) as error:
            findings.append(Finding("warning", OUTSIDE, str(error)))
            continue
        findings += audit_coverage(structure, voi)
        yield name, result


def _in_step(voi: Voi, placed: Voi) -> bool:
    """Tell whether a volume's voxels are voxels of the dose: then these are what it counts."""
    axes, others = voi.grid.matrix[:3, :3], placed.grid.matrix[:3, :3]
    at = placed.grid.index_of([voi.grid.origin_lps_mm])
    return bool(np.allclose(axes, others, atol=1e-3) and np.abs(at - np.rint(at)).max() < IN_STEP)


def volume_record(dvh: Dvh, thresholds_gy: Sequence[float] = ()) -> VolumeRecord:
    """Return a DVH under the keys of the contract."""
    at = np.linspace(0.0, dvh.maximum, CURVE_POINTS)
    covering = {f"D{100 * share:g}": float(dvh.dose_covering(Share(share))) for share in SHARES}
    return VolumeRecord(
        ml=float(dvh.ml),
        mean_gy=float(dvh.mean),
        min_gy=float(dvh.minimum),
        max_gy=float(dvh.maximum),
        V={f"{dose:g}": float(dvh.share_above(Gy(dose))) for dose in thresholds_gy},
        curve=CurveRecord(dose_gy=at.tolist(), volume_share=dvh.curve(at).tolist()),
        **covering,
    )
